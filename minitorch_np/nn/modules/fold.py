"""Unfold and Fold."""

from ...tensor import Tensor
from .. import functional as F
from .module import Module

__all__ = ["Fold", "Unfold"]


class _Sliding(Module):
    def __init__(self, kernel_size, dilation=1, padding=0, stride=1) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, dilation={self.dilation}, padding={self.padding}, stride={self.stride}"


class Unfold(_Sliding):
    """Every window of the image as a column.

    Shapes: (N, C, H, W) or (C, H, W) -> (N, C kH kW, L) or (C kH kW, L), L windows.
    Torch: torch.nn.Unfold
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)


class Fold(_Sliding):
    """Columns added to the image where their windows lie: the adjoint of Unfold.

    Shapes: (N, C kH kW, L) or (C kH kW, L) -> (N, C, *output_size) or (C, *output_size), L windows.
    Torch: torch.nn.Fold
    """

    def __init__(self, output_size, kernel_size, dilation=1, padding=0, stride=1) -> None:
        super().__init__(kernel_size, dilation, padding, stride)
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        return F.fold(input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}, {super().extra_repr()}"
