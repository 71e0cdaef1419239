"""Products of matrices of which one is small enough to stay in a core's own cache, as in a layer with a batch of 64.

BLAS rearranges both factors before it multiplies.  A weight of 784 x 512 that meets 64 rows takes part in no more than 64
multiplications per element, so that moving it costs a quarter of the whole; here the large factor is read where it lies,
once, and only the small one is rearranged.  And the threads are given their shares in a microsecond (_jobs.py).

A panel is two vectors wide: the product of six rows and a panel has its twelve sums in registers.  Two forms:

    columns   a (N,K) times b (K,M), whose rows have no gaps: panels are columns of b
    rows      a (N,K) times b (K,M), whose columns have no gaps: panels are rows of a, and b's columns play the rows' part

Sums are put down every DEPTH terms (a sum of sums is more exact), so each depends on K alone: not on the threads, nor on the
other rows.  All arrays are seen as flat.
"""

import numpy as np

from ...parallel import hand_out
from . import _jobs
from ._jit import intrinsic, jit, jit_is_off, void
from ._simd import in_llvm, lanes

SMALL = 1 << 16  # elements of the small factor, and of its row of panels: 256 KiB of float32
DEPTH = 128
ROWS = 6
FEW = 16  # rows, columns, terms: of fewer, too many are calculated twice, or moving them takes longer than the product
GROUP = 4  # panels that are read from b at a time: as many neighbouring cache lines
LARGE = 1 << 23  # multiplications from which on BLAS is as fast in the columns' form
GRAIN = 1 << 18  # multiplications that are worth a thread's while


