"""Random tensors, drawn from torch's stream: see generator.py.

Every number is torch's, bit for bit, for the same seed and the same order of calls.
"""

import contextlib

import numpy as np

from . import checks, creation, dtypes, kernels
from .autograd.mode import no_grad
from .autograd.op import op
from .draws import drawn_op, largest, stream
from .factory import deliver
from .generator import CHUNK, Generator, default_generator
from .ops.public import public
from .tensor import Tensor

__all__ = [
    "Generator", "bernoulli", "default_generator", "get_rng_state", "initial_seed", "manual_seed", "multinomial",
    "normal", "rand", "rand_like", "randint", "randint_like", "randn", "randn_like", "randperm", "seed",
    "set_rng_state",
]  # fmt: skip


MOST_CLASSES = 2**24  # that multinomial takes


def manual_seed(seed) -> Generator:
    """Start the default generator's stream of `seed`.  Torch: torch.manual_seed"""
    return default_generator.manual_seed(seed)


def seed() -> int:
    """Start the default generator's stream of an unforeseeable seed, and return it.  Torch: torch.seed"""
    return default_generator.seed()


def initial_seed() -> int:
    """The default generator's seed.  Torch: torch.initial_seed"""
    return default_generator.initial_seed()


def get_rng_state() -> Tensor:
    """The default generator's state.  Torch: torch.get_rng_state"""
    return default_generator.get_state()


def set_rng_state(new_state: Tensor) -> None:
    """Set the default generator's state.  Torch: torch.set_rng_state"""
    default_generator.set_state(new_state)


@contextlib.contextmanager
def fork_rng(devices=None, enabled=True, **_):
    """What is drawn inside changes nothing outside.  Torch: torch.random.fork_rng"""
    state = get_rng_state()
    try:
        yield
    finally:
        if enabled:
            set_rng_state(state)


LARGE = (2**32 - 1) // 20  # from this length on, randperm takes 64 bits per place

# --- new tensors -----------------------------------------------------------------------------------------


def _sized(name, method, doc):
    def create(*size, generator=None, requires_grad=False, **options):
        if not size and "size" not in options:
            raise TypeError(f"{name}() received an invalid combination of arguments - got ()")
        if set(options) - {"size", "out", "dtype", "layout", "device", "pin_memory"}:
            raise TypeError(f"{name}() received an invalid combination of arguments - got {sorted(options)}")
        x = creation.empty(*size, **options)
        return getattr(x, method)(generator=generator).requires_grad_(requires_grad)

    create.__name__ = create.__qualname__ = name
    create.__doc__ = f"{doc}  Torch: torch.{name}"
    return create


rand = _sized("rand", "uniform_", "Uniforms of [0, 1): rand(2, 3, dtype=..., generator=...).")
randn = _sized("randn", "normal_", "Normal draws of mean 0 and variance 1.")


def randint(*args, low=0, high=None, size=None, generator=None, dtype=None, requires_grad=False, **options) -> Tensor:
    """Integers of [low, high): randint(high, size) or randint(low, high, size).

    Raises: RuntimeError if low >= high.  Torch: torch.randint
    """
    names = ["low", "high", "size"] if len(args) + (size is not None) + (high is not None) == 3 else ["high", "size"]
    if len(args) > len(names):
        raise TypeError("randint() received an invalid combination of arguments")
    given = {"low": low, "high": high, "size": size} | dict(zip(names, args))
    low, high = (checks.check_int(given[name], name) for name in ("low", "high"))
    if given["size"] is None:
        raise TypeError("randint() received an invalid combination of arguments - size is missing")
    x = creation.empty(given["size"], dtype=dtype or dtypes.int64, **options)
    return x.random_(low, high, generator=generator).requires_grad_(requires_grad)


def randperm(n, *, generator=None, dtype=None, requires_grad=False, **options) -> Tensor:
    """A random order of 0 ... n - 1: at each place, a swap with one of those that follow.

    Raises: RuntimeError for a negative n, or one the dtype cannot hold.  Torch: torch.randperm
    """
    dtype = dtype or dtypes.int64
    result = creation.empty(checks.check_int(n, "n"), dtype=dtype, **options)
    if n > largest(dtype):
        raise RuntimeError(f"value cannot be converted to type {dtype.name}_t without overflow")
    order, generator = np.arange(n), stream(generator)
    large = n >= LARGE
    permute, each, places = (kernels.permute_large_, 2, n) if large else (kernels.permute_, 1, max(n - 1, 0))
    for start in range(0, places, CHUNK):
        permute(generator.words(each * min(CHUNK, places - start)), order, start)
    result._array[...] = order
    return result.requires_grad_(requires_grad)


def _like(method):
    def create(input, *bounds, generator=None, requires_grad=False, **options):
        x = creation.empty_like(input, **options)
        return getattr(x, method)(*bounds, generator=generator).requires_grad_(requires_grad)

    return create


_uniform_like, _normal_like, _integers_like = map(_like, ("uniform_", "normal_", "random_"))


def rand_like(input, **options) -> Tensor:
    """rand in the shape, dtype and memory order of `input`.  Torch: torch.rand_like"""
    return _uniform_like(input, **options)


def randn_like(input, **options) -> Tensor:
    """randn in the shape, dtype and memory order of `input`.  Torch: torch.randn_like"""
    return _normal_like(input, **options)


