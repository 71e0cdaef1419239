"""Views of the same memory under another shape or order of dimensions."""

import math

import numpy as np

from .. import checks
from ..autograd.op import op
from ..strides import expanded, known, steps, strided, unsqueezed, viewed
from .convert import contiguous_op
from .public import public

# --- views ---------------------------------------------------------------------------------------


@op(name="ViewBackward0", view=True)
def view_op(x, *, shape):
    result = viewed(x, shape)
    if result is None:
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans across two "
            "contiguous subspaces). Use .reshape(...) instead."
        )
    return result


view_op.gradient(lambda g, x_shape: g.reshape(x_shape))
view_op.on_arrays(lambda g, x_shape: g.reshape(x_shape))
_reshaped_alias = view_op.named("ReshapeAliasBackward0")  # torch's name for reshape's views of memory with gaps


@op(name="UnsafeViewBackward0")
def reshaped_copy(x, *, shape):
    return x.reshape(shape)


reshaped_copy.gradient(lambda g, x_shape: g.reshape(x_shape))


def view_dtype(x, dtype):
    """The bits of x read as another dtype, without history.

    Raises: RuntimeError where the last dimension does not hold a whole number of its elements.
    """
    if dtype is x.dtype:
        return x
    new, old = dtype.itemsize, x.itemsize
    shape, strides = x._array.shape, steps(x._array)
    if new != old:
        what = f"to view {x.dtype.long_name} as {dtype.long_name} (different element sizes)"
        if not shape:
            raise RuntimeError(f"self.dim() cannot be 0 {what}")
        if strides[-1] != 1:
            raise RuntimeError(f"self.stride(-1) must be 1 {what}, but got {strides[-1]}")
        if new > old:
            ratio = new // old
            if shape[-1] % ratio:
                raise RuntimeError(f"self.size(-1) must be divisible by {ratio} {what}, but got {shape[-1]}")
            if (start := x.storage_offset()) % ratio:
                raise RuntimeError(f"self.storage_offset() must be divisible by {ratio} {what}, but got {start}")
            for d, s in enumerate(strides[:-1]):
                if s % ratio:
                    raise RuntimeError(f"self.stride({d}) must be divisible by {ratio} {what}, but got {s}")
        strides = (*[s * old // new for s in strides[:-1]], 1)
        shape = (*shape[:-1], shape[-1] * old // new)
    tensor = x.detach()
    tensor._root = x._array if x._root is None else x._root
    tensor._array = strided(x._array, shape, strides, 0, dtype.numpy)
    return tensor


@public(namespace=())
def view(self, *shape, size=None, dtype=None):
    """The same memory under another shape; one size may be -1.  For a dtype, the same bits read as such numbers.

    Raises: RuntimeError if the strides do not allow it or the sizes do not fit.  Torch: Tensor.view
    """
    if dtype is not None:
        return view_dtype(self, checks.check_dtype(dtype))
    if len(shape) == 1 and hasattr(shape[0], "long_name"):
        return view_dtype(self, shape[0])
    if size is not None:
        shape = (size,)
    target = checks.check_view_shape(
        shape[0] if len(shape) == 1 and not hasattr(shape[0], "__index__") else shape, self.numel()
    )
    return view_op(self, shape=target)


@public
def reshape(input, *shape):
    """The elements, in row-major order, under another shape: a view if possible, else a copy.

    Raises: RuntimeError if the sizes do not fit.  Torch: torch.reshape
    """
    if len(shape) == 1 and not hasattr(shape[0], "__index__"):
        shape = shape[0]
    target = checks.check_view_shape(shape, input._array.size)
    if input._array.flags.c_contiguous:
        return view_op(input, shape=target)
    if viewed(input._array, target) is not None:
        return _reshaped_alias(input, shape=target)
    return reshaped_copy(contiguous_op(input), shape=target)


@public(namespace=())
def view_as(self, other):
    """self.view(other.shape).  Torch: Tensor.view_as"""
    return view(self, other.shape)


@public(namespace=())
def reshape_as(self, other):
    """self.reshape(other.shape).  Torch: Tensor.reshape_as"""
    return reshape(self, other.shape)


@public
def flatten(input, start_dim=0, end_dim=-1):
    """Dimensions start_dim to end_dim made one.

    Shapes: (A, B, C) with start_dim=1 -> (A, B C).  Raises: RuntimeError if start comes after end.
    Torch: torch.flatten
    """
    start, end = checks.check_dim(start_dim, input.ndim), checks.check_dim(end_dim, input.ndim)
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if input.ndim == 0:
        return reshape(input, 1)
    if start == end:
        return input
    shape = input._array.shape
    joined = (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :])
    return view_op(input, shape=joined) if input._array.flags.c_contiguous else reshape(input, joined)


@public
def ravel(input):
    """One dimension.  Torch: torch.ravel"""
    return view(input.contiguous(), input.numel())


@public
def unflatten(input, dim, sizes):
    """Dimension `dim` made several; one of `sizes` may be -1.

    Raises: RuntimeError if the sizes do not multiply to it.  Torch: torch.unflatten
    """
    dim = checks.check_dim(dim, input.ndim)
    sizes = tuple(sizes)
    if not sizes:
        raise RuntimeError("unflatten: sizes must be non-empty")
    shape = input._array.shape
    known = 1
    for s in sizes:
        known *= s if s != -1 else 1
    if known != shape[dim] if -1 not in sizes else known == 0 or shape[dim] % known:
        raise RuntimeError(
            f"unflatten: Provided sizes {list(sizes)} don't multiply up to the size of dim {dim} ({shape[dim]}) in the "
            "input tensor"
        )
    return view(input, (*shape[:dim], *[shape[dim] // known if s == -1 else s for s in sizes], *shape[dim + 1 :]))


@op(name="PermuteBackward0", view=True)
def permute_op(x, *, dims):
    return known(x).transpose(dims)


permute_op.gradient(lambda g, dims: permute_op(g, dims=tuple(int(d) for d in np.argsort(dims))))


@public
def permute(input, *dims):
    """Dimensions in another order: y.shape[i] = x.shape[dims[i]].

    Raises: RuntimeError unless dims is a permutation.  Torch: torch.permute
    """
    if not dims:
        raise TypeError('permute() missing 1 required positional arguments: "dims"')
    dims = dims[0] if len(dims) == 1 and not hasattr(dims[0], "__index__") else dims
    if len(dims) != input.ndim:
        raise RuntimeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired "
            f"ordering of dimensions i.e. input.dim() = {input.ndim} is not equal to len(dims) = {len(dims)}"
        )
    order = tuple([checks.check_dim(d, input.ndim) for d in dims])
    if len(set(order)) != len(order):
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return permute_op(input, dims=order)


@op(name="TransposeBackward0", view=True)
def transpose_op(x, *, dim0, dim1):
    return known(x).swapaxes(dim0, dim1) if x.ndim else x[...]


transpose_op.gradient(lambda g, dim0, dim1: transpose_op(g, dim0=dim0, dim1=dim1))


@public
def transpose(input, dim0, dim1):
    """Two dimensions swapped.  Torch: torch.transpose"""
    dim0, dim1 = checks.check_dim(dim0, input.ndim), checks.check_dim(dim1, input.ndim)
    return transpose_op(input, dim0=dim0, dim1=dim1)


public(transpose, name="swapaxes")
public(transpose, name="swapdims")


@op(name="TBackward0", view=True)
def t_op(x):
    return known(x).T


t_op.gradient(lambda g: t_op(g))


@public
def t(input):
    """A matrix transposed; vectors and 0-d tensors as they are.

    Raises: RuntimeError for more than two dimensions.  Torch: torch.t
    """
    if input.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {input.ndim}D")
    return t_op(input)


@op(name="AliasBackward0", view=True)
def alias_op(x):
    return x[...]


alias_op.gradient(lambda g: g)


@public
def movedim(input, source, destination):
    """Dimensions `source` moved to `destination`, the others in order.  Torch: torch.movedim"""
    if isinstance(source, int) != isinstance(destination, int):
        kinds = f"{type(source).__name__}, {type(destination).__name__}"
        raise TypeError(f"movedim() received an invalid combination of arguments - got ({kinds})")
    source = (source,) if isinstance(source, int) else source
    destination = (destination,) if isinstance(destination, int) else destination
    if len(source) != len(destination):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: source ({list(source)} dims) should contain the same number "
            f"of dims as destination ({list(destination)} dims)"
        )
    given = {"source": source, "destination": destination}
    source, destination = ([checks.check_dim(d, input.ndim) for d in dims] for dims in given.values())
    for name, dims in (("source", source), ("destination", destination)):
        if len(set(dims)) < len(dims):
            raise RuntimeError(f"movedim: repeated dim in `{name}` ({list(given[name])})")
    if not input.ndim:
        return alias_op(input)
    order = [d for d in range(input.ndim) if d not in source]
    for to, d in sorted(zip(destination, source)):
        order.insert(to, d)
    return permute_op(input, dims=tuple(order))


public(movedim, name="moveaxis")


@op(name="UnsqueezeBackward0", view=True)
def unsqueeze_op(x, *, dim):
    return unsqueezed(x, dim)


unsqueeze_op.gradient(lambda g, dim: squeeze_op(g, dims=(dim,)))


@public(inplace=False)
def unsqueeze(input, dim):
    """A dimension of size 1 put in at `dim`.  Torch: torch.unsqueeze"""
    return unsqueeze_op(input, dim=checks.check_dim(dim, input._array.ndim + 1))


@op(name="SqueezeBackward1", view=True)
def squeeze_op(x, *, dims):
    return known(x).squeeze(dims)


squeeze_op.gradient(lambda g, dims: _unsqueezed_back(g, dims))
squeeze_all, squeeze_several = squeeze_op.named("SqueezeBackward0"), squeeze_op.named("SqueezeBackward2")


def _unsqueezed_back(g, dims):
    for dim in sorted(dims):
        g = unsqueeze_op(g, dim=dim)
    return g


@public
def squeeze(input, dim=None):
    """Dimensions of size 1 left out: all, or those of `dim` that have it.  Torch: torch.squeeze"""
    shape = input._array.shape
    if dim is None:
        return squeeze_all(input, dims=tuple([d for d, n in enumerate(shape) if n == 1]))
    several = isinstance(dim, tuple | list)
    dims = checks.check_dims(tuple(dim) if several else dim, input.ndim)
    return (squeeze_several if several else squeeze_op)(input, dims=tuple([d for d in dims if shape and shape[d] == 1]))


@op(name="ExpandBackward0", view=True)
def expand_op(x, *, shape):
    return expanded(x, shape)


expand_op.gradient(lambda g: g)  # the engine sums to the input's shape


@public(namespace=())
def expand(self, *size, implicit=False):
    """Dimensions of size 1 repeated without copying; -1 keeps a size.

    Raises: RuntimeError where another size would have to change.  Torch: Tensor.expand
    """
    size = tuple(size[0] if len(size) == 1 and not hasattr(size[0], "__index__") else size)
    shape = self._array.shape
    if len(size) < len(shape):
        raise RuntimeError(
            f"expand({_sizes_text(self)}, size={list(size)}): the number of sizes provided ({len(size)}) must be "
            f"greater or equal to the number of dimensions in the tensor ({len(shape)})"
        )
    extra = len(size) - len(shape)
    result = list(size)
    for d in range(len(size) - 1, -1, -1):
        s, old = size[d], shape[d - extra] if d >= extra else 1
        if s == -1:
            if d < extra:
                raise RuntimeError(
                    f"The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension {d}"
                )
            s = old
        elif s < 0:
            raise RuntimeError(f"The expanded size of the tensor ({s}) isn't allowed")
        elif s != old and old != 1:
            raise RuntimeError(
                f"The expanded size of the tensor ({s}) must match the existing size ({old}) at non-singleton "
                f"dimension {d}.  Target sizes: {list(size)}.  Tensor sizes: {list(shape)}"
            )
        result[d] = s
    return expand_op(self, shape=tuple(result))


def _sizes_text(x):
    return f"torch.{x.dtype.long_name}Tensor{{{list(x.shape)}}}"


@public(namespace=())
def expand_as(self, other):
    """self.expand(other.shape).  Torch: Tensor.expand_as"""
    return expand(self, other.shape)


@public
def broadcast_to(input, size):
    """input.expand(size).  Torch: torch.broadcast_to"""
    return expand(input, size)


@public(method=False)
def broadcast_tensors(*tensors):
    """All tensors expanded to the shape they broadcast to.  Torch: torch.broadcast_tensors"""
    tensors = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], list | tuple) else tensors
    shape = ()
    for x in tensors:
        shape = checks.check_broadcast(shape, x._array.shape)
    return tuple([x if x._array.shape == shape else expand(x, shape) for x in tensors])
