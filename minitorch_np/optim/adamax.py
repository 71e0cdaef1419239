"""Adamax: Adam with the largest gradient of late in place of the mean square."""

from .. import kernels
from ._counted import Counted
from ._options import check_range, scalar

__all__ = ["Adamax"]


class Adamax(Counted):
    """p -= lr m / (1 - beta1^t) / u, m being a running mean of grad and u = max(beta2 u, |grad| + eps).

    Kingma and Ba, 2015, section 7.1 (arXiv:1412.6980).
    Raises: ValueError for options out of range; NotImplementedError for differentiable=True.
    Torch: torch.optim.Adamax
    """

    def __init__(
        self,
        params,
        lr=2e-3,
        betas=(0.9, 0.999),
        eps=1e-8,
        weight_decay=0,
        foreach=None,
        *,
        maximize=False,
        differentiable=False,
        capturable=False,
    ) -> None:
        check_range(lr, eps, weight_decay, betas)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def _update(self, param, grad, group) -> None:
        step, arrays = self._count(param, "exp_avg", "exp_inf")
        beta1, beta2 = group["betas"]
        rate = scalar(group["lr"]) / (1 - beta1**step)
        kernels.adamax_(
            param._array, grad._array, *arrays, rate, beta1, beta2, group["eps"], group["weight_decay"], group["maximize"]
        )
