"""Tensors built of others: split in parts, repeated, turned, laid on diagonals and grids."""

import warnings

import numpy as np

from .. import checks, dtypes
from ..autograd.op import op
from ..devices import check_device
from ..tensor import Tensor
from .elementwise import to_dtype
from .join import cat, stack
from .pieces import diagonal_op, slice_op
from .public import public
from .rearrange import flip_op

# --- split ------------------------------------------------------------------------------------------


def _is_int(value):
    return isinstance(value, int) or isinstance(value, np.integer)


# As torch calls the argument by its type.
SPLIT = {"sections": "indices_or_sections", "indices": "indices_or_sections"}


@public(also=SPLIT | {"tensor_indices_or_sections": "indices_or_sections"})
def tensor_split(input, indices_or_sections, dim=0):
    """Views of nearly equal parts, the first ones larger, or of the parts between several indices.

    Raises: RuntimeError for no sections, or a 0-d tensor.  Torch: torch.tensor_split
    """
    if input.ndim == 0:
        raise RuntimeError("tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims")
    dim, given = checks.check_dim(dim, input.ndim), indices_or_sections
    if isinstance(given, Tensor):
        if given.dtype is not dtypes.int64:
            raise RuntimeError(
                f"tensor_split expected tensor_indices_or_sections to have dtype of long, but got {given.dtype.long_name}"
            )
        given = given.tolist()
    extent = input._array.shape[dim]
    if _is_int(given):
        if given <= 0:
            raise RuntimeError(f"number of sections must be larger than 0, got {given}")
        size, larger = divmod(extent, given)
        ends = [size * k + min(k, larger) for k in range(1, given)]
    else:
        ends = list(given)
    starts, ends = [0, *ends], [*ends, extent]
    return tuple([slice_op(input, key=(slice(None),) * dim + (slice(a, b), ...)) for a, b in zip(starts, ends)])


def _split_along(name, input, given, least, dim):
    if input.ndim < least:
        raise RuntimeError(
            f"torch.{name} requires a tensor with at least {least} dimension, but got a tensor with {input.ndim} dimensions!"
        )
    extent = input._array.shape[dim]
    if _is_int(given) and (given == 0 or extent % given):
        raise RuntimeError(
            f"torch.{name} attempted to split along dimension {dim}, but the size of the dimension {extent} is not "
            f"divisible by the split_size {given}!"
        )
    return tensor_split(input, given, dim)


@public(also=SPLIT)
def hsplit(input, indices_or_sections):
    """tensor_split along columns: dim 1, or 0 for a vector; equal parts only.  Torch: torch.hsplit"""
    return _split_along("hsplit", input, indices_or_sections, 1, min(input.ndim - 1, 1))


@public(also=SPLIT)
def vsplit(input, indices_or_sections):
    """tensor_split along rows, dim 0; equal parts only.  Torch: torch.vsplit"""
    return _split_along("vsplit", input, indices_or_sections, 2, 0)


@public(also=SPLIT)
def dsplit(input, indices_or_sections):
    """tensor_split along depth, dim 2; equal parts only.  Torch: torch.dsplit"""
    return _split_along("dsplit", input, indices_or_sections, 3, 2)


@public(method=False, out=True)
def dstack(tensors):
    """Tensors one behind the other: along dim 2, matrices as (N, M, 1), vectors as (1, N, 1).  Torch: torch.dstack"""
    if not len(tensors):
        raise RuntimeError("dstack expects a non-empty TensorList")
    return cat([x.reshape(1, -1, 1) if x.ndim < 2 else x.unsqueeze(2) if x.ndim == 2 else x for x in tensors], 2)


# --- repeat and turn ---------------------------------------------------------------------------------------


def _repeated_places(repeats, output_size):
    """0 repeats[0] times, 1 repeats[1] times, and so on."""
    if repeats.ndim != 1:
        raise RuntimeError("repeat_interleave only accept 1D vector as repeat")
    if repeats.dtype not in (dtypes.int32, dtypes.int64):
        raise NotImplementedError(f"\"repeat_interleave_cpu\" not implemented for '{repeats.dtype.long_name}'")
    counts = repeats._array
    if (counts < 0).any():
        raise RuntimeError("repeats can not be negative")
    if output_size is not None and output_size != counts.sum():
        raise RuntimeError("allocated size does not match required size")
    return Tensor._wrap(np.repeat(np.arange(counts.size, dtype=counts.dtype), counts))


