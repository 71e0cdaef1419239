"""Normalisation within a sample: over its last dimensions, over groups of channels, over neighbouring channels."""

import math

import numpy as np

from .. import checks, dtypes, kernels
from ..autograd.mode import no_grad
from ..autograd.op import op
from ..checks_nn import check_parameter_dtypes
from .activation import FUNCTIONAL
from .average_pool import avg_pool2d
from .norm import as_planes, batch_norm
from .padding import pad
from .public import public

BOTH = ("", "nn.functional")

# --- mean 0, variance 1 ----------------------------------------------------------------------------------------


def _wide(array):
    return array.astype(np.float32) if array is not None and array.dtype == np.float16 else array


def _affine(z, weight, bias):
    y = z if weight is None else z * weight
    return y if bias is None else y + bias


def _standardise(x, dims, eps):
    centred = x - x.mean(dims, keepdim=True)
    return centred * ((centred * centred).mean(dims, keepdim=True) + eps) ** -0.5


def _as_rows(x, shape):
    """(R,K): a row for each set of numbers of that shape"""
    width = math.prod(shape)
    return x.reshape(x.size // width if width else math.prod(x.shape[: -len(shape)]), width)


def _flat(parameter):
    return None if parameter is None else _wide(parameter).reshape(-1)


@op(name="NativeLayerNormBackward0", outputs=("y", "mean", "rstd"), differentiable=("y",))
def layer_norm_op(x, weight, bias, *, shape, eps):
    y, mean, rstd = kernels.layer_norm(_as_rows(_wide(x), shape), _flat(weight), _flat(bias), eps)
    return y.reshape(x.shape).astype(x.dtype, copy=False), mean, rstd


@layer_norm_op.fast_gradient
def _(g, x, weight, mean, rstd, shape):
    own = x.dtype if weight is None else weight.dtype
    gx, gweight, gbias = kernels.layer_norm_backward(
        _as_rows(_wide(g), shape), _as_rows(_wide(x), shape), _flat(weight), mean, rstd
    )
    gx, gweight = gx.reshape(x.shape).astype(x.dtype, copy=False), gweight.reshape(shape).astype(own, copy=False)
    return gx, gweight, gbias.reshape(shape).astype(own, copy=False)


@layer_norm_op.definition
def _(x, weight, bias, *, shape, eps):
    return _affine(_standardise(x, tuple(range(-len(shape), 0)), eps), weight, bias)


def _check_shape(input, normalized_shape, star, **parameters):
    """The normalised shape as a tuple.

    Raises: RuntimeError, TypeError in torch's words if input or parameters do not have it.
    """
    if isinstance(normalized_shape, int):
        raise TypeError("layer_norm(): argument 'normalized_shape' (position 2) must be tuple of ints, not int")
    shape = tuple(normalized_shape)
    if not shape:
        raise RuntimeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got "
            "normalized_shape = []"
        )
    for name, x in parameters.items():
        if x is not None and x._array.shape != shape:
            raise RuntimeError(
                f"Expected {name} to be of same shape as normalized_shape, but got {name} of shape {list(x.shape)} and "
                f"normalized_shape = {list(shape)}"
            )
    if input._array.shape[-len(shape) :] != shape:
        sizes = ", ".join(map(str, shape))
        raise RuntimeError(
            f"Given normalized_shape={list(shape)}, expected input with shape [*{star}{sizes}], but got input of "
            f"size{list(input.shape)}"
        )
    return shape


def _check_dtypes(input, name, *parameters):
    check_parameter_dtypes(input, *parameters)
    if not input.is_floating_point():
        raise NotImplementedError(f"\"{name}\" not implemented for '{input.dtype.long_name}'")


