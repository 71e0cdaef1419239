"""Argument checks of the convolutions of one and two dimensions: torch's errors, from shapes and numbers alone."""

from collections.abc import Iterable
from functools import lru_cache
from operator import index

from . import checks, dtypes
from .kernels.spec import ConvSpec, Pair, conv_transposed_extent

SMALL = {dtypes.bool_, dtypes.uint8, dtypes.int8, dtypes.int16, dtypes.int32}


def check_conv(dims, input, weight, bias, stride, padding, dilation, groups):
    """The spec of a convolution; and, where one side of a dimension is padded more than the other, the padding
    ((top, bottom), (left, right)), which is not in the spec then.

    Raises: RuntimeError for ranks, channels, sizes or dtypes that do not fit.
    """
    if not isinstance(padding, str):  # torch skips this for a padding by name
        _check_bias(input, bias)
    x, w = input._array.shape, weight._array.shape
    _check_rank(dims, f"conv{dims}d", x, w)
    stride = _steps(stride, "stride", dims, w)
    if isinstance(padding, str):
        if padding not in ("same", "valid"):
            raise RuntimeError(f"Invalid padding string: '{padding}'")
        if padding == "same" and any(s != 1 for s in stride):
            raise RuntimeError("padding='same' is not supported for strided convolutions")
        dilation = _steps(dilation, "dilation", dims, w)
        totals = [d * (k - 1) if padding == "same" else 0 for d, k in zip(dilation, w[2:], strict=True)]
        sides = [(total // 2, total - total // 2) for total in totals]
    else:
        sides = [(p, p) for p in _steps(padding, "padding", dims, w)]
        dilation = _steps(dilation, "dilation", dims, w)
    shape = None if bias is None else bias._array.shape
    spec, uneven = _check_sizes(dims, x, w, shape, stride, tuple(sides), dilation, groups)
    if max(dilation) > 1:
        _check_dtypes(input, weight, bias, "slow_conv_dilated<>", SMALL)
    else:
        _check_dtypes(input, weight, bias, "slow_conv2d_cpu", {dtypes.bool_})
    return spec, uneven


@lru_cache(maxsize=256, typed=True)  # a layer asks the same again and again: of one image, checking took half of the time
def _check_sizes(dims, x, w, bias, stride, sides, dilation, groups):
    """What `check_conv` returns; the rest of its checks are of shapes and numbers alone."""
    _check_numbers(stride, [p for p, _ in sides], dilation, groups)
    _check_channels(x, w, bias, dims, groups, False)
    padded = [n + before + after for n, (before, after) in zip(x[-dims:], sides, strict=True)]
    spans = [d * (k - 1) + 1 for d, k in zip(dilation, w[2:], strict=True)]
    if any(n < span for n, span in zip(padded, spans, strict=True)):
        raise RuntimeError(
            f"Calculated padded input size per channel: ({_times(padded)}). Kernel size: ({_times(spans)}). Kernel size "
            "can't be greater than actual input size"
        )
    _check_not_empty(x, w, dims)
    (top, bottom), (left, right) = sides = (*(() if dims == 2 else ((0, 0),)), *sides)
    even = top == bottom and left == right
    spec = ConvSpec(_pair(stride, 1), (top, left) if even else (0, 0), _pair(dilation, 1), groups)
    return spec, None if even else sides


def check_conv_transpose(dims, input, weight, bias, stride, padding, output_padding, groups, dilation):
    """The spec of the convolution whose adjoint this is, the result's shape (N, O, H', W') or (N, O, L'), output padding.

    Raises: RuntimeError for ranks, channels, sizes or dtypes that do not fit; NotImplementedError for small integers.
    """
    x, w = input._array.shape, weight._array.shape
    name = f"conv_transpose{dims}d"
    _check_rank(dims, name, x, w)
    if isinstance(padding, str):
        raise TypeError(f"{name}(): argument 'padding' must be tuple of ints, not str")
    stride, padding = _steps(stride, "stride", dims, w), _steps(padding, "padding", dims, w)
    dilation = _steps(dilation, "dilation", dims, w)
    extra = _steps(output_padding, "output_padding", dims, w)
    _check_numbers(stride, padding, dilation, groups, extra)
    _check_channels(x, w, None if bias is None else bias._array.shape, dims, groups, True)
    _check_not_empty(x, w, dims)
    steps, spread, more = _pair(stride, 1), _pair(dilation, 1), _pair(extra, 0)
    if any(e >= s and e >= d for e, s, d in zip(more, steps, spread, strict=True)):
        raise RuntimeError(
            "output padding must be smaller than either stride or dilation, but got output_padding_height: "
            f"{more[0]} output_padding_width: {more[1]} stride_height: {steps[0]} stride_width: {steps[1]} "
            f"dilation_height: {spread[0]} dilation_width: {spread[1]}"
        )
    numbers = zip(x[-dims:], w[2:], stride, padding, dilation, extra, strict=True)
    size = [conv_transposed_extent(*of_one) for of_one in numbers]
    if min(size) < 1:
        raise RuntimeError(
            f"Given input size per channel: ({_times(_pair(x[-dims:], 1))}). Calculated output size per channel: "
            f"({_times(_pair(size, 1))}). Output size is too small"
        )
    _check_dtypes(input, weight, bias, "slow_conv_transpose2d_out_cpu", SMALL)
    batch = x[:1] if len(x) == dims + 2 else (1,)
    return ConvSpec(steps, _pair(padding, 0), spread, groups), (*batch, w[1] * groups, *size), extra


def _times(numbers) -> str:
    return " x ".join(str(n) for n in numbers)


def _pair(values, filling) -> Pair:
    """The numbers of a line as those of an image of one row."""
    return tuple(values) if len(values) == 2 else (filling, *values)


def _steps(value, name, dims, w):
    """A number, or a sequence of one or as many as the filters have dimensions, as that many."""
    if type(value) is tuple and len(value) == len(w) - 2 == 2 and type(value[0]) is type(value[1]) is int:
        return value
    values = [index(v) for v in value] if isinstance(value, Iterable) else [index(value)] * dims
    wanted = len(w) - 2
    if len(values) not in (1, wanted):
        raise RuntimeError(
            f"expected {name} to be a single integer value or a list of {wanted} values to match the convolution "
            f"dimensions, but got {name}={values}"
        )
    return tuple(values) * (wanted if len(values) == 1 else 1)


def _check_rank(dims, name, x, w):
    if len(x) not in (dims + 1, dims + 2):
        raise RuntimeError(
            f"Expected {dims + 1}D (unbatched) or {dims + 2}D (batched) input to {name}, but got input of size: {list(x)}"
        )
    if len(w) < 3:
        raise RuntimeError("weight should have at least three dimensions")


def _check_numbers(stride, padding, dilation, groups, output_padding=(0,)):
    if min(padding) < 0:
        raise RuntimeError("negative padding is not supported")
    if min(output_padding) < 0:
        raise RuntimeError("negative output_padding is not supported")
    if min(stride) <= 0:
        raise RuntimeError("non-positive stride is not supported")
    if min(dilation) <= 0:
        raise RuntimeError("non-positive dilation is not supported")
    if groups <= 0:
        raise RuntimeError("non-positive groups is not supported")


def _check_channels(x, w, bias, dims, groups, transposed):
    if len(w) != dims + 2:
        batched = [*x] if len(x) == dims + 2 else [1, *x]
        raise RuntimeError(
            f"Expected {len(w)}-dimensional input for {len(w)}-dimensional weight {list(w)}, but got {dims + 2}-dimensional "
            f"input of size {batched} instead"
        )
    if w[0] < groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be at least {groups} at dimension 0, but got weight of size "
            f"{list(w)} instead"
        )
    if w[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight of size "
            f"{[list(w)]} instead"
        )
    given = "transposed=1" if transposed else f"groups={groups}"
    channels, filters = (w[0], w[1] * groups) if transposed else (w[1] * groups, w[0])
    if x[-1 - dims] != channels:
        raise RuntimeError(
            f"Given {given}, weight of size {list(w)}, expected input{list(x if len(x) == dims + 2 else (1, *x))} to "
            f"have {channels} channels, but got {x[-1 - dims]} channels instead"
        )
    if bias is not None and bias != (filters,):
        raise RuntimeError(
            f"Given {'transposed=1, ' if transposed else ''}weight of size {list(w)}, expected bias to be 1-dimensional "
            f"with {filters} elements, but got bias of size {list(bias)} instead"
        )


def _check_not_empty(x, w, dims):
    size, kernel = _pair(x[-dims:], 1), _pair(w[2:], 1)
    if 0 in size and 0 not in x[:-dims]:
        batch = x[:1] if len(x) == dims + 2 else (1,)
        raise RuntimeError(
            f"Only zero batch or zero channel inputs are supported, but got input shape: {[*batch, x[-1 - dims], *size]}"
        )
    if 0 in kernel:
        raise RuntimeError(
            f"kernel size should be greater than zero, but got kernel_height: {kernel[0]} kernel_width: {kernel[1]}"
        )


def _check_bias(input, bias):
    if bias is not None and bias._array.dtype is not input._array.dtype and bias.dtype is not input.dtype:
        names = [checks.C_NAMES[t.dtype.name] for t in (input, bias)]
        raise RuntimeError(f"Input type ({names[0]}) and bias type ({names[1]}) should be the same")


def _check_dtypes(input, weight, bias, kernel, refused):
    """Of float32, as torch's fast library wants them; of others, as the kernel of that name, which refuses some dtypes."""
    kind = input._array.dtype
    if kind.kind == "f" and weight._array.dtype is kind and (bias is None or bias._array.dtype is kind):
        return
    if input.dtype is dtypes.float32:
        for name, other in (("weight", weight), ("bias", bias)):
            if other is not None and other.dtype is not input.dtype:
                kind = "CPUBoolType" if other.dtype is dtypes.bool_ else f"torch.{other.dtype.long_name}Tensor"
                raise RuntimeError(
                    f"Input type (torch.FloatTensor) and {name} type ({kind}) should be the same or input should be a "
                    f"MKLDNN tensor and {name} is a dense tensor"
                )
    if input.dtype in refused:
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{input.dtype.long_name}'")
    if weight.dtype is not input.dtype:
        raise RuntimeError(f"expected scalar type {input.dtype.long_name} but found {weight.dtype.long_name}")
    if bias is not None:
        checks.check_castable(dtypes.promote_types(input.dtype, bias.dtype), input.dtype)
