"""Triangular systems of equations."""

import numpy as np

from .. import checks
from ..autograd.op import op
from .elementwise import to_dtype
from .linalg_checks import check_equation, check_matrix, check_square, columns_first
from .public import public
from .rearrange import tril, triu


def _substituted(a, b, upper, unitriangular):
    """x with a x = b, row by row; a: (..., n, n), b: (..., n, k)"""
    n = a.shape[-1]
    x = np.empty((*np.broadcast_shapes(a.shape[:-2], b.shape[:-2]), *b.shape[-2:]), b.dtype)
    for i in reversed(range(n)) if upper else range(n):
        known = slice(i + 1, n) if upper else slice(0, i)
        row = b[..., i, :] - (a[..., i : i + 1, known] @ x[..., known, :])[..., 0, :]
        x[..., i, :] = row if unitriangular else row / a[..., i, i, None]
    return x


@op(name="LinalgSolveTriangularBackward0", any_order=True)
def triangular_op(a, b, *, upper, left, unitriangular):
    if left:
        return columns_first(_substituted(a, b, upper, unitriangular))
    turned = _substituted(a.swapaxes(-1, -2), b.swapaxes(-1, -2), not upper, unitriangular)
    return columns_first(turned.swapaxes(-1, -2))


@triangular_op.gradient
def _(g, a, out, upper, left, unitriangular, needs):
    gb = triangular_op(a.mT, g, upper=not upper, left=left, unitriangular=unitriangular)
    if not needs.a:
        return None, gb
    ga = -(gb @ out.mT) if left else -(out.mT @ gb)
    k = int(unitriangular)
    return triu(ga, k) if upper else tril(ga, -k), gb


@public(method=False, namespace=("linalg",), out=True)
def solve_triangular(input, B, *, upper, left=True, unitriangular=False):
    """X with A X = B, or X A = B if not left; one triangle of A is read, without the diagonal if unitriangular.

    Shapes: (..., n, n), (..., n, k) -> (..., n, k); the batches broadcast.
    Raises: RuntimeError for shapes that do not fit.  Torch: torch.linalg.solve_triangular
    """
    name = "linalg.solve_triangular"
    checks.check_tensor(input, "linalg_solve_triangular")
    checks.check_tensor(B, "linalg_solve_triangular", "B", 2)
    check_square(name, input)
    check_matrix(name, B, "B")
    check_equation(name, input, B._array.shape, left)
    checks.check_broadcast(B._array.shape[:-2], input._array.shape[:-2])
    if input._array.dtype.kind != "f" or input._array.dtype == np.float16:
        raise NotImplementedError(f"\"triangular_solve_cpu\" not implemented for '{input.dtype.long_name}'")
    return triangular_op(input, to_dtype(B, input.dtype), upper=upper, left=left, unitriangular=unitriangular)
