"""x[...] and x[...] = v.

The gradient of picking is adding: `index_op` and `index_put_add` differentiate into each other.  An index that occurs
twice receives both gradients.
"""

import warnings
from collections import namedtuple

import numpy as np

from .. import checks, kernels
from ..autograd.mode import INFERENCE, state
from ..autograd.op import op
from ..autograd.views import OVERLAP, _check_history, check_inference, write
from ..memory_order import laid_out_like, memory_order
from ..quiet import restore, silence
from ..strides import viewed
from ..tensor import Tensor
from .adding import add_at
from .convert import copy_values
from .elementwise import to_dtype
from .keys import Picked, check_count, check_places, is_mask, numpy_key, parse, pick, simple
from .pieces import select_op, slice_op
from .scalars import scalar
from .shape import expand, unsqueeze_op

EXPANDED = (
    "Use of index_put_ on expanded tensors is deprecated. Please clone() the tensor before performing this operation. "
    "This also applies to advanced indexing e.g. tensor[indices] = tensor"
)

# --- by index tensors ------------------------------------------------------------------------------


@op(any_order=True)
def index_op(x, *, key):
    return _in_torchs_order(x[key], x, key)


index_op.node_name = "IndexBackward0"
index_op.gradient(lambda g, x_shape, key: index_put_add(g, shape=x_shape, key=key))


@op(name="IndexPutBackward0")
def index_put_add(g, *, shape, key):
    """Zeros, with every element of g added where `key` points."""
    if g.size > 1024 and type(key[0]) is np.ndarray and len(key) == 1 and key[0].dtype.kind == "i":
        rows = key[0] % shape[0]
        width = g.size // rows.size
        return kernels.embedding_backward(g.reshape(*rows.shape, width), rows, shape[0]).reshape(shape)
    return add_at(np.zeros(shape, g.dtype), key, g)


index_put_add.gradient(lambda gg, key: index_op(gg, key=key))


@op(name="IndexPutBackward0", any_order=True)
def index_put_op(x, values, *, key, accumulate=False):
    if accumulate:
        return laid_out_like(add_at(np.array(x, order="C"), key, values), x)
    result = laid_out_like(x.copy(), x)
    result[key] = values
    return result


index_put_op.gradients(
    lambda g, key, accumulate: g if accumulate else index_put_op(g, g.new_zeros(()), key=key),
    lambda g, key: index_op(g, key=key),
)

_Steps = namedtuple("_Steps", ("shape", "strides", "ndim"))


def _in_torchs_order(result, x, key):
    """What was picked, laid out in memory as x and the index arrays are: one operand each, as torch sees it."""
    if result.ndim < 2:
        return _row_major(result)
    arrays = [k for k in key if type(k) is np.ndarray and k.dtype.kind != "b"]
    ones = 1 in result.shape  # whose strides tell, too, where arrays of several dimensions are turned
    if x.flags.c_contiguous and all(a.flags.c_contiguous and not (ones and a.ndim > 1) for a in arrays):
        return _row_major(result)
    picked = Picked.by_key(x.shape, key)
    front, between = picked.front, (0,) * len(picked.broadcast)
    rest = [s for s, where in zip(x.strides, picked.wheres) if where is None]
    operands = [_Steps(result.shape, (*rest[:front], *between, *rest[front:]), result.ndim)]
    behind = len(rest) - front
    for where in picked.wheres:
        if where is not None:
            if where.shape != picked.broadcast:
                where = np.broadcast_to(where, picked.broadcast)
            operands.append(viewed(where, (1,) * front + where.shape + (1,) * behind))
    order = memory_order(operands)
    return _row_major(result) if order is None else _row_major(result.transpose(order)).transpose(np.argsort(order))


def _row_major(array):
    """NumPy leaves the strides of dimensions of size 1 as they are, unless it copies."""
    return array if array.flags.c_contiguous and 1 not in array.shape else np.array(array, order="C")


# --- x[...] ----------------------------------------------------------------------------------------

