"""Worker processes of the loader: the same batches, numbers and errors as torch's, and no process left behind."""

import gc
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import drawn_samples
import numpy as np
import pytest
import torch
from drawn_samples import DrawnSamples
from hypothesis import given, settings
from hypothesis import strategies as st
from twin import LIBRARIES, plain

import minitorch_np as mt

BOTH = pytest.mark.parametrize("name", ["ours", "torch"])


@pytest.fixture(autouse=True)
def _nobody_is_left():
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "This DataLoader will create")  # more workers than processors, on small machines
        yield
    gc.collect()
    deadline = time.monotonic() + 10
    while multiprocessing.active_children() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert multiprocessing.active_children() == []


class Numbers:
    """Sample i: i, the process's draws, and which worker it is."""

    def __init__(self, name, length=7, fail_at=None, error=ValueError):
        self.name, self.length, self.fail_at, self.error = name, length, fail_at, error

    def __len__(self):
        return self.length

    def __getitem__(self, i):
        lib = LIBRARIES[self.name]
        if i == self.fail_at:
            raise self.error(f"sample {i}")
        info = lib.utils.data.get_worker_info()
        return i, lib.rand(2), random.random(), np.random.rand(), (info.id, info.num_workers, info.seed) if info else None


class Stream:
    """Mixed with each library's IterableDataset below: the numbers below `length`, shared out among the workers."""

    def __init__(self, length, promised=None):
        self.length, self.promised = length, promised

    def __iter__(self):
        info = (mt if isinstance(self, mt.utils.data.IterableDataset) else torch).utils.data.get_worker_info()
        first, step = (info.id, info.num_workers) if info else (0, 1)
        yield from range(first, self.length, step)


class OurStream(Stream, mt.utils.data.IterableDataset):
    pass


class TheirStream(Stream, torch.utils.data.IterableDataset):
    pass


STREAMS = {"ours": OurStream, "torch": TheirStream}


def both(program, seed=0):
    """The program's value in both libraries, and what the default stream gives afterwards."""
    results = {}
    for name, lib in LIBRARIES.items():
        lib.manual_seed(seed)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "This DataLoader will create")
            results[name] = repr((plain(program(lib, lib.utils.data, name)), lib.rand(2).tolist()))
    assert results["ours"] == results["torch"]


@given(
    length=st.integers(1, 12), batch_size=st.none() | st.integers(1, 4), workers=st.integers(1, 3), shuffle=st.booleans(),
    own=st.booleans(), ahead=st.integers(1, 3), persistent=st.booleans(), epochs=st.integers(1, 2),
    seed=st.integers(0, 2**62),
)  # fmt: skip
@settings(max_examples=8, deadline=None)
def test_batches_and_random_numbers(length, batch_size, workers, shuffle, own, ahead, persistent, epochs, seed):
    def program(lib, data, name):
        loader = data.DataLoader(
            Numbers(name, length), batch_size, shuffle, num_workers=workers, prefetch_factor=ahead,
            persistent_workers=persistent, generator=lib.Generator().manual_seed(seed) if own else None,
        )  # fmt: skip
        return len(loader), [[plain(batch) for batch in loader] for _ in range(epochs)]

    both(program, seed)


@given(
    length=st.integers(0, 12), batch_size=st.none() | st.integers(1, 4), workers=st.integers(1, 3), drop=st.booleans(),
    persistent=st.booleans(), ahead=st.integers(1, 3),
)  # fmt: skip
@settings(max_examples=8, deadline=None)
def test_streams(length, batch_size, workers, drop, persistent, ahead):
    def program(lib, data, name):
        loader = data.DataLoader(
            STREAMS[name](length), batch_size, drop_last=drop and batch_size is not None, num_workers=workers,
            persistent_workers=persistent, prefetch_factor=ahead,
        )  # fmt: skip
        return [[plain(batch) for batch in loader] for _ in range(2)]

    both(program)


def doubled(batch):
    return [2 * sample[0] for sample in batch]


def draw_first(worker):
    """An init function: what it draws shifts the worker's stream."""
    for lib in LIBRARIES.values():
        lib.rand(worker + 1)


def test_start_methods():
    """However the workers are started, the batches are the same (and those of fork are torch's)."""
    seen = []
    for method in ("fork", "spawn", "forkserver"):
        mt.manual_seed(0)
        loader = mt.utils.data.DataLoader(
            DrawnSamples(),
            2,
            num_workers=2,
            multiprocessing_context=method,
            worker_init_fn=drawn_samples.draw_first,
            timeout=60,
        )
        seen.append(repr([plain(batch) for batch in loader]))
    assert seen[0] == seen[1] == seen[2]


