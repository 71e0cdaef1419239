"""Where a tensor lies in memory, and pointing it elsewhere: data, storages, set_, resize_."""

import numpy as np

from .. import checks
from ..autograd.mode import INFERENCE
from ..autograd.op import op
from ..autograd.views import check_inference, check_recorded_write, take_history
from ..formats import check_format, format_strides, has_format, preserve_format, suggested_format
from ..storage import TypedStorage, UntypedStorage, offset_of, root_of, storage_bytes, storage_of, warn_typed
from ..strides import address, extent, row_major, steps, strided
from ..tensor import Tensor
from .public import public


def _data(self) -> Tensor:
    """The same memory without history; unlike `detach`, writes to it go unnoticed.  Torch: Tensor.data"""
    tensor = Tensor._wrap(self._array)
    tensor._root = self._root
    if self._counter is INFERENCE:
        tensor._counter = INFERENCE
    return tensor


def _set_data(self, value) -> None:
    if not isinstance(value, Tensor):
        raise TypeError(f"Variable data has to be a tensor, but got {type(value).__name__}")
    self._array, self._root = value._array, value._root


Tensor.data = property(_data, _set_data)
Tensor._is_view = lambda self: self._base is not None
Tensor.itemsize = property(lambda self: self._array.itemsize, doc="Bytes of one element.  Torch: Tensor.itemsize")
Tensor.nbytes = property(lambda self: self._array.nbytes, doc="Bytes of all elements.  Torch: Tensor.nbytes")


@public
def is_inference(input):
    """True for a tensor made in inference mode.  Torch: torch.is_inference"""
    return input._counter is INFERENCE


@public(namespace=())
def ndimension(self):
    """The number of dimensions.  Torch: Tensor.ndimension"""
    return self._array.ndim


@public(namespace=())
def element_size(self):
    """Bytes of one element.  Torch: Tensor.element_size"""
    return self._array.itemsize


@public(namespace=())
def data_ptr(self):
    """The address of the first element, 0 if there is none.  Torch: Tensor.data_ptr"""
    return address(self._array) if self._array.size else 0


@public(namespace=())
def is_contiguous(self, memory_format=None):
    """True if the elements lie in row-major order, or in that of the format, without gaps.

    Raises: RuntimeError for preserve_format.  Torch: Tensor.is_contiguous
    """
    if memory_format is None:
        return self._array.flags.c_contiguous
    if check_format(memory_format, "is_contiguous") is preserve_format:
        raise RuntimeError("preserve memory format is unsupported by the contiguous operator")
    return has_format(self._array, memory_format)


@public(namespace=())
def storage_offset(self):
    """How many elements of its memory lie before the first one of the tensor.  Torch: Tensor.storage_offset"""
    return offset_of(self)


@public(namespace=())
def untyped_storage(self):
    """The memory that the tensor and its views share, as bytes.  Torch: Tensor.untyped_storage"""
    return storage_of(self)


@public(namespace=())
def storage(self):
    """The memory that the tensor and its views share, as numbers; torch warns of it.  Torch: Tensor.storage"""
    warn_typed()
    return TypedStorage(wrap_storage=storage_of(self), dtype=self.dtype)


@public(namespace=())
def is_set_to(self, tensor):
    """True if both are the same elements of the same memory.  Torch: Tensor.is_set_to"""
    checks.check_tensor(tensor, "is_set_to", "tensor")
    return (
        root_of(self) is root_of(tensor)
        and offset_of(self) == offset_of(tensor)
        and self._array.shape == tensor._array.shape
        and steps(self._array) == steps(tensor._array)
    )


# --- pointing elsewhere ------------------------------------------------------------------------------


@op(name="NotImplemented")
def pointed_elsewhere(x, source):
    return x


@pointed_elsewhere.gradient
def _(g):
    raise RuntimeError("derivative for set_ is not implemented")


