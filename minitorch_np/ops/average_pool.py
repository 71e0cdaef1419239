"""Pooling by means and by norms.  The average is a sum, and its own adjoint's adjoint.  A line is an image of one row."""

import math
from collections.abc import Iterable

from .. import checks, checks_pool, kernels
from ..autograd.op import op
from .activation import FUNCTIONAL
from .activation import functional_relu as relu
from .pool import max_pool1d, max_pool2d
from .public import public


@op(name="AvgPool2DBackward0")
def average_pool(x, *, spec, count_include_pad, divisor):
    if x.ndim == 3:
        return kernels.avg_pool(x[None], spec, count_include_pad, divisor)[0]
    return kernels.avg_pool(x, spec, count_include_pad, divisor)


@op(name="AvgPool2DBackwardBackward0")
def average_pool_input(g, *, shape, spec, count_include_pad, divisor):
    if g.ndim == 3:
        return kernels.avg_pool_input(g[None], (1, *shape), spec, count_include_pad, divisor)[0]
    return kernels.avg_pool_input(g, shape, spec, count_include_pad, divisor)


@average_pool.gradient
def _(g, x_shape, spec, count_include_pad, divisor):
    return average_pool_input(g, shape=x_shape, spec=spec, count_include_pad=count_include_pad, divisor=divisor)


@average_pool_input.gradient
def _(gg, spec, count_include_pad, divisor):
    return average_pool(gg, spec=spec, count_include_pad=count_include_pad, divisor=divisor)


@public(method=False, namespace=("", "nn.functional"))
def avg_pool1d(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    """The mean of every window: its sum / its size.

    Shapes: (N, C, L) or (C, L) -> the same rank.
    Raises: RuntimeError for ranks and sizes that do not fit, NotImplementedError for integers but int64.
    Torch: torch.nn.functional.avg_pool1d
    """
    checks.check_tensor(input, "avg_pool1d")
    spec = checks_pool.check_avg_pool1d(input, kernel_size, stride, padding, ceil_mode)
    return average_pool(input.unsqueeze(-2), spec=spec, count_include_pad=count_include_pad, divisor=None).squeeze(-2)


@public(method=False, namespace=FUNCTIONAL)
def avg_pool2d(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None):
    """The mean of every window: its sum / its size, or / divisor_override.

    Shapes: (N, C, H, W) or (C, H, W) -> the same rank.
    Raises: RuntimeError for ranks and sizes that do not fit.
    Torch: torch.nn.functional.avg_pool2d
    """
    checks.check_tensor(input, "avg_pool2d")
    spec = checks_pool.check_avg_pool2d(input, kernel_size, stride, padding, ceil_mode, divisor_override)
    options = {"spec": spec, "count_include_pad": count_include_pad, "divisor": divisor_override}
    return average_pool(input, **options)


@op(name="AdaptiveAvgPool2DBackward0")
def adaptive_average_pool(x, *, size):
    if x.ndim == 3:
        return kernels.adaptive_avg_pool(x[None], size)[0]
    return kernels.adaptive_avg_pool(x, size)


@op(name="AdaptiveAvgPool2DBackwardBackward0")
def adaptive_average_pool_input(g, *, shape):
    if g.ndim == 3:
        return kernels.adaptive_avg_pool_input(g[None], (1, *shape))[0]
    return kernels.adaptive_avg_pool_input(g, shape)


adaptive_average_pool.gradient(lambda g, x_shape: adaptive_average_pool_input(g, shape=x_shape))
adaptive_average_pool_input.gradient(lambda gg, g_shape: adaptive_average_pool(gg, size=g_shape[-2:]))


@public(method=False, namespace=("", "nn.functional"))
def adaptive_avg_pool1d(input, output_size):
    """Means over windows that share the line out evenly: floor(i L / L') to ceil((i + 1) L / L').

    Shapes: (N, C, L) or (C, L) -> (..., output_size)
    Raises: RuntimeError for ranks and sizes that do not fit, TypeError for None.
    Torch: torch.nn.functional.adaptive_avg_pool1d
    """
    checks.check_tensor(input, "adaptive_avg_pool1d")
    size = checks_pool.check_adaptive_line(input, output_size, "adaptive_avg_pool1d")
    return adaptive_avg_pool2d(input.unsqueeze(-2), size).squeeze(-2)


@public(method=False, namespace=FUNCTIONAL)
def adaptive_avg_pool2d(input, output_size):
    """Means over windows that share the image out evenly: floor(i H / H') to ceil((i + 1) H / H').

    Shapes: (N, C, H, W) or (C, H, W) -> (..., *output_size); None keeps a size.
    Torch: torch.nn.functional.adaptive_avg_pool2d
    """
    checks.check_tensor(input, "adaptive_avg_pool2d")
    size = checks_pool.check_adaptive_pool2d(input, output_size)
    if size == (1, 1):
        return input.mean((-1, -2), keepdim=True)
    return adaptive_average_pool(input, size=size)


def _power_mean(pooled, count, norm_type):
    """(sum of x^p)^(1/p) from the mean of x^p over count elements; NaN where the root of a negative sum is wanted"""
    return (pooled.sign() * relu(pooled.abs())).mul(count).pow(1.0 / norm_type)


def _infinite(function, input, norm_type, *windows):
    """The norm of an infinite order: the largest or smallest |x| of each window."""
    return function(input.abs(), *windows) if norm_type > 0 else -function(-input.abs(), *windows)


@public(method=False, namespace=FUNCTIONAL)
def lp_pool1d(input, norm_type, kernel_size, stride=None, ceil_mode=False):
    """(sum of x^p over every window)^(1/p), p = norm_type

    Shapes: (N, C, L) or (C, L) -> the same rank.
    Raises: RuntimeError for ranks and sizes that do not fit.
    Torch: torch.nn.functional.lp_pool1d
    """
    if norm_type in (math.inf, -math.inf):
        return _infinite(max_pool1d, input, norm_type, kernel_size, stride, 0, 1, ceil_mode)
    return _power_mean(avg_pool1d(input.pow(norm_type), kernel_size, stride, 0, ceil_mode), kernel_size, norm_type)


@public(method=False, namespace=FUNCTIONAL)
def lp_pool2d(input, norm_type, kernel_size, stride=None, ceil_mode=False):
    """(sum of x^p over every window)^(1/p), p = norm_type

    Shapes: (N, C, H, W) or (C, H, W) -> the same rank.
    Raises: RuntimeError, ValueError for ranks and sizes that do not fit.
    Torch: torch.nn.functional.lp_pool2d
    """
    if norm_type in (math.inf, -math.inf):
        return _infinite(max_pool2d, input, norm_type, kernel_size, stride, 0, 1, ceil_mode)
    high, wide = kernel_size if isinstance(kernel_size, Iterable) else (kernel_size, kernel_size)
    return _power_mean(avg_pool2d(input.pow(norm_type), kernel_size, stride, 0, ceil_mode), high * wide, norm_type)
