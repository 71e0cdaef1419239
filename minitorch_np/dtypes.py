"""Torch's dtypes and promotion table, over NumPy's.

The rule (`result_type`): the *category* decides first (bool < integer < floating), and within it
dimensioned tensors outrank 0-d tensors, which outrank Python numbers.  So int64 + float32 is
float32 (NumPy says float64), and float32 * 2.5 stays float32.
"""

from typing import Any

import numpy as np


class dtype:
    """One element type.  `itemsize` is in bytes; `numpy` is NumPy's name for the same bits."""

    __module__ = "minitorch_np"
    __slots__ = ("name", "numpy", "itemsize", "is_floating_point", "is_signed", "category", "long_name", "abbr")

    is_complex = False

    def __init__(self, name: str = "", long_name: str = "") -> None:
        if not long_name:
            raise TypeError("cannot create 'torch.dtype' instances")  # those below are all there are
        self.name = name
        self.long_name = long_name  # as error sentences call it: "expected scalar type Long"
        self.numpy = np.dtype(name)
        self.itemsize = self.numpy.itemsize
        self.is_floating_point = self.numpy.kind == "f"
        self.is_signed = self.numpy.kind in "fi"
        self.abbr = f"{name[0]}{8 * self.itemsize}"
        self.category = {"b": 0, "u": 1, "i": 1, "f": 2}[self.numpy.kind]

    def __repr__(self) -> str:
        return f"torch.{self.name}"  # torch's printed form: a tensor's repr quotes it

    def __reduce__(self):
        return _by_name, (self.name,)

    def to_real(self) -> "dtype":
        """The dtype itself: none is complex.  Torch: torch.dtype.to_real"""
        return self

    def to_complex(self) -> "dtype":
        """Raises: NotImplementedError; RuntimeError where torch has none either.  Torch: torch.dtype.to_complex"""
        if self.is_floating_point:
            raise NotImplementedError("complex dtypes are not supported")
        raise RuntimeError(f"Unknown Complex ScalarType for {self.long_name}")


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


class _Limits:
    """What finfo and iinfo have in common: two of one dtype are equal, and print as torch's."""

    bits: int
    max: Any
    min: Any
    dtype: str
    _printed: tuple[str, ...]

    def __repr__(self) -> str:
        numbers = "".join(f"{name}={getattr(self, name):g}, " for name in self._printed)
        return f"{type(self).__name__}({numbers}dtype={self.dtype})"

    def __eq__(self, other) -> bool:
        return type(self) is type(other) and self.dtype == other.dtype


_NOT_GIVEN: Any = object()


def _as_dtype(value, function: str) -> dtype:
    if not isinstance(value, dtype):
        raise TypeError(f"{function}(): argument 'type' (position 1) must be torch.dtype, not {type(value).__name__}")
    return value


class finfo(_Limits):
    """Limits of a floating dtype, by default the default one: bits, eps, max, min, tiny, smallest_normal, resolution.

    Raises: TypeError for an integer dtype.
    Torch: torch.finfo
    """

    __module__ = "minitorch_np"
    _printed = ("resolution", "min", "max", "eps", "smallest_normal", "tiny")

    def __init__(self, type=_NOT_GIVEN) -> None:
        d = _default if type is _NOT_GIVEN else _as_dtype(type, "finfo")
        if not d.is_floating_point:
            raise TypeError("torch.finfo() requires a floating point input type. Use torch.iinfo to handle 'torch.finfo'")
        info = np.finfo(d.numpy)
        self.bits = info.bits
        self.eps, self.max, self.min = info.eps.item(), info.max.item(), info.min.item()
        self.tiny = self.smallest_normal = info.tiny.item()
        self.resolution = float(f"1e-{info.precision}")
        self.dtype = d.name


class iinfo(_Limits):
    """Limits of an integer dtype: bits, max, min.

    Raises: TypeError for a floating dtype and for bool.
    Torch: torch.iinfo
    """

    __module__ = "minitorch_np"
    _printed = ("min", "max")

    def __init__(self, type=_NOT_GIVEN) -> None:
        if type is _NOT_GIVEN:
            raise TypeError('iinfo() missing 1 required positional arguments: "type"')
        d = _as_dtype(type, "iinfo")
        if d.is_floating_point:
            raise TypeError("torch.iinfo() requires an integer input type. Use torch.finfo to handle 'torch.iinfo'")
        if d is bool_:
            raise TypeError("torch.bool is not supported by torch.iinfo")
        info = np.iinfo(d.numpy)
        self.bits, self.max, self.min, self.dtype = info.bits, info.max, info.min, d.name
