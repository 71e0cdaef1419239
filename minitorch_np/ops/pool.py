"""Pooling.  The maximum remembers where it was found; the average is a sum, and its own adjoint's adjoint."""

from .. import checks_nn, kernels
from ..autograd.op import op
from .activation import FUNCTIONAL
from .public import public


@op(name="MaxPool2DWithIndicesBackward0", outputs=("out", "indices"), differentiable=("out",))
def max_pool(x, *, spec):
    return kernels.max_pool(x, spec)


@op(name="MaxPool2DWithIndicesBackwardBackward0")
def pool_scatter(g, *, indices, shape):
    return kernels.pool_scatter(g, indices, shape)


@op
def pool_gather(x, *, indices):
    return kernels.pool_gather(x, indices)


# The places are constants; adding there and reading there are each other's gradient.
max_pool.gradient(lambda g, indices, x_shape: pool_scatter(g, indices=indices._array, shape=x_shape))
pool_scatter.gradient(lambda gg, indices: pool_gather(gg, indices=indices))
pool_gather.gradient(lambda g, indices, x_shape: pool_scatter(g, indices=indices, shape=x_shape))


@public(method=False, namespace=("", "nn.functional"))
def max_pool2d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """The largest element of every window; NaN if the window holds one; padding counts as -inf.

    Shapes: (N, C, H, W) or (C, H, W) -> the same rank; with return_indices also h W + w of each maximum, the
        first if several.
    Raises: RuntimeError for ranks and sizes that do not fit.
    Torch: torch.nn.functional.max_pool2d
    """
    spec = checks_nn.check_max_pool2d(input, kernel_size, stride, padding, dilation, ceil_mode)
    batched = input.ndim == 4
    y, indices = max_pool(input if batched else input.unsqueeze(0), spec=spec)
    if not batched:
        y, indices = y.squeeze(0), indices.squeeze(0)
    return (y, indices) if return_indices else y


@public(method=False, namespace=FUNCTIONAL)
def max_pool2d_with_indices(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """max_pool2d with return_indices=True.  Torch: torch.nn.functional.max_pool2d_with_indices"""
    return max_pool2d(input, kernel_size, stride, padding, dilation, ceil_mode, True)


@op(name="AvgPool2DBackward0")
def average_pool(x, *, spec, count_include_pad, divisor):
    return kernels.avg_pool(x, spec, count_include_pad, divisor)


@op(name="AvgPool2DBackwardBackward0")
def average_pool_input(g, *, shape, spec, count_include_pad, divisor):
    return kernels.avg_pool_input(g, shape, spec, count_include_pad, divisor)


@average_pool.gradient
def _(g, x_shape, spec, count_include_pad, divisor):
    return average_pool_input(g, shape=x_shape, spec=spec, count_include_pad=count_include_pad, divisor=divisor)


@average_pool_input.gradient
def _(gg, spec, count_include_pad, divisor):
    return average_pool(gg, spec=spec, count_include_pad=count_include_pad, divisor=divisor)


@public(method=False, namespace=FUNCTIONAL)
def avg_pool2d(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None):
    """The mean of every window: its sum / its size, or / divisor_override.

    Shapes: (N, C, H, W) or (C, H, W) -> the same rank.
    Raises: RuntimeError for ranks and sizes that do not fit.
    Torch: torch.nn.functional.avg_pool2d
    """
    spec = checks_nn.check_avg_pool2d(input, kernel_size, stride, padding, ceil_mode, divisor_override)
    options = {"spec": spec, "count_include_pad": count_include_pad, "divisor": divisor_override}
    if input.ndim == 3:
        return average_pool(input.unsqueeze(0), **options).squeeze(0)
    return average_pool(input, **options)


@op(name="AdaptiveAvgPool2DBackward0")
def adaptive_average_pool(x, *, size):
    return kernels.adaptive_avg_pool(x, size)


@op(name="AdaptiveAvgPool2DBackwardBackward0")
def adaptive_average_pool_input(g, *, shape):
    return kernels.adaptive_avg_pool_input(g, shape)


adaptive_average_pool.gradient(lambda g, x_shape: adaptive_average_pool_input(g, shape=x_shape))
adaptive_average_pool_input.gradient(lambda gg, g_shape: adaptive_average_pool(gg, size=g_shape[2:]))


@public(method=False, namespace=FUNCTIONAL)
def adaptive_avg_pool2d(input, output_size):
    """Means over windows that share the image out evenly: floor(i H / H') to ceil((i + 1) H / H').

    Shapes: (N, C, H, W) or (C, H, W) -> (..., *output_size); None keeps a size.
    Torch: torch.nn.functional.adaptive_avg_pool2d
    """
    size = checks_nn.check_adaptive_pool2d(input, output_size)
    if size == (1, 1):
        return input.mean((-1, -2), keepdim=True)
    if input.ndim == 3:
        return adaptive_average_pool(input.unsqueeze(0), size=size).squeeze(0)
    return adaptive_average_pool(input, size=size)
