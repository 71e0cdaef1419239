"""More elementwise functions of everyday use, and torch's second names for some."""

import math

import numpy as np

from .. import checks, dtypes
from ..autograd.op import op
from ..creation import zeros_like
from ..tensor import Tensor
from . import comparison, pointwise  # noqa: F401  (the second names are of theirs)
from .arithmetic import pow, sign
from .elementwise import as_number, only, only_bools, operands, to_dtype, unary
from .inplace import without_gradient
from .public import in_place, public
from .special import of_two

# --- inverse hyperbolic functions, angles ------------------------------------------------------------


def _in_place(name):
    error = NotImplementedError(f"the derivative for 'inplace version of {name}' is not implemented.")
    return without_gradient(error, f"{name.capitalize()}Backward1")


unary(
    "acosh",
    np.arccosh,
    lambda g, x: g * (x * x - 1).rsqrt(),
    formula="the y >= 0 with cosh(y) = x",
    kind="float",
    aliases=("arccosh",),
    inplace=_in_place("acosh"),
)
unary(
    "asinh",
    np.arcsinh,
    lambda g, x: g * (x * x + 1).rsqrt(),
    formula="the y with sinh(y) = x",
    kind="float",
    aliases=("arcsinh",),
    inplace=_in_place("asinh"),
)
unary(
    "atanh",
    np.arctanh,
    lambda g, x: g / (1 - x * x),
    formula="the y with tanh(y) = x",
    kind="float",
    aliases=("arctanh",),
    inplace=_in_place("atanh"),
)

_DEGREE = math.pi / 180
_to_radians = unary(
    "deg2rad", lambda x: x * x.dtype.type(_DEGREE), lambda g: g * _DEGREE, formula="x pi / 180", kind="float"
)
_to_degrees = unary(
    "rad2deg", lambda x: x * x.dtype.type(1 / _DEGREE), lambda g: g * (1 / _DEGREE), formula="x 180 / pi", kind="float"
)
_to_radians.node_name, _to_degrees.node_name = "Deg2RadBackward0", "Rad2DegBackward0"


def _sinc(x):
    wide = x.astype(np.promote_types(x.dtype, np.float32), copy=False)  # as torch: pi x in float16 loses digits near x = 1
    angle = wide * wide.dtype.type(math.pi)
    return np.where(x == 0, wide.dtype.type(1), np.sin(angle) / angle).astype(x.dtype, copy=False)


def _sinc_slope(g, x):
    angle = x * math.pi
    return (g * ((angle * angle.cos() - angle.sin()) / (x * angle))).masked_fill(x == 0, 0)


unary("sinc", _sinc, _sinc_slope, formula="sin(pi x) / (pi x), 1 at 0", kind="float")

# --- signs and infinities ----------------------------------------------------------------------------

_sgn = sign.named("SgnBackward0")


@public(inplace=True, out="found")
def sgn(input):
    """-1, 0 or 1; 0 for NaN: as `sign`, where there are no complex numbers.  Torch: torch.sgn"""
    checks.check_tensor(input, "sgn")
    return _sgn(input)


def _infinite(sign):
    return lambda x: x == sign * np.inf if x.dtype.kind == "f" else np.zeros(x.shape, bool)


unary("isposinf", _infinite(1), formula="x is +inf", kind="bool", out=only_bools, same_as="aten::isposinf")
unary("isneginf", _infinite(-1), formula="x is -inf", kind="bool", out=only_bools, same_as="aten::isneginf")
unary("isreal", lambda x: np.ones(x.shape, bool), formula="x has no imaginary part: always, here", kind="bool")


@public(operator="pos")
def positive(input):
    """+input: input itself.

    Raises: RuntimeError for bools.  Torch: torch.positive
    """
    checks.check_tensor(input, "positive")
    if input._array.dtype.kind == "b":
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return input


@op(name="CopysignBackward0", elementwise=True)
def copysign_op(a, b):
    dtype = (a if isinstance(a, np.ndarray) else b).dtype
    return np.copysign(a, b, dtype=dtype)


copysign_op.gradients(lambda g, a, out: g * (out / a).masked_fill(a == 0, 0), lambda g: zeros_like(g))
_copysign_number = copysign_op.named("CopysignBackward1")