@public(namespace=())
def set_(self, source=None, storage_offset=0, size=None, stride=None):
    """Point this tensor at the memory of another, at a storage, or at nothing.

    For a storage, the offset, size and stride count elements; by default all of it, row by row.
    Raises: RuntimeError for a leaf that requires grad, another dtype, beyond the memory.  Torch: Tensor.set_
    """
    check_inference(self)
    if isinstance(source, Tensor) and source.dtype is not self.dtype:
        raise RuntimeError(f"Could not set tensor of type {_c_name(source)} to a tensor of type {_c_name(self)}")
    if source is not None and not isinstance(source, Tensor | UntypedStorage | TypedStorage):
        raise TypeError(f"set_() received an invalid combination of arguments - got ({type(source).__name__})")
    check_recorded_write(self, source)
    history = pointed_elsewhere(self, source if isinstance(source, Tensor) else None)
    if isinstance(source, Tensor) and size is None:
        self._array, self._root = source._array, source._root
    elif source is None:
        self._array, self._root = np.zeros(0, self._array.dtype), None
    else:
        self._array, self._root = _within(self, source, storage_offset, size, stride)
    self._bump_version()
    if history._requires_grad:
        history._node.outputs = ((self._array.shape, self._array.dtype),)
        take_history(self, history)
    return self


def _c_name(x) -> str:
    return checks.C_NAMES[x.dtype.name]


def _within(x, source, offset, size, stride):
    """(array, root) of x's dtype in a storage."""
    if isinstance(source, Tensor):
        source = storage_of(source)
    if isinstance(source, TypedStorage):
        if source.dtype is not x.dtype:
            raise RuntimeError(
                f"Expected a Storage of type {x.dtype.long_name.lower()} or an UntypedStorage, but got type "
                f"{source.dtype.long_name} for argument 1 'storage'"
            )
        source = source.untyped()
    item, offset = x.itemsize, checks.check_int(offset, "storage_offset")
    size = (len(source) // item,) if size is None else checks.check_shape((size,))
    stride = row_major(size) if not stride else tuple([checks.check_int(s, "stride") for s in stride])
    if len(size) != len(stride):
        raise RuntimeError(f"unequal size length ({len(size)}) and stride length ({len(stride)})")
    if offset < 0:
        raise RuntimeError(f"Tensor: invalid storage offset {offset}")
    needed = (offset + extent(size, stride)) * item if 0 not in size else 0
    if needed > len(source):
        raise NotImplementedError("set_: a storage cannot grow here, and this one is too small")
    return strided(source._bytes, size, stride, offset, x._array.dtype), source._root


def _check_resizable(x) -> None:
    check_inference(x)
    if x.requires_grad:
        raise RuntimeError("cannot resize variables that require grad")


@public(namespace=())
def resize_(self, *size, memory_format=None):
    """Give the tensor another size, row by row from where it begins; what its memory holds stays, the rest is zeros.

    A tensor that needs more memory gets its own: views of the old one do not follow it.
    Raises: RuntimeError if the tensor requires grad.  Torch: Tensor.resize_
    """
    format = check_format(memory_format, "resize_")
    shape = checks.check_shape(size)
    if format is preserve_format:
        raise RuntimeError("Unsupported memory formatPreserve")
    _check_resizable(self)
    strides = row_major(shape) if format is None else format_strides(shape, format)
    if (shape, strides) != (self._array.shape, steps(self._array)):
        _resize(self, shape, strides)
    self._bump_version()
    return self


def _resize(x, shape, strides) -> None:
    root, offset, item = root_of(x), offset_of(x), x.itemsize
    needed = (offset + extent(shape, strides)) * item if 0 not in shape else 0
    if needed > storage_bytes(x):
        larger = UntypedStorage(needed)
        old = storage_of(x)
        larger._bytes[: len(old)] = old._bytes
        root = larger._root
    x._array, x._root = strided(root, shape, strides, offset, x._array.dtype), root


@public(namespace=())
def resize_as_(self, the_template, memory_format=None):
    """resize_ to another tensor's size.  Torch: Tensor.resize_as_"""
    checks.check_tensor(the_template, "resize_as_", "the_template")
    if memory_format is preserve_format:
        memory_format = suggested_format(the_template._array)
    return resize_(self, the_template.shape, memory_format=memory_format)
