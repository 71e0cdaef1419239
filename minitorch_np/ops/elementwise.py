"""How an elementwise operation is made: `unary` and `binary` turn one row into an op with all its spellings."""

import numpy as np

from .. import checks, dtypes
from ..autograd.op import Op
from ..tensor import Tensor
from .public import public


def unary(name, function, gradient=None, *, formula, kind="same", **spellings):
    """Declare an elementwise operation of one tensor.

    function: ndarray -> ndarray; gradient: lambda of (g, any of x, out); kind: "same" keeps the dtype,
    "float" turns integers and bools into the default dtype, "bool" is for questions.
    """

    def forward(x):
        return function(x)

    forward.__name__ = name
    operation = Op(forward, elementwise=True)
    if gradient is not None:
        operation.gradient(gradient)

    def call(input):
        checks.check_tensor(input, name)
        if kind == "float" and input._array.dtype.kind != "f":
            input = to_dtype(input, dtypes.get_default_dtype())
        return operation(input)

    _describe(call, name, formula)
    spellings.setdefault("inplace", kind != "bool")
    spellings.setdefault("out", kind != "bool")
    public(call, **spellings)
    return operation


def binary(name, function, *gradients, formula, kind="same", **spellings):
    """Declare an elementwise operation of two tensors, or a tensor and a number, with broadcasting and promotion.

    gradients: one lambda of (g, any of a, b, out) per input; kind as for `unary`.
    """

    def forward(a, b):
        return function(a, b)

    forward.__name__ = name
    operation = Op(forward, elementwise=True)
    if gradients:
        operation.gradients(*gradients)

    def call(input, other):
        return operation(*operands(input, other, name, kind))

    _describe(call, name, formula)
    spellings.setdefault("inplace", True)
    spellings.setdefault("out", True)
    public(call, **spellings)
    return operation


def _describe(call, name, formula):
    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"{formula}, elementwise.\n\nTorch: torch.{name}"


def to_dtype(x: Tensor, dtype: dtypes.dtype) -> Tensor:
    """x, cast if need be."""
    return x if x._array.dtype == dtype.numpy else x.to(dtype)


def operands(a, b, name, kind="same"):
    """Two arguments promoted to one dtype; a Python number stays one, in that dtype's range.

    Raises: TypeError for what is neither tensor nor number, RuntimeError for shapes that do not broadcast.
    """
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        x, y = a._array, b._array
        if x.shape != y.shape:
            checks.check_broadcast(x.shape, y.shape)
        if x.dtype is y.dtype and (kind != "float" or x.dtype.kind == "f"):
            return a, b
        dtype = dtypes.result_type(a, b)
        if kind == "float" and not dtype.is_floating_point:
            dtype = dtypes.get_default_dtype()
        return to_dtype(a, dtype), to_dtype(b, dtype)
    if type(b) in (float, int) and isinstance(a, Tensor) and a._array.dtype.kind == "f":
        return a, b  # the commonest case: nothing to promote
    if not isinstance(a, Tensor) and not isinstance(b, Tensor):
        raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {type(a).__name__}")
    first = isinstance(a, Tensor)
    tensor, number = (a, b) if first else (b, a)
    number = as_number(number, name, "other" if first else "input", 2 if first else 1)
    dtype = dtypes.result_type(tensor, number)
    if kind == "float" and not dtype.is_floating_point:
        dtype = dtypes.get_default_dtype()
    tensor = to_dtype(tensor, dtype)
    if not dtype.is_floating_point and not (kind == "bool" and dtype is not dtypes.bool_):
        number = np.asarray(number).astype(dtype.numpy)[()]  # wraps around, as a C cast does
    return (tensor, number) if first else (number, tensor)


def as_number(value, name, argument="other", position=2):
    """A Python number; NumPy scalars and 0-d arrays are taken as one."""
    if isinstance(value, int | float):
        return value
    if isinstance(value, np.generic) or isinstance(value, np.ndarray) and value.ndim == 0:
        return value.item()
    raise TypeError(f"{name}(): argument '{argument}' (position {position}) must be Tensor, not {type(value).__name__}")