_VIEWS = {
    "Slice": slice_op,
    "Select": slice_op.named("SelectBackward0"),
    "Unsqueeze": slice_op.named("UnsqueezeBackward0"),
    None: slice_op.named("AliasBackward0"),
}


def getitem(self, key):
    """x[key]: a view for ints, slices, None and Ellipsis; a copy where an index tensor or mask takes part.

    Torch: Tensor.__getitem__
    """
    if type(key) is int and self._array.ndim and -len(self._array) <= key < len(self._array):  # the commonest key
        return select_op(self, key=(key,))
    if type(key) is slice and self._array.ndim:  # the next
        start, stop, step = key.indices(len(self._array))
        if step > 0:
            return slice_op(self, key=(slice(start, max(start, stop), step), ...))
    if key is None:
        return unsqueeze_op(self, dim=0)
    if type(key) is Tensor and key._array.dtype.kind == "b" and key._array.shape == self._array.shape != ():
        kept = self.requires_grad and state.enabled  # the mask may be written to later
        return index_op.of_one(self, key=(key._array.copy(order="K") if kept else key._array,))
    basic, last, indices = (type(key) is tuple and simple(self._array.shape, key)) or parse(self._array.shape, key)
    if not indices:
        return _VIEWS[last](self, key=basic)
    view = self if last is None else _VIEWS[last](self, key=basic)
    if not _is_whole_mask(view._array.shape, indices):
        picked = pick(view._array.shape, indices)
        check_places(picked)
        if 0 in picked.result:
            indices = _nowhere(indices, picked)
    return index_op(view, key=_kept(indices, view.requires_grad))


def _is_whole_mask(shape, indices) -> bool:
    """True for a single mask that fits: nothing else need be checked."""
    mask = indices[0]
    return len(indices) == 1 and mask._array.dtype == bool and mask._array.shape == shape[: mask.ndim] and mask.ndim > 0


def _nowhere(indices, picked):
    """The same indices, all zero: where nothing is picked torch does not ask whether they are in range, but NumPy does."""
    return [i if i is None or is_mask(i) else Tensor._wrap(np.zeros(picked.broadcast, np.int64)) for i in indices]


def _kept(indices, recorded):
    """The key for NumPy; where it is kept for the gradient, as copies: the index tensors may be written to later."""
    key = numpy_key(indices)
    if recorded and state.enabled:
        return tuple([k.copy(order="K") if type(k) is np.ndarray else k for k in key])
    return key


def setitem(self, key, value):
    """x[key] = value, broadcast and cast, recorded like any in-place operation.

    Torch: Tensor.__setitem__
    """
    value = value if isinstance(value, Tensor) else _as_value(value, self)
    if self._counter is INFERENCE:
        check_inference(self)
    if key is False:
        return
    key = None if key is True else key
    shape = self._array.shape
    basic, last, indices = simple(shape, key if type(key) is tuple else (key,)) or parse(shape, key, whole_slices=False)
    recording = state.enabled and (self.requires_grad or value.requires_grad)
    if last is None:
        target = self
    elif recording:
        target = _VIEWS[last](self, key=basic)
    else:
        target = Tensor._wrap(self._array[basic])
        target._counter = self._version_counter()
    if indices:
        put(target, indices, _without_leading_ones(value), recording)
    else:
        _copy_to(target, value, recording)


def _as_value(value, x) -> Tensor:
    """A number that is assigned, as a tensor of x's dtype."""
    if not isinstance(value, int | float | complex | np.integer):
        name = type(value).__name__
        module = "numpy." if type(value).__module__ == "numpy" else ""
        raise TypeError(f"can't assign a {module}{name} to a torch.{x.dtype.long_name}Tensor")
    return Tensor._wrap(scalar(value, x.dtype))


@op(name="FillBackward3")
def filled_with(old, value):
    return np.full(old.shape, value, old.dtype)


filled_with.gradients(lambda g: g.new_zeros(g._array.shape), lambda g: g.sum())


