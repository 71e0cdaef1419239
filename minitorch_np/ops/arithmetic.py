"""Sums, products, quotients and powers."""

import numpy as np

from .. import checks, dtypes
from ..autograd.op import op
from ..tensor import Tensor
from .elementwise import as_number, binary, operands, unary
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
reversed_subtraction = subtraction.named("RsubBackward1")


def _scaled(other, alpha):
    """other * alpha; alpha = 1, almost always, costs nothing."""
    if alpha == 1:
        return other
    if isinstance(alpha, float) and not (isinstance(other, Tensor) and other.is_floating_point()):
        if isinstance(other, Tensor):
            raise RuntimeError("For integral input tensors, argument alpha must not be a floating point number.")
    return other * alpha


@public(inplace=True, operator="add", out=True)
def add(input, other, *, alpha=1):
    """input + alpha * other, elementwise.

    Shapes: broadcast.  Torch: torch.add
    """
    return addition(*operands(input, _scaled(other, alpha), "add"))


@public(inplace=True, operator="sub", out=True)
def sub(input, other, *, alpha=1):
    """input - alpha * other, elementwise.

    Shapes: broadcast.  Raises: RuntimeError for bool tensors.  Torch: torch.sub
    """
    a, b = operands(input, _scaled(other, alpha), "sub")
    kinds = [isinstance(x, Tensor) and x._array.dtype.kind == "b" or isinstance(x, bool) for x in (input, other)]
    if all(kinds):
        raise RuntimeError(
            "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` "
            "operator instead."
        )
    if any(kinds):
        raise RuntimeError(
            "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, "
            "use the `~` or `logical_not()` operator instead."
        )
    return subtraction(a, b)


@public
def rsub(input, other, *, alpha=1):
    """other - alpha * input, elementwise.  Torch: torch.rsub"""
    if isinstance(other, Tensor):
        return sub(other, _scaled(input, alpha))
    a, b = operands(_scaled(input, alpha), other, "rsub")
    if a._array.dtype.kind == "b" or input._array.dtype.kind == "b":
        return sub(other, input)  # raises
    return reversed_subtraction(b, a)


Tensor.__rsub__ = lambda self, other: rsub(self, other) if is_operand(other) else NotImplemented


public(sub, method=True, inplace=True, name="subtract", out=True)

mul = binary("mul", np.multiply, lambda g, b: g * b, lambda g, a: g * a, formula="input * other", operator="mul")

_div = binary(
    "true_divide",
    np.true_divide,
    lambda g, b: g / b,
    lambda g, b, out: -g * out / b,
    formula="input / other",
    kind="float",
    operator="truediv",
)
_div.node_name = "DivBackward0"


@op(name="DivBackward1", elementwise=True)
def div_rounded(a, b, *, mode):
    if mode == "floor":
        return floor_quotient(a, b)
    if np.result_type(a, b).kind == "f":
        return np.trunc(a / b)
    if np.any(np.asarray(b) == 0):
        raise RuntimeError("ZeroDivisionError")
    quotient = np.floor_divide(a, b)
    return quotient + ((quotient < 0) & (quotient * b != a)).astype(quotient.dtype)


div_rounded.gradients(lambda g: g * 0, lambda g: g * 0)  # a staircase


def floor_quotient(a, b):
    """floor(a / b), with torch's inf and nan where b = 0 or a is infinite (NumPy's say nan more often)."""
    if np.result_type(a, b).kind != "f":
        if np.any(np.asarray(b) == 0):
            raise RuntimeError("ZeroDivisionError")
        return np.floor_divide(a, b)
    quotient = np.floor_divide(a, b)
    return np.where(np.asarray(b) == 0, a / b, quotient)


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


public(div, inplace=True, name="divide", out=True)


@public(inplace=True, operator="floordiv", out=True)
def floor_divide(input, other):
    """floor(input / other), elementwise.  Torch: torch.floor_divide"""
    return div_rounded(*operands(input, other, "floor_divide"), mode="floor")


def _no_zero_divisor(function):
    def checked(a, b):
        if np.result_type(a, b).kind in "iu" and np.any(np.asarray(b) == 0):
            raise RuntimeError("ZeroDivisionError")
        return function(a, b)

    return checked


remainder = binary(
    "remainder",
    _no_zero_divisor(np.remainder),
    lambda g: g,
    lambda g, a, b: -g * div(a, b, rounding_mode="floor"),
    formula="input - other * floor(input / other): the sign of other",
    operator="mod",
)
fmod = binary(
    "fmod",
    _no_zero_divisor(np.fmod),
    lambda g: g,
    lambda g, a, b: -g * div(a, b, rounding_mode="trunc"),
    formula="input - other * trunc(input / other): the sign of input",
)

# --- signs and powers ----------------------------------------------------------------------------

