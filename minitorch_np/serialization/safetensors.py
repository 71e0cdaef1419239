"""Files of the safetensors package, which is asked for only when such a file is read or written."""

import json
import mmap
import os
import struct

import numpy as np

from ..creation import from_numpy
from ..tensor import Tensor
from .storages import widened

MISSING = (
    "Attempting to {} a safetensors file but safetensors is not installed. "
    "Please install safetensors with: pip install safetensors"
)


def _package(what: str):
    try:
        import safetensors
        import safetensors.numpy
    except ImportError:
        raise RuntimeError(MISSING.format(what)) from None
    return safetensors


DTYPES = {"F16": "f2", "F32": "f4", "F64": "f8", "U8": "u1", "I8": "i1", "I16": "i2", "I32": "i4", "I64": "i8", "BOOL": "u1"}


def load_safetensors(filename: str | os.PathLike) -> dict[str, Tensor]:
    """The tensors of a file, by name; all share the memory into which the file is mapped.

    Nothing is read before it is used, and what is written to a tensor does not reach the file.  bfloat16 becomes float32.
    Raises: RuntimeError if the safetensors package is not installed; its own error for a damaged file;
    NotImplementedError for dtypes that are not supported here.
    Torch: safetensors.torch.load_file
    """
    with _package("load").safe_open(filename, framework="np"):
        pass  # the package has compared the header with the file: names, sizes, no overlap
    with open(filename, "rb") as file:
        data = np.frombuffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY), np.uint8)
    (length,) = struct.unpack("<Q", data[:8])
    header, data = json.loads(data[8 : 8 + length].tobytes()), data[8 + length :]
    header.pop("__metadata__", None)
    return {name: _tensor(name, data, **described) for name, described in header.items()}


def _tensor(name: str, data: np.ndarray, dtype: str, shape: list[int], data_offsets: list[int]) -> Tensor:
    start, end = data_offsets
    piece = data[start:end]
    if dtype == "BF16":
        return from_numpy(widened(piece.copy()).view(np.float32).reshape(shape))
    if dtype not in DTYPES:
        raise NotImplementedError(f"tensor {name} has dtype {dtype}, which is not supported")
    if piece.size == 0:
        piece = np.empty(0, np.uint8)  # nothing to share; without a place that could be a wrong one
    elif piece.ctypes.data % np.dtype(DTYPES[dtype]).itemsize:
        piece = piece.copy()  # a header of odd length: kernels want numbers at multiples of their size
    array = piece.view(f"<{DTYPES[dtype]}").reshape(shape)
    if dtype == "BOOL":
        array = array != 0 if (array > 1).any() else array.view(bool)  # NumPy wants 0 and 1 and nothing else
    return from_numpy(array)


def save_safetensors(
    tensors: dict[str, Tensor], filename: str | os.PathLike, metadata: dict[str, str] | None = None
) -> None:
    """Write tensors by name; each gets its own, row-major memory in the file.

    Raises: RuntimeError if the safetensors package is not installed; ValueError for values that are no tensors.
    Torch: safetensors.torch.save_file
    """
    package = _package("save")
    for name, tensor in tensors.items():
        if not isinstance(tensor, Tensor):
            raise ValueError(f"Key `{name}` is invalid, expected torch.Tensor but received {type(tensor)}")
    arrays = {name: np.ascontiguousarray(tensor._array).reshape(tensor.shape) for name, tensor in tensors.items()}
    package.numpy.save_file(arrays, filename, metadata)
