"""Reductions: many elements become one."""

import functools
import math

import numpy as np

from .. import checks, dtypes, kernels
from ..autograd.mode import state
from ..autograd.op import op
from ..memory_order import row_major
from ..tensor import Tensor
from .convert import cloning
from .elementwise import to_dtype, wide
from .public import in_place, public


def reduced_dims(dim, ndim) -> tuple[int, ...]:
    """The axes that `dim` names; None and () name all of them."""
    if dim is None or (isinstance(dim, tuple | list) and not len(dim)):
        return tuple(range(ndim))
    dims = checks.check_dims(dim, ndim)
    return dims if ndim else ()


def restored(g, x_shape, dims, keepdim):
    """A reduced tensor with its dimensions back, as size 1, so that it broadcasts with the input."""
    if not keepdim:
        for d in sorted(dims):
            g = g.unsqueeze(d)
    return g


def accumulate(function, x, dims, keepdim):
    """Run a reduction, such as np.add.reduce; float16 is summed in float32 and rounded once."""
    if x.dtype.char == "e":
        return function(x, axis=dims, keepdims=keepdim, dtype=np.float32).astype(np.float16)
    return function(x, axis=dims, keepdims=keepdim, dtype=x.dtype)


LARGE = 1 << 16  # elements: below, one thread is enough, and NumPy is


def around(x, dims):
    """x as (O,K,I), K the dimensions that go; None where a kernel is not worth it or they are not neighbours in memory."""
    if x.size < LARGE or x.dtype.char not in "fd" or not x.flags.c_contiguous:
        return None
    dims = range(x.ndim) if dims is None else sorted(dims)
    if not dims or dims[-1] - dims[0] != len(dims) - 1:
        return None
    return x.reshape(math.prod(x.shape[: dims[0]]), math.prod(x.shape[dims[0] : dims[-1] + 1]), -1)


def left(shape, dims, keepdim):
    """The shape of what a reduction leaves."""
    gone = range(len(shape)) if dims is None else dims
    return tuple([1 if d in gone else n for d, n in enumerate(shape) if keepdim or d not in gone])


def _added(x, dims, keepdim):
    planes = around(x, dims)
    if planes is None:
        return accumulate(np.add.reduce, x, dims, keepdim)
    return kernels.sums(planes).reshape(left(x.shape, dims, keepdim))


# --- sums ------------------------------------------------------------------------------------------


@op(name="SumBackward1")
def sum_op(x, *, dims, keepdim):
    return accumulate(np.add.reduce, x, dims, keepdim) if x.size < LARGE else _added(x, dims, keepdim)


sum_op.gradient(lambda g, x_shape, dims, keepdim: restored(g, x_shape, dims, keepdim).expand(x_shape))


@op(name="SumBackward0")
def sum_all(x):
    return accumulate(np.add.reduce, x, None, False) if x.size < LARGE else _added(x, None, False)


sum_all.gradient(lambda g, x_shape: g.expand(x_shape))


def _summable(input, dtype):
    """Sums of integers and bools are int64 unless asked otherwise."""
    if dtype is not None:
        return to_dtype(input, checks.check_dtype(dtype))
    return input if input._array.dtype.kind == "f" else to_dtype(input, dtypes.int64)


@public(out="dtype", axis=True)
def sum(input, dim=None, keepdim=False, *, dtype=None):
    """The sum over `dim` (an int, several, or all).

    Shapes: dim leaves, or stays as 1 with keepdim.  Raises: IndexError for a dim out of range.
    Torch: torch.sum
    """
    checks.check_tensor(input, "sum")
    input = _summable(input, dtype)
    if dim is None and not keepdim:
        return sum_all.of_one(input)
    return sum_op.of_one(input, dims=reduced_dims(dim, input._array.ndim), keepdim=keepdim)


@op(name="NansumBackward0")
def nansum_op(x, *, dims, keepdim):
    return accumulate(np.add.reduce, np.where(np.isnan(x), x.dtype.type(0), x), dims, keepdim)


@nansum_op.gradient
def _(g, x, dims, keepdim):
    return restored(g, x._array.shape, dims, keepdim).expand(x._array.shape).masked_fill(x.isnan(), 0)


@public(out="dtype", axis=True)
def nansum(input, dim=None, keepdim=False, *, dtype=None):
    """The sum over `dim`, NaN counted as zero.  Torch: torch.nansum"""
    checks.check_tensor(input, "nansum")
    if not input.is_floating_point() or (dtype is not None and not dtype.is_floating_point):
        return sum(input.nan_to_num(0, math.inf, -math.inf), dim, keepdim, dtype=dtype)
    return nansum_op(_summable(input, dtype), dims=reduced_dims(dim, input.ndim), keepdim=keepdim)


