"""Small functions that arrange tensors: more dimensions, columns and rows, powers, combinations."""

from itertools import combinations as subsets
from itertools import combinations_with_replacement

import numpy as np

from .. import checks, dtypes
from ..tensor import Tensor
from .elementwise import as_number
from .join import cat, stack, vstack
from .public import public
from .rearrange import flip
from .scans import cumprod

# --- dimensions ------------------------------------------------------------------------------------------------


def _raised(name, tensors, raise_one):
    """One tensor, or each of several, given apart or as a list."""
    if len(tensors) == 1 and isinstance(tensors[0], list | tuple):
        tensors = tensors[0]
    elif len(tensors) == 1:
        checks.check_tensor(tensors[0], name)
        return raise_one(tensors[0])
    return tuple([raise_one(x) for x in tensors])


@public(method=False)
def atleast_1d(*tensors):
    """Tensors without dimensions with one; the others as they are.  Torch: torch.atleast_1d"""
    return _raised("atleast_1d", tensors, lambda x: x if x.ndim else x.reshape(1))


@public(method=False)
def atleast_2d(*tensors):
    """Vectors as rows, numbers as 1 x 1; the others as they are.  Torch: torch.atleast_2d"""
    return _raised("atleast_2d", tensors, _two_dims)


def _two_dims(x):
    return x if x.ndim >= 2 else x.unsqueeze(0) if x.ndim else x.reshape(1, 1)


@public(method=False)
def atleast_3d(*tensors):
    """Matrices as (N, M, 1), vectors as (1, N, 1), numbers as (1, 1, 1).  Torch: torch.atleast_3d"""

    def three_dims(x):
        if x.ndim == 0:
            return x.reshape(1, 1, 1)
        return x.unsqueeze(0).unsqueeze(-1) if x.ndim == 1 else x.unsqueeze(-1) if x.ndim == 2 else x

    return _raised("atleast_3d", tensors, three_dims)


@public
def fliplr(input):
    """The columns in reverse order.  Raises: RuntimeError for a vector.  Torch: torch.fliplr"""
    checks.check_tensor(input, "fliplr")
    if input.ndim < 2:
        raise RuntimeError("Input must be >= 2-d.")
    return flip(input, 1)


@public
def flipud(input):
    """The rows in reverse order.  Raises: RuntimeError for a 0-d tensor.  Torch: torch.flipud"""
    checks.check_tensor(input, "flipud")
    if input.ndim < 1:
        raise RuntimeError("Input must be >= 1-d.")
    return flip(input, 0)


@public(method=False, out=True)
def column_stack(tensors):
    """Side by side; vectors as columns.  Raises: RuntimeError for no tensors.  Torch: torch.column_stack"""
    if not len(tensors):
        raise RuntimeError("column_stack expects a non-empty TensorList")
    return cat([x.reshape(x.numel(), 1) if x.ndim < 2 else x for x in tensors], 1)


public(vstack, name="row_stack", method=False, out=True)

# --- powers and combinations -----------------------------------------------------------------------------------


def _powers(x, count, dtype):
    """1, x, x^2, ... along a new last dimension"""
    ones = Tensor._wrap(np.ones((*x._array.shape, 1), dtype.numpy))
    if count < 2:
        return ones if count else ones[..., :0]
    powers = cumprod(x.to(dtype).unsqueeze(-1).expand(*x._array.shape, count - 1), -1)
    return cat([ones, powers], -1)


@public(method=False)
def vander(x, N=None, increasing=False):
    """The matrix of powers x^(N-1) ... x, 1, one row per element, or in increasing order.

    Shapes: (n) -> (n, N); N = n if not given.
    Raises: RuntimeError unless x is a vector, or for a negative N.  Torch: torch.vander
    """
    checks.check_tensor(x, "vander", "x")
    if x.ndim != 1:
        raise RuntimeError("x must be a one-dimensional tensor.")
    count = x.numel() if N is None else checks.check_int(N, "N")
    if count < 0:
        raise RuntimeError("N must be non-negative.")
    dtype = x.dtype if x.is_floating_point() else dtypes.int64
    powers = _powers(x, count, dtype)
    return powers if increasing or not count else flip(powers, 1)


