"""Resizing images and signals: interpolate; and pixel_shuffle, which makes images larger out of channels."""

import math
import warnings

import numpy as np

from .. import checks, kernels
from ..autograd.op import op
from ..dtypes import uint8
from .activation import FUNCTIONAL
from .average_pool import adaptive_avg_pool2d
from .public import public

# Which modes there are for how many dimensions, and what torch's nodes are called.
MODES = {
    ("nearest", 3): "UpsampleNearest1D", ("nearest", 4): "UpsampleNearest2D", ("nearest", 5): "UpsampleNearest3D",
    ("nearest-exact", 3): "UpsampleNearestExact1D", ("nearest-exact", 4): "UpsampleNearestExact2D",
    ("nearest-exact", 5): "UpsampleNearestExact3D", ("linear", 3): "UpsampleLinear1D",
    ("bilinear", 4): "UpsampleBilinear2D", ("trilinear", 5): "UpsampleTrilinear3D", ("bicubic", 4): "UpsampleBicubic2D",
}  # fmt: skip
CUBIC = -0.75  # the slope of the cubic at distance 1, as OpenCV has it


@op
def resize_op(x, *, taps):
    if x.dtype == np.uint8 and len(taps[0][0]) > 1:
        return kernels.resize_bytes(x, taps)
    wide = x.astype(np.float32) if x.dtype == np.float16 else x
    return kernels.resize(wide, taps).astype(x.dtype)


@op
def resize_input_op(g, *, shape, taps):
    """The gradient of resize_op's input, and, both being linear, the other way round."""
    wide = g.astype(np.float32) if g.dtype == np.float16 else g
    return kernels.resize_input(wide, shape, taps).astype(g.dtype)


resize_op.gradient(lambda g, x_shape, taps: resize_input_op(g, shape=x_shape, taps=taps))
resize_input_op.gradient(lambda gg, taps: resize_op(gg, taps=taps))
RESIZE = {key: resize_op.named(f"{name}Backward0") for key, name in MODES.items()}


def _taps(mode, size, new, factor, align_corners, dtype):
    """(at, weight), each (taps, new): see kernels/formula/resize.py."""
    precise = not mode.startswith("nearest") and (dtype.itemsize == 8 or dtype == np.uint8)
    number = np.float64 if precise else np.float32  # torch's precision for places
    steps = np.arange(new).astype(number)
    ratio = number(1 / factor) if factor is not None and factor > 0 else number(size) / number(new)
    if mode.startswith("nearest"):
        at = np.floor((steps + number(0.5 if mode == "nearest-exact" else 0)) * ratio).astype(np.int64)
        return np.minimum(at, size - 1)[None], np.ones((1, new))
    if align_corners:
        where = steps * (number(size - 1) / number(new - 1) if new > 1 else number(0))
    else:
        where = ratio * (steps + number(0.5)) - number(0.5)
    if mode == "bicubic":
        first = np.floor(where)
        at = np.clip(first.astype(np.int64) + np.arange(-1, 3)[:, None], 0, size - 1)
        return at, _cubic(where - first)
    where = np.maximum(where, number(0))
    low = np.minimum(where.astype(np.int64), size - 1)
    part = np.clip(where - low, 0, 1)
    return np.stack([low, np.minimum(low + 1, size - 1)]), np.stack([1 - part, part])


def _cubic(t):
    """The weights of the four neighbours at distances 1 + t, t, 1 - t and 2 - t.  Keys, 1981"""
    near = lambda x: ((CUBIC + 2) * x - (CUBIC + 3)) * x * x + 1
    far = lambda x: ((CUBIC * x - 5 * CUBIC) * x + 8 * CUBIC) * x - 4 * CUBIC
    return np.stack([far(t + 1), near(t), near(1 - t), far(2 - t)])


