"""Random numbers from torch's generator, the Mersenne Twister, and its ways of turning words into numbers.

Uniforms, integers, permutations and Bernoulli draws are torch's bit for bit.  Normal and exponential draws
consume what torch consumes, but their last bits may differ (see docs/differences_from_torch.md).
"""

import math
import os

import numpy as np

from . import checks, creation, dtypes
from .autograd.views import write
from .devices import check_device
from .ops.public import public
from .tensor import Tensor

__all__ = [
    "Generator", "bernoulli", "default_generator", "initial_seed", "manual_seed", "multinomial", "normal", "rand",
    "rand_like", "randint", "randint_like", "randn", "randn_like", "randperm", "seed",
]  # fmt: skip

DEFAULT_SEED = 67280421310721  # torch.Generator()'s
BLOCK = 16  # Box-Muller's block: eight radii, then eight angles


class Generator:
    """A stream of random words.

    Raises: NotImplementedError for a device other than the CPU.  Torch: torch.Generator
    """

    def __init__(self, device="cpu") -> None:
        check_device(device)
        self._twister = np.random.MT19937()
        self.manual_seed(DEFAULT_SEED)

    def manual_seed(self, seed) -> "Generator":
        """Start the stream of `seed`; only its low 32 bits choose the stream.

        Raises: ValueError unless -2^63 <= seed < 2^64.  Torch: torch.Generator.manual_seed
        """
        seed = int(seed)
        if not -(2**63) <= seed < 2**64:
            raise ValueError("Overflow when unpacking long long")
        self._seed = seed % 2**64
        key = np.empty(624, np.uint64)
        key[0] = seed & 0xFFFFFFFF
        for j in range(1, 624):
            key[j] = (1812433253 * (int(key[j - 1]) ^ (int(key[j - 1]) >> 30)) + j) & 0xFFFFFFFF
        self._twister.state = {"bit_generator": "MT19937", "state": {"key": key.astype(np.uint32), "pos": 624}}
        self._cached_normal = None
        return self

    def seed(self) -> int:
        """Start a stream that nobody can foretell, and return its seed.  Torch: torch.Generator.seed"""
        self.manual_seed(int.from_bytes(os.urandom(8), "little"))
        return self._seed

    def initial_seed(self) -> int:
        """The seed this stream was started with.  Torch: torch.Generator.initial_seed"""
        return self._seed

    @property
    def device(self):
        from .devices import CPU

        return CPU

    # --- words into numbers ------------------------------------------------------------------

    def words(self, count: int) -> np.ndarray:
        """`count` 32-bit words, as uint64."""
        return np.atleast_1d(self._twister.random_raw(count)).astype(np.uint64) if count else np.empty(0, np.uint64)

    def words64(self, count: int) -> np.ndarray:
        """`count` 64-bit words; the first of two words is the high half."""
        halves = self.words(2 * count)
        return (halves[0::2] << np.uint64(32)) | halves[1::2]

    def uniform24(self, count: int) -> np.ndarray:
        """float32 in [0, 1): 24 bits of a word."""
        return (self.words(count) & np.uint64(0xFFFFFF)).astype(np.float32) * np.float32(2**-24)

    def uniform53(self, count: int) -> np.ndarray:
        """float64 in [0, 1): 53 bits of two words."""
        return (self.words64(count) & np.uint64(2**53 - 1)).astype(np.float64) * 2.0**-53


default_generator = Generator()
default_generator.seed()


def manual_seed(seed) -> Generator:
    """Start the default generator's stream of `seed`.  Torch: torch.manual_seed"""
    return default_generator.manual_seed(seed)


def seed() -> int:
    """Start the default generator's stream of an unforeseeable seed, and return it.  Torch: torch.seed"""
    return default_generator.seed()


def initial_seed() -> int:
    """The default generator's seed.  Torch: torch.initial_seed"""
    return default_generator.initial_seed()


# --- filling arrays ------------------------------------------------------------------------------------


