"""What the graph is made of: a Node per recorded operation, an AccumulateGrad per leaf."""

import itertools
from functools import cache
from typing import Any, NamedTuple
from weakref import ref

from .. import dtypes
from ..devices import CPU, device
from ..tensor import Tensor
from . import anomaly

sequence = itertools.count(1)  # a node is always younger than the nodes of its inputs

RELEASED = object()  # what `saved` becomes once a backward pass has used it up


class Metadata(NamedTuple):
    """What a gradient of one output of a node must look like.  Torch: Node._input_metadata"""

    shape: list[int]
    dtype: dtypes.dtype
    device: device
    is_nested_tensor: bool = False
    is_cpp_nested_tensor: bool = False


class Extras:
    """What few nodes have: hooks, and notes."""

    def __init__(self) -> None:
        self.tensor_hooks: dict[int, dict] = {}  # output number -> {id: function of that output's gradient}
        self.retained: dict[int, ref] = {}  # output number -> the tensor that wants it in its .grad
        self.pre_hooks: dict = {}  # functions of the gradients of all outputs
        self.hooks: dict = {}  # functions of (gradients of inputs, gradients of outputs)
        self.metadata: dict = {}


class Node:
    """One operation that was recorded.

    `edges[i]` says where the gradient of input i goes: (node, output number), or None if that input wants none.
    `outputs` has (shape, NumPy dtype) of every output: what its gradient must look like.  `saved` holds what the
    gradient function asked for by name (see op.py).
    """

    __slots__ = ("op", "sequence", "edges", "saved", "outputs", "extras", "__weakref__")

    # No __init__: op.py fills the slots, as a call would take longer than all of them.  Elsewhere: `new_node`.
    op: Any
    sequence: int
    edges: Any
    saved: Any
    outputs: Any
    extras: Extras | None

    requires_grad = True

    def name(self) -> str:
        """Torch's name for this node, such as "MulBackward0"."""
        return self.op.node_name

    def __repr__(self) -> str:
        return f"<{type(self).__name__} object at 0x{id(self):x}>"

    @property
    def next_functions(self):
        """((node, output number), ...) of the inputs; (None, 0) where no gradient goes.  Torch: the same name"""
        return tuple((None, 0) if edge is None else edge for edge in self.edges)

    @property
    def metadata(self) -> dict:
        """A place for notes about this node; anomaly detection leaves its call stack here.  Torch: the same name"""
        return self._extras().metadata

    @property
    def _input_metadata(self) -> tuple:
        return tuple(Metadata(list(shape), dtypes.from_numpy_dtype(dtype), CPU) for shape, dtype in self.outputs)

    def _sequence_nr(self) -> int:
        return self.sequence

    def _extras(self) -> Extras:
        if self.extras is None:
            self.extras = Extras()
        return self.extras

    def register_hook(self, fn) -> "RemovableHandle":
        """Call `fn(grad_inputs, grad_outputs)` after this node has run; a tuple that it returns replaces grad_inputs.

        Torch: Node.register_hook
        """
        return RemovableHandle(self._extras().hooks, fn)

    def register_prehook(self, fn) -> "RemovableHandle":
        """Call `fn(grad_outputs)` before this node runs; a tuple that it returns replaces them.

        Torch: Node.register_prehook
        """
        return RemovableHandle(self._extras().pre_hooks, fn)

    def __dir__(self):
        from .introspection import saved_names

        return [*super().__dir__(), *saved_names(self.op)]


@cache
def node_class(name: str) -> type[Node]:
    """The subclass for nodes of one name: programs that draw graphs print the name of the type."""
    return type(name.split("::")[-1], (Node,), {"__slots__": ()})


def new_node(kind: type[Node], op, edges, outputs):
    """A node that has saved nothing yet."""
    node = kind()
    node.op, node.edges, node.outputs, node.saved = op, edges, outputs, ()
    node.sequence, node.extras = next(sequence), None
    return node


class AccumulateGrad(Node):
    """The end of every path: adds what arrives to its leaf's `.grad`.

    Its leaf knows it only weakly, as it holds its leaf: a strong cycle would keep memory until the garbage
    collector comes.
    """

    __slots__ = ("variable",)

    variable: Tensor
    op = None
    sequence = 2**64 - 1  # as in torch: of all nodes that are ready, leaves come first
    edges = saved = ()

    def name(self) -> str:
        return "torch::autograd::AccumulateGrad"


class RemovableHandle:
    """What registering a hook returns; `remove()`, or the end of a with block, takes the hook away again.

    Torch: torch.utils.hooks.RemovableHandle
    """

    _next = itertools.count()

    def __init__(self, hooks: dict, hook) -> None:
        self.id = next(RemovableHandle._next)
        self.hooks = hooks
        hooks[self.id] = hook

    def remove(self) -> None:
        self.hooks.pop(self.id, None)

    def __enter__(self) -> "RemovableHandle":
        return self

    def __exit__(self, *_) -> None:
        self.remove()


def destination(x: Tensor):
    """(node, output number) that the gradient of `x` goes to."""
    return (accumulator(x), 0) if x._node is None else (x._node, x._output_nr)


def accumulator(x: Tensor) -> AccumulateGrad:
    """The node of a leaf: the one that is in use, or a new one."""
    known = x._accumulator
    node = None if known is None else known()
    if node is None:
        node, array = AccumulateGrad(), x._array
        node.variable, node.outputs, node.extras = x, ((array.shape, array.dtype),), None
        x._accumulator = ref(node)
        if anomaly.anomaly.enabled:
            anomaly.remember(node)
    return node
