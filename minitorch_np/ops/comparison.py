"""Comparisons and logic: questions about elements, without gradients."""

import numpy as np

from .. import checks, dtypes
from ..autograd.op import op
from ..tensor import Tensor
from .elementwise import binary, operands, unary
from .public import public


def _compare(name, function, formula):
    return binary(name, function, formula=formula, kind="bool", operator=name, inplace=True)


_compare("eq", np.equal, "input == other")
_compare("ne", np.not_equal, "input != other")
_compare("lt", np.less, "input < other")
_compare("le", np.less_equal, "input <= other")
_compare("gt", np.greater, "input > other")
_compare("ge", np.greater_equal, "input >= other")

binary("logical_and", np.logical_and, formula="both are nonzero", kind="bool")
binary("logical_or", np.logical_or, formula="at least one is nonzero", kind="bool")
binary("logical_xor", np.logical_xor, formula="exactly one is nonzero", kind="bool")
unary("logical_not", np.logical_not, formula="x == 0", kind="bool", inplace=True, out=True)


def _no_floats(name, function):
    def checked(*arrays):
        if np.result_type(*arrays).kind == "f":
            kind = dtypes.from_numpy_dtype(np.result_type(*arrays)).long_name
            raise NotImplementedError(f"\"{name}_cpu\" not implemented for '{kind}'")
        return function(*arrays)

    return checked


binary("bitwise_and", _no_floats("bitwise_and", np.bitwise_and), formula="input & other", operator="and")
binary("bitwise_or", _no_floats("bitwise_or", np.bitwise_or), formula="input | other", operator="or")
binary("bitwise_xor", _no_floats("bitwise_xor", np.bitwise_xor), formula="input ^ other", operator="xor")


@op(elementwise=True)
def invert(x):
    return np.invert(x)


@public(inplace=True, operator="invert", out=True)
def bitwise_not(input):
    """~input, bit by bit; logical for bools.

    Raises: TypeError for floats.  Torch: torch.bitwise_not
    """
    if input.is_floating_point():
        raise TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
    return invert(input)


@public
def isclose(input, other, rtol=1e-05, atol=1e-08, equal_nan=False):
    """|input - other| <= atol + rtol |other|, elementwise; infinities equal themselves.

    Raises: RuntimeError for different dtypes or negative tolerances.  Torch: torch.isclose
    """
    checks.check_tensor(other, "isclose", "other", 2)
    if input.dtype is not other.dtype:
        raise RuntimeError(f"{_type_name(input)} did not match {_type_name(other)}")
    if rtol < 0:
        raise RuntimeError(f"rtol must be greater than or equal to zero, but got {rtol:g}")
    if atol < 0:
        raise RuntimeError(f"atol must be greater than or equal to zero, but got {atol:g}")
    checks.check_broadcast(input._array.shape, other._array.shape)
    with np.errstate(all="ignore"):
        return Tensor._wrap(np.asarray(np.isclose(input._array, other._array, rtol, atol, equal_nan)))


def _type_name(x):
    return x.dtype.long_name


@public
def allclose(input, other, rtol=1e-05, atol=1e-08, equal_nan=False) -> bool:
    """True if all elements are close.  Torch: torch.allclose"""
    checks.check_tensor(other, "allclose", "other", 2)
    return bool(isclose(input, other, rtol, atol, equal_nan)._array.all())


@public
def equal(input, other) -> bool:
    """True if shapes and all elements are equal (NaN never is).

    Torch: torch.equal
    """
    checks.check_tensor(other, "equal", "other", 2)
    if input._array.shape != other._array.shape:
        return False
    a, b = operands(input, other, "equal")
    return bool(np.array_equal(a._array, b._array))
