"""Convolution: Numba unfolds a few images at a time into a scratch that stays in cache, BLAS multiplies.

The unfolded image ("columns") has one row per filter weight and one column per output position, so that a
filter times the columns is one output plane.  Axes: N images, C channels, G groups, O filters, k window,
L = H' W' output positions, K = C/G kH kW weights of a filter.
"""

import numpy as np

from ...parallel import parts, split
from ..spec import ConvSpec, conv_extent
from ._jit import jit

__all__ = ["conv", "conv_input", "conv_weight"]

SCRATCH = 1 << 18  # elements of columns at a time: 1 MiB of float32, half of a core's second-level cache
GRAIN = 1 << 16  # multiplications that are worth a thread's while


@jit
def _unfold(x, columns, kernel, stride, padding, dilation, width):
    """x (B,C,H,W) -> columns (B,C,kH,kW,H'W'): zeros where the window looks past the edge"""
    for b in range(x.shape[0]):
        for c in range(x.shape[1]):
            for i in range(kernel[0]):
                for j in range(kernel[1]):
                    row = columns[b, c, i, j]
                    shift = j * dilation[1] - padding[1]
                    # output columns first..last-1 look inside the image
                    first = min(width, max(0, (-shift + stride[1] - 1) // stride[1]))
                    last = max(first, min(width, (x.shape[3] - 1 - shift) // stride[1] + 1))
                    for top in range(row.shape[0] // width):
                        h = top * stride[0] + i * dilation[0] - padding[0]
                        out = row[top * width : (top + 1) * width]
                        if h < 0 or h >= x.shape[2]:
                            out[:] = 0
                            continue
                        source = x[b, c, h]
                        out[:first] = 0
                        out[last:] = 0
                        if stride[1] == 1:
                            for w in range(first, last):
                                out[w] = source[w + shift]
                        else:
                            for w in range(first, last):
                                out[w] = source[w * stride[1] + shift]


@jit
def _fold(columns, x, kernel, stride, padding, dilation, width):
    """The adjoint of _unfold: columns (B,C,kH,kW,H'W') are added into x (B,C,H,W)"""
    for b in range(x.shape[0]):
        for c in range(x.shape[1]):
            for i in range(kernel[0]):
                for j in range(kernel[1]):
                    row = columns[b, c, i, j]
                    shift = j * dilation[1] - padding[1]
                    first = min(width, max(0, (-shift + stride[1] - 1) // stride[1]))
                    last = max(first, min(width, (x.shape[3] - 1 - shift) // stride[1] + 1))
                    for top in range(row.shape[0] // width):
                        h = top * stride[0] + i * dilation[0] - padding[0]
                        if h < 0 or h >= x.shape[2]:
                            continue
                        source = row[top * width : (top + 1) * width]
                        out = x[b, c, h]
                        if stride[1] == 1:
                            for w in range(first, last):
                                out[w + shift] += source[w]
                        else:
                            for w in range(first, last):
                                out[w * stride[1] + shift] += source[w]


class _Plan:
    """Sizes of one convolution, and how many images are unfolded at a time."""

    def __init__(self, x_shape, w_shape, spec: ConvSpec):
        self.n, self.c, height, width = x_shape
        self.o, per_group, *self.kernel = w_shape
        self.kernel = tuple(self.kernel)
        self.spec = spec
        self.rows, self.width = (
            conv_extent(size, k, s, p, d)
            for size, k, s, p, d in zip((height, width), self.kernel, spec.stride, spec.padding, spec.dilation)
        )
        self.positions = self.rows * self.width
        self.groups = spec.groups
        self.weights = per_group * self.kernel[0] * self.kernel[1]
        # A 1x1 window that does not skip or pad sees the image itself: nothing to unfold.
        self.plain = self.kernel == (1, 1) and spec.stride == (1, 1) and spec.padding == (0, 0)
        size = max(1, self.c * self.kernel[0] * self.kernel[1] * self.positions)
        self.block = max(1, SCRATCH // size)
        work = self.o * self.weights * self.positions
        self.grain = max(1, GRAIN // max(1, work))

    def scratch(self, count, dtype):
        """Columns of `count` images, (count, C, kH, kW, L)"""
        return np.empty((count, self.c, *self.kernel, self.positions), dtype)

    def grouped(self, columns):
        """(B, C, kH, kW, L) as (B, G, K, L)"""
        return columns.reshape(len(columns), self.groups, self.weights, self.positions)

    def blocks(self, start, stop):
        """[start, stop) in runs of at most `block` images"""
        return [(a, min(a + self.block, stop)) for a in range(start, stop, self.block)]

    def unfold(self, x, columns):
        """Columns of the images x (B,C,H,W), as (B, G, K, L)"""
        if self.plain:
            return x.reshape(len(x), self.groups, self.weights, self.positions)
        columns = columns[: len(x)]
        _unfold(x, columns, self.kernel, *self.spec[:3], self.width)
        return self.grouped(columns)


def conv(x, w, bias, spec):
    """x (N,C,H,W), w (O,C/groups,kH,kW), bias (O,) or None -> (N,O,H',W')"""
    x = np.ascontiguousarray(x)
    plan = _Plan(x.shape, w.shape, spec)
    y = np.empty((plan.n, plan.groups, plan.o // plan.groups, plan.positions), x.dtype)
    filters = w.reshape(plan.groups, plan.o // plan.groups, plan.weights)
    shift = None if bias is None else bias.reshape(plan.groups, -1, 1)

    def work(start, stop):
        columns = None if plan.plain else plan.scratch(min(plan.block, stop - start), x.dtype)
        for a, b in plan.blocks(start, stop):
            np.matmul(filters, plan.unfold(x[a:b], columns), out=y[a:b])
            if shift is not None:
                y[a:b] += shift

    split(work, plan.n, plan.grain)
    return y.reshape(plan.n, plan.o, plan.rows, plan.width)


def conv_input(g, w, shape, spec):
    """g (N,O,H',W'), w (O,C/groups,kH,kW) -> (N,C,H,W): each output's gradient spread over its window"""
    plan = _Plan(shape, w.shape, spec)
    g = np.ascontiguousarray(g).reshape(plan.n, plan.groups, plan.o // plan.groups, plan.positions)
    filters = w.reshape(plan.groups, plan.o // plan.groups, plan.weights).transpose(0, 2, 1)
    x = np.empty(shape, g.dtype)

    def work(start, stop):
        columns = None if plan.plain else plan.scratch(min(plan.block, stop - start), g.dtype)
        for a, b in plan.blocks(start, stop):
            if plan.plain:
                np.matmul(filters, g[a:b], out=x[a:b].reshape(b - a, plan.groups, plan.weights, plan.positions))
                continue
            np.matmul(filters, g[a:b], out=plan.grouped(columns[: b - a]))
            x[a:b] = 0
            _fold(columns[: b - a], x[a:b], plan.kernel, *spec[:3], plan.width)

    split(work, plan.n, plan.grain)
    return x


def conv_weight(g, x, shape, spec):
    """g (N,O,H',W'), x (N,C,H,W) -> (O,C/groups,kH,kW): what every filter weight was multiplied with"""
    x = np.ascontiguousarray(x)
    plan = _Plan(x.shape, shape, spec)
    g = np.ascontiguousarray(g).reshape(plan.n, plan.groups, plan.o // plan.groups, plan.positions)
    sums = {start: np.zeros((plan.groups, plan.o // plan.groups, plan.weights), g.dtype)
            for start, _ in parts(plan.n, plan.grain)}  # fmt: skip

    def work(start, stop):
        columns = None if plan.plain else plan.scratch(min(plan.block, stop - start), x.dtype)
        total = sums[start]
        for a, b in plan.blocks(start, stop):
            products = np.matmul(g[a:b], plan.unfold(x[a:b], columns).transpose(0, 1, 3, 2))
            for product in products:
                total += product

    split(work, plan.n, plan.grain)
    result = sums[0]
    for start in list(sums)[1:]:  # in order, so that the sum is the same for every number of threads
        result += sums[start]
    return result.reshape(shape)
