"""Instance normalisation layers: batch normalisation of every sample by itself."""

import warnings

from ...tensor import Tensor
from .. import functional as F
from .batchnorm import _NormBase

__all__ = ["InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"]


class _InstanceNorm(_NormBase):
    _dims = 0  # of a sample, channels included

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float = 0.1, affine: bool = False,
        track_running_stats: bool = False, device=None, dtype=None, *, bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def forward(self, input: Tensor) -> Tensor:
        dims = self._dims
        if input.dim() not in (dims, dims + 1):
            raise ValueError(f"expected {dims}D or {dims + 1}D input (got {input.dim()}D input)")
        at = input.dim() - dims
        if input.size(at) != self.num_features:
            if self.affine:
                raise ValueError(
                    f"expected input's size at dim={at} to match num_features ({self.num_features}), but got: "
                    f"{input.size(at)}."
                )
            warnings.warn(
                f"input's size at dim={at} does not match num_features. You can silence this warning by not passing in "
                "num_features, which is not used because affine=False",
                stacklevel=2,
            )
        return self._normalised(input) if at else self._normalised(input.unsqueeze(0)).squeeze(0)

    def _normalised(self, input: Tensor) -> Tensor:
        return F.instance_norm(
            input, self.running_mean, self.running_var, self.weight, self.bias,
            self.training or not self.track_running_stats, self.momentum if self.momentum is not None else 0.0, self.eps,
        )  # fmt: skip

    def _load_from_state_dict(
        self, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs
    ) -> None:
        if local_metadata.get("version") is None and not self.track_running_stats:
            kind = type(self).__name__
            old = [prefix + name for name in ("running_mean", "running_var") if prefix + name in state_dict]
            if old:
                names = " and ".join(f'"{key}"' for key in old)
                error_msgs.append(
                    f"Unexpected running stats buffer(s) {names} for {kind} with track_running_stats=False. If state_dict "
                    f"is a checkpoint saved before 0.4.0, this may be expected because {kind} does not track running stats "
                    "by default since 0.4.0. Please remove these keys from state_dict. If the running stats are actually "
                    f"needed, instead set track_running_stats=True in {kind} to enable them. See the documentation of "
                    f"{kind} for details."
                )
                for key in old:
                    state_dict.pop(key)
        super()._load_from_state_dict(state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)


class InstanceNorm1d(_InstanceNorm):
    """y = (x - mean) / sqrt(var + eps) * weight + bias, per sample and channel over the length.

    Shapes: (N, C, L) or (C, L) -> the same.
    Raises: ValueError for another number of dimensions, of channels (if affine), or for one element.
    Torch: torch.nn.InstanceNorm1d; Ulyanov et al. 2016
    """

    _dims = 2


class InstanceNorm2d(_InstanceNorm):
    """InstanceNorm1d for images.  Shapes: (N, C, H, W) or (C, H, W) -> the same.  Torch: torch.nn.InstanceNorm2d"""

    _dims = 3


class InstanceNorm3d(_InstanceNorm):
    """InstanceNorm1d for volumes.  Shapes: (N, C, D, H, W) or (C, D, H, W) -> the same.  Torch: torch.nn.InstanceNorm3d"""

    _dims = 4
