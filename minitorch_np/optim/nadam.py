"""NAdam: Adam with Nesterov's momentum."""

from .. import kernels
from ..tensor import Tensor
from ._counted import Counted, counter
from ._options import check_range, scalar

__all__ = ["NAdam"]


class NAdam(Counted):
    """p -= lr (c_t grad + c_(t+1) m) / (sqrt(v') + eps): Adam, whose momentum looks one step ahead.

    c_t = (1 - mu_t) / (1 - mu_1 ... mu_t) and c_(t+1) = mu_(t+1) / (1 - mu_1 ... mu_(t+1)) with
    mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2).  Dozat, 2016, "Incorporating Nesterov Momentum into Adam".
    Raises: ValueError for options out of range; NotImplementedError for differentiable=True.
    Torch: torch.optim.NAdam
    """

    LATER = {"maximize": False, "foreach": None, "capturable": False, "differentiable": False}
    LATER |= {"decoupled_weight_decay": False}

    def __init__(
        self,
        params,
        lr=2e-3,
        betas=(0.9, 0.999),
        eps=1e-8,
        weight_decay=0,
        momentum_decay=4e-3,
        decoupled_weight_decay=False,
        *,
        foreach=None,
        maximize=False,
        capturable=False,
        differentiable=False,
    ) -> None:
        check_range(lr, eps, weight_decay, betas, momentum_decay=momentum_decay)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _mend(self, saved) -> None:
        super()._mend(saved)
        if not isinstance(saved["mu_product"], Tensor):
            saved["mu_product"] = counter(saved["mu_product"])

    def _update(self, param, grad, group) -> None:
        first = not self.state[param]
        step, arrays = self._count(param, "mu_product", "exp_avg", "exp_avg_sq")
        if first:
            self.state[param]["mu_product"] = counter(1)
        product = self.state[param]["mu_product"]
        lr, decay, (beta1, beta2) = scalar(group["lr"]), group["weight_decay"], group["betas"]
        mu, mu_next = (beta1 * (1.0 - 0.5 * 0.96 ** (t * group["momentum_decay"])) for t in (step, step + 1))
        product._array *= mu
        decoupled = group["decoupled_weight_decay"]
        kernels.nadam_(
            param._array,
            grad._array,
            *arrays[1:],
            lr * (1.0 - mu) / (1.0 - float(product)),
            lr * mu_next / (1.0 - float(product) * mu_next),
            1 - beta2**step,
            beta1,
            beta2,
            group["eps"],
            0 if decoupled else decay,
            1 - lr * decay if decoupled else 1,
            group["maximize"],
        )
