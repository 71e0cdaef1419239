"""Copies in another order or with parts blanked out: flip, roll, repeat, tril, triu."""

import numpy as np

from .. import checks
from ..autograd.op import op
from ..memory_order import laid_out_like
from .public import public


@op(any_order=True)
def flip_op(x, *, dims):
    result = laid_out_like(np.flip(x, dims), x)
    return result.copy(order="K") if np.may_share_memory(result, x) else result


flip_op.gradient(lambda g, dims: flip_op(g, dims=dims))
flip_op.node_name = "FlipBackward0"


@public(method=False, name="flip")
def torch_flip(input, dims):
    """The order along `dims` reversed (a copy).

    Raises: TypeError for a single int, which only the method takes.  Torch: torch.flip
    """
    checks.check_tensor(input, "flip")
    if not isinstance(dims, list | tuple):
        raise TypeError(f"flip(): argument 'dims' (position 2) must be tuple of ints, not {checks.type_name(dims)}")
    return flip(input, dims)


@public(namespace=())
def flip(input, *dims):
    """The order along `dims` reversed (a copy): flip(0, 1) or flip((0, 1)).  Torch: Tensor.flip"""
    dims = dims[0] if len(dims) == 1 and not hasattr(dims[0], "__index__") else dims
    return flip_op(input, dims=checks.check_dims(tuple(dims), input.ndim) if input.ndim else ())


@op(name="RollBackward0")
def roll_op(x, *, shifts, dims):
    return np.roll(x, shifts[0] if dims is None else shifts, dims)


roll_op.gradient(lambda g, shifts, dims: roll_op(g, shifts=tuple(-s for s in shifts), dims=dims))


@public
def roll(input, shifts, dims=None):
    """Elements moved by `shifts` along `dims`, around the end; without dims, of the flattened tensor.

    Raises: RuntimeError if shifts and dims differ in number.  Torch: torch.roll
    """
    shifts = (shifts,) if isinstance(shifts, int | np.integer) else tuple(shifts)
    dims = () if dims is None else (dims,) if isinstance(dims, int | np.integer) else tuple(dims)
    if not shifts:
        raise RuntimeError("`shifts` required")
    if not dims and len(shifts) == 1:
        return roll_op(input, shifts=shifts, dims=None)
    if len(dims) == len(shifts) == 1 and not input.numel():
        return roll_op(input, shifts=shifts, dims=None)  # torch does not look at the dimension
    if dims and not input.ndim:
        raise IndexError(f"Dimension specified as {dims[0]} but tensor has no dimensions")
    if len(dims) != len(shifts):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(shifts)}, dims:{len(dims)}")
    return roll_op(input, shifts=shifts, dims=tuple([checks.check_dim(d, input.ndim) for d in dims]))


@op
def repeat_op(x, *, repeats):
    return np.tile(x, repeats)


@repeat_op.gradient
def _(g, x_shape, repeats):
    shape = (1,) * (len(repeats) - len(x_shape)) + tuple(x_shape)
    apart = g.reshape([n for r, s in zip(repeats, shape) for n in (r, s)])
    return apart.sum(tuple(range(0, apart.ndim, 2))).reshape(x_shape) if apart.ndim else g


repeat_op.node_name = "RepeatBackward0"


@public(namespace=())
def repeat(self, *repeats):
    """The tensor laid side by side, repeats[d] times along dimension d (a copy).

    Raises: RuntimeError for fewer repeats than dimensions.  Torch: Tensor.repeat
    """
    if not repeats:
        raise TypeError('repeat() missing 1 required positional arguments: "repeats"')
    if not isinstance(repeats[0], list | tuple) and not hasattr(repeats[0], "__index__"):
        raise TypeError(
            f"repeat(): argument 'repeats' (position 1) must be tuple of ints, not {checks.type_name(repeats[0])}"
        )
    repeats = tuple(repeats[0] if len(repeats) == 1 and not hasattr(repeats[0], "__index__") else repeats)
    if len(repeats) < self.ndim:
        raise RuntimeError("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor")
    shape = (1,) * (len(repeats) - self.ndim) + self._array.shape
    checks.check_nonnegative([r * s for r, s in zip(repeats, shape)])
    return repeat_op(self, repeats=repeats)


@public
def tile(input, *dims):
    """repeat, where missing leading dims count as 1.  Torch: torch.tile"""
    dims = tuple(dims[0] if len(dims) == 1 and not hasattr(dims[0], "__index__") else dims)
    return repeat(input, (1,) * (input.ndim - len(dims)) + dims)


@op
def triangle(x, *, diagonal, cut):
    return cut(x, diagonal)


triangle.gradient(lambda g, diagonal, cut: triangle(g, diagonal=diagonal, cut=cut))
TRIANGLES = {"tril": triangle.named("TrilBackward0"), "triu": triangle.named("TriuBackward0")}


def _triangle(input, diagonal, cut, name):
    checks.check_tensor(input, name)
    if not hasattr(diagonal, "__index__"):
        raise TypeError(f"{name}(): argument 'diagonal' (position 2) must be int, not {checks.type_name(diagonal)}")
    if input.ndim < 2:
        raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions")
    return TRIANGLES[name](input, diagonal=diagonal, cut=cut)


@public(inplace=True, out="exact")
def tril(input, diagonal=0):
    """The lower triangle of each matrix, zeros elsewhere.  Torch: torch.tril"""
    return _triangle(input, diagonal, np.tril, "tril")


@public(inplace=True, out="exact")
def triu(input, diagonal=0):
    """The upper triangle of each matrix, zeros elsewhere.  Torch: torch.triu"""
    return _triangle(input, diagonal, np.triu, "triu")
