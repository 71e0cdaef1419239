"""Hooks on tensors and nodes, and `retain_grad`: registering them, and calling them during a backward pass."""

import weakref

from ..tensor import Tensor
from .node import AccumulateGrad, Node, RemovableHandle


def register_hook(x: Tensor, hook) -> RemovableHandle:
    """Call hook(gradient) when x's gradient is known.

    Raises: RuntimeError if x does not require grad.
    Torch: Tensor.register_hook
    """
    if not x.requires_grad:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    node = x.grad_fn
    if node is not None:
        return RemovableHandle(node._extras().tensor_hooks.setdefault(x._output_nr, {}), hook)
    if x._hooks is None:
        x._hooks = {}
    return RemovableHandle(x._hooks, hook)


def register_post_accumulate_grad_hook(x: Tensor, hook) -> RemovableHandle:
    """Call hook(x) after x.grad was updated.

    Raises: RuntimeError if x is no leaf or does not require grad.
    Torch: Tensor.register_post_accumulate_grad_hook
    """
    if not x.requires_grad:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    if x.grad_fn is not None:
        raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
    if x._post_hooks is None:
        x._post_hooks = {}
    return RemovableHandle(x._post_hooks, hook)


def retain_grad(x: Tensor) -> None:
    """Keep a non-leaf tensor's gradient in its `.grad`.

    Raises: RuntimeError if x does not require grad.
    Torch: Tensor.retain_grad
    """
    if not x.requires_grad:
        raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
    if x._retains_grad or x._node is None:  # as last seen, as in torch: a view that was a leaf then is still one
        return
    x._retains_grad = x.grad_fn is not None  # or raises
    follow_history(x)


def follow_history(x: Tensor) -> None:
    """Let the node that x comes from now fill x.grad; an earlier one, from before a write to x, no longer does."""
    if x._node is not None:
        x._node._extras().retained[x._output_nr] = weakref.ref(x)  # the graph must not keep the tensor alive


def call_tensor_hooks(node: Node, grads: list) -> None:
    """Let the hooks on tensors see, and perhaps replace, the gradients that have come together at a node."""
    if isinstance(node, AccumulateGrad):
        if node.variable._hooks:
            grads[0] = _chain(node.variable._hooks, grads[0])
        return
    extras = node._extras()
    for number, hooks in list(extras.tensor_hooks.items()):
        grads[number] = _chain(hooks, grads[number])
    for number, reference in list(extras.retained.items()):
        tensor, gradient = reference(), grads[number]
        if tensor is not None and gradient is not None and (tensor._node, tensor._output_nr) == (node, number):
            tensor._grad = gradient.clone() if tensor._grad is None else tensor._grad + gradient


def _chain(hooks: dict, gradient):
    for hook in list(hooks.values()):
        replaced = hook(gradient)
        if replaced is not None:
            _check_one(gradient, replaced, hook)
            gradient = replaced
    return gradient


def call_pre_hooks(node: Node, grads: list) -> list:
    """What a node's own hooks make of the gradients of its outputs."""
    now = tuple(grads)
    for hook in list(node._extras().pre_hooks.values()):
        replaced = hook(now)
        if replaced is not None:
            check_tuple(now, replaced, hook)
            now = replaced
    return list(now)


def call_hooks(node: Node, results: list, grads: list) -> list:
    """What a node's hooks make of the gradients of its inputs."""
    now, outer = tuple(results), tuple(grads)
    for hook in list(node._extras().hooks.values()):
        replaced = hook(now, outer)
        if replaced is not None:
            check_tuple(now, replaced, hook)
            now = replaced
    return list(now)


def check_tuple(before: tuple, after, hook) -> None:
    """Raises: TypeError or RuntimeError for a result that cannot stand in the gradients' place."""
    if not isinstance(after, tuple):
        raise TypeError(f"expected tuple, but hook returned '{_kind(after)}'")
    if len(after) != len(before):
        raise RuntimeError(
            f"hook '{_name(hook)}' has returned an incorrect number of values (got {len(after)}, but expected {len(before)})"
        )
    for old, new in zip(before, after):
        if new is not None:
            _check_one(old, new, hook)


def _check_one(old, new, hook) -> None:
    if old is None:
        raise RuntimeError("can't replace a None gradient with a non-None value")
    if not isinstance(new, Tensor):
        raise TypeError(f"expected Variable, but hook returned '{_kind(new)}'")
    if new._array.dtype != old._array.dtype:
        raise RuntimeError(f"hook '{_name(hook)}' has changed the type of value (was {old.type()} got {new.type()})")
    if new._array.shape != old._array.shape:
        raise RuntimeError(f"hook '{_name(hook)}' has changed the size of value")


def _kind(value) -> str:
    return type(value).__name__


def _name(hook) -> str:
    return getattr(hook, "__name__", "<unknown>")


def run_post_accumulate_hooks(x: Tensor) -> None:
    """Tell a leaf's hooks that its `.grad` has changed."""
    for hook in list(x._post_hooks.values()):
        result = hook(x)
        if result is not None and not isinstance(result, Tensor):
            raise TypeError(f"expected Variable, but hook returned '{_kind(result)}'")
