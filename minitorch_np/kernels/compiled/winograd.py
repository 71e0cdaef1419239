"""3x3 convolution with single steps by Winograd's F(2x2, 3x3): 16 products where the definition takes 36.

A tile is a 4x4 square of the padded image; neighbours overlap by two, and each gives a 2x2 square of the output.
With the three small matrices below and "." for the product element by element, one tile d and one filter w give

    y = A' [ (G w G') . (B' d B) ] A      (' transposes)

Summing over channels commutes with A, so the middle is 16 ordinary matrix products, one per tile element:
(O,C) filters times (C,T) tiles.  The input's gradient is the convolution of g with the flipped filters; the weight's
gradient reads the same formula from right to left, with g's 2x2 squares in place of y's,

    G' [ sum over tiles of (A g A') . (B' d B) ] G,     again 16 matrix products, (O,T) times (T,C).

See Lavin and Gray, "Fast algorithms for convolutional
neural networks", 2015.  Differences of large neighbours can hide small ones: the error is relative to the tile's
largest element, in practice no more than that of the long sums of the definition.  An infinity or a NaN would spread
over its tile; therefore both functions return None if one comes out, and the caller takes the definition.

Every loop runs over vectors of L channels: an image is turned so that its channels lie side by side, and a tile's
element is a vector wherever the tile lies; nothing depends on how wide an image is.  _winograd.py has what is done with
one vector.

Axes: N images, C channels, O filters; a piece has T tiles: R rows of some images.  What a product reads again and again
lies in panels of two vectors.
"""

from functools import cached_property, lru_cache

import numpy as np

from ...parallel import hand_out, parts, share, split
from ..spec import ConvSpec
from . import _jobs
from ._jit import from_dtype, inner, jit, types
from ._simd import lanes
from ._winograd import add_four, add_one, add_six, from_filters, from_tile, spread_tile, to_filters, to_tile, turn

SCRATCH = 1 << 18  # elements of tiles and products at a time: 1 MiB of float32
LEAST = 48  # tiles of a piece: with fewer, reading the filters takes as long as multiplying
DEPTH = 64  # channels summed in registers before a sum is put down: one long sum of 512 has 2.7 times torch's error
GRAIN = 1 << 19  # multiplications that are worth a thread's while
FEW = 1 << 14  # filter weights that are worth a thread's while
SMALL = 1 << 17  # multiplications that are worth the while of a thread that is handed its share without the GIL

# --- what is done with a piece ---------------------------------------------------------------------------------------
# All arrays are flat and scratch comes from outside: views and new arrays are most of what Numba takes its time for.


@inner
def _turn(x, at, planes, size, top, padding, image, rows, pitch):
    """Some planes (<= L,H,W) of x from `at` on, padded, from row `top` on -> image (rows, pitch), L neighbours each

    Zeros in its borders, of which left and right are there already.
    """
    vector = pitch[1]
    for row in range(rows):
        h, start = top + row - padding[0], row * pitch[0]
        if h < 0 or h >= size[0]:
            for k in range(start, start + pitch[0]):
                image[k] = 0
            continue
        source, out = at + h * size[1], start + padding[1] * vector
        if planes == vector <= size[1]:
            for k in range(0, size[1], vector):
                w = min(k, size[1] - vector)
                turn(x, source + w, size[0] * size[1], image, out + w * vector, vector)
            continue
        for lane in range(planes):
            for w in range(size[1]):
                image[np.uint64(out + lane + w * vector)] = x[np.uint64(source + w)]
            source += size[0] * size[1]


@inner
def _tiles(x, at, channels, size, top, padding, image, rows, pitch, tiles, into, apart, step):
    """B' d B: channels of x from `at` on, padded, from row `top` on -> 16 times tiles, `step` apart; image is scratch"""
    vector = pitch[1]
    for c in range(0, channels, vector):
        _turn(x, at + c * size[0] * size[1], min(vector, channels - c), size, top, padding, image, rows, pitch)
        out = into + c
        for r in range(0, rows - 2, 2):
            for k in range(r * pitch[0], (r + 1) * pitch[0] - 2 * vector, 2 * vector):
                to_tile(image, k, pitch[0], tiles, out, step)
                out += apart


