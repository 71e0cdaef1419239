"""From the keys of a batch to the batch: samples are fetched and collated."""

import itertools
from collections.abc import Callable
from typing import Any, NamedTuple

from ...tensor import Tensor
from .collate import collate_tensor_fn, default_collate, default_collate_fn_map
from .dataset import IterableDataset, Subset, TensorDataset, fetch_samples


class Source(NamedTuple):
    """What a loader says about where batches come from; it travels to worker processes."""

    dataset: Any
    collate: Callable
    batched: bool  # False: single samples
    drop_last: bool

    @property
    def iterable(self) -> bool:
        return isinstance(self.dataset, IterableDataset)


class Fetcher:
    """One pass over a source.  `fetch(key)` gives the next batch (or sample); an iterable one ends with StopIteration."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.samples = iter(source.dataset) if source.iterable else None
        self.ended = False

    def fetch(self, key):
        if self.samples is not None:
            return self.source.collate(self._take(key))
        dataset, collate = self.source.dataset, self.source.collate
        if not self.source.batched:
            return collate(dataset[key])
        if collate is default_collate and default_collate_fn_map.get(Tensor) is collate_tensor_fn:
            batch = _gather(dataset, key)
            if batch is not None:
                return batch
        return collate(fetch_samples(dataset, key))

    def _take(self, key):
        """The next samples (or sample) of an iterable data set."""
        if self.ended:
            raise StopIteration
        if not self.source.batched:
            return next(self.samples)
        samples = list(itertools.islice(self.samples, len(key)))
        self.ended = len(samples) < len(key)
        if not samples or self.ended and self.source.drop_last:
            raise StopIteration
        return samples


def _gather(dataset, keys):
    """What stacking the samples of a TensorDataset gives, without making the samples: one indexing per tensor.

    None where that is not known to be the same.
    """
    while type(dataset) is Subset and _plain(keys):
        dataset, keys = dataset.dataset, [dataset.indices[key] for key in keys]
    if type(dataset) is TensorDataset and _plain(keys):
        return [tensor[list(keys)] for tensor in dataset.tensors]
    return None


def _plain(keys) -> bool:
    return len(keys) > 0 and all(type(key) is int for key in keys)
