"""class Generator: torch's Mersenne Twister, how many words each kind of number takes, and the 5056-byte state.

What the words become is in kernels/formula/random.py; docs/random.md tells the whole story.
"""

import os

import numpy as np

from . import kernels
from .devices import CPU, check_device
from .tensor import Tensor

DEFAULT_SEED = 67280421310721  # torch.Generator()'s
WORDS = 624  # in one block of the twister
NEXT, LEFT = 624, 625  # torch's counters behind the words: how many are used; how many are left, plus one
BLOCK = 16  # normal numbers that Box and Muller's transform makes at a time
CHUNK = 1 << 18  # numbers made at a time: their words stay in cache

# What torch.Generator.get_state() holds, little endian.
STATE = np.dtype(
    [
        ("seed", "<u8"), ("left", "<i4"), ("seeded", "<i4"), ("next", "<u8"), ("words", "<u8", WORDS),
        ("unused", "<f8"), ("normal", "<f8"), ("unused_too", "<f8"), ("has_normal", "<i4"), ("padding", "<i4"),
        ("float_normal", "<f4"), ("has_float_normal", "<u4"),
    ]
)  # fmt: skip


class Generator:
    """A stream of random words.

    Raises: AssertionError or NotImplementedError for a device other than the CPU.  Torch: torch.Generator
    """

    device = CPU
    _normal: float | None  # the second normal number of a pair

    def __init__(self, device="cpu") -> None:
        check_device(device)
        self.manual_seed(DEFAULT_SEED)

    def __repr__(self) -> str:
        return f"<torch._C.Generator object at {id(self):#x}>"

    def manual_seed(self, seed) -> "Generator":
        """Start the stream of `seed`; only its low 32 bits choose the stream.

        Raises: ValueError unless -2^63 <= seed < 2^64.  Torch: torch.Generator.manual_seed
        """
        seed = int(seed)
        if not -(2**63) <= seed < 2**64:
            raise ValueError("Overflow when unpacking long long")
        self._seed = seed % 2**64
        words = [seed & 0xFFFFFFFF]
        for j in range(1, WORDS):
            words.append((1812433253 * (words[-1] ^ (words[-1] >> 30)) + j) & 0xFFFFFFFF)
        self._state = np.array([*words, 0, 1], np.uint32)  # nothing left: the first word asked for stirs them all
        self._normal = None
        return self

    def seed(self) -> int:
        """Start a stream that nobody can foretell, and return its seed.  Torch: torch.Generator.seed"""
        self.manual_seed(int.from_bytes(os.urandom(8), "little"))
        return self._seed

    def initial_seed(self) -> int:
        """The seed this stream was started with.  Torch: torch.Generator.initial_seed"""
        return self._seed

    # --- state -------------------------------------------------------------------------------

    def get_state(self) -> Tensor:
        """The state as torch's bytes.  Torch: torch.Generator.get_state"""
        record = np.zeros(1, STATE)
        record["seed"], record["seeded"], record["words"] = self._seed, 1, self._state[:WORDS]
        record["next"], record["left"] = self._state[NEXT], self._state[LEFT]
        record["normal"], record["has_normal"] = self._normal or 0, self._normal is not None
        return Tensor._wrap(record.view(np.uint8))

    def set_state(self, new_state: Tensor) -> "Generator":
        """Continue from what `get_state`, here or in torch, returned.

        Raises: TypeError or RuntimeError for what is no such state.  Torch: torch.Generator.set_state
        """
        if not isinstance(new_state, Tensor):
            raise TypeError(f"expected a torch.ByteTensor, but got {type(new_state).__name__}")
        if new_state.dtype.name != "uint8":
            raise TypeError("RNG state must be a torch.ByteTensor")
        if new_state.numel() != STATE.itemsize:
            raise RuntimeError(
                f"Expected a CPUGeneratorImplState of size {STATE.itemsize} but found the input RNG state size to be "
                f"{new_state.numel()}"
            )
        record = np.ascontiguousarray(new_state._array).reshape(-1).view(STATE)[0]
        left, used = int(record["left"]), int(record["next"])
        # The last condition is ours: torch would read on behind the words.
        if not record["seeded"] or not 0 < left <= WORDS or used > WORDS or used + left - 1 > WORDS:
            raise RuntimeError("Invalid mt19937 state")
        self._seed = int(record["seed"])
        self._state = np.array([*record["words"], used, left], np.uint64).astype(np.uint32)
        self._normal = float(record["normal"]) if record["has_normal"] else None
        return self

    def clone_state(self) -> "Generator":
        """Another generator in the same state.  Torch: torch.Generator.clone_state"""
        return Generator().set_state(self.get_state())

    def __reduce__(self):
        return _restore, (self.get_state(),)

    # --- numbers, written to `out`: one axis, any strides --------------------------------------

    def words(self, count: int) -> np.ndarray:
        """Shapes: (count,), uint32"""
        return kernels.random_words_(self._state, count)

    def _fill(self, out: np.ndarray, words_each: int, transform) -> None:
        """transform(words) into out, as many words for each number"""
        for start in range(0, out.size, CHUNK):
            part = out[start : start + CHUNK]
            part[...] = transform(self.words(words_each * part.size))

    def integers(self, out: np.ndarray, low: int, extent: int, wide: bool) -> None:
        """low + word mod extent, modulo 2^64; the words of 64 bits if `wide`"""
        self._fill(out, 2 if wide else 1, lambda words: kernels.draw_integers(words, low, extent, wide))

    def uniform(self, out: np.ndarray, low, high) -> None:
        """[low, high); what rounds up to `high` becomes `low`"""
        dtype = out.dtype
        self._fill(out, 2 if dtype == np.float64 else 1, lambda words: kernels.draw_uniform(words, low, high, dtype))

    def uniform24(self, count: int) -> np.ndarray:
        """Shapes: (count,), float32 of [0, 1) from 24 bits of a word"""
        return kernels.draw_uniform24(self.words(count))

    def uniform53(self, count: int) -> np.ndarray:
        """Shapes: (count,), float64 of [0, 1) from 53 bits of two words"""
        return kernels.draw_uniform53(self.words(2 * count))

    def bernoulli(self, out: np.ndarray, p: float) -> None:
        """1 with probability p, else 0"""
        self._fill(out, 2, lambda words: kernels.draw_bernoulli(words, p))

    def exponential(self, out: np.ndarray, rate: float) -> None:
        """-ln(1 - u) / rate, in float64"""
        self._fill(out, 2, lambda words: kernels.draw_exponential(words, rate))

    def normals(self, count: int) -> np.ndarray:
        """Shapes: (count,), float64, in pairs; the half of a pair that is not asked for waits for the next call"""
        if count == 0:
            return np.empty(0)
        waiting = [] if self._normal is None else [self._normal]
        pairs = (count - len(waiting) + 1) // 2
        values = np.concatenate([waiting, kernels.draw_normal_pairs(self.words(4 * pairs))])
        self._normal = float(values[-1]) if values.size > count else None
        return values[:count]

    def normal_blocks(self, out: np.ndarray, mean, std) -> None:
        """Normal numbers for `out` of at least 16; the last block, if incomplete, is drawn anew over the last 16"""
        dtype, each = out.dtype, 2 if out.dtype == np.float64 else 1
        whole = out.size - out.size % BLOCK
        self._fill(out[:whole], each, lambda words: kernels.draw_normal_blocks(words, mean, std, dtype))
        if whole < out.size:
            if dtype != np.float16:  # uniforms for the incomplete block, which are drawn and thrown away
                self.words(each * (out.size - whole))
            out[-BLOCK:] = kernels.draw_normal_blocks(self.words(each * BLOCK), mean, std, dtype)


def _restore(state) -> Generator:
    return Generator().set_state(state)


default_generator = Generator()
default_generator.seed()
