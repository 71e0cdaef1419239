"""Samplers: which samples, in which order.  Random ones draw lazily, in torch's order, from torch's stream."""

import itertools
from collections.abc import Iterator, Sequence, Sized
from typing import Generic, TypeVar

from ... import dtypes
from ...creation import as_tensor, empty
from ...random import Generator, multinomial, randint, randperm

T_co = TypeVar("T_co", covariant=True)
CHUNK = 32  # draws with replacement come in chunks of this many


class Sampler(Generic[T_co]):
    """An iterable of keys of a data set.  Torch: torch.utils.data.Sampler"""

    def __iter__(self) -> Iterator[T_co]:
        raise NotImplementedError


class SequentialSampler(Sampler[int]):
    """0, 1, 2, ...  Torch: torch.utils.data.SequentialSampler"""

    def __init__(self, data_source: Sized) -> None:
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(Sampler[int]):
    """A random order, or `num_samples` draws with replacement.

    Raises: TypeError or ValueError for bad options.  Torch: torch.utils.data.RandomSampler
    """

    def __init__(self, data_source: Sized, replacement=False, num_samples=None, generator=None) -> None:
        self.data_source = data_source
        self.replacement = replacement
        self._num_samples = num_samples
        self.generator = generator
        if not isinstance(replacement, bool):
            raise TypeError(f"replacement should be a boolean value, but got replacement={replacement}")
        if not isinstance(self.num_samples, int) or self.num_samples <= 0:
            raise ValueError(f"num_samples should be a positive integer value, but got num_samples={self.num_samples}")

    @property
    def num_samples(self) -> int:
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __iter__(self) -> Iterator[int]:
        n, wanted = len(self.data_source), self.num_samples
        generator = self.generator
        if generator is None:  # a private stream, so that what the program draws meanwhile changes nothing
            generator = Generator().manual_seed(draw_seed(None))
        if self.replacement:
            for start in range(0, wanted + 1, CHUNK):
                size = min(CHUNK, wanted - start)
                yield from randint(0, n, (size,), generator=generator).tolist()
        else:
            for _ in range(wanted // n):
                yield from randperm(n, generator=generator).tolist()
            # Drawn even if nothing of it is used, as in torch: the stream must not differ afterwards.
            yield from randperm(n, generator=generator).tolist()[: wanted % n]

    def __len__(self) -> int:
        return self.num_samples


def draw_seed(generator) -> int:
    """A 63-bit number from the generator (None: the default one)."""
    return empty((), dtype=dtypes.int64).random_(generator=generator).item()


class SubsetRandomSampler(Sampler[int]):
    """The given indices in random order.  Torch: torch.utils.data.SubsetRandomSampler"""

    def __init__(self, indices: Sequence[int], generator=None) -> None:
        self.indices = indices
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        for i in randperm(len(self.indices), generator=self.generator).tolist():
            yield self.indices[i]

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Sampler[int]):
    """`num_samples` indices, drawn in proportion to `weights`.

    Raises: ValueError for bad options or weights of more than one dimension.
    Torch: torch.utils.data.WeightedRandomSampler
    """

    def __init__(self, weights: Sequence[float], num_samples: int, replacement=True, generator=None) -> None:
        _check_positive("num_samples", num_samples)
        if not isinstance(replacement, bool):
            raise ValueError(f"replacement should be a boolean value, but got replacement={replacement}")
        self.weights = as_tensor(weights, dtype=dtypes.float64)
        if self.weights.ndim != 1:
            raise ValueError(f"weights should be a 1d sequence but given weights have shape {tuple(self.weights.shape)}")
        self.num_samples = num_samples
        self.replacement = replacement
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        yield from multinomial(self.weights, self.num_samples, self.replacement, generator=self.generator).tolist()

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler(Sampler[list]):
    """Lists of `batch_size` keys from another sampler; the last may be shorter, unless `drop_last`.

    Raises: ValueError for bad options.  Torch: torch.utils.data.BatchSampler
    """

    def __init__(self, sampler, batch_size: int, drop_last: bool) -> None:
        _check_positive("batch_size", batch_size)
        if not isinstance(drop_last, bool):
            raise ValueError(f"drop_last should be a boolean value, but got drop_last={drop_last}")
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self) -> Iterator[list]:
        keys = iter(self.sampler)
        while batch := list(itertools.islice(keys, self.batch_size)):
            if self.drop_last and len(batch) < self.batch_size:
                return
            yield batch

    def __len__(self) -> int:
        return (len(self.sampler) + (0 if self.drop_last else self.batch_size - 1)) // self.batch_size


def _check_positive(name, value) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise ValueError(f"{name} should be a positive integer value, but got {name}={value}")
