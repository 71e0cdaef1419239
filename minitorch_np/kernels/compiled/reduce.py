"""Many numbers become one, on all threads.  Axes: O all before the axis that goes, K that axis, I all after it."""

import numpy as np

from ...parallel import parts, share, split
from .. import formula
from ._jit import jit

__all__ = ["extremes", "share_among_ties", "sums"]

GRAIN = 1 << 15  # elements that are worth a thread's while
SUM = 2048  # terms that are summed in x's dtype before float64 takes over
ROWS = 64  # the same where a term is a row, added to the one before
WIDTH = 1024  # columns at a time: their sums stay in the first-level cache


@jit
def _row_sums(x, y):
    for r in range(x.shape[0]):
        total = 0.0
        for start in range(0, x.shape[1], SUM):
            run, s = x[r, start : start + SUM], x.dtype.type(0)
            for k in range(run.size):
                s += run[k]
            total += s
        y[r] = total


@jit
def _column_sums(x, y):
    """Four rows are added to the sums at a time: loading and storing those costs as much as a row.  y may be float64"""
    sums, totals = np.empty(WIDTH, x.dtype), np.empty(WIDTH)
    for o in range(x.shape[0]):
        for first in range(0, x.shape[2], WIDTH):
            width = min(WIDTH, x.shape[2] - first)
            for i in range(width):
                sums[i], totals[i] = 0, 0
            for start in range(0, x.shape[1], ROWS):
                stop = min(start + ROWS, x.shape[1])
                whole = stop - (stop - start) % 4
                for k in range(start, whole, 4):
                    a, b = x[o, k, first : first + width], x[o, k + 1, first : first + width]
                    c, d = x[o, k + 2, first : first + width], x[o, k + 3, first : first + width]
                    for i in range(width):
                        sums[i] += (a[i] + b[i]) + (c[i] + d[i])
                for k in range(whole, stop):
                    a = x[o, k, first : first + width]
                    for i in range(width):
                        sums[i] += a[i]
                for i in range(width):
                    totals[i] += sums[i]
                    sums[i] = 0
            for i in range(width):
                y[o, first + i] = totals[i]


def sums(x):
    """x (O,K,I) -> (O,I)"""
    x = np.ascontiguousarray(x)
    outer, count, inner = x.shape
    if outer == 1 == inner:
        pieces = np.empty(len(runs := parts(count, GRAIN)))  # each part's sum, added up in their order
        number = {start: k for k, (start, _) in enumerate(runs)}
        split(lambda a, b: _row_sums(x[:, a:b, 0], pieces[number[a] :]), count, GRAIN)
        return pieces.sum(keepdims=True).astype(x.dtype).reshape(1, 1)
    y = np.empty((outer, inner), x.dtype)
    if inner == 1:
        share(lambda a, b: _row_sums(x[a:b, :, 0], y[a:b, 0]), outer, max(1, GRAIN // max(1, count)))
    elif outer > 1:
        share(lambda a, b: _column_sums(x[a:b], y[a:b]), outer, max(1, GRAIN // max(1, count * inner)))
    elif len(runs := parts(count, grain := max(4 * ROWS, GRAIN // max(1, inner)))) > 1:  # whole rows: memory likes long ones
        pieces = np.empty((len(runs), 1, inner))
        number = {start: k for k, (start, _) in enumerate(runs)}
        split(lambda a, b: _column_sums(x[:, a:b], pieces[number[a]]), count, grain)
        y[...] = pieces.sum(0)
    else:
        share(lambda a, b: _column_sums(x[:, :, a:b], y[:, a:b]), inner, max(64, GRAIN // max(1, count)))
    return y


def extremes(x, largest):
    """x (O,K,I) -> the largest or the smallest along K (O,I); a NaN beats every number"""
    y = np.empty((x.shape[0], x.shape[2]), x.dtype)

    def rows(start, stop):
        y[start:stop] = formula.extremes(x[start:stop], largest)

    def columns(start, stop):
        y[:, start:stop] = formula.extremes(x[:, :, start:stop], largest)

    if len(x) > 1:
        share(rows, len(x), max(1, GRAIN // max(1, x.shape[1] * x.shape[2])))
    else:
        share(columns, x.shape[2], max(64, GRAIN // max(1, x.shape[1])))
    return y


@jit
def _share_among_ties(g, x, y, out):
    """Row by row (I is 1): the second pass finds the row in cache"""
    for r in range(x.shape[0]):
        row, to, extreme, count = x[r], out[r], y[r], 0
        for k in range(row.size):
            count += row[k] == extreme
        each, nothing = g[r] / x.dtype.type(count), g[r] * x.dtype.type(0) / x.dtype.type(count)
        for k in range(row.size):
            to[k] = each if row[k] == extreme else nothing


def share_among_ties(g, x, y):
    """g and y (O,I), x (O,K,I) -> (O,K,I): g / n at each of the n places where x is y, 0 elsewhere; NaN where n is 0"""
    outer, count, inner = x.shape
    if inner > 1:
        return formula.share_among_ties(g, x, y)
    out = np.empty((outer, count), x.dtype)
    x, g, y = x.reshape(outer, count), np.ascontiguousarray(g).reshape(outer), np.ascontiguousarray(y).reshape(outer)
    share(lambda a, b: _share_among_ties(g[a:b], x[a:b], y[a:b], out[a:b]), outer, max(1, GRAIN // max(1, count)))
    return out.reshape(outer, count, 1)
