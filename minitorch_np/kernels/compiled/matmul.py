"""Matrix products: BLAS on one thread computes shares of the output, the pool shares them out; small ones are our own."""

import math

import numpy as np

from ...parallel import limit_blas, split
from . import small_product

__all__ = ["linear", "linear_backward", "matmul"]

TWO, MANY = 1 << 20, 1 << 26  # multiplications from which on a product is worth a thread, and worth several
GRAIN = 1 << 22  # multiplications that are worth a thread's while
LEAST = 256  # rows or columns: a thinner share would spend its time on arranging the other factor


def _ready(a):
    """`a` as BLAS takes it: rows or columns without gaps between elements.  NumPy multiplies others by plain loops."""
    (rows, columns), (down, across), item = a.shape[-2:], a.strides[-2:], a.itemsize
    if across == item and down >= columns * item or down == item and across >= rows * item:
        return a
    return np.ascontiguousarray(a)


def _product(a, b, bias):
    """a (N,K), b (K,M), bias (M,) or None -> (N,M)"""
    (n, k), m = a.shape, b.shape[1]
    y = small_product.product(a, b, bias)
    if y is not None:
        return y
    if n * k * m < 2 * GRAIN:
        limit_blas()
        y = np.matmul(a, b)
        if bias is not None:
            y += bias
        return y
    y = np.empty((n, m), a.dtype)

    def rows(start, stop):
        np.matmul(a[start:stop], b, out=y[start:stop])
        if bias is not None:
            y[start:stop] += bias

    def columns(start, stop):
        np.matmul(a, b[:, start:stop], out=y[:, start:stop])
        if bias is not None:
            y[:, start:stop] += bias[start:stop] if bias.size == m else bias

    longer = max(n, m)
    split(rows if n > m else columns, longer, max(LEAST, GRAIN * longer // (n * k * m)))
    return y


def matmul(a, b):
    """(..., N, K), (..., K, M) -> (..., N, M); a vector counts as a row on the left, a column on the right"""
    if a.ndim < 2 or b.ndim < 2:
        limit_blas()
        return np.matmul(a, b)
    a, b = _ready(a), _ready(b)
    if a.ndim == b.ndim == 2:
        return _product(a, b, None)
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    y = np.empty((*batch, a.shape[-2], b.shape[-1]), a.dtype)

    def share(x, start, stop):
        """The part of a factor that entries [start, stop) of the first batch axis need"""
        return x if x.ndim < y.ndim or len(x) == 1 else x[start:stop]

    def work(start, stop):
        np.matmul(share(a, start, stop), share(b, start, stop), out=y[start:stop])

    split(work, len(y), max(1, GRAIN * len(y) // max(1, y.size * a.shape[-1])))
    return y


def linear(x, w, bias):
    """x (..., in), w (out, in), bias (out,) or None -> (..., out)"""
    if x.ndim == 2:
        return _product(_ready(x), _ready(w).T, bias)
    rows = _ready(x.reshape(math.prod(x.shape[:-1]), x.shape[-1]))
    return _product(rows, _ready(w).T, bias).reshape(*x.shape[:-1], len(w))


def linear_backward(g, x, w):
    """g (N, out), x (N, in), w (out, in) -> g w and g' x: the gradients of x and w

    Two products of one size.  Each whole on a thread of its own they are ready sooner than one after the other on both.
    """
    work = x.size * len(w)
    if not TWO <= work < MANY:
        return matmul(g, w), matmul(g.T, x)
    g, x, w = _ready(g), _ready(x), _ready(w)
    results = np.empty(x.shape, x.dtype), np.empty(w.shape, w.dtype)
    products = (g, w), (g.T, x)

    def multiply(start, stop):
        for k in range(start, stop):
            np.matmul(*products[k], out=results[k])

    split(multiply, 2)
    return results
