"""Batch normalisation.  Axes: N images, C channels, L everything else."""

import numpy as np

__all__ = ["batch_norm", "batch_norm_backward", "channel_sum", "fixed_norm", "fixed_norm_backward"]


def _column(v):
    return v[:, None]


def _widest(*arrays):
    """float64, or more if they are: sums over a batch neither overflow nor lose small differences, as in torch."""
    return [None if a is None else a.astype(np.result_type(a, np.float64)) for a in arrays]


def batch_norm(x, weight, bias, eps):
    """x (N,C,L), weight and bias (C,) or None -> y (N,C,L), mean (C,), biased variance (C,), both in float64"""
    dtype = x.dtype
    x, weight, bias = _widest(x, weight, bias)
    mean = x.mean((0, 2))
    centred = x - _column(mean)
    var = (centred * centred).mean((0, 2))
    y = centred / _column(np.sqrt(var + eps))
    if weight is not None:
        y = y * _column(weight)
    if bias is not None:
        y = y + _column(bias)
    return y.astype(dtype), mean, var


def batch_norm_backward(g, x, weight, mean, var, eps):
    """g and x (N,C,L), mean and var as they came -> gradients of x (N,C,L), weight (C,), bias (C,)"""
    dtype = g.dtype
    g, x, weight = _widest(g, x, weight)
    invstd = 1 / np.sqrt(var + eps)
    normal = (x - _column(mean)) * _column(invstd)
    grad_bias = g.sum((0, 2))
    grad_weight = (g * normal).sum((0, 2))
    count = x.shape[0] * x.shape[2]
    scale = invstd if weight is None else invstd * weight
    grad_x = (g - _column(grad_bias / count) - normal * _column(grad_weight / count)) * _column(scale)
    return grad_x.astype(dtype), grad_weight.astype(dtype), grad_bias.astype(dtype)


def channel_sum(x):
    """x (N,C,L) -> (C,)"""
    (wide,) = _widest(x)
    return wide.sum((0, 2)).astype(x.dtype)


def fixed_norm(x, weight, bias, mean, var, eps):
    """x (N,C,L), mean and var (C,), weight and bias (C,) or None -> (x - mean) / sqrt(var + eps) weight + bias"""
    scale = _scale(weight, var, eps)
    shift = -mean * scale if bias is None else bias - mean * scale
    return x * _column(scale.astype(x.dtype)) + _column(shift.astype(x.dtype))


def _scale(weight, var, eps):
    """In float64"""
    invstd = 1 / np.sqrt(var.astype(np.result_type(var, np.float64)) + eps)
    return invstd if weight is None else invstd * weight


def fixed_norm_backward(g, x, weight, mean, var, eps):
    """g and x (N,C,L) -> gradients of x (N,C,L), weight (C,), bias (C,)"""
    wide, x, mean = _widest(g, x, mean)
    projected = (wide * (x - _column(mean))).sum((0, 2)) * _scale(None, var, eps)
    return g * _column(_scale(weight, var, eps).astype(g.dtype)), projected.astype(g.dtype), channel_sum(g)
