"""Rectifiers whose negative side is smooth (celu, selu, mish), learned (prelu), drawn (rrelu) or a gate (glu)."""

import functools

import numpy as np

from .. import checks, dtypes
from ..autograd.op import op
from ..creation import empty
from ..memory_order import in_memory_order
from .activation import BOTH, FUNCTIONAL, _check_float, _inplace, elu, leaky_relu, relu, sigmoid, softplus, tanh
from .elementwise import wide
from .inplace import write_renamed
from .public import in_place, public


def publish_in_place(function, name, namespace, writer=write_renamed):
    """The in-place twin of a function as torch has it: a function of its own, NAME_."""
    method = in_place(function, name + "_", writer)

    @functools.wraps(method)
    def twin(input, *args, **kwargs):
        checks.check_tensor(input, name + "_")
        return method(input, *args, **kwargs)

    twin.__doc__ = f"In-place version of `{name}`.  Torch: torch.nn.functional.{name}_"
    return public(twin, method=False, namespace=namespace, name=name + "_")


# --- through the exponential -------------------------------------------------------------------------------


@op(name="CeluBackward0", elementwise=True)
def scaled_elu(x, *, alpha, scale, rate):
    """scale * (x where x > 0, else alpha * (e^(rate x) - 1))"""
    return wide(lambda x: np.where(x < 0, np.expm1(x * rate) * (alpha * scale), x * scale))(x)


@scaled_elu.fast_gradient
def _(g, x, alpha, scale, rate):
    return wide(lambda g, x: np.where(x <= 0, g * (rate * alpha * scale) * np.exp(x * rate), g * scale))(g, x)


@scaled_elu.definition
def _(x, *, alpha, scale, rate):
    return (x * scale).where(x > 0, (x.clamp(max=0) * rate).expm1() * (alpha * scale))


selu_op = scaled_elu.named("EluBackward0")
SELU = {"alpha": 1.6732632423543772848170429916717, "scale": 1.0507009873554804934193349852946, "rate": 1.0}


def _celu(input, alpha=1.0):
    checks.check_tensor(input, "celu")
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    _check_float(input, "elu_cpu")
    return scaled_elu(input, alpha=alpha, scale=1.0, rate=1 / alpha)


def _selu(input):
    checks.check_tensor(input, "selu")
    _check_float(input, "elu_cpu")
    return selu_op(input, **SELU)


@public(method=False, namespace=("",), name="celu")
def plain_celu(input, alpha=1.0):
    """x where x > 0, else alpha * (e^(x / alpha) - 1).  Torch: torch.celu"""
    return _celu(input, alpha)


@public(method=False, namespace=FUNCTIONAL)
def celu(input, alpha=1.0, inplace=False):
    """x where x > 0, else alpha * (e^(x / alpha) - 1): an elu whose slope at 0 is 1 for every alpha.

    Raises: RuntimeError for alpha 0.  Torch: torch.nn.functional.celu; Barron 2017
    """
    if type(alpha) is not float:
        checks.check_scalar(alpha, "celu_" if inplace else "celu", "alpha", 2, "Number")
    return _inplace(lambda x: _celu(x, alpha), input, inplace, "celu_")


@public(method=False, namespace=("",), name="selu")
def plain_selu(input):
    """1.0507 * (x where x > 0, else 1.6733 * (e^x - 1)).  Torch: torch.selu"""
    return _selu(input)


@public(method=False, namespace=FUNCTIONAL)
def selu(input, inplace=False):
    """1.0507 * (x where x > 0, else 1.6733 * (e^x - 1)): mean 0 and variance 1 are a fixed point.

    Raises: NotImplementedError for integers.  Torch: torch.nn.functional.selu; Klambauer et al. 2017
    """
    return _inplace(_selu, input, inplace, "selu_")


celu_ = publish_in_place(_celu, "celu", BOTH)
selu_ = publish_in_place(_selu, "selu", BOTH)
relu_ = publish_in_place(relu, "relu", FUNCTIONAL)
leaky_relu_ = publish_in_place(leaky_relu, "leaky_relu", FUNCTIONAL)
elu_ = publish_in_place(elu, "elu", FUNCTIONAL)


@op(name="MishBackward0", elementwise=True)
def mish_op(x):
    return wide(lambda x: x * np.tanh(np.log1p(np.exp(x))))(x)


@mish_op.fast_gradient
def _(g, x):
    def slope(g, x):
        t = np.tanh(np.log1p(np.exp(x)))
        return g * (t + x / (1 + np.exp(-x)) * (1 - t * t))

    return wide(slope)(g, x)


mish_op.definition(lambda x: x * tanh(softplus(x, threshold=40.0)))


@public(method=False, namespace=FUNCTIONAL)
def mish(input, inplace=False):
    """x * tanh(ln(1 + e^x)), elementwise.

    Raises: NotImplementedError for integers.  Torch: torch.nn.functional.mish; Misra 2019
    """
    checks.check_tensor(input, "mish_" if inplace else "mish")
    _check_float(input, "mish_cpu")
    return _inplace(mish_op, input, inplace)


@op(name="GluBackward0", any_order=True)
def glu_op(x, *, dim):
    return in_memory_order(wide(lambda a, b: a * (1 / (1 + np.exp(-b)))), np.split(x, 2, axis=dim), {})


@glu_op.fast_gradient
def _(g, x, dim):
    def parts(g, x):
        a, b = np.split(x, 2, axis=dim)
        s = 1 / (1 + np.exp(-b))
        return np.concatenate([g * s, g * a * s * (1 - s)], axis=dim)

    return wide(parts)(g, x)


