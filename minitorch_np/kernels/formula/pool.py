"""Pooling by its definition: look at every window of the padded image.

Axes: N images, C channels, H and W rows and columns, k window; ' marks the output.
"""

import numpy as np

from ..spec import PoolSpec, pool_extent

__all__ = [
    "adaptive_avg_pool", "adaptive_avg_pool_input", "adaptive_max_pool", "avg_pool", "avg_pool_input", "max_pool",
    "pool_gather", "pool_scatter",
]  # fmt: skip


def _starts(size, axis, spec: PoolSpec):
    """The first row (or column) that each window looks at, in the unpadded image; may be negative."""
    count = pool_extent(size, spec.size[axis], spec.stride[axis], spec.padding[axis], spec.dilation[axis], spec.ceil_mode)
    return np.arange(count) * spec.stride[axis] - spec.padding[axis]


def _largest(x, rows, cols):
    """The maximum of each window and its place h W + w.

    rows (kH,H'), cols (kW,W'): the rows and columns that each window looks at; those outside x don't count.
    """
    height, width = x.shape[2:]
    lowest = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    best = np.full((*x.shape[:2], rows.shape[1], cols.shape[1]), lowest, x.dtype)
    place = np.zeros(best.shape, np.int64)
    unset = np.ones(best.shape, bool)  # a window of -inf alone still points at its first element
    for r in rows:
        for s in cols:
            inside = ((r >= 0) & (r < height))[:, None] & ((s >= 0) & (s < width))
            here = x[:, :, np.clip(r, 0, height - 1)[:, None], np.clip(s, 0, width - 1)]
            better = inside & (unset | (here > best) | np.isnan(here))
            best = np.where(better, here, best)
            place = np.where(better, r[:, None] * width + s, place)
            unset &= ~better
    return best, place


def max_pool(x, spec):
    """x (N,C,H,W) -> (N,C,H',W') and int64 places h W + w.  The first maximum wins; NaN beats every number."""
    rows, cols = (
        _starts(x.shape[2 + axis], axis, spec) + spec.dilation[axis] * np.arange(spec.size[axis])[:, None] for axis in (0, 1)
    )
    return _largest(x, rows, cols)


def adaptive_max_pool(x, size):
    """x (N,C,H,W) -> (N,C,*size) and places: max_pool over windows that share the image out evenly"""
    looked_at = []
    for extent, count in zip(x.shape[2:], size, strict=True):
        start, end = _shares(extent, count)
        rows = start + np.arange((end - start).max(initial=0))[:, None]
        looked_at.append(np.where(rows < end, rows, -1))
    return _largest(x, *looked_at)


def pool_scatter(g, indices, shape):
    """g (N,C,H',W') added at its places -> (N,C,H,W)"""
    result = np.zeros((shape[0] * shape[1], shape[2] * shape[3]), g.dtype)
    planes = np.arange(len(result))[:, None]
    np.add.at(
        result,
        (planes, indices.reshape(len(result), g.shape[2] * g.shape[3])),
        g.reshape(len(result), g.shape[2] * g.shape[3]),
    )
    return result.reshape(shape)


def pool_gather(x, indices):
    """x (N,C,H,W) read at the places (N,C,H',W') -> (N,C,H',W')"""
    planes = x.shape[0] * x.shape[1]
    flat = np.ascontiguousarray(x).reshape(planes, x.shape[2] * x.shape[3])
    return np.take_along_axis(flat, indices.reshape(planes, indices.shape[2] * indices.shape[3]), 1).reshape(indices.shape)


def _bounds(size, axis, spec):
    """Each window's [start, end) clipped to the image, and its length with the padding counted."""
    start = _starts(size, axis, spec)
    end = np.minimum(start + spec.size[axis], size + spec.padding[axis])
    return np.maximum(start, 0), np.minimum(end, size), end - start


def _weights(size, bounds, dtype):
    """(H',H): 1 where output row i looks at input row h."""
    start, end = bounds[:2]
    h = np.arange(size)
    return ((h >= start[:, None]) & (h < end[:, None])).astype(dtype)


