"""Tensor methods that fill a tensor with random numbers: x.uniform_(), x.normal_(), x.random_(), ...

Tensors are filled in the order of their memory, whatever their strides.
"""

import math

import numpy as np

from . import checks, dtypes
from .autograd.mode import is_grad_enabled
from .autograd.op import op
from .autograd.views import write
from .generator import Generator, default_generator
from .kernels.formula.random import fma
from .ops.public import public
from .tensor import Tensor

_C_NAMES = {
    "float16": "c10::Half", "float32": "float", "float64": "double", "uint8": "unsigned char", "int8": "signed char",
    "int16": "short", "int32": "int", "int64": "long", "bool": "bool",
}  # fmt: skip
_MISSING = object()
WIDE = 2**28  # from so many values on, integers are made of 64 bits
MOST = math.log(np.finfo(np.float64).max)  # beyond it exp overflows


def stream(generator) -> Generator:
    """The generator given, or the default one."""
    if generator is None:
        return default_generator
    if not isinstance(generator, Generator):
        raise TypeError(f"argument 'generator' must be torch.Generator, not {type(generator).__name__}")
    return generator


def _in_memory_order(array: np.ndarray) -> np.ndarray:
    """A view whose row-major order is the order of the addresses: the order torch fills tensors in."""
    return array.transpose(np.argsort([-s for s in array.strides], kind="stable"))


@op(name="NormalBackward0")
def drawn_op(x, *, drawn):
    return drawn


# What is drawn has no derivative by what stood there before, nor by the parameters of its distribution.
drawn_op.gradient(lambda g: g.new_zeros(g.shape))


def _fill(x: Tensor, draw, node) -> Tensor:
    """draw(out) into x, in memory order, as an in-place operation of that name; `out` has one axis."""
    checks.check_writable(x._array)
    with np.errstate(all="ignore"):
        return _filled(x, draw, node)


def _filled(x: Tensor, draw, node) -> Tensor:
    ordered = _in_memory_order(x._array)
    if x._base is None and ordered.flags.c_contiguous and not (x.requires_grad and is_grad_enabled()):
        draw(ordered.reshape(-1))  # nothing to record: straight into x's memory
        x._bump_version()
        return x

    def filled(old):
        values = np.empty_like(x._array)
        flat = np.empty(values.size, values.dtype)
        draw(flat)
        ordered = _in_memory_order(values)
        ordered[...] = flat.reshape(ordered.shape)
        return drawn_op.named(node)(old, drawn=values)

    return write(x, filled)


def _assign(out, values) -> None:
    """float64 values into out; to float16 by way of float32, as in C"""
    out[...] = values.astype(np.float32) if out.dtype == np.float16 else values


def _check_floating(x, sentence) -> None:
    if not x.is_floating_point():
        raise NotImplementedError(f"\"{sentence}\" not implemented for '{x.dtype.long_name}'")


def _check_bounds(low, high, dtype, names=("from", "to")) -> None:
    """Both ends must be numbers of `dtype`."""
    limits = dtypes.finfo(dtype) if dtype.is_floating_point else dtype is not dtypes.bool_ and dtypes.iinfo(dtype)
    smallest, largest = (limits.min, limits.max) if limits else (0, 1)
    for name, value in zip(names, (low, high)):
        if not smallest <= value <= largest:
            raise RuntimeError(f"{name} is out of bounds for {_C_NAMES[dtype.name]}")


@public(namespace=())
def uniform_(self, from_=0.0, to=1.0, *, generator=None):
    """Fill with uniforms of [from, to).

    Raises: RuntimeError if from > to, or for bounds that the dtype cannot hold.  Torch: Tensor.uniform_
    """
    _check_floating(self, "check_uniform_bounds")
    _check_bounds(from_, to, self.dtype)
    if from_ > to:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={from_:g} > to={to:g}")
    generator = stream(generator)
    return _fill(self, lambda out: generator.uniform(out, from_, to), "UniformBackward0")


@public(namespace=())
def normal_(self, mean=0.0, std=1.0, *, generator=None):
    """Fill with normal draws.

    Raises: RuntimeError for a negative std.  Torch: Tensor.normal_
    """
    if std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
    _check_floating(self, "normal_kernel_cpu")
    generator = stream(generator)
    in_blocks = self._array.flags.c_contiguous and self.numel() >= 16

    def draw(out):
        if in_blocks:
            generator.normal_blocks(out, mean, std)
        else:
            _assign(out, fma(generator.normals(out.size), np.float64(std), np.float64(mean)))

    return _fill(self, draw, "NormalBackward0")


