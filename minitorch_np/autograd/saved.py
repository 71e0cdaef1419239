"""Values kept for the gradient: watched for writes, and led through the user's pack and unpack hooks."""

import re
import threading
import weakref
from typing import Any

from ..tensor import Tensor
from .mode import no_grad
from .node import Node, destination

USED_UP = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they have already been "
    "freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify "
    "retain_graph=True if you need to backward through the graph a second time or if you need to access saved tensors "
    "after calling backward."
)
DETACHED = (
    "Trying to use a saved tensor that has been detached in-place, i.e. with .detach_().This is not supported, please "
    "use out-of-place `.detach()` instead"
)


class _Saving(threading.local):
    """The hooks on saved values (graph.py), innermost last."""

    def __init__(self):
        self.hooks: list = []
        self.disabled: str | None = None


saving = _Saving()
hooking: list[None] = []  # one entry per hook that is open in any thread: empty, it spares the look into `saving`


class _Packed:
    """What a pack hook returned, and the history that its tensor had."""

    __slots__ = ("value", "unpack_hook", "history")

    def __init__(self, tensor: Tensor, hooks, is_output: bool) -> None:
        version = tensor._version
        with no_grad():
            self.value = hooks[0](tensor)
        if tensor._version != version:
            raise RuntimeError(
                "A saved tensor pack hook is modifying its input in place. Tensors provided as input to pack hook cannot "
                "be modified by in-place operations as this can lead to unexpected side-effects. Please open an issue if "
                "you need to perform in-place operations on the input to a pack hook."
            )
        self.unpack_hook = hooks[1]
        self.history = None if is_output else (tensor._node, tensor._output_nr, tensor._requires_grad, tensor)

    def unpack(self) -> Tensor:
        tensor = self.unpack_hook(self.value)
        if not isinstance(tensor, Tensor):
            raise TypeError(
                "Output of saved tensor unpack_hook expected to be a Tensor but got result of type " + type(tensor).__name__
            )
        if self.history is None:
            return tensor
        node, number, requires_grad, original = self.history
        if not requires_grad or tensor is original:
            return tensor
        again = Tensor._wrap(tensor._array)
        if node is None:  # a leaf: what flows here must reach its .grad
            again._accumulator, again._requires_grad = weakref.ref(destination(original)[0]), True
        else:
            again._node, again._output_nr, again._requires_grad = node, number, True
        return again


class SavedTensor:
    """A value kept for the gradient, which notices if somebody has written over it since.

    An input is kept as its Tensor, history and all.  An output is kept as bare array and output number and
    dressed again on use: keeping its Tensor would tie the cycle node -> output -> node.
    """

    __slots__ = ("value", "counter", "version", "output_nr", "number")

    value: Any
    counter: list
    version: int
    output_nr: int | None
    number: int | None  # of an input with a history: which output of its node it was

    def unpack(self, node: Node) -> Tensor:
        value = self.value
        if type(value) is _Packed:  # what the hooks keep is their business: no watch over writes
            tensor = value.unpack()
            if self.output_nr is None:
                return tensor
            value = tensor._array
        elif self.counter[0] != self.version:
            self._complain(node)
        if self.output_nr is None:
            if self.number is not None and value._node is None:
                raise RuntimeError(DETACHED)
            return value
        tensor = Tensor._wrap(value)
        tensor._counter = self.counter
        tensor._node, tensor._output_nr, tensor._requires_grad = node, self.output_nr, True
        return tensor

    @property
    def data(self):
        """What is kept: the pack hook's result, an input itself, or the values of an output."""
        if type(self.value) is _Packed:
            return self.value.value
        return self.value if self.output_nr is None else Tensor._wrap(self.value)

    @property
    def unpack_hook(self):
        return self.value.unpack_hook if type(self.value) is _Packed else None

    def register_hooks(self, node: Node, pack_hook, unpack_hook) -> None:
        """Pack this one value now, and unpack it when it is asked for."""
        if type(self.value) is _Packed:
            raise RuntimeError(
                "Calling register_hooks on a saved tensor whose hooks have already been set. Hint: only one pair of hooks "
                "is allowed at a time."
            )
        self.value = _Packed(self.unpack(node), (pack_hook, unpack_hook), self.output_nr is not None)

    def _complain(self, node: Node) -> None:
        array = self.value if self.output_nr is not None else self.value._array
        kind = {"float16": "Half", "float32": "Float", "float64": "Double"}.get(array.dtype.name, "Long")
        number, source = self.output_nr, node
        if number is None:  # asking brings the history of a view up to date, and may find that it must not be
            number, source = self.number, self.value.grad_fn
        whose = "" if source is None else f", which is output {number} of {forward_name(source)},"
        raise RuntimeError(
            "one of the variables needed for gradient computation has been modified by an inplace operation: "
            f"[torch.{kind}Tensor {list(array.shape)}]{whose} is at version {self.counter[0]}; expected version "
            f"{self.version} instead. Hint: enable anomaly detection to find the operation that failed to compute "
            "its gradient, with torch.autograd.set_detect_anomaly(True, check_nan=False)."
        )


def forward_name(node: Node) -> str:
    """What the operation itself is called, as torch's sentences have it: "Mul" of "MulBackward0"."""
    return re.sub(r"Backward\d*$", "", node.name())


# Functions, not an __init__, which would take twice as long.


def saved_input(x: Tensor) -> SavedTensor:
    """An input, as a node keeps it."""
    saved, counter = SavedTensor(), x._counter
    if counter is None:
        counter = x._counter = [0]
    saved.counter, saved.version = counter, counter[0]
    saved.value, saved.output_nr, saved.number = x, None, None if x._node is None else x._output_nr
    if hooking and saving.hooks:
        saved.value = _Packed(x, saving.hooks[-1], False)
    return saved


def saved_output(x: Tensor, number: int) -> SavedTensor:
    """Output `number`, as the node that makes it keeps it."""
    saved, counter = SavedTensor(), x._counter
    if counter is None:
        counter = x._counter = [0]
    saved.counter, saved.version = counter, counter[0]
    saved.value, saved.output_nr, saved.number = x._array, number, None
    if hooking and saving.hooks:
        saved.value = _Packed(x, saving.hooks[-1], True)
    return saved


def unpack(value, node):
    """A saved value, or a list of them, as Tensors; anything else as it is."""
    if type(value) is SavedTensor:
        return value.unpack(node)
    if type(value) is list and value and type(value[0]) is SavedTensor:
        return [v.unpack(node) for v in value]
    return value
