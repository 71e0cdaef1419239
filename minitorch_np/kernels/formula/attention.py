"""Scaled dot-product attention in one go, and its gradient."""

import math

import numpy as np

from .softmax import softmax, softmax_backward

__all__ = ["attend", "attend_backward"]


def _weights(q, k, mask, causal, scale):
    """softmax(scale q k' + mask) (B,L,S); zeros where everything is masked"""
    scores = np.matmul(q * q.dtype.type(scale), k.swapaxes(1, 2))
    if mask is not None:
        scores = scores + mask
    if causal:
        unseen = np.arange(k.shape[1]) > np.arange(q.shape[1])[:, None]
        scores = np.where(unseen, q.dtype.type(-math.inf), scores)
    dead = (scores == -math.inf).all(-1, keepdims=True)
    return np.where(dead, q.dtype.type(0), softmax(np.where(dead, q.dtype.type(0), scores), 2))


def attend(q, k, v, mask, causal, scale):
    """softmax(scale q k' + mask) v; rows in which everything is masked give zeros

    q (B,L,E), k (B,S,E), v (B,S,F), mask (B,L,S) or (1,L,S) to be added, or None -> (B,L,F)
    causal: query i sees keys 0 to i
    """
    return np.matmul(_weights(q, k, mask, causal, scale), v)


def attend_backward(g, q, k, v, mask, causal, scale):
    """g (B,L,F) and the arguments of `attend` -> the gradients of q, k and v"""
    weights, scale = _weights(q, k, mask, causal, scale), q.dtype.type(scale)
    slopes = softmax_backward(np.matmul(g, v.swapaxes(1, 2)), weights, 2) * scale
    turned = slopes.swapaxes(1, 2)
    return np.matmul(slopes, k), np.matmul(turned, q), np.matmul(weights.swapaxes(1, 2), g)
