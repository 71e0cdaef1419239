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

LANES images lie side by side, pixel by pixel, so that every loop runs over them without any rest or border; even and
odd columns are kept apart, because a tile's columns are two of each.

Axes: N images, B <= LANES of a block, C channels, O filters, R rows of tiles in a strip, T = LANES * tiles in a row.
"""

from threading import get_ident

import numpy as np

from ...parallel import parts, split
from ..spec import ConvSpec
from ._jit import jit

LANES = 16
SCRATCH = 1 << 18  # elements of tiles and products at a time: 1 MiB of float32, half of a second-level cache
GRAIN = 1 << 19  # multiplications that are worth a thread's while

G = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])


# For each row i of B' d B: the two rows of d that it is made of.
ROWS_A, ROWS_B = (0, 1, 2, 1), (2, 2, 1, 3)


@jit
def _to_lanes(x, c, top, padding, lanes):
    """Channel c of x (B,C,H,W), padded, from row `top` on -> lanes (rows, even and odd columns, columns / 2 * LANES)"""
    for row in range(lanes.shape[0]):
        h, out = top + row - padding[0], lanes[row]
        if h < 0 or h >= x.shape[2]:
            out[...] = 0
            continue
        for b in range(x.shape[0]):
            source = x[b, c, h]
            for w in range(source.shape[0]):
                out[(w + padding[1]) & 1, ((w + padding[1]) >> 1) * LANES + b] = source[w]


@jit
def _from_lanes(lanes, shift, o, top, y):
    """lanes (rows, 2, *) + shift -> channel o of y (B,O,H',W') from row `top` on"""
    for row in range(min(lanes.shape[0], y.shape[2] - top)):
        even, odd = lanes[row, 0], lanes[row, 1]
        for b in range(y.shape[0]):
            out = y[b, o, top + row]
            for k in range(out.shape[0] // 2):
                out[2 * k] = even[k * LANES + b] + shift
                out[2 * k + 1] = odd[k * LANES + b] + shift
            if out.shape[0] & 1:
                out[-1] = even[out.shape[0] // 2 * LANES + b] + shift


@jit
def _to_tiles(x, top, padding, lanes, tiles):
    """B' d B: x (B,C,H,W) from its padded row `top` on -> tiles (R,C,4,4,T); lanes (2 R + 2, 2, *) is scratch"""
    one = x.dtype.type(1)
    for c in range(x.shape[1]):
        _to_lanes(x, c, top, padding, lanes)
        for r in range(tiles.shape[0]):
            for i in range(4):
                # Rows 0 - 2, 1 + 2, 2 - 1, 1 - 3 of the tile; then the same with columns.
                a, b = lanes[2 * r + ROWS_A[i]], lanes[2 * r + ROWS_B[i]]
                sign = one if i == 1 else -one
                even_a, odd_a, even_b, odd_b = a[0], a[1], b[0], b[1]
                t0, t1, t2, t3 = tiles[r, c, i, 0], tiles[r, c, i, 1], tiles[r, c, i, 2], tiles[r, c, i, 3]
                for k in range(t0.shape[0]):
                    d0, d2 = even_a[k] + sign * even_b[k], even_a[k + LANES] + sign * even_b[k + LANES]
                    d1, d3 = odd_a[k] + sign * odd_b[k], odd_a[k + LANES] + sign * odd_b[k + LANES]
                    t0[k] = d0 - d2
                    t1[k] = d1 + d2
                    t2[k] = d2 - d1
                    t3[k] = d1 - d3


@jit
def _spread(g, top, lanes, tiles):
    """A g A': g (B,O,H',W') from its row `top` on -> tiles (R,O,4,4,T); lanes (2 R, 2, T) is scratch"""
    one, zero = g.dtype.type(1), g.dtype.type(0)
    for o in range(g.shape[1]):
        _to_lanes(g, o, top, (0, 0), lanes)
        for r in range(tiles.shape[0]):
            for i in range(4):
                # Rows 0, 0 + 1, 0 - 1, -1 of the square; then the same with columns.
                a, b = lanes[2 * r], lanes[2 * r + 1]
                p = zero if i == 3 else one
                q = zero if i == 0 else one if i == 1 else -one
                even_a, odd_a, even_b, odd_b = a[0], a[1], b[0], b[1]
                t0, t1, t2, t3 = tiles[r, o, i, 0], tiles[r, o, i, 1], tiles[r, o, i, 2], tiles[r, o, i, 3]
                for k in range(t0.shape[0]):
                    even, odd = p * even_a[k] + q * even_b[k], p * odd_a[k] + q * odd_b[k]
                    t0[k] = even
                    t1[k] = even + odd
                    t2[k] = even - odd
                    t3[k] = -odd


