"""What a name in a pickle makes: tensors out of storages, and the few containers of Python's that torch allows."""

from collections import Counter, OrderedDict
from collections.abc import Callable
from pickle import UnpicklingError
from typing import Any

from .. import dtypes
from ..copying import FIELDS, _lay
from ..devices import device
from ..nn.parameter import Parameter
from ..size import Size
from ..storage import TypedStorage, UntypedStorage
from ..tensor import Tensor
from .names import DTYPES

MOST_DIMENSIONS = 64
NUMBERS = 2**63  # sizes, strides and offsets are below


class NotForTensors(UnpicklingError, NotImplementedError):
    """The file is sound, but holds what tensors here cannot."""


class Maker:
    """A function that a pickle may call."""

    callable_in_pickles = True

    def __init__(self, name: str, function: Callable) -> None:
        self.name, self._function = name, function

    def __call__(self, *arguments):
        return self._function(*arguments)


def check_int(value, what: str) -> int:
    """Raises: UnpicklingError unless value is a plain int from 0 to 2**63."""
    if type(value) is not int or not 0 <= value < NUMBERS:
        raise UnpicklingError(f"{what} must be an int from 0 to 2**63 - 1, but is {str(value)[:40]}")
    return value


def _check_place(storage, offset, size, stride, dtype: dtypes.dtype) -> None:
    """A tensor must lie within its storage"""
    if type(size) not in (tuple, Size) or type(stride) is not tuple or len(size) != len(stride):
        raise UnpicklingError("a tensor's size and stride must be tuples of the same length")
    if len(size) > MOST_DIMENSIONS:
        raise UnpicklingError(f"a tensor has at most {MOST_DIMENSIONS} dimensions, not {len(size)}")
    for name, numbers in (("storage_offset", [offset]), ("size", size), ("stride", stride)):
        for number in numbers:
            check_int(number, name)
    count = 1
    for extent in size:
        count *= extent
    if count * dtype.itemsize >= NUMBERS:
        raise UnpicklingError(f"a tensor of size {list(size)} is too large")
    room = len(storage) // dtype.itemsize
    last = offset + sum([(n - 1) * step for n, step in zip(size, stride)])
    if last >= room if 0 not in size else offset > room:
        raise UnpicklingError(
            f"a tensor of size {list(size)}, stride {list(stride)} and offset {offset} does not lie in its storage of {room}"
        )


def _check_flag(value) -> bool:
    if type(value) is not bool:
        raise UnpicklingError(f"requires_grad must be a bool, but is {str(value)[:40]}")
    return value


def _tensor(storage, offset, size, stride, dtype) -> Tensor:
    if not isinstance(storage, TypedStorage | UntypedStorage):
        raise UnpicklingError(f"a tensor needs a storage, not {type(storage).__name__}")
    _check_place(storage.untyped(), offset, size, stride, dtype)
    new = object.__new__(Tensor)
    _lay(new, storage.untyped(), dtype, offset, size, stride)
    return new


def _with_grad(new: Tensor, requires_grad) -> Tensor:
    if _check_flag(requires_grad) and not new.is_floating_point():
        raise UnpicklingError("only Tensors of floating point dtype can require gradients")
    new._requires_grad = requires_grad
    return new


def _check_metadata(metadata) -> None:
    if metadata and (type(metadata) is not dict or set(metadata) != {"neg"} or metadata["neg"] is not True):
        raise NotForTensors("the file contains a conjugated tensor, which is not supported")


def _typed(storage) -> dtypes.dtype:
    if not isinstance(storage, TypedStorage):
        raise UnpicklingError(f"a tensor needs a typed storage, not {type(storage).__name__}")
    return storage.dtype


def rebuild_v1(storage, offset, size, stride) -> Tensor:
    """A tensor of torch 0.1.  Torch: torch._utils._rebuild_tensor"""
    return _tensor(storage, offset, size, stride, _typed(storage))


def rebuild_v2(storage, offset, size, stride, requires_grad, hooks, metadata=None) -> Tensor:
    """A tensor.  Torch: torch._utils._rebuild_tensor_v2"""
    _check_metadata(metadata)
    new = _tensor(storage, offset, size, stride, _typed(storage))
    return _with_grad(-new if metadata else new, requires_grad)  # "neg": the bytes are those before the sign


def rebuild_v3(storage, offset, size, stride, requires_grad, hooks, dtype, metadata=None) -> Tensor:
    """A tensor in bytes, with its dtype.  Torch: torch._utils._rebuild_tensor_v3"""
    _check_metadata(metadata)
    if not isinstance(dtype, dtypes.dtype):
        raise UnpicklingError(f"a tensor needs a dtype, not {type(dtype).__name__}")
    return _with_grad(_tensor(storage, offset, size, stride, dtype), requires_grad)


