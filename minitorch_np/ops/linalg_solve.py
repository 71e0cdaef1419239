"""Determinants, inverses and systems of equations."""

import numpy as np

from .. import checks
from ..autograd.op import op
from ..tensor import Tensor
from .linalg_checks import (
    SINGULAR,
    UNSOLVABLE,
    check_equation,
    check_floating,
    check_matrix,
    check_not_half,
    check_same_dtype,
    check_square,
    columns_first,
    infos,
    refuse,
    zero_pivot,
)
from .linalg_factor import LINALG, NOT_FINITE, svd_op
from .linalg_triangular import triangular_op
from .pointwise import where
from .public import public
from .results import named_results

slogdet_result = named_results("slogdet", "sign", "logabsdet")
linalg_slogdet_result = named_results("linalg_slogdet", "sign", "logabsdet")
inv_ex_result = named_results("linalg_inv_ex", "inverse", "info")
solve_ex_result = named_results("linalg_solve_ex", "result", "info")


def _eye_like(x):
    return Tensor._wrap(np.eye(x._array.shape[-1], dtype=x._array.dtype))


def _as_matrix(g):
    """(...) -> (..., 1, 1)"""
    return g.unsqueeze(-1).unsqueeze(-1)


# --- systems of equations ------------------------------------------------------------------------------------


@op(name="LinalgSolveExBackward0", any_order=True)
def solve_op(a, b, *, left=True, vector=False, info=None):
    """x with a x = b, or x a = b, and NaN where info is not 0.

    Raises: NumPy's LinAlgError for a singular matrix whose info is 0.
    """
    if vector:
        x = _solved(a, b[..., None], info)[..., 0]
        return columns_first(x) if x.ndim > 1 else x
    if left:
        return columns_first(_solved(a, b, info))
    return np.ascontiguousarray(_solved(a.swapaxes(-1, -2), b.swapaxes(-1, -2), info).swapaxes(-1, -2))


def _solved(a, b, info):
    if info is None or not info.any():
        return np.linalg.solve(a, b)
    bad = (info != 0)[..., None, None]
    x = np.linalg.solve(np.where(bad, np.eye(a.shape[-1], dtype=a.dtype), a), b)
    return np.where(bad, x.dtype.type(np.nan), x)


def _tolerant(operation, A, *more, **options):
    """(the result, an info per matrix), which is asked for only where LAPACK met a singular one."""
    try:
        return operation(A, *more, **options), np.zeros(A._array.shape[:-2], np.int32)
    except np.linalg.LinAlgError:
        info = infos(zero_pivot, A._array)
        return operation(A, *more, info=info, **options), info


@solve_op.gradient
def _(g, a, out, left, vector, info, needs):
    gb = solve_op(a.mT, g, left=left, vector=vector, info=info)
    if not needs.a:
        return None, gb
    if vector:
        return -gb.unsqueeze(-1) * out.unsqueeze(-2), gb
    return (-(gb @ out.mT) if left else -(out.mT @ gb)), gb


def _solve(name, A, B, left, check_errors):
    """(x, info)"""
    checks.check_tensor(A, name.replace(".", "_"), "A")
    checks.check_tensor(B, name.replace(".", "_"), "B", 2)
    check_floating("linalg.solve", A)
    check_same_dtype("linalg.solve", A, B)
    check_square("linalg.solve", A)
    a, b = A._array.shape, B._array.shape
    vector = len(b) == 1 or len(a) - 1 == len(b) and b == a[:-1]
    if not vector:
        check_matrix("linalg.solve", B, "B")
    check_equation("linalg.solve", A, (*b, 1) if vector else b, left)
    checks.check_broadcast(b[:-1] if vector else b[:-2], a[:-2])
    check_not_half("lu_cpu", A)
    result, info = _tolerant(solve_op, A, B, left=left, vector=vector)
    if check_errors and info.any():
        refuse(f"torch.{name}", info, UNSOLVABLE)
    return result, Tensor._wrap(info)


@public(**LINALG, out=True)
def solve(A, B, *, left=True):
    """X with A X = B, or X A = B if not left; B is a vector, or a batch of them, if it has A's shape without the last dim.

    Shapes: (..., n, n), (..., n, k) or (..., n) -> B's.
    Raises: LinAlgError for a singular matrix, RuntimeError for shapes that do not fit.  Torch: torch.linalg.solve
    """
    return _solve("linalg.solve", A, B, left, True)[0]


@public(**LINALG, out=True)
def solve_ex(A, B, *, left=True, check_errors=False):
    """linalg.solve without an error: info is not 0, and the result NaN, where a matrix is singular.

    Torch: torch.linalg.solve_ex
    """
    return solve_ex_result(*_solve("linalg.solve_ex", A, B, left, check_errors))


