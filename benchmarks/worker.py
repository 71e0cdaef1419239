"""One library's process: reads commands, one JSON line each, runs them, answers with one JSON line.

{"make": name, "into": path}        build the case, write its results (output, gradients) to an .npz file
{"time": name, "backward": bool}    answer with seconds per call
"""

import contextlib
import importlib
import json
import sys
import time

import numpy as np

from .cases import CASES

BUDGET = 0.2  # seconds that one answer takes, about: waking up from the pause before it must not weigh


def _write_results(step, path: str) -> None:
    """Everything that one forward and one forward and backward give."""
    results = {
        f"{mode} {number}": np.array(tensor.detach().numpy())
        for mode, backward in (("forward", False), ("backward", True))
        for number, tensor in enumerate(step(backward))
    }
    np.savez(path, **results)


def _seconds(step, backward: bool) -> float:
    """Median seconds of a call, over as many as fit the budget."""
    step(backward)
    times: list[float] = []
    started = time.perf_counter()
    while len(times) < 3 or time.perf_counter() - started < BUDGET:
        begun = time.perf_counter()
        step(backward)
        times.append(time.perf_counter() - begun)
    return float(np.median(times))


def main(library: str, threads: int) -> None:
    t = importlib.import_module(library)
    t.set_num_threads(threads)
    steps = {}
    answer = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):
        for line in sys.stdin:
            command = json.loads(line)
            if "make" in command:
                step = steps[command["make"]] = CASES[command["make"]](t)
                _write_results(step, command["into"])
                result = "made"
            else:
                result = _seconds(steps[command["time"]], command["backward"])
            print(json.dumps(result), file=answer, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
