"""ChannelShuffle."""

from .. import functional as F
from .module import Module

__all__ = ["ChannelShuffle"]


class ChannelShuffle(Module):
    """Deal the channels of each group out to all groups.

    Shapes: (N, C, ...) -> the same.  Torch: torch.nn.ChannelShuffle; Zhang et al., 2018 (arXiv:1707.01083)
    """

    groups: int

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, input):
        return F.channel_shuffle(input, self.groups)

    def extra_repr(self) -> str:
        return f"groups={self.groups}"