@jit
def _from_tiles(tiles, bias, top, lanes, y):
    """A' m A + bias: tiles (R,O,4,4,T) -> y (B,O,H',W') from row `top` on; lanes (2 R, 2, T) is scratch

    Returns NaN if any value is not finite, else 0.
    """
    one, zero, trouble = tiles.dtype.type(1), tiles.dtype.type(0), tiles.dtype.type(0)
    for o in range(tiles.shape[1]):
        for row in range(lanes.shape[0]):
            # Rows 0 + 1 + 2 or 1 - 2 - 3 of the tile; then the same with columns.
            sign, end = -one if row & 1 else one, 3 if row & 1 else 0
            tile, even, odd = tiles[row // 2, o], lanes[row, 0], lanes[row, 1]
            a0, a1, a2, a3 = tile[1, 0], tile[1, 1], tile[1, 2], tile[1, 3]
            b0, b1, b2, b3 = tile[2, 0], tile[2, 1], tile[2, 2], tile[2, 3]
            c0, c1, c2, c3 = tile[end, 0], tile[end, 1], tile[end, 2], tile[end, 3]
            for k in range(a0.shape[0]):
                m1, m2 = a1[k] + sign * (b1[k] + c1[k]), a2[k] + sign * (b2[k] + c2[k])
                first = a0[k] + sign * (b0[k] + c0[k]) + m1 + m2
                second = m1 - m2 - (a3[k] + sign * (b3[k] + c3[k]))
                even[k], odd[k] = first, second
                trouble += zero * (first + second)  # not x - x, which reordering of sums turns into 0
        _from_lanes(lanes, bias[o], o, top, y)
    return trouble


class _Strips:
    """Blocks of images times strips of tile rows: the pieces that are computed one by one, and scratch for them."""

    def __init__(self, n, channels, height, width, dtype):
        self.channels, self.dtype, self.across = channels, dtype, (width + 1) // 2
        down = (height + 1) // 2
        row = LANES * self.across
        most = max(1, SCRATCH // (16 * sum(channels) * row))
        count = -(-down // most)
        blocks = -(-n // LANES)
        self.pieces = [
            (i * n // blocks, (i + 1) * n // blocks, 2 * (j * down // count), (j + 1) * down // count - j * down // count)
            for i in range(blocks)
            for j in range(count)
        ]
        self.grain = max(1, GRAIN // (16 * most * row * channels[0] * channels[1]))
        self.scratches: dict = {}

    def each(self, start, stop):
        """(a, b, top) of each piece: images [a, b), padded rows from `top` on; and its scratch, one per thread:

        lanes and tiles of x, lanes and tiles of y.  Lanes hold zeros where nothing is ever written.
        """
        for a, b, top, rows in self.pieces[start:stop]:
            key = get_ident(), b - a, rows
            if key not in self.scratches:
                c, o = self.channels
                self.scratches[key] = (
                    np.zeros((2 * rows + 2, 2, (self.across + 1) * LANES), self.dtype),
                    np.empty((rows, c, 4, 4, self.across * LANES), self.dtype),
                    np.zeros((2 * rows, 2, self.across * LANES), self.dtype),
                    np.empty((rows, o, 4, 4, self.across * LANES), self.dtype),
                )
            yield a, b, top, *self.scratches[key]


def _matrices(tiles):
    """(R,C,4,4,T) -> (R,16,C,T)"""
    return tiles.reshape(*tiles.shape[:2], 16, tiles.shape[4]).swapaxes(1, 2)


def suits(x_shape, w_shape, spec):
    """Whether tiles are worth while: single steps, enough channels, and lanes that are mostly filled."""
    n, height, width = x_shape[0], *x_shape[2:]
    return (
        w_shape[2:] == (3, 3)
        and spec == ConvSpec((1, 1), spec.padding, (1, 1), 1)
        and min(w_shape[:2]) >= 8
        and min(height + 2 * spec.padding[0], width + 2 * spec.padding[1]) >= 6
        and 5 * n >= 4 * LANES * -(-n // LANES)
        and n > 0
    )


def conv(x, w, bias, padding):
    """x (N,C,H,W), w (O,C,3,3), bias (O,) -> (N,O,H',W'), or None if some of it is not finite"""
    size = x.shape[2] + 2 * padding[0] - 2, x.shape[3] + 2 * padding[1] - 2
    strips = _Strips(len(x), (w.shape[1], w.shape[0]), *size, x.dtype)
    side = G.astype(x.dtype)
    filters = np.tensordot(side, np.tensordot(side, w, (1, 2)), (1, 3))  # (4 columns, 4 rows, O, C)
    filters = np.ascontiguousarray(filters.swapaxes(0, 1)).reshape(16, *w.shape[:2])
    y = np.empty((len(x), len(w), *size), x.dtype)
    trouble = []

    def work(start, stop):
        for a, b, top, lanes, tiles, y_lanes, products in strips.each(start, stop):
            _to_tiles(x[a:b], top, padding, lanes, tiles)
            np.matmul(filters, _matrices(tiles), out=_matrices(products))
            trouble.append(_from_tiles(products, bias, top, y_lanes, y[a:b]))

    split(work, len(strips.pieces), strips.grain)
    return None if any(trouble) else y  # NaN counts as true


def conv_weight(g, x, padding):
    """g (N,O,H',W'), x (N,C,H,W) -> (O,C,3,3), or None if some of it is not finite"""
    strips = _Strips(len(x), (x.shape[1], g.shape[1]), *g.shape[2:], x.dtype)
    sums = {start: np.zeros((16, g.shape[1], x.shape[1]), g.dtype) for start, _ in parts(len(strips.pieces), strips.grain)}

    def work(start, stop):
        for a, b, top, lanes, tiles, g_lanes, g_tiles in strips.each(start, stop):
            _to_tiles(x[a:b], top, padding, lanes, tiles)
            _spread(g[a:b], top, g_lanes, g_tiles)
            for left, right in zip(_matrices(g_tiles), _matrices(tiles)):
                sums[start] += np.matmul(left, right.swapaxes(1, 2))

    split(work, len(strips.pieces), strips.grain)
    total = sum(sums.values())  # in order, so that it is the same for every number of threads
    if not np.isfinite(total).all():
        return None
    side = G.T.astype(x.dtype)
    w = np.tensordot(
        side, np.tensordot(side, total.reshape(4, 4, *total.shape[1:]), (1, 0)), (1, 1)
    )  # (3 columns, 3 rows, O, C)
    return np.ascontiguousarray(w.transpose(2, 3, 1, 0))