@public(namespace=())
def sum_to_size(self, *size):
    """Sum over the dimensions along which `size` was broadcast to this shape.

    Raises: RuntimeError if it was not.  Torch: Tensor.sum_to_size
    """
    shape = checks.check_shape(size)
    own = self._array.shape
    if shape == own and shape:
        return self
    if shape and shape == own[-len(shape) :] and not state.enabled and self._array.dtype.kind == "f":
        return sum_op.of_one(self, dims=tuple(range(len(own) - len(shape))), keepdim=False)  # a bias's gradient: no view
    if not checks.is_expandable(shape, self._array.shape):
        raise RuntimeError(f"size {{{list(shape)}}} is not expandable to size {{{list(self.shape)}}}.")
    if not shape:
        return self.sum()  # as in torch, whose node is SumBackward0 only here
    extra = self.ndim - len(shape)
    dims = [*range(extra), *(d + extra for d, s in enumerate(shape) if s == 1 and self._array.shape[d + extra] != 1)]
    kept = sum_op(_summable(self, None), dims=tuple(dims), keepdim=True) if dims else self
    return kept.reshape(shape) if extra else kept


def _mean_dtype(input, dtype, name):
    if dtype is not None:
        input = to_dtype(input, checks.check_dtype(dtype))
    if input._array.dtype.kind != "f":
        got = "Input" if dtype is None else "Optional"
        raise RuntimeError(
            f"mean(): could not infer output dtype. {got} dtype must be either a floating point or complex dtype. "
            f"Got: {input.dtype.long_name}"
        )
    return input


@op(name="MeanBackward1")
def mean_op(x, *, dims, keepdim):
    count = x.size if len(dims) == x.ndim else math.prod([x.shape[d] for d in dims])
    if x.dtype.char == "e":
        return (np.add.reduce(x, axis=dims, keepdims=keepdim, dtype=np.float32) / (count or np.nan)).astype(x.dtype)
    total = np.add.reduce(x, axis=dims, keepdims=keepdim) if x.size < LARGE else _added(x, dims, keepdim)
    return total / (count or np.nan)


@mean_op.gradient
def _(g, x_shape, dims, keepdim):
    count = math.prod(x_shape[d] for d in dims)
    return restored(g, x_shape, dims, keepdim).expand(x_shape) / count


mean_all = mean_op.named("MeanBackward0")


@public(out=True, axis=True)
def mean(input, dim=None, keepdim=False, *, dtype=None):
    """The mean over `dim`: sum / count.

    Raises: RuntimeError for integers.  Torch: torch.mean
    """
    checks.check_tensor(input, "mean")
    input = _mean_dtype(input, dtype, "mean")
    if dim is None and not keepdim:
        return mean_all.of_one(input, dims=tuple(range(input._array.ndim)), keepdim=False)
    return mean_op.of_one(input, dims=reduced_dims(dim, input._array.ndim), keepdim=keepdim)


@op(name="VarBackward0")
def var_op(x, *, dims, correction, keepdim):
    count = math.prod(x.shape[d] for d in dims)
    wide = x.astype(np.float32) if x.dtype == np.float16 else x
    centred = wide - np.mean(wide, axis=dims, keepdims=True) if count else wide
    total = np.sum(centred * centred, axis=dims, keepdims=keepdim)
    return (total / np.asarray(max(count - correction, 0), wide.dtype)).astype(x.dtype)


@var_op.gradient
def _(g, x, dims, correction, keepdim):
    count = math.prod(x._array.shape[d] for d in dims)
    centred = x - mean_op(x, dims=dims, keepdim=True)
    scale = 2 / (count - correction) if count > correction else math.nan
    return restored(g, x._array.shape, dims, keepdim) * centred * scale


def _spread_arguments(input, dim, unbiased, correction, name):
    """var and std come as (dim, correction=) and, older, as (unbiased) and (dim, unbiased)."""
    checks.check_tensor(input, name)
    if not input.is_floating_point():
        what = name if name.endswith("mean") else "std and var"
        raise RuntimeError(f"{what} only support floating point and complex dtypes")
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    if unbiased is not None and correction is not None:
        raise TypeError(f"{name}() takes 'unbiased' or 'correction', not both")
    if correction is None:
        correction = 1 if unbiased is None or unbiased else 0
    dims = reduced_dims(dim, input.ndim)
    if math.prod(input._array.shape[d] for d in dims) <= correction:
        import warnings

        warnings.warn(
            f"{name}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction factor "
            "(input numel divided by output numel).",
            UserWarning,
            stacklevel=3,
        )
    return dims, correction


