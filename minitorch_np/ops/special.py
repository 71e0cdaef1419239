"""Special functions and the rarer elementwise ones.

Where no NumPy function exists, the formula is evaluated in float64 and rounded once to the argument's dtype.
"""

import functools
import math

import numpy as np

from .. import checks, dtypes, kernels
from ..autograd.op import op
from ..tensor import Tensor
from .elementwise import binary, only, operands, to_dtype, unary
from .public import public


def _in_float64(function):
    """An ndarray function of any float dtype, computed in float64."""
    return lambda x: np.asarray(function(np.asarray(x, np.float64))).astype(x.dtype)


# --- the error function's kin ----------------------------------------------------------------------

_ERFC = np.frompyfunc(math.erfc, 1, 1)

erfc = unary(
    "erfc",
    _in_float64(_ERFC),
    lambda g, x: g * (x * -x).exp() * (-2 / math.sqrt(math.pi)),
    formula="1 - erf(x)",
    kind="float",
)

# First guesses: ratios of polynomials (highest power first) in y^2, and in sqrt(-ln((1 - |y|) / 2)).
_NEAR = ((-0.140543331, 0.914624893, -1.645349621, 0.886226899), (0.012229801, -0.329097515, 1.442710462, -2.118377725, 1))
_FAR = ((1.641345311, 3.429567803, -1.624906493, -1.970840454), (1.637067800, 3.543889200, 1))


def _erfinv(y):
    """The first guess, good to about 1e-3, and two Newton steps on erf(x) = y."""
    size = np.abs(y)
    square, tail = y * y, np.sqrt(-np.log((1 - size) / 2))
    near = y * np.polyval(_NEAR[0], square) / np.polyval(_NEAR[1], square)
    far = np.copysign(np.polyval(_FAR[0], tail), y) / np.polyval(_FAR[1], tail)
    x = np.where(size <= 0.7, near, far)
    for _ in range(2):
        x = x - (kernels.erf(x) - y) / (2 / math.sqrt(math.pi) * np.exp(-x * x))
    return np.where(size < 1, x, np.where(size == 1, np.copysign(np.inf, y), np.nan))


erfinv = unary(
    "erfinv",
    _in_float64(_erfinv),
    lambda g, out: g * (out * out).exp() * (math.sqrt(math.pi) / 2),
    formula="the x with erf(x) = input: +-inf at +-1, NaN beyond",
    kind="float",
)

# --- the gamma function's kin ----------------------------------------------------------------------


def _lgamma_of(x: float) -> float:
    try:
        return math.lgamma(x)
    except (ValueError, OverflowError):  # a pole, or beyond the largest float
        return math.inf


lgamma = unary(
    "lgamma",
    _in_float64(np.frompyfunc(_lgamma_of, 1, 1)),
    lambda g, x: g * digamma(x),
    formula="ln|gamma(x)|: inf at 0, -1, -2, ...",
    kind="float",
)

# B(2), B(4), ..., the Bernoulli numbers of the asymptotic series.
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)


def _digamma(x):
    """psi(x) for x >= 1/2: pushed above 10 by psi(x) = psi(x + 1) - 1/x, then the asymptotic series."""
    result = np.zeros_like(x)
    for _ in range(10):
        low = x < 10
        result = np.where(low, result - 1 / x, result)
        x = np.where(low, x + 1, x)
    series = sum(b / (2 * k) * x ** (-2.0 * k) for k, b in enumerate(_BERNOULLI, 1))
    return result + np.log(x) - 0.5 / x - series


def _hurwitz(s, a):
    """zeta(s, a) = sum over k >= 0 of (a + k)^-s, for s >= 2 and a >= 1/2, by Euler and Maclaurin's formula."""
    total = np.zeros_like(a)
    for _ in range(10 + s):
        total = total + a ** float(-s)
        a = a + 1
    total = total + a ** (1.0 - s) / (s - 1) + 0.5 * a ** float(-s)
    factor = float(s)  # s (s + 1) ... (s + 2k - 2) / (2k)!
    for k, b in enumerate(_BERNOULLI, 1):
        factor = s / 2 if k == 1 else factor * (s + 2 * k - 3) * (s + 2 * k - 2) / ((2 * k - 1) * (2 * k))
        total = total + b * factor * a ** (1.0 - s - 2 * k)
    return total


def _polygamma(x, n):
    """The n-th derivative of psi; below 1/2 by reflection:

    psi_n(x) = (-1)^n psi_n(1 - x) - d^n/dx^n pi cot(pi x), where a derivative of cot is a polynomial in cot.
    """
    right = np.where(x < 0.5, 1 - x, x)
    sign = -1.0 if n % 2 == 0 else 1.0
    value = _digamma(right) if n == 0 else sign * np.exp(math.lgamma(n + 1)) * _hurwitz(n + 1, right)
    cot = 1 / np.tan(np.pi * (x - np.rint(x)))
    polynomial = np.polynomial.Polynomial([0, 1])
    for _ in range(n):
        polynomial = np.polynomial.Polynomial([-1, 0, -1]) * polynomial.deriv()
    mirrored = -sign * value - math.pi ** (n + 1) * polynomial(cot)
    pole = np.copysign(np.inf, -x) if n == 0 else np.full_like(x, sign * np.inf)
    if n == 0:
        pole = np.where(x == 0, pole, np.nan)  # psi has a sign at 0 only, where the argument has one
    mirrored = np.where(np.rint(x) == x, pole, mirrored)
    mirrored = np.where(np.isinf(x), np.nan, mirrored)
    return np.where(x < 0.5, mirrored, value)


