"""Counting elements: distinct ones, by value, by range; and the mean of what is not missing."""

import math

import numpy as np

from .. import checks
from ..autograd.op import op
from ..memory_order import row_major
from ..tensor import Tensor
from .public import public
from .reduce import nansum, reduced_dims

# --- distinct elements -----------------------------------------------------------------------------


def _distinct(x, dim, order_first):
    """(the distinct elements or slices, which of them each is, how often each occurs)

    order_first: all that are equal count as one; otherwise only neighbours do.  NaN equals nothing.
    """
    rows = x.reshape(-1) if dim is None else np.moveaxis(x, dim, 0).reshape(x.shape[dim], x.size // max(x.shape[dim], 1))
    count = len(rows)
    order = np.arange(count)
    if order_first:
        order = np.argsort(rows, kind="stable") if dim is None else np.lexsort(rows.T[::-1]) if count else order
    ranked = rows[order]
    differs = ranked[1:] != ranked[:-1]
    begins = np.ones(count, bool)
    begins[1:] = differs if dim is None else differs.any(1)
    group = np.cumsum(begins) - 1
    inverse = np.empty(count, np.int64)
    inverse[order] = group
    first = order[begins]
    out = rows[first] if dim is None else x.take(first, dim)
    return out, inverse.reshape(x.shape) if dim is None else inverse, np.bincount(group, minlength=len(first))


@op(outputs=("out", "inverse", "counts"), differentiable=("out",), any_order=True)
def distinct_op(x, *, dim, order_first, name):
    out, *rest = _distinct(x, dim, order_first)
    if dim is not None:  # torch puts the distinct slices one after the other
        out = row_major(np.moveaxis(out, dim, 0))
        out = np.moveaxis(out, 0, dim)
    return out, *rest


@distinct_op.gradient
def _(g, name):
    raise NotImplementedError(f"the derivative for '{name}' is not implemented.")


_NAMES = {"_unique2": "Unique2", "unique_dim": "UniqueDim", "unique_consecutive": "UniqueConsecutive"}
_DISTINCT = {name: distinct_op.named(f"{node}Backward0") for name, node in _NAMES.items()}


def _unique(input, name, dim, order_first, return_inverse, return_counts):
    checks.check_tensor(input, name)
    if dim is not None:
        shape = input._array.shape
        if not shape:
            raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
        dim = checks.check_dim(dim, input.ndim)
        if shape[dim] == 0 and shape.count(0) > 1:
            raise RuntimeError("Number of zero sized dimensions is more than one, so unique cannot be applied ")
        if shape[dim] and 0 in shape:
            raise RuntimeError("There are 0 sized dimensions, and they aren't selected, so unique cannot be applied")
    out, inverse, counts = _DISTINCT[name](input, dim=dim, order_first=order_first, name=name)
    results = (out, *[inverse] * bool(return_inverse), *[counts] * bool(return_counts))
    return results if len(results) > 1 else out


@public
def unique(input, sorted=True, return_inverse=False, return_counts=False, dim=None):
    """The distinct elements in ascending order, or the distinct slices along dim; if asked, with (inverse, counts):
    which of them each element is, and how often each occurs.  Every NaN is distinct.

    Shapes: out (k,), or input's with k for dim; inverse input's, or (size of dim,); counts (k,).
    Raises: RuntimeError for a dim beside one without elements.  Torch: torch.unique
    """
    return _unique(input, "_unique2" if dim is None else "unique_dim", dim, True, return_inverse, return_counts)


@public
def unique_consecutive(input, return_inverse=False, return_counts=False, dim=None):
    """The elements (or slices along dim) without those that equal their predecessor; otherwise as `unique`.

    Raises: RuntimeError for a dim beside one without elements.  Torch: torch.unique_consecutive
    """
    return _unique(input, "unique_consecutive", dim, False, return_inverse, return_counts)


# --- by value, by range ----------------------------------------------------------------------------


@op(name="torch::autograd::NotImplemented")
def weight_of_each(weights, *, values, minlength):
    result = np.bincount(values, weights.astype(np.float64), minlength)
    return result.astype(np.float32) if weights.dtype == np.float32 else result


@weight_of_each.gradient
def _(g):
    raise RuntimeError("derivative for aten::bincount is not implemented")


@public
def bincount(input, weights=None, minlength=0):
    """How often each of 0, 1, 2, ... occurs; with weights, their sum instead.

    Shapes: (n,) -> (max(largest + 1, minlength),)
    Raises: RuntimeError for another rank, negative elements or other weights; NotImplementedError for floats.
    Torch: torch.bincount
    """
    checks.check_tensor(input, "bincount")
    x = input._array
    if x.dtype.kind not in "iu":
        raise NotImplementedError(f"\"bincount_cpu\" not implemented for '{input.dtype.long_name}'")
    if minlength < 0:
        raise RuntimeError("minlength should be >= 0")
    if x.ndim != 1 or (x.size and x.min() < 0):
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    if weights is not None and weights._array.shape != x.shape:
        raise RuntimeError("weights should be 1-d and have the same length as input")
    if weights is None or not x.size:
        return Tensor._wrap(np.bincount(x.astype(np.int64), minlength=minlength).astype(np.int64))
    return weight_of_each(weights, values=x, minlength=minlength)


@public(out=True)
def histc(input, bins=100, min=0, max=0):
    """How many elements fall in each of `bins` equal intervals of [min, max], or of the range of the elements if
    min = max; what lies outside, and NaN, is not counted.

    Shapes: any -> (bins,)
    Raises: RuntimeError for bins or a range without width; NotImplementedError for integers.  Torch: torch.histc
    """
    checks.check_tensor(input, "histc")
    if not isinstance(bins, int):
        raise TypeError(f"histc(): argument 'bins' (position 2) must be int, not {type(bins).__name__}")
    if bins <= 0:
        raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {bins} for dimension 0")
    x = input._array.reshape(-1)
    low, high = float(min), float(max)
    if low == high and x.size:
        low, high = float(x.min()), float(x.max())
    if low == high:
        low, high = low - 1, high + 1
    if not (math.isfinite(low) and math.isfinite(high)):
        raise RuntimeError(f"torch.histc: range of [{low:g}, {high:g}] is not finite")
    if not low < high:
        raise RuntimeError("torch.histc: max must be larger than min")
    if x.dtype.kind != "f":
        kernel = "linspace_cpu" if x.dtype.kind == "b" else "histogram_cpu"
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{input.dtype.long_name}'")
    left, right = x.dtype.type(low), x.dtype.type(high)
    with np.errstate(all="ignore"):
        inside = x[(x >= left) & (x <= right)]
        place = ((inside - left) * x.dtype.type(bins) / (right - left)).astype(np.int64)
    counts = np.bincount(np.minimum(place, bins - 1), minlength=bins)
    return Tensor._wrap(counts.astype(x.dtype))


# --- means -----------------------------------------------------------------------------------------


@public(out=True)
def nanmean(input, dim=None, keepdim=False, *, dtype=None):
    """The mean over `dim` of what is not NaN; NaN where nothing is left.

    Raises: RuntimeError for integers.  Torch: torch.nanmean
    """
    checks.check_tensor(input, "nanmean")
    if not input.is_floating_point():
        raise RuntimeError(
            f"nanmean(): expected input to have floating point or complex dtype but got {input.dtype.long_name}"
        )
    if dtype is not None and not dtype.is_floating_point:
        raise RuntimeError(
            "nanmean(): could not infer output dtype. Optional dtype must be either a floating point or complex dtype. "
            f"Got: {dtype.long_name}"
        )
    dims = reduced_dims(dim, input.ndim)
    total = nansum(input, dim, keepdim, dtype=dtype)
    count = row_major(np.asarray((~np.isnan(input._array)).sum(axis=dims, keepdims=keepdim)))
    return total / Tensor._wrap(count)
