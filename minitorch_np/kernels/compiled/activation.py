"""ReLU and its mask: one pass over memory, shared out among the threads."""

import numpy as np

from ...parallel import split
from ._jit import jit

__all__ = ["mask_positive", "relu"]

GRAIN = 1 << 16  # elements that are worth a thread's while


@jit
def _relu(x, y):
    for k in range(x.size):
        y[k] = x[k] if x[k] > 0 or x[k] != x[k] else x.dtype.type(0)


@jit
def _mask_positive(g, y, out):
    for k in range(g.size):
        out[k] = g.dtype.type(0) if y[k] <= 0 else g[k]


def relu(x):
    """max(x, 0); NaN stays"""
    shape, x = x.shape, np.ascontiguousarray(x)  # which makes a 0-d array 1-d
    y = np.empty(shape, x.dtype)
    flat, out = x.reshape(-1), y.reshape(-1)
    split(lambda a, b: _relu(flat[a:b], out[a:b]), x.size, GRAIN)
    return y


def mask_positive(g, y):
    """0 where y <= 0, else g"""
    shape, g, y = g.shape, np.ascontiguousarray(g), np.ascontiguousarray(y)
    result = np.empty(shape, g.dtype)
    gs, ys, out = g.reshape(-1), y.reshape(-1), result.reshape(-1)
    split(lambda a, b: _mask_positive(gs[a:b], ys[a:b], out[a:b]), g.size, GRAIN)
    return result
