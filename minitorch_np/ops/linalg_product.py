"""Products of whole matrices and vectors: powers, chains, cross and dot products."""

import warnings

import numpy as np

from .. import checks
from ..autograd.op import op
from ..formats import contiguous_format
from ..tensor import Tensor
from .linalg_checks import check_floating, check_square
from .linalg_factor import LINALG
from .linalg_solve import inv
from .matmul import check_vectors, dot_op, matmul, mm
from .pieces import diagonal
from .public import NAMESPACES, public
from .shape import broadcast_tensors

public(matmul, **LINALG, out=True)


@public(**LINALG, name="diagonal")
def linalg_diagonal(A, *, offset=0, dim1=-2, dim2=-1):
    """The diagonals of the matrices in two dimensions, as a view.  Torch: torch.linalg.diagonal"""
    return diagonal(A, offset, dim1, dim2)


# --- the cross product ---------------------------------------------------------------------------------------


@op(name="LinalgCrossBackward0")
def cross_op(a, b, *, dim):
    return np.cross(a, b, axis=dim)


cross_op.gradients(lambda g, b, dim: cross_op(b, g, dim=dim), lambda g, a, dim: cross_op(g, a, dim=dim))


@public(**LINALG, out=True, name="cross")
def linalg_cross(input, other, *, dim=-1):
    """a x b = (a1 b2 - a2 b1, a2 b0 - a0 b2, a0 b1 - a1 b0) along dim.

    Shapes: broadcast; 3 along dim.  Raises: RuntimeError for other sizes, or several dtypes.  Torch: torch.linalg.cross
    """
    checks.check_tensor(input, "linalg_cross")
    checks.check_tensor(other, "linalg_cross", "other", 2)
    if input.ndim != other.ndim:
        raise RuntimeError("linalg.cross: inputs must have the same number of dimensions.")
    at = checks.check_dim(dim, input.ndim)
    m, n = [x._array.shape[at] if x.ndim else 1 for x in (input, other)]
    if (m, n) != (3, 3):
        raise RuntimeError(f"linalg.cross: inputs dimension {dim} must have length 3. Got {m} and {n}")
    checks.check_broadcast(input._array.shape, other._array.shape)
    if input.dtype is not other.dtype:
        raise RuntimeError(f"expected scalar type {input.dtype.long_name} but found {other.dtype.long_name}")
    if input._array.dtype.kind == "b":
        raise NotImplementedError("\"cross\" not implemented for 'Bool'")
    return cross_op(*broadcast_tensors(input, other), dim=at)


@public(out=True)
def cross(input, other, dim=None):
    """linalg.cross, along the first dimension of size 3 if none is given (deprecated).  Torch: torch.cross"""
    checks.check_tensor(input, "cross")
    checks.check_tensor(other, "cross", "other", 2)
    if dim is None:
        warnings.warn(
            "Using torch.cross without specifying the dim arg is deprecated.\nPlease either pass the dim explicitly or "
            "simply use torch.linalg.cross.\nThe default value of dim will change to agree with that of linalg.cross in "
            "a future release.",
            UserWarning,
            stacklevel=2,
        )
        if 3 not in input._array.shape:
            raise RuntimeError("no dimension of size 3 in input")
        dim = input._array.shape.index(3)
    return linalg_cross(input, other, dim=dim)


# --- powers and chains ---------------------------------------------------------------------------------------


@public(**LINALG, out=True, name="matrix_power")
def linalg_matrix_power(input, n):
    """A multiplied by itself n times, by repeated squaring; a negative n takes the inverse's power, 0 the identity.

    Shapes: (..., N, N) -> the same.
    Raises: RuntimeError unless square; LinAlgError for a negative power of a singular matrix.
    Torch: torch.linalg.matrix_power
    """
    if not isinstance(n, int):
        raise TypeError(f"linalg_matrix_power(): argument 'n' (position 2) must be int, not {type(n).__name__}")
    check_square("linalg.matrix_power", input)
    if n < 0:
        return inv(input) if n == -1 else linalg_matrix_power(inv(input), -n)
    if n == 0:
        eye = Tensor._wrap(np.eye(input._array.shape[-1], dtype=input._array.dtype))
        return input.clone(memory_format=contiguous_format).copy_(eye)
    if n == 1:
        return input.clone(memory_format=contiguous_format)
    if n == 3:  # fewer roundings than squaring first
        return matmul(matmul(input, input), input)
    result, square = None, input
    while n:
        if n & 1:
            result = square if result is None else matmul(result, square)
        n >>= 1
        if n:
            square = matmul(square, square)
    return result


@public(out=True)
def matrix_power(input, n):
    """linalg.matrix_power.  Torch: torch.matrix_power"""
    return linalg_matrix_power(input, n)


