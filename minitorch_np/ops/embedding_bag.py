"""Sums, means and maxima of bags of rows of a table."""

import numpy as np

from .. import checks
from ..autograd.op import op
from ..dtypes import bool_, from_numpy_dtype, promote_types
from ..tensor import Tensor
from .embedding import add_to_rows, check_indices, named_rows, rows_of, shorten_rows
from .public import public

# Adding rows to their bags is the embedding's own adjoint; torch knows it under another name.
add_to_bags = add_to_rows.named("EmbeddingBagBackward0")


@op(name="EmbeddingBagBackward0")
def largest_op(weight, *, chosen, empty):
    """(bags, D): column d of row chosen[bag, d], 0 for an empty bag."""
    result = np.take_along_axis(weight, chosen, 0) if weight.size else np.zeros(chosen.shape, weight.dtype)
    result[empty] = 0
    return result


@largest_op.gradient
def _(g, weight_shape, chosen, empty):
    g = g.masked_fill(Tensor._wrap(empty[:, None]), 0)
    return g.new_zeros(weight_shape).scatter_add(0, Tensor._wrap(chosen), g)


@public(method=False, namespace=("nn.functional",))
def embedding_bag(
    input, weight, offsets=None, max_norm=None, norm_type=2, scale_grad_by_freq=False, mode="mean", sparse=False,
    per_sample_weights=None, include_last_offset=False, padding_idx=None,
):  # fmt: skip
    """Sum, mean or maximum (per column) of the rows of weight that each bag names; zeros for an empty bag.

    A row of a matrix `input` is a bag; in a vector, bag i starts at offsets[i] (with `include_last_offset` the last
    offset ends the last bag).  Entries equal to `padding_idx` do not count.  `per_sample_weights` are factors of the
    rows in a sum.
    Shapes: input (B, n) or (N) with offsets (B), weight (V, D) -> (B, D).
    Raises: ValueError for modes and ranks, RuntimeError for indices, offsets and dtypes that do not fit.
    Torch: torch.nn.functional.embedding_bag
    """
    for name, position, x in (("indices", 2, input), ("weight", 1, weight)):
        checks.check_tensor(x, "embedding_bag", name, position)
    if sparse and mode != "max":
        raise NotImplementedError("embedding_bag: sparse gradients are not supported")
    factors = per_sample_weights
    if factors is not None and factors.shape != input.shape:
        raise ValueError(
            f"embedding_bag: If per_sample_weights ({factors.shape}) is not None, then it must have the same shape as "
            f"the input ({input.shape})"
        )
    if weight.ndim != 2:
        raise ValueError(f"weight has to be a 2D Tensor, but got Tensor of dimension {weight.ndim}")
    starts = _starts(input, offsets)
    if mode not in ("sum", "mean", "max"):
        raise ValueError("mode has to be one of sum, mean or max")
    if mode == "max" and scale_grad_by_freq:
        raise ValueError("max mode does not support scaling the gradient by the frequency")
    if mode == "max" and sparse:
        raise ValueError("max mode does not support sparse weights")
    named = None if max_norm is None else named_rows(input, weight)
    if factors is not None and mode != "sum":
        raise NotImplementedError(
            "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' "
            f"(got mode='{mode}'). Please open a feature request on GitHub."
        )
    indices = input._array.reshape(-1)
    padding = _check(input, weight, offsets, factors, padding_idx)
    if starts.dtype != indices.dtype:
        indices, starts = indices.astype(np.int64), starts.astype(np.int64)
    ends = np.append(starts[1:], indices.size)
    if include_last_offset and input.ndim == 1:
        if not starts.size:
            raise RuntimeError("include_last_offset: number of offset should be at least 1")
        starts, ends = starts[:-1], starts[1:]
    _check_values(indices, starts, ends, weight._array.shape[0], mode)
    if named is not None:  # what is refused has changed nothing; torch has written by now
        shorten_rows(named, weight, max_norm, norm_type)
    bags = np.repeat(np.arange(starts.size), ends - starts)
    used = np.arange(bags.size) if padding is None else np.flatnonzero(indices[: bags.size] != padding)
    indices, bags = indices[used], bags[used]
    counts = np.bincount(bags, minlength=starts.size)
    if mode == "max":
        chosen = _largest(weight._array, indices, counts)
        return largest_op(weight, chosen=chosen, empty=counts == 0)
    rows = rows_of(weight, indices=indices, ignored=None, by_count=scale_grad_by_freq)
    if factors is not None:
        rows = rows * factors.reshape(-1)[Tensor._wrap(used)].unsqueeze(1)
    if mode == "mean":
        rows = rows / Tensor._wrap(counts[bags][:, None].astype(weight._array.dtype))
    return add_to_bags(rows, indices=bags, ignored=None, by_count=False, rows=starts.size)


