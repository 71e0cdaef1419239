"""Pooling: one pass over each plane, planes shared out among the threads.

Axes: N images, C channels, H and W rows and columns; ' marks the output; P = N C planes.
"""

import numpy as np

from ...parallel import share
from ..spec import pool_extent
from ._jit import jit

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


@jit
def _max_pool_2x2(x, y, place):
    """The commonest window, 2x2 with stride 2: four loads, three comparisons"""
    width = x.shape[2]
    for p in range(y.shape[0]):
        for i in range(y.shape[1]):
            upper, lower = x[p, 2 * i], x[p, 2 * i + 1]
            for j in range(y.shape[2]):
                best, at = upper[2 * j], 0
                v = upper[2 * j + 1]
                if v > best or v != v:  # a NaN is larger than everything
                    best, at = v, 1
                v = lower[2 * j]
                if v > best or v != v:
                    best, at = v, width
                v = lower[2 * j + 1]
                if v > best or v != v:
                    best, at = v, width + 1
                y[p, i, j] = best
                place[p, i, j] = 2 * i * width + 2 * j + at


@jit
def _max_pool(x, y, place, size, stride, padding, dilation):
    height, width = x.shape[1], x.shape[2]
    for p in range(y.shape[0]):
        for i in range(y.shape[1]):
            for j in range(y.shape[2]):
                top, left = i * stride[0] - padding[0], j * stride[1] - padding[1]
                best, at = -np.inf, -1
                for r in range(size[0]):
                    h = top + r * dilation[0]
                    if h < 0 or h >= height:
                        continue
                    for s in range(size[1]):
                        w = left + s * dilation[1]
                        if w < 0 or w >= width:
                            continue
                        v = x[p, h, w]
                        if at < 0 or v > best or v != v:
                            best, at = v, h * width + w
                y[p, i, j] = best
                place[p, i, j] = max(at, 0)


def max_pool(x, spec):
    """x (N,C,H,W) -> (N,C,H',W') and int64 places h W + w.  The first maximum wins; NaN beats every number."""
    planes = _planes(x)
    out = _extents(x.shape, spec)
    y = np.empty((len(planes), *out), x.dtype)
    place = np.empty(y.shape, np.int64)
    halving = _halves(x.shape, out, spec)

    def work(start, stop):
        if halving:
            _max_pool_2x2(planes[start:stop], y[start:stop], place[start:stop])
        else:
            _max_pool(planes[start:stop], y[start:stop], place[start:stop], *spec[:4])

    _share(work, len(planes), out[0] * out[1])
    return y.reshape(*x.shape[:2], *out), place.reshape(*x.shape[:2], *out)


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


@jit
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