def _in_memory_order(array: np.ndarray) -> np.ndarray:
    """A view whose row-major order is the order of the addresses: the order torch fills tensors in."""
    return array.transpose(np.argsort([-s for s in array.strides], kind="stable"))


def _fill(x: Tensor, draw) -> Tensor:
    """Write draw(count) into x, in memory order, as an in-place operation."""
    checks.check_writable(x._array)

    def filled(old):
        values = np.empty_like(old._array)
        ordered = _in_memory_order(values)
        ordered[...] = np.asarray(draw(values.size)).reshape(ordered.shape)
        return Tensor._wrap(values)

    return write(x, filled)


def _uniform(generator, count, low, high, dtype):
    if dtype == np.float64:
        values = generator.uniform53(count) * (high - low) + low
    else:
        # One rounding, as the fused multiply-add in torch: the product of two float32 is exact in float64.
        low, high = np.float32(low), np.float32(high)
        values = generator.uniform24(count).astype(np.float64) * np.float64(high - low) + np.float64(low)
        values = values.astype(np.float32)
    values = values.astype(dtype)
    return np.where(values == dtype.type(high), dtype.type(low), values)


def _normal(generator, count, mean, std, dtype, whole_blocks):
    """Box-Muller: r = sqrt(-2 ln u1), and r cos(2 pi u2), r sin(2 pi u2)."""
    if count < BLOCK or not whole_blocks:
        return np.array([_one_normal(generator) for _ in range(count)]) * std + mean
    draw = generator.uniform53 if dtype == np.float64 else generator.uniform24
    u = draw(count).astype(np.float64)
    values = np.empty(count)
    cut = count - count % BLOCK
    blocks = [(slice(0, cut), u[:cut])]
    if count % BLOCK:  # the last block overlaps the one before and is drawn anew
        blocks.append((slice(count - BLOCK, count), draw(BLOCK).astype(np.float64)))
    for where, uniforms in blocks:
        first, second = uniforms.reshape(-1, 2, BLOCK // 2).transpose(1, 0, 2)
        radius, angle = np.sqrt(-2 * np.log(1 - first)), 2 * math.pi * second
        values[where] = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).reshape(-1)
    return values * std + mean


def _one_normal(generator):
    """One of a pair; the other is kept for the next call."""
    if generator._cached_normal is not None:
        value, generator._cached_normal = generator._cached_normal, None
        return value
    first, second = generator.uniform53(2)
    radius, angle = math.sqrt(-2 * math.log1p(-second)), 2 * math.pi * first
    generator._cached_normal = radius * math.sin(angle)
    return radius * math.cos(angle)


def _float_only(x, name):
    if not x.is_floating_point():
        raise NotImplementedError(f"\"{name}\" not implemented for '{x.dtype.long_name}'")


@public(namespace=())
def uniform_(self, from_=0.0, to=1.0, *, generator=None):
    """Fill with uniforms of [from, to).

    Raises: RuntimeError if from > to.  Torch: Tensor.uniform_
    """
    _float_only(self, "check_uniform_bounds")
    if from_ > to:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={from_:g} > to={to:g}")
    generator = generator or default_generator
    return _fill(self, lambda count: _uniform(generator, count, from_, to, self._array.dtype))


@public(namespace=())
def normal_(self, mean=0.0, std=1.0, *, generator=None):
    """Fill with normal draws.

    Raises: RuntimeError for a negative std.  Torch: Tensor.normal_
    """
    _float_only(self, "normal_kernel_cpu")
    if std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
    generator = generator or default_generator
    blocks = self._array.flags.c_contiguous
    return _fill(self, lambda count: _normal(generator, count, mean, std, self._array.dtype, blocks))


@public(namespace=())
def bernoulli_(self, p=0.5, *, generator=None):
    """Fill with 1 of probability p, else 0.

    Raises: RuntimeError unless 0 <= p <= 1.  Torch: Tensor.bernoulli_
    """
    generator = generator or default_generator
    if isinstance(p, Tensor):
        return self.copy_(bernoulli(p.expand(self.shape), generator=generator))
    if not 0 <= p <= 1:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p:g}")
    return _fill(self, lambda count: generator.uniform53(count) < p)


