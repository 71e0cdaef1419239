"""Stochastic gradient descent."""

import numpy as np

from .. import kernels
from ..tensor import Tensor
from ._options import check_hints, check_scalar_lr
from .optimizer import Optimizer

__all__ = ["SGD"]


class SGD(Optimizer):
    """p -= lr d, where d = momentum b + grad is gathered in the momentum buffer b.

    With weight_decay, grad + weight_decay p takes the place of grad; with maximize, -grad.
    Raises: ValueError for options out of range; NotImplementedError for differentiable=True.
    Torch: torch.optim.SGD
    """

    def __init__(
        self,
        params,
        lr=1e-3,
        momentum=0,
        dampening=0,
        weight_decay=0,
        nesterov=False,
        *,
        maximize=False,
        foreach=None,
        differentiable=False,
        fused=None,
    ) -> None:
        check_scalar_lr(lr)
        if lr < 0.0:
            raise ValueError(f"Invalid learning rate: {lr}")
        if momentum < 0.0:
            raise ValueError(f"Invalid momentum value: {momentum}")
        if weight_decay < 0.0:
            raise ValueError(f"Invalid weight_decay value: {weight_decay}")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
            "foreach": foreach,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)
        check_hints(foreach, fused)

    def __setstate__(self, state) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            for name, default in (("nesterov", False), ("maximize", False), ("foreach", None), ("fused", False)):
                group.setdefault(name, default)
            group.setdefault("differentiable", False)

    def _update(self, param, grad, group) -> None:
        buffer, first = None, False
        if group["momentum"] != 0:
            state = self.state[param]
            buffer = state.get("momentum_buffer")
            first = buffer is None  # the first gradient enters undampened
            if first:
                buffer = state["momentum_buffer"] = Tensor._wrap(np.empty_like(grad._array))
            buffer._bump_version()
        kernels.sgd_(
            param._array,
            grad._array,
            None if buffer is None else buffer._array,
            float(group["lr"]),
            group["momentum"],
            group["dampening"],
            float(group["weight_decay"]),
            group["nesterov"],
            group["maximize"],
            first,
        )
