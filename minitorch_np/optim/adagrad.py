"""Adagrad: steps divided by the size of all gradients so far."""

import numpy as np

from .. import kernels
from ..tensor import Tensor
from ._counted import Counted, counter
from ._options import check_hints, check_range, scalar

__all__ = ["Adagrad"]


class Adagrad(Counted):
    """p -= lr / (1 + (t - 1) lr_decay) grad / (sqrt(s) + eps), s being the sum of all grad^2.

    Duchi, Hazan and Singer, 2011, "Adaptive Subgradient Methods".
    Raises: ValueError for options out of range; RuntimeError for fused beside foreach or differentiable;
    NotImplementedError for differentiable=True.
    Torch: torch.optim.Adagrad
    """

    LATER = {"foreach": None, "maximize": False, "differentiable": False, "fused": None}

    def __init__(
        self,
        params,
        lr=1e-2,
        lr_decay=0,
        weight_decay=0,
        initial_accumulator_value=0,
        eps=1e-10,
        foreach=None,
        *,
        maximize=False,
        differentiable=False,
        fused=None,
    ) -> None:
        check_range(lr, eps, weight_decay, lr_decay=lr_decay, initial_accumulator_value=initial_accumulator_value)
        defaults = {
            "lr": lr,
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)
        check_hints(foreach, fused)
        for group in self.param_groups:
            for param in group["params"]:
                self._start(param)

    def _start(self, param) -> None:
        self.state[param] = {
            "step": counter(0),
            "sum": Tensor._wrap(np.full_like(param._array, self.defaults["initial_accumulator_value"])),
        }

    def _update(self, param, grad, group) -> None:
        if not self.state[param]:  # of a group that was added later
            self._start(param)
        step, arrays = self._count(param, "sum")
        rate = scalar(group["lr"]) / (1 + (step - 1) * group["lr_decay"])
        kernels.adagrad_(param._array, grad._array, *arrays, rate, group["eps"], group["weight_decay"], group["maximize"])
