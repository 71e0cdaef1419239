"""What comes of putting elements in order: extremes, medians, modes, quantiles."""

import numpy as np

from .. import checks, dtypes
from ..autograd.op import op
from ..memory_order import row_major
from ..tensor import Tensor
from .convert import cloning
from .extremes import _not_empty, entries_at
from .public import public
from .reduce import reduced_dims, restored
from .results import (
    aminmax_result,
    kthvalue_result,
    median_result,
    mode_result,
    nanmedian_result,
)
from .scattering import gather_op
from .shape import squeeze_op


def _refuse_bools(input, kernel):
    if input._array.dtype.kind == "b":
        raise NotImplementedError(f"\"{kernel}\" not implemented for 'Bool'")


# --- both extremes ---------------------------------------------------------------------------------


@op(name="AminmaxBackward0", outputs=("low", "high"))
def aminmax_op(x, *, dims, keepdim):
    return tuple([np.asarray(f.reduce(x, axis=dims, keepdims=keepdim)) for f in (np.minimum, np.maximum)])


@aminmax_op.gradient
def _(grads, x, low, high, dims, keepdim):
    """Equal extremes share the gradient evenly."""
    total = None
    for g, extreme in zip(grads, (low, high)):
        if g is not None:
            g, extreme = (restored(t, x._array.shape, dims, keepdim) for t in (g, extreme))
            ties = x == extreme
            part = (g / (ties.sum(dims, keepdim=True) if dims else 1)).expand(x._array.shape).masked_fill(~ties, 0)
            total = part if total is None else total + part
    return total


@public(out=True)
def aminmax(input, *, dim=None, keepdim=False):
    """(min, max) over `dim` or of everything; NaN if there is one; ties share the gradient.

    Shapes: dim leaves, or stays as 1 with keepdim.
    Raises: RuntimeError or IndexError where there is nothing to choose from.  Torch: torch.aminmax
    """
    checks.check_tensor(input, "aminmax")
    if dim is None:
        if not input._array.size:
            raise RuntimeError("aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity.")
        dims = tuple(range(input.ndim))
    else:
        dims = reduced_dims(checks.check_dim(dim, input.ndim), input.ndim)
        if 0 in [input._array.shape[d] for d in dims]:
            raise IndexError(f"aminmax: Expected reduction dim {dims[0]} to have non-zero size.")
    return aminmax_result(*aminmax_op(input, dims=dims, keepdim=keepdim))


# --- one element by its rank -----------------------------------------------------------------------


def _pick(name, operation, result, input, dim, keepdim, place):
    """(values, indices) of the elements that `place` names: a function of (array, dim) with dim kept as 1."""
    dim = checks.check_dim(dim, input.ndim)
    if not input.ndim:
        return result(cloning(operation.node_name)(input), Tensor._wrap(np.zeros((), np.int64)))
    _not_empty(input, (dim,), name)
    index = Tensor._wrap(row_major(place(input._array, dim)))
    values = operation(input, dim=dim, index=index, keepdim=keepdim)
    return result(values, index if keepdim else index.squeeze(dim))


