"""Pickles as torch writes them: tensors as storages that lie beside the pickle, classes under torch's names."""

import pickle
from collections import OrderedDict
from typing import Any

from .. import dtypes
from ..copying import attributes, pieces_of
from ..devices import device
from ..nn.parameter import Parameter
from ..size import Size
from ..storage import TypedStorage, UntypedStorage
from ..tensor import Tensor
from .names import TYPED, UNTYPED, StorageKind


class _Name:
    """Something that is written as a name alone."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name

    def __call__(self):
        """Never called: pickle asks that what rebuilds an object can be."""
        raise NotImplementedError(self.name)


TENSOR = _Name("torch._utils", "_rebuild_tensor_v2")
PARAMETER = _Name("torch._utils", "_rebuild_parameter")
PARAMETER_STATE = _Name("torch._utils", "_rebuild_parameter_with_state")
TYPE = _Name("torch._tensor", "_rebuild_from_type_v2")
NAMES: dict[Any, tuple[str, str]] = {
    Size: ("torch", "Size"),
    device: ("torch", "device"),
    Tensor: ("torch", "Tensor"),
    Parameter: ("torch.nn.parameter", "Parameter"),
}


class Pickler(pickle._Pickler):  # the one in Python: the one in C takes only names that can be imported
    """Collects the storages that it meets in `storages`, as (key, storage)."""

    def __init__(self, file, protocol: int) -> None:
        super().__init__(file, protocol)
        self.storages: dict[int, tuple[str, UntypedStorage]] = {}
        self._dtypes: dict[int, Any] = {}

    def persistent_id(self, obj):
        if not isinstance(obj, TypedStorage | UntypedStorage):
            return None
        storage = obj.untyped()
        typed = isinstance(obj, TypedStorage)
        kind = TYPED[obj.dtype] if typed else UNTYPED
        if len(storage) and self._dtypes.setdefault(id(storage), kind) is not kind:
            raise RuntimeError("Cannot save multiple tensors or storages that view the same data as different types")
        key, _ = self.storages.setdefault(id(storage), (str(len(self.storages)), storage))
        return "storage", kind, key, "cpu", len(storage) // kind.itemsize

    def reducer_override(self, obj):
        if isinstance(obj, Tensor):
            return self._reduce_tensor(obj)
        if isinstance(obj, dtypes.dtype):
            return obj.name
        if isinstance(obj, Size):
            return Size, (tuple(obj),)
        if isinstance(obj, StorageKind | _Name):
            return obj.name
        return NotImplemented

    def _reduce_tensor(self, x: Tensor):
        if type(x) is Parameter:
            state = attributes(x)
            pieces = x.data, x.requires_grad, OrderedDict()
            return (PARAMETER_STATE, (*pieces, state)) if state else (PARAMETER, pieces)
        pieces, state = pieces_of(x), attributes(x)
        if type(x) is Tensor and not state:
            return TENSOR, pieces
        return TYPE, (TENSOR, type(x), pieces, state)

    def save_global(self, obj, name=None):
        if isinstance(obj, StorageKind | _Name):
            module, name = obj.module, obj.name
        elif isinstance(obj, dtypes.dtype):
            module = "torch"
        elif isinstance(obj, type) and obj in NAMES:
            module, name = NAMES[obj]
        else:
            super().save_global(obj, name)
            return
        self.write(b"c" + f"{module}\n{name}\n".encode())
        self.memoize(obj)

    # The table of the base by type, with classes going through the names above.
    dispatch = pickle._Pickler.dispatch | {type: lambda self, obj: self.save_type(obj)}  # type: ignore[attr-defined]
