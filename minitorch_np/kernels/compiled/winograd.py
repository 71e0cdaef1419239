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

from functools import lru_cache

import numpy as np

from ...parallel import parts, share, split
from ..spec import ConvSpec
from ._jit import jit
from ._simd import lanes
from ._winograd import add_four, add_one, add_six, from_filters, from_tile, spread_tile, to_filters, to_tile

SCRATCH = 1 << 18  # elements of tiles and products at a time: 1 MiB of float32
LEAST = 48  # tiles of a piece: with fewer, reading the filters takes as long as multiplying
DEPTH = 64  # channels summed in registers before a sum is put down: one long sum of 512 has 2.7 times torch's error
GRAIN = 1 << 19  # multiplications that are worth a thread's while

# --- what is done with a piece ---------------------------------------------------------------------------------------


@jit
def _turn(x, top, padding, image):
    """Some channels of x (<= L,H,W), padded, from row `top` on -> image (rows, columns, L), with zeros in its borders"""
    for row in range(image.shape[0]):
        h, out = top + row - padding[0], image[row, padding[1] :]
        if h < 0 or h >= x.shape[1]:
            image[row] = 0
            continue
        for lane in range(x.shape[0]):
            source = x[lane, h]
            for w in range(source.shape[0]):
                out[w, lane] = source[w]


@jit
def _turn_back(image, y):
    """image (rows, columns, L) -> its first rows and columns as some channels y (<= L,H',W')"""
    for row in range(min(image.shape[0], y.shape[1])):
        source = image[row]
        for lane in range(y.shape[0]):
            out = y[lane, row]
            for w in range(out.shape[0]):
                out[w] = source[w, lane]


@jit
def _tiles(x, top, padding, image, tiles, t):
    """B' d B: x (C,H,W), padded, from row `top` on -> tiles (16, T, *) from tile t on; image is scratch"""
    vector, pitch, step = image.shape[2], image.shape[1] * image.shape[2], tiles.shape[1] * tiles.shape[2]
    for c in range(0, x.shape[0], vector):
        _turn(x[c : c + vector], top, padding, image)
        into = t * tiles.shape[2] + c
        for r in range(0, image.shape[0] - 2, 2):
            for k in range(0, image.shape[1] - 2, 2):
                to_tile(image, r * pitch + k * vector, pitch, tiles, into, step)
                into += tiles.shape[2]


