"""@public: one decorator gives an operation all its spellings.

    @public(inplace=True, operator="mul", out=True)
    def mul(input, other): ...

makes minitorch_np.mul (with `out=`), Tensor.mul, Tensor.mul_, and x * y, 2 * x, x *= y.
"""

import functools

import numpy as np

from .. import checks, dtypes
from ..autograd.mode import state
from ..autograd.views import check_inference, write
from ..tensor import Tensor

# {namespace: {name: function}}; the packages' __init__ files copy theirs from here.
NAMESPACES: dict[str, dict] = {"": {}, "nn.functional": {}, "linalg": {}}

REFLECTED = {"add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor", "lshift", "rshift"}
HELD = {d.numpy for d in dtypes.ALL}
OPERANDS = (Tensor, int, float, np.number, np.bool_)
COMPARISONS = {"eq", "ne", "lt", "le", "gt", "ge"}


def public(function=None, **spellings):
    """Publish `function` under torch's spellings; those of `_publish`, by keyword.

    Raises: RuntimeError if a spelling is taken already.
    """
    if function is None:
        return functools.partial(_publish, **spellings)
    return _publish(function, **spellings)


def _publish(
    function, *, method=True, inplace=False, operator=None, namespace=("",), name=None, out=False, axis=False, also=None,
    same_as=None,
):  # fmt: skip
    """namespace: where it is a function; method: also Tensor.NAME; inplace: also Tensor.NAME_ (True, or what writes it);
    operator: the dunder's stem ("mul" for __mul__, __rmul__, __imul__); out: the function takes `out=` (OUT_RULES);
    axis: it takes NumPy's names, axis for dim and keepdims for keepdim, too;
    also: {name: parameter}, further names of parameters, which torch has in some overloads;
    same_as: the function by whose name errors about `out=` go.
    """
    name = name or function.__name__
    if axis:
        function = _with_axis(function)
    called = _renaming(function, also) if also else function
    for space in namespace:
        if name in NAMESPACES[space]:
            raise RuntimeError(f"{space}.{name} is declared twice")
        known_as = same_as or (f"{space}_{name}" if space == "linalg" else name)
        NAMESPACES[space][name] = _with_out(called, known_as, out) if out else called
    if method:
        _attach(name, called)
    if inplace:
        _attach(name + "_", in_place(function, name + "_", write if inplace is True else inplace))
    if operator:
        _attach_operator(operator, function, inplace)
    return function


def _attach(name, function):
    if name in Tensor.__dict__:
        raise RuntimeError(f"Tensor.{name} is declared twice")
    setattr(Tensor, name, function)


def in_place(function, name, writer=write):
    """x.NAME_(...): the generic in-place write around the out-of-place function, or another's (inplace.py)."""

    @functools.wraps(function)
    def method(input, *args, **kwargs):
        try:
            return writer(input, function, args, kwargs)
        except TypeError as error:
            error.args = (str(error).replace(f"{name[:-1]}():", f"{name}():"), *error.args[1:])
            raise

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"In-place version of `{name[:-1]}`."
    return method


def is_operand(value) -> bool:
    """True for what may stand beside a tensor: a tensor or a number (NumPy's too).

    Not for an array: `x + array` is NumPy's to compute, and Tensor.__array_wrap__ makes the result a tensor.
    """
    return isinstance(value, OPERANDS)


def _attach_operator(stem, function, inplace):
    forward, reflected = f"__{stem}__", f"__r{stem}__"
    if stem in COMPARISONS or stem in REFLECTED:

        @functools.wraps(function)
        def left(self, other):
            if type(other) is Tensor or is_operand(other):
                return function(self, other)
            if stem == "eq" and type(other) is np.ndarray and other.dtype in HELD:  # what torch, too, computes with an array
                return function(self, Tensor._wrap(other))
            return NotImplemented

        setattr(Tensor, forward, left)
    else:
        setattr(Tensor, forward, function)
    if stem in REFLECTED:
        setattr(Tensor, reflected, lambda self, other: function(other, self) if is_operand(other) else NotImplemented)
        if inplace:
            name = f"{function.__name__}_"
            twin = in_place(function, name, write if inplace is True else inplace)
            setattr(Tensor, f"__i{stem}__", lambda self, other: twin(self, other) if is_operand(other) else NotImplemented)


