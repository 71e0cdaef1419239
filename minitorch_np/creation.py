"""New tensors from data, from sizes, and like others."""

import math

import numpy as np

from . import checks, dtypes
from .devices import check_device
from .formats import check_format, like
from .tensor import Tensor

__all__ = [
    "arange", "as_tensor", "empty", "empty_like", "eye", "from_numpy", "full", "full_like", "is_tensor", "linspace",
    "ones", "ones_like", "tensor", "zeros", "zeros_like",
]  # fmt: skip


def _finish(array, requires_grad=False) -> Tensor:
    result = Tensor._wrap(array)
    return result.requires_grad_() if requires_grad else result


def _numpy_dtype(dtype, fallback=None):
    if dtype is None:
        return (fallback or dtypes.get_default_dtype()).numpy
    return checks.check_dtype(dtype).numpy


def _check_factory(device, layout=None, pin_memory=False) -> None:
    check_device(device)
    if layout is not None and str(layout) != "torch.strided":
        raise NotImplementedError(f"layout={layout} is not supported")
    if pin_memory:
        raise RuntimeError("Cannot access accelerator device when none is available.")


# --- from data ----------------------------------------------------------------------------------------


def _from_data(data, dtype) -> np.ndarray:
    """Nested sequences, numbers, arrays and tensors as a new array of torch's inferred dtype.

    Raises: ValueError for ragged sequences, TypeError or RuntimeError for elements that are no numbers.
    """
    if isinstance(data, Tensor):
        return np.array(data._array, _numpy_dtype(dtype, data.dtype))
    if isinstance(data, np.ndarray | np.generic):
        checks.check_array(data, written=False)
        return np.array(data, _numpy_dtype(dtype, dtypes.from_numpy_dtype(data.dtype)))
    shape = _shape_of(data)
    leaves: list = []
    _collect(data, shape, 0, leaves)
    if dtype is None:
        inferred = None
        for leaf in leaves:
            d = (
                leaf.dtype
                if isinstance(leaf, Tensor)
                else dtypes.from_numpy_dtype(leaf.dtype)
                if isinstance(leaf, np.generic)
                else dtypes.of_number(leaf)
            )
            inferred = d if inferred is None else dtypes.promote_types(inferred, d)
        dtype = inferred or dtypes.get_default_dtype()
    values = [v.item() if isinstance(v, Tensor) else v for v in leaves]
    try:
        return np.array(values, checks.check_dtype(dtype).numpy).reshape(shape)
    except OverflowError:
        raise RuntimeError(f"value cannot be converted to type {dtype.name} without overflow") from None


def _is_sequence(data) -> bool:
    return (
        isinstance(data, list | tuple | range)
        or (isinstance(data, Tensor | np.ndarray) and data.ndim > 0)
        or (not isinstance(data, str | Tensor) and hasattr(data, "__len__") and hasattr(data, "__getitem__"))
    )


def _shape_of(data) -> tuple[int, ...]:
    shape = []
    while _is_sequence(data):
        if isinstance(data, dict):
            break
        shape.append(len(data))
        if not len(data):
            break
        data = data[0]
    return tuple(shape)


def _collect(data, shape, depth, leaves) -> None:
    if depth < len(shape):
        if not _is_sequence(data):
            raise TypeError(
                f"expected sequence object with len >= 0 or a sequence, but got {type(data).__name__}"
                if isinstance(data, dict)
                else "not a sequence"
            )
        if len(data) != shape[depth]:
            raise ValueError(f"expected sequence of length {shape[depth]} at dim {depth} (got {len(data)})")
        for item in data:
            _collect(item, shape, depth + 1, leaves)
        return
    if isinstance(data, str):
        raise (
            ValueError(f"too many dimensions '{type(data).__name__}'")
            if shape
            else TypeError(f"new(): invalid data type '{type(data).__name__}'")
        )
    if _is_sequence(data) and not isinstance(data, dict):
        raise ValueError(f"too many dimensions '{type(data).__name__}'")
    if isinstance(data, complex):
        raise NotImplementedError("complex dtypes are not supported")
    if not isinstance(data, int | float | np.generic | Tensor | np.ndarray):
        raise RuntimeError(f"Could not infer dtype of {type(data).__name__}")
    leaves.append(data[()] if isinstance(data, np.ndarray) else data)


def tensor(data, *, dtype=None, device=None, requires_grad=False, pin_memory=False) -> Tensor:
    """A new tensor with a copy of `data`: numbers, nested sequences, arrays.

    Floats become the default dtype, ints int64.
    Raises: ValueError for ragged sequences.  Torch: torch.tensor
    """
    _check_factory(device, None, pin_memory)
    return _finish(_from_data(data, dtype), requires_grad)


def as_tensor(data, dtype=None, device=None) -> Tensor:
    """`data` as a tensor, sharing memory where it can.  Torch: torch.as_tensor"""
    check_device(device)
    if isinstance(data, Tensor):
        return data if dtype is None or dtype is data.dtype else data.to(dtype)
    if isinstance(data, np.ndarray) and (dtype is None or data.dtype == checks.check_dtype(dtype).numpy):
        return from_numpy(data)
    return _finish(_from_data(data, dtype))


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


def is_tensor(obj) -> bool:
    """True for a Tensor.  Torch: torch.is_tensor"""
    return isinstance(obj, Tensor)


# --- from sizes ------------------------------------------------------------------------------------------