@public(method=False, namespace=FUNCTIONAL)
def interpolate(
    input, size=None, scale_factor=None, mode="nearest", align_corners=None, recompute_scale_factor=None, antialias=False
):
    """The input at new places, between which it is constant (nearest), linear, cubic, or averaged (area).

    Place i of the new axis lies at (i + 1/2) old / new - 1/2 of the old one, or at i (old - 1) / (new - 1) if align_corners.
    Shapes: (N, C, L), (N, C, H, W) or (N, C, D, H, W) -> the same rank; size, or floor(old * scale_factor).
    Raises: ValueError, TypeError, RuntimeError, NotImplementedError for options that do not fit; NotImplementedError for
    antialias=True.  Torch: torch.nn.functional.interpolate
    """
    checks.check_tensor(input, "interpolate")
    if mode in ("nearest", "area", "nearest-exact"):
        if align_corners is not None:
            raise ValueError(
                "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear"
            )
    new, factors = _sizes(input, size, scale_factor)
    if recompute_scale_factor and size is not None:
        raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
    if recompute_scale_factor or mode == "area":
        factors = [None] * len(new)
    if antialias:
        if mode not in ("bilinear", "bicubic", "lanczos") or input.ndim != 4:
            raise ValueError(
                "Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a 4-D tensor as input"
            )
        raise NotImplementedError("interpolate(antialias=True) is not supported")
    if mode == "area" and input.ndim in (3, 4):
        flat = input.ndim == 3
        y = adaptive_avg_pool2d(input.unsqueeze(2) if flat else input, (1, *new) if flat else new)
        return y.squeeze(2) if flat else y
    if mode == "area" and input.ndim == 5:  # planes first, then their stack
        samples, channels, depth, *plane = input.shape
        if 0 in input.shape[1:]:
            raise RuntimeError(
                "adaptive_avg_pool3d(): Expected input to have non-zero size for non-batch dimensions, but input has sizes "
                f"{list(input.shape)} with dimension {input.shape.index(0, 1)} being empty"
            )
        y = adaptive_avg_pool2d(input.reshape(samples, channels * depth, *plane), new[1:])
        y = adaptive_avg_pool2d(y.reshape(samples, channels, depth, new[1] * new[2]), (new[0], new[1] * new[2]))
        return y.reshape(samples, channels, *new)
    if (mode, input.ndim) not in MODES:
        _refuse(mode, input.ndim)
    _check_sizes(input, new)
    kind = MODES[mode, input.ndim]
    if not input.is_floating_point() and not (input.dtype is uint8 and mode.startswith(("nearest", "bi"))):
        name = kind.replace("Upsample", "").replace("Exact", "_exact").lower()
        raise NotImplementedError(
            f"\"upsample_{name}{'_channels_last' if input.ndim == 4 else ''}\" not implemented for '{input.dtype.long_name}'"
        )
    taps = tuple(
        _taps(mode, old, count, factor, align_corners, input._array.dtype)
        for old, count, factor in zip(input.shape[2:], new, factors)
    )
    return RESIZE[mode, input.ndim](input, taps=taps)


def _sizes(input, size, scale_factor):
    """(new sizes, factors that were given or None)"""
    dims = input.ndim - 2
    place = f"got input with spatial dimensions of {list(input.shape[2:])} and"
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if size is not None:
        many = isinstance(size, list | tuple)
        if many and len(size) != dims:
            raise ValueError(
                f"Input and output must have the same number of spatial dimensions, but {place} output size of {size}. "
                "Please provide input tensor in (N, C, d1, d2, ...,dK) format and output size in (o1, o2, ...,oK) format."
            )
        if many and not all(isinstance(n, int | np.integer) for n in size):
            raise TypeError(
                "expected size to be one of int or Tuple[int] or Tuple[int, int] or Tuple[int, int, int], but got size with "
                f"types {[type(n) for n in size]}"
            )
        return [int(n) for n in size] if many else [int(size)] * dims, [None] * dims
    if scale_factor is None:
        raise ValueError("either size or scale_factor should be defined")
    many = isinstance(scale_factor, list | tuple)
    if many and len(scale_factor) != dims:
        raise ValueError(
            f"Input and scale_factor must have the same number of spatial dimensions, but {place} scale_factor of shape "
            f"{scale_factor}. Please provide input tensor in (N, C, d1, d2, ...,dK) format and scale_factor in (s1, s2, "
            "...,sK) format."
        )
    factors = list(scale_factor) if many else [scale_factor] * dims
    return [int(old * factor) for old, factor in zip(input.shape[2:], factors)], factors


