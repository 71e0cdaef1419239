"""More activation functions: those with kinks, clipped and shrunk."""

import numpy as np

from .. import checks
from ..autograd.op import op
from ..autograd.views import write
from .activation import BOTH, FUNCTIONAL, _check_float, _inplace
from .elementwise import in_range, wide
from .public import public
from .rectified import publish_in_place


def _gate(node_name):
    """An operation that lets a gradient through where a mask is True.  It is linear: its derivative is itself."""

    @op(name=node_name)
    def gate(g, *, mask):
        return np.where(mask, g, g.dtype.type(0))

    return gate.gradient(lambda gg, mask: gate(gg, mask=mask))


# --- clipped -----------------------------------------------------------------------------------------------


@op(name="HardtanhBackward0", elementwise=True)
def hardtanh_op(x, *, low, high):
    return np.minimum(np.maximum(x, x.dtype.type(low)), x.dtype.type(high))


_hardtanh_gate = _gate("HardtanhBackwardBackward0")


@hardtanh_op.gradient
def _(g, x, low, high):
    return _hardtanh_gate(g, mask=~((x._array <= low) | (x._array >= high)))


def _hardtanh(input, min_val=-1.0, max_val=1.0):
    checks.check_tensor(input, "hardtanh")
    kind = input._array.dtype.kind
    if kind == "b":
        raise RuntimeError("Bool inputs not supported for hardtanh")
    if kind != "f":
        min_val, max_val = int(min_val), int(max_val)
    if kind == "u" and (min_val < 0 or max_val < 0):
        raise RuntimeError("cannot do hardtanh on an unsigned type with negative limits")
    return hardtanh_op(input, low=min_val, high=max_val)


@public(method=False, namespace=FUNCTIONAL)
def hardtanh(input, min_val=-1.0, max_val=1.0, inplace=False):
    """x, but min_val below it and max_val above; the slope at both ends is 0.

    Raises: ValueError for min_val > max_val, RuntimeError for bools.  Torch: torch.nn.functional.hardtanh
    """
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    return _inplace(lambda x: _hardtanh(x, min_val, max_val), input, inplace, "hardtanh_")


hardtanh_ = publish_in_place(_hardtanh, "hardtanh", FUNCTIONAL, write)


@public(method=False, namespace=FUNCTIONAL)
def relu6(input, inplace=False):
    """min(max(x, 0), 6), elementwise.

    Raises: RuntimeError for bools.  Torch: torch.nn.functional.relu6; Krizhevsky 2010
    """
    return _inplace(lambda x: _hardtanh(x, 0, 6), input, inplace, "hardtanh_")


@op(name="HardsigmoidBackward0", elementwise=True)
def hardsigmoid_op(x):
    return wide(lambda x: np.minimum(np.maximum(x + 3, 0), 6) / 6)(x)


_hardsigmoid_gate = _gate("HardsigmoidBackwardBackward0")
hardsigmoid_op.gradient(lambda g, x: _hardsigmoid_gate(g / 6, mask=(x._array > -3) & (x._array < 3)))


@public(method=False, namespace=FUNCTIONAL)
def hardsigmoid(input, inplace=False):
    """min(max(x + 3, 0), 6) / 6, elementwise.

    Raises: NotImplementedError for integers.  Torch: torch.nn.functional.hardsigmoid; Courbariaux et al. 2015
    """
    checks.check_tensor(input, "hardsigmoid_" if inplace else "hardsigmoid")
    _check_float(input, "hardsigmoid_cpu")
    return _inplace(hardsigmoid_op, input, inplace)


@op(name="HardswishBackward0", elementwise=True)
def hardswish_op(x):
    return wide(lambda x: x * np.minimum(np.maximum(x + 3, 0), 6) / 6)(x)


@hardswish_op.fast_gradient
def _(g, x):
    return wide(lambda g, x: np.where(x <= -3, 0, np.where(x < 3, g * (x / 3 + 0.5), g)))(g, x)


@hardswish_op.definition
def _(x):
    ends = x.masked_fill(x <= -3, 0)
    return (x * (x + 3) / 6).where((x > -3) & (x < 3), ends)


@public(method=False, namespace=FUNCTIONAL)
def hardswish(input, inplace=False):
    """x * min(max(x + 3, 0), 6) / 6, elementwise.

    Raises: NotImplementedError for integers.  Torch: torch.nn.functional.hardswish; Howard et al. 2019
    """
    checks.check_tensor(input, "hardswish_" if inplace else "hardswish")
    _check_float(input, "hardswish_cpu")
    return _inplace(hardswish_op, input, inplace)


