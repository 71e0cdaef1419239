"""What a record says about an operation.

`call(t, *tensors, **options)` runs it in library t, which is torch or minitorch_np: one expression for both.
`samples(draw)` draws a Sample: NumPy arrays and options, with Hypothesis's `draw`.
"""

import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st

FLOATS = ("float16", "float32", "float64")
WIDE = ("float32", "float64")
INTEGERS = ("uint8", "int8", "int16", "int32", "int64")
ALL = ("bool", *INTEGERS, *FLOATS)

REGISTRY: dict[str, "OpSpec"] = {}
SPACES = {"F": "nn.functional"}  # how namespaces are abbreviated in the names of records


@dataclass
class Sample:
    """Arguments of one call: float64 or integer arrays in order, then keywords.

    A float64 array is cast to the dtype under test; an array of another dtype (indices, masks) stays as it is.
    """

    arrays: list[np.ndarray]
    options: dict[str, Any] = field(default_factory=dict)

    def cast(self, dtype: str) -> list[np.ndarray]:
        return [a.astype(dtype) if a.dtype == np.float64 else a for a in self.arrays]


@dataclass
class ErrorCase:
    """A call that must fail, in both libraries with the same type and words.

    differs: why ours says something else; then only the type is compared, or `ours` if it differs too.
    """

    call: Callable
    differs: str | None = None


@dataclass
class OpSpec:
    """One operation.  See the module's first lines for `call` and `samples`."""

    name: str
    call: Callable
    samples: Callable
    dtypes: tuple[str, ...] = WIDE
    orders: int = 2  # how often it can be differentiated; 0 for questions and indices
    also: tuple[str, ...] = ()  # other names of the same function
    method: str | None = None  # also a method of the first tensor
    inplace: bool = False  # ... and with an underscore, writing into it
    operator: Callable | None = None
    special: bool = False  # NaN, infinities and zeros are drawn too
    errors: list[ErrorCase] = field(default_factory=list)
    factor: float = 1.0  # widens the tolerance; needs a reason
    reason: str | None = None
    cancels: bool = False  # a sum whose terms may cancel: what is left of their rounding is measured against them
    kernels: bool = False  # has a compiled kernel: both kernel sets are compared

    @property
    def function(self) -> tuple[str, str]:
        """(namespace, name) of what the record is about: ("nn.functional", "relu") for "F.relu", ("", "x[basic]")."""
        space, _, name = self.name.split(" (")[0].rpartition(".")
        return SPACES.get(space, space), name


def record(name: str, call: Callable, samples: Callable, **more) -> OpSpec:
    """Add a record.

    Raises: ValueError for a name that is there already.
    """
    if name in REGISTRY:
        raise ValueError(f"two records for {name}")
    REGISTRY[name] = OpSpec(name, call, samples, **more)
    return REGISTRY[name]


# --- drawing -------------------------------------------------------------------------------------------------

MAX_SIZE = 48


def draw_shape(draw, min_dims=0, max_dims=4, min_side=0, max_side=4):
    """A shape of at most MAX_SIZE elements."""
    sides = st.lists(st.integers(min_side, max_side), min_size=min_dims, max_size=max_dims).map(tuple)
    return draw(sides.filter(lambda s: np.prod(s) <= MAX_SIZE), label="shape")


def draw_broadcastable(draw, shape):
    """A shape that broadcasts with `shape`."""
    kept = shape[draw(st.integers(0, len(shape))) :]
    return tuple(1 if draw(st.booleans()) else s for s in kept)


def draw_values(draw, shape, low=-2.0, high=2.0):
    """Uniform float64 values of one drawn seed."""
    seed = draw(st.integers(0, 2**32 - 1), label="seed")
    return np.asarray(np.random.default_rng(seed).uniform(low, high, shape))


def draw_dim(draw, ndim):
    """One dim, counted from either end."""
    extent = max(ndim, 1)
    return draw(st.integers(-extent, extent - 1), label="dim")


# --- records of one line ---------------------------------------------------------------------------------------


def unary(name: str, low=-2.0, high=2.0, dtypes=FLOATS, **more) -> OpSpec:
    """An elementwise function t.name(x), differentiable, with method and in-place twin, on [low, high]."""

    def samples(draw):
        return Sample([draw_values(draw, draw_shape(draw), low, high)])

    more = {"method": name, "inplace": True, "special": True} | more
    return record(name, lambda t, x: getattr(t, name)(x), samples, dtypes=dtypes, **more)


def binary(name: str, low=-2.0, high=2.0, other=(-2.0, 2.0), dtypes=ALL, **more) -> OpSpec:
    """An elementwise function t.name(a, b) with broadcasting."""

    def samples(draw):
        shape = draw_shape(draw)
        return Sample([draw_values(draw, shape, low, high), draw_values(draw, draw_broadcastable(draw, shape), *other)])

    more = {"method": name, "inplace": True, "special": True} | more
    return record(name, lambda t, a, b: getattr(t, name)(a, b), samples, dtypes=dtypes, **more)


OPERATORS = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "true_divide": operator.truediv,
    "pow": operator.pow,
    "remainder": operator.mod,
    "floor_divide": operator.floordiv,
    "matmul": operator.matmul,
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "bitwise_and": operator.and_,
    "bitwise_or": operator.or_,
    "bitwise_xor": operator.xor,
}
