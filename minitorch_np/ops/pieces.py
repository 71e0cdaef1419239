"""Pieces of a tensor, as views: select, narrow, unbind, split, chunk, diagonal."""

import itertools

import numpy as np

from .. import checks
from ..autograd.op import op
from ..strides import diagonal_of, piece
from ..tensor import Tensor
from .convert import contiguous_op
from .join import cat, stack
from .public import public


@op(name="SliceBackward0", view=True)
def slice_op(x, *, key):
    return piece(x, key)


slice_op.gradient(lambda g, x_shape, key: place(g, shape=x_shape, key=key))


@op(name="SelectBackward0", view=True)
def select_op(x, *, key):
    return piece(x, (*key, ...))  # the ellipsis keeps NumPy from handing out a scalar


select_op.gradient(lambda g, x_shape, key: place(g, shape=x_shape, key=key))


@op(name="SliceBackwardBackward0")
def place(g, *, shape, key):
    """Zeros, with g where `key` points: the adjoint of taking a piece."""
    result = np.zeros(shape, g.dtype)
    result[key] = g
    return result


place.gradient(lambda gg, key: slice_op(gg, key=key if Ellipsis in key else (*key, ...)))


def _at(dim, key):
    return (slice(None),) * dim + (key,)


@public
def select(input, dim, index):
    """Entry `index` along `dim`, which leaves.

    Raises: IndexError out of range.  Torch: torch.select
    """
    if input.ndim == 0:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    dim, index = checks.check_dim(dim, input.ndim), checks.check_int(index, "index")
    size = input._array.shape[dim]
    if not -size <= index < size:
        raise IndexError(f"select(): index {index} out of range for tensor of size {list(input.shape)} at dimension {dim}")
    return select_op(input, key=_at(dim, index % size))


@public
def narrow(input, dim, start, length):
    """Entries start to start + length along `dim`.

    Raises: IndexError, RuntimeError out of range.  Torch: torch.narrow
    """
    if input.ndim == 0:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    if isinstance(start, Tensor) and (start.ndim or start._array.dtype.kind not in "iu"):
        raise RuntimeError("start must be an 0-dim integral Tensor.")
    dim, start = checks.check_dim(dim, input.ndim), checks.check_int(start, "start")
    size = input._array.shape[dim]
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    if not -size <= start <= size:
        raise IndexError(f"start out of range (expected to be in range of [{-size}, {size}], but got {start})")
    start += size if start < 0 else 0
    if start + length > size:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({size}).")
    return slice_op(input, key=_at(dim, slice(start, start + length)))


@public(namespace=())
def narrow_copy(self, dim, start, length):
    """A copy of narrow(dim, start, length) with its own memory, row by row.  Torch: Tensor.narrow_copy"""
    return _narrow_copied(narrow(self, dim, start, length))


_narrow_copied = contiguous_op.named("NarrowCopyBackward0")


def slice_piece(x, dim, start, end, step):
    """x[..., start:end:step, ...] along `dim`, as a key.

    Raises: IndexError for a 0-d tensor, RuntimeError for a step that is not positive.
    """
    if x.ndim == 0:
        raise IndexError("slice() cannot be applied to a 0-dim tensor.")
    dim = checks.check_dim(dim, x.ndim)
    if step <= 0:
        raise RuntimeError("slice step must be positive")
    return _at(dim, slice(start, end, step))


@op(outputs="*", name="UnbindBackward0", view=True)
def unbind_op(x, *, dim):
    return [piece(x, (*_at(dim, i), ...)) for i in range(x.shape[dim])]


@unbind_op.gradient
def _(grads, x_shape, x_dtype, dim):
    return stack(_filled(grads, [x_shape[:dim] + x_shape[dim + 1 :]] * x_shape[dim], x_dtype), dim)


def _filled(grads, shapes, dtype):
    """The gradients of the pieces, zeros where a piece was not used."""
    return [Tensor._wrap(np.zeros(s, dtype.numpy)) if g is None else g for g, s in zip(grads, shapes)]