@public(method=False, namespace=("linalg",), name="vander")
def linalg_vander(x, *, N=None):
    """1, x, x^2 ... x^(N-1) along a new last dimension.

    Shapes: (..., n) -> (..., n, N); N = n if not given.  Raises: RuntimeError for N < 2.  Torch: torch.linalg.vander
    """
    checks.check_tensor(x, "linalg_vander", "x")
    if x.dtype is dtypes.bool_:
        raise RuntimeError("linalg.vander supports floating point, complex, and integer tensors, but got Bool")
    if x.dtype is dtypes.float16:
        raise RuntimeError("linalg.vander supports floating point, complex, and integer tensors, but got Half")
    count = N if N is not None else x._array.shape[-1] if x.ndim else 1
    if count <= 1:
        raise RuntimeError("N must be greater than 1.")
    return _powers(x if x.ndim else x.unsqueeze(0), count, x.dtype if x.is_floating_point() else dtypes.int64)


@public(method=False)
def combinations(input, r=2, with_replacement=False):
    """All choices of r elements of a vector, in their order, as rows.

    Shapes: (n) -> (count, r).  Raises: RuntimeError for other tensors, or a negative r.  Torch: torch.combinations
    """
    checks.check_tensor(input, "combinations")
    if input.ndim != 1:
        raise RuntimeError(f"Expect a 1D vector, but got shape {list(input.shape)}")
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    if r == 0:
        return Tensor._wrap(np.zeros(0, input._array.dtype))
    choose = combinations_with_replacement if with_replacement else subsets
    chosen = np.array(list(choose(range(input.numel()), r)), np.int64).reshape(-1, r)
    columns = [input.index_select(0, Tensor._wrap(np.ascontiguousarray(column))) for column in chosen.T]
    return stack(columns, 1)


# --- writes, element by element --------------------------------------------------------------------------------


def _refuse_graph(name, *tensors):
    if any(x.requires_grad for x in tensors):
        raise RuntimeError(f"Can't call {name}() on Variable that requires grad. Use var.detach().{name}() instead.")


def _written(array, values):
    for at, value in zip(np.ndindex(array.shape), values):
        if not isinstance(value, int | float | np.generic | Tensor):
            raise TypeError(f"must be real number, not {type(value).__name__}")
        array[at] = value.item() if isinstance(value, Tensor) else value


@public(namespace=())
def apply_(self, callable):
    """Every element replaced by callable(element), which gets Python numbers.  Torch: Tensor.apply_"""
    _refuse_graph("apply_", self)
    _written(self._array, (callable(v) for v in self._array.ravel().tolist()))
    self._bump_version()
    return self


@public(namespace=())
def map_(self, tensor, callable):
    """Every element replaced by callable(element, tensor's element).

    Raises: TypeError for another dtype, RuntimeError if the shapes do not broadcast.  Torch: Tensor.map_
    """
    checks.check_tensor(tensor, "map_", "other")
    _refuse_graph("map_", self, tensor)
    if tensor.dtype is not self.dtype:
        names = [f"torch.{x.dtype.long_name}Tensor" for x in (self, tensor)]
        raise TypeError(f"map_: expected {names[0]} for 'other' (got {names[1]})")
    other = tensor.expand(self._array.shape)._array
    pairs = zip(self._array.ravel().tolist(), other.ravel().tolist())
    _written(self._array, (callable(a, b) for a, b in pairs))
    self._bump_version()
    return self


@public(namespace=())
def fill_diagonal_(self, fill_value, wrap=False):
    """The main diagonal set to a number; of a tall matrix, with `wrap`, it starts again after each N + 1 rows.

    Raises: RuntimeError for a vector, or more than two dimensions of different sizes.  Torch: Tensor.fill_diagonal_
    """
    if not isinstance(fill_value, int | float | np.generic):
        kind = type(fill_value).__name__
        raise TypeError(f"fill_diagonal_(): argument 'fill_value' (position 1) must be Number, not {kind}")
    value, shape = as_number(fill_value, "fill_diagonal_"), self._array.shape
    if len(shape) < 2:
        raise RuntimeError("dimensions must larger than 1")
    if len(shape) > 2 and len(set(shape)) > 1:
        raise RuntimeError("all dimensions of input must be of equal length")
    rows, columns = shape[:2]
    step, offset = self.stride(0), self.storage_offset()
    for top in range(0, rows if len(shape) == 2 and wrap and columns else 1, columns + 1):
        size = min(shape) if not top else min(rows - top, columns)
        self.as_strided((size,), (sum(self.stride()),), offset + top * step).fill_(value)
    return self
