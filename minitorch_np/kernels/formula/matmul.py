"""Matrix products: NumPy's own."""

import numpy as np

__all__ = ["linear", "linear_backward", "matmul"]


def matmul(a, b):
    """(..., N, K), (..., K, M) -> (..., N, M); a vector counts as a row on the left, a column on the right"""
    if a.dtype == np.float16:
        return np.matmul(a.astype(np.float32), b.astype(np.float32)).astype(np.float16)
    return np.matmul(a, b)


def linear(x, w, bias):
    """x (..., in), w (out, in), bias (out,) or None -> (..., out)"""
    if x.dtype == np.float16:
        wide = linear(*(None if a is None else a.astype(np.float32) for a in (x, w, bias)))
        return wide.astype(np.float16)
    y = np.matmul(x, w.T)
    return y if bias is None else y + bias


def linear_backward(g, x, w):
    """g (N, out), x (N, in), w (out, in) -> g w and g' x: the gradients of x and w"""
    return matmul(g, w), matmul(g.T, x)
