"""What stands between the brackets of x[...], taken apart as torch does it.

From left to right, ints, slices and None make a view of x; masks and index tensors are collected beside it.
What they pick is then looked up in the view (indexing.py).
"""

import operator
import warnings

import numpy as np

from .. import checks
from ..creation import from_numpy
from ..from_data import to_array
from ..tensor import Tensor

UNKNOWN = "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got {})"
NO_DIMENSION = (
    "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a 0-dim tensor "
    "to a number"
)
NO_TUPLE = (
    "Using a non-tuple sequence for multidimensional indexing is deprecated and will be changed in pytorch 2.9; use "
    "x[tuple(seq)] instead of x[seq]. In pytorch 2.9 this will be interpreted as tensor index, x[torch.tensor(seq)], which "
    "will result either in an error or a different result"
)
UINT8 = "indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool instead."
ALL = slice(None)


def parse(shape, key, whole_slices=True):
    """Take x[key] apart, for an x of this shape.

    Returns (key of the view for NumPy, name of the view's last step or None if the view is x itself, [mask, index
    tensor or None for each dimension of the view; a mask stands for all of its dimensions]).
    whole_slices: a lone x[:] is a step of its own, as it is in reading but not in writing.
    Raises: IndexError, TypeError, ValueError in torch's words.
    """
    items = _as_items(key)
    alone = type(key) is not tuple and len(items) == 1 and items[0] is key
    ndim = len(shape)
    taken = sum([_dimensions(item) for item in items])
    if taken > ndim and not (alone and (type(key) is slice or _is_int(key))):
        raise IndexError(f"too many indices for tensor of dimension {ndim}")
    basic: list = []
    indices: list = []
    last, dim, width, covered = None, 0, 0, 0  # dim counts x's dimensions, width the view's
    for position, item in enumerate(items):
        if item is Ellipsis:
            if dim + ndim - taken <= ndim:
                basic += [ALL] * (ndim - taken)
            dim, width = dim + ndim - taken, width + ndim - taken
            continue
        if type(item) is slice:
            if dim >= ndim > 0:  # behind a second Ellipsis, or a mask that was counted as one dimension
                checks.check_dim(width, ndim + _added(basic))  # refuses it
            item, whole = _slice(item, shape, dim)
            if not whole or alone and whole_slices:
                last = "Slice"
            basic.append(ALL if whole else item)
            dim, width = dim + 1, width + 1
            continue
        item = _as_index(item)
        if item is None or type(item) is bool:
            if dim > ndim:
                checks.check_dim(width, ndim + 1 + _added(basic))  # refuses it
            basic.append(None)
            last = "Unsqueeze"
            if item is not None:
                item = Tensor._wrap(np.zeros(int(item), np.int64))
            else:
                width += 1
        elif isinstance(item, int):
            if not ndim and item == 0:
                raise IndexError(NO_DIMENSION)
            checks.check_out_of_range(item, position, shape[dim] if dim < ndim else 0)
            basic.append(item)
            last, dim = "Select", dim + 1
        else:
            spans = item.ndim if is_mask(item) else 1
            basic += [ALL] * min(spans, max(ndim - dim, 0))  # behind a second Ellipsis there may be none left
            dim += spans
        if isinstance(item, Tensor):
            indices += [None] * (width - covered) + [item]
            width += item.ndim if is_mask(item) else 1
            covered = width
    return (*basic, ...), last, indices


def _added(basic) -> int:
    """How many dimensions more than x the view has by now."""
    return sum([1 if b is None else -(type(b) is int) for b in basic])


def simple(shape, key):
    """What `parse` returns, in a third of the time, for a tuple of ints in range and slices; None for any other key."""
    if len(key) > len(shape):
        return None
    basic, last = [], None
    for item, size in zip(key, shape):
        if type(item) is int and -size <= item < size:
            last = "Select"
        elif type(item) is slice:
            if item.start is not None or item.stop is not None or item.step is not None:
                item, whole = _slice(item, (size,), 0)
                last = last if whole else "Slice"
        else:
            return None
        basic.append(item)
    return (*basic, ...), last, []


def _as_items(key):
    """The key as a tuple.  A short list with slices or sequences in it counts as one, as it did in NumPy of old."""
    if isinstance(key, tuple):
        return key
    if not _is_sequence(key) or isinstance(key, np.ndarray) or len(key) >= 32:
        return (key,)
    for item in key:
        if item is None or item is Ellipsis or isinstance(item, Tensor | slice) or _is_sequence(item):
            warnings.warn(NO_TUPLE, UserWarning, stacklevel=4)
            return tuple(key)
    return (key,)


