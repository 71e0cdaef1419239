"""Layer and group normalisation.  Axes: R rows of K numbers; N samples, C channels in G groups, L everything else."""

import numpy as np

__all__ = ["group_norm", "group_norm_backward", "layer_norm", "layer_norm_backward"]


def _standardised(rows, eps):
    """(z, mean, 1 / sqrt(var + eps)) of every row"""
    if not rows.size:
        return rows, *np.zeros((2, len(rows)), rows.dtype)
    mean = rows.mean(1)
    centred = rows - mean[:, None]
    rstd = 1 / np.sqrt((centred * centred).mean(1) + rows.dtype.type(eps))
    return centred * rstd[:, None], mean, rstd


def _rows_gradient(h, z, rstd):
    """The gradient of the rows, given h, that of their standardised values z"""
    if not h.size:
        return h
    return rstd[:, None] * (h - h.mean(1, keepdims=True) - z * (h * z).mean(1, keepdims=True))


def _affine(z, weight, bias):
    y = z if weight is None else z * weight
    return y if bias is None else y + bias


def layer_norm(x, weight, bias, eps):
    """x (R,K), weight and bias (K,) or None -> (x - mean) / sqrt(var + eps) weight + bias, and mean and rstd (R,)"""
    z, mean, rstd = _standardised(x, eps)
    return _affine(z, weight, bias), mean, rstd


def layer_norm_backward(g, x, weight, mean, rstd):
    """g and x (R,K), mean and rstd as they came -> gradients of x (R,K), weight (K,), bias (K,)"""
    z = (x - mean[:, None]) * rstd[:, None]
    return _rows_gradient(g if weight is None else g * weight, z, rstd), (g * z).sum(0), g.sum(0)


def _grouped(x, groups):
    """(N,C,L) as (N G, C / G L): a row for each group"""
    rows = len(x) * groups
    return x.reshape(rows, x.size // rows if rows else 0)


def _column(parameter):
    return None if parameter is None else parameter[:, None]


def group_norm(x, weight, bias, groups, eps):
    """x (N,C,L), weight and bias (C,) or None -> as layer_norm, over the groups; mean and rstd (N G,)"""
    z, mean, rstd = _standardised(_grouped(x, groups), eps)
    return _affine(z.reshape(x.shape), _column(weight), _column(bias)), mean, rstd


def group_norm_backward(g, x, weight, mean, rstd, groups):
    """g and x (N,C,L) -> gradients of x (N,C,L), weight (C,), bias (C,)"""
    z = (_grouped(x, groups) - mean[:, None]) * rstd[:, None]
    h = g if weight is None else g * _column(weight)
    gx = _rows_gradient(_grouped(h, groups), z, rstd).reshape(x.shape)
    return gx, (g * z.reshape(x.shape)).sum((0, 2)), g.sum((0, 2))
