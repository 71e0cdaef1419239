"""Sums, products, quotients and powers."""

import numpy as np

from .. import checks
from ..autograd.op import op
from ..creation import zeros_like
from ..tensor import Tensor
from .elementwise import TOO_BIG, as_number, binary, check_number, only, operands, unary
from .inplace import without_gradient
from .public import is_operand, public

# --- sums and products ----------------------------------------------------------------------------


@op(name="AddBackward0", elementwise=True)
def addition(a, b):
    return a + b


@op(name="SubBackward0", elementwise=True)
def subtraction(a, b):
    return a - b


addition.gradients(lambda g: g, lambda g: g)
subtraction.gradients(lambda g: g, lambda g: -g)
reversed_subtraction = {of_tensors: subtraction.named(f"RsubBackward{1 - of_tensors}") for of_tensors in (False, True)}


def _scaled(input, other, alpha, name):
    """The operands of input + alpha * other; alpha = 1, almost always, costs nothing."""
    a, b = operands(input, other, name)
    if type(alpha) is not bool and alpha == 1:
        return a, b
    alpha = check_number(alpha, name, "alpha")
    kind = (a if isinstance(a, Tensor) else b)._array.dtype.kind
    if type(alpha) is bool and kind != "b":
        raise RuntimeError("Boolean alpha only supported for Boolean results.")
    if type(alpha) is float and kind != "f":
        raise RuntimeError("For integral input tensors, argument alpha must not be a floating point number.")
    if kind == "b":
        return a, b & (alpha != 0)
    return operands(a, b * alpha, name)


@public(inplace=True, operator="add", out=True)
def add(input, other, *, alpha=1):
    """input + alpha * other, elementwise.

    Shapes: broadcast.  Raises: RuntimeError for an alpha of a higher category than the result.  Torch: torch.add
    """
    a, b = _scaled(input, other, alpha, "add")
    return addition.of_two(a, b) if isinstance(a, Tensor) and isinstance(b, Tensor) else addition(a, b)


def _is_bool(x) -> bool:
    return x._array.dtype.kind == "b" if isinstance(x, Tensor) else isinstance(x, bool)


def _refuse_bools(a, b):
    """Raises: RuntimeError if one of the two is a bool tensor, or True or False."""
    first, second = _is_bool(a), _is_bool(b)
    if first and second:
        raise RuntimeError(
            "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` "
            "operator instead."
        )
    if first or second:
        raise RuntimeError(
            "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, "
            "use the `~` or `logical_not()` operator instead."
        )


@public(inplace=True, operator="sub", out=True)
def sub(input, other, *, alpha=1):
    """input - alpha * other, elementwise.

    Shapes: broadcast.
    Raises: RuntimeError for bools, or an alpha of a higher category than the result.  Torch: torch.sub
    """
    _refuse_bools(input, other)
    a, b = _scaled(input, other, alpha, "sub")
    return subtraction.of_two(a, b) if isinstance(a, Tensor) and isinstance(b, Tensor) else subtraction(a, b)


@public
def rsub(input, other, *, alpha=1):
    """other - alpha * input, elementwise.  Torch: torch.rsub"""
    checks.check_tensor(input, "rsub")
    _refuse_bools(input, other)
    return reversed_subtraction[isinstance(other, Tensor)](*_scaled(other, input, alpha, "rsub"))


Tensor.__rsub__ = lambda self, other: rsub(self, other) if is_operand(other) else NotImplemented


public(sub, method=True, inplace=True, name="subtract", out=True, same_as="sub")

mul = binary(
    "mul",
    np.multiply,
    lambda g, b: g * b,
    lambda g, a: g * a,
    formula="input * other",
    operator="mul",
    aliases=("multiply",),
)

_div = binary(
    "true_divide",
    np.true_divide,
    lambda g, b: g / b,
    lambda g, b, out: -g * out / b,
    formula="input / other",
    kind="float",
    operator="truediv",
    same_as="div",
)
_div.node_name = "DivBackward0"

# What torch's C++ makes of `x * 2` and `x / 2`: the number is no tensor there, and the node has another name.
mul_by_number, div_by_number = mul.named("MulBackward1"), _div.named("DivBackward1")


