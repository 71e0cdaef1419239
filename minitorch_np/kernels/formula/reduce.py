"""Many numbers become one.  Axes: O everything before the axis that goes, K that axis, I everything after it."""

import numpy as np

__all__ = ["extremes", "share_among_ties", "sums"]


def sums(x):
    """x (O,K,I) -> (O,I)"""
    return np.add.reduce(x, 1)


def extremes(x, largest):
    """x (O,K,I) -> the largest or the smallest along K (O,I); a NaN beats every number"""
    return (np.maximum if largest else np.minimum).reduce(x, 1)


def share_among_ties(g, x, y):
    """g and y (O,I), x (O,K,I) -> (O,K,I): g / n at each of the n places where x is y, 0 elsewhere; NaN where n is 0"""
    ties = x == y[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        return g[:, None] * ties / ties.sum(1, keepdims=True).astype(g.dtype)