def _with_axis(function):
    """The same function, which takes NumPy's names for its keywords, too."""

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        if not kwargs:
            return function(*args)
        if "axis" in kwargs and "out" in kwargs:  # so NumPy's np.sum(x) calls the method, which has no `out`
            raise TypeError(f"{function.__name__}() got an unexpected keyword argument 'axis'")
        for numpy_name, name in (("axis", "dim"), ("keepdims", "keepdim")):
            if numpy_name in kwargs:
                kwargs[name] = kwargs.pop(numpy_name)
        return function(*args, **kwargs)

    return wrapper


def _renaming(function, also):
    """The same function, some of whose parameters have further names."""

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        for other, name in also.items():
            if other in kwargs:
                kwargs[name] = kwargs.pop(other)
        return function(*args, **kwargs)

    return wrapper


# What an operation demands of its `out=`, beside room for the result.  True: that the result can be cast, or, of several
# results, that each has its own dtype.
OUT_RULES = {
    True: lambda name, result, out, operands: checks.check_castable(result.dtype, out.dtype),
    "answer": lambda name, result, out, operands: checks.check_castable(result.dtype, out.dtype),  # without history
    "exact": lambda name, result, out, operands: checks.check_out_dtype(result.dtype, out.dtype),
    "dtype": lambda name, result, out, operands: checks.check_out_dtype(result.dtype, out.dtype),  # its own unless given
    "found": lambda name, result, out, operands: checks.check_found(out.dtype, result.dtype),
}


def _with_out(function, name, rule):
    """The same function with `out=` (a tensor, or as many as there are results): written there after all checks.

    name: as errors call it; the inputs of those that torch calls aten::... may require grad, as nothing would reach them.
    """
    check = OUT_RULES.get(rule, rule)

    @functools.wraps(function)
    def wrapper(*args, out=None, **kwargs):
        if out is None:
            return function(*args, **kwargs)
        outs = tuple(out) if isinstance(out, tuple | list) else (out,)
        for o in outs:
            checks.check_tensor(o, name, "out")
            check_inference(o)
        operands = (*args, *kwargs.values())
        given = () if rule == "answer" else outs if name.startswith("aten::") else (*operands, *outs)
        tensors = [a for a in given if isinstance(a, Tensor)]
        if state.enabled and any(t.requires_grad for t in tensors):
            raise RuntimeError(
                f"{name}(): functions with out=... arguments don't support automatic differentiation, but one of the "
                "arguments requires grad."
            )
        if rule == "dtype" and kwargs.get("dtype") is None:
            kwargs["dtype"] = outs[0].dtype
        result = function(*args, **kwargs)
        results = result if isinstance(result, tuple) else (result,)
        if len(outs) != len(results) or isinstance(result, tuple) != isinstance(out, tuple | list):
            wanted, got = "tuple of Tensors" if isinstance(result, tuple) else "Tensor", type(out).__name__
            raise TypeError(f"{name}(): argument 'out' must be {wanted}, not {got}")
        for o, r in zip(outs, results):
            (OUT_RULES["exact"] if len(results) > 1 and rule is True else check)(name, r, o, operands)
        for o, r in zip(outs, results):
            _write_out(o, r)
        if hasattr(result, "_fields"):
            return type(f"{name}_out", (type(result),), {})(*outs)
        return outs if isinstance(result, tuple) else out

    return wrapper


def _write_out(out, result):
    if out._array.shape == result._array.shape:
        checks.check_writable(out._array)
        out._array[...] = result._array
    else:
        checks.warn_resized(out, result)
        out._array, out._root = result._array.astype(out._array.dtype), None
    out._bump_version()
