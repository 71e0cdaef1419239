"""Hooks' handles, and hooks that pickling a tensor may lose, under torch.utils.hooks's names."""

import warnings

from ..autograd.node import RemovableHandle

__all__ = ["RemovableHandle", "unserializable_hook", "warn_if_has_hooks"]


def unserializable_hook(f):
    """Let a tensor with the hook `f` be pickled without a warning; the hook gets lost all the same.

    Torch: torch.utils.hooks.unserializable_hook
    """
    f.__torch_unserializable__ = True
    return f


def warn_if_has_hooks(tensor) -> None:
    """Warn of each hook of a tensor that a pickle of it would not hold.  Torch: torch.utils.hooks.warn_if_has_hooks"""
    for hook in (tensor._hooks or {}).values():
        if not hasattr(hook, "__torch_unserializable__"):
            warnings.warn(
                f"backward hook {hook!r} on tensor will not be serialized.  If this is expected, you can decorate the "
                "function with @torch.utils.hooks.unserializable_hook to suppress this warning",
                stacklevel=2,
            )
