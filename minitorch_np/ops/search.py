"""Looking values up: places in a sorted sequence, membership."""

import numpy as np

from .. import checks, dtypes
from ..tensor import Tensor
from .elementwise import to_dtype
from .public import public


def _bisect(sorted_rows, values, right):
    """How many elements of each row stand before each value, by halving; NaN goes right, as in torch."""
    rows, size = sorted_rows.shape
    start, end = np.zeros(values.shape, np.int64), np.full(values.shape, size)
    row = np.arange(rows)[:, None]
    while (start < end).any():
        middle = (start + end) // 2
        here = sorted_rows[row, np.minimum(middle, size - 1)]
        goes_left = here > values if right else here >= values
        searching = start < end
        end = np.where(searching & goes_left, middle, end)
        start = np.where(searching & ~goes_left, middle + 1, start)
    return start


def _places(boundaries, values, right, out_int32):
    if not isinstance(values, Tensor):
        dtype = dtypes.result_type(boundaries, values)
        values = Tensor._wrap(np.asarray(values, dtype.numpy))
    else:
        dtype = dtypes.result_type(boundaries, values)
    if dtype is dtypes.bool_:
        raise NotImplementedError("\"searchsorted_out_cpu\" not implemented for 'Bool'")
    bounds, wanted = to_dtype(boundaries, dtype)._array, to_dtype(values, dtype)._array
    rows = bounds.reshape(-1, bounds.shape[-1]) if bounds.size else np.zeros((max(bounds.size, 1), 0), bounds.dtype)
    result = np.zeros(wanted.shape, np.int64)
    if wanted.size and bounds.size:
        result = _bisect(rows, wanted.reshape(len(rows), -1), right).reshape(wanted.shape)
    return Tensor._wrap(result.astype(np.int32) if out_int32 else result)


def _check_sequence(sequence, values, right, side, sorter):
    name = "torch.searchsorted(): "
    shape = list(sequence._array.shape)
    if side is not None and side not in ("left", "right"):
        raise RuntimeError(f"{name}side can only be 'left' or 'right' but got {side}")
    if side == "left" and right:
        raise RuntimeError(f"{name}side and right can't be set to opposites, got side of left while right was True")
    if sorter is not None:
        if list(sorter._array.shape) != shape:
            raise RuntimeError(
                f"{name}boundary and sorter must have the same size, but got boundary tensor {shape}and got sorter "
                f"tensor {list(sorter._array.shape)}"
            )
        if sorter.dtype is not dtypes.int64:
            raise RuntimeError(f"{name}sorter must be a tensor of long dtype but got dtype {sorter.dtype.long_name}")
        if sorter._array.size and not 0 <= sorter._array.min() <= sorter._array.max() < shape[-1]:
            raise RuntimeError(f"{name}sorter index out of range")
    if not shape:
        raise RuntimeError(f"{name}boundaries tensor should have positive dimension, but got 0 dimension")
    got = list(values._array.shape) if isinstance(values, Tensor) else []
    if not got and len(shape) > 1:
        raise RuntimeError(
            f"{name}input value can be a scalar only when boundaries tensor dimension is 1, but we got boundaries "
            f"tensor dim({len(shape)}) and input value's dim(0) numel(1)"
        )
    if len(shape) > 1 and shape[:-1] != got[:-1]:
        raise RuntimeError(
            f"{name}boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor and input "
            f"value tensor must match, but we got boundaries tensor {shape} and input value tensor {got}"
        )


def _check_out(name, result, out, operands=()):
    if out.dtype is not result.dtype:
        raise RuntimeError(
            "torch.searchsorted(): output tensor's dtype is wrong, it can only be Int(int32) or Long(int64) depending on "
            f"whether out_int32 flag is True, but we got output tensor's dtype {out.dtype.long_name} and out_int32 flag is "
            f"{result.dtype is dtypes.int32}"
        )


@public(method=False, out=_check_out, also={"self": "input"})
def searchsorted(sorted_sequence, input, *, out_int32=False, right=False, side=None, sorter=None):
    """Where each value of input would be inserted in the sorted last dimension: before equal ones, or after with
    right=True (side="right").

    Shapes: as input; sorted_sequence is a vector, or has input's first dimensions.  sorter: its argsort, if unsorted.
    Raises: RuntimeError for shapes, sides and sorters that do not fit.  Torch: torch.searchsorted
    """
    checks.check_tensor(sorted_sequence, "searchsorted", "sorted_sequence")
    _check_sequence(sorted_sequence, input, right, side, sorter)
    if sorter is not None:
        sorted_sequence = Tensor._wrap(np.take_along_axis(sorted_sequence._array, sorter._array, -1))
    return _places(sorted_sequence, input, right or side == "right", out_int32)


@public(method=False, out=_check_out)
def bucketize(input, boundaries, *, out_int32=False, right=False):
    """The number of the interval each value falls in: boundaries[i - 1] < value <= boundaries[i], or <= and < with
    right=True.

    Raises: RuntimeError unless boundaries is a vector.  Torch: torch.bucketize
    """
    checks.check_tensor(boundaries, "bucketize", "boundaries", 2)
    if not isinstance(input, Tensor | int | float):
        raise TypeError(f"bucketize(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}")
    if boundaries.ndim != 1:
        raise RuntimeError(f"boundaries tensor must be 1 dimension, but got dim({boundaries.ndim})")
    return _places(boundaries, input, right, out_int32)


@public(method=False, out=True)
def isin(elements, test_elements, *, assume_unique=False, invert=False):
    """True where an element occurs in test_elements (where it does not, with invert=True); NaN never does.

    Shapes: as elements; either may be a number.  Raises: RuntimeError for bools.  Torch: torch.isin
    """
    if not isinstance(elements, Tensor) and not isinstance(test_elements, Tensor):
        raise TypeError(f"isin(): argument 'elements' (position 1) must be Tensor, not {type(elements).__name__}")
    dtype = dtypes.result_type(elements, test_elements)
    for x in (elements, test_elements):
        if isinstance(x, Tensor) and x.dtype is dtypes.bool_:
            raise RuntimeError("Unsupported input type encountered for isin(): Bool")
    a, b = (
        to_dtype(x, dtype)._array if isinstance(x, Tensor) else np.asarray(x, dtype.numpy) for x in (elements, test_elements)
    )
    return Tensor._wrap(np.asarray(np.isin(a, b, assume_unique=assume_unique, invert=invert)))