def _starts(input, offsets):
    """Where the bags start, as numbers."""
    if input.ndim == 2:
        if offsets is not None:
            raise ValueError(
                "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length "
                f"sequences. However, found offsets of type {type(offsets)}"
            )
        if input.dtype is bool_:  # torch counts the offsets in the indices' dtype
            raise NotImplementedError("\"arange_cpu\" not implemented for 'Bool'")
        if not input._array.shape[1]:
            raise RuntimeError("step must be nonzero")
        return np.arange(input._array.shape[0]) * input._array.shape[1]
    if input.ndim != 1:
        raise ValueError(f"input has to be 1D or 2D Tensor, but got Tensor of dimension {input.ndim}")
    if offsets is None:
        raise ValueError("offsets has to be a 1D Tensor but got None")
    if offsets.ndim != 1:
        raise ValueError("offsets has to be a 1D Tensor")
    return offsets._array.astype(promote_types(input.dtype, offsets.dtype).numpy, copy=False)


def _check(input, weight, offsets, factors, padding):
    """Dtypes, and the padding index counted from the front."""
    if offsets is None or offsets.dtype is input.dtype:
        check_indices(input, "embedding_bag")
    else:  # both are taken as the dtype that holds both
        check_indices(Tensor._wrap(np.empty(0, promote_types(input.dtype, offsets.dtype).numpy)), "embedding_bag")
    if not weight.dtype.is_floating_point:
        raise RuntimeError(
            "Expected tensor for argument #1 'weight' to have one of the following scalar types: Half, BFloat16, Float, "
            f"Double; but got torch.{weight.dtype.long_name}Tensor instead (while checking arguments for embedding_bag)"
        )
    if factors is not None and factors.dtype is not weight.dtype:
        kinds = ["CPUBoolType" if x.dtype is bool_ else f"torch.{x.dtype.long_name}Tensor" for x in (weight, factors)]
        raise RuntimeError(
            "Expected tensor for argument #1 'weight' to have the same type as tensor for argument #1 'per_sample_weights'; "
            f"but type {kinds[0]} does not equal {kinds[1]} (while checking arguments for embedding_bag)"
        )
    rows = weight._array.shape[0]
    if padding is None:
        return None
    if not -rows <= padding < rows:
        raise RuntimeError(
            f"padding_idx must be within the number of embeddings, {-rows} through {rows - 1}, but got {padding}"
        )
    return padding % rows


def _check_values(indices, starts, ends, rows, mode):
    if starts.size:
        if starts[0] != 0:
            raise RuntimeError(
                "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. "
                f"However, got {starts[0]}\n[ torch.{from_numpy_dtype(starts.dtype).long_name}Tensor{{}} ]"
            )
        last = max(starts[-1], ends[-1])
        if last > indices.size:
            raise RuntimeError(
                f"offsets[-1] can not be greater than input's length {indices.size} but got offsets[-1] of {last}"
            )
        if (ends < starts).any():
            raise RuntimeError("embedding_bag: offsets must not decrease")
    wrong = np.flatnonzero((indices < 0) | (indices >= rows))
    if wrong.size:
        at, value = wrong[0], indices[wrong[0]]
        if mode == "max":
            raise RuntimeError(f"embedding_bag: Expected idx >= 0 && idx < num_embeddings but found idx to be {value}")
        raise RuntimeError(f"Index {at} of input takes value {value} which is not in the valid range [0, {rows})")


def _largest(table, indices, counts):
    """(bags, D): the row with the largest value of each column; the first of equal ones, 0 for an empty bag.

    A NaN wins as the first entry of its bag only, as in torch.
    """
    chosen = np.zeros((counts.size, table.shape[1]), np.int64)
    full = np.flatnonzero(counts)
    if not full.size:
        return chosen
    firsts = (np.cumsum(counts) - counts)[full]
    values = table[indices]
    nan = np.isnan(values)
    values = np.where(nan, -np.inf, values)
    values[firsts] = np.where(nan[firsts], np.inf, values[firsts])
    largest = np.repeat(np.maximum.reduceat(values, firsts), counts[full], axis=0)
    position = np.where(values == largest, np.arange(indices.size)[:, None], indices.size)
    chosen[full] = indices[np.minimum.reduceat(position, firsts)]
    return chosen
