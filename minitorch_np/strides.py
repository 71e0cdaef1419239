"""How a tensor addresses its memory: sizes, strides and offsets, by torch's rules where NumPy's differ.

NumPy is free with what makes no difference to it: the strides of dimensions of size 1 and of empty arrays, and where
an empty piece begins.  Torch is not, and programs can see it.  Strides are counted in elements here,
as torch does; an ndarray counts bytes.
"""

import numpy as np

from .memory_order import memory_order


def row_major(shape) -> tuple[int, ...]:
    """The strides of a tensor without gaps, the last dimension innermost."""
    result, step = [], 1
    for n in reversed(shape):
        result.append(step)
        step *= max(n, 1)
    return tuple(result[::-1])


def steps(x: np.ndarray) -> tuple[int, ...]:
    """The strides of an array.  New empty arrays of NumPy's have none: they count as row-major."""
    if x.size == 0 and not any(x.strides):
        return row_major(x.shape)
    return tuple([s // x.itemsize for s in x.strides])


def known(x: np.ndarray) -> np.ndarray:
    """x, as an array that has its strides even if it is empty."""
    return x if x.size or any(x.strides) else strided(x, x.shape, row_major(x.shape))


class _At:
    """The array interface of a piece of memory; keeps the memory's owner alive."""

    def __init__(self, owner, address, dtype, shape, strides):
        self.owner = owner
        self.__array_interface__ = {
            "data": (address, not owner.flags.writeable),
            "shape": shape,
            "strides": strides,
            "typestr": dtype.str,
            "version": 3,
        }


def address(x: np.ndarray) -> int:
    """Where the first element of an array lies, or would lie."""
    return x.__array_interface__["data"][0]


def strided(x: np.ndarray, shape, strides, offset: int = 0, dtype=None) -> np.ndarray:
    """A view of x's memory that begins `offset` elements after x."""
    dtype = x.dtype if dtype is None else dtype
    shape, at, strides = tuple(shape), offset * dtype.itemsize, tuple([s * dtype.itemsize for s in strides])
    if at >= 0 and 0 not in shape and x.flags.c_contiguous:
        if at + sum([(n - 1) * s for n, s in zip(shape, strides)]) < x.nbytes:
            return np.ndarray(shape, dtype, x, at, strides)  # the quickest way, for what lies within x
    return np.asarray(_At(x, address(x) + at, dtype, shape, strides))


def is_dense(shape, strides) -> bool:
    """True if the elements fill a piece of memory, each place once, in whatever order of dimensions."""
    step = 1
    if 0 in shape:
        return True
    for s, n in sorted([(s, n) for s, n in zip(strides, shape) if n > 1]):
        if s != step:
            return False
        step *= n
    return True


def may_overlap(shape, strides) -> bool:
    """False if it is easy to see that no two elements share a place."""
    end = 0
    for s, n in sorted([(s, n) for s, n in zip(strides, shape) if n > 1]):
        if s <= end:
            return 0 not in shape
        end += s * (n - 1)
    return False


def extent(shape, strides) -> int:
    """How many places lie between the first and the last element, both included."""
    return 0 if 0 in shape else 1 + sum([(n - 1) * s for n, s in zip(shape, strides)])


def kept_strides(x: np.ndarray) -> tuple[int, ...]:
    """The strides of a copy of x in torch.preserve_format: x's own if it is dense, else its dimensions' order."""
    shape, strides = x.shape, steps(x)
    if is_dense(shape, strides):
        return strides
    order = memory_order([x]) or range(len(shape))
    result, step = [0] * len(shape), 1
    for d in reversed(order):
        result[d] = step
        step *= max(shape[d], 1)
    return tuple(result)


def empty_strided(shape, strides, dtype) -> np.ndarray:
    """New memory of zeros, with one element for every place that is addressed."""
    memory = np.zeros(max(extent(shape, strides), 1), dtype)
    return np.ndarray(shape, dtype, memory, 0, tuple([s * dtype.itemsize for s in strides]))


def kept_copy(x: np.ndarray, dtype=None) -> np.ndarray:
    """A copy of x, perhaps cast, in torch.preserve_format."""
    if x.flags.c_contiguous and x.size and 1 not in x.shape:
        return x.astype(dtype or x.dtype)
    result = empty_strided(x.shape, kept_strides(x), x.dtype if dtype is None else np.dtype(dtype))
    np.copyto(result, x, casting="unsafe")
    return result


# --- views -----------------------------------------------------------------------------------------------


def view_strides(shape, strides, target) -> tuple[int, ...] | None:
    """The strides of the same elements under another shape, or None if there are none.

    Neighbouring dimensions that step through memory as one are a block.  The new dimensions, innermost first, must
    fill one block exactly before the next begins.
    """
    if 0 in shape:
        return strides if tuple(shape) == tuple(target) else row_major(target)
    if not shape:
        return (1,) * len(target)
    result = [0] * len(target)
    at = len(target) - 1  # the new dimension to be placed
    block, inner = 1, strides[-1]  # elements of the block so far, and its smallest stride
    for d in reversed(range(len(shape))):
        block *= shape[d]
        if d and (shape[d - 1] == 1 or strides[d - 1] == block * inner):
            continue
        filled = 1
        while at >= 0 and (filled < block or target[at] == 1):
            result[at] = filled * inner
            filled *= target[at]
            at -= 1
        if filled != block:
            return None
        if d:
            block, inner = 1, strides[d - 1]
    return tuple(result) if at < 0 else None


def _is_plain(x: np.ndarray) -> bool:
    """True if the strides, those of dimensions of size 1 included, are the ones of a new array."""
    step = x.itemsize
    for n, s in zip(x.shape[::-1], x.strides[::-1]):
        if s != step:
            return False
        step *= n
    return True


def viewed(x: np.ndarray, shape) -> np.ndarray | None:
    """x under another shape of as many elements, without copying; None if its strides do not allow it."""
    if x.flags.c_contiguous and x.size and (1 not in x.shape or _is_plain(x)):
        return x.reshape(shape)
    strides = view_strides(x.shape, steps(x), shape)
    return None if strides is None else strided(x, shape, strides)


def unsqueezed(x: np.ndarray, dim: int) -> np.ndarray:
    """x with a dimension of size 1 put in, which steps over what lies within it."""
    shape = x.shape
    if x.size and x.flags.c_contiguous:  # the usual case, in bytes
        if 1 not in shape:
            return x.reshape((*shape[:dim], 1, *shape[dim:]))
        inner = x.strides
        step = shape[dim] * inner[dim] if dim < len(shape) else x.itemsize
        return np.ndarray((*shape[:dim], 1, *shape[dim:]), x.dtype, x, 0, (*inner[:dim], step, *inner[dim:]))
    strides = steps(x)
    step = shape[dim] * strides[dim] if dim < len(shape) else 1
    return strided(x, (*shape[:dim], 1, *shape[dim:]), (*strides[:dim], step, *strides[dim:]))


def expanded(x: np.ndarray, shape) -> np.ndarray:
    """x broadcast to a shape; unlike NumPy's, it can be written to where nothing was repeated."""
    if not x.ndim:
        strides = (0,) * len(shape)
        return strided(x, shape, strides) if 0 in shape else np.ndarray(shape, x.dtype, x, 0, strides)
    sizes, extra = x.shape, len(shape) - x.ndim
    usual = x.flags.c_contiguous and x.size and 0 not in shape  # then the strides are in bytes
    own = x.strides if usual else steps(x)
    strides = [0] * extra + [s if n == m else 0 for s, n, m in zip(own, sizes, shape[extra:])]
    for d in range(extra - 1, -1, -1):
        if shape[d] == 1:
            strides[d] = shape[d + 1] * strides[d + 1]
    if usual:
        return np.ndarray(shape, x.dtype, x, 0, tuple(strides))
    return strided(x, shape, strides)


def diagonal_of(x: np.ndarray, offset: int, dim1: int, dim2: int) -> np.ndarray:
    """The diagonals of the matrices in two dimensions, along a last dimension."""
    strides, shape = steps(x), x.shape
    n = max(min(shape[dim1], shape[dim2] - offset) if offset >= 0 else min(shape[dim1] + offset, shape[dim2]), 0)
    start = 0 if n == 0 else offset * strides[dim2] if offset >= 0 else -offset * strides[dim1]
    kept = [d for d in range(x.ndim) if d not in (dim1, dim2)]
    sizes = (*[shape[d] for d in kept], n)
    return strided(x, sizes, (*[strides[d] for d in kept], strides[dim1] + strides[dim2]), start)


def windows(x: np.ndarray, dim: int, size: int, step: int) -> np.ndarray:
    """All windows of `size` elements along a dimension, `step` apart; their own dimension is the last."""
    if not x.ndim:
        return strided(x, (size,), (1,))
    strides, shape = list(steps(x)), list(x.shape)
    inner = strides[dim]
    shape[dim] = (shape[dim] - size) // step + 1
    strides[dim] *= step
    return strided(x, (*shape, size), (*strides, inner))


def piece(x: np.ndarray, key) -> np.ndarray:
    """x[key], for a key of ints, slices, None and at most one Ellipsis."""
    result = x[key]
    if result.size and None not in key:
        return result
    if Ellipsis in key:
        at = key.index(Ellipsis)
        missing = x.ndim + 1 - sum([k is not None for k in key])
        key = (*key[:at], *[slice(None)] * missing, *key[at + 1 :])
    sizes, strides, offset = list(x.shape), list(steps(x)), 0
    dim = 0
    for k in key:
        if k is None:
            strides.insert(dim, sizes[dim] * strides[dim] if dim < len(sizes) else 1)
            sizes.insert(dim, 1)
            dim += 1
        elif isinstance(k, slice):
            start, stop, step = k.indices(sizes[dim])
            offset += start * strides[dim]
            sizes[dim] = max(0, -(-(stop - start) // step))
            strides[dim] *= step
            dim += 1
        else:
            offset += (int(k) % sizes[dim]) * strides[dim]
            del sizes[dim], strides[dim]
    return strided(x, sizes, strides, offset)
