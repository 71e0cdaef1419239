"""gather and the scatter family: one index for every element, along one dimension.

gather and scatter_add are each other's gradients.
"""

import math

import numpy as np

from .. import checks, dtypes
from ..autograd.op import op
from ..tensor import Tensor
from .adding import add_flat
from .inplace import without_gradient, write_apart
from .pieces import place
from .public import public
from .scalars import scalar
from .shape import expand

# --- places ----------------------------------------------------------------------------------------


def _places(shape, dim, index):
    """Where index[i][j] points, in the flattened tensor of `shape`: (index[i][j], j) for dim 0, likewise for others."""
    if not shape or not index.size:
        return index
    result, step = np.zeros((), np.int64), 1
    for d in reversed(range(len(shape))):
        along = index if d == dim else np.arange(index.shape[d]).reshape([-1] + [1] * (index.ndim - d - 1))
        result = result + along * step
        step *= shape[d]
    return np.broadcast_to(result, index.shape)


def _part(src, shape):
    """The front corner of src that an index of `shape` reads."""
    if 0 in shape:
        return np.empty(shape, src.dtype)
    return src if src.shape == shape else src.reshape(shape) if src.ndim != len(shape) else src[tuple(map(slice, shape))]


@op
def gather_op(x, *, dim, index):
    return x.reshape(-1)[_places(x.shape, dim, index._array)]


gather_op.gradient(lambda g, x_shape, dim, index: scatter_sum(g.new_zeros(x_shape), g, dim=dim, index=index))
gather_op.node_name = "GatherBackward0"


@op(name="ScatterAddBackward0")
def scatter_sum(x, src, *, dim, index):
    where = index._array
    return add_flat(np.array(x, order="C"), _places(x.shape, dim, where), _part(src, where.shape))


scatter_sum.gradients(lambda g: g, lambda g, src_shape, dim, index: _padded(gather_op(g, dim=dim, index=index), src_shape))


def _padded(g, shape):
    """g in the front corner of a larger tensor of zeros: src may be larger than its index."""
    if g._array.shape == tuple(shape):
        return g
    if not g.numel():
        return g.new_zeros(shape)
    if g.ndim != len(shape):
        return g.reshape(shape)
    return place(g, shape=tuple(shape), key=tuple([slice(n) for n in g._array.shape]))


@op(name="ScatterBackward0")
def scatter_op(x, src, *, dim, index):
    result, where = np.array(x, order="C"), index._array
    result.reshape(-1)[_places(x.shape, dim, where)] = _part(src, where.shape)
    return result


scatter_op.gradients(
    lambda g, dim, index: fill_op(g, dim=dim, index=index, value=0),
    lambda g, src_shape, dim, index: _padded(gather_op(g, dim=dim, index=index), src_shape),
)


@op(name="ScatterBackward1")
def fill_op(x, *, dim, index, value):
    result = np.array(x, order="C")
    result.reshape(-1)[_places(x.shape, dim, index._array)] = value
    return result


fill_op.gradient(lambda g, dim, index: fill_op(g, dim=dim, index=index, value=0))

# --- checks ----------------------------------------------------------------------------------------


def _check_index(name, x, dim, index, src=None):
    """The dimension from the front, and the index as one that nobody else writes to.

    Raises: as torch for an index of another dtype, rank, shape or range.
    """
    checks.check_tensor(x, name)
    method = "gather" if name == "gather" else "scatter"
    checks.check_tensor(index, name, "index", 3)
    dim = checks.check_dim(dim, x.ndim)
    if not index._array.size:
        index = Tensor._wrap(index._array.astype(np.int64))  # of nothing torch asks no dtype
    if index._array.dtype not in (np.int64, np.int32):
        raise RuntimeError(f"{method}(): Expected dtype int32/int64 for index")
    if src is not None and src.dtype is not x.dtype:
        raise RuntimeError(f"{method}(): Expected self.dtype to be equal to src.dtype")
    shape = index._array.shape
    if 0 not in shape:
        _check_sizes(name, x, dim, shape, src)
        where, size = index._array, x._array.shape[dim] if x.ndim else 1
        if where.min() < 0 or where.max() >= size:
            bad = where[(where < 0) | (where >= size)]
            raise RuntimeError(f"index {int(bad.flat[0])} is out of bounds for dimension {dim} with size {size}")
    return dim, Tensor._wrap(index._array.copy())


