"""Matrix products.  All are one kernel; its gradient is two more products."""

import math

import numpy as np

from .. import checks, dtypes, kernels
from ..autograd.op import op
from ..tensor import Tensor
from .public import public
from .shape import reshaped_copy, squeeze_op

# Products of at most so many multiplications go to NumPy at once: finding the kernel would take longer.
SMALL = 1 << 12

squeeze_first = squeeze_op.named("SqueezeBackward4")  # torch's name for the dimension left out in place


@op(name="MmBackward0", any_order=True)
def mm_op(a, b):
    if a.size * b.shape[1] <= SMALL and a.dtype.char in "fd":
        return np.matmul(a, b)
    return kernels.matmul(a, b)


@op(name="BmmBackward0")
def bmm_op(a, b):
    return kernels.matmul(a, b)


# Batch dimensions that were broadcast are summed away by the engine.
mm_op.gradients(lambda g, b: mm_op(g, b.t()), lambda g, a: mm_op(a.t(), g))
mm_op.on_arrays(lambda g, b: kernels.matmul(g, b.T), lambda g, a: kernels.matmul(a.T, g))
bmm_op.gradients(lambda g, b: bmm_op(g, b.mT), lambda g, a: bmm_op(a.mT, g))
# Under the names of what torch does last with a product of batches in `matmul`.
batches_op = bmm_op.named("UnsafeViewBackward0")
copied_op, transposed_op = bmm_op.named("CloneBackward0"), bmm_op.named("TransposeBackward0")


@op(name="MvBackward0")
def mv_op(a, v):
    return kernels.matmul(a, v)


mv_op.gradients(lambda g, v: g.unsqueeze(1) * v, lambda g, a: mv_op(a.t(), g))


@op(name="DotBackward0")
def dot_op(a, b):
    return kernels.matmul(a, b)


dot_op.gradients(lambda g, b: g * b, lambda g, a: g * a)


def check_numeric(kernel, x, *others):
    """Products are of numbers, not of bools.  Where an operand is empty no kernel of torch's runs that could refuse."""
    if x._array.dtype.kind == "b" and all(t._array.size for t in (x, *others)):
        raise NotImplementedError(f"\"{kernel}\" not implemented for 'Bool'")


def check_scaled(input, beta, size):
    """Where there is nothing to multiply, torch computes input * beta, and what that gives must fit input's dtype."""
    if size and beta and input._array.dtype.kind != "f":
        factor = dtypes.int64 if isinstance(beta, int) else dtypes.get_default_dtype()
        if factor.is_floating_point or input.dtype is dtypes.bool_:
            checks.check_castable(factor, input.dtype)


def check_batches(a, b):
    """The shape of a batched product.

    Raises: RuntimeError for shapes that do not fit.
    """
    for x, name in ((a, "batch1"), (b, "batch2")):
        if x.ndim != 3:
            raise RuntimeError(f"{name} must be a 3D tensor")
    (batch, n, k), shape = a._array.shape, b._array.shape
    if shape[:2] != (batch, k):
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{batch}, {k}] but got: [{shape[0]}, "
            f"{shape[1]}]."
        )
    return batch, n, shape[2]


def _check_scalar_type(a, b):
    if a.dtype is not b.dtype:
        raise RuntimeError(f"expected scalar type {a.dtype.long_name} but found {b.dtype.long_name}")


@public(out="exact")
def mm(input, mat2):
    """The product of two matrices.

    Shapes: (N, K), (K, M) -> (N, M).  Raises: RuntimeError for others, or different dtypes.  Torch: torch.mm
    """
    checks.check_tensor(input, "mm")
    checks.check_tensor(mat2, "mm", "mat2", 2)
    for name, x in (("self", input), ("mat2", mat2)):
        if x.ndim != 2:
            raise RuntimeError(f"{name} must be a matrix")
    (n, k), (k2, m) = input._array.shape, mat2._array.shape
    if k != k2:
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({n}x{k} and {k2}x{m})")
    checks.check_same_dtype(input, mat2)
    check_numeric("addmm_impl_cpu_", input, mat2)
    return mm_op(input, mat2)


@public(out="exact")
def bmm(input, mat2):
    """A product of matrices per batch entry.

    Shapes: (B, N, K), (B, K, M) -> (B, N, M).  Torch: torch.bmm
    """
    checks.check_tensor(input, "bmm")
    checks.check_tensor(mat2, "bmm", "mat2", 2)
    for x, name in ((input, "batch1"), (mat2, "batch2")):
        if x.ndim != 3:
            raise RuntimeError(f"{name} must be a 3D tensor")
    _check_scalar_type(input, mat2)
    check_batches(input, mat2)
    check_numeric("bmm", input, mat2)
    return bmm_op(input, mat2)


