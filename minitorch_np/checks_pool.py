"""Argument checks of pooling: torch's errors, from shapes and numbers alone."""

from collections.abc import Iterable
from functools import lru_cache

from . import dtypes
from .kernels.spec import PoolSpec, pool_extent


def _pair(value, function, name):
    """A number or a sequence of one or two as a pair."""
    values = tuple(value) if isinstance(value, Iterable) else (value,)
    if len(values) not in (1, 2):
        empty = "be omitted, a single int" if name == "stride" else "be a single int"
        either = "either " if name != "stride" else "either "
        raise RuntimeError(f"{function}: {name} must {either}{empty}, or a tuple of two ints")
    return tuple([int(v) for v in values]) * (2 // len(values))


def _check_pool(function, x, *numbers):
    """The spec, or torch's complaint.  Plain numbers are checked once: that takes as long as a small pooling."""
    plain = all([type(number) in _PLAIN for number in numbers])  # noqa: C419  (a list is quicker)
    return (_remembered if plain else _checked)(function, x, *numbers)


_PLAIN = {int, bool, type(None)}


def _checked(function, x, kernel_size, stride, padding, dilation, ceil_mode):
    size = _pair(kernel_size, function, "kernel_size")
    no_stride = stride is None or (isinstance(stride, Iterable) and not len(tuple(stride)))
    stride = size if no_stride else _pair(stride, function, "stride")
    padding, dilation = _pair(padding, function, "padding"), _pair(dilation, function, "dilation")
    if 0 in stride:
        raise RuntimeError("stride should not be zero")
    if min(size) <= 0:
        raise RuntimeError(f"kernel size should be greater than zero, but got kH: {size[0]} kW: {size[1]}")
    if min(stride) <= 0:
        raise RuntimeError(f"stride should be greater than zero, but got dH: {stride[0]} dW: {stride[1]}")
    if min(dilation) <= 0:
        raise RuntimeError(
            f"dilation should be greater than zero, but got dilationH: {dilation[0]} dilationW: {dilation[1]}"
        )
    for p, k, d in zip(padding, size, dilation, strict=True):
        if p < 0:
            raise RuntimeError(f"pad must be non-negative, but got pad: {p}")
        if p > (d * (k - 1) + 1) // 2:
            raise RuntimeError(
                f"pad should be at most half of effective kernel size, but got pad={p}, kernel_size={k} and dilation={d}"
            )
    if 0 in x[-3:] or len(x) > 4:
        raise RuntimeError(
            f"Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, but got:{list(x)}"
        )
    spec = PoolSpec(size, stride, padding, dilation, bool(ceil_mode))
    out = [pool_extent(x[i - 2], size[i], stride[i], padding[i], dilation[i], spec.ceil_mode) for i in (0, 1)]
    if min(out) < 1:
        raise RuntimeError(
            f"Given input size: ({x[-3]}x{x[-2]}x{x[-1]}). Calculated output size: ({x[-3]}x{max(out[0], 0)}x"
            f"{max(out[1], 0)}). Output size is too small"
        )
    return spec


_remembered = lru_cache(maxsize=256, typed=True)(_checked)


def check_max_pool2d(input, kernel_size, stride, padding, dilation, ceil_mode):
    """The spec of a max pooling."""
    if input.ndim not in (3, 4):
        raise RuntimeError("non-empty 3D or 4D (batch mode) tensor expected for input")
    if input.dtype is dtypes.bool_:
        raise NotImplementedError("\"max_pool2d\" not implemented for 'Bool'")
    return _check_pool("max_pool2d", input._array.shape, kernel_size, stride, padding, dilation, ceil_mode)


def check_avg_pool2d(input, kernel_size, stride, padding, ceil_mode, divisor):
    """The spec of an average pooling."""
    if input.ndim == 0:
        raise IndexError("Dimension specified as -3 but tensor has no dimensions")
    if input.ndim < 3:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-input.ndim}, {input.ndim - 1}], but got -3)"
        )
    if divisor == 0:
        raise RuntimeError("divisor must be not zero")
    _check_average_dtype(input)
    return _check_pool("avg_pool2d", input._array.shape, kernel_size, stride, padding, 1, ceil_mode)


def _check_average_dtype(input):
    if not input.is_floating_point() and input.dtype is not dtypes.int64:
        raise NotImplementedError(f"\"avg_pool2d\" not implemented for '{input.dtype.long_name}'")


def _one(value, function, name):
    """A number or a sequence of one, as a number."""
    if value is None:
        raise TypeError(f"{function}(): argument '{name}' (position 2) must be tuple of ints, not NoneType")
    values = tuple(value) if isinstance(value, Iterable) else (value,)
    if len(values) != 1:
        raise RuntimeError(f"{function}() argument '{name}' should contain one int (got {len(values)})")
    if values[0] is None:
        raise TypeError(
            f"{function}(): argument '{name}' (position 2) must be tuple of ints, but found element of type NoneType at "
            "pos 0"
        )
    return int(values[0])


