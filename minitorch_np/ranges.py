"""Tensors of evenly spaced numbers."""

import math
import warnings

import numpy as np

from . import dtypes
from .factory import C_TYPES, check_factory, deliver, filled, is_index, number, out_dtype
from .kernels.formula.random import fma
from .tensor import Tensor

__all__ = ["arange", "linspace", "logspace"]


def _deliver(out, array, requires_grad):
    """As `deliver`, but that an `out=` of any shape with as many elements keeps it."""
    return deliver(out, array if out is None or out.numel() != array.size else array.reshape(out.shape), requires_grad)


def arange(
    *bounds, out=None, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False, **named
) -> Tensor:
    """arange(end), arange(start, end) or arange(start, end, step): start, start + step, ... below end.

    int64 if all of them are ints.
    Raises: RuntimeError for a zero step or one of the wrong sign.  Torch: torch.arange
    """
    check_factory("arange", device, layout, pin_memory)
    start, end, step = _bounds(bounds, named)
    if not (step > 0 or step < 0):
        raise RuntimeError("step must be nonzero")
    if not all(math.isfinite(v) for v in (start, end)):
        raise RuntimeError(f"unsupported range: {start} -> {end}")
    if (end - start) * (1 if step > 0 else -1) < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    ints = all(isinstance(v, int) for v in (start, end, step))
    np_dtype = out_dtype("arange", out, dtype, dtypes.int64 if ints else dtypes.get_default_dtype())
    if np_dtype.kind == "b":
        raise NotImplementedError("\"arange_cpu\" not implemented for 'Bool'")
    if np_dtype.kind == "f":
        count = math.ceil((end - start) / step)
        array = (start + np.arange(count, dtype=np.float64) * step).astype(np_dtype)
    else:
        whole = np_dtype == np.int64
        if whole and not int(step):
            raise ValueError("step must be nonzero")
        count = math.ceil((int(end) - int(start)) / int(step)) if whole else math.ceil((end - start) / step)
        array = (int(start) + np.arange(count) * int(step)).astype(np_dtype)
    if out is not None and out.numel() not in (0, count):
        warnings.warn(
            f"The number of elements in the out tensor of shape {list(out.shape)} is {out.numel()} which does not match the "
            f"computed number of elements {count}. Note that this may occur as a result of rounding error. The out tensor "
            f"will be resized to a tensor of shape ({count},).",
            UserWarning,
            stacklevel=2,
        )
    return _deliver(out, array, requires_grad)


def _bounds(given, named):
    """(start, end, step) as numbers."""
    names = ("end",) if len(given) == 1 and "end" not in named else ("start", "end", "step")
    values = dict(zip(names, given))
    for name, value in named.items():
        if name not in ("start", "end", "step"):
            raise TypeError(f"arange() got an unexpected keyword argument '{name}'")
        if name in values:
            raise TypeError(f"arange() got multiple values for argument '{name}'")
        values[name] = value
    if not values or len(given) > 3:
        kinds = ", ".join(type(v).__name__ for v in given)
        raise TypeError(f"arange() received an invalid combination of arguments - got ({kinds})")
    if "end" not in values:
        raise TypeError('arange() missing 1 required positional arguments: "end"')
    values = {n: number(v, "arange", n, 1 + (names.index(n) if n in names else 0)) for n, v in values.items()}
    return values.get("start", 0), values["end"], values.get("step", 1)


def _spread(name, start, end, steps, out, dtype):
    """(start, end, and step as torch computes it, the dtype) of linspace and logspace."""
    given = [(which, v.ndim) for which, v in (("start", start), ("end", end)) if isinstance(v, Tensor)]
    if any(ndim for _, ndim in given):
        dims = " and ".join(f"{which} with {ndim} dimension(s)" for which, ndim in given)
        raise RuntimeError(f"{name} only supports 0-dimensional start and end tensors, but got {dims}.")
    start, end = [v.item() if isinstance(v, Tensor) else v for v in (start, end)]
    if not is_index(steps) or not all(isinstance(v, int | float | np.generic) for v in (start, end)):
        kinds = ", ".join(type(v).__name__ for v in (start, end, steps))
        raise TypeError(f"{name}() received an invalid combination of arguments - got ({kinds})")
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    np_dtype = out_dtype(name, out, dtype)
    if np_dtype.kind == "b":
        raise NotImplementedError(f"\"{name}_cpu\" not implemented for 'Bool'")
    return start, end, int(steps), np_dtype


def _whole(value, np_dtype) -> int:
    """The number without its fraction.  Raises: RuntimeError beyond the dtype's range."""
    if isinstance(value, int):
        return int(filled((), value, np_dtype))
    limits = np.iinfo(np_dtype)
    if not limits.min <= value <= limits.max:
        raise RuntimeError(f"value cannot be converted to type {C_TYPES[np_dtype.name]} without overflow")
    return int(value)


def _between(start, end, steps, kind, fused=False) -> np.ndarray:
    """Equal steps from both ends towards the middle, in the arithmetic of `kind`; fused: rounded once."""
    start, end = kind(start), kind(end)
    if steps == 1:
        return np.array([start], kind)
    step = (end - start) / kind(max(steps - 1, 1))
    at = np.arange(steps)
    from_start = at < steps // 2
    places = np.where(from_start, at, at - (steps - 1)).astype(kind)
    ends = np.where(from_start, start, end)
    return fma(step, places, ends) if fused and kind is not np.float16 else ends + step * places


def linspace(
    start, end, steps, *, out=None, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False
) -> Tensor:
    """`steps` values from start to end, both included.

    Raises: RuntimeError for negative steps.  Torch: torch.linspace
    """
    check_factory("linspace", device, layout, pin_memory)
    start, end, steps, np_dtype = _spread("linspace", start, end, steps, out, dtype)
    if np_dtype.kind != "f" and steps:
        start, end = _whole(start, np_dtype), _whole(end, np_dtype) if steps > 1 else 0
    kind = np_dtype.type if np_dtype.kind == "f" else np.float64
    return _deliver(out, _between(start, end, steps, kind, True).astype(np_dtype), requires_grad)


def logspace(
    start, end, steps, base=10.0, *, out=None, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False
) -> Tensor:
    """base to the powers of linspace(start, end, steps).

    Raises: RuntimeError for negative steps.  Torch: torch.logspace
    """
    check_factory("logspace", device, layout, pin_memory)
    start, end, steps, np_dtype = _spread("logspace", start, end, steps, out, dtype)
    kind = np_dtype.type if np_dtype.kind == "f" else np.float64
    whole = np_dtype.kind in "iu"
    if whole and steps > 1:
        start, end = _whole(start, np_dtype), _whole(end, np_dtype)
    with np.errstate(all="ignore"):
        powers = np.power(kind(base), _between(start, end, steps, kind))
    if whole and steps == 1:
        powers[0] = _whole(powers[0], np_dtype)
    with np.errstate(all="ignore"):
        array = powers.astype(np_dtype)
    return _deliver(out, array, requires_grad)
