"""Optimiser steps, written into their first argument; every array has the parameter's shape."""

import math

import numpy as np

__all__ = ["adam_", "sgd_"]


def sgd_(param, grad, buffer, lr, momentum, dampening, weight_decay, nesterov, maximize, first):
    """param -= lr d, where d is the gradient, decayed, through the momentum buffer (None without momentum)"""
    d = -grad if maximize else grad
    if weight_decay:
        d = d + weight_decay * param
    if buffer is not None:
        if first:
            buffer[...] = d
        else:
            buffer *= momentum
            buffer += (1 - dampening) * d
        d = d + momentum * buffer if nesterov else buffer
    param -= lr * d


def adam_(param, grad, exp_avg, exp_avg_sq, max_exp_avg_sq, step, lr, beta1, beta2, eps, weight_decay, decoupled, maximize):
    """param -= lr m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + eps), m and v running means of grad and grad^2"""
    d = -grad if maximize else grad
    if weight_decay and decoupled:
        param *= 1 - lr * weight_decay
    elif weight_decay:
        d = d + weight_decay * param
    exp_avg += (d - exp_avg) * (1 - beta1)
    exp_avg_sq *= beta2
    exp_avg_sq += (1 - beta2) * d * d
    second = exp_avg_sq
    if max_exp_avg_sq is not None:
        np.maximum(max_exp_avg_sq, exp_avg_sq, out=max_exp_avg_sq)
        second = max_exp_avg_sq
    denominator = np.sqrt(second) / math.sqrt(1 - beta2**step) + eps
    param -= lr / (1 - beta1**step) * exp_avg / denominator