def _tile(a_step, a_next):
    """out (ROWS, a panel) = rows of a times a panel (depth, two vectors)

    Element k of row r is at a_at + r a_step + k a_next.  Of the two steps one is None, and given with each call.
    """

    def body(a, a_at, step, panel, panel_at, depth, chunks, out, out_at, pitch):
        row, along = a_step or step, a_next or step

        def chunk(c):
            start = c * DEPTH

            def terms(k):
                at = panel_at + (start + k) * (2 * panel.lanes)
                right = [panel.load(at), panel.load(at + panel.lanes)]
                left = [a.spread(a_at + row * r + along * (start + k)) for r in range(ROWS)]
                return [x * y for x in left for y in right]

            return out.accumulate((depth - start).at_most(DEPTH), terms)

        for n, total in enumerate(out.accumulate(chunks, chunk)):
            out.store(out_at + pitch * (n // 2) + (n % 2) * out.lanes, total)

    return body


if jit_is_off:

    def _tile_of(a_step, a_next):
        def tile(a, a_at, step, panel, panel_at, depth, chunks, out, out_at, pitch):
            width = 2 * lanes(panel.dtype)
            left = a[a_at + (a_step or step) * np.arange(ROWS)[:, None] + (a_next or step) * np.arange(depth)]
            right = panel.reshape(-1)[panel_at : panel_at + depth * width].reshape(depth, width)
            out.reshape(-1)[out_at + pitch * np.arange(ROWS)[:, None] + np.arange(width)] = left @ right

        return tile

else:

    def _tile_of(a_step, a_next):
        @intrinsic
        def tile(context, a, a_at, step, panel, panel_at, depth, chunks, out, out_at, pitch):
            arguments = (a, a_at, step, panel, panel_at, depth, chunks, out, out_at, pitch)
            return void(*arguments), in_llvm(_tile(a_step, a_next))

        return tile


_along, _across = _tile_of(None, 1), _tile_of(1, None)  # a's rows have no gaps; its columns have none


def _columns(first, last, a, by_rows, b, y, n, k, m, width):
    """Panels [first, last) of b (K,M) -> those columns of y (N,M); n >= ROWS"""
    panels, edge, chunks = np.zeros((GROUP, k, width), b.dtype), np.empty((ROWS, width), b.dtype), -(-k // DEPTH)
    for group in range(first, last, GROUP):
        some = min(GROUP, last - group)
        for row in range(k):
            for p in range(some):
                source, into = b[row * m + (group + p) * width : (row + 1) * m], panels[p, row]
                for j in range(min(width, source.size)):
                    into[j] = source[j]
        row = 0
        while row < n:
            row = min(row, n - ROWS)  # the last rows are calculated twice, rather than one by one
            for p in range(some):
                column = (group + p) * width
                whole = column + width <= m
                out, at, pitch = (y, row * m + column, m) if whole else (edge.reshape(-1), 0, width)
                if by_rows:
                    _along(a, row * k, k, panels, p * k * width, k, chunks, out, at, pitch)
                else:
                    _across(a, row, n, panels, p * k * width, k, chunks, out, at, pitch)
                if not whole:
                    for r in range(ROWS):
                        for j in range(m - column):
                            y[(row + r) * m + column + j] = edge[r, j]
            row += ROWS


def _rows(first, last, a, by_rows, b, bias, y, n, k, m, width):
    """Panels [first, last) of rows of a (N,K) times b' (M,K), + bias (M,) -> those rows of y (N,M); m >= ROWS

    b' is the second factor with its columns as rows.
    """
    start, stop, chunks = first * width, min(last * width, n), -(-k // DEPTH)
    panels, tile = np.zeros((last - first, k, width), a.dtype), np.empty((ROWS, width), a.dtype)
    for row in range(start, stop):
        panel, lane = panels[(row - start) // width], (row - start) % width
        for j in range(k):
            panel[j, lane] = a[row * k + j] if by_rows else a[j * n + row]
    column = 0
    while column < m:
        column = min(column, m - ROWS)
        for p in range(last - first):
            _along(b, column * k, k, panels, p * k * width, k, chunks, tile, 0, width)
            row = start + p * width
            for lane in range(min(width, stop - row)):
                out = y[(row + lane) * m + column :]
                for r in range(ROWS):
                    out[r] = tile[r, lane] + bias[column + r]
        column += ROWS


_columns_job, _rows_job = _jobs.job(_columns), _jobs.job(_rows)


@jit
def _hand_out_columns(lines, box, extent, a, by_rows, b, y, n, k, m, width):
    _jobs.hand_out(lines, box, extent, _columns_job(box, (a, by_rows, b, y, n, k, m, width)))


@jit
def _hand_out_rows(lines, box, extent, a, by_rows, b, bias, y, n, k, m, width):
    _jobs.hand_out(lines, box, extent, _rows_job(box, (a, by_rows, b, bias, y, n, k, m, width)))


def product(a, b, bias):
    """a (N,K), b (K,M), bias (M,) or None -> (N,M), or None where BLAS is the better choice"""
    (n, k), m, width, work = a.shape, b.shape[1], 2 * lanes(a.dtype), a.size * b.shape[1]
    if work < 2 * GRAIN or min(n, k, m) < FEW or n * k > SMALL:
        return None
    if a.flags.c_contiguous:
        by_rows, flat = True, a.reshape(-1)
    elif a.flags.f_contiguous:
        by_rows, flat = False, a.T.reshape(-1)
    else:
        return None
    if b.flags.f_contiguous:
        if bias is None or bias.size != m:
            bias = np.full(m, 0 if bias is None else bias, a.dtype)
        y, panels = np.empty((n, m), a.dtype), -(-n // width)
        arguments = flat, by_rows, b.T.reshape(-1), bias, y.reshape(-1), n, k, m, width
        hand_out(_hand_out_rows, panels, max(1, GRAIN * panels // work), *arguments)
        return y
    if b.flags.c_contiguous and bias is None and work < LARGE:
        y, panels = np.empty((n, m), a.dtype), -(-m // width)
        arguments = flat, by_rows, b.reshape(-1), y.reshape(-1), n, k, m, width
        hand_out(_hand_out_columns, panels, max(1, GRAIN * panels // work), *arguments)
        return y
    return None
