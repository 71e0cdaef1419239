"""Sorting: sort, argsort, msort, topk."""

import numpy as np

from .. import checks
from ..tensor import Tensor
from .public import public
from .results import sort_result, topk_result
from .scattering import gather_op


def _order(array, dim, descending):
    """Stable order along dim, NaN counting as the largest."""
    if not descending:
        return np.argsort(array, axis=dim, kind="stable")
    reversed_order = np.argsort(np.flip(array, dim), axis=dim, kind="stable")
    return array.shape[dim] - 1 - np.flip(reversed_order, dim)


_sorted, _topped = gather_op.named("SortBackward0"), gather_op.named("TopkBackward0")


@public(out=True)
def sort(input, dim=-1, descending=False, stable=False):
    """(values, indices) in order along `dim`; NaN comes last, or first when descending.

    Torch: torch.sort
    """
    dim = checks.check_dim(dim, input.ndim)
    if not input.ndim:
        return sort_result(input.clone(), Tensor._wrap(np.zeros((), np.int64)))
    index = Tensor._wrap(np.ascontiguousarray(_order(input._array, dim, descending)))
    return sort_result(_sorted(input, dim=dim, index=index), index)


@public
def argsort(input, dim=-1, descending=False, stable=False):
    """The indices that put `dim` in order.  Torch: torch.argsort"""
    return sort(input.detach(), dim, descending).indices


@public(out=True)
def topk(input, k, dim=-1, largest=True, sorted=True):
    """The k largest (or smallest) elements along `dim` and their indices, in order.

    Raises: RuntimeError if k is out of range.  Torch: torch.topk
    """
    dim = checks.check_dim(dim, input.ndim)
    if not 0 <= k <= (input._array.shape[dim] if input.ndim else 1):
        raise RuntimeError("selected index k out of range")
    if not input.ndim:
        return topk_result(input.clone(), Tensor._wrap(np.zeros((), np.int64)))
    order = _order(input._array, dim, descending=largest)
    index = Tensor._wrap(np.ascontiguousarray(np.take(order, range(k), axis=dim)))
    return topk_result(_topped(input, dim=dim, index=index), index)
