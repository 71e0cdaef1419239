"""A copy of a tensor with the region that a view shows replaced: slice_scatter and its kin."""

from .. import checks
from ..autograd.op import op
from ..autograd.strided import as_strided_op
from ..strides import empty_strided, may_overlap, steps
from .pieces import diagonal, diagonal_op, select, select_op, slice_op, slice_piece
from .public import public
from .strided import check_geometry


def _copied(x, strides):
    """A copy of x with the strides; in row-major order if elements would share a place."""
    if may_overlap(x.shape, strides):
        return x.copy()
    result = empty_strided(x.shape, strides, x.dtype)
    result[...] = x
    return result


@op(name="SliceScatterBackward0", any_order=True)
def put_region(x, src, *, view, options):
    """x, with src where the view operation `view` looks."""
    result = _copied(x, options.get("x_stride") or steps(x))  # as_strided counts on the input's strides
    view.forward(result, **options)[...] = src
    return result


put_region.gradients(
    lambda g, src_shape, view, options: put_region(g, g.new_zeros(src_shape), view=view, options=options),
    lambda g, view, options: view(g, **options),
)
_put_slice = put_region
_put_select = put_region.named("SelectScatterBackward0")
_put_diagonal = put_region.named("DiagonalScatterBackward0")
_put_strided = put_region.named("AsStridedScatterBackward0")


def _check_region(src, region):
    if src._array.shape != region:
        raise RuntimeError(
            f"expected src to have a size equal to the slice of self. src size = {list(src.shape)}, "
            f"slice size = {list(region)}"
        )


@public
def slice_scatter(input, src, dim=0, start=None, end=None, step=1):
    """A copy of input with src at start, start + step, ... along `dim`.

    Raises: RuntimeError if src has another shape than that region.  Torch: torch.slice_scatter
    """
    checks.check_tensor(src, "slice_scatter", "src", 2)
    key = slice_piece(input, dim, start, end, step)
    _check_region(src, slice_op.forward(input._array, key=key).shape)
    return _put_slice(input, src, view=slice_op, options={"key": key})


@public
def select_scatter(input, src, dim, index):
    """A copy of input with src as entry `index` along `dim`.

    Raises: RuntimeError if src has another shape than that entry.  Torch: torch.select_scatter
    """
    checks.check_tensor(src, "select_scatter", "src", 2)
    region = select(input.detach(), dim, index)
    _check_region(src, region._array.shape)
    dim = checks.check_dim(dim, input.ndim)
    key = (*[slice(None)] * dim, index % input._array.shape[dim])
    return _put_select(input, src, view=select_op, options={"key": key})


@public
def diagonal_scatter(input, src, offset=0, dim1=0, dim2=1):
    """A copy of input with src on the diagonal of each (dim1, dim2) matrix.

    Raises: RuntimeError if src has another shape than the diagonal.  Torch: torch.diagonal_scatter
    """
    checks.check_tensor(src, "diagonal_scatter", "src", 2)
    region = diagonal(input.detach(), offset, dim1, dim2)
    _check_region(src, region._array.shape)
    options = {"offset": offset, "dim1": checks.check_dim(dim1, input.ndim), "dim2": checks.check_dim(dim2, input.ndim)}
    return _put_diagonal(input, src, view=diagonal_op, options=options)


@public
def as_strided_scatter(input, src, size, stride, storage_offset=None):
    """A copy of input with src where input.as_strided(size, stride, storage_offset) looks.

    Raises: RuntimeError if src has another shape than that view, or the view reaches out of input.
    Torch: torch.as_strided_scatter
    """
    checks.check_tensor(src, "as_strided_scatter", "src", 2)
    size, stride, start = check_geometry(input, size, stride, storage_offset)
    _check_region(src, size)
    x, offset = input._array, start - input.storage_offset()
    if may_overlap(x.shape, steps(x)) or _reaches_out(x, size, stride, offset):
        raise NotImplementedError("as_strided_scatter: input must hold the whole view, each place once")
    options = {"size": size, "stride": stride, "offset": offset, "x_size": x.shape, "x_stride": steps(x)}
    return _put_strided(input, src, view=as_strided_op, options=options)


def _reaches_out(x, size, stride, offset):
    last = sum([(n - 1) * s for n, s in zip(x.shape, steps(x))])
    return 0 not in size and (offset < 0 or offset + sum([(n - 1) * s for n, s in zip(size, stride)]) > last)
