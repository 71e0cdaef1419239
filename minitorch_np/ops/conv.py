"""Convolution: three operations, each one's gradient the other two; of a line (N,C,L), which is an image of one row, too.

A transposed convolution is the second of them, with a bias.
"""

from .. import checks, checks_conv, kernels
from ..autograd.op import op
from .padding import pad
from .public import public


def _image(a):
    """(N,C,L) -> (N,C,1,L)"""
    return a.reshape((*a.shape[:2], 1, a.shape[2]))


@op
def convolution(x, w, bias, *, spec):
    if x.ndim == 3:
        return kernels.conv(_image(x), _image(w), bias, spec)[:, :, 0]
    return kernels.conv(x, w, bias, spec)


@op
def convolution_input(g, w, *, shape, spec):
    """Spreads g back over the image."""
    if g.ndim == 3:
        return kernels.conv_input(_image(g), _image(w), (*shape[:2], 1, shape[2]), spec)[:, :, 0]
    return kernels.conv_input(g, w, shape, spec)


@op
def convolution_weight(g, x, *, shape, spec):
    """What every filter weight was multiplied with."""
    if g.ndim == 3:
        return kernels.conv_weight(_image(g), _image(x), (*shape[:2], 1, shape[2]), spec)[:, :, 0]
    return kernels.conv_weight(g, x, shape, spec)


@op(name="ConvolutionBackward0")
def convolution_transposed(x, w, bias, *, shape, spec):
    y = convolution_input.forward(x, w, shape=shape, spec=spec)
    if bias is not None:
        y += bias.reshape((-1,) + (1,) * (y.ndim - 2))
    return y


@op(name="SumBackward1")
def channel_sum(g):
    """The bias's gradient: the sum over images and positions."""
    return kernels.channel_sum(g if g.ndim == 3 else g.reshape((*g.shape[:2], g.shape[2] * g.shape[3])))


channel_sum.gradient(lambda gg, g_shape: gg.view(1, -1, *(1,) * (len(g_shape) - 2)).expand(g_shape))
convolution.gradients(
    lambda g, w, x_shape, spec: convolution_input(g, w, shape=x_shape, spec=spec),
    lambda g, x, w_shape, spec: convolution_weight(g, x, shape=w_shape, spec=spec),
    lambda g: channel_sum(g),
)
convolution_transposed.gradients(
    lambda g, w, spec: convolution(g, w, None, spec=spec),
    lambda g, x, w_shape, spec: convolution_weight(x, g, shape=w_shape, spec=spec),
    lambda g: channel_sum(g),
)
convolution_input.gradients(
    lambda gg, w, spec: convolution(gg, w, None, spec=spec),
    lambda gg, g, w_shape, spec: convolution_weight(g, gg, shape=w_shape, spec=spec),
)
convolution_weight.gradients(
    lambda gg, x, spec: convolution(x, gg, None, spec=spec),
    lambda gg, g, x_shape, spec: convolution_input(g, gg, shape=x_shape, spec=spec),
)


def _check_tensors(function, input, weight, bias):
    checks.check_tensor(input, function)
    checks.check_tensor(weight, function, "weight", 2)
    if bias is not None:
        checks.check_tensor(bias, function, "bias", 3)


def _conv(dims, input, weight, bias, stride, padding, dilation, groups):
    _check_tensors(f"conv{dims}d", input, weight, bias)
    spec, sides = checks_conv.check_conv(dims, input, weight, bias, stride, padding, dilation, groups)
    if sides is not None:  # "same" with an even kernel pads one more at the end
        input = pad(input, [side for pair in reversed(sides[-dims:]) for side in pair])
    if input._array.ndim == dims + 1:
        return convolution(input.unsqueeze(0), weight, bias, spec=spec).squeeze(0)
    return convolution(input, weight, bias, spec=spec)


