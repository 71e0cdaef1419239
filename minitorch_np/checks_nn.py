"""Argument checks of the neural-network functions: torch's errors, from shapes and numbers alone."""

from collections.abc import Iterable

from . import dtypes
from .kernels.spec import PoolSpec, pool_extent

# --- pooling -------------------------------------------------------------------------------------------


def _pool_pair(value, function, name):
    values = tuple(value) if isinstance(value, Iterable) else (value,)
    if len(values) not in (1, 2):
        empty = "be omitted, a single int" if name == "stride" else "be a single int"
        either = "either " if name != "stride" else "either "
        raise RuntimeError(f"{function}: {name} must {either}{empty}, or a tuple of two ints")
    return tuple([int(v) for v in values]) * (2 // len(values))


def _check_pool(function, input, kernel_size, stride, padding, dilation, ceil_mode):
    size = _pool_pair(kernel_size, function, "kernel_size")
    no_stride = stride is None or (isinstance(stride, Iterable) and not len(tuple(stride)))
    stride = size if no_stride else _pool_pair(stride, function, "stride")
    padding, dilation = _pool_pair(padding, function, "padding"), _pool_pair(dilation, function, "dilation")
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
    x = input._array.shape
    for p, k, d in zip(padding, size, dilation, strict=True):
        if p < 0:
            raise RuntimeError(f"pad must be non-negative, but got pad: {p}")
        if p > (d * (k - 1) + 1) // 2:
            raise RuntimeError(
                f"pad should be at most half of effective kernel size, but got pad={p}, kernel_size={k} and dilation={d}"
            )
    if 0 in x[-3:]:
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


def check_max_pool2d(input, kernel_size, stride, padding, dilation, ceil_mode):
    """The spec of a max pooling."""
    if input.ndim not in (3, 4):
        raise RuntimeError("non-empty 3D or 4D (batch mode) tensor expected for input")
    if input.dtype is dtypes.bool_:
        raise NotImplementedError("\"max_pool2d\" not implemented for 'Bool'")
    return _check_pool("max_pool2d", input, kernel_size, stride, padding, dilation, ceil_mode)


def check_avg_pool2d(input, kernel_size, stride, padding, ceil_mode, divisor):
    """The spec of an average pooling."""
    if input.ndim < 3:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-input.ndim}, {input.ndim - 1}], but got -3)"
        )
    if input.ndim > 4:
        raise RuntimeError("non-empty 3D or 4D (batch mode) tensor expected for input")
    if divisor == 0:
        raise RuntimeError("divisor must be not zero")
    return _check_pool("avg_pool2d", input, kernel_size, stride, padding, 1, ceil_mode)


def check_adaptive_pool2d(input, output_size):
    """The output size, with None replaced by the input's."""
    x = input._array.shape
    size = tuple(output_size) if isinstance(output_size, Iterable) else (output_size, output_size)
    if len(size) != 2:
        raise RuntimeError("adaptive_avg_pool2d: output_size must be 2")
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


# --- normalisation ---------------------------------------------------------------------------------------


def check_batch_norm(input, running_mean, running_var, weight, bias, training, eps):
    """Sizes and dtypes of everything that has one entry per channel."""
    shape = input._array.shape
    if training:
        if len(shape) < 2:
            raise IndexError("Dimension out of range (expected to be in range of [-1, 0], but got 1)")
        values = 1
        for n in (shape[0], *shape[2:]):
            values *= n
        if values == 1:
            raise ValueError(f"Expected more than 1 value per channel when training, got input size {input.shape}")
        if eps <= 0:
            raise ValueError(f"batch_norm eps must be positive during training, but got {eps}")
    for name, x in (("running_mean", running_mean), ("running_var", running_var)):
        if x is None and not training:
            raise RuntimeError(f"{name} must be defined in evaluation mode")
    named = {"running_mean": running_mean, "running_var": running_var, "weight": weight, "bias": bias}
    for name, x in named.items():
        if x is not None and x._array.shape != (shape[1],):
            raise RuntimeError(f"{name} should contain {shape[1]} elements not {x.numel()}")
    if not input.is_floating_point():
        raise NotImplementedError(f"\"batch_norm\" not implemented for '{input.dtype.long_name}'")
    for x in named.values():
        if x is not None and x.dtype is not input.dtype:
            raise RuntimeError("mixed dtype (CPU): expect parameter to have scalar type of Float")
