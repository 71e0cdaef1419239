"""Negative log likelihood per sample.  Axes: N samples, C classes, L extra dimensions, flattened."""

import numpy as np

from ...parallel import share
from ._jit import jit

__all__ = ["nll", "nll_scatter"]

GRAIN = 1 << 16  # elements that are worth a thread's while


@jit
def _nll(logp, target, weight, weighted, ignore_index, loss, used, first, last):
    for n in range(first, last):
        for k in range(target.shape[1]):
            c = target[n, k]
            if c == ignore_index:
                loss[n, k], used[n, k] = 0, 0
            else:
                used[n, k] = weight[c] if weighted else 1
                loss[n, k] = -logp[n, c, k] * used[n, k]


@jit
def _scatter(g, target, weight, weighted, ignore_index, result, first, last):
    result[first:last] = 0
    for n in range(first, last):
        for k in range(target.shape[1]):
            c = target[n, k]
            if c != ignore_index:
                result[n, c, k] = -g[n, k] * weight[c] if weighted else -g[n, k]


def _weights(weight, dtype):
    return (np.empty(0, dtype), False) if weight is None else (np.ascontiguousarray(weight), True)


def nll(logp, target, weight, ignore_index):
    """logp (N,C,L), target (N,L) -> loss (N,L) = -weight[t] logp[t], and the weight (N,L) used; 0 where ignored"""
    logp, target = np.ascontiguousarray(logp), np.ascontiguousarray(target)
    loss, used = np.empty(target.shape, logp.dtype), np.empty(target.shape, logp.dtype)
    arrays = logp, target, *_weights(weight, logp.dtype), ignore_index, loss, used
    share(lambda a, b: _nll(*arrays, a, b), len(target), max(1, GRAIN // max(1, target.shape[1])))
    return loss, used


def nll_scatter(g, target, weight, ignore_index, classes):
    """g (N,L), target (N,L) -> (N,C,L): -weight[t] g at each target's class, 0 elsewhere"""
    g, target = np.ascontiguousarray(g), np.ascontiguousarray(target)
    result = np.empty((len(target), classes, target.shape[1]), g.dtype)
    arrays = g, target, *_weights(weight, g.dtype), ignore_index, result
    share(lambda a, b: _scatter(*arrays, a, b), len(target), max(1, GRAIN // max(1, classes * target.shape[1])))
    return result
