"""Scaled dot-product attention, some queries at a time: the score matrix never exists as a whole."""

import math

import numpy as np

from ...parallel import split
from ..formula import attention as formula
from . import exponential

__all__ = ["attend"]

ROWS = 64  # queries at a time: their scores stay in the cache


def attend(q, k, v, mask, causal, scale):
    """softmax(scale q k' + mask) v, see the formula"""
    if q.dtype != np.float32 or not k.shape[1]:
        return formula.attend(q, k, v, mask, causal, scale)
    batch, length, keys = len(q), q.shape[1], k.shape[1]
    y = np.empty((batch, length, v.shape[2]), q.dtype)
    blocks = -(-length // ROWS)

    def work(start, stop):
        for number in range(start, stop):
            at, first = divmod(number, blocks)
            rows = slice(first * ROWS, min((first + 1) * ROWS, length))
            seen = min(rows.stop, keys) if causal else keys  # no query of this block looks further
            scores = (q[at, rows] * q.dtype.type(scale)) @ k[at, :seen].T
            if mask is not None:
                scores += mask[at, rows, :seen]
            if causal:
                scores[np.arange(seen) > np.arange(rows.start, rows.stop)[:, None]] = -math.inf
            dead = (scores == -math.inf).all(1) if mask is not None else None
            if dead is not None:
                scores[dead] = 0
            weights = np.empty(scores.shape, scores.dtype)
            exponential.softmax_rows(scores, weights, False)
            if dead is not None:
                weights[dead] = 0
            np.matmul(weights, v[at, :seen], out=y[at, rows])

    split(work, batch * blocks)
    return y
