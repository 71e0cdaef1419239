"""Rows of a table by number, and numbers as rows of zeros and a one."""

import numpy as np

from .. import checks, dtypes, kernels
from ..autograd.mode import no_grad
from ..autograd.op import op
from ..tensor import Tensor
from .public import public
from .vector_norm import check_of_floats


@op(name="EmbeddingBackward0")
def rows_of(weight, *, indices, ignored, by_count):
    return kernels.embedding(weight, indices)


@op(name="EmbeddingDenseBackwardBackward0")
def add_to_rows(g, *, indices, ignored, by_count, rows):
    """Zeros, with every row of g added where it was taken from, but not to row `ignored`; divided by how often a
    row was taken if `by_count`."""
    if by_count:
        g = g / np.bincount(indices.reshape(-1), minlength=rows)[indices][..., None].astype(g.dtype)
    result = kernels.embedding_backward(g, indices, rows)
    if ignored is not None:
        result[ignored] = 0
    return result


@rows_of.gradient
def _(g, weight_shape, indices, ignored, by_count):
    return add_to_rows(g, indices=indices, ignored=ignored, by_count=by_count, rows=weight_shape[0])


@add_to_rows.gradient
def _(gg, indices, ignored, by_count, rows):
    if ignored is not None:
        gg = gg.masked_fill(Tensor._wrap(np.arange(rows)[:, None] == ignored), 0)
    taken = rows_of(gg, indices=indices, ignored=None, by_count=False)
    if not by_count:
        return taken
    return taken / Tensor._wrap(np.bincount(indices.reshape(-1), minlength=rows)[indices][..., None].astype(gg._array.dtype))


@public(method=False, namespace=("nn.functional",))
def embedding(input, weight, padding_idx=None, max_norm=None, norm_type=2.0, scale_grad_by_freq=False, sparse=False):
    """Row input[i] of weight for every i.

    Row `padding_idx` gets no gradient; rows longer than `max_norm` are first shortened to it, in place.
    Shapes: input (*) of int64 or int32, weight (V, D) -> (*, D).
    Raises: IndexError for a row that is not there, RuntimeError for other dtypes or ranks.
    Torch: torch.nn.functional.embedding
    """
    if sparse:
        raise NotImplementedError("embedding: sparse gradients are not supported")
    checks.check_tensor(weight, "embedding", "weight", 1)
    checks.check_tensor(input, "embedding", "indices", 2)
    rows = weight._array.shape[0] if weight.ndim else 0
    if padding_idx is not None:
        if not -rows <= padding_idx < rows:
            raise AssertionError("Padding_idx must be within num_embeddings")
        padding_idx %= rows
    if max_norm is not None:
        shorten_rows(named_rows(input, weight), weight, max_norm, norm_type)
    if weight.ndim != 2:
        raise RuntimeError("'weight' must be 2-D")
    check_indices(input, "embedding")
    indices = input._array
    if indices.size and not (np.minimum.reduce(indices, axis=None) >= 0 and np.maximum.reduce(indices, axis=None) < rows):
        raise IndexError("index out of range in self")
    return rows_of(weight, indices=indices, ignored=padding_idx, by_count=scale_grad_by_freq)


def check_indices(indices, function, position=1):
    if indices.dtype not in (dtypes.int64, dtypes.int32):
        kind = "CPUBoolType" if indices.dtype is dtypes.bool_ else f"torch.{indices.dtype.long_name}Tensor"
        raise RuntimeError(
            f"Expected tensor for argument #{position} 'indices' to have one of the following scalar types: Long, Int; "
            f"but got {kind} instead (while checking arguments for {function})"
        )


def named_rows(input, weight):
    """The numbers of the rows that `input` names.

    Raises: RuntimeError for other than a matrix, IndexError for a row that is not there.
    """
    if weight.ndim != 2:
        raise RuntimeError(
            f"Expected 2-dimensional tensor, but got {weight.ndim}-dimensional tensor for argument #1 'self' (while "
            "checking arguments for embedding_renorm_)"
        )
    check_indices(input, "embedding_renorm_", 2)
    named = np.unique(input._array)
    if named.size and named[0] < 0:
        raise IndexError("index out of range in self")
    if named.size and named[-1] >= weight._array.shape[0]:
        first = named[named >= weight._array.shape[0]][0]
        raise IndexError(f"select(): index {first} out of range for tensor of size {list(weight.shape)} at dimension 0")
    return named


def shorten_rows(named, weight, max_norm, norm_type) -> None:
    """Scale those of the named rows whose norm exceeds max_norm down to it, in place."""
    if not named.size:
        return
    check_of_floats(weight)
    with no_grad():
        norms = Tensor._wrap(weight._array[named]).norm(norm_type, dim=1)._array.astype(np.float64)
        long = norms > max_norm
        if long.any():
            factors = max_norm / (norms[long] + 1e-7)
            weight._array[named[long]] *= factors[:, None].astype(weight._array.dtype)
            weight._bump_version()


@public(method=False, namespace=("nn.functional",))
def one_hot(input, num_classes=-1):
    """Rows of zeros with a 1 at each class.

    Shapes: (*) of int64 -> (*, C); C is the largest class + 1 unless given.
    Raises: RuntimeError for negative classes or too small a C.
    Torch: torch.nn.functional.one_hot
    """
    if type(num_classes) is not int:
        checks.check_scalar(num_classes, "one_hot", "num_classes", 2, "int")
    if input.dtype is not dtypes.int64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    classes = input._array
    if not classes.size:
        if num_classes <= 0:
            raise RuntimeError("Can not infer total number of classes from empty tensor.")
        return Tensor._wrap(np.zeros((*classes.shape, num_classes), np.int64))
    if classes.min() < 0:
        raise RuntimeError("Class values must be non-negative.")
    if num_classes == -1:
        num_classes = int(classes.max()) + 1
    elif num_classes < 1 and num_classes != 0:
        raise RuntimeError("num_classes should be positive")
    if classes.max() >= num_classes:
        raise RuntimeError("Class values must be smaller than num_classes.")
    return Tensor._wrap((classes[..., None] == np.arange(num_classes)).astype(np.int64))
