"""Layer and group normalisation, row by row: a row stays in cache between the passes over it.

Axes: R rows of K numbers; N samples, C channels in G groups, L everything else.
"""

import numpy as np

from ...parallel import parts, share, split
from .. import formula
from ._jit import jit

__all__ = ["group_norm", "group_norm_backward", "layer_norm", "layer_norm_backward"]

GRAIN = 1 << 15  # elements that are worth a thread's while
SHORT = 8  # below this length of L, a channel is too short for a loop of its own
SUM = 4096  # terms that are summed in x's dtype before float64 takes over
ROWS = 64  # gradients of a parameter that are summed in its dtype before float64 takes over


@jit
def _moments(row):
    """Mean and variance: squares around the mean so far, runs joined in float64 (see norm.py)"""
    total, count, centre, squares = 0.0, 0.0, 0.0, 0.0
    for start in range(0, row.size, SUM):
        run, s, t, q = row[start : start + SUM], row.dtype.type(0), row.dtype.type(0), row.dtype.type(0)
        if start == 0:
            for k in range(run.size):
                s += run[k]
            centre = np.float64(s) / run.size
        near = row.dtype.type(centre)
        for k in range(run.size):
            d = run[k] - near
            t += d
            q += d * d
        exact = run.size * np.float64(near) + t
        total += exact
        away = exact / run.size - centre
        before = count
        count += run.size
        centre += away * run.size / count
        squares += (q - np.float64(t) * t / run.size) + away * away * run.size * before / count
    if squares < 0:  # by rounding
        squares = 0.0
    return total / row.size, squares / row.size


@jit
def _layer_norm(x, weight, bias, eps, y, mean, rstd, first, last):
    for r in range(first, last):
        row, out = x[r], y[r]
        exact, var = _moments(row)
        mean[r], rstd[r] = exact, 1 / np.sqrt(var + eps)
        m, scale = mean[r], rstd[r]
        shift = x.dtype.type((exact - m) * scale)  # what rounding took from the mean
        for k in range(row.size):
            out[k] = ((row[k] - m) * scale - shift) * weight[k] + bias[k]


@jit
def _layer_norm_backward(g, x, weight, mean, rstd, grad_x, grad_weight, grad_bias, first, last):
    """grad_weight and grad_bias are float64, and of these rows alone"""
    a, b = np.zeros(x.shape[1], x.dtype), np.zeros(x.shape[1], x.dtype)
    for k in range(a.size):  # not a[:] = 0: Numba compiles slices for half a second
        grad_weight[k], grad_bias[k] = 0, 0
    for r in range(first, last):
        m, scale, total, projected = mean[r], rstd[r], 0.0, 0.0
        for start in range(0, x.shape[1], SUM):
            piece = slice(start, start + SUM)
            gs, xs, ws, aw, ab = g[r, piece], x[r, piece], weight[piece], a[piece], b[piece]
            s, t = x.dtype.type(0), x.dtype.type(0)
            for k in range(gs.size):
                v, z = gs[k], (xs[k] - m) * scale
                h = v * ws[k]
                s += h
                t += h * z
                aw[k] += v * z
                ab[k] += v
            total += s
            projected += t
        gs, xs, out = g[r], x[r], grad_x[r]
        constant, slope = x.dtype.type(total / gs.size), x.dtype.type(projected / gs.size)
        for k in range(gs.size):
            out[k] = (gs[k] * weight[k] - constant - (xs[k] - m) * scale * slope) * scale
        if (r - first) % ROWS == ROWS - 1 or r == last - 1:
            for k in range(a.size):
                grad_weight[k] += a[k]
                grad_bias[k] += b[k]
                a[k], b[k] = 0, 0


@jit
def _group_norm(x, weight, bias, eps, groups, y, mean, rstd, first, last):
    """Rows are groups; x and y (N G, C / G, L)"""
    channels = x.shape[1]
    for r in range(first, last):
        exact, var = _moments(x[r].reshape(x[r].size))
        mean[r], rstd[r] = exact, 1 / np.sqrt(var + eps)
        m = mean[r]
        for c in range(channels):
            at = r % groups * channels + c
            row, out = x[r, c], y[r, c]
            scale = x.dtype.type(weight[at] * rstd[r])
            shift = x.dtype.type(bias[at] - (exact - m) * scale)  # with what rounding took from the mean
            for k in range(row.size):
                out[k] = (row[k] - m) * scale + shift


