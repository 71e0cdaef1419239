"""Whole slices by number: index_select, index_add, index_copy, index_fill, index_reduce."""

import numpy as np

from .. import checks, dtypes
from ..autograd.op import op
from ..strides import kept_copy
from ..tensor import Tensor
from .adding import add_at
from .elementwise import to_dtype
from .indexing import index_op, index_put_op
from .inplace import spread_index, write_apart, write_shared
from .public import public
from .scalars import scalar
from .scattering import scatter_reduce_op


def _key(dim, index):
    return (slice(None),) * dim + (index._array.reshape(-1).copy(),)


def _at_least_1d(x):
    return x.reshape(x.shape or (1,))


def _check_range(index, size, error="index out of range in self", kind=IndexError) -> None:
    where = index._array
    if where.size and (where.min() < 0 or where.max() >= size):
        raise kind(error.format(int(where[(where < 0) | (where >= size)].flat[0])))


@public(out=True)
def index_select(input, dim, index):
    """Entries `index` along `dim`, in that order (a copy).

    Shapes: as input, with index's length along dim.
    Raises: IndexError out of range or for a matrix of indices.  Torch: torch.index_select
    """
    checks.check_tensor(input, "index_select")
    checks.check_tensor(index, "index_select", "index", 3)
    dim = checks.check_dim(dim, input.ndim)
    if index.ndim > 1:
        raise IndexError("index_select(): Index is supposed to be a vector")
    if not input.ndim and index.numel() != 1:
        raise RuntimeError("index_select(): Index to scalar can have only 1 value, got " + f"{index.numel()} value(s)")
    if index._array.dtype not in (np.int64, np.int32):
        raise RuntimeError("index_select(): Expected dtype int32 or int64 for index")
    size = input._array.shape[dim] if input.ndim else 1
    if not size and index.numel() and input.ndim > 1:
        raise RuntimeError("index_select(): self indexing axis dim should be positive")
    if dim == 1:
        _check_range(index, size, f"INDICES element is out of DATA bounds, id={{}} axis_dim={size}", RuntimeError)
    _check_range(index, size)
    return _selected(input, dim=dim, key=_key(dim, index))


@op(name="IndexSelectBackward0")
def _selected(x, *, dim, key):
    return x.take(key[-1], dim) if x.ndim else np.array(x)


_selected.gradient(lambda g, x_shape, dim, key: index_add_op(g.new_zeros(x_shape), g, dim=dim, key=key))


@op(name="IndexAddBackward0")
def index_add_op(x, source, *, dim, key):
    result = np.array(x, order="C")
    add_at(result.reshape(x.shape or (1,)), key, source)
    return result


index_add_op.gradients(lambda g: g, lambda g, source_shape, dim, key: _selected(g, dim=dim, key=key).expand(source_shape))


@public(inplace=write_apart, out=True)
def index_add(input, dim, index, source, *, alpha=1):
    """y = x; y[index[i]] += alpha * source[i] for dim 0, likewise for others.

    Raises: RuntimeError, IndexError for an index out of range, or another shape or dtype.  Torch: torch.index_add
    """
    checks.check_tensor(index, "index_add", "index", 3)
    checks.check_tensor(source, "index_add", "source", 4)
    dim = _check_source("index_add_", input, dim, index, source)
    return index_add_op(input, source if alpha == 1 else source * alpha, dim=dim, key=_key(dim, index))


def _check_source(name, input, dim, index, source) -> int:
    """What index_add and index_reduce ask of their arguments; the dimension from the front."""
    dim = checks.check_dim(dim, input.ndim)
    count, here, there = index.numel(), list(input._array.shape), list(source._array.shape)
    if index.ndim > 1:
        raise IndexError(f"{name}(): Index is supposed to be a vector, but got dim: {index.ndim} with type: "
                         f"{index.dtype.long_name} and size: {list(index.shape)}")  # fmt: skip
    if index._array.dtype not in (np.int64, np.int32):
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index but got: {index.dtype.long_name}")
    if source.dtype is not input.dtype:
        raise RuntimeError(
            f"{name}(): self ({input.dtype.long_name}) and source ({source.dtype.long_name}) must have the same scalar type"
        )
    if there and dim >= len(there):
        raise RuntimeError(f"{name}(): Indexing dim {dim} is out of bounds of the source tensor with dim {len(there)}")
    if not there and count != 1:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    if count != (there[dim] if there else 1):
        raise RuntimeError(
            f"{name}(): Number of indices ({count}) should be equal to source.size(dim): ({there[dim] if there else 1}), "
            f"for dim: {dim}"
        )
    slices = [s[:dim] + s[dim + 1 :] for s in (here, there)]
    if slices[0] != slices[1] or len(here) != len(there):
        raise RuntimeError(
            f"source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = {here} "
            f"source.shape = {there}"
        )
    size = here[dim] if here else 1
    if name == "index_add_" and len(here) > 1 and dim in (0, len(here) - 1) and index.dtype is dtypes.int64:
        _check_range(index, size, f"index {{}} is out of bounds for dimension {dim} with size {size}", RuntimeError)
    _check_range(index, size)
    return dim


# --- index_reduce ----------------------------------------------------------------------------------


