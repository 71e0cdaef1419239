"""Views and in-place writes: NumPy already shares the memory, here only the history is kept right.

A view remembers its base (the root of all views of one memory) and the base's version counter, which all of
them share.  Writing through any of them raises the counter, so the others notice, when next used, that their
history must be derived anew: as one as_strided of the base (strided.py).
"""

import numpy as np

from .. import checks
from ..strides import address, steps
from ..tensor import Tensor
from .hooks import follow_history
from .mode import INFERENCE, enable_grad, state

LEAF = "a leaf Variable that requires grad is being used in an in-place operation."
VIEW_OF_LEAF = "a view of a leaf Variable that requires grad is being used in an in-place operation."
OVERLAP = (
    "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory location. "
    "Please clone() the tensor before performing the operation."
)
# Where views come from that must not be written to while operations are recorded, and what torch says about them.
ORIGINS = {
    "no_grad": "Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving "
    "both the view and the inplace either both inside the no_grad block (if you don't want the inplace to be tracked) or "
    "both outside (if you want the inplace to be tracked).",
    "inference": "Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by "
    "moving both the view and the inplace either both inside the inference_mode block (if you don't want the inplace to "
    "be tracked) or both outside (if you want the inplace to be tracked).",
    "several": "This view is the output of a function that returns multiple views. Such functions do not allow the output "
    "views to be modified inplace. You should replace the inplace operation by an out-of-place one.",
    "function": "This view was created inside a custom Function (or because an input was returned as-is) and the autograd "
    "logic to handle view+inplace would override the custom backward associated with the custom Function, leading to "
    "incorrect gradients. This behavior is forbidden. You can fix this by cloning the output of the custom Function.",
}


def make_view(x: Tensor, out) -> None:
    """Mark the result(s) of a view operation as views of what `x` is a view of, or of `x`."""
    counter = x._counter
    if counter is None:
        counter = x._counter = [0]
    root = x._array if x._root is None else x._root
    several = type(out) is tuple
    if counter is INFERENCE:  # nothing is tracked: the results only share the memory
        for view in out if several else (out,):
            view._counter, view._root = counter, root
        return
    base = x if x._base is None else x._base
    origin = x._origin
    if not state.enabled:
        origin = "inference" if state.inference else "no_grad"
    elif several:
        origin = "several"
    for view in out if several else [out]:
        view._base, view._counter, view._seen, view._origin, view._root = base, counter, counter[0], origin, root


def geometry(view: Tensor) -> dict:
    """How to read a view out of its base's memory: the options of as_strided_op."""
    x, base = view._array, view._base._array
    return {
        "size": x.shape,
        "stride": steps(x),
        "offset": (address(x) - address(base)) // x.itemsize,
        "x_size": base.shape,
        "x_stride": steps(base),
    }


def _from_base(view: Tensor) -> Tensor:
    """The view taken anew, with the history that its base has by now."""
    from .strided import as_strided_op

    with enable_grad():
        return as_strided_op(view._base, **geometry(view))


def current_history(view: Tensor) -> None:
    """Bring a view's node up to date if somebody wrote to its memory.

    Raises: RuntimeError if that somebody was recorded, and the view's origin allows no such thing.
    """
    base = view._base
    if view._seen != view._counter[0] and (base._requires_grad or view._node is not None):
        _check_origin(view, "its base or another view of its base has been")
        view._seen = view._counter[0]
        if base._requires_grad:
            take_history(view, _from_base(view))
        else:  # its history began behind the base, with a view that is a leaf: what was written cut it off
            view._node, view._output_nr = _cut_off(view), 0


def _cut_off(view: Tensor):
    """A node that a gradient ends in, under the name of one that reads the base."""
    from .node import Node, new_node
    from .strided import as_strided_op

    return new_node(Node, as_strided_op, [None], ((view._array.shape, view._array.dtype),))


def _check_origin(view: Tensor, what: str) -> None:
    if not view._origin:
        return
    if view._origin == "inference":
        happened = f"A view was created in inference mode and {what} modified inplace in normal mode."
    elif view._origin == "no_grad" or view._node is None:
        happened = f"A view was created in no_grad mode and {what} modified inplace with grad mode enabled."
    else:
        maker = view._node.name().split("Backward")[0]
        happened = f"Output {view._output_nr} of {maker} is a view and {what} modified inplace."
    raise RuntimeError(f"{happened} {ORIGINS[view._origin]}")


