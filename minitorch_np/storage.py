"""The memory behind tensors, as bytes (UntypedStorage) and, as programs once saw it, as numbers (TypedStorage).

A tensor's memory is that of its root: the array that the first tensor of a chain of views was made around.  A storage
begins with the root's first element and ends behind its last.
"""

import warnings
import weakref

import numpy as np

from . import dtypes
from .devices import CPU
from .strides import address, extent, steps, strided

BYTE = np.dtype(np.uint8)


def root_of(x) -> np.ndarray:
    """The array whose memory the tensor x lies in."""
    return x._array if x._root is None else x._root


def offset_of(x) -> int:
    """How many elements lie before the first one of x."""
    return 0 if x._root is None else (address(x._array) - address(x._root)) // x._array.itemsize


def storage_bytes(x) -> int:
    """How many bytes the memory of x has."""
    return _bytes_of(root_of(x))


def _bytes_of(root: np.ndarray) -> int:
    return root.nbytes if root.flags.c_contiguous else extent(root.shape, steps(root)) * root.itemsize


_known: weakref.WeakValueDictionary[int, "UntypedStorage"] = weakref.WeakValueDictionary()


def storage_of(x) -> "UntypedStorage":
    """The storage of a tensor: one and the same object as long as somebody holds it."""
    root = root_of(x)
    storage = _known.get(id(root))
    if storage is None:
        storage = UntypedStorage.__new__(UntypedStorage)
        storage._root, storage._bytes = root, strided(root, (_bytes_of(root),), (1,), 0, BYTE)
        _known[id(root)] = storage
    return storage


class UntypedStorage:
    """A piece of memory, byte by byte.

    UntypedStorage() is empty, UntypedStorage(n) has n bytes of zeros, UntypedStorage([1, 2]) these two.
    Torch: torch.UntypedStorage
    """

    is_cuda = is_sparse = is_hpu = False
    filename = None
    device = CPU

    def __init__(self, content=0):
        self._root = self._bytes = np.zeros(content, BYTE) if isinstance(content, int) else np.array(content, BYTE)
        _known[id(self._root)] = self

    def __len__(self) -> int:
        return len(self._bytes)

    size = nbytes = __len__

    def element_size(self) -> int:
        """1.  Torch: UntypedStorage.element_size"""
        return 1

    def data_ptr(self) -> int:
        """The address of the first byte, 0 if there is none.  Torch: UntypedStorage.data_ptr"""
        return address(self._bytes) if len(self._bytes) else 0

    def get_device(self) -> int:
        """-1: the CPU has no number.  Torch: UntypedStorage.get_device"""
        return -1

    def is_shared(self) -> bool:
        """False: memory is not shared between processes.  Torch: UntypedStorage.is_shared"""
        return False

    def is_pinned(self, device=None) -> bool:
        """False.  Torch: UntypedStorage.is_pinned"""
        return False

    def resizable(self) -> bool:
        """False: tensors would not notice (see resize_).  Torch: UntypedStorage.resizable"""
        return False

    def resize_(self, size):
        """Left out: the tensors that lie in this memory could not follow.  Torch: UntypedStorage.resize_"""
        raise NotImplementedError("UntypedStorage.resize_ is not supported; use Tensor.resize_")

    def untyped(self) -> "UntypedStorage":
        """The storage itself.  Torch: UntypedStorage.untyped"""
        return self

    def type(self, dtype=None, non_blocking=False) -> str:
        """The name of the class.  Torch: UntypedStorage.type"""
        if dtype is not None:
            raise NotImplementedError("UntypedStorage.type: dtype is not supported")
        return "torch.storage.UntypedStorage"

    def __getitem__(self, at):
        if isinstance(at, slice):
            start, stop, step = at.indices(len(self._bytes))
            if step != 1:
                raise RuntimeError(f"Trying to slice with a step of {step}, but only a step of 1 is supported")
            result = UntypedStorage.__new__(UntypedStorage)
            result._root = result._bytes = self._bytes[start : max(start, stop)]
            return result
        return int(self._bytes[self._position(at)])

    def __setitem__(self, at, value) -> None:
        self._bytes[at if isinstance(at, slice) else self._position(at)] = int(value) % 256

    def _position(self, at) -> int:
        if not hasattr(at, "__index__"):
            raise TypeError(f"can't index a torch.UntypedStorage with {type(at).__name__}")
        if not -len(self) <= at < len(self):
            raise IndexError(f"index {at} out of range for storage of size {len(self)}")
        return int(at)

    def __iter__(self):
        return iter(self.tolist())

    def tolist(self) -> list[int]:
        """The bytes.  Torch: UntypedStorage.tolist"""
        return self._bytes.tolist()

    def copy_(self, source, non_blocking=None) -> "UntypedStorage":
        """Take over another storage's bytes.  Raises: RuntimeError for another size.  Torch: UntypedStorage.copy_"""
        if len(source) != len(self):
            raise RuntimeError(f"size does not match, self was {len(self)} bytes but src was {len(source)} bytes")
        self._bytes[...] = source._bytes
        return self

    def fill_(self, value) -> "UntypedStorage":
        """Set every byte.  Torch: UntypedStorage.fill_"""
        self._bytes[...] = int(value) % 256
        return self

    def clone(self) -> "UntypedStorage":
        """A copy with its own memory.  Torch: UntypedStorage.clone"""
        return UntypedStorage(self._bytes)

    def __copy__(self):
        return self.clone()

    def __deepcopy__(self, memo):
        if id(self) not in memo:
            memo[id(self)] = self.clone()
        return memo[id(self)]

    def __reduce__(self):
        return UntypedStorage, (self._bytes,)

    def cpu(self) -> "UntypedStorage":
        """The storage itself.  Torch: UntypedStorage.cpu"""
        return self

    def __repr__(self) -> str:
        lines = "\n".join([f" {byte}" for byte in self.tolist()])
        return f"{lines}\n[torch.storage.UntypedStorage(device=cpu) of size {len(self)}]"