def _refuse(mode, ndim) -> None:
    needs = {"linear": 3, "bilinear": 4, "trilinear": 5}
    if mode in needs and ndim in (3, 4, 5):
        raise NotImplementedError(f"Got {ndim}D input, but {mode} mode needs {needs[mode]}D input")
    raise NotImplementedError(
        f"Input Error: Only 3D, 4D and 5D input Tensors supported (got {ndim}D) for the modes: nearest | linear | "
        f"bilinear | bicubic | trilinear | lanczos | area | nearest-exact (got {mode})"
    )


def _check_sizes(input, new) -> None:
    old, names = list(input.shape[2:]), "DHW"[5 - input.ndim :]
    if min(old) <= 0 or min(new) <= 0:
        told = [", ".join([f"{name}: {n}" for name, n in zip(names, sizes)]) for sizes in (old, new)]
        both = " and" if input.ndim == 3 else ""
        raise RuntimeError(
            f"Input and output sizes should be greater than 0, but got input ({told[0]}){both} output ({told[1]})"
        )
    if 0 in input.shape[1:]:
        raise RuntimeError(f"Non-empty {input.ndim}D data tensor expected but got a tensor with sizes {list(input.shape)}")


@public(method=False, namespace=FUNCTIONAL)
def upsample(input, size=None, scale_factor=None, mode="nearest", align_corners=None):
    """interpolate, under its old name.  Torch: torch.nn.functional.upsample"""
    _deprecated("upsample")
    return interpolate(input, size, scale_factor, mode, align_corners)


@public(method=False, namespace=FUNCTIONAL)
def upsample_nearest(input, size=None, scale_factor=None):
    """interpolate with mode="nearest".  Torch: torch.nn.functional.upsample_nearest"""
    _deprecated("upsample_nearest")
    return interpolate(input, size, scale_factor, mode="nearest")


@public(method=False, namespace=FUNCTIONAL)
def upsample_bilinear(input, size=None, scale_factor=None):
    """interpolate with mode="bilinear", align_corners=True.  Torch: torch.nn.functional.upsample_bilinear"""
    _deprecated("upsample_bilinear")
    return interpolate(input, size, scale_factor, mode="bilinear", align_corners=True)


def _deprecated(name) -> None:
    warnings.warn(f"`nn.functional.{name}` is deprecated. Use `nn.functional.interpolate` instead.", stacklevel=3)


# --- channels and pixels -------------------------------------------------------------------------------------------


