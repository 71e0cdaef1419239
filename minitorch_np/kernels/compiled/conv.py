"""Convolution in general: Numba unfolds a few images at a time into a scratch that stays in cache, BLAS multiplies.

The unfolded image ("columns") has one row per filter weight and one column per output position, so that
filters times columns are output planes.  Where the window moves by single steps there is a trick: take the
padded plane as one long line.  What weight (i, j) sees, all positions in a row, is then one run of that line:

    columns[c, i, j, :] = line[i dH P + j dW :][:L]        P the pitch from row to row, L = (H' - 1) P + W'

one long copy instead of H' short ones.  The price is P - W' columns of junk after every output row, which
are multiplied too and dropped in the end.  (Short copies took longer than the products themselves.)  One
side's padding is enough between two rows: what hangs over the right edge reads the next row's left padding.

Three kinds have files of their own: pointwise.py (1x1), winograd.py (3x3, single steps) and depthwise.py.

Axes: N images, B images of a block, C channels, G groups, O filters, k window, K = C/G kH kW weights of a filter.
"""

from threading import get_ident

import numpy as np

from ...parallel import parts, split
from .. import formula
from ..spec import ConvSpec, conv_extent
from . import depthwise, pointwise, winograd
from ._jit import jit

__all__ = ["conv", "conv_input", "conv_weight"]

SCRATCH = 1 << 18  # elements of columns at a time: 1 MiB of float32, half of a core's second-level cache
GRAIN = 1 << 18  # multiplications that are worth a thread's while


@jit
def _pad(x, lines, padding, pitch):
    """x (B,C,H,W) into lines (B,C,*), rows `pitch` apart, between paddings that are zero already"""
    for b in range(x.shape[0]):
        for c in range(x.shape[1]):
            for h in range(x.shape[2]):
                source, start = x[b, c, h], (h + padding[0]) * pitch + padding[1]
                for w in range(source.shape[0]):
                    lines[b, c, start + w] = source[w]


@jit
def _crop(lines, x, padding, pitch):
    """The adjoint of _pad: lines (B,C,*) without their paddings -> x (B,C,H,W)"""
    for b in range(x.shape[0]):
        for c in range(x.shape[1]):
            for h in range(x.shape[2]):
                out, start = x[b, c, h], (h + padding[0]) * pitch + padding[1]
                for w in range(out.shape[0]):
                    out[w] = lines[b, c, start + w]


