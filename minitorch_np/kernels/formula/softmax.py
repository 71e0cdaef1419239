"""Softmax and its logarithm along one axis, shifted by the largest element so that nothing overflows."""

import numpy as np

__all__ = ["log_softmax", "log_softmax_backward", "softmax", "softmax_backward"]


def _wide(x):
    return x.astype(np.float32) if x.dtype == np.float16 else x


def softmax(x, axis):
    """x -> e^x / sum(e^x) along axis, same shape"""
    if x.size == 0:
        return x.copy()
    z = _wide(x)
    e = np.exp(z - z.max(axis, keepdims=True))
    return (e / e.sum(axis, keepdims=True)).astype(x.dtype, copy=False)


def softmax_backward(g, y, axis):
    """g and y -> y (g - sum(g y))"""
    g_, y_ = _wide(g), _wide(y)
    return (y_ * (g_ - (g_ * y_).sum(axis, keepdims=True))).astype(g.dtype, copy=False)


def log_softmax(x, axis):
    """x -> x - ln(sum(e^x)) along axis, same shape"""
    if x.size == 0:
        return x.copy()
    z = _wide(x)
    z = z - z.max(axis, keepdims=True)
    return (z - np.log(np.exp(z).sum(axis, keepdims=True))).astype(x.dtype, copy=False)


def log_softmax_backward(g, y, axis):
    """g and y -> g - e^y sum(g)"""
    g_, y_ = _wide(g), _wide(y)
    return (g_ - np.exp(y_) * g_.sum(axis, keepdims=True)).astype(g.dtype, copy=False)
