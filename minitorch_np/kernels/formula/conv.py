"""Convolution by its definition: every window of the padded image times every filter, through BLAS.

Axes: N images, C channels, H and W rows and columns, O filters, k window; ' marks the output.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ..spec import ConvSpec

__all__ = ["conv", "conv_input", "conv_weight"]


def _windows(x, kernel, spec: ConvSpec):
    """(N,C,H,W) -> (N,C,H',W',kH,kW): what each output position sees, as a view of the padded image."""
    (ph, pw), (dh, dw), (sh, sw) = spec.padding, spec.dilation, spec.stride
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    span = (dh * (kernel[0] - 1) + 1, dw * (kernel[1] - 1) + 1)
    return sliding_window_view(padded, span, (2, 3))[:, :, ::sh, ::sw, ::dh, ::dw]


def _wide(*arrays):
    """float16 is multiplied and summed in float32 and rounded once, as torch does."""
    return [a.astype(np.float32) if a is not None and a.dtype == np.float16 else a for a in arrays]


def conv(x, w, bias, spec):
    """x (N,C,H,W), w (O,C/groups,kH,kW), bias (O,) or None -> (N,O,H',W')"""
    dtype = x.dtype
    x, w, bias = _wide(x, w, bias)
    windows = _windows(x, w.shape[2:], spec)
    y = [
        np.tensordot(v, f, ((1, 4, 5), (1, 2, 3))).transpose(0, 3, 1, 2)
        for v, f in zip(np.split(windows, spec.groups, 1), np.split(w, spec.groups), strict=True)
    ]
    y = np.ascontiguousarray(np.concatenate(y, 1))
    return (y if bias is None else y + bias[:, None, None]).astype(dtype, copy=False)


def conv_input(g, w, shape, spec):
    """g (N,O,H',W'), w (O,C/groups,kH,kW) -> (N,C,H,W): each output's gradient spread over its window"""
    dtype = g.dtype
    g, w = _wide(g, w)
    (ph, pw), (dh, dw), (sh, sw) = spec.padding, spec.dilation, spec.stride
    padded = np.zeros((shape[0], shape[1], shape[2] + 2 * ph, shape[3] + 2 * pw), g.dtype)
    h, v = g.shape[2:]
    shares = [
        np.tensordot(part, f, ((1,), (0,)))  # (N,H',W',C/groups,kH,kW)
        for part, f in zip(np.split(g, spec.groups, 1), np.split(w, spec.groups), strict=True)
    ]
    shares = np.concatenate(shares, 3).transpose(4, 5, 0, 3, 1, 2)
    for i in range(w.shape[2]):
        for j in range(w.shape[3]):
            padded[:, :, i * dh : i * dh + sh * (h - 1) + 1 : sh, j * dw : j * dw + sw * (v - 1) + 1 : sw] += shares[i, j]
    return np.ascontiguousarray(padded[:, :, ph : ph + shape[2], pw : pw + shape[3]]).astype(dtype, copy=False)


def conv_weight(g, x, shape, spec):
    """g (N,O,H',W'), x (N,C,H,W) -> (O,C/groups,kH,kW): what every filter weight was multiplied with"""
    dtype = g.dtype
    g, x = _wide(g, x)
    windows = _windows(x, shape[2:], spec)[:, :, : g.shape[2], : g.shape[3]]
    parts = [
        np.tensordot(part, v, ((0, 2, 3), (0, 2, 3)))
        for part, v in zip(np.split(g, spec.groups, 1), np.split(windows, spec.groups, 1), strict=True)
    ]
    return np.ascontiguousarray(np.concatenate(parts, 0)).astype(dtype, copy=False)
