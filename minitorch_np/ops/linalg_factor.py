"""Factorisations of matrices: Cholesky, QR, singular values, eigenvalues of symmetric matrices."""

import warnings

import numpy as np

from ..autograd.op import op
from ..formats import contiguous_format
from ..tensor import Tensor
from .join import cat
from .linalg_checks import (
    NOT_POSITIVE,
    bad_minor,
    check_floating,
    check_matrix,
    check_not_half,
    check_square,
    columns_first,
    infos,
    refuse,
)
from .linalg_triangular import triangular_op
from .public import public
from .rearrange import tril, triu
from .results import named_results

LINALG = {"method": False, "namespace": ("linalg",)}

linalg_qr_result, qr_result = [named_results(name, "Q", "R") for name in ("linalg_qr", "qr")]
linalg_svd_result, svd_result = named_results("linalg_svd", "U", "S", "Vh"), named_results("svd", "U", "S", "V")
eigh_result = named_results("linalg_eigh", "eigenvalues", "eigenvectors")
cholesky_ex_result = named_results("linalg_cholesky_ex", "L", "info")


def _symmetric(x):
    """The lower triangle and its mirror image: half of tril(x) + tril(x)'."""
    return (tril(x) + tril(x, -1).mT) * 0.5


# --- Cholesky ------------------------------------------------------------------------------------------------


@op(name="LinalgCholeskyExBackward0", any_order=True)
def cholesky_op(x, *, upper):
    factor = np.linalg.cholesky(x.swapaxes(-1, -2) if upper else x)
    if np.isnan(factor).any():
        raise np.linalg.LinAlgError  # some LAPACKs do not say so
    return columns_first(factor.swapaxes(-1, -2) if upper else factor)


@cholesky_op.gradient
def _(g, out, upper):
    """L^-T P L^-1 with P the lower triangle of L' g, made symmetric."""
    factor, g = (out.mT, g.mT) if upper else (out, g)
    inner = _symmetric(tril(factor.mT @ tril(g)))
    half = triangular_op(factor.mT, inner, upper=True, left=True, unitriangular=False)
    return triangular_op(factor, half, upper=False, left=False, unitriangular=False)


old_cholesky_op = cholesky_op.named("CholeskyBackward0")


def _cholesky(operation, name, A, upper):
    check_square(name, A)
    check_floating(name, A)
    check_not_half("cholesky_cpu", A)
    try:
        return operation(A, upper=upper)
    except np.linalg.LinAlgError:
        refuse(name, infos(bad_minor, A._array), NOT_POSITIVE)


@public(**LINALG, out=True, name="cholesky")
def linalg_cholesky(input, *, upper=False):
    """The lower triangular L with A = L L', or the upper one with A = U' U; only that triangle of A is read.

    Shapes: (..., n, n) -> the same.  Raises: LinAlgError unless A is positive definite.  Torch: torch.linalg.cholesky
    """
    return _cholesky(cholesky_op, "linalg.cholesky", input, upper)


@public(out=True)
def cholesky(input, upper=False):
    """linalg.cholesky, deprecated in torch.  Torch: torch.cholesky"""
    warnings.warn(
        "torch.cholesky is deprecated in favor of torch.linalg.cholesky and will be removed in a future PyTorch release.\n"
        "L = torch.cholesky(A)\nshould be replaced with\nL = torch.linalg.cholesky(A)\nand\n"
        "U = torch.cholesky(A, upper=True)\nshould be replaced with\nU = torch.linalg.cholesky(A).mH\n"
        "This transform will produce equivalent results for all valid (symmetric positive definite) inputs.",
        UserWarning,
        stacklevel=2,
    )
    check_square("cholesky", input)
    if not input.is_floating_point():
        if not input.numel():
            return input.clone(memory_format=contiguous_format)  # of an empty matrix torch asks no dtype
        raise NotImplementedError(f"\"cholesky_cpu\" not implemented for '{input.dtype.long_name}'")
    return _cholesky(old_cholesky_op, "cholesky", input, upper)


@public(**LINALG, out=True)
def cholesky_ex(input, *, upper=False, check_errors=False):
    """linalg.cholesky without an error: info says which leading minor is not positive, 0 if all are.

    The factor of such a matrix is NaN.  Torch: torch.linalg.cholesky_ex
    """
    check_square("linalg.cholesky_ex", input)
    check_floating("linalg.cholesky_ex", input)
    check_not_half("cholesky_cpu", input)
    try:
        return cholesky_ex_result(cholesky_op(input, upper=upper), Tensor._wrap(np.zeros(input._array.shape[:-2], np.int32)))
    except np.linalg.LinAlgError:
        info = infos(bad_minor, input._array)
    if check_errors:
        refuse("linalg.cholesky_ex", info, NOT_POSITIVE)
    bad = Tensor._wrap(info != 0).unsqueeze(-1).unsqueeze(-1)
    eye = Tensor._wrap(np.eye(input._array.shape[-1], dtype=input._array.dtype))
    factor = cholesky_op(eye.where(bad, input), upper=upper).masked_fill(bad, np.nan)
    return cholesky_ex_result(factor, Tensor._wrap(info))


