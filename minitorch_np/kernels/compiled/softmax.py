"""Softmax and its logarithm: rows (or neighbouring columns) stay in cache between the passes over them.

The loops are exponential.py's.
Axes: O everything before the softmax's axis, K that axis, I everything after it.
"""

import math

import numpy as np

from ...parallel import share
from . import exponential

__all__ = ["log_softmax", "log_softmax_backward", "softmax", "softmax_backward"]

GRAIN = 1 << 15  # elements that are worth a thread's while


def _shared(name, arrays, axis):
    """The kernel of that name on (O,K,I) arrays, shared out along O, or along I where O is short."""
    shape = arrays[0].shape
    axis = range(len(shape))[axis] if shape else 0
    inner = math.prod(shape[axis + 1 :])
    size = math.prod(shape[:axis]), *(shape[axis : axis + 1] or (1,)), inner
    arrays = [np.ascontiguousarray(a).reshape(size) for a in arrays]
    out = np.empty(size, arrays[0].dtype)
    if out.size == 0:
        return out.reshape(shape)
    logarithm = name.startswith("log")
    kind = ("rows" if inner == 1 else "columns") + ("_backward" if len(arrays) == 2 else "")
    loop = getattr(exponential, "softmax_" + kind)
    if inner == 1:
        arrays, result = [a[:, :, 0] for a in arrays], out[:, :, 0]
    else:
        result = out

    whole = () if inner == 1 else (0, inner)  # all columns
    if out.size < GRAIN:
        loop(*arrays, result, logarithm, *whole)
        return out.reshape(shape)

    def rows(start, stop):
        loop(*[a[start:stop] for a in arrays], result[start:stop], logarithm, *whole)

    grain = max(1, GRAIN // (size[1] * inner))
    if size[0] > grain or inner == 1:
        share(rows, size[0], grain)
    else:
        columns = max(16, GRAIN // (size[0] * size[1]))
        share(lambda a, b: loop(*arrays, result, logarithm, a, b), inner, columns)
    return out.reshape(shape)


def softmax(x, axis):
    """x -> e^x / sum(e^x) along axis, same shape"""
    return _shared("softmax", (x,), axis)


def softmax_backward(g, y, axis):
    """g and y -> y (g - sum(g y))"""
    return _shared("softmax_backward", (g, y), axis)


def log_softmax(x, axis):
    """x -> x - ln(sum(e^x)) along axis, same shape"""
    return _shared("log_softmax", (x,), axis)


def log_softmax_backward(g, y, axis):
    """g and y -> g - e^y sum(g)"""
    return _shared("log_softmax_backward", (g, y), axis)
