"""ASGD: gradient descent with shrinking steps, and the mean of all it went through."""

import numpy as np

from .. import kernels
from ..creation import tensor
from ..dtypes import get_default_dtype
from ..tensor import Tensor
from ._counted import Counted, counter
from ._options import check_range

__all__ = ["ASGD"]


class ASGD(Counted):
    """p = (1 - lambd eta) p - eta grad, ax += mu (p - ax), eta = lr / (1 + lambd lr t)^alpha, mu = 1 / max(1, t - t0).

    eta and mu are those of the step before, lr and 1 at first.  ax, the mean of p from step t0 on, is in the state.
    Polyak and Juditsky, 1992, "Acceleration of stochastic approximation by averaging".
    Raises: ValueError for options out of range; NotImplementedError for differentiable=True.
    Torch: torch.optim.ASGD
    """

    def __init__(
        self,
        params,
        lr=1e-2,
        lambd=1e-4,
        alpha=0.75,
        t0=1e6,
        weight_decay=0,
        foreach=None,
        maximize=False,
        differentiable=False,
        capturable=False,
    ) -> None:
        check_range(lr, 0.0, weight_decay)
        defaults = {
            "lr": lr,
            "lambd": lambd,
            "alpha": alpha,
            "t0": t0,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def _mend(self, saved) -> None:
        for name in ("step", "eta", "mu"):
            if not isinstance(saved[name], Tensor):
                saved[name] = counter(float(saved[name]))

    def _update(self, param, grad, group) -> None:
        state = self.state[param]
        lr = float(group["lr"])
        if not state:
            state |= {"step": counter(0), "eta": counter(lr), "mu": counter(1)}
            state["ax"] = Tensor._wrap(np.zeros_like(param._array))
        step, arrays = self._count(param, "ax")
        eta, mu = state["eta"], state["mu"]
        kernels.asgd_(
            param._array,
            grad._array,
            *arrays,
            float(eta),
            float(mu),
            group["lambd"],
            group["weight_decay"],
            group["maximize"],
        )
        eta._array[...] = _rounded(lr / (1 + group["lambd"] * lr * step) ** group["alpha"])
        mu._array[...] = _rounded(1 / max(1.0, step - group["t0"]))


def _rounded(value):
    """As new tensors are, also where a loaded state is more precise; to make two tensors takes as long as the rest."""
    return get_default_dtype().numpy.type(value) if type(value) is float else tensor(value)._array
