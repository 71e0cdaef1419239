"""x[...] and x[...] = v, and picking and adding by index tensors.

The gradient of picking is adding: `index` and `index_put_add`, `gather` and `scatter_add` differentiate into
each other.  An index that occurs twice receives both gradients.
"""

import numpy as np

from .. import checks
from ..autograd.op import op
from ..autograd.views import write
from ..tensor import Tensor
from .convert import copy_values
from .elementwise import to_dtype
from .pieces import place, select_op, slice_op
from .public import public
from .results import sort_result, topk_result
from .shape import expand

# --- x[...] ----------------------------------------------------------------------------------------


@op
def index_op(x, *, key):
    return x[key]


index_op.node_name = "IndexBackward0"
index_op.gradient(lambda g, x_shape, key: index_put_add(g, shape=x_shape, key=key))


@op(name="IndexPutBackward0")
def index_put_add(g, *, shape, key):
    """Zeros, with every element of g added where `key` points."""
    result = np.zeros(shape, g.dtype)
    np.add.at(result, key, g)
    return result


index_put_add.gradient(lambda gg, key: index_op(gg, key=key))


@op(name="IndexPutBackward0")
def index_put(x, values, *, key):
    result = x.copy()
    result[key] = values
    return result


index_put.gradients(lambda g, values, key: index_put(g, g.new_zeros(()), key=key), lambda g, key: index_op(g, key=key))


def _parse(x, key):
    """The key as a tuple of slices, ints, None, Ellipsis and index arrays, checked against x's shape.

    Returns (key, True if it holds arrays).  Raises: IndexError in torch's words.
    """
    items = key if isinstance(key, tuple) else (key,)
    if x._array.ndim == 0:
        _refuse_scalar(key)
    if isinstance(key, list):
        items = (
            np.asarray([k.item() if isinstance(k, Tensor) else k for k in key])
            if not any(isinstance(k, slice | list | tuple) or k is None for k in key)
            else tuple(key),
        )
        if isinstance(items[0], tuple):
            items = items[0]
    parsed, arrays = [], False
    for item in items:
        if isinstance(item, Tensor):
            if item.ndim == 0 and item._array.dtype.kind in "iu":
                item = int(item._array)
            else:
                item = item._array
        elif isinstance(item, list | range):
            item = np.asarray(item, dtype=None if len(item) else np.int64)
        elif isinstance(item, slice):
            item = slice(*[None if v is None else checks.check_int(v, "slice") for v in (item.start, item.stop, item.step)])
            if item.step is not None and item.step <= 0:
                raise ValueError("step must be greater than zero")
        if isinstance(item, bool):
            item = np.asarray(item)
        if isinstance(item, np.ndarray):
            if item.dtype.kind == "u" and item.dtype == np.uint8:
                item = item.astype(bool)
            if item.dtype.kind not in "bi":
                raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
            arrays = True
        elif item is not None and item is not Ellipsis and not isinstance(item, slice):
            try:
                item = int(checks.check_int(item, "index"))
            except TypeError:
                raise TypeError(
                    "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices "
                    f"(got {type(item).__name__})"
                ) from None
        parsed.append(item)
    return _check_key(parsed, x._array.shape), arrays


def _refuse_scalar(key) -> None:
    """Torch has words of its own for a bare int or slice."""
    if isinstance(key, int) and not isinstance(key, bool):
        raise IndexError(
            "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a 0-dim "
            "tensor to a number"
        )
    if isinstance(key, slice):
        raise IndexError("slice() cannot be applied to a 0-dim tensor.")


def _taken(item) -> int:
    """How many dimensions of the indexed tensor one item uses up."""
    if item is None or item is Ellipsis:
        return 0
    return item.ndim if isinstance(item, np.ndarray) and item.dtype.kind == "b" else 1


