"""Rprop: steps that look at nothing but the gradient's sign, and grow while it stays."""

import numpy as np

from .. import kernels
from ..tensor import Tensor
from ._counted import Counted, counter
from ._options import check_range

__all__ = ["Rprop"]


class Rprop(Counted):
    """p -= step_size sign(grad); step_size, lr at first, grows by etas[1] where grad keeps its sign, or shrinks by etas[0].

    Where the sign changes p stays, and the next step counts as the first.  step_size stays within step_sizes.
    Riedmiller and Braun, 1993, "A direct adaptive method for faster backpropagation learning".
    Raises: ValueError for options out of range; NotImplementedError for differentiable=True.
    Torch: torch.optim.Rprop
    """

    def __init__(
        self,
        params,
        lr=1e-2,
        etas=(0.5, 1.2),
        step_sizes=(1e-6, 50),
        *,
        capturable=False,
        foreach=None,
        maximize=False,
        differentiable=False,
    ) -> None:
        check_range(lr, 0.0, 0.0)
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}")
        defaults = {
            "lr": lr,
            "etas": etas,
            "step_sizes": step_sizes,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def _update(self, param, grad, group) -> None:
        state = self.state[param]
        if not state:
            state["step"] = counter(0)
            state["prev"] = Tensor._wrap(np.zeros_like(param._array))
            state["step_size"] = Tensor._wrap(np.full_like(grad._array, float(group["lr"])))
        _, arrays = self._count(param, "prev", "step_size")
        kernels.rprop_(param._array, grad._array, *arrays, *group["etas"], *group["step_sizes"], group["maximize"])