@public(method=False, namespace=("", "nn.functional"))
def conv1d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """y[n, o] = bias[o] + sum over c of weight[o, c] cross-correlated with x[n, c]

    Shapes: x (N, C, L) or (C, L), weight (O, C/groups, k), bias (O) -> (N, O, L') or (O, L'),
        L' = (L + 2 padding - dilation (k - 1) - 1) // stride + 1; padding may be "same" or "valid".
    Raises: RuntimeError for ranks, channels, sizes or dtypes that do not fit.
    Torch: torch.nn.functional.conv1d
    """
    return _conv(1, input, weight, bias, stride, padding, dilation, groups)


@public(method=False, namespace=("", "nn.functional"))
def conv2d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """y[n, o] = bias[o] + sum over c of weight[o, c] cross-correlated with x[n, c]

    Shapes: x (N, C, H, W) or (C, H, W), weight (O, C/groups, kH, kW), bias (O) -> (N, O, H', W') or (O, H', W'),
        H' = (H + 2 padding - dilation (kH - 1) - 1) // stride + 1; padding may be "same" or "valid".
    Raises: RuntimeError for ranks, channels, sizes or dtypes that do not fit.
    Torch: torch.nn.functional.conv2d
    """
    return _conv(2, input, weight, bias, stride, padding, dilation, groups)


def _conv_transpose(dims, input, weight, bias, *numbers):
    _check_tensors(f"conv_transpose{dims}d", input, weight, bias)
    spec, shape, extra = checks_conv.check_conv_transpose(dims, input, weight, bias, *numbers)
    x = input.unsqueeze(0) if input.ndim == dims + 1 else input
    if any(e >= s for e, s in zip(extra, spec.stride[-dims:], strict=True)):
        # The convolution has a window more than x has elements and isn't the adjoint: crop what one without padding makes.
        crop = [s for p, e in zip(spec.padding[-dims:], extra, strict=True) for s in (-p, e - p)]
        whole = (
            *shape[:2],
            *(n - before - after for n, before, after in zip(shape[2:], crop[::2], crop[1::2], strict=True)),
        )
        y = convolution_transposed(x, weight, None, shape=whole, spec=spec._replace(padding=(0, 0)))
        y = pad(y, crop[2:] + crop[:2] if dims == 2 else crop)
        y = y if bias is None else y + bias.to(y.dtype).view(-1, *(1,) * dims)
    else:
        y = convolution_transposed(x, weight, bias, shape=shape, spec=spec)
    return y if x is input else y.squeeze(0)


@public(method=False, namespace=("", "nn.functional"))
def conv_transpose1d(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """Every element of x, times the filters, is added around its place: the adjoint of conv1d with these filters.

    Shapes: x (N, C, L) or (C, L), weight (C, O/groups, k), bias (O) -> (N, O, L') or (O, L'),
        L' = (L - 1) stride - 2 padding + dilation (k - 1) + output_padding + 1.
    Raises: RuntimeError for ranks, channels, sizes or dtypes that do not fit, NotImplementedError for int32 and smaller.
    Torch: torch.nn.functional.conv_transpose1d
    """
    return _conv_transpose(1, input, weight, bias, stride, padding, output_padding, groups, dilation)


@public(method=False, namespace=("", "nn.functional"))
def conv_transpose2d(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """Every element of x, times the filters, is added around its place: the adjoint of conv2d with these filters.

    Shapes: x (N, C, H, W) or (C, H, W), weight (C, O/groups, kH, kW), bias (O) -> (N, O, H', W') or (O, H', W'),
        H' = (H - 1) stride - 2 padding + dilation (kH - 1) + output_padding + 1.
    Raises: RuntimeError for ranks, channels, sizes or dtypes that do not fit, NotImplementedError for int32 and smaller.
    Torch: torch.nn.functional.conv_transpose2d
    """
    return _conv_transpose(2, input, weight, bias, stride, padding, output_padding, groups, dilation)