def _check_key(items, shape):
    used = sum(_taken(i) for i in items)
    if used > len(shape):
        raise IndexError(f"too many indices for tensor of dimension {len(shape)}")
    dim = 0
    for item in items:
        if item is Ellipsis:
            dim += len(shape) - used
            continue
        if isinstance(item, int):
            checks.check_out_of_range(item, dim, shape[dim])
        elif isinstance(item, np.ndarray) and item.dtype.kind == "b":
            for k, n in enumerate(item.shape):
                if n != shape[dim + k]:
                    raise IndexError(
                        f"The shape of the mask {list(item.shape)} at index {k} does not match the shape of the "
                        f"indexed tensor {list(shape)} at index {dim + k}"
                    )
        elif isinstance(item, np.ndarray) and item.size:
            bad = item[(item < -shape[dim]) | (item >= shape[dim])]
            if bad.size:
                checks.check_out_of_range(int(bad.flat[0]), dim, shape[dim])
        dim += _taken(item)
    arrays = [i.shape for i in items if isinstance(i, np.ndarray) and i.dtype.kind != "b"]
    try:
        np.broadcast_shapes(*arrays)
    except ValueError:
        raise IndexError(
            "shape mismatch: indexing tensors could not be broadcast together with shapes "
            + ", ".join(str(list(s)) for s in arrays)
        ) from None
    return tuple(items)


def getitem(self, key):
    """x[key]: a view for ints, slices, None and Ellipsis; a copy where an index array or mask takes part.

    Torch: Tensor.__getitem__
    """
    if type(key) is int and self._array.ndim:
        checks.check_out_of_range(key, 0, self._array.shape[0])
        return select_op(self, key=(key,))
    key, arrays = _parse(self, key)
    if arrays:
        return index_op(self, key=key)
    if any(isinstance(i, int) for i in key) and not any(isinstance(i, slice) or i is None for i in key):
        return select_op(self, key=_without_ellipsis(key, self.ndim))
    return slice_op(self, key=key if Ellipsis in key else (*key, ...))


def _without_ellipsis(key, ndim):
    if Ellipsis not in key:
        return key
    at = key.index(Ellipsis)
    return (*key[:at], *[slice(None)] * (ndim - len(key) + 1), *key[at + 1 :])


def setitem(self, key, value):
    """x[key] = value, broadcast and cast, recorded like any in-place operation.

    Torch: Tensor.__setitem__
    """
    key, arrays = _parse(self, key)
    if not isinstance(value, Tensor):
        value = Tensor._wrap(np.asarray(value, self._array.dtype))
    target = self._array[key].shape
    if arrays:
        _check_assignable(value._array.shape, target)
    else:
        expand(_without_leading_ones(value, target), target)  # raises in torch's words
    if value.dtype is not self.dtype:
        if arrays:
            raise RuntimeError(
                "Index put requires the source and destination dtypes match, got "
                f"{self.dtype.long_name} for the destination and {value.dtype.long_name} for the source."
            )
        value = to_dtype(value, self.dtype)
    value = _without_leading_ones(value, target)
    if arrays:
        write(self, index_put, (value,), {"key": key}, may_overlap=True)
    else:  # a single number is filled in, whatever memory it lies in; anything else is copied
        write(getitem(self, key), copy_values, (value,), may_overlap=value.ndim == 0)


def _without_leading_ones(value, target):
    while value.ndim > len(target) and value._array.shape[0] == 1:
        value = value.squeeze(0)
    return value


def _check_assignable(shape, target):
    trimmed = shape
    while len(trimmed) > len(target) and trimmed[0] == 1:
        trimmed = trimmed[1:]
    if not checks.is_expandable(trimmed, target):
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(shape)} cannot be broadcast to indexing result of shape "
            f"{list(target)}"
        )


Tensor.__getitem__ = getitem
Tensor.__setitem__ = setitem

# --- gather and scatter -----------------------------------------------------------------------------


def _along(index, dim):
    """Where `index` points along dim, every other coordinate its own: an index for NumPy."""
    grid = list(np.ogrid[tuple(slice(n) for n in index.shape)]) if index.ndim else []
    if index.ndim:
        grid[dim] = index
    return tuple(grid) if index.ndim else (np.zeros((), np.int64),)


@op
def gather_op(x, *, dim, index):
    return np.atleast_1d(x)[_along(index._array, dim)] if x.ndim == 0 else x[_along(index._array, dim)]


gather_op.gradient(lambda g, x_shape, dim, index: scatter_sum(g.new_zeros(x_shape), g, dim=dim, index=index))
gather_op.node_name = "GatherBackward0"


@op(name="ScatterAddBackward0")
def scatter_sum(x, src, *, dim, index):
    result = np.array(x)
    where = index._array
    np.add.at(result.reshape(-1) if x.ndim == 0 else result, _along(where, dim), src[tuple(slice(n) for n in where.shape)])
    return result


scatter_sum.gradients(lambda g: g, lambda g, src_shape, dim, index: _padded(gather_op(g, dim=dim, index=index), src_shape))


