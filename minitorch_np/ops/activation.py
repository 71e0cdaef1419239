"""Activation functions.  Each is one kernel forward and one backward, and a definition for higher derivatives."""

import math

from .. import checks, dtypes, kernels
from ..autograd.op import op
from ..autograd.views import write
from .public import public

BOTH = ("", "nn.functional")
FUNCTIONAL = ("nn.functional",)


def _check_float(x, name):
    checks.check_tensor(x, name.removesuffix("_cpu"))
    if x._array.dtype.kind != "f":
        raise NotImplementedError(f"\"{name}\" not implemented for '{x.dtype.long_name}'")


def _as_float(x, name):
    """Integers become the default dtype, as for exp and its kin."""
    checks.check_tensor(x, name)
    return x if x._array.dtype.kind == "f" else x.to(dtypes.get_default_dtype())


def _inplace(function, x, inplace, name=None):
    """function(x), written into x's memory if asked; `name` is what torch calls the function that writes."""
    if inplace and name:
        checks.check_tensor(x, name)
    return write(x, function) if inplace else function(x)


# --- piecewise linear ------------------------------------------------------------------------------


@op(elementwise=True)
def relu_op(x):
    return kernels.relu(x)


@op(name="ThresholdBackwardBackward0", elementwise=True)
def threshold_backward(g, y):
    return kernels.mask_positive(g, y)


# The mask is a constant: its own derivative is zero almost everywhere.
relu_op.gradient(lambda g, out: threshold_backward(g, out.detach()))
relu_op.on_arrays(lambda g, out: kernels.mask_positive(g, out))
threshold_backward.gradients(lambda gg, y: threshold_backward(gg, y), None)
relu_op.node_name = "ReluBackward0"


@public(inplace=True)
def relu(input):
    """max(x, 0), elementwise; the slope at 0 is 0.  Torch: torch.relu"""
    checks.check_tensor(input, "relu")
    if input._array.dtype.kind == "b":
        raise RuntimeError("Boolean inputs not supported for relu")
    return relu_op.of_one(input)


@public(method=False, namespace=FUNCTIONAL, name="relu")
def functional_relu(input, inplace=False):
    """max(x, 0), elementwise.  Torch: torch.nn.functional.relu"""
    return _inplace(relu, input, inplace, "relu_")


@op(elementwise=True)
def leaky_relu_op(x, *, slope):
    return kernels.leaky_relu(x, slope)


@op(name="LeakyReluBackwardBackward0", elementwise=True)
def leaky_relu_backward(g, x, *, slope):
    return kernels.leaky_relu_backward(g, x, slope)


leaky_relu_op.gradient(lambda g, x, slope: leaky_relu_backward(g, x.detach(), slope=slope))
leaky_relu_op.on_arrays(lambda g, x, slope: kernels.leaky_relu_backward(g, x, slope))
leaky_relu_backward.gradients(lambda gg, x, slope: leaky_relu_backward(gg, x, slope=slope), None)
leaky_relu_op.node_name = "LeakyReluBackward0"


@public(method=False, namespace=FUNCTIONAL)
def leaky_relu(input, negative_slope=0.01, inplace=False):
    """x where x > 0, else negative_slope * x.  Torch: torch.nn.functional.leaky_relu"""
    if type(negative_slope) is not float:
        checks.check_scalar(negative_slope, "leaky_relu_" if inplace else "leaky_relu", "negative_slope", 2, "Number")
    checks.check_tensor(input, "leaky_relu_" if inplace else "leaky_relu")
    _check_float(input, "leaky_relu_cpu")
    return _inplace(lambda x: leaky_relu_op(x, slope=negative_slope), input, inplace)


# --- through the exponential -----------------------------------------------------------------------


@op(name="SigmoidBackward0", elementwise=True)
def sigmoid_op(x):
    return kernels.sigmoid(x)


@op(name="SigmoidBackwardBackward0", elementwise=True)
def sigmoid_backward(g, y):
    return kernels.sigmoid_backward(g, y)


sigmoid_op.gradient(lambda g, out: sigmoid_backward(g, out))
sigmoid_op.on_arrays(lambda g, out: kernels.sigmoid_backward(g, out))
sigmoid_backward.gradients(lambda gg, y: sigmoid_backward(gg, y), lambda gg, g, y: gg * g * (1 - 2 * y))


@public(inplace=True, out=True, namespace=BOTH)
def sigmoid(input):
    """1 / (1 + e^-x), elementwise.  Torch: torch.sigmoid"""
    return sigmoid_op(_as_float(input, "sigmoid"))


@op(name="TanhBackward0", elementwise=True)
def tanh_op(x):
    return kernels.tanh(x)


