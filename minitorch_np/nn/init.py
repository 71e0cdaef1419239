"""First values of parameters: every function writes into its tensor, records nothing, and returns it.

They draw from the generator in torch's order, so that equal seeds give torch's numbers.
"""

import functools
import math
import warnings

import numpy as np

from ..autograd.mode import no_grad
from ..creation import empty_like, from_numpy
from ..creation import eye as identity
from ..ops.pointwise import where
from ..random import randperm
from ..tensor import Tensor

__all__ = [
    "calculate_gain", "constant", "constant_", "dirac", "dirac_", "eye", "eye_", "kaiming_normal", "kaiming_normal_",
    "kaiming_uniform", "kaiming_uniform_", "normal", "normal_", "ones_", "orthogonal", "orthogonal_", "sparse",
    "sparse_", "trunc_normal_", "uniform", "uniform_", "xavier_normal", "xavier_normal_", "xavier_uniform",
    "xavier_uniform_", "zeros_",
]  # fmt: skip


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The factor by which first weights are enlarged to make up for what a nonlinearity takes away.

    Raises: ValueError for an unknown name, or a slope that is no number.
    Torch: torch.nn.init.calculate_gain
    """
    if nonlinearity in ("linear", "sigmoid") or nonlinearity in _CONVOLUTIONS:
        return 1
    if nonlinearity == "leaky_relu":
        if param is None:
            param = 0.01
        elif isinstance(param, bool) or not isinstance(param, int | float):
            raise ValueError(f"negative_slope {param} not a valid number")
        return math.sqrt(2.0 / (1 + param**2))
    if nonlinearity in _GAINS:
        return _GAINS[nonlinearity]
    raise ValueError(f"Unsupported nonlinearity {nonlinearity}")


_CONVOLUTIONS = {f"conv{kind}{n}d" for kind in ("", "_transpose") for n in (1, 2, 3)}
_GAINS = {"tanh": 5.0 / 3, "relu": math.sqrt(2.0), "selu": 3.0 / 4}


# --- simple values --------------------------------------------------------------------------------


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator=None) -> Tensor:
    """Uniform on [a, b).  Torch: torch.nn.init.uniform_"""
    with no_grad():
        return tensor.uniform_(a, b, generator=generator)


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator=None) -> Tensor:
    """Normal of the given mean and standard deviation.  Torch: torch.nn.init.normal_"""
    with no_grad():
        return tensor.normal_(mean, std, generator=generator)


def constant_(tensor: Tensor, val: float) -> Tensor:
    """One value.  Torch: torch.nn.init.constant_"""
    with no_grad():
        return tensor.fill_(val)


def ones_(tensor: Tensor) -> Tensor:
    """Ones.  Torch: torch.nn.init.ones_"""
    return constant_(tensor, 1.0)


def zeros_(tensor: Tensor) -> Tensor:
    """Zeros.  Torch: torch.nn.init.zeros_"""
    with no_grad():
        return tensor.zero_()


def eye_(tensor: Tensor) -> Tensor:
    """The identity matrix: a Linear layer then starts by passing its input on.

    Raises: ValueError unless 2-dimensional.  Torch: torch.nn.init.eye_
    """
    if tensor.dim() != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    with no_grad():
        return tensor.copy_(identity(*tensor.shape, dtype=tensor.dtype))


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """A convolution that passes its channels on: 1 at the kernel's centre between equal channels of each group.

    Raises: ValueError unless 3- to 5-dimensional, or if groups do not divide the output channels.
    Torch: torch.nn.init.dirac_
    """
    if tensor.dim() not in (3, 4, 5):
        raise ValueError("Only tensors with 3, 4, or 5 dimensions are supported")
    if tensor.size(0) % groups:
        raise ValueError("dim 0 must be divisible by groups")
    outputs = tensor.size(0) // groups
    centre = tuple(size // 2 for size in tensor.shape[2:])
    with no_grad():
        tensor.zero_()
        for group in range(groups):
            for channel in range(min(outputs, tensor.size(1))):
                tensor[(group * outputs + channel, channel, *centre)] = 1
    return tensor


def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator=None) -> Tensor:
    """Normal of mean 0, with the fraction `sparsity` (rounded up) of every column set to 0.

    Raises: ValueError unless 2-dimensional.  Torch: torch.nn.init.sparse_
    """
    if tensor.dim() != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    rows, columns = tensor.shape
    zeros = math.ceil(sparsity * rows)
    with no_grad():
        tensor.normal_(0, std, generator=generator)
        for column in range(columns):
            tensor[randperm(rows)[:zeros], column] = 0  # not from `generator`, as in torch
    return tensor


def orthogonal_(tensor: Tensor, gain: float = 1, generator=None) -> Tensor:
    """gain times a random matrix with orthonormal rows or columns, of which there are fewer.

    Q of a normal matrix's QR factorisation, each column with the sign of R's diagonal.  The factorisation is LAPACK's,
    whose rounding depends on who built it: the draws are torch's, the values differ from torch's by some rounding errors.
    Shapes: (out, in, *), taken as (out, in * ...).
    Raises: ValueError below 2 dimensions.  Torch: torch.nn.init.orthogonal_; Saxe et al. 2013
    """
    if tensor.dim() < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    if tensor.numel() == 0:
        return tensor
    rows, columns = tensor.size(0), tensor.numel() // tensor.size(0)
    with no_grad():
        normal = tensor.new_empty((rows, columns)).normal_(0, 1, generator=generator).numpy()
        q, r = np.linalg.qr(normal.T if rows < columns else normal)
        q = q * np.sign(np.diag(r))
        return tensor.copy_(from_numpy(q.T if rows < columns else q).reshape(tensor.shape)).mul_(gain)


# --- scaled by the number of connections ------------------------------------------------------------


def _calculate_fan_in_and_fan_out(tensor: Tensor) -> tuple[int, int]:
    """Connections into and out of one unit of a (out, in, *kernel) weight."""
    if tensor.dim() < 2:
        raise ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
    field = math.prod(tensor.shape[2:])
    return tensor.size(1) * field, tensor.size(0) * field


def _calculate_correct_fan(tensor: Tensor, mode: str) -> int:
    if mode.lower() not in ("fan_in", "fan_out"):
        raise ValueError(f"Mode {mode.lower()} not supported, please use one of ['fan_in', 'fan_out']")
    return _calculate_fan_in_and_fan_out(tensor)[mode.lower() == "fan_out"]


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator=None) -> Tensor:
    """Uniform with std = gain * sqrt(2 / (fan_in + fan_out)) (Glorot).

    Raises: ValueError below 2 dimensions.  Torch: torch.nn.init.xavier_uniform_
    """
    bound = math.sqrt(3.0) * _xavier_std(tensor, gain)
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator=None) -> Tensor:
    """Normal with std = gain * sqrt(2 / (fan_in + fan_out)) (Glorot).

    Raises: ValueError below 2 dimensions.  Torch: torch.nn.init.xavier_normal_
    """
    return normal_(tensor, 0.0, _xavier_std(tensor, gain), generator)


def _xavier_std(tensor: Tensor, gain: float) -> float:
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    return gain * math.sqrt(2.0 / float(fan_in + fan_out))


def kaiming_uniform_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator=None
) -> Tensor:
    """Uniform with std = gain / sqrt(fan) (He); `a` is the slope of leaky_relu.

    Raises: ValueError below 2 dimensions or for an unknown mode or nonlinearity.
    Torch: torch.nn.init.kaiming_uniform_
    """
    if 0 in tensor.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=2)
        return tensor
    bound = math.sqrt(3.0) * _kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator=None
) -> Tensor:
    """Normal with std = gain / sqrt(fan) (He); `a` is the slope of leaky_relu.

    Raises: ValueError below 2 dimensions or for an unknown mode or nonlinearity.
    Torch: torch.nn.init.kaiming_normal_
    """
    if 0 in tensor.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=2)
        return tensor
    return normal_(tensor, 0, _kaiming_std(tensor, a, mode, nonlinearity), generator)


def _kaiming_std(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    fan = _calculate_correct_fan(tensor, mode)
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


# --- truncated normal ---------------------------------------------------------------------------------


def trunc_normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0, generator=None
) -> Tensor:
    """Normal of the given mean and standard deviation, conditioned on lying in [a, b].

    Torch: torch.nn.init.trunc_normal_
    """
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn(
            "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. The distribution of values may be incorrect.",
            stacklevel=2,
        )
    with no_grad():
        inside = _normal_cdf((b - mean) / std) - _normal_cdf((a - mean) / std)
        if inside > 0.3:  # most draws fit: draw normal values, and again for those outside
            low, high = tensor.new_tensor(a).item(), tensor.new_tensor(b).item()
            result = tensor.normal_(mean, std, generator=generator)
            while (outside := (result < low) | (result > high)).any():
                again = empty_like(result).normal_(mean, std, generator=generator)
                result = where(outside, again, result)
        else:  # rejection: uniform candidates, kept with probability density / peak density
            peak = -0.5 * ((max(a, min(mean, b)) - mean) / std) ** 2
            result = candidates = tensor.uniform_(a, b, generator=generator)
            pending = _rejected(candidates, mean, std, peak, generator)
            while pending.any():
                candidates = empty_like(tensor).uniform_(a, b, generator=generator)
                result = where(pending, candidates, result)
                pending = pending & _rejected(candidates, mean, std, peak, generator)
        return tensor if result is tensor else tensor.copy_(result)


def _rejected(candidates: Tensor, mean: float, std: float, peak: float, generator) -> Tensor:
    log_density = ((candidates - mean) / std) ** 2 * -0.5 - peak
    return empty_like(candidates).uniform_(generator=generator).log() > log_density


def _normal_cdf(x: float) -> float:
    return (1.0 + math.erf(x / math.sqrt(2.0))) / 2.0


# --- deprecated spellings -------------------------------------------------------------------------------


def _deprecated(function):
    """The function under its name without the underscore, which warns."""
    old = function.__name__[:-1]

    @functools.wraps(function)
    def spelling(*args, **kwargs):
        warnings.warn(f"`nn.init.{old}` is now deprecated in favor of `nn.init.{old}_`.", FutureWarning, stacklevel=2)
        return function(*args, **kwargs)

    spelling.__name__ = spelling.__qualname__ = old
    return spelling


uniform = _deprecated(uniform_)
normal = _deprecated(normal_)
constant = _deprecated(constant_)
eye = _deprecated(eye_)
dirac = _deprecated(dirac_)
xavier_uniform = _deprecated(xavier_uniform_)
xavier_normal = _deprecated(xavier_normal_)
kaiming_uniform = _deprecated(kaiming_uniform_)
kaiming_normal = _deprecated(kaiming_normal_)
orthogonal = _deprecated(orthogonal_)
sparse = _deprecated(sparse_)