@public(method=False, namespace=FUNCTIONAL)
def layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-05):
    """y = (x - mean) / sqrt(var + eps) * weight + bias, mean and var over the last dimensions, which are normalized_shape.

    Shapes: x (*, *normalized_shape), weight and bias normalized_shape.
    Raises: RuntimeError for shapes or dtypes that do not fit, NotImplementedError for integers.
    Torch: torch.nn.functional.layer_norm; Ba et al. 2016
    """
    if type(eps) is not float:
        checks.check_scalar(eps, "layer_norm", "eps", 5)
    checks.check_tensor(input, "layer_norm")
    shape = _check_shape(input, normalized_shape, ", ", weight=weight, bias=bias)
    _check_dtypes(input, "LayerNormKernelImpl", weight, bias)
    return layer_norm_op(input, weight, bias, shape=shape, eps=eps)[0]


@op(name="NativeGroupNormBackward0", outputs=("y", "mean", "rstd"), differentiable=("y",))
def group_norm_op(x, weight, bias, *, groups, eps):
    y, mean, rstd = kernels.group_norm(as_planes(_wide(x)), _wide(weight), _wide(bias), groups, eps)
    return y.reshape(x.shape).astype(x.dtype, copy=False), mean, rstd


@group_norm_op.fast_gradient
def _(g, x, weight, mean, rstd, groups):
    own = x.dtype if weight is None else weight.dtype
    gx, *rest = kernels.group_norm_backward(as_planes(_wide(g)), as_planes(_wide(x)), _wide(weight), mean, rstd, groups)
    return gx.reshape(x.shape).astype(x.dtype, copy=False), *[a.astype(own, copy=False) for a in rest]


