"""Clamping: the nearest value between two bounds, which are numbers or tensors."""

import numpy as np

from .. import checks, dtypes
from ..autograd.op import Op
from ..tensor import Tensor
from .elementwise import as_number, in_range, only, promoted, to_dtype
from .public import OUT_RULES, public


def _bounded(x, low, high):
    if low is not None:
        x = np.maximum(x, low)
    return x if high is None else np.minimum(x, high)


# --- by numbers ------------------------------------------------------------------------------------


def _by_numbers(name, kernel):
    def clamp_op(x, *, low, high):
        if x.dtype.kind == "b":
            raise NotImplementedError(f"\"{kernel}\" not implemented for 'Bool'")
        return _bounded(x, low, high)

    def gradient(g, x, low, high):
        inside = (x <= high) if low is None else (x >= low) if high is None else (x >= low) & (x <= high)
        return g.masked_fill(~inside, 0)

    return Op(clamp_op, name=name, elementwise=True).gradient(gradient)


_NUMBERS = _by_numbers("ClampBackward1", "clamp_scalar_cpu")
_NUMBER_BELOW = _by_numbers("ClampBackward1", "clamp_min_scalar_cpu")
_NUMBER_ABOVE = _by_numbers("ClampBackward1", "clamp_max_scalar_cpu")
_CLAMP_MIN, _CLAMP_MAX = _NUMBER_BELOW.named("ClampMinBackward0"), _NUMBER_ABOVE.named("ClampMaxBackward0")


_NUMBER = (int, float)


def _is_plain(bound) -> bool:
    """True for a number that every float dtype holds, or None."""
    return bound is None or type(bound) in _NUMBER and abs(bound) <= 65504


def _clamp_by_numbers(operation, name, input, low, high):
    if input._array.dtype.kind == "f" and _is_plain(low) and _is_plain(high):
        return operation.of_one(input, low=low, high=high)  # the commonest case: nothing to promote or to refuse
    bounds = [b if b is None else b.item() if isinstance(b, Tensor) else as_number(b, name, "min") for b in (low, high)]
    given = [dtypes.of_number(b) for b in bounds if b is not None]
    own = [input.dtype]
    dtype = dtypes.promote(own, [], given) if input.ndim else dtypes.promote([], own, given)
    low, high = (b if b is None else in_range(b, dtype) for b in bounds)
    return operation(to_dtype(input, dtype), low=low, high=high)


# --- by tensors ------------------------------------------------------------------------------------


def _by_tensors(name, kinds="uif"):
    def clamp_op(x, low, high):
        arrays = [a for a in (x, low, high) if a is not None]
        return only(kinds, "clamp_cpu", lambda *_: _bounded(x, low, high))(*arrays)

    def of_input(g, x, low, high):
        inside = (x <= high) if low is None else (x >= low) if high is None else (x >= low) & (x <= high)
        return g.masked_fill(~inside, 0)

    def of_low(g, x, low, high):
        taken = x < low if high is None else (x < low) & (low < high)
        return g.masked_fill(~taken, 0)

    def of_high(g, x, low, high):
        taken = x > high if low is None else (x > high) | (high < low)
        return g.masked_fill(~taken, 0)

    return Op(clamp_op, name=name, elementwise=True).gradients(of_input, of_low, of_high)


_TENSORS, _ONE_TENSOR = _by_tensors("ClampBackward0"), _by_tensors("ClampBackward0", "buif")
_CLAMP_MIN_TENSOR = _by_tensors("ClampMinBackward1", "buif")
_CLAMP_MAX_TENSOR = _by_tensors("ClampMaxBackward1", "buif")


def _clamp_by_tensors(operation, input, low, high):
    input, *bounds = promoted(input, *[b for b in (low, high) if b is not None])
    low, high = (None if b is None else bounds.pop(0) for b in (low, high))
    return operation(input, low, high)


# --- public ----------------------------------------------------------------------------------------


def _found(name, result, out, operands):
    """Between numbers torch writes its own dtype only."""
    rule = OUT_RULES[True if any(isinstance(bound, Tensor) for bound in operands[1:]) else "found"]
    rule(name, result, out, operands)


def _clamp(name, input, min, max):
    checks.check_tensor(input, name)
    if type(min) in _NUMBER and type(max) in _NUMBER:
        return _clamp_by_numbers(_NUMBERS, name, input, min, max)
    given = [b for b in (min, max) if b is not None]
    if not given:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    if all(isinstance(b, Tensor) for b in given):
        return _clamp_by_tensors(_TENSORS if len(given) == 2 else _ONE_TENSOR, input, min, max)
    for argument, bound in (("min", min), ("max", max)):
        if isinstance(bound, Tensor) and (bound.ndim or bound.requires_grad):
            raise TypeError(f"{name}(): argument '{argument}' must be Number, not Tensor")
    operation = _NUMBERS if len(given) == 2 else _NUMBER_ABOVE if min is None else _NUMBER_BELOW
    return _clamp_by_numbers(operation, name, input, min, max)


@public(inplace=True, out=_found)
def clamp(input, min=None, max=None):
    """The nearest value in [min, max]; the bounds are both numbers or both tensors; max wins where min > max.

    Shapes: broadcast.  Raises: RuntimeError if neither bound is given.  Torch: torch.clamp
    """
    return _clamp("clamp", input, min, max)


@public(inplace=True, out=_found, same_as="clamp")
def clip(input, min=None, max=None):
    """The same as `clamp`.  Torch: torch.clip"""
    return _clamp("clip", input, min, max)


@public(inplace=True, out=_found)
def clamp_min(input, min):
    """The larger of input and min, elementwise.  Torch: torch.clamp_min"""
    checks.check_tensor(input, "clamp_min")
    if isinstance(min, Tensor):
        return _clamp_by_tensors(_CLAMP_MIN_TENSOR, input, min, None)
    min = as_number(min, "clamp_min", "min")
    return _clamp_by_numbers(_CLAMP_MIN, "clamp_min", input, min, None)


@public(inplace=True, out=_found)
def clamp_max(input, max):
    """The smaller of input and max, elementwise.  Torch: torch.clamp_max"""
    checks.check_tensor(input, "clamp_max")
    if isinstance(max, Tensor):
        return _clamp_by_tensors(_CLAMP_MAX_TENSOR, input, None, max)
    max = as_number(max, "clamp_max", "max")
    return _clamp_by_numbers(_CLAMP_MAX, "clamp_max", input, None, max)