neg_op = unary("neg", np.negative, lambda g: -g, formula="-x", operator="neg")
abs_op = unary("abs", np.abs, lambda g, x: g * x.sign(), formula="|x|", operator="abs")


def _sign(x):
    if x.dtype.kind == "b":
        return x.copy()
    return (x > 0).astype(x.dtype) - (x < 0).astype(x.dtype)  # 0 for NaN, as in torch


sign = unary("sign", _sign, lambda g: g * 0, formula="-1, 0 or 1; 0 for NaN")
reciprocal = unary("reciprocal", np.reciprocal, lambda g, out: -g * out * out, formula="1 / x", kind="float")


@public(inplace=True)
def square(input):
    """x ** 2, elementwise.  Torch: torch.square"""
    return pow(input, 2)


def _power(a, b):
    if np.result_type(a, b).kind in "iu" and np.any(np.asarray(b) < 0):
        raise RuntimeError("Integers to negative integer powers are not allowed.")
    return np.power(a, b)


@op(name="PowBackward0", elementwise=True)
def pow_number(x, *, exponent):
    """x ** exponent for a number: only x has a gradient."""
    if exponent == 2:
        return x * x
    return _power(x, exponent)


@pow_number.gradient
def _(g, x, exponent):
    if exponent == 0:
        return g * 0
    return g * (exponent * pow(x, exponent - 1))


@op(name="PowBackward1", elementwise=True)
def pow_tensor(a, b):
    return _power(a, b)


pow_tensor.gradients(
    lambda g, a, b: (g * (b * pow(a, b - 1))).masked_fill(b == 0, 0),
    lambda g, a, b, out: g * _log_part(a, b, out),
)


def _log_part(a, b, out):
    """d(a ** b) / db = a ** b * log(a), and 0 for 0 ** b with b >= 0.  The base may be a number."""
    if isinstance(a, Tensor):
        return (out * a.log()).masked_fill((a == 0) & (b >= 0), 0)
    if a == 0:
        return (out * -np.inf).masked_fill(b >= 0, 0)
    return out * (np.log(a).item() if a > 0 else np.nan)


@public(inplace=True, operator="pow", out=True)
def pow(input, exponent):
    """input ** exponent, elementwise.

    Shapes: broadcast.  Raises: RuntimeError for integers to a negative integer power.  Torch: torch.pow
    """
    if isinstance(input, Tensor) and not isinstance(exponent, Tensor):
        exponent = as_number(exponent, "pow", "exponent")
        x, _ = operands(input, exponent, "pow")
        if not x.is_floating_point():
            exponent = int(exponent)
        return pow_number(x, exponent=exponent)
    return pow_tensor(*operands(input, exponent, "pow"))


# --- fused sums of products ------------------------------------------------------------------------


@public(inplace=True, out=True)
def addcmul(input, tensor1, tensor2, *, value=1):
    """input + value * tensor1 * tensor2, elementwise.  Torch: torch.addcmul"""
    product = tensor1 * tensor2
    return input + (product if value == 1 else product * value)


@public(inplace=True, out=True)
def addcdiv(input, tensor1, tensor2, *, value=1):
    """input + value * tensor1 / tensor2, elementwise.

    Raises: RuntimeError for integer tensors.  Torch: torch.addcdiv
    """
    if all(not x.is_floating_point() for x in (input, tensor1, tensor2)):
        raise RuntimeError(
            "Integer division with addcdiv is no longer supported, and in a future  release addcdiv will perform a "
            "true division of tensor1 and tensor2. The historic addcdiv behavior can be implemented as (input + "
            "value * torch.trunc(tensor1 / tensor2)).to(input.dtype) for integer inputs and as (input + value * "
            "tensor1 / tensor2) for float inputs. The future addcdiv behavior is just the latter implementation: "
            "(input + value * tensor1 / tensor2), for all dtypes."
        )
    quotient = tensor1 / tensor2
    return input + (quotient if value == 1 else quotient * value)


@public(inplace=True, out=True)
def lerp(input, end, weight):
    """input + weight * (end - input), from whichever end is nearer.

    Raises: RuntimeError for different dtypes.  Torch: torch.lerp
    """
    if end.dtype is not input.dtype:
        raise RuntimeError(f"expected dtype {_c_name(input)} for `end` but got dtype {_c_name(end)}")
    checks.check_broadcast(input._array.shape, end._array.shape)
    if isinstance(weight, Tensor):
        if weight.dtype is not input.dtype:
            raise RuntimeError(f"expected dtype {_c_name(input)} for `weight` but got dtype {_c_name(weight)}")
        near = weight.abs() < 0.5
        return (input + weight * (end - input)).where(near, end - (end - input) * (1 - weight))
    difference = end - input
    return input + weight * difference if abs(weight) < 0.5 else end - difference * (1 - weight)


def _c_name(x):
    return {dtypes.float32: "float", dtypes.float64: "double", dtypes.float16: "c10::Half"}.get(x.dtype, x.dtype.name)
