"""Single elements where index tensors and masks point: index_put, put, take, masked_scatter, masked_select, nonzero."""

import numpy as np

from .. import checks, dtypes
from ..autograd.mode import state
from ..autograd.op import op
from ..autograd.views import write
from ..memory_order import laid_out_like
from ..strides import strided
from ..tensor import Tensor
from .adding import add_flat
from .indexing import checked_put, index_op, index_put_op
from .indexing import put as put_at
from .keys import numpy_key
from .pieces import place
from .public import public
from .shape import expand

# --- any places ------------------------------------------------------------------------------------


def _check_indices(name, indices, values) -> None:
    if not isinstance(indices, tuple | list):
        raise TypeError(f"{name}(): argument 'indices' (position 2) must be tuple of Tensors, not {type(indices).__name__}")
    for i, index in enumerate(indices):
        if not isinstance(index, Tensor):
            raise TypeError(f"expected Tensor as element {i} in argument 1, but got {type(index).__name__}")
    checks.check_tensor(values, name, "values", 2)


@public
def index_put(input, indices, values, accumulate=False):
    """y = input; y[indices] = values, or += with `accumulate`, where a place that occurs twice receives both.

    Raises: IndexError, RuntimeError as x[indices] = values.  Torch: torch.index_put
    """
    _check_indices("index_put", indices, values)
    values, indices = checked_put(input, indices, values, accumulate)
    key = tuple([k.copy() for k in numpy_key(indices)])
    return index_put_op(input, values, key=key, accumulate=bool(accumulate))


@public(namespace=())
def index_put_(self, indices, values, accumulate=False):
    """In-place version of `index_put`.  Torch: Tensor.index_put_"""
    _check_indices("index_put_", indices, values)
    recording = state.enabled and (self.requires_grad or values.requires_grad)
    put_at(self, indices, values, recording, bool(accumulate))
    return self


def _flat_index(name, x, index):
    """The index, checked to be long and to point into x, as an array of its own."""
    checks.check_tensor(index, name, "index", 1 if name == "put_" else 2)
    if index.dtype is not dtypes.int64:
        raise RuntimeError(f"{name}(): Expected a long tensor for index, but got {index.dtype.long_name}")
    where, count = index._array, x.numel()
    if where.size and not count:
        tried = "tried to take from" if name == "take" else "Tried to put elements into"
        raise IndexError(f"{name}(): {tried} an empty tensor")
    bad = where[(where < -count) | (where >= count)]
    if bad.size:
        raise IndexError(f"out of range: tried to access index {int(bad.flat[0])} on a tensor of {count} elements.")
    return where.copy()


@op(name="TakeBackward0")
def take_op(x, *, index):
    return x.reshape(-1)[index]


@op(name="PutBackward0", any_order=True)
def put_op(x, source, *, index, accumulate):
    result = np.array(x, order="C")
    if accumulate:
        add_flat(result, index, source.reshape(index.shape))
    else:
        result.reshape(-1)[index] = source.reshape(index.shape)
    return laid_out_like(result, x)


take_op.gradient(lambda g, x_shape, index: put_op(g.new_zeros(x_shape), g, index=index, accumulate=True))
put_op.gradients(
    lambda g, index, accumulate: g if accumulate else put_op(g, g.new_zeros(index.shape), index=index, accumulate=False),
    lambda g, source_shape, index: take_op(g, index=index).reshape(source_shape),
)


@public(out=True)
def take(input, index):
    """Elements of the flattened input: y[i] = x.flatten()[index[i]].

    Shapes: those of index.  Raises: IndexError out of range.  Torch: torch.take
    """
    return take_op(input, index=_flat_index("take", input, index))


@public(inplace=True)
def put(input, index, source, accumulate=False):
    """y = input; y.flatten()[index[i]] = source.flatten()[i], or += with `accumulate`.

    Raises: IndexError out of range, or for another number of elements.  Torch: Tensor.put
    """
    checks.check_tensor(index, "put_", "index", 1)
    checks.check_tensor(source, "put_", "source", 2)
    if index.dtype is dtypes.int64 and source.dtype is not input.dtype:
        raise RuntimeError(
            f"put_(): self and source expected to have the same dtype, but got self.dtype = {input.dtype.long_name} and "
            f"source.dtype = {source.dtype.long_name}"
        )
    if index.dtype is dtypes.int64 and source.numel() != index.numel():
        raise IndexError(
            f"put_(): Expected source and index to have the same number of elements, but got source.numel() = "
            f"{source.numel()}, index.numel() = {index.numel()}"
        )
    return put_op(input, source, index=_flat_index("put_", input, index), accumulate=bool(accumulate))


@op(name="MaskedScatterBackward0")
def masked_scatter_op(x, source, *, mask):
    result = x.copy()
    result[mask] = source.reshape(-1)[: np.count_nonzero(mask)]
    return result


