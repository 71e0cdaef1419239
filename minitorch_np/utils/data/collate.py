"""Samples into batches: tensors are stacked, containers are rebuilt around what they hold."""

import copy
from collections.abc import Mapping, MutableMapping, MutableSequence, Sequence

import numpy as np

from ... import dtypes
from ...creation import as_tensor, tensor
from ...ops.join import stack
from ...tensor import Tensor

_MUST = "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {}"


def collate(batch, *, collate_fn_map=None):
    """A batch by the function that `collate_fn_map` gives for the first sample's type, else by its structure.

    Raises: TypeError for types that cannot be batched, RuntimeError for sequences of unequal lengths.
    Torch: torch.utils.data._utils.collate.collate
    """
    first = batch[0]
    kind = type(first)
    table = collate_fn_map or {}
    if kind in table:
        return table[kind](batch, collate_fn_map=table)
    for base, function in table.items():
        if isinstance(first, base):
            return function(batch, collate_fn_map=table)

    def inner(samples):
        return collate(samples, collate_fn_map=table)

    if isinstance(first, Mapping):
        return _mapping_like(first, {key: inner([sample[key] for sample in batch]) for key in first})
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return kind(*map(inner, zip(*batch)))
    if isinstance(first, Sequence):
        if any(len(sample) != len(first) for sample in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        columns = [inner(column) for column in zip(*batch)]
        return columns if isinstance(first, tuple) else _sequence_like(first, columns)
    raise TypeError(_MUST.format(kind))


def _mapping_like(original, items: dict):
    """`items` in a mapping of the original's type, if it can be made."""
    try:
        if isinstance(original, MutableMapping):
            result = copy.copy(original)  # it may have attributes of its own
            result.update(items)
            return result
        return type(original)(items)
    except TypeError:
        return items


def _sequence_like(original, items: list):
    """`items` in a sequence of the original's type, if it can be made."""
    try:
        if isinstance(original, MutableSequence):
            result = copy.copy(original)
            for i, item in enumerate(items):
                result[i] = item
            return result
        return type(original)(items)
    except TypeError:
        return items


def collate_tensor_fn(batch, *, collate_fn_map=None):
    """Shapes: N of S -> (N, *S)"""
    return stack(list(batch), 0)


def collate_numpy_array_fn(batch, *, collate_fn_map=None):
    """Shapes: N of S -> (N, *S)"""
    if batch[0].dtype.kind in "SUO":
        raise TypeError(_MUST.format(batch[0].dtype))
    return collate([as_tensor(array) for array in batch], collate_fn_map=collate_fn_map)


def collate_numpy_scalar_fn(batch, *, collate_fn_map=None):
    """Shapes: N of () -> (N,)"""
    return as_tensor(batch)


def collate_float_fn(batch, *, collate_fn_map=None):
    """Shapes: N of () -> (N,), float64"""
    return tensor(batch, dtype=dtypes.float64)


def collate_int_fn(batch, *, collate_fn_map=None):
    """Shapes: N of () -> (N,), int64"""
    return tensor(batch)


def collate_str_fn(batch, *, collate_fn_map=None):
    """Text stays as it is."""
    return batch


default_collate_fn_map: dict = {
    Tensor: collate_tensor_fn,
    np.ndarray: collate_numpy_array_fn,
    (np.bool_, np.number, np.object_): collate_numpy_scalar_fn,
    float: collate_float_fn,
    int: collate_int_fn,
    str: collate_str_fn,
    bytes: collate_str_fn,
}


def default_collate(batch):
    """A list of samples as one batch.

    Raises: TypeError for types that cannot be batched, RuntimeError for unequal sizes.
    Torch: torch.utils.data.default_collate
    """
    return collate(batch, collate_fn_map=default_collate_fn_map)


def default_convert(data):
    """One sample with its arrays turned into tensors.  Torch: torch.utils.data.default_convert"""
    if isinstance(data, np.ndarray | np.generic) and not isinstance(data, np.str_ | np.bytes_):
        return data if isinstance(data, np.ndarray) and data.dtype.kind in "SUO" else as_tensor(data)
    if isinstance(data, Mapping):
        return _mapping_like(data, {key: default_convert(value) for key, value in data.items()})
    if isinstance(data, tuple):
        items = [default_convert(value) for value in data]
        return type(data)(*items) if hasattr(data, "_fields") else items
    if isinstance(data, Sequence) and not isinstance(data, str | bytes):
        return _sequence_like(data, [default_convert(value) for value in data])
    return data