@inner
def _multiply(rows, a, a_at, a_step, a_next, b, b_at, depth, out, out_at, width, fresh):
    """out (rows, 2 L) += the rows of a times a panel of b (depth, 2 L): six rows at a time, and not two of the last eight

    fresh, if not 0: out = it.
    """
    row = 0
    while row < rows:
        left, into, rest = a_at + row * a_step, out_at + row * width, rows - row
        if rest >= 6 and rest != 8:
            add_six(a, left, a_step, a_next, b, b_at, depth, out, into, fresh)
            row += 6
        elif rest >= 4:
            add_four(a, left, a_step, a_next, b, b_at, depth, out, into, fresh)
            row += 4
        else:
            add_one(a, left, a_step, a_next, b, b_at, depth, out, into, fresh)
            row += 1


@jit
def _forward(x, filters, bias, y, sizes, next_channel, padding, pieces, tiles, products, image, square, trouble):
    """Pieces of x (N,C,H,W), filters (16, panels, C, 2 L) -> y (N,O,H',W'); trouble becomes NaN if some of it is not finite

    next_channel is 1: as a constant, Numba would compile a function for it alone.  Scratch: tiles (16, T, pitch),
    products (16, panels, T, 2 L), image and square (rows, columns, L).
    """
    channels, height, width, count, high, wide, across, length, pitch, vector = sizes
    panels, size, columns = -(-count // (2 * vector)), (height, width), ((2 * across + 2) * vector, vector)
    step = panels * length * 2 * vector  # between two elements of a tile
    for piece in range(pieces.shape[0]):
        start, stop, top, rows = pieces[piece, 0], pieces[piece, 1], 2 * pieces[piece, 2], pieces[piece, 3]
        for n in range(start, stop):
            _tiles(
                x, n * channels * height * width, channels, size, top, padding, image, 2 * rows + 2, columns,
                tiles, (n - start) * rows * across * pitch, pitch, length * pitch,
            )  # fmt: skip
        used = (stop - start) * rows * across
        for part in range(16 * panels):
            out = part * length * 2 * vector
            for first in range(0, channels, DEPTH):
                at, of = part // panels * length * pitch + first, (part * channels + first) * 2 * vector
                some = min(DEPTH, channels - first)
                fresh = 1 if first == 0 else 0
                _multiply(used, tiles, at, pitch, next_channel, filters, of, some, products, out, 2 * vector, fresh)
        for n in range(start, stop):
            for o in range(0, count, vector):
                at = (o // (2 * vector) * length + (n - start) * rows * across) * 2 * vector + o % (2 * vector)
                for r in range(rows):
                    for k in range(across):
                        into = (r * 4 * across + 2 * k) * vector
                        from_tile(products, at, step, bias, o, square, into, 2 * across * vector, trouble)
                        at += 2 * vector
                for h in range(min(2 * rows, high - top)):
                    out, source = ((n * count + o) * high + top + h) * wide, h * 2 * across * vector
                    if vector <= wide and o + vector <= count:
                        for k in range(0, wide, vector):
                            w = min(k, wide - vector)
                            turn(square, source + w * vector, vector, y, out + w, high * wide)
                        continue
                    for lane in range(min(vector, count - o)):
                        for w in range(wide):
                            y[np.uint64(out + w)] = square[np.uint64(source + lane + w * vector)]
                        out += high * wide


@jit
def _backward(g, x, sums, sizes, none, padding, pieces, tiles, g_tiles, image, square):
    """Pieces of g (N,O,H',W') and x (N,C,H,W) are added into sums (16, panels, C, 2 L); none: (0, 0), g's padding

    Scratch: tiles (16, T, pitch), g_tiles (16, panels, T, 2 L), image and square (rows, columns, L).
    """
    channels, height, width, count, high, wide, across, length, pitch, vector = sizes
    panels, size, columns = -(-count // (2 * vector)), (height, width), ((2 * across + 2) * vector, vector)
    g_size, g_columns, step = (high, wide), (2 * across * vector, vector), panels * length * 2 * vector
    for piece in range(pieces.shape[0]):
        start, stop, top, rows = pieces[piece, 0], pieces[piece, 1], 2 * pieces[piece, 2], pieces[piece, 3]
        for n in range(start, stop):
            _tiles(
                x, n * channels * height * width, channels, size, top, padding, image, 2 * rows + 2, columns,
                tiles, (n - start) * rows * across * pitch, pitch, length * pitch,
            )  # fmt: skip
            for o in range(0, count, vector):
                at = (n * count + o) * high * wide
                _turn(g, at, min(vector, count - o), g_size, top, none, square, 2 * rows, g_columns)
                into = (o // (2 * vector) * length + (n - start) * rows * across) * 2 * vector + o % (2 * vector)
                for r in range(rows):
                    for k in range(across):
                        at = (r * 4 * across + 2 * k) * vector
                        spread_tile(square, at, 2 * across * vector, g_tiles, into, step)
                        into += 2 * vector
        used = (stop - start) * rows * across
        for part in range(16 * panels):
            at, of, out = part // panels * length * pitch, part * length * 2 * vector, part * channels * 2 * vector
            _multiply(channels, tiles, at, 1 + none[0], pitch, g_tiles, of, used, sums, out, 2 * vector, none[0])


@jit
def _filters(w, begin, steps, sizes, row, filters, start, stop):
    """G w G': panels [start, stop) of w (O,C,9), which is as far apart as `steps` say -> filters (16, panels, C, 2 L)"""
    rows, channels, panels, width = sizes
    for panel in range(start, stop):
        for c in range(channels):
            for o in range(min(width, rows - panel * width)):
                at = begin + (panel * width + o) * steps[0] + c * steps[1]
                for k in range(9):
                    row[k * width + o] = w[at + k * steps[2]]
            into = (panel * channels + c) * width
            for half in range(0, width, width // 2):
                to_filters(row, half, width, filters, into + half, panels * channels * width)


def _image(first, last, kernels, x, w, begin, steps, bias, y, scratch, sizes, next_channel, padding, piece, trouble):
    """Panels [first, last) of filters for one image that is one piece: w (O,C,9), turned here, x (C,H,W) -> y (O,H',W')

    kernels: where _filters and _forward are.

    Every share turns all tiles, which takes less than to wait for another's.  trouble (panels, L): its row `first` becomes
    NaN if some of y is not finite.
    """
    channels, height, width, count, high, wide, across, length, pitch, vector = sizes
    panel, panels, rows, share = 2 * vector, -(-count // (2 * vector)), 2 * piece[0, 3], last - first
    start = first * panel
    count = min(count - start, share * panel)
    # Of the scratch, which has room for `panels` shares of one panel each:
    at = scratch.size // panels * first
    of_tiles = at + 16 * share * channels * panel
    of_products = of_tiles + 16 * length * pitch
    of_image = of_products + 16 * share * length * panel
    of_square = of_image + (rows + 2) * (2 * across + 2) * vector
    of_row = of_square + rows * 2 * across * vector
    filters, tiles, image, row = scratch[at:], scratch[of_tiles:], scratch[of_image:], scratch[of_row:]
    for k in range(of_square - of_image):
        image[k] = 0
    for k in range(9 * panel):
        row[k] = 0
    of_filters = w, begin + start * steps[0], steps, (count, channels, share, panel), row, filters, 0, share
    _jobs.call_at(kernels[0], of_filters)
    sizes = channels, height, width, count, high, wide, across, length, pitch, vector
    of_forward = (
        x, filters, bias[start:], y[start * high * wide :], sizes, next_channel, padding, piece,
        tiles, scratch[of_products:], image, scratch[of_square:], trouble[first * vector :],
    )  # fmt: skip
    _jobs.call_at(kernels[1], of_forward)


@lru_cache
def _kernels_of_image(number):
    line, whole = types.Array(from_dtype(number), 1, "C"), types.int64
    three, four, ten = (types.UniTuple(whole, n) for n in (3, 4, 10))
    table, pair = types.Array(whole, 2, "C"), types.UniTuple(whole, 2)
    return (
        _jobs.address_of(_filters, line, whole, three, four, line, line, whole, whole),
        _jobs.address_of(_forward, *(line,) * 4, ten, whole, pair, table, *(line,) * 5),
    )


_image_job = _jobs.job(_image)


@jit
def _hand_out_image(lines, box, extent, *arguments):
    _jobs.hand_out(lines, box, extent, _image_job(box, arguments))


@jit
def _weights(sums, row, sizes, w):
    """G' s G: sums (16, panels, C, 2 L) -> w (O,C,9)"""
    rows, channels, panels, width = sizes
    for panel in range(panels):
        for c in range(channels):
            at = (panel * channels + c) * width
            for half in range(0, width, width // 2):
                from_filters(sums, at + half, panels * channels * width, row, half, width)
            for o in range(min(width, rows - panel * width)):
                for k in range(9):
                    w[((panel * width + o) * channels + c) * 9 + k] = row[k * width + o]


# --- the kernels -----------------------------------------------------------------------------------------------------


class _Pieces:
    """How images are cut into pieces: several whole images, or a band of rows of one; and scratch for one thread."""

    def __init__(self, n, channels, filters, height, width, dtype):
        self.dtype, self.channels, self.width = dtype, channels, 2 * lanes(dtype)
        self.panels = -(-filters // self.width)
        down, self.across = (height + 1) // 2, (width + 1) // 2
        most = max(LEAST, SCRATCH // (16 * (channels + filters)))
        together = max(1, most // (down * self.across))
        bands = 1 if together > 1 else -(-down // max(1, most // self.across))
        blocks = -(-n // together)
        self.table = np.array(
            [
                (i * n // blocks, (i + 1) * n // blocks, j * down // bands, (j + 1) * down // bands - j * down // bands)
                for i in range(blocks)
                for j in range(bands)
            ]
        )
        self.length = int(((self.table[:, 1] - self.table[:, 0]) * self.table[:, 3]).max()) * self.across
        self.pitch = -(-channels // self.width) * self.width + self.width // 2
        self.grain = max(1, GRAIN // (16 * self.length * channels * filters))
        self.panels_grain = 1 + SMALL // (16 * self.length * channels * self.width)

    def sizes(self, x, y):
        """What the kernels take apart"""
        return *x.shape[1:], *y.shape[1:], self.across, self.length, self.pitch, self.width // 2

    @cached_property
    def of_image(self):
        """Elements of scratch that _image needs for each panel"""
        rows, columns = 2 * int(self.table[:, 3].max()), 2 * self.across
        planes = (rows + 2) * (columns + 2) + rows * columns
        of_filters, of_tiles = 16 * self.channels * self.width, 16 * self.length * (self.pitch + self.width)
        return of_filters + of_tiles + planes * self.width // 2 + 9 * self.width

    def scratch(self):
        """For one thread: tiles in a row, with a gap against strides that are powers of two; tiles in panels; images"""
        rows, columns = 2 * int(self.table[:, 3].max()), 2 * self.across
        return (
            np.empty(16 * self.length * self.pitch, self.dtype),
            np.empty(16 * self.panels * self.length * self.width, self.dtype),
            np.zeros((rows + 2) * (columns + 2) * self.width // 2, self.dtype),
            np.zeros(rows * columns * self.width // 2, self.dtype),
        )


_pieces = lru_cache(maxsize=64)(_Pieces)


def suits(x_shape, w_shape, spec):
    """Whether tiles are worth while: single steps, enough channels, and images that are more than border."""
    height, width = x_shape[2:]
    return (
        w_shape[2:] == (3, 3)
        and spec == ConvSpec((1, 1), spec.padding, (1, 1), 1)
        and min(w_shape[:2]) >= 8
        and min(height + 2 * spec.padding[0], width + 2 * spec.padding[1]) >= 6
        and x_shape[0] > 0
    )


def conv(x, w, bias, padding, of="y"):
    """x (N,C,H,W), w (O,C,3,3), bias (O,) -> (N,O,H',W'), or None if some of it is not finite

    of="x": x is the gradient of a convolution's result by w (C,O,3,3), which is turned around.
    """
    (rows, channels), steps, begin = w.shape[:2], (9 * w.shape[1], 9, 1), 0
    if of == "x":
        (channels, rows), steps, begin = w.shape[:2], (9, 9 * w.shape[1], -1), 8
    size = x.shape[2] + 2 * padding[0] - 2, x.shape[3] + 2 * padding[1] - 2
    pieces = _pieces(len(x), channels, rows, *size, x.dtype)
    flat, shifts = np.ascontiguousarray(w).reshape(-1), bias
    if rows % pieces.width:  # to whole panels
        shifts = np.zeros(pieces.panels * pieces.width, x.dtype)
        shifts[:rows] = bias
    if len(x) == len(pieces.table) == 1:
        y, scratch = np.empty((1, rows, *size), x.dtype), np.empty(pieces.panels * pieces.of_image, x.dtype)
        seen = np.zeros(pieces.panels * pieces.width // 2, x.dtype)
        hand_out(
            _hand_out_image, pieces.panels, pieces.panels_grain, _kernels_of_image(x.dtype), x.reshape(-1), flat, begin,
            steps, shifts, y.reshape(-1), scratch, pieces.sizes(x, y), 1, padding, pieces.table, seen,
        )  # fmt: skip
        return None if np.count_nonzero(seen) else y
    filters = np.empty(16 * pieces.panels * channels * pieces.width, x.dtype)
    of_filters = rows, channels, pieces.panels, pieces.width

    def transform(start, stop):
        _filters(flat, begin, steps, of_filters, np.zeros(9 * pieces.width, x.dtype), filters, start, stop)

    share(transform, pieces.panels, max(1, FEW * pieces.panels // w.size))
    y = np.empty((len(x), rows, *size), x.dtype)
    arrays, sizes = (x.reshape(-1), filters, shifts, y.reshape(-1)), pieces.sizes(x, y)
    trouble = []

    def work(start, stop):
        seen = np.zeros(pieces.width // 2, x.dtype)
        _forward(*arrays, sizes, 1, padding, pieces.table[start:stop], *pieces.scratch(), seen)
        trouble.append(seen.any())  # NaN counts as true

    share(work, len(pieces.table), pieces.grain)
    return None if any(trouble) else y


def conv_weight(g, x, padding):
    """g (N,O,H',W'), x (N,C,H,W) -> (O,C,3,3), or None if some of it is not finite"""
    pieces = _pieces(len(x), x.shape[1], g.shape[1], *g.shape[2:], x.dtype)
    runs = parts(len(pieces.table), pieces.grain)
    sums = {start: np.zeros(16 * pieces.panels * x.shape[1] * pieces.width, g.dtype) for start, _ in runs}
    arrays, sizes = (g.reshape(-1), x.reshape(-1)), pieces.sizes(x, g)

    def work(start, stop):
        _backward(*arrays, sums[start], sizes, (0, 0), padding, pieces.table[start:stop], *pieces.scratch())

    split(work, len(pieces.table), pieces.grain)
    total = sums[0]
    for start, _ in runs[1:]:  # in order, so that it is the same for every number of threads
        total += sums[start]
    w = np.empty((g.shape[1], x.shape[1], 3, 3), g.dtype)
    sizes = *w.shape[:2], pieces.panels, pieces.width
    _weights(total, np.empty(9 * pieces.width, g.dtype), sizes, w.reshape(-1))
    return w if np.isfinite(w).all() else None