@public(out="exact")
def mv(input, vec):
    """A matrix times a vector.  Shapes: (N, K), (K) -> (N).  Torch: torch.mv"""
    checks.check_tensor(input, "mv")
    checks.check_tensor(vec, "mv", "vec", 2)
    if input.ndim != 2 or vec.ndim != 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got 1, {input.ndim}, {vec.ndim}")
    if input.dtype is not vec.dtype:
        names = f"{vec.dtype.long_name}, {input.dtype.long_name}, and {vec.dtype.long_name}"
        raise RuntimeError(f"addmv input tensors must have the same dtype, but got {names}")
    if input._array.shape[1] != vec.numel():
        raise RuntimeError(
            f"size mismatch, got input ({input._array.shape[0]}), mat ({input._array.shape[0]}x"
            f"{input._array.shape[1]}), vec ({vec.numel()})"
        )
    check_numeric("addmv_impl_cpu", input, vec)
    return mv_op(input, vec)


@public(out=True)
def dot(input, tensor):
    """sum(a * b) of two vectors.

    Raises: RuntimeError for other tensors, different sizes or dtypes.  Torch: torch.dot
    """
    return dot_op(*check_vectors("dot", input, tensor))


def check_vectors(name, input, tensor):
    """Two vectors of one size and dtype of numbers."""
    checks.check_tensor(input, name)
    checks.check_tensor(tensor, name, "tensor" if name == "dot" else "other", 2)
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
    if input._array.dtype.kind == "b":  # be there elements or not
        raise NotImplementedError("\"dot\" not implemented for 'Bool'")
    return input, tensor


@public(out="exact")
def matmul(input, other):
    """The matrix product; vectors count as a row on the left, a column on the right; batches broadcast.

    Shapes: (..., N, K), (..., K, M) -> (..., N, M).  Raises: RuntimeError otherwise.  Torch: torch.matmul
    """
    if isinstance(input, Tensor) and isinstance(other, Tensor):
        a, b = input._array, other._array
        if a.ndim == 2 and b.ndim == 2 and a.dtype is b.dtype and a.shape[1] == b.shape[0] and a.dtype.char in "fd":
            return mm_op.of_two(input, other)  # the commonest case: nothing to check
    checks.check_tensor(input, "matmul")
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
    if p == 1:
        product = matmul(input.unsqueeze(0), other)
        shape = other._array.shape
        return squeeze_first(product, dims=(0,)) if q == 2 else reshaped_copy(product, shape=(*shape[:-2], shape[-1]))
    if q == 1:
        shape = input._array.shape[:-1]
        return reshaped_copy(mv(input.reshape(math.prod(shape), input._array.shape[-1]), other), shape=shape)
    a, b = input._array.shape, other._array.shape
    if q == 2:
        if a[-1] != b[0]:
            raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({math.prod(a[:-1])}x{a[-1]} and {b[0]}x{b[1]})")
        checks.check_same_dtype(input, other)
        check_numeric("addmm_impl_cpu_", input, other)
        # One large product instead of many small ones.
        return reshaped_copy(mm_op(input.reshape(math.prod(a[:-1]), a[-1]), other), shape=(*a[:-1], b[-1]))
    _check_scalar_type(input, other)
    check_numeric("bmm", input, other)
    if a[-1] != b[-2]:
        batch = math.prod(checks.check_broadcast(a[:-2], b[:-2]))
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{batch}, {a[-1]}] but got: [{batch}, {b[-2]}]."
        )
    checks.check_broadcast(a[:-2], b[:-2])
    if p == 2 and input.requires_grad:  # torch multiplies the other way round, and turns the result, with a copy if need be
        turned = transposed_op if 1 in (a[0], b[-1]) or not input.numel() * other.numel() else copied_op
        return turned(input, other)
    return batches_op(input, other)


def _at(self, other):
    """self @ other"""
    return matmul(self, other) if isinstance(other, Tensor) else NotImplemented


setattr(Tensor, "__matmul__", _at)  # noqa: B010  (a checker reads an assignment as a new attribute)
setattr(Tensor, "__rmatmul__", lambda self, other: matmul(other, self) if isinstance(other, Tensor) else NotImplemented)  # noqa: B010


@public(out=True)
def outer(input, vec2):
    """y[i][j] = a[i] * b[j].  Torch: torch.outer"""
    if input.ndim != 1 or vec2.ndim != 1:
        name = "self" if input.ndim != 1 else "vec2"
        x = input if input.ndim != 1 else vec2
        raise RuntimeError(f"outer: Expected 1-D argument {name}, but got {x.ndim}-D")
    return input.unsqueeze(1) * vec2


public(outer, name="ger", out=True)
