"""Scaled dot-product attention in one go, for where no gradient will be asked for."""

import math

import numpy as np

from .softmax import softmax

__all__ = ["attend"]


def attend(q, k, v, mask, causal, scale):
    """softmax(scale q k' + mask) v; rows in which everything is masked give zeros

    q (B,L,E), k (B,S,E), v (B,S,F), mask (B,L,S) to be added, or None; causal: query i sees keys 0 to i -> (B,L,F)
    """
    scores = np.matmul(q * q.dtype.type(scale), k.swapaxes(1, 2))
    if mask is not None:
        scores = scores + mask
    if causal:
        unseen = np.arange(k.shape[1]) > np.arange(q.shape[1])[:, None]
        scores = np.where(unseen, q.dtype.type(-math.inf), scores)
    dead = (scores == -math.inf).all(-1, keepdims=True)
    weights = softmax(np.where(dead, q.dtype.type(0), scores), 2)
    return np.matmul(np.where(dead, q.dtype.type(0), weights), v)
