"""Torch's dtypes and promotion table, over NumPy's.

The rule (`result_type`): the *category* decides first (bool < integer < floating), and within it
dimensioned tensors outrank 0-d tensors, which outrank Python numbers.  So int64 + float32 is
float32 (NumPy says float64), and float32 * 2.5 stays float32.
"""

from typing import Any

import numpy as np


class dtype:
    """One element type.  `itemsize` is in bytes; `numpy` is NumPy's name for the same bits."""

    __slots__ = ("name", "numpy", "itemsize", "is_floating_point", "is_signed", "category", "long_name")

    is_complex = False

    def __init__(self, name: str, long_name: str) -> None:
        self.name = name
        self.long_name = long_name  # as error sentences call it: "expected scalar type Long"
        self.numpy = np.dtype(name)
        self.itemsize = self.numpy.itemsize
        self.is_floating_point = self.numpy.kind == "f"
        self.is_signed = self.numpy.kind in "fi"
        self.category = {"b": 0, "u": 1, "i": 1, "f": 2}[self.numpy.kind]

    def __repr__(self) -> str:
        return f"torch.{self.name}"  # torch's printed form: a tensor's repr quotes it

    def __reduce__(self):
        return _by_name, (self.name,)

    def to_complex(self):
        raise NotImplementedError("complex dtypes are not supported")


float16 = dtype("float16", "Half")
float32 = dtype("float32", "Float")
float64 = dtype("float64", "Double")
int8 = dtype("int8", "Char")
uint8 = dtype("uint8", "Byte")
int16 = dtype("int16", "Short")
int32 = dtype("int32", "Int")
int64 = dtype("int64", "Long")
bool_ = dtype("bool", "Bool")  # `minitorch_np.bool`; the underscore keeps Python's own name usable here

ALL = (bool_, uint8, int8, int16, int32, int64, float16, float32, float64)
FLOATING = (float16, float32, float64)
INTEGERS = (uint8, int8, int16, int32, int64)

_FROM_NUMPY = {d.numpy: d for d in ALL}


def _by_name(name: str) -> dtype:
    return next(d for d in ALL if d.name == name)


def from_numpy_dtype(np_dtype: np.dtype) -> dtype:
    """Our dtype for NumPy's.

    Raises: TypeError for one that tensors cannot hold.
    """
    try:
        return _FROM_NUMPY[np_dtype]
    except KeyError:
        found = _FROM_NUMPY.get(np.dtype(np_dtype).newbyteorder("="))
        if found is None:
            raise TypeError(
                f"can't convert np.ndarray of type numpy.{np.dtype(np_dtype).type.__name__}. The only supported types are: "
                "float64, float32, float16, int64, int32, int16, int8, uint8, and bool."
            ) from None
        return found


# --- the default dtype ------------------------------------------------------------------------

_default = float32


def get_default_dtype() -> dtype:
    """The dtype of `tensor(1.5)` and `zeros(2)`.  Torch: torch.get_default_dtype"""
    return _default


def set_default_dtype(d: dtype) -> None:
    """Let new floating tensors have dtype `d`.

    Raises: TypeError unless `d` is a floating dtype.
    Torch: torch.set_default_dtype
    """
    global _default
    if not isinstance(d, dtype):
        raise TypeError("invalid dtype object: only floating-point types are supported as the default type")
    if not d.is_floating_point:
        raise TypeError("only floating-point types are supported as the default type")
    _default = d


# --- promotion ---------------------------------------------------------------------------------


def promote_types(a: dtype, b: dtype) -> dtype:
    """The smallest dtype that holds both, by torch's table.

    Torch: torch.promote_types
    """
    if a is b:
        return a
    if a.category != b.category:
        return a if a.category > b.category else b
    if a.category == 2:
        return a if a.itemsize >= b.itemsize else b
    return from_numpy_dtype(np.promote_types(a.numpy, b.numpy))  # integers: NumPy's table is torch's


def of_number(value) -> dtype:
    """The dtype a Python number stands for: bool, int64 or the default dtype."""
    if isinstance(value, bool):
        return bool_
    return int64 if isinstance(value, int | np.integer) else _default


def promote(dimensioned, zero_dim, numbers) -> Any:
    """Promotion of three groups of dtypes: a lower group counts only if its category is higher."""
    result = None
    for group in (dimensioned, zero_dim, numbers):
        here = None
        for d in group:
            here = d if here is None else promote_types(here, d)
        if here is not None and (result is None or here.category > result.category):
            result = here
    return result


def result_type(first, second) -> dtype:
    """The dtype of an arithmetic result of two tensors or numbers.

    Torch: torch.result_type
    """
    groups: tuple[list, list, list] = ([], [], [])
    for value in (first, second):
        if hasattr(value, "_array"):
            groups[0 if value._array.ndim else 1].append(value.dtype)
        else:
            groups[2].append(of_number(value))
    return promote(*groups)


def can_cast(from_: dtype, to: dtype) -> bool:
    """True if casting keeps the category or raises it.  Torch: torch.can_cast"""
    return from_.category <= to.category


# --- limits ------------------------------------------------------------------------------------


class finfo:
    """Limits of a floating dtype: bits, eps, max, min, tiny, smallest_normal, resolution.

    Raises: TypeError for an integer dtype.
    Torch: torch.finfo
    """

    def __init__(self, type: dtype | None = None) -> None:
        d = _default if type is None else type
        if not isinstance(d, dtype) or not d.is_floating_point:
            raise TypeError(f"torch.finfo() requires a floating point input type. Use torch.iinfo to handle '{d}'")
        info = np.finfo(d.numpy)
        self.bits = info.bits
        self.eps, self.max, self.min = info.eps.item(), info.max.item(), info.min.item()
        self.tiny = self.smallest_normal = info.tiny.item()
        self.resolution = info.resolution.item()
        self.dtype = d.name

    def __repr__(self) -> str:
        names = ("resolution", "min", "max", "eps", "smallest_normal", "tiny")
        return f"finfo({', '.join(f'{n}={getattr(self, n):g}' for n in names)}, dtype={self.dtype})"


class iinfo:
    """Limits of an integer dtype: bits, max, min.

    Raises: TypeError for a floating dtype.
    Torch: torch.iinfo
    """

    def __init__(self, type: dtype) -> None:
        if type.is_floating_point or type is bool_:
            raise TypeError(f"torch.iinfo() requires an integer input type. Use torch.finfo to handle '{type}'")
        info = np.iinfo(type.numpy)
        self.bits, self.max, self.min, self.dtype = info.bits, info.max, info.min, type.name

    def __repr__(self) -> str:
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype})"