def _averaging(shape, spec, count_include_pad, divisor, dtype):
    """The row and column weights of a sum over windows, and what each window's sum is divided by."""
    rows, cols = _bounds(shape[2], 0, spec), _bounds(shape[3], 1, spec)
    if divisor is not None:
        count = np.full((len(rows[0]), len(cols[0])), divisor, dtype)
    elif count_include_pad:
        count = (rows[2][:, None] * cols[2]).astype(dtype)
    else:
        count = ((rows[1] - rows[0])[:, None] * (cols[1] - cols[0])).astype(dtype)
    return _weights(shape[2], rows, dtype), _weights(shape[3], cols, dtype), count


def _window_sums(x, rows, cols):
    """sum over h, w of rows[i,h] x[n,c,h,w] cols[j,w], skipping zeros so that a NaN stays in its windows"""
    result = np.empty((*x.shape[:2], len(rows), len(cols)), x.dtype)
    for i in range(len(rows)):
        h = np.flatnonzero(rows[i])
        for j in range(len(cols)):
            w = np.flatnonzero(cols[j])
            result[:, :, i, j] = x[:, :, h[:, None], w].sum((2, 3)) if len(h) and len(w) else 0
    return result


def _spread(g, rows, cols):
    """The adjoint of _window_sums."""
    result = np.zeros((*g.shape[:2], rows.shape[1], cols.shape[1]), g.dtype)
    for i in range(len(rows)):
        h = np.flatnonzero(rows[i])
        for j in range(len(cols)):
            result[:, :, h[:, None], np.flatnonzero(cols[j])] += g[:, :, i, j, None, None]
    return result


def _wide(dtype):
    return np.float32 if dtype == np.float16 else dtype


def _quotient(total, count):
    """total / count; of integers, rounded towards zero"""
    if total.dtype.kind == "f":
        return total / count
    floor = total // count
    return floor + ((floor * count != total) & ((total < 0) != (count < 0)))


def avg_pool(x, spec, count_include_pad, divisor):
    """x (N,C,H,W) -> (N,C,H',W'): each window's sum / its size (or the divisor)"""
    rows, cols, count = _averaging(x.shape, spec, count_include_pad, divisor, _wide(x.dtype))
    return _quotient(_window_sums(x.astype(count.dtype, copy=False), rows, cols), count).astype(x.dtype)


def avg_pool_input(g, shape, spec, count_include_pad, divisor):
    """g (N,C,H',W') -> (N,C,H,W): each output's gradient / its window's size, over the window"""
    rows, cols, count = _averaging(shape, spec, count_include_pad, divisor, _wide(g.dtype))
    return _spread(g.astype(count.dtype, copy=False) / count, rows, cols).astype(g.dtype)


def _shares(extent, count):
    """Window i covers floor(i H / H') to ceil((i + 1) H / H')."""
    i = np.arange(count)
    return i * extent // max(count, 1), -(-(i + 1) * extent // max(count, 1))


def _adaptive(shape, size, dtype):
    weights = []
    for extent, count in zip(shape[2:], size, strict=True):
        weights.append(_weights(extent, _shares(extent, count), dtype))
    return (*weights, weights[0].sum(1)[:, None] * weights[1].sum(1))


def adaptive_avg_pool(x, size):
    """x (N,C,H,W) -> (N,C,*size): means over windows that share the image out evenly"""
    rows, cols, count = _adaptive(x.shape, size, _wide(x.dtype))
    return (_window_sums(x.astype(count.dtype, copy=False), rows, cols) / count).astype(x.dtype)


def adaptive_avg_pool_input(g, shape):
    """g (N,C,H',W') -> (N,C,H,W)"""
    rows, cols, count = _adaptive(shape, g.shape[2:], _wide(g.dtype))
    return _spread(g.astype(count.dtype, copy=False) / count, rows, cols).astype(g.dtype)
