"""Comparisons and logic: questions about elements, without gradients (zeros, where the answer is written in place)."""

import numpy as np

from .. import checks
from ..autograd.op import Op
from ..memory_order import in_memory_order
from ..tensor import Tensor
from .elementwise import binary, only, operands, unary
from .inplace import write_unrecorded
from .public import in_place, public


def _compare(name, function, sign, *aliases):
    def forward(x, other, *, answers):
        return answers.astype(x.dtype)

    forward.__name__ = name + "_"
    nodes = [Op(forward, name=f"{name.capitalize()}Backward{of_tensors}", elementwise=True) for of_tensors in (0, 1)]
    for node in nodes:
        node.gradients(*_NOTHING)
    for spelling in (name, *aliases):
        binary(
            spelling,
            function,
            formula=f"input {sign} other",
            kind="bool",
            numbers="second",
            inplace=False,
            operator=name if spelling == name else None,
        )
        _attach_in_place(spelling, getattr(Tensor, spelling), nodes)


# What is overwritten by an answer, and what was compared with, have no influence: zeros, not None, reach both.
_NOTHING = (
    lambda g, x_shape, x_dtype: _zeros(x_shape, x_dtype),
    lambda g, other_shape, other_dtype: _zeros(other_shape, other_dtype),
)


def _zeros(shape, dtype):
    return Tensor._wrap(np.zeros(shape, dtype.numpy))


def _attach_in_place(name, compare, nodes):
    def answer(input, other):
        answers = compare(input, other)
        if not input.is_floating_point() or answers._array.shape != input._array.shape:
            return answers  # whole numbers have no history; the other shape is refused by the writer
        return nodes[isinstance(other, Tensor)](input, other, answers=answers._array)

    answer.__name__ = name
    setattr(Tensor, name + "_", in_place(answer, name + "_"))


_compare("eq", np.equal, "==")
_compare("ne", np.not_equal, "!=", "not_equal")
_compare("lt", np.less, "<", "less")
_compare("le", np.less_equal, "<=", "less_equal")
_compare("gt", np.greater, ">", "greater")
_compare("ge", np.greater_equal, ">=", "greater_equal")

binary("logical_and", np.logical_and, formula="both are nonzero", kind="bool", numbers="none", inplace=write_unrecorded)
binary("logical_or", np.logical_or, formula="at least one is nonzero", kind="bool", numbers="none", inplace=write_unrecorded)
binary(
    "logical_xor", np.logical_xor, formula="exactly one is nonzero", kind="bool", numbers="none", inplace=write_unrecorded
)
unary("logical_not", np.logical_not, formula="x == 0", kind="bool", inplace=write_unrecorded, out="answer")


for _name, _function, _sign in (
    ("bitwise_and", np.bitwise_and, "&"),
    ("bitwise_or", np.bitwise_or, "|"),
    ("bitwise_xor", np.bitwise_xor, "^"),
):
    binary(_name, only("bui", f"{_name}_cpu", _function), formula=f"input {_sign} other", operator=_name[8:])


unary("bitwise_not", only("bui", "bitwise_not_cpu", np.invert), formula="~x, bit by bit; logical for bools", out="found")


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