def test_init_function_and_collation():
    both(lambda lib, data, name: list(data.DataLoader(Numbers(name), 2, num_workers=2, collate_fn=doubled)))
    both(lambda lib, data, name: list(data.DataLoader(Numbers(name), 2, num_workers=2, worker_init_fn=draw_first)))


def test_out_of_order():
    for name, lib in LIBRARIES.items():
        loader = lib.utils.data.DataLoader(Numbers(name, 9), 2, num_workers=2, in_order=False, collate_fn=doubled)
        assert sorted(sum(loader, [])) == list(range(0, 18, 2))


class TwoArguments(Exception):
    def __init__(self, first, second=None):
        if second is None:
            raise TypeError("two, please")


class Peculiar(Exception):
    message = "it has one"

    def __init__(self, message=None):
        super().__init__(message)


def refuse(worker):
    raise ValueError("no")


def give_two(i):
    raise TwoArguments(1, 2)


@pytest.mark.parametrize("error", [ValueError, KeyError, IndexError, Peculiar, StopIteration, OSError])
def test_errors_of_a_worker(error):
    """Same type and text, but for the lines of the traceback; the batches before and after arrive."""

    def program(lib, data, name):
        seen = []
        batches = iter(data.DataLoader(Numbers(name, 6, 2, error), 1, num_workers=2, collate_fn=doubled))
        for _ in range(7):  # the last one finds the end: torch's workers, left to the collector, take seconds to go
            try:
                seen.append(next(batches))
            except Exception as caught:
                text = str(caught).splitlines()
                seen.append((type(caught).__name__, text[:2], text[-1:]))
        return seen

    both(program)


def test_errors_of_other_kinds():
    def init(lib, data, name):
        with pytest.raises(ValueError, match="no") as caught:
            list(data.DataLoader(Numbers(name), num_workers=1, worker_init_fn=refuse))
        return str(caught.value).splitlines()[0]

    def made_of_two(lib, data, name):
        loader = data.DataLoader([1], None, num_workers=1, collate_fn=give_two)
        with pytest.raises(RuntimeError, match="Caught TwoArguments in DataLoader worker process 0."):
            next(iter(loader))

    both(init)
    both(made_of_two)


def test_what_cannot_be_sent_is_an_error():
    """Torch's worker prints a traceback and the loader waits for ever; ours tells."""
    loader = mt.utils.data.DataLoader([1], None, num_workers=1, collate_fn=lambda sample: lambda: sample)
    with pytest.raises(Exception, match=r"(?s)Caught \w+ in DataLoader worker process 0.*ickle"):
        next(iter(loader))

    class Local(Exception):
        pass

    def fail(sample):
        raise Local("text")

    with pytest.raises(RuntimeError, match="Caught RuntimeError in(?s:.)*Local: text"):
        next(iter(mt.utils.data.DataLoader([1], None, num_workers=1, collate_fn=fail)))


class Slow:
    def __init__(self, seconds):
        self.seconds = seconds

    def __len__(self):
        return 4

    def __getitem__(self, i):
        time.sleep(self.seconds)
        return i


class Deadly(Slow):
    def __getitem__(self, i):
        os._exit(3)


@BOTH
def test_a_worker_that_is_late_or_dies(name):
    data = LIBRARIES[name].utils.data
    batches = iter(data.DataLoader(Slow(1.5), num_workers=1, timeout=0.2 if name == "ours" else 1))
    with pytest.raises(RuntimeError, match=r"^DataLoader timed out after [\d.]+ seconds$"):
        next(batches)
    del batches
    with pytest.raises(RuntimeError, match=r"DataLoader worker \(pid\(s\) \d+\) exited unexpectedly"):
        list(data.DataLoader(Deadly(0), num_workers=1))


class Big:
    """Samples larger than what a pipe holds, of a view of something larger still."""

    def __init__(self):
        self.all = mt.arange(1_000_000).reshape(4, -1)

    def __len__(self):
        return 4

    def __getitem__(self, i):
        return self.all[i]


def test_large_batches_and_leaving_early():
    whole = mt.utils.data.DataLoader(Big(), None, num_workers=2)
    assert [batch[0].item() for batch in whole] == [0, 250_000, 500_000, 750_000]
    first = next(iter(whole))
    assert first.untyped_storage().nbytes() == first.nbytes  # of a view only what it shows travels
    started = time.monotonic()
    for _ in whole:
        break
    gc.collect()
    assert multiprocessing.active_children() == []
    assert time.monotonic() - started < 4, "a worker that was sending had to be terminated"


def test_persistent_workers_go_on_after_an_early_end():
    loader = mt.utils.data.DataLoader(Numbers("ours", 8), 2, num_workers=2, persistent_workers=True, collate_fn=doubled)
    pids = []
    for _ in range(3):
        next(iter(loader))
        pids.append(sorted(child.pid for child in multiprocessing.active_children()))
        assert list(loader) == [[0, 2], [4, 6], [8, 10], [12, 14]]
    assert pids[0] == pids[1] == pids[2]
    assert len(pids[0]) == 2


