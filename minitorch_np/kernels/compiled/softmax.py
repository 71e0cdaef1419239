"""Softmax and its logarithm: NumPy's vectorised exponential, rows shared out among the threads."""

import numpy as np

from ...parallel import split
from ..formula.softmax import log_softmax as plain_log_softmax
from ..formula.softmax import log_softmax_backward as plain_log_softmax_backward
from ..formula.softmax import softmax as plain_softmax
from ..formula.softmax import softmax_backward as plain_softmax_backward

__all__ = ["log_softmax", "log_softmax_backward", "softmax", "softmax_backward"]

GRAIN = 1 << 15  # elements that are worth a thread's while


def _by_rows(function, arrays, axis):
    """function(*rows, -1) on shares of the rows, which lie along `axis`."""
    moved = [np.moveaxis(a, axis, -1) for a in arrays]
    width = moved[0].shape[-1]
    rows = [np.ascontiguousarray(a).reshape(-1, width) if a.size else a.reshape(0, max(width, 1)) for a in moved]
    out = np.empty_like(rows[0])
    # A share of rows that stays in cache between the formula's passes over it.
    step = max(1, GRAIN // max(1, width))

    def work(start, stop):
        with np.errstate(all="ignore"):  # a thread of its own does not inherit the caller's
            for a in range(start, stop, step):
                b = min(a + step, stop)
                out[a:b] = function(*[r[a:b] for r in rows], -1)

    split(work, len(out), step)
    return np.moveaxis(out.reshape(moved[0].shape), -1, axis)


def softmax(x, axis):
    """x -> e^x / sum(e^x) along axis, same shape"""
    return _by_rows(plain_softmax, (x,), axis)


def softmax_backward(g, y, axis):
    """g and y -> y (g - sum(g y))"""
    return _by_rows(plain_softmax_backward, (g, y), axis)


def log_softmax(x, axis):
    """x -> x - ln(sum(e^x)) along axis, same shape"""
    return _by_rows(plain_log_softmax, (x,), axis)


def log_softmax_backward(g, y, axis):
    """g and y -> g - e^y sum(g)"""
    return _by_rows(plain_log_softmax_backward, (g, y), axis)
