"""Start-up and memory, each measured in a process of its own."""

import json
import os
import statistics
import subprocess
import sys
import tempfile

REPEATS = 5

MEMORY = """
import importlib, json, sys
t = importlib.import_module(sys.argv[1])
t.set_num_threads(int(sys.argv[2]))
from benchmarks.cases import training_step
def resident(field):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(field)) / 1024
step = training_step("cnn")(t)
small = training_step("cnn", batch=4)(t)
small(True), small(True)
before = resident("VmRSS:")
with open("/proc/self/clear_refs", "w") as file:
    file.write("5")  # the high-water mark starts again from here
for _ in range(3):
    step(True)
print(json.dumps({"before": before, "step": resident("VmHWM:") - before}))
"""

START = """
import json, sys, time
begun = time.perf_counter()
import importlib
t = importlib.import_module(sys.argv[1])
imported = time.perf_counter() - begun
t.set_num_threads(int(sys.argv[2]))
from benchmarks.cases import CASES
step = CASES["training step: cnn"](t)
begun = time.perf_counter()
step(True)
print(json.dumps({"import": imported, "first step": time.perf_counter() - begun}))
"""


def _ask(program: str, library: str, threads: int, **environment) -> dict:
    done = subprocess.run(
        [sys.executable, "-c", program, library, str(threads)],
        env=os.environ | environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


def memory(threads: int) -> dict[str, dict]:
    """MiB of resident memory per library: what a process has before a CNN step, and what three steps add at most.

    Two steps with 4 images come first, so that libraries, compiled kernels and optimiser state count as "before" in
    both; "step" is then what the step itself allocates.  The median of `REPEATS` processes: torch's differs from one
    to the next.  Empty where there is no /proc to ask.
    """
    if not os.path.exists("/proc/self/clear_refs"):
        return {}
    answers = {library: [_ask(MEMORY, library, threads) for _ in range(REPEATS)] for library in ("minitorch_np", "torch")}
    return {
        library: {key: statistics.median(answer[key] for answer in found) for key in ("before", "step")}
        for library, found in answers.items()
    }


def start(threads: int) -> dict[str, dict]:
    """Seconds of the import and of the first CNN step: ours with an empty and a filled kernel cache, and torch's."""
    with tempfile.TemporaryDirectory() as cache:
        cold = _ask(START, "minitorch_np", threads, NUMBA_CACHE_DIR=cache)
        warm = _ask(START, "minitorch_np", threads, NUMBA_CACHE_DIR=cache)
    return {"minitorch_np, cold": cold, "minitorch_np, warm": warm, "torch": _ask(START, "torch", threads)}
