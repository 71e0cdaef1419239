"""The largest and smallest elements, and where they are."""

import numpy as np

from .. import checks, kernels
from ..autograd.op import op
from ..tensor import Tensor
from .convert import cloning
from .elementwise import operands
from .pointwise import maximum_op, minimum_op
from .public import public
from .reduce import LARGE, around, left, reduced_dims, restored
from .results import max_result, min_result
from .scattering import gather_op


def _not_empty(input, dims, name, whole=False):
    """whole: no dim was given."""
    if 0 in [input._array.shape[d] for d in dims]:
        if whole:
            raise RuntimeError(
                f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim "
                "with the 'dim' argument."
            )
        d = next(d for d in dims if input._array.shape[d] == 0)
        raise IndexError(f"{name}(): Expected reduction dim {d} to have non-zero size.")


@op
def extreme(x, *, choose, dims, keepdim):
    planes = None if x.size < LARGE else around(x, dims)
    if planes is None:
        return choose.reduce(x, axis=dims, keepdims=keepdim)
    return kernels.extremes(planes, choose is np.maximum).reshape(left(x.shape, dims, keepdim))


@extreme.gradient
def _(g, x, out, dims, keepdim):
    """Equal extremes share the gradient evenly; where a NaN is the extreme, 0 is shared among none: NaN, as in torch."""
    shape = x._array.shape
    g, out = restored(g, shape, dims, keepdim), restored(out, shape, dims, keepdim)
    if around(x._array, dims) is not None:
        return tied(g, x=x._array, y=out._array, dims=dims)
    ties = x == out
    return (g * ties) / (ties.sum(dims, keepdim=True) if dims else 1)


@op
def tied(g, *, x, y, dims):
    """Each entry of g, shared among the entries of x that are y's."""
    planes = around(x, dims)
    g, y = (a.reshape(len(planes), planes.shape[2]) for a in (g, y))
    return kernels.share_among_ties(g, planes, y).reshape(x.shape)


@tied.gradient
def _(gg, x, y, dims):
    ties = Tensor._wrap(x == y)
    return (gg * ties).sum(dims, keepdim=True) / ties.sum(dims, keepdim=True)


_OPS = {
    name: extreme.named(f"{name.capitalize()}Backward{number}")
    for name, number in {"amax": 0, "amin": 0, "max": 1, "min": 1}.items()
}
_CHOOSE = {"max": np.maximum, "min": np.minimum}


@op
def entries_at(x, *, dim, index, keepdim):
    picked = gather_op.forward(x, dim=dim, index=index)
    return picked if keepdim else np.squeeze(picked, dim)


@entries_at.gradient
def _(g, x_shape, dim, index, keepdim):
    return g.new_zeros(x_shape).scatter_add(dim, index, g if keepdim else g.unsqueeze(dim))


_PICKS = {name: entries_at.named(f"{name.capitalize()}Backward0") for name in ("max", "min")}


def _same_dtype(name, result, out, operands=()):
    if out.dtype is not result.dtype:
        raise RuntimeError(
            f"Expected the dtype for input and out to match, but got {result.dtype.long_name} for input's dtype and "
            f"{out.dtype.long_name} for out's dtype."
        )


@public(out=_same_dtype, axis=True)
def amax(input, dim=(), keepdim=False):
    """The largest element over `dim`; ties share the gradient.  Torch: torch.amax"""
    checks.check_tensor(input, "amax")
    dims = reduced_dims(dim, input.ndim)
    _not_empty(input, dims, "amax", whole=dim == ())
    return _OPS["amax"](input, choose=np.maximum, dims=dims, keepdim=keepdim)


@public(out=_same_dtype, axis=True)
def amin(input, dim=(), keepdim=False):
    """The smallest element over `dim`; ties share the gradient.  Torch: torch.amin"""
    checks.check_tensor(input, "amin")
    dims = reduced_dims(dim, input.ndim)
    _not_empty(input, dims, "amin", whole=dim == ())
    return _OPS["amin"](input, choose=np.minimum, dims=dims, keepdim=keepdim)


def _arg_extreme(array, find, dim):
    """Index of the extreme along dim; the first NaN counts as the extreme, as in torch."""
    return find(array, axis=dim) if array.ndim else np.zeros((), np.int64)


def _extreme(name, find, result, input, dim, keepdim):
    checks.check_tensor(input, name)
    if isinstance(dim, bool):
        raise TypeError(f"{name}(): argument 'dim' must be int, not bool")
    if dim is None:
        dims = tuple(range(input._array.ndim))
        if not input._array.size:
            _not_empty(input, dims, name, whole=True)
        return _OPS[name].of_one(input, choose=_CHOOSE[name], dims=dims, keepdim=False)
    if isinstance(dim, Tensor):
        return (maximum_op if name == "max" else minimum_op)(*operands(input, dim, name))
    dim = checks.check_dim(dim, input.ndim)
    if not input.ndim:
        return result(cloning(_PICKS[name].node_name)(input), Tensor._wrap(np.zeros((), np.int64)))
    _not_empty(input, (dim,), name)
    index = Tensor._wrap(np.expand_dims(_arg_extreme(input._array, find, dim), dim))
    values = _PICKS[name](input, dim=dim, index=index, keepdim=keepdim)
    return result(values, index if keepdim else index.squeeze(dim))


@public(out=True, axis=True)
def max(input, dim=None, keepdim=False, *, other=None):
    """The largest element; with an int dim, (values, indices) along it, ties going to the first; with a
    tensor, the elementwise maximum.

    Torch: torch.max
    """
    return _extreme("max", np.argmax, max_result, input, dim if other is None else other, keepdim)


@public(out=True, axis=True)
def min(input, dim=None, keepdim=False, *, other=None):
    """The smallest element; otherwise as `max`.  Torch: torch.min"""
    return _extreme("min", np.argmin, min_result, input, dim if other is None else other, keepdim)


def _arg(name, find, input, dim, keepdim):
    checks.check_tensor(input, name)
    if input._array.dtype.kind == "b":
        raise RuntimeError(f"{name}(): does not support bool input")
    if dim is None:
        if input.numel() == 0:
            raise IndexError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0.")
        index = np.asarray(find(input._array))
        return Tensor._wrap(index.reshape((1,) * input.ndim) if keepdim else index)
    dim = checks.check_dim(dim, input.ndim)
    if input.ndim:
        _not_empty(input, (dim,), name)
    index = np.asarray(_arg_extreme(input._array, find, dim))
    return Tensor._wrap(np.expand_dims(index, dim) if keepdim and input.ndim else index)


@public(out="exact", axis=True)
def argmax(input, dim=None, keepdim=False):
    """The index of the largest element (the first, if several).  Torch: torch.argmax"""
    return _arg("argmax", np.argmax, input, dim, keepdim)


@public(out="exact", axis=True)
def argmin(input, dim=None, keepdim=False):
    """The index of the smallest element (the first, if several).  Torch: torch.argmin"""
    return _arg("argmin", np.argmin, input, dim, keepdim)
