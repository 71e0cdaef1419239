"""Scans: running products, extremes and log-sum-exps, and their opposite, the differences."""

import numpy as np

from .. import checks, dtypes
from ..autograd.op import op
from ..memory_order import row_major
from ..tensor import Tensor
from .convert import cloning
from .join import cat
from .public import public
from .reduce import _summable, cumsum_op, no_bools, scan_in_place
from .results import cummax_result, cummin_result
from .scattering import gather_op

# --- products --------------------------------------------------------------------------------------


@op(name="CumprodBackward0")
def cumprod_op(x, *, dim):
    if not x.ndim:
        return x.copy()
    if x.dtype == np.float16:
        return np.cumprod(x, axis=dim, dtype=np.float32).astype(np.float16)
    return np.cumprod(x, axis=dim, dtype=x.dtype)


@cumprod_op.gradient
def _(g, x, out, dim):
    if not g.ndim or x._array.size <= 1 or x._array.shape[dim] == 1:
        return g
    if not (x._array == 0).any():
        return cumsum_op((g * out).flip(dim), dim=dim).flip(dim) / x
    # With zeros about, the products of the *others*: row k is the scan of x with element k replaced by 1, from k on.
    size = x._array.shape[dim]
    last = x.movedim(dim, -1)
    rows = last.unsqueeze(-2).expand(*last.shape, size)
    rows = rows.masked_fill(Tensor._wrap(np.eye(size, dtype=bool)), 1)
    before = Tensor._wrap(np.tri(size, k=-1, dtype=bool))
    others = cumprod_op(rows, dim=rows.ndim - 1).masked_fill(before, 0)
    return (g.movedim(dim, -1).unsqueeze(-2) * others).sum(-1).movedim(-1, dim)


@public(out="dtype", axis=True)
def cumprod(input, dim, *, dtype=None):
    """y[i] = x[0] * ... * x[i] along dim; of integers and bools in int64.

    Raises: IndexError for a dim out of range.  Torch: torch.cumprod
    """
    checks.check_tensor(input, "cumprod")
    no_bools(dtype, input, "cumprod_out_cpu")
    return cumprod_op(_summable(input, dtype), dim=checks.check_dim(dim, input.ndim))


Tensor.cumprod_ = scan_in_place(cumprod)

# --- extremes --------------------------------------------------------------------------------------


def _running_extreme(name, choose, operation, result, input, dim):
    checks.check_tensor(input, name)
    x = input._array
    if not x.ndim and dim not in (-1, 0):
        raise IndexError(f"{name}(): Expected reduction dim -1 or 0 for scalar but got {dim}")
    dim = checks.check_dim(dim, x.ndim)
    if not x.ndim:
        return result(cloning(operation.node_name)(input), Tensor._wrap(np.zeros((), np.int64)))
    extreme = choose.accumulate(x, axis=dim)
    # The latest of equal elements counts, and so does the latest NaN.
    found = x == extreme if x.dtype.kind != "f" else (x == extreme) | np.isnan(x)
    places = np.arange(x.shape[dim]).reshape(-1, *[1] * (x.ndim - dim - 1))
    index = Tensor._wrap(row_major(np.maximum.accumulate(np.where(found, places, 0), axis=dim)))
    return result(operation(input, dim=dim, index=index), index)


_cummax, _cummin = gather_op.named("CummaxBackward0"), gather_op.named("CumminBackward0")


@public(out=True)
def cummax(input, dim):
    """(values, indices) of the largest element so far along dim: of equal ones the latest; NaN stays.

    Shapes: both as input.  Raises: IndexError for a dim out of range.  Torch: torch.cummax
    """
    return _running_extreme("cummax", np.maximum, _cummax, cummax_result, input, dim)


