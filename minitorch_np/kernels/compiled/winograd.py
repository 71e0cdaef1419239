"""3x3 convolution with single steps by Winograd's F(2x2, 3x3): 16 products where the definition takes 36.

A tile is a 4x4 square of the padded image; neighbours overlap by two, and each gives a 2x2 square of the output.
With the three small matrices below and "." for the product element by element, one tile d and one filter w give

    y = A' [ (G w G') . (B' d B) ] A      (' transposes)

Summing over channels commutes with A, so the middle is 16 ordinary matrix products, one per tile element:
(O,C) filters times (C,T) tiles.  The weight's gradient is the adjoint of the same formula in w:

    G' [ sum over images and tiles of (A g A') . (B' d B) ] G

and the input's gradient is the convolution of g with the flipped filters.  See Lavin and Gray, "Fast algorithms for
convolutional neural networks", 2015.  Differences of large neighbours can hide small ones: the error is relative to
the tile's largest element, in practice no more than that of the long sums of the definition.  An infinity or a NaN
would spread over its tile; therefore the functions return None if one comes out, and the definition is computed instead.

LANES images lie side by side, pixel by pixel, so that every loop runs over them without any rest or border; even and
odd columns are kept apart, because a tile's columns are two of each.

Axes: N images, B <= LANES of a block, C channels, O filters, R rows of tiles in a strip, T = R * (tiles in a row) * LANES.
"""

from itertools import product
from threading import get_ident

import numpy as np

from ...parallel import parts, split
from ._jit import jit

LANES = 16
SCRATCH = 1 << 18  # elements of tiles and products at a time: 1 MiB of float32, half of a second-level cache
LEAST = 128  # columns of a product below which BLAS slows down
GRAIN = 1 << 19  # multiplications that are worth a thread's while
SUMS = 1 << 22  # elements of partial sums of the weight's gradient over all parts

G = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])


@jit
def _lanes(x, row, padding, lanes):
    """Row `row` of each image of x (B,H,W), padded -> lanes (even and odd columns, columns / 2 * LANES)"""
    if row < 0 or row >= x.shape[1]:
        lanes[...] = 0
        return
    for b in range(x.shape[0]):
        source = x[b, row]
        for w in range(source.shape[0]):
            lanes[(w + padding) & 1, ((w + padding) >> 1) * LANES + b] = source[w]


@jit
def _to_tiles(x, top, padding, lanes, tiles):
    """B' d B: x (B,C,H,W) from its padded row `top` on -> tiles (4,4,C,R,*); lanes (2 R + 2, 2, *) is scratch"""
    for c in range(x.shape[1]):
        for row in range(lanes.shape[0]):
            _lanes(x[:, c], top + row - padding[0], padding[1], lanes[row])
        for r in range(tiles.shape[3]):
            for i in range(4):
                # Rows 0 - 2, 1 + 2, 2 - 1, 1 - 3 of the tile; then the same with columns.
                a, b = lanes[2 * r + (i + 1) // 2 - i // 3], lanes[2 * r + 2 - i // 2 + 2 * (i // 3)]
                sign = 1 if i == 1 else -1
                even_a, odd_a, even_b, odd_b = a[0], a[1], b[0], b[1]
                t0, t1, t2, t3 = tiles[i, 0, c, r], tiles[i, 1, c, r], tiles[i, 2, c, r], tiles[i, 3, c, r]
                for k in range(t0.shape[0]):
                    d0, d2 = even_a[k] + sign * even_b[k], even_a[k + LANES] + sign * even_b[k + LANES]
                    d1, d3 = odd_a[k] + sign * odd_b[k], odd_a[k + LANES] + sign * odd_b[k + LANES]
                    t0[k] = d0 - d2
                    t1[k] = d1 + d2
                    t2[k] = d2 - d1
                    t3[k] = d1 - d3


@jit
def _to_output(tiles, bias, top, line, y):
    """A' m A + bias: tiles (4,4,O,R,*) -> y (B,O,H',W') from row `top` on; NaN if any value is not finite, else 0"""
    trouble = tiles.dtype.type(0)
    even, odd = line[0], line[1]
    for o in range(y.shape[1]):
        shift = bias[o]
        for row in range(min(2 * tiles.shape[3], y.shape[2] - top)):
            # Rows 0 + 1 + 2 or 1 - 2 - 3 of the tile; then the same with columns.
            r, sign, end = row // 2, 1 - 2 * (row & 1), 3 * (row & 1)
            a, b, c = tiles[1, :, o, r], tiles[2, :, o, r], tiles[end, :, o, r]
            a0, a1, a2, a3 = a[0], a[1], a[2], a[3]
            b0, b1, b2, b3 = b[0], b[1], b[2], b[3]
            c0, c1, c2, c3 = c[0], c[1], c[2], c[3]
            for k in range(even.shape[0]):
                m1, m2 = a1[k] + sign * (b1[k] + c1[k]), a2[k] + sign * (b2[k] + c2[k])
                even[k] = shift + (a0[k] + sign * (b0[k] + c0[k])) + m1 + m2
                odd[k] = shift + m1 - m2 - (a3[k] + sign * (b3[k] + c3[k]))
                trouble += (even[k] - even[k]) + (odd[k] - odd[k])
            for b in range(y.shape[0]):
                out = y[b, o, top + row]
                for w in range(out.shape[0]):
                    out[w] = line[w & 1, (w >> 1) * LANES + b]
    return trouble


@jit
def _gradient_to_tiles(g, top, lanes, tiles):
    """A g A': g (B,O,H',W') from row `top` on -> tiles (4,4,O,R,*); lanes (2, 2, *) is scratch"""
    for o in range(g.shape[1]):
        for r in range(tiles.shape[3]):
            for row in range(2):
                _lanes(g[:, o], top + 2 * r + row, 0, lanes[row])
            even_a, odd_a, even_b, odd_b = lanes[0, 0], lanes[0, 1], lanes[1, 0], lanes[1, 1]
            for i in range(4):
                # Rows 0, 0 + 1, 0 - 1, -1 of the square; then the same with columns.
                first, second = 0 if i == 3 else 1, 0 if i == 0 else (1 if i == 1 else -1)
                t0, t1, t2, t3 = tiles[i, 0, o, r], tiles[i, 1, o, r], tiles[i, 2, o, r], tiles[i, 3, o, r]
                for k in range(t0.shape[0]):
                    even, odd = first * even_a[k] + second * even_b[k], first * odd_a[k] + second * odd_b[k]
                    t0[k] = even
                    t1[k] = even + odd
                    t2[k] = even - odd
                    t3[k] = -odd