def _padded(g, shape):
    """g in the front corner of a larger tensor of zeros: src may be larger than its index."""
    if g._array.shape == tuple(shape):
        return g
    return place(g, shape=tuple(shape), key=tuple([slice(n) for n in g._array.shape]))


def _check_index(name, x, dim, index, src=None):
    checks.check_tensor(index, name, "index", 3)
    dim = checks.check_dim(dim, x.ndim)
    if index._array.dtype not in (np.int64, np.int32):
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index")
    if max(index.ndim, 1) != max(x.ndim, 1):
        raise RuntimeError("Index tensor must have the same number of dimensions as input tensor")
    if src is not None and max(src.ndim, 1) != max(x.ndim, 1):
        raise RuntimeError("Index tensor must have the same number of dimensions as src tensor")
    for d, n in enumerate(index._array.shape):
        if d != dim and n > x._array.shape[d]:
            if src is None:
                raise RuntimeError(
                    f"Size does not match at dimension {d} expected index {list(index.shape)} to be no larger than "
                    f"self {list(x.shape)} apart from dimension {dim}"
                )
            raise RuntimeError(
                f"Expected index {list(index.shape)} to be no larger than self {list(x.shape)} apart from dimension "
                f"{dim} and to be no larger size than src {list(src.shape)}"
            )
        if src is not None and n > src._array.shape[d]:
            raise RuntimeError(
                f"Expected index {list(index.shape)} to be no larger than self {list(x.shape)} apart from dimension "
                f"{dim} and to be no larger size than src {list(src.shape)}"
            )
    size = x._array.shape[dim] if x.ndim else 1
    bad = index._array[(index._array < 0) | (index._array >= size)]
    if bad.size:
        raise RuntimeError(f"index {int(bad.flat[0])} is out of bounds for dimension {dim} with size {size}")
    return dim


@public
def gather(input, dim, index, *, sparse_grad=False):
    """y[i][j] = x[index[i][j]][j] for dim 0, likewise for others.

    Raises: RuntimeError for an index of another rank, dtype or range.  Torch: torch.gather
    """
    if sparse_grad:
        raise NotImplementedError("gather: sparse_grad is not supported")
    dim = _check_index("gather", input, dim, index)
    return gather_op(input, dim=dim, index=index.detach().clone() if index.numel() else index)


@public(inplace=True)
def scatter_add(input, dim, index, src):
    """y = x; y[index[i][j]][j] += src[i][j] for dim 0, likewise for others.

    Torch: torch.scatter_add
    """
    dim = _check_index("scatter", input, dim, index, src)
    if src.dtype is not input.dtype:
        raise RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype")
    return scatter_sum(input, src, dim=dim, index=index)


@op(name="ScatterBackward0")
def scatter_op(x, src, *, dim, index):
    result = np.array(x)
    where = index._array
    result[_along(where, dim)] = src[tuple(slice(n) for n in where.shape)] if np.ndim(src) else src
    return result


scatter_op.gradients(
    lambda g, dim, index: scatter_op(g, g.new_zeros(()), dim=dim, index=index),
    lambda g, src_shape, dim, index: _padded(gather_op(g, dim=dim, index=index), src_shape),
)


@public(inplace=True)
def scatter(input, dim, index, src=None, *, value=None, reduce=None):
    """y = x; y[index[i][j]][j] = src[i][j] for dim 0, likewise for others; src may be a number.

    Torch: torch.scatter
    """
    if reduce is not None:
        raise NotImplementedError("scatter: reduce= is not supported; use scatter_add")
    source = src if value is None else value
    if not isinstance(source, Tensor):
        dim = _check_index("scatter", input, dim, index)
        return scatter_op(input, Tensor._wrap(np.asarray(source, input._array.dtype)), dim=dim, index=index)
    dim = _check_index("scatter", input, dim, index, source)
    if source.dtype is not input.dtype:
        raise RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype")
    return scatter_op(input, source, dim=dim, index=index)


# --- whole slices by index -----------------------------------------------------------------------------


def _slices(dim, index):
    return (slice(None),) * dim + (index._array.reshape(-1),)


def _check_slice_index(name, x, dim, index):
    dim = checks.check_dim(dim, x.ndim)
    if index._array.dtype not in (np.int64, np.int32):
        raise RuntimeError(f"{name}(): Expected dtype int32 or int64 for index")
    if index.ndim > 1:
        raise IndexError(f"{name}(): Index is supposed to be a vector")
    size = x._array.shape[dim] if x.ndim else 1
    bad = index._array[(index._array < 0) | (index._array >= size)]
    if bad.size:
        raise IndexError("index out of range in self")
    return dim


