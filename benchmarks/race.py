"""The race: two worker processes take turns; rounds in which torch's own time drifts are thrown away."""

import json
import subprocess
import sys
import time
from dataclasses import dataclass

import numpy as np

from .cases import CASES
from .load import busy_share

LIBRARIES = ("minitorch_np", "torch")
DRIFT = 1.35  # a round counts if torch's time is within this factor of its best
REST = 0.02  # seconds: torch's threads spin for a while after their work
TOLERANCE = 5e-3  # of the summaries; exactness is what the tests are for


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


def race(workers: dict[str, Worker], name: str, backward: bool, rounds: int) -> Row:
    """Time one case in turns."""
    times = {library: [] for library in LIBRARIES}
    busy = busy_share(0.1)
    for number in range(rounds):
        for library in LIBRARIES if number % 2 else LIBRARIES[::-1]:
            times[library].append(workers[library].ask(time=name, backward=backward))
            time.sleep(REST)
    ours, theirs = (np.array(times[library]) for library in LIBRARIES)
    kept = theirs <= DRIFT * theirs.min()
    ratios = theirs[kept] / ours[kept]
    low, middle, high = np.percentile(ratios, [25, 50, 75])
    return Row(
        name, "forward+backward" if backward else "forward", float(np.median(ours[kept])), float(np.median(theirs[kept])),
        float(middle), float(low), float(high), int(kept.sum()), int((~kept).sum()), float(busy),
    )  # fmt: skip


def check(workers: dict[str, Worker], name: str) -> None:
    """Build the case in both processes and hold their results against each other.

    Raises: RuntimeError if they differ: a fast wrong answer wins no race.
    """
    ours, theirs = (np.array(workers[library].ask(make=name)) for library in LIBRARIES)
    scale = np.abs(theirs).max(axis=1, keepdims=True)
    if np.any(np.abs(ours - theirs) > TOLERANCE * scale):
        raise RuntimeError(f"{name}: the libraries disagree: {ours.tolist()} and {theirs.tolist()}")


def run(names: list[str], threads: int, rounds: int, on_row=lambda row: None) -> list[Row]:
    """All cases, forward and forward+backward."""
    workers = {library: Worker(library, threads) for library in LIBRARIES}
    rows = []
    try:
        for name in names:
            check(workers, name)
            modes = (True,) if name.startswith(("training", "SGD", "Adam")) else (False, True)
            for backward in modes:
                rows.append(race(workers, name, backward, rounds))
                on_row(rows[-1])
    finally:
        for worker in workers.values():
            worker.close()
    return rows


def known(part: str | None) -> list[str]:
    """The cases whose name contains `part`."""
    return [name for name in CASES if part is None or part in name]