def test_two_loaders_at_once():
    """Workers forked later hold no end of an older loader's pipes: each loader ends at once."""
    data = mt.utils.data
    started = time.monotonic()
    pairs = zip(data.DataLoader(range(6), 2, num_workers=1), data.DataLoader(range(6), 2, num_workers=1))
    assert [(a.tolist(), b.tolist()) for a, b in pairs] == [([0, 1],) * 2, ([2, 3],) * 2, ([4, 5],) * 2]
    del pairs
    gc.collect()
    assert time.monotonic() - started < 4


def test_tensors_that_require_grad_and_parameters():
    samples = [mt.ones(2, requires_grad=True), mt.nn.Parameter(mt.ones(2)), mt.arange(4.0)[1:3].t()]
    back = list(mt.utils.data.DataLoader(samples, None, num_workers=1))
    assert [type(b).__name__ for b in back] == ["Tensor", "Parameter", "Tensor"]
    assert [b.requires_grad for b in back] == [True, True, False]


PROGRAM = """
import time, sys
import minitorch_np as mt
class Slow:
    def __len__(self): return 100
    def __getitem__(self, i): time.sleep(0.05); return i
if __name__ == "__main__":
    loader = mt.utils.data.DataLoader(Slow(), num_workers=2, persistent_workers={persistent})
    batches = iter(loader)
    next(batches)
    print(*[worker.process.pid for worker in batches._workers], flush=True)
    {end}
"""


@pytest.mark.parametrize(
    ("end", "persistent", "signalled", "code"),
    [
        ("for _ in batches: pass", False, signal.SIGINT, None),  # interrupted
        ("for _ in batches: pass", True, signal.SIGKILL, None),  # killed: the workers notice
        ("sys.exit(5)", True, None, 5),  # the program's end
        ("raise ValueError", False, None, 1),
    ],
)
def test_no_worker_outlives_the_program(tmp_path, end, persistent, signalled, code):
    script = tmp_path / "program.py"
    script.write_text(PROGRAM.format(end=end, persistent=persistent))
    program = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
    )  # fmt: skip
    with program:
        pids = [int(pid) for pid in program.stdout.readline().split()]
        assert len(pids) == 2
        if signalled:
            program.send_signal(signalled)
        program.wait(20)
        if code is not None:
            assert program.returncode == code
        program.stdout.read(), program.stderr.read()
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text() for pid in pids)


@pytest.mark.parametrize(
    "options",
    [
        {"num_workers": -1}, {"num_workers": 1, "prefetch_factor": -1}, {"prefetch_factor": 2}, {"persistent_workers": True},
        {"num_workers": 1, "timeout": -1}, {"num_workers": 1, "multiprocessing_context": "nonsense"},
        {"num_workers": 1, "multiprocessing_context": 3}, {"multiprocessing_context": "spawn"}, {"num_workers": 1000},
    ],
    ids=str,
)  # fmt: skip
def test_options_that_are_refused(options):
    def program(data):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                iter(data.DataLoader([1], **options))
            except Exception as error:
                return type(error).__name__, str(error)

    ours, theirs = program(mt.utils.data), program(torch.utils.data)
    assert ours == theirs is not None


def test_what_cannot_be_given_to_a_worker():
    texts = []
    for lib in LIBRARIES.values():
        loader = lib.utils.data.DataLoader(range(3), num_workers=1, collate_fn=lambda x: x, multiprocessing_context="spawn")
        with pytest.warns(UserWarning) as caught, pytest.raises(AttributeError, match="Can't pickle local object"):
            iter(loader)
        texts.append(str(caught[0].message))
    assert texts[0] == texts[1]


def test_no_prefetching_at_all():
    with pytest.raises(AssertionError, match="prefetch_factor must be greater than 0"):  # torch says so, too
        iter(mt.utils.data.DataLoader([1], num_workers=1, prefetch_factor=0))


def test_attributes():
    for data in (mt.utils.data, torch.utils.data):
        loader = data.DataLoader([1], num_workers=1, multiprocessing_context="spawn", pin_memory=False)
        assert loader.prefetch_factor == 2
        assert loader.multiprocessing_context.get_start_method() == "spawn"
        assert data.get_worker_info() is None
        assert len(loader) == 1


@BOTH
def test_a_stream_longer_than_promised(name):
    class Liar(STREAMS[name]):
        def __len__(self):
            return 1

    data = LIBRARIES[name].utils.data
    loader = data.DataLoader(Liar(2), num_workers=1)
    assert len(loader) == 1
    with pytest.warns(UserWarning, match="but 2 samples have been fetched. For multiprocessing data-loading, this could"):
        list(loader)