@op(name="ThresholdBackward0", elementwise=True)
def threshold_op(x, *, threshold, value):
    return np.where(x <= threshold, x.dtype.type(value), x)


_threshold_gate = _gate("ThresholdBackwardBackward0")
threshold_op.gradient(lambda g, x, threshold: _threshold_gate(g, mask=~(x._array <= threshold)))


def _threshold(input, threshold, value):
    if type(threshold) is not float:
        checks.check_scalar(threshold, "threshold", "threshold", 2, "Number")
    if type(value) is not float:
        checks.check_scalar(value, "threshold", "value", 3, "Number")
    checks.check_tensor(input, "threshold")
    if input._array.dtype.kind == "b":
        raise NotImplementedError("\"threshold_cpu\" not implemented for 'Bool'")
    if input._array.dtype.kind != "f":
        threshold, value = in_range(threshold, input.dtype), in_range(value, input.dtype)
    return threshold_op(input, threshold=threshold, value=value)


@public(method=False, namespace=("",), name="threshold")
def plain_threshold(input, threshold, value):
    """x where x > threshold, else value.  Torch: torch.threshold"""
    return _threshold(input, threshold, value)


@public(method=False, namespace=FUNCTIONAL)
def threshold(input, threshold, value, inplace=False):
    """x where x > threshold, else value.

    Raises: NotImplementedError for bools.  Torch: torch.nn.functional.threshold
    """
    return _inplace(lambda x: _threshold(x, threshold, value), input, inplace, "threshold_")


threshold_ = publish_in_place(_threshold, "threshold", BOTH)

# --- shrunk ------------------------------------------------------------------------------------------------

_soft_gate, _hard_gate = _gate("SoftshrinkBackwardBackward0"), _gate("HardshrinkBackwardBackward0")


def _inside(x, lambd):
    return (x >= -lambd) & (x <= lambd)


@op(name="SoftshrinkBackward0", elementwise=True)
def softshrink_op(x, *, lambd):
    # 0 * x, not 0: NaN stays NaN
    return wide(lambda x: np.where(x > lambd, x - lambd, np.where(x < -lambd, x + lambd, 0 * x)))(x)


softshrink_op.gradient(lambda g, x, lambd: _soft_gate(g, mask=~_inside(x._array, lambd)))


@public(method=False, namespace=FUNCTIONAL)
def softshrink(input, lambd=0.5):
    """x - lambd above lambd, x + lambd below -lambd, 0 between.

    Raises: RuntimeError for lambd < 0, NotImplementedError for integers.  Torch: torch.nn.functional.softshrink
    """
    if type(lambd) is not float:
        checks.check_scalar(lambd, "softshrink", "lambd", 2, "Number")
    checks.check_tensor(input, "softshrink")
    _check_float(input, "softshrink_check")
    largest = float(np.finfo(input._array.dtype).max)
    if not 0 <= lambd <= largest:
        raise RuntimeError(
            f"lambda must be in range [0, {largest:g}] for input dtype {input.dtype.long_name}, but found {lambd:g}"
        )
    return softshrink_op(input, lambd=lambd)


@op(name="HardshrinkBackward0", elementwise=True)
def hardshrink_op(x, *, lambd):
    return np.where(_inside(x, lambd), x.dtype.type(0), x)


hardshrink_op.gradient(lambda g, x, lambd: _hard_gate(g, mask=~_inside(x._array, lambd)))


@public(namespace=BOTH)
def hardshrink(input, lambd=0.5):
    """x outside [-lambd, lambd], 0 inside.

    Raises: NotImplementedError for integers.  Torch: torch.hardshrink
    """
    if type(lambd) is not float:
        checks.check_scalar(lambd, "hardshrink", "lambd", 2, "Number")
    checks.check_tensor(input, "hardshrink")
    _check_float(input, "hardshrink_cpu")
    return hardshrink_op(input, lambd=lambd)


@public(method=False, namespace=FUNCTIONAL)
def tanhshrink(input):
    """x - tanh(x), elementwise.  Torch: torch.nn.functional.tanhshrink"""
    return input - input.tanh()


@public(method=False, namespace=FUNCTIONAL)
def softsign(input):
    """x / (1 + |x|), elementwise.  Torch: torch.nn.functional.softsign"""
    return input / (input.abs() + 1)