def by_number(operation, x, number):
    """operation(x, number), recorded as torch's C++ does; of integers as Python does."""
    if not x.is_floating_point() or isinstance(number, Tensor):
        return x * number if operation is mul_by_number else x / number
    return operation(x, Tensor._wrap(np.asarray(number, x._array.dtype)))


# A number divided by a tensor is computed as torch does it, down to the rounding.
Tensor.__rtruediv__ = lambda self, other: self.reciprocal() * other if is_operand(other) else NotImplemented
_quotient = Tensor.__rtruediv__
# Torch divides an array by a tensor in this way, the only operator with an array on the left that it computes.
Tensor.__rtruediv__ = lambda self, other: (
    self.reciprocal() * other if isinstance(other, np.ndarray) else _quotient(self, other)
)


def _divisible(kernel, function):
    """`function` of two arrays as torch's kernel takes them: no bools, and no whole number divided by zero."""

    def checked(a, b):
        if np.result_type(a, b).kind in "iu" and np.any(np.equal(b, 0)):
            raise RuntimeError("ZeroDivisionError")
        return function(a, b)

    return only("uif", kernel, checked)


def _floor_quotient(a, b):
    """floor(a / b), with torch's inf and nan where b = 0 or a is infinite (NumPy's say nan more often)."""
    quotient = np.floor_divide(a, b)
    return quotient if quotient.dtype.kind != "f" else np.where(np.equal(b, 0), a / b, quotient)


def _truncated_quotient(a, b):
    if np.result_type(a, b).kind == "f":
        return np.trunc(a / b)
    quotient = np.floor_divide(a, b)
    return quotient + ((quotient < 0) & (quotient * b != a)).astype(quotient.dtype)


_ROUNDED = {
    "floor": _divisible("div_floor_cpu", _floor_quotient),
    "trunc": _divisible("div_trunc_cpu", _truncated_quotient),
}


@op(name="DivBackward2", elementwise=True)
def div_rounded(a, b, *, mode):
    return _ROUNDED[mode](a, b)


div_rounded.gradients(lambda g: zeros_like(g), lambda g: zeros_like(g))  # a staircase