@op(name="CholeskySolveBackward0", any_order=True)
def cholesky_solve_op(b, factor, *, upper):
    options = {"left": True, "unitriangular": False}
    lower = factor.swapaxes(-1, -2) if upper else factor
    half = triangular_op.forward(lower, b, upper=False, **options)
    return triangular_op.forward(lower.swapaxes(-1, -2), half, upper=True, **options)


@cholesky_solve_op.gradient
def _(g, factor, out, upper, needs):
    gb = cholesky_solve_op(g, factor, upper=upper)
    if not needs.factor:
        return gb, None
    common = gb @ out.mT
    common = common + common.mT
    return gb, (-(factor @ common) if upper else -(common @ factor))


@public(out=True)
def cholesky_solve(input, input2, upper=False):
    """X with A X = B, given A's Cholesky factor L (A = L L'), or the upper one.

    Shapes: (..., n, k), (..., n, n) -> (..., n, k).  Torch: torch.cholesky_solve
    """
    checks.check_tensor(input, "cholesky_solve")
    checks.check_tensor(input2, "cholesky_solve", "input2", 2)
    for x, name in ((input, "b"), (input2, "u")):
        if x.ndim < 2:
            raise RuntimeError(f"{name} should have at least 2 dimensions, but has {x.ndim} dimensions instead")
    if input.dtype is not input2.dtype:
        raise RuntimeError(
            f"Expected b and A to have the same dtype, but found b of type {input.dtype.long_name} and A of type "
            f"{input2.dtype.long_name} instead."
        )
    (n, columns), (rows, k) = input2._array.shape[-2:], input._array.shape[-2:]
    if n != columns:
        raise RuntimeError(f"A must be batches of square matrices, but they are {n} by {columns} matrices")
    if n != rows:
        raise RuntimeError(
            f"Incompatible matrix sizes for cholesky_solve: each A matrix is {n} by {n} but each b matrix is {rows} by {k}"
        )
    checks.check_broadcast(input._array.shape[:-2], input2._array.shape[:-2])
    if input2._array.dtype.kind != "f" or input2._array.dtype == np.float16:
        raise NotImplementedError(f"\"cholesky_solve_cpu\" not implemented for '{input2.dtype.long_name}'")
    return cholesky_solve_op(input, input2, upper=upper)


def _refuse_half(name, A):
    if A._array.dtype == np.float16:
        raise RuntimeError(f"{name}: Low precision dtypes not supported. Got Half")


# --- inverses ------------------------------------------------------------------------------------------------


@op(name="LinalgInvExBackward0", any_order=True)
def inv_op(x, *, info=None):
    return columns_first(_solved(x, np.broadcast_to(np.eye(x.shape[-1], dtype=x.dtype), x.shape), info))


inv_op.gradient(lambda g, out: -(out.mT @ g @ out.mT))


def _inv(name, A, check_errors):
    check_square("linalg.inv", A)
    check_floating("linalg.inv", A)
    _refuse_half("linalg.inv", A)
    result, info = _tolerant(inv_op, A)
    if check_errors and info.any():
        refuse(name, info, SINGULAR)
    return result, Tensor._wrap(info)


@public(**LINALG, out=True)
def inv(A):
    """The inverse matrix.

    Shapes: (..., n, n) -> the same.  Raises: LinAlgError for a singular matrix.  Torch: torch.linalg.inv
    """
    return _inv("linalg.inv", A, True)[0]


@public(out=True)
def inverse(input):
    """linalg.inv.  Torch: torch.inverse"""
    checks.check_tensor(input, "inverse")
    return inv(input)


@public(**LINALG, out=True)
def inv_ex(A, *, check_errors=False):
    """linalg.inv without an error: info tells which pivot is zero, 0 if none; NaN then.  Torch: torch.linalg.inv_ex"""
    return inv_ex_result(*_inv("linalg.inv_ex", A, check_errors))


@op(name="LinalgPinvBackward0")
def pinv_op(x, *, atol, rtol):
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    kept = s > np.maximum(atol, rtol * s.max(-1, keepdims=True, initial=0))
    inverted = np.where(kept, 1 / np.where(kept, s, 1), 0).astype(x.dtype)
    return vh.swapaxes(-1, -2) @ (inverted[..., None] * u.swapaxes(-1, -2))


@pinv_op.gradient
def _(g, x, out):
    """-P' g P' + (1 - A P) g' P P' + P' P g' (1 - P A), with P the pseudo-inverse"""
    turned = out.mT
    left = g.mT @ out @ turned
    right = turned @ out @ g.mT
    return -(turned @ g @ turned) + left - x @ (out @ left) + right - right @ out @ x