def _shuffled(x, r):
    *batch, c, h, w = x.shape
    pixels = np.moveaxis(x.reshape(*batch, c // (r * r), r, r, h, w), (-4, -3), (-3, -1))
    return np.ascontiguousarray(pixels.reshape(*batch, c // (r * r), h * r, w * r))


def _unshuffled(x, r):
    *batch, c, h, w = x.shape
    pixels = np.moveaxis(x.reshape(*batch, c, h // r, r, w // r, r), (-3, -1), (-4, -3))
    return np.ascontiguousarray(pixels.reshape(*batch, c * r * r, h // r, w // r))


@op(name="PixelShuffleBackward0")
def pixel_shuffle_op(x, *, factor):
    return _shuffled(x, factor)


@op(name="PixelUnshuffleBackward0")
def pixel_unshuffle_op(x, *, factor):
    return _unshuffled(x, factor)


pixel_shuffle_op.gradient(lambda g, factor: pixel_unshuffle_op(g, factor=factor))
pixel_unshuffle_op.gradient(lambda g, factor: pixel_shuffle_op(g, factor=factor))


def _check_shuffle(input, name, factor, factor_name) -> None:
    checks.check_tensor(input, name)
    if input.ndim < 3:
        raise RuntimeError(
            f"{name} expects input to have at least 3 dimensions, but got input with {input.ndim} dimension(s)"
        )
    if factor <= 0:
        raise RuntimeError(f"{name} expects a positive {factor_name}, but got {factor}")


@public(method=False, namespace=("", "nn.functional"))
def pixel_shuffle(input, upscale_factor):
    """y[c, h r + i, w r + j] = x[c r^2 + i r + j, h, w], r = upscale_factor.

    Shapes: (..., C r^2, H, W) -> (..., C, H r, W r).
    Raises: RuntimeError for sizes that do not fit.
    Torch: torch.nn.functional.pixel_shuffle; Shi et al., 2016 (arXiv:1609.05158)
    """
    if type(upscale_factor) is not int:
        checks.check_scalar(upscale_factor, "pixel_shuffle", "upscale_factor", 2, "int")
    _check_shuffle(input, "pixel_shuffle", upscale_factor, "upscale_factor")
    if input.shape[-3] % upscale_factor**2:
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, but "
            f"input.size(-3)={input.shape[-3]} is not divisible by {upscale_factor**2}"
        )
    return pixel_shuffle_op(input, factor=upscale_factor)


@public(method=False, namespace=("", "nn.functional"))
def pixel_unshuffle(input, downscale_factor):
    """The inverse of pixel_shuffle.

    Shapes: (..., C, H r, W r) -> (..., C r^2, H, W).
    Raises: RuntimeError for sizes that do not fit.  Torch: torch.nn.functional.pixel_unshuffle
    """
    if type(downscale_factor) is not int:
        checks.check_scalar(downscale_factor, "pixel_unshuffle", "downscale_factor", 2, "int")
    _check_shuffle(input, "pixel_unshuffle", downscale_factor, "downscale_factor")
    for dim, name in ((-2, "height"), (-1, "width")):
        if input.shape[dim] % downscale_factor:
            raise RuntimeError(
                f"pixel_unshuffle expects {name} to be divisible by downscale_factor, but "
                f"input.size({dim})={input.shape[dim]} is not divisible by {downscale_factor}"
            )
    # Torch leaves what is empty in its shape.
    return pixel_unshuffle_op(input, factor=downscale_factor) if input.numel() else input.clone()


@op(name="ChannelShuffleBackward0")
def channel_shuffle_op(x, *, groups):
    n, c, *rest = x.shape
    return np.ascontiguousarray(x.reshape(n, groups, c // groups, *rest).swapaxes(1, 2).reshape(x.shape))


@channel_shuffle_op.gradient
def _(g, x_shape, groups):
    return channel_shuffle_op(g, groups=x_shape[1] // groups) if math.prod(x_shape) else g


@public(method=False, namespace=("", "nn.functional"))
def channel_shuffle(input, groups):
    """Deal the channels of each group out to all groups.

    Shapes: (N, C, ...) -> the same.
    Raises: RuntimeError for sizes that do not fit.  Torch: torch.channel_shuffle; Zhang et al., 2018 (arXiv:1707.01083)
    """
    checks.check_tensor(input, "channel_shuffle")
    if input.ndim < 3:
        raise RuntimeError(f"channel_shuffle expects input with > 2 dims, but got input with sizes {list(input.shape)}")
    if groups <= 0:
        raise RuntimeError(f"Number of groups to divide channels in must be positive. Value of groups:{groups}")
    if input.shape[1] % groups:
        raise RuntimeError(
            f"Number of channels must be divisible by groups. Got {input.shape[1]} channels and {groups} groups."
        )
    return channel_shuffle_op(input, groups=groups)