@group_norm_op.definition
def _(x, weight, bias, *, groups, eps):
    shape, column = x.shape, (-1, *(1,) * (x.ndim - 2))
    rows = x.reshape(shape[0] * groups, x.numel() // max(shape[0] * groups, 1))
    z = _standardise(rows, 1, eps).reshape(shape)
    return _affine(z, *[None if p is None else p.reshape(column) for p in (weight, bias)])


@public(method=False, namespace=FUNCTIONAL)
def group_norm(input, num_groups, weight=None, bias=None, eps=1e-05):
    """y = (x - mean) / sqrt(var + eps) * weight + bias, mean and var of each sample over a group of C / G channels.

    Shapes: x (N, C, *), weight and bias (C).
    Raises: RuntimeError for shapes or dtypes that do not fit, ValueError for one value per group.
    Torch: torch.nn.functional.group_norm; Wu and He 2018
    """
    checks.check_tensor(input, "group_norm")
    shape = input._array.shape
    if len(shape) < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {len(shape)}")
    per_group = [shape[0] * shape[1] // num_groups, num_groups, *shape[2:]]
    if per_group[0] * int(np.prod(shape[2:])) == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {per_group}")
    if num_groups < 0:
        raise RuntimeError(f"Expected num groups to be greater than 0, got {num_groups}")
    if shape[1] % num_groups:
        raise RuntimeError(
            f"Expected number of channels in input to be divisible by num_groups, but got input of shape {list(shape)} and "
            f"num_groups={num_groups}"
        )
    for name, x in (("weight", weight), ("bias", bias)):
        if x is not None and x._array.shape != (shape[1],):
            got = [0] if weight is None else list(weight.shape)  # of the weight, also where the bias is wrong
            raise RuntimeError(
                f"Expected {name} to be a vector of size equal to the number of channels in input, but got {name} of shape "
                f"{got} and input of shape {list(shape)}"
            )
    _check_dtypes(input, "GroupNormKernelImpl", weight, bias)
    return group_norm_op(input, weight, bias, groups=num_groups, eps=eps)[0]


@public(method=False, namespace=FUNCTIONAL)
def instance_norm(
    input, running_mean=None, running_var=None, weight=None, bias=None, use_input_stats=True, momentum=0.1, eps=1e-05
):
    """batch_norm of every sample by itself; the running statistics move by the mean over the samples.

    Shapes: x (N, C, *), all others (C).
    Raises: ValueError for one spatial element or one running statistic without the other, RuntimeError for shapes or
    dtypes that do not fit.
    Torch: torch.nn.functional.instance_norm; Ulyanov et al. 2016
    """
    if type(eps) is not float:
        checks.check_scalar(eps, "instance_norm", "eps", 8)
    checks.check_tensor(input, "instance_norm")
    shape = input._array.shape
    if use_input_stats and int(np.prod(shape[2:])) == 1:
        raise ValueError(f"Expected more than 1 spatial element when training, got input size {input.size()}")
    if not use_input_stats and (running_mean is None or running_var is None):
        raise RuntimeError("Expected running_mean and running_var to be defined when use_input_stats is false")
    if (running_mean is None) != (running_var is None):
        raise ValueError("running_mean and running_var must either both be None or neither be None")
    count = shape[0]
    plain = weight is None and bias is None
    if not count and not plain:
        raise IndexError("select(): index 0 out of range for tensor of size [0] at dimension 0")
    # The books are kept in the input's dtype, as torch keeps them, unless weights ask for theirs.
    own = [p.to(input.dtype) if p is not None and plain else p for p in (running_mean, running_var)]
    given = [None if p is None else p.repeat(count) for p in (*own, weight, bias)]
    flat = input.reshape((1, count * shape[1], *shape[2:]))
    if not count and not input.is_floating_point():
        y = input.clone()
    else:
        y = batch_norm(flat, *given, use_input_stats, momentum, eps).reshape(shape)
    if use_input_stats and running_mean is not None:
        with no_grad():
            for running, each in zip((running_mean, running_var), given):
                running.copy_(each.reshape(count, shape[1]).mean(0))
    return y


# --- without a mean ------------------------------------------------------------------------------------------------


@public(method=False, namespace=BOTH)
def rms_norm(input, normalized_shape, weight=None, eps=None):
    """y = x / sqrt(mean(x^2) + eps) * weight over the last dimensions; eps is the dtype's if None.

    Shapes: x (*, *normalized_shape), weight normalized_shape.
    Raises: RuntimeError for shapes that do not fit, NotImplementedError for integers.
    Torch: torch.nn.functional.rms_norm; Zhang and Sennrich 2019
    """
    checks.check_tensor(input, "rms_norm")
    if input.ndim < len(tuple(normalized_shape)):
        raise ValueError(f"Input tensor must have at least {len(tuple(normalized_shape))} dimensions, but got {input.ndim}")
    shape = _check_shape(input, normalized_shape, "", weight=weight)
    if not input.is_floating_point():
        raise NotImplementedError(f"\"rms_norm\" not implemented for '{input.dtype.long_name}'")
    x = input.float() if input.dtype is dtypes.float16 else input
    eps = dtypes.finfo(x.dtype).eps if eps is None else eps
    y = x * ((x**2).mean(tuple(range(-len(shape), 0)), True) + eps).rsqrt()
    y = y if weight is None else y * weight
    return y if y.dtype is input.dtype else y.to(input.dtype)


@public(method=False, namespace=FUNCTIONAL)
def local_response_norm(input, size, alpha=1e-4, beta=0.75, k=1.0):
    """x / (k + alpha * mean of x^2 over `size` neighbouring channels)^beta; channels off the edge count as 0.

    Shapes: (N, C, *) -> the same.
    Raises: ValueError below three dimensions.  Torch: torch.nn.functional.local_response_norm; Krizhevsky et al. 2012
    """
    checks.check_tensor(input, "local_response_norm")
    if input.dim() < 3:
        raise ValueError(
            f"Expected 3D or higher dimensionality                          input (got {input.dim()} dimensions)"
        )
    if not input.numel():
        return input
    shape = input._array.shape
    if len(shape) > 3 and input.dtype in (dtypes.float16, dtypes.bool_):  # torch averages these in three dimensions
        raise NotImplementedError(f"\"avg_pool3d_out_frame\" not implemented for '{input.dtype.long_name}'")
    squares = (input * input).reshape((shape[0], 1, shape[1], -1))
    padded = pad(squares, (0, 0, size // 2, (size - 1) // 2))
    mean = avg_pool2d(padded, (size, 1), stride=1).reshape(shape)
    return input / (mean * alpha + k) ** beta
