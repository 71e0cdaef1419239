"""Views by strides: as_strided, which addresses the memory itself, and unfold, sliding windows."""

import numpy as np

from .. import checks
from ..autograd.op import op
from ..autograd.strided import as_strided_op
from ..storage import offset_of, storage_bytes
from ..strides import extent, steps, windows
from .public import public


def check_geometry(x, size, stride, storage_offset):
    """(size, stride, offset) of a view of x's memory as tuples of ints and an int.

    Raises: RuntimeError for negative strides, or beyond the memory.
    """
    size, stride = checks.check_shape((size,)), tuple([checks.check_int(s, "stride") for s in stride])
    if len(size) != len(stride):
        raise RuntimeError("mismatch in length of strides and shape")
    if any(s < 0 for s in stride):
        raise RuntimeError(f"as_strided: Negative strides are not supported at the moment, got strides: {list(stride)}")
    start = offset_of(x) if storage_offset is None else checks.check_int(storage_offset, "storage_offset")
    if start < 0:
        raise RuntimeError(f"Tensor: invalid storage offset {start}")
    item, available = x.itemsize, storage_bytes(x)
    needed = (start + extent(size, stride)) * item if 0 not in size else 0
    if needed > available:
        raise RuntimeError(
            f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {start}, and itemsize {item} requiring "
            f"a storage size of {needed} are out of bounds for storage of size {available}"
        )
    return size, stride, start


@public
def as_strided(input, size, stride, storage_offset=None):
    """A view of the memory: y[i][j] = memory[storage_offset + i * stride[0] + j * stride[1]].

    Strides count elements; without `storage_offset` the view begins where input does.
    Raises: RuntimeError for negative strides, or beyond the memory.  Torch: torch.as_strided
    """
    size, stride, start = check_geometry(input, size, stride, storage_offset)
    x, offset = input._array, start - offset_of(input)
    return as_strided_op(input, size=size, stride=stride, offset=offset, x_size=x.shape, x_stride=steps(x))


@op(name="UnfoldBackward0", view=True)
def unfold_op(x, *, dim, size, step):
    return windows(x, dim, size, step)


unfold_op.gradient(lambda g, x_shape, dim, size, step: unfold_sum(g, shape=x_shape, dim=dim, size=size, step=step))


@op(name="UnfoldBackwardBackward0")
def unfold_sum(g, *, shape, dim, size, step):
    """Every window added where it was taken."""
    result = np.zeros(shape, g.dtype)
    along = np.moveaxis(result, dim, -1) if shape else result.reshape(1)
    pieces = np.moveaxis(g, dim, -2) if shape else g.reshape(1, size)
    for at in range(size):
        along[..., at : at + (pieces.shape[-2] - 1) * step + 1 : step] += pieces[..., at]
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
    room = self._array.shape[dim] if self.ndim else 1
    if size > room:
        raise RuntimeError(f"maximum size for tensor at dimension {dim} is {room} but size is {size}")
    if size < 0:
        raise RuntimeError(f"size is {size} but must be >= 0")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    return unfold_op(self, dim=dim, size=size, step=step)
