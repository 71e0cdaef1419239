"""New tensors from data, from sizes, and like others."""

import warnings

import numpy as np

from . import checks, dtypes
from .devices import check_device
from .factory import check_factory, deliver, filled, finish, is_index, number, numpy_dtype, out_dtype
from .formats import check_format, format_strides, like, preserve_format
from .from_data import to_array, to_dtype_object
from .strides import empty_strided as strided_array
from .tensor import Tensor

__all__ = [
    "as_tensor", "asarray", "empty", "empty_like", "empty_strided", "eye", "from_numpy", "frombuffer", "full",
    "full_like", "is_tensor", "ones", "ones_like", "scalar_tensor", "tensor", "zeros", "zeros_like",
]  # fmt: skip


# --- from data ----------------------------------------------------------------------------------------


def tensor(data, *, dtype=None, device=None, requires_grad=False, pin_memory=False) -> Tensor:
    """A new tensor with a copy of `data`: numbers, nested sequences, arrays.

    Floats become the default dtype, ints int64.
    Raises: ValueError for ragged sequences, TypeError or RuntimeError for what is no number.  Torch: torch.tensor
    """
    dtype = None if dtype is None else to_dtype_object(dtype, "tensor")
    check_factory("tensor", device, None, pin_memory)
    _warn_of_tensor(data, "torch.tensor")
    return finish(to_array(data, dtype), requires_grad)


def _warn_of_tensor(data, function):
    if isinstance(data, Tensor):
        warnings.warn(
            "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
            f"sourceTensor.detach().clone().requires_grad_(True), rather than {function}(sourceTensor).",
            UserWarning,
            stacklevel=3,
        )


def as_tensor(data, dtype=None, device=None) -> Tensor:
    """`data` as a tensor, sharing memory where it can.  Torch: torch.as_tensor"""
    dtype = None if dtype is None else to_dtype_object(dtype, "as_tensor")
    check_device(device)
    if isinstance(data, Tensor):
        return data if dtype is None or dtype is data.dtype else data.to(dtype)
    if isinstance(data, np.ndarray) and (dtype is None or data.dtype == dtype.numpy):
        return from_numpy(data)
    return finish(to_array(data, dtype))


def asarray(obj, *, dtype=None, device=None, copy=None, requires_grad=None) -> Tensor:
    """`obj` as a tensor: of a tensor, an array or a buffer the same memory, unless `copy` or the dtype asks for more.

    Raises: ValueError if copy=False and it cannot be shared.  Torch: torch.asarray
    """
    dtype = None if dtype is None else to_dtype_object(dtype, "asarray")
    check_device(device)
    if isinstance(obj, Tensor):
        result = obj
    elif isinstance(obj, np.ndarray):
        result = from_numpy(obj)
    elif isinstance(obj, bytes | bytearray | memoryview):
        result = frombuffer(obj, dtype=dtype or dtypes.get_default_dtype())
    else:
        if copy is False:
            raise ValueError("can't alias arbitrary sequence into a tensor.")
        return finish(to_array(obj, dtype), bool(requires_grad))
    if dtype is not None and dtype is not result.dtype:
        if copy is False:
            raise ValueError(f"can't alias tensor with dtype '{result.dtype.long_name}' into dtype '{dtype.long_name}'.")
        result = result.to(dtype)
    elif copy:
        result = result.clone()
    wanted = result.requires_grad if requires_grad is None else requires_grad
    if wanted == result.requires_grad:
        return result
    if not wanted:
        return result.detach()
    result = result if result.is_leaf and result is not obj else result.detach()
    return finish(result._array, True)