@public(method=False)
def repeat_interleave(input=None, repeats=None, dim=None, *, output_size=None):
    """Each entry along `dim` repeats times in a row (a number, or one per entry); without dim, of the flattened tensor.

    Of one tensor alone: the indices that such repetition would pick.
    Raises: RuntimeError for negative or too few repeats, or another output_size.  Torch: torch.repeat_interleave
    """
    if input is None or repeats is None:
        repeats = input if repeats is None else repeats
        checks.check_tensor(repeats, "repeat_interleave", "repeats")
        return _repeated_places(repeats, output_size)
    if dim is None:
        input, dim = input.reshape(-1) if input.numel() else input.reshape(0), 0
    dim = checks.check_dim(dim, input.ndim)
    if isinstance(repeats, Tensor):
        extent = input._array.shape[dim] if input.ndim else 1
        if repeats.ndim > 1:
            raise RuntimeError("repeats must be 0-dim or 1-dim tensor")
        if repeats.ndim == 0 or repeats._array.shape[0] == 1:
            repeats = repeats.reshape(1).expand(extent)
        elif repeats._array.shape[0] != extent:
            raise RuntimeError(
                "repeats must have the same size as input along dim, but got repeats.size(0) = "
                f"{repeats._array.shape[0]} and input.size({dim}) = {extent}"
            )
        return input.index_select(dim, _repeated_places(repeats, output_size))
    repeats = checks.check_int(repeats, "repeats")
    if repeats < 0:
        raise RuntimeError("Repeats must be non-negative")
    spread = input.unsqueeze(dim + 1)
    shape = list(input._array.shape)
    if output_size is not None and output_size != shape[dim] * repeats:
        raise RuntimeError(f"repeat_interleave: Invalid output_size, expected {shape[dim] * repeats} but got {output_size}")
    copies = spread.expand(*shape[: dim + 1], repeats, *shape[dim + 1 :]).clone().contiguous()
    return copies.flatten(dim, dim + 1)


@public(namespace=(), name="repeat_interleave")
def _repeat_interleave(input, repeats, dim=None, *, output_size=None):
    """The function of that name, with repeats.  Torch: Tensor.repeat_interleave"""
    return repeat_interleave(input, repeats, dim, output_size=output_size)


@op(name="Rot90Backward0", any_order=True)
def rot90_op(x, *, k, dims):
    if k % 2:  # a transposed copy, as torch leaves it
        return flip_op.forward(x, dims=(dims[1] if k % 4 == 1 else dims[0],)).swapaxes(*dims)
    return flip_op.forward(x, dims=dims) if k % 4 else np.array(x, order="C")


rot90_op.gradient(lambda g, k, dims: rot90_op(g, k=-k, dims=dims))


@public
def rot90(input, k=1, dims=(0, 1)):
    """The plane of two dims turned k times by 90 degrees, from the first towards the second (a copy).

    Raises: RuntimeError unless dims are two different ones.  Torch: torch.rot90
    """
    dims = tuple(dims)
    if len(dims) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
    if input.ndim < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {input.ndim}")
    wrapped = tuple([checks.check_dim(d, input.ndim) for d in dims])
    if wrapped[0] == wrapped[1]:
        raise RuntimeError(f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}")
    return rot90_op(input, k=k, dims=wrapped)


# --- diagonals -----------------------------------------------------------------------------------------------


def _on_diagonal(x, shape, offset, dim1, dim2):
    result = np.zeros(shape, x.dtype)
    view = np.diagonal(result, offset, dim1, dim2)
    view.flags.writeable = True  # NumPy hands it out read-only
    view[...] = x
    return result


@op(name="DiagEmbedBackward0")
def diag_embed_op(x, *, shape, offset, dim1, dim2):
    """Zeros, with x on the diagonals: the adjoint of taking them."""
    return _on_diagonal(x, shape, offset, dim1, dim2)


diag_embed_op.gradient(lambda g, offset, dim1, dim2: diagonal_op(g, offset=offset, dim1=dim1, dim2=dim2))


@op(name="DiagonalBackward0_copy")
def diagonal_copy(x, *, offset):
    return np.array(np.diagonal(x, offset))


diagonal_copy.gradient(lambda g, x_shape, offset: diag_embed_op(g, shape=tuple(x_shape), offset=offset, dim1=0, dim2=1))


@public
def diag_embed(input, offset=0, dim1=-2, dim2=-1):
    """Matrices in dims (dim1, dim2) with the last dimension of input on a diagonal, zeros elsewhere.

    Shapes: (..., N) -> (..., N + |offset|, N + |offset|).  Torch: torch.diag_embed
    """
    first, second = checks.check_dim(dim1, input.ndim + 1), checks.check_dim(dim2, input.ndim + 1)
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    *shape, size = input._array.shape
    for d in sorted((first, second)):
        shape.insert(d, size + abs(offset))
    return diag_embed_op(input, shape=tuple(shape), offset=offset, dim1=first, dim2=second)


@public(out=True)
def diag(input, diagonal=0):
    """A vector as the diagonal of a matrix; of a matrix, the diagonal (a copy).

    Raises: RuntimeError for other numbers of dimensions.  Torch: torch.diag
    """
    if input.ndim not in (1, 2):
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {input.ndim}D")
    return diag_embed(input, diagonal) if input.ndim == 1 else diagonal_copy(input, offset=diagonal)


