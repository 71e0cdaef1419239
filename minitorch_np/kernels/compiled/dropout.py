"""Dropout with a given mask: one pass over memory, shared out among the threads."""

import numpy as np

from ...parallel import share
from .. import formula
from ._jit import EXACT, jit

__all__ = ["dropout"]

GRAIN = 1 << 17  # elements that are worth a thread's while: the loop only moves memory


@jit(fastmath=EXACT)  # the sign of a zero stays
def _dropout(x, mask, scale, out):
    zero = x.dtype.type(0)
    for k in range(out.size):
        out[k] = x[k] * (scale if mask[k] else zero)


@jit(fastmath=EXACT)
def _dropout_of_one(kept, dropped, mask, out):
    for k in range(out.size):
        out[k] = kept if mask[k] else dropped


def dropout(x, mask, scale):
    """x * mask * scale, elementwise; mask is bool"""
    scale = x.dtype.type(scale)
    if not mask.flags.c_contiguous or x.shape != mask.shape:
        return formula.dropout(x, mask, scale)
    out = np.empty(x.shape, x.dtype)
    flat, result = mask.reshape(-1), out.reshape(-1)
    if out.size and not any(x.strides):  # one number for all, such as a sum's gradient
        one = x[(0,) * x.ndim]
        kept, dropped = one * scale, one * x.dtype.type(0)
        share(lambda a, b: _dropout_of_one(kept, dropped, flat[a:b], result[a:b]), out.size, GRAIN)
    elif x.flags.c_contiguous:
        values = x.reshape(-1)
        share(lambda a, b: _dropout(values[a:b], flat[a:b], scale, result[a:b]), out.size, GRAIN)
    else:
        return formula.dropout(x, mask, scale)
    return out