@public(out=True, axis=True)
def var(input, dim=None, unbiased=None, keepdim=False, *, correction=None):
    """sum((x - mean)^2) / (count - correction); correction 1 unless asked otherwise.

    Torch: torch.var
    """
    dims, correction = _spread_arguments(input, dim, unbiased, correction, "var")
    return var_op(input, dims=dims, correction=correction, keepdim=keepdim)


@op(name="StdBackward0")
def std_op(x, *, dims, correction, keepdim):
    return np.sqrt(var_op.forward(x, dims=dims, correction=correction, keepdim=keepdim))


@std_op.gradient
def _(g, x, out, dims, correction, keepdim):
    count = math.prod(x._array.shape[d] for d in dims)
    centred = x - mean_op(x, dims=dims, keepdim=True)
    slope = (g / (out * (count - correction))).masked_fill(out == 0, 0)
    return restored(slope, x._array.shape, dims, keepdim) * centred


@public(out=True, axis=True)
def std(input, dim=None, unbiased=None, keepdim=False, *, correction=None):
    """sqrt(var).  Torch: torch.std"""
    dims, correction = _spread_arguments(input, dim, unbiased, correction, "std")
    return std_op(input, dims=dims, correction=correction, keepdim=keepdim)


def _with_mean(name, node_name, of_spread):
    """An operation of two results: the spread, and the mean on the way to it."""

    @op(name=node_name, outputs=("spread", "mean"))
    def operation(x, *, dims, correction, keepdim):
        return (
            of_spread.forward(x, dims=dims, correction=correction, keepdim=keepdim),
            mean_op.forward(x.astype(np.float64), dims=dims, keepdim=keepdim).astype(x.dtype),  # torch's is float64, too
        )

    @operation.gradient
    def _(grads, x, spread, x_shape, dims, correction, keepdim):
        parts = []
        if grads[0] is not None:
            values = (x, dims, correction, keepdim) if of_spread is var_op else (x, spread, dims, correction, keepdim)
            parts.append(of_spread._gradient(grads[0], *values))
        if grads[1] is not None:
            parts.append(mean_op._gradient(grads[1], x_shape, dims, keepdim))
        return parts[0] if len(parts) == 1 else parts[0] + parts[1]

    def call(input, dim, unbiased, keepdim, correction):
        dims, correction = _spread_arguments(input, dim, unbiased, correction, name)
        return operation(input, dims=dims, correction=correction, keepdim=keepdim)

    return call


_var_mean = _with_mean("var_mean", "VarMeanBackward0", var_op)
_std_mean = _with_mean("std_mean", "StdMeanBackward0", std_op)


@public(method=False, axis=True)
def var_mean(input, dim=None, unbiased=None, keepdim=False, *, correction=None):
    """(var, mean) over `dim`.  Torch: torch.var_mean"""
    return _var_mean(input, dim, unbiased, keepdim, correction)


@public(method=False, axis=True)
def std_mean(input, dim=None, unbiased=None, keepdim=False, *, correction=None):
    """(std, mean) over `dim`.  Torch: torch.std_mean"""
    return _std_mean(input, dim, unbiased, keepdim, correction)


# --- products ----------------------------------------------------------------------------------------


@op(name="ProdBackward1")
def prod_op(x, *, dim, keepdim):
    return accumulate(np.multiply.reduce, x, dim, keepdim)


@prod_op.gradient
def _(g, x, out, dim, keepdim):
    g = restored(g, x._array.shape, (dim,), keepdim)
    if not (x._array == 0).any():
        return g * restored(out, x._array.shape, (dim,), keepdim) / x
    # With zeros about, the product of the *others*: one row per element, that element replaced by 1.
    size = x._array.shape[dim]
    rows = x.movedim(dim, -1).unsqueeze(-2).expand(*x.movedim(dim, -1).shape[:-1], size, size)
    eye = Tensor._wrap(np.eye(size, dtype=bool))
    others = prod_op(rows.masked_fill(eye, 1), dim=x.ndim, keepdim=False)
    return g * others.movedim(-1, dim)


prod_all = prod_op.named("ProdBackward0")


@public(out="dtype", axis=True)
def prod(input, dim=None, keepdim=False, *, dtype=None):
    """The product over `dim`, or of everything.  Torch: torch.prod"""
    checks.check_tensor(input, "prod")
    input = _summable(input, dtype)
    if dim is None:
        return prod_all(input.reshape(-1), dim=0, keepdim=False)
    dim = checks.check_dim(dim, input.ndim)
    return prod_op(input, dim=dim, keepdim=keepdim) if input.ndim else cloning(prod_op.node_name)(input)


def no_bools(dtype, input, kernel):
    """Raises: NotImplementedError for dtype=bool, where there is anything to scan."""
    if dtype is dtypes.bool_ and input.ndim and input._array.size:
        raise NotImplementedError(f"\"{kernel}\" not implemented for 'Bool'")


