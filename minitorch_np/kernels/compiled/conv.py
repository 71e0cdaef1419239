"""Convolution: Numba unfolds a few images at a time into a scratch that stays in cache, BLAS multiplies.

The unfolded image ("columns") has one row per filter weight and one column per output position, so that
filters times columns are output planes.  Where the window moves by single steps there is a trick: take the
padded plane as one long line.  What weight (i, j) sees, all positions in a row, is then one run of that line:

    columns[c, i, j, :] = line[i dH Wp + j dW :][:L]        Wp the padded plane's width, L = (H' - 1) Wp + W'

one long copy instead of H' short ones.  The price is Wp - W' columns of junk after every output row, which
are multiplied too and dropped in the end.  (Short copies took longer than the products themselves.)

Axes: N images, B images of a block, C channels, G groups, O filters, k window, K = C/G kH kW weights of a filter.
"""

import numpy as np

from ...parallel import parts, split
from ..spec import ConvSpec, conv_extent
from ._jit import jit

__all__ = ["conv", "conv_input", "conv_weight"]

SCRATCH = 1 << 18  # elements of columns at a time: 1 MiB of float32, half of a core's second-level cache
GRAIN = 1 << 18  # multiplications that are worth a thread's while


@jit
def _pad(x, padded, padding):
    """x (B,C,H,W) into the middle of padded (B,C,H+2p,W+2p), whose border is zero already"""
    for b in range(x.shape[0]):
        for c in range(x.shape[1]):
            for h in range(x.shape[2]):
                source, out = x[b, c, h], padded[b, c, h + padding[0]]
                for w in range(source.shape[0]):
                    out[w + padding[1]] = source[w]