@op(elementwise=True)
def polygamma_op(x, *, n):
    return _in_float64(lambda wide: _polygamma(wide, n))(x)


polygamma_op.node_name = "PolygammaBackward0"
polygamma_op.gradient(lambda g, x, n: g * polygamma_op(x, n=n + 1))

digamma_op = unary(
    "digamma",
    _in_float64(lambda x: _polygamma(x, 0)),
    lambda g, x: g * polygamma_op(x, n=1),
    formula="the slope of lgamma: -+inf at +-0, NaN at -1, -2, ...",
    kind="float",
)
digamma = Tensor.digamma


@public(method=False, out=True)
def polygamma(n, input):
    """The n-th derivative of digamma, elementwise.

    Raises: RuntimeError for n < 0.  Torch: torch.polygamma
    """
    checks.check_tensor(input, "polygamma", position=2)
    n = checks.check_int(n, "n")
    if n < 0:
        raise RuntimeError("polygamma(n, x) does not support negative n.")
    return polygamma_op(input if input.is_floating_point() else to_dtype(input, dtypes.get_default_dtype()), n=n)


# The method takes the tensor first; its in-place twin is made of that.
public(lambda self, n: polygamma(n, self), namespace=(), name="polygamma", inplace=True)

# --- of two tensors ----------------------------------------------------------------------------------


# torch gives these to two tensors only
of_two = functools.partial(binary, numbers="none")


def needs_floats(name, function):
    """Integers have no kernel in torch; float16 is computed in float32."""

    def widened(a, b):
        if a.dtype == np.float16:
            return function(a.astype(np.float32), b.astype(np.float32)).astype(np.float16)
        return function(a, b)

    return only("f", f"{name}_cpu", widened)


of_two(
    "atan2",
    np.arctan2,
    lambda g, a, b: g * b * (a * a + b * b).reciprocal(),
    lambda g, a, b: g * -a * (a * a + b * b).reciprocal(),
    formula="the angle of the point (other, input), in -pi to pi",
    kind="float",
    aliases=("arctan2",),
)
of_two(
    "hypot",
    needs_floats("hypot", np.hypot),
    lambda g, a, out: g * (a / out),
    lambda g, b, out: g * (b / out),
    formula="sqrt(input^2 + other^2) without overflow",
)
of_two(
    "fmax",
    np.fmax,
    lambda g, a, b: g.masked_fill(~((a >= b) | b.isnan()), 0),
    lambda g, a, b: g.masked_fill((a >= b) | b.isnan(), 0),
    formula="the larger; the other one where one is NaN",
    inplace=False,
)
of_two(
    "fmin",
    np.fmin,
    lambda g, a, b: g.masked_fill(~((a <= b) | b.isnan()), 0),
    lambda g, a, b: g.masked_fill((a <= b) | b.isnan(), 0),
    formula="the smaller; the other one where one is NaN",
    inplace=False,
)
of_two(
    "logaddexp",
    needs_floats("logaddexp", np.logaddexp),
    lambda g, a, b: g / (1 + (b - a).exp()),
    lambda g, a, b: g / (1 + (a - b).exp()),
    formula="ln(e^input + e^other)",
    inplace=False,
)
of_two(
    "logaddexp2",
    needs_floats("logaddexp2", np.logaddexp2),
    lambda g, a, b: g / (1 + (b - a).exp2()),
    lambda g, a, b: g / (1 + (a - b).exp2()),
    formula="log2(2^input + 2^other)",
    inplace=False,
)

# --- with numbers too --------------------------------------------------------------------------------


@op(name="XlogyBackward0", elementwise=True)
def xlogy_op(a, b):
    dtype = (a if isinstance(a, np.ndarray) else b).dtype  # the other may be a number
    a, b = np.asarray(a, dtype), np.asarray(b, dtype)
    return np.where(np.isnan(b), b, np.where(a == 0, dtype.type(0), a * np.log(b)))


xlogy_op.gradients(
    lambda g, a, b: xlogy(g, b).masked_fill((a == 0) & (b <= 0), 0),
    lambda g, a, b: g * a / b,
)
_XLOGY = {(True, True): xlogy_op, (False, True): xlogy_op.named("XlogyBackward1")}
_XLOGY[(True, False)] = xlogy_op.named("XlogyBackward2")


@public(inplace=True, out=True)
def xlogy(input, other):
    """input ln(other), 0 where input is 0 unless other is NaN, elementwise.

    Shapes: broadcast; either may be a number.  Torch: torch.xlogy
    """
    a, b = operands(input, other, "xlogy", "float")
    return _XLOGY[isinstance(a, Tensor), isinstance(b, Tensor)](a, b)


def _shift(name, function):
    """A shift of integers; one by less than 0 or by the whole width leaves nothing but the sign."""

    def shifted(a, b):
        dtype = np.result_type(a, b)
        bits = dtype.itemsize * 8
        inside = np.greater_equal(b, 0) & np.less(b, bits)
        kept = function(a, np.where(inside, b, 0).astype(dtype))
        lost = np.where(np.less(a, 0), -1 if name == "rshift" and dtype.kind == "i" else 0, 0)
        return np.where(inside, kept, lost).astype(dtype)

    return only("ui", f"{name}_cpu", shifted)


binary(
    "bitwise_left_shift",
    _shift("lshift", np.left_shift),
    formula="input << other; 0 for a shift below 0 or by the whole width",
    operator="lshift",
)
binary(
    "bitwise_right_shift",
    _shift("rshift", np.right_shift),
    formula="input >> other, with the sign kept",
    operator="rshift",
)
