"""Convolution: the choice between algorithms, and the one for what none of the others suits.

That one unfolds a few images at a time into a scratch that stays in cache, and BLAS multiplies.
The unfolded image ("columns") has one row per filter weight and one column per output position, so that
filters times columns are output planes.  BLAS likes its products neither tiny nor larger than the cache; hence two
ways to lay out the columns of B images,

    apart     (B, K, L): a product per image, whose result is in place at once
    together  (K, B L):  one product for all, whose result must be rearranged

and images whose columns fill the scratch several times are cut into bands of output rows.

The others have files of their own: pointwise.py (1x1), depthwise.py, winograd.py (3x3, single steps) and direct.py.

Axes: N images, B images of a block, C channels, G groups, O filters, k window, K = C/G kH kW weights of a filter,
L positions in a band of output rows.
"""

from functools import lru_cache
from threading import get_ident

import numpy as np

from ...parallel import parts, split
from ..spec import ConvSpec, conv_extent
from . import depthwise, direct, pointwise, winograd
from ._jit import jit

__all__ = ["conv", "conv_input", "conv_weight"]

SCRATCH = 3 << 17  # elements of columns at a time: 1.5 MiB of float32, most of a core's second-level cache
GRAIN = 1 << 21  # multiplications that are worth a thread's while
SMALL = 1_000_000  # multiplications up to which OpenBLAS has kernels that copy nothing (half its time else)
NARROW = 64  # columns below which a product spends its time on arranging the filters


def _dealt(x, planes, padding, step):
    """The middle of planes (B,C,*,*), whose borders are zero, and x's elements (B,C,H,W) that lie there, in pairs of views

    With steps, every row is dealt out: first all places that are multiples of the step, then those one further, ...
    So what one weight meets lies side by side.
    """
    pitch = planes.shape[3] // step
    for turn in range(step):
        first = (turn - padding[1]) % step
        some = x[..., first::step]
        start = turn * pitch + (first + padding[1]) // step
        yield planes[:, :, padding[0] : padding[0] + x.shape[2], start : start + some.shape[3]], some


@jit
def _unfold(planes, columns, steps, kernel, stride, dilation, top, rows, width):
    """Padded planes (B,C,*,*) -> columns, flat; steps: how far apart two images' and two weights' rows of columns are"""
    pitch = planes.shape[3] // stride[1]
    for b in range(planes.shape[0]):
        for c in range(planes.shape[1]):
            for i in range(kernel[0]):
                for j in range(kernel[1]):
                    start = b * steps[0] + ((c * kernel[0] + i) * kernel[1] + j) * steps[1]
                    at = j * dilation[1] % stride[1] * pitch + j * dilation[1] // stride[1]
                    for h in range(rows):
                        out = columns[start + h * width : start + (h + 1) * width]
                        source = planes[b, c, (top + h) * stride[0] + i * dilation[0], at : at + width]
                        for w in range(width):
                            out[w] = source[w]


@jit
def _fold(columns, planes, steps, kernel, stride, dilation, top, rows, width):
    """The adjoint of _unfold: columns, flat, are added into planes (B,C,*,*)"""
    pitch = planes.shape[3] // stride[1]
    for b in range(planes.shape[0]):
        for c in range(planes.shape[1]):
            for i in range(kernel[0]):
                for j in range(kernel[1]):
                    start = b * steps[0] + ((c * kernel[0] + i) * kernel[1] + j) * steps[1]
                    at = j * dilation[1] % stride[1] * pitch + j * dilation[1] // stride[1]
                    for h in range(rows):
                        source = columns[start + h * width : start + (h + 1) * width]
                        out = planes[b, c, (top + h) * stride[0] + i * dilation[0], at : at + width]
                        for w in range(width):
                            out[w] += source[w]


@lru_cache(maxsize=256)
def _extents(x_shape, w_shape, spec):
    """Rows and columns of the output"""
    axes = zip(x_shape[2:], w_shape[2:], spec.stride, spec.padding, spec.dilation)
    return tuple(conv_extent(*axis) for axis in axes)