def from_numpy(ndarray: np.ndarray) -> Tensor:
    """A tensor that shares an array's memory.

    Warns if the array may not be written to.
    Raises: TypeError for other objects or dtypes; ValueError for negative or odd strides, foreign byte order.
    Torch: torch.from_numpy
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {checks.type_name(ndarray)})")
    checks.check_array(ndarray)
    return Tensor._wrap(ndarray if type(ndarray) is np.ndarray else ndarray.view(np.ndarray))


def frombuffer(buffer, *, dtype, count=-1, offset=0, requires_grad=False) -> Tensor:
    """A tensor of one dimension that shares a buffer's memory: bytearray, array.array, memoryview.

    count: elements, -1 for all; offset: in bytes.
    Raises: ValueError for an object without a buffer, or beyond its end.  Torch: torch.frombuffer
    """
    item = to_dtype_object(dtype, "frombuffer").itemsize
    try:
        view = memoryview(buffer).cast("B")
    except TypeError:
        raise ValueError("object does not implement Python buffer protocol.") from None
    length = view.nbytes
    if not length or not count:
        raise ValueError(f"both buffer length ({length}) and count ({count}) must not be 0")
    if not 0 <= offset < length:
        raise ValueError(
            f"offset ({offset} bytes) must be non-negative and no greater than buffer length ({length} bytes) minus 1"
        )
    if count > 0 and offset + count * item > length:
        raise ValueError(
            f"requested buffer length ({count} * {item} bytes) after offset ({offset} bytes) must not be greater than "
            f"actual buffer length ({length} bytes)"
        )
    if count < 0 and (length - offset) % item:
        raise ValueError(
            f"buffer length ({length - offset} bytes) after offset ({offset} bytes) must be a multiple of element size "
            f"({item})"
        )
    if view.readonly:
        warnings.warn(
            "The given buffer is not writable, and PyTorch does not support non-writable tensors. This means you can write "
            "to the underlying (supposedly non-writable) buffer using the tensor. You may want to copy the buffer to "
            "protect its data or make it writable before converting it to a tensor. This type of warning will be "
            "suppressed for the rest of this program.",
            UserWarning,
            stacklevel=2,
        )
    return finish(np.frombuffer(view, numpy_dtype("frombuffer", dtype), count, offset), requires_grad)


def scalar_tensor(s, *, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False) -> Tensor:
    """A 0-d tensor of a number, in the default dtype.  Torch: torch.scalar_tensor"""
    check_factory("scalar_tensor", device, layout, pin_memory)
    value = number(s, "scalar_tensor", "s", 1)
    return finish(filled((), value, numpy_dtype("scalar_tensor", dtype)), requires_grad)


def is_tensor(obj) -> bool:
    """True for a Tensor.  Torch: torch.is_tensor"""
    return isinstance(obj, Tensor)


# --- from sizes ------------------------------------------------------------------------------------------


def _shape(name, given, keywords) -> tuple[int, ...]:
    """The sizes of f(2, 3), f((2, 3)) or f(size=(2, 3)).

    Raises: TypeError in torch's words for anything else.
    """
    if "size" in keywords:
        if given:
            raise TypeError(f"{name}() got multiple values for argument 'size'")
        size, where = keywords.pop("size"), ""
        if not isinstance(size, tuple | list):
            raise TypeError(f"{name}(): argument 'size' must be tuple of ints, not {type(size).__name__}")
    elif not given:
        raise TypeError(f'{name}() missing 1 required positional arguments: "size"')
    elif is_index(given[0]):
        for at, value in enumerate(given[1:], 2):
            if not is_index(value):
                raise TypeError(
                    f"{name}(): argument 'size' failed to unpack the object at pos {at} with error \"type must be tuple of "
                    f'ints,but got {type(value).__name__}"'
                )
        size, where = given, " (position 1)"
    else:
        size, where = given[0], " (position 1)"
        if len(given) > 1:
            raise TypeError(f"{name}() takes 1 positional argument but {len(given)} were given")
    return _sizes(name, size, where)


def _sizes(name, size, where=" (position 1)") -> tuple[int, ...]:
    if not isinstance(size, tuple | list):
        raise TypeError(f"{name}(): argument 'size'{where} must be tuple of ints, not {type(size).__name__}")
    for at, value in enumerate(size):
        if not is_index(value):
            kind = type(value).__name__
            raise TypeError(
                f"{name}(): argument 'size' failed to unpack the object at pos {at + 1} with error \"type must be tuple of "
                f'ints,but got {kind}"'
                if at
                else f"{name}(): argument 'size'{where} must be tuple of ints, but found element of type {kind} at pos 0"
            )
    shape = tuple([int(n) for n in size])
    if name == "zeros" and any(n < 0 for n in shape):
        raise RuntimeError("zeros: Dimension size must be non-negative.")
    checks.check_nonnegative(shape)
    return shape


def _sized(name, make, doc):
    def create(*size, out=None, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False, **more):
        shape = _shape(name, size, more)
        format = check_format(more.pop("memory_format", None), name) if name == "empty" else None
        if more:
            raise TypeError(f"{name}() got an unexpected keyword argument '{next(iter(more))}'")
        check_factory(name, device, layout, pin_memory)
        if format is preserve_format:
            raise RuntimeError("unsupported memory format Preserve")
        if format is not None:
            strides = format_strides(shape, format)
            return deliver(out, strided_array(shape, strides, out_dtype(name, out, dtype)), requires_grad)
        return deliver(out, make(shape, out_dtype(name, out, dtype)), requires_grad)

    create.__name__ = create.__qualname__ = name
    create.__doc__ = f"{doc}\n\n    Raises: RuntimeError for a negative size.  Torch: torch.{name}"
    return create


zeros = _sized("zeros", np.zeros, "A tensor of zeros: zeros(2, 3) or zeros((2, 3)).")
ones = _sized("ones", np.ones, "A tensor of ones.")
# Not uninitialised: what a program sees in memory it never wrote should not differ from run to run.
empty = _sized("empty", np.zeros, "A tensor whose values the caller is going to write.")


def empty_strided(size, stride, *, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False) -> Tensor:
    """A tensor to be written, with its elements at sum(index * stride) of its memory.

    Raises: RuntimeError if size and stride differ in length, or for negative ones.  Torch: torch.empty_strided
    """
    check_factory("empty_strided", device, layout, pin_memory)
    shape, steps = _sizes("empty_strided", size), tuple([checks.check_int(s, "stride") for s in stride])
    if len(shape) != len(steps):
        raise RuntimeError(f"dimensionality of sizes ({len(shape)}) must match dimensionality of strides ({len(steps)})")
    if any(s < 0 for s in steps):
        raise RuntimeError(f"Storage size calculation overflowed with sizes={list(shape)} and strides={list(steps)}")
    return finish(strided_array(shape, steps, numpy_dtype("empty_strided", dtype)), requires_grad)


def full(size, fill_value, *, out=None, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False):
    """A tensor of one value; its dtype follows the value's kind.

    Raises: TypeError for what is no number, RuntimeError for one out of range.  Torch: torch.full
    """
    check_factory("full", device, layout, pin_memory)
    shape, value = _sizes("full", size), number(fill_value, "full", "fill_value", 2)
    return deliver(out, filled(shape, value, out_dtype("full", out, dtype, dtypes.of_number(value))), requires_grad)


def eye(n, m=None, *, out=None, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False) -> Tensor:
    """Ones on the diagonal, zeros elsewhere.

    Raises: RuntimeError for a negative size.  Torch: torch.eye
    """
    check_factory("eye", device, layout, pin_memory)
    for at, (name, extent) in enumerate((("n", n), ("m", m)), 1):
        if extent is None and name == "m":
            continue
        if not is_index(extent):
            raise TypeError(f"eye(): argument '{name}' (position {at}) must be int, not {type(extent).__name__}")
        if extent < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {int(extent)}")
    array = np.eye(int(n), None if m is None else int(m), dtype=out_dtype("eye", out, dtype))
    return deliver(out, array, requires_grad)


# --- like others -------------------------------------------------------------------------------------------


def _like(name, value, doc):
    def create(input, *, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False, memory_format=None):
        checks.check_tensor(input, name)
        check_factory(name, device, layout, pin_memory)
        array = like(input._array, check_format(memory_format, name), numpy_dtype(name, dtype, input.dtype))
        if value:
            array.fill(value)
        return finish(array, requires_grad)

    create.__name__ = create.__qualname__ = name
    create.__doc__ = f"{doc}\n\n    Torch: torch.{name}"
    return create


zeros_like = _like("zeros_like", 0, "Zeros of the same shape and dtype.")
ones_like = _like("ones_like", 1, "Ones of the same shape and dtype.")
empty_like = _like("empty_like", 0, "A tensor of the same shape and dtype, to be written.")


def full_like(
    input, fill_value, *, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False, memory_format=None
):
    """One value, in the shape and dtype of `input`.

    Raises: TypeError for what is no number.  Torch: torch.full_like
    """
    checks.check_tensor(input, "full_like")
    check_factory("full_like", device, layout, pin_memory)
    value = number(fill_value, "full_like", "fill_value", 2)
    result = empty_like(input, dtype=dtype, requires_grad=requires_grad, memory_format=memory_format)
    result._array[...] = filled((), value, result._array.dtype)
    return result


# --- methods -------------------------------------------------------------------------------------------------


def _new(name, make):
    def method(self, *size, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False, **more):
        shape = _shape(name, size, more)
        if more:
            raise TypeError(f"{name}() got an unexpected keyword argument '{next(iter(more))}'")
        check_factory(name, device, layout, pin_memory)
        return finish(make(shape, numpy_dtype(name, dtype, self.dtype)), requires_grad)

    method.__name__ = name
    method.__doc__ = f"`{name[4:]}` with this tensor's dtype.  Torch: Tensor.{name}"
    return method


def _new_full(self, size, fill_value, *, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False):
    """`full` with this tensor's dtype.  Torch: Tensor.new_full"""
    check_factory("new_full", device, layout, pin_memory)
    value = number(fill_value, "new_full", "fill_value", 2)
    return finish(filled(_sizes("new_full", size), value, numpy_dtype("new_full", dtype, self.dtype)), requires_grad)


def _new_tensor(self, data, *, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False):
    """`tensor(data)` with this tensor's dtype.  Torch: Tensor.new_tensor"""
    check_factory("new_tensor", device, layout, pin_memory)
    _warn_of_tensor(data, "tensor.new_tensor")
    return finish(to_array(data, self.dtype if dtype is None else to_dtype_object(dtype, "new_tensor")), requires_grad)


def _new_empty_strided(self, size, stride, *, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False):
    """`empty_strided` with this tensor's dtype.  Torch: Tensor.new_empty_strided"""
    options = {"layout": layout, "device": device, "pin_memory": pin_memory, "requires_grad": requires_grad}
    return empty_strided(size, stride, dtype=dtype or self.dtype, **options)


# (By setattr, since a checker reads an assignment as a new attribute.)
for _name, _make in (("new_zeros", np.zeros), ("new_ones", np.ones), ("new_empty", np.zeros)):
    setattr(Tensor, _name, _new(_name, _make))
for _name, _method in (("full", _new_full), ("tensor", _new_tensor), ("empty_strided", _new_empty_strided)):
    setattr(Tensor, f"new_{_name}", _method)