def _back_in_order(g, shape, mask):
    """The masked elements, in front, then zeros: what was not used gets nothing."""
    picked = index_op(g, key=(mask,))
    total = int(np.prod(shape))
    return place(picked, shape=(total,), key=(slice(picked.numel()),)).reshape(shape)


masked_scatter_op.gradients(
    lambda g, mask: g.masked_fill(Tensor._wrap(mask), 0),
    lambda g, source_shape, mask: _back_in_order(g, tuple(source_shape), mask),
)


@public
def masked_scatter(input, mask, source):
    """y = input; the elements where mask is True become those of source, in order.

    Shapes: input and mask broadcast.  Raises: RuntimeError if source is too short.  Torch: torch.masked_scatter
    """
    checks.check_tensor(mask, "masked_scatter", "mask", 2)
    checks.check_tensor(source, "masked_scatter", "source", 3)
    shape = checks.check_broadcast(mask._array.shape, input._array.shape)
    if input.dtype is not source.dtype:
        raise RuntimeError(
            f"masked_scatter: expected self and source to have same dtypes but got{input.dtype.long_name} and "
            f"{source.dtype.long_name}"
        )
    if mask.dtype is not dtypes.bool_:
        raise RuntimeError(f"masked_scatter_ only supports boolean masks, but got mask with dtype {mask.dtype.long_name}")
    where = np.array(np.broadcast_to(mask._array, shape))
    if source.numel() < np.count_nonzero(where):
        raise RuntimeError("Number of elements of source < number of ones in mask")
    return masked_scatter_op(input if input._array.shape == shape else expand(input, shape), source, mask=where)


@public(namespace=())
def masked_scatter_(self, mask, source):
    """In-place version of `masked_scatter`; mask must broadcast to this shape.  Torch: Tensor.masked_scatter_"""
    return write(self, lambda x, mask, source: masked_scatter(x, expand(mask, x._array.shape), source), (mask, source))


@op(name="MaskedSelectBackward0")
def masked_select_op(x, *, mask):
    return np.broadcast_to(x, mask.shape)[mask]


masked_select_op.gradient(lambda g, mask: masked_spread(g, mask=mask))


@op(name="MaskedScatterBackward0")
def masked_spread(g, *, mask):
    """Zeros, with g where mask is True."""
    result = np.zeros(mask.shape, g.dtype)
    result[mask] = g
    return result


masked_spread.gradient(lambda gg, mask: masked_select_op(gg, mask=mask))


@public(out=True)
def masked_select(input, mask):
    """The elements where mask is True, as a vector.

    Shapes: input and mask broadcast.  Raises: RuntimeError unless mask is bool.  Torch: torch.masked_select
    """
    checks.check_tensor(input, "masked_select")
    checks.check_tensor(mask, "masked_select", "mask", 2)
    if mask._array.dtype.kind != "b":
        raise RuntimeError("masked_select: expected BoolTensor for mask")
    shape = checks.check_broadcast(mask._array.shape, input._array.shape)
    return masked_select_op(input, mask=np.array(np.broadcast_to(mask._array, shape)))


@public
def nonzero(input, *, as_tuple=False, out=None):
    """The coordinates of the elements that are not zero: one row each, or one vector per dimension.

    Shapes: (how many, input.ndim), or input.ndim times (how many,).  Torch: torch.nonzero
    """
    checks.check_tensor(input, "nonzero")
    places = np.nonzero(input._array) if input.ndim else (np.arange(int(input._array != 0)),)
    if as_tuple:
        return tuple([Tensor._wrap(p.copy()) for p in places])
    count = len(places[0])
    # Column by column, as torch finds them.
    rows = np.stack(places).T if input.ndim and count else strided(np.zeros(1, np.int64), (count, input.ndim), (1, count))
    if out is None:
        return Tensor._wrap(rows)
    if out.dtype is not dtypes.int64:
        raise RuntimeError(f"nonzero: Expected out tensor to have scalar type Long but got scalar type{out.dtype.long_name}")
    if out._array.shape != rows.shape:
        checks.warn_resized(out, Tensor._wrap(rows))
        out._array = rows
    else:
        out._array[...] = rows
    out._bump_version()
    return out


@public
def nonzero_static(input, *, size, fill_value=-1):
    """The first `size` rows of nonzero, filled up with fill_value.

    Shapes: (size, input.ndim).  Raises: RuntimeError for a negative size.  Torch: torch.nonzero_static
    """
    checks.check_tensor(input, "nonzero_static")
    if checks.check_int(size, "size") < 0:
        raise RuntimeError("nonzero_static: 'size' must be an non-negative integer")
    rows = nonzero(input)._array[:size]
    result = np.full((size, input.ndim), fill_value, np.int64)
    result[: len(rows)] = rows
    return Tensor._wrap(result)


@public
def argwhere(input):
    """The coordinates of the elements that are not zero, one row each.

    Shapes: any -> (how many, input.ndim).  Torch: torch.argwhere
    """
    checks.check_tensor(input, "argwhere")
    return nonzero(input)
