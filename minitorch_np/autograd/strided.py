"""as_strided, and what it is made of: how the history of a view is derived from its base.

Every view of strided memory is the base's memory read with the view's sizes, strides and offset.  So after a write
a view needs no memory of how it was made: its history is one as_strided of the base.  A gradient is first laid out
as the base is, then read, or blanked out, with the view's strides.

In this file `size` and `stride` describe the view, `x_size` and `x_stride` the tensor it is taken of, and `offset` counts
elements from that tensor's first.
"""

import numpy as np

from ..strides import empty_strided, extent, may_overlap, steps, strided
from .op import op


def _positions(size, stride):
    """The place, in elements, of every element of a strided tensor that begins at 0."""
    result = np.zeros(size, np.int64)
    for dim, (n, step) in enumerate(zip(size, stride)):
        result += (np.arange(n) * step).reshape([-1] + [1] * (len(size) - dim - 1))
    return result


def _memory(size, stride, offset, x_size, x_stride, dtype):
    """(zeros that hold both the tensor and the view, where the tensor begins in them)."""
    start = min(offset, 0)
    end = max(extent(x_size, x_stride), offset + extent(size, stride))
    return np.zeros(max(end - start, 1), dtype), -start


def _counts(x_size, x_stride, begin, length):
    """How many elements of x lie at each place (an expanded tensor has several), at least 1."""
    return np.maximum(np.bincount((_positions(x_size, x_stride) + begin).reshape(-1), minlength=length), 1)


def _laid_out(x, size, stride, offset, x_size, x_stride):
    """x in memory as its tensor lies there; of elements that share a place, their mean."""
    memory, begin = _memory(size, stride, offset, x_size, x_stride, x.dtype)
    place = strided(memory, x_size, x_stride, begin)
    if not may_overlap(x_size, x_stride):
        place[...] = x
    elif x.dtype.kind == "f":
        np.add.at(memory, _positions(x_size, x_stride) + begin, x)
        memory /= _counts(x_size, x_stride, begin, len(memory)).astype(x.dtype)
    else:
        place[...] = x
    return place


@op(name="AsStridedBackward0", view=True)
def as_strided_op(x, *, size, stride, offset, x_size, x_stride):
    """The memory of x read with other strides; a gradient that lies otherwise than x_stride says is laid out so first."""
    if x.size == 0 or steps(x) != x_stride:
        x = _laid_out(x, size, stride, offset, x_size, x_stride) if x.size or 0 not in size else x
    return strided(x, size, stride, offset)


as_strided_op.gradient(
    lambda g, size, stride, offset, x_size, x_stride: as_strided_sum(
        g, size=size, stride=stride, offset=offset, x_size=x_size, x_stride=x_stride
    )
)


@op(name="AsStridedBackward0")
def as_strided_sum(g, *, size, stride, offset, x_size, x_stride):
    """g added up in a memory of zeros, then read as x is: where elements of x share a place, each gets its part."""
    memory, begin = _memory(size, stride, offset, x_size, x_stride, g.dtype)
    if may_overlap(size, stride):
        np.add.at(memory, _positions(size, stride) + (begin + offset), g)
    else:
        strided(memory, size, stride, begin + offset)[...] = g
    if may_overlap(x_size, x_stride):
        memory /= _counts(x_size, x_stride, begin, len(memory)).astype(g.dtype)
    return strided(memory, x_size, x_stride, begin)


as_strided_sum.gradient(
    lambda gg, size, stride, offset, x_size, x_stride: as_strided_op(
        gg, size=size, stride=stride, offset=offset, x_size=x_size, x_stride=x_stride
    )
)


@op
def without_region(g, *, size, stride, offset, x_size, x_stride):
    """g, with zeros where the view lies; no product, so that an infinity there cannot leak out."""
    if may_overlap(x_size, x_stride):
        memory, begin = _memory(size, stride, offset, x_size, x_stride, bool)
        strided(memory, size, stride, begin + offset)[...] = True
        return np.where(strided(memory, x_size, x_stride, begin), np.zeros((), g.dtype), g)
    result = empty_strided(x_size, x_stride, g.dtype)
    result[...] = g
    strided(result, size, stride, offset)[...] = 0
    return result


without_region.gradient(
    lambda gg, size, stride, offset, x_size, x_stride: without_region(
        gg, size=size, stride=stride, offset=offset, x_size=x_size, x_stride=x_stride
    )
)


@op(name="torch::autograd::CopySlices")
def copy_slices(base, new, *, size, stride, offset, x_size, x_stride):
    """The base after `new` was written through a view of it: the values are in place already."""
    return base


copy_slices.once = True  # as in torch, no second backward pass although nothing is saved
copy_slices.gradients(
    lambda g, size, stride, offset, x_size, x_stride: without_region(
        g, size=size, stride=stride, offset=offset, x_size=x_size, x_stride=x_stride
    ),
    lambda g, size, stride, offset, x_size, x_stride: as_strided_op(
        g, size=size, stride=stride, offset=offset, x_size=x_size, x_stride=x_stride
    ),
)
