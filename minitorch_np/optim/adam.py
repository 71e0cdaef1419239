"""Adam: steps scaled by running means of the gradient and of its square."""

import numpy as np

from .. import kernels
from ..dtypes import get_default_dtype
from ..tensor import Tensor
from ._options import check_adam, check_hints
from .optimizer import Optimizer

__all__ = ["Adam"]


class Adam(Optimizer):
    """p -= lr m' / (sqrt(v') + eps), m' and v' being running means of grad and grad^2 without their start's bias.

    weight_decay is added to the gradient (weight_decay p), or shrinks p if decoupled_weight_decay.
    Raises: ValueError for options out of range; NotImplementedError for capturable=True, differentiable=True.
    Torch: torch.optim.Adam
    """

    def __init__(
        self,
        params,
        lr=1e-3,
        betas=(0.9, 0.999),
        eps=1e-8,
        weight_decay=0,
        amsgrad=False,
        *,
        foreach=None,
        maximize=False,
        capturable=False,
        differentiable=False,
        fused=None,
        decoupled_weight_decay=False,
    ) -> None:
        check_adam(lr, betas, eps, weight_decay, foreach)
        defaults = {
            "lr": lr,
            "betas": tuple(beta.reshape(()) if isinstance(beta, Tensor) else beta for beta in betas),
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
            "fused": fused,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, defaults)
        check_hints(foreach, fused)

    def __setstate__(self, state) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            for name in ("amsgrad", "maximize", "capturable", "differentiable", "decoupled_weight_decay"):
                group.setdefault(name, False)
            group.setdefault("foreach", None)
            group.setdefault("fused", None)
            for param in group["params"]:
                saved = self.state.get(param)
                if saved and not isinstance(saved["step"], Tensor):  # old files hold a plain number
                    saved["step"] = _counter(float(saved["step"]))

    def _update(self, param, grad, group) -> None:
        state = self.state[param]
        if not state:
            state["step"] = _counter(0)
            for name in ("exp_avg", "exp_avg_sq", *(["max_exp_avg_sq"] if group["amsgrad"] else [])):
                state[name] = Tensor._wrap(np.zeros_like(param._array))
        state["step"]._array += 1
        for tensor in state.values():
            tensor._bump_version()
        beta1, beta2 = group["betas"]
        kernels.adam_(
            param._array,
            grad._array,
            state["exp_avg"]._array,
            state["exp_avg_sq"]._array,
            state["max_exp_avg_sq"]._array if group["amsgrad"] else None,
            float(state["step"]),
            float(group["lr"]),
            float(beta1),
            float(beta2),
            group["eps"],
            float(group["weight_decay"]),
            group["decoupled_weight_decay"],
            group["maximize"],
        )


def _counter(value) -> Tensor:
    """The step count: a 0-d tensor of float32, or of float64 where that is the default."""
    dtype = np.float64 if get_default_dtype().itemsize == 8 else np.float32
    return Tensor._wrap(np.array(value, dtype))
