"""Reading zip archives that may be hostile: nothing is believed that was not compared with the file itself."""

import mmap
import os
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

LIMIT = 0xFFFFFFFF
PIECE = 1 << 20  # bytes that are read while the piece before is summed; they stay in the cache in between
TAIL = 22 + 0xFFFF  # the end record and the longest comment behind it
CORRUPTED = (
    "PytorchStreamReader failed reading zip archive: {}. If you are seeing this error, there is a high likelihood that your "
    "checkpoint file is corrupted."
)


def corrupted(why: str) -> RuntimeError:
    """The error for an archive that is not what it says."""
    return RuntimeError(CORRUPTED.format(why))


class Source:
    """The bytes of a file from its present position on; mapped into memory if `mapped`."""

    def __init__(self, file, mapped: bool = False) -> None:
        self._file, self._start = file, file.tell()
        self.size = file.seek(0, os.SEEK_END) - self._start
        file.seek(self._start)
        self._map = None
        if mapped and self.size:  # private: what is written to a tensor stays in memory
            self._map = np.frombuffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY), np.uint8)

    def read(self, at: int, count: int) -> bytes:
        """`count` bytes; fewer at the end of the file."""
        count = max(0, min(count, self.size - at))
        self._file.seek(self._start + at)
        return self._file.read(count)

    def array(self, at: int, count: int, itemsize: int) -> np.ndarray:
        """`count` bytes as an array: a piece of the map, or read into new memory."""
        if self._map is not None and at % itemsize == 0:
            return self._map[at : at + count]
        result = np.empty(count, np.uint8)
        self._file.seek(self._start + at)
        self._fill(result)
        return result

    def summed(self, at: int, count: int) -> tuple[np.ndarray, int]:
        """`count` bytes read into new memory, and their CRC-32: another thread sums while this one reads."""
        result, checksum = np.empty(count, np.uint8), 0

        def add(piece: np.ndarray) -> None:
            nonlocal checksum
            checksum = zlib.crc32(piece.data, checksum)

        self._file.seek(self._start + at)
        if count < 2 * PIECE:  # not worth a thread
            self._fill(result)
            add(result)
            return result, checksum
        with ThreadPoolExecutor(1) as other:  # one worker: the pieces are summed in their order
            for begin in range(0, count, PIECE):
                piece = result[begin : begin + PIECE]
                self._fill(piece)
                other.submit(add, piece)
        return result, checksum

    def _fill(self, result: np.ndarray) -> None:
        done = 0
        while done < len(result):
            got = self._read_into(result[done:])
            if not got:
                raise corrupted("the file ends within a record")
            done += got

    def _read_into(self, piece: np.ndarray) -> int:
        if hasattr(self._file, "readinto"):
            return self._file.readinto(piece.data)
        data = self._file.read(len(piece))
        piece[: len(data)] = np.frombuffer(data, np.uint8)
        return len(data)

    @property
    def mapped(self) -> bool:
        """True if arrays are pieces of the file."""
        return self._map is not None


class Entry(NamedTuple):
    """Where a record's bytes lie."""

    checksum: int
    start: int
    size: int