def _median_place(x, dim, ignore_nan):
    """The lower of two middle elements; the first NaN if NaN counts and there is one."""
    order = np.argsort(x, axis=dim, kind="stable")  # NaN last
    count = np.full_like(order.take([0], dim), x.shape[dim])
    if x.dtype.kind != "f":
        return np.take_along_axis(order, (count - 1) // 2, dim)
    missing = np.isnan(x)
    if ignore_nan:
        count = count - missing.sum(dim, keepdims=True)
        return np.take_along_axis(order, np.maximum(count - 1, 0) // 2, dim)
    middle = np.take_along_axis(order, (count - 1) // 2, dim)
    return np.where(missing.any(dim, keepdims=True), missing.argmax(dim, keepdims=True), middle)


@op(name="MedianBackward0")
def median_all(x, *, ignore_nan):
    x = x.reshape(-1)
    if not x.size:
        return np.asarray(np.nan).astype(x.dtype)
    return x[_median_place(x, 0, ignore_nan)[0]]


@median_all.gradient
def _(g, x, out):
    """Elements equal to the median share the gradient evenly."""
    ties = x.isnan() if np.isnan(out._array) else x == out
    return (g / ties.sum()).expand(x._array.shape).masked_fill(~ties, 0)


_nanmedian_all = median_all.named("NanmedianBackward0")
_medians = {
    "median": entries_at.named("MedianBackward1"),
    "nanmedian": entries_at.named("NanmedianBackward1"),
    "mode": entries_at.named("ModeBackward0"),
    "kthvalue": entries_at.named("KthvalueBackward0"),
}


@public(out=True)
def median(input, dim=None, keepdim=False):
    """The middle element, the lower of two; with a dim, (values, indices) along it.  NaN if there is one.

    Raises: IndexError for a dim without elements; NotImplementedError for bools.  Torch: torch.median
    """
    checks.check_tensor(input, "median")
    _refuse_bools(input, "median_cpu" if dim is None else "median_out")
    if dim is None:
        return median_all(input, ignore_nan=False)
    place = lambda x, d: _median_place(x, d, False)
    return _pick("median", _medians["median"], median_result, input, dim, keepdim, place)


@public(out=True)
def nanmedian(input, dim=None, keepdim=False):
    """The median of what is not NaN; otherwise as `median`.

    Raises: IndexError for a dim without elements; NotImplementedError for bools.  Torch: torch.nanmedian
    """
    checks.check_tensor(input, "nanmedian")
    _refuse_bools(input, "median_cpu" if dim is None else "median_out")
    if dim is None:
        return _nanmedian_all(input, ignore_nan=True)
    place = lambda x, d: _median_place(x, d, True)
    return _pick("median", _medians["nanmedian"], nanmedian_result, input, dim, keepdim, place)


def _mode_place(x, dim):
    """The last of the most frequent element, the smallest of several; every NaN counts for itself."""
    x = np.moveaxis(x, dim, -1)
    order = np.argsort(x, axis=-1, kind="stable")
    ranked = np.take_along_axis(x, order, -1)
    places = np.arange(x.shape[-1])
    begins = np.ones(ranked.shape, bool)
    begins[..., 1:] = ranked[..., 1:] != ranked[..., :-1]
    so_far = places - np.maximum.accumulate(np.where(begins, places, 0), axis=-1)
    return np.moveaxis(np.take_along_axis(order, so_far.argmax(-1, keepdims=True), -1), -1, dim)


@public(out=True)
def mode(input, dim=-1, keepdim=False):
    """(values, indices) of the most frequent element along dim: the smallest of several, where it occurs last.

    Raises: IndexError for a dim without elements.  Torch: torch.mode
    """
    checks.check_tensor(input, "mode")
    return _pick("mode", _medians["mode"], mode_result, input, dim, keepdim, _mode_place)


@public(out=True)
def kthvalue(input, k, dim=-1, keepdim=False):
    """(values, indices) of the k-th smallest element along dim, k from 1; NaN is the largest.

    Raises: RuntimeError for k out of range; NotImplementedError for bools.  Torch: torch.kthvalue
    """
    checks.check_tensor(input, "kthvalue")
    if not isinstance(k, int):
        raise TypeError(f"kthvalue(): argument 'k' (position 2) must be int, not {type(k).__name__}")
    at = checks.check_dim(dim, input.ndim)
    if input.ndim:
        _not_empty(input, (at,), "kthvalue")
    if not 1 <= k <= (input._array.shape[at] if input.ndim else 1):
        raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {at}")
    if input.ndim:  # of a single number no kernel runs
        _refuse_bools(input, "kthvalue_cpu")
    place = lambda x, d: np.argsort(x, axis=d, kind="stable").take([k - 1], d)
    return _pick("kthvalue", _medians["kthvalue"], kthvalue_result, input, dim, keepdim, place)


# --- quantiles -------------------------------------------------------------------------------------

_MODES = ("linear", "lower", "higher", "midpoint", "nearest")


def _check_quantile(input, q, interpolation):
    """q as a tensor of input's dtype."""
    if interpolation not in _MODES:
        raise RuntimeError(
            f"quantile() interpolation must be one of linear, lower, higher, midpoint or nearest, but got {interpolation}"
        )
    if not isinstance(q, Tensor):
        if not isinstance(q, int | float):
            raise TypeError(f"quantile(): argument 'q' (position 2) must be Tensor or float, not {type(q).__name__}")
        if not 0 <= q <= 1:
            raise RuntimeError(f"quantile() q must be in the range [0, 1] but got {q:g}")
    if not input._array.size:
        raise RuntimeError("quantile() input tensor must be non-empty")
    if isinstance(q, Tensor) and q.ndim > 1:
        raise RuntimeError("quantile() q must be a scalar or 1D tensor")
    if input.dtype not in (dtypes.float32, dtypes.float64):
        raise RuntimeError("quantile() input tensor must be either float or double dtype")
    if not isinstance(q, Tensor):
        return Tensor._wrap(np.asarray(q, input._array.dtype))
    if q.dtype is not input.dtype:
        raise RuntimeError("quantile() q tensor must be same dtype as the input tensor")
    if not ((q._array >= 0) & (q._array <= 1)).all():
        raise RuntimeError("quantile() q values must be in the range [0, 1]")
    return q


def _quantile(name, input, q, dim, keepdim, interpolation, ignore_nan):
    checks.check_tensor(input, name)
    q = _check_quantile(input, q, interpolation)
    if dim is None:
        row = input.reshape(-1)
    else:
        dim = checks.check_dim(dim, input.ndim)
        row = input.movedim(dim, -1) if input.ndim else input.reshape(1)
    x = row._array
    missing = np.isnan(x)
    size = x.shape[-1] - (missing.sum(-1, keepdims=True) if ignore_nan else np.zeros((*x.shape[:-1], 1), np.int64))
    ranks = q.reshape(-1) * Tensor._wrap(np.maximum(size - 1, 0).astype(x.dtype))
    if not ignore_nan:  # where there is a NaN, it is the answer: it stands last
        ranks = ranks.masked_fill(Tensor._wrap(missing.any(-1, keepdims=True)), x.shape[-1] - 1)
    ranked = row.sort(-1).values
    if interpolation in ("lower", "higher", "nearest"):
        rounded = {"lower": np.floor, "higher": np.ceil, "nearest": np.rint}[interpolation]
        result = _at(ranked, rounded(ranks._array))
    else:
        below = np.floor(ranks._array)
        weight = ranks * 0 + 0.5 if interpolation == "midpoint" else ranks - Tensor._wrap(below)
        result = _at(ranked, below).lerp(_at(ranked, np.ceil(ranks._array)), weight)
    if keepdim:
        result = result.reshape(*[1] * input.ndim, -1) if dim is None else result.unsqueeze(dim if input.ndim else 0)
        if not input.ndim:
            result = result.reshape(-1)
    elif not input.ndim:
        result = result.reshape(-1)
    if q.ndim:
        result = result.unsqueeze(0).transpose(0, -1)
    return squeeze_last(result, dims=(result.ndim - 1,))


squeeze_last = squeeze_op.named("SqueezeBackward4")  # torch's name for the dimension left out in place


def _at(ranked, ranks):
    return gather_op(ranked, dim=ranked.ndim - 1, index=Tensor._wrap(ranks.astype(np.int64)))


@public(out=True)
def quantile(input, q, dim=None, keepdim=False, *, interpolation="linear"):
    """The value below which the share q of the elements lies: between the two nearest, in sorted order; NaN if
    there is one.

    Shapes: dim leaves, or stays as 1 with keepdim; a vector q adds a first dimension.
    Raises: RuntimeError for q outside [0, 1], another interpolation or dtype.  Torch: torch.quantile
    """
    return _quantile("quantile", input, q, dim, keepdim, interpolation, False)


@public(out=True)
def nanquantile(input, q, dim=None, keepdim=False, *, interpolation="linear"):
    """The quantile of what is not NaN; otherwise as `quantile`.  Torch: torch.nanquantile"""
    return _quantile("nanquantile", input, q, dim, keepdim, interpolation, True)
