"""Elementwise functions: one row each.  (sigmoid, tanh and the other activations stand in activation.py.)"""

import math

import numpy as np

from .. import checks, dtypes, kernels
from ..autograd.op import op
from ..creation import zeros_like
from ..tensor import Tensor
from .elementwise import as_number, binary, in_range, only, only_bools, operands, to_dtype, unary
from .inplace import spread_mask, write_shared
from .public import public

# --- exponentials, logarithms, roots ---------------------------------------------------------------

exp = unary("exp", np.exp, lambda g, out: g * out, formula="e ** x", kind="float")
exp2 = unary("exp2", np.exp2, lambda g, out: g * out * math.log(2), formula="2 ** x", kind="float")
expm1 = unary("expm1", np.expm1, lambda g, out: g * (out + 1), formula="e ** x - 1", kind="float")
log = unary("log", np.log, lambda g, x: g / x, formula="ln(x)", kind="float")
log1p = unary("log1p", np.log1p, lambda g, x: g / (x + 1), formula="ln(1 + x)", kind="float")
log1p.node_name = "Log1PBackward0"
log2 = unary("log2", np.log2, lambda g, x: g / (x * math.log(2)), formula="ln(x) / ln(2)", kind="float")
log10 = unary("log10", np.log10, lambda g, x: g / (x * math.log(10)), formula="ln(x) / ln(10)", kind="float")
sqrt = unary("sqrt", np.sqrt, lambda g, out: g / (out * 2), formula="x ** 0.5", kind="float")
rsqrt = unary(
    "rsqrt", lambda x: 1 / np.sqrt(x), lambda g, out: g * out * out * out * -0.5, formula="x ** -0.5", kind="float"
)

# --- circular functions ------------------------------------------------------------------------------

sin = unary("sin", np.sin, lambda g, x: g * x.cos(), formula="sin(x)", kind="float")
cos = unary("cos", np.cos, lambda g, x: g * -x.sin(), formula="cos(x)", kind="float")
tan = unary("tan", np.tan, lambda g, out: g * (out * out + 1), formula="tan(x)", kind="float")
asin = unary("asin", np.arcsin, lambda g, x: g * (1 - x * x).rsqrt(), formula="arcsin(x)", kind="float", aliases=("arcsin",))
acos = unary(
    "acos", np.arccos, lambda g, x: -g * (1 - x * x).rsqrt(), formula="arccos(x)", kind="float", aliases=("arccos",)
)
atan = unary("atan", np.arctan, lambda g, x: g / (x * x + 1), formula="arctan(x)", kind="float", aliases=("arctan",))
sinh = unary("sinh", np.sinh, lambda g, x: g * x.cosh(), formula="(e^x - e^-x) / 2", kind="float")
cosh = unary("cosh", np.cosh, lambda g, x: g * x.sinh(), formula="(e^x + e^-x) / 2", kind="float")
erf = unary(
    "erf",
    lambda x: kernels.erf(x),
    lambda g, x: g * (x * -x).exp() * (2 / math.sqrt(math.pi)),
    formula="2 / sqrt(pi) * integral of e^(-t^2) from 0 to x",
    kind="float",
)

# --- rounding: staircases, whose gradient is zero ------------------------------------------------------


def _whole(name, function):
    """Integers are whole already: only floats go through NumPy, which would make them floats."""
    return only("uif", f"{name}_vml_cpu", lambda x: function(x) if x.dtype.kind == "f" else x.copy())


def _zero(g):
    return zeros_like(g)


floor = unary("floor", _whole("floor", np.floor), _zero, formula="the next integer below", out="found")
ceil = unary("ceil", _whole("ceil", np.ceil), _zero, formula="the next integer above", out="found")
trunc = unary("trunc", _whole("trunc", np.trunc), _zero, formula="the integer part", aliases=("fix",), out="found")
frac = unary("frac", only("f", "frac_cpu", lambda x: x - np.trunc(x)), lambda g: g, formula="x - trunc(x)", out="found")


_round_to_whole = _whole("round", np.rint)


def _round_to_digit(x, decimals):
    ten = x.dtype.type(10.0 ** abs(decimals))
    return np.rint(x * ten) / ten if decimals > 0 else np.rint(x / ten) * ten


@op(name="RoundBackward0", elementwise=True)
def round_op(x, *, decimals):
    if not decimals:
        return _round_to_whole(x)
    return only("f", "round_cpu", lambda x: _round_to_digit(x, decimals))(x)


round_op.gradient(_zero)
_round_decimals = round_op.named("RoundBackward1")


@public(inplace=True, out="found")
def round(input, *, decimals=0):
    """The nearest integer, halves to even; or that many decimals.  Torch: torch.round"""
    checks.check_tensor(input, "round")
    return (_round_decimals if decimals else round_op)(input, decimals=decimals)


# --- questions -------------------------------------------------------------------------------------------


def _float_question(function, otherwise):
    return lambda x: function(x) if x.dtype.kind == "f" else np.full(x.shape, otherwise)


unary("isnan", _float_question(np.isnan, False), formula="x is not a number", kind="bool")
unary("isinf", _float_question(np.isinf, False), formula="x is +inf or -inf", kind="bool")
unary("isfinite", _float_question(np.isfinite, True), formula="x is neither infinite nor NaN", kind="bool")
unary(
    "signbit",
    lambda x: np.signbit(x) if x.dtype.kind == "f" else x < 0,
    formula="x < 0, or -0",
    kind="bool",
    out=only_bools,
    same_as="aten::signbit",
)

# --- choosing ----------------------------------------------------------------------------------------------


