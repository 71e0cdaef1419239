"""Common divisors and multiples; floats taken apart into a mantissa and a power of two, and put together."""

import math

import numpy as np

from .. import checks, dtypes
from ..autograd.op import Op, op
from ..memory_order import laid_out_like
from .elementwise import binary, only, operands
from .inplace import write_checked
from .public import public
from .results import named_results

binary("gcd", only("ui", "gcd_cpu", np.gcd), formula="the greatest common divisor", numbers="none")
binary("lcm", only("ui", "lcm_cpu", np.lcm), formula="the least common multiple", numbers="none")

frexp_result = named_results("frexp", "mantissa", "exponent")


@op(name="FrexpBackward0", outputs=("mantissa", "exponent"), differentiable=("mantissa",), any_order=True)
def frexp_op(x):
    mantissa, exponent = np.frexp(x)
    exponent = np.where(np.isfinite(x), exponent, 0).astype(np.int32)
    return tuple(laid_out_like(np.asarray(part), x) for part in (mantissa, exponent))


@frexp_op.gradient
def _(g, exponent):
    return None if g is None else g / exponent.exp2().to(g.dtype)


@public(out=True)
def frexp(input):
    """(mantissa, exponent) with input = mantissa * 2 ** exponent and 0.5 <= |mantissa| < 1, elementwise.

    Raises: RuntimeError for integers.  Torch: torch.frexp
    """
    checks.check_tensor(input, "frexp")
    if not input.is_floating_point():
        raise RuntimeError("torch.frexp() only supports floating-point dtypes")
    return frexp_result(*frexp_op(input))


def _ldexp(a, b):
    return a * np.exp2(b)


ldexp_op = Op(_ldexp, name="LdexpBackward0", elementwise=True).gradients(
    lambda g, b: g * b.exp2(),
    lambda g, out: g * out * math.log(2),
)


def _check_ldexp(name, result, out, operands=()):
    if not dtypes.can_cast(result.dtype, out.dtype):
        raise RuntimeError(f"ldexp can't be cast to the desired output type {out.dtype.long_name}")


@public(inplace=write_checked(_check_ldexp), out=_check_ldexp)
def ldexp(input, other):
    """input * 2 ** other, elementwise.

    Shapes: broadcast.  Raises: NotImplementedError for a float times 2 to a bool.  Torch: torch.ldexp
    """
    checks.check_tensor(input, "ldexp")
    checks.check_tensor(other, "ldexp", "other", 2)
    if input.is_floating_point() and other._array.dtype.kind == "b":
        raise NotImplementedError("\"ldexp_cpu_exp\" not implemented for 'Bool'")
    return ldexp_op(*operands(input, other, "ldexp", "float"))
