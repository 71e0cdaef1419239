"""Tensors beside NumPy's arrays and other libraries' tensors: ufuncs on tensors, and DLPack."""

import enum

import numpy as np

from . import checks
from .creation import from_numpy
from .devices import check_device
from .tensor import Tensor

SPENT = (
    "from_dlpack received an invalid capsule. Note that DLTensor capsules can be consumed only once, so you might have "
    "already constructed a tensor from it once."
)


class DLDeviceType(enum.IntEnum):
    """Where memory lives, in DLPack's numbers; ours is always kDLCPU.  Torch: torch.utils.dlpack.DLDeviceType"""

    kDLCPU = 1
    kDLCUDA = 2
    kDLCUDAHost = 3
    kDLOpenCL = 4
    kDLVulkan = 7
    kDLMetal = 8
    kDLVPI = 9
    kDLROCM = 10
    kDLROCMHost = 11
    kDLExtDev = 12
    kDLCUDAManaged = 13
    kDLOneAPI = 14
    kDLWebGPU = 15
    kDLHexagon = 16
    kDLMAIA = 17


CPU = (DLDeviceType.kDLCPU, 0)


def array_wrap(self, array, context=None, return_scalar=False) -> Tensor:
    """What NumPy computed from tensors, as a tensor; bools become uint8, as in torch.  Torch: Tensor.__array_wrap__"""
    array = np.asarray(array)
    return from_numpy(array.astype(np.uint8) if array.dtype == bool else array)


# --- DLPack: memory handed from library to library as a capsule that is opened once ----------------------------


def dlpack(self, *, stream=-1, max_version=None, dl_device=None, copy=None):
    """A capsule that another library makes a tensor of, around the same memory.

    Raises: BufferError if this tensor requires grad.  Torch: Tensor.__dlpack__
    """
    if self.requires_grad:
        raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
    if stream is not None and type(stream) is not int:
        raise TypeError("stream must be ``int`` or ``none``")
    if stream not in (None, -1):
        raise AssertionError("stream should be None on cpu.")
    if dl_device is not None and tuple(dl_device) != CPU:
        raise NotImplementedError(f"dl_device={dl_device} is not supported: tensors live on the CPU")
    return self._array.__dlpack__(max_version=max_version, copy=copy)


def dlpack_device(self) -> tuple:
    """(DLDeviceType.kDLCPU, 0).  Torch: Tensor.__dlpack_device__"""
    return CPU


class _Exporter:
    """A capsule as NumPy wants it: in the hands of an object."""

    def __init__(self, capsule):
        self.capsule = capsule

    def __dlpack__(self, **_):
        return self.capsule

    def __dlpack_device__(self):
        return CPU


class _Writable:
    """An array's memory, which may be written to."""

    def __init__(self, array):
        self.array = array
        self.__array_interface__ = array.__array_interface__ | {"data": (array.ctypes.data, False)}


def from_dlpack(ext_tensor, *, device=None, copy=None) -> Tensor:
    """Another library's tensor, or a DLPack capsule, as a tensor that shares the memory.

    Raises: RuntimeError for what is no such thing, or was opened before.  Torch: torch.from_dlpack
    """
    capsule = ext_tensor
    if hasattr(ext_tensor, "__dlpack__"):
        capsule = _ask(ext_tensor, device, {} if copy is None else {"copy": copy})
    kind = repr(capsule)
    old = '"dltensor"' in kind
    if not old and '"dltensor_versioned"' not in kind:
        raise RuntimeError(SPENT)
    array = np.from_dlpack(_Exporter(capsule))
    if old:  # such a capsule does not say whether its memory may be written to: NumPy thinks no, torch yes
        array = np.asarray(_Writable(array))
    return from_numpy(array) if array.flags.writeable else Tensor._wrap(array)


def _ask(exporter, target, options: dict):
    """The exporter's capsule: of DLPack 1 if it can, else an older one."""
    here = exporter.__dlpack_device__()
    if target is not None:
        check_device(target)
        options["dl_device"] = CPU
    if tuple(here) != CPU:
        raise NotImplementedError(f"device {tuple(here)} is not supported: tensors live on the CPU")
    for attempt in (options | {"max_version": (1, 0)}, options, {}):
        try:
            return exporter.__dlpack__(**attempt)
        except TypeError:  # an exporter that does not know these arguments
            if not attempt:
                raise


def to_dlpack(tensor: Tensor):
    """A tensor's capsule, of the old kind.  Torch: torch.utils.dlpack.to_dlpack"""
    checks.check_tensor(tensor, "_to_dlpack", "data")
    return tensor.detach().__dlpack__()


for _name, _method in (("__array_wrap__", array_wrap), ("__dlpack__", dlpack), ("__dlpack_device__", dlpack_device)):
    _method.__name__, _method.__qualname__ = _name, f"Tensor.{_name}"
    setattr(Tensor, _name, _method)
