"""Pooling by the maximum, which remembers where it was found.  A line is an image of one row."""

import numpy as np

from .. import checks, checks_pool, kernels
from ..autograd.op import op
from ..kernels.spec import PoolSpec
from .activation import FUNCTIONAL
from .public import public


@op(name="MaxPool2DWithIndicesBackward0", outputs=("out", "indices"), differentiable=("out",))
def max_pool(x, *, spec):
    if x.ndim == 3:
        y, places = kernels.max_pool(x[None], spec)
        return y[0], places[0]
    return kernels.max_pool(x, spec)


@op(name="AdaptiveMaxPool2DBackward0", outputs=("out", "indices"), differentiable=("out",))
def adaptive_max_pool(x, *, size):
    extents = x.shape[-2:]
    if min(size) > 0 and extents[0] % size[0] == 0 == extents[1] % size[1]:  # all windows are equal
        window = extents[0] // size[0], extents[1] // size[1]
        return max_pool.forward(x, spec=PoolSpec(window, window, (0, 0), (1, 1), False))
    if x.ndim == 3:
        y, places = kernels.adaptive_max_pool(x[None], size)
        return y[0], places[0]
    return kernels.adaptive_max_pool(x, size)


@op(name="MaxUnpool2DBackward0")
def max_unpool(x, *, places, size):
    """x (...,H',W') at its places h W + w in (...,H,W); the last of several on one place, 0 where none is"""
    planes = int(np.prod(x.shape[:-2]))
    result = np.zeros((planes, size[0] * size[1]), x.dtype)
    count = x.shape[-2] * x.shape[-1]
    result[np.arange(planes)[:, None], places.reshape(planes, count)] = x.reshape(planes, count)
    return result.reshape(*x.shape[:-2], *size)


@op(name="MaxPool2DWithIndicesBackwardBackward0")
def pool_scatter(g, *, indices, shape):
    if g.ndim == 3:
        return kernels.pool_scatter(g[None], indices[None], (1, *shape))[0]
    return kernels.pool_scatter(g, indices, shape)


@op
def pool_gather(x, *, indices):
    if x.ndim == 3:
        return kernels.pool_gather(x[None], indices[None])[0]
    return kernels.pool_gather(x, indices)


# The places are constants; adding there and reading there are each other's gradient.
adaptive_scatter = pool_scatter.named("AdaptiveMaxPool2DBackwardBackward0")
max_pool.gradient(lambda g, indices, x_shape: pool_scatter(g, indices=indices._array, shape=x_shape))
adaptive_max_pool.gradient(lambda g, indices, x_shape: adaptive_scatter(g, indices=indices._array, shape=x_shape))
max_unpool.gradient(lambda g, places: pool_gather(g, indices=places))
for scatter in (pool_scatter, adaptive_scatter):
    scatter.gradient(lambda gg, indices: pool_gather(gg, indices=indices))
pool_gather.gradient(lambda g, indices, x_shape: pool_scatter(g, indices=indices, shape=x_shape))


@public(method=False, namespace=("", "nn.functional"))
def max_pool1d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """The largest element of every window; NaN if the window holds one; padding counts as -inf.

    Shapes: (N, C, L) or (C, L) -> the same rank; with return_indices also the place of each maximum.
    Raises: RuntimeError for ranks and sizes that do not fit, NotImplementedError for integers without return_indices.
    Torch: torch.nn.functional.max_pool1d
    """
    checks.check_tensor(input, "max_pool1d_with_indices" if return_indices else "max_pool1d")
    check = checks_pool.check_max_pool1d_with_indices if return_indices else checks_pool.check_max_pool1d
    spec = check(input, kernel_size, stride, padding, dilation, ceil_mode)
    y, indices = max_pool(input.unsqueeze(-2), spec=spec)
    return (y.squeeze(-2), indices.squeeze(-2)) if return_indices else y.squeeze(-2)


