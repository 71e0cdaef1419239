"""Convolution without unfolding: the product's innermost loop fetches what a filter weight meets from where it lies.

An image is copied once, padded, one line per channel; with steps, its rows and columns are dealt out first (all multiples
of the step, then those one further, ...).  Then neighbouring outputs meet neighbouring elements, whatever the weight: a
table tells how far from the output's position those of each weight begin.  `_block.py` keeps the sums of 4 filters
times three vectors of positions, or of 6 times two, in registers while it goes through the table.

    conv         x is dealt out by the stride, each weight stands in the part that it meets
    conv_input   g is not dealt out, but the result is: part (a, b) of x, say all odd rows and even columns, is a
                 convolution of g with those weights that reach it.  Nothing is scattered.
    conv_weight  the sum runs over positions: 6 of x's lines, each shifted by a weight's distance, times two vectors of
                 filters, for which g is turned: filters side by side

A row's left padding serves as the right padding of the row before.  What the sums find between rows is dropped.

Axes: N images, C channels, G groups, O filters, k window; K weights of a filter that meet one part; P positions of a
band of rows; ' marks the output.
"""

import math
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np

from ...parallel import hand_out, share
from ..spec import conv_extent
from . import _jobs
from ._block import block
from ._jit import from_dtype, inner, jit, types
from ._simd import lanes
from ._winograd import turn as turn_square

SCRATCH = 3 << 15  # elements of padded image and sums at a time: 384 KiB of float32, most of a core's second-level cache
CHUNK = 160  # terms of a sum at most: what they meet stays in the first-level cache, and 256 had 2.4 times torch's error
GRAIN = 1 << 20  # multiplications that are worth a thread's while
SMALL = 1 << 16  # the same, where it is handed its share without the GIL
ROWS, TALL = 4, 6  # of a block of sums
FEW = 6  # filters that are worth turning
SPAN = 3 * lanes(np.float32)  # positions of a block of sums
LONG, HEAVY = 150, 1 << 17  # positions, weights: with shorter lines, more weights are fetched from afar again and again
DEPTH = 256  # positions that are summed before the sums of the weight's gradient are fetched again

_wide, _tall = block(ROWS, 3), block(TALL, 2)


