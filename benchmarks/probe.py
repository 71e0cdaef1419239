"""Start-up and memory, each measured in a process of its own."""

import json
import os
import subprocess
import sys
import tempfile

MEMORY = """
import importlib, json, resource, sys
t = importlib.import_module(sys.argv[1])
t.set_num_threads(int(sys.argv[2]))
from benchmarks.cases import CASES
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
step = CASES["training step: cnn"](t)
before = peak()
for _ in range(3):
    step(True)
print(json.dumps({"before": before, "peak": peak()}))
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
    """MiB of resident memory, before and at the peak of three CNN steps, per library.

    The peak counts the whole process: interpreter, libraries, data, weights and the step's own arrays.
    """
    return {library: _ask(MEMORY, library, threads) for library in ("minitorch_np", "torch")}


def start(threads: int) -> dict[str, dict]:
    """Seconds of the import and of the first CNN step: ours with an empty and a filled kernel cache, and torch's."""
    with tempfile.TemporaryDirectory() as cache:
        cold = _ask(START, "minitorch_np", threads, NUMBA_CACHE_DIR=cache)
        warm = _ask(START, "minitorch_np", threads, NUMBA_CACHE_DIR=cache)
    return {"minitorch_np, cold": cold, "minitorch_np, warm": warm, "torch": _ask(START, "torch", threads)}
