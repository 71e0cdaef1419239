"""Depthwise convolution: every channel has one filter of its own, so there is nothing for BLAS to multiply.

A padded plane is taken as one long line (conv.py tells more); each weight adds a shifted copy of it.  Steps are dealt
with at the end: all positions are computed, and only every stride-th is kept.

Axes: N images, C channels, k window; ' marks the output.
"""

import numpy as np

from ...parallel import share
from ._jit import jit

GRAIN = 1 << 16  # multiplications that are worth a thread's while


@jit
def _planes(x, w, bias, padding, step, stride, dilation, line, wide, y):
    """x (B,C,H,W) with `step` between its rows and columns, w (C,1,kH,kW), bias (C,) -> y (B,C,H',W')

    line (rows, columns) and wide (rows * columns) are scratch; line is zero where x does not reach.
    """
    rows, pitch = line.shape
    flat = line.reshape(-1)
    length = (y.shape[2] - 1) * stride[0] * pitch + (y.shape[3] - 1) * stride[1] + 1
    height = min(x.shape[2], (rows - padding[0] + step[0] - 1) // step[0])
    width = min(x.shape[3], (pitch - padding[1] + step[1] - 1) // step[1])
    for b in range(x.shape[0]):
        for c in range(x.shape[1]):
            for h in range(height):
                source, out = x[b, c, h], line[h * step[0] + padding[0]]
                for k in range(width):
                    out[k * step[1] + padding[1]] = source[k]
            wide[:length] = bias[c]
            for i in range(w.shape[2]):
                for j in range(w.shape[3]):
                    weight, shift = w[c, 0, i, j], i * dilation[0] * pitch + j * dilation[1]
                    for k in range(length):
                        wide[k] += weight * flat[shift + k]
            for h in range(y.shape[2]):
                out, start = y[b, c, h], h * stride[0] * pitch
                for k in range(out.shape[0]):
                    out[k] = wide[start + k * stride[1]]


def suits(x_shape, w_shape, spec):
    return spec.groups == x_shape[1] == w_shape[0] and spec.groups > 1


def _run(x, w, bias, padding, step, stride, dilation, y):
    x, w = np.ascontiguousarray(x), np.ascontiguousarray(w)
    rows, columns = ((size - 1) * s + d * (k - 1) + 1 for size, s, d, k in zip(y.shape[2:], stride, dilation, w.shape[2:]))
    if y.size == 0:
        return y

    def work(start, stop):
        line, wide = np.zeros((rows, columns), x.dtype), np.empty(rows * columns, x.dtype)
        _planes(x[start:stop], w, bias, padding, step, stride, dilation, line, wide, y[start:stop])

    share(work, len(x), max(1, GRAIN // (rows * columns * w.size)))
    return y


def conv(x, w, bias, spec, size):
    """x (N,C,H,W), w (C,1,kH,kW), bias (C,), size (H', W') -> (N,C,H',W')"""
    y = np.empty((*x.shape[:2], *size), x.dtype)
    return _run(x, w, bias, spec.padding, (1, 1), spec.stride, spec.dilation, y)


def conv_input(g, w, shape, spec):
    """g (N,C,H',W'), w (C,1,kH,kW) -> (N,C,H,W), or None if the padding is wider than the window"""
    around = tuple(d * (k - 1) - p for d, k, p in zip(spec.dilation, w.shape[2:], spec.padding))
    if min(around) < 0:
        return None
    zeros = np.zeros(shape[1], g.dtype)
    return _run(g, w[:, :, ::-1, ::-1], zeros, around, spec.stride, (1, 1), spec.dilation, np.empty(shape, g.dtype))
