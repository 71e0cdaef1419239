"""The race: two worker processes take turns; rounds in which torch's own time drifts are thrown away."""

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .cases import CASES, WHOLE
from .load import Watch

LIBRARIES = ("minitorch_np", "torch")
DRIFT = 1.35  # a round counts if torch's time is within this factor of its best
REST = 0.02  # seconds: torch's threads spin for a while after their work
TOLERANCE = 1e-4  # of an array's largest magnitude; exactness is what the tests are for
# A convolution's bias in front of batch norm has gradient zero, and both libraries give rounding noise for it:
NOISE = 1e-5  # of the largest magnitude of all arrays of the case


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
    """One case: median seconds of each library, the median of the rounds' ratios torch / ours, and their quartiles."""

    name: str
    mode: str
    ours: float
    torch: float
    ratio: float
    low: float
    high: float
    rounds: int
    thrown_away: int
    busy: float


def race(workers: dict[str, Worker], name: str, backward: bool, rounds: int, wait=lambda: 0.0) -> Row:
    """Time one case in turns.

    `wait` looks at the load before every round; rounds thrown away are repeated, up to `rounds` of them.
    """
    times: dict[str, list[float]] = {library: [] for library in LIBRARIES}
    busy = 0.0
    kept = np.zeros(0, bool)
    while kept.sum() < rounds and len(kept) < 2 * rounds:
        busy = max(busy, wait())
        for library in LIBRARIES if len(kept) % 2 else LIBRARIES[::-1]:
            times[library].append(workers[library].ask(time=name, backward=backward))
            time.sleep(REST)
        theirs = np.array(times["torch"])
        kept = theirs <= DRIFT * theirs.min()
    ours = np.array(times["minitorch_np"])
    ratios = theirs[kept] / ours[kept]
    low, middle, high = np.percentile(ratios, [25, 50, 75])
    mode = "whole" if name in WHOLE else "forward+backward" if backward else "forward"
    return Row(
        name, mode, float(np.median(ours[kept])), float(np.median(theirs[kept])),
        float(middle), float(low), float(high), int(kept.sum()), int((~kept).sum()), float(busy),
    )  # fmt: skip


def check(workers: dict[str, Worker], name: str) -> None:
    """Build the case in both processes and hold every element of every result against the other's.

    Raises: RuntimeError if they differ: a fast wrong answer wins no race.
    """
    with tempfile.TemporaryDirectory() as folder:
        results = {}
        for library in LIBRARIES:
            path = str(Path(folder) / f"{library}.npz")
            workers[library].ask(make=name, into=path)
            with np.load(path) as file:
                results[library] = dict(file)
    compare(name, *results.values())


def compare(name: str, ours: dict, theirs: dict) -> None:
    """Raises: RuntimeError that names the first array that differs in shape, dtype or value."""
    if ours.keys() != theirs.keys():
        raise RuntimeError(f"{name}: the libraries disagree about what there is: {list(ours)} and {list(theirs)}")
    largest = max(np.abs(b).max(initial=0) for b in theirs.values())
    for key, b in theirs.items():
        a = ours[key]
        if a.shape != b.shape or a.dtype != b.dtype:
            raise RuntimeError(f"{name}: the libraries disagree: {key} is {a.dtype}{a.shape} and {b.dtype}{b.shape}")
        bound = TOLERANCE * np.abs(b).max(initial=0) + NOISE * largest
        worst = np.abs(a - b).max(initial=0)
        if not worst <= bound:  # NaN included
            raise RuntimeError(f"{name}: the libraries disagree: {key} by {worst:.2e}, more than {bound:.2e}")


def run(names: list[str], threads: int, rounds: int, on_row=lambda row: None, limit: float = 300.0) -> list[Row]:
    """All cases: forward and forward+backward, or as a whole."""
    workers = {library: Worker(library, threads) for library in LIBRARIES}
    wait = Watch(limit)
    rows = []
    try:
        for name in names:
            check(workers, name)
            for backward in (True,) if name in WHOLE else (False, True):
                rows.append(race(workers, name, backward, rounds, wait))
                on_row(rows[-1])
    finally:
        for worker in workers.values():
            worker.close()
    return rows


def known(part: str | None) -> list[str]:
    """The cases whose name contains `part`."""
    return [name for name in CASES if part is None or part in name]
