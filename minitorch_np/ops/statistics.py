"""Covariance and correlation, areas by trapezoids, distances and rescaled slices."""

import numpy as np

from .. import checks, dtypes
from ..autograd.op import op
from ..tensor import Tensor
from .arithmetic import by_number, div_by_number, mul_by_number
from .elementwise import to_dtype
from .public import public
from .vector_norm import check_of_floats, norm_op, vector_norm

# --- covariance ------------------------------------------------------------------------------------


def _check_weights(name, weights, observations):
    floating, wanted = (False, "integral") if name == "fweights" else (True, "floating point")
    if weights.ndim > 1:
        raise RuntimeError(
            f"cov(): expected {name} to have one or fewer dimensions but got {name} with {weights.ndim} dimensions"
        )
    if weights.is_floating_point() is not floating:
        raise RuntimeError(
            f"cov(): expected {name} to have {wanted} dtype but got {name} with {weights.dtype.long_name} dtype"
        )
    if weights.numel() != observations:
        raise RuntimeError(
            f"cov(): expected {name} to have the same numel as there are observations in the input but got "
            f"{weights.numel()} != {observations}"
        )
    if (weights._array < 0).any():
        raise RuntimeError(f"cov(): {name} cannot be negative")


@public
def cov(input, *, correction=1, fweights=None, aweights=None):
    """The covariances of the rows: sum(w (x_i - mean_i) (x_j - mean_j)) / norm, with w = fweights * aweights and
    norm = sum(w) - correction * sum(w * aweights) / sum(w).

    Shapes: (variables, observations) -> (variables, variables); (observations,) -> ().
    Raises: RuntimeError for bools, a third dimension or unfit weights.  Torch: torch.cov
    """
    checks.check_tensor(input, "cov")
    if input.ndim > 2:
        raise RuntimeError(
            f"cov(): expected input to have two or fewer dimensions but got an input with {input.ndim} dimensions"
        )
    if input.dtype is dtypes.bool_:
        raise RuntimeError("cov(): bool dtype is not supported for input")
    rows = input if input.ndim == 2 else input.reshape(1, -1)
    observations = rows._array.shape[1]
    weights = None
    for name, given in (("fweights", fweights), ("aweights", aweights)):
        if given is not None:
            checks.check_tensor(given, "cov", name)
            _check_weights(name, given, observations)
            weights = given if weights is None else weights * given
    if weights is None:
        total, mean = observations, rows.sum(1) / observations if observations else rows.sum(1) * float("nan")
    else:
        total = weights.sum()
        if observations and total.item() == 0:
            raise RuntimeError("cov(): weights sum to zero, can't be normalized")
        mean = (rows * weights).sum(1) / total
    norm = total - correction
    if aweights is not None and correction:
        norm = total - correction * (weights * aweights).sum() / total
    centred = rows - mean.unsqueeze(1)
    products = centred @ (centred if weights is None else centred * weights).t().to(centred.dtype)
    return (products / (norm.clamp(min=0) if isinstance(norm, Tensor) else max(norm, 0))).squeeze()


@public
def corrcoef(input):
    """The correlations of the rows: cov / (std_i std_j), clipped to [-1, 1].

    Shapes: (variables, observations) -> (variables, variables); (observations,) -> ().
    Raises: RuntimeError for bools or a third dimension.  Torch: torch.corrcoef
    """
    checks.check_tensor(input, "corrcoef")
    if input.ndim > 2:
        raise RuntimeError(
            f"corrcoef(): expected input to have two or fewer dimensions but got an input with {input.ndim} dimensions"
        )
    c = cov(input)
    if not c.ndim:
        return c / c
    std = c.diagonal().sqrt()
    return (c / std.unsqueeze(1) / std).clamp(-1, 1)


# --- areas -----------------------------------------------------------------------------------------


def _slices(t, dim):
    """All but the first, and all but the last, along dim."""
    size = t._array.shape[dim]
    return t.narrow(dim, 1, size - 1), t.narrow(dim, 0, size - 1)


def _steps(name, y, x, dim):
    """The distances between the sample points, in a shape that broadcasts with y's slices."""
    if dtypes.bool_ in (x.dtype, y.dtype):
        raise RuntimeError(f"{name}: received a bool input for `x` or `y`, but bool is not supported")
    if x.ndim == 1:
        if x._array.shape[0] != y._array.shape[dim]:
            raise RuntimeError(f"{name}: There must be one `x` value for each sample point")
        x = x.reshape(-1, *[1] * (y.ndim - 1 - dim))
        return x[1:] - x[:-1]
    later, earlier = _slices(x, dim - y.ndim)
    return later - earlier


def _panels(name, y, x, dim):
    """The areas of the single trapezoids, doubled."""
    steps = _steps(name, y, x, dim)
    later, earlier = _slices(y, dim)
    return (later + earlier) * steps


def _refuse_bools(name, y):
    if y.dtype is dtypes.bool_:
        raise RuntimeError(f"{name}: received a bool input for `y`, but bool is not supported")


