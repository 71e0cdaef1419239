"""Comparisons and logic: questions about elements, without gradients."""

import numpy as np

from .. import checks
from ..memory_order import in_memory_order
from ..tensor import Tensor
from .elementwise import binary, only, operands, unary
from .public import public


def _compare(name, function, sign, *aliases):
    binary(name, function, formula=f"input {sign} other", kind="bool", numbers="second", operator=name)
    for alias in aliases:
        binary(alias, function, formula=f"input {sign} other", kind="bool", numbers="second")


_compare("eq", np.equal, "==")
_compare("ne", np.not_equal, "!=", "not_equal")
_compare("lt", np.less, "<", "less")
_compare("le", np.less_equal, "<=", "less_equal")
_compare("gt", np.greater, ">", "greater")
_compare("ge", np.greater_equal, ">=", "greater_equal")

binary("logical_and", np.logical_and, formula="both are nonzero", kind="bool", numbers="none")
binary("logical_or", np.logical_or, formula="at least one is nonzero", kind="bool", numbers="none")
binary("logical_xor", np.logical_xor, formula="exactly one is nonzero", kind="bool", numbers="none")
unary("logical_not", np.logical_not, formula="x == 0", kind="bool", inplace=True, out=True)


for _name, _function, _sign in (
    ("bitwise_and", np.bitwise_and, "&"),
    ("bitwise_or", np.bitwise_or, "|"),
    ("bitwise_xor", np.bitwise_xor, "^"),
):
    binary(_name, only("bui", f"{_name}_cpu", _function), formula=f"input {_sign} other", operator=_name[8:])


unary("bitwise_not", only("bui", "bitwise_not_cpu", np.invert), formula="~x, bit by bit; logical for bools")


def _invert(self):
    """~x.

    Raises: TypeError for floats.
    """
    if self.is_floating_point():
        raise TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
    return self.bitwise_not()


Tensor.__invert__ = _invert


@public
def isclose(input, other, rtol=1e-05, atol=1e-08, equal_nan=False):
    """|input - other| <= atol + rtol |other|, elementwise; infinities equal themselves.

    Raises: RuntimeError for different dtypes or negative tolerances.  Torch: torch.isclose
    """
    checks.check_tensor(input, "isclose")
    checks.check_tensor(other, "isclose", "other", 2)
    if input.dtype is not other.dtype:
        raise RuntimeError(f"{_type_name(input)} did not match {_type_name(other)}")
    if rtol < 0:
        raise RuntimeError(f"rtol must be greater than or equal to zero, but got {rtol:g}")
    if atol < 0:
        raise RuntimeError(f"atol must be greater than or equal to zero, but got {atol:g}")
    checks.check_broadcast(input._array.shape, other._array.shape)
    with np.errstate(all="ignore"):
        close = in_memory_order(lambda a, b: np.isclose(a, b, rtol, atol, equal_nan), (input._array, other._array), {})
    return Tensor._wrap(np.asarray(close))


def _type_name(x):
    return x.dtype.long_name


@public
def allclose(input, other, rtol=1e-05, atol=1e-08, equal_nan=False) -> bool:
    """True if all elements are close.  Torch: torch.allclose"""
    checks.check_tensor(input, "allclose")
    checks.check_tensor(other, "allclose", "other", 2)
    return bool(isclose(input, other, rtol, atol, equal_nan)._array.all())


@public
def equal(input, other) -> bool:
    """True if shapes and all elements are equal (NaN never is).

    Torch: torch.equal
    """
    checks.check_tensor(input, "equal")
    checks.check_tensor(other, "equal", "other", 2)
    if input._array.shape != other._array.shape:
        return False
    a, b = operands(input, other, "equal")
    return bool(np.array_equal(a._array, b._array))