@glu_op.definition
def _(x, *, dim):
    a, b = x.chunk(2, dim)
    return a * sigmoid(b)


@public(method=False, namespace=FUNCTIONAL)
def glu(input, dim=-1):
    """a * sigmoid(b) of the first and the second half of dimension dim.

    Shapes: (*, 2N, *) -> (*, N, *).
    Raises: RuntimeError for an odd size or no dimension.  Torch: torch.nn.functional.glu; Dauphin et al. 2017
    """
    if type(dim) is not int:
        checks.check_scalar(dim, "glu", "dim", 2, "int")
    checks.check_tensor(input, "glu")
    if input.dim() == 0:
        raise RuntimeError("glu does not support scalars because halving size must be even")
    dim = checks.check_dim(dim, input.ndim)
    if input._array.shape[dim] % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {dim} is size {input._array.shape[dim]}")
    _check_float(input, "glu_cpu")
    return glu_op(input, dim=dim)


# --- slopes learned or drawn --------------------------------------------------------------------------------


@op(name="PreluKernelBackward0", elementwise=True)
def prelu_op(x, weight):
    return np.where(x > 0, x, weight * x)


prelu_op.gradients(
    lambda g, x, weight: g.where(x > 0, weight * g),
    lambda g, x: (x * g).masked_fill(x > 0, 0),
)


@public(namespace=BOTH)
def prelu(input, weight):
    """x where x > 0, else weight * x, with one weight for all or one per channel (dimension 1).

    Shapes: x (N, C, *) or (*), weight (C), (1) or ().
    Raises: RuntimeError for another number of weights or another dtype.  Torch: torch.prelu; He et al. 2015
    """
    checks.check_tensor(input, "prelu")
    checks.check_tensor(weight, "prelu", "weight", 2)
    if input.dtype is not weight.dtype:
        raise RuntimeError(f"prelu: Type promoting not supported. Got {input.dtype.long_name} and {weight.dtype.long_name}")
    _check_float(input, "prelu_cpu")
    ndim, count = input.ndim, weight.numel()
    if count != 1:
        if ndim == 0:
            raise RuntimeError("Not allow zero-dim input tensor.")
        channels = input._array.shape[1] if ndim > 1 else 1
        if channels != count:
            raise RuntimeError(
                f"Mismatch of parameter numbers and input channel size. Found parameter numbers = {count} and channel "
                f"size = {channels}."
            )
    if weight.ndim > 1:
        raise RuntimeError(f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight.ndim}")
    if ndim != weight.ndim:
        weight = weight.reshape([count if d == 1 else 1 for d in range(ndim)])
    return prelu_op(input, weight)


@op(name="RreluWithNoiseBackward0")
def rrelu_op(x, *, slope):
    return np.where(x > 0, x, x * slope) if np.ndim(slope) == 0 else x * slope


_rrelu_backward = op(name="RreluWithNoiseBackwardBackward0")(lambda g, *, slope: g * slope)
_rrelu_backward.gradient(lambda gg, slope: _rrelu_backward(gg, slope=slope))


@rrelu_op.gradient
def _(g, x, slope):
    if np.ndim(slope) == 0:
        slope = np.where(x._array > 0, x._array.dtype.type(1), x._array.dtype.type(slope))
    return _rrelu_backward(g, slope=slope)


def _rrelu(input, lower=1 / 8, upper=1 / 3, training=False):
    checks.check_tensor(input, "rrelu")
    for name, bound in (("lower", lower), ("upper", upper)):
        if not np.isfinite(bound):
            raise RuntimeError(f"rrelu: {name} bound must be finite, got {bound:g}")
    if lower > upper:
        raise RuntimeError("Lower bound should be less than or equal to the upper bound")
    x = input._array
    if not training:
        _check_float(input, "leaky_relu_cpu")
        return rrelu_op(input, slope=(lower + upper) / 2)
    if x.dtype.kind != "f" or x.dtype == np.float16:
        raise NotImplementedError(f"\"rrelu_with_noise_out_cpu\" not implemented for '{input.dtype.long_name}'")
    # One number per element that needs one, in the order of the elements.
    slope = np.ones(x.shape, x.dtype)
    chosen = x <= 0
    low, high = float(x.dtype.type(lower)), float(x.dtype.type(upper))
    draws = empty(int(chosen.sum()), dtype=dtypes.float64).uniform_(0, 1)._array
    slope[chosen] = (draws * (high - low) + low).astype(x.dtype)
    return rrelu_op(input, slope=slope)


@public(method=False, namespace=("",), name="rrelu")
def plain_rrelu(input, lower=1 / 8, upper=1 / 3, training=False):
    """x where x > 0, else s x with s drawn from [lower, upper).  Torch: torch.rrelu"""
    return _rrelu(input, lower, upper, training)


@public(method=False, namespace=FUNCTIONAL)
def rrelu(input, lower=1 / 8, upper=1 / 3, training=False, inplace=False):
    """x where x > 0, else s x: in training s is uniform in [lower, upper) for each element, else the middle.

    Raises: RuntimeError for lower > upper or infinite bounds.  Torch: torch.nn.functional.rrelu; Xu et al. 2015
    """
    return _inplace(lambda x: _rrelu(x, lower, upper, training), input, inplace, "rrelu_")


rrelu_ = publish_in_place(_rrelu, "rrelu", BOTH)
