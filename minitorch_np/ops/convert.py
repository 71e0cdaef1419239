"""Copies and casts: clone, to and its short forms, copy_, fill_, zero_."""

import functools

import numpy as np

from .. import checks, dtypes
from ..autograd.op import op
from ..autograd.views import write
from ..creation import zeros_like
from ..devices import CPU, check_device, device
from ..formats import check_format, copied, has_format, preserve_format, suggested_format
from ..tensor import Tensor
from .public import public


@op(name="ToCopyBackward0", any_order=True)
def cast(x, *, dtype, format=None):
    return copied(x, format, dtype.numpy)


cast.gradient(lambda g: g)  # the engine casts back


@op(name="CloneBackward0", any_order=True)
def clone_op(x, *, format=None):
    return copied(x, format)


clone_op.gradient(lambda g: g)


@functools.cache
def cloning(node_name):
    """The copy that is what an operation along a dimension makes of a 0-d tensor, under that operation's name."""
    return clone_op.named(node_name)


@public
def clone(input, *, memory_format=None):
    """A copy with its own memory, in the same order unless a memory format is given.

    Raises: RuntimeError for a format that is not for this number of dimensions.  Torch: torch.clone
    """
    return clone_op(input, format=check_format(memory_format, "clone"))


@public(namespace=())
def contiguous(self, memory_format=None):
    """The tensor itself if its elements lie in row-major order, or in that of the format, else a copy that does.

    Raises: RuntimeError for preserve_format.  Torch: Tensor.contiguous
    """
    if memory_format is None:
        return self if self._array.flags.c_contiguous else contiguous_op(self)
    if check_format(memory_format, "contiguous") is preserve_format:
        raise RuntimeError("preserve memory format is unsupported by the contiguous operator")
    return self if has_format(self._array, memory_format) else clone_op(self, format=memory_format)


@op(name="CloneBackward0")
def contiguous_op(x):
    return np.ascontiguousarray(x)


contiguous_op.gradient(lambda g: g)


@public(namespace=())
def to(self, *args, dtype=None, device=None, non_blocking=False, copy=False, memory_format=None):
    """The tensor in another dtype: to(dtype), to(device), to(device, dtype), to(other).

    Returns the tensor itself if nothing changes, unless `copy`.
    Raises: as torch does for a device that is not there, or a memory format for another number of dimensions.
    Torch: Tensor.to
    """
    format = check_format(memory_format, "to")
    for a in args:
        if isinstance(a, Tensor):
            dtype = a.dtype
        elif isinstance(a, dtypes.dtype):
            dtype = a
        elif isinstance(a, str | int | _device) and not isinstance(a, bool):
            device = a
        elif a is not None and not isinstance(a, bool):  # non_blocking and copy may come by position
            raise TypeError(f"to() received an invalid combination of arguments - got ({type(a).__name__})")
    check_device(device)
    if dtype is not None and checks.check_dtype(dtype) is not self.dtype:
        return cast(self, dtype=dtype, format=format)
    if format not in (None, preserve_format) and suggested_format(self._array) is not format:
        return _to_copy(self, format=format)
    return _to_copy(self, format=format) if copy else self


_to_copy = clone_op.named("ToCopyBackward0")


_device = device


@public(namespace=())
def type(self, dtype=None, non_blocking=False):
    """The tensor cast to a dtype, or, without one, the name of its tensor type.  Torch: Tensor.type"""
    names = {f"torch.{d.long_name}Tensor": d for d in dtypes.ALL}
    if dtype is None:
        return f"torch.{self.dtype.long_name}Tensor"
    if isinstance(dtype, str):
        if dtype not in names:
            raise ValueError(f"invalid type: '{dtype}'")
        dtype = names[dtype]
    return to(self, getattr(dtype, "dtype", dtype))  # FloatTensor and its kin have one


@public(namespace=())
def type_as(self, other):
    """self.to(other.dtype).  Torch: Tensor.type_as"""
    return to(self, other.dtype)


def _short_form(name, dtype):
    def method(self, memory_format=None):
        return to(self, dtype, memory_format=check_format(memory_format, name))

    method.__name__ = name
    method.__doc__ = f"self.to({dtype}).  Torch: Tensor.{name}"
    public(method, namespace=(), name=name)


for _name, _dtype in {
    "half": dtypes.float16, "float": dtypes.float32, "double": dtypes.float64, "char": dtypes.int8,
    "byte": dtypes.uint8, "short": dtypes.int16, "int": dtypes.int32, "long": dtypes.int64, "bool": dtypes.bool_,
}.items():  # fmt: skip
    _short_form(_name, _dtype)


@public(namespace=())
def cpu(self, memory_format=None):
    """The tensor itself, which is on the CPU already, or a copy in another memory format.  Torch: Tensor.cpu"""
    return to(self, memory_format=check_format(memory_format, "cpu"))


@public(namespace=())
def cuda(self, device=None, non_blocking=False):
    """Raises: AssertionError, as a torch without CUDA.  Torch: Tensor.cuda"""
    check_device("cuda")


# --- writes ----------------------------------------------------------------------------------------


@op(name="torch::autograd::CopyBackwards")
def overwritten(old, new):
    return np.broadcast_to(new, old.shape).astype(old.dtype)


overwritten.gradients(lambda g: zeros_like(g), lambda g: g)


@public(namespace=())
def copy_(self, src, non_blocking=False):
    """self[...] = src, broadcast and cast.

    Raises: RuntimeError if src does not broadcast to this shape.  Torch: Tensor.copy_
    """
    checks.check_tensor(src, "copy_", "other")
    if src is self and not self.requires_grad:
        self._bump_version()  # nothing changes, but torch counts it
        return self
    return write(self, copy_values, (src,))


def copy_values(old, src):
    """src in old's shape and dtype"""
    if not checks.is_expandable(src._array.shape, old._array.shape):
        shape = checks.check_broadcast(old._array.shape, src._array.shape)
        if shape:
            raise RuntimeError(f"output with shape {list(old.shape)} doesn't match the broadcast shape {list(shape)}")
    return overwritten(old, src)


@op(name="FillBackward2")
def filled(old, *, value):
    return np.full(old.shape, value, old.dtype)


filled.gradient(lambda g: zeros_like(g))


@public(namespace=())
def fill_(self, value):
    """Every element set to a number or 0-d tensor.

    Raises: RuntimeError for a tensor with dimensions.  Torch: Tensor.fill_
    """
    if isinstance(value, Tensor):
        if value.ndim:
            raise RuntimeError(f"fill_ only supports 0-dimension value tensor but got tensor with {value.ndim} dimensions.")
        return copy_(self, value)
    return write(self, lambda x: filled(x, value=value), idempotent=True)


@op(name="ZeroBackward0")
def zeroed(old):
    return np.zeros_like(old)


zeroed.gradient(lambda g: zeros_like(g))


@public(namespace=())
def zero_(self):
    """Every element set to 0.  Torch: Tensor.zero_"""
    return write(self, zeroed, idempotent=True)


Tensor.is_cpu = property(lambda self: self.device == CPU, doc="True: tensors live on the CPU.")
