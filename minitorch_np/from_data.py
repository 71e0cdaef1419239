"""Python's and NumPy's values as arrays of the dtype that torch infers for them."""

import math
import operator
import warnings
from typing import Any

import numpy as np

from . import checks, dtypes
from .size import Size
from .tensor import Tensor

SLOW = (
    "Creating a tensor from a list of numpy.ndarrays is extremely slow. Please consider converting the list to a single "
    "numpy.ndarray with numpy.array() before converting to a tensor."
)
PYTHON_TYPES = {float: dtypes.float64, int: dtypes.int64, bool: dtypes.bool_}


def to_dtype_object(value, function: str) -> dtypes.dtype:
    """A dtype, or one of Python's number types in its place.

    Raises: TypeError for anything else.
    """
    if isinstance(value, dtypes.dtype):
        return value
    if isinstance(value, type) and value in PYTHON_TYPES:
        return PYTHON_TYPES[value]
    raise TypeError(f"{function}(): argument 'dtype' must be torch.dtype, not {type(value).__name__}")


def to_array(data, dtype: dtypes.dtype | None) -> np.ndarray:
    """Nested sequences, numbers, arrays and tensors as a new array.

    Raises: ValueError for ragged sequences, TypeError or RuntimeError for elements that are no numbers.
    """
    if isinstance(data, Tensor):
        return np.array(data._array, None if dtype is None else dtype.numpy)
    if isinstance(data, np.ndarray):
        checks.check_array(data, written=False)
        with np.errstate(all="ignore"):
            return np.array(data, None if dtype is None else dtype.numpy, order="C")
    if isinstance(data, str | bytes):
        raise TypeError(f"new(): invalid data type '{type(data).__name__}'")
    shape = _shape_of(data)
    leaves: list = []
    _collect(data, shape, 0, leaves)
    if dtype is None:
        dtype = _inferred(leaves)
    for leaf in leaves:
        if isinstance(leaf, complex):
            raise NotImplementedError("complex dtypes are not supported")
    with np.errstate(all="ignore"):
        return np.array([_converted(v, dtype) for v in leaves], dtype.numpy).reshape(shape)


def _is_sequence(data) -> bool:
    if isinstance(data, Tensor | dict) or isinstance(data, np.ndarray) and data.ndim == 0:
        return False
    return isinstance(data, list | tuple | range | np.ndarray | str | bytes) or (
        hasattr(data, "__len__") and hasattr(data, "__getitem__")
    )


def _shape_of(data) -> tuple[int, ...]:
    """Sizes along the first elements."""
    shape: list[int] = []
    while _is_sequence(data):
        if isinstance(data, str):  # whose first element is a string again
            raise ValueError("too many dimensions 'str'")
        shape.append(len(data))
        if not len(data):
            break
        if not isinstance(data, np.ndarray) and isinstance(data[0], np.ndarray):
            warnings.warn(SLOW, UserWarning, stacklevel=5)
        data = data[0]
    return tuple(shape)


def _collect(data, shape, depth, leaves) -> None:
    """All elements in row-major order."""
    if isinstance(data, str | bytes):
        raise TypeError(f"new(): invalid data type '{type(data).__name__}'")
    if depth == len(shape):
        if not isinstance(data, int | float | complex | np.generic | np.ndarray | Tensor) and not _is_sequence(data):
            raise RuntimeError(f"Could not infer dtype of {type(data).__name__}")
        leaves.append(data[()] if isinstance(data, np.ndarray) and data.ndim == 0 else data)
        return
    if not _is_sequence(data):
        raise TypeError("not a sequence")
    if len(data) != shape[depth]:
        raise ValueError(f"expected sequence of length {shape[depth]} at dim {depth} (got {len(data)})")
    for item in data:
        _collect(item, shape, depth + 1, leaves)


def _inferred(leaves) -> dtypes.dtype:
    """The dtype that all elements promote to; the default dtype of none."""
    result = None
    for leaf in leaves:
        while _is_sequence(leaf) and len(leaf):
            leaf = leaf[0]
        if isinstance(leaf, Tensor):
            d = leaf.dtype
        elif isinstance(leaf, np.generic):
            d = dtypes.from_numpy_dtype(leaf.dtype)
        else:
            d = dtypes.of_number(leaf)
        result = d if result is None else dtypes.promote_types(result, d)
    return dtypes.get_default_dtype() if result is None else result


def _converted(value, dtype: dtypes.dtype) -> Any:
    """A number for an array of `dtype`.

    Raises: RuntimeError if it is out of range, TypeError if it is none.
    """
    if dtype.is_floating_point:
        return float(value)
    if isinstance(value, Tensor):
        value = value.item() if value.numel() == 1 else operator.index(value)
    if dtype is dtypes.bool_:
        return bool(value)
    if isinstance(value, float | np.floating):
        if not math.isfinite(value):
            raise RuntimeError(f"value cannot be converted to type {dtype.name} without overflow")
        value = int(value)
    value = operator.index(value)
    if not -(2**63) <= value < 2**63:
        raise ValueError("Overflow when unpacking long long")
    return in_range(value, dtype, dtype.name)


def in_range(value: int, dtype: dtypes.dtype, name: str) -> int:
    """An integer that fits the dtype; negative ones of an unsigned dtype wrap around, as in C.

    Raises: RuntimeError beyond the limits.
    """
    limits = np.iinfo(dtype.numpy)
    if not (limits.min or -limits.max) <= value <= limits.max:
        raise RuntimeError(f"value cannot be converted to type {name} without overflow")
    return value % (limits.max + 1) if not limits.min else value


def legacy_array(data, dtype: dtypes.dtype | None = None) -> np.ndarray:
    """What the old constructors make: Tensor(2, 3) zeros of that size, Tensor([2, 3]) the values, Tensor(x) x itself.

    Without a dtype: the default one, or x's.

    Raises: TypeError for what is neither.
    """
    wanted = dtype or dtypes.get_default_dtype()
    if not data or isinstance(data[0], Size) or all(_is_int(value) for value in data):
        size = tuple(data[0]) if data and isinstance(data[0], Size) else tuple([int(v) for v in data])
        checks.check_nonnegative(size)
        return np.zeros(size if data else 0, wanted.numpy)  # never uninitialised memory
    first = data[0]
    if isinstance(first, Tensor):
        if dtype is not None and first.dtype is not dtype:
            options = "device=cpu, layout=Strided, requires_grad=false (default), pinned_memory=false (default)"
            names = [checks.C_NAMES[d.name] for d in (dtype, first.dtype)]
            raise TypeError(
                f"expected TensorOptions(dtype={names[0]}, {options}, memory_format=(nullopt)) (got "
                f"TensorOptions(dtype={names[1]}, {options}, memory_format=(nullopt)))"
            )
        return first._array
    if isinstance(first, str | bytes):
        raise TypeError(f"new(): invalid data type '{type(first).__name__}'")
    if not _is_sequence(first):
        raise TypeError(f"new(): data must be a sequence (got {type(first).__name__})")
    return to_array(first, wanted)


def _is_int(value) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)
