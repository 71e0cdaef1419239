"""Distances and similarities of vectors."""

import math

import numpy as np

from .. import checks, dtypes
from ..autograd.mode import no_grad
from ..autograd.op import op
from .activation import BOTH, FUNCTIONAL
from .elementwise import operands
from .public import NAMESPACES, public
from .reduce import reduced_dims
from .shape import broadcast_tensors
from .vector_norm import norm, norm_op

distance_norm = norm_op.named("NormBackward1")


def _length(x, dim, eps):
    """|x| along dim, at least eps; the gradient passes as if it were |x|."""
    length = norm(x, 2, dim, True).clone()
    with no_grad():
        length.clamp_(min=eps)
    return length


@public(method=False, namespace=BOTH)
def cosine_similarity(x1, x2, dim=1, eps=1e-8):
    """x1 x2 / (max(|x1|, eps) max(|x2|, eps)), the product and the lengths along dim.

    Shapes: broadcast; dim leaves.
    Raises: RuntimeError for integers, IndexError for a dim out of range.  Torch: torch.cosine_similarity
    """
    if type(dim) is not int:
        checks.check_scalar(dim, "cosine_similarity", "dim", 3, "int")
    if type(eps) is not float:
        checks.check_scalar(eps, "cosine_similarity", "eps", 4)
    checks.check_tensor(x1, "cosine_similarity", "x1")
    checks.check_tensor(x2, "cosine_similarity", "x2", 2)
    x1, x2 = operands(*broadcast_tensors(x1, x2), "cosine_similarity")
    if not x1.is_floating_point():
        raise RuntimeError(f"expected common dtype to be floating point, yet common dtype is {x1.dtype.long_name}")
    return ((x1 / _length(x1, dim, eps)) * (x2 / _length(x2, dim, eps))).sum(dim)


@public(method=False, namespace=BOTH)
def pairwise_distance(x1, x2, p=2.0, eps=1e-6, keepdim=False):
    """(sum |x1 - x2 + eps|^p)^(1/p) over the last dimension.

    Shapes: (*, D) twice, broadcast -> (*), or (*, 1) with keepdim.  Torch: torch.pairwise_distance
    """
    if type(p) is not float:
        checks.check_scalar(p, "pairwise_distance", "p", 3)
    if type(eps) is not float:
        checks.check_scalar(eps, "pairwise_distance", "eps", 4)
    checks.check_tensor(x1, "pairwise_distance", "x1", 1)
    checks.check_tensor(x2, "pairwise_distance", "x2", 2)
    difference = x1 - x2 + eps
    return distance_norm(difference, p=p, dims=reduced_dims(-1, difference.ndim), keepdim=keepdim)


@public(method=False, namespace=FUNCTIONAL)
def normalize(input, p=2.0, dim=1, eps=1e-12, out=None):
    """x / max(|x|, eps), with |x| the p-norm over dim.

    Raises: IndexError for a dim out of range, RuntimeError for integers.  Torch: torch.nn.functional.normalize
    """
    length = norm(input, p, dim, True).clamp_min(eps).expand_as(input)
    if out is None:
        return input / length
    return NAMESPACES[""]["div"](input, length, out=out)


# --- between all pairs -----------------------------------------------------------------------------------------


@op(name="CdistBackward0")
def cdist_op(x1, x2, *, p, product):
    if product and p == 2:
        return np.sqrt(np.maximum(_squares(x1)[..., None] - 2 * (x1 @ x2.swapaxes(-1, -2)) + _squares(x2)[..., None, :], 0))
    gaps = np.abs(x1[..., :, None, :] - x2[..., None, :, :])
    if p == 0:
        return (gaps != 0).sum(-1).astype(x1.dtype)
    if math.isinf(p):
        return gaps.max(-1, initial=0)
    return np.sqrt((gaps * gaps).sum(-1)) if p == 2 else (gaps**p).sum(-1) ** (1 / p)


