"""The graph from outside: nodes, and hooks on what is saved for the backward pass."""

from ..tensor import Tensor
from . import node as _node
from .node import Node

__all__ = ["Node", "disable_saved_tensors_hooks", "increment_version", "saved_tensors_hooks"]


class saved_tensors_hooks:
    """Inside, what is saved goes through `pack_hook`, and what is asked for through `unpack_hook`.

    unpack_hook(pack_hook(x)) must have x's values.  The hooks of an inner block hide those of an outer one.
    Torch: torch.autograd.graph.saved_tensors_hooks
    """

    def __init__(self, pack_hook, unpack_hook) -> None:
        self.hooks = pack_hook, unpack_hook

    def __enter__(self) -> None:
        if _node.saving.disabled is not None:
            raise RuntimeError(_node.saving.disabled)
        _node.saving.hooks.append(self.hooks)

    def __exit__(self, *_) -> None:
        _node.saving.hooks.pop()


class disable_saved_tensors_hooks:
    """Inside, `saved_tensors_hooks` raises RuntimeError(error_message).

    Torch: torch.autograd.graph.disable_saved_tensors_hooks
    """

    def __init__(self, error_message: str) -> None:
        self.error_message = error_message

    def __enter__(self) -> None:
        if _node.saving.hooks:
            raise RuntimeError(self.error_message)
        self.previous, _node.saving.disabled = _node.saving.disabled, self.error_message

    def __exit__(self, *_) -> None:
        _node.saving.disabled = self.previous


def increment_version(tensor) -> None:
    """Say that a tensor was written to behind the library's back.  Torch: torch.autograd.graph.increment_version"""
    for x in (tensor,) if isinstance(tensor, Tensor) else tensor:
        x._bump_version()
