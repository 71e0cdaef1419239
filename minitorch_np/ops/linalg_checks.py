"""What the functions of linear algebra ask of their matrices, in torch's words."""

import numpy as np

from .. import checks


class LinAlgError(RuntimeError):
    """A matrix is singular, or not positive definite, or an iteration does not converge.

    Torch: torch.linalg.LinAlgError
    """


LinAlgError.__name__ = "_LinAlgError"  # as torch's prints itself


def check_floating(name, A) -> None:
    """Matrices of floats, not of integers."""
    if A._array.dtype.kind != "f":
        raise RuntimeError(f"{name}: Expected a floating point or complex tensor as input. Got {A.dtype.long_name}")


def check_matrix(name, A, argument="A") -> None:
    """At least one matrix."""
    checks.check_tensor(A, name.replace(".", "_"), argument)
    if A.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor {argument} must have at least 2 dimensions.")


def check_square(name, A) -> None:
    """Square matrices."""
    check_matrix(name, A)
    rows, columns = A._array.shape[-2:]
    if rows != columns:
        raise RuntimeError(f"{name}: A must be batches of square matrices, but they are {rows} by {columns} matrices")


def check_not_half(kernel, A) -> None:
    """LAPACK has no half precision."""
    if A._array.dtype == np.float16:
        raise NotImplementedError(f"\"{kernel}\" not implemented for 'Half'")


def check_same_dtype(name, A, B) -> None:
    """The two sides of an equation."""
    if A.dtype is not B.dtype:
        raise RuntimeError(
            f"{name}: Expected A and B to have the same dtype, but found A of type {A.dtype.long_name} and B of type "
            f"{B.dtype.long_name} instead"
        )


def check_equation(name, A, B, left) -> None:
    """Shapes of A X = B, or of X A = B.  B: its shape"""
    n, rows, columns = A._array.shape[-1], *B[-2:]
    if n != (rows if left else columns):
        raise RuntimeError(
            f"{name}: Incompatible shapes of A and B for the equation {'AX = B' if left else 'XA = B'} "
            f"({n}x{n} and {rows}x{columns})"
        )


def zero_pivot(matrix) -> int:
    """The first step, counted from 1, at which elimination with row exchanges meets a zero pivot; 0 if none."""
    rest = np.array(matrix)
    for step in range(len(rest)):
        best = int(np.argmax(np.abs(rest[:, 0])))
        if rest[best, 0] == 0:
            return step + 1
        rest[[0, best]] = rest[[best, 0]]
        rest = rest[1:, 1:] - rest[1:, :1] * (rest[0, 1:] / rest[0, 0])
    try:
        np.linalg.inv(matrix)
    except np.linalg.LinAlgError:  # what is nothing but rounding here is a zero there
        return len(matrix)
    return 0


def bad_minor(matrix) -> int:
    """The first leading minor, counted from 1, that is not positive; 0 if the matrix is positive definite."""
    rest = np.array(matrix)
    for step in range(len(rest)):
        if not rest[0, 0] > 0:
            return step + 1
        rest = rest[1:, 1:] - np.outer(rest[1:, 0], rest[1:, 0] / rest[0, 0])
    return 0


def infos(examine, x) -> np.ndarray:
    """`zero_pivot` or `bad_minor` of every matrix of a batch."""
    result = np.zeros(x.shape[:-2], np.int32)
    with np.errstate(all="ignore"):
        for at in np.ndindex(result.shape):
            result[at] = examine(x[at])
    return result


def refuse(name, info, sentence) -> None:
    """Raise for the first matrix of a batch that has an info."""
    at = int(np.argmax(info != 0))
    which = f"(Batch element {at}): " if info.ndim else ""
    raise LinAlgError(f"{name}: {which}{sentence.format(info.reshape(-1)[at])}")


SINGULAR = "The diagonal element {} is zero, the inversion could not be completed because the input matrix is singular."
UNSOLVABLE = "The solver failed because the input matrix is singular."
NOT_POSITIVE = (
    "The factorization could not be completed because the input is not positive-definite (the leading minor of order "
    "{} is not positive-definite)."
)


def columns_first(x: np.ndarray) -> np.ndarray:
    """The same matrices with their elements column by column in memory, as LAPACK leaves them."""
    return np.ascontiguousarray(x.swapaxes(-1, -2)).swapaxes(-1, -2)
