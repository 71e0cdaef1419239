"""How an elementwise operation is made: `unary` and `binary` turn one row into an op with all its spellings."""

import functools
import math

import numpy as np

from .. import checks, dtypes
from ..autograd.op import Op
from ..tensor import Tensor
from .public import public

TOO_BIG = 2**63  # whole numbers from here on do not fit in int64


def unary(name, function, gradient=None, *, formula, kind="same", aliases=(), **spellings):
    """Declare an elementwise operation of one tensor.

    function: ndarray -> ndarray; gradient: lambda of (g, any of x, out); kind: "same" keeps the dtype,
    "float" turns integers and bools into the default dtype, "bool" is for questions; aliases: torch's second names.
    """

    def forward(x):
        return function(x)

    forward.__name__ = name
    operation = Op(forward, elementwise=True)
    if gradient is not None:
        operation.gradient(gradient)

    known_as = name

    def declare(name):
        def call(input):
            checks.check_tensor(input, name)
            if kind == "float" and input._array.dtype.kind != "f":
                input = to_dtype(input, dtypes.get_default_dtype())
            return operation.of_one(input)

        _publish(call, formula, {"inplace": kind != "bool", "out": kind != "bool"} | spellings, name, known_as)

    for spelling in (name, *aliases):
        declare(spelling)
        spellings.pop("operator", None)  # it is the first name's
    return operation


def binary(name, function, *gradients, formula, kind="same", numbers="either", aliases=(), of_tensors=None, **spellings):
    """Declare an elementwise operation of two tensors, or a tensor and a number, with broadcasting and promotion.

    gradients: one lambda of (g, any of a, b, out) per input; kind and aliases as for `unary`;
    numbers: which of the two may be a number: "either" (not both), "second", or "none";
    of_tensors: the node's name where neither is, if it has one of its own.
    """

    def forward(a, b):
        return function(a, b)

    forward.__name__ = name
    operation = Op(forward, elementwise=True)
    if gradients:
        operation.gradients(*gradients)
    twin = operation.named(of_tensors) if of_tensors else None

    known_as = name

    def declare(name):
        def call(input, other):
            if numbers != "either":
                checks.check_tensor(input, name)
                if numbers == "none":
                    checks.check_tensor(other, name, "other", 2)
            a, b = operands(input, other, name, kind)
            if isinstance(a, Tensor) and isinstance(b, Tensor):
                return (twin or operation).of_two(a, b)
            return operation(a, b)

        _publish(call, formula, {"inplace": True, "out": "answer" if kind == "bool" else True} | spellings, name, known_as)

    for spelling in (name, *aliases):
        declare(spelling)
        spellings.pop("operator", None)  # it is the first name's
    return operation


def _publish(call, formula, spellings, name, known_as):
    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"{formula}, elementwise.\n\nTorch: torch.{name}"
    public(call, **{"same_as": known_as} | spellings)


def only_bools(name, result, out, operands=()):
    """For `out=` of questions that are written as bools only."""
    if out.dtype is not dtypes.bool_:
        raise RuntimeError(f"{name.removeprefix('aten::')} does not support non-boolean outputs.")


def only(kinds, kernel, function):
    """`function`, but for dtypes of other kinds ("b" bools, "ui" integers, "f" floats), which torch's kernel refuses."""

    def checked(*arrays, **options):
        first = arrays[0]
        dtype = (first if type(first) is np.ndarray else next(a for a in arrays if isinstance(a, np.ndarray))).dtype
        if dtype.kind not in kinds:
            raise NotImplementedError(f"\"{kernel}\" not implemented for '{dtypes.from_numpy_dtype(dtype).long_name}'")
        return function(*arrays, **options)

    return checked


def to_dtype(x: Tensor, dtype: dtypes.dtype) -> Tensor:
    """x, cast if need be."""
    return x if x._array.dtype == dtype.numpy else x.to(dtype)


