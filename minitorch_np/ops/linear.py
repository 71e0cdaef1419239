"""y = x W^T + b."""

import math

import numpy as np

from .. import checks, kernels
from ..autograd.op import op
from ..tensor import Tensor
from .activation import BOTH, FUNCTIONAL
from .addmm import addmm
from .matmul import SMALL, matmul, mm_op
from .public import public


@op(name="AddmmBackward0", any_order=True)
def linear_op(x, w, bias):
    if x.ndim == 2 and x.size * len(w) <= SMALL and x.dtype.char in "fd":
        y = np.matmul(x, w.T)
        if bias is not None:
            y += bias
        return y
    return kernels.linear(x, w, bias)


# Leading dimensions of x are one long batch; the engine sums the bias's gradient over it.
linear_op.gradients(
    lambda g, w: (
        mm_op(g, w) if g._array.ndim == 2 else mm_op(_rows(g), w).reshape((*g._array.shape[:-1], w._array.shape[1]))
    ),
    lambda g, x: mm_op(_rows(g).t(), _rows(x)),
    lambda g: g,
)


@linear_op.on_arrays
def _(g, needs, w, x):
    if needs[0] and needs[1]:
        grad_x, grad_w = kernels.linear_backward(_lines(g), _lines(x), w)
        return grad_x.reshape(x.shape), grad_w, None
    if needs[0]:
        return kernels.matmul(_lines(g), w).reshape((*g.shape[:-1], w.shape[1])), None, None
    return None, kernels.matmul(_lines(g).T, _lines(x)) if needs[1] else None, None


def _lines(array):
    return array if array.ndim == 2 else array.reshape(math.prod(array.shape[:-1]), array.shape[-1])


def _rows(x):
    shape = x._array.shape
    return x if x.ndim == 2 else x.reshape((math.prod(shape[:-1]), shape[-1]))


@public(method=False, namespace=FUNCTIONAL)
def linear(input, weight, bias=None):
    """y = x W^T + b.

    Shapes: x (..., in), W (out, in) or (in), b (out) -> (..., out).
    Raises: RuntimeError for sizes or dtypes that do not fit.  Torch: torch.nn.functional.linear
    """
    if not (isinstance(input, Tensor) and isinstance(weight, Tensor)):
        checks.check_tensor(input, "linear")
        checks.check_tensor(weight, "linear", "weight", 2)
    x, w = input._array.shape, weight._array.shape
    if len(w) == 1:
        if bias is not None and bias.ndim:
            raise RuntimeError("linear(): bias for a 1-dimensional weight must be a 0-d tensor")
        y = input @ weight
        return y if bias is None else y + bias
    if len(w) != 2:
        raise RuntimeError(f"linear(): weight must be a matrix or a vector, but got {weight.ndim} dimensions")
    if not x:
        raise RuntimeError(f"both arguments to linear need to be at least 1D, but they are 0D and {weight.ndim}D")
    dtype = input._array.dtype
    fits = x[-1] == w[1] and weight._array.dtype is dtype and dtype.kind != "b"
    if fits and bias is not None:
        fits = bias._array.dtype is dtype and bias._array.shape in ((w[0],), (1,), ())
    if not fits:
        return _in_steps(input, weight, bias)
    if bias is None:
        return (_matrices if len(x) == 2 else _vector if len(x) == 1 else _batches)(input, weight, None)
    if len(x) == 2:
        return linear_op(input, weight, bias)
    return (_viewed if input._array.flags.c_contiguous else _added)(input, weight, bias)


# What torch does last: the product itself, a view of it, or the sum with the bias.
_matrices, _vector, _batches = map(linear_op.named, ("MmBackward0", "SqueezeBackward4", "UnsafeViewBackward0"))
_viewed, _added = map(linear_op.named, ("ViewBackward0", "AddBackward0"))


def _in_steps(x, w, bias):
    """What does not fit is refused, or promoted, by the operations that torch makes of it."""
    if bias is not None and (x.ndim == 2 or x.is_contiguous()):
        return addmm(bias, _rows(x), w.t()).reshape((*x.shape[:-1], len(w)))
    y = matmul(x, w.t())
    return y if bias is None else y.add_(bias)


@public(method=False, namespace=BOTH)
def bilinear(input1, input2, weight, bias=None):
    """y[..., o] = sum over i, j of x1[..., i] W[o, i, j] x2[..., j], + b[o]

    Shapes: x1 (..., I), x2 (..., J), W (O, I, J), b (O) -> (..., O).
    Raises: RuntimeError for sizes or dtypes that do not fit.  Torch: torch.nn.functional.bilinear
    """
    for position, (name, x) in enumerate({"input1": input1, "input2": input2, "weight": weight}.items(), 1):
        checks.check_tensor(x, "bilinear", name, position)
    _check_bilinear(input1, input2, weight, bias)
    outputs, first, second = weight._array.shape
    rows = math.prod(input1.shape[:-1])
    partial = input1.reshape(rows, first) @ weight.permute(1, 0, 2).reshape(first, outputs * second)
    y = (partial.reshape(rows, outputs, second) @ input2.reshape(rows, second, 1)).reshape(*input1.shape[:-1], outputs)
    return y if bias is None else y + bias


def _check_bilinear(input1, input2, weight, bias):
    if input1.ndim != input2.ndim:
        raise RuntimeError(f"bilinear(): input dimensions do not match: got {input1.ndim} and {input2.ndim}")
    for dim, (a, b) in enumerate(zip(input1.shape[:-1], input2.shape[:-1])):
        if a != b:
            raise RuntimeError(f"bilinear(): input batch dimensions do not match at dim {dim}: got {a} and {b}")
    if not input1.ndim:
        raise IndexError("Dimension specified as -1 but tensor has no dimensions")
    if weight.ndim != 3:
        if weight.ndim < 3:
            checks.check_dim(weight.ndim, weight.ndim)
        raise RuntimeError("number of dimensions must match")
    for number, x in ((1, input1), (2, input2)):
        size, expected = x.shape[-1], weight.shape[number]
        if size != expected:
            raise RuntimeError(
                f"bilinear(): input{number} size does not match weight size: got {size} but expected {expected}"
            )
    if bias is not None and bias.ndim and bias.shape[0] != weight.shape[0]:
        raise RuntimeError(
            f"bilinear(): bias size does not match weight size: got {bias.shape[0]} but expected {weight.shape[0]}"
        )
    given = {"input1": input1, "input2": input2, "weight": weight} | ({} if bias is None else {"bias": bias})
    if any(x.dtype is not input1.dtype for x in given.values()):
        kinds = ", ".join(f"{name}: {checks.C_NAMES[x.dtype.name]}" for name, x in given.items())
        raise RuntimeError(f"All tensors must have the same dtype, got {kinds}")