@public(out=True)
def cummin(input, dim):
    """(values, indices) of the smallest element so far along dim: of equal ones the latest; NaN stays.

    Shapes: both as input.  Raises: IndexError for a dim out of range.  Torch: torch.cummin
    """
    return _running_extreme("cummin", np.minimum, _cummin, cummin_result, input, dim)


# --- log-sum-exps ----------------------------------------------------------------------------------


def _scan_logaddexp(x, dim):
    return np.logaddexp.accumulate(x, axis=dim) if x.ndim else x.copy()


@op(name="LogcumsumexpBackward0")
def logcumsumexp_op(x, *, dim):
    wide = x.astype(np.float32) if x.dtype == np.float16 else x
    return _scan_logaddexp(wide, dim).astype(x.dtype)


@logcumsumexp_op.fast_gradient
def _(g, x, out, dim):
    """e^x_k * sum over i >= k of g_i e^-out_i, by a scan of logarithms: once for each sign of g."""
    if not x.ndim:
        return g
    logarithm = np.log(np.abs(g))

    def part(chosen):
        terms = np.where(chosen, logarithm, -np.inf).astype(x.dtype) - out
        return np.exp(np.flip(_scan_logaddexp(np.flip(terms, dim), dim), dim) + x)

    return part(g > 0) - part(g < 0)


@logcumsumexp_op.definition
def _(x, *, dim):
    if not x.ndim:
        return x.clone()
    last = x.movedim(dim, -1)
    size = last._array.shape[-1]
    rows = last.unsqueeze(-2).expand(*last.shape, size)
    later = Tensor._wrap(~np.tri(size, dtype=bool))
    return rows.masked_fill(later, -np.inf).logsumexp(-1).movedim(-1, dim)


@public(out=True)
def logcumsumexp(input, dim):
    """y[i] = ln(e^x[0] + ... + e^x[i]) along dim, without overflow.

    Raises: NotImplementedError for integers; IndexError for a dim out of range.  Torch: torch.logcumsumexp
    """
    checks.check_tensor(input, "logcumsumexp")
    dim = checks.check_dim(dim, input.ndim)
    if not input.is_floating_point():
        raise NotImplementedError(f"\"logcumsumexp_out_cpu\" not implemented for '{input.dtype.long_name}'")
    return logcumsumexp_op(input, dim=dim)


# --- differences -----------------------------------------------------------------------------------


def _check_joined(x, extra, dim):
    if extra is None:
        return
    if extra.ndim != x.ndim:
        raise RuntimeError("diff expects prepend or append to be the same dimension as input")
    for d, (wanted, got) in enumerate(zip(x._array.shape, extra._array.shape)):
        if d != dim and wanted != got:
            raise RuntimeError(
                "diff expects the shape of tensor to prepend or append to match that of input except along the "
                f"differencing dimension; input.size({d}) = {wanted}, but got tensor.size({d}) = {got}"
            )


@public(out=True)
def diff(input, n=1, dim=-1, prepend=None, append=None):
    """y[i] = x[i + 1] - x[i] along dim, n times over; for bools, whether they differ.

    Shapes: dim loses n (down to 0); prepend and append lengthen it first.
    Raises: RuntimeError for a 0-d input, n < 0 or shapes that do not match.  Torch: torch.diff
    """
    checks.check_tensor(input, "diff")
    if not input.ndim:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    dim = checks.check_dim(dim, input.ndim)
    for extra in (prepend, append):
        _check_joined(input, extra, dim)
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    if n == 0:
        return cloning("torch::autograd::CopyBackwards")(input)  # without what was to be joined, as in torch
    parts = [x for x in (prepend, input, append) if x is not None]
    if len(parts) > 1:
        input = cat(parts, dim)
    front = (slice(None),) * dim
    for _ in range(min(n, input._array.shape[dim])):
        later, earlier = input[(*front, slice(1, None))], input[(*front, slice(None, -1))]
        input = later.logical_xor(earlier) if input.dtype is dtypes.bool_ else later - earlier
    return input
