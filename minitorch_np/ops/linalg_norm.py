"""Functions of whole matrices: the trace, and norms by singular values."""

import math

import numpy as np

from .. import checks
from ..autograd.op import op
from ..tensor import Tensor
from .elementwise import to_dtype
from .linalg_factor import LINALG, svd_op
from .public import public
from .vector_norm import vector_norm


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


# --- norms ---------------------------------------------------------------------------------------------


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
    if A._array.dtype == np.float16 and (ord == "nuc" or ord in (2, -2)):
        raise RuntimeError(f"{name}Low precision dtypes not supported. Got Half")
    return dims


def _largest(x, dim, keepdim=False):
    """amax, of no numbers 0"""
    return x.amax(dim, keepdim) if x._array.shape[dim] else x.sum(dim, keepdim)


@public(**LINALG, out=True)
def matrix_norm(input, ord="fro", dim=(-2, -1), keepdim=False, *, dtype=None):
    """The norm of the matrices in the two dimensions `dim`.

    ord: "fro" sqrt(sum a^2); "nuc" the sum of the singular values, 2 and -2 the largest and smallest of them;
    1 and -1 the largest and smallest sum of a column's absolute values, inf and -inf of a row's.

    Shapes: (..., n, m) -> (...), or (..., 1, 1) with keepdim.
    Raises: RuntimeError for integers, fewer dimensions or another ord.  Torch: torch.linalg.matrix_norm
    """
    checks.check_tensor(input, "linalg_matrix_norm")
    first, second = _check_matrix(input, ord, dim, dtype)
    if dtype is not None:
        input = to_dtype(input, dtype)
    if ord == "fro":
        return vector_norm(input, 2, (first, second), keepdim)
    if ord == "nuc" or abs(ord) == 2:
        values = svd_op(input.movedim((first, second), (-2, -1)))[1]
        norm = values.sum(-1) if ord == "nuc" else _largest(values, -1) if ord > 0 else values.amin(-1)
    else:
        summed, kept = (first, second) if abs(ord) == 1 else (second, first)
        sums = vector_norm(input, 1, summed, keepdim)
        at = kept if keepdim or kept < summed else kept - 1
        return _largest(sums, at, keepdim) if ord > 0 else sums.amin(at, keepdim)
    if keepdim:
        order = [d for d in range(input.ndim) if d not in (first, second)] + [first, second]
        return norm.unsqueeze(-1).unsqueeze(-1).permute([order.index(d) for d in range(input.ndim)])
    return norm


@public(**LINALG, out=True, name="norm")
def linalg_norm(input, ord=None, dim=None, keepdim=False, *, dtype=None):
    """A vector's norm, or, for two dims (or a matrix and an ord), a matrix's; with neither, of all elements, ord 2.

    Raises: RuntimeError where ord needs vectors or matrices and A has other dims.  Torch: torch.linalg.norm
    """
    checks.check_tensor(input, "linalg_norm")
    dims = (dim,) if isinstance(dim, int) else dim
    if dims is not None and len(dims) not in (1, 2):
        raise RuntimeError(f"linalg.norm: If dim is specified, it must be of length 1 or 2. Got {list(dims)}")
    if dims is None and ord is not None and input.ndim not in (1, 2):
        raise RuntimeError(
            f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {input.ndim}D."
        )
    if isinstance(ord, str) or ord is not None and (2 if dims is None and input.ndim == 2 else len(dims or ())) == 2:
        return matrix_norm(input, ord, (-2, -1) if dims is None else dims, keepdim, dtype=dtype)
    return vector_norm(input, 2 if ord is None else ord, dims, keepdim, dtype=dtype)
