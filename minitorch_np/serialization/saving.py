"""save: what torch.save writes, without torch."""

import io
import os
import pickle
import sys
from pathlib import Path

from .pickling import Pickler
from .zip_writing import ALIGNMENT, ZipWriter

MASK = 2**64 - 1


def save(
    obj, f, pickle_module=pickle, pickle_protocol=2, _use_new_zipfile_serialization=True, _disable_byteorder_record=False
) -> None:
    """Write an object to a path or a file object, as a .pth file that torch.load reads.

    A path is written whole or not at all: the old file stays until the new one is complete, on the disk too.
    Raises: RuntimeError for memory seen as two dtypes, or a folder that is not there; AttributeError for what is no file.
    Torch: torch.save
    """
    if pickle_module is not pickle:
        raise NotImplementedError("pickle_module is not supported: save writes with Python's own pickle")
    if not _use_new_zipfile_serialization:
        raise NotImplementedError("_use_new_zipfile_serialization=False is not supported: save writes zip archives only")
    if isinstance(f, str | os.PathLike):
        name = os.fsdecode(f)
        folder = _folder(name)
        _check_parent(name)
        records, storages = _pickled(obj, pickle_protocol)
        _replace(name, lambda file: _write(file.write, folder, records, storages, _disable_byteorder_record))
    elif hasattr(f, "write"):
        records, storages = _pickled(obj, pickle_protocol)
        _write(f.write, "archive", records, storages, _disable_byteorder_record)
    else:
        raise AttributeError("expected 'f' to be string, path, or a file-like object with a 'write' attribute")


def _folder(name: str) -> str:
    """The folder inside the archive: the name of the file without its last extension."""
    if not name.isascii():
        return "archive"
    folder = Path(name).name
    folder = folder.rpartition(".")[0] if "." in folder else folder
    if not folder:
        raise RuntimeError(f"invalid file name: {name}")
    return folder


def _check_parent(name: str) -> None:
    parent = os.path.dirname(name)
    if parent and not os.path.isdir(parent):
        raise RuntimeError(f"Parent directory {parent} does not exist.")


def _pickled(obj, protocol: int):
    """The pickle, and the storages that lie beside it."""
    buffer = io.BytesIO()
    pickler = Pickler(buffer, protocol)
    pickler.dump(obj)
    return buffer.getvalue(), list(pickler.storages.values())


def _write(write, folder: str, data: bytes, storages, without_byteorder: bool) -> None:
    archive = ZipWriter(write, folder)
    archive.record("data.pkl", data)
    archive.record(".format_version", b"1")
    archive.record(".storage_alignment", str(ALIGNMENT).encode())
    if not without_byteorder:
        archive.record("byteorder", sys.byteorder.encode())
    for key, storage in storages:
        archive.record(f"data/{key}", storage._bytes.data)
    archive.record("version", b"3\n")
    identity = 0
    for checksum in archive.checksums:  # torch logs this number and never compares it; its first half hashes the names
        identity ^= (checksum + 0x9E3779B9 + (identity << 6) + (identity >> 2)) & MASK
    archive.record(".data/serialization_id", f"{0:020d}{identity:020d}".encode())
    archive.close()


def _replace(name: str, write) -> None:
    """Let `write` fill a new file, which then takes the place of the old one.

    Where there is an old one, the new one is on the disk before: not even a power cut leaves neither.
    """
    target = os.path.realpath(name)
    replaces = os.path.exists(target)
    if replaces and not os.path.isfile(target):  # a pipe or a device cannot be replaced
        with open(target, "wb") as file:
            write(file)
        return
    beside = os.path.join(
        os.path.dirname(target), f".{os.path.basename(target)[:200]}.{os.getpid()}.{os.urandom(4).hex()}.tmp"
    )
    try:
        with open(beside, "xb", buffering=0) as raw:
            file = io.BufferedWriter(raw, 1 << 16)
            write(file)
            file.flush()
            if replaces:
                os.fsync(raw.fileno())
        if replaces:
            os.chmod(beside, os.stat(target).st_mode & 0o7777)
        os.replace(beside, target)
    except BaseException:
        if os.path.exists(beside):
            os.unlink(beside)
        raise