def _triangle_indices(name, find, row, col, offset, dtype, device, requires_grad):
    check_device(device)
    for value, what in ((row, "row"), (col, "col")):
        if checks.check_int(value, what) < 0:
            raise RuntimeError(f"{what} must be non-negative, got{value}")
    dtype = dtypes.int64 if dtype is None else checks.check_dtype(dtype)
    if dtype not in (dtypes.int32, dtypes.int64):
        raise NotImplementedError(f"\"{name}\" not implemented for '{dtype.long_name}'")
    result = Tensor._wrap(np.stack(find(row, offset, col)).astype(dtype.numpy))
    return result.requires_grad_() if requires_grad else result


@public(method=False)
def tril_indices(row, col, offset=0, *, dtype=None, device=None, layout=None, pin_memory=False, requires_grad=False):
    """The coordinates of the lower triangle of a row by col matrix, row by row.

    Shapes: -> (2, count).  Raises: RuntimeError for negative sizes.  Torch: torch.tril_indices
    """
    return _triangle_indices("tril_indices", np.tril_indices, row, col, offset, dtype, device, requires_grad)


@public(method=False)
def triu_indices(row, col, offset=0, *, dtype=None, device=None, layout=None, pin_memory=False, requires_grad=False):
    """The coordinates of the upper triangle of a row by col matrix, row by row.

    Shapes: -> (2, count).  Raises: RuntimeError for negative sizes.  Torch: torch.triu_indices
    """
    return _triangle_indices("triu_indices", np.triu_indices, row, col, offset, dtype, device, requires_grad)


@op(name="BlockDiagBackward0")
def block_diag_op(*tensors):
    blocks = [np.atleast_2d(x) for x in tensors]
    result = np.zeros(np.sum([b.shape for b in blocks], axis=0), blocks[0].dtype)
    row = col = 0
    for block in blocks:
        height, width = block.shape
        result[row : row + height, col : col + width] = block
        row, col = row + height, col + width
    return result


@block_diag_op.gradient
def _(g, tensors_shapes, needs):
    pieces, row, col = [], 0, 0
    for shape, wanted in zip(tensors_shapes, needs):
        height, width = (1, 1, *shape)[-2:]
        pieces.append(g[row : row + height, col : col + width].reshape(shape) if wanted else None)
        row, col = row + height, col + width
    return pieces


@public(method=False)
def block_diag(*tensors):
    """A matrix with the tensors as blocks on its diagonal; vectors are rows, numbers 1 x 1.

    Raises: RuntimeError for more than two dimensions.  Torch: torch.block_diag
    """
    for i, x in enumerate(tensors):
        if not isinstance(x, Tensor):
            raise TypeError(f"expected Tensor as element {i} in argument 0, but got {type(x).__name__}")
        if x.ndim > 2:
            raise RuntimeError(
                f"torch.block_diag: Input tensors must have 2 or fewer dimensions. Input {i} has {x.ndim} dimensions"
            )
    if not tensors:
        return Tensor._wrap(np.zeros((1, 0), dtypes.get_default_dtype().numpy))
    dtype = dtypes.promote([x.dtype for x in tensors if x.ndim], [x.dtype for x in tensors if not x.ndim], [])
    return block_diag_op(*[to_dtype(x, dtype) for x in tensors])


# --- grids -----------------------------------------------------------------------------------------------------


@public(method=False)
def meshgrid(*tensors, indexing=None):
    """Grids of coordinates: y_k[i_0][i_1]... = x_k[i_k]; "xy" swaps the first two dimensions.

    Shapes: (N), (M) -> (N, M) each, or (M, N).  Raises: RuntimeError for matrices, or several dtypes.
    Torch: torch.meshgrid
    """
    tensors = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], list | tuple) else tensors
    if not tensors:
        raise RuntimeError("meshgrid expects a non-empty TensorList")
    if any(x.dtype is not tensors[0].dtype for x in tensors):
        raise RuntimeError("meshgrid expects all tensors to have the same dtype")
    if indexing is None:
        warnings.warn(
            "torch.meshgrid: in an upcoming release, it will be required to pass the indexing argument.",
            UserWarning,
            stacklevel=2,
        )
    elif indexing not in ("ij", "xy"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    for x in tensors:
        if x.ndim > 1:
            raise RuntimeError(f"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: {x!r}")
    places = list(range(len(tensors)))
    if indexing == "xy" and len(tensors) > 1:
        places[:2] = [1, 0]
    shape = [tensors[k].numel() for k in places]
    lone = [[x.numel() if d == at else 1 for d in range(len(shape))] for x, at in zip(tensors, places)]
    return tuple([x.reshape(sizes).expand(shape) for x, sizes in zip(tensors, lone)])


@public(method=False)
def cartesian_prod(*tensors):
    """All combinations of one element of each vector, as rows; the last vector runs fastest.

    Shapes: (N), (M) -> (N M, 2); of one vector, itself.  Raises: RuntimeError for other tensors.
    Torch: torch.cartesian_prod
    """
    tensors = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], list | tuple) else tensors
    for x in tensors:
        if x.ndim != 1:
            raise RuntimeError(f"Expect a 1D vector, but got shape {list(x.shape)}")
    if len(tensors) == 1:
        return tensors[0]
    return stack([grid.flatten() for grid in meshgrid(*tensors, indexing="ij")], 1)
