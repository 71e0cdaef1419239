"""Views by strides: as_strided, which addresses the memory itself, and unfold, sliding windows."""

import numpy as np

from .. import checks
from ..autograd.op import op
from .public import public


def _positions(size, stride):
    """The memory position, in elements, of every element of a strided tensor that begins at 0."""
    result = np.zeros(size, np.int64)
    for dim, (n, step) in enumerate(zip(size, stride)):
        result += (np.arange(n) * step).reshape([-1] + [1] * (len(size) - dim - 1))
    return result


def _geometry(size, stride, offset, x_size, x_stride):
    """(positions of the view, positions of x, the memory's length), counted from the first element of either."""
    here, there = _positions(x_size, x_stride), _positions(size, stride) + offset
    ends = [int(e) for p in (here, there) if p.size for e in (p.min(), p.max())]
    start = min(ends, default=0)
    return there - start, here - start, max(ends, default=-1) - start + 1


def _counts(here, length):
    """How many elements of x lie at each place of the memory (an expanded tensor has several), at least 1."""
    return np.maximum(np.bincount(here.reshape(-1), minlength=length), 1)


class _At:
    """The array interface of memory at another address than its owner's first element; keeps the owner alive."""

    def __init__(self, x, size, stride, offset):
        self.owner = x
        self.__array_interface__ = {
            "data": (x.__array_interface__["data"][0] + offset * x.itemsize, not x.flags.writeable),
            "shape": size,
            "strides": tuple([s * x.itemsize for s in stride]),
            "typestr": x.__array_interface__["typestr"],
            "version": 3,
        }


@op(name="AsStridedBackward0", view=True)
def as_strided_op(x, *, size, stride, offset, x_size, x_stride):
    """The memory of x read with other strides; `offset` counts from x's first element.

    Where x is laid out otherwise than the tensor that was asked (a gradient, in a replay), the values that would
    stand in that tensor's memory are picked out.
    """
    if x.size and tuple([s // x.itemsize for s in x.strides]) == x_stride:
        return np.asarray(_At(x, size, stride, offset))
    there, here, length = _geometry(size, stride, offset, x_size, x_stride)
    memory = np.zeros(length, x.dtype)
    if x.dtype.kind == "f":
        np.add.at(memory, here, x)
        memory /= _counts(here, length).astype(x.dtype)
    else:
        memory[here] = x
    return memory[there]


as_strided_op.gradient(
    lambda g, size, stride, offset, x_size, x_stride: as_strided_sum(
        g, size=size, stride=stride, offset=offset, x_size=x_size, x_stride=x_stride
    )
)


@op(name="AsStridedBackward0")
def as_strided_sum(g, *, size, stride, offset, x_size, x_stride):
    """g added up in a memory of zeros, then read as x is: where elements of x share a place, each gets its part."""
    there, here, length = _geometry(size, stride, offset, x_size, x_stride)
    memory = np.zeros(length, g.dtype)
    np.add.at(memory, there, g)
    return (memory / _counts(here, length).astype(g.dtype))[here]


as_strided_sum.gradient(
    lambda gg, size, stride, offset, x_size, x_stride: as_strided_op(
        gg, size=size, stride=stride, offset=offset, x_size=x_size, x_stride=x_stride
    )
)


@public(namespace=())
def storage_offset(self):
    """How many elements of its memory lie before the first one of the tensor.

    The memory begins with the tensor that this one is a view of.  Torch: Tensor.storage_offset
    """
    if self._base is None:
        return 0
    return (self.data_ptr() - self._base.data_ptr()) // self._array.itemsize


def _storage_size(x):
    """How many elements the memory has, counted to the last one of the tensor that x is a view of."""
    root = (x if x._base is None else x._base)._array
    return 1 + sum((n - 1) * s // root.itemsize for n, s in zip(root.shape, root.strides)) if root.size else 0


@public
def as_strided(input, size, stride, storage_offset=None):
    """A view of the memory: y[i][j] = memory[storage_offset + i * stride[0] + j * stride[1]].

    Strides count elements; without `storage_offset` the view begins where input does.
    Raises: RuntimeError for negative strides, or beyond the memory.  Torch: torch.as_strided
    """
    size, stride = checks.check_shape((size,)), tuple([checks.check_int(s, "stride") for s in stride])
    if len(size) != len(stride):
        raise RuntimeError("mismatch in length of strides and shape")
    if any(s < 0 for s in stride):
        raise RuntimeError(f"as_strided: Negative strides are not supported at the moment, got strides: {list(stride)}")
    begin = input.storage_offset()
    start = begin if storage_offset is None else checks.check_int(storage_offset, "storage_offset")
    if start < 0:
        raise RuntimeError(f"Tensor: invalid storage offset {start}")
    needed = start + 1 + sum((n - 1) * s for n, s in zip(size, stride)) if 0 not in size else 0
    if needed > _storage_size(input):
        item = input.itemsize
        raise RuntimeError(
            f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {start}, and itemsize {item} requiring "
            f"a storage size of {needed * item} are out of bounds for storage of size {_storage_size(input) * item}"
        )
    x = input._array
    return as_strided_op(
        input,
        size=size,
        stride=stride,
        offset=start - begin,
        x_size=x.shape,
        x_stride=tuple([s // x.itemsize for s in x.strides]),
    )


@op(name="UnfoldBackward0", view=True)
def unfold_op(x, *, dim, size, step):
    if x.ndim == 0:
        return np.lib.stride_tricks.as_strided(x, (size,), (x.itemsize,))
    count = (x.shape[dim] - size) // step + 1
    shape, strides = list(x.shape), list(x.strides)
    shape[dim], strides[dim] = count, x.strides[dim] * step
    return np.lib.stride_tricks.as_strided(x, (*shape, size), (*strides, x.strides[dim]))


unfold_op.gradient(lambda g, x_shape, dim, size, step: unfold_sum(g, shape=x_shape, dim=dim, size=size, step=step))


@op(name="UnfoldBackwardBackward0")
def unfold_sum(g, *, shape, dim, size, step):
    """Every window added where it was taken."""
    result = np.zeros(shape, g.dtype)
    along = np.moveaxis(result, dim, -1) if shape else result.reshape(1)
    windows = np.moveaxis(g, dim, -2) if shape else g.reshape(1, size)
    for at in range(size):
        along[..., at : at + (windows.shape[-2] - 1) * step + 1 : step] += windows[..., at]
    return result


unfold_sum.gradient(lambda gg, dim, size, step: unfold_op(gg, dim=dim, size=size, step=step))


@public(namespace=())
def unfold(self, dimension, size, step):
    """All windows of `size` elements along a dimension, `step` apart, as a view; the windows' own dimension is the last.

    Shapes: (..., N, ...) -> (..., (N - size) // step + 1, ..., size).
    Raises: RuntimeError if a window is longer than the dimension.  Torch: Tensor.unfold
    """
    dim = checks.check_dim(dimension, self.ndim)
    size, step = checks.check_int(size, "size"), checks.check_int(step, "step")
    extent = self._array.shape[dim] if self.ndim else 1
    if size > extent:
        raise RuntimeError(f"maximum size for tensor at dimension {dim} is {extent} but size is {size}")
    if size < 0:
        raise RuntimeError(f"size is {size} but must be >= 0")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    return unfold_op(self, dim=dim, size=size, step=step)
