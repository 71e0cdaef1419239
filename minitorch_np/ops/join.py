"""Several tensors become one."""

import numpy as np

from .. import checks, dtypes
from ..autograd.op import op
from ..tensor import Tensor
from .elementwise import to_dtype
from .public import public


@op
def cat_op(*tensors, dim):
    return np.concatenate(tensors, axis=dim)


@op
def cat_passing_over(*tensors, dim):
    """cat_op of tensors among which there are empty vectors."""
    return np.concatenate([x for x in tensors if x.shape != (0,)], axis=dim)


def _each_piece(g, tensors_shapes, dim, needs):
    pieces, start = [], 0
    for shape, wanted in zip(tensors_shapes, needs):
        if shape == (0,):
            pieces.append(g.new_zeros(0) if wanted else None)
            continue
        pieces.append(g.narrow(dim, start, shape[dim]) if wanted else None)
        start += shape[dim]
    return pieces


cat_op.gradient(_each_piece)
cat_passing_over.gradient(_each_piece)
cat_op.node_name = cat_passing_over.node_name = "CatBackward0"


@op
def stack_op(*tensors, dim):
    return np.stack(tensors, axis=dim)


@stack_op.gradient
def _(g, dim, needs):
    return [g.select(dim, i) if wanted else None for i, wanted in enumerate(needs)]


stack_op.node_name = "StackBackward0"


def _one_dtype(tensors, name):
    """All tensors in the dtype they promote to."""
    if isinstance(tensors, Tensor):
        raise TypeError(f"{name}(): argument 'tensors' (position 1) must be tuple of Tensors, not Tensor")
    tensors = list(tensors)
    if not tensors:
        raise (ValueError if name == "cat" else RuntimeError)(
            f"{'torch.cat(): ' if name == 'cat' else ''}"
            f"{'expected a non-empty list of Tensors' if name == 'cat' else 'stack expects a non-empty TensorList'}"
        )
    same = True
    for i, x in enumerate(tensors):
        if not isinstance(x, Tensor):
            raise TypeError(f"expected Tensor as element {i} in argument 0, but got {type(x).__name__}")
        same = same and x._array.dtype is tensors[0]._array.dtype
    if same:
        return tensors
    dtype = dtypes.promote([x.dtype for x in tensors if x.ndim], [x.dtype for x in tensors if not x.ndim], [])
    return [to_dtype(x, dtype) for x in tensors]


def _alike(tensors) -> bool:
    """True for matrices of one shape and dtype, or their like: nothing else need be checked."""
    shape = dtype = None
    for x in tensors:
        if not isinstance(x, Tensor):
            return False
        array = x._array
        if shape is None:
            shape, dtype = array.shape, array.dtype
        elif array.dtype is not dtype or array.shape != shape:
            return False
    return len(shape) > 1


@public(method=False, out=True)
def cat(tensors, dim=0):
    """Tensors laid end to end along `dim`; empty 1-d tensors are passed over.

    Shapes: equal except in dim.  Raises: RuntimeError otherwise.  Torch: torch.cat
    """
    if type(tensors) is list and tensors and _alike(tensors) and type(dim) is int:
        return cat_op(*tensors, dim=checks.check_dim(dim, tensors[0]._array.ndim))
    tensors = _one_dtype(tensors, "cat")
    if not hasattr(dim, "__index__"):
        raise TypeError(f"cat(): argument 'dim' (position 2) must be int, not {checks.type_name(dim)}")
    for i, x in enumerate(tensors):
        if x._array.ndim == 0:
            raise RuntimeError(f"zero-dimensional tensor (at position {i}) cannot be concatenated")
    full = [(i, x) for i, x in enumerate(tensors) if x._array.shape != (0,)]
    if not full:
        return cat_op(*tensors, dim=checks.check_dim(dim, 1))
    shape = full[0][1]._array.shape
    dim = checks.check_dim(dim, len(shape))
    for i, x in full[1:]:
        if x._array.shape == shape:
            continue
        if x.ndim != len(shape):
            raise RuntimeError(f"Tensors must have same number of dimensions: got {len(shape)} and {x.ndim}")
        for d, (m, n) in enumerate(zip(shape, x._array.shape)):
            if d != dim and m != n:
                raise RuntimeError(
                    f"Sizes of tensors must match except in dimension {dim}. Expected size {m} but got size {n} for "
                    f"tensor number {i} in the list."
                )
    return (cat_op if len(full) == len(tensors) else cat_passing_over)(*tensors, dim=dim)


public(cat, method=False, name="concat", out=True)
public(cat, method=False, name="concatenate", out=True)


@public(method=False, out=True)
def stack(tensors, dim=0):
    """Tensors of one shape laid along a new dimension.

    Raises: RuntimeError for different shapes.  Torch: torch.stack
    """
    tensors = _one_dtype(tensors, "stack")
    shape = tensors[0]._array.shape
    dim = checks.check_dim(dim, len(shape) + 1)
    for i, x in enumerate(tensors):
        if x._array.shape != shape:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(shape)} at entry 0 and {list(x.shape)} at "
                f"entry {i}"
            )
    return stack_op(*tensors, dim=dim)


def _at_least(x, ndim):
    while x.ndim < ndim:
        x = x.unsqueeze(0)
    return x


@public(method=False, out=True)
def hstack(tensors):
    """Tensors side by side: along dim 1, or 0 for vectors.  Torch: torch.hstack"""
    if not len(tensors):
        raise RuntimeError("hstack expects a non-empty TensorList")
    tensors = [_at_least(x, 1) for x in tensors]
    return cat(tensors, 0 if tensors[0].ndim == 1 else 1)


@public(method=False, out=True)
def vstack(tensors):
    """Tensors one below the other: along dim 0, vectors as rows.  Torch: torch.vstack"""
    if not len(tensors):
        raise RuntimeError("vstack expects a non-empty TensorList")
    return cat([_at_least(x, 2) for x in tensors], 0)
