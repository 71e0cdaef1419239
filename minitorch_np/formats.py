"""torch.memory_format: in which order the dimensions of a new tensor lie in memory."""

import numpy as np

from .strides import empty_strided, kept_copy, kept_strides, row_major, steps


class memory_format:
    """An order of dimensions in memory; the four there are stand below.  Torch: torch.memory_format"""

    def __init__(self, name: str, ndim: int | None = None) -> None:
        self.name = name
        self.ndim = ndim  # the number of dimensions that it makes sense for

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self):
        return self.name


preserve_format = memory_format("preserve_format")
contiguous_format = memory_format("contiguous_format")
channels_last = memory_format("channels_last", 4)
channels_last_3d = memory_format("channels_last_3d", 5)


def check_format(value, function: str):
    """A memory_format or None, or torch's TypeError."""
    if value is not None and not isinstance(value, memory_format):
        raise TypeError(f"{function}(): argument 'memory_format' must be torch.memory_format, not {type(value).__name__}")
    return value


def format_strides(shape, format) -> tuple[int, ...]:
    """The strides of a new tensor in a format other than preserve_format.

    Raises: RuntimeError for a number of dimensions that the format is not for.
    """
    if format is contiguous_format:
        return row_major(shape)
    if len(shape) != format.ndim:
        raise RuntimeError(f"required rank {format.ndim} tensor to use {format.name} format")
    result, step = [0] * len(shape), 1
    for d in (1, *range(len(shape) - 1, 1, -1), 0):  # the channels, dimension 1, innermost
        result[d] = step
        step *= shape[d]
    return tuple(result)


def has_format(x: np.ndarray, format) -> bool:
    """True if x lies in memory as `format` says, without gaps."""
    if format.ndim is None:
        return x.flags.c_contiguous
    if x.ndim != format.ndim:
        return False
    step = 1
    for d in (1, *range(x.ndim - 1, 1, -1), 0):
        if x.shape[d] != 1:
            if steps(x)[d] != step:
                return False
            step *= x.shape[d]
    return True


def suggested_format(x: np.ndarray) -> memory_format:
    """The format that x lies in; row-major order where it is none of them, or more than one."""
    for format in (channels_last, channels_last_3d):
        if has_format(x, format) and not x.flags.c_contiguous:
            return format
    return contiguous_format


def like(x: np.ndarray, format, dtype=None) -> np.ndarray:
    """Zeros of x's shape in a format; by default in x's own order."""
    dtype = x.dtype if dtype is None else dtype
    if format is None or format is preserve_format:
        if x.flags.c_contiguous and x.size and 1 not in x.shape:
            return np.zeros(x.shape, dtype)
        return empty_strided(x.shape, kept_strides(x), np.dtype(dtype))
    return empty_strided(x.shape, format_strides(x.shape, format), np.dtype(dtype))


def copied(x: np.ndarray, format=None, dtype=None) -> np.ndarray:
    """A copy of x, perhaps cast, in a format; by default in x's own order."""
    if format is None or format is preserve_format:
        return kept_copy(x, dtype)
    result = like(x, format, dtype)
    np.copyto(result, x, casting="unsafe")
    return result
