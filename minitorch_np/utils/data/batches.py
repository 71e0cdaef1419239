"""One pass over a loader: in this process, or shared out to worker processes."""

import itertools
import multiprocessing
import pickle
import time
import warnings
from multiprocessing.connection import wait

from .fetch import Fetcher
from .sampler import draw_seed
from .worker import OPEN, RESUME, Ended, ExceptionWrapper, packed, work

PATIENCE = 5  # seconds that a worker has to end by itself


class Batches:
    """What both kinds of pass have in common."""

    def __init__(self, loader) -> None:
        if loader.pin_memory:
            warnings.warn(
                "'pin_memory' argument is set as true but no accelerator is found, then device pinned memory won't be used.",
                stacklevel=4,
            )
        self._loader = loader
        self._source = loader._source
        self._keys = iter(loader._index_sampler)
        self._base_seed = draw_seed(loader.generator)  # drawn without workers, too, as in torch
        self._count = 0

    def __iter__(self):
        return self

    def __len__(self) -> int:
        return len(self._loader._index_sampler)

    def __next__(self):
        batch = self._next()
        self._count += 1
        promised = self._loader._promised
        if self._source.iterable and promised is not None and self._count > promised:
            text = (
                f"Length of IterableDataset {self._source.dataset} was reported to be {promised}(when accessing "
                f"len(dataloader)), but {self._count} samples have been fetched. "
            )
            if self._loader.num_workers > 0:
                text += (
                    "For multiprocessing data-loading, this could be caused by not properly configuring the IterableDataset "
                    "replica at each worker. Please see "
                    "https://pytorch.org/docs/stable/data.html#torch.utils.data.IterableDataset for examples."
                )
            warnings.warn(text, stacklevel=2)
        return batch


class OwnBatches(Batches):
    """Batches made in this process."""

    def __init__(self, loader) -> None:
        super().__init__(loader)
        if loader.timeout != 0:
            raise AssertionError("_SingleProcessDataLoaderIter requires timeout == 0")
        self._fetcher = Fetcher(self._source)

    def _next(self):
        return self._fetcher.fetch(next(self._keys))


class _Worker:
    """A worker process, seen from here."""

    def __init__(self, context, *args) -> None:
        self.connection, theirs = context.Pipe()
        OPEN.add(self.connection)
        self.process = context.Process(target=work, args=(theirs, *args), daemon=True)
        try:
            self.process.start()
        except (TypeError, AttributeError, pickle.PicklingError):
            warnings.warn(
                "Got pickle error when attempting to start a worker Process. This might be because the worker Process "
                "arguments are not picklable. Python 3.14+ changed the multiprocessing start method in non-Mac POSIX "
                "platforms to 'forkserver', which requires the worker Process arguments to be picklable. You can also try "
                "multiprocessing.set_start_method('fork').",
                stacklevel=5,
            )
            raise
        theirs.close()  # so that reading ends when the process does
        self.active = True  # False: its iterable data set has ended, or it has died
        self.tasks = 0

    def send(self, message: bytes) -> None:
        try:
            self.connection.send_bytes(message)
        except OSError:  # it is gone; whoever waits for its answers notices
            pass


class WorkerBatches(Batches):
    """Batches made by worker processes, ahead of their use; in order unless the loader allows another."""

    _workers: tuple = ()

    def __init__(self, loader) -> None:
        super().__init__(loader)
        if loader.prefetch_factor <= 0:
            raise AssertionError("prefetch_factor must be greater than 0 for MultiProcessingDataLoaderIter")
        context = loader.multiprocessing_context or multiprocessing.get_context()
        for number in range(loader.num_workers):
            args = (self._source, self._base_seed, loader.worker_init_fn, number, loader.num_workers)
            self._workers += (_Worker(context, *args),)
        self._begin()

    def _begin(self) -> None:
        """Start a pass: hand out as many tasks as the loader wants ahead."""
        self._keys = iter(self._loader._index_sampler)
        self._count = 0
        self._sent = self._wanted = 0  # number of the next task to be handed out, and of the next batch to be returned
        self._given: dict = {}  # number of a task: the worker that has it
        self._early: dict = {}  # number of a task: its batch, which came before it was wanted
        self._turns = itertools.cycle(self._workers)
        for _ in range(self._loader.prefetch_factor * len(self._workers)):
            self._give()

    def restart(self) -> None:
        """Another pass with the same processes; what is left of the last one is thrown away."""
        for worker in self._workers:
            worker.active, worker.tasks = True, 0
            worker.send(packed(RESUME))
        waiting = len(self._workers)
        while waiting:
            waiting -= self._receive()[0] == RESUME
        self._begin()

    def _give(self) -> None:
        """Hand the next key, if there is one, to the next worker that may have it."""
        try:
            key = next(self._keys)
        except StopIteration:
            return
        active = sum(worker.active for worker in self._workers)
        limit = self._loader.prefetch_factor * len(self._workers) // max(active, 1)
        for worker in itertools.islice(self._turns, len(self._workers)):
            if worker.active and (self._loader.in_order or worker.tasks < limit):
                break
        else:
            return
        worker.send(packed((self._sent, key)))
        worker.tasks += 1
        self._given[self._sent] = worker
        self._sent += 1

    def _next(self):
        while True:
            while self._wanted < self._sent and not self._expected(self._wanted):
                self._given.pop(self._wanted, None)
                self._wanted += 1
            if self._wanted == self._sent:
                if not self._loader.persistent_workers:
                    self._end()
                raise StopIteration
            number = self._wanted
            if number in self._early:
                batch = self._early.pop(number)
            else:
                number, batch = self._receive()
                if isinstance(batch, Ended):
                    self._retire(self._given[number])
                    self._give()
                    continue
                if number != self._wanted and self._loader.in_order:
                    self._early[number] = batch
                    continue
            if number == self._wanted:
                self._wanted += 1
            self._given.pop(number).tasks -= 1
            self._give()
            if isinstance(batch, ExceptionWrapper):
                batch.reraise()
            return batch

    def _expected(self, number: int) -> bool:
        """True if the task has been answered and not used, or will be."""
        return number in self._early or number in self._given and self._given[number].active

    def _receive(self) -> tuple:
        """The next answer of any worker: (number of the task, batch).

        Raises: RuntimeError if none comes in time, or a worker has died.
        """
        waiting = {worker.connection: worker for worker in self._workers if worker.active}
        ready = wait(waiting, self._loader.timeout or None)
        if not ready:
            raise RuntimeError(f"DataLoader timed out after {self._loader.timeout} seconds")
        worker = waiting[ready[0]]
        try:
            message = worker.connection.recv_bytes()
        except (EOFError, OSError):
            worker.active = False
            raise RuntimeError(f"DataLoader worker (pid(s) {worker.process.pid}) exited unexpectedly") from None
        return pickle.loads(message)

    def _retire(self, worker) -> None:
        worker.active = False
        if not self._loader.persistent_workers:
            worker.send(b"")

    def _end(self) -> None:
        """Let all processes end, and see to it that they do."""
        workers, self._workers = self._workers, ()
        for worker in workers:
            worker.send(b"")
            worker.connection.close()  # who is just sending is sent an error
        deadline = time.monotonic() + PATIENCE
        for worker in workers:
            worker.process.join(max(0, deadline - time.monotonic()))
            if worker.process.exitcode is None:
                worker.process.terminate()
                worker.process.join(PATIENCE)

    def __del__(self) -> None:
        self._end()