@op(name="TanhBackwardBackward0", elementwise=True)
def tanh_backward(g, y):
    return kernels.tanh_backward(g, y)


tanh_op.gradient(lambda g, out: tanh_backward(g, out))
tanh_op.on_arrays(lambda g, out: kernels.tanh_backward(g, out))
tanh_backward.gradients(lambda gg, y: tanh_backward(gg, y), lambda gg, g, y: gg * g * (-2 * y))


@public(inplace=True, out=True, namespace=BOTH)
def tanh(input):
    """(e^x - e^-x) / (e^x + e^-x), elementwise.  Torch: torch.tanh"""
    return tanh_op(_as_float(input, "tanh"))


@op(name="SiluBackward0", elementwise=True)
def silu_op(x):
    return kernels.silu(x)


silu_op.fast_gradient(lambda g, x: kernels.silu_backward(g, x))
silu_op.definition(lambda x: x * sigmoid(x))


@public(method=False, namespace=FUNCTIONAL)
def silu(input, inplace=False):
    """x * sigmoid(x), elementwise.  Torch: torch.nn.functional.silu"""
    checks.check_tensor(input, "silu_" if inplace else "silu")
    _check_float(input, "silu_cpu")
    return _inplace(silu_op, input, inplace)


@op(name="GeluBackward0", elementwise=True)
def gelu_op(x, *, approximate):
    return kernels.gelu(x, approximate)


gelu_op.fast_gradient(lambda g, x, approximate: kernels.gelu_backward(g, x, approximate))


@gelu_op.definition
def _(x, *, approximate):
    if approximate == "tanh":
        return 0.5 * x * (1 + tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    return 0.5 * x * (1 + (x * math.sqrt(0.5)).erf())


@public(method=False, namespace=FUNCTIONAL)
def gelu(input, approximate="none"):
    """x * Phi(x), Phi the normal distribution function, or its tanh approximation.

    Raises: RuntimeError for another approximation.  Torch: torch.nn.functional.gelu
    """
    checks.check_tensor(input, "gelu")
    if approximate not in ("none", "tanh"):
        raise RuntimeError("approximate argument must be either none or tanh.")
    _check_float(input, "GeluKernelImpl")
    return gelu_op(input, approximate=approximate)


@op(name="EluBackward0", elementwise=True)
def elu_op(x, *, alpha):
    return kernels.elu(x, alpha)


elu_op.fast_gradient(lambda g, x, alpha: kernels.elu_backward(g, x, alpha))


@elu_op.definition
def _(x, *, alpha):
    return x.where(x > 0, alpha * x.clamp(max=0).expm1())


@public(method=False, namespace=FUNCTIONAL)
def elu(input, alpha=1.0, inplace=False):
    """x where x > 0, else alpha * (e^x - 1).  Torch: torch.nn.functional.elu"""
    if type(alpha) is not float:
        checks.check_scalar(alpha, "elu_" if inplace else "elu", "alpha", 2, "Number")
    checks.check_tensor(input, "elu_" if inplace else "elu")
    _check_float(input, "elu_cpu")
    return _inplace(lambda x: elu_op(x, alpha=alpha), input, inplace)


@op(name="SoftplusBackward0", elementwise=True)
def softplus_op(x, *, beta, threshold):
    return kernels.softplus(x, beta, threshold)


softplus_op.fast_gradient(lambda g, x, beta, threshold: kernels.softplus_backward(g, x, beta, threshold))


@softplus_op.definition
def _(x, *, beta, threshold):
    z = x * beta
    return x.where(z > threshold, z.clamp(max=threshold).exp().log1p() / beta)


@public(method=False, namespace=FUNCTIONAL)
def softplus(input, beta=1.0, threshold=20.0):
    """ln(1 + e^(beta x)) / beta; x itself where beta x > threshold.  Torch: torch.nn.functional.softplus"""
    if type(beta) is not float:
        checks.check_scalar(beta, "softplus", "beta", 2, "Number")
    if type(threshold) is not float:
        checks.check_scalar(threshold, "softplus", "threshold", 3, "Number")
    _check_float(input, "softplus_cpu")
    return softplus_op(input, beta=beta, threshold=threshold)


@op(name="LogSigmoidBackward0")
def logsigmoid_op(x):
    return kernels.logsigmoid(x)


logsigmoid_op.fast_gradient(lambda g, x: kernels.logsigmoid_backward(g, x))
logsigmoid_op.definition(lambda x: sigmoid(x).log())


@public(method=False, namespace=FUNCTIONAL)
def logsigmoid(input):
    """ln(1 / (1 + e^-x)), elementwise.  Torch: torch.nn.functional.logsigmoid"""
    _check_float(input, "log_sigmoid_cpu")
    return logsigmoid_op(input)
