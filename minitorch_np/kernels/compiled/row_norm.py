"""Layer and group normalisation, row by row: a row stays in cache between the passes over it.

Axes: R rows of K numbers; N samples, C channels in G groups, L everything else.
"""

import numpy as np

from ...parallel import hand_out, parts
from .. import formula
from . import _jobs
from ._jit import jit

__all__ = ["group_norm", "group_norm_backward", "layer_norm", "layer_norm_backward"]

GRAIN = 1 << 15  # elements that are worth a thread's while
SHORT = 8  # below this length of L, a channel is too short for a loop of its own
SUM = 4096  # terms that are summed in x's dtype before float64 takes over
SOME = 16  # rows that are treated together, where they fit the first-level cache
ROWS = 64  # gradients of a parameter that are summed in its dtype before float64 takes over


@jit
def _moments(x, low, high, mean, var):
    """Mean and variance of rows [low, high): squares around the mean, runs of SUM numbers joined in float64

    All rows take a step before any takes the next: no row waits for the last digits of the one before.
    """
    one = np.float64(1) / x.shape[1]
    for r in range(low, high):
        row, total = x[r], 0.0
        for start in range(0, row.size, SUM):
            s = x.dtype.type(0)
            for k in range(start, min(start + SUM, row.size)):
                s += row[k]
            total += s
        mean[r - low] = total * one
    for r in range(low, high):
        row, near, rest, squares = x[r], x.dtype.type(mean[r - low]), 0.0, 0.0
        for start in range(0, row.size, SUM):
            t, q = x.dtype.type(0), x.dtype.type(0)
            for k in range(start, min(start + SUM, row.size)):
                d = row[k] - near
                t += d
                q += d * d
            rest += t
            squares += q
        square = (squares - rest * one * rest) * one
        mean[r - low], var[r - low] = near + rest * one, 0 if square < 0 else square  # below 0 by rounding