def _check_line(input, function):
    if input.ndim not in (2, 3):
        raise RuntimeError(
            f"Expected 2 to 3 dimensions, but got {input.ndim}-dimensional tensor for argument #1 'self' (while checking "
            f"arguments for {function})"
        )


def _is_empty(value):
    return value is None or (isinstance(value, Iterable) and not len(tuple(value)))


def check_max_pool1d_with_indices(input, kernel_size, stride, padding, dilation, ceil_mode):
    """The spec of the max pooling of the line as an image of one row, in max_pool2d's words."""
    name = "max_pool1d"
    size = _one(kernel_size, name, "kernel_size")
    step = size if _is_empty(stride) else _one(stride, name, "stride")
    pad, spread = _one(padding, name, "padding"), _one(dilation, name, "dilation")
    _check_line(input, name)
    if input.dtype is dtypes.bool_:
        raise NotImplementedError("\"max_pool2d\" not implemented for 'Bool'")
    x = input._array.shape
    return _check_pool(name, (*x[:-1], 1, x[-1]), (1, size), (1, step), (0, pad), (1, spread), ceil_mode)


def check_max_pool1d(input, kernel_size, stride, padding, dilation, ceil_mode):
    """The spec of the max pooling of the line as an image of one row."""
    name = "max_pool1d()"
    x = input._array.shape
    if len(x) not in (2, 3) or 0 in x[-2:]:
        raise RuntimeError(
            f"max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, but got:{list(x)}"
        )
    stride = kernel_size if _is_empty(stride) else stride
    given = {"kernel_size": kernel_size, "stride": stride, "padding": padding, "dilation": dilation}
    sorts = ("an int, list of ints or tuple", "None, an int, list of ints, or tuple", "an int, list of ints, or tuple")
    numbers = {}
    for (option, value), sort in zip(given.items(), (*sorts, sorts[0]), strict=True):
        values = tuple(value) if isinstance(value, Iterable) else (value,)
        if len(values) != 1:
            raise RuntimeError(f"{name} {option} must be {sort} of ints of size 1 but got size {len(values)}")
        numbers[option] = int(values[0])
    size, step, pad, spread = numbers.values()
    for option in ("kernel_size", "stride"):
        if numbers[option] <= 0:
            raise RuntimeError(f"{name} {option} must be greater than zero, but got {numbers[option]}")
    if pad < 0:
        raise RuntimeError(f"{name} padding must be non-negative, but got {pad}")
    if pad > size // 2:
        raise RuntimeError(
            f"{name} padding should be at most half of kernel size, but got padding={pad} and kernel_size={size}"
        )
    if spread <= 0:
        raise RuntimeError(f"{name} dilation must be greater than zero, but got {spread}")
    extent = pool_extent(x[-1], size, step, pad, spread, bool(ceil_mode))
    if extent < 1:
        raise RuntimeError(f"{name} Invalid computed output size: {extent}")
    if not input.is_floating_point():
        raise NotImplementedError(f"\"max_pool1d_impl\" not implemented for '{input.dtype.long_name}'")
    return PoolSpec((1, size), (1, step), (0, pad), (1, spread), bool(ceil_mode))


def check_avg_pool1d(input, kernel_size, stride, padding, ceil_mode):
    """The spec of the average pooling of the line as an image of one row."""
    name = "avg_pool1d"
    size = _one(kernel_size, name, "kernel_size")
    step = size if _is_empty(stride) else _one(stride, name, "stride")
    pad = _one(padding, name, "padding")
    _check_line(input, name)
    _check_average_dtype(input)
    x = input._array.shape
    return _check_pool(name, (*x[:-1], 1, x[-1]), (1, size), (1, step), (0, pad), 1, ceil_mode)


def check_adaptive_line(input, output_size, function):
    """The output size of an adaptive pooling of a line as an image of one row."""
    size = _one(output_size, function, "output_size")
    _check_line(input, function)
    return 1, size


def check_adaptive_pool2d(input, output_size):
    """The output size, with None replaced by the input's."""
    x = input._array.shape
    size = tuple(output_size) if isinstance(output_size, Iterable) else (output_size, output_size)
    if isinstance(output_size, Iterable) and len(x) <= len(size):
        raise ValueError(f"Input dimension should be at least {len(size) + 1}")
    if len(size) != 2:
        raise RuntimeError("adaptive_avg_pool2d: output_size must be 2")
    if size == (1, 1):  # a mean, which knows other ranks, and nothing in it
        return size
    if len(x) not in (3, 4):
        raise RuntimeError(f"adaptive_avg_pool2d(): Expected 3D or 4D tensor, but got {list(x)}")
    size = tuple([x[i - 2] if s is None else int(s) for i, s in enumerate(size)])
    if min(size) < 0:
        raise RuntimeError(
            "adaptive_avg_pool2d: elements of output_size must be greater than or equal to 0 but received "
            f"{{{size[0]}, {size[1]}}}"
        )
    for d in range(len(x) - 3, len(x)):
        if x[d] == 0 and d >= len(x) - 2:
            raise RuntimeError(
                "adaptive_avg_pool2d(): Expected input to have non-zero size for non-batch dimensions, but input has "
                f"sizes {list(x)} with dimension {d} being empty"
            )
    if not input.is_floating_point():
        raise NotImplementedError(f"\"adaptive_avg_pool2d\" not implemented for '{input.dtype.long_name}'")
    return size


