"""Sorting: sort, argsort, msort, topk."""

import numpy as np

from .. import checks, dtypes
from ..autograd.op import op
from ..strides import empty_strided, kept_strides
from ..tensor import Tensor
from .convert import cloning
from .public import public
from .results import sort_result, topk_result
from .scattering import gather_op, scatter_sum


def _order(array, dim, descending):
    """Stable order along dim, NaN counting as the largest."""
    if not descending:
        return np.argsort(array, axis=dim, kind="stable")
    reversed_order = np.argsort(np.flip(array, dim), axis=dim, kind="stable")
    return array.shape[dim] - 1 - np.flip(reversed_order, dim)


def _kept(result, x):
    """The result in the order in which x lies in memory."""
    if x.flags.c_contiguous and x.size and 1 not in x.shape:
        return np.ascontiguousarray(result)
    kept = empty_strided(x.shape, kept_strides(x), result.dtype)
    kept[...] = result
    return kept


@op(name="SortBackward0", any_order=True)
def sort_op(x, *, dim, index):
    return _kept(np.take_along_axis(x, index._array, dim), x)


sort_op.gradient(lambda g, x_shape, dim, index: scatter_sum(g.new_zeros(x_shape), g, dim=dim, index=index))
stable_sort_op = sort_op.named("SortBackward1")
topk_op = gather_op.named("TopkBackward0")


@public(out=True)
def sort(input, dim=-1, descending=False, stable=None):
    """(values, indices) in order along `dim`; NaN comes last, or first when descending.  Equal elements keep their order.

    Torch: torch.sort
    """
    operation = sort_op if stable is None else stable_sort_op
    dim = checks.check_dim(dim, input.ndim)
    if not input.ndim:
        return sort_result(cloning(operation.node_name)(input), Tensor._wrap(np.zeros((), np.int64)))
    index = Tensor._wrap(_kept(_order(input._array, dim, descending), input._array))
    return sort_result(operation(input, dim=dim, index=index), index)


@public
def argsort(input, dim=-1, descending=False, stable=False):
    """The indices that put `dim` in order.  Torch: torch.argsort"""
    return sort(input.detach(), dim, descending).indices


@public(out=True)
def topk(input, k, dim=-1, largest=True, sorted=True):
    """The k largest (or smallest) elements along `dim` and their indices, in order.

    Raises: RuntimeError if k is out of range, and for bools.  Torch: torch.topk
    """
    dim = checks.check_dim(dim, input.ndim)
    if input.dtype is dtypes.bool_:
        raise RuntimeError("topk does not support bool dtypes on CPU")
    if not 0 <= k <= (input._array.shape[dim] if input.ndim else 1):
        raise RuntimeError("selected index k out of range")
    if not input.ndim:
        return topk_result(cloning("TopkBackward0")(input), Tensor._wrap(np.zeros((), np.int64)))
    order = _order(input._array, dim, descending=largest)
    index = Tensor._wrap(np.ascontiguousarray(np.take(order, range(k), axis=dim)))
    return topk_result(topk_op(input, dim=dim, index=index), index)
