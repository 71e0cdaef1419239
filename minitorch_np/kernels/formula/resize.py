"""Resizing: along each axis every new element is a weighted sum of a few old ones, its taps.

A tap is (at, weight): which old element, and how much of it, both of shape (taps, new size).
"""

import numpy as np

__all__ = ["resize", "resize_bytes", "resize_input"]


def _along(x, axis, at, weight):
    """sum over taps of weight * x[at]"""
    shape = [1] * x.ndim
    shape[axis] = -1
    total = None
    for places, factors in zip(at, weight):
        part = np.take(x, places, axis)
        if (factors != 1).any():
            part = part * factors.astype(x.dtype).reshape(shape)
        total = part if total is None else total + part
    return total


def _spread(g, axis, at, weight, size):
    """The adjoint: each new element's gradient goes to its taps"""
    shape = [1] * g.ndim
    shape[axis] = -1
    order = np.argsort(at, axis=None, kind="stable")  # all taps, those of one old element side by side
    places, first = np.unique(at.reshape(-1)[order], return_index=True)
    parts = np.take(g, order % at.shape[1], axis) * weight.reshape(-1)[order].astype(g.dtype).reshape(shape)
    result = np.zeros((*g.shape[:axis], size, *g.shape[axis + 1 :]), g.dtype)
    result[(slice(None),) * axis + (places,)] = np.add.reduceat(parts, first, axis)
    return result


def resize(x, taps):
    """x (N, C, ...) with one pair of taps for each of the last axes"""
    for axis, (at, weight) in enumerate(taps, 2):
        x = _along(x, axis, at, weight)
    return x


def _in_16_bits(at, weight, size):
    """One weight for each old element, in units of 2^-bits, as fine as 16 bits allow: (size, new), bits"""
    whole = np.zeros((size, at.shape[1]))
    for places, factors in zip(at, weight):
        np.add.at(whole, (places, np.arange(at.shape[1])), factors)
    bits = 0
    while bits < 22 and int(0.5 + whole.max() * 2 ** (bits + 1)) < 2**15:
        bits += 1
    return (whole * 2**bits + np.copysign(0.5, whole)).astype(np.int64), bits


def resize_bytes(x, taps):
    """resize for uint8, in whole numbers, with a byte after each axis: the last axis first, as in Pillow"""
    for axis, (at, weight) in reversed(list(enumerate(taps, 2))):
        size = x.shape[axis]
        if size != at.shape[1]:
            whole, bits = _in_16_bits(at, weight, size)
            total = np.moveaxis(np.tensordot(x.astype(np.int64), whole, (axis, 0)), -1, axis)
            x = np.clip((total + 2 ** (bits - 1)) >> bits, 0, 255)
    return x.astype(np.uint8)


def resize_input(g, shape, taps):
    """The adjoint of resize for an input of `shape`"""
    for axis, (at, weight) in reversed(list(enumerate(taps, 2))):
        g = _spread(g, axis, at, weight, shape[axis])
    return g
