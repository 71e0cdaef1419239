"""Sampling from a categorical distribution in a way that lets the gradient through."""

import warnings

from ..creation import empty, zeros
from .public import public


@public(method=False, namespace=("nn.functional",))
def gumbel_softmax(logits, tau=1, hard=False, eps=1e-10, dim=-1):
    """softmax((logits + g) / tau), g = -ln(E) with E exponentially distributed; hard: its largest as one-hot, same gradient.

    Shapes: (*) -> the same.
    Raises: RuntimeError for integers, IndexError for a dim out of range.
    Torch: torch.nn.functional.gumbel_softmax; Jang et al. 2017, Maddison et al. 2017
    """
    if eps != 1e-10:
        warnings.warn("`eps` parameter is deprecated and has no effect.", stacklevel=2)
    gumbels = -empty(logits.shape, dtype=logits.dtype).exponential_().log()
    soft = ((logits + gumbels) / tau).softmax(dim)
    if not hard:
        return soft
    index = soft.max(dim, keepdim=True)[1]
    chosen = zeros(logits.shape, dtype=logits.dtype).scatter_(dim, index, 1.0)
    return chosen - soft.detach() + soft
