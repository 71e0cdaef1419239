"""load: what torch.save wrote, without torch."""

import io
import os
import pickle
import sys
from pickle import UnpicklingError

from .legacy import LegacyReader
from .rebuilding import NotForTensors
from .storages import Storages
from .unpickling import Unpickler, find
from .zip_reading import Source, ZipReader, corrupted

UNSAFE = (
    "In PyTorch 2.6, we changed the default value of the `weights_only` argument in `torch.load` from `False` to `True`. "
    "Re-running `torch.load` with `weights_only` set to `False` will likely succeed, but it can result in arbitrary code "
    "execution. Do it only if you got the file from a trusted source."
)
SEEKABLE = (
    "'{}' object has no attribute '{}'. You can only torch.load from a file that is seekable. Please pre-load the data into "
    "a buffer like io.BytesIO and try to load from it instead."
)


def load(f, map_location=None, pickle_module=None, *, weights_only=None, mmap=None, **pickle_load_args):
    """Read a .pth file: of torch's zip format or the older one, from a path or a seekable file object.

    With weights_only (the default) nothing in the file is executed: it may contain tensors, numbers, texts and
    containers.  weights_only=False unpickles anything: do it only with a file whose maker you trust.
    mmap=True maps a zip file into memory instead of reading it; what is written to a tensor does not reach the file.
    Everything is put on the CPU (what lay on a GPU, with a map_location that says so); bfloat16 becomes float32.

    Raises: UnpicklingError or RuntimeError for a file that is damaged, hostile or holds what tensors here cannot.
    Torch: torch.load
    """
    weights_only = pickle_module is None if weights_only is None else weights_only
    if weights_only and pickle_module is not None:
        raise RuntimeError("Can not safely load weights when explicit pickle_module is specified")
    is_path = isinstance(f, str | os.PathLike)
    if mmap and not is_path:
        raise ValueError("f must be a file path in order to use the mmap argument")
    machine = Machine(weights_only, pickle_module or pickle, pickle_load_args)
    if is_path:
        with open(f, "rb") as file:
            return _load(file, f, map_location, machine, bool(mmap))
    for name in ("seek", "tell", "read"):
        if not hasattr(f, name):
            raise AttributeError(SEEKABLE.format(type(f).__name__, name))
    return _load(f, None, map_location, machine, False)


class Machine:
    """What reads a pickle: our own machine, or Python's, which runs whatever the pickle says."""

    def __init__(self, safe: bool, module, options: dict) -> None:
        self.safe, self._module, self._options = safe, module, options

    def __call__(self, data: bytes, at: int, persistent):
        """The object, and where in the data its pickle ends."""
        if self.safe:
            return self._safely(data, at, persistent)
        file = io.BytesIO(data)
        file.seek(at)
        kind = type("Unpickler", (self._module.Unpickler,), {"find_class": _find_anything})
        unpickler = kind(file, **self._options)
        if persistent is not None:
            unpickler.persistent_load = persistent
        return unpickler.load(), file.tell()

    def _safely(self, data: bytes, at: int, persistent):
        unpickler = Unpickler(data, persistent, at)
        try:
            return unpickler.load(), unpickler.at
        except NotForTensors:
            raise
        except UnpicklingError as error:
            raise UnpicklingError(f"Weights only load failed. WeightsUnpickler error: {error}") from None


def _find_anything(self, module: str, name: str):
    """Our own stand-ins for torch's names, and whatever can be imported for others"""
    try:
        return find(module, name)
    except NotForTensors:
        raise
    except UnpicklingError:
        return super(type(self), self).find_class(module, name)


def _load(file, path, map_location, machine: Machine, mapped: bool):
    begin = file.tell()
    first = file.read(4)
    file.seek(begin)
    if not first:
        raise UnpicklingError("Weights only load failed. The file is empty")
    if first == b"PK\3\4":
        return _load_zip(Source(file, mapped), map_location, machine)
    if mapped:
        name = f"{path}, " if isinstance(path, str) else ""
        raise RuntimeError(
            f"mmap can only be used with files saved with `torch.save({name}"
            "_use_new_zipfile_serialization=True), please torch.save your checkpoint with this option in order to use mmap."
        )
    source = Source(file)
    if source.read(257, 5) == b"ustar":
        raise RuntimeError("Cannot use ``weights_only=True`` with files saved in the legacy .tar format. " + UNSAFE)
    return LegacyReader(source, machine, map_location).load()


def _load_zip(source: Source, map_location, machine: Machine):
    archive = ZipReader(source)
    if "constants.pkl" in archive.entries:
        raise RuntimeError("Cannot use ``weights_only=True`` with TorchScript archives passed to ``torch.load``. " + UNSAFE)
    order = archive.record("byteorder", 32).decode("latin1") if "byteorder" in archive.entries else "little"
    if order not in ("little", "big"):
        raise corrupted(f"Unknown endianness type: {order!r}")
    storages = Storages(
        lambda key, kind, size: archive.array(f"data/{key}", size, kind.itemsize), map_location, order != sys.byteorder
    )
    result, _ = machine(archive.record("data.pkl"), 0, storages)
    return result
