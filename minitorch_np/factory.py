"""What all functions that make tensors have in common: their arguments, and how the result is handed out."""

import math

import numpy as np

from . import dtypes
from .devices import check_device
from .from_data import in_range, to_dtype_object
from .layouts import check_layout
from .tensor import Tensor


def finish(array, requires_grad=False) -> Tensor:
    result = Tensor._wrap(array)
    if requires_grad:
        if array.dtype.kind != "f":
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        result.requires_grad_()
    return result


def numpy_dtype(name, dtype, fallback=None):
    if dtype is None:
        return (fallback or dtypes.get_default_dtype()).numpy
    return to_dtype_object(dtype, name).numpy


def check_factory(name, device, layout=None, pin_memory=False) -> None:
    check_device(device)
    check_layout(layout, name)
    if pin_memory:
        raise RuntimeError(
            "pin_memory=True requires a CUDA or other accelerator backend; no pinned memory allocator is available on this "
            "system."
        )


def out_dtype(name, out, dtype, fallback=None):
    """The dtype of the result: out's, if there is one, which `dtype` may not contradict."""
    if out is None:
        return numpy_dtype(name, dtype, fallback)
    if not isinstance(out, Tensor):
        raise TypeError(f"{name}(): argument 'out' must be Tensor, not {type(out).__name__}")
    if dtype is not None and to_dtype_object(dtype, name) is not out.dtype:
        raise RuntimeError(f"dtype {dtype.long_name} does not match dtype of out parameter ({out.dtype.long_name})")
    return out.dtype.numpy


def write(out, array):
    """`array` into an `out=` tensor, which takes its shape."""
    if out._array.shape == array.shape:
        out._array[...] = array
    else:
        out._array = array
    out._bump_version()
    return out


def deliver(out, array, requires_grad):
    return finish(array, requires_grad) if out is None else write(out, array)


def is_index(value) -> bool:
    """True for what may stand for one size."""
    return not isinstance(value, bool | float) and (
        isinstance(value, int | np.integer) or isinstance(value, Tensor) and value.numel() == 1 and value.dtype.category == 1
    )


def number(value, name, argument, position):
    """A number, given as one or as a 0-d tensor without history.

    Raises: TypeError for anything else.
    """
    if isinstance(value, Tensor) and not value.ndim and not value.requires_grad:
        return value.item()
    if isinstance(value, complex):
        raise NotImplementedError(f"{name}(): argument '{argument}' is complex, which is not supported")
    if isinstance(value, np.generic) or isinstance(value, np.ndarray) and not value.ndim:
        return value.item()
    if not isinstance(value, int | float):
        raise TypeError(f"{name}(): argument '{argument}' (position {position}) must be Number, not {type(value).__name__}")
    return value


C_TYPES = {"uint8": "uint8_t", "int8": "int8_t", "int16": "int16_t", "int32": "int", "int64": "int64_t",
           "float16": "at::Half", "float32": "float", "float64": "double"}  # fmt: skip


def filled(shape, value, np_dtype) -> np.ndarray:
    """One number throughout.

    Raises: RuntimeError if it is beyond the dtype's range.
    """
    name = C_TYPES.get(np_dtype.name, "bool")
    if np_dtype.kind == "f":
        if math.isfinite(value) and abs(value) > float(np.finfo(np_dtype).max):
            raise RuntimeError(f"value cannot be converted to type {name} without overflow")
    elif np_dtype.kind != "b":
        if not math.isfinite(value):
            raise RuntimeError(f"value cannot be converted to type {name} without overflow")
        value = in_range(int(value), dtypes.from_numpy_dtype(np_dtype), name)
    return np.full(shape, value, np_dtype)