@public(namespace=())
def exponential_(self, lambd=1.0, *, generator=None):
    """Fill with exponential draws: -ln(1 - u) / lambd.

    Raises: RuntimeError unless lambd > 0.  Torch: Tensor.exponential_
    """
    _float_only(self, "exponential")
    if lambd <= 0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={lambd:g}")
    generator = generator or default_generator
    return _fill(self, lambda count: -np.log1p(-generator.uniform53(count)) / lambd)


def _integers(generator, count, low, high):
    """low + word mod (high - low): 64-bit words for ranges from 2^28 on."""
    extent = high - low
    words = generator.words64(count) if extent >= 2**28 else generator.words(count)
    return (words % np.uint64(extent)).astype(np.int64) + np.int64(low)


@public(namespace=())
def random_(self, from_=None, to=None, *, generator=None):
    """Fill with integers of [from, to): random_(to), random_(from, to), or all the dtype can hold.

    Raises: RuntimeError if from >= to.  Torch: Tensor.random_
    """
    generator = generator or default_generator
    if from_ is None and to is None:
        return _fill(self, lambda count: _all_integers(generator, count, self.dtype))
    if to is None:
        from_, to = 0, from_
    if from_ >= to:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={from_} >= to={to}")
    return _fill(self, lambda count: _integers(generator, count, from_, to))


def _all_integers(generator, count, dtype):
    if dtype in (dtypes.int64, dtypes.float64):
        words = generator.words64(count)
        return words & np.uint64(2**63 - 1) if dtype is dtypes.int64 else words % np.uint64(2**53 + 1)
    limits = {"int32": 2**31, "int16": 2**15, "int8": 2**7, "uint8": 2**8, "bool": 2}
    floats = {"float32": 2**24 + 1, "float16": 2**11 + 1}
    return generator.words(count) % np.uint64((limits | floats)[dtype.name])


# --- new tensors -----------------------------------------------------------------------------------------


def _new(size, options):
    """(an empty tensor, the generator, requires_grad) from what rand and its kin take."""
    generator = options.pop("generator", None) or default_generator
    requires_grad = options.pop("requires_grad", False)
    return creation.empty(*size, **options), generator, requires_grad


def rand(*size, **options) -> Tensor:
    """Uniforms of [0, 1): rand(2, 3, dtype=..., generator=...).  Torch: torch.rand"""
    x, generator, requires_grad = _new(size, options)
    return x.uniform_(generator=generator).requires_grad_(requires_grad)


def randn(*size, **options) -> Tensor:
    """Normal draws of mean 0 and variance 1.  Torch: torch.randn"""
    x, generator, requires_grad = _new(size, options)
    return x.normal_(generator=generator).requires_grad_(requires_grad)


def randint(low, high=None, size=None, *, generator=None, dtype=None, requires_grad=False, **options) -> Tensor:
    """Integers of [low, high): randint(high, size) or randint(low, high, size).

    Raises: RuntimeError if low >= high.  Torch: torch.randint
    """
    if size is None:
        low, high, size = 0, low, high
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    x = creation.empty(size, dtype=dtype or dtypes.int64, **options)
    return x.random_(low, high, generator=generator).requires_grad_(requires_grad)


def randperm(n, *, generator=None, dtype=None, device=None, requires_grad=False, **options) -> Tensor:
    """A random order of 0 ... n - 1: at each place, a swap with one of those that follow.

    Raises: RuntimeError for a negative n.  Torch: torch.randperm
    """
    check_device(device)
    if n < 0:
        raise RuntimeError(f"n must be non-negative, got {n}")
    generator = generator or default_generator
    order = list(range(n))
    steps = generator.words(max(n - 1, 0)) % np.arange(n, 1, -1, dtype=np.uint64) if n > 1 else ()
    for i, z in enumerate(steps):
        j = i + int(z)
        order[i], order[j] = order[j], order[i]
    return Tensor._wrap(np.array(order, (dtype or dtypes.int64).numpy)).requires_grad_(requires_grad)


