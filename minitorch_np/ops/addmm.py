"""beta * input + alpha * a product: addmm, addmv, addbmm, baddbmm, addr.  Each is one operation, as in torch.

beta = 0 ignores input, NaN and all; of integers beta and alpha count without their fractions.
"""

import math

import numpy as np

from .. import checks, dtypes
from ..autograd.op import Op
from .elementwise import in_range, to_dtype
from .matmul import bmm_op, check_batches, check_numeric, check_scaled, mm_op, mv_op
from .public import in_place, public


def _family(name, product, *gradients):
    """The operation beta * x + alpha * product(a, b).  gradients: of the product, (g, b) and (g, a)."""

    def forward(x, a, b, *, beta, alpha):
        y = product(a, b)
        if y.dtype.kind == "b":
            y = y & bool(alpha)
            return y | (x & bool(beta)) if beta else y
        if alpha != 1:
            y = y * alpha
        return y if beta == 0 else y + (x if beta == 1 else x * beta)

    first, second = gradients
    operation = Op(forward, name=f"{name}Backward0")
    operation.gradients(
        lambda g, beta: _scaled(g, beta),
        lambda g, b, alpha: _scaled(first(g, b), alpha),
        lambda g, a, alpha: _scaled(second(g, a), alpha),
    )
    return operation


def _scaled(x, factor):
    return x if factor == 1 else x * factor


def _sum_of_products(a, b):
    """sum of a[i] @ b[i], as one product"""
    batch, n, k = a.shape
    return mm_op.forward(a.transpose(1, 0, 2).reshape(n, batch * k), b.reshape(batch * k, b.shape[2]))


def _repeated(g, batch):
    return g.expand(batch, *g._array.shape)


addmm_op = _family("Addmm", mm_op.forward, lambda g, b: mm_op(g, b.t()), lambda g, a: mm_op(a.t(), g))
addmv_op = _family("Addmv", mv_op.forward, lambda g, b: g.unsqueeze(1) * b, lambda g, a: mv_op(a.t(), g))
baddbmm_op = _family("Baddbmm", bmm_op.forward, lambda g, b: bmm_op(g, b.mT), lambda g, a: bmm_op(a.mT, g))
addbmm_op = _family(
    "Addbmm",
    _sum_of_products,
    lambda g, b: bmm_op(_repeated(g, len(b)), b.mT),
    lambda g, a: bmm_op(a.mT, _repeated(g, len(a))),
)
addr_op = _family("Addr", np.multiply.outer, lambda g, b: mv_op(g, b), lambda g, a: mv_op(g.t(), a))


def _call(operation, input, a, b, shape, beta, alpha):
    """Run the operation once `input` is known to broadcast to `shape`."""
    if input._array.shape != shape:
        input.expand(shape)  # refuses in torch's words; the operation broadcasts by itself
    if not input.is_floating_point() and input.dtype is not dtypes.bool_:
        if a._array.size and b._array.size:
            beta, alpha = [int(in_range(v, input.dtype)) for v in (beta, alpha)]
        else:  # nothing is multiplied by alpha, and beta is cast as C does it
            beta, alpha = int(np.asarray(int(beta)).astype(input._array.dtype)), 1
    return operation(input, a, b, beta=beta, alpha=alpha)


def _check_tensors(function, input, *named):
    checks.check_tensor(input, function)
    for at, (name, x) in enumerate(named, 2):
        checks.check_tensor(x, function, name, at)


def _check_dtypes(input, a, b):
    if input.dtype is not b.dtype:
        names = f"{input.dtype.long_name} and {b.dtype.long_name}"
        raise RuntimeError(f"self and mat2 must have the same dtype, but got {names}")
    if a.dtype is not b.dtype:
        names = f"{a.dtype.long_name} and {b.dtype.long_name}"
        raise RuntimeError(f"mat1 and mat2 must have the same dtype, but got {names}")


@public(out="exact")
def addmm(input, mat1, mat2, *, beta=1, alpha=1):
    """beta * input + alpha * (mat1 @ mat2); beta = 0 ignores input, NaN and all.

    Shapes: input broadcasts to (N, M); (N, K), (K, M) -> (N, M).
    Raises: RuntimeError for other shapes, or several dtypes.  Torch: torch.addmm
    """
    _check_tensors("addmm", input, ("mat1", mat1), ("mat2", mat2))
    for name, x in (("mat1", mat1), ("mat2", mat2)):
        if x.ndim != 2:
            raise RuntimeError(f"{name} must be a matrix, got {x.ndim}-D tensor")
    _check_dtypes(input, mat1, mat2)
    (n, k), (k2, m) = mat1._array.shape, mat2._array.shape
    if k != k2:
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({n}x{k} and {k2}x{m})")
    if input.dtype is dtypes.bool_:
        input.expand(n, m)
    check_numeric("addmm_impl_cpu_", mat1, mat2)
    if not k:
        check_scaled(input, beta, n * m)
    return _call(addmm_op, input, mat1, mat2, (n, m), beta, alpha)


@public(namespace=())
def addmm_(self, mat1, mat2, *, beta=1, alpha=1):
    """In-place version of `addmm`.  Torch: Tensor.addmm_"""
    result = [mat1._array.shape[0], mat2._array.shape[-1]] if mat1.ndim == mat2.ndim == 2 else list(self.shape)
    if list(self.shape) != result:
        raise RuntimeError(
            f"Bad in-place call: input tensor size {list(self.shape)} and output tensor size {result} should match"
        )
    return _addmm_in_place(self, mat1, mat2, beta=beta, alpha=alpha)