def suits(x_shape, w_shape, spec, of):
    """Whether blocks of sums are mostly filled, and the filters are worth what fetching them anew for each image costs

    `of` is what is computed: "y", the gradient of "x" or that of "w".
    """
    filters, channels = w_shape[0] // spec.groups, w_shape[1]
    taps, per_group = w_shape[2] * w_shape[3], filters * channels * w_shape[2] * w_shape[3]
    if of == "w":
        return filters >= FEW and channels * taps >= DEPTH // 4
    if of == "x":
        if channels < ROWS:  # unfolding scatters so little that it wins
            return False
        height, width = (-(-extent // stride) for extent, stride in zip(x_shape[2:], spec.stride))
    else:
        numbers = zip(x_shape[2:], w_shape[2:], spec.stride, spec.padding, spec.dilation)
        height, width = (conv_extent(*axis) for axis in numbers)
    line = height * (width + (0 if height == 1 else max(1, spec.padding[1])))
    return 3 * height * width >= 2 * -(-line // SPAN) * SPAN and (line >= LONG or per_group <= HEAVY)


class Axis(NamedTuple):
    """One direction: which weights meet which part of the result, and how far from its positions"""

    taps: tuple[tuple[int, ...], ...]  # for each part of the result
    offsets: tuple[tuple[int, ...], ...]  # of the source's elements, for each of them
    step: int  # of the source

    def reach(self):
        every = [o for part in self.offsets for o in part] or [0]
        return min(every), max(every)


def _forward(kernel, stride, padding, dilation):
    taps = tuple(range(kernel))
    return Axis((taps,), (tuple(i * dilation - padding for i in taps),), stride)


def _backward(kernel, stride, padding, dilation):
    reached = [
        [(i, (a + padding - i * dilation) // stride) for i in range(kernel) if (a + padding - i * dilation) % stride == 0]
        for a in range(stride)
    ]
    return Axis(*(tuple(tuple(pair[k] for pair in part) for part in reached) for k in (0, 1)), 1)


class Layout:
    """How the source of a band of `rows` rows of the result lies in a line, so that shifts by `axes` find their elements"""

    def __init__(self, axes, width, rows, columns, dtype):
        (top, bottom), (left, right) = (axis.reach() for axis in axes)
        self.steps = axes[0].step, axes[1].step
        self.before = max(0, -top), max(0, -left)
        last = (columns - 1) * self.steps[1] + right + self.before[1]  # column that is asked for
        columns = max(1, min(width + self.before[1], last + 1), last + 1 - self.before[1])
        self.pitch = -(-columns // self.steps[1])
        # One row more, in which the last one finds its right padding.
        self.rows = ((rows - 1) * self.steps[0] + bottom + self.before[0]) // self.steps[0] + 2
        size = self.rows * self.pitch * self.steps[0] * self.steps[1]
        line = 64 // np.dtype(dtype).itemsize  # of the cache: with an odd number, channels do not evict each other
        self.plane = (-(-size // line) | 1) * line

    def offsets(self, axes, a, b):
        """Where what each weight of part (a, b) meets begins: (k, k')"""
        places = []
        for axis, part, before in zip(axes, (a, b), self.before):
            moved = np.array(axis.offsets[part], np.int64) + before
            places.append((moved % axis.step, moved // axis.step))
        (turn, down), (turn_w, across) = places
        part = turn[:, None] * self.steps[1] + turn_w
        return (part * self.rows + down[:, None]) * self.pitch + across

    def numbers(self):
        return self.before, self.steps, self.rows, self.pitch, self.plane


@inner
def _deal(x, n, channels, top, layout, line, begin):
    """Channels [first, last) of x[n], padded, from row `top` on -> line from `begin` on: parts (steps, steps', rows, pitch)

    Indices are unsigned: for others Numba asks before each access whether they count from the end, and nothing vectorises.
    """
    before, steps, rows, pitch, plane = layout
    flat, height, width = x.reshape(-1), x.shape[2], x.shape[3]
    for turn_w in range(steps[1]):
        first = (turn_w - before[1]) % steps[1]  # of the source's columns
        start = (first + before[1]) // steps[1]
        count = min(pitch - start, (width - first + steps[1] - 1) // steps[1])
        for c in range(channels[0], channels[1]):
            for turn in range(steps[0]):
                at = begin + ((c - channels[0]) * plane + (turn * steps[1] + turn_w) * rows * pitch) + start
                h = top + turn - before[0]
                source = ((n * x.shape[1] + c) * height + h) * width + first
                for _ in range(rows):
                    if h < 0 or h >= height:
                        for k in range(count):
                            line[np.uint64(at + k)] = 0
                    elif steps[1] == 1:  # loops of their own, because they vectorise
                        for k in range(count):
                            line[np.uint64(at + k)] = flat[np.uint64(source + k)]
                    elif steps[1] == 2:
                        for k in range(count):
                            line[np.uint64(at + k)] = flat[np.uint64(source + 2 * k)]
                    else:
                        for k in range(count):
                            line[np.uint64(at + k)] = flat[np.uint64(source + k * steps[1])]
                    h += steps[0]
                    source += steps[0] * width
                    at += pitch


@inner
def _place(sums, length, pitch, bias, y, n, filters, top, part, shape, steps):
    """sums, `length` for each filter, rows `pitch` apart -> part (a, b) of y[n], filters [first, last), from row `top` on"""
    flat, step = y.reshape(-1), steps[1]
    for o in range(filters[0], filters[1]):
        for h in range(shape[0]):
            source = (o - filters[0]) * length + h * pitch
            at = ((n * y.shape[1] + o) * y.shape[2] + (top + h) * steps[0] + part[0]) * y.shape[3] + part[1]
            if step == 1:
                for k in range(shape[1]):
                    flat[np.uint64(at + k)] = sums[np.uint64(source + k)] + bias[o]
            else:
                for k in range(shape[1]):
                    flat[np.uint64(at + k * step)] = sums[np.uint64(source + k)] + bias[o]


@jit
def _convolve(x, y, bias, filters, starts, steps, offsets, parts, groups, layout, line, sums, shape, band, first, last):
    """Items [first, last) of N * bands: x (N,C,H,W), filters flat -> y (N,O,H',W'), dealt out in parts

    shape: filters and positions of a block of sums, and blocks in a row; 0: blocks take no notice of rows
    """
    high, span, per_row = shape
    pitch, results_up, bands = layout[3], starts.shape[1], -(-parts[0, 5] // band)
    channels, results = x.shape[1] // groups, y.shape[1] // groups
    for item in range(first, last):
        n, top = item // bands, item % bands * band
        for group in range(groups):
            _deal(x, n, (group * channels, (group + 1) * channels), top * layout[1][0], layout, line, 0)
            of_group = group * results, (group + 1) * results
            for part in range(parts.shape[0]):
                table, depth, filter, a, b, rows, columns, step, step_w = parts[part]
                rows = min(band, rows - top)
                if rows <= 0 or columns <= 0:
                    continue
                length = -(-((rows - 1) * pitch + columns) // span) * span
                if per_row:
                    length = (rows - 1) * pitch + per_row * span
                sums[: results_up * length] = 0
                left = filters[filter + group * results_up * depth :]
                chunk = -(-depth // max(1, -(-depth // CHUNK)))  # equal ones
                count = rows * per_row if per_row else length // span
                for k in range(0, depth, max(1, chunk)):
                    end = min(depth, k + chunk)
                    distances, across = offsets[table + k : table + end], steps[k:end]
                    for p in range(count):
                        position = p // per_row * pitch + p % per_row * span if per_row else p * span
                        if high == TALL:
                            for at in range(0, results_up, TALL):
                                out = at * length + position
                                _tall(left, starts[part], at, across, line, position, distances, sums, out, length)
                        else:
                            for at in range(0, results_up, ROWS):
                                out = at * length + position
                                _wide(left, starts[part], at, across, line, position, distances, sums, out, length)
                _place(sums, length, pitch, bias, y, n, of_group, top, (a, b), (rows, columns), (step, step_w))


@jit
def _pack(w, swapped, taps, taps_w, filters, first, last):
    """Blocks [first, last) of w's rows: w (G,O/G,C/G,kH,kW), rows O/G or C/G (swapped) -> filters (G * blocks, K, *)"""
    rows, columns = (w.shape[2], w.shape[1]) if swapped else (w.shape[1], w.shape[2])
    blocks, high = filters.shape[0] // w.shape[0], filters.shape[2]
    for item in range(first, last):
        group, row = item // blocks, item % blocks * high
        for r in range(high):
            k = 0
            for c in range(columns):
                for i in taps:
                    for j in taps_w:
                        value = w.dtype.type(0)
                        if row + r < rows:
                            value = w[group, c, row + r, i, j] if swapped else w[group, row + r, c, i, j]
                        filters[item, k, r] = value
                        k += 1


def _parts(extents, axes):
    """(a, b, rows, columns) of every part that the result is dealt out in"""
    steps = [len(axis.taps) for axis in axes]
    for a in range(steps[0]):
        for b in range(steps[1]):
            yield a, b, -(-(extents[0] - a) // steps[0]), -(-(extents[1] - b) // steps[1])


def _shape(filters, rows, width, pitch, lanes):
    """Of blocks of sums: filters, positions, blocks in a row or 0, where they take no notice of rows and find gaps

    What there is least to multiply with: rows that two vectors fill leave no gaps and no rest, and six filters fill one
    block of six, but not two of four.
    """
    line, up = (rows - 1) * pitch + width, -(-filters // TALL) * TALL
    low = -(-filters // ROWS) * ROWS * -(-line // (3 * lanes)) * 3 * lanes
    tall = up * -(-line // (2 * lanes)) * 2 * lanes
    if width and width % (2 * lanes) == 0 and up * rows * width < min(low, tall + 1):
        return TALL, 2 * lanes, width // (2 * lanes)
    return (TALL, 2 * lanes, 0) if tall < low else (ROWS, 3 * lanes, 0)


class _Tables(NamedTuple):
    """What depends on the sizes of a problem alone"""

    layout: Layout
    band: int
    parts: np.ndarray  # a row for each, as _convolve takes it apart
    taps: list  # of each part: its depth, where its filters begin, and those of both axes
    depth: int  # of all parts together
    bands: int
    numbers: tuple  # of the layout
    starts: np.ndarray
    steps: np.ndarray
    offsets: np.ndarray
    shape: tuple[int, int, int]  # of blocks of sums: filters, positions, blocks in a row or 0
    longest: int  # line of sums
    reach: int  # of what is read of the source
    work: int  # multiplications for a band


@lru_cache(maxsize=64)  # of one small image, to write them takes ten times as long as to use them
def _tables(direction, x_shape, w_shape, y_shape, spec, dtype, least):
    """x_shape (C,H,W), w_shape (G, O/G, C/G, kH, kW), y_shape (O,H',W'); direction: _forward, or _backward

    least: so many bands at least, if there are as many rows
    """
    axes = [direction(*numbers) for numbers in zip(w_shape[3:], spec.stride, spec.padding, spec.dilation)]
    rows, channels = w_shape[1:3] if direction is _forward else w_shape[2:0:-1]
    (_, _, height, width), *_ = parts = list(_parts(y_shape[1:], axes))
    layout = Layout(axes, x_shape[2], height, width, dtype)
    a_row = (channels * axes[0].step * axes[1].step + rows) * layout.pitch
    band = max(1, min(-(-height // least), SCRATCH // a_row))
    band = -(-height // -(-height // band))  # equal ones
    high, span, per_row = _shape(rows, band, width, layout.pitch, lanes(dtype))
    blocks = -(-rows // high)
    layout = Layout(axes, x_shape[2], band, width, dtype)

    offsets, starts, table, taps, used = [], [], [], [], 0
    apart = np.arange(channels) * layout.plane
    for a, b, part_rows, part_columns in parts:
        taps.append([np.array(axis.taps[part], np.int64) for axis, part in zip(axes, (a, b))])
        depth = channels * taps[-1][0].size * taps[-1][1].size
        table.append(
            [sum(map(len, offsets)), depth, used, a, b, part_rows, part_columns, *(len(axis.taps) for axis in axes)]
        )
        offsets.append((apart[:, None] + layout.offsets(axes, a, b).reshape(-1)).reshape(-1))
        starts.append(np.add.outer(np.arange(0, blocks * high, high) * depth, np.arange(high)).reshape(-1))
        used += w_shape[0] * blocks * high * depth
    everywhere = np.concatenate(offsets).astype(np.int32)
    longest = (band - 1) * layout.pitch + width + span
    return _Tables(
        layout, band, np.array(table, np.int64), [(row[1], row[2], *some) for row, some in zip(table, taps)],
        sum(row[1] for row in table), -(-height // band), layout.numbers(), np.array(starts, np.int32),
        np.arange(0, high * max(map(len, offsets)), high, dtype=np.int32), everywhere, (high, span, per_row), longest,
        max(channels * layout.plane, everywhere.max(initial=0) + longest),
        max(1, math.prod(w_shape) // len(parts) * math.prod(y_shape[1:]) // -(-height // band)),
    )  # fmt: skip


def _all(direction, x, w, bias, spec, y):
    """x (N,C,H,W), w (G, O/G, C/G, kH, kW), bias (O,) -> y; backward, w's O/G are summed over"""
    alone = len(x) == 1
    tables = _tables(direction, x.shape[1:], w.shape, y.shape[1:], spec, x.dtype, 2 if alone else 1)
    up, groups, high = tables.starts.shape[1], len(w), tables.shape[0]
    filters = np.empty(groups * up * tables.depth, x.dtype)
    for depth, used, *taps in tables.taps:
        packed = filters[used:][: groups * up * depth].reshape(groups * up // high, depth, high)
        pack, grain = partial(_pack, w, direction is _backward, *taps, packed), 1 + GRAIN // (16 * depth + 1)
        if len(packed) < 2 * grain:
            pack(0, len(packed))
        else:
            share(pack, len(packed), grain)
    arrays = x, y, bias, filters, tables.starts, tables.steps, tables.offsets, tables.parts, groups, tables.numbers
    if alone:
        scratch = np.empty(tables.bands * (tables.reach + up * tables.longest), x.dtype)
        numbers = tables.reach, tables.shape, tables.band
        kernel = _address_of_convolve(x.dtype)
        hand_out(_hand_out_bands, tables.bands, 1 + SMALL // tables.work, kernel, *arrays, scratch, *numbers)
        return y

    def work(first, last):
        scratch = np.zeros(tables.reach, x.dtype), np.empty(up * tables.longest, x.dtype)
        _convolve(*arrays, *scratch, tables.shape, tables.band, first, last)

    share(work, len(x) * tables.bands, max(1, GRAIN // tables.work))
    return y


def _bands(
    first, last, convolve, x, y, bias, filters, starts, steps, offsets, parts, groups, layout, scratch, reach, shape, band
):  # fmt: skip
    """Bands [first, last) of one image; scratch has a padded image of a band, and sums, for each; convolve: an address"""
    room = scratch.size // -(-parts[0, 5] // band)
    line, sums = scratch[first * room :], scratch[first * room + reach :]
    for k in range(reach):
        line[k] = 0
    arguments = x, y, bias, filters, starts, steps, offsets, parts, groups, layout, line, sums, shape, band, first, last
    _jobs.call_at(convolve, arguments)


@lru_cache
def _address_of_convolve(number):
    def of(number, dimensions):
        return types.Array(number, dimensions, "C")

    number, small, whole, pair = from_dtype(number), types.int32, types.int64, types.UniTuple(types.int64, 2)
    arrays = of(number, 4), of(number, 4), of(number, 1), of(number, 1)
    tables = of(small, 2), of(small, 1), of(small, 1), of(whole, 2)
    layout = types.Tuple((pair, pair, whole, whole, whole))
    scratch, shape = (of(number, 1), of(number, 1)), types.UniTuple(whole, 3)
    return _jobs.address_of(_convolve, *arrays, *tables, whole, layout, *scratch, shape, whole, whole, whole)


_bands_job = _jobs.job(_bands)


@jit
def _hand_out_bands(lines, box, extent, *arguments):
    _jobs.hand_out(lines, box, extent, _bands_job(box, arguments))


def conv(x, w, bias, spec, size):
    """x (N,C,H,W), w (O,C/G,kH,kW), bias (O,), size (H', W') -> (N,O,H',W')"""
    y = np.empty((len(x), len(w), *size), x.dtype)
    return _all(_forward, x, w.reshape(spec.groups, -1, *w.shape[1:]), bias, spec, y)


def conv_input(g, w, shape, spec):
    """g (N,O,H',W'), w (O,C/G,kH,kW) -> (N,C,H,W); zeros meet all weights, so these must be finite"""
    w = w.reshape(spec.groups, -1, *w.shape[1:])
    return _all(_backward, g, w, np.zeros(shape[1], g.dtype), spec, np.empty(shape, g.dtype))


@jit
def _turn(g, turned, first, last):
    """g (N,G,O/G,P) -> turned (N,G,panels,P,*): filters of a panel side by side, a square of them and positions at a time"""
    groups, filters, positions, width = g.shape[1], g.shape[2], g.shape[3], turned.shape[4]
    source, out, vector = g.reshape(-1), turned.reshape(-1), width // 2
    for item in range(first * groups, last * groups):
        for o in range(0, filters, vector):
            at = (item * filters + o) * positions
            into = (item * turned.shape[2] + o // width) * positions * width + o % width
            if filters - o >= vector and positions >= vector:
                for k in range(0, positions, vector):
                    k = min(k, positions - vector)  # the last one overlaps the one before
                    turn_square(source, at + k, positions, out, into + k * width, width)
            else:
                for r in range(min(vector, filters - o)):
                    for k in range(positions):
                        out[np.uint64(into + k * width + r)] = source[np.uint64(at + r * positions + k)]


@jit
def _correlate(x, first, last, right, shape, starts, layout, line, band, images, column_span, sums):
    """Lines `starts` of x[:, first:last] times the filters `right`, N images apart -> sums (lines, *)

    shape: how far right's images and positions are apart, how wide its rows are.  Every block of `images` images, or
    band of rows of one image, is summed apart.
    """
    apart, across, width, height = shape
    pitch, of_image = layout[3], (last - first) * layout[4]
    left_steps, right_steps = np.empty(images * band * width, np.int32), np.empty(images * band * width, np.int32)
    for n in range(0, x.shape[0], images):
        for top in range(0, height, band):
            depth = 0
            for image in range(min(images, x.shape[0] - n)):
                _deal(x, n + image, (first, last), top * layout[1][0], layout, line, image * of_image)
                for h in range(min(band, height - top)):
                    for k in range(width):
                        left_steps[depth] = image * of_image + h * pitch + k
                        right_steps[depth] = image * apart + (h * width + k) * column_span
                        depth += 1
            for begin in range(0, depth, DEPTH):
                lefts, rights = left_steps[begin : min(depth, begin + DEPTH)], right_steps[begin : min(depth, begin + DEPTH)]
                for column in range(0, across, column_span):
                    start = n * apart + top * width * column_span + column * width * height
                    for row in range(0, starts.size, TALL):
                        _tall(line, starts, row, lefts, right, start, rights, sums, row * across + column, across)


def conv_weight(g, x, shape, spec):
    """g (N,O,H',W'), x (N,C,H,W) -> (O,C/G,kH,kW)"""
    groups, (rows, columns), span = spec.groups, g.shape[2:], 2 * lanes(g.dtype)
    filters, channels, positions, taps = shape[0] // groups, shape[1], rows * columns, shape[2] * shape[3]
    across = -(-filters // span) * span
    turned = (np.empty if filters == across else np.zeros)((len(x), groups, across // span, positions, span), g.dtype)
    pieces = g.reshape(len(x), groups, filters, positions)
    share(lambda first, last: _turn(pieces, turned, first, last), len(x), 1 + GRAIN // (16 * shape[0] * positions))

    axes = [_forward(*numbers) for numbers in zip(shape[2:], spec.stride, spec.padding, spec.dilation)]
    band = min(rows, -(-DEPTH // columns))
    images = max(1, min(len(x), DEPTH // positions))
    layout = Layout(axes, x.shape[3], band, columns, x.dtype)
    lines = (np.arange(channels)[:, None] * layout.plane + layout.offsets(axes, 0, 0).reshape(-1)).reshape(-1)
    blocks = -(-lines.size // TALL)
    starts = np.full(blocks * TALL, lines[-1], np.int32)
    starts[: lines.size] = lines
    sums = np.zeros((groups, starts.size, across), g.dtype)
    sizes = groups * positions * across, across, columns, rows

    def work(start, stop):
        for group in range(start // blocks, -(-stop // blocks)):
            some = slice(TALL * max(0, start - group * blocks), TALL * min(blocks, stop - group * blocks))
            first, last = some.start // taps, min(channels, -(-some.stop // taps))
            filters_of_group = turned.reshape(-1)[group * positions * across :]
            line = np.zeros(images * (last - first) * layout.plane, x.dtype)
            _correlate(
                x, group * channels + first, group * channels + last, filters_of_group, sizes,
                starts[some] - np.int32(first * layout.plane), layout.numbers(), line, band, images, span,
                sums[group, some].reshape(-1),
            )  # fmt: skip

    share(work, groups * blocks, 1 + GRAIN // max(1, TALL * across * positions * len(x)))
    whole = sums[:, : lines.size, :filters].swapaxes(1, 2)
    return np.ascontiguousarray(whole).reshape(shape)
