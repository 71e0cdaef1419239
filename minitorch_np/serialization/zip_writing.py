"""Torch's zip archives: every record stored as it is, its data on a multiple of 64 bytes."""

import struct
import zlib
from concurrent.futures import ThreadPoolExecutor

ALIGNMENT = 64
LIMIT = 0xFFFFFFFF  # from here on a number stands in a zip64 field
LARGE = 1 << 20  # bytes of a record that are worth a thread
UTF8, DESCRIPTOR = 0x0800, 0x0008  # flags: names are UTF-8; checksum and sizes follow the data


class ZipWriter:
    """Writes records one after the other; `write` takes bytes."""

    def __init__(self, write, folder: str) -> None:
        self._write, self._folder = write, folder
        self._at = 0
        self._entries: list[tuple] = []  # name, flags, checksum, size, where the header begins

    def _put(self, data) -> None:
        self._write(data)
        self._at += len(data)

    def record(self, name: str, data) -> None:
        """Write one record; data is bytes or a flat array of bytes, which is not copied."""
        size, start = len(data), self._at
        path = f"{self._folder}/{name}".encode()
        flags = UTF8 | (DESCRIPTOR if size else 0)
        big = _zip64(size, start)
        short = [LIMIT if size >= LIMIT else 0] * 2  # sizes that are known only behind the data
        padding = -(start + 30 + len(path) + len(big) + 4) % ALIGNMENT
        extra = big + struct.pack("<2sH", b"FB", padding) + b"Z" * padding
        self._put(struct.pack("<4s5H3I2H", b"PK\3\4", 0, flags, 0, 0, 0, 0, *short, len(path), len(extra)) + path + extra)
        if size >= LARGE:  # the other processor adds up what this one writes
            with ThreadPoolExecutor(1) as other:
                summing = other.submit(zlib.crc32, data)
                self._put(data)
                checksum = summing.result()
        else:
            self._put(data)
            checksum = zlib.crc32(data)
        if size:
            sizes = "<4sI2Q" if size >= LIMIT or start >= LIMIT else "<4s3I"
            self._put(struct.pack(sizes, b"PK\7\x08", checksum, size, size))
        self._entries.append((path, flags, checksum, size, start))

    @property
    def checksums(self) -> list[int]:
        """The checksums of the records that are not empty."""
        return [checksum for _, _, checksum, size, _ in self._entries if size]

    def close(self) -> None:
        """Write the list of records and the end of the archive."""
        start = self._at
        for path, flags, checksum, size, header in self._entries:
            big = _zip64(size, header)
            shown = [min(number, LIMIT) for number in (size, size)]
            fields = b"PK\1\2", 0, 0, flags, 0, 0, 0, checksum, *shown, len(path), len(big), 0, 0, 0, 0, min(header, LIMIT)
            self._put(struct.pack("<4s6H3I5H2I", *fields) + path + big)
        count, size, end = len(self._entries), self._at - start, self._at
        self._put(struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 0x031E, 45, 0, 0, count, count, size, start))
        self._put(struct.pack("<4sIQI", b"PK\6\7", 0, end, 1))
        few = min(count, 0xFFFF)
        self._put(struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, few, few, min(size, LIMIT), min(start, LIMIT), 0))


def _zip64(size: int, start: int) -> bytes:
    """The extra field with the numbers that are too large for their places."""
    numbers = [size, size] * (size >= LIMIT) + [start] * (start >= LIMIT)
    return struct.pack(f"<2H{len(numbers)}Q", 1, 8 * len(numbers), *numbers) if numbers else b""
