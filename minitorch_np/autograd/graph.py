"""The graph from outside: nodes and edges, hooks on several gradients, hooks on what is saved for the backward pass."""

import threading
from collections import defaultdict
from typing import NamedTuple

from ..tensor import Tensor
from .node import AccumulateGrad, Node, RemovableHandle, destination
from .saved import hooking, saving
from .survey import running

__all__ = [
    "GradientEdge", "Node", "allow_mutation_on_saved_tensors", "disable_saved_tensors_hooks", "get_gradient_edge",
    "increment_version", "register_multi_grad_hook", "save_on_cpu", "saved_tensors_hooks",
]  # fmt: skip


class GradientEdge(NamedTuple):
    """Where a gradient goes: a node, and which of its outputs.  Torch: torch.autograd.graph.GradientEdge"""

    node: Node
    output_nr: int
    ownership_token: Node | None = None


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """The edge that stands for `tensor` in grad and backward, and does not keep its values alive.

    Raises: RuntimeError for a tensor that does not require grad.
    Torch: torch.autograd.graph.get_gradient_edge
    """
    if not tensor.requires_grad:
        raise RuntimeError(
            "It is not possible to get the gradient edge for a Tensor that does not require gradients",
        )
    return GradientEdge(_node_of(tensor), tensor.output_nr)


def _node_of(x) -> Node:
    if isinstance(x, GradientEdge):
        return x.node
    if x.grad_fn is None and not x.requires_grad:
        raise AssertionError("Expected gradient function to be set")
    return destination(x)[0]


def increment_version(tensor) -> None:
    """Say that a tensor, or each of several, was written to behind the library's back.

    Torch: torch.autograd.graph.increment_version
    """
    if not hasattr(tensor, "__iter__"):
        raise RuntimeError("increment_version expect a Iterable[Tensor] as input")
    for x in (tensor,) if isinstance(tensor, Tensor) else tensor:
        if not isinstance(x, Tensor):
            raise RuntimeError("increment_version expects each element of the iterable to be a tensor")
        x._bump_version()


# --- hooks on saved values ----------------------------------------------------------------------


class saved_tensors_hooks:
    """Inside, what is saved goes through `pack_hook`, and what is asked for through `unpack_hook`.

    unpack_hook(pack_hook(x)) must have x's values.  The hooks of an inner block hide those of an outer one.
    Torch: torch.autograd.graph.saved_tensors_hooks
    """

    def __init__(self, pack_hook, unpack_hook) -> None:
        self.pack_hook, self.unpack_hook = pack_hook, unpack_hook

    def __enter__(self) -> None:
        if saving.disabled is not None:
            raise RuntimeError(saving.disabled)
        saving.hooks.append((self.pack_hook, self.unpack_hook))
        hooking.append(None)

    def __exit__(self, *_) -> None:
        saving.hooks.pop()
        hooking.pop()


class save_on_cpu(saved_tensors_hooks):
    """Inside, what is saved is kept on the CPU, where it is anyway; `pin_memory` is accepted.

    Torch: torch.autograd.graph.save_on_cpu
    """

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        super().__init__(lambda tensor: (tensor.device, tensor.cpu()), lambda packed: packed[1].to(packed[0]))


class disable_saved_tensors_hooks:
    """Inside, `saved_tensors_hooks` raises RuntimeError(error_message).

    Torch: torch.autograd.graph.disable_saved_tensors_hooks
    """

    def __init__(self, error_message: str) -> None:
        self.error_message = error_message

    def __enter__(self) -> None:
        if saving.hooks:
            raise RuntimeError(self.error_message)
        self.previous, saving.disabled = saving.disabled, self.error_message

    def __exit__(self, *_) -> None:
        saving.disabled = self.previous


def allow_mutation_on_saved_tensors():
    """Left out: saved values are not copied when they are written to.

    Raises: NotImplementedError.
    Torch: torch.autograd.graph.allow_mutation_on_saved_tensors
    """
    raise NotImplementedError("allow_mutation_on_saved_tensors is not supported")


# --- one hook for several tensors -----------------------------------------------------------------


class _Handles(RemovableHandle):
    def __init__(self, handles) -> None:
        self.handles = handles

    def remove(self) -> None:
        for handle in self.handles:
            handle.remove()


def register_multi_grad_hook(tensors, fn, *, mode: str = "all") -> RemovableHandle:
    """Call `fn` once per backward pass: with the gradients of all `tensors`, or with the first that is known.

    With mode="all" it gets None for a tensor that the pass does not reach.
    Raises: ValueError for another mode.
    Torch: torch.autograd.graph.register_multi_grad_hook
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    lock = threading.Lock()
    if mode == "any":
        done: set[int] = set()

        def first(gradient):
            with lock:
                is_first = running.innermost.task not in done
                done.add(running.innermost.task)
            if is_first:
                fn(gradient)

        return _Handles([x.register_hook(first) for x in tensors])
    nodes = [_node_of(x) for x in tensors]
    counts: dict[int, int] = defaultdict(int)
    known: dict[int, list] = {}

    def make(at):
        def hook(gradient):
            task = running.innermost.task
            with lock:
                counts[task] += 1
                gradients = known.setdefault(task, [None] * len(nodes))
                gradients[at] = gradient
                last = counts[task] == sum(map(will_run, nodes))
            if last:
                del counts[task], known[task]
                fn(gradients)

        return hook

    return _Handles([x.register_hook(make(at)) for at, x in enumerate(tensors)])


def will_run(node: Node) -> bool:
    """True if the backward pass that is under way here runs, or has run, this node."""
    if running.innermost.executed is None:
        return node in running.innermost.waiting
    if isinstance(node, AccumulateGrad) and not running.innermost.accumulating:
        raise RuntimeError(
            "A leaf node was passed to _will_engine_execute_node but we are currently running autograd.grad(). This is "
            "currently not supported."
        )
    return node in running.innermost.executed
