"""Norms of vectors, over any dimensions."""

import math

import numpy as np

from .. import checks, dtypes
from ..autograd.op import op
from .elementwise import to_dtype
from .public import public
from .reduce import accumulate, reduced_dims, restored


@op(name="LinalgVectorNormBackward0")
def norm_op(x, *, p, dims, keepdim):
    size = np.abs(x)
    if p == 0:
        return np.sum(size != 0, axis=dims, keepdims=keepdim).astype(x.dtype)
    if p == 1:
        return accumulate(np.add.reduce, size, dims, keepdim)
    if p in (math.inf, -math.inf):
        return (np.max if p > 0 else np.min)(size, axis=dims, keepdims=keepdim)
    if p == 2:
        return np.sqrt(accumulate(np.add.reduce, size * size, dims, keepdim))
    return accumulate(np.add.reduce, size**p, dims, keepdim) ** x.dtype.type(1 / p)


@norm_op.gradient
def _(g, x, out, p, dims, keepdim):
    if p == 0:
        return None  # as in torch: not zeros
    g, out = (restored(t, x._array.shape, dims, keepdim) for t in (g, out))
    if p == 1:
        return g * x.sign()
    if p == 2:
        return x * (g / out).masked_fill(out == 0, 0)
    if p in (math.inf, -math.inf):
        ties = x.abs() == out
        return (x.sign() * (g / ties.sum(dims, keepdim=True))).masked_fill(~ties, 0)
    power = x.sign() * x.abs() ** (p - 1) if p != 1 else x.sign()
    return (power * (g / out ** (p - 1))).masked_fill(out == 0, 0)


def _check_order(ord, x, dims, name):
    if not isinstance(ord, int | float):
        raise TypeError(f"{name}(): argument 'ord' (position 2) must be Number, not {type(ord).__name__}")
    empty = 0 in [x._array.shape[d] for d in dims]
    if empty and (ord == math.inf or ord < 0):
        order = f"{ord:g}"
        raise RuntimeError(
            f"linalg.vector_norm cannot compute the {order} norm on an empty tensor because the operation does not have an "
            "identity"
        )


@public(method=False, namespace=("linalg",), out="exact")
def vector_norm(x, ord=2, dim=None, keepdim=False, *, dtype=None):
    """(sum |x|^ord)^(1/ord) over `dim`; 0 counts, inf and -inf take the extremes.

    Raises: RuntimeError for integers, or an extreme of nothing.  Torch: torch.linalg.vector_norm
    """
    checks.check_tensor(x, "linalg_vector_norm")
    if not x.is_floating_point():
        raise RuntimeError(
            f"linalg.vector_norm: Expected a floating point or complex tensor as input. Got {x.dtype.long_name}"
        )
    if dtype is not None:
        if not checks.check_dtype(dtype).is_floating_point:
            raise RuntimeError(f"linalg.vector_norm: dtype should be floating point or complex, but got {dtype.long_name}")
        if dtypes.promote_types(x.dtype, dtype) is not dtype:
            raise RuntimeError(
                f"linalg.vector_norm: the dtype of the input ({x.dtype.long_name}) should be convertible without narrowing "
                f"to the specified dtype ({dtype.long_name})"
            )
        x = to_dtype(x, dtype)
    dims = reduced_dims(dim, x.ndim)
    _check_order(ord, x, dims, "linalg_vector_norm")
    return norm_op(x, p=ord, dims=dims, keepdim=keepdim)


def check_of_floats(x) -> None:
    """Raises: RuntimeError, in the words of torch's older norm, for a tensor of integers or bools."""
    if not x.is_floating_point():
        raise RuntimeError(
            f"norm(): input dtype should be either floating point or complex. Got {x.dtype.long_name} instead."
        )


@public(out="exact")
def norm(input, p="fro", dim=None, keepdim=False, dtype=None):
    """(sum |x|^p)^(1/p) over `dim`; p = "fro" is 2, "nuc" the sum of a matrix's singular values.

    Raises: RuntimeError for integers.  Torch: torch.norm
    """
    if isinstance(p, str) and p != "fro":
        from .linalg_norm import matrix_norm  # above this file

        if p != "nuc":
            raise RuntimeError(f"linalg.matrix_norm: Order {p} not supported.")
        return matrix_norm(input, p, (-2, -1) if dim is None else dim, keepdim, dtype=dtype)
    return vector_norm(input, 2 if p in ("fro", None) else p, dim, keepdim, dtype=dtype)