def _pinv(A, atol, rtol):
    if A.ndim < 2 or A._array.dtype.kind != "f" or A._array.dtype == np.float16:
        raise RuntimeError(
            f"linalg.pinv({A.dtype.long_name}{{{list(A.shape)}}}): expected a tensor with 2 or more dimensions of float, "
            "double, cfloat or cdouble types"
        )
    if rtol is None:
        rtol = 0.0 if atol is not None else max(A._array.shape[-2:]) * np.finfo(A._array.dtype).eps
    atol, rtol = [v._array[..., None] if isinstance(v, Tensor) else v for v in (0.0 if atol is None else atol, rtol)]
    bad = np.isnan(A._array).any((-1, -2))
    if bad.any():
        refuse("linalg.svd", bad, NOT_FINITE)
    return pinv_op(A, atol=atol, rtol=rtol)


@public(**LINALG, out=True)
def pinv(input, rcond=None, hermitian=False, *, atol=None, rtol=None):
    """The pseudo-inverse by singular values; those below max(atol, rtol * the largest) count as zero.

    rcond: an older name of rtol.
    Shapes: (..., m, n) -> (..., n, m).  Raises: RuntimeError for integers.  Torch: torch.linalg.pinv
    """
    checks.check_tensor(input, "linalg_pinv")
    return _pinv(input, atol, rcond if rtol is None else rtol)


@public
def pinverse(input, rcond=1e-15):
    """linalg.pinv(input, rcond).  Torch: torch.pinverse"""
    checks.check_tensor(input, "pinverse")
    return _pinv(input, None, rcond)


# --- determinants --------------------------------------------------------------------------------------------


@op(name="LinalgDetBackward0")
def det_op(x):
    return np.linalg.det(x)


@det_op.gradient
def _(g, x, out):
    return _as_matrix(g) * _cofactors(x, out)


def _cofactors(x, determinant):
    """det(x) x^-T, or, of singular matrices, what that tends to: by their singular values."""
    if (determinant._array != 0).all():
        return _as_matrix(determinant) * _tolerant(solve_op, x.mT, _eye_like(x))[0]
    u, s, vh = svd_op(x)
    turns = Tensor._wrap(np.linalg.det(u._array) * np.linalg.det(vh._array)).unsqueeze(-1)
    k = s._array.shape[-1]
    others = s.unsqueeze(-2).expand(*s._array.shape[:-1], k, k).masked_fill(Tensor._wrap(np.eye(k, dtype=bool)), 1)
    return (u * (turns * others.prod(-1)).unsqueeze(-2)) @ vh


def _check_determinant(name, A):
    check_square(name, A)
    check_floating(name, A)


@public(**LINALG, out="exact", name="det")
def linalg_det(A):
    """The determinant.

    Shapes: (..., n, n) -> (...).  Raises: RuntimeError for other matrices, or integers.  Torch: torch.linalg.det
    """
    _check_determinant("linalg.det", A)
    check_not_half("lu_cpu", A)
    return det_op(A)


@public
def det(input):
    """linalg.det.  Torch: torch.det"""
    checks.check_tensor(input, "det")
    return linalg_det(input)


@op(name="LinalgSlogdetBackward0", outputs=("sign", "logabsdet"))
def slogdet_op(x):
    return [np.asarray(part) for part in np.linalg.slogdet(x)]


@slogdet_op.gradient
def _(grads, x):
    g = grads[1]  # the sign is constant wherever it can be differentiated
    return None if g is None else _as_matrix(g) * _tolerant(solve_op, x.mT, _eye_like(x))[0]


@public(**LINALG, name="slogdet", out=True)
def linalg_slogdet(A):
    """The determinant's sign (-1, 0 or 1), and the logarithm of its absolute value.

    Shapes: (..., n, n) -> (...) twice.  Raises: RuntimeError for other matrices.  Torch: torch.linalg.slogdet
    """
    _check_determinant("linalg.slogdet", A)
    _refuse_half("linalg.slogdet", A)
    return linalg_slogdet_result(*slogdet_op(A))


@public(out=True)
def slogdet(input):
    """linalg.slogdet.  Torch: torch.slogdet"""
    checks.check_tensor(input, "slogdet")
    return slogdet_result(*linalg_slogdet(input))


@public
def logdet(input):
    """log(det(x)): NaN where the determinant is negative.  Shapes: (..., n, n) -> (...).  Torch: torch.logdet"""
    checks.check_tensor(input, "logdet")
    _check_determinant("logdet", input)
    _refuse_half("logdet", input)
    sign, logabsdet = slogdet_op(input)
    return where(sign == -1, np.nan, logabsdet)