def operands(a, b, name, kind="same"):
    """Two arguments promoted to one dtype; a Python number stays one, in that dtype's range.

    Raises: TypeError for what is neither tensor nor number, RuntimeError for shapes that do not broadcast.
    """
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        x, y = a._array, b._array
        if (shape := x.shape) != (other := y.shape):
            checks.check_broadcast(shape, other)
        if x.dtype is y.dtype and (kind != "float" or x.dtype.kind == "f"):
            return a, b
        dtype = dtypes.result_type(a, b)
        if kind == "float" and not dtype.is_floating_point:
            dtype = dtypes.get_default_dtype()
        return to_dtype(a, dtype), to_dtype(b, dtype)
    if isinstance(a, Tensor) and a._array.dtype.kind == "f":
        if type(b) is float or type(b) is int and -TOO_BIG < b < TOO_BIG:
            return a, b  # the commonest case: nothing to promote
    if not isinstance(a, Tensor) and not isinstance(b, Tensor):
        raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {type(a).__name__}")
    first = isinstance(a, Tensor)
    tensor, number = (a, b) if first else (b, a)
    number = as_number(number, name, "other" if first else "input", 2 if first else 1)
    dtype = dtypes.result_type(tensor, number)
    if kind == "float" and not dtype.is_floating_point:
        dtype = dtypes.get_default_dtype()
    tensor = to_dtype(tensor, dtype)
    if not dtype.is_floating_point:
        number = np.asarray(number).astype(dtype.numpy)[()]  # wraps around, as a C cast does
    return (tensor, number) if first else (number, tensor)


def promoted(*tensors):
    """Tensors cast to the dtype that all of them promote to.

    Raises: RuntimeError for shapes that do not broadcast.
    """
    shape: tuple[int, ...] = ()
    for x in tensors:
        shape = checks.check_broadcast(shape, x._array.shape)
    dtype = dtypes.promote([x.dtype for x in tensors if x.ndim], [x.dtype for x in tensors if not x.ndim], [])
    return [to_dtype(x, dtype) for x in tensors]


_C_NAMES = {"float16": "c10::Half", "float32": "float", "float64": "double", "int32": "int", "bool": "bool"}


def in_range(value, dtype: dtypes.dtype):
    """A number as a scalar of the dtype; a negative whole one wraps around in uint8.

    Raises: RuntimeError where it does not fit.
    """
    if dtype.is_floating_point:
        fits = not math.isfinite(value) or abs(value) <= np.finfo(dtype.numpy).max
    elif dtype is dtypes.bool_:
        fits = True
    else:
        limits = np.iinfo(dtype.numpy)
        lowest = -limits.max if limits.min == 0 and isinstance(value, int) else limits.min
        fits = math.isfinite(value) and lowest <= value <= limits.max
    if not fits:
        name = _C_NAMES.get(dtype.name, f"{dtype.name}_t")
        raise RuntimeError(f"value cannot be converted to type {name} without overflow")
    return np.asarray(value if dtype.is_floating_point or dtype is dtypes.bool_ else int(value)).astype(dtype.numpy)[()]


def wide(function):
    """The same function of arrays, with float16 computed in float32 and rounded once."""

    @functools.wraps(function)
    def wider(*arrays, **options):
        dtype = arrays[-1].dtype
        if dtype != np.float16:
            return function(*arrays, **options)
        return function(*[a.astype(np.float32) for a in arrays], **options).astype(dtype)

    return wider


def as_number(value, name, argument="other", position=2):
    """A Python number for Python's or NumPy's.

    Raises: TypeError for what is none, OverflowError for a whole number of more than 64 bits.
    """
    if type(value) is int and not -TOO_BIG <= value < TOO_BIG * 2:
        raise OverflowError("int too big to convert")
    number = python_number(value)
    if number is None:
        kind = checks.type_name(value)
        raise TypeError(f"{name}(): argument '{argument}' (position {position}) must be Tensor, not {kind}")
    return number


def check_number(value, name, argument):
    """`value` as a Python number, where torch demands a number.  Raises: TypeError"""
    number = python_number(value)
    if number is None:
        raise TypeError(f"{name}(): argument '{argument}' must be Number, not {checks.type_name(value)}")
    return number


def python_number(value):
    """A number of Python for one of Python or NumPy (whose bools are floats, as torch takes them); None for what is none."""
    if type(value) in (int, float, bool):
        return value
    if isinstance(value, float | np.bool_):  # np.float64 is a float, whose dtype must not count
        return float(value)
    if isinstance(value, int):
        return value
    if isinstance(value, complex):
        raise NotImplementedError("complex dtypes are not supported")
    return value.item() if isinstance(value, np.number) else None
