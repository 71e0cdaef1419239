"""Convolution: three operations, each one's gradient the other two."""

from .. import checks_nn, kernels
from ..autograd.op import op
from ..kernels.spec import ConvSpec
from .public import public


@op
def convolution(x, w, bias, *, spec):
    return kernels.conv(x, w, bias, spec)


@op
def convolution_input(g, w, *, shape, spec):
    """Spreads g back over the image."""
    return kernels.conv_input(g, w, shape, spec)


@op
def convolution_weight(g, x, *, shape, spec):
    """What every filter weight was multiplied with."""
    return kernels.conv_weight(g, x, shape, spec)


@op(name="SumBackward1")
def channel_sum(g):
    """The bias's gradient: the sum over images and positions."""
    return kernels.channel_sum(g.reshape((*g.shape[:2], g.shape[2] * g.shape[3])))


channel_sum.gradient(lambda gg, g_shape: gg.view(1, -1, 1, 1).expand(g_shape))
convolution.gradients(
    lambda g, w, x_shape, spec: convolution_input(g, w, shape=x_shape, spec=spec),
    lambda g, x, w_shape, spec: convolution_weight(g, x, shape=w_shape, spec=spec),
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


@public(method=False, namespace=("", "nn.functional"))
def conv2d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """y[n, o] = bias[o] + sum over c of weight[o, c] cross-correlated with x[n, c]

    Shapes: x (N, C, H, W) or (C, H, W), weight (O, C/groups, kH, kW), bias (O) -> (N, O, H', W') or (O, H', W'),
        H' = (H + 2 padding - dilation (kH - 1) - 1) // stride + 1; padding may be "same" or "valid".
    Raises: RuntimeError for ranks, channels, sizes or dtypes that do not fit.
    Torch: torch.nn.functional.conv2d
    """
    spec, sides = checks_nn.check_conv2d(input, weight, bias, stride, padding, dilation, groups)
    if any(before != after for before, after in sides):  # "same" with an even kernel pads one more at the end
        from .padding import pad

        (top, bottom), (left, right) = sides
        input = pad(input, (left, right, top, bottom))
        sides = ((0, 0), (0, 0))
    spec = ConvSpec(spec.stride, (sides[0][0], sides[1][0]), spec.dilation, spec.groups)
    if input.ndim == 3:
        return convolution(input.unsqueeze(0), weight, bias, spec=spec).squeeze(0)
    return convolution(input, weight, bias, spec=spec)
