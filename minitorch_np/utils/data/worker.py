"""What runs in a worker process: tasks come in, batches or the errors they ended in go out, one after the other.

A task is (number, key), RESUME for another pass, or None for the end.  An answer is (number, batch), where the batch may
also be an ExceptionWrapper or an Ended.
"""

import copy
import io
import pickle
import random
import sys
import threading
import traceback
import weakref
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

import numpy as np

from ...parallel import set_num_threads
from ...random import manual_seed
from ...storage import storage_bytes
from ...strides import kept_copy
from ...tensor import Tensor
from .fetch import Fetcher

RESUME = "resume"
OPEN: weakref.WeakSet = weakref.WeakSet()  # this process's ends of the pipes to its workers


@dataclass(frozen=True)
class WorkerInfo:
    """Which worker this process is, of how many, with which seed and copy of the data set.

    Torch: torch.utils.data._utils.worker.WorkerInfo
    """

    id: int
    num_workers: int
    seed: int
    dataset: Any
    rng: Any = None
    worker_method: str = "multiprocessing"


_info: WorkerInfo | None = None


def get_worker_info() -> WorkerInfo | None:
    """Which worker of a loader this process is; None in the main process.  Torch: torch.utils.data.get_worker_info"""
    return _info


class Ended:
    """A worker's iterable data set has no more samples."""


class _KeyErrorMessage(str):
    """Text that KeyError, which shows its argument's repr, leaves readable."""

    def __repr__(self) -> str:
        return str(self)


class ExceptionWrapper:
    """An error with its traceback as text, on its way to another process.  Torch: torch._utils.ExceptionWrapper"""

    def __init__(self, exc_info=None, where="in background") -> None:
        kind, error, trace = exc_info or sys.exc_info()
        self.exc_type = kind
        self.exc_msg = "".join(traceback.format_exception(kind, error, trace))
        self.where = where

    def reraise(self):
        """Raise an error of the same type, which tells where it happened."""
        text = f"Caught {self.exc_type.__name__} {self.where}.\nOriginal {self.exc_msg}"
        if self.exc_type is KeyError:
            raise KeyError(_KeyErrorMessage(text))
        if getattr(self.exc_type, "message", None):
            raise self.exc_type(message=text)
        try:
            error = self.exc_type(text)
        except Exception:  # a type that cannot be made from one text
            error = RuntimeError(text)
        raise error from None


class _Pickler(pickle.Pickler):
    """Sends of a tensor's memory only what the tensor shows."""

    def reducer_override(self, value):
        if type(value) is not Tensor or storage_bytes(value) <= value.nbytes:
            return NotImplemented
        small = object.__new__(Tensor)
        vars(small).update(vars(value), _array=kept_copy(value._array), _root=None, _base=None)
        return small.__reduce_ex__(pickle.HIGHEST_PROTOCOL)


def packed(message) -> bytes:
    """A message as bytes."""
    buffer = io.BytesIO()
    _Pickler(buffer, pickle.HIGHEST_PROTOCOL).dump(message)
    return buffer.getvalue()


def work(connection, source, base_seed, init_fn, number, num_workers) -> None:
    """A worker process, from its start to its end."""
    for inherited in copy.copy(OPEN):  # a fork holds its parent's ends, too: they must be closed when the parent closes them
        inherited.close()
    try:
        _answer(connection, source, base_seed, init_fn, number, num_workers)
    except (KeyboardInterrupt, BrokenPipeError, ConnectionResetError):
        pass  # the main process was interrupted as well, or it wants no more


def _answer(connection, source, base_seed, init_fn, number, num_workers) -> None:
    global _info
    where = f"in DataLoader worker process {number}"
    tasks = _tasks(connection)
    set_num_threads(1)
    seed = base_seed + number
    random.seed(seed)
    manual_seed(seed)
    np.random.seed(np.random.SeedSequence([number, base_seed & 0xFFFFFFFF, base_seed >> 32, 0]).generate_state(4))
    _info = WorkerInfo(number, num_workers, seed, source.dataset)
    failed = None
    try:
        if init_fn is not None:
            init_fn(number)
        fetcher = Fetcher(source)
    except Exception:
        failed = ExceptionWrapper(where=where)
    ended = False
    while (task := tasks.get()) is not None:
        task = pickle.loads(task)
        if task == RESUME:
            connection.send_bytes(packed((RESUME, None)))
            fetcher, ended = Fetcher(source), False
            continue
        if ended:
            continue
        at, key = task
        if failed is not None:
            batch, failed = failed, None
        else:
            try:
                batch = fetcher.fetch(key)
            except Exception as error:
                ended = source.iterable and isinstance(error, StopIteration)
                batch = Ended() if ended else ExceptionWrapper(where=where)
        connection.send_bytes(_packed_answer(at, batch, where))
        del batch  # not to be held while waiting


def _packed_answer(at, batch, where) -> bytes:
    """The answer as bytes, or what went wrong when it was made into bytes."""
    try:
        return packed((at, batch))
    except Exception:
        problem = ExceptionWrapper(where=where)
    if isinstance(batch, ExceptionWrapper):  # of a type that no other process can find
        problem = batch
        problem.exc_type = RuntimeError
    return packed((at, problem))


def _tasks(connection) -> SimpleQueue:
    """The tasks as bytes, read by a thread of its own: so the main process never waits to hand one over."""
    tasks: SimpleQueue = SimpleQueue()

    def read():
        task: bytes | None = b""
        while task is not None:
            try:
                task = connection.recv_bytes() or None
            except (EOFError, OSError):  # the main process is gone
                task = None
            tasks.put(task)

    threading.Thread(target=read, name="tasks", daemon=True).start()
    return tasks
