"""DataLoader: batches of a data set, fetched in this process or by worker processes."""

import itertools
import multiprocessing
import os
import warnings
from multiprocessing.context import BaseContext

from .batches import OwnBatches, WorkerBatches
from .collate import default_collate, default_convert
from .dataset import IterableDataset
from .fetch import Source
from .sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler


class _EndlessSampler(Sampler):
    """What an iterable data set is asked with: None, for ever."""

    def __iter__(self):
        return itertools.repeat(None)


class DataLoader:
    """Batches of `dataset`: sampled, fetched, collated.

    batch_size=None gives single samples.  num_workers > 0 fetches them in that many processes, `prefetch_factor` batches
    ahead in each; `timeout` seconds are waited for a batch, `persistent_workers` outlive a pass over the data.
    Raises: ValueError for options that exclude each other; RuntimeError, while iterating, if a worker is late or dies.
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
        _check_workers(num_workers, timeout, prefetch_factor, persistent_workers)
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
        self.prefetch_factor = 2 if num_workers > 0 and prefetch_factor is None else prefetch_factor
        self.pin_memory = pin_memory
        self.pin_memory_device = pin_memory_device
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.multiprocessing_context = multiprocessing_context
        self.persistent_workers = persistent_workers
        self.in_order = in_order
        self._promised = None  # what len() of an iterable data set said, once asked
        self._iterator = None  # the pass that persistent workers are kept by
        self._initialized = True
        _warn_of_many(num_workers)

    def __setattr__(self, name, value) -> None:
        if self._initialized and name in self._FIXED:
            raise ValueError(f"{name} attribute should not be set after {type(self).__name__} is initialized")
        if name == "multiprocessing_context":
            value = _context(value, self.num_workers)
        super().__setattr__(name, value)

    @property
    def _source(self) -> Source:
        return Source(self.dataset, self.collate_fn, self.batch_sampler is not None, self.drop_last)

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
        if self.num_workers == 0:
            return OwnBatches(self)
        if not self.persistent_workers:
            return WorkerBatches(self)
        if self._iterator is None:
            self._iterator = WorkerBatches(self)
        else:
            self._iterator.restart()
        return self._iterator


def _check_workers(num_workers, timeout, prefetch_factor, persistent_workers) -> None:
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


def _warn_of_many(num_workers: int) -> None:
    """Warn of more workers than processors."""
    counted = hasattr(os, "sched_getaffinity")
    processors = len(os.sched_getaffinity(0)) if counted else os.cpu_count()
    if num_workers <= (processors or num_workers):
        return
    note = "" if counted else " (`cpuset` is not taken into account)"
    warnings.warn(
        f"This DataLoader will create {num_workers} worker processes in total. Our suggested max number of worker in "
        f"current system is {processors}{note}, which is smaller than what this DataLoader is going to create. Please be "
        "aware that excessive worker creation might get DataLoader running slow or even freeze, lower the worker number to "
        "avoid potential slowness/freeze if necessary.",
        stacklevel=3,
    )


def _context(context, num_workers: int):
    """A start method's name as a context of multiprocessing.

    Raises: ValueError for an unknown name, or without workers; TypeError for what is neither.
    """
    if context is None:
        return None
    if num_workers == 0:
        raise ValueError(
            "multiprocessing_context can only be used with multi-process loading (num_workers > 0), but got "
            f"num_workers={num_workers}"
        )
    if isinstance(context, str):
        methods = multiprocessing.get_all_start_methods()
        if context not in methods:
            raise ValueError(
                f"multiprocessing_context option should specify a valid start method in {methods!r}, but got "
                f"multiprocessing_context={context!r}"
            )
        context = multiprocessing.get_context(context)
    if not isinstance(context, BaseContext):
        raise TypeError(
            "multiprocessing_context option should be a valid context object or a string specifying the start method, but "
            f"got multiprocessing_context={context}"
        )
    return context


def _check_iterable(shuffle, sampler, batch_sampler) -> None:
    for name, value, given in (
        ("shuffle", shuffle, shuffle not in (False, None)),
        ("sampler", sampler, sampler is not None),
        ("batch_sampler", batch_sampler, batch_sampler is not None),
    ):
        if given:
            raise ValueError(f"DataLoader with IterableDataset: expected unspecified {name} option, but got {name}={value}")
