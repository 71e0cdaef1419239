"""The race: worker processes take turns; rounds in which torch's own time drifts are thrown away."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from .cases import CASES, WHOLE
from .load import Watch

LIBRARIES = ("minitorch_np", "torch")
COMPILED = "torch.compile"  # the third, where it is wanted: torch's own compiler, in a process of its own
DRIFT = 1.35  # a round counts if torch's time is within this factor of its best
REST = 0.02  # seconds: torch's threads spin for a while after their work
# Of an array's largest magnitude; exactness is what the tests are for.
TOLERANCE = {"float32": 1e-4, "float64": 1e-12}
# Of the largest magnitude of all arrays of the case: a convolution's bias in front of batch norm has gradient zero, and
# both libraries give rounding noise for it.
NOISE = {"float32": 1e-5, "float64": 1e-13}
DRAWN = {"dropout"}  # torch.compile draws numbers of its own there


class Worker:
    """A process with one library."""

    def __init__(self, library: str, threads: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", library, str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, **command):
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps(command), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the worker stopped at {command}")
        return json.loads(line)

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


@dataclass
class Row:
    """One case: median seconds of each library, the median of the rounds' ratios torch / ours, and their quartiles.

    `compiled` is torch.compile's time, `compiled_ratio` its time over ours; None without it.  `samples` has every
    round's seconds, those thrown away too.
    """

    name: str
    mode: str
    dtype: str
    threads: int
    ours: float
    torch: float
    ratio: float
    low: float
    high: float
    rounds: int
    thrown_away: int
    busy: float
    compiled: float | None = None
    compiled_ratio: float | None = None
    samples: dict[str, list[float]] = field(default_factory=dict)


def race(
    workers: dict[str, Worker], name: str, backward: bool, rounds: int, wait=lambda: 0.0, dtype="float32", threads=1
) -> Row:
    """Time one case in turns.

    `wait` looks at the load before every round; rounds thrown away are repeated, up to `rounds` of them.
    """
    order = list(workers)
    times: dict[str, list[float]] = {library: [] for library in order}
    busy = 0.0
    kept = np.zeros(0, bool)
    while kept.sum() < rounds and len(kept) < 2 * rounds:
        busy = max(busy, wait())
        order.append(order.pop(0))  # another one begins
        for library in order:
            times[library].append(workers[library].ask(time=name, backward=backward))
            time.sleep(REST)
        theirs = np.array(times["torch"])
        kept = theirs <= DRIFT * theirs.min()
    ours = np.array(times["minitorch_np"])
    ratios = theirs[kept] / ours[kept]
    low, middle, high = np.percentile(ratios, [25, 50, 75])
    mode = "whole" if name in WHOLE else "forward+backward" if backward else "forward"
    row = Row(
        name, mode, dtype, threads, float(np.median(ours[kept])), float(np.median(theirs[kept])),
        float(middle), float(low), float(high), int(kept.sum()), int((~kept).sum()), float(busy), samples=times,
    )  # fmt: skip
    if COMPILED in times:
        compiled = np.array(times[COMPILED])[kept]
        row.compiled, row.compiled_ratio = float(np.median(compiled)), float(np.median(compiled / ours[kept]))
    return row


def check(workers: dict[str, Worker], name: str, dtype: str = "float32") -> str | None:
    """Build the case in every process and hold every element of every result against torch's.

    Returns what torch.compile says where it cannot compile the case, or gives other results.
    Raises: RuntimeError if ours differ: a fast wrong answer wins no race.
    """
    refused = None
    with tempfile.TemporaryDirectory() as folder:
        results = {}
        for library, worker in workers.items():
            path = str(Path(folder) / f"{library}.npz")
            answer = worker.ask(make=name, dtype=dtype, into=path)
            if answer != "made":
                refused = answer
                continue
            with np.load(path) as file:
                results[library] = dict(file)
    compare(name, results["minitorch_np"], results["torch"], dtype)
    if COMPILED in results:
        try:
            compare(name, results[COMPILED], results["torch"], dtype, drawn=name in DRAWN)
        except RuntimeError as error:
            refused = str(error)
    return refused


def compare(name: str, ours: dict, theirs: dict, dtype: str = "float32", drawn: bool = False) -> None:
    """Of drawn numbers only the share of zeros is compared.

    Raises: RuntimeError that names the first array that differs in shape, dtype or value.
    """
    if ours.keys() != theirs.keys():
        raise RuntimeError(f"{name}: the libraries disagree about what there is: {list(ours)} and {list(theirs)}")
    largest = max(np.abs(b).max(initial=0) for b in theirs.values())
    for key, b in theirs.items():
        a = ours[key]
        if a.shape != b.shape or a.dtype != b.dtype:
            raise RuntimeError(f"{name}: the libraries disagree: {key} is {a.dtype}{a.shape} and {b.dtype}{b.shape}")
        if drawn:
            worst, bound = abs((a == 0).mean() - (b == 0).mean()), 0.01
        else:
            worst, bound = np.abs(a - b).max(initial=0), TOLERANCE[dtype] * np.abs(b).max(initial=0) + NOISE[dtype] * largest
        if not worst <= bound:  # NaN included
            raise RuntimeError(f"{name}: the libraries disagree: {key} by {worst:.2e}, more than {bound:.2e}")


@dataclass
class Plan:
    """How a race is run."""

    threads: int
    rounds: int
    compiled: bool = False
    wait: Callable[[], float] = field(default_factory=lambda: Watch(300.0))


def run(names: list[str], plan: Plan, dtypes, on_row: Callable[[Row], None], say=print) -> dict[str, str]:
    """All cases in each dtype, forward and forward+backward or as a whole; returns what multiplies matrices in each library.

    Raises: RuntimeError where ours gives other results than torch, or a worker stops.
    """
    workers = {library: Worker(library, plan.threads) for library in (*LIBRARIES, *([COMPILED] if plan.compiled else []))}
    try:
        for dtype in dtypes:
            for name in names:
                refused = check(workers, name, dtype)
                if refused is not None:
                    say(f"without torch.compile: {refused}")
                runners = {who: worker for who, worker in workers.items() if refused is None or who != COMPILED}
                for backward in (True,) if name in WHOLE else (False, True):
                    on_row(race(runners, name, backward, plan.rounds, plan.wait, dtype, plan.threads))
        return {library: worker.ask(about=True) for library, worker in workers.items() if library != COMPILED}
    finally:
        for worker in workers.values():
            worker.close()


def known(part: str | None) -> list[str]:
    """The cases whose name contains `part`."""
    return [name for name in CASES if part is None or part in name]
