"""RAdam: Adam that waits with its mean squares until they can be trusted."""

from .. import kernels
from ._counted import Counted
from ._options import check_range

__all__ = ["RAdam"]


class RAdam(Counted):
    """p -= lr m' r sqrt(1 - beta2^t) / (sqrt(v) + eps), and p -= lr m' in the first steps, while rho <= 5.

    m' and v are Adam's, rho = R - 2 t beta2^t / (1 - beta2^t) with R = 2 / (1 - beta2) - 1, and
    r^2 = (rho - 4) (rho - 2) R / ((R - 4) (R - 2) rho).  Liu et al., 2020 (arXiv:1908.03265).
    Raises: ValueError for options out of range; NotImplementedError for differentiable=True.
    Torch: torch.optim.RAdam
    """

    LATER = {"foreach": None, "maximize": False, "differentiable": False}
    LATER |= {"decoupled_weight_decay": False, "capturable": False}

    def __init__(
        self,
        params,
        lr=1e-3,
        betas=(0.9, 0.999),
        eps=1e-8,
        weight_decay=0,
        decoupled_weight_decay=False,
        *,
        foreach=None,
        maximize=False,
        capturable=False,
        differentiable=False,
    ) -> None:
        check_range(lr, eps, weight_decay, betas)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _update(self, param, grad, group) -> None:
        step, arrays = self._count(param, "exp_avg", "exp_avg_sq")
        lr, decay, (beta1, beta2) = float(group["lr"]), group["weight_decay"], group["betas"]
        correction = 1 - beta2**step
        longest = 2 / (1 - beta2) - 1
        length = longest - 2 * step * beta2**step / correction
        scale = 0.0
        if length > 5.0:
            rectified = (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)
            scale = correction**0.5 * rectified**0.5
        decoupled = group["decoupled_weight_decay"]
        kernels.radam_(
            param._array,
            grad._array,
            *arrays,
            lr / (1 - beta1**step),
            scale,
            beta1,
            beta2,
            group["eps"],
            0 if decoupled else decay,
            1 - lr * decay if decoupled else 1,
            group["maximize"],
        )
