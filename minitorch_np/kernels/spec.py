"""The plain numbers that say where a window lies: shared by kernels, ops and checks."""

from typing import NamedTuple

Pair = tuple[int, int]


class ConvSpec(NamedTuple):
    """How a convolution's filter moves: pairs are (vertical, horizontal)."""

    stride: Pair
    padding: Pair
    dilation: Pair
    groups: int


class PoolSpec(NamedTuple):
    """How a pooling window moves; `size` is its (height, width)."""

    size: Pair
    stride: Pair
    padding: Pair
    dilation: Pair
    ceil_mode: bool


def conv_extent(size: int, kernel: int, stride: int, padding: int, dilation: int) -> int:
    """floor((size + 2 padding - dilation (kernel - 1) - 1) / stride) + 1"""
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def conv_transposed_extent(size: int, kernel: int, stride: int, padding: int, dilation: int, extra: int = 0) -> int:
    """The smallest image that a convolution makes `size` of, and `extra`"""
    return (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + 1 + extra


def pool_extent(size: int, kernel: int, stride: int, padding: int, dilation: int, ceil_mode: bool) -> int:
    """Like conv_extent, or rounded up; a last window that would start in the right padding is dropped."""
    span = size + 2 * padding - dilation * (kernel - 1) - 1
    extent = (span + (stride - 1 if ceil_mode else 0)) // stride + 1
    if ceil_mode and (extent - 1) * stride >= size + padding:
        extent -= 1
    return extent
