"""Views and in-place writes: NumPy already shares the memory, here only the history is kept right.

A view remembers its base (the root of all views of one memory), the view operations that lead from
the base to it, and the base's version counter, which all of them share.  Writing through any of them raises
the counter, so the others notice, when next used, that their history must be derived anew.
"""

import numpy as np

from .. import checks
from ..tensor import Tensor
from .hooks import follow_history
from .mode import enable_grad, no_grad, state

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
    "several": "This view is the output of a function that returns multiple views. Such functions do not allow the output "
    "views to be modified inplace. You should replace the inplace operation by an out-of-place one.",
    "function": "This view was created inside a custom Function (or because an input was returned as-is) and the autograd "
    "logic to handle view+inplace would override the custom backward associated with the custom Function, leading to "
    "incorrect gradients. This behavior is forbidden. You can fix this by cloning the output of the custom Function.",
}


def make_view(op, x: Tensor, options: dict, out) -> None:
    """Mark the result(s) of a view operation as views of what `x` is a view of, or of `x`."""
    counter = x._version_counter()
    base = x if x._base is None else x._base
    several = type(out) is tuple
    origin = "no_grad" if not state.enabled else "several" if several else x._origin
    for number, view in enumerate(out if several else (out,)):
        view._base, view._counter, view._seen, view._origin = base, counter, counter[0], origin
        view._replay = (*x._replay, (op, options, number if several else None))


def replay(steps, base: Tensor) -> Tensor:
    """Take the view operations `steps` again, from `base`."""
    for op, options, number in steps:
        base = op(base, **options)
        if type(base) is tuple:
            base = base[number]
    return base


def current_history(view: Tensor) -> None:
    """Bring a view's node up to date if somebody wrote to its memory.

    Raises: RuntimeError if that somebody was recorded, and the view's origin allows no such thing.
    """
    base = view._base
    if view._seen != view._counter[0] and (base._requires_grad or view._node is not None):
        _check_origin(view, "its base or another view of its base has been")
        view._seen = view._counter[0]
        if base._requires_grad:
            with enable_grad():
                _adopt(view, replay(view._replay, base))
        else:  # its history began behind the base, with a view that is a leaf: what was written cut it off
            view._node, view._output_nr = _cut_off(view), 0


def _cut_off(view: Tensor):
    """A node that a gradient ends in."""
    from .node import Node
    from .op import alias

    node = Node(alias, [None], [(view._array.shape, view._array.dtype)])
    node.saved = ()
    return node


def _check_origin(view: Tensor, what: str) -> None:
    if not view._origin:
        return
    if view._origin == "no_grad" or view._node is None:
        happened = f"A view was created in no_grad mode and {what} modified inplace with grad mode enabled."
    else:
        maker = view._node.name().split("Backward")[0]
        happened = f"Output {view._output_nr} of {maker} is a view and {what} modified inplace."
    raise RuntimeError(f"{happened} {ORIGINS[view._origin]}")


def write(x: Tensor, function, args=(), kwargs=None, *, may_overlap=False, idempotent=False) -> Tensor:
    """The in-place twin of any operation: compute out of place, write into x's memory, take the history over.

    Raises: RuntimeError, in torch's words, for a leaf that requires grad, a view of one, an expanded
    tensor, a result of a higher category or of another shape.
    """
    requires_grad = x.requires_grad or any(isinstance(a, Tensor) and a.requires_grad for a in args)
    recording = state.enabled and requires_grad
    if recording:
        _check_history(x)
    if not idempotent:  # the same number may be written to one place several times
        checks.check_writable(x._array)
    for other in args:
        if isinstance(other, Tensor) and other is not x and not may_overlap:
            _check_overlap(x._array, other._array)
    old = x
    if recording:
        old = Tensor._wrap(x._array.copy(order="K"))  # what the gradient saves must be the values before the write
        _adopt(old, x)
    out = function(old, *args, **(kwargs or {}))
    if out._array.shape != x._array.shape:
        raise RuntimeError(f"output with shape {list(x.shape)} doesn't match the broadcast shape {list(out.shape)}")
    checks.check_castable(out.dtype, x.dtype)
    if out._array.dtype != x._array.dtype:
        out = out.to(x.dtype)
    np.copyto(x._array, out._array)
    x._bump_version()
    if recording and out._requires_grad:
        for saved in out._node.saved if out._node is not old._node else ():
            if getattr(saved, "output_nr", None) == out._output_nr:  # the saved output lives in x's memory now
                saved.value, saved.counter, saved.version = x._array, x._counter, x._counter[0]
        rebase(x, out)
    return x


def _check_history(x: Tensor) -> None:
    """Raises: RuntimeError where a recorded write would change what a leaf or a view's creator holds."""
    if x._base is not None:
        _check_origin(x, "is being")
        if x.requires_grad and x._base._node is None:
            raise RuntimeError(VIEW_OF_LEAF)
    if x.requires_grad and x._node is None:
        raise RuntimeError(LEAF)


def _check_overlap(written: np.ndarray, read: np.ndarray) -> None:
    """Raises: RuntimeError if the two lie in the same memory, but not element on element."""
    if written.size == 0 or read.size == 0 or not np.may_share_memory(written, read):
        return
    dense = all(a.transpose(np.argsort([-s for s in a.strides], kind="stable")).flags.c_contiguous for a in (written, read))
    same = written.ctypes.data == read.ctypes.data and written.nbytes == read.nbytes and written.strides == read.strides
    if dense and not same:
        raise RuntimeError(OVERLAP)


def _adopt(x: Tensor, source: Tensor) -> None:
    x._node, x._output_nr, x._requires_grad = source._node, source._output_nr, source._requires_grad
    if x._retains_grad:
        follow_history(x)


def rebase(x: Tensor, new: Tensor) -> None:
    """Give x the history of what was written; through a view, the base's becomes "old, but with this region new"."""
    base = x._base
    if base is None:
        _adopt(x, new)
        return
    from .op import op

    before = Tensor._wrap(base._array)
    _adopt(before, base)
    steps = x._replay

    @op(name="CopySlices")
    def copy_slices(base, new):
        return base  # the values are in place already

    copy_slices.once = True  # as in torch
    copy_slices.gradients(lambda g: _without(g, steps), lambda g: replay(steps, g))
    with enable_grad():
        _adopt(base, copy_slices(before, new))
        _adopt(x, replay(steps, base))
    x._seen = x._counter[0]


def _without(g: Tensor, steps) -> Tensor:
    """g with the region that the view shows set to zero: g minus the view's own vector-Jacobian product."""
    from .backward import grad

    with enable_grad():
        ones = Tensor._wrap(np.ones(g._array.shape, g._array.dtype)).requires_grad_()
        region = replay(steps, ones)
        with no_grad():
            cover = Tensor._wrap(np.ones(region._array.shape, region._array.dtype))
        inside = grad(region, ones, cover)[0]  # 1 where the view looks, 0 elsewhere
    return g.masked_fill(inside != 0, 0)  # not a product: inf and nan in the region must not leak