@public(namespace=())
def log_normal_(self, mean=1.0, std=2.0, *, generator=None):
    """Fill with exp of normal draws.

    Raises: RuntimeError unless std > 0.  Torch: Tensor.log_normal_
    """
    if std <= 0:
        raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std:g}")
    _check_floating(self, "log_normal_cpu")
    generator = stream(generator)

    def draw(out):
        normals = fma(generator.normals(out.size), np.float64(std), np.float64(mean))
        _assign(out, np.array([math.exp(z) if z < MOST else math.inf for z in normals.tolist()]))

    return _fill(self, draw, "LogNormalBackward0")


@public(namespace=())
def bernoulli_(self, p=0.5, *, generator=None):
    """Fill with 1 of probability p, a number or a tensor, else 0.

    Raises: RuntimeError unless 0 <= p <= 1.  Torch: Tensor.bernoulli_
    """
    generator = stream(generator)
    if isinstance(p, Tensor):
        return _fill(self, _bernoulli_draw(p, self, generator), "BernoulliBackward1")
    if not 0 <= p <= 1:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p:g}")
    return _fill(self, lambda out: generator.bernoulli(out, p), "BernoulliBackward2")


def _bernoulli_draw(p, like, generator):
    _check_floating(p, "bernoulli_tensor_cpu_p_")
    if not ((p._array >= 0) & (p._array <= 1)).all():
        raise RuntimeError(
            "Expected p_in >= 0 && p_in <= 1 to be true, but got false.  (Could this error message be improved?  If "
            "so, please report an enhancement request to PyTorch.)"
        )
    wanted = np.empty_like(like._array, dtype=p._array.dtype)  # in the memory order of what is filled
    wanted[...] = p._array
    flat = _in_memory_order(wanted).reshape(-1)
    uniform = generator.uniform53 if p._array.dtype == np.float64 else generator.uniform24

    def draw(out):
        out[...] = uniform(out.size) < flat

    return draw


@public(namespace=())
def exponential_(self, lambd=1.0, *, generator=None):
    """Fill with exponential draws: -ln(1 - u) / lambd.

    Raises: RuntimeError unless lambd > 0, or for integers.  Torch: Tensor.exponential_
    """
    if not self.is_floating_point():
        raise RuntimeError(
            "Exponential distribution is a continuous probability distribution. dtype must be a floating point but you "
            f"specified {self.dtype.long_name}"
        )
    if lambd <= 0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={lambd:g}")
    generator = stream(generator)
    if self.dtype is not dtypes.float16:
        return _fill(self, lambda out: generator.exponential(out, lambd), "ExponentialBackward0")

    def draw(out):
        wide = np.empty(out.size, np.float32)
        generator.exponential(wide, lambd)
        out[...] = wide

    return _fill(self, draw, "ExponentialBackward0")


# --- integers ------------------------------------------------------------------------------------------


@public(namespace=())
def random_(self, from_=_MISSING, to=_MISSING, *, generator=None):
    """Fill with integers of [from, to): random_(to), random_(from, to), random_(from, None), or all of the dtype's.

    Raises: RuntimeError if from >= to, or for bounds that the dtype cannot hold.  Torch: Tensor.random_
    """
    generator, dtype, node = stream(generator), self.dtype, "RandomBackward0"
    if to is _MISSING:
        if from_ is _MISSING or from_ is None:
            wide = dtype in (dtypes.int64, dtypes.float64)
            return _fill(self, lambda out: generator.integers(out, 0, largest(dtype) + 1, wide), "RandomBackward2")
        from_, to, node = 0, from_, "RandomBackward1"
    low = 0 if from_ is _MISSING else from_
    if to is None and low == -(2**63):
        return _fill(self, lambda out: generator.integers(out, 0, 2**64, True), "RandomBackward0")
    high = largest(dtype) + 1 if to is None else to
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    low, high = _representable(low, high, dtype)
    _check_bounds(low, high - 1, dtype, ("from", "to - 1"))
    return _fill(self, lambda out: generator.integers(out, low, high - low, high - low >= WIDE), node)


def largest(dtype) -> int:
    """The largest integer up to which the dtype holds all integers."""
    if dtype.is_floating_point:
        return 2 ** (np.finfo(dtype.numpy).nmant + 1)
    return 1 if dtype is dtypes.bool_ else dtypes.iinfo(dtype).max


def _representable(low, high, dtype):
    """[low, high) without the ends that would round out of it, in a floating dtype."""
    if not dtype.is_floating_point:
        return low, high
    digits = np.finfo(dtype.numpy).nmant + 1

    def rounded(value):
        with np.errstate(over="ignore"):
            return float(dtype.numpy.type(float(value)))

    def spacing(value):
        return 2 ** max(math.floor(math.log2(abs(value))) - digits + 1, 0)

    if rounded(low + 1) < low:
        low = int(rounded(low + 1)) + spacing(low + 1)
    if math.isfinite(rounded(high - 1)) and rounded(high - 1) >= high:
        high = int(rounded(high - 1)) - spacing(high - 1)
    return low, high