def _check_sizes(name, x, dim, shape, src) -> None:
    if max(len(shape), 1) != max(x.ndim, 1):
        which = "input" if name == "gather" else "self"
        raise RuntimeError(f"Index tensor must have the same number of dimensions as {which} tensor")
    shape, own = shape or (1,), x._array.shape or (1,)
    there = None if src is None else src._array.shape or (1,)
    beyond = [d for d, n in enumerate(shape) if d != dim and n > own[d]]
    if beyond and name == "gather":
        raise RuntimeError(
            f"Size does not match at dimension {beyond[0]} expected index {list(shape)} to be no larger than self "
            f"{list(own)} apart from dimension {dim}"
        )
    also = ""
    if there is not None:
        if len(there) < len(shape) and src.ndim and not beyond:
            checks.check_dim(len(there), len(there))  # refuses it
        if len(there) != len(shape):
            raise RuntimeError("Index tensor must have the same number of dimensions as src tensor")
        beyond += [d for d, n in enumerate(shape) if n > there[d]]
        also = f" and to be no larger size than src {list(there)}"
    if beyond:
        raise RuntimeError(
            f"Expected index {list(shape)} to be no larger than self {list(own)} apart from dimension {dim}{also}"
        )


# --- public ----------------------------------------------------------------------------------------


@public(out="exact")
def gather(input, dim, index, *, sparse_grad=False):
    """y[i][j] = x[index[i][j]][j] for dim 0, likewise for others.

    Shapes: that of index, which is no larger than input's but along dim.
    Raises: RuntimeError for an index of another rank, dtype or range.  Torch: torch.gather
    """
    if sparse_grad:
        raise NotImplementedError("gather: sparse_grad is not supported")
    dim, index = _check_index("gather", input, dim, index)
    return gather_op(input, dim=dim, index=index)


@public(inplace=write_apart, out=True)
def scatter_add(input, dim, index, src):
    """y = x; y[index[i][j]][j] += src[i][j] for dim 0, likewise for others.

    Raises: RuntimeError as scatter.  Torch: torch.scatter_add
    """
    checks.check_tensor(src, "scatter_add", "src", 4)
    dim, index = _check_index("scatter_add", input, dim, index, src)
    return scatter_sum(input, src, dim=dim, index=index)


_reduced_in_place = without_gradient(RuntimeError("derivative for aten::scatter_ is not implemented"), apart=True)


def _scatter_in_place(x, function, args, kwargs):
    writer = _reduced_in_place if kwargs.get("reduce") is not None else write_apart
    return writer(x, function, args, kwargs)


@public(inplace=_scatter_in_place, out=True)
def scatter(input, dim, index, src=None, *, value=None, reduce=None):
    """y = x; y[index[i][j]][j] = src[i][j] for dim 0, likewise for others; src may be a number.

    reduce: "add" or "multiply" what is there instead; not differentiable.
    Raises: RuntimeError for an index of another rank, dtype, size or range.  Torch: torch.scatter
    """
    source = src if value is None else value
    if not isinstance(source, Tensor | int | float | complex | np.generic) or isinstance(source, np.ndarray):
        raise TypeError(f"scatter() received an invalid combination of arguments - got src={type(source).__name__}")
    if reduce is not None:
        return _scatter_by(input, dim, index, source, reduce)
    if isinstance(source, Tensor):
        dim, index = _check_index("scatter", input, dim, index, source)
        return scatter_op(input, source, dim=dim, index=index)
    dim, index = _check_index("scatter", input, dim, index)
    return fill_op(input, dim=dim, index=index, value=scalar(source, input.dtype))


@op(name="NotImplemented")
def combined(x, src, *, dim, index, function):
    result, where = np.array(x, order="C"), index._array
    places = _places(x.shape, dim, where)
    function.at(result.reshape(-1), places.reshape(-1), np.broadcast_to(_part(src, where.shape), where.shape).reshape(-1))
    return result


@combined.gradient
def _(g):
    raise RuntimeError("derivative for aten::scatter is not implemented")


