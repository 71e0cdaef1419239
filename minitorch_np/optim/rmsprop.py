"""RMSprop: steps divided by a running mean of the gradient's size."""

from .. import kernels
from ._counted import Counted
from ._options import check_range

__all__ = ["RMSprop"]


class RMSprop(Counted):
    """p -= lr b, b = momentum b + grad / (sqrt(v) + eps), v being a running mean of grad^2.

    If centered, the square of grad's own running mean is taken off v.
    Hinton, "Neural Networks for Machine Learning", lecture 6e; centered: Graves, 2013 (arXiv:1308.0850).
    Raises: ValueError for options out of range; NotImplementedError for differentiable=True.
    Torch: torch.optim.RMSprop
    """

    LATER = {"momentum": 0, "centered": False} | Counted.LATER

    def __init__(
        self,
        params,
        lr=1e-2,
        alpha=0.99,
        eps=1e-8,
        weight_decay=0,
        momentum=0,
        centered=False,
        capturable=False,
        foreach=None,
        maximize=False,
        differentiable=False,
    ) -> None:
        check_range(lr, eps, weight_decay, momentum=momentum, alpha=alpha)
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "alpha": alpha,
            "eps": eps,
            "centered": centered,
            "weight_decay": weight_decay,
            "capturable": capturable,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _update(self, param, grad, group) -> None:
        momentum, centered = group["momentum"] > 0, group["centered"]
        names = ["square_avg"] + ["momentum_buffer"] * momentum + ["grad_avg"] * centered
        _, arrays = self._count(param, *names)
        if not momentum:
            arrays.insert(1, None)
        if not centered:
            arrays.append(None)
        kernels.rmsprop_(
            param._array,
            grad._array,
            *arrays,
            float(group["lr"]),
            group["alpha"],
            group["eps"],
            group["weight_decay"],
            group["momentum"],
            group["maximize"],
        )
