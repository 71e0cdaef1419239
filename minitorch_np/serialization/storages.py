"""The storages of a file: found by key, read once, brought to this machine's byte order and to the CPU."""

import warnings
from collections.abc import Callable
from pickle import UnpicklingError
from typing import Any

import numpy as np

from ..devices import device
from ..storage import TypedStorage, UntypedStorage
from .names import BFLOAT16, UNTYPED, StorageKind

MOST = 2**60
UNKNOWN = "don't know how to restore data location of torch.storage.UntypedStorage (tagged with {})"
NO_CUDA = (
    "Attempting to deserialize object on a CUDA device but torch.cuda.is_available() is False. If you are running on a "
    "CPU-only machine, please use torch.load with map_location=torch.device('cpu') to map your storages to the CPU."
)


def storage_around(data: np.ndarray) -> UntypedStorage:
    """A storage that is this array of bytes, not a copy."""
    storage = UntypedStorage.__new__(UntypedStorage)
    storage._root = storage._bytes = data
    return storage


class Storages:
    """Answers a pickle's persistent ids.

    `read(key, kind, size)` gives an array of bytes; `swapped` says that they are in the other byte order.
    """

    def __init__(self, read: Callable, map_location=None, swapped: bool = False) -> None:
        self._read, self._swapped = read, swapped
        self._locate = locator(map_location)
        self._known: dict[str, tuple[StorageKind, int, Any]] = {}

    def __call__(self, pid: tuple):
        if len(pid) not in (5, 6):
            raise UnpicklingError("a storage's persistent id has five parts")
        _, kind, key, location, count = pid[:5]
        if not isinstance(kind, StorageKind):
            raise UnpicklingError(f"a storage needs a storage class, not {type(kind).__name__}")
        if type(key) is not str or type(location) is not str:
            raise UnpicklingError("a storage's key and location must be texts")
        if type(count) is not int or not 0 <= count < MOST:
            raise UnpicklingError(f"a storage cannot have {str(count)[:40]} elements")
        if key not in self._known:
            self._known[key] = kind, count, self._made(kind, key, location, count)
        first, size, storage = self._known[key]
        if first is not kind or size != count:
            raise UnpicklingError(f"storage {key} is described in two ways")
        return storage if len(pid) == 5 else self._view(storage, pid[5])

    def _made(self, kind: StorageKind, key: str, location: str, count: int):
        data = self._read(key, kind, count * kind.itemsize)
        if self._swapped and kind.itemsize > 1:
            data = data.view(f"u{kind.itemsize}").byteswap().view(np.uint8)
        return self._located(kind, data, location)

    def _located(self, kind: StorageKind, data: np.ndarray, location: str):
        if kind is BFLOAT16:
            data = widened(data)
        storage = self._locate(storage_around(data), location).untyped()
        return storage if kind is UNTYPED else TypedStorage(wrap_storage=storage, dtype=kind.dtype)

    def filled(self, key: str) -> np.ndarray:
        """The bytes of a storage that is known."""
        return self._known[key][2].untyped()._bytes

    def _view(self, storage, metadata):
        """Old files: a storage that is a piece of another one"""
        if metadata is None:
            return storage
        if type(metadata) is not tuple or len(metadata) != 3 or any(type(n) is not int or n < 0 for n in metadata[1:]):
            raise UnpicklingError("a storage's view is described by a key, an offset and a size")
        if not isinstance(storage, TypedStorage):
            raise UnpicklingError("a view of bytes is not supported")
        _, offset, size = metadata
        if offset + size > len(storage):
            raise UnpicklingError("a storage's view does not lie within it")
        item = storage.dtype.itemsize
        piece = storage.untyped()[offset * item : (offset + size) * item]
        return TypedStorage(wrap_storage=piece, dtype=storage.dtype)


def widened(data: np.ndarray) -> np.ndarray:
    """bfloat16 numbers as float32: the same bits, followed by zeros."""
    warnings.warn("bfloat16 is not supported: the numbers are read as float32, which holds all of them", UserWarning)
    return (data.view(np.uint16).astype(np.uint32) << 16).view(np.uint8)


def locator(map_location) -> Callable:
    """A function of (storage, location) that gives the storage to use; everything lives on the CPU.

    Raises: RuntimeError for CUDA; NotImplementedError for another device; TypeError for what is no map_location.
    """
    if map_location is None:
        return _stays
    if isinstance(map_location, str | device):
        _check_cpu(map_location)
        return lambda storage, location: storage
    if isinstance(map_location, dict):
        for target in map_location.values():
            _check_cpu(target)
        return lambda storage, location: _stays(storage, map_location.get(location, location))
    if not callable(map_location):
        raise TypeError(f"'{type(map_location).__name__}' object is not callable")

    def ask(storage, location):
        result = map_location(storage, location)
        return _stays(storage, location) if result is None else result

    return ask


def _stays(storage, location):
    """The storage, if it was on a CPU.  Raises: RuntimeError for any other device, as torch without CUDA does."""
    if str(location) == "cpu":
        return storage
    if str(location).startswith("cuda"):
        raise RuntimeError(NO_CUDA)
    raise RuntimeError(UNKNOWN.format(location))


def _check_cpu(target) -> None:
    try:
        target = device(target)
    except RuntimeError:
        raise RuntimeError(UNKNOWN.format(target)) from None
    if target.type == "cuda":
        raise RuntimeError(NO_CUDA)
    if target.type != "cpu":
        raise NotImplementedError(f"map_location={target} is not supported: tensors live on the CPU")