@public(inplace=True, out=True)
def div(input, other, *, rounding_mode=None):
    """input / other; rounded down ("floor") or towards zero ("trunc") if asked.

    Shapes: broadcast.  Raises: RuntimeError for another rounding mode.  Torch: torch.div
    """
    if rounding_mode is None:
        return _div(*operands(input, other, "div", "float"))
    if rounding_mode not in ("floor", "trunc"):
        raise RuntimeError(f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'")
    return div_rounded(*operands(input, other, "div"), mode=rounding_mode)


public(div, inplace=True, name="divide", out=True, same_as="div")


@op(name="torch::autograd::NotImplemented", elementwise=True)
def floor_divide_op(a, b):
    return _ROUNDED["floor"](a, b)


@floor_divide_op.gradient
def _(g):
    raise RuntimeError("derivative for aten::floor_divide is not implemented")


_floor_divide_in_place = without_gradient(RuntimeError("derivative for aten::floor_divide_ is not implemented"))


@public(inplace=_floor_divide_in_place, operator="floordiv", out=True, same_as="aten::floor_divide")
def floor_divide(input, other):
    """floor(input / other), elementwise; without a gradient, as in torch.

    Raises: RuntimeError for whole numbers divided by zero.  Torch: torch.floor_divide
    """
    return floor_divide_op(*operands(input, other, "floor_divide"))


remainder = binary(
    "remainder",
    _divisible("remainder_cpu", np.remainder),
    lambda g: g,
    lambda g, a, b: -g * div(a, b, rounding_mode="floor"),
    formula="input - other * floor(input / other): the sign of other",
    of_tensors="RemainderBackward1",
    operator="mod",
)
fmod = binary(
    "fmod",
    _divisible("fmod_cpu", np.fmod),
    lambda g: g,
    lambda g, a, b: -g * div(a, b, rounding_mode="trunc"),
    formula="input - other * trunc(input / other): the sign of input",
    of_tensors="FmodBackward1",
    numbers="second",
)

# --- signs and powers ----------------------------------------------------------------------------


def _negative(x):
    if x.dtype.kind == "b":
        raise RuntimeError(
            "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the `~` "
            "or `logical_not()` operator instead."
        )
    return np.negative(x)


def _sign(x):
    if x.dtype.kind == "b":
        return x.copy()
    return (x > 0).astype(x.dtype) - (x < 0).astype(x.dtype)  # 0 for NaN, as in torch


neg_op = unary("neg", _negative, lambda g: -g, formula="-x", operator="neg", aliases=("negative",), out="found")
abs_op = unary(
    "abs",
    only("uif", "abs_cpu", np.abs),
    lambda g, x: g * x.sign(),
    formula="|x|",
    operator="abs",
    aliases=("absolute",),
    out="found",
)
sign = unary("sign", _sign, lambda g: zeros_like(g), formula="-1, 0 or 1; 0 for NaN", out="found")
reciprocal = unary("reciprocal", np.reciprocal, lambda g, out: -g * out * out, formula="1 / x", kind="float")


@public(inplace=True, out=True)
def square(input):
    """x ** 2, elementwise.  Torch: torch.square"""
    checks.check_tensor(input, "square")
    return pow(input, 2)


def _power(a, b):
    if np.result_type(a, b).kind != "i" or not np.less(b, 0).any():
        return np.power(a, b)
    # Of whole numbers only 1 and -1 have a whole reciprocal; the others' is 0.
    positive = np.power(a, np.maximum(b, 0))
    return np.where(np.less(b, 0), np.where(np.equal(a, 1), 1, np.where(np.equal(a, -1), 1 - b % 2 * 2, 0)), positive)


_power_of_arrays = only("uif", "pow", _power)


@op(name="PowBackward0", elementwise=True)
def pow_number(x, *, exponent):
    """x ** exponent for a number: only x has a gradient."""
    if exponent == 2:
        return x * x
    if x.dtype.kind == "b":
        return x | (not exponent)
    if x.dtype.kind != "f" and exponent < 0:
        raise RuntimeError("Integers to negative integer powers are not allowed.")
    return np.power(x, exponent)


@pow_number.gradient
def _(g, x, exponent):
    if exponent == 0:
        return zeros_like(g)
    return g * (exponent * pow(x, exponent - 1))


@op(name="PowBackward1", elementwise=True)
def pow_tensor(a, b):
    return _power_of_arrays(a, b).astype(b.dtype, copy=False)


pow_tensor.gradients(
    lambda g, a, b: (g * (b * pow(a, b - 1))).masked_fill(b == 0, 0),
    lambda g, a, b, out: g * _log_part(a, b, out),
)


@op(name="PowBackward2")  # not elementwise: torch lays the result out row by row
def number_pow(b, *, base):
    """base ** b for a number: only b has a gradient."""
    if base == 1 and b.dtype.kind != "b":
        return np.ones_like(b)
    return _power_of_arrays(base, b).astype(b.dtype, copy=False)


number_pow.gradient(lambda g, b, out, base: g * _log_part(base, b, out))


def _log_part(a, b, out):
    """d(a ** b) / db = a ** b * log(a), and 0 for 0 ** b with b >= 0.  The base may be a number."""
    if isinstance(a, Tensor):
        return (out * a.log()).masked_fill((a == 0) & (b >= 0), 0)
    if a == 0:
        return (out * -np.inf).masked_fill(b >= 0, 0)
    return out * (np.log(a).item() if a > 0 else np.nan)


@public(inplace=True, operator="pow", out=True, also={"self": "input"})
def pow(input, exponent):
    """input ** exponent, elementwise; one of them may be a number.

    Shapes: broadcast.  Raises: RuntimeError for integers to a negative number.  Torch: torch.pow
    """
    if not isinstance(exponent, Tensor):
        checks.check_tensor(input, "pow")
        if type(exponent) in (int, float) and abs(exponent) < TOO_BIG and input._array.dtype.kind == "f":
            return pow_number.of_one(input, exponent=exponent)  # the commonest case
        exponent = as_number(exponent, "pow", "exponent")
        x, _ = operands(input, exponent, "pow")
        if not x.is_floating_point():
            exponent = int(exponent)
        return pow_number(x, exponent=exponent)
    if isinstance(input, Tensor):
        return pow_tensor(*operands(input, exponent, "pow"))
    base, exponent = operands(input, exponent, "pow")
    return number_pow(exponent, base=base)
