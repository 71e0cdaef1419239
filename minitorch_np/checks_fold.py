"""Argument checks of unfold and fold: torch's errors, from shapes and numbers alone."""

from collections.abc import Iterable
from operator import index

from .kernels.spec import ConvSpec, conv_extent


def _check_sliding(kernel_size, dilation, padding, stride):
    """The four options of unfold and fold as pairs."""
    given = {"kernel_size": kernel_size, "dilation": dilation, "padding": padding, "stride": stride}
    pairs = {name: _exact_pair(value, name) for name, value in given.items()}
    for name, said in (("kernel_size", "kernel size"), ("stride", "stride"), ("dilation", "dilation")):
        if min(pairs[name]) <= 0:
            stem = name.removesuffix("_size")
            high, wide = pairs[name]
            raise RuntimeError(f"{said} should be greater than zero, but got {stem}_height: {high} {stem}_width: {wide}")
    if min(pairs["padding"]) < 0:
        high, wide = pairs["padding"]
        raise RuntimeError(f"padding should be non-negative, but got pad_height: {high} pad_width: {wide}")
    return ConvSpec(pairs["stride"], pairs["padding"], pairs["dilation"], 1), pairs["kernel_size"]


def _exact_pair(value, name):
    values = tuple(value) if isinstance(value, Iterable) else (value, value)
    if len(values) != 2:
        raise RuntimeError(f"It is expected {name} equals to 2, but got size {len(values)}")
    return tuple([index(v) for v in values])


def check_unfold(input, kernel_size, dilation, padding, stride):
    """(spec, kernel size) of the windows."""
    spec, kernel = _check_sliding(kernel_size, dilation, padding, stride)
    x = input._array.shape
    if not x:
        raise IndexError("Dimension specified as 1 but tensor has no dimensions")
    if len(x) < 3:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-len(x)}, {len(x) - 1}], but got {len(x)})")
    if len(x) > 4 or 0 in x[-3:]:
        raise RuntimeError(
            "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but "
            f"got: {list(x)}"
        )
    count = sliding_blocks(x[-2:], kernel, spec)
    if min(count) < 1:
        raise RuntimeError(
            f"Given input with spatial size {tuple(x[-2:])}, kernel_size={kernel}, dilation={spec.dilation}, "
            f"padding={spec.padding}, calculated shape of the array of sliding blocks as {count}, but its components must "
            "be at least one."
        )
    if input.dtype.numpy.kind in "iu":
        raise NotImplementedError(f"\"im2col_out_cpu\" not implemented for '{input.dtype.long_name}'")
    return spec, kernel


def check_fold(input, output_size, kernel_size, dilation, padding, stride):
    """(spec, kernel size, output size) of the windows."""
    size = _exact_pair(output_size, "output_size")
    spec, kernel = _check_sliding(kernel_size, dilation, padding, stride)
    x = input._array.shape
    if len(x) not in (2, 3) or 0 in x[-2:]:
        raise RuntimeError(
            "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for input, "
            f"but got: {list(x)}"
        )
    if x[-2] % (kernel[0] * kernel[1]):
        raise RuntimeError(
            "Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got "
            f"input.size(1)={x[-2]} and kernel_size={kernel}."
        )
    count = sliding_blocks(size, kernel, spec)
    if count[0] * count[1] != x[-1] or min(count) < 1:
        raise RuntimeError(
            f"Given output_size={size}, kernel_size={kernel}, dilation={spec.dilation}, padding={spec.padding}, "
            f"stride={spec.stride}, expected size of input's dimension 2 to match the calculated number of sliding blocks "
            f"{count[0]} * {count[1]} = {count[0] * count[1]}, but got input.size(2)={x[-1]}."
        )
    if input.dtype.numpy.kind in "iu":
        raise NotImplementedError(f"\"col2im_out_cpu\" not implemented for '{input.dtype.long_name}'")
    return spec, kernel, size


def sliding_blocks(size, kernel, spec):
    """How many windows there are, down and across."""
    numbers = zip(size, kernel, spec.stride, spec.padding, spec.dilation, strict=True)
    return tuple([conv_extent(*of_one) for of_one in numbers])