# --- QR ------------------------------------------------------------------------------------------------------


@op(name="LinalgQrBackward0", outputs=("q", "r"), any_order=True)
def qr_op(x, *, mode):
    if mode == "r":
        return np.zeros(0, x.dtype), columns_first(np.linalg.qr(x, mode="r"))
    q, r = np.linalg.qr(x, mode=mode)
    return columns_first(q), columns_first(r)


@qr_op.gradient
def _(grads, q, r, mode):
    """(gQ + Q copy(tril(R gR' - gQ' Q))) R^-T, with the lower triangle copied to the upper one.

    Of a wide matrix [X Y] with R = [U V]: X = Q U is square and Y = Q V, so that gY = Q gV and gQ grows by Y gV'.
    """
    gq, gr = grads
    if mode == "r":
        raise RuntimeError(
            "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please use linalg.qr(A, "
            "mode='reduced') if you are going to differentiate through linalg.qr."
        )
    rows, n = q._array.shape[-2], r._array.shape[-1]
    k = r._array.shape[-2]
    if mode == "complete" and rows > n:
        raise RuntimeError("The QR decomposition is not differentiable when mode='complete' and nrows > ncols.")
    wide = None
    if n > k:
        v = r.narrow(-1, k, n - k)
        r = r.narrow(-1, 0, k)
        if gr is not None:
            gv, gr = gr.narrow(-1, k, n - k), gr.narrow(-1, 0, k)
            wide = q @ gv
            grown = q @ (v @ gv.mT)
            gq = grown if gq is None else gq + grown
    inner = None if gr is None else r @ triu(gr).mT
    if gq is not None:
        turn = gq.mT @ q
        inner = -turn if inner is None else inner - turn
    inner = q @ (tril(inner) + tril(inner, -1).mT)
    result = triangular_op(r.mT, inner if gq is None else gq + inner, upper=False, left=False, unitriangular=False)
    if n > k:
        if wide is None:
            wide = result.new_zeros((*result._array.shape[:-1], n - k))
        return cat([result, wide], -1)
    return result


def _qr(A, mode):
    check_matrix("linalg.qr", A)
    check_floating("linalg.qr", A)
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or 'complete'"
        )
    check_not_half("geqrf_cpu", A)
    return qr_op(A, mode=mode)


@public(**LINALG, name="qr", out=True)
def linalg_qr(A, mode="reduced"):
    """A = Q R with Q'Q = 1 and R upper triangular.

    mode: "reduced", "complete" (a square Q), or "r" (no Q).
    Shapes: (..., m, n) -> (..., m, k), (..., k, n), k = min(m, n); k = m if complete.
    Raises: RuntimeError for another mode.  Torch: torch.linalg.qr
    """
    if not isinstance(mode, str):
        raise TypeError(f"linalg_qr(): argument 'mode' (position 2) must be str, not {type(mode).__name__}")
    return linalg_qr_result(*_qr(A, mode))


@public(out=True)
def qr(input, some=True):
    """linalg.qr with mode "reduced" or, if not some, "complete"; deprecated in torch.  Torch: torch.qr"""
    warnings.warn(
        "torch.qr is deprecated in favor of torch.linalg.qr and will be removed in a future PyTorch release.\n"
        "The boolean parameter 'some' has been replaced with a string parameter 'mode'.\nQ, R = torch.qr(A, some)\n"
        "should be replaced with\nQ, R = torch.linalg.qr(A, 'reduced' if some else 'complete')",
        UserWarning,
        stacklevel=2,
    )
    return qr_result(*_qr(input, "reduced" if some else "complete"))


# --- singular values -------------------------------------------------------------------------------


@op(name="LinalgSvdBackward0", outputs=("u", "s", "vh"), any_order=True)
def svd_op(x, *, full=False):
    u, s, vh = np.linalg.svd(x, full_matrices=full)
    return columns_first(u), s, columns_first(vh)