@jit
def _layer_norm(x, weight, bias, eps, y, mean, rstd, first, last):
    some = max(1, min(SOME, SUM // max(1, x.shape[1])))
    exact, var = np.empty(some), np.empty(some)
    for low in range(first, last, some):
        high = min(last, low + some)
        _moments(x, low, high, exact, var)
        for r in range(low, high):
            mean[r], rstd[r] = exact[r - low], 1 / np.sqrt(var[r - low] + eps)
        for r in range(low, high):
            row, out, m, scale = x[r], y[r], mean[r], rstd[r]
            shift = x.dtype.type((exact[r - low] - m) * scale)  # what rounding took from the mean
            for k in range(row.size):
                out[k] = ((row[k] - m) * scale - shift) * weight[k] + bias[k]


@jit
def _layer_norm_backward(g, x, weight, mean, rstd, grad_x, grads, first, last):
    """Parts [first, last) of the rows; grads (2, parts, K), float64: each part's gradients of weight and bias"""
    rows, count, width = len(x), grads.shape[1], x.shape[1]
    aw, ab = np.zeros(width, x.dtype), np.zeros(width, x.dtype)
    for part in range(first, last):
        grad_weight, grad_bias = grads[0, part], grads[1, part]
        begin, end = part * rows // count, (part + 1) * rows // count
        for r in range(begin, end):
            m, scale, total, projected = mean[r], rstd[r], 0.0, 0.0
            for start in range(0, width, SUM):
                piece = slice(start, start + SUM)
                gs, xs, ws, pw, pb = g[r, piece], x[r, piece], weight[piece], aw[piece], ab[piece]
                s, t = x.dtype.type(0), x.dtype.type(0)
                for k in range(gs.size):
                    v, z = gs[k], (xs[k] - m) * scale
                    h = v * ws[k]
                    s += h
                    t += h * z
                    pw[k] += v * z
                    pb[k] += v
                total += s
                projected += t
            gs, xs, out = g[r], x[r], grad_x[r]
            constant, slope = x.dtype.type(total / width), x.dtype.type(projected / width)
            for k in range(gs.size):
                out[k] = (gs[k] * weight[k] - constant - (xs[k] - m) * scale * slope) * scale
            if (r - begin) % ROWS == ROWS - 1 or r == end - 1:
                for k in range(width):
                    grad_weight[k] += aw[k]
                    grad_bias[k] += ab[k]
                    aw[k], ab[k] = 0, 0


@jit
def _group_norm(x, weight, bias, eps, groups, y, mean, rstd, first, last):
    """Rows are groups; x and y (N G, C / G, L)"""
    channels, rows = x.shape[1], x.reshape(x.shape[0], x.shape[1] * x.shape[2])
    moments = np.empty((2, 1))
    for r in range(first, last):
        _moments(rows, r, r + 1, moments[0], moments[1])
        exact = moments[0, 0]
        mean[r], rstd[r] = exact, 1 / np.sqrt(moments[1, 0] + eps)
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


_layer_norm_job, _layer_norm_backward_job = _jobs.job_of(_layer_norm), _jobs.job_of(_layer_norm_backward)
_group_norm_job, _group_norm_backward_job = _jobs.job_of(_group_norm), _jobs.job_of(_group_norm_backward)


@jit
def _hand_out_layer_norm(lines, box, extent, *arguments):
    _jobs.hand_out(lines, box, extent, _layer_norm_job(box, arguments))


@jit
def _hand_out_layer_norm_backward(lines, box, extent, *arguments):
    _jobs.hand_out(lines, box, extent, _layer_norm_backward_job(box, arguments))


@jit
def _hand_out_group_norm(lines, box, extent, *arguments):
    _jobs.hand_out(lines, box, extent, _group_norm_job(box, arguments))


@jit
def _hand_out_group_norm_backward(lines, box, extent, *arguments):
    _jobs.hand_out(lines, box, extent, _group_norm_backward_job(box, arguments))


def _ready(*arrays):
    return [np.ascontiguousarray(a) for a in arrays]


def or_default(parameter, default, count, dtype):
    """The parameter, or one filled with its default"""
    return np.full(count, default, dtype) if parameter is None else np.ascontiguousarray(parameter)


def layer_norm(x, weight, bias, eps):
    """x (R,K), weight and bias (K,) or None -> (x - mean) / sqrt(var + eps) weight + bias, and mean and rstd (R,)"""
    (x,) = _ready(x)
    rows, width = x.shape
    y, mean, rstd = np.empty_like(x), np.empty(rows, x.dtype), np.empty(rows, x.dtype)
    weight, bias = or_default(weight, 1, width, x.dtype), or_default(bias, 0, width, x.dtype)
    hand_out(_hand_out_layer_norm, rows, max(1, GRAIN // max(1, width)), x, weight, bias, float(eps), y, mean, rstd)
    return y, mean, rstd


def layer_norm_backward(g, x, weight, mean, rstd):
    """g and x (R,K), mean and rstd as they came -> gradients of x (R,K), weight (K,), bias (K,)"""
    if x.shape[1] == 1:  # nothing minus itself: a fused multiply-add leaves a rounding error, times 1 / sqrt(eps)
        return formula.layer_norm_backward(g, x, weight, mean, rstd)
    g, x = _ready(g, x)
    rows, width = x.shape
    grad_x, weight = np.empty_like(x), or_default(weight, 1, width, x.dtype)
    grain = max(1, GRAIN // max(1, width))
    grads = np.zeros((2, len(parts(rows, grain)), width))  # each part's, added up in their order
    hand_out(_hand_out_layer_norm_backward, grads.shape[1], 1, g, x, weight, mean, rstd, grad_x, grads)
    return grad_x, *[a.sum(0).astype(x.dtype) for a in grads]


def group_norm(x, weight, bias, groups, eps):
    """x (N,C,L), weight and bias (C,) or None -> as layer_norm, over the groups; mean and rstd (N G,)"""
    count, channels, length = x.shape
    if length < SHORT:
        return formula.group_norm(x, weight, bias, groups, eps)
    x = np.ascontiguousarray(x).reshape(count * groups, channels // groups, length)
    y, mean, rstd = np.empty_like(x), np.empty(len(x), x.dtype), np.empty(len(x), x.dtype)
    weight, bias = or_default(weight, 1, channels, x.dtype), or_default(bias, 0, channels, x.dtype)
    grain = max(1, GRAIN // max(1, x.shape[1] * length))
    hand_out(_hand_out_group_norm, len(x), grain, x, weight, bias, float(eps), groups, y, mean, rstd)
    return y.reshape(count, channels, length), mean, rstd


def group_norm_backward(g, x, weight, mean, rstd, groups):
    """g and x (N,C,L) -> gradients of x (N,C,L), weight (C,), bias (C,)"""
    count, channels, length = shape = x.shape
    if length < SHORT:
        return formula.group_norm_backward(g, x, weight, mean, rstd, groups)
    g, x = (a.reshape(count * groups, channels // groups, length) for a in _ready(g, x))
    grad_x, products, sums = np.empty_like(x), np.empty(x.shape[:2]), np.empty(x.shape[:2])
    weight = or_default(weight, 1, channels, x.dtype)
    grain = max(1, GRAIN // max(1, x.shape[1] * length))
    hand_out(_hand_out_group_norm_backward, len(x), grain, g, x, weight, mean, rstd, groups, grad_x, products, sums)
    each = [a.reshape(count, channels).sum(0).astype(x.dtype) for a in (products, sums)]
    return grad_x.reshape(shape), *each