def check_adaptive_max_pool(function, input, output_size):
    """The output size of an adaptive_max_pool2d, or of a line's adaptive_max_pool1d."""
    x = input._array.shape
    if function == "adaptive_max_pool1d":
        size = check_adaptive_line(input, output_size, function)
        full = (*x[:-1], *size)
    else:
        size = (output_size,) * 2 if isinstance(output_size, int) else output_size
        if not isinstance(output_size, int) and len(x) <= len(size):
            raise ValueError(f"Input dimension should be at least {len(size) + 1}")
        size = tuple([x[i - len(size)] if s is None else int(s) for i, s in enumerate(size)])
        if len(size) != 2:
            raise RuntimeError("adaptive_max_pool2d(): internal error: output_size.size() must be 2")
        if len(x) not in (3, 4):
            raise RuntimeError(f"adaptive_max_pool2d(): Expected 3D or 4D tensor, but got: {list(x)}")
        full = (*x[:-2], *size)
    for d in range(1, len(x)):
        if x[d] == 0:
            raise RuntimeError(
                f"{function}(): Expected input to have non-zero size for non-batch dimensions, but input has sizes "
                f"{list(x)} with dimension {d} being empty"
            )
    if min(size) < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(size)}: {list(full)}")
    if not input.is_floating_point():
        raise NotImplementedError(f"\"adaptive_max_pool2d\" not implemented for '{input.dtype.long_name}'")
    return size


def check_max_unpool(dims, input, indices, kernel_size, stride, padding, output_size):
    """The size (H, W) of what a max pooling may have made the input of; of a line, (L, 1)."""
    x = input._array.shape
    size, step, pad = (
        tuple(v) if isinstance(v, Iterable) else (v,) * dims
        for v in (kernel_size, kernel_size if stride is None else stride, padding)
    )
    usual = [(x[d - len(size)] - 1) * step[d] + size[d] - 2 * pad[d] for d in range(len(size))]
    wanted = usual if output_size is None else output_size
    if output_size is not None:
        if len(wanted) == len(size) + 2:
            wanted = wanted[2:]
        if len(wanted) != len(size):
            raise ValueError(
                f"output_size should be a sequence containing {len(size)} or {len(size) + 2} elements, but it has a length "
                f"of '{len(wanted)}'"
            )
        for d, (n, s) in enumerate(zip(usual, step, strict=False)):
            if not n - s < wanted[d] < n + s:
                raise ValueError(f'invalid output_size "{wanted}" (dim {d} must be between {n - s} and {n + s})')
    for d, n in enumerate(wanted):
        if n < 0:
            raise ValueError(
                f"max_unpooling: output_size must contain non-negative spatial dimensions, but got output_size[{d}]={n}"
            )
    height, width = (*wanted, 1) if dims == 1 else wanted
    x, places = (*x, 1)[: len(x) + 2 - dims], (*indices._array.shape, 1)[: indices.ndim + 2 - dims]
    if indices.dtype is not dtypes.int64:
        raise RuntimeError(f"elements in indices should be type int64 but got: {indices.dtype.long_name}")
    if len(x) not in (3, 4):
        raise RuntimeError(
            f"Input to max_unpooling2d should be a 3d or 4d Tensor, but got a tensor with {len(x)} dimensions."
        )
    if x != places:
        raise RuntimeError(
            f"Expected shape of indices to be same as that of the input tensor ({list(x)}) but got indices tensor with "
            f"shape: {list(places)}"
        )
    for d in range(1, len(x)):
        if x[d] == 0:
            raise RuntimeError(
                "max_unpooling2d_forward_out_cpu(): Expected input to have non-zero size for non-batch dimensions, but got "
                f"{list(x)} with dimension {d} being empty."
            )
    if not input.is_floating_point():
        raise NotImplementedError(f"\"max_unpool2d\" not implemented for '{input.dtype.long_name}'")
    outside = indices._array[(indices._array < 0) | (indices._array >= height * width)]
    if len(outside):
        raise RuntimeError(f"Found an invalid max index: {outside[0]} (output volumes are of size {height}x{width})")
    return height, width
