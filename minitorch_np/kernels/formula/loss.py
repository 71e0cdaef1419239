"""Negative log likelihood per sample.  Axes: N samples, C classes, L extra dimensions, flattened."""

import numpy as np

from .softmax import log_softmax, log_softmax_backward

__all__ = ["cross_entropy", "cross_entropy_backward", "nll", "nll_scatter"]


def _chosen(target, weight, ignore_index, dtype):
    """Safe class indices and each sample's weight, 0 where it is ignored."""
    used = target != ignore_index
    if used.all():
        return used, target, np.ones(target.shape, dtype) if weight is None else weight[target]
    safe = np.where(used, target, 0)
    w = np.ones(target.shape, dtype) if weight is None else weight[safe] if safe.size else np.ones(safe.shape, dtype)
    return used, safe, np.where(used, w, dtype.type(0))


def _places(safe):
    """(N,L) classes -> the index of theirs in an (N,C,L) array"""
    return np.arange(safe.shape[0])[:, None], safe, np.arange(safe.shape[1])


def nll(logp, target, weight, ignore_index):
    """logp (N,C,L), target (N,L) -> loss (N,L) = -weight[t] logp[t], and the weight (N,L) used; 0 where ignored"""
    used, safe, w = _chosen(target, weight, ignore_index, logp.dtype)
    if safe.size == 0:
        return np.zeros(target.shape, logp.dtype), w
    picked = logp[_places(safe)]
    return np.where(used, -picked * w, logp.dtype.type(0)), w


def nll_scatter(g, target, weight, ignore_index, classes):
    """g (N,L), target (N,L) -> (N,C,L): -weight[t] g at each target's class, 0 elsewhere"""
    used, safe, w = _chosen(target, weight, ignore_index, g.dtype)
    result = np.zeros((target.shape[0], classes, target.shape[1]), g.dtype)
    if safe.size:
        result[_places(safe)] = np.where(used, -g * w, g.dtype.type(0))
    return result


def cross_entropy(x, target, weight, ignore_index):
    """x (N,C), target (N,1) -> loss (N,1) = -weight[t] log_softmax(x)[t]; 0 where ignored"""
    return nll(log_softmax(x, 1)[:, :, None], target, weight, ignore_index)[0]


def cross_entropy_backward(g, target, weight, ignore_index, logp):
    """g (N,1), target (N,1), logp = log_softmax(x) (N,C) -> the gradient of x (N,C)"""
    return log_softmax_backward(nll_scatter(g, target, weight, ignore_index, logp.shape[1])[:, :, 0], logp, 1)
