"""Matrix products.  All are one kernel; its gradient is two more products."""

import math

from .. import checks, kernels
from ..autograd.op import op
from .public import public


@op(name="MmBackward0")
def mm_op(a, b):
    return kernels.matmul(a, b)


@op(name="BmmBackward0")
def bmm_op(a, b):
    return kernels.matmul(a, b)


# Batch dimensions that were broadcast are summed away by the engine.
mm_op.gradients(lambda g, b: mm_op(g, b.t()), lambda g, a: mm_op(a.t(), g))
bmm_op.gradients(lambda g, b: bmm_op(g, b.mT), lambda g, a: bmm_op(a.mT, g))


@op(name="MvBackward0")
def mv_op(a, v):
    return kernels.matmul(a, v)


mv_op.gradients(lambda g, v: g.unsqueeze(1) * v, lambda g, a: mv_op(a.t(), g))


@op(name="DotBackward0")
def dot_op(a, b):
    return kernels.matmul(a, b)


dot_op.gradients(lambda g, b: g * b, lambda g, a: g * a)


def _check_ndim(name, x, ndim, argument):
    if x.ndim != ndim:
        kind = {1: "vector", 2: "matrix"}[ndim]
        raise RuntimeError(f"{argument} must be a {kind}")


@public(out=True)
def mm(input, mat2):
    """The product of two matrices.

    Shapes: (N, K), (K, M) -> (N, M).  Raises: RuntimeError for others, or different dtypes.  Torch: torch.mm
    """
    _check_ndim("mm", input, 2, "self")
    _check_ndim("mm", mat2, 2, "mat2")
    checks.check_same_dtype(input, mat2)
    (n, k), (k2, m) = input._array.shape, mat2._array.shape
    if k != k2:
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({n}x{k} and {k2}x{m})")
    return mm_op(input, mat2)


@public(out=True)
def bmm(input, mat2):
    """A product of matrices per batch entry.

    Shapes: (B, N, K), (B, K, M) -> (B, N, M).  Torch: torch.bmm
    """
    for x, name in ((input, "batch1"), (mat2, "batch2")):
        if x.ndim != 3:
            raise RuntimeError(f"{name} must be a 3D tensor")
    checks.check_same_dtype(input, mat2, "expected scalar type {} but found {}")
    (b, _, k), shape = input._array.shape, mat2._array.shape
    if shape[:2] != (b, k):
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{b}, {k}] but got: [{shape[0]}, {shape[1]}]."
        )
    return bmm_op(input, mat2)


@public(out=True)
def mv(input, vec):
    """A matrix times a vector.  Shapes: (N, K), (K) -> (N).  Torch: torch.mv"""
    if input.ndim != 2 or vec.ndim != 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got {vec.ndim}, {input.ndim}, {vec.ndim}")
    checks.check_same_dtype(input, vec)
    if input._array.shape[1] != vec.numel():
        raise RuntimeError(
            f"size mismatch, got input ({input._array.shape[0]}), mat ({input._array.shape[0]}x"
            f"{input._array.shape[1]}), vec ({vec.numel()})"
        )
    return mv_op(input, vec)


@public(out=True)
def dot(input, tensor):
    """sum(a * b) of two vectors.  Torch: torch.dot"""
    if input.ndim != 1 or tensor.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {input.ndim}D and {tensor.ndim}D tensors")
    if input.dtype is not tensor.dtype:
        raise RuntimeError(
            f"dot : expected both vectors to have same dtype, but found {input.dtype.long_name} and {tensor.dtype.long_name}"
        )
    if input.numel() != tensor.numel():
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor [{input.numel()}] and src [{tensor.numel()}] to have the same "
            f"number of elements, but got {input.numel()} and {tensor.numel()} elements respectively"
        )
    return dot_op(input, tensor)


@public(operator="matmul", out=True)
def matmul(input, other):
    """The matrix product; vectors count as a row on the left, a column on the right; batches broadcast.

    Shapes: (..., N, K), (..., K, M) -> (..., N, M).  Raises: RuntimeError otherwise.  Torch: torch.matmul
    """
    checks.check_tensor(other, "matmul", "other", 2)
    p, q = input.ndim, other.ndim
    if p == 0 or q == 0:
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {p}D and {q}D")
    if p == 1 and q == 1:
        return dot(input, other)
    if p == 2 and q == 2:
        return mm(input, other)
    if p == 2 and q == 1:
        return mv(input, other)
    checks.check_same_dtype(input, other, "expected m1 and m2 to have the same dtype, but got: {} != {}")
    if p == 1:
        return matmul(input.unsqueeze(0), other).squeeze(-2)
    if q == 1:
        return matmul(input, other.unsqueeze(1)).squeeze(-1)
    a, b = input._array.shape, other._array.shape
    if a[-1] != b[-2]:
        if q == 2:
            raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({math.prod(a[:-1])}x{a[-1]} and {b[0]}x{b[1]})")
        batch = math.prod(checks.check_broadcast(a[:-2], b[:-2]))
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{batch}, {a[-1]}] but got: [{batch}, {b[-2]}]."
        )
    if q == 2:  # one large product instead of many small ones
        return mm_op(input.reshape(-1, a[-1]) if input.numel() else input.reshape(math.prod(a[:-1]), a[-1]), other).reshape(
            (*a[:-1], b[-1])
        )
    checks.check_broadcast(a[:-2], b[:-2])
    return bmm_op(input, other)


@public(inplace=True, out=True)
def addmm(input, mat1, mat2, *, beta=1, alpha=1):
    """beta * input + alpha * (mat1 @ mat2); beta = 0 ignores input, NaN and all.

    Torch: torch.addmm
    """
    return _added(input, mm(mat1, mat2), beta, alpha)


@public(inplace=True, out=True)
def addmv(input, mat, vec, *, beta=1, alpha=1):
    """beta * input + alpha * (mat @ vec).  Torch: torch.addmv"""
    return _added(input, mv(mat, vec), beta, alpha)


@public(inplace=True, out=True)
def baddbmm(input, batch1, batch2, *, beta=1, alpha=1):
    """beta * input + alpha * (batch1 @ batch2), per batch entry.  Torch: torch.baddbmm"""
    return _added(input, bmm(batch1, batch2), beta, alpha)


def _added(input, product, beta, alpha):
    product = product if alpha == 1 else product * alpha
    if not checks.is_expandable(input._array.shape, product._array.shape):
        raise RuntimeError(
            f"The expanded size of the tensor ({product.shape[-1]}) must match the existing size ({input.shape[-1]}) "
            f"at non-singleton dimension {product.ndim - 1}.  Target sizes: {list(product.shape)}.  Tensor sizes: "
            f"{list(input.shape)}"
        )
    if beta == 0:
        return product
    return product + (input if beta == 1 else input * beta)


@public(out=True)
def outer(input, vec2):
    """y[i][j] = a[i] * b[j].  Torch: torch.outer"""
    if input.ndim != 1 or vec2.ndim != 1:
        name = "self" if input.ndim != 1 else "vec2"
        x = input if input.ndim != 1 else vec2
        raise RuntimeError(f"outer: Expected 1-D argument {name}, but got {x.ndim}-D")
    return input.unsqueeze(1) * vec2


public(outer, name="ger", out=True)