class _Plan:
    """Sizes of one convolution; how its images are cut into blocks and bands; scratch for them, one per thread."""

    def __init__(self, x_shape, w_shape, spec: ConvSpec, dtype, together: bool):
        self.n, self.c, *size = x_shape
        self.o, self.kernel, self.groups = w_shape[0], tuple(w_shape[2:]), spec.groups
        self.padding, self.stride, self.dilation = spec.padding, spec.stride, spec.dilation
        height, width = (extent + 2 * p for extent, p in zip(size, spec.padding))
        self.padded = height, width + -width % spec.stride[1]
        self.rows, self.width = _extents(x_shape, w_shape, spec)
        self.dtype, self.together = dtype, together
        self.weights = self.c * self.kernel[0] * self.kernel[1]  # of all groups
        per_row = max(1, (self.weights + self.o * together) * self.width)
        self.band = max(1, min(self.rows, SCRATCH // per_row))
        self.block = max(1, SCRATCH // (per_row * max(1, self.rows)))
        least = 1
        if together and self.rows * self.width < NARROW:  # the filters are more than the images: few large products
            least = 2 * NARROW // max(1, self.rows * self.width)
            self.block = max(self.block, least)
        work = max(1, self.o * self.weights // self.groups * self.rows * self.width)
        self.grain = max(least, GRAIN // work)
        self.scratches: dict = {}

    def blocks(self, start, stop):
        """[a, b) and scratch for each block of [start, stop): padded planes, columns, products that are not in place"""
        count = -(-(stop - start) // self.block)
        for k in range(count):
            a, b = (start + (stop - start) * i // count for i in (k, k + 1))
            key = get_ident(), b - a
            if key not in self.scratches:
                planes = np.zeros((b - a, self.c, *self.padded), self.dtype)
                positions = self.band * self.width * (b - a)
                self.scratches[key] = (
                    planes,
                    np.empty(self.weights * positions, self.dtype),
                    np.empty(self.o * positions * self.together, self.dtype),
                )
            yield a, b, *self.scratches[key]

    def bands(self, count, columns):
        """For each band of a block: its rows [top, bottom), its columns as (B or 1, G, K, *), arguments for _unfold"""
        for top in range(0, self.rows, self.band):
            bottom = min(self.rows, top + self.band)
            length = (bottom - top) * self.width
            flat = columns[: count * self.weights * length]
            if self.together:
                steps, shape = (length, count * length), (1, self.groups, -1, count * length)
            else:
                steps, shape = (self.weights * length, length), (count, self.groups, -1, length)
            yield top, bottom, flat.reshape(shape), (
                flat, steps, self.kernel, self.stride, self.dilation, top, bottom - top, self.width
            )  # fmt: skip

    def pad(self, x, planes):
        """x (B,C,H,W) with its padding"""
        if self.padding == (0, 0) and self.stride[1] == 1:
            return x
        for middle, some in _dealt(x, planes, self.padding, self.stride[1]):
            middle[...] = some
        return planes

    def band_of(self, y, top, bottom):
        """Rows [top, bottom) of y (B,O,H',W') as (B, G, O/G, L)"""
        return y.reshape(len(y), self.groups, -1, self.rows * self.width)[..., top * self.width : bottom * self.width]

    def wide(self, products, count, top, bottom):
        """Products of columns that lie together: as BLAS sees them, (1, G, O/G, B L), and as y, (B, G, O/G, L)"""
        length = (bottom - top) * self.width
        flat = products[: self.o * count * length]
        as_planes = flat.reshape(self.groups, -1, count, length).transpose(2, 0, 1, 3)
        return flat.reshape(1, self.groups, -1, count * length), as_planes


def _narrow(x_shape, w_shape, spec):
    """Whether an image has too few output positions for a product of its own."""
    rows, width = _extents(x_shape, w_shape, spec)
    return rows * width < NARROW


ALGORITHMS = ("pointwise", "depthwise", "winograd", "direct", "unfold")
_allowed: tuple[str, ...] = ALGORITHMS


def use_algorithms(*names):
    """Let `choose` choose among these only, for study and tests; without names, among all.  "unfold" takes what is left."""
    global _allowed
    if unknown := set(names) - set(ALGORITHMS):
        raise ValueError(f"expected names among {ALGORITHMS}, but got {sorted(unknown)}")
    _allowed = names or ALGORITHMS


def choose(x_shape, w_shape, spec, of="y"):
    """The name of the algorithm for a convolution, or for its gradient of "x" or "w": of those that are allowed"""
    return _choose(x_shape, w_shape, spec, of, _allowed)


@lru_cache(maxsize=256)
def _choose(x_shape, w_shape, spec, of, allowed):
    """The name of the algorithm for a convolution, or for its gradient of "x" or "w"

    1x1 has nothing to unfold.  A filter for one channel alone leaves no product of matrices.  Winograd's tiles save
    more than half of the multiplications wherever there are a few channels to sum over.  Few positions with many
    weights are left for unfolding, which takes many images at once.
    """
    if "pointwise" in allowed and pointwise.suits(w_shape, spec):
        return "pointwise"
    if "depthwise" in allowed and depthwise.suits(x_shape, w_shape, spec):
        return "depthwise"
    if "winograd" in allowed:
        problem = _flipped(x_shape, w_shape, spec) if of == "x" else (x_shape, w_shape, spec)
        if min(problem[2].padding) >= 0 and winograd.suits(*problem):
            return "winograd"
    if "direct" in allowed and ("unfold" not in allowed or direct.suits(x_shape, w_shape, spec, of)):
        return "direct"
    return "unfold"


def _flipped(x_shape, w_shape, spec):
    """What choose takes, for the convolution of g with the flipped filters that x's gradient is (with single steps)"""
    around = tuple(k - 1 - p for k, p in zip(w_shape[2:], spec.padding))
    g_shape = (x_shape[0], w_shape[0], *_extents(x_shape, w_shape, spec))
    return g_shape, (w_shape[1], w_shape[0], *w_shape[2:]), spec._replace(padding=around)


def conv(x, w, bias, spec):
    """x (N,C,H,W), w (O,C/groups,kH,kW), bias (O,) or None -> (N,O,H',W')"""
    algorithm = choose(x.shape, w.shape, spec)
    if algorithm == "pointwise":
        return pointwise.conv(x, w, bias, spec)
    x = np.ascontiguousarray(x)
    shift = np.zeros(len(w), x.dtype) if bias is None else np.ascontiguousarray(bias)
    if algorithm == "winograd":
        y = winograd.conv(x, w, shift, spec.padding)
        if y is not None:
            return y
    if algorithm == "depthwise":
        return depthwise.conv(x, w, shift, spec, _extents(x.shape, w.shape, spec))
    if algorithm == "direct":
        return direct.conv(x, np.ascontiguousarray(w), shift, spec, _extents(x.shape, w.shape, spec))
    plan = _Plan(x.shape, w.shape, spec, x.dtype, _narrow(x.shape, w.shape, spec))
    y = np.empty((plan.n, plan.o, plan.rows, plan.width), x.dtype)
    filters = w.reshape(plan.groups, plan.o // plan.groups, -1)

    def work(start, stop):
        for a, b, planes, columns, products in plan.blocks(start, stop):
            planes = plan.pad(x[a:b], planes)
            for top, bottom, matrices, options in plan.bands(b - a, columns):
                _unfold(planes, *options)
                out = plan.band_of(y[a:b], top, bottom)
                if plan.together:
                    product, as_planes = plan.wide(products, b - a, top, bottom)
                    np.matmul(filters, matrices, out=product)
                    out[...] = as_planes
                else:
                    np.matmul(filters, matrices, out=out)
                if bias is not None:
                    out += shift.reshape(plan.groups, -1, 1)

    split(work, plan.n, plan.grain)
    return y


def conv_input(g, w, shape, spec):
    """g (N,O,H',W'), w (O,C/groups,kH,kW) -> (N,C,H,W): each output's gradient spread over its window"""
    algorithm = choose(shape, w.shape, spec, "x")
    if algorithm == "pointwise":
        return pointwise.conv_input(g, w, shape, spec)
    finite = np.isfinite(w).all()  # the next three multiply zeros with weights where no output lies
    if finite and algorithm == "depthwise":
        x = depthwise.conv_input(g, w, shape, spec)
        if x is not None:
            return x
    g = np.ascontiguousarray(g)
    if finite and algorithm == "winograd":
        padding = _flipped(shape, w.shape, spec)[2].padding
        x = winograd.conv(g, w, np.zeros(shape[1], g.dtype), padding, "x")
        if x is not None:
            return x
    if finite and algorithm == "direct":
        return direct.conv_input(g, np.ascontiguousarray(w), shape, spec)
    plan = _Plan(shape, w.shape, spec, g.dtype, _narrow(shape, w.shape, spec))
    filters = w.reshape(plan.groups, plan.o // plan.groups, -1).swapaxes(1, 2)
    x = np.empty(shape, g.dtype)

    def work(start, stop):
        for a, b, planes, columns, products in plan.blocks(start, stop):
            planes[...] = 0
            for top, bottom, matrices, options in plan.bands(b - a, columns):
                factor = plan.band_of(g[a:b], top, bottom)
                if plan.together:
                    factor, as_planes = plan.wide(products, b - a, top, bottom)
                    as_planes[...] = plan.band_of(g[a:b], top, bottom)
                np.matmul(filters, factor, out=matrices)
                _fold(options[0], planes, *options[1:])
            for middle, some in _dealt(x[a:b], planes, plan.padding, plan.stride[1]):
                some[...] = middle

    split(work, plan.n, plan.grain)
    return x


def conv_weight(g, x, shape, spec):
    """g (N,O,H',W'), x (N,C,H,W) -> (O,C/groups,kH,kW): what every filter weight was multiplied with"""
    algorithm = choose(x.shape, shape, spec, "w")
    if algorithm == "pointwise":
        return pointwise.conv_weight(g, x, shape, spec)
    x, g = np.ascontiguousarray(x), np.ascontiguousarray(g)
    if algorithm == "depthwise":
        w = depthwise.conv_weight(g, x, shape, spec)
        if w is not None:
            return w
    if algorithm == "winograd":
        w = winograd.conv_weight(g, x, spec.padding)
        if w is not None:
            return w
    if algorithm == "direct":
        return direct.conv_weight(g, x, shape, spec)
    of_one_image = g.shape[2] * g.shape[3] * shape[0] * shape[1] * shape[2] * shape[3] // spec.groups
    plan = _Plan(x.shape, shape, spec, x.dtype, of_one_image > SMALL)
    size = plan.groups, plan.weights // plan.groups, plan.o // plan.groups
    sums = {start: np.zeros(size, g.dtype) for start, _ in parts(plan.n, plan.grain)}

    def work(start, stop):
        room = np.empty((1 if plan.together else min(plan.block, stop - start), *size), g.dtype)
        for a, b, planes, columns, products in plan.blocks(start, stop):
            planes = plan.pad(x[a:b], planes)
            for top, bottom, matrices, options in plan.bands(b - a, columns):
                _unfold(planes, *options)
                factor = plan.band_of(g[a:b], top, bottom)
                if plan.together:
                    factor, as_planes = plan.wide(products, b - a, top, bottom)
                    as_planes[...] = plan.band_of(g[a:b], top, bottom)
                for product in np.matmul(matrices, factor.swapaxes(2, 3), out=room[: len(matrices)]):
                    sums[start] += product

    split(work, plan.n, plan.grain)
    result = sums[0]
    for start in list(sums)[1:]:  # in order, so that the sum is the same for every number of threads
        result += sums[start]
    return np.ascontiguousarray(result.swapaxes(1, 2)).reshape(shape)