def write(x: Tensor, function, args=(), kwargs=None, *, may_overlap=False, idempotent=False, apart=False) -> Tensor:
    """The in-place twin of any operation: compute out of place, write into x's memory, take the history over.

    Raises: RuntimeError, in torch's words, for a leaf that requires grad, a view of one, an expanded
    tensor, a result of a higher category or of another shape.
    """
    if x._counter is INFERENCE:
        check_inference(x)
    recording = state.enabled and check_recorded_write(x, *args)
    if not idempotent and not x._array.flags.c_contiguous:  # the same number may be written to one place several times
        checks.check_writable(x._array)
    for other in args:
        if isinstance(other, Tensor) and not may_overlap and (apart or other is not x):
            _check_overlap(x._array, other._array, apart)
    old = x
    if recording:
        old = Tensor._wrap(x._array.copy(order="K"))  # what the gradient saves must be the values before the write
        # A view's old values come from its base, past the view's own node and the hooks there, as in torch's CopySlices.
        of_base = x._base is not None and x._base._requires_grad
        take_history(old, _from_base(x) if of_base else x)
    out = function(old, *args, **kwargs) if kwargs else function(old, *args)
    if out._array.shape != x._array.shape:
        raise RuntimeError(f"output with shape {list(x.shape)} doesn't match the broadcast shape {list(out.shape)}")
    if out._array.dtype is not x._array.dtype:
        checks.check_castable(out.dtype, x.dtype)
        out = out.to(x.dtype)
    x._array[...] = out._array
    x._bump_version()
    if recording and out._requires_grad:
        for saved in out._node.saved if out._node is not old._node else ():
            if getattr(saved, "output_nr", None) == out._output_nr:  # the saved output lives in x's memory now
                saved.value, saved.counter, saved.version = x._array, x._counter, x._counter[0]
        rebase(x, out)
    return x


def check_recorded_write(x: Tensor, *others) -> bool:
    """Whether a write to x, of what is made of the others, is recorded.  Raises: as `write`, for x's place in the graph."""
    if state.enabled:
        for a in (x, *others):
            if isinstance(a, Tensor) and (a._requires_grad or a._base is not None and a._base._requires_grad):
                _check_history(x)
                return True
    return False


def check_inference(x: Tensor) -> None:
    """Raises: RuntimeError for a write to a tensor made in inference mode, outside of it."""
    if x._counter is INFERENCE and not state.inference:
        raise RuntimeError(
            "Inplace update to inference tensor outside InferenceMode is not allowed.You can make a clone to get a normal "
            "tensor before doing inplace update.See https://github.com/pytorch/rfcs/pull/17 for more details."
        )


def _check_history(x: Tensor) -> None:
    """Raises: RuntimeError where a recorded write would change what a leaf or a view's creator holds."""
    if x._base is not None:
        _check_origin(x, "is being")
        if x.requires_grad and x._base._node is None:
            raise RuntimeError(VIEW_OF_LEAF)
    if x.requires_grad and x._node is None:
        raise RuntimeError(LEAF)


def _check_overlap(written: np.ndarray, read: np.ndarray, apart: bool) -> None:
    """Raises: RuntimeError if the two lie in the same memory, but (unless they must be apart) not element on element."""
    if written is not read and written.base is None and read.base is None:
        return  # each has memory of its own
    if written.size == 0 or read.size == 0 or not np.may_share_memory(written, read):
        return
    dense = all(a.transpose(np.argsort([-s for s in a.strides], kind="stable")).flags.c_contiguous for a in (written, read))
    same = written.ctypes.data == read.ctypes.data and written.nbytes == read.nbytes and written.strides == read.strides
    if dense and (apart or not same):
        raise RuntimeError(OVERLAP)


def take_history(x: Tensor, source: Tensor) -> None:
    x._node, x._output_nr, x._requires_grad = source._node, source._output_nr, source._requires_grad
    if x._retains_grad:
        follow_history(x)


def rebase(x: Tensor, new: Tensor) -> None:
    """Give x the history of what was written; through a view, the base's becomes "old, but with this region new"."""
    base = x._base
    if base is None:
        take_history(x, new)
        return
    from .strided import copy_slices

    before = Tensor._wrap(base._array)
    take_history(before, base)
    with enable_grad():
        take_history(base, copy_slices(before, new, **geometry(x)))
    take_history(x, _from_base(x))
    x._seen = x._counter[0]


def reshape_in_place(x: Tensor, function, args=(), kwargs=None, twins=None) -> Tensor:
    """The in-place twin of a view operation: x becomes the view that function(x, *args, **kwargs) is.

    Its history is that operation's, even where x is a view: nothing was written.
    twins: {operation: the same under the name that torch gives its node in this case}.
    Raises: as `write` does.
    """
    check_inference(x)
    check_recorded_write(x)
    if x._base is not None:
        current_history(x)
    old = Tensor._wrap(x._array)
    old._root = x._root
    take_history(old, x)
    out = function(old, *args, **(kwargs or {}))
    x._root = x._array if x._root is None else x._root
    x._array = out._array
    x._bump_version()
    if state.enabled and out._requires_grad:
        twin = (twins or {}).get(out._node.op)
        if twin is not None:
            out._node.op, out._node.__class__ = twin, twin.node_class
        take_history(x, out)
        x._seen = x._counter[0]
    return x
