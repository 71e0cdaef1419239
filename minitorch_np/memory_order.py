"""In which order the elements of an elementwise result lie in memory.

Not always row by row: the result of `x.t() + 1` lies as `x.t()` does, so that no operand is read across its
grain.  With several operands, each pair of dimensions is put in order by the first operand that steps
differently along them; a dimension that an operand is broadcast along says nothing.  NumPy has a rule of
its own, which differs where the operands disagree.

Torch: TensorIterator, reorder_dimensions
"""

from functools import lru_cache

import numpy as np


def memory_order(arrays) -> tuple[int, ...] | None:
    """The dimensions from the largest step to the smallest, as `transpose` takes them; None for row-major order."""
    ndim = max([a.ndim for a in arrays])
    shape = np.broadcast_shapes(*[a.shape for a in arrays])
    steps = [(0,) * (ndim - a.ndim) + _steps(a, shape) for a in arrays]
    order = list(range(ndim))[::-1]  # the innermost first
    for at in range(1, ndim):
        for before in range(at - 1, -1, -1):
            outward = _compare(order[before], order[at], steps, shape)
            if outward > 0:
                order[before], order[at] = order[at], order[before]
                at = before
            elif outward < 0:
                break
    order.reverse()
    return None if order == list(range(ndim)) else tuple(order)


def _steps(array, shape) -> tuple[int, ...]:
    """The array's strides, 0 along the dimensions it is broadcast along."""
    return tuple([s if n == m else 0 for s, n, m in zip(array.strides, array.shape, shape[len(shape) - array.ndim :])])


def _compare(inner: int, outer: int, steps, shape) -> int:
    """1 if dimension `inner` must lie outside of `outer`, -1 if it need not move, 0 if no operand can tell."""
    for s in steps:
        if s[inner] and s[outer]:
            if s[inner] != s[outer]:
                return 1 if s[inner] > s[outer] else -1
            if shape[inner] > shape[outer]:
                return 1
    return 0


def in_memory_order(function, operands, options):
    """function(*operands, **options), an elementwise function, with its result laid out by `memory_order`.

    The operands are turned so that the result comes row by row, and the result is turned back.
    """
    arrays = [a for a in operands if isinstance(a, np.ndarray)]
    order = memory_order(arrays)
    if order is None:
        result = function(*operands, **options)
        return np.ascontiguousarray(result) if result.ndim else result
    ndim = len(order)

    def turned(a):
        if not isinstance(a, np.ndarray) or not a.ndim:
            return a
        return a.reshape((1,) * (ndim - a.ndim) + a.shape).transpose(order)

    result = function(*[turned(a) for a in operands], **{name: turned(value) for name, value in options.items()})
    return np.ascontiguousarray(result).transpose(np.argsort(order))


@lru_cache(maxsize=256)
def _row_by_row(shape, size):
    """The strides, in bytes, of an array of that shape without gaps"""
    strides = [size]
    for n in reversed(shape[1:]):
        strides.append(strides[-1] * max(n, 1))
    return tuple(strides[::-1])


def row_major(result, operands=()):
    """An array (or several) copied to row-major order, but for one that is an operand itself."""
    if type(result) is np.ndarray:
        shape = result.shape
        if len(shape) < 2 or (
            result.flags.c_contiguous and (1 not in shape or result.strides == _row_by_row(shape, result.itemsize))
        ):
            return result
        if any([result is a for a in operands]):  # noqa: C419  (a list is quicker)
            return result
        # The detour gives dimensions of size 1 their strides, too, which NumPy leaves as they were.
        return result.reshape(-1).reshape(result.shape)
    return [row_major(r, operands) for r in result] if isinstance(result, tuple | list) else result


def laid_out_like(result: np.ndarray, operand: np.ndarray) -> np.ndarray:
    """A result of the operand's shape, copied to the operand's order."""
    order = memory_order([operand])
    if order is None:
        return np.ascontiguousarray(result) if result.ndim else result
    return np.ascontiguousarray(result.transpose(order)).transpose(np.argsort(order))
