"""Files of the safetensors package, which is asked for only when such a file is read or written."""

import os

import numpy as np

from ..creation import from_numpy
from ..tensor import Tensor

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


def load_safetensors(filename: str | os.PathLike) -> dict[str, Tensor]:
    """The tensors of a file, by name; they share the memory that the file was read into.

    Raises: RuntimeError if the safetensors package is not installed.
    Torch: safetensors.torch.load_file
    """
    arrays = _package("load").numpy.load_file(filename)
    return {name: from_numpy(array) for name, array in arrays.items()}


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