@public(inplace=write_apart, out=True)
def index_reduce(input, dim, index, source, reduce, *, include_self=True):
    """y[index[i]] = the prod, mean, amax or amin of all source[i] that go there, for dim 0, likewise for others.

    include_self: input's own values take part.
    Raises: RuntimeError, IndexError as index_add, or for another `reduce`.  Torch: torch.index_reduce
    """
    checks.check_tensor(index, "index_reduce", "index", 3)
    checks.check_tensor(source, "index_reduce", "source", 4)
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise RuntimeError(f"index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got {reduce}.")
    dim = _check_source("index_reduce_", input, dim, index, source)
    if reduce == "mean" and input.dtype is dtypes.bool_:
        raise NotImplementedError("\"div_floor_cpu\" not implemented for 'Bool'")
    if input.dtype is dtypes.bool_ and (not include_self or input.ndim < 2):
        kernel = "index_func_" if include_self else "index_reduce_func_exclude_input_init"
        raise NotImplementedError(f"\"{kernel}\" not implemented for 'Bool'")
    along = [1] * source.ndim
    if source.ndim:
        along[dim] = index.numel()
    spread = np.array(np.broadcast_to(index._array.reshape(along), source._array.shape))
    options = {"dim": dim, "index": Tensor._wrap(spread), "reduce": reduce, "include_self": bool(include_self)}
    return _reduced(input, source, **options)


_reduced = scatter_reduce_op.named("IndexReduceBackward0")


# --- whole slices ----------------------------------------------------------------------------------------


_copied = index_put_op.named("IndexCopyBackward0")
_copied.any_order = False


@public(inplace=write_apart, out=True)
def index_copy(input, dim, index, source):
    """y = input; y[index[i]] = source[i] for dim 0, likewise for others.

    Raises: RuntimeError, IndexError for an index out of range, or another shape or dtype.  Torch: torch.index_copy
    """
    checks.check_tensor(index, "index_copy", "index", 3)
    checks.check_tensor(source, "index_copy", "source", 4)
    name, dim, count = "index_copy_", checks.check_dim(dim, input.ndim), index.numel()
    if index.ndim > 1:
        raise IndexError(f"{name}(): Index should have dimension 1 or 0 (got {index.ndim})")
    if source.ndim == 0 and count != 1:
        raise IndexError(f"{name}(): When source is scalar, index should have one element (got {count})")
    if input.ndim != source.ndim and input.ndim and source.ndim:
        raise IndexError(
            f"{name}(): When source and destination are not scalars, their dimensionality must match. Source dimensionality "
            f"({source.ndim}), destination dimensionality ({input.ndim})"
        )
    if index.dtype is not dtypes.int64:
        raise RuntimeError(f"{name}(): Expected a long tensor for index, but got {index.dtype.long_name}")
    if input.dtype is not source.dtype:
        raise RuntimeError(
            f"{name}(): self and source expected to have the same dtype, but got (self) {input.dtype.long_name} and "
            f"(source) {source.dtype.long_name}"
        )
    shape, other = list(input._array.shape), list(source._array.shape)
    slices = [s[:dim] + s[dim + 1 :] for s in (shape, other)]
    if slices[0] != slices[1]:
        raise RuntimeError(
            f"{name}(): Source/destination tensor must have same slice shapes. Destination slice shape: "
            f"{' '.join(map(str, slices[0]))} at dimension {dim} and source slice shape: "
            f"{' '.join(map(str, slices[1]))} at dimension 0."
        )
    if other and other[dim] != count:
        raise IndexError(f"{name}(): Number of indices ({count}) should be equal to source.size(dim) ({other[dim]})")
    size = shape[dim] if shape else 1
    bad = index._array[(index._array < 0) | (index._array >= size)]
    if bad.size:
        raise IndexError(f"{name}(): index {int(bad.flat[0])} is out of bounds for dimension {dim} with size {size}")
    if not shape:
        return _copied(input, source.reshape(()), key=(...,))  # all that there is, index being 0
    return _copied(input, source.reshape([1] * len(shape)) if not other else source, key=_key(dim, index))


@op(name="IndexFillBackward0", any_order=True)
def index_fill_op(x, *, key, value):
    result = kept_copy(x)
    _at_least_1d(result)[key] = value
    return result


index_fill_op.gradient(lambda g, key: index_fill_op(g, key=key, value=0))


@op(name="IndexFillBackward1", any_order=True)
def index_fill_tensor(x, value, *, key):
    return index_fill_op.forward(x, key=key, value=value)


index_fill_tensor.gradients(
    lambda g, key: index_fill_op(g, key=key, value=0),
    lambda g, key: index_op(g if g.ndim else g.reshape(1), key=key).sum(),
)


@public(inplace=write_shared(spread_index))
def index_fill(input, dim, index, value):
    """y = input; y[index[i]] = value for dim 0, likewise for others; value is a number or 0-d tensor.

    Raises: IndexError out of range, RuntimeError for a matrix of indices.  Torch: torch.index_fill
    """
    checks.check_tensor(index, "index_fill", "index", 3)
    dim = checks.check_dim(dim, input.ndim)
    if isinstance(value, Tensor) and value.ndim:
        raise RuntimeError(
            f"index_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s)."
        )
    if index.dtype is not dtypes.int64:
        raise IndexError("index_fill_(): Expected dtype int64 for index.")
    if index.ndim > 1:
        raise RuntimeError("Index has to be a vector/scalar")
    size = input._array.shape[dim] if input.ndim else 1
    bad = index._array[(index._array < -size) | (index._array >= size)]
    if bad.size:
        checks.check_out_of_range(int(bad.flat[0]), dim, size)
    # Each place once, so that the gradient of value counts it once.
    key = (slice(None),) * dim + (np.unique(index._array % size) if size else index._array.reshape(-1),)
    if isinstance(value, Tensor):
        return index_fill_tensor(input, to_dtype(value, input.dtype), key=key)
    return index_fill_op(input, key=key, value=scalar(value, input.dtype))
