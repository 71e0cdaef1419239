"""What happens at a leaf: the gradient that arrives is added to `.grad`, in the leaf's own order of memory."""

import sys
import threading

import numpy as np

from ..parallel import copy
from ..tensor import Tensor
from .hooks import check_tuple, run_post_accumulate_hooks

SMALL = 1 << 12  # elements whose copy costs less than the words around it
_lock = threading.Lock()  # several threads may differentiate with respect to one leaf


def accumulate(node, grads, create_graph: bool) -> None:
    """Add the gradient to the leaf's `.grad`, then let its hooks know.

    Raises: RuntimeError if the leaf, a view when it was used, has got a history through its base since.
    """
    variable = node.variable
    if variable.requires_grad:  # it may have been detached since
        if grads[0] is not None:
            if variable.grad_fn is not None:
                raise RuntimeError("leaf variable has been moved into the graph interior")
            with _lock:
                _add(variable, grads, create_graph)
        if variable._post_hooks:
            run_post_accumulate_hooks(variable)
    if node.extras is not None:
        for hook in list(node.extras.hooks.values()):
            replaced = hook((), tuple(grads))
            if replaced is not None:
                check_tuple((), replaced, hook)


def _add(variable, grads: list, create_graph: bool) -> None:
    """variable.grad += gradient, taking the gradient's memory over where nobody else holds it."""
    so_far = variable._grad
    if so_far is not None:
        if create_graph:
            variable._grad = so_far + grads[0]
        elif so_far._array.shape != grads[0]._array.shape:  # the variable was turned since: broadcast or refused
            so_far.add_(grads[0])
        else:
            np.add(so_far._array, grads[0]._array, out=so_far._array)
            so_far._bump_version()
    elif create_graph:
        variable._grad = Tensor._wrap(_like(variable._array)).copy_(grads[0])
    elif _has_order_of(grads[0]._array, variable._array) and is_ours(grads[0]):
        variable._grad = Tensor._wrap(grads[0]._array)
        variable._grad._counter = grads[0]._counter
    elif variable._array.size < SMALL and variable._array.flags.c_contiguous:
        variable._grad = Tensor._wrap(grads[0]._array.copy())
    else:
        fresh = _like(variable._array)
        copy(fresh, grads[0]._array)
        variable._grad = Tensor._wrap(fresh)


def is_ours(g: Tensor) -> bool:
    """True if nobody else holds the memory of g, which lies in one list of ours and in this call's arguments."""
    array = g._array
    # Three references each: of the list or the Tensor, of the name here, and of getrefcount's argument.
    if sys.getrefcount(g) > 3 or sys.getrefcount(array) > 3:
        return False
    base = array.base
    if base is None or (type(base) is np.ndarray and base.size == array.size and sys.getrefcount(base) <= 3):
        return array.flags.c_contiguous or _dense(array)
    return False


def _dense(array: np.ndarray) -> bool:
    """True if the elements fill their memory without gaps or overlaps."""
    if array.flags.c_contiguous or array.flags.f_contiguous:
        return True
    order = np.argsort([-s for s in array.strides], kind="stable")
    return array.transpose(order).flags.c_contiguous


def _like(array: np.ndarray) -> np.ndarray:
    return np.empty_like(array, order="K" if _dense(array) else "C", subok=False)


def _has_order_of(gradient: np.ndarray, array: np.ndarray) -> bool:
    """True if the gradient lies in memory as torch wants it: as the leaf does, if that is dense, else row by row."""
    if gradient.flags.c_contiguous:
        return array.flags.c_contiguous or not _dense(array)
    if not _dense(array):
        return False
    return all(n == 1 or s == t for n, s, t in zip(array.shape, gradient.strides, array.strides))
