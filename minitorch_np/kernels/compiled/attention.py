"""Scaled dot-product attention, some queries at a time: the score matrix never exists as a whole, nor does its gradient.

A thread takes whole heads.  A head's keys are turned into panels once; then a block of queries goes through the product
with them, the softmax and the product with the values while all of that is in the core's own cache.  Backwards the block's
weights are calculated again: that takes no more time than to fetch them from memory.

Every product adds to sums that are there: the mask, zeros, or what the blocks before left.  Rows come in sixes and columns
in panels of two vectors; what is missing to those is filled up in scratch, so that no innermost loop has an end of its own.
All arrays are seen as flat.  Axes: B heads, L queries, S keys, E numbers in a query or key, F in a value.
"""

import math

import numpy as np

from ...parallel import hand_out
from ..formula import attention as formula
from . import _jobs, exponential
from ._jit import inner, intrinsic, jit, jit_is_off, void
from ._simd import in_llvm, lanes

__all__ = ["attend", "attend_backward"]

ROWS = 6  # times two vectors: as many sums as there are registers for
DEPTH = 128  # terms, after which a sum is put down: a sum of sums is more exact
MOST, ROOM = 48, 1 << 14  # queries at a time, and their scores
GRAIN = 1 << 18  # multiplications that are worth a thread's while

if jit_is_off:

    def _tile(a, at, row, along, panel, panel_at, pitch, depth, chunks, out, out_at, out_pitch):
        width = 2 * lanes(out.dtype)
        left = a[at + row * np.arange(ROWS)[:, None] + along * np.arange(depth)]
        right = panel[panel_at + pitch * np.arange(depth)[:, None] + np.arange(width)]
        out[out_at + out_pitch * np.arange(ROWS)[:, None] + np.arange(width)] += left @ right