@public(method=False)
def trapezoid(y, x=None, *, dx=1, dim=-1):
    """The area under y along dim: sum((y[i] + y[i + 1]) / 2 * (x[i + 1] - x[i])), or with dx for the distances.

    Shapes: dim leaves.  Raises: RuntimeError for bools or another number of sample points.  Torch: torch.trapezoid
    """
    checks.check_tensor(y, "trapezoid", "y")
    if not y.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    dim = checks.check_dim(dim, y.ndim)
    if not y._array.shape[dim]:
        return y.sum(dim)
    if x is not None:
        return by_number(div_by_number, _panels("trapezoid", y, x, dim).sum(dim), 2.0)
    _refuse_bools("trapezoid", y)
    return by_number(mul_by_number, y.sum(dim) - (y.select(dim, 0) + y.select(dim, -1)) * 0.5, dx)


@public(method=False)
def trapz(y, x=None, *, dx=1, dim=-1):
    """The same as `trapezoid`.  Torch: torch.trapz"""
    return trapezoid(y, x, dx=dx, dim=dim)


@public(method=False)
def cumulative_trapezoid(y, x=None, *, dx=1, dim=-1):
    """The areas under y up to each sample point but the first.

    Shapes: dim loses 1.  Raises: RuntimeError for bools or another number of sample points.
    Torch: torch.cumulative_trapezoid
    """
    checks.check_tensor(y, "cumulative_trapezoid", "y")
    if not y.ndim:
        _refuse_bools("cumulative_trapezoid", y)
        raise IndexError("slice() cannot be applied to a 0-dim tensor.")
    dim = checks.check_dim(dim, y.ndim)
    if not y._array.shape[dim]:
        return y.clone()
    if x is not None:
        return by_number(div_by_number, _panels("cumulative_trapezoid", y, x, dim).cumsum(dim), 2.0)
    _refuse_bools("cumulative_trapezoid", y)
    later, earlier = _slices(y, dim)
    return (dx / 2.0 * (later + earlier)).cumsum(dim)


# --- distances and rescaling -------------------------------------------------------------------------

distance_op = norm_op.named("DistBackward0")


@public
def dist(input, other, p=2):
    """The p-norm of input - other, a single number.

    Shapes: broadcast -> ().  Raises: RuntimeError for integers.  Torch: torch.dist
    """
    checks.check_tensor(input, "dist")
    checks.check_tensor(other, "dist", "other", 2)
    if not isinstance(p, int | float):
        raise TypeError(f"dist(): argument 'p' (position 3) must be Number, not {type(p).__name__}")
    difference = input - other
    check_of_floats(difference)
    if not difference._array.size:
        return vector_norm(difference, p)
    return distance_op(difference, p=p, dims=tuple(range(difference.ndim)), keepdim=False)


@op(name="RenormBackward0")
def renorm_op(x, *, p, dim, maxnorm):
    return x * _factors(Tensor._wrap(x), p, dim, maxnorm)._array


@renorm_op.definition
def _(x, *, p, dim, maxnorm):
    return x * _factors(x, p, dim, maxnorm)


@renorm_op.gradient
def _(g, x, p, dim, maxnorm):
    """By the product rule; the norm depends on the whole slice."""
    dims = tuple(d for d in range(x.ndim) if d != dim)
    size = vector_norm(x, p, dims, keepdim=True)
    large = size > maxnorm
    factors = _factors(x, p, dim, maxnorm)
    power = x.sign() if p == 1 else x.sign() * x.abs() ** (p - 1)
    slope = power / size ** (p - 1) if np.isfinite(p) else x.sign() * (x.abs() == size)
    of_norm = (g * x).sum(dims, keepdim=True) * (-maxnorm / (size + 1e-7) ** 2)
    return g * factors + (of_norm * slope).masked_fill(~large, 0)


def _factors(x, p, dim, maxnorm):
    """maxnorm / norm for the slices that are too long, 1 for the others; as in torch, with 1e-7 added to the norm."""
    dims = tuple(d for d in range(x.ndim) if d != dim)
    wide = to_dtype(x, dtypes.float32) if x.dtype is dtypes.float16 else x
    size = vector_norm(wide, p, dims, keepdim=True)
    return (maxnorm / (size + 1e-7)).masked_fill(size <= maxnorm, 1).to(x.dtype)


@public(inplace=True, out="exact")
def renorm(input, p, dim, maxnorm):
    """Slices along dim whose p-norm is above maxnorm, scaled down to it.

    Shapes: as input, of 2 or more dimensions.
    Raises: RuntimeError for p <= 0, maxnorm < 0 or fewer dimensions.  Torch: torch.renorm
    """
    checks.check_tensor(input, "renorm")
    if p <= 0:
        raise RuntimeError("renorm: non-positive-norm not supported")
    if maxnorm < 0:
        raise RuntimeError(f"renorm: expected maxnorm to be >= 0 but got {maxnorm:g}")
    if input.ndim < 2:
        raise RuntimeError(f"renorm: input needs at least 2 dimensions, got {input.ndim} dimensions")
    dim = checks.check_dim(dim, input.ndim)
    if not input.is_floating_point():
        raise RuntimeError(
            f"linalg.vector_norm: Expected a floating point or complex tensor as input. Got {input.dtype.long_name}"
        )
    return renorm_op(input, p=p, dim=dim, maxnorm=maxnorm)
