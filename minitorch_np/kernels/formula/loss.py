"""Negative log likelihood per sample.  Axes: N samples, C classes, L extra dimensions, flattened."""

import numpy as np

__all__ = ["nll", "nll_scatter"]


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
