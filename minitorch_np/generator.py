"""class Generator: torch's Mersenne Twister, its ways of turning words into numbers, and its 5056-byte state."""

import math
import os
from typing import Any

import numpy as np

from .devices import CPU, check_device
from .tensor import Tensor

DEFAULT_SEED = 67280421310721  # torch.Generator()'s
WORDS = 624  # in one block of the twister
BLOCK = 16  # of Box and Muller's transform: eight radii, then eight angles

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
        self._twister = np.random.MT19937()
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
        word = seed & 0xFFFFFFFF
        words = [word]
        for j in range(1, WORDS):
            word = (1812433253 * (word ^ (word >> 30)) + j) & 0xFFFFFFFF
            words.append(word)
        self._start(words, WORDS)
        self._untouched = True  # torch tells a fresh block from a used-up one
        self._normal = None
        return self

    def _start(self, words, position) -> None:
        state: Any = {"key": np.array(words, np.uint32), "pos": position}
        self._twister.state = {"bit_generator": "MT19937", "state": state}

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
        twister = self._twister.state["state"]
        record = np.zeros(1, STATE)
        used = 0 if self._untouched else twister["pos"]
        record["seed"], record["seeded"], record["words"] = self._seed, 1, twister["key"]
        record["next"], record["left"] = used, WORDS + 1 - used if used else 1
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
        if not record["seeded"] or not 0 < record["left"] <= WORDS or record["next"] > WORDS:
            raise RuntimeError("Invalid mt19937 state")
        self._seed = int(record["seed"])
        self._untouched = bool(record["next"] == 0)
        self._start(record["words"], WORDS if record["left"] == 1 else int(record["next"]))
        self._normal = float(record["normal"]) if record["has_normal"] else None
        return self

    def clone_state(self) -> "Generator":
        """Another generator in the same state.  Torch: torch.Generator.clone_state"""
        return Generator().set_state(self.get_state())

    def __reduce__(self):
        return _restore, (self.get_state(),)

    # --- words into numbers --------------------------------------------------------------------

    def words(self, count: int) -> np.ndarray:
        """Shapes: (count,), 32-bit words as uint64"""
        if count == 0:
            return np.empty(0, np.uint64)
        self._untouched = False
        return self._twister.random_raw(count)

    def words64(self, count: int) -> np.ndarray:
        """Shapes: (count,), of each two words the first is the high half"""
        halves = self.words(2 * count)
        return (halves[0::2] << np.uint64(32)) | halves[1::2]

    def uniform24(self, count: int) -> np.ndarray:
        """Shapes: (count,), float32 of [0, 1) from 24 bits of a word"""
        return (self.words(count) & np.uint64(2**24 - 1)).astype(np.float32) * np.float32(2**-24)

    def uniform53(self, count: int) -> np.ndarray:
        """Shapes: (count,), float64 of [0, 1) from 53 bits of two words"""
        return (self.words64(count) & np.uint64(2**53 - 1)).astype(np.float64) * 2.0**-53

    def uniform(self, count: int, low, high, dtype) -> np.ndarray:
        """Shapes: (count,), [low, high) in `dtype`; what rounds up to `high` becomes `low`"""
        if dtype == np.float64:
            values = self.uniform53(count) * (high - low) + low
        else:
            # One rounding, as by torch's fused multiply-add: a product of two float32 is exact in float64.
            low, high = np.float32(low), np.float32(high)
            values = self.uniform24(count).astype(np.float64) * np.float64(high - low) + np.float64(low)
            values = values.astype(np.float32)
        values = values.astype(dtype)
        return np.where(values == dtype.type(high), dtype.type(low), values)

    def normals(self, count: int) -> np.ndarray:
        """Shapes: (count,), float64, in pairs; the half of a pair that is not asked for waits for the next call"""
        values: list[float] = []
        while len(values) < count:
            if self._normal is not None:
                values.append(self._normal)
                self._normal = None
                continue
            first, second = self.uniform53(2)
            radius, angle = math.sqrt(-2 * math.log1p(-second)), 2 * math.pi * first
            values.append(radius * math.cos(angle))
            self._normal = radius * math.sin(angle)
        return np.array(values, np.float64)

    def normal_blocks(self, count: int, dtype) -> np.ndarray:
        """Shapes: (count,), float64, of the words that torch draws to fill `count` >= 16 numbers in a row"""
        draw = self.uniform53 if dtype == np.float64 else self.uniform24
        whole = count - count % BLOCK
        values = np.empty(count)
        # float16 draws no numbers for an incomplete last block before that block is drawn anew.
        drawn = draw(whole if dtype == np.float16 else count).astype(np.float64)
        values[:whole] = _box_muller(drawn[:whole])
        if count % BLOCK:  # the last block overlaps the one before it
            values[-BLOCK:] = _box_muller(draw(BLOCK).astype(np.float64))
        return values


def _box_muller(uniforms) -> np.ndarray:
    """r cos(2 pi u2) and r sin(2 pi u2), r = sqrt(-2 ln(1 - u1)), block by block."""
    first, second = uniforms.reshape(-1, 2, BLOCK // 2).transpose(1, 0, 2)
    radius, angle = np.sqrt(-2 * np.log(1 - first)), 2 * math.pi * second
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).reshape(-1)


def _restore(state) -> Generator:
    return Generator().set_state(state)


default_generator = Generator()
default_generator.seed()
