"""In-place forms that are more than the operation written over its target: what torch forbids, refuses or allows there."""

import functools
import warnings

import numpy as np

from .. import checks
from ..autograd.mode import no_grad
from ..autograd.op import op
from ..autograd.views import write
from ..tensor import Tensor

# For operations that read while they write: no argument may share the target's memory, not even be the target.
write_apart = functools.partial(write, apart=True)


def write_unrecorded(x, function, args, kwargs):
    """For questions that torch knows no gradient of: the target keeps its history, and may be a leaf."""
    with no_grad():
        return write(x, function, args, kwargs)


def without_gradient(error, node_name="torch::autograd::NotImplemented", apart=False):
    """The writer of an operation whose in-place form has a node that raises `error`."""

    @op(name=node_name, any_order=True)
    def refusing(*operands, result):
        return result

    @refusing.gradient
    def _(grads):
        raise error

    def writer(x, function, args, kwargs):
        def compute(*operands):
            with no_grad():
                result = function(*operands, **kwargs)
            return refusing(*[a for a in operands if isinstance(a, Tensor)], result=result._array)

        return write(x, compute, args, apart=apart)

    return writer


@functools.cache
def _second(operation):
    return operation.named(operation.node_name.replace("Backward0", "Backward1"))


def write_renamed(x, function, args, kwargs):
    """For operations that have a node of their own in place."""

    def renamed(*operands, **options):
        out = function(*operands, **options)
        if out._node is not None:
            twin = _second(out._node.op)
            out._node.op, out._node.__class__ = twin, twin.node_class
        return out

    return write(x, renamed, args, kwargs)


def write_checked(check):
    """The writer that calls check(name, result, target) before anything is written, as for `out=`."""

    def writer(x, function, args, kwargs):
        def checked(*operands, **options):
            result = function(*operands, **options)
            check(function.__name__, result, x)
            return result

        return write(x, checked, args, kwargs)

    return writer


def shared_dims(x) -> tuple[int, ...]:
    """The dimensions along which all elements are one."""
    array = x._array
    return tuple([d for d, (step, n) in enumerate(zip(array.strides, array.shape)) if step == 0 and n > 1])


def write_shared(spread):
    """The writer of a fill: of an expanded target torch warns, and fills each place that is named at least once.

    spread(x, dims, *args): the arguments that name every element of such a place.
    """

    def writer(x, function, args, kwargs):
        dims = shared_dims(x) if x._array.size else ()
        if dims:
            warnings.warn(
                f"Use of {function.__name__}_ on expanded tensors is deprecated. Please clone() the tensor before "
                "performing this operation. This also applies to advanced indexing e.g. tensor[mask] = scalar",
                UserWarning,
                stacklevel=4,
            )
            args = spread(x, dims, *args)
        return write(x, function, args, kwargs, may_overlap=True, idempotent=True)

    return writer


def spread_mask(x, dims, mask, *rest):
    """For masked_fill_."""
    checks.check_broadcast(x._array.shape, mask._array.shape)
    mask = np.broadcast_to(mask._array, x._array.shape).any(dims, keepdims=True)
    return Tensor._wrap(mask), *rest


def spread_index(x, dims, dim, index, *rest):
    """For index_fill_."""
    if index.numel() and checks.check_dim(dim, x.ndim) in dims:
        index = Tensor._wrap(np.concatenate([index._array.reshape(-1), np.arange(x._array.shape[dim])]))
    return dim, index, *rest
