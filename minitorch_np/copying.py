"""copy.copy, copy.deepcopy and pickle of tensors.

A copy or a pickle is made of a storage and of how the tensor lies in it: offset, shape and strides survive, and what
deepcopy copies together goes on sharing memory.  (In a pickle each tensor has a storage of its own, as in torch.)
"""

import copy
from collections import OrderedDict

from .autograd.mode import no_grad
from .storage import TypedStorage, offset_of, storage_of
from .strides import steps, strided
from .tensor import Tensor

# Our own entries of a tensor's __dict__; all others are the program's.
FIELDS = {name for name in vars(Tensor) if name.startswith("_") and not name.startswith("__")} | {"_array"}


def attributes(x: Tensor) -> dict:
    """What a program hung on the tensor."""
    return {name: value for name, value in vars(x).items() if name not in FIELDS}


def deepcopy(self, memo: dict) -> Tensor:
    """A leaf with its own memory, its `.grad` copied as well.

    Raises: RuntimeError for a tensor with history, or of a subclass whose new_empty gives plain tensors.
    Torch: Tensor.__deepcopy__
    """
    if not self.is_leaf:
        raise RuntimeError(
            "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment.  "
            "If you were attempting to deepcopy a module, this may be because of a torch.nn.utils.weight_norm usage, "
            "see https://github.com/pytorch/pytorch/pull/103001"
        )
    if id(self) in memo:
        return memo[id(self)]
    with no_grad():
        new = self.new_empty([])
        if type(new) is not type(self):
            raise RuntimeError(
                "The default implementation of __deepcopy__() for non-wrapper subclasses only works for subclass types "
                "that implement new_empty() and for which that function returns another instance of the same subclass. "
                "You should either properly implement new_empty() for your subclass or override __deepcopy__() if it is "
                "intended behavior for new_empty() to return an instance of a different type."
            )
        _lay(new, copy.deepcopy(storage_of(self), memo), self.dtype, offset_of(self), self.shape, steps(self._array))
    new._bump_version()
    new._requires_grad = self.requires_grad
    if self._grad is not None:
        new._grad = deepcopy(self._grad, memo)
    vars(new).update(copy.deepcopy(attributes(self), memo))
    memo[id(self)] = new
    return new


def pieces_of(x):
    """What a tensor is rebuilt from: storage, offset, size, stride, requires_grad, no hooks.  Warns if there are some."""
    from .utils.hooks import warn_if_has_hooks

    warn_if_has_hooks(x)
    storage = TypedStorage(wrap_storage=storage_of(x), dtype=x.dtype)
    return storage, offset_of(x), tuple(x.shape), steps(x._array), x.requires_grad, OrderedDict()


def reduce_ex(self, protocol):
    """How a tensor is taken to pieces; warns of hooks, which get lost.  Torch: Tensor.__reduce_ex__"""
    pieces, state = pieces_of(self), attributes(self)
    if type(self) is Tensor and not state:
        return _rebuild_tensor_v2, pieces
    return _rebuild_from_type_v2, (_rebuild_tensor_v2, type(self), pieces, state)


def setstate(self, state) -> None:
    """Take over a storage and how to lie in it, or (requires_grad, _, hooks).

    Raises: RuntimeError for a tensor with history.  Torch: Tensor.__setstate__
    """
    if not self.is_leaf:
        raise RuntimeError("__setstate__ can be only called on leaf Tensors")
    if len(state) == 4:
        self.set_(*state)
        return
    if len(state) == 5:
        self.data = state[0]
        state = state[3], state[4], state[2]
    self.requires_grad, _, _ = state


def _rebuild_tensor_v2(storage, storage_offset, size, stride, requires_grad, backward_hooks, metadata=None) -> Tensor:
    new = object.__new__(Tensor)
    _lay(new, storage.untyped(), storage.dtype, storage_offset, size, stride)
    new._requires_grad = requires_grad
    return new


def _rebuild_from_type_v2(function, kind, pieces, state) -> Tensor:
    new = function(*pieces)
    new.__class__ = kind
    vars(new).update(state)
    return new


def _lay(x: Tensor, storage, dtype, offset, shape, strides) -> None:
    """Let x lie in a storage."""
    x._array, x._root = strided(storage._bytes, shape, strides, offset, dtype.numpy), storage._root


for _name, _method in (("__deepcopy__", deepcopy), ("__reduce_ex__", reduce_ex), ("__setstate__", setstate)):
    _method.__name__, _method.__qualname__ = _name, f"Tensor.{_name}"
    setattr(Tensor, _name, _method)