@jit
def _group_norm_backward(g, x, weight, mean, rstd, groups, grad_x, products, sums, first, last):
    """products and sums (N G, C / G), in float64: of g (x - mean) rstd and of g, over L"""
    channels, count = x.shape[1], x.shape[1] * x.shape[2]
    for r in range(first, last):
        m, scale, total, projected = mean[r], rstd[r], 0.0, 0.0
        for c in range(channels):
            sums[r, c], products[r, c] = 0, 0
            for start in range(0, x.shape[2], SUM):
                gs, xs = g[r, c, start : start + SUM], x[r, c, start : start + SUM]
                s, t = x.dtype.type(0), x.dtype.type(0)
                for k in range(gs.size):
                    s += gs[k]
                    t += gs[k] * (xs[k] - m)
                sums[r, c] += s
                products[r, c] += np.float64(t) * scale
            w = weight[r % groups * channels + c]
            total += sums[r, c] * w
            projected += products[r, c] * w
        constant = x.dtype.type(total / count * scale)
        slope = x.dtype.type(projected / count * scale * scale)
        for c in range(channels):
            gs, xs, out = g[r, c], x[r, c], grad_x[r, c]
            factor = x.dtype.type(weight[r % groups * channels + c] * scale)
            for k in range(gs.size):
                out[k] = gs[k] * factor - constant - (xs[k] - m) * slope


def _ready(*arrays):
    return [np.ascontiguousarray(a) for a in arrays]


def _or(parameter, default, count, dtype):
    """The parameter, or one filled with its default"""
    return np.full(count, default, dtype) if parameter is None else np.ascontiguousarray(parameter)


def layer_norm(x, weight, bias, eps):
    """x (R,K), weight and bias (K,) or None -> (x - mean) / sqrt(var + eps) weight + bias, and mean and rstd (R,)"""
    (x,) = _ready(x)
    rows, width = x.shape
    y, mean, rstd = np.empty_like(x), np.empty(rows, x.dtype), np.empty(rows, x.dtype)
    weight, bias = _or(weight, 1, width, x.dtype), _or(bias, 0, width, x.dtype)
    share(lambda a, b: _layer_norm(x, weight, bias, eps, y, mean, rstd, a, b), rows, max(1, GRAIN // max(1, width)))
    return y, mean, rstd


def layer_norm_backward(g, x, weight, mean, rstd):
    """g and x (R,K), mean and rstd as they came -> gradients of x (R,K), weight (K,), bias (K,)"""
    if x.shape[1] == 1:  # nothing minus itself: a fused multiply-add leaves a rounding error, times 1 / sqrt(eps)
        return formula.layer_norm_backward(g, x, weight, mean, rstd)
    g, x = _ready(g, x)
    rows, width = x.shape
    grad_x, weight = np.empty_like(x), _or(weight, 1, width, x.dtype)
    grain = max(1, GRAIN // max(1, width))
    number = {start: k for k, (start, _) in enumerate(parts(rows, grain))}
    grads = np.zeros((2, len(number), width))  # each part's, added up in their order

    def work(start, stop):
        k = number[start]
        _layer_norm_backward(g, x, weight, mean, rstd, grad_x, grads[0, k], grads[1, k], start, stop)

    split(work, rows, grain)
    return grad_x, *grads.sum(1).astype(x.dtype)


def group_norm(x, weight, bias, groups, eps):
    """x (N,C,L), weight and bias (C,) or None -> as layer_norm, over the groups; mean and rstd (N G,)"""
    count, channels, length = x.shape
    if length < SHORT:
        return formula.group_norm(x, weight, bias, groups, eps)
    x = np.ascontiguousarray(x).reshape(count * groups, channels // groups, length)
    y, mean, rstd = np.empty_like(x), np.empty(len(x), x.dtype), np.empty(len(x), x.dtype)
    weight, bias = _or(weight, 1, channels, x.dtype), _or(bias, 0, channels, x.dtype)
    grain = max(1, GRAIN // max(1, x.shape[1] * length))
    share(lambda a, b: _group_norm(x, weight, bias, eps, groups, y, mean, rstd, a, b), len(x), grain)
    return y.reshape(count, channels, length), mean, rstd


def group_norm_backward(g, x, weight, mean, rstd, groups):
    """g and x (N,C,L) -> gradients of x (N,C,L), weight (C,), bias (C,)"""
    count, channels, length = shape = x.shape
    if length < SHORT:
        return formula.group_norm_backward(g, x, weight, mean, rstd, groups)
    g, x = (a.reshape(count * groups, channels // groups, length) for a in _ready(g, x))
    grad_x, products, sums = np.empty_like(x), np.empty(x.shape[:2]), np.empty(x.shape[:2])
    weight = _or(weight, 1, channels, x.dtype)
    grain = max(1, GRAIN // max(1, x.shape[1] * length))
    share(lambda a, b: _group_norm_backward(g, x, weight, mean, rstd, groups, grad_x, products, sums, a, b), len(x), grain)
    each = [a.reshape(count, channels).sum(0).astype(x.dtype) for a in (products, sums)]
    return grad_x.reshape(shape), *each