@jit
def _unfold(lines, columns, stride, dilation, out_width):
    """lines (B,C,*) -> columns (C,kH,kW,B,L)"""
    for c in range(columns.shape[0]):
        for b in range(lines.shape[0]):
            line = lines[b, c]
            for i in range(columns.shape[1]):
                for j in range(columns.shape[2]):
                    out = columns[c, i, j, b]
                    start = i * dilation[0] + j * dilation[1]
                    if stride[0] == 0:  # single steps: one run
                        for k in range(out.shape[0]):
                            out[k] = line[start + k]
                    else:
                        for top in range(out.shape[0] // out_width):
                            for w in range(out_width):
                                out[top * out_width + w] = line[start + top * stride[0] + w * stride[1]]


@jit
def _fold(columns, lines, stride, dilation, out_width):
    """The adjoint of _unfold: columns (C,kH,kW,B,L) are added into lines (B,C,*)"""
    for c in range(columns.shape[0]):
        for b in range(lines.shape[0]):
            line = lines[b, c]
            for i in range(columns.shape[1]):
                for j in range(columns.shape[2]):
                    source = columns[c, i, j, b]
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
    """wide (O,B,L), rows `pitch` apart, plus bias (O,) -> y (B,O,H',W')"""
    for b in range(y.shape[0]):
        for o in range(y.shape[1]):
            source, shift = wide[o, b], bias[o]
            for h in range(y.shape[2]):
                out = y[b, o, h]
                for w in range(out.shape[0]):
                    out[w] = source[h * pitch + w] + shift


@jit
def _add_junk(g, wide, pitch):
    """g (B,O,H',W') -> wide (O,B,L), rows `pitch` apart; the junk between them is zero already"""
    for b in range(g.shape[0]):
        for o in range(g.shape[1]):
            out = wide[o, b]
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
        single = spec.stride == (1, 1)
        line_pitch = max(width + spec.padding[1], self.width if single else 0)
        self.line = (height + 2 * spec.padding[0]) * line_pitch + spec.padding[1]
        self.line_pitch = line_pitch
        self.pitch = line_pitch if single else self.width
        self.length = (self.rows - 1) * self.pitch + self.width
        # In steps along the line; (0, 0) stands for one unbroken run.
        self.stride = (0, 0) if single else (spec.stride[0] * line_pitch, spec.stride[1])
        self.dilation = (spec.dilation[0] * line_pitch, spec.dilation[1])
        per_image = max(1, (self.c * kernel[0] * kernel[1] + self.o) * self.length)
        self.block = max(1, SCRATCH // per_image)
        self.scratches: dict = {}
        self.grain = max(1, GRAIN // max(1, self.o * self.weights * self.length))

    def blocks(self, start, stop):
        """[start, stop) in runs of at most `block` images"""
        return [(a, min(a + self.block, stop)) for a in range(start, stop, self.block)]

    def scratch(self, count, dtype):
        """(columns, lines, wide planes) for blocks of `count` images; what must be zero is."""
        return (
            np.empty((self.c, *self.kernel, count, self.length), dtype),
            np.zeros((count, self.c, self.line), dtype),
            np.zeros((self.o, count, self.length), dtype),
        )

    def shared(self, start, stop, dtype):
        """For each block [a, b) of [start, stop): a, b and scratch, which each thread makes once and uses again."""
        for a, b in self.blocks(start, stop):
            key = get_ident(), b - a
            if key not in self.scratches:
                self.scratches[key] = self.scratch(b - a, dtype)
            yield a, b, *self.scratches[key]

    def matrices(self, planes):
        """(C, kH, kW, B, L) as (G, K, B L), or (O, B, L) as (G, O/G, B L)"""
        return planes.reshape(self.groups, -1, planes.shape[-2] * planes.shape[-1])

    def unfold(self, x, columns, lines):
        """Columns of the images x (B,C,H,W)"""
        if self.padding == (0, 0):
            lines = x.reshape(len(x), self.c, -1)
        else:
            _pad(x, lines, self.padding, self.line_pitch)
        _unfold(lines, columns, self.stride, self.dilation, self.width)
        return self.matrices(columns)

    def fold(self, columns, lines, x):
        """The adjoint of unfold: into x (B,C,H,W)"""
        lines[...] = 0
        _fold(columns, lines, self.stride, self.dilation, self.width)
        _crop(lines, x, self.padding, self.line_pitch)


def conv(x, w, bias, spec):
    """x (N,C,H,W), w (O,C/groups,kH,kW), bias (O,) or None -> (N,O,H',W')"""
    if pointwise.suits(w.shape, spec):
        return pointwise.conv(x, w, bias, spec)
    x = np.ascontiguousarray(x)
    shift = np.zeros(len(w), x.dtype) if bias is None else np.ascontiguousarray(bias)
    if winograd.suits(x.shape, w.shape, spec):
        y = winograd.conv(x, w, shift, spec.padding)
        if y is not None:
            return y
    plan = _Plan(x.shape, w.shape, spec)
    if depthwise.suits(x.shape, w.shape, spec):
        return depthwise.conv(x, w, shift, spec, (plan.rows, plan.width))
    y = np.empty((plan.n, plan.o, plan.rows, plan.width), x.dtype)
    filters = w.reshape(plan.groups, plan.o // plan.groups, plan.weights)

    def work(start, stop):
        for a, b, columns, lines, wide in plan.shared(start, stop, x.dtype):
            np.matmul(filters, plan.unfold(x[a:b], columns, lines), out=plan.matrices(wide))
            _drop_junk(wide, shift, y[a:b], plan.pitch)

    split(work, plan.n, plan.grain)
    return y


def conv_input(g, w, shape, spec):
    """g (N,O,H',W'), w (O,C/groups,kH,kW) -> (N,C,H,W): each output's gradient spread over its window"""
    if pointwise.suits(w.shape, spec):
        return pointwise.conv_input(g, w, shape, spec)
    if depthwise.suits(shape, w.shape, spec):
        x = depthwise.conv_input(g, w, shape, spec)
        if x is not None:
            return x
    if not np.isfinite(w).all():
        return formula.conv_input(g, w, shape, spec)  # below, zeros beside the rows of g meet the weights
    g = np.ascontiguousarray(g)
    flipped = w[:, :, ::-1, ::-1].swapaxes(0, 1)
    around = spec._replace(padding=(w.shape[2] - 1 - spec.padding[0], w.shape[3] - 1 - spec.padding[1]))
    if min(around.padding) >= 0 and winograd.suits(g.shape, flipped.shape, around):
        x = winograd.conv(g, flipped, np.zeros(shape[1], g.dtype), around.padding)
        if x is not None:
            return x
    plan = _Plan(shape, w.shape, spec)
    filters = w.reshape(plan.groups, plan.o // plan.groups, plan.weights).transpose(0, 2, 1)
    x = np.empty(shape, g.dtype)

    def work(start, stop):
        for a, b, columns, lines, wide in plan.shared(start, stop, g.dtype):
            _add_junk(g[a:b], wide, plan.pitch)
            np.matmul(filters, plan.matrices(wide), out=plan.matrices(columns))
            plan.fold(columns, lines, x[a:b])

    split(work, plan.n, plan.grain)
    return x


def conv_weight(g, x, shape, spec):
    """g (N,O,H',W'), x (N,C,H,W) -> (O,C/groups,kH,kW): what every filter weight was multiplied with"""
    if pointwise.suits(shape, spec):
        return pointwise.conv_weight(g, x, shape, spec)
    x, g = np.ascontiguousarray(x), np.ascontiguousarray(g)
    plan = _Plan(x.shape, shape, spec)
    sums = {
        start: np.zeros((plan.groups, plan.weights, plan.o // plan.groups), g.dtype)
        for start, _ in parts(plan.n, plan.grain)
    }

    def work(start, stop):
        for a, b, columns, lines, wide in plan.shared(start, stop, x.dtype):
            _add_junk(g[a:b], wide, plan.pitch)
            sums[start] += np.matmul(plan.unfold(x[a:b], columns, lines), plan.matrices(wide).transpose(0, 2, 1))

    split(work, plan.n, plan.grain)
    result = sums[0]
    for start in list(sums)[1:]:  # in order, so that the sum is the same for every number of threads
        result += sums[start]
    result = np.ascontiguousarray(result.transpose(0, 2, 1)).reshape(shape)
    # The zeros beside the rows of g met values of x which the definition never pairs: with NaN that is no zero.
    return result if np.isfinite(result).all() else formula.conv_weight(g, x, shape, spec)