@public(method=False, namespace=("", "nn.functional"))
def max_pool1d_with_indices(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """max_pool1d with return_indices=True.  Torch: torch.nn.functional.max_pool1d_with_indices"""
    return max_pool1d(input, kernel_size, stride, padding, dilation, ceil_mode, True)


@public(method=False, namespace=("", "nn.functional"))
def max_pool2d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """The largest element of every window; NaN if the window holds one; padding counts as -inf.

    Shapes: (N, C, H, W) or (C, H, W) -> the same rank; with return_indices also h W + w of each maximum, the
        first if several.
    Raises: RuntimeError for ranks and sizes that do not fit.
    Torch: torch.nn.functional.max_pool2d
    """
    checks.check_tensor(input, "max_pool2d_with_indices" if return_indices else "max_pool2d")
    spec = checks_pool.check_max_pool2d(input, kernel_size, stride, padding, dilation, ceil_mode)
    y, indices = max_pool(input, spec=spec)
    return (y, indices) if return_indices else y


@public(method=False, namespace=FUNCTIONAL)
def max_pool2d_with_indices(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """max_pool2d with return_indices=True.  Torch: torch.nn.functional.max_pool2d_with_indices"""
    return max_pool2d(input, kernel_size, stride, padding, dilation, ceil_mode, True)


@public(method=False, namespace=FUNCTIONAL)
def adaptive_max_pool1d(input, output_size, return_indices=False):
    """Maxima over windows that share the line out evenly: floor(i L / L') to ceil((i + 1) L / L').

    Shapes: (N, C, L) or (C, L) -> (..., output_size); with return_indices also the place of each maximum.
    Raises: RuntimeError for ranks and sizes that do not fit, TypeError for None, NotImplementedError for integers.
    Torch: torch.nn.functional.adaptive_max_pool1d
    """
    checks.check_tensor(input, "adaptive_max_pool1d")
    size = checks_pool.check_adaptive_max_pool("adaptive_max_pool1d", input, output_size)
    y, indices = adaptive_max_pool(input.unsqueeze(-2), size=size)
    return (y.squeeze(-2), indices.squeeze(-2)) if return_indices else y.squeeze(-2)


@public(method=False, name="adaptive_max_pool1d")
def adaptive_max_pool1d_pair(input, output_size):
    """(maxima, places) of nn.functional.adaptive_max_pool1d.  Torch: torch.adaptive_max_pool1d"""
    return adaptive_max_pool1d(input, output_size, True)


@public(method=False, namespace=FUNCTIONAL)
def adaptive_max_pool1d_with_indices(input, output_size, return_indices=False):
    """adaptive_max_pool1d with return_indices=True.  Torch: torch.nn.functional.adaptive_max_pool1d_with_indices"""
    return adaptive_max_pool1d(input, output_size, True)


@public(method=False, namespace=FUNCTIONAL)
def adaptive_max_pool2d(input, output_size, return_indices=False):
    """Maxima over windows that share the image out evenly: floor(i H / H') to ceil((i + 1) H / H').

    Shapes: (N, C, H, W) or (C, H, W) -> (..., *output_size), None keeps a size; with return_indices also h W + w of each
        maximum.
    Raises: RuntimeError, ValueError for ranks and sizes that do not fit, NotImplementedError for integers.
    Torch: torch.nn.functional.adaptive_max_pool2d
    """
    checks.check_tensor(input, "adaptive_max_pool2d")
    size = checks_pool.check_adaptive_max_pool("adaptive_max_pool2d", input, output_size)
    y, indices = adaptive_max_pool(input, size=size)
    return (y, indices) if return_indices else y


@public(method=False, namespace=FUNCTIONAL)
def adaptive_max_pool2d_with_indices(input, output_size, return_indices=False):
    """adaptive_max_pool2d with return_indices=True.  Torch: torch.nn.functional.adaptive_max_pool2d_with_indices"""
    return adaptive_max_pool2d(input, output_size, True)


@public(method=False, namespace=FUNCTIONAL)
def max_unpool1d(input, indices, kernel_size, stride=None, padding=0, output_size=None):
    """The maxima of max_pool1d put back to their places, zeros elsewhere.

    Shapes: (N, C, L) or (C, L), both -> (..., output_size), usually (L - 1) stride + kernel_size - 2 padding.
    Raises: ValueError for an output_size out of reach, RuntimeError for indices that do not fit.
    Torch: torch.nn.functional.max_unpool1d
    """
    checks.check_tensor(input, "max_unpool1d")
    checks.check_tensor(indices, "max_unpool1d", "indices", 2)
    size = checks_pool.check_max_unpool(1, input, indices, kernel_size, stride, padding, output_size)
    return max_unpool(input.unsqueeze(-1), places=indices._array[..., None], size=size).squeeze(-1)


@public(method=False, namespace=FUNCTIONAL)
def max_unpool2d(input, indices, kernel_size, stride=None, padding=0, output_size=None):
    """The maxima of max_pool2d put back to their places, zeros elsewhere.

    Shapes: (N, C, H, W) or (C, H, W), both -> (..., *output_size), usually (H - 1) stride + kernel_size - 2 padding.
    Raises: ValueError for an output_size out of reach, RuntimeError for indices that do not fit.
    Torch: torch.nn.functional.max_unpool2d
    """
    checks.check_tensor(input, "max_unpool2d")
    checks.check_tensor(indices, "max_unpool2d", "indices", 2)
    size = checks_pool.check_max_unpool(2, input, indices, kernel_size, stride, padding, output_size)
    return max_unpool(input, places=indices._array, size=size)
