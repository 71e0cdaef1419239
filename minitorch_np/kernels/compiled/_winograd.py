"""What winograd.py does with one vector of channels: the transforms of tiles and filters, and the products of a few rows.

Positions count elements; arrays have no gaps.  Each transform is a small matrix applied to the columns of a square and
then to its rows.
"""

import numpy as np

from ._jit import intrinsic, jit_is_off, void
from ._simd import in_llvm, in_numpy


def _both_ways(square, across):
    """across(*column) for every column, then across(*row) for every row of that"""
    columns = [across(*column) for column in zip(*square)]
    return [across(*row) for row in zip(*columns)]


def _to_filters(w, at, step, filters, into, out_step):
    """G w G': 9 elements, `step` apart, -> 16"""

    def across(a, b, c):
        return a, (a + b + c) * 0.5, (a - b + c) * 0.5, c

    square = [[w.load(at + step * (3 * i + j)) for j in range(3)] for i in range(3)]
    for i, row in enumerate(_both_ways(square, across)):
        for j, value in enumerate(row):
            filters.store(into + out_step * (4 * i + j), value)


def _from_filters(sums, at, step, w, into, out_step):
    """G' s G: 16 elements -> 9"""

    def across(a, b, c, d):
        return a + (b + c) * 0.5, (b - c) * 0.5, (b + c) * 0.5 + d

    square = [[sums.load(at + step * (4 * i + j)) for j in range(4)] for i in range(4)]
    for i, row in enumerate(_both_ways(square, across)):
        for j, value in enumerate(row):
            w.store(into + out_step * (3 * i + j), value)


def _to_tile(x, at, pitch, tiles, into, step):
    """B' d B: a 4x4 square of vectors, rows `pitch` apart -> 16 vectors, `step` apart"""

    def across(a, b, c, d):
        return a - c, b + c, c - b, b - d

    square = [[x.load(at + pitch * i + x.lanes * j) for j in range(4)] for i in range(4)]
    for i, row in enumerate(_both_ways(square, across)):
        for j, value in enumerate(row):
            tiles.store(into + step * (4 * i + j), value)


def _spread_tile(g, at, pitch, tiles, into, step):
    """A g A': the same for a 2x2 square"""

    def across(a, b):
        return a, a + b, a - b, -b

    square = [[g.load(at + pitch * i + g.lanes * j) for j in range(2)] for i in range(2)]
    for i, row in enumerate(_both_ways(square, across)):
        for j, value in enumerate(row):
            tiles.store(into + step * (4 * i + j), value)


def _from_tile(tiles, at, step, bias, o, y, into, pitch, trouble):
    """A' m A + bias: 16 vectors -> a 2x2 square of vectors; `trouble` becomes NaN where one is not finite"""

    def across(a, b, c, d):
        return a + b + c, b - c - d

    square = [[tiles.load(at + step * (4 * i + j)) for j in range(4)] for i in range(4)]
    shift, seen = bias.load(o), trouble.load(trouble.start)
    for i, row in enumerate(_both_ways(square, across)):
        for j, value in enumerate(row):
            y.store(into + pitch * i + y.lanes * j, value + shift)
            seen = seen + value * 0.0
    trouble.store(trouble.start, seen)


def _product(rows):
    """rows of a times a panel b (depth, two vectors), added to rows of out

    Element k of row r of a is at a_at + a_step * r + a_next * k.
    """

    def body(a, a_at, a_step, a_next, b, b_at, depth, out, out_at):
        def terms(k):
            right = [b.load(b_at + k * (2 * b.lanes) + v * b.lanes) for v in range(2)]
            left = [a.spread(a_at + a_step * r + a_next * k) for r in range(rows)]
            return [x * y for x in left for y in right]

        for n, total in enumerate(out.accumulate(depth, terms)):
            at = out_at + n * out.lanes
            out.store(at, out.load(at) + total)

    return body


if jit_is_off:
    to_filters, from_filters, to_tile = in_numpy(_to_filters), in_numpy(_from_filters), in_numpy(_to_tile)
    spread_tile, from_tile = in_numpy(_spread_tile), in_numpy(_from_tile)

    def _multiplication(rows):
        def run(a, a_at, a_step, a_next, b, b_at, depth, out, out_at):
            width = b.shape[-1]
            left = a.reshape(-1)[a_at + a_step * np.arange(rows)[:, None] + a_next * np.arange(depth)]
            part = out.reshape(-1)[out_at : out_at + rows * width].reshape(rows, width)
            part += left @ b.reshape(-1)[b_at : b_at + depth * width].reshape(depth, width)

        return run

else:

    @intrinsic
    def to_filters(context, w, at, step, filters, into, out_step):
        return void(w, at, step, filters, into, out_step), in_llvm(_to_filters)

    @intrinsic
    def from_filters(context, sums, at, step, w, into, out_step):
        return void(sums, at, step, w, into, out_step), in_llvm(_from_filters)

    @intrinsic
    def to_tile(context, x, at, pitch, tiles, into, step):
        return void(x, at, pitch, tiles, into, step), in_llvm(_to_tile)

    @intrinsic
    def spread_tile(context, g, at, pitch, tiles, into, step):
        return void(g, at, pitch, tiles, into, step), in_llvm(_spread_tile)

    @intrinsic
    def from_tile(context, tiles, at, step, bias, o, y, into, pitch, trouble):
        return void(tiles, at, step, bias, o, y, into, pitch, trouble), in_llvm(_from_tile)

    def _multiplication(rows):
        @intrinsic
        def run(context, a, a_at, a_step, a_next, b, b_at, depth, out, out_at):
            return void(a, a_at, a_step, a_next, b, b_at, depth, out, out_at), in_llvm(_product(rows))

        return run


add_six, add_four, add_one = (_multiplication(rows) for rows in (6, 4, 1))