else:

    def _body(a, at, row, along, panel, panel_at, pitch, depth, chunks, out, out_at, out_pitch):
        """out (ROWS, two vectors) += rows of a times a panel; element k of row r is at `at` + r row + k along"""

        def chunk(c):
            start = c * DEPTH

            def terms(k):
                there = panel_at + (start + k) * pitch
                right = [panel.load(there), panel.load(there + panel.lanes)]
                left = [a.spread(at + row * r + along * (start + k)) for r in range(ROWS)]
                return [x * y for x in left for y in right]

            return out.accumulate((depth - start).at_most(DEPTH), terms)

        for n, total in enumerate(out.accumulate(chunks, chunk)):
            there = out_at + out_pitch * (n // 2) + (n % 2) * out.lanes
            out.store(there, out.load(there) + total)

    @intrinsic
    def _tile(context, a, at, row, along, panel, panel_at, pitch, depth, chunks, out, out_at, out_pitch):
        arguments = (a, at, row, along, panel, panel_at, pitch, depth, chunks, out, out_at, out_pitch)
        return void(*arguments), in_llvm(_body)


@jit(inside=True)
def _up(n, step):
    return (n + step - 1) // step * step


@inner
def _add_product(a, row, along, rows, depth, panels, pitch, step, count, width, out, out_pitch):
    """Rows of a, see _tile, times `count` panels, `step` from one to the next, added to those of out"""
    chunks = _up(depth, DEPTH) // DEPTH
    for p in range(count):
        for r in range(0, rows, ROWS):
            _tile(a, r * row, row, along, panels, p * step, pitch, depth, chunks, out, r * out_pitch + p * width, out_pitch)


@inner
def _copy_rows(source, at, count, size, factor, out, rows, pitch):
    """factor times `count` rows, to rows of a longer pitch; zeros behind each of them, and in further rows"""
    for r in range(rows):
        to, known = out[r * pitch : (r + 1) * pitch], size if r < count else 0
        row = source[at + r * size :]
        for j in range(known):
            to[j] = row[j] * factor
        for j in range(known, pitch):
            to[j] = 0


@inner
def _save_rows(source, pitch, count, size, factor, out, at):
    """The same the other way: factor times the beginning of each row, side by side from `at` on"""
    for r in range(count):
        row, to = source[r * pitch :], out[at + r * size : at + (r + 1) * size]
        for j in range(size):
            to[j] = row[j] * factor


@inner
def _clear(out, rows, size, pitch):
    """Zeros at the beginning of each row"""
    for r in range(rows):
        row = out[r * pitch : r * pitch + size]
        for j in range(row.size):
            row[j] = 0


@inner
def _turn(source, at, count, size, width, out):
    """Rows as panels (panels, size, width): `width` rows side by side in each, zeros in place of those that are missing"""
    for r in range(_up(count, width)):
        panel = r // width * width * size + r % width
        for j in range(size):
            out[panel + j * width] = source[at + r * size + j] if r < count else 0


@inner
def _softmax(row, masked, some):
    """In place; where the mask leaves nothing, zeros"""
    number = row.dtype.type
    m = exponential._largest(row, some)
    if masked and m == -math.inf:
        dead = True
        for k in range(row.size):
            dead &= row[k] == m
        if dead:
            for k in range(row.size):
                row[k] = 0
            return
    total = 0.0
    for start in range(0, row.size, exponential.SUM):
        s, run = number(0), row[start : start + exponential.SUM]
        for k in range(run.size):
            e = exponential.exp_of_negative(run[k] - m)
            run[k] = e
            s += e
        total += s
    scale = number(1 / total)
    for k in range(row.size):
        row[k] *= scale


@inner
def _slope(weights, g, visible):
    """In place of the gradient of a row of weights that of its scores; zeros behind those that are visible"""
    total = 0.0
    for start in range(0, visible, exponential.SUM):
        stop = min(start + exponential.SUM, visible)
        w, run, s = weights[start:stop], g[start:stop], g.dtype.type(0)
        for k in range(run.size):
            s += w[k] * run[k]
        total += s
    t = g.dtype.type(total)
    for k in range(visible):
        g[k] = weights[k] * (g[k] - t)
    for k in range(visible, g.size):
        g[k] = 0


@inner
def _weigh(qs, q_pitch, kt, mask, mask_at, masked, causal, begin, count, keys, size, width, scores, pitch, some):
    """The weights of queries [begin, begin + count) into scores -> how many keys they see, at most"""
    seen = min(begin + count, keys) if causal else keys
    rows, columns = _up(count, ROWS), _up(seen, width)
    _clear(scores, rows, columns, pitch)
    if masked:
        for r in range(count):
            row, known = scores[r * pitch :], mask[mask_at + r * keys :]
            for j in range(seen):
                row[j] = known[j]
    _add_product(qs, q_pitch, 1, rows, size, kt, width, size * width, columns // width, width, scores, pitch)
    for r in range(count):
        visible = min(begin + r + 1, keys) if causal else keys
        _softmax(scores[r * pitch : r * pitch + visible], masked, some)
        row = scores[r * pitch + visible : r * pitch + _up(seen, ROWS)]
        for j in range(row.size):
            row[j] = 0
    return seen


@jit
def _attend(q, k, v, mask, masks, causal, scale, y, length, keys, size, wide, width, block, first, last):
    """Blocks [first, last) of queries, head after head"""
    number, pitch, size_up, wide_up = q.dtype.type, _up(_up(keys, ROWS), width), _up(size, width), _up(wide, width)
    blocks, some = _up(length, block) // block, np.empty(width // 2, q.dtype)
    kt, vs = np.empty(_up(keys, width) * size, q.dtype), np.empty(keys * wide_up, q.dtype)
    qs, scores, out = (
        np.empty(block * size_up, q.dtype),
        np.empty(block * pitch, q.dtype),
        np.empty(block * wide_up, q.dtype),
    )
    ready = -1
    for number_of_block in range(first, last):
        head, begin = number_of_block // blocks, number_of_block % blocks * block
        count = min(block, length - begin)
        rows = _up(count, ROWS)
        if head != ready:
            _turn(k, head * keys * size, keys, size, width, kt)
            _copy_rows(v, head * keys * wide, keys, wide, number(1), vs, keys, wide_up)
            ready = head
        _copy_rows(q, (head * length + begin) * size, count, size, number(scale), qs, rows, size_up)
        mask_at = ((head if masks > 1 else 0) * length + begin) * keys
        seen = _weigh(
            qs, size_up, kt, mask, mask_at, masks > 0, causal, begin, count, keys, size, width, scores, pitch, some
        )
        _clear(out, rows, wide_up, wide_up)
        _add_product(scores, pitch, 1, rows, seen, vs, wide_up, width, wide_up // width, width, out, wide_up)
        _save_rows(out, wide_up, count, wide, number(1), y, (head * length + begin) * wide)


@jit
def _attend_backward(
    g, q, k, v, mask, masks, causal, scale, dq, dk, dv, length, keys, size, wide, width, block, first, last
):
    """Heads [first, last)"""
    number, pitch, size_up, wide_up = q.dtype.type, _up(_up(keys, ROWS), width), _up(size, width), _up(wide, width)
    one, most, some = number(1), _up(keys, ROWS), np.empty(width // 2, q.dtype)
    kt, vt = np.empty(_up(keys, width) * size, q.dtype), np.empty(_up(keys, width) * wide, q.dtype)
    ks, k_sums, v_sums = (
        np.empty(keys * size_up, q.dtype),
        np.empty(most * size_up, q.dtype),
        np.empty(most * wide_up, q.dtype),
    )
    qs, gs, out = np.empty(block * size_up, q.dtype), np.empty(block * wide_up, q.dtype), np.empty(block * size_up, q.dtype)
    weights, slopes = np.empty(block * pitch, q.dtype), np.empty(block * pitch, q.dtype)
    for head in range(first, last):
        _turn(k, head * keys * size, keys, size, width, kt)
        _turn(v, head * keys * wide, keys, wide, width, vt)
        _copy_rows(k, head * keys * size, keys, size, one, ks, keys, size_up)
        _clear(k_sums, most, size_up, size_up)
        _clear(v_sums, most, wide_up, wide_up)
        for begin in range(0, length, block):
            count = min(block, length - begin)
            rows = _up(count, ROWS)
            _copy_rows(q, (head * length + begin) * size, count, size, number(scale), qs, rows, size_up)
            _copy_rows(g, (head * length + begin) * wide, count, wide, one, gs, rows, wide_up)
            mask_at = ((head if masks > 1 else 0) * length + begin) * keys
            seen = _weigh(
                qs, size_up, kt, mask, mask_at, masks > 0, causal, begin, count, keys, size, width, weights, pitch, some
            )
            columns = _up(seen, width)
            _clear(slopes, rows, columns, pitch)
            _add_product(gs, wide_up, 1, rows, wide, vt, width, wide * width, columns // width, width, slopes, pitch)
            for r in range(count):
                visible = min(begin + r + 1, keys) if causal else keys
                _slope(weights[r * pitch :], slopes[r * pitch : r * pitch + _up(seen, ROWS)], visible)
            _clear(out, rows, size_up, size_up)
            _add_product(slopes, pitch, 1, rows, seen, ks, size_up, width, size_up // width, width, out, size_up)
            _save_rows(out, size_up, count, size, number(scale), dq, (head * length + begin) * size)
            seen_rows = _up(seen, ROWS)
            _add_product(slopes, 1, pitch, seen_rows, count, qs, size_up, width, size_up // width, width, k_sums, size_up)
            _add_product(weights, 1, pitch, seen_rows, count, gs, wide_up, width, wide_up // width, width, v_sums, wide_up)
        _save_rows(k_sums, size_up, keys, size, one, dk, head * keys * size)
        _save_rows(v_sums, wide_up, keys, wide, one, dv, head * keys * wide)


_attend_job, _attend_backward_job = _jobs.job_of(_attend), _jobs.job_of(_attend_backward)


@jit
def _hand_out(lines, box, extent, q, k, v, mask, masks, causal, scale, y, length, keys, size, wide, width, block):
    arguments = (q, k, v, mask, masks, causal, scale, y, length, keys, size, wide, width, block)
    _jobs.hand_out(lines, box, extent, _attend_job(box, arguments))


@jit
def _hand_out_backward(
    lines, box, extent, g, q, k, v, mask, masks, causal, scale, dq, dk, dv, length, keys, size, wide, width, block
):
    arguments = (g, q, k, v, mask, masks, causal, scale, dq, dk, dv, length, keys, size, wide, width, block)
    _jobs.hand_out(lines, box, extent, _attend_backward_job(box, arguments))


def _block(length, keys):
    """How many queries to take at a time; it depends on the shapes alone"""
    return max(ROWS, min(-(-length // ROWS) * ROWS, MOST, ROOM // keys // ROWS * ROWS))


def _flat(*arrays):
    return [np.ascontiguousarray(a).reshape(-1) for a in arrays]


def _mask(mask, dtype):
    """A mask as a line, and how many there are: none, one for all heads, or one for each"""
    if mask is None:
        return np.empty(0, dtype), 0
    return _flat(mask.astype(dtype, copy=False))[0], len(mask)


def attend(q, k, v, mask, causal, scale):
    """softmax(scale q k' + mask) v, see the formula"""
    (batch, length, size), keys, wide = q.shape, k.shape[1], v.shape[2]
    y = np.empty((batch, length, wide), q.dtype)
    if q.dtype != np.float32 or not (size and keys and y.size):
        return formula.attend(q, k, v, mask, causal, scale)
    width = 2 * lanes(q.dtype)
    block = _block(length, keys)
    arguments = *_flat(q, k, v), *_mask(mask, q.dtype), causal, float(scale), y.reshape(-1)
    grain = max(1, GRAIN // (block * keys * (size + wide)))
    hand_out(_hand_out, batch * -(-length // block), grain, *arguments, length, keys, size, wide, width, block)
    return y


def attend_backward(g, q, k, v, mask, causal, scale):
    """The gradients of q, k and v, see the formula"""
    (batch, length, size), keys, wide = q.shape, k.shape[1], v.shape[2]
    if q.dtype != np.float32 or not (size and keys and g.size):
        return formula.attend_backward(g, q, k, v, mask, causal, scale)
    results = [np.empty(a.shape, a.dtype) for a in (q, k, v)]
    arguments = *_flat(g, q, k, v), *_mask(mask, q.dtype), causal, float(scale), *[a.reshape(-1) for a in results]
    grain = max(1, GRAIN // (length * keys * (size + wide)))
    hand_out(
        _hand_out_backward, batch, grain, *arguments, length, keys, size, wide, 2 * lanes(q.dtype), _block(length, keys)
    )
    return tuple(results)
