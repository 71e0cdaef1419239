"""The conversion half of Module: one function applied to every tensor it holds."""

from collections.abc import Callable, Iterator

from ... import dtypes
from ...autograd.mode import no_grad
from ...creation import empty_like
from ...devices import check_device
from ...devices import device as device_type
from ...tensor import Tensor
from ..parameter import Parameter


class ConvertMethods:
    """What Module inherits to change the dtype of all its tensors.  Each method returns the module."""

    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    children: Callable[[], Iterator["ConvertMethods"]]

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True):
        """Convert every parameter (keeping its identity), every gradient and every buffer."""
        if recurse:
            for module in self.children():
                module._apply(fn)
        for parameter in self._parameters.values():
            if parameter is None:
                continue
            gradient = parameter.grad
            with no_grad():
                parameter.data = fn(parameter)
                if gradient is not None:
                    gradient.data = fn(gradient)
        for name, buffer in self._buffers.items():
            if buffer is not None:
                self._buffers[name] = fn(buffer)
        return self

    def to(self, *args, device=None, dtype=None, tensor=None, non_blocking=False, memory_format=None):
        """to(device), to(dtype), to(device, dtype), to(tensor): only floating tensors change dtype.

        Raises: TypeError for a dtype that is not floating.  Torch: torch.nn.Module.to
        """
        for value in args if tensor is None else (*args, tensor):
            if isinstance(value, dtypes.dtype):
                dtype = value
            elif isinstance(value, Tensor):
                dtype = value.dtype
            elif isinstance(value, str | int | device_type) and not isinstance(value, bool):
                device = value
            elif value is not None and not isinstance(value, bool):
                raise TypeError(f"to() received an invalid combination of arguments - got ({type(value).__name__})")
        check_device(device)
        if dtype is not None and not dtype.is_floating_point:
            raise TypeError(f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={dtype}")
        return self._apply(lambda t: t.to(dtype if t.is_floating_point() else None))

    def type(self, dst_type):
        """All parameters and buffers in another dtype, integers too.  Torch: torch.nn.Module.type"""
        return self._apply(lambda t: t.type(dst_type))

    def float(self):
        """Floating parameters and buffers as float32.  Torch: torch.nn.Module.float"""
        return self._apply(lambda t: t.float() if t.is_floating_point() else t)

    def double(self):
        """Floating parameters and buffers as float64.  Torch: torch.nn.Module.double"""
        return self._apply(lambda t: t.double() if t.is_floating_point() else t)

    def half(self):
        """Floating parameters and buffers as float16.  Torch: torch.nn.Module.half"""
        return self._apply(lambda t: t.half() if t.is_floating_point() else t)

    def bfloat16(self):
        """Left out.  Raises: NotImplementedError.  Torch: torch.nn.Module.bfloat16"""
        raise NotImplementedError("dtype bfloat16 is not supported")

    def cpu(self):
        """The module itself: its tensors live on the CPU.  Torch: torch.nn.Module.cpu"""
        return self._apply(lambda t: t.cpu())

    def cuda(self, device=None):
        """Raises: AssertionError as a torch without CUDA, if there is a tensor to move.  Torch: the same name"""
        return self._apply(lambda t: t.cuda(device))

    def to_empty(self, *, device, recurse: bool = True):
        """New memory, without values, for every tensor.  Torch: torch.nn.Module.to_empty"""
        return self._apply(lambda t: empty_like(t, device=device), recurse)
