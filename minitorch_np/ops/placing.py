"""Values put where index tensors point: scatter_reduce, index_copy, index_fill, index_put, put, masked_scatter; and take."""

import numpy as np

from .. import checks, dtypes
from ..autograd.op import op
from ..autograd.views import write
from ..tensor import Tensor
from .elementwise import as_number, to_dtype
from .indexing import (
    _along,
    _check_assignable,
    _check_index,
    _parse,
    _without_leading_ones,
    gather_op,
    index_add_op,
    index_op,
    scatter_op,
    scatter_sum,
)
from .indexing import index_put as assign_op
from .pieces import place
from .public import public
from .shape import expand

# --- scatter_reduce -----------------------------------------------------------------------------------

REDUCE = {"sum": np.add, "mean": np.add, "prod": np.multiply, "amax": np.maximum, "amin": np.minimum}


def _start(reduce, dtype):
    """What does not change the result of a reduction."""
    if reduce in ("amax", "amin"):
        lowest = reduce == "amax"
        if dtype.kind == "b":
            return not lowest
        if dtype.kind == "f":
            return -np.inf if lowest else np.inf
        return np.iinfo(dtype).min if lowest else np.iinfo(dtype).max
    return 1 if reduce == "prod" else 0


@op(name="ScatterReduceBackward0")
def scatter_reduce_op(x, src, *, dim, index, reduce, include_self):
    result = np.array(x).reshape(x.shape or (1,))
    where = _along(index._array, dim)
    if not include_self:
        result[where] = _start(reduce, x.dtype)
    REDUCE[reduce].at(result, where, src)
    if reduce == "mean":
        count = np.full(result.shape, int(include_self), x.dtype)
        np.add.at(count, where, 1)
        count = np.maximum(count, 1)
        result = result // count if x.dtype.kind in "iu" else result / count
    return result.reshape(x.shape)


@scatter_reduce_op.gradient
def _(g, x, src, out, dim, index, reduce, include_self):
    pick = lambda t: gather_op(t, dim=dim, index=index)
    add = lambda t, s: scatter_sum(t, s, dim=dim, index=index)
    if reduce == "sum":
        g_x, g_src = g, pick(g)
    elif reduce == "mean":
        count = add(g.new_zeros(x.shape) + int(include_self), g.new_zeros(src.shape) + 1).clamp(min=1)
        g_x = g / count
        g_src = pick(g_x)
    elif reduce == "prod":
        g_x, g_src = _product_gradient(g, x, src, out, pick, add, dim, index, include_self)
    else:  # equal extremes share the gradient
        from_x, from_src = (x == out).to(x.dtype), (src == pick(out)).to(x.dtype)
        share = g / add(from_x, from_src)
        g_x, g_src = from_x * share, from_src * pick(share)
    if not include_self:
        g_x = scatter_op(g_x, g.new_zeros(()), dim=dim, index=index)
    return g_x, g_src


def _product_gradient(g, x, src, out, pick, add, dim, index, include_self):
    """The product of all other factors; a single zero among them is taken out first, not divided by."""

    def product(a, b):
        return scatter_reduce_op(a, b, dim=dim, index=index, reduce="prod", include_self=include_self)

    x_masked = x.masked_fill(x == 0, 1)
    g_x = g * product(x_masked, src) / x_masked
    zero = src == 0
    zeros = pick(add(g.new_zeros(x.shape), zero.to(src.dtype)))
    single = zero & (zeros == 1)
    others = product(x, src.masked_fill(single, 1))
    return g_x, pick(g * others).where(single, pick(g * out) / src.masked_fill(zero, 1))


@public(inplace=True, out=True)
def scatter_reduce(input, dim, index, src, reduce, *, include_self=True):
    """y[index[i][j]][j] = the sum, prod, mean, amax or amin of all src[i][j] that go there, for dim 0.

    include_self: input's own value takes part.  The gradient of amax and amin is shared by equal values.
    Raises: RuntimeError as scatter_add, or for another `reduce`.  Torch: torch.scatter_reduce
    """
    if max(index.ndim, 1) != max(input.ndim, 1):
        raise RuntimeError("Index tensor must have the same number of dimensions as self tensor")
    dim = _check_index("scatter", input, dim, index, src)
    if reduce not in REDUCE:
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    if src.dtype is not input.dtype:
        raise RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype")
    if reduce == "mean" and input.dtype is dtypes.bool_:
        raise NotImplementedError("\"scatter_gather_tensor_cpu_reduce_mean\" not implemented for 'Bool'")
    if src._array.shape != index._array.shape:
        src = src[tuple([slice(n) for n in index._array.shape])] if src.ndim else src.reshape(index.shape)
    kept = index.detach().clone()
    return scatter_reduce_op(input, src, dim=dim, index=kept, reduce=reduce, include_self=bool(include_self))


# --- whole slices ----------------------------------------------------------------------------------------


def _key(dim, index):
    return (slice(None),) * dim + (index._array.reshape(-1).copy(),)


_copied = assign_op.named("IndexCopyBackward0")


