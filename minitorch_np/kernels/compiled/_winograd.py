"""What winograd.py does with one vector of channels: the transforms of tiles and filters, and the products of a few rows.

Positions count elements; arrays have no gaps.  Each transform is a small matrix applied to the columns of a square and
then to its rows.
"""

import numpy as np

from ._jit import intrinsic, jit_is_off, void
from ._simd import in_llvm, in_numpy, lanes, transposed


def _transform(side, load, across, store):
    """across(*column) for every column of a square, across(*row) for every row of that: load(i, j) -> store(i, j, value)"""
    columns = [across(*[load(i, j) for i in range(side)]) for j in range(side)]
    for i, row in enumerate(zip(*columns)):
        for j, value in enumerate(across(*row)):
            store(i, j, value)


def _run(vectors, at, step, side):
    """load and store for the elements of a square that lie one after another, `step` apart"""
    return (
        lambda i, j: vectors.load(at + step * (side * i + j)),
        lambda i, j, value: vectors.store(at + step * (side * i + j), value),
    )


def _rows(vectors, at, pitch):
    """load and store for the elements of a square of vectors, rows `pitch` apart"""
    return (
        lambda i, j: vectors.load(at + pitch * i + vectors.lanes * j),
        lambda i, j, value: vectors.store(at + pitch * i + vectors.lanes * j, value),
    )


def _to_filters(w, at, step, filters, into, out_step):
    """G w G': 9 elements, `step` apart, -> 16"""

    def across(a, b, c):
        return a, (a + b + c) * 0.5, (a - b + c) * 0.5, c

    _transform(3, _run(w, at, step, 3)[0], across, _run(filters, into, out_step, 4)[1])


def _from_filters(sums, at, step, w, into, out_step):
    """G' s G: 16 elements -> 9"""

    def across(a, b, c, d):
        return a + (b + c) * 0.5, (b - c) * 0.5, (b + c) * 0.5 + d

    _transform(4, _run(sums, at, step, 4)[0], across, _run(w, into, out_step, 3)[1])


def _to_tile(x, at, pitch, tiles, into, step):
    """B' d B: a 4x4 square of vectors, rows `pitch` apart -> 16 vectors, `step` apart"""

    def across(a, b, c, d):
        return a - c, b + c, c - b, b - d

    _transform(4, _rows(x, at, pitch)[0], across, _run(tiles, into, step, 4)[1])


def _spread_tile(g, at, pitch, tiles, into, step):
    """A g A': the same for a 2x2 square"""

    def across(a, b):
        return a, a + b, a - b, -b

    _transform(2, _rows(g, at, pitch)[0], across, _run(tiles, into, step, 4)[1])


def _from_tile(tiles, at, step, bias, o, y, into, pitch, trouble):
    """A' m A + bias: 16 vectors -> a 2x2 square of vectors; `trouble` becomes NaN where one is not finite"""
    shift, seen, put = bias.load(o), [trouble.load(trouble.start)], _rows(y, into, pitch)[1]

    def across(a, b, c, d):
        return a + b + c, b - c - d

    def store(i, j, value):
        put(i, j, value + shift)
        seen.append(seen.pop() + value * 0.0)

    _transform(4, _run(tiles, at, step, 4)[0], across, store)
    trouble.store(trouble.start, seen.pop())


def _turn(x, at, pitch, out, into, out_pitch):
    """A square of elements, as many rows as a vector is long and `pitch` apart: its columns become rows"""
    for i, row in enumerate(transposed([x.load(at + pitch * i) for i in range(x.lanes)])):
        out.store(into + out_pitch * i, row)


def _product(rows):
    """rows of a times a panel b (depth, two vectors), added to rows of out, or put there if `fresh` is not 0

    Element k of row r of a is at a_at + a_step * r + a_next * k.
    """

    def body(a, a_at, a_step, a_next, b, b_at, depth, out, out_at, fresh):
        def terms(k):
            right = [b.load(b_at + k * (2 * b.lanes) + v * b.lanes) for v in range(2)]
            left = [a.spread(a_at + a_step * r + a_next * k) for r in range(rows)]
            return [x * y for x in left for y in right]

        for n, total in enumerate(out.accumulate(depth, terms)):
            at = out_at + n * out.lanes
            out.store(at, out.load(at).unless(fresh) + total)

    return body


if jit_is_off:
    to_filters, from_filters, to_tile = in_numpy(_to_filters), in_numpy(_from_filters), in_numpy(_to_tile)
    spread_tile, from_tile, turn = in_numpy(_spread_tile), in_numpy(_from_tile), in_numpy(_turn)

    def _multiplication(rows):
        def run(a, a_at, a_step, a_next, b, b_at, depth, out, out_at, fresh):
            width = 2 * lanes(b.dtype)
            left = a.reshape(-1)[a_at + a_step * np.arange(rows)[:, None] + a_next * np.arange(depth)]
            part = out.reshape(-1)[out_at : out_at + rows * width].reshape(rows, width)
            if fresh:
                part[...] = 0
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

    @intrinsic
    def turn(context, x, at, pitch, out, into, out_pitch):
        return void(x, at, pitch, out, into, out_pitch), in_llvm(_turn)

    def _multiplication(rows):
        @intrinsic
        def run(context, a, a_at, a_step, a_next, b, b_at, depth, out, out_at, fresh):
            return void(a, a_at, a_step, a_next, b, b_at, depth, out, out_at, fresh), in_llvm(_product(rows))

        return run


add_six, add_four, add_one = (_multiplication(rows) for rows in (6, 4, 1))
