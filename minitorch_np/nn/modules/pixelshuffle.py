"""PixelShuffle and PixelUnshuffle."""

from .. import functional as F
from .module import Module

__all__ = ["PixelShuffle", "PixelUnshuffle"]


class PixelShuffle(Module):
    """y[c, h r + i, w r + j] = x[c r^2 + i r + j, h, w], r = upscale_factor.

    Shapes: (..., C r^2, H, W) -> (..., C, H r, W r).
    Torch: torch.nn.PixelShuffle; Shi et al., 2016 (arXiv:1609.05158)
    """

    upscale_factor: int

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, input):
        return F.pixel_shuffle(input, self.upscale_factor)

    def extra_repr(self) -> str:
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Module):
    """The inverse of PixelShuffle.

    Shapes: (..., C, H r, W r) -> (..., C r^2, H, W), r = downscale_factor.  Torch: torch.nn.PixelUnshuffle
    """

    downscale_factor: int

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        self.downscale_factor = downscale_factor

    def forward(self, input):
        return F.pixel_unshuffle(input, self.downscale_factor)

    def extra_repr(self) -> str:
        return f"downscale_factor={self.downscale_factor}"