def rand_like(input, **options) -> Tensor:
    """rand in the shape, dtype and memory order of `input`.  Torch: torch.rand_like"""
    generator = options.pop("generator", None)
    return creation.empty_like(input, **options).uniform_(generator=generator)


def randn_like(input, **options) -> Tensor:
    """randn in the shape, dtype and memory order of `input`.  Torch: torch.randn_like"""
    generator = options.pop("generator", None)
    return creation.empty_like(input, **options).normal_(generator=generator)


def randint_like(input, low, high=None, **options) -> Tensor:
    """randint in the shape, dtype and memory order of `input`.  Torch: torch.randint_like"""
    low, high = (0, low) if high is None else (low, high)
    generator = options.pop("generator", None)
    return creation.empty_like(input, **options).random_(low, high, generator=generator)


@public(namespace=())
def bernoulli(input, p=None, *, generator=None) -> Tensor:
    """1 with the probability that `input` holds (or p, in input's shape), else 0.

    Raises: RuntimeError for probabilities outside [0, 1].  Torch: torch.bernoulli
    """
    generator = generator or default_generator
    if p is not None:
        return creation.empty_like(input).bernoulli_(p, generator=generator)
    _float_only(input, "bernoulli_tensor_cpu_self_")
    if not ((input._array >= 0) & (input._array <= 1)).all():
        raise RuntimeError("Expected p_in >= 0 && p_in <= 1 to be true, but got false.")
    result = creation.empty_like(input)
    wide = input._array.dtype == np.float64
    draws = (generator.uniform53 if wide else generator.uniform24)(input.numel())
    ordered = _in_memory_order(result._array)
    ordered[...] = draws.reshape(ordered.shape) < _in_memory_order(np.array(input._array, order="K"))
    return result


def normal(mean, std=1.0, size=None, *, generator=None, out=None, **options) -> Tensor:
    """Normal draws; mean and std are numbers (with `size`) or tensors.  Torch: torch.normal"""
    if size is not None:
        return creation.empty(size, **options).normal_(mean, std, generator=generator)
    if isinstance(std, Tensor):
        if (std._array < 0).any():
            raise RuntimeError("normal expects all elements of std >= 0.0")
        shape = checks.check_broadcast(std._array.shape, mean._array.shape if isinstance(mean, Tensor) else ())
        draws = creation.empty(shape, dtype=std.dtype).normal_(generator=generator)
        return draws.mul_(std).add_(mean)
    return creation.empty_like(mean).normal_(0, std, generator=generator).add_(mean)


@public(namespace=())
def multinomial(input, num_samples, replacement=False, *, generator=None) -> Tensor:
    """`num_samples` indices per row, drawn in proportion to the row's entries.

    Raises: RuntimeError for entries that are no weights or too many samples.  Torch: torch.multinomial
    """
    generator = generator or default_generator
    weights = input._array
    if input.ndim not in (1, 2):
        raise RuntimeError("prob_dist must be 1 or 2 dim")
    if num_samples <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    if not replacement and num_samples > weights.shape[-1]:
        raise RuntimeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    if (weights.sum(-1) <= 0).any():
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
    if not replacement or num_samples == 1:
        race = input.detach() / creation.empty_like(input).exponential_(generator=generator)
        if num_samples == 1:
            return race.argmax(-1, keepdim=True)
        return race.topk(num_samples).indices
    rows = np.atleast_2d(weights)
    total = np.cumsum(rows, 1, dtype=np.float64 if rows.dtype == np.float64 else np.float32)
    total = total / total[:, -1:]
    total[:, -1] = 1
    picks = [np.searchsorted(row, generator.uniform53(num_samples)) for row in total]
    return Tensor._wrap(np.array(picks, np.int64).reshape((*weights.shape[:-1], num_samples)))
