"""Rows by number: fetching them, and adding to them."""

import numpy as np

from ...parallel import share
from ._jit import jit

__all__ = ["embedding", "embedding_backward"]

GRAIN = 1 << 16  # elements that are worth a thread's while


def embedding(weight, indices):
    """weight (V,D), indices (...), all of them in range -> (..., D)"""
    flat, y = indices.reshape(-1), np.empty((indices.size, weight.shape[1]), weight.dtype)
    if y.size:
        # "clip" because NumPy would fill a buffer first, in case that an index is out of range.
        share(lambda a, b: weight.take(flat[a:b], 0, y[a:b], "clip"), flat.size, max(1, GRAIN // y.shape[1]))
    return y.reshape(*indices.shape, weight.shape[1])


@jit
def _add_rows(g, indices, result):
    """Serial: two positions may name the same row"""
    for i in range(indices.size):
        source, out = g[i], result[indices[i]]
        for k in range(out.size):
            out[k] += source[k]


def embedding_backward(g, indices, rows):
    """g (..., D), indices (...) -> (rows, D): rows of a repeated index add up"""
    result = np.zeros((rows, g.shape[-1]), g.dtype)
    flat = np.ascontiguousarray(indices).reshape(-1)
    _add_rows(np.ascontiguousarray(g).reshape(flat.size, g.shape[-1]), flat, result)
    return result