class ZipReader:
    """An archive's records, by their names without the common folder.

    Raises: RuntimeError for whatever torch.save would not write: compressed or encrypted records, records that overlap,
    lie outside the file or have two names, several folders.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        start, size, count = self._directory()
        self._folder: str | None = None
        self.entries: dict[str, Entry] = {}
        spans = []
        data, at = source.read(start, size), 0
        for _ in range(count):
            name, header, entry_size, checksum, at = self._listed(data, at)
            begin = self._begin(name, header)
            if begin + entry_size > start:
                raise corrupted(f"record {name} does not lie within the archive")
            spans.append((header, begin + entry_size))
            self._add(name, Entry(checksum, begin, entry_size))
        spans.sort()
        for (_, end), (begin, _) in zip(spans, spans[1:]):
            if begin < end:
                raise corrupted("records overlap")
        self._check_version()

    def _directory(self) -> tuple[int, int, int]:
        """Where the list of records begins, its size, how many there are"""
        source = self._source
        first = max(0, source.size - TAIL)
        tail = source.read(first, TAIL)
        at = tail.rfind(b"PK\5\6")
        if at < 0 or len(tail) - at < 22:
            raise corrupted("failed finding central directory")
        disk, disks, here, count, size, start = struct.unpack_from("<4H2I", tail, at + 4)
        end = first + at
        locator = source.read(end - 20, 20) if end >= 20 else b""
        if locator[:4] == b"PK\6\7":
            (end,) = struct.unpack_from("<Q", locator, 8)
            record = source.read(end, 56) if end <= source.size else b""
            if len(record) < 56 or record[:4] != b"PK\6\6":
                raise corrupted("the zip64 end record is not there")
            disk, disks, here, count, size, start = struct.unpack_from("<2I4Q", record, 16)
        if disk or disks or here != count:
            raise corrupted("archives in several parts are not supported")
        if start + size > end or count * 46 > size:
            raise corrupted("the central directory does not lie within the file")
        return start, size, count

    def _listed(self, data: bytes, at: int) -> tuple[str, int, int, int, int]:
        """One entry of the list: name, header's place, size, checksum, and where the next one begins"""
        if data[at : at + 4] != b"PK\1\2" or at + 46 > len(data):
            raise corrupted("the central directory is damaged")
        fields = struct.unpack_from("<4s6H3I5H2I", data, at)
        flags, method, checksum, packed, size, named, extra, comment = *fields[3:5], *fields[7:13]
        header = fields[16]
        end = at + 46 + named + extra + comment
        if end > len(data):
            raise corrupted("the central directory is damaged")
        try:
            name = data[at + 46 : at + 46 + named].decode()
        except UnicodeDecodeError:
            raise corrupted("a record's name is not UTF-8") from None
        packed, size, header = _zip64(data[at + 46 + named : at + 46 + named + extra], [size, packed, header])
        if method or packed != size:
            raise corrupted(f"record {name} is compressed; torch.save stores records as they are")
        if flags & 0x2041:
            raise corrupted(f"record {name} is encrypted")
        return name, header, size, checksum, end

    def _begin(self, name: str, header: int) -> int:
        """Where a record's bytes begin, by its own header"""
        encoded = name.encode()
        head = self._source.read(header, 30 + len(encoded)) if header < self._source.size else b""
        if len(head) < 30 + len(encoded) or head[:4] != b"PK\3\4":
            raise corrupted(f"record {name} has no header")
        method, named, extra = *struct.unpack_from("<H", head, 8), *struct.unpack_from("<2H", head, 26)
        if method or named != len(encoded) or head[30:] != encoded:
            raise corrupted(f"record {name} has another name or method in its header")
        return header + 30 + named + extra

    def _add(self, path: str, entry: Entry) -> None:
        folder, _, name = path.partition("/")
        if self._folder is None:
            self._folder = folder
        if folder != self._folder or not folder:
            raise corrupted(f"file in archive is not in a subdirectory {self._folder}/: {path}")
        if name.lower() in self.entries:
            raise corrupted(f"there are two records {name}")
        self.entries[name.lower()] = entry

    def _check_version(self) -> None:
        name = "version" if "version" in self.entries else ".data/version"
        text = self.record(name, 32)
        if not text.strip().isdigit() or not 1 <= int(text) <= 10:
            raise corrupted(f"file format version {text!r} is not supported; versions 1 to 10 are")

    def find(self, name: str) -> Entry:
        """Raises: RuntimeError if there is no such record."""
        entry = self.entries.get(name.lower())
        if entry is None:
            raise RuntimeError(f"PytorchStreamReader failed locating file {name}: file not found")
        return entry

    def record(self, name: str, most: int | None = None) -> bytes:
        """A whole record as bytes, of at most `most` of them."""
        entry = self.find(name)
        if most is not None and entry.size > most:
            raise corrupted(f"record {name} is too large")
        data = self._source.read(entry.start, entry.size)
        _check_sum(name, zlib.crc32(data), entry)
        return data

    def array(self, name: str, size: int, itemsize: int) -> np.ndarray:
        """A record as an array of bytes; it must have exactly `size` of them."""
        entry = self.find(name)
        if entry.size != size:
            raise corrupted(f"record {name} has {entry.size} bytes where the pickle says {size}")
        if self._source.mapped or not entry.checksum:
            return self._source.array(entry.start, entry.size, itemsize)
        array, checksum = self._source.summed(entry.start, entry.size)
        _check_sum(name, checksum, entry)
        return array


def _check_sum(name: str, checksum: int, entry: Entry) -> None:
    if entry.checksum and checksum != entry.checksum:  # 0: written without
        raise corrupted(f"record {name} does not have its checksum")


def _zip64(extra: bytes, numbers: list[int]) -> tuple[int, int, int]:
    """(packed size, size, header), each from the zip64 field if its own place is full"""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == 1:
            field = extra[at + 4 : at + 4 + length]
            for place, number in enumerate(numbers):
                if number == LIMIT:
                    if len(field) < 8:
                        raise corrupted("a zip64 field is too short")
                    (numbers[place],), field = struct.unpack("<Q", field[:8]), field[8:]
        at += 4 + length
    return numbers[1], numbers[0], numbers[2]