def warn_typed() -> None:
    """Torch's words to those who still use `storage()`."""
    warnings.warn(
        "TypedStorage is deprecated. It will be removed in the future and UntypedStorage will be the only storage class. "
        "This should only matter to you if you are using storages directly.  To access UntypedStorage directly, use "
        "tensor.untyped_storage() instead of tensor.storage()",
        UserWarning,
        stacklevel=3,
    )


class TypedStorage:
    """A storage read as numbers of one dtype.  Deprecated in torch, which warns about it.

    TypedStorage(n, dtype=...) has n zeros, TypedStorage([1, 2], dtype=...) these two numbers,
    TypedStorage(wrap_storage=storage, dtype=...) reads the bytes of an UntypedStorage.
    Torch: torch.TypedStorage
    """

    is_cuda = is_sparse = is_hpu = False
    filename = None
    device = CPU

    def __init__(self, content=0, *, dtype=None, wrap_storage=None):
        self.dtype = dtypes.get_default_dtype() if dtype is None else dtype
        if wrap_storage is None:
            if isinstance(content, int):
                content = np.zeros(content)
            wrap_storage = UntypedStorage(np.array(content, self.dtype.numpy).view(BYTE))
        self._untyped = wrap_storage

    @property
    def _numbers(self) -> np.ndarray:
        item = self.dtype.itemsize
        return strided(self._untyped._bytes, (len(self._untyped) // item,), (1,), 0, self.dtype.numpy)

    def untyped(self) -> UntypedStorage:
        """The same memory as bytes.  Torch: TypedStorage.untyped"""
        return self._untyped

    def __len__(self) -> int:
        return len(self._numbers)

    size = __len__

    def nbytes(self) -> int:
        """The number of bytes.  Torch: TypedStorage.nbytes"""
        return len(self._untyped)

    def element_size(self) -> int:
        """Bytes of one number.  Torch: TypedStorage.element_size"""
        return self.dtype.itemsize

    def data_ptr(self) -> int:
        """The address of the first number.  Torch: TypedStorage.data_ptr"""
        return self._untyped.data_ptr()

    def pickle_storage_type(self) -> str:
        """The class that once stood for this dtype.  Torch: TypedStorage.pickle_storage_type"""
        return f"{self.dtype.long_name}Storage"

    def type(self) -> str:
        """Its name in full.  Torch: TypedStorage.type"""
        return f"torch.{self.pickle_storage_type()}"

    def is_shared(self) -> bool:
        """False.  Torch: TypedStorage.is_shared"""
        return False

    def _position(self, at) -> int:
        if not hasattr(at, "__index__"):
            raise RuntimeError(f"can't index a {TypedStorage} with {type(at)}")
        if not -len(self) <= at < len(self):
            raise IndexError(f"index {at} out of range for storage of size {len(self)}")
        return int(at)

    def __getitem__(self, at):
        if isinstance(at, slice):
            raise RuntimeError("slices are only supported in UntypedStorage.__getitem__")
        return self._numbers[self._position(at)].item()

    def __setitem__(self, at, value) -> None:
        self._numbers[at if isinstance(at, slice) else self._position(at)] = value

    def __iter__(self):
        return iter(self.tolist())

    def tolist(self) -> list:
        """The numbers.  Torch: TypedStorage.tolist"""
        return self._numbers.tolist()

    def fill_(self, value) -> "TypedStorage":
        """Set every number.  Torch: TypedStorage.fill_"""
        self._numbers[...] = value
        return self

    def copy_(self, source, non_blocking=None) -> "TypedStorage":
        """Take over another storage's bytes.  Torch: TypedStorage.copy_"""
        self._untyped.copy_(source.untyped())
        return self

    def clone(self) -> "TypedStorage":
        """A copy with its own memory.  Torch: TypedStorage.clone"""
        return TypedStorage(wrap_storage=self._untyped.clone(), dtype=self.dtype)

    def __eq__(self, other) -> bool:
        return isinstance(other, TypedStorage) and (self._untyped, self.dtype) == (other._untyped, other.dtype)

    __hash__ = object.__hash__

    def __reduce__(self):
        return _typed, (self._untyped._bytes[:], self.dtype)  # an array of its own, so that pickle saves it anew

    def __repr__(self) -> str:
        lines = "\n".join([f" {number}" for number in self.tolist()])
        return f"{lines}\n[torch.storage.TypedStorage(dtype={self.dtype}, device=cpu) of size {len(self)}]"


def _typed(content, dtype) -> TypedStorage:
    return TypedStorage(wrap_storage=UntypedStorage(content), dtype=dtype)


def is_storage(obj) -> bool:
    """True for storages of either kind.  Torch: torch.is_storage"""
    return isinstance(obj, UntypedStorage | TypedStorage)
