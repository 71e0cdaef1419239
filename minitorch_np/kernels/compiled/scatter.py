"""Adding to rows by number."""

import numpy as np

from ._jit import jit

__all__ = ["embedding_backward"]


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
