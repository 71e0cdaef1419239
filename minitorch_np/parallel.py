"""The one thread pool: `split` and `share` hand the outermost axis of a kernel's work to Python threads.

Kernels are serial and release the GIL; BLAS is held at one thread.  (Two pools that both spin
while idle, Numba's or OpenMP's beside OpenBLAS's, made the same convolution 10 to 100 times slower.)
"""

import atexit
import os
import threading

import numpy as np

from .quiet import restore, silence
from .workers import Worker

_threads = max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
_pool: list[Worker] = []
_lines = np.zeros((1, 32), np.int64)  # a row for each of the pool's threads: what they read while they wait (workers.py)
BOX = 128
_box = np.zeros(BOX, np.int64)  # the arguments of the kernel that is handed out
_busy = threading.Lock()  # held while the pool works: who comes meanwhile, from another thread or from inside, works alone
_blas_limit = None  # threadpoolctl's limiter; kept alive, because BLAS stays limited

# A share is never cut finer than this many equal parts, whatever the number of threads: so the parts,
# and with them every rounding, depend on the extent alone.
MAX_PARTS = 16

COPY = 1 << 17  # elements whose copy is worth a thread's while


def set_num_threads(number: int) -> None:
    """Use `number` threads in compiled kernels.

    Raises: RuntimeError for anything but a positive integer.
    Torch: torch.set_num_threads
    """
    global _threads
    if not isinstance(number, int) or isinstance(number, bool):
        raise RuntimeError(f"set_num_threads expects an int, but got {type(number).__name__}")
    if number <= 0:
        raise RuntimeError("set_num_threads expects a positive integer")
    if number != _threads:
        _dismiss()
        _threads = number


def get_num_threads() -> int:
    """The number of threads that compiled kernels use.  Torch: torch.get_num_threads"""
    return _threads


def limit_blas() -> None:
    """Hold BLAS at one thread, once per process: our own pool shares out the work around it."""
    global _blas_limit
    if _blas_limit is None:
        from threadpoolctl import threadpool_limits

        _blas_limit = threadpool_limits(limits=1, user_api="blas")
        _keep_freed_memory()


def _keep_freed_memory() -> None:
    """Ask the C library to keep freed memory for the next array instead of returning it to the system.

    A training step allocates and frees the same few large arrays again and again; getting each back from the
    system, page by page, was a fifth of the step's time.  Where there is no glibc nothing happens.
    """
    import ctypes

    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):
        return
    mallopt(-3, 32 << 20)  # M_MMAP_THRESHOLD: up to its largest value, arrays come from the heap,
    mallopt(-1, 2**31 - 1)  # M_TRIM_THRESHOLD: which is not trimmed


def parts(extent: int, grain: int = 1) -> list[tuple[int, int]]:
    """Cut range(extent) into at most MAX_PARTS runs of at least `grain`; depends on the arguments only.

    Their number is a power of two: so each thread gets as many as the other.
    """
    count = 1 << (max(1, min(MAX_PARTS, extent // max(1, grain))).bit_length() - 1)
    return [(i * extent // count, (i + 1) * extent // count) for i in range(count)]


def split(work, extent: int, grain: int = 1) -> None:
    """Call `work(start, stop)` over all of range(extent), part by part, on the pool's threads.

    `grain` is the least number of items worth a part of its own: an extent below two grains runs
    inline, as one part.  `work` must release the GIL to gain anything, must write only what belongs to its
    own items, and must combine partial sums (if any) in order afterwards: then results are
    bit-identical for every number of threads.  NumPy's floating point warnings are off inside.
    """
    _run(work, parts(extent, grain))


def share(work, extent: int, grain: int = 1) -> None:
    """Like `split`, for items that do not depend on their company: each thread gets one run of them.

    Fewer and longer runs cost less than parts.  Not for matrix products, whose rounding depends on their size.
    """
    count = max(1, min(_threads, extent // max(1, grain)))
    if count == 1:
        limit_blas()
        settings = silence()
        try:
            return work(0, extent)
        finally:
            restore(settings)
    _run(work, [(i * extent // count, (i + 1) * extent // count) for i in range(count)])


def copy(to: np.ndarray, source: np.ndarray) -> None:
    """to[...] = source (broadcast to it), on all threads where that is worth their while."""
    if to.size < 2 * COPY:
        to[...] = source
        return
    axis = next(a for a, n in enumerate(to.shape) if n > 1)
    to, source = to.swapaxes(0, axis), np.broadcast_to(source, to.shape).swapaxes(0, axis)

    def rows(start, stop):
        to[start:stop] = source[start:stop]

    share(rows, len(to), max(1, COPY // (to.size // len(to))))


def _run(work, runs) -> None:
    limit_blas()
    queue = iter(runs)  # whoever is free takes the next run

    def lane():
        settings = silence()  # they belong to a thread: the pool's threads do not inherit the caller's
        try:
            for start, stop in queue:
                work(start, stop)
        finally:
            restore(settings)

    helpers = min(_threads, len(runs)) - 1
    if helpers == 0 or not _busy.acquire(blocking=False):
        lane()
        return
    try:
        _fill_pool(helpers)
        for worker in _pool[:helpers]:
            worker.start(lane)
        try:
            lane()  # the calling thread works too
        finally:
            errors = [worker.result() for worker in _pool[:helpers]]
    except KeyboardInterrupt:
        _abandon()
        raise
    finally:
        _busy.release()
    for error in errors:
        if error is not None:
            raise error


def hand_out(kernel, extent: int, grain: int, *arguments) -> None:
    """kernel(lines, box, extent, *arguments): `share` for a kernel that hands its items out itself (compiled/_jobs.py)."""
    limit_blas()
    helpers = min(_threads, extent // max(1, grain)) - 1
    settings = silence()
    try:
        if helpers < 1 or not _busy.acquire(blocking=False):
            kernel(_lines[:0], np.empty_like(_box), extent, *arguments)
            return
        try:
            _fill_pool(helpers)
            for worker in _pool[:helpers]:
                worker.rouse()
                worker.tickets += 1
            kernel(_lines[:helpers], _box, extent, *arguments)
        except KeyboardInterrupt:
            _abandon()
            raise
        finally:
            _busy.release()
    finally:
        restore(settings)


def _abandon() -> None:
    """A worker may still be at it: leave it alone for ever, and its memory to it."""
    global _lines, _box
    _pool.clear()
    _lines, _box = np.zeros_like(_lines), np.empty_like(_box)


def _fill_pool(helpers: int) -> None:
    global _lines
    if len(_pool) < helpers:
        if len(_lines) < helpers:
            _dismiss_all()
            _lines = np.zeros((helpers, 32), np.int64)
        while len(_pool) < helpers:
            _pool.append(Worker(_lines[len(_pool)]))


@atexit.register
def _dismiss() -> None:
    """End the pool's threads; the next kernel that wants some starts new ones."""
    with _busy:
        _dismiss_all()


def _dismiss_all() -> None:
    while _pool:
        _pool.pop().stop()


def _forget_pool() -> None:
    """A forked process has no threads but its own: it makes a new pool when it needs one."""
    global _busy
    _pool.clear()
    _busy = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_pool)
