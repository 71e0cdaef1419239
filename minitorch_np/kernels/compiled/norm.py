"""Batch normalisation, channel by channel: a channel's values stay in cache between the passes over them.

Axes: N images, C channels, L everything else.
"""

import numpy as np

from ...parallel import split
from ._jit import jit

__all__ = ["batch_norm", "batch_norm_backward", "channel_affine", "channel_dot", "channel_sum"]

GRAIN = 1 << 14  # elements that are worth a thread's while


def _share(work, x):
    split(work, x.shape[1], max(1, GRAIN // max(1, x.shape[0] * x.shape[2])))


@jit
def _batch_norm(x, weight, bias, eps, y, mean, var, first, last):
    """Three passes: mean, variance around it, result.  Rows are summed in x's dtype, the rows' sums in float64."""
    n, _, length = x.shape
    one = x.dtype.type(1)
    for c in range(first, last):
        total = 0.0
        for i in range(n):
            row, s = x[i, c], x.dtype.type(0)
            for k in range(length):
                s += row[k]
            total += s
        m = x.dtype.type(total / (n * length))
        total = 0.0
        for i in range(n):
            row, s = x[i, c], x.dtype.type(0)
            for k in range(length):
                d = row[k] - m
                s += d * d
            total += s
        v = x.dtype.type(total / (n * length))
        mean[c], var[c] = m, v
        scale = weight[c] * (one / np.sqrt(v + x.dtype.type(eps)))
        shift = bias[c]
        for i in range(n):
            row, out = x[i, c], y[i, c]
            for k in range(length):
                out[k] = (row[k] - m) * scale + shift


@jit
def _batch_norm_backward(g, x, weight, mean, var, eps, grad_x, grad_weight, grad_bias, first, last):
    """Two passes: the sums of g and g (x - mean), then the gradient of x"""
    n, _, length = x.shape
    one = x.dtype.type(1)
    for c in range(first, last):
        m = mean[c]
        invstd = one / np.sqrt(var[c] + x.dtype.type(eps))
        total, projected = 0.0, 0.0
        for i in range(n):
            gs, xs = g[i, c], x[i, c]
            s, t = x.dtype.type(0), x.dtype.type(0)
            for k in range(length):
                s += gs[k]
                t += gs[k] * (xs[k] - m)
            total += s
            projected += t
        grad_bias[c] = total
        grad_weight[c] = projected * invstd
        a = x.dtype.type(total / (n * length))
        b = x.dtype.type(projected * invstd * invstd / (n * length))
        scale = weight[c] * invstd
        for i in range(n):
            gs, xs, out = g[i, c], x[i, c], grad_x[i, c]
            for k in range(length):
                out[k] = (gs[k] - a - (xs[k] - m) * b) * scale


@jit
def _channel_affine(x, scale, shift, y, first, last):
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
            row, s = x[i, c], x.dtype.type(0)
            for k in range(row.shape[0]):
                s += row[k]
            total += s
        y[c] = total


@jit
def _channel_dot(g, x, y, first, last):
    for c in range(first, last):
        total = 0.0
        for i in range(g.shape[0]):
            a, b, s = g[i, c], x[i, c], g.dtype.type(0)
            for k in range(a.shape[0]):
                s += a[k] * b[k]
            total += s
        y[c] = total


def _or(value, default, like):
    """The per-channel vector, or one filled with its default"""
    return np.full(like.shape[1], default, like.dtype) if value is None else np.ascontiguousarray(value)


def batch_norm(x, weight, bias, eps):
    """x (N,C,L), weight and bias (C,) or None -> y (N,C,L), mean (C,), biased variance (C,)"""
    x = np.ascontiguousarray(x)
    y = np.empty_like(x)
    mean, var = np.empty(x.shape[1], x.dtype), np.empty(x.shape[1], x.dtype)
    weight, bias = _or(weight, 1, x), _or(bias, 0, x)
    _share(lambda a, b: _batch_norm(x, weight, bias, eps, y, mean, var, a, b), x)
    return y, mean, var


def batch_norm_backward(g, x, weight, mean, var, eps):
    """g and x (N,C,L) -> gradients of x (N,C,L), weight (C,), bias (C,)"""
    g, x = np.ascontiguousarray(g), np.ascontiguousarray(x)
    grad_x = np.empty_like(x)
    grad_weight, grad_bias = np.empty(x.shape[1], x.dtype), np.empty(x.shape[1], x.dtype)
    weight = _or(weight, 1, x)
    _share(lambda a, b: _batch_norm_backward(g, x, weight, mean, var, eps, grad_x, grad_weight, grad_bias, a, b), x)
    return grad_x, grad_weight, grad_bias


def channel_affine(x, scale, shift):
    """x (N,C,L), scale and shift (C,) -> x * scale + shift, per channel"""
    x = np.ascontiguousarray(x)
    y = np.empty_like(x)
    scale, shift = np.ascontiguousarray(scale), np.ascontiguousarray(shift)
    _share(lambda a, b: _channel_affine(x, scale, shift, y, a, b), x)
    return y


def channel_sum(x):
    """x (N,C,L) -> (C,)"""
    x = np.ascontiguousarray(x)
    y = np.empty(x.shape[1], x.dtype)
    _share(lambda a, b: _channel_sum(x, y, a, b), x)
    return y


def channel_dot(g, x):
    """g and x (N,C,L) -> sum of g x (C,)"""
    g, x = np.ascontiguousarray(g), np.ascontiguousarray(x)
    y = np.empty(g.shape[1], g.dtype)
    _share(lambda a, b: _channel_dot(g, x, y, a, b), g)
    return y