def _cheapest(sizes):
    """(i, j) -> where to split the product of the matrices i to j, so that the multiplications are fewest."""
    count = len(sizes) - 1
    cost = {(i, i): 0 for i in range(count)}
    split = {}
    for length in range(1, count):
        for i in range(count - length):
            j = i + length
            prices = [cost[i, k] + cost[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1] for k in range(i, j)]
            split[i, j] = i + prices.index(min(prices))
            cost[i, j] = min(prices)
    return split


def _check_chain(tensors):
    name = "multi_dot(): "
    if isinstance(tensors, Tensor):
        raise TypeError("linalg_multi_dot(): argument 'tensors' (position 1) must be tuple of Tensors, not Tensor")
    if len(tensors) < 2:
        raise RuntimeError(f"{name}expected at least 2 tensors but got {len(tensors)}")
    for at, which in ((0, "first"), (-1, "last")):
        if tensors[at].ndim not in (1, 2):
            raise RuntimeError(f"{name}the {which} tensor must be 1D or 2D but got {tensors[at].ndim}D")
    for i, x in enumerate(tensors[1:-1], 1):
        if x.ndim != 2:
            raise RuntimeError(f"{name}tensor {i} must be 2D but got {x.ndim}D")
    for i, x in enumerate(tensors):
        if x.dtype is not tensors[0].dtype:
            first, other = checks.C_NAMES[tensors[0].dtype.name], checks.C_NAMES[x.dtype.name]
            raise RuntimeError(
                f"{name}all tensors must have be the same dtype but tensor 0 is {first} and tensor {i} {other}"
            )


@public(**LINALG, out=True)
def multi_dot(tensors):
    """The product of several matrices, in the order that multiplies least; the first and last may be vectors.

    Raises: RuntimeError for shapes that do not fit.  Torch: torch.linalg.multi_dot
    """
    tensors = tensors if isinstance(tensors, Tensor) else list(tensors)
    _check_chain(tensors)
    first, last = tensors[0], tensors[-1]
    shape = first._array.shape[:-1] + last._array.shape[1:]
    matrices = [
        first if first.ndim == 2 else first.unsqueeze(0),
        *tensors[1:-1],
        last if last.ndim == 2 else last.unsqueeze(-1),
    ]
    for i, (a, b) in enumerate(zip(matrices, matrices[1:])):
        if a._array.shape[1] != b._array.shape[0]:
            raise RuntimeError(
                f"multi_dot(): tensors {i} and {i + 1} with shapes {list(tensors[i].shape)} and "
                f"{list(tensors[i + 1].shape)} cannot be multiplied"
            )
    split = _cheapest([matrices[0]._array.shape[0], *[x._array.shape[1] for x in matrices]])

    def product(i, j):
        return matrices[i] if i == j else mm(product(i, split[i, j]), product(split[i, j] + 1, j))

    return product(0, len(matrices) - 1).view(shape)


@public(method=False)
def chain_matmul(*matrices, out=None):
    """linalg.multi_dot of matrices; deprecated in torch.

    Raises: RuntimeError for none, or for other tensors.  Torch: torch.chain_matmul
    """
    warnings.warn(
        "torch.chain_matmul is deprecated and will be removed in a future PyTorch release. Use torch.linalg.multi_dot "
        "instead, which accepts a list of two or more tensors rather than multiple parameters.",
        UserWarning,
        stacklevel=2,
    )
    for x in matrices:
        if x.ndim != 2:
            raise RuntimeError(f"Tensor dimension is {x.ndim}, expected 2 instead.")
    if not matrices:
        raise RuntimeError("chain_matmul(): Expected one or more matrices")
    if len(matrices) == 1:
        return matrices[0].clone()
    return NAMESPACES["linalg"]["multi_dot"](matrices, out=out)


_vdot = dot_op.named("VdotBackward0")


@public(**LINALG, out=True)
def vecdot(x, y, *, dim=-1):
    """sum(x * y) along dim.  Shapes: broadcast; dim leaves.  Torch: torch.linalg.vecdot"""
    checks.check_tensor(x, "linalg_vecdot", "x")
    checks.check_tensor(y, "linalg_vecdot", "y", 2)
    if x.dtype is not y.dtype:
        raise RuntimeError(
            f"linalg.vecdot: Expected x and y to have the same dtype, but found x of type {x.dtype.long_name} and y of "
            f"type {y.dtype.long_name} instead"
        )
    check_floating("linalg.vecdot", x)
    if x.ndim == y.ndim == 1:
        return _vdot(*check_vectors("dot", x, y))
    return (x * y).sum(dim)