@public(inplace=True, out=True)
def index_copy(input, dim, index, source):
    """y = input; y[index[i]] = source[i] for dim 0, likewise for others.

    Raises: RuntimeError, IndexError for an index out of range, or another shape or dtype.  Torch: torch.index_copy
    """
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
        return _copied(input.reshape(1), source.reshape(1), key=_key(0, index)).reshape(())
    return _copied(input, source.reshape([1] * len(shape)) if not other else source, key=_key(dim, index))


@op(name="IndexFillBackward0")
def index_fill_op(x, *, key, value):
    result = np.array(x).reshape(x.shape or (1,))
    result[key] = value
    return result.reshape(x.shape)


index_fill_op.gradient(lambda g, key: index_fill_op(g, key=key, value=0))


@op(name="IndexFillBackward1")
def index_fill_tensor(x, value, *, key):
    result = np.array(x).reshape(x.shape or (1,))
    result[key] = value
    return result.reshape(x.shape)


index_fill_tensor.gradients(
    lambda g, key: index_fill_op(g, key=key, value=0),
    lambda g, key: index_op(g if g.ndim else g.reshape(1), key=key).sum(),
)


@public(inplace=True)
def index_fill(input, dim, index, value):
    """y = input; y[index[i]] = value for dim 0, likewise for others; value is a number or 0-d tensor.

    Raises: IndexError out of range, RuntimeError for a matrix of indices.  Torch: torch.index_fill
    """
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
    number = np.asarray(as_number(value, "index_fill", "value", 4)).astype(input._array.dtype)
    return index_fill_op(input, key=key, value=number)


# --- any places ----------------------------------------------------------------------------------------------

_accumulated = index_add_op.named("IndexPutBackward0")


@public(inplace=True)
def index_put(input, indices, values, accumulate=False):
    """y = input; y[indices] = values, or += with `accumulate`, where a place that occurs twice receives both.

    Raises: IndexError, RuntimeError as x[indices] = values.  Torch: torch.index_put
    """
    if not isinstance(indices, tuple | list):
        raise TypeError(
            f"index_put(): argument 'indices' (position 2) must be tuple of Tensors, not {type(indices).__name__}"
        )
    for i, index in enumerate(indices):
        if not isinstance(index, Tensor):
            raise TypeError(f"expected Tensor as element {i} in argument 1, but got {type(index).__name__}")
    used = sum(x.ndim if x.dtype in (dtypes.bool_, dtypes.uint8) else 1 for x in indices)
    if used > input.ndim:
        raise IndexError(f"too many indices for tensor of dimension {input.ndim} (got {used})")
    if values.dtype is not input.dtype:
        raise RuntimeError(
            f"Index put requires the source and destination dtypes match, got {input.dtype.long_name} for the destination "
            f"and {values.dtype.long_name} for the source."
        )
    key = tuple([k.copy() if isinstance(k, np.ndarray) else k for k in _parse(input, tuple(indices))[0]])
    target = input._array[key].shape
    _check_assignable(values._array.shape, target)
    return (_accumulated if accumulate else assign_op)(input, _without_leading_ones(values, target), key=key)


def _flat_index(name, x, index):
    """The index, checked to be long and to point into x, as an array of its own."""
    if index.dtype is not dtypes.int64:
        raise RuntimeError(f"{name}(): Expected a long tensor for index, but got {index.dtype.long_name}")
    where, count = index._array, x.numel()
    if where.size and not count:
        raise IndexError(f"{name}(): tried to {name.strip('_')} {'from' if name == 'take' else 'into'} an empty tensor")
    bad = where[(where < -count) | (where >= count)]
    if bad.size:
        raise IndexError(f"out of range: tried to access index {int(bad.flat[0])} on a tensor of {count} elements.")
    return where.copy()


@op(name="TakeBackward0")
def take_op(x, *, index):
    return x.reshape(-1)[index]


@op(name="PutBackward0")
def put_op(x, source, *, index, accumulate):
    result = np.array(x, order="C")
    if accumulate:
        np.add.at(result.reshape(-1), index, source.reshape(index.shape))
    else:
        result.reshape(-1)[index] = source.reshape(index.shape)
    return result


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


@public(out=True)
def take_along_dim(input, indices, dim=None):
    """gather with broadcasting: y[i][j] = x[indices[i][j]][j] for dim 0; without dim, of the flattened tensors.

    Raises: RuntimeError unless indices are long and broadcast with input.  Torch: torch.take_along_dim
    """
    if indices.dtype is not dtypes.int64:
        raise RuntimeError(f"torch.take_along_dim(): dtype of indices should be Long but got {indices.dtype.long_name}")
    if dim is None:
        input, indices, dim = input.flatten(), indices.flatten(), 0
    if input.ndim != indices.ndim:
        raise RuntimeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, but got "
            f"{input.ndim} dimensions for input, and {indices.ndim} dimensions for indices"
        )
    dim = checks.check_dim(dim, input.ndim)
    here, there = input._array.shape, indices._array.shape
    if here:
        shape = checks.check_broadcast((*here[:dim], there[dim], *here[dim + 1 :]), there)
        indices, input = expand(indices, shape), expand(input, (*shape[:dim], here[dim], *shape[dim + 1 :]))
    size = input._array.shape[dim] if input.ndim else 1
    return input.gather(dim, indices % size if size else indices)


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
    return write(self, masked_scatter, (expand(mask, self._array.shape), source))
