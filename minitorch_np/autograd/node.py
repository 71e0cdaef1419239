"""What the graph is made of: a Node per recorded operation, an AccumulateGrad per leaf."""

import itertools
import threading
import weakref
from typing import Any

from ..tensor import Tensor

_sequence = itertools.count(1)  # a node is always younger than the nodes of its inputs

RELEASED = object()  # what `saved` becomes once a backward pass has used it up


class Node:
    """One operation that was recorded.

    `edges[i]` says where the gradient of input i goes: (node, output number, shape, NumPy dtype), or None
    if that input wants none.  `saved` holds what the gradient function asked for by name (see op.py).
    """

    __slots__ = ("op", "sequence", "edges", "saved", "outputs", "hooks", "pre_hooks", "_metadata", "__weakref__")

    def __init__(self, op, edges, outputs) -> None:
        self.op = op
        self.sequence = next(_sequence)
        self.edges = edges
        self.saved = ()
        self.outputs = outputs  # (shape, NumPy dtype) per output, to make zeros where none arrived
        self.hooks: dict | None = None  # called with (gradients of inputs, gradients of outputs)
        self.pre_hooks: dict | None = None  # {output number: [functions of that output's gradient]}
        self._metadata: dict | None = None

    @property
    def metadata(self) -> dict:
        """A place for notes about this node; anomaly detection leaves its call stack here.  Torch: the same name"""
        if self._metadata is None:
            self._metadata = {}
        return self._metadata

    def name(self) -> str:
        """Torch's name for this node, such as "MulBackward0"."""
        return self.op.node_name

    def __repr__(self) -> str:
        return f"<{self.name()} object at 0x{id(self):x}>"

    @property
    def next_functions(self):
        """((node, output number), ...) of the inputs; (None, 0) where no gradient goes.  Torch: the same name"""
        return tuple((None, 0) if edge is None else edge[:2] for edge in self.edges)

    def add_pre_hook(self, number: int, hook) -> "Handle":
        """Let `hook` see, and perhaps replace, the gradient of output `number`."""
        if self.pre_hooks is None:
            self.pre_hooks = {}
        return Handle(self.pre_hooks.setdefault(number, {}), hook)

    def register_hook(self, hook) -> "Handle":
        """Call `hook(grad_inputs, grad_outputs)` after this node has run.  Torch: grad_fn.register_hook"""
        if self.hooks is None:
            self.hooks = {}
        return Handle(self.hooks, hook)


class AccumulateGrad:
    """The end of every path: adds what arrives to its leaf's `.grad`.

    Its leaf knows it only weakly, as it holds its leaf: a strong cycle would keep memory until the garbage
    collector comes.
    """

    __slots__ = ("variable", "pre_hooks", "__weakref__")

    sequence = 0  # older than every operation
    next_functions = ()

    def __init__(self, variable: Tensor) -> None:
        self.variable = variable

    def name(self) -> str:
        return "torch::autograd::AccumulateGrad"

    def __repr__(self) -> str:
        return f"<AccumulateGrad object at 0x{id(self):x}>"


class Handle:
    """What registering a hook returns; `remove()`, or the end of a with block, takes the hook away again."""

    _next = itertools.count()

    def __init__(self, hooks: dict, hook) -> None:
        self.id = next(Handle._next)
        self.hooks = hooks
        hooks[self.id] = hook

    def remove(self) -> None:
        self.hooks.pop(self.id, None)

    def __enter__(self) -> "Handle":
        return self

    def __exit__(self, *_) -> None:
        self.remove()


def destination(x: Tensor):
    """(node, output number) that the gradient of `x` goes to."""
    if x._node is not None:
        return x._node, x._output_nr
    accumulate = x._accumulator and x._accumulator()
    if accumulate is None:
        accumulate = AccumulateGrad(x)
        x._accumulator = weakref.ref(accumulate)
    return accumulate, 0


# --- saved values --------------------------------------------------------------------------------


class _Saving(threading.local):
    """The hooks on saved values (graph.py), innermost last."""

    def __init__(self):
        self.hooks: list = []
        self.disabled: str | None = None


saving = _Saving()


class _Packed:
    """What a pack hook returned, and the history that its tensor had."""

    __slots__ = ("value", "unpack_hook", "history")

    def __init__(self, tensor: Tensor, hooks, is_output: bool) -> None:
        self.value = hooks[0](tensor.detach() if is_output else tensor)
        self.unpack_hook = hooks[1]
        self.history = None if is_output else (tensor._node, tensor._output_nr, tensor._requires_grad, tensor)

    def unpack(self) -> Tensor:
        tensor = self.unpack_hook(self.value)
        if not isinstance(tensor, Tensor):
            raise TypeError(
                "Output of saved tensor unpack_hook expected to be a Tensor but got result of type " + str(type(tensor))
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

    __slots__ = ("value", "counter", "version", "output_nr", "had_history")

    def __init__(self, tensor: Tensor, output_nr: int | None = None) -> None:
        self.had_history = output_nr is None and tensor._node is not None
        self.value: Any = tensor if output_nr is None else tensor._array
        if saving.hooks:
            self.value = _Packed(tensor, saving.hooks[-1], output_nr is not None)
        self.counter = tensor._version_counter()
        self.version = self.counter[0]
        self.output_nr = output_nr

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
            if self.had_history and value._node is None:
                raise RuntimeError(
                    "Trying to use a saved tensor that has been detached in-place, i.e. with .detach_().This is not "
                    "supported, please use out-of-place `.detach()` instead"
                )
            return value
        tensor = Tensor._wrap(value)
        tensor._counter = self.counter
        tensor._node, tensor._output_nr, tensor._requires_grad = node, self.output_nr, True
        return tensor

    def _complain(self, node: Node) -> None:
        array = self.value if self.output_nr is not None else self.value._array
        kind = {"float16": "Half", "float32": "Float", "float64": "Double"}.get(array.dtype.name, "Long")
        whose = "" if self.output_nr is None else f", which is output {self.output_nr} of {node.name()},"
        if self.output_nr is None and self.value._node is not None:
            source = self.value._node
            whose = f", which is output {self.value._output_nr} of {source.name()},"
        raise RuntimeError(
            "one of the variables needed for gradient computation has been modified by an inplace operation: "
            f"[torch.{kind}Tensor {list(array.shape)}]{whose} is at version {self.counter[0]}; expected version "
            f"{self.version} instead. Hint: enable anomaly detection to find the operation that failed to compute "
            "its gradient, with torch.autograd.set_detect_anomaly(True)."
        )
