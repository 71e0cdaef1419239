"""Padding layers: the same for 1, 2 and 3 dimensions, for what is put around the input."""

from collections.abc import Iterable

from .. import functional as F
from .module import Module

__all__ = [
    "CircularPad1d",
    "CircularPad2d",
    "CircularPad3d",
    "ConstantPad1d",
    "ConstantPad2d",
    "ConstantPad3d",
    "ReflectionPad1d",
    "ReflectionPad2d",
    "ReflectionPad3d",
    "ReplicationPad1d",
    "ReplicationPad2d",
    "ReplicationPad3d",
    "ZeroPad1d",
    "ZeroPad2d",
    "ZeroPad3d",
]


class _Pad(Module):
    """Shapes: (N, C, ...) or (C, ...) -> the same rank; padding = (left, right, top, bottom, front, back), or one number."""

    mode = "constant"
    dims = 1
    padding: tuple[int, ...]

    def __init__(self, padding) -> None:
        super().__init__()
        self.padding = tuple(padding) if isinstance(padding, Iterable) else (padding,) * (2 * self.dims)

    def forward(self, input):
        return F.pad(input, self.padding, self.mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _ConstantPad(_Pad):
    value: float

    def __init__(self, padding, value) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input):
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class _ZeroPad(_ConstantPad):
    def __init__(self, padding) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _CircularPad(_Pad):
    mode = "circular"

    def forward(self, input):
        if input.dim() not in (self.dims + 1, self.dims + 2):
            raise ValueError(f"expected {self.dims + 1}D or {self.dims + 2}D input (got {input.dim()}D input)")
        return super().forward(input)


class ConstantPad1d(_ConstantPad):
    """A number on both sides.  Torch: torch.nn.ConstantPad1d"""


class ConstantPad2d(_ConstantPad):
    """A number around an image.  Torch: torch.nn.ConstantPad2d"""

    dims = 2


class ConstantPad3d(_ConstantPad):
    """A number around a volume.  Torch: torch.nn.ConstantPad3d"""

    dims = 3


class ZeroPad1d(_ZeroPad):
    """Zeros on both sides.  Torch: torch.nn.ZeroPad1d"""


class ZeroPad2d(_ZeroPad):
    """Zeros around an image.  Torch: torch.nn.ZeroPad2d"""

    dims = 2


class ZeroPad3d(_ZeroPad):
    """Zeros around a volume.  Torch: torch.nn.ZeroPad3d"""

    dims = 3


class ReflectionPad1d(_Pad):
    """The input mirrored at its ends, which are not repeated.  Torch: torch.nn.ReflectionPad1d"""

    mode = "reflect"


class ReflectionPad2d(ReflectionPad1d):
    """An image mirrored at its edges.  Torch: torch.nn.ReflectionPad2d"""

    dims = 2


class ReflectionPad3d(ReflectionPad1d):
    """A volume mirrored at its sides.  Torch: torch.nn.ReflectionPad3d"""

    dims = 3


class ReplicationPad1d(_Pad):
    """The ends go on.  Torch: torch.nn.ReplicationPad1d"""

    mode = "replicate"


class ReplicationPad2d(ReplicationPad1d):
    """The edges go on.  Torch: torch.nn.ReplicationPad2d"""

    dims = 2


class ReplicationPad3d(ReplicationPad1d):
    """The sides go on.  Torch: torch.nn.ReplicationPad3d"""

    dims = 3


class CircularPad1d(_CircularPad):
    """What is missing on one side comes from the other.  Torch: torch.nn.CircularPad1d"""


class CircularPad2d(_CircularPad):
    """An image that begins anew where it ends.  Torch: torch.nn.CircularPad2d"""

    dims = 2


class CircularPad3d(_CircularPad):
    """A volume that begins anew where it ends.  Torch: torch.nn.CircularPad3d"""

    dims = 3