def _check_tensor(x) -> Tensor:
    if type(x) is not Tensor:
        raise UnpicklingError(f"a Parameter is made of a tensor, not of {type(x).__name__}")
    return x


def rebuild_parameter(data, requires_grad, hooks) -> Parameter:
    """A Parameter.  Torch: torch._utils._rebuild_parameter"""
    if _check_flag(requires_grad) and not _check_tensor(data).is_floating_point():
        raise UnpicklingError("only Tensors of floating point dtype can require gradients")
    return Parameter(_check_tensor(data), requires_grad)


def rebuild_parameter_with_state(data, requires_grad, hooks, state) -> Parameter:
    """A Parameter and its attributes.  Torch: torch._utils._rebuild_parameter_with_state"""
    return _set_attributes(rebuild_parameter(data, requires_grad, hooks), state)


def rebuild_from_type(function, kind, arguments, state):
    """A tensor with attributes, or a Parameter.  Torch: torch._tensor._rebuild_from_type_v2"""
    if function not in (NAMES["torch._utils", name] for name in ("_rebuild_tensor_v2", "_rebuild_tensor_v3")):
        raise UnpicklingError("a tensor with attributes is rebuilt by _rebuild_tensor_v2 or _rebuild_tensor_v3 only")
    if kind not in (NAMES["torch", "Tensor"], NAMES["torch.nn.parameter", "Parameter"]):
        raise UnpicklingError("a tensor with attributes must be a Tensor or a Parameter")
    if type(arguments) is not tuple:
        raise UnpicklingError("the arguments of a tensor must be a tuple")
    new = function(*arguments)
    if kind is NAMES["torch.nn.parameter", "Parameter"]:
        new = Parameter(new.detach(), new.requires_grad)
    return _set_attributes(new, state)


def _set_attributes(new, state):
    if type(state) is tuple and len(state) == 2 and not state[1]:
        state = state[0]
    if type(state) is not dict:
        raise UnpicklingError("the attributes of a tensor must be a dict")
    for name in state:
        allowed = (
            name in ("_is_param", "_is_buffer") or type(name) is str and name not in FIELDS and not hasattr(Tensor, name)
        )
        if not allowed:
            raise UnpicklingError(f"a tensor cannot have the attribute {str(name)[:40]!r}")
    vars(new).update(state)
    return new


def _encode(text, encoding) -> bytes:
    if type(text) is not str or encoding not in ("latin1", "latin-1"):
        raise UnpicklingError("bytes are written as text in latin1 only")
    return text.encode("latin1")


def _bytearray(data=b"", encoding="latin-1") -> bytearray:
    return bytearray(_encode(data, encoding) if type(data) is str else _check_bytes(data))


def _check_bytes(data) -> bytes:
    if type(data) is not bytes:
        raise UnpicklingError(f"a bytearray is made of bytes, not of {type(data).__name__}")
    return data


def _complex(real, imag) -> complex:
    if type(real) is not float or type(imag) is not float:
        raise UnpicklingError("a complex number is made of two floats")
    return complex(real, imag)


def _size(sizes) -> Size:
    if type(sizes) not in (tuple, list) or not all(type(n) is int for n in sizes):
        raise UnpicklingError("a Size is made of ints")
    return Size(sizes)


def _device(kind, index=None) -> device:
    if type(kind) is not str or index is not None and type(index) is not int:
        raise UnpicklingError("a device is made of a text and a number")
    try:
        return device(kind) if index is None else device(kind, index)
    except RuntimeError as error:
        raise UnpicklingError(str(error)) from None


_MADE: dict[str, dict[str, Callable]] = {
    "torch._utils": {
        "_rebuild_tensor": rebuild_v1, "_rebuild_tensor_v2": rebuild_v2, "_rebuild_tensor_v3": rebuild_v3,
        "_rebuild_parameter": rebuild_parameter, "_rebuild_parameter_with_state": rebuild_parameter_with_state,
    },
    "torch._tensor": {"_rebuild_from_type_v2": rebuild_from_type},
    "torch": {"Size": _size, "device": _device},
    "collections": {"OrderedDict": OrderedDict, "Counter": Counter},
    "__builtin__": {"set": set, "bytearray": _bytearray, "complex": _complex},
    "_codecs": {"encode": _encode},
}  # fmt: skip


class _Class:
    """A class that is named in a pickle and not called."""


NAMES: dict[tuple[str, str], Any] = {
    (module, name): Maker(name, function) for module, made in _MADE.items() for name, function in made.items()
}
NAMES |= DTYPES | {("torch", "Tensor"): _Class(), ("torch.nn.parameter", "Parameter"): _Class()}