def _copy_to(target, value, recording):
    """target[...] = value, whose leading dimensions of size 1 are dropped."""
    array = target._array
    if value._array.ndim and value._array.shape != array.shape:
        value = expand(_without_leading_ones(value), array.shape)  # raises in torch's words
    if recording:
        if value.ndim or not array.ndim:
            write(target, copy_values, (value,))
        else:
            write(target, filled_with, (to_dtype(value, target.dtype),), may_overlap=True)
        return
    checks.check_writable(array)
    if value._array.ndim and np.may_share_memory(array, value._array):
        write(target, copy_values, (value,))
        return
    _assign(array, ..., value._array)
    target._bump_version()


def _assign(array, key, value):
    settings = silence()
    try:
        array[key] = value
    finally:
        restore(settings)


def _without_leading_ones(value):
    shape = value._array.shape
    leading = next((d for d, n in enumerate(shape) if n != 1), len(shape))
    return value.reshape(shape[leading:]) if leading else value


def put(target, indices, value, recording, accumulate=False):
    """target[indices] = value, or +=.

    Raises: IndexError, RuntimeError as x[...] = v.
    """
    if recording:
        _check_history(target)
    value, indices = checked_put(target, indices, value, accumulate)
    array = target._array
    if recording or accumulate:
        options = {"key": _kept(indices, recording), "accumulate": accumulate}
        write(target, index_put_op, (value,), options, may_overlap=True, idempotent=_is_expanded(array))
    else:
        _assign(array, numpy_key(indices), value._array)
        target._bump_version()


def checked_put(target, indices, value, accumulate):
    """(value, indices) as they are assigned, after all checks, in torch's order."""
    check_count(target._array.shape, indices)
    if _is_expanded(target._array):
        warnings.warn(EXPANDED, UserWarning, stacklevel=4)
    if not accumulate and value.numel() == 1 and _is_one_mask(indices):  # one number, of any dtype and shape, is filled in
        if not _is_whole_mask(target._array.shape, indices):
            pick(target._array.shape, indices)
            checks.check_mask(next(index for index in indices if index is not None))
        if value.dtype is not target.dtype:
            scalar(value.item(), target.dtype)  # raises beyond the range
        return to_dtype(value.reshape(()), target.dtype), indices
    for other in (value, *indices):
        if other is not None and np.may_share_memory(target._array, other._array):
            _check_overlap(target, other)
    picked = pick(target._array.shape, indices)
    if not checks.is_expandable(value._array.shape, picked.result):
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(value.shape)} cannot be broadcast to indexing result of shape "
            f"{list(picked.result)}"
        )
    if value.dtype is not target.dtype:
        raise RuntimeError(
            "Index put requires the source and destination dtypes match, got "
            f"{target.dtype.long_name} for the destination and {value.dtype.long_name} for the source."
        )
    spanning = [i for i in indices if i is None or i.ndim or not is_mask(i)]
    if len(spanning) < len(indices):
        if 0 not in picked.result:
            raise RuntimeError("index_put_: a mask without dimensions can only be filled with a number")
        indices = spanning or [Tensor._wrap(np.ones(target._array.shape[:1], bool))]  # all there is: nothing
    check_places(picked)
    return value, _nowhere(indices, picked) if 0 in picked.result else indices


def _is_one_mask(indices) -> bool:
    given = [i for i in indices if i is not None]
    return len(given) == 1 and is_mask(given[0])


def _is_expanded(array) -> bool:
    return any(s == 0 and n > 1 for s, n in zip(array.strides, array.shape))


def _check_overlap(written, read) -> None:
    """Raises: RuntimeError if both fill a piece of memory without gaps, and the pieces overlap."""
    dense = [
        a.transpose(np.argsort([-s for s in a.strides], kind="stable")).flags.c_contiguous
        for a in (written._array, read._array)
    ]
    if written is read or all(dense):
        raise RuntimeError(OVERLAP)


Tensor.__getitem__ = getitem
Tensor.__setitem__ = setitem
