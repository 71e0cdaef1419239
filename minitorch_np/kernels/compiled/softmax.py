"""Softmax and its logarithm: rows (or neighbouring columns) stay in cache between the passes over them.

float32 has its own exponential (exponential.py); float64 takes NumPy's formula, each thread its share.
Axes: O everything before the softmax's axis, K that axis, I everything after it.
"""

import math

import numpy as np

from ...parallel import share
from .. import formula
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
    loop = None
    if out.dtype == np.float32:
        kind = ("rows" if inner == 1 else "columns") + ("_backward" if len(arrays) == 2 else "")
        loop = getattr(exponential, "softmax_" + kind)

    def work(*shares):
        if loop is None:
            shares[-1][...] = getattr(formula, name)(*shares[:-1], 1)
        elif inner == 1:
            loop(*[a[:, :, 0] for a in shares], logarithm)
        else:
            loop(*shares, logarithm)

    if out.size < GRAIN:
        work(*arrays, out)
        return out.reshape(shape)
    grain = max(1, GRAIN // (size[1] * inner))
    if size[0] > grain or inner == 1:
        # float64 takes many small steps: what stays in cache between the formula's passes over it
        step = grain if loop is None else size[0]

        def rows(start, stop):
            for a in range(start, stop, step):
                work(*[x[a : min(a + step, stop)] for x in (*arrays, out)])

        share(rows, size[0], grain)
    else:
        share(lambda a, b: work(*[x[:, :, a:b] for x in (*arrays, out)]), inner, max(16, GRAIN // (size[0] * size[1])))
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
