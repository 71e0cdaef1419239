"""Batch normalisation."""

import math

import numpy as np

from .. import checks_nn, dtypes, kernels
from ..autograd.mode import no_grad, state
from ..autograd.op import op
from .public import public


def as_planes(array):
    """(N, C, *) as (N, C, L)"""
    shape = array.shape
    if len(shape) == 4:
        return array.reshape(shape[0], shape[1], shape[2] * shape[3])
    return array.reshape(*shape[:2], math.prod(shape[2:]))


@op(name="NativeBatchNormBackward0", outputs=("y", "mean", "var"), differentiable=("y",))
def batch_norm_op(x, weight, bias, *, eps):
    y, mean, var = kernels.batch_norm(as_planes(x), weight, bias, eps)
    return y.reshape(x.shape), mean, var


@batch_norm_op.fast_gradient
def _(g, x, weight, mean, var, eps):
    gx, gweight, gbias = kernels.batch_norm_backward(as_planes(g), as_planes(x), weight, mean, var, eps)
    return gx.reshape(x.shape), gweight, gbias


@batch_norm_op.definition
def _(x, weight, bias, *, eps):
    dims = (0, *range(2, x.ndim))
    column = (1, -1, *(1,) * (x.ndim - 2))
    centred = x - x.mean(dims, keepdim=True)
    y = centred * ((centred * centred).mean(dims, keepdim=True) + eps) ** -0.5
    if weight is not None:
        y = y * weight.view(column)
    return y if bias is None else y + bias.view(column)


@op(name="NativeBatchNormBackward0")
def fixed_norm(x, weight, bias, mean, var, *, eps):
    return kernels.fixed_norm(as_planes(x), weight, bias, mean, var, eps).reshape(x.shape)


@fixed_norm.fast_gradient
def _(g, x, weight, mean, var, eps, needs):
    g = as_planes(g)
    if not needs.weight and not needs.bias:
        return kernels.fixed_norm(g, weight, None, np.zeros_like(mean), var, eps).reshape(x.shape), None, None, None, None
    gx, gweight, gbias = kernels.fixed_norm_backward(g, as_planes(x), weight, mean, var, eps)
    return gx.reshape(x.shape), gweight, gbias, None, None


@fixed_norm.definition
def _(x, weight, bias, mean, var, *, eps):
    column = (1, -1, *(1,) * (x.ndim - 2))
    y = (x - mean.view(column)) * (var + eps).rsqrt().view(column)
    if weight is not None:
        y = y * weight.view(column)
    return y if bias is None else y + bias.view(column)


@public(method=False, namespace=("nn.functional",))
def batch_norm(input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-05):
    """y = (x - mean) / sqrt(var + eps) * weight + bias, per channel

    In training, mean and (biased) var are the batch's, and the running ones move towards mean and unbiased var by
    the fraction `momentum`; in evaluation the running ones are used.
    Shapes: x (N, C, *), all others (C).
    Raises: ValueError for one value per channel in training, RuntimeError for sizes or dtypes that do not fit.
    Torch: torch.nn.functional.batch_norm; Ioffe and Szegedy 2015
    """
    checks_nn.check_batch_norm(input, running_mean, running_var, weight, bias, training, eps, state.enabled)
    if input._array.dtype.char == "e":
        parameters = [x for x in (weight, bias, running_mean, running_var) if x is not None]
        if parameters and parameters[0].dtype is dtypes.float32:
            wide = batch_norm(input.float(), running_mean, running_var, weight, bias, training, momentum, eps)
            return wide.to(input.dtype)
    if training:
        y, mean, var = batch_norm_op(input, weight, bias, eps=eps)
        if running_mean is not None or running_var is not None:
            with no_grad():
                _update(running_mean, mean._array, momentum)
                count = input.numel() // max(input._array.shape[1], 1)
                _update(running_var, var._array * (count / max(count - 1, 1)), momentum)
        return y
    return fixed_norm(input, weight, bias, running_mean, running_var, eps=eps)


def _update(running, value, momentum):
    """running = (1 - momentum) running + momentum value, in place"""
    if running is not None:
        with np.errstate(over="ignore"):  # `value` is float64 and may be too large for `running`
            running._array[...] = (1 - momentum) * running._array + momentum * value.astype(running._array.dtype)
        running._bump_version()
