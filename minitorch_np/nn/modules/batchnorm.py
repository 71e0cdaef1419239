"""Batch normalisation layers."""

from ... import dtypes
from ...creation import empty, ones, tensor, zeros
from ...tensor import Tensor
from .. import functional as F
from .. import init
from ..parameter import Parameter
from .module import Module

__all__ = ["BatchNorm1d", "BatchNorm2d"]


class _NormBase(Module):
    """Fields and state shared by the norms that keep running statistics."""

    _version = 2  # since torch's version 2 the state holds num_batches_tracked

    num_features: int
    eps: float
    momentum: float | None
    affine: bool
    track_running_stats: bool

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True,
        track_running_stats: bool = True, device=None, dtype=None, *, bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        factory = {"device": device, "dtype": dtype}
        self.register_parameter("weight", Parameter(empty(num_features, **factory)) if affine else None)
        self.register_parameter("bias", Parameter(empty(num_features, **factory)) if affine and bias else None)
        if track_running_stats:
            self.register_buffer("running_mean", zeros(num_features, **factory))
            self.register_buffer("running_var", ones(num_features, **factory))
            self.register_buffer("num_batches_tracked", tensor(0, dtype=dtypes.int64, device=device))
        else:
            for name in ("running_mean", "running_var", "num_batches_tracked"):
                self.register_buffer(name, None)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Mean 0, variance 1, no batches seen."""
        if self.track_running_stats:
            self.running_mean.zero_()
            self.running_var.fill_(1)
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """Running statistics as at the start, weight 1, bias 0."""
        self.reset_running_stats()
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )

    def _load_from_state_dict(self, state_dict, prefix, local_metadata, *more) -> None:
        if (local_metadata.get("version") or 0) < 2 and self.track_running_stats:
            key = prefix + "num_batches_tracked"
            if key not in state_dict:
                known = self.num_batches_tracked
                state_dict[key] = tensor(0, dtype=dtypes.int64) if known is None else known
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *more)


class _BatchNorm(_NormBase):
    def forward(self, input: Tensor) -> Tensor:
        self._check_input_dim(input)
        factor = 0.0 if self.momentum is None else self.momentum
        training = self.training
        counting = training and self.track_running_stats and self.num_batches_tracked is not None
        if counting and self.momentum is None:  # the plain average of all batches so far
            factor = 1.0 / (float(self.num_batches_tracked) + 1)
        mean, var = self.running_mean, self.running_var
        batch = training or (mean is None and var is None)
        if training and not self.track_running_stats:
            mean = var = None
        y = F.batch_norm(input, mean, var, self.weight, self.bias, batch, factor, self.eps)
        if counting:  # only now: a batch that is refused does not count
            self.num_batches_tracked.add_(1)
        return y

    def _check_input_dim(self, input: Tensor) -> None:
        raise NotImplementedError


class BatchNorm1d(_BatchNorm):
    """y = (x - mean) / sqrt(var + eps) * weight + bias, per channel over batch and length.

    In training mean and var are the batch's, and running averages are kept for evaluation; `momentum=None` keeps
    the plain average of all batches.
    Shapes: (N, C) or (N, C, L) -> the same.
    Raises: ValueError for another number of dimensions.
    Torch: torch.nn.BatchNorm1d
    """

    def _check_input_dim(self, input: Tensor) -> None:
        if input.dim() not in (2, 3):
            raise ValueError(f"expected 2D or 3D input (got {input.dim()}D input)")


class BatchNorm2d(_BatchNorm):
    """BatchNorm1d for images: per channel over batch, height and width.

    Shapes: (N, C, H, W) -> the same.
    Raises: ValueError for another number of dimensions.
    Torch: torch.nn.BatchNorm2d
    """

    def _check_input_dim(self, input: Tensor) -> None:
        if input.dim() != 4:
            raise ValueError(f"expected 4D input (got {input.dim()}D input)")
