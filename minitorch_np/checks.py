"""Argument checks that raise torch's errors, with torch's words, before anything is written."""

import numbers
import operator
import warnings

import numpy as np

from . import dtypes

dtype_of = dtypes.from_numpy_dtype

# What some of torch's sentences call a dtype.
C_NAMES = {
    "float16": "c10::Half",
    "float32": "float",
    "float64": "double",
    "int64": "long int",
    "int32": "int",
    "int16": "short int",
    "int8": "signed char",
    "uint8": "unsigned char",
    "bool": "bool",
}


def check_dim(dim, ndim: int) -> int:
    """`dim` counted from the front.  A 0-d tensor counts as one-dimensional here, as in torch."""
    if type(dim) is int and 0 <= dim < ndim:
        return dim
    dim = check_int(dim, "dim")
    extent = max(ndim, 1)
    if not -extent <= dim < extent:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-extent}, {extent - 1}], but got {dim})")
    return dim % extent


def check_dims(dims, ndim: int) -> tuple[int, ...]:
    """Several dims, counted from the front, no two the same."""
    if isinstance(dims, int | np.integer):
        dims = (dims,)
    result = tuple([check_dim(d, ndim) for d in dims])
    if len(set(result)) != len(result):
        twice = next(d for d in result if result.count(d) > 1)
        raise RuntimeError(f"dim {twice} appears multiple times in the list of dims")
    return result


def check_int(value, name: str) -> int:
    """An integer (Python's, NumPy's or a one-element integer tensor's), not a float or bool."""
    if isinstance(value, int):
        return value
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError(f"argument '{name}' must be int, not {type(value).__name__}") from None


def check_scalar(value, function: str, argument: str, position: int, kind: str = "float") -> None:
    """An argument of a layer's function is a number; for kind "int" a whole one.  Raises: TypeError"""
    if hasattr(value, "_array"):
        fits = not value.ndim and (kind != "int" or not value.is_floating_point())
    elif kind == "int":
        fits = hasattr(value, "__index__")
    else:
        fits = isinstance(value, numbers.Real | np.generic)
    if not fits:
        raise TypeError(f"{function}(): argument '{argument}' (position {position}) must be {kind}, not {type_name(value)}")


def check_shape(size) -> tuple[int, ...]:
    """Sizes given as `f(2, 3)`, `f((2, 3))` or `f(Size([2, 3]))`, none negative."""
    if len(size) == 1 and not hasattr(size[0], "__index__"):
        size = size[0]
    try:
        shape = tuple([operator.index(s) for s in size])
    except TypeError:
        raise TypeError(f"size must be a tuple of ints, but got {type(size).__name__} of {size!r}") from None
    check_nonnegative(shape)
    return shape


def check_nonnegative(shape) -> None:
    for s in shape:
        if s < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {s}: {list(shape)}")


