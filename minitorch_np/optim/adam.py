"""Adam: steps scaled by running means of the gradient and of its square."""

from .. import kernels
from ..tensor import Tensor
from ._counted import Counted
from ._options import check_adam, check_hints, scalar

__all__ = ["Adam"]


class Adam(Counted):
    """p -= lr m' / (sqrt(v') + eps), m' and v' being running means of grad and grad^2 without their start's bias.

    weight_decay is added to the gradient (weight_decay p), or shrinks p if decoupled_weight_decay.
    Kingma and Ba, 2015 (arXiv:1412.6980); amsgrad, v' never shrinking: Reddi et al., 2018 (arXiv:1904.09237).
    Raises: ValueError for options out of range; NotImplementedError for differentiable=True.
    Torch: torch.optim.Adam
    """

    LATER = {"amsgrad": False, "maximize": False, "foreach": None, "capturable": False, "differentiable": False}
    LATER |= {"decoupled_weight_decay": False, "fused": None}

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

    def _update(self, param, grad, group) -> None:
        names = ["exp_avg", "exp_avg_sq"] + ["max_exp_avg_sq"] * group["amsgrad"]
        step, arrays = self._count(param, *names)
        beta1, beta2 = group["betas"]
        kernels.adam_(
            param._array,
            grad._array,
            *arrays,
            *[None] * (3 - len(arrays)),
            step,
            scalar(group["lr"]),
            float(beta1),
            float(beta2),
            group["eps"],
            float(group["weight_decay"]),
            group["decoupled_weight_decay"],
            group["maximize"],
        )