@public
def unbind(input, dim=0):
    """The entries along `dim`, as a tuple.  Torch: torch.unbind"""
    if input.ndim == 0:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    return unbind_op(input, dim=checks.check_dim(dim, input.ndim))


@op(outputs="*", name="SplitBackward0", view=True)
def split_op(x, *, sizes, dim):
    ends = list(itertools.accumulate(sizes))
    return [piece(x, _at(dim, slice(end - n, end))) for n, end in zip(sizes, ends)]


@split_op.gradient
def _(grads, x_shape, x_dtype, sizes, dim):
    shapes = [(*x_shape[:dim], s, *x_shape[dim + 1 :]) for s in sizes]
    return cat(_filled(grads, shapes, x_dtype), dim)


split_sizes_op = split_op.named("SplitWithSizesBackward0")


@public
def split(tensor, split_size_or_sections, dim=0):
    """Pieces of a size, the last perhaps smaller, or of several given sizes.

    Raises: RuntimeError if the sizes do not add up.  Torch: torch.split
    """
    if not isinstance(split_size_or_sections, int):
        return split_with_sizes(tensor, split_size_or_sections, dim)
    if tensor.ndim == 0:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    dim, size = checks.check_dim(dim, tensor.ndim), split_size_or_sections
    extent = tensor._array.shape[dim]
    if size < 0:
        raise RuntimeError(f"split expects split_size be non-negative, but got split_size={size}")
    if size == 0 and extent:
        raise RuntimeError(f"split_size can only be 0 if dimension size is 0, but got dimension size of {extent}")
    sizes = [size] * (extent // size) + ([extent % size] if extent % size else []) if extent else [extent]
    return split_op(tensor, sizes=tuple(sizes), dim=dim)


@public
def split_with_sizes(input, split_sizes, dim=0):
    """Pieces of several given sizes.

    Raises: RuntimeError if the sizes do not add up.  Torch: torch.split_with_sizes
    """
    if input.ndim == 0:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    sizes = [checks.check_int(s, "split_sizes") for s in split_sizes]
    extent = input._array.shape[checks.check_dim(dim, input.ndim)]
    if any(s < 0 for s in sizes):
        raise RuntimeError(
            f"split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes={sizes}"
        )
    if sum(sizes) != extent:
        raise RuntimeError(
            f"split_with_sizes expects split_sizes to sum exactly to {extent} (input tensor's size at dimension "
            f"{dim}), but got split_sizes={sizes}"
        )
    return split_sizes_op(input, sizes=tuple(sizes), dim=checks.check_dim(dim, input.ndim))


@public
def chunk(input, chunks, dim=0):
    """About `chunks` pieces of equal size, the last perhaps smaller.

    Raises: RuntimeError unless chunks > 0.  Torch: torch.chunk
    """
    if input.ndim == 0:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    dim = checks.check_dim(dim, input.ndim)
    extent = input._array.shape[dim]
    if extent == 0:
        return split_with_sizes(input, [0] * chunks, dim)
    return split(input, -(-extent // int(chunks)), dim)


@op(name="DiagonalBackward0", view=True)
def diagonal_op(x, *, offset, dim1, dim2):
    return diagonal_of(x, offset, dim1, dim2)


@diagonal_op.gradient
def _(g, x_shape, offset, dim1, dim2):
    zeros = Tensor._wrap(np.zeros(x_shape, g._array.dtype))
    diagonal_op(zeros, offset=offset, dim1=dim1, dim2=dim2).copy_(g)
    return zeros


@public
def diagonal(input, offset=0, dim1=0, dim2=1):
    """The diagonal of each (dim1, dim2) matrix, as the last dimension.  Torch: torch.diagonal"""
    dims = checks.check_dim(dim1, input.ndim), checks.check_dim(dim2, input.ndim)
    if dims[0] == dims[1]:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return diagonal_op(input, offset=checks.check_int(offset, "offset"), dim1=dims[0], dim2=dims[1])