def check_broadcast(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    """The shape that `a` and `b` broadcast to."""
    if a == b:
        return a
    ndim = max(len(a), len(b))
    shape = [1] * ndim
    for back in range(1, ndim + 1):
        m = a[-back] if back <= len(a) else 1
        n = b[-back] if back <= len(b) else 1
        if m != n and m != 1 and n != 1:
            raise RuntimeError(
                f"The size of tensor a ({m}) must match the size of tensor b ({n}) at non-singleton dimension {ndim - back}"
            )
        shape[-back] = n if m == 1 else m
    return tuple(shape)


def is_expandable(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    """True if a tensor of `shape` broadcasts to exactly `to`."""
    return len(shape) <= len(to) and all(s in (1, t) for s, t in zip(shape[::-1], to[::-1]))


def check_view_shape(shape, numel: int) -> tuple[int, ...]:
    """A reshape's target with its -1, if any, replaced by what is left over."""
    known = 1
    for s in shape:
        if type(s) is not int or s < 0:
            break
        known *= s
    else:  # the commonest case
        if known == numel:
            return tuple(shape)
    shape = tuple([check_int(s, "shape") for s in shape])
    if shape.count(-1) > 1:
        raise RuntimeError("only one dimension can be inferred")
    if any(s < -1 for s in shape):
        raise RuntimeError(f"invalid shape dimension {next(s for s in shape if s < -1)}")
    known = 1
    for s in shape:
        known *= 1 if s == -1 else s
    if -1 in shape:
        if known == 0 and numel == 0:
            raise RuntimeError(
                f"cannot reshape tensor of 0 elements into shape {list(shape)} because the unspecified dimension "
                "size -1 can be any value and is ambiguous"
            )
        if known and numel % known == 0:
            return tuple([numel // known if s == -1 else s for s in shape])
    elif known == numel:
        return shape
    raise RuntimeError(f"shape '{list(shape)}' is invalid for input of size {numel}")


def check_castable(result: dtypes.dtype, to: dtypes.dtype) -> None:
    """A result may be written into an existing tensor unless its category is higher."""
    if not dtypes.can_cast(result, to):
        raise RuntimeError(f"result type {result.long_name} can't be cast to the desired output type {to.long_name}")


def check_out_dtype(result: dtypes.dtype, out: dtypes.dtype) -> None:
    """Some operations write into their own dtype only."""
    if out is not result:
        wanted, got = C_NAMES[result.name], C_NAMES[out.name]
        raise RuntimeError(f"Expected out tensor to have dtype {wanted}, but got {got} instead")


def check_found(found: dtypes.dtype, expected: dtypes.dtype) -> None:
    """Others say the same in other words."""
    if found is not expected:
        raise RuntimeError(f"Found dtype {found.long_name} but expected {expected.long_name}")


def check_writable(array: np.ndarray) -> None:
    """No two elements of what is written may share memory (an expanded tensor's do)."""
    if array.size and 0 in array.strides and any(s == 0 and n > 1 for s, n in zip(array.strides, array.shape)):
        raise RuntimeError(
            "unsupported operation: more than one element of the written-to tensor refers to a single memory "
            "location. Please clone() the tensor before performing the operation."
        )


def check_dtype(d) -> dtypes.dtype:
    """A dtype object, or torch's TypeError."""
    if not isinstance(d, dtypes.dtype):
        raise TypeError(f"argument 'dtype' must be torch.dtype, not {type(d).__name__}")
    return d


def single(array):
    """The one element of an array, where Python asks a tensor to be a number."""
    if array.size != 1:
        raise ValueError("only one element tensors can be converted to Python scalars")
    return array.item()


def type_name(value) -> str:
    """A type as torch names it in sentences: those of NumPy with their module."""
    kind = type(value)
    return f"numpy.{kind.__name__}" if kind.__module__ == "numpy" else kind.__name__


def check_array(array, written: bool = True) -> None:
    """An array that a tensor can be made around; with a warning if a tensor could not be `written` to there.

    Raises: TypeError for its dtype, ValueError for its strides or byte order.
    """
    if any(s < 0 for s in array.strides):
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative strides are not "
            "currently supported. (You can probably work around this by making a copy of your array  with "
            "array.copy().) "
        )
    if any(s % array.itemsize for s in array.strides):
        raise ValueError(
            "given numpy array strides not a multiple of the element byte size. Copy the numpy array to reallocate the "
            "memory."
        )
    dtypes.from_numpy_dtype(array.dtype)
    if not array.dtype.isnative:
        raise ValueError(
            "given numpy array has byte order different from the native byte order. Conversion between byte orders is "
            "currently not supported."
        )
    if written and not array.flags.writeable:
        warnings.warn(
            "The given NumPy array is not writable, and PyTorch does not support non-writable tensors. This means "
            "writing to this tensor will result in undefined behavior. You may want to copy the array to protect its data "
            "or make it writable before converting it to a tensor. This type of warning will be suppressed for the rest "
            "of this program.",
            stacklevel=3,
        )


def check_tensor(value, function: str, name: str = "input", position: int = 1) -> None:
    """A Tensor where torch demands one."""
    if not hasattr(value, "_array"):
        raise TypeError(f"{function}(): argument '{name}' (position {position}) must be Tensor, not {type_name(value)}")


def check_same_dtype(a, b, what: str = "expected m1 and m2 to have the same dtype, but got: {} != {}") -> None:
    """Matrix products do not promote."""
    if a.dtype is not b.dtype:
        raise RuntimeError(what.format(C_NAMES[a.dtype.name], C_NAMES[b.dtype.name]))


def check_out_of_range(index: int, dim: int, extent: int) -> None:
    """An integer index must lie in [-extent, extent)."""
    if not -extent <= index < extent:
        raise IndexError(f"index {index} is out of bounds for dimension {dim} with size {extent}")


def warn_resized(out, result) -> None:
    """An `out=` tensor of another shape is resized; torch warns unless it was empty."""
    if out._array.size:
        warnings.warn(
            f"An output with one or more elements was resized since it had shape {list(out.shape)}, which does not "
            f"match the required output shape {list(result.shape)}. This behavior is deprecated, and in a future "
            "PyTorch release outputs will not be resized unless they have zero elements. You can explicitly reuse an "
            "out tensor t by resizing it, inplace, to zero elements with t.resize_(0).",
            UserWarning,
            stacklevel=3,
        )


def warn_grad_of_non_leaf() -> None:
    """Reading `.grad` where backward() will never write it is most often a mistake."""
    warnings.warn(
        "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be "
        "populated during autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf "
        "Tensor, use .retain_grad() on the non-leaf Tensor.",
        UserWarning,
        stacklevel=3,
    )


# What C calls the dtypes, as one sentence of torch does.
IN_C = {
    "float16": "c10::Half", "float32": "float", "float64": "double", "int64": "long int", "int32": "int",
    "int16": "short int", "int8": "signed char", "uint8": "unsigned char",
}  # fmt: skip


def check_grad_assignable(x, grad) -> None:
    """What is assigned to x.grad must be another tensor of x's dtype and shape."""
    if not hasattr(grad, "_array"):
        raise TypeError(f"assigned grad expected to be a Tensor or None but got grad of type {type(grad).__name__}")
    if grad is x:
        raise RuntimeError("can't assign Variable as its own grad")
    if grad.dtype is not x.dtype:
        raise RuntimeError(
            f"attempting to assign a gradient with dtype '{IN_C.get(grad.dtype.name, grad.dtype.name)}' to a tensor with "
            f"grad_dtype '{x.dtype.long_name}'. The gradient must match the tensor's grad_dtype (defaults to the tensor's "
            "dtype). You can set the tensor's grad_dtype attribute with a specific dtype, or None to allow any dtype. Set "
            "grad_dtype with caution. Diverging the dtypes of a tensor and its gradient may break downstream systems that "
            "assume they match."
        )
    if grad._array.shape != x._array.shape:
        raise RuntimeError(
            f"attempting to assign a gradient of size '{list(grad.shape)}' to a tensor of size '{list(x.shape)}'. "
            "Please ensure that the gradient and the tensor are the same size"
        )


def check_gradient_shape(function: str, at: int, got, wanted) -> None:
    """A gradient must have its input's shape, or one that sums to it."""
    if not is_expandable(wanted, got):
        raise RuntimeError(
            f"Function {function} returned an invalid gradient at index {at} - got {list(got)} but expected shape "
            f"compatible with {list(wanted)}"
        )


def check_mask(mask) -> None:
    """Raises: RuntimeError for a mask of another dtype than bool."""
    if mask._array.dtype.kind != "b":
        raise RuntimeError(f"masked_fill_ only supports boolean masks, but got mask with dtype {C_NAMES[mask.dtype.name]}")
