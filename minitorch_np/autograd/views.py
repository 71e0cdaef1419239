"""Views and in-place writes: NumPy already shares the memory, here only the history is kept right.

A view remembers its base (the root of all views of one memory), the view operations that lead from
the base to it, and the base's version counter, which all of them share.  Writing through any of them raises
the counter, so the others notice, when next used, that their history must be derived anew.
"""

import numpy as np

from .. import checks
from ..tensor import Tensor
from .mode import enable_grad, no_grad, state

LEAF = "a leaf Variable that requires grad is being used in an in-place operation."
VIEW_OF_LEAF = "a view of a leaf Variable that requires grad is being used in an in-place operation."
VIEW_WITHOUT_HISTORY = (
    "A view was created in no_grad mode and is being modified inplace with grad mode enabled. Given that this use "
    "case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the view and the "
    "inplace either both inside the no_grad block (if you don't want the inplace to be tracked) or both outside (if "
    "you want the inplace to be tracked)."
)


def make_view(op, x: Tensor, options: dict, out) -> None:
    """Mark the result(s) of a view operation as views of what `x` is a view of, or of `x`."""
    counter = x._version_counter()
    base = x if x._base is None else x._base
    for number, view in enumerate(out if type(out) is tuple else (out,)):
        view._base, view._counter, view._seen = base, counter, counter[0]
        step = (op, options, number if type(out) is tuple else None)
        view._replay = None if x._replay is None or not state.enabled else (*x._replay, step)


def replay(steps, base: Tensor) -> Tensor:
    """Take the view operations `steps` again, from `base`."""
    for op, options, number in steps:
        base = op(base, **options)
        if number is not None:
            base = base[number]
    return base


def current_history(view: Tensor) -> bool:
    """Bring a view's node up to date if somebody wrote to its memory; returns whether it requires grad."""
    if view._seen != view._counter[0]:
        view._seen = view._counter[0]
        base = view._base
        if base._requires_grad and view._replay is not None and view._replay:
            with enable_grad():
                _adopt(view, replay(view._replay, base))
    return view._requires_grad


def write(x: Tensor, function, args=(), kwargs=None) -> Tensor:
    """The in-place twin of any operation: compute out of place, write into x's memory, take the history over.

    Raises: RuntimeError, in torch's words, for a leaf that requires grad, a view of one, an expanded
    tensor, a result of a higher category or of another shape.
    """
    recording = state.enabled
    if recording:
        _check_history(x)
    checks.check_writable(x._array)
    old = x
    if recording and (x.requires_grad or any(isinstance(a, Tensor) and a.requires_grad for a in args)):
        old = Tensor._wrap(x._array.copy(order="K"))  # what the gradient saves must be the values before the write
        _adopt(old, x)
    out = function(old, *args, **(kwargs or {}))
    checks.check_castable(out.dtype, x.dtype)
    if out._array.shape != x._array.shape:
        raise RuntimeError(f"output with shape {list(x.shape)} doesn't match the broadcast shape {list(out.shape)}")
    if out._array.dtype != x._array.dtype:
        out = out.to(x.dtype)
    np.copyto(x._array, out._array)
    x._bump_version()
    if recording and out._requires_grad:
        for saved in out._node.saved if out._node is not old._node else ():
            if getattr(saved, "output_nr", None) == out._output_nr:  # the saved output lives in x's memory now
                saved.value, saved.counter, saved.version = x._array, x._counter, x._counter[0]
        rebase(x, out)
    elif x._base is not None:
        x._seen = x._counter[0]
    return x


def _check_history(x: Tensor) -> None:
    if x.requires_grad and x._node is None and x._base is None:
        raise RuntimeError(LEAF)
    base = x._base
    if base is not None and base._requires_grad and base._node is None:
        raise RuntimeError(VIEW_OF_LEAF)
    if base is not None and x._replay is None:
        raise RuntimeError(VIEW_WITHOUT_HISTORY)


def _adopt(x: Tensor, source: Tensor) -> None:
    x._node, x._output_nr, x._requires_grad = source._node, source._output_nr, source._requires_grad


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
