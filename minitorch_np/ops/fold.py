"""unfold and fold: windows of an image as columns, and columns added back to an image; each is the other's gradient."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .. import checks, checks_fold
from ..autograd.op import op
from .public import public


@op(name="Im2ColBackward0")
def unfold_columns(x, *, spec, kernel):
    """(N,C,H,W) or (C,H,W) -> (..., C kH kW, H' W')"""
    (high, wide), (sh, sw), (dh, dw) = spec.padding, spec.stride, spec.dilation
    padded = np.pad(x, [(0, 0)] * (x.ndim - 2) + [(high, high), (wide, wide)])
    span = dh * (kernel[0] - 1) + 1, dw * (kernel[1] - 1) + 1
    windows = sliding_window_view(padded, span, (-2, -1))[..., ::sh, ::sw, ::dh, ::dw]
    columns = np.moveaxis(windows, (-2, -1), (-4, -3))  # (..., C, kH, kW, H', W')
    return columns.reshape(*x.shape[:-3], x.shape[-3] * kernel[0] * kernel[1], columns.shape[-2] * columns.shape[-1])


@op(name="Col2ImBackward0")
def fold_columns(columns, *, size, spec, kernel):
    """(..., C kH kW, H' W') -> (..., C, *size): what overlaps is added"""
    (high, wide), (sh, sw), (dh, dw) = spec.padding, spec.stride, spec.dilation
    rows, cols = checks_fold.sliding_blocks(size, kernel, spec)
    channels = columns.shape[-2] // (kernel[0] * kernel[1])
    shares = columns.reshape(*columns.shape[:-2], channels, *kernel, rows, cols)
    padded = np.zeros((*columns.shape[:-2], channels, size[0] + 2 * high, size[1] + 2 * wide), columns.dtype)
    for i in range(kernel[0]):
        for j in range(kernel[1]):
            across = slice(j * dw, j * dw + sw * (cols - 1) + 1, sw)
            padded[..., i * dh : i * dh + sh * (rows - 1) + 1 : sh, across] += shares[..., i, j, :, :]
    return padded[..., high : high + size[0], wide : wide + size[1]]


unfold_columns.gradient(lambda g, x_shape, spec, kernel: fold_columns(g, size=x_shape[-2:], spec=spec, kernel=kernel))
fold_columns.gradient(lambda g, spec, kernel: unfold_columns(g, spec=spec, kernel=kernel))


@public(method=False, namespace=("nn.functional",))
def unfold(input, kernel_size, dilation=1, padding=0, stride=1):
    """Every window of the image as a column: channel by channel, row by row.

    Shapes: (N, C, H, W) or (C, H, W) -> (..., C kH kW, L), L = H' W' windows (see conv2d).
    Raises: RuntimeError, IndexError for ranks and sizes that do not fit, NotImplementedError for integers.
    Torch: torch.nn.functional.unfold
    """
    checks.check_tensor(input, "im2col")
    spec, kernel = checks_fold.check_unfold(input, kernel_size, dilation, padding, stride)
    return unfold_columns(input, spec=spec, kernel=kernel)


@public(method=False, namespace=("nn.functional",))
def fold(input, output_size, kernel_size, dilation=1, padding=0, stride=1):
    """The adjoint of unfold: every column is added to the image where its window lies.

    Shapes: (N, C kH kW, L) or (C kH kW, L) -> (..., C, *output_size), L = H' W' windows (see conv2d).
    Raises: RuntimeError for ranks and sizes that do not fit, NotImplementedError for integers.
    Torch: torch.nn.functional.fold
    """
    checks.check_tensor(input, "col2im")
    spec, kernel, size = checks_fold.check_fold(input, output_size, kernel_size, dilation, padding, stride)
    return fold_columns(input, size=size, spec=spec, kernel=kernel)