def _is_sequence(item) -> bool:
    if isinstance(item, list | tuple | np.ndarray | range | str | bytes):
        return True
    return not isinstance(item, Tensor | dict | np.generic) and hasattr(item, "__getitem__") and hasattr(item, "__len__")


def _is_int(item) -> bool:
    return isinstance(item, int | np.integer) and not isinstance(item, bool)


def _dimensions(item) -> int:
    """How many dimensions an item uses up, as torch counts: by its type, before it is converted."""
    if item is None or item is Ellipsis or type(item) is bool:
        return 0
    return item.ndim if isinstance(item, Tensor) and is_mask(item) else 1


def _slice(item, shape, dim):
    """(the slice within bounds, True if it leaves everything as it is)"""
    size = shape[dim] if shape else 0
    start, stop, step = slice(item.start, item.stop, item.step).indices(size)
    if step < 0:
        raise ValueError("step must be greater than zero")
    if not shape:
        raise IndexError("slice() cannot be applied to a 0-dim tensor.")
    # Torch looks at the ends as they were given: x[-3:] is not whole, even of three.
    whole = step == 1 and (item.start is None or item.start == 0) and (item.stop is None or item.stop >= size)
    return slice(start, max(start, stop), step), whole


def _as_index(item):
    """An int, a bool, None, or a mask or index tensor."""
    if item is None or type(item) is bool:
        return item
    if _is_int(item):
        if not -(2**63) <= item < 2**63:
            raise ValueError("Overflow when unpacking long long")
        return int(item)
    if not isinstance(item, Tensor) and _is_sequence(item):
        item = _from_sequence(item)
    if isinstance(item, Tensor):
        if item.ndim or item.is_floating_point():
            return item
        return bool(item._array) if is_mask(item) else int(item._array)
    try:
        return operator.index(item)
    except TypeError:
        name = type(item).__name__
        raise IndexError(UNKNOWN.format(f"numpy.{name}" if isinstance(item, np.generic) else name)) from None


def _from_sequence(data) -> Tensor:
    """A list or array as a mask, if it holds bools or bytes, or else as an index tensor: numbers are cut to integers."""
    if isinstance(data, np.ndarray):
        array = data if data.dtype.kind == "u" else from_numpy(data)._array
    elif isinstance(data, str | bytes):
        raise TypeError(f"new(): invalid data type '{type(data).__name__}'")
    elif all(type(n) is int for n in data):
        array = _long(list(data))
    else:
        array = to_array(data, None)
        if array.dtype.kind == "f":
            _refuse_float_tensors(data)
            if not (np.abs(array) < 2.0**63).all():
                raise RuntimeError("value cannot be converted to type int64 without overflow")
    if array.dtype not in (np.bool_, np.uint8):
        array = array.astype(np.int64, copy=False)
    return Tensor._wrap(array)


def _long(numbers):
    try:
        return np.array(numbers, np.int64)
    except OverflowError:
        raise ValueError("Overflow when unpacking long long") from None


def _refuse_float_tensors(data) -> None:
    for item in data:
        if isinstance(item, Tensor) and item.ndim == 0:
            operator.index(item)
        elif isinstance(item, list | tuple):
            _refuse_float_tensors(item)


# --- index tensors ---------------------------------------------------------------------------------


def is_mask(index: Tensor) -> bool:
    """True for bools, and for bytes, which torch still takes for such."""
    return index._array.dtype in (np.bool_, np.uint8)


def numpy_key(indices) -> tuple:
    """Masks and index tensors (or None), one per dimension, as a key for NumPy."""
    return tuple([ALL if i is None else i._array.view(bool) if i._array.dtype == np.uint8 else i._array for i in indices])


