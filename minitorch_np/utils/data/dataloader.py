"""DataLoader: batches of a data set, fetched in this process."""

import itertools
import warnings

from ...tensor import Tensor
from .collate import collate_tensor_fn, default_collate, default_collate_fn_map, default_convert
from .dataset import IterableDataset, Subset, TensorDataset, fetch_samples
from .sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler, draw_seed


def get_worker_info() -> None:
    """None: there are no worker processes.  Torch: torch.utils.data.get_worker_info"""


class _EndlessSampler(Sampler):
    """What an iterable data set is asked with: None, for ever."""

    def __iter__(self):
        return itertools.repeat(None)


class DataLoader:
    """Batches of `dataset`: sampled, fetched, collated.

    batch_size=None gives single samples.
    Raises: ValueError for options that exclude each other; NotImplementedError for num_workers > 0.
    Torch: torch.utils.data.DataLoader
    """

    _initialized = False
    _FIXED = ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers")

    def __init__(
        self,
        dataset,
        batch_size=1,
        shuffle=None,
        sampler=None,
        batch_sampler=None,
        num_workers=0,
        collate_fn=None,
        pin_memory=False,
        drop_last=False,
        timeout=0,
        worker_init_fn=None,
        multiprocessing_context=None,
        generator=None,
        *,
        prefetch_factor=None,
        persistent_workers=False,
        pin_memory_device="",
        in_order=True,
    ) -> None:
        _check_workers(num_workers, timeout, prefetch_factor, persistent_workers, multiprocessing_context)
        self._iterable = isinstance(dataset, IterableDataset)
        if self._iterable:
            _check_iterable(shuffle, sampler, batch_sampler)
        if sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        if batch_sampler is not None:
            if batch_size != 1 or shuffle or sampler is not None or drop_last:
                raise ValueError(
                    "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last"
                )
            batch_size = None
        elif batch_size is None and drop_last:
            raise ValueError("batch_size=None option disables auto-batching and is mutually exclusive with drop_last")
        if sampler is None:
            if self._iterable:
                sampler = _EndlessSampler()
            else:
                sampler = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
        if batch_size is not None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.dataset = dataset
        self.batch_size = batch_size
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        self.drop_last = drop_last
        self.collate_fn = collate_fn or (default_convert if batch_sampler is None else default_collate)
        self.generator = generator
        self.num_workers = num_workers
        self.prefetch_factor = prefetch_factor
        self.pin_memory = pin_memory
        self.pin_memory_device = pin_memory_device
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.multiprocessing_context = multiprocessing_context
        self.persistent_workers = persistent_workers
        self.in_order = in_order
        self._promised = None  # what len() of an iterable data set said, once asked
        self._initialized = True

    def __setattr__(self, name, value) -> None:
        if self._initialized and name in self._FIXED:
            raise ValueError(f"{name} attribute should not be set after {type(self).__name__} is initialized")
        super().__setattr__(name, value)

    @property
    def _index_sampler(self):
        return self.sampler if self.batch_sampler is None else self.batch_sampler

    def __len__(self) -> int:
        if not self._iterable:
            return len(self._index_sampler)
        length = self._promised = len(self.dataset)
        if self.batch_size is None:
            return length
        return length // self.batch_size if self.drop_last else -(-length // self.batch_size)

    def __iter__(self):
        return _Batches(self)


class _Batches:
    """One pass over a loader."""

    def __init__(self, loader: DataLoader) -> None:
        if loader.pin_memory:
            warnings.warn(
                "'pin_memory' argument is set as true but no accelerator is found, then device pinned memory won't be used.",
                stacklevel=3,
            )
        self._loader = loader
        self._keys = iter(loader._index_sampler)
        self._base_seed = draw_seed(loader.generator)  # for workers; drawn without any, too, as in torch
        if loader.timeout != 0:
            raise AssertionError("_SingleProcessDataLoaderIter requires timeout == 0")
        self._samples = iter(loader.dataset) if loader._iterable else None
        self._ended = False
        self._count = 0

    def __iter__(self):
        return self

    def __len__(self) -> int:
        return len(self._loader._index_sampler)

    def __next__(self):
        key = next(self._keys)
        batch = self._fetch(key) if self._samples is None else self._loader.collate_fn(self._take(key))
        self._count += 1
        promised = self._loader._promised
        if self._loader._iterable and promised is not None and self._count > promised:
            warnings.warn(
                f"Length of IterableDataset {self._loader.dataset} was reported to be {promised}(when accessing "
                f"len(dataloader)), but {self._count} samples have been fetched. ",
                stacklevel=2,
            )
        return batch

    def _fetch(self, key):
        """The batch (or sample) of a data set with keys."""
        loader = self._loader
        if loader.batch_sampler is None:
            return loader.collate_fn(loader.dataset[key])
        if loader.collate_fn is default_collate and default_collate_fn_map.get(Tensor) is collate_tensor_fn:
            batch = _gather(loader.dataset, key)
            if batch is not None:
                return batch
        return loader.collate_fn(fetch_samples(loader.dataset, key))

    def _take(self, key):
        """The next samples (or sample) of an iterable data set."""
        loader = self._loader
        if self._ended:
            raise StopIteration
        if loader.batch_sampler is None:
            return next(self._samples)
        samples = list(itertools.islice(self._samples, len(key)))
        self._ended = len(samples) < len(key)
        if not samples or self._ended and loader.drop_last:
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


def _check_workers(num_workers, timeout, prefetch_factor, persistent_workers, multiprocessing_context) -> None:
    if num_workers < 0:
        raise ValueError("num_workers option should be non-negative; use num_workers=0 to disable multiprocessing.")
    if timeout < 0:
        raise ValueError("timeout option should be non-negative")
    if num_workers == 0 and prefetch_factor is not None:
        raise ValueError(
            "prefetch_factor option could only be specified in multiprocessing.let num_workers > 0 to enable "
            "multiprocessing, otherwise set prefetch_factor to None."
        )
    if prefetch_factor is not None and prefetch_factor < 0:
        raise ValueError("prefetch_factor option should be non-negative")
    if persistent_workers and num_workers == 0:
        raise ValueError("persistent_workers option needs num_workers > 0")
    if num_workers > 0:
        raise NotImplementedError(
            f"DataLoader(num_workers={num_workers}) is not supported: batches are loaded in this process, use 0"
        )
    if multiprocessing_context is not None:
        raise ValueError(
            "multiprocessing_context can only be used with multi-process loading (num_workers > 0), but got "
            f"num_workers={num_workers}"
        )


def _check_iterable(shuffle, sampler, batch_sampler) -> None:
    for name, value, given in (
        ("shuffle", shuffle, shuffle not in (False, None)),
        ("sampler", sampler, sampler is not None),
        ("batch_sampler", batch_sampler, batch_sampler is not None),
    ):
        if given:
            raise ValueError(f"DataLoader with IterableDataset: expected unspecified {name} option, but got {name}={value}")
