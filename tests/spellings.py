"""Every way to call what a record is about: keywords, methods, in-place methods, operators, `out=`, other names."""

import contextlib
import dataclasses
import warnings
from collections.abc import Callable

import numpy as np

OPERATORS = {
    "abs": "abs",
    "add": "add",
    "and": "bitwise_and",
    "eq": "eq",
    "floordiv": "floor_divide",
    "ge": "ge",
    "gt": "gt",
    "invert": "bitwise_not",
    "le": "le",
    "lshift": "bitwise_left_shift",
    "lt": "lt",
    "matmul": "matmul",
    "mod": "remainder",
    "mul": "mul",
    "ne": "ne",
    "neg": "neg",
    "or": "bitwise_or",
    "pos": "positive",
    "pow": "pow",
    "rshift": "bitwise_right_shift",
    "sub": "sub",
    "truediv": "true_divide",
    "xor": "bitwise_xor",
}


@dataclasses.dataclass
class Call:
    """One call of a record's function: what was called, with what."""

    lib: object
    function: Callable
    args: tuple
    kwargs: dict

    def of_tensor(self) -> bool:
        """True if the first argument is a tensor: then the function may be a method, too."""
        return bool(self.args) and isinstance(self.args[0], self.lib.Tensor)

    def __call__(self, function=None, **more):
        """The same call of the same, or another, function."""
        return (function or self.function)(*self.args, **{**self.kwargs, **more})


class Watched:
    """A library in which the calls of one function (a dotted path) are noted."""

    def __init__(self, lib, path, calls, root=None, within=""):
        self._lib, self._path, self._calls, self._root, self._within = lib, path, calls, root or lib, within

    def __getattr__(self, name):
        value, here = getattr(self._lib, name), self._within + name
        if here == self._path:
            return self._noting(value)
        if self._path.startswith(here + "."):
            return Watched(value, self._path, self._calls, self._root, here + ".")
        return value

    def _noting(self, function):
        def noting(*args, **kwargs):
            self._calls.append(Call(self._root, function, args, kwargs))
            return function(*args, **kwargs)

        return noting


@contextlib.contextmanager
def _watched_method(lib, name, calls):
    """Note the calls of a method while the block runs."""
    method, own = getattr(lib.Tensor, name), name in lib.Tensor.__dict__

    def noting(self, *args, **kwargs):
        calls.append(Call(lib, method, (self, *args), kwargs))
        return method(self, *args, **kwargs)

    setattr(lib.Tensor, name, noting)
    try:
        yield
    finally:
        if own:
            setattr(lib.Tensor, name, method)
        else:
            delattr(lib.Tensor, name)


def noted(spec, lib, tensors, options) -> Call | None:
    """The record's own call of its function (or method), if it makes one that has the record's name."""
    space, name = spec.function
    calls = []
    method = not space and callable(getattr(lib.Tensor, name, None)) and not hasattr(lib, name)
    with warnings.catch_warnings(), _watched_method(lib, name, calls) if method else contextlib.nullcontext():
        warnings.simplefilter("ignore")
        spec.call(Watched(lib, f"{space}.{name}" if space else name, calls), *tensors, **options)
    return calls[0] if calls else None


class Remembered:
    """A library that keeps a copy of every tensor a program makes with it."""

    def __init__(self, lib, made):
        self._lib, self._made = lib, made

    def __getattr__(self, name):
        value = getattr(self._lib, name)
        if name not in ("ones", "zeros", "tensor", "full", "arange", "eye"):
            return value

        def making(*args, **kwargs):
            tensor = value(*args, **kwargs)
            self._made.append((tensor, np.array(tensor.detach().numpy())))
            return tensor

        return making
