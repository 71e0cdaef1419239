"""Pooling: one pass over each plane, planes shared out among the threads.

Axes: N images, C channels, H and W rows and columns; ' marks the output; P = N C planes.
"""

from functools import lru_cache

import numpy as np

from ...parallel import share
from ..spec import pool_extent
from ._jit import inner, intrinsic, ir, jit, jit_is_off, void
from ._simd import lanes

__all__ = ["avg_pool", "avg_pool_input", "max_pool", "pool_gather", "pool_scatter"]

GRAIN = 1 << 14  # output elements that are worth a thread's while


def _planes(a):
    """(N,C,H,W) as (P,H,W), contiguous"""
    return np.ascontiguousarray(a).reshape(a.shape[0] * a.shape[1], *a.shape[2:])


def _share(work, planes, elements):
    share(work, planes, max(1, GRAIN // max(1, elements)))


def _extents(shape, spec):
    return tuple(
        pool_extent(shape[i + 2], spec.size[i], spec.stride[i], spec.padding[i], spec.dilation[i], spec.ceil_mode)
        for i in (0, 1)
    )


def _halves(shape, out, spec):
    """True for the commonest window: 2x2 with stride 2, every one inside the image"""
    plain = spec.size == spec.stride == (2, 2) and spec.padding == (0, 0) and spec.dilation == (1, 1)
    return plain and 2 * out[0] <= shape[2] and 2 * out[1] <= shape[3]


# A row of 14 windows is too short for LLVM's vectoriser, and three comparisons of random numbers are guessed wrong every
# other time: 16 ns a window.  Vectors of windows compare without branches; the last one of a row may overlap the one before.

if jit_is_off:

    def _windows(x, upper, lower, y, place, at, first, width):
        count = lanes(x.dtype)
        row = [x.reshape(-1)[start : start + 2 * count] for start in (upper, lower)]
        best, where = row[0][::2].copy(), np.zeros(count, np.int64)
        for v, offset in ((row[0][1::2], 1), (row[1][::2], width), (row[1][1::2], width + 1)):
            better = (v > best) | (v != v)
            best, where = np.where(better, v, best), np.where(better, offset, where)
        y.reshape(-1)[at : at + count] = best
        place.reshape(-1)[at : at + count] = first + 2 * np.arange(count) + where

else:

    @intrinsic
    def _windows(context, x, upper, lower, y, place, at, first, width):
        """One vector of windows, whose upper and lower halves begin at those places of x -> y and place from `at` on

        place counts from `first`, the place of the first window's first element; rows are `width` apart.
        """
        count = lanes(f"f{x.dtype.bitwidth // 8}")
        small, whole = ir.VectorType(ir.IntType(32), count), ir.VectorType(ir.IntType(64), count)

        def generate(context, builder, signature, arguments):
            data = [context.make_array(signature.args[k])(context, builder, arguments[k]).data for k in (0, 3, 4)]
            vector = ir.VectorType(context.get_data_type(signature.args[0].dtype), count)

            def place_of(pointer, at, kind):
                return builder.bitcast(builder.gep(pointer, [at]), kind.as_pointer())

            def splat(value):
                one = builder.insert_element(ir.Constant(small, ir.Undefined), value, ir.Constant(ir.IntType(32), 0))
                return builder.shuffle_vector(one, one, ir.Constant(small, [0] * count))

            def pairs(at):
                halves = [
                    builder.load(place_of(data[0], builder.add(at, ir.Constant(at.type, k * count)), vector), align=4)
                    for k in range(2)
                ]
                for side in range(2):
                    yield builder.shuffle_vector(*halves, ir.Constant(small, list(range(side, 2 * count, 2))))

            (best, *rest), offset = (*pairs(arguments[1]), *pairs(arguments[2])), builder.trunc(arguments[7], ir.IntType(32))
            one = ir.Constant(ir.IntType(32), 1)
            where = ir.Constant(small, [0] * count)
            for v, distance in zip(rest, (one, offset, builder.add(offset, one))):
                # A NaN beats everything, and the first of equals stays.
                better = builder.or_(builder.fcmp_ordered(">", v, best), builder.fcmp_unordered("uno", v, v))
                best, where = builder.select(better, v, best), builder.select(better, splat(distance), where)
            where = builder.add(where, ir.Constant(small, list(range(0, 2 * count, 2))))
            start = builder.insert_element(ir.Constant(whole, ir.Undefined), arguments[6], ir.Constant(ir.IntType(32), 0))
            start = builder.shuffle_vector(start, start, ir.Constant(small, [0] * count))
            builder.store(best, place_of(data[1], arguments[5], vector), align=4)
            builder.store(builder.add(start, builder.sext(where, whole)), place_of(data[2], arguments[5], whole), align=8)
            return context.get_dummy_value()

        return void(x, upper, lower, y, place, at, first, width), generate


@jit
def _max_pool_2x2(x, y, place, vector):
    """The commonest window, 2x2 with stride 2: four loads, three comparisons; `vector` windows at a time"""
    height, width = x.shape[1], x.shape[2]
    room, best, where = np.zeros(4 * vector, x.dtype), np.empty(vector, x.dtype), np.empty(vector, np.int64)
    for p in range(y.shape[0]):
        for i in range(y.shape[1]):
            row = (p * height + 2 * i) * width
            out = (p * y.shape[1] + i) * y.shape[2]
            if y.shape[2] >= vector:
                for start in range(0, y.shape[2], vector):
                    j = min(start, y.shape[2] - vector)
                    upper = row + 2 * j
                    _windows(x, upper, upper + width, y, place, out + j, 2 * i * width + 2 * j, width)
            elif row + width + 2 * vector <= x.size and out + vector <= y.size:
                # A row shorter than a vector: what comes out behind its end is overwritten by the next row's.
                _windows(x, row, row + width, y, place, out, 2 * i * width, width)
            else:  # the last ones get a place with room behind it
                for j in range(2 * y.shape[2]):
                    room[j], room[2 * vector + j] = x[p, 2 * i, j], x[p, 2 * i + 1, j]
                _windows(room, 0, 2 * vector, best, where, 0, 2 * i * width, width)
                for j in range(y.shape[2]):
                    y[p, i, j], place[p, i, j] = best[j], where[j]


# The same for columns of any height: one vector of columns, from top to bottom.

if jit_is_off:

    def _columns(x, start, rows, pitch, first, down, best, at, into):
        count = lanes(x.dtype)
        here = x.reshape(-1)[start + pitch * np.arange(rows)[:, None] + np.arange(count)]
        unordered = np.isnan(here)
        row = np.where(unordered.any(0), rows - 1 - unordered[::-1].argmax(0), here.argmax(0))
        best[into : into + count] = here[row, np.arange(count)]
        at[into : into + count] = first + down * row + np.arange(count)

else:

    @intrinsic
    def _columns(context, x, start, rows, pitch, first, down, best, at, into):
        """The largest of each column, from x[start + k pitch] with k < rows, and its place: first + k down + the lane

        The first of equals stays, but a NaN beats everything, also another one.
        """
        count = lanes(f"f{x.dtype.bitwidth // 8}")
        index, small = ir.IntType(64), ir.VectorType(ir.IntType(32), count)

        def generate(context, builder, signature, arguments):
            data = [context.make_array(signature.args[k])(context, builder, arguments[k]).data for k in (0, 6, 7)]
            vector = ir.VectorType(context.get_data_type(signature.args[0].dtype), count)
            _, start, rows, pitch, first, down, _, _, into = arguments

            def place_of(pointer, at, kind):
                return builder.bitcast(builder.gep(pointer, [at]), kind.as_pointer())

            def splat(value):
                value = builder.trunc(value, ir.IntType(32))
                one = builder.insert_element(ir.Constant(small, ir.Undefined), value, ir.Constant(ir.IntType(32), 0))
                return builder.shuffle_vector(one, one, ir.Constant(small, [0] * count))

            top = builder.load(place_of(data[0], start, vector), align=4)
            where = builder.add(splat(first), ir.Constant(small, list(range(count))))
            step = splat(down)
            before, loop, after = builder.block, builder.append_basic_block("loop"), builder.append_basic_block("after")
            builder.branch(loop)
            builder.position_at_end(loop)
            k, old, above, here = builder.phi(index), builder.phi(vector), builder.phi(small), builder.phi(small)
            v = builder.load(place_of(data[0], builder.add(start, builder.mul(k, pitch)), vector), align=4)
            better = builder.or_(builder.fcmp_ordered(">", v, old), builder.fcmp_unordered("uno", v, v))
            largest, place = builder.select(better, v, old), builder.select(better, here, above)
            following, below = builder.add(k, ir.Constant(index, 1)), builder.add(here, step)
            builder.cbranch(builder.icmp_signed("<", following, rows), loop, after)
            for value, at_first, later in ((k, ir.Constant(index, 0), following), (old, top, largest),
                                           (above, where, place), (here, where, below)):  # fmt: skip
                value.add_incoming(at_first, before)
                value.add_incoming(later, loop)
            builder.position_at_end(after)
            builder.store(largest, place_of(data[1], into, vector), align=4)
            builder.store(place, place_of(data[2], into, small), align=4)
            return context.get_dummy_value()

        return void(x, start, rows, pitch, first, down, best, at, into), generate


@inner
def _largest_of_columns(x, p, width, top, rows, step, vector, best, at):
    """Of each column of plane p the largest in the window's rows, and its place; False if all rows are outside"""
    while top < 0:
        top, rows = top + step, rows - 1
    rows = min(rows, (x.shape[1] - top + step - 1) // step)
    if rows <= 0:
        return False
    pitch = x.shape[2]
    for start in range(0, width, vector):
        w = min(start, pitch - vector)
        _columns(x, (p * x.shape[1] + top) * pitch + w, rows, step * pitch, top * width + w, step * width, best, at, w)
    return True


@inner
def _place_of_a_nan(column, at, first, last, step):
    """The last NaN of a window, row by row"""
    place = -1
    for w in range(first, last, step):
        if column[w] != column[w] and at[w] > place:
            place = at[w]
    return place


@jit
def _max_pool(x, width, y, place, vector, size, stride, padding, dilation):
    """First down the columns, then along what came out: the value without a branch, then the first place that has it"""
    step, outside = dilation[1], np.int32(x.shape[1] * width)
    column, at = np.empty(x.shape[2], x.dtype), np.empty(x.shape[2], np.int32)
    for p in range(y.shape[0]):
        for i in range(y.shape[1]):
            top = i * stride[0] - padding[0]
            inside = _largest_of_columns(x, p, width, top, size[0], dilation[0], vector, column, at)
            for j in range(y.shape[2]):
                first = j * stride[1] - padding[1]
                last = min(first + (size[1] - 1) * step + 1, width)
                while first < 0:
                    first += step
                if not inside or first >= last:
                    y[p, i, j], place[p, i, j] = -np.inf, 0
                    continue
                best, spoilt = column[first], False
                w = first
                while w < last:  # the length of a range with steps is a division
                    v = column[w]
                    spoilt |= v != v
                    best = v if v > best else best
                    w += step
                where, w = outside, first
                while w < last:
                    here = at[w]
                    where = min(where, here if column[w] == best else outside)
                    w += step
                if spoilt:
                    where = _place_of_a_nan(column, at, first, last, step)
                    best = np.nan
                y[p, i, j], place[p, i, j] = best, where


@lru_cache(maxsize=256)  # of one small image, to count takes as long as to look
def _shapes(shape, spec):
    """Of a pooling of x of that shape: x and y as planes, y, and whether it halves"""
    out = _extents(shape, spec)
    planes = shape[0] * shape[1]
    return (planes, *shape[2:]), (planes, *out), (*shape[:2], *out), _halves(shape, out, spec)


def max_pool(x, spec):
    """x (N,C,H,W) -> (N,C,H',W') and int64 places h W + w.  The first maximum wins; NaN beats every number."""
    of_x, of_y, whole, halving = _shapes(x.shape, spec)
    planes, y, place = np.ascontiguousarray(x).reshape(of_x), np.empty(of_y, x.dtype), np.empty(of_y, np.int64)
    vector = lanes(x.dtype)
    missing = 0 if halving else max(0, vector - x.shape[3])  # a row is at least a vector
    wide = np.pad(planes, ((0, 0), (0, 0), (0, missing))) if missing else planes

    def work(start, stop):
        if halving:
            _max_pool_2x2(planes[start:stop], y[start:stop], place[start:stop], vector)
        else:
            _max_pool(wide[start:stop], x.shape[3], y[start:stop], place[start:stop], vector, *spec[:4])

    _share(work, of_y[0], of_y[1] * of_y[2])
    return y.reshape(whole), place.reshape(whole)


@jit
def _scatter(g, place, x):
    for p in range(g.shape[0]):
        x[p, :] = 0
        for k in range(g.shape[1]):
            x[p, place[p, k]] += g[p, k]


def pool_scatter(g, indices, shape):
    """g (N,C,H',W') added at its places -> (N,C,H,W)"""
    planes = shape[0] * shape[1]
    x = np.empty((planes, shape[2] * shape[3]), g.dtype)
    g = np.ascontiguousarray(g).reshape(planes, g.shape[2] * g.shape[3])
    place = np.ascontiguousarray(indices).reshape(g.shape)
    _share(lambda a, b: _scatter(g[a:b], place[a:b], x[a:b]), planes, x.shape[1])
    return x.reshape(shape)


@jit
def _gather(x, place, y):
    for p in range(y.shape[0]):
        for k in range(y.shape[1]):
            y[p, k] = x[p, place[p, k]]


def pool_gather(x, indices):
    """x (N,C,H,W) read at the places (N,C,H',W') -> (N,C,H',W')"""
    planes = x.shape[0] * x.shape[1]
    x = np.ascontiguousarray(x).reshape(planes, x.shape[2] * x.shape[3])
    place = np.ascontiguousarray(indices).reshape(planes, indices.shape[2] * indices.shape[3])
    y = np.empty(place.shape, x.dtype)
    _share(lambda a, b: _gather(x[a:b], place[a:b], y[a:b]), planes, y.shape[1])
    return y.reshape(indices.shape)


@inner
def _bounds(k, size, stride, padding, extent):
    """Where window k starts and ends inside the image, and its length with the padding counted"""
    start = k * stride - padding
    end = min(start + size, extent + padding)
    return max(start, 0), min(end, extent), end - start


@jit
def _avg_pool_2x2(x, y, portion):
    for p in range(y.shape[0]):
        for i in range(y.shape[1]):
            upper, lower = x[p, 2 * i], x[p, 2 * i + 1]
            for j in range(y.shape[2]):
                y[p, i, j] = (upper[2 * j] + upper[2 * j + 1] + lower[2 * j] + lower[2 * j + 1]) * portion


@jit
def _avg_pool_2x2_input(g, x, portion):
    for p in range(g.shape[0]):
        for i in range(g.shape[1]):
            upper, lower = x[p, 2 * i], x[p, 2 * i + 1]
            for j in range(g.shape[2]):
                v = g[p, i, j] * portion
                upper[2 * j], upper[2 * j + 1], lower[2 * j], lower[2 * j + 1] = v, v, v, v


@jit
def _avg_pool(x, y, size, stride, padding, count_include_pad, divisor):
    for p in range(y.shape[0]):
        for i in range(y.shape[1]):
            top, bottom, high = _bounds(i, size[0], stride[0], padding[0], x.shape[1])
            for j in range(y.shape[2]):
                left, right, wide = _bounds(j, size[1], stride[1], padding[1], x.shape[2])
                total = x.dtype.type(0)
                for h in range(top, bottom):
                    for w in range(left, right):
                        total += x[p, h, w]
                count = divisor
                if divisor == 0:
                    count = high * wide if count_include_pad else (bottom - top) * (right - left)
                y[p, i, j] = total / count


@jit
def _avg_pool_input(g, x, size, stride, padding, count_include_pad, divisor):
    for p in range(g.shape[0]):
        x[p, :, :] = 0
        for i in range(g.shape[1]):
            top, bottom, high = _bounds(i, size[0], stride[0], padding[0], x.shape[1])
            for j in range(g.shape[2]):
                left, right, wide = _bounds(j, size[1], stride[1], padding[1], x.shape[2])
                count = divisor
                if divisor == 0:
                    count = high * wide if count_include_pad else (bottom - top) * (right - left)
                portion = g[p, i, j] / x.dtype.type(count)
                for h in range(top, bottom):
                    for w in range(left, right):
                        x[p, h, w] += portion


def avg_pool(x, spec, count_include_pad, divisor):
    """x (N,C,H,W) -> (N,C,H',W'): each window's sum / its size (or the divisor)"""
    planes = _planes(x)
    out = _extents(x.shape, spec)
    y = np.empty((len(planes), *out), x.dtype)
    if _halves(x.shape, out, spec):
        portion = x.dtype.type(1 / (divisor or 4))
        _share(lambda a, b: _avg_pool_2x2(planes[a:b], y[a:b], portion), len(planes), out[0] * out[1])
        return y.reshape(*x.shape[:2], *out)
    options = (*spec[:3], bool(count_include_pad), divisor or 0)
    _share(lambda a, b: _avg_pool(planes[a:b], y[a:b], *options), len(planes), out[0] * out[1])
    return y.reshape(*x.shape[:2], *out)


def avg_pool_input(g, shape, spec, count_include_pad, divisor):
    """g (N,C,H',W') -> (N,C,H,W): each output's gradient / its window's size, over the window"""
    planes = _planes(g)
    x = np.empty((len(planes), *shape[2:]), g.dtype)
    if _halves(shape, g.shape[2:], spec) and shape[2] == 2 * g.shape[2] and shape[3] == 2 * g.shape[3]:
        portion = g.dtype.type(1 / (divisor or 4))
        _share(lambda a, b: _avg_pool_2x2_input(planes[a:b], x[a:b], portion), len(planes), shape[2] * shape[3])
        return x.reshape(shape)
    options = (*spec[:3], bool(count_include_pad), divisor or 0)
    _share(lambda a, b: _avg_pool_input(planes[a:b], x[a:b], *options), len(planes), shape[2] * shape[3])
    return x.reshape(shape)
