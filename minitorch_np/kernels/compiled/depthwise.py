"""Depthwise convolution: every channel has one filter of its own, so there is nothing for BLAS to multiply.

A padded plane is taken as one long line, rows side by side: then each weight ("tap") of the filter stands at a fixed
distance from the position whose sum it belongs to, whatever row that is in.  The sums of a few neighbouring positions
stay in registers while the taps go by (`_tile.weighted`).  Positions between rows, and between steps, are computed too
and dropped.  The weight's gradient is a product of two lines for each tap.

Axes: N images, C channels, k window; ' marks the output.
"""

import numpy as np

from ...parallel import share
from ._jit import inner, jit
from ._tile import SPAN, weighted

GRAIN = 1 << 16  # multiplications that are worth a thread's while


@inner
def _into_line(plane, padding, step, line):
    """plane (H,W) with `step` between its rows and columns -> the middle of line (rows, columns), zero elsewhere"""
    rows, pitch = line.shape
    for h in range(min(plane.shape[0], (rows - padding[0] + step[0] - 1) // step[0])):
        source, out = plane[h], line[h * step[0] + padding[0], padding[1] :]
        width = min(source.shape[0], (pitch - padding[1] + step[1] - 1) // step[1])
        if step[1] == 1:  # a loop of its own, because it vectorises (as it would not with a sum for an index)
            for k in range(width):
                out[k] = source[k]
        else:
            for k in range(width):
                out[k * step[1]] = source[k]


@jit
def _planes(x, w, bias, padding, step, stride, offsets, line, wide, y):
    """x (B,C,H,W) with `step` between its rows and columns, w (C, taps), bias (C,) -> y (B,C,H',W')

    line (rows, columns) with SPAN elements behind it, and as much of wide, are scratch; line is zero where x does not reach.
    """
    flat, pitch = line.reshape(-1), line.shape[1]
    width = (y.shape[3] - 1) * stride[1] + 1
    for b in range(x.shape[0]):
        for c in range(x.shape[1]):
            _into_line(x[b, c], padding, step, line)
            if stride[0] == 1:
                for k in range(0, (y.shape[2] - 1) * pitch + width, SPAN):
                    weighted(flat, k, offsets, w[c], bias[c], wide)
            else:
                for h in range(y.shape[2]):
                    for k in range(h * stride[0] * pitch, h * stride[0] * pitch + width, SPAN):
                        weighted(flat, k, offsets, w[c], bias[c], wide)
            for h in range(y.shape[2]):
                out, source = y[b, c, h], wide[h * stride[0] * pitch :]
                if stride[1] == 1:
                    for k in range(out.shape[0]):
                        out[k] = source[k]
                else:
                    for k in range(out.shape[0]):
                        out[k] = source[k * stride[1]]


@jit
def _taps(g, x, padding, stride, offsets, g_line, line, w, first, last):
    """g (N,C,H',W'), x (N,C,H,W) -> channels [first, last) of w (C, taps): sums over images in float64"""
    a, b = g_line.reshape(-1), line.reshape(-1)
    length = (g.shape[2] - 1) * stride[0] * line.shape[1] + (g.shape[3] - 1) * stride[1] + 1
    for c in range(first, last):
        w[c] = 0
        for n in range(x.shape[0]):
            _into_line(x[n, c], padding, (1, 1), line)
            _into_line(g[n, c], (0, 0), stride, g_line)
            for tap in range(offsets.size):
                other, s = b[offsets[tap] : offsets[tap] + length], x.dtype.type(0)
                for k in range(length):
                    s += a[k] * other[k]
                w[c, tap] += s


def suits(x_shape, w_shape, spec):
    return spec.groups == x_shape[1] == w_shape[0] and spec.groups > 1


def _layout(size, kernel, stride, dilation):
    """Rows and columns of a line, with room for reading too far; how far each tap is from its position"""
    rows, columns = ((n - 1) * s + d * (k - 1) + 1 for n, s, d, k in zip(size, stride, dilation, kernel))
    offsets = np.arange(kernel[0])[:, None] * dilation[0] * columns + np.arange(kernel[1]) * dilation[1]
    return (rows, columns), offsets.reshape(-1)


def _line(size, dtype):
    """A line of zeros, (rows, columns), with SPAN more elements behind it"""
    whole = np.zeros(size[0] * size[1] + SPAN, dtype)
    return whole[: size[0] * size[1]].reshape(size)


def _run(x, w, bias, padding, step, stride, dilation, y):
    x, taps = np.ascontiguousarray(x), np.ascontiguousarray(w).reshape(len(w), -1)
    if y.size == 0:
        return y
    size, offsets = _layout(y.shape[2:], w.shape[2:], stride, dilation)

    def work(start, stop):
        line, wide = _line(size, x.dtype), np.empty(size[0] * size[1] + SPAN, x.dtype)
        _planes(x[start:stop], taps, bias, padding, step, stride, offsets, line, wide, y[start:stop])

    share(work, len(x), max(1, GRAIN // (size[0] * size[1] * w.size)))
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


def conv_weight(g, x, shape, spec):
    """g (N,C,H',W'), x (N,C,H,W) -> (C,1,kH,kW), or None if some of it is not finite: g's zeros meet all of x"""
    size, offsets = _layout(g.shape[2:], shape[2:], spec.stride, spec.dilation)
    w = np.zeros((shape[0], offsets.size))

    def work(start, stop):
        lines = np.zeros(size, g.dtype), np.zeros(size, x.dtype)
        _taps(g, x, spec.padding, spec.stride, offsets, *lines, w, start, stop)

    if g.size:
        share(work, shape[0], max(1, GRAIN // (size[0] * size[1] * len(x) * offsets.size)))
    return w.astype(x.dtype).reshape(shape) if np.isfinite(w).all() else None