@svd_op.gradient
def _(grads, u, s, vh):
    """U (E * skew(U' gU) S + S E * skew(V' gV) + gS) V', and what gU and gV have outside the spans of U and V.

    E[i, j] = 1 / (s[j]^2 - s[i]^2) off the diagonal.
    """
    gu, gs, gvh = grads
    k = s._array.shape[-1]
    u, vh = u.narrow(-1, 0, k), vh.narrow(-2, 0, k)
    gu, gvh = [None if x is None else x.narrow(d, 0, k) for x, d in ((gu, -1), (gvh, -2))]
    v = vh.mT
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


NOT_FINITE = "The algorithm failed to converge because the input matrix contained non-finite values."


def _svd(A, full=False):
    check_matrix("linalg.svd", A)
    check_floating("linalg.svd", A)
    check_not_half("linalg_svd_cpu", A)
    bad = np.isnan(A._array).any((-1, -2))
    if bad.any():
        refuse("linalg.svd", bad, NOT_FINITE)
    return svd_op(A, full=full)


@public(**LINALG, name="svd", out=True)
def linalg_svd(A, full_matrices=True, *, driver=None):
    """A = U diag(S) Vh, S falling.  Of full square U and Vh only the first k = min(m, n) vectors carry gradients.

    Shapes: (..., m, n) -> (..., m, m), (..., k), (..., n, n); (..., m, k), (..., k), (..., k, n) if not full_matrices.
    Raises: LinAlgError for NaN or infinity.  Torch: torch.linalg.svd
    """
    _check_driver("linalg.svd", driver)
    return linalg_svd_result(*_svd(A, full_matrices))


def _check_driver(name, driver):
    if driver is not None:
        raise RuntimeError(f"{name}: keyword argument `driver=` is only supported on CUDA inputs with cuSOLVER backend.")


@public(**LINALG, out=True)
def svdvals(A, *, driver=None):
    """The singular values, falling.

    Shapes: (..., m, n) -> (..., min(m, n)).  Torch: torch.linalg.svdvals
    """
    _check_driver("linalg.svdvals", driver)
    return _svd(A)[1]


@public(out=True)
def svd(input, some=True, compute_uv=True):
    """x = U diag(S) V'; deprecated in torch in favour of linalg.svd.  Torch: torch.svd"""
    u, s, vh = linalg_svd(input, not some)
    if not compute_uv:
        zeros = [
            input.new_zeros((*x._array.shape[:-2], n, n)) for x, n in ((u, u._array.shape[-2]), (vh, vh._array.shape[-1]))
        ]
        return svd_result(zeros[0], s, zeros[1])
    return svd_result(u, s, vh.mT)


# --- eigenvalues of symmetric matrices ------------------------------------------------------------------------


@op(name="LinalgEighBackward0", outputs=("values", "vectors"), any_order=True)
def eigh_op(x, *, uplo):
    values, vectors = np.linalg.eigh(x, uplo)
    return values, columns_first(vectors)


@eigh_op.gradient
def _(grads, values, vectors):
    """V (V' gV / E + diag(gL)) V', E[i, j] = L[j] - L[i]"""
    gvalues, gvectors = grads
    diagonal = Tensor._wrap(np.eye(values._array.shape[-1], dtype=bool))
    inner = None
    if gvectors is not None:
        gaps = (values.unsqueeze(-2) - values.unsqueeze(-1)).masked_fill(diagonal, 1)
        inner = (vectors.mT @ gvectors / gaps).masked_fill(diagonal, 0)
    if gvalues is not None:
        part = gvalues.unsqueeze(-1) * diagonal.to(gvalues.dtype)
        inner = part if inner is None else inner + part
    return vectors @ inner @ vectors.mT


def _eigh(A, UPLO):
    check_square("linalg.eigh", A)
    if UPLO not in ("L", "U", "l", "u"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    if A._array.dtype.kind != "f" or A._array.dtype == np.float16:
        raise NotImplementedError(f"\"linalg_eigh_cpu\" not implemented for '{A.dtype.long_name}'")
    return eigh_op(A, uplo=UPLO.upper())


@public(**LINALG, out=True)
def eigh(input, UPLO="L"):
    """The eigenvalues, rising, and eigenvectors of symmetric matrices; one triangle of A is read.

    Shapes: (..., n, n) -> (..., n), (..., n, n).  Raises: RuntimeError unless square.  Torch: torch.linalg.eigh
    """
    return eigh_result(*_eigh(input, UPLO))


@public(**LINALG, out=True)
def eigvalsh(input, UPLO="L"):
    """The eigenvalues of symmetric matrices, rising.  Shapes: (..., n, n) -> (..., n).  Torch: torch.linalg.eigvalsh"""
    return _eigh(input, UPLO)[0]
