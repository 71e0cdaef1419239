"""Dropout: elements are set to zero at random, the others scaled so that the mean stays."""

from .. import checks, kernels
from ..autograd.op import op
from ..autograd.views import write
from ..creation import empty_like
from .public import public


@op(name="MulBackward0")
def masked_scale(x, *, mask, scale):
    return kernels.dropout(x, mask, scale)


masked_scale.gradient(lambda g, mask, scale: masked_scale(g, mask=mask, scale=scale))


def _check_probability(p):
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def _dropped(x, p):
    # The mask is drawn as torch draws it: one Bernoulli(1 - p) per element, in memory order.
    mask = empty_like(x).bernoulli_(1 - p)._array != 0
    return masked_scale(x, mask=mask, scale=1 / (1 - p))


@public(method=False, namespace=("nn.functional",))
def dropout(input, p=0.5, training=True, inplace=False):
    """In training, y = x / (1 - p) with probability 1 - p, else 0; otherwise y = x.

    Raises: ValueError unless 0 <= p <= 1.
    Torch: torch.nn.functional.dropout; Srivastava et al. 2014
    """
    _check_probability(p)
    checks.check_tensor(input, "dropout")
    if not training or p == 0 or input.numel() == 0:
        return input
    drop = (lambda x: x * 0) if p == 1 else (lambda x: _dropped(x, p))
    return write(input, drop) if inplace else drop(input)
