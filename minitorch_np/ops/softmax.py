"""softmax, log_softmax, softmin: probabilities along one dimension."""

import warnings

from .. import checks, kernels
from ..autograd.op import op
from .activation import FUNCTIONAL
from .elementwise import to_dtype
from .public import public


def _along(kernel, dim, *arrays):
    """A kernel along dim, of 0-d arrays as of vectors."""
    if arrays[0].ndim:
        return kernel(*arrays, dim)
    return kernel(*[a.reshape(1) for a in arrays], 0).reshape(())


@op(name="SoftmaxBackward0")
def softmax_op(x, *, dim):
    return _along(kernels.softmax, dim, x)


@op(name="SoftmaxBackwardDataBackward0")
def softmax_backward(g, y, *, dim):
    return _along(kernels.softmax_backward, dim, g, y)


softmax_op.gradient(lambda g, out, dim: softmax_backward(g, out, dim=dim))
softmax_op.on_arrays(lambda g, out, dim: _along(kernels.softmax_backward, dim, g, out))
softmax_backward.gradients(
    lambda gg, y, dim: softmax_backward(gg, y, dim=dim),
    lambda gg, g, y, dim: gg * (g - (g * y).sum(dim, keepdim=True)) - g * (gg * y).sum(dim, keepdim=True),
)


@op(name="LogSoftmaxBackward0")
def log_softmax_op(x, *, dim):
    return _along(kernels.log_softmax, dim, x)


@op(name="LogSoftmaxBackwardDataBackward0")
def log_softmax_backward(g, y, *, dim):
    return _along(kernels.log_softmax_backward, dim, g, y)


log_softmax_op.gradient(lambda g, out, dim: log_softmax_backward(g, out, dim=dim))
log_softmax_op.on_arrays(lambda g, out, dim: _along(kernels.log_softmax_backward, dim, g, out))


@log_softmax_op.on_deferred
def _(parts, out, dim):
    """Of each row's class alone (loss.py)."""
    y = out._array
    return kernels.cross_entropy_backward(*parts, y) if y.ndim == 2 and dim == 1 and y.flags.c_contiguous else None


log_softmax_backward.gradients(
    lambda gg, y, dim: gg - (gg * y.exp()).sum(dim, keepdim=True),
    lambda gg, g, y, dim: -gg * y.exp() * g.sum(dim, keepdim=True),
)


def _along_dim(operation, name, input, dim, dtype):
    checks.check_tensor(input, name)
    if dtype is not None:
        input = to_dtype(input, checks.check_dtype(dtype))
    dim = checks.check_dim(dim, input._array.ndim)
    if input._array.dtype.kind != "f":
        last = "lastdim_" if dim == max(input._array.ndim - 1, 0) else ""
        raise NotImplementedError(f"\"{name}_{last}kernel_impl\" not implemented for '{input.dtype.long_name}'")
    return operation.of_one(input, dim=dim)


def _implicit_dim(name, ndim, stacklevel):
    """Without dim: 0 for 0, 1 or 3 dimensions, else 1; and torch's warning."""
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.",
        stacklevel=stacklevel + 1,
    )
    return 0 if ndim in (0, 1, 3) else 1


@public(axis=True)
def softmax(input, dim, dtype=None):
    """e^x / sum(e^x) along dim.  Raises: IndexError for a dim out of range.  Torch: torch.softmax"""
    if type(dim) is not int:
        checks.check_scalar(dim, "softmax", "dim", 2, "int")
    return _along_dim(softmax_op, "softmax", input, dim, dtype)


@public(axis=True)
def log_softmax(input, dim, dtype=None):
    """x - ln(sum(e^x)) along dim.  Torch: torch.log_softmax"""
    if type(dim) is not int:
        checks.check_scalar(dim, "log_softmax", "dim", 2, "int")
    return _along_dim(log_softmax_op, "log_softmax", input, dim, dtype)


@public(method=False, namespace=FUNCTIONAL, name="softmax")
def functional_softmax(input, dim=None, _stacklevel=3, dtype=None):
    """e^x / sum(e^x) along dim.  Torch: torch.nn.functional.softmax"""
    dim = _implicit_dim("softmax", input.ndim, _stacklevel) if dim is None else dim
    if type(dim) is not int:
        checks.check_scalar(dim, "softmax", "dim", 1, "int")
    return softmax(input, dim, dtype)


@public(method=False, namespace=FUNCTIONAL, name="log_softmax")
def functional_log_softmax(input, dim=None, _stacklevel=3, dtype=None):
    """x - ln(sum(e^x)) along dim.  Torch: torch.nn.functional.log_softmax"""
    dim = _implicit_dim("log_softmax", input.ndim, _stacklevel) if dim is None else dim
    if type(dim) is not int:
        checks.check_scalar(dim, "log_softmax", "dim", 1, "int")
    return log_softmax(input, dim, dtype)


@public(method=False, namespace=FUNCTIONAL)
def softmin(input, dim=None, _stacklevel=3, dtype=None):
    """softmax(-x) along dim.  Torch: torch.nn.functional.softmin"""
    return functional_softmax(-input, _implicit_dim("softmin", input.ndim, _stacklevel) if dim is None else dim, 3, dtype)