def _squares(x):
    return (x * x).sum(-1)


@cdist_op.gradient
def _(g, x1, x2, out, p):
    """g sign(x1 - x2) (|x1 - x2| / out)^(p - 1), 0 where out is 0; summed over the pairs of each vector"""
    gaps = x1.unsqueeze(-2) - x2.unsqueeze(-3)
    length = out.unsqueeze(-1)
    if p == 0:
        slopes = gaps * 0
    elif math.isinf(p):
        slopes = gaps.sign() * (gaps.abs() == length)
    else:
        ratio = gaps.abs() / length.masked_fill(length == 0, 1)
        slopes = gaps.sign() * (ratio ** (p - 1)).masked_fill((length == 0) | (gaps == 0) if p < 2 else length == 0, 0)
    pairs = g.unsqueeze(-1) * slopes
    return pairs.sum(-2), -pairs.sum(-3)


MODES = ("use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist")


@public(method=False)
def cdist(x1, x2, p=2.0, compute_mode="use_mm_for_euclid_dist_if_necessary"):
    """y[i][j] = (sum |x1[i] - x2[j]|^p)^(1/p): the distances of all pairs of rows.

    compute_mode: whether Euclidean distances come from |a|^2 - 2ab + |b|^2; "if_necessary" for more than 25 rows.
    Shapes: (..., P, M), (..., R, M) -> (..., P, R), the batches broadcast.
    Raises: RuntimeError for other shapes, integers or a negative p.  Torch: torch.cdist
    """
    checks.check_tensor(x1, "cdist", "x1")
    checks.check_tensor(x2, "cdist", "x2", 2)
    if compute_mode not in MODES:
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode")
    for name, x in (("X1", x1), ("X2", x2)):
        if x.ndim < 2:
            raise RuntimeError(f"cdist only supports at least 2D tensors, {name} got: {x.ndim}D")
    (rows, columns), (others, n) = x1._array.shape[-2:], x2._array.shape[-2:]
    if columns != n:
        raise RuntimeError(f"X1 and X2 must have the same number of columns. X1: {columns} X2: {n}")
    for name, x in (("X1", x1), ("X2", x2)):
        if not x.is_floating_point():
            raise RuntimeError(f"cdist only supports floating-point dtypes, {name} got: {x.dtype.long_name}")
    if p < 0:
        raise RuntimeError("cdist only supports non-negative p values")
    batch = checks.check_broadcast(x1._array.shape[:-2], x2._array.shape[:-2])
    if x1.dtype is not x2.dtype:
        raise RuntimeError(f"expected scalar type {x1.dtype.long_name} but found {x2.dtype.long_name}")
    if x1._array.dtype == np.float16:
        raise NotImplementedError("\"cdist\" not implemented for 'Half'")
    product = compute_mode == MODES[1] or compute_mode == MODES[0] and (rows > 25 or others > 25)
    return cdist_op(x1.expand(*batch, rows, n), x2.expand(*batch, others, n), p=float(p), product=product)


@public(method=False, namespace=("", "nn.functional"))
def pdist(input, p=2.0):
    """The distances of all pairs of different rows, i < j, row by row.

    Shapes: (N, M) -> (N (N - 1) / 2).  Raises: RuntimeError for other tensors or a negative p.  Torch: torch.pdist
    """
    checks.check_tensor(input, "pdist")
    if input.ndim != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {input.ndim}D")
    if not input.is_floating_point():
        raise RuntimeError("pdist only supports floating-point dtypes")
    if input.dtype is dtypes.float16 and len(input) > 1:
        raise NotImplementedError("\"pdist\" not implemented for 'Half'")
    if p < 0:
        raise RuntimeError("pdist only supports non-negative p values")
    first, second = np.triu_indices(len(input), 1)
    x = input.contiguous()
    pairs = cdist_op(x[first].unsqueeze(1), x[second].unsqueeze(1), p=float(p), product=False)
    return pairs.reshape(len(first))