@op
def cumsum_op(x, *, dim):
    return np.cumsum(x, axis=dim, dtype=x.dtype) if x.ndim else x.copy()


cumsum_op.gradient(lambda g, dim: cumsum_op(g.flip(dim), dim=dim).flip(dim) if g.ndim else g)
cumsum_op.node_name = "CumsumBackward0"


@public(out="dtype", axis=True)
def cumsum(input, dim, *, dtype=None):
    """y[i] = x[0] + ... + x[i] along dim; of integers and bools in int64.

    Raises: NotImplementedError for dtype=bool.  Torch: torch.cumsum
    """
    checks.check_tensor(input, "cumsum")
    no_bools(dtype, input, "cumsum_out_cpu")
    return cumsum_op(_summable(input, dtype), dim=checks.check_dim(dim, input.ndim))


def scan_in_place(function):
    """x.NAME_(dim), whose dtype cannot change."""
    plain = in_place(function, function.__name__ + "_")

    @functools.wraps(plain)
    def method(self, dim, *, dtype=None):
        if dtype is not None and dtype is not self.dtype:
            own, other = checks.C_NAMES[self.dtype.name], checks.C_NAMES[dtype.name]
            raise RuntimeError(f"Bad in-place call: input tensor dtype {own} and output tensor dtype {other} should match")
        no_bools(dtype, self, f"{function.__name__}_out_cpu")
        return plain(self, dim)

    return method


Tensor.cumsum_ = scan_in_place(cumsum)


# --- questions ---------------------------------------------------------------------------------------------


def _question(name, function, input, dim, keepdim):
    checks.check_tensor(input, name)
    if isinstance(dim, tuple | list) and not len(dim):
        input, dim = input.reshape(1, *input.shape), 0  # no dims are none here, and not all
    kind = np.uint8 if input._array.dtype == np.uint8 else np.bool_  # uint8 stays, for old programs' sake
    dims = reduced_dims(dim, input.ndim)
    return Tensor._wrap(row_major(np.asarray(function(input._array, axis=dims, keepdims=keepdim)).astype(kind)))


def _bool_result(name, result, out, operands=()):
    if out.dtype is not result.dtype and out.dtype is not dtypes.bool_:
        raise RuntimeError(f"{name} only supports bool tensor for result, got: {out.dtype.long_name}")


@public(out=_bool_result, axis=True)
def all(input, dim=None, keepdim=False):
    """True if every element is nonzero.  Torch: torch.all"""
    return _question("all", np.all, input, dim, keepdim)


@public(out=_bool_result, axis=True)
def any(input, dim=None, keepdim=False):
    """True if some element is nonzero.  Torch: torch.any"""
    return _question("any", np.any, input, dim, keepdim)


@public(axis=True)
def count_nonzero(input, dim=None):
    """How many elements are not zero.  Torch: torch.count_nonzero"""
    checks.check_tensor(input, "count_nonzero")
    dims = reduced_dims(dim, input.ndim)
    return Tensor._wrap(row_major(np.asarray(np.count_nonzero(input._array, axis=dims), np.int64)))


# --- log-sum-exp ------------------------------------------------------------------------------------


def _logsumexp(x, *, dims, keepdim):
    if x.size == 0:
        return np.log(np.sum(x, axis=dims, keepdims=keepdim))
    shift = np.max(x, axis=dims, keepdims=True)
    shift = np.where(np.isinf(shift), x.dtype.type(0), shift)
    total = np.log(np.sum(np.exp(x - shift), axis=dims, keepdims=True)) + shift
    return (total if keepdim else np.squeeze(total, dims)).astype(x.dtype)


@op(name="LogsumexpBackward0")
def logsumexp_op(x, *, dims, keepdim):
    return wide(_logsumexp)(x, dims=dims, keepdim=keepdim)


@logsumexp_op.gradient
def _(g, x, out, dims, keepdim):
    g, out = (restored(t, x._array.shape, dims, keepdim) for t in (g, out))
    return g * (x - out).exp()


def _float_result(name, result, out, operands=()):
    if not out.is_floating_point():
        raise RuntimeError(f"{name}(): Expected floating point type for result tensor, but got: {out.dtype.long_name}")


@public(out=_float_result, axis=True)
def logsumexp(input, dim, keepdim=False):
    """ln(sum(e^x)) over `dim`, shifted by the largest element so that nothing overflows.

    Torch: torch.logsumexp
    """
    checks.check_tensor(input, "logsumexp")
    if not input.is_floating_point():
        input = to_dtype(input, dtypes.get_default_dtype())
    return logsumexp_op(input, dims=reduced_dims(dim, input.ndim), keepdim=keepdim)
