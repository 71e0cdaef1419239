"""Batch normalisation.  Axes: N images, C channels, L everything else."""

import numpy as np

__all__ = ["batch_norm", "batch_norm_backward", "channel_affine", "channel_affine_backward", "channel_sum"]


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


def channel_affine(x, scale, shift):
    """x (N,C,L), scale and shift (C,) -> x * scale + shift, per channel"""
    return x * _column(scale) + _column(shift)


def channel_sum(x):
    """x (N,C,L) -> (C,)"""
    (wide,) = _widest(x)
    return wide.sum((0, 2)).astype(x.dtype)


def channel_affine_backward(g, x, scale, centre):
    """g and x (N,C,L), scale and centre (C,) -> gradient of x (N,C,L), sums of g (x - centre) (C,) and of g (C,)"""
    wide, x, centre = _widest(g, x, centre)
    return g * _column(scale), (wide * (x - _column(centre))).sum((0, 2)).astype(g.dtype), channel_sum(g)