def _sized(name, make, doc):
    def create(*size, out=None, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False, **more):
        size = more.pop("size", None) if "size" in more else size
        if more and set(more) - {"memory_format", "names"}:
            raise TypeError(f"{name}() got an unexpected keyword argument '{next(iter(more))}'")
        _check_factory(device, layout, pin_memory)
        shape = checks.check_shape(size if isinstance(size, tuple) else (size,))
        if out is not None:
            out._array = make(shape, _numpy_dtype(dtype, out.dtype))
            return out
        return _finish(make(shape, _numpy_dtype(dtype)), requires_grad)

    create.__name__ = create.__qualname__ = name
    create.__doc__ = f"{doc}\n\n    Raises: RuntimeError for a negative size.  Torch: torch.{name}"
    return create


zeros = _sized("zeros", np.zeros, "A tensor of zeros: zeros(2, 3) or zeros((2, 3)).")
ones = _sized("ones", np.ones, "A tensor of ones.")
# Not uninitialised: what a program sees in memory it never wrote should not differ from run to run.
empty = _sized("empty", np.zeros, "A tensor whose values the caller is going to write.")


def full(size, fill_value, *, out=None, dtype=None, layout=None, device=None, requires_grad=False) -> Tensor:
    """A tensor of one value; its dtype follows the value's kind.  Torch: torch.full"""
    _check_factory(device, layout)
    shape = checks.check_shape((size,) if not isinstance(size, int) else (size,))
    value = fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    return _finish(np.full(shape, value, _numpy_dtype(dtype, dtypes.of_number(value))), requires_grad)


def eye(n, m=None, *, out=None, dtype=None, layout=None, device=None, requires_grad=False) -> Tensor:
    """Ones on the diagonal, zeros elsewhere.  Torch: torch.eye"""
    _check_factory(device, layout)
    for name, extent in (("n", n), ("m", m)):
        if extent is not None and extent < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {extent}")
    return _finish(np.eye(n, m, dtype=_numpy_dtype(dtype)), requires_grad)


def arange(start, end=None, step=1, *, out=None, dtype=None, layout=None, device=None, requires_grad=False) -> Tensor:
    """start, start + step, ... below end; int64 if all three are ints.

    Raises: RuntimeError for a zero step or one of the wrong sign.  Torch: torch.arange
    """
    _check_factory(device, layout)
    if end is None:
        start, end = 0, start
    start, end, step = (v.item() if isinstance(v, Tensor) else v for v in (start, end, step))
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if not all(math.isfinite(v) for v in (start, end)):
        raise RuntimeError(f"unsupported range: {start} -> {end}")
    if (end - start) * (1 if step > 0 else -1) < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    ints = all(isinstance(v, int | np.integer) for v in (start, end, step))
    np_dtype = _numpy_dtype(dtype, dtypes.int64 if ints else dtypes.get_default_dtype())
    count = math.ceil((end - start) / step)
    if np_dtype.kind == "f":
        return _finish((start + np.arange(count, dtype=np.float64) * step).astype(np_dtype), requires_grad)
    return _finish((int(start) + np.arange(count) * int(step)).astype(np_dtype), requires_grad)


def linspace(start, end, steps, *, out=None, dtype=None, layout=None, device=None, requires_grad=False) -> Tensor:
    """`steps` values from start to end, both included.

    Raises: RuntimeError for negative steps.  Torch: torch.linspace
    """
    _check_factory(device, layout)
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    start, end = (v.item() if isinstance(v, Tensor) else v for v in (start, end))
    return _finish(np.linspace(start, end, steps).astype(_numpy_dtype(dtype)), requires_grad)


# --- like others -------------------------------------------------------------------------------------------


def _like(name, value, doc):
    def create(input, *, dtype=None, layout=None, device=None, requires_grad=False, memory_format=None):
        checks.check_tensor(input, name)
        _check_factory(device, layout)
        array = like(input._array, check_format(memory_format, name), _numpy_dtype(dtype, input.dtype))
        if value:
            array.fill(value)
        return _finish(array, requires_grad)

    create.__name__ = create.__qualname__ = name
    create.__doc__ = f"{doc}\n\n    Torch: torch.{name}"
    return create


zeros_like = _like("zeros_like", 0, "Zeros of the same shape and dtype.")
ones_like = _like("ones_like", 1, "Ones of the same shape and dtype.")
empty_like = _like("empty_like", 0, "A tensor of the same shape and dtype, to be written.")


def full_like(input, fill_value, *, dtype=None, layout=None, device=None, requires_grad=False, memory_format=None):
    """One value, in the shape and dtype of `input`.  Torch: torch.full_like"""
    _check_factory(device, layout)
    value = fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    return _finish(np.full_like(input._array, value, dtype=_numpy_dtype(dtype, input.dtype)), requires_grad)


def _new(name, create):
    def method(self, *size, dtype=None, device=None, requires_grad=False, layout=None, pin_memory=False):
        return create(*size, dtype=dtype or self.dtype, device=device, requires_grad=requires_grad)

    method.__name__ = name
    method.__doc__ = f"`{create.__name__}` with this tensor's dtype.  Torch: Tensor.{name}"
    setattr(Tensor, name, method)


for _function in (zeros, ones, empty, full):
    _new(f"new_{_function.__name__}", _function)


def _new_tensor(self, data, *, dtype=None, device=None, requires_grad=False):
    """`tensor(data)` with this tensor's dtype.  Torch: Tensor.new_tensor"""
    return tensor(data, dtype=dtype or self.dtype, device=device, requires_grad=requires_grad)


setattr(Tensor, "new_tensor", _new_tensor)  # noqa: B010  (a checker reads an assignment as a new attribute)
