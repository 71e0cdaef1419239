"""Hooks on tensors, `retain_grad`, and deep copies: the rarely used part of Tensor's autograd side."""

import copy
import weakref

from ..tensor import Tensor
from .node import Handle


def register_hook(x: Tensor, hook) -> Handle:
    """Call hook(gradient) when x's gradient is known.

    Raises: RuntimeError if x does not require grad.
    Torch: Tensor.register_hook
    """
    if not x.requires_grad:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    if x._node is not None:
        return x._node.add_pre_hook(x._output_nr, hook)
    if x._hooks is None:
        x._hooks = {}
    return Handle(x._hooks, hook)


def register_post_accumulate_grad_hook(x: Tensor, hook) -> Handle:
    """Call hook(x) after x.grad was updated.

    Raises: RuntimeError if x is no leaf or does not require grad.
    Torch: Tensor.register_post_accumulate_grad_hook
    """
    if not x.requires_grad:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    if x._node is not None:
        raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
    if x._post_hooks is None:
        x._post_hooks = {}
    return Handle(x._post_hooks, hook)


def retain_grad(x: Tensor) -> None:
    """Keep a non-leaf tensor's gradient in its `.grad`.

    Raises: RuntimeError if x does not require grad.
    Torch: Tensor.retain_grad
    """
    if not x.requires_grad:
        raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
    if x._node is None or x._retains_grad:
        return
    x._retains_grad = True
    reference = weakref.ref(x)  # the graph must not keep the tensor alive

    def keep(gradient):
        tensor = reference()
        if tensor is not None:
            tensor._grad = gradient.clone() if tensor._grad is None else tensor._grad + gradient

    x._node.add_pre_hook(x._output_nr, keep)


def run_leaf_hooks(x: Tensor, gradient: Tensor) -> Tensor:
    """Let x's hooks see, and perhaps replace, the gradient that is about to be accumulated.

    Raises: RuntimeError if x, a view when it was used as a leaf, has got a history through its base since.
    """
    if x.grad_fn is not None:
        raise RuntimeError("leaf variable has been moved into the graph interior")
    for hook in list((x._hooks or {}).values()):
        replaced = hook(gradient)
        gradient = gradient if replaced is None else replaced
    return gradient


def run_post_accumulate_hooks(x: Tensor) -> None:
    for hook in list((x._post_hooks or {}).values()):
        hook(x)


def deepcopy(x: Tensor, memo: dict) -> Tensor:
    """copy.deepcopy of a leaf: its own memory, its `.grad` copied as well.

    Raises: RuntimeError for a tensor with history.
    """
    if not x.is_leaf:
        raise RuntimeError(
            "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment.  "
            "If you were attempting to deepcopy a module, this may be because of a torch.nn.utils.weight_norm usage, "
            "see https://github.com/pytorch/pytorch/pull/103001"
        )
    new = x.__class__.__new__(x.__class__)
    memo[id(x)] = new
    new._array = copy.deepcopy(x._array, memo)
    new._requires_grad = x.requires_grad
    if x._grad is not None:
        new._grad = copy.deepcopy(x._grad, memo)
    plain = {key: value for key, value in x.__dict__.items() if not key.startswith("_")}
    new.__dict__.update(copy.deepcopy(plain, memo))
    return new