_addmm_in_place = in_place(addmm, "addmm_")


@public(inplace=True, out="exact")
def addmv(input, mat, vec, *, beta=1, alpha=1):
    """beta * input + alpha * (mat @ vec).

    Shapes: input broadcasts to (N); (N, K), (K) -> (N).
    Raises: RuntimeError for other shapes, or several dtypes.  Torch: torch.addmv
    """
    _check_tensors("addmv", input, ("mat", mat), ("vec", vec))
    if mat.ndim != 2 or vec.ndim != 1 or input.ndim > 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got {input.ndim}, {mat.ndim}, {vec.ndim}")
    (n, k), size = mat._array.shape, input.numel()
    if vec._array.shape[0] != k or size not in (1, n):
        raise RuntimeError(f"size mismatch, got input ({size}), mat ({n}x{k}), vec ({vec._array.shape[0]})")
    if not input.dtype is mat.dtype is vec.dtype:
        names = f"{input.dtype.long_name}, {mat.dtype.long_name}, and {vec.dtype.long_name}"
        raise RuntimeError(f"addmv input tensors must have the same dtype, but got {names}")
    check_numeric("addmv_impl_cpu", mat, vec)
    return _call(addmv_op, input, mat, vec, (n,), beta, alpha)


@public(inplace=True, out="exact")
def baddbmm(input, batch1, batch2, *, beta=1, alpha=1):
    """beta * input + alpha * (batch1 @ batch2), per batch entry.

    Shapes: input broadcasts to (B, N, M); (B, N, K), (B, K, M) -> (B, N, M).
    Raises: RuntimeError for other shapes, or several dtypes.  Torch: torch.baddbmm
    """
    _check_tensors("baddbmm", input, ("batch1", batch1), ("batch2", batch2))
    if not input.dtype is batch1.dtype is batch2.dtype:
        names = [checks.C_NAMES[x.dtype.name] for x in (input, batch1, batch2)]
        raise RuntimeError(f"Input dtypes must be the same, got: input {names[0]}, batch1: {names[1]}, batch2: {names[2]}")
    shape = check_batches(batch1, batch2)
    check_numeric("baddbmm", batch1, batch2)
    if not batch1._array.shape[2]:
        check_scaled(input, beta, math.prod(shape))
    return _call(baddbmm_op, input, batch1, batch2, shape, beta, alpha)


@public(inplace=True, out=True)
def addbmm(input, batch1, batch2, *, beta=1, alpha=1):
    """beta * input + alpha * the sum of batch1[i] @ batch2[i].

    Shapes: input broadcasts to (N, M); (B, N, K), (B, K, M) -> (N, M).
    Raises: RuntimeError for other shapes, or several dtypes.  Torch: torch.addbmm
    """
    _check_tensors("addbmm", input, ("batch1", batch1), ("batch2", batch2))
    for x, name in ((batch1, "batch1"), (batch2, "batch2")):
        if x.ndim != 3:
            raise RuntimeError(f"{name} must be a 3D tensor")
    (b, n, k), (b2, k2, m) = batch1._array.shape, batch2._array.shape
    if b != b2:
        raise RuntimeError(f"batch1 and batch2 must have same number of batches, got {b} and {b2}")
    if k != k2:
        raise RuntimeError(f"Incompatible matrix sizes for bmm ({n}x{k} and {k2}x{m})")
    _check_dtypes(input, batch1, batch2)
    check_numeric("addmm_impl_cpu_", batch1, batch2)
    if not b:
        check_scaled(input, beta, 1)
    elif not k:
        check_scaled(input, beta, n * m)
        check_scaled(input, 1, n * m * (b - 1))  # the later batches are added to what is there
    return _call(addbmm_op, input, batch1, batch2, (n, m), beta, alpha)


@public(out=True)
def addr(input, vec1, vec2, *, beta=1, alpha=1):
    """beta * input + alpha * outer(vec1, vec2); dtypes promote.

    Shapes: input broadcasts to (N, M); (N), (M) -> (N, M).
    Raises: RuntimeError for other shapes.  Torch: torch.addr
    """
    _check_tensors("addr", input, ("vec1", vec1), ("vec2", vec2))
    for name, x in (("vec1", vec1), ("vec2", vec2)):
        if x.ndim != 1:
            raise RuntimeError(f"addr: Expected 1-D argument {name}, but got {x.ndim}-D")
    shape = (vec1._array.shape[0], vec2._array.shape[0])
    if input._array.shape != shape:
        input.expand(shape)
    tensors = (input, vec1, vec2)
    dtype = dtypes.promote([x.dtype for x in tensors if x.ndim], [x.dtype for x in tensors if not x.ndim], [])
    for name, value in (("beta", beta), ("alpha", alpha)):
        if isinstance(value, float) and not dtype.is_floating_point:
            raise RuntimeError(f"For integral input tensors, argument {name} must not be a floating point number.")
    return addr_op(*[to_dtype(x, dtype) for x in tensors], beta=beta, alpha=alpha)


@public(namespace=())
def addr_(self, vec1, vec2, *, beta=1, alpha=1):
    """In-place version of `addr`.  Torch: Tensor.addr_"""
    if self.ndim != 2:
        raise RuntimeError(f"2D tensor expected, got {self.ndim}D tensor for input")
    return _addr_in_place(self, vec1, vec2, beta=beta, alpha=alpha)


_addr_in_place = in_place(addr, "addr_")