class Picked:
    """What index arrays pick from a tensor of `shape`.

    wheres: for each dimension an array of places, or None where all are taken; a mask counts as the coordinates of
    what it lets through.  broadcast: the common shape of the arrays, which stands in place of the indexed dimensions,
    or in front if those do not stand together: after `front` others.  result: the shape of what is picked.
    """

    def __init__(self, shape, wheres):
        self.dims, self.wheres = shape, wheres
        at = [d for d, w in enumerate(wheres) if w is not None]
        arrays = [wheres[d] for d in at]
        try:
            self.broadcast = np.broadcast_shapes(*[a.shape for a in arrays])
        except ValueError:
            raise IndexError(
                "shape mismatch: indexing tensors could not be broadcast together with shapes "
                + ", ".join([str(list(a.shape)) for a in arrays])
            ) from None
        together = not at or at == list(range(at[0], at[0] + len(at)))
        self.front = at[0] if at and together else 0
        rest = [n for n, w in zip(shape, wheres) if w is None]
        self.result = (*rest[: self.front], *self.broadcast, *rest[self.front :])

    @classmethod
    def by_key(cls, shape, key):
        """From a key for NumPy of whole slices, index arrays and masks."""
        wheres: list = []
        for k in key:
            if type(k) is slice:
                wheres.append(None)
            else:
                wheres += np.nonzero(k) if k.dtype.kind == "b" else [k]
        return cls(shape, wheres + [None] * (len(shape) - len(wheres)))

    def positions(self):
        """The place of everything picked in the flattened tensor, in the shape of the result."""
        behind = len(self.result) - self.front - len(self.broadcast)
        index, step = np.zeros(self.broadcast, np.int64), 1
        rest, number = np.zeros((), np.int64), len(self.result)
        for d in reversed(range(len(self.dims))):
            n, where = self.dims[d], self.wheres[d]
            if where is not None:
                index = index + np.where(where < 0, where + n, where) * step
            else:
                number -= 1
                if number == self.front + len(self.broadcast) - 1:
                    number = self.front - 1
                rest = rest + (np.arange(n) * step).reshape([n] + [1] * (len(self.result) - number - 1))
            step *= n
        return rest + index.reshape(index.shape + (1,) * behind)


def pick(shape, indices) -> Picked:
    """What masks and index tensors (or None), one per dimension, pick.

    Raises: IndexError in torch's words for another dtype, a mask of another shape, indices that do not broadcast.
    """
    check_count(shape, indices)
    for index in indices:
        if index is not None and index._array.dtype not in (np.int64, np.int32, np.bool_, np.uint8):
            raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
    wheres: list = []
    for index in indices:
        if index is None:
            wheres.append(None)
        elif is_mask(index):
            wheres += _mask_places(index, shape, len(wheres))
        else:
            wheres.append(index._array)
    picked = Picked(shape, wheres + [None] * (len(shape) - len(wheres)))
    if len(wheres) > len(shape):  # a mask stands for several
        checks.check_dim(len(shape), len(shape))  # refuses it
    if 0 not in picked.broadcast and any(n == 0 and w is not None for n, w in zip(shape, picked.wheres)):
        raise IndexError("index is out of bounds for dimension with size 0")
    return picked


def check_count(shape, indices) -> None:
    """Not more indices than dimensions."""
    if len(indices) > len(shape):
        raise IndexError(f"too many indices for tensor of dimension {len(shape)} (got {len(indices)})")


def _mask_places(index, shape, dim):
    """The coordinates of what a mask lets through, one array per dimension; checked to fit `shape` from `dim` on."""
    mask = index._array
    if mask.dtype == np.uint8:
        warnings.warn(UINT8, UserWarning, stacklevel=5)
    for k, n in enumerate(mask.shape):
        if dim + k >= len(shape):
            checks.check_dim(dim + k, len(shape))  # refuses it
        if n != shape[dim + k]:
            raise IndexError(
                f"The shape of the mask {list(mask.shape)} at index {k} does not match the shape of the indexed tensor "
                f"{list(shape)} at index {dim + k}"
            )
    return np.nonzero(mask) if mask.ndim else ()


def check_places(picked: Picked) -> None:
    """Raises: IndexError for a place out of range: the first, in the order in which elements are picked."""
    if 0 in picked.result:
        return
    bad = []
    number = 0
    for where, n in zip(picked.wheres, picked.dims):
        if where is not None:
            if where.min() < -n or where.max() >= n:
                places = np.broadcast_to(where, picked.broadcast).reshape(-1)
                at = int(np.argmax((places < -n) | (places >= n)))
                bad.append((at, number, int(places[at]), n))
            number += 1
    if bad:
        _, number, place, size = min(bad)
        raise IndexError(f"index {place} is out of bounds for dimension {number} with size {size}")
