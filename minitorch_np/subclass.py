"""Subclasses of Tensor: what is computed from one is one again, by torch's __torch_function__ protocol.

A program without subclasses pays nothing: only when the first one is defined are the public functions and Tensor's
methods replaced by ones that look at the classes of their arguments.
"""

import functools
import threading
from types import FunctionType

from .autograd.op import op
from .tensor import Tensor

KINDS: set[type] = set()  # the subclasses that take part; Parameter and Buffer do not
REPLACED: list[tuple] = []  # what the first one replaced: (where, name, function); the tests put it back
PLAIN = {"tensor", "from_numpy", "from_dlpack", "is_tensor", "as_subclass"}  # functions that give what they always give
PROPERTIES = {"T", "mT", "H", "mH", "data"}
# Python's own protocols, whose results are no tensors or are made of other methods'.
UNTOUCHED = set(
    """__new__ __init__ __init_subclass__ __torch_function__ __hash__ __iter__ __len__ __bool__ __float__ __int__ __index__
    __repr__ __format__ __array__ __array_wrap__ __contains__ __reduce_ex__ __setstate__ __dlpack__ __dlpack_device__
    __complex__ __reversed__ __dir__""".split()
)


class _Inside(threading.local):
    off = False


inside = _Inside()  # off while a function runs that has looked at its arguments already


def disabled(func, types, args=(), kwargs=None):
    """As a class's __torch_function__: results are plain tensors.  Torch: torch._C._disabled_torch_function_impl"""
    off, inside.off = inside.off, True
    try:
        return func(*args, **(kwargs or {}))
    finally:
        inside.off = off


def torch_function(cls, func, types, args=(), kwargs=None):
    """Run `func` and make its tensors ones of `cls`.  Torch: Tensor.__torch_function__"""
    if not all(issubclass(cls, kind) for kind in types):
        return NotImplemented
    return _converted(disabled(func, types, args, kwargs), cls)


def _converted(result, cls):
    if isinstance(result, Tensor):
        return result if isinstance(result, cls) else as_subclass(result, cls)
    if isinstance(result, tuple | list) and any(isinstance(item, Tensor | tuple | list) for item in result):
        items = [_converted(item, cls) for item in result]
        return type(result)(*items) if hasattr(result, "_fields") else type(result)(items)
    return result


@op(name="AliasBackward0", view=True)
def aliased(x):
    return x[...]


aliased.gradient(lambda g: g)


def as_subclass(self, cls) -> Tensor:
    """The same tensor, as one of a subclass.

    Raises: TypeError for a class that is none.  Torch: Tensor.as_subclass
    """
    _check_subclass(cls)
    new = aliased(self)
    new.__class__ = cls
    return new


def make_subclass(cls, data, require_grad=False) -> Tensor:
    """A leaf of class `cls` around the memory of `data`.  Torch: Tensor._make_subclass"""
    _check_subclass(cls)
    new = data.detach()
    new.__class__ = cls
    return new.requires_grad_(require_grad)


def _check_subclass(cls) -> None:
    if not (isinstance(cls, type) and issubclass(cls, Tensor)):
        raise TypeError(
            "Creating a Tensor subclass from a class that does not inherit from Tensor is not possible. Make sure your "
            "class inherits from Tensor."
        )


def _kinds(arguments) -> list[type]:
    """The subclasses among the arguments, and in sequences among them; derived ones before their bases."""
    found: list[type] = []
    for argument in arguments:
        for item in argument if type(argument) in (list, tuple) else (argument,):
            kind = type(item)
            if kind in KINDS and kind not in found:
                place = next((i for i, other in enumerate(found) if issubclass(kind, other)), len(found))
                found.insert(place, kind)
    return found


def _overridable(function, name=None):
    """The same function, which asks the subclasses among its arguments first."""
    name = name or function.__name__

    @functools.wraps(function)
    def call(*args, **kwargs):
        kinds = [] if inside.off else _kinds((*args, *kwargs.values()) if kwargs else args)
        if not kinds:
            return function(*args, **kwargs)
        for kind in kinds:
            result = kind.__torch_function__(call, tuple(kinds), args, kwargs)
            if result is not NotImplemented:
                return result
        if name.startswith("__"):
            return NotImplemented
        listed = "".join([f"\n  - tensor subclass {kind}" for kind in kinds])
        raise TypeError(
            f"Multiple dispatch failed for 'torch.{name}'; all __torch_function__ handlers returned NotImplemented:\n"
            f"{listed}\n\nFor more information, try re-running with TORCH_LOGS=not_implemented"
        )

    return call


def _replace(where, name: str, new) -> None:
    REPLACED.append((where, name, vars(where)[name]))
    setattr(where, name, new)


def _install() -> None:
    """Make Tensor's methods and the public functions overridable."""
    import minitorch_np

    for name, member in list(vars(Tensor).items()):
        if isinstance(member, FunctionType) and name not in UNTOUCHED | PLAIN and (name[:2] == "__" or name[0] != "_"):
            _replace(Tensor, name, _overridable(member, name))
    for name in PROPERTIES & vars(Tensor).keys():
        member = vars(Tensor)[name]
        _replace(Tensor, name, property(_overridable(member.fget), member.fset, member.fdel, member.__doc__))
    for module in (minitorch_np, minitorch_np.nn.functional, minitorch_np.linalg):
        for name in getattr(module, "__all__", vars(module)):
            function = vars(module)[name]
            if isinstance(function, FunctionType) and name not in PLAIN:
                _replace(module, name, _overridable(function))
    _replace(minitorch_np.autograd, "grad", _overridable(minitorch_np.autograd.grad))


def init_subclass(cls, **more) -> None:
    """Let a new subclass take part, unless it says __torch_function__ = _disabled_torch_function_impl."""
    super(Tensor, cls).__init_subclass__(**more)
    if getattr(cls.__torch_function__, "__func__", cls.__torch_function__) is not disabled:
        if not KINDS:
            _install()
        KINDS.add(cls)


Tensor.__torch_function__ = classmethod(torch_function)
Tensor.__init_subclass__ = classmethod(init_subclass)
Tensor.as_subclass = as_subclass
Tensor._make_subclass = staticmethod(make_subclass)