def randint_like(input, low, high=None, **options) -> Tensor:
    """randint in the shape, dtype and memory order of `input`.  Torch: torch.randint_like"""
    return _integers_like(input, *((0, low) if high is None else (low, high)), **options)


# --- draws from given probabilities ------------------------------------------------------------------------

bernoulli_op = drawn_op.named("BernoulliBackward0")


@op(name="torch::autograd::NotImplemented")
def bernoulli_of_number(x, *, drawn):
    return drawn


@bernoulli_of_number.gradient
def _(g):
    raise RuntimeError("derivative for aten::bernoulli is not implemented")


@op(name="NormalBackward3")
def normal_op(mean, std, *, drawn):
    return drawn


normal_op.gradients(lambda g, mean_shape: g.new_zeros(mean_shape), lambda g, std_shape: g.new_zeros(std_shape))
normal_around, normal_of_width = (drawn_op.named(f"NormalBackward{k}") for k in (1, 2))


@public(namespace=())
def bernoulli(input, p=None, *, generator=None, out=None) -> Tensor:
    """1 with the probability that `input` holds (or p, in input's shape), else 0.

    Raises: RuntimeError for probabilities outside [0, 1].  Torch: torch.bernoulli
    """
    # row-major, whatever the input's strides
    result = creation.empty(input.shape, dtype=input.dtype if out is None else out.dtype)
    result.bernoulli_(input.detach() if p is None else p, generator=generator)
    if out is not None:
        return deliver(out, result._array, False)
    if not input.requires_grad:
        return result
    return (bernoulli_op if p is None else bernoulli_of_number)(input, drawn=result._array)


def normal(mean, std=1.0, size=None, *, generator=None, **options) -> Tensor:
    """Normal draws; mean and std are numbers (with `size`) or tensors.

    Raises: RuntimeError for a negative std.  Torch: torch.normal
    """
    if size is not None:
        return creation.empty(size, **options).normal_(mean, std, generator=generator)
    if not isinstance(std, Tensor):
        with no_grad():
            result = creation.empty_like(mean).normal_(0, std, generator=generator).add_(mean)
        return normal_around(mean, drawn=result._array)
    if (std._array < 0).any():
        raise RuntimeError("normal expects all elements of std >= 0.0")
    shape = checks.check_broadcast(mean._array.shape if isinstance(mean, Tensor) else (), std._array.shape)
    with no_grad():
        result = creation.empty(shape, dtype=std.dtype).normal_(generator=generator).mul_(std).add_(mean)
    if not isinstance(mean, Tensor):
        return normal_of_width(std, drawn=result._array)
    return normal_op(mean, std, drawn=result._array)


@public(namespace=())
def multinomial(input, num_samples, replacement=False, *, generator=None, out=None) -> Tensor:
    """`num_samples` indices per row, drawn in proportion to the row's entries.

    Raises: RuntimeError for entries that are no weights, or for too many samples.  Torch: torch.multinomial
    """
    generator, weights = stream(generator), input._array
    if out is not None and out.dtype is not dtypes.int64:
        raise RuntimeError(f"multinomial expects Long tensor out, got: {out.dtype.long_name}")
    _check_weights(input, num_samples, replacement)
    if out is not None:
        return deliver(out, multinomial(input, num_samples, replacement, generator=generator)._array, False)
    if not replacement or num_samples == 1:  # a race: each entry runs for an exponential time divided by its weight
        race = weights / creation.empty_like(input).exponential_(generator=generator)._array
        picks = np.argsort(-race, axis=-1, kind="stable")[..., :num_samples]
        return Tensor._wrap(np.ascontiguousarray(picks, np.int64))
    rows = np.atleast_2d(weights)
    sums = np.cumsum(rows, 1, dtype=np.float64 if rows.dtype == np.float64 else np.float32)
    sums = sums / sums[:, -1:]
    sums[:, -1] = 1
    picks = [np.searchsorted(row, generator.uniform53(num_samples)) for row in sums]
    return Tensor._wrap(np.array(picks, np.int64).reshape((*weights.shape[:-1], num_samples)))


def _check_weights(input, num_samples, replacement) -> None:
    weights, race = input._array, not replacement or num_samples == 1
    for wrong, message in (
        (input.ndim not in (1, 2), "prob_dist must be 1 or 2 dim"),
        (
            not input.is_floating_point(),
            f"multinomial only supports floating-point dtypes for input, got: {input.dtype.long_name}",
        ),
        (num_samples <= 0, "cannot sample n_sample <= 0 samples"),
        (
            not replacement and input.ndim and num_samples > weights.shape[-1],
            "cannot sample n_sample > prob_dist.size(-1) samples without replacement",
        ),
        (input.ndim and weights.shape[-1] > MOST_CLASSES, "number of categories cannot exceed 2^24"),
        (
            race and (not np.isfinite(weights).all() or (weights < 0).any()),
            "probability tensor contains either `inf`, `nan` or element < 0",
        ),
        (not (weights >= 0).all(), "invalid multinomial distribution (encountering probability entry < 0)"),
        (
            not np.isfinite(weights).all(),
            "invalid multinomial distribution (encountering probability entry = infinity or NaN)",
        ),
        ((weights.sum(-1) <= 0).any(), "invalid multinomial distribution (sum of probabilities <= 0)"),
    ):
        if wrong:
            raise RuntimeError(message)