@public
def index_select(input, dim, index):
    """Entries `index` along `dim`, in that order (a copy).

    Raises: IndexError out of range.  Torch: torch.index_select
    """
    dim = _check_slice_index("index_select", input, dim, index)
    return index_op(input, key=_slices(dim, index)) if input.ndim else input.clone()


@op(name="IndexAddBackward0")
def index_add_op(x, source, *, key):
    result = x.copy()
    np.add.at(result, key, source)
    return result


index_add_op.gradients(lambda g: g, lambda g, key: index_op(g, key=key))


@public(inplace=True)
def index_add(input, dim, index, source, *, alpha=1):
    """y = x; y[index[i]] += alpha * source[i] for dim 0, likewise for others.

    Torch: torch.index_add
    """
    dim = _check_slice_index("index_add", input, dim, index)
    if source.dtype is not input.dtype:
        raise RuntimeError(
            f"index_add_(): self ({input.dtype.long_name}) and source ({source.dtype.long_name}) must have the same "
            "scalar type"
        )
    if source.ndim and source._array.shape[dim] != index.numel():
        raise RuntimeError(
            f"index_add_(): Number of indices ({index.numel()}) should be equal to source.size(dim): "
            f"({source._array.shape[dim]}), for dim: {dim}"
        )
    return index_add_op(input, source if alpha == 1 else source * alpha, key=_slices(dim, index))


@public
def masked_select(input, mask):
    """The elements where mask is True, as a vector.

    Shapes: input and mask broadcast.  Raises: RuntimeError unless mask is bool.  Torch: torch.masked_select
    """
    if mask._array.dtype.kind != "b":
        raise RuntimeError("masked_select: expected BoolTensor for mask")
    shape = checks.check_broadcast(input._array.shape, mask._array.shape)
    return index_op(input.expand(shape), key=(np.broadcast_to(mask._array, shape),))


@public
def nonzero(input, *, as_tuple=False):
    """The coordinates of the elements that are not zero: one row each, or one vector per dimension.

    Torch: torch.nonzero
    """
    places = np.nonzero(input._array) if input.ndim else (np.arange(int(input._array != 0)),)
    if as_tuple:
        return tuple([Tensor._wrap(p) for p in places])
    return Tensor._wrap(np.stack(places, 1) if input.ndim else np.zeros((len(places[0]), 0), np.int64))


# --- order ------------------------------------------------------------------------------------------------


def _order(array, dim, descending):
    """Stable order along dim, NaN counting as the largest."""
    if not descending:
        return np.argsort(array, axis=dim, kind="stable")
    reversed_order = np.argsort(np.flip(array, dim), axis=dim, kind="stable")
    return array.shape[dim] - 1 - np.flip(reversed_order, dim)


_sorted, _topped = gather_op.named("SortBackward0"), gather_op.named("TopkBackward0")


@public
def sort(input, dim=-1, descending=False, stable=False):
    """(values, indices) in order along `dim`; NaN comes last, or first when descending.

    Torch: torch.sort
    """
    dim = checks.check_dim(dim, input.ndim)
    if not input.ndim:
        return sort_result(input.clone(), Tensor._wrap(np.zeros((), np.int64)))
    index = Tensor._wrap(np.ascontiguousarray(_order(input._array, dim, descending)))
    return sort_result(_sorted(input, dim=dim, index=index), index)


@public
def argsort(input, dim=-1, descending=False, stable=False):
    """The indices that put `dim` in order.  Torch: torch.argsort"""
    return sort(input.detach(), dim, descending).indices


@public
def topk(input, k, dim=-1, largest=True, sorted=True):
    """The k largest (or smallest) elements along `dim` and their indices, in order.

    Raises: RuntimeError if k is out of range.  Torch: torch.topk
    """
    dim = checks.check_dim(dim, input.ndim)
    if not 0 <= k <= (input._array.shape[dim] if input.ndim else 1):
        raise RuntimeError("selected index k out of range")
    if not input.ndim:
        return topk_result(input.clone(), Tensor._wrap(np.zeros((), np.int64)))
    order = _order(input._array, dim, descending=largest)
    index = Tensor._wrap(np.ascontiguousarray(np.take(order, range(k), axis=dim)))
    return topk_result(_topped(input, dim=dim, index=index), index)
