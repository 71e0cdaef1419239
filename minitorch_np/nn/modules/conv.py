"""Convolution layers."""

from collections.abc import Callable, Iterable

from ...creation import empty
from ...kernels.spec import conv_transposed_extent
from ...tensor import Tensor
from .. import functional as F
from ..parameter import Parameter
from .linear import reset_weight_and_bias
from .module import Module

__all__ = ["Conv1d", "Conv2d", "ConvTranspose1d", "ConvTranspose2d"]


def _repeated(value, count: int) -> tuple:
    return tuple(value) if isinstance(value, Iterable) else (value,) * count


class _ConvNd(Module):
    """Fields, checks, first values and printed form of the convolutions of all dimensions."""

    in_channels: int
    out_channels: int
    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    padding: str | tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int
    padding_mode: str
    weight: Parameter
    bias: Parameter | None

    def __init__(
        self, in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode,
        device, dtype, transposed=False, output_padding=None,
    ) -> None:  # fmt: skip
        super().__init__()
        if groups <= 0:
            raise ValueError("groups must be a positive integer")
        if in_channels % groups:
            raise ValueError("in_channels must be divisible by groups")
        if out_channels % groups:
            raise ValueError("out_channels must be divisible by groups")
        if isinstance(padding, str):
            if padding not in ("same", "valid"):
                raise ValueError(f"Invalid padding string {padding!r}, should be one of {{'same', 'valid'}}")
            if padding == "same" and any(s != 1 for s in stride):
                raise ValueError("padding='same' is not supported for strided convolutions")
        modes = ("zeros", "reflect", "replicate", "circular")
        if padding_mode not in modes:
            listed = ", ".join(repr(mode) for mode in modes)
            raise ValueError(f"padding_mode must be one of {{{listed}}}, but got padding_mode='{padding_mode}'")
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.transposed = transposed
        self.output_padding = output_padding or (0,) * len(kernel_size)
        self.groups = groups
        self.padding_mode = padding_mode
        self._reversed_padding_repeated_twice = self._padding_for_pad()
        channels = (in_channels, out_channels // groups) if transposed else (out_channels, in_channels // groups)
        self.weight = Parameter(empty((*channels, *kernel_size), device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(empty(out_channels, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias uniformly from +-1 / sqrt(in / groups * kernel elements)."""
        reset_weight_and_bias(self.weight, self.bias)

    def _padding_for_pad(self) -> tuple[int, ...]:
        """The padding as F.pad wants it: last dimension first, before and after."""
        if self.padding == "same":
            totals = [d * (k - 1) for d, k in zip(self.dilation, self.kernel_size)]
            sides = [(total // 2, total - total // 2) for total in totals]
        elif isinstance(self.padding, str):
            sides = [(0, 0) for _ in self.kernel_size]
        else:
            sides = [(p, p) for p in self.padding]
        return tuple(side for pair in reversed(sides) for side in pair)

    def extra_repr(self) -> str:
        parts = [f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"]
        for name, usual in (("padding", 0), ("dilation", 1), ("output_padding", 0)):
            value = getattr(self, name)
            if value != (usual,) * len(value):
                parts.append(f"{name}={value}")
        if self.groups != 1:
            parts.append(f"groups={self.groups}")
        if self.bias is None:
            parts.append("bias=False")
        if self.padding_mode != "zeros":
            parts.append(f"padding_mode={self.padding_mode}")
        return ", ".join(parts)


class _Conv(_ConvNd):
    """y = F.convNd(x, weight, bias, ...), after padding of another mode than zeros."""

    _dims: int
    _function: Callable

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size, stride=1, padding=0, dilation=1, groups: int = 1,
        bias: bool = True, padding_mode: str = "zeros", device=None, dtype=None,
    ) -> None:  # fmt: skip
        n = self._dims
        super().__init__(
            in_channels, out_channels, _repeated(kernel_size, n), _repeated(stride, n),
            padding if isinstance(padding, str) else _repeated(padding, n), _repeated(dilation, n), groups, bias,
            padding_mode, device, dtype,
        )  # fmt: skip

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        padding = self.padding
        if self.padding_mode != "zeros":
            input = F.pad(input, self._reversed_padding_repeated_twice, mode=self.padding_mode)
            padding = (0,) * self._dims
        return type(self)._function(input, weight, bias, self.stride, padding, self.dilation, self.groups)

    def forward(self, input: Tensor) -> Tensor:
        return self._conv_forward(input, self.weight, self.bias)


class Conv1d(_Conv):
    """y[n, o] = bias[o] + sum over c of weight[o, c] cross-correlated with x[n, c]

    Shapes: input (N, C, L) or (C, L), weight (O, C/groups, k) -> (N, O, L') or (O, L'),
        L' = (L + 2 padding - dilation (k - 1) - 1) // stride + 1.
    Raises: ValueError for groups that do not divide the channels, an unknown padding or padding_mode.
    Torch: torch.nn.Conv1d
    """

    _dims, _function = 1, staticmethod(F.conv1d)


class Conv2d(_Conv):
    """y[n, o] = bias[o] + sum over c of weight[o, c] cross-correlated with x[n, c]

    Shapes: input (N, C, H, W) or (C, H, W), weight (O, C/groups, kH, kW) -> (N, O, H', W') or (O, H', W'),
        H' = (H + 2 padding - dilation (kH - 1) - 1) // stride + 1.
    Raises: ValueError for groups that do not divide the channels, an unknown padding or padding_mode.
    Torch: torch.nn.Conv2d
    """

    _dims, _function = 2, staticmethod(F.conv2d)


class _ConvTransposeNd(_ConvNd):
    """y = F.conv_transposeNd(x, weight, bias, ...), whose output padding may follow from a wanted size."""

    _dims: int
    _function: Callable

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size, stride=1, padding=0, output_padding=0, groups: int = 1,
        bias: bool = True, dilation=1, padding_mode: str = "zeros", device=None, dtype=None,
    ) -> None:  # fmt: skip
        if padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}')
        n = self._dims
        super().__init__(
            in_channels, out_channels, _repeated(kernel_size, n), _repeated(stride, n), _repeated(padding, n),
            _repeated(dilation, n), groups, bias, padding_mode, device, dtype, True, _repeated(output_padding, n),
        )  # fmt: skip

    def _output_padding(self, input: Tensor, output_size) -> tuple[int, ...]:
        """What the wanted size has more than the smallest."""
        if output_size is None:
            return self.output_padding
        n, size = self._dims, list(output_size)
        batched = input.dim() == n + 2
        if len(size) == (n + 2 if batched else n + 1):
            size = size[-n:]
        if len(size) != n:
            raise ValueError(
                f"ConvTranspose{n}D: for {input.dim()}D input, output_size must have {n} or {n + 1 + batched} elements "
                f"(got {len(output_size)})"
            )
        numbers = zip(input.shape[-n:], self.kernel_size, self.stride, self.padding, self.dilation)
        least = [conv_transposed_extent(*of_one) for of_one in numbers]
        most = [low + s - 1 for low, s in zip(least, self.stride)]
        if any(not low <= wanted <= high for low, wanted, high in zip(least, size, most)):
            raise ValueError(
                f"requested an output size of {output_size[-n:]}, but valid sizes range from {least} to {most} (for an "
                f"input of {input.shape[2:]})"
            )
        return tuple(wanted - low for wanted, low in zip(size, least))

    def forward(self, input: Tensor, output_size=None) -> Tensor:
        output_padding = self._output_padding(input, output_size)
        return type(self)._function(
            input, self.weight, self.bias, self.stride, self.padding, output_padding, self.groups, self.dilation
        )


class ConvTranspose1d(_ConvTransposeNd):
    """Every element of the input, times the filters, is added around its place: the adjoint of Conv1d.

    Shapes: input (N, C, L) or (C, L), weight (C, O/groups, k) -> (N, O, L') or (O, L'),
        L' = (L - 1) stride - 2 padding + dilation (k - 1) + output_padding + 1; output_size chooses the output_padding.
    Raises: ValueError for groups that do not divide the channels, a padding_mode, an output_size out of reach.
    Torch: torch.nn.ConvTranspose1d
    """

    _dims, _function = 1, staticmethod(F.conv_transpose1d)


class ConvTranspose2d(_ConvTransposeNd):
    """Every element of the input, times the filters, is added around its place: the adjoint of Conv2d.

    Shapes: input (N, C, H, W) or (C, H, W), weight (C, O/groups, kH, kW) -> (N, O, H', W') or (O, H', W'),
        H' = (H - 1) stride - 2 padding + dilation (kH - 1) + output_padding + 1; output_size chooses the output_padding.
    Raises: ValueError for groups that do not divide the channels, a padding_mode, an output_size out of reach.
    Torch: torch.nn.ConvTranspose2d
    """

    _dims, _function = 2, staticmethod(F.conv_transpose2d)