@jit
def _spread(g, top, image, tiles, t):
    """A g A': g (O,H',W') from row `top` on -> tiles (16, panels, T, 2 L) from tile t on; image is scratch"""
    vector, pitch, step = image.shape[2], image.shape[1] * image.shape[2], tiles[0].size
    for o in range(0, g.shape[0], vector):
        _turn(g[o : o + vector], top, (0, 0), image)
        into = (o // (2 * vector) * tiles.shape[2] + t) * 2 * vector + o % (2 * vector)
        for r in range(0, image.shape[0], 2):
            for k in range(0, image.shape[1], 2):
                spread_tile(image, r * pitch + k * vector, pitch, tiles, into, step)
                into += 2 * vector


@jit
def _squares(tiles, t, bias, image, trouble, y):
    """A' m A + bias: tiles (16, panels, T, 2 L) from tile t on -> y (O,H',W'), image's number of rows; image is scratch"""
    vector, pitch, step = image.shape[2], image.shape[1] * image.shape[2], tiles[0].size
    for o in range(0, y.shape[0], vector):
        at = (o // (2 * vector) * tiles.shape[2] + t) * 2 * vector + o % (2 * vector)
        for r in range(0, image.shape[0], 2):
            for k in range(0, image.shape[1], 2):
                from_tile(tiles, at, step, bias, o, image, r * pitch + k * vector, pitch, trouble)
                at += 2 * vector
        _turn_back(image, y[o : o + vector])


@jit
def _multiply(rows, a, a_at, a_step, a_next, b, b_at, depth, out, out_at):
    """out (rows, 2 L) += the rows of a times a panel of b (depth, 2 L): six rows at a time, and not two of the last eight"""
    width, row = b.shape[3], 0
    while row < rows:
        left, into, rest = a_at + row * a_step, out_at + row * width, rows - row
        if rest >= 6 and rest != 8:
            add_six(a, left, a_step, a_next, b, b_at, depth, out, into)
            row += 6
        elif rest >= 4:
            add_four(a, left, a_step, a_next, b, b_at, depth, out, into)
            row += 4
        else:
            add_one(a, left, a_step, a_next, b, b_at, depth, out, into)
            row += 1


@jit
def _forward(x, filters, bias, padding, pieces, across, tiles, products, y):
    """Pieces of x (N,C,H,W), filters (16, panels, C, 2 L) -> y (N,O,H',W'); returns 0, or NaN if some of it is not finite

    Scratch: tiles (16, T, *), products (16, panels, T, 2 L).
    """
    channels, pitch = x.shape[1], tiles.shape[2]
    _, panels, length, width = products.shape
    trouble = np.zeros(width // 2, y.dtype)
    for start, stop, top, rows in pieces:
        image = np.zeros((2 * rows + 2, 2 * across + 2, width // 2), y.dtype)
        for n in range(start, stop):
            _tiles(x[n], 2 * top, padding, image, tiles, (n - start) * rows * across)
        used = (stop - start) * rows * across
        for part in range(16):
            for panel in range(panels):
                products[part, panel, :used] = 0
                out = (part * panels + panel) * length * width
                for first in range(0, channels, DEPTH):
                    at, some = part * length * pitch + first, min(DEPTH, channels - first)
                    of = ((part * panels + panel) * channels + first) * width
                    _multiply(used, tiles, at, pitch, 1, filters, of, some, products, out)
        square = image[2:, 2:].copy()
        for n in range(start, stop):
            _squares(products, (n - start) * rows * across, bias, square, trouble, y[n, :, 2 * top :])
    return trouble.sum()


@jit
def _backward(g, x, padding, pieces, across, tiles, g_tiles, sums):
    """Pieces of g (N,O,H',W') and x (N,C,H,W) are added into sums (16, panels, C, 2 L)

    Scratch: tiles (16, T, *), g_tiles (16, panels, T, 2 L).
    """
    channels, pitch = x.shape[1], tiles.shape[2]
    _, panels, length, width = g_tiles.shape
    for start, stop, top, rows in pieces:
        image = np.zeros((2 * rows + 2, 2 * across + 2, width // 2), x.dtype)
        square = image[2:, 2:].copy()
        for n in range(start, stop):
            _tiles(x[n], 2 * top, padding, image, tiles, (n - start) * rows * across)
            _spread(g[n], 2 * top, square, g_tiles, (n - start) * rows * across)
        used = (stop - start) * rows * across
        for part in range(16):
            for panel in range(panels):
                of, out = (part * panels + panel) * length * width, (part * panels + panel) * channels * width
                _multiply(channels, tiles, part * length * pitch, 1, pitch, g_tiles, of, used, sums, out)


@jit
def _filters(w, start, stop, filters):
    """G w G': panels [start, stop) of w (O,C,3,3) -> filters (16, panels, C, 2 L)"""
    _, panels, channels, width = filters.shape
    row = np.zeros((9, width), w.dtype)
    for panel in range(start, stop):
        some = w[panel * width : (panel + 1) * width]
        for c in range(channels):
            for o in range(some.shape[0]):
                for k in range(9):
                    row[k, o] = some[o, c, k // 3, k % 3]
            into = (panel * channels + c) * width
            to_filters(row, 0, width, filters, into, panels * channels * width)
            to_filters(row, width // 2, width, filters, into + width // 2, panels * channels * width)


@jit
def _weights(sums, w):
    """G' s G: sums (16, panels, C, 2 L) -> w (O,C,3,3)"""
    _, panels, channels, width = sums.shape
    row = np.empty((9, width), w.dtype)
    for panel in range(panels):
        some = w[panel * width : (panel + 1) * width]
        for c in range(channels):
            at = (panel * channels + c) * width
            from_filters(sums, at, panels * channels * width, row, 0, width)
            from_filters(sums, at + width // 2, panels * channels * width, row, width // 2, width)
            for o in range(some.shape[0]):
                for k in range(9):
                    some[o, c, k // 3, k % 3] = row[k, o]


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
        self.grain = max(1, GRAIN // (16 * self.length * channels * filters))

    def scratch(self):
        """Room for tiles, one after another, with a gap against strides that are powers of two; and in panels"""
        room = -(-self.channels // self.width) * self.width + self.width // 2
        return (
            np.empty((16, self.length, room), self.dtype),
            np.empty((16, self.panels, self.length, self.width), self.dtype),
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


def conv(x, w, bias, padding):
    """x (N,C,H,W), w (O,C,3,3), bias (O,) -> (N,O,H',W'), or None if some of it is not finite"""
    size = x.shape[2] + 2 * padding[0] - 2, x.shape[3] + 2 * padding[1] - 2
    pieces = _pieces(len(x), w.shape[1], len(w), *size, x.dtype)
    filters = np.empty((16, pieces.panels, w.shape[1], pieces.width), x.dtype)
    share(lambda start, stop: _filters(w, start, stop, filters), pieces.panels, max(1, GRAIN // (w.size * 16)))
    shifts = np.zeros(pieces.panels * pieces.width, x.dtype)
    shifts[: len(bias)] = bias
    y = np.empty((len(x), len(w), *size), x.dtype)
    trouble = []

    def work(start, stop):
        trouble.append(_forward(x, filters, shifts, padding, pieces.table[start:stop], pieces.across, *pieces.scratch(), y))

    share(work, len(pieces.table), pieces.grain)
    return None if any(trouble) else y  # NaN counts as true


def conv_weight(g, x, padding):
    """g (N,O,H',W'), x (N,C,H,W) -> (O,C,3,3), or None if some of it is not finite"""
    pieces = _pieces(len(x), x.shape[1], g.shape[1], *g.shape[2:], x.dtype)
    runs = parts(len(pieces.table), pieces.grain)
    sums = {start: np.zeros((16, pieces.panels, x.shape[1], pieces.width), g.dtype) for start, _ in runs}

    def work(start, stop):
        _backward(g, x, padding, pieces.table[start:stop], pieces.across, *pieces.scratch(), sums[start])

    split(work, len(pieces.table), pieces.grain)
    total = sums[0]
    for start, _ in runs[1:]:  # in order, so that it is the same for every number of threads
        total += sums[start]
    w = np.empty((g.shape[1], x.shape[1], 3, 3), g.dtype)
    _weights(total, w)
    return w if np.isfinite(w).all() else None
