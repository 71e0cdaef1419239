"""A Python number as an element of a dtype, converted and refused as torch does."""

import numpy as np

from .. import dtypes

NAMES = {
    "uint8": "uint8_t", "int8": "int8_t", "int16": "int16_t", "int32": "int", "int64": "int64_t",
    "float32": "float", "float64": "double",
}  # fmt: skip
LONG_LONG = 2**63


def scalar(value, dtype: dtypes.dtype) -> np.ndarray:
    """The number as a 0-d array; fractions are cut off, and an unsigned type takes -1 for its largest number.

    Raises: RuntimeError beyond the range of the dtype, ValueError for an int of more than 64 bits.
    """
    if isinstance(value, complex):
        if value.imag and dtype is not dtypes.bool_:
            raise _overflow(dtypes.float64 if dtype is dtypes.float16 else dtype)
        value = value.real or value.imag
    if isinstance(value, int | np.integer) and not -LONG_LONG <= value < LONG_LONG:
        raise ValueError("Overflow when unpacking long long")
    kind = dtype.numpy.kind
    if kind in "iu":
        _check_range(value, dtype)
        if isinstance(value, float):
            value = min(int(value), LONG_LONG) if value < LONG_LONG else -LONG_LONG  # as the processor converts it
        return np.asarray(value, np.int64).astype(dtype.numpy)
    if kind == "f" and dtype is dtypes.float32 and np.isfinite(value) and abs(value) > np.finfo(np.float32).max:
        raise _overflow(dtype)
    with np.errstate(over="ignore"):
        return np.asarray(value, np.float64).astype(dtype.numpy) if kind == "f" else np.asarray(bool(value))


def _check_range(value, dtype) -> None:
    low, high = np.iinfo(dtype.numpy).min, np.iinfo(dtype.numpy).max
    if isinstance(value, float):
        if not low <= value <= float(high):
            raise _overflow(dtype)
    elif not (low or -high) <= value <= high:
        raise _overflow(dtype)


def _overflow(dtype) -> RuntimeError:
    return RuntimeError(f"value cannot be converted to type {NAMES[dtype.name]} without overflow")
