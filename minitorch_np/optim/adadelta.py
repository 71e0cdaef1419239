"""Adadelta: steps as long as the running means of earlier steps say."""

from .. import kernels
from ._counted import Counted
from ._options import check_range

__all__ = ["Adadelta"]


class Adadelta(Counted):
    """p -= lr delta, delta = grad sqrt(u + eps) / sqrt(v + eps), u and v being running means of delta^2 and grad^2.

    Zeiler, 2012 (arXiv:1212.5701).
    Raises: ValueError for options out of range; NotImplementedError for differentiable=True.
    Torch: torch.optim.Adadelta
    """

    def __init__(
        self,
        params,
        lr=1.0,
        rho=0.9,
        eps=1e-6,
        weight_decay=0,
        foreach=None,
        *,
        capturable=False,
        maximize=False,
        differentiable=False,
    ) -> None:
        check_range(lr, eps, weight_decay, rho=rho)
        defaults = {
            "lr": lr,
            "rho": rho,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "capturable": capturable,
            "foreach": foreach,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _update(self, param, grad, group) -> None:
        _, arrays = self._count(param, "square_avg", "acc_delta")
        kernels.adadelta_(
            param._array,
            grad._array,
            *arrays,
            float(group["lr"]),
            group["rho"],
            group["eps"],
            group["weight_decay"],
            group["maximize"],
        )