@jit
def _unfold(padded, columns, stride, dilation, out_width):
    """padded (B,C,P) planes as lines, columns (B,C,kH,kW,L); the planes' width comes with the dilation"""
    for b in range(columns.shape[0]):
        for c in range(columns.shape[1]):
            line = padded[b, c]
            for i in range(columns.shape[2]):
                for j in range(columns.shape[3]):
                    out = columns[b, c, i, j]
                    start = i * dilation[0] + j * dilation[1]
                    if stride[0] == 0:  # single steps: one run
                        for k in range(out.shape[0]):
                            out[k] = line[start + k]
                    else:
                        for top in range(out.shape[0] // out_width):
                            for w in range(out_width):
                                out[top * out_width + w] = line[start + top * stride[0] + w * stride[1]]


@jit
def _fold(columns, padded, stride, dilation, out_width):
    """The adjoint of _unfold: columns (B,C,kH,kW,L) are added into padded (B,C,P)"""
    for b in range(columns.shape[0]):
        for c in range(columns.shape[1]):
            line = padded[b, c]
            for i in range(columns.shape[2]):
                for j in range(columns.shape[3]):
                    source = columns[b, c, i, j]
                    start = i * dilation[0] + j * dilation[1]
                    if stride[0] == 0:
                        for k in range(source.shape[0]):
                            line[start + k] += source[k]
                    else:
                        for top in range(source.shape[0] // out_width):
                            for w in range(out_width):
                                line[start + top * stride[0] + w * stride[1]] += source[top * out_width + w]


@jit
def _drop_junk(wide, bias, y, pitch):
    """wide (B,O,L), rows `pitch` apart, plus bias (O,) -> y (B,O,H',W')"""
    for b in range(y.shape[0]):
        for o in range(y.shape[1]):
            source, shift = wide[b, o], bias[o]
            for h in range(y.shape[2]):
                out = y[b, o, h]
                for w in range(out.shape[0]):
                    out[w] = source[h * pitch + w] + shift


@jit
def _add_junk(g, wide, pitch):
    """g (B,O,H',W') -> wide (B,O,L), rows `pitch` apart; the junk between them is zero already"""
    for b in range(g.shape[0]):
        for o in range(g.shape[1]):
            out = wide[b, o]
            for h in range(g.shape[2]):
                source = g[b, o, h]
                for w in range(source.shape[0]):
                    out[h * pitch + w] = source[w]


class _Plan:
    """Sizes of one convolution, and how many images are unfolded at a time."""

    def __init__(self, x_shape, w_shape, spec: ConvSpec):
        self.n, self.c, height, width = x_shape
        self.o, per_group, *kernel = w_shape
        self.kernel, self.padding = tuple(kernel), spec.padding
        self.size = (height, width)
        self.rows, self.width = (
            conv_extent(size, k, s, p, d)
            for size, k, s, p, d in zip(self.size, kernel, spec.stride, spec.padding, spec.dilation)
        )
        self.groups = spec.groups
        self.weights = per_group * kernel[0] * kernel[1]
        self.padded = (height + 2 * spec.padding[0], width + 2 * spec.padding[1])
        single = spec.stride == (1, 1)
        self.pitch = self.padded[1] if single else self.width
        self.length = (self.rows - 1) * self.pitch + self.width
        # Along the line one row down is a whole padded width.
        self.stride = (0, 0) if single else (spec.stride[0] * self.padded[1], spec.stride[1])
        self.dilation = (spec.dilation[0] * self.padded[1], spec.dilation[1])
        # A 1x1 window that does not skip or pad sees the image itself: nothing to unfold.
        self.plain = self.kernel == (1, 1) and single and spec.padding == (0, 0)
        per_image = max(1, self.c * kernel[0] * kernel[1] * self.length)
        self.block = max(1, SCRATCH // per_image)
        self.grain = max(1, GRAIN // max(1, self.o * self.weights * self.length))

    def blocks(self, start, stop):
        """[start, stop) in runs of at most `block` images"""
        return [(a, min(a + self.block, stop)) for a in range(start, stop, self.block)]

    def scratch(self, start, stop, dtype):
        """(columns, padded planes, wide planes) for one block at a time; what must be zero is."""
        count = 0 if self.plain else min(self.block, stop - start)
        return (
            np.empty((count, self.c, *self.kernel, self.length), dtype),
            np.zeros((count, self.c, *self.padded), dtype),
            np.zeros((min(self.block, stop - start), self.o, self.length), dtype),
        )

    def grouped(self, columns):
        """(B, C, kH, kW, L) as (B, G, K, L)"""
        return columns.reshape(len(columns), self.groups, self.weights, self.length)

    def unfold(self, x, columns, padded):
        """Columns of the images x (B,C,H,W), as (B, G, K, L)"""
        if self.plain:
            return x.reshape(len(x), self.groups, self.weights, self.length)
        columns, padded = columns[: len(x)], padded[: len(x)]
        if self.padding == (0, 0):
            padded = x
        else:
            _pad(x, padded, self.padding)
        _unfold(padded.reshape(len(x), self.c, -1), columns, self.stride, self.dilation, self.width)
        return self.grouped(columns)

    def fold(self, columns, padded, x):
        """The adjoint of unfold: into x (B,C,H,W)"""
        padded = padded[: len(x)]
        padded[...] = 0
        _fold(columns, padded.reshape(len(x), self.c, -1), self.stride, self.dilation, self.width)
        (top, left), (height, width) = self.padding, self.size
        x[...] = padded[:, :, top : top + height, left : left + width]

    def widen(self, g, wide):
        """g (B,O,H',W') with its junk columns, as (B, G, O/G, L)"""
        if self.pitch != self.width:
            wide = wide[: len(g)]
            _add_junk(g, wide, self.pitch)
            g = wide
        return g.reshape(len(g), self.groups, self.o // self.groups, self.length)


def conv(x, w, bias, spec):
    """x (N,C,H,W), w (O,C/groups,kH,kW), bias (O,) or None -> (N,O,H',W')"""
    x = np.ascontiguousarray(x)
    plan = _Plan(x.shape, w.shape, spec)
    y = np.empty((plan.n, plan.o, plan.rows, plan.width), x.dtype)
    filters = w.reshape(plan.groups, plan.o // plan.groups, plan.weights)
    shift = np.zeros(plan.o, x.dtype) if bias is None else np.ascontiguousarray(bias)

    def work(start, stop):
        columns, padded, wide = plan.scratch(start, stop, x.dtype)
        for a, b in plan.blocks(start, stop):
            products = wide[: b - a]
            np.matmul(filters, plan.unfold(x[a:b], columns, padded), out=products.reshape(b - a, *filters.shape[:2], -1))
            _drop_junk(products, shift, y[a:b], plan.pitch)

    split(work, plan.n, plan.grain)
    return y


def conv_input(g, w, shape, spec):
    """g (N,O,H',W'), w (O,C/groups,kH,kW) -> (N,C,H,W): each output's gradient spread over its window"""
    plan = _Plan(shape, w.shape, spec)
    g = np.ascontiguousarray(g)
    filters = w.reshape(plan.groups, plan.o // plan.groups, plan.weights).transpose(0, 2, 1)
    x = np.empty(shape, g.dtype)

    def work(start, stop):
        columns, padded, wide = plan.scratch(start, stop, g.dtype)
        for a, b in plan.blocks(start, stop):
            target = x[a:b].reshape(b - a, plan.c, 1, 1, -1) if plan.plain else columns[: b - a]
            np.matmul(filters, plan.widen(g[a:b], wide), out=plan.grouped(target))
            if not plan.plain:
                plan.fold(target, padded, x[a:b])

    split(work, plan.n, plan.grain)
    return x


def conv_weight(g, x, shape, spec):
    """g (N,O,H',W'), x (N,C,H,W) -> (O,C/groups,kH,kW): what every filter weight was multiplied with"""
    x, g = np.ascontiguousarray(x), np.ascontiguousarray(g)
    plan = _Plan(x.shape, shape, spec)
    sums = {
        start: np.zeros((plan.groups, plan.o // plan.groups, plan.weights), g.dtype)
        for start, _ in parts(plan.n, plan.grain)
    }

    def work(start, stop):
        columns, padded, wide = plan.scratch(start, stop, x.dtype)
        total = sums[start]
        for a, b in plan.blocks(start, stop):
            unfolded = plan.unfold(x[a:b], columns, padded).transpose(0, 1, 3, 2)
            for product in np.matmul(plan.widen(g[a:b], wide), unfolded):
                total += product

    split(work, plan.n, plan.grain)
    result = sums[0]
    for start in list(sums)[1:]:  # in order, so that the sum is the same for every number of threads
        result += sums[start]
    return result.reshape(shape)
