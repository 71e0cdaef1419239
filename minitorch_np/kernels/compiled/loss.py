"""Negative log likelihood per sample.  Axes: N samples, C classes, L extra dimensions, flattened."""

import math

import numpy as np

from ...parallel import share
from . import exponential
from ._jit import jit

__all__ = ["cross_entropy", "cross_entropy_backward", "nll", "nll_scatter"]

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


@jit
def _cross_entropy(x, target, weight, weighted, ignore_index, loss, first, last):
    """Nothing is written but the losses: a row's logarithms stay where they are, in registers"""
    number = x.dtype.type
    some = np.empty(exponential.VECTOR // x.itemsize, x.dtype)
    for n in range(first, last):
        c = target[n, 0]
        if c == ignore_index:
            loss[n, 0] = 0
            continue
        row, total = x[n], 0.0
        m = exponential._largest(row, some)
        for start in range(0, row.size, exponential.SUM):
            run, s = row[start : start + exponential.SUM], number(0)
            for k in range(run.size):
                s += exponential.exp_of_negative(run[k] - m)
            total += s
        logp = exponential._minus(row[c], m, number(math.log(total)))
        loss[n, 0] = -logp * weight[c] if weighted else -logp


@jit
def _cross_entropy_backward(g, target, weight, weighted, ignore_index, logp, out, first, last):
    number = logp.dtype.type
    for n in range(first, last):
        c, y, line, t = target[n, 0], logp[n], out[n], number(0)
        if c != ignore_index:
            t = -g[n, 0] * weight[c] if weighted else -g[n, 0]
        for k in range(line.size):
            line[k] = number(0) - exponential.exp_of_negative(y[k]) * t
        if c != ignore_index:
            line[c] += t


def cross_entropy(x, target, weight, ignore_index):
    """x (N,C), target (N,1) -> loss (N,1) = -weight[t] log_softmax(x)[t]; 0 where ignored"""
    x, target = np.ascontiguousarray(x), np.ascontiguousarray(target)
    loss = np.empty(target.shape, x.dtype)
    arrays = x, target, *_weights(weight, x.dtype), ignore_index, loss
    share(lambda a, b: _cross_entropy(*arrays, a, b), len(x), max(1, GRAIN // max(1, x.shape[1])))
    return loss


def cross_entropy_backward(g, target, weight, ignore_index, logp):
    """g (N,1), target (N,1), logp = log_softmax(x) (N,C) -> the gradient of x (N,C)"""
    logp, out = np.ascontiguousarray(logp), np.empty(logp.shape, logp.dtype)
    arrays = np.ascontiguousarray(g), np.ascontiguousarray(target), *_weights(weight, g.dtype), ignore_index, logp, out
    share(lambda a, b: _cross_entropy_backward(*arrays, a, b), len(out), max(1, GRAIN // max(1, logp.shape[1])))
    return out
