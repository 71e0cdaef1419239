"""Weight normalisation: a weight as length times direction, made anew before every forward."""

import warnings

from ...tensor import Tensor
from ..modules.module import Module
from ..parameter import Parameter

__all__ = ["WeightNorm", "remove_weight_norm", "weight_norm"]


def hook_key(hooks, kind: type, name: str):
    """The key of the hook of class `kind` for the weight `name`; None if there is none."""
    return next((key for key, (hook, *_) in hooks.items() if isinstance(hook, kind) and hook.name == name), None)


def _lengths(v: Tensor, dim: int) -> Tensor:
    """The 2-norms of the slices of v along dim, of v's rank; of the whole of v for dim -1."""
    if dim == -1:
        return v.norm(2)
    first = v.transpose(0, dim)
    return first.reshape(first.shape[0], -1).norm(2, 1).reshape(-1, *[1] * (v.ndim - 1)).transpose(0, dim)


class WeightNorm:
    """The hook that makes a module's weight from its length `NAME_g` and its direction `NAME_v`.

    Torch: torch.nn.utils.weight_norm.WeightNorm
    """

    def __init__(self, name: str, dim: int | None) -> None:
        self.name = name
        self.dim = -1 if dim is None else dim

    def compute_weight(self, module: Module) -> Tensor:
        """w = v g / |v|"""
        g, v = getattr(module, self.name + "_g"), getattr(module, self.name + "_v")
        return v * (g / _lengths(v, self.dim))

    @staticmethod
    def apply(module: Module, name: str, dim: int | None) -> "WeightNorm":
        """Replace the parameter by two and hang in the hook.

        Raises: RuntimeError for a second hook of that name.
        """
        if hook_key(module._forward_pre_hooks, WeightNorm, name) is not None:
            raise RuntimeError(f"Cannot register two weight_norm hooks on the same parameter {name}")
        hook = WeightNorm(name, dim)
        weight = getattr(module, name)
        if not isinstance(weight, Tensor):
            raise TypeError(f"norm_except_dim(): argument 'v' (position 1) must be Tensor, not {type(weight).__name__}")
        lengths = _lengths(weight, hook.dim).detach()  # fails for a wrong dim before anything is changed
        del module._parameters[name]
        module.register_parameter(name + "_g", Parameter(lengths))
        module.register_parameter(name + "_v", Parameter(weight.data))
        setattr(module, name, hook.compute_weight(module))
        module.register_forward_pre_hook(hook)
        return hook

    def remove(self, module: Module) -> None:
        """Make the present weight a parameter again."""
        weight = self.compute_weight(module)
        delattr(module, self.name)
        del module._parameters[self.name + "_g"]
        del module._parameters[self.name + "_v"]
        setattr(module, self.name, Parameter(weight.data))

    def __call__(self, module: Module, inputs) -> None:
        setattr(module, self.name, self.compute_weight(module))


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """w = g v / |v|: learn length and direction of a module's weight apart, as parameters `NAME_g` and `NAME_v`.

    The length is taken per index of `dim`, or of the whole weight for None.  Source: Salimans and Kingma 2016.
    Raises: RuntimeError for a second call with the same name.  Warns as deprecated, as in torch.
    Torch: torch.nn.utils.weight_norm
    """
    warnings.warn(
        "`torch.nn.utils.weight_norm` is deprecated in favor of `torch.nn.utils.parametrizations.weight_norm`.",
        FutureWarning,
        stacklevel=2,
    )
    WeightNorm.apply(module, name, dim)
    return module


def remove_weight_norm(module: Module, name: str = "weight") -> Module:
    """Make the weight an ordinary parameter again.

    Raises: ValueError if it is not normalised.  Torch: torch.nn.utils.remove_weight_norm
    """
    key = hook_key(module._forward_pre_hooks, WeightNorm, name)
    if key is None:
        raise ValueError(f"weight_norm of '{name}' not found in {module}")
    module._forward_pre_hooks[key].function.remove(module)
    del module._forward_pre_hooks[key]
    return module
