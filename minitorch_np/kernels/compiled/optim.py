"""Optimiser steps in one pass, written into their first argument; every array has the parameter's shape."""

import math

import numpy as np

from ...parallel import hand_out
from ..formula import optim as formula
from . import _jobs
from ._jit import PRECISE, jit

__all__ = ["adam_", "sgd_"]

GRAIN = 1 << 15  # elements that are worth a thread's while


@jit(fastmath=PRECISE)
def _sgd(param, grad, buffer, lr, momentum, dampening, weight_decay, nesterov, sign, first):
    """buffer is empty without momentum"""
    t = param.dtype.type
    lr, momentum, keep, decay, sign = t(lr), t(momentum), t(1 - dampening), t(weight_decay), t(sign)
    for k in range(param.size):
        d = sign * grad[k]
        if decay:  # 0 * inf is no zero
            d += decay * param[k]
        if buffer.size:
            b = d if first else momentum * buffer[k] + keep * d
            buffer[k] = b
            d = d + momentum * b if nesterov else b
        param[k] -= lr * d


@jit(fastmath=PRECISE)
def _adam(param, grad, m, v, largest, rate, beta1, beta2, eps, decay, shrink, sign, root):
    """largest is empty without amsgrad; root = sqrt(1 - beta2^t), rate = lr / (1 - beta1^t)"""
    t = param.dtype.type
    rate, gain1, beta2, gain2 = t(rate), t(1 - beta1), t(beta2), t(1 - beta2)
    eps, decay, shrink, sign, root = t(eps), t(decay), t(shrink), t(sign), t(root)
    for k in range(param.size):
        p = param[k] * shrink
        d = sign * grad[k]
        if decay:
            d += decay * p
        m[k] += (d - m[k]) * gain1
        second = v[k] * beta2 + gain2 * d * d
        v[k] = second
        if largest.size:
            if largest[k] > second or largest[k] != largest[k]:  # a NaN of either wins
                second = largest[k]
            largest[k] = second
        param[k] = p - rate * m[k] / (np.sqrt(second) / root + eps)


_sgd_job = _jobs.job_on_pieces(_sgd)


@jit
def _hand_out_sgd(lines, box, extent, *arguments):
    _jobs.hand_out(lines, box, extent, _sgd_job(box, arguments))


_adam_job = _jobs.job_on_pieces(_adam)


@jit
def _hand_out_adam(lines, box, extent, *arguments):
    _jobs.hand_out(lines, box, extent, _adam_job(box, arguments))


def as_lines(param, *others):
    """All arrays as lines, None as an empty one; or None if an array is not contiguous and must take the formula."""
    if not all(a is None or a.flags.c_contiguous for a in (param, *others)):
        return None
    return [np.empty(0, param.dtype) if a is None else a.reshape(-1) for a in (param, *others)]


def _shared(loop, start, lines, options):
    size = lines[0].size
    if size < 2 * GRAIN:  # one share, which this thread does by itself; small networks do not compile the other
        loop(*lines, *options)
    else:
        hand_out(start, size, GRAIN, *lines, *options)


def sgd_(param, grad, buffer, lr, momentum, dampening, weight_decay, nesterov, maximize, first):
    """param -= lr d, where d is the gradient, decayed, through the momentum buffer (None without momentum)"""
    lines = as_lines(param, grad, buffer)
    if lines is None:
        return formula.sgd_(param, grad, buffer, lr, momentum, dampening, weight_decay, nesterov, maximize, first)
    options = (
        float(lr),
        float(momentum),
        float(dampening),
        float(weight_decay),
        bool(nesterov),
        -1.0 if maximize else 1.0,
        first,
    )
    _shared(_sgd, _hand_out_sgd, lines, options)
    return None


def adam_(param, grad, exp_avg, exp_avg_sq, max_exp_avg_sq, step, lr, beta1, beta2, eps, weight_decay, decoupled, maximize):
    """param -= lr m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + eps), m and v running means of grad and grad^2"""
    lines = as_lines(param, grad, exp_avg, exp_avg_sq, max_exp_avg_sq)
    if lines is None:
        return formula.adam_(
            param, grad, exp_avg, exp_avg_sq, max_exp_avg_sq, step, lr, beta1, beta2, eps, weight_decay, decoupled, maximize
        )
    options = (
        float(lr / (1 - beta1**step)), float(beta1), float(beta2), float(eps), 0.0 if decoupled else float(weight_decay),
        float(1 - lr * weight_decay) if decoupled else 1.0, -1.0 if maximize else 1.0, math.sqrt(1 - beta2**step),
    )  # fmt: skip
    _shared(_adam, _hand_out_adam, lines, options)
    return None