def _half_at_ties(g, mine, other):
    """The larger (or smaller) argument takes the gradient; equal ones share it."""
    return g.masked_fill(~mine, 0) + (g / 2).masked_fill(~other, 0)


maximum_op = binary(
    "maximum",
    np.maximum,
    lambda g, a, b: _half_at_ties(g, a > b, a == b),
    lambda g, a, b: _half_at_ties(g, b > a, a == b),
    formula="the larger; NaN if either is",
    numbers="none",
    inplace=False,
)
minimum_op = binary(
    "minimum",
    np.minimum,
    lambda g, a, b: _half_at_ties(g, a < b, a == b),
    lambda g, a, b: _half_at_ties(g, b < a, a == b),
    formula="the smaller; NaN if either is",
    numbers="none",
    inplace=False,
)


@op(elementwise=True)
def where(condition, a, b):
    return np.where(condition, a, b)


where.gradients(None, lambda g, condition: g.masked_fill(~condition, 0), lambda g, condition: g.masked_fill(condition, 0))
where_op = where


@public(method=False, out=True)
def where(condition, input=None, other=None):
    """input where condition holds, other elsewhere; with the condition alone, its nonzero places.

    Shapes: all three broadcast.  Raises: RuntimeError unless the condition is bool.  Torch: torch.where
    """
    if type(condition) is type(input) is type(other) is Tensor:
        c, x, y = condition._array, input._array, other._array
        if c.dtype.kind == "b" and x.dtype is y.dtype and c.shape == x.shape == y.shape:
            return where_op(condition, input, other)  # the commonest case: nothing to check
    checks.check_tensor(condition, "where", "condition")
    if input is None and other is None:
        return condition.nonzero(as_tuple=True)
    if condition._array.dtype.char not in "?B":
        raise RuntimeError(
            f"where expected condition to be a boolean tensor, but got a tensor with dtype {condition.dtype.long_name}"
        )
    shape = condition._array.shape
    for x in (input, other):
        if isinstance(x, Tensor) and x._array.shape != shape:
            shape = checks.check_broadcast(shape, x._array.shape)
    if isinstance(input, Tensor) or isinstance(other, Tensor):
        a, b = operands(input, other, "where")
    else:
        dtype = dtypes.result_type(as_number(input, "where"), as_number(other, "where"))
        a, b = Tensor._wrap(np.asarray(input, dtype.numpy)), Tensor._wrap(np.asarray(other, dtype.numpy))
    if not isinstance(a, Tensor):
        a = Tensor._wrap(np.asarray(a, b._array.dtype))
    if not isinstance(b, Tensor):
        b = Tensor._wrap(np.asarray(b, a._array.dtype))
    return where_op(condition if condition._array.dtype.kind == "b" else condition != 0, a, b)


Tensor.where = lambda self, condition, other: where(condition, self, other)


@op(name="MaskedFillBackward0")
def masked_fill_op(x, value, *, mask):
    return np.where(mask._array, np.asarray(value, x.dtype), x)


masked_fill_op.gradients(lambda g, mask: masked_fill(g, mask, 0), lambda g, mask: masked_fill(g, ~mask, 0).sum())

_masked_fill_tensor = masked_fill_op.named("MaskedFillBackward1")


@public(inplace=write_shared(spread_mask))
def masked_fill(input, mask, value):
    """input with value where mask is True.

    Shapes: mask broadcasts with input.
    Raises: RuntimeError for a mask that is not bool or a value tensor that is not 0-d.  Torch: torch.masked_fill
    """
    checks.check_tensor(mask, "masked_fill", "mask", 2)
    checks.check_mask(mask)
    if isinstance(value, Tensor):
        if value.ndim:
            raise RuntimeError(
                f"masked_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s)."
            )
        value = to_dtype(value, input.dtype)
    else:
        value = in_range(as_number(value, "masked_fill", "value", 3), input.dtype)
    checks.check_broadcast(input._array.shape, mask._array.shape)
    return (_masked_fill_tensor if isinstance(value, Tensor) else masked_fill_op)(input, value, mask=mask)


@op(elementwise=True)
def nan_to_num_op(x, *, nan, posinf, neginf):
    limits = np.finfo(x.dtype)
    result = np.where(np.isnan(x), x.dtype.type(nan or 0), x)
    result = np.where(x == np.inf, limits.max if posinf is None else x.dtype.type(posinf), result)
    return np.where(x == -np.inf, limits.min if neginf is None else x.dtype.type(neginf), result)


nan_to_num_op.node_name = "NanToNumBackward0"
nan_to_num_op.gradient(lambda g, x: g.masked_fill(~x.isfinite(), 0))


def _dtype_of_input(name, result, out, operands=()):
    if out.dtype is not result.dtype:
        raise RuntimeError(
            f"nan_to_num: dtype of out: {out.dtype.long_name} should be same as input: {result.dtype.long_name}"
        )


@public(inplace=True, out=_dtype_of_input)
def nan_to_num(input, nan=None, posinf=None, neginf=None):
    """NaN becomes nan (default 0), +inf posinf, -inf neginf (defaults: the dtype's largest and smallest).

    Torch: torch.nan_to_num
    """
    checks.check_tensor(input, "nan_to_num")
    for position, (name, value) in enumerate([("nan", nan), ("posinf", posinf), ("neginf", neginf)], 2):
        if value is not None and not isinstance(value, int | float):
            raise TypeError(
                f"nan_to_num(): argument '{name}' (position {position}) must be float, not {type(value).__name__}"
            )
    if not input.is_floating_point():
        return input.clone()
    return nan_to_num_op(input, nan=nan, posinf=posinf, neginf=neginf)