def _scatter_by(input, dim, index, source, reduce):
    if reduce not in ("add", "multiply"):
        raise RuntimeError("reduce argument must be either add or multiply.")
    function = np.add if reduce == "add" else np.multiply
    if isinstance(source, Tensor):
        dim, index = _check_index("scatter", input, dim, index, source)
    else:
        dim, index = _check_index("scatter", input, dim, index)
        source = expand(Tensor._wrap(scalar(source, input.dtype)), index._array.shape)
    return combined(input, source, dim=dim, index=index, function=function)


@public(out=True)
def take_along_dim(input, indices, dim=None):
    """gather with broadcasting: y[i][j] = x[indices[i][j]][j] for dim 0; without dim, of the flattened tensors.

    Raises: RuntimeError unless indices are long and broadcast with input.  Torch: torch.take_along_dim
    """
    checks.check_tensor(input, "take_along_dim")
    checks.check_tensor(indices, "take_along_dim", "indices", 2)
    if dim is None:
        return input.flatten().gather(0, indices.flatten())
    if indices.dtype is not dtypes.int64:
        raise RuntimeError(f"torch.take_along_dim(): dtype of indices should be Long but got {indices.dtype.long_name}")
    if input.ndim != indices.ndim:
        raise RuntimeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, but got "
            f"{input.ndim} dimensions for input, and {indices.ndim} dimensions for indices"
        )
    if not input.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    dim = checks.check_dim(dim, input.ndim)
    here, there = input._array.shape, indices._array.shape
    if here:
        shape = checks.check_broadcast((*here[:dim], there[dim], *here[dim + 1 :]), there)
        indices, input = expand(indices, shape), expand(input, (*shape[:dim], here[dim], *shape[dim + 1 :]))
    size = input._array.shape[dim] if input.ndim else 1
    return input.gather(dim, indices % size if size else indices)


# --- scatter_reduce --------------------------------------------------------------------------------

REDUCE = {"sum": np.add, "mean": np.add, "prod": np.multiply, "amax": np.maximum, "amin": np.minimum}
SHORT = {"max": "amax", "min": "amin"}


def neutral(reduce, dtype):
    """What does not change the result of a reduction."""
    if reduce in ("amax", "amin"):
        lowest = reduce == "amax"
        if dtype.kind == "b":
            return not lowest
        if dtype.kind == "f":
            return -math.inf if lowest else math.inf
        return np.iinfo(dtype).min if lowest else np.iinfo(dtype).max
    return 1 if reduce == "prod" else 0


@op(name="ScatterReduceBackward0")
def scatter_reduce_op(x, src, *, dim, index, reduce, include_self):
    result = np.array(x, order="C")
    flat, places = result.reshape(-1), _places(x.shape, dim, index._array).reshape(-1)
    if not include_self:
        flat[places] = neutral(reduce, x.dtype)
    REDUCE[reduce].at(flat, places, src.reshape(-1))
    if reduce == "mean":
        count = np.bincount(places, minlength=flat.size).reshape(x.shape) + int(include_self)
        return mean_of(result, np.maximum(count, 1))
    return result


def mean_of(total, count):
    """total / count, of integers downwards to an integer."""
    return np.asarray((total // count if total.dtype.kind in "iu" else total / count).astype(total.dtype))


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
        g_x = fill_op(g_x, dim=dim, index=index, value=0)
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


@public(inplace=write_apart, out=True)
def scatter_reduce(input, dim, index, src, reduce, *, include_self=True):
    """y[index[i][j]][j] = the sum, prod, mean, amax or amin of all src[i][j] that go there, for dim 0.

    include_self: input's own value takes part.  The gradient of amax and amin is shared by equal values.
    Raises: RuntimeError as scatter_add, or for another `reduce`.  Torch: torch.scatter_reduce
    """
    checks.check_tensor(src, "scatter_reduce", "src", 4)
    dim, index = _check_index("scatter_reduce", input, dim, index, src)
    reduce = SHORT.get(reduce, reduce)
    if reduce not in REDUCE:
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    if reduce == "mean" and input.dtype is dtypes.bool_:
        raise NotImplementedError("\"scatter_gather_tensor_cpu_reduce_mean\" not implemented for 'Bool'")
    shape = index._array.shape
    if 0 in shape:
        src = src.reshape(-1)[:0].reshape(shape)
    elif src._array.shape != shape:
        src = src[tuple([slice(n) for n in shape])] if src.ndim == len(shape) else src.reshape(shape)
    return scatter_reduce_op(input, src, dim=dim, index=index, reduce=reduce, include_self=bool(include_self))
