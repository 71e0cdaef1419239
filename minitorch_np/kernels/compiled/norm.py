"""Batch normalisation, a few channels at a time: their values stay in cache between the passes over them.

Axes: N images, C channels, L everything else.  A short L (below SHORT) would make a loop of its own too dear: then
a row holds many channels, and sums are kept for all its columns side by side.
"""

import math

import numpy as np

from ...parallel import hand_out, share
from ..formula import norm as formula
from . import _jobs
from ._jit import jit
from .row_norm import or_default

__all__ = ["batch_norm", "batch_norm_backward", "channel_sum", "fixed_norm", "fixed_norm_backward"]

GRAIN = 1 << 16  # elements that are worth a thread's while
SHORT = 16  # below this length of L, columns are treated side by side
BAND = 8 << 20  # bytes that go by before a second pass begins
SUM = 4096  # terms that are summed in x's dtype before float64 takes over


def _grain(x):
    return max(1, GRAIN // max(1, x.shape[0] * x.shape[2]))


def _share(work, x):
    share(work, x.shape[1], _grain(x))


@jit
def _batch_norm(x, weight, bias, eps, y, mean, var, m, scale, shift, band, first, last):
    """Mean and sum of squares of each run of SUM values, joined in float64 (Chan, Golub, LeVeque 1979); then the result

    Squares are taken around the mean so far (of the first run around its own): a large mean beside a small deviation
    costs no accuracy, and where a run lies far from those before it, its distance is most of the variance.
    """
    n, _, length = x.shape
    for low in range(first, last, band):
        high = min(last, low + band)
        for c in range(low, high):
            mean[c], var[c] = 0, 0  # so far; var is the sum of squares
        for i in range(n):
            for c in range(low, high):
                centre, squares = mean[c], var[c]
                for start in range(0, length, SUM):
                    run, s, t, q = x[i, c, start : start + SUM], x.dtype.type(0), x.dtype.type(0), x.dtype.type(0)
                    before, size = i * length + start, np.float64(run.size)
                    if before == 0:
                        for k in range(run.size):
                            s += run[k]
                        centre = s / size
                    near = x.dtype.type(centre)
                    for k in range(run.size):
                        d = run[k] - near
                        t += d
                        q += d * d
                    away = near + t / size - centre
                    centre += away * size / (before + size)
                    squares += (q - t / size * t) + away * away * size * before / (before + size)
                mean[c], var[c] = centre, squares
        for c in range(low, high):
            var[c] = (var[c] if var[c] > 0 or var[c] != var[c] else 0.0) / (n * length)  # below 0 by rounding
            m[c] = mean[c]
            scale[c] = weight[c] / np.sqrt(var[c] + eps)
            shift[c] = bias[c] - (mean[c] - m[c]) * scale[c]  # with what rounding took from the mean
        for i in range(n - 1, -1, -1):  # backwards: the last images are still in cache
            for c in range(low, high):
                row, out, centre, a, b = x[i, c], y[i, c], m[c], scale[c], shift[c]
                for k in range(length):
                    out[k] = (row[k] - centre) * a + b


@jit
def _batch_norm_columns(x, weight, bias, eps, y, mean, var, length, first, last):
    """The same for rows of C L values: three passes, sums of columns in float64"""
    n, start, width = len(x), first * length, (last - first) * length
    total = np.zeros(width)
    m, scale, shift = np.empty(width, x.dtype), np.empty(width, x.dtype), np.empty(width, x.dtype)
    for i in range(n):
        row = x[i, start : start + width]
        for k in range(width):
            total[k] += row[k]
    for c in range(last - first):
        columns = slice(c * length, (c + 1) * length)
        mean[first + c] = total[columns].sum() / (n * length)
        m[columns] = mean[first + c]
        shift[columns] = mean[first + c] - m[c * length]  # what rounding took from the mean
    total[:] = 0
    for i in range(n):
        row = x[i, start : start + width]
        for k in range(width):
            d = np.float64(row[k] - m[k]) - shift[k]
            total[k] += d * d
    for c in range(last - first):
        columns = slice(c * length, (c + 1) * length)
        var[first + c] = total[columns].sum() / (n * length)
        scale[columns] = weight[first + c] / np.sqrt(var[first + c] + eps)
        shift[columns] = bias[first + c] - shift[columns] * scale[columns]
    for i in range(n):
        row, out = x[i, start : start + width], y[i, start : start + width]
        for k in range(width):
            out[k] = (row[k] - m[k]) * scale[k] + shift[k]


@jit
def _batch_norm_backward(g, x, weight, mean, var, eps, grad_x, total, projected, band, first, last):
    """Two passes: the sums of g and g (x - mean), the second made the gradient of the weight; then the gradient of x"""
    n, _, length = x.shape
    table = np.empty((4, x.shape[1]), x.dtype)
    m, a, b, scale = table[0], table[1], table[2], table[3]
    for low in range(first, last, band):
        high = min(last, low + band)
        for c in range(low, high):
            m[c], total[c], projected[c] = mean[c], 0, 0
        for i in range(n):
            for c in range(low, high):
                centre = m[c]
                for start in range(0, length, SUM):
                    gs, xs = g[i, c, start : start + SUM], x[i, c, start : start + SUM]
                    s, t = x.dtype.type(0), x.dtype.type(0)
                    for k in range(gs.size):
                        s += gs[k]
                        t += gs[k] * (xs[k] - centre)
                    total[c] += s
                    projected[c] += t
        for c in range(low, high):
            rest = mean[c] - m[c]  # what rounding took from the mean
            invstd = 1 / np.sqrt(var[c] + eps)
            projected[c] = (projected[c] - rest * total[c]) * invstd
            b[c] = projected[c] * invstd / (n * length)
            a[c] = total[c] / (n * length) - rest * b[c]
            scale[c] = weight[c] * invstd
        for i in range(n - 1, -1, -1):  # backwards: the last images are still in cache
            for c in range(low, high):
                gs, xs, out = g[i, c], x[i, c], grad_x[i, c]
                centre, constant, slope, factor = m[c], a[c], b[c], scale[c]
                for k in range(length):
                    out[k] = (gs[k] - constant - (xs[k] - centre) * slope) * factor


@jit
def _batch_norm_columns_backward(g, x, weight, mean, var, eps, grad_x, grad_weight, grad_bias, length, first, last):
    n, start, width = len(x), first * length, (last - first) * length
    total, projected = np.zeros(width), np.zeros(width)
    m, a, b, scale = np.empty(width, x.dtype), np.empty(width, x.dtype), np.empty(width, x.dtype), np.empty(width, x.dtype)
    for k in range(width):
        m[k] = mean[first + k // length]
    for i in range(n):
        gs, xs = g[i, start : start + width], x[i, start : start + width]
        for k in range(width):
            total[k] += gs[k]
            projected[k] += np.float64(gs[k]) * (xs[k] - m[k])
    for c in range(last - first):
        columns = slice(c * length, (c + 1) * length)
        invstd = 1 / np.sqrt(var[first + c] + eps)
        low = mean[first + c] - m[c * length]
        s = total[columns].sum()
        t = (projected[columns].sum() - low * s) * invstd
        grad_bias[first + c], grad_weight[first + c] = s, t
        b[columns] = t * invstd / (n * length)
        a[columns] = s / (n * length) - low * b[c * length]
        scale[columns] = weight[first + c] * invstd
    for i in range(n):
        gs, xs, out = g[i, start : start + width], x[i, start : start + width], grad_x[i, start : start + width]
        for k in range(width):
            out[k] = (gs[k] - a[k] - (xs[k] - m[k]) * b[k]) * scale[k]


@jit
def _fixed_norm(x, weight, bias, mean, var, eps, y, scale, shift, first, last):
    for c in range(first, last):
        exact = weight[c] / np.sqrt(np.float64(var[c]) + eps)
        scale[c], shift[c] = exact, bias[c] - mean[c] * exact
    for i in range(x.shape[0]):
        for c in range(first, last):
            row, out, a, b = x[i, c], y[i, c], scale[c], shift[c]
            for k in range(x.shape[2]):
                out[k] = row[k] * a + b


@jit
def _channel_sum(x, y, first, last):
    for c in range(first, last):
        total = 0.0
        for i in range(x.shape[0]):
            for start in range(0, x.shape[2], SUM):
                run, s = x[i, c, start : start + SUM], x.dtype.type(0)
                for k in range(run.size):
                    s += run[k]
                total += s
        if not abs(total) < np.inf:  # a sum beyond x's dtype, or a value that is no number
            total = 0.0
            for i in range(x.shape[0]):
                for k in range(x.shape[2]):
                    total += x[i, c, k]
        y[c] = total


@jit
def _fixed_norm_backward(g, x, weight, mean, var, eps, grad_x, scale, sums, first, last):
    """One pass over both inputs; sums (2,C), float64: gradients of weight and bias"""
    for c in range(first, last):
        scale[c], sums[0, c], sums[1, c] = weight[c] / np.sqrt(np.float64(var[c]) + eps), 0, 0
    for i in range(g.shape[0]):
        for c in range(first, last):
            a, m = scale[c], mean[c]
            for start in range(0, x.shape[2], SUM):
                gs, xs, out = g[i, c, start : start + SUM], x[i, c, start : start + SUM], grad_x[i, c, start : start + SUM]
                s, t = x.dtype.type(0), x.dtype.type(0)
                for k in range(gs.size):
                    s += gs[k]
                    t += gs[k] * (xs[k] - m)
                    out[k] = gs[k] * a
                sums[0, c] += t
                sums[1, c] += s
    for c in range(first, last):
        sums[0, c] /= np.sqrt(np.float64(var[c]) + eps)


_batch_norm_job, _batch_norm_backward_job = _jobs.job_of(_batch_norm), _jobs.job_of(_batch_norm_backward)
_fixed_norm_job, _fixed_norm_backward_job = _jobs.job_of(_fixed_norm), _jobs.job_of(_fixed_norm_backward)


@jit
def _hand_out_batch_norm(lines, box, extent, *arguments):
    _jobs.hand_out(lines, box, extent, _batch_norm_job(box, arguments))


@jit
def _hand_out_batch_norm_backward(lines, box, extent, *arguments):
    _jobs.hand_out(lines, box, extent, _batch_norm_backward_job(box, arguments))


@jit
def _hand_out_fixed_norm(lines, box, extent, *arguments):
    _jobs.hand_out(lines, box, extent, _fixed_norm_job(box, arguments))


@jit
def _hand_out_fixed_norm_backward(lines, box, extent, *arguments):
    _jobs.hand_out(lines, box, extent, _fixed_norm_backward_job(box, arguments))


def _band(*arrays):
    """How many channels two passes take together: what the first one reads is in cache for the second"""
    x = arrays[0]
    return min(x.shape[1], max(1, BAND // max(1, len(arrays) * x.itemsize * x.shape[0] * x.shape[2])))


def _rows(a):
    """(N,C,L) as (N, C L)"""
    return a.reshape(len(a), a.shape[1] * a.shape[2])


def batch_norm(x, weight, bias, eps):
    """x (N,C,L), weight and bias (C,) or None -> y (N,C,L), mean (C,), biased variance (C,)"""
    x = np.ascontiguousarray(x)
    y = np.empty_like(x)
    mean, var = np.empty(x.shape[1]), np.empty(x.shape[1])
    scale, shift = or_default(weight, 1, x.shape[1], x.dtype), or_default(bias, 0, x.shape[1], x.dtype)
    if x.shape[2] < SHORT:
        rows, out, length = _rows(x), _rows(y), x.shape[2]
        _share(lambda a, b: _batch_norm_columns(rows, scale, shift, eps, out, mean, var, length, a, b), x)
        return y, mean, var
    rounded = np.empty((3, x.shape[1]), x.dtype)  # what the second pass takes
    given = x, scale, shift, float(eps), y, mean, var, *rounded, _band(x)
    hand_out(_hand_out_batch_norm, x.shape[1], _grain(x), *given)
    return (y, mean, var) if not x.size or _finite(var) else formula.batch_norm(x, weight, bias, eps)


def _finite(*sums):
    """False where a sum left x's dtype or a value is no number: then the formula, which sums in float64, has the word"""
    return all(math.isfinite(s.sum()) for s in sums)


def batch_norm_backward(g, x, weight, mean, var, eps):
    """g and x (N,C,L) -> gradients of x (N,C,L), weight (C,), bias (C,)"""
    g, x = np.ascontiguousarray(g), np.ascontiguousarray(x)
    grad_x, scale = np.empty_like(x), or_default(weight, 1, x.shape[1], x.dtype)
    if x.shape[2] < SHORT:
        grad_weight, grad_bias = np.empty(x.shape[1], x.dtype), np.empty(x.shape[1], x.dtype)
        rows, out, length = (_rows(g), _rows(x)), (_rows(grad_x), grad_weight, grad_bias), x.shape[2]
        _share(lambda a, b: _batch_norm_columns_backward(*rows, scale, mean, var, eps, *out, length, a, b), x)
        return grad_x, grad_weight, grad_bias
    total, projected = np.empty(x.shape[1]), np.empty(x.shape[1])
    given = g, x, scale, mean, var, float(eps), grad_x, total, projected, _band(x, g)
    hand_out(_hand_out_batch_norm_backward, x.shape[1], _grain(x), *given)
    if x.size and not _finite(total, projected):
        return formula.batch_norm_backward(g, x, weight, mean, var, eps)
    return grad_x, projected.astype(x.dtype), total.astype(x.dtype)


def channel_sum(x):
    """x (N,C,L) -> (C,)"""
    if x.shape[2] < SHORT:
        return x.sum((0, 2), dtype=np.float64).astype(x.dtype)
    x = np.ascontiguousarray(x)
    y = np.empty(x.shape[1], x.dtype)
    _share(lambda a, b: _channel_sum(x, y, a, b), x)
    return y


def fixed_norm(x, weight, bias, mean, var, eps):
    """x (N,C,L), mean and var (C,), weight and bias (C,) or None -> (x - mean) / sqrt(var + eps) weight + bias"""
    if x.shape[2] < SHORT:
        return formula.fixed_norm(x, weight, bias, mean, var, eps)
    x = np.ascontiguousarray(x)
    channels, dtype = x.shape[1], x.dtype
    y, scale, shift = np.empty(x.shape, dtype), np.empty(channels, dtype), np.empty(channels, dtype)
    parameters = or_default(weight, 1, channels, dtype), or_default(bias, 0, channels, dtype)
    arguments = x, *parameters, np.ascontiguousarray(mean), np.ascontiguousarray(var), float(eps), y, scale, shift
    if x.size < 2 * GRAIN:  # for one thread: to say so costs more than an image takes
        _fixed_norm(*arguments, 0, channels)
    else:
        hand_out(_hand_out_fixed_norm, channels, _grain(x), *arguments)
    return y


def fixed_norm_backward(g, x, weight, mean, var, eps):
    """g and x (N,C,L) -> gradients of x (N,C,L), weight (C,), bias (C,)"""
    if x.shape[2] < SHORT:
        return formula.fixed_norm_backward(g, x, weight, mean, var, eps)
    g, x, mean, var = [np.ascontiguousarray(a) for a in (g, x, mean, var)]
    grad_x, scale, sums = np.empty_like(x), np.empty(x.shape[1], x.dtype), np.empty((2, x.shape[1]))
    given = g, x, or_default(weight, 1, x.shape[1], x.dtype), mean, var, float(eps)
    hand_out(_hand_out_fixed_norm_backward, x.shape[1], _grain(x), *given, grad_x, scale, sums)
    if not _finite(sums):
        return formula.fixed_norm_backward(g, x, weight, mean, var, eps)
    return grad_x, sums[0].astype(x.dtype), sums[1].astype(x.dtype)
