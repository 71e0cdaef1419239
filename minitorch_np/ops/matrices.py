"""Functions of whole matrices: the trace, and norms by singular values."""

import math

import numpy as np

from .. import checks
from ..autograd.op import op
from ..tensor import Tensor
from .elementwise import to_dtype
from .public import public
from .reduce import vector_norm


@op(name="TraceBackward0")
def trace_op(x):
    return np.trace(x, dtype=np.float32).astype(x.dtype) if x.dtype == np.float16 else np.trace(x)


@trace_op.gradient
def _(g, x_shape):
    return g.expand(x_shape).masked_fill(Tensor._wrap(~np.eye(*x_shape, dtype=bool)), 0)


@public
def trace(input):
    """The sum of the diagonal, of integers in int64.

    Shapes: (n, m) -> ().
    Raises: RuntimeError for another rank; NotImplementedError for bools.  Torch: torch.trace
    """
    checks.check_tensor(input, "trace")
    if input._array.dtype.kind == "b":
        raise NotImplementedError("\"trace\" not implemented for 'Bool'")
    if input.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {input.ndim}")
    if not input.is_floating_point():
        return Tensor._wrap(np.asarray(np.trace(input._array, dtype=np.int64)))
    return trace_op(input)


# --- singular values -------------------------------------------------------------------------------


@op(name="LinalgSvdBackward0", outputs=("u", "s", "vh"))
def svd_op(x):
    return tuple(np.linalg.svd(x, full_matrices=False))


@svd_op.gradient
def _(grads, u, s, vh):
    """U (E * skew(U' gU) S + S E * skew(V' gV) + gS) V', and what gU and gV have outside the spans of U and V.

    E[i, j] = 1 / (s[j]^2 - s[i]^2) off the diagonal.
    """
    gu, gs, gvh = grads
    v, k = vh.mT, s._array.shape[-1]
    inner = None
    if gs is not None:
        inner = gs.unsqueeze(-1) * Tensor._wrap(np.eye(k, dtype=s._array.dtype))
    if gu is not None or gvh is not None:
        diagonal = Tensor._wrap(np.eye(k, dtype=bool))
        gaps = (s.unsqueeze(-2) ** 2 - s.unsqueeze(-1) ** 2).masked_fill(diagonal, 1)
    if gu is not None:
        turn = u.mT @ gu
        part = (turn - turn.mT) / gaps * s.unsqueeze(-2)
        inner = part if inner is None else inner + part
    if gvh is not None:
        turn = vh @ gvh.mT
        part = s.unsqueeze(-1) * ((turn - turn.mT) / gaps)
        inner = part if inner is None else inner + part
    result = u @ inner @ vh
    if gu is not None and u._array.shape[-2] > k:
        result = result + ((gu - u @ (u.mT @ gu)) / s.unsqueeze(-2)) @ vh
    if gvh is not None and v._array.shape[-2] > k:
        result = result + (u / s.unsqueeze(-2)) @ (gvh - (gvh @ v) @ vh)
    return result


def _check_matrix(A, ord, dim, dtype):
    name = "linalg.matrix_norm: "
    if not A.is_floating_point():
        raise RuntimeError(f"{name}Expected a floating point or complex tensor as input. Got {A.dtype.long_name}")
    if A.ndim < 2:
        raise RuntimeError(f"{name}The input tensor A must have at least 2 dimensions.")
    if len(dim) != 2:
        raise RuntimeError(f"{name}dim must be a 2-tuple. Got {', '.join(map(str, dim))}")
    dims = tuple([checks.check_dim(d, A.ndim) for d in dim])
    if dims[0] == dims[1]:
        raise RuntimeError(f"{name}dims must be different. Got ({dims[0]}, {dims[1]})")
    if dtype is not None and not dtype.is_floating_point:
        raise RuntimeError(f"{name}dtype should be floating point or complex, but got {dtype.long_name}")
    if ord not in ("fro", "nuc") and (isinstance(ord, str) or abs(ord) not in (1, 2, math.inf)):
        raise RuntimeError(f"{name}Order {ord if isinstance(ord, str) else f'{ord:g}'} not supported.")
    return dims


@public(method=False, namespace=("linalg",), out=True)
def matrix_norm(A, ord="fro", dim=(-2, -1), keepdim=False, *, dtype=None):
    """The norm of the matrices in the two dimensions `dim`.

    ord: "fro" sqrt(sum a^2); "nuc" the sum of the singular values, 2 and -2 the largest and smallest of them;
    1 and -1 the largest and smallest sum of a column's absolute values, inf and -inf of a row's.

    Shapes: (..., n, m) -> (...), or (..., 1, 1) with keepdim.
    Raises: RuntimeError for integers, fewer dimensions or another ord.  Torch: torch.linalg.matrix_norm
    """
    checks.check_tensor(A, "linalg_matrix_norm", "A")
    first, second = _check_matrix(A, ord, dim, dtype)
    if dtype is not None:
        A = to_dtype(A, dtype)
    if ord == "fro":
        return vector_norm(A, 2, (first, second), keepdim)
    if ord == "nuc" or abs(ord) == 2:
        values = svd_op(A.movedim((first, second), (-2, -1)))[1]
        norm = values.sum(-1) if ord == "nuc" else values.amax(-1) if ord > 0 else values.amin(-1)
    else:
        summed, kept = (first, second) if abs(ord) == 1 else (second, first)
        sums = vector_norm(A, 1, summed, True)
        norm = (sums.amax(kept, True) if ord > 0 else sums.amin(kept, True)).squeeze((first, second))
    if keepdim:
        for d in sorted((first, second)):
            norm = norm.unsqueeze(d)
    return norm