@public(inplace=True, out=True)
def copysign(input, other):
    """|input| with the sign of other, -0's too, elementwise.

    Shapes: broadcast; other may be a number.  Torch: torch.copysign
    """
    checks.check_tensor(input, "copysign")
    a, b = operands(input, other, "copysign", "float")
    return (copysign_op if isinstance(b, Tensor) else _copysign_number)(a, b)


@op(elementwise=True)
def heaviside_op(a, b):
    return np.where(a == 0, b, a > 0).astype(a.dtype)


@heaviside_op.gradient
def _(g):
    raise RuntimeError("derivative for aten::heaviside is not implemented")


heaviside_op.node_name = "torch::autograd::NotImplemented"


def _same_dtype(name, result, out, operands=()):
    if out.dtype is not result.dtype:
        raise RuntimeError("heaviside is not yet implemented for tensors with different dtypes.")


_heaviside_in_place = without_gradient(RuntimeError("derivative for aten::heaviside_ is not implemented"))


@public(inplace=_heaviside_in_place, out=_same_dtype, same_as="aten::heaviside")
def heaviside(input, values):
    """0 where input < 0 or NaN, values where it is 0, 1 above, elementwise.

    Shapes: broadcast.  Raises: RuntimeError for different dtypes.  Torch: torch.heaviside
    """
    checks.check_tensor(input, "heaviside")
    checks.check_tensor(values, "heaviside", "values", 2)
    if input.dtype is not values.dtype:
        raise RuntimeError("heaviside is not yet implemented for tensors with different dtypes.")
    return heaviside_op(*operands(input, values, "heaviside"))


of_two(
    "nextafter",
    only("f", "nextafter_cpu", np.nextafter),
    lambda g, a, b: g.masked_fill(a == b, 0),
    lambda g: zeros_like(g),
    formula="the float next to input on other's side",
)

# --- powers ------------------------------------------------------------------------------------------


def _double_result(name, result, out, operands=()):
    if out.dtype is not dtypes.float64:
        raise RuntimeError(
            f"the output given to float_power has dtype {out.dtype.long_name} but the operation's result requires dtype "
            "Double"
        )


@public(out=_double_result, same_as="pow")
def float_power(input, exponent):
    """input ** exponent, computed and given in float64.  Torch: torch.float_power"""
    if not isinstance(input, Tensor):
        checks.check_tensor(exponent, "float_power", "exponent", 2)
    input, exponent = (x if isinstance(x, Tensor) else as_number(x, "float_power", "exponent") for x in (input, exponent))
    a, b = (to_dtype(x, dtypes.float64) if isinstance(x, Tensor) else float(x) for x in (input, exponent))
    return pow(a, b)


_float_power_in_place = in_place(float_power, "float_power_")


def _checked_float_power(self, exponent):
    """In-place version of `float_power`.

    Raises: RuntimeError unless the tensor is float64.
    """
    if self.dtype is not dtypes.float64:
        raise RuntimeError(
            f"the base given to float_power_ has dtype {self.dtype.long_name} but the operation's result requires "
            "dtype Double"
        )
    return _float_power_in_place(self, exponent)


Tensor.float_power_ = _checked_float_power


@op(name="LogitBackward0", elementwise=True)
def logit_op(x, *, eps):
    if eps is not None:
        x = np.clip(x, x.dtype.type(eps), x.dtype.type(1 - eps))
    return np.log(x / (1 - x))


@logit_op.gradient
def _(g, x, eps):
    low, high = (0.0, 1.0) if eps is None else (eps, 1 - eps)
    slope = g / (x * (1 - x))
    return slope.masked_fill((x < low) | (x > high), math.nan if eps is None else 0)


@public(inplace=True, out=True)
def logit(input, eps=None):
    """ln(x / (1 - x)), the inverse of sigmoid; with eps, of x clamped to [eps, 1 - eps].  Torch: torch.logit"""
    checks.check_tensor(input, "logit")
    if not input.is_floating_point():
        input = to_dtype(input, dtypes.get_default_dtype())
    return logit_op(input, eps=None if eps is None else as_number(eps, "logit", "eps"))


# --- order ---------------------------------------------------------------------------------------------


@public(out=True)
def msort(input):
    """The elements in order along the first dimension.  Torch: torch.msort"""
    checks.check_tensor(input, "msort")
    return input.sort(0).values
