"""Files of torch before 1.6: five pickles in a row, then the bytes of the storages."""

import struct

import numpy as np

from .names import BFLOAT16, StorageKind
from .storages import Storages, widened
from .zip_reading import Source, corrupted

MAGIC, VERSION = 0x1950A86A20F9469CFC6C, 1001


class LegacyReader:
    """Reads one such file.  `unpickle(data, at, persistent)` gives an object and where it ends."""

    def __init__(self, source: Source, unpickle, map_location) -> None:
        self._data = source.read(0, source.size)
        self._unpickle = unpickle
        self._reserved: dict[str, tuple[StorageKind, np.ndarray]] = {}
        self._room = len(self._data)
        self._storages = Storages(self._reserve, map_location)

    def _reserve(self, key: str, kind: StorageKind, size: int) -> np.ndarray:
        """Memory for a storage, whose bytes come behind the pickles"""
        self._room -= size
        if self._room < 0:
            raise corrupted(f"storage {key} is larger than the file")
        array = np.zeros(size, np.uint8)
        self._reserved[key] = kind, array
        return array

    def load(self):
        """The object, its storages filled."""
        at = self._header()
        result, at = self._unpickle(self._data, at, self._storages)
        keys, at = self._unpickle(self._data, at, None)
        if type(keys) is not list or len(keys) != len(self._reserved) or set(map(str, keys)) != set(self._reserved):
            raise corrupted("the storages do not have the keys that the pickle names")
        for key in keys:
            at = self._fill(str(key), at)
        return result

    def _header(self) -> int:
        magic, at = self._unpickle(self._data, 0, None)
        if magic != MAGIC:
            raise RuntimeError("Invalid magic number; corrupt file?")
        version, at = self._unpickle(self._data, at, None)
        if version != VERSION:
            raise RuntimeError(f"Invalid protocol version: {version}")
        _, at = self._unpickle(self._data, at, None)
        return at

    def _fill(self, key: str, at: int) -> int:
        kind, array = self._reserved[key]
        if at + 8 > len(self._data):
            raise corrupted("the file ends before its storages")
        (count,) = struct.unpack_from("<q", self._data, at)
        end = at + 8 + len(array)
        if count * kind.itemsize != len(array) or end > len(self._data):
            raise corrupted(f"storage {key} does not have the size that the pickle names")
        array[...] = np.frombuffer(self._data, np.uint8, len(array), at + 8)
        if kind is BFLOAT16:  # its float32 numbers were made before it had bytes
            self._storages.filled(key)[...] = widened(array)
        return end
