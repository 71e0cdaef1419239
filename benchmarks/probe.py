"""Start-up and memory, each measured in a process of its own."""

import json
import os
import statistics
import subprocess
import sys
import tempfile

from .cases import STEPS

REPEATS = 5
LIBRARIES = ("minitorch_np", "torch")

MEMORY = """
import importlib, json, sys
t = importlib.import_module(sys.argv[1])
t.set_num_threads(int(sys.argv[2]))
from benchmarks.cases import CASES
def resident(field):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(field)) / 1024
def free():  # what the allocator keeps for later goes back to the system
    import ctypes, gc
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except AttributeError:
        pass  # another C library
imported = resident("VmRSS:")
make = CASES[sys.argv[3]]
make(t)(True)  # libraries and kernels are loaded
free()
step = make(t)
before = resident("VmRSS:")
with open("/proc/self/clear_refs", "w") as file:
    file.write("5")  # the high-water mark starts again from here
for _ in range(3):
    step(True)
peak = resident("VmHWM:")
print(json.dumps({"imported": imported, "before": before, "step": peak - before, "peak": peak}))
"""

START = """
import json, sys, time
begun = time.perf_counter()
import importlib
t = importlib.import_module(sys.argv[1])
imported = time.perf_counter() - begun
t.set_num_threads(int(sys.argv[2]))
from benchmarks.cases import CASES
begun = time.perf_counter()
step = CASES[sys.argv[3]](t)
built = time.perf_counter() - begun
begun = time.perf_counter()
step(True)
print(json.dumps({"import": imported, "model": built, "first step": time.perf_counter() - begun}))
"""


def _ask(program: str, library: str, threads: int, case: str, **environment) -> dict:
    done = subprocess.run(
        [sys.executable, "-c", program, library, str(threads), case],
        env=os.environ | environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


def _medians(answers: list[dict]) -> dict[str, float]:
    return {key: statistics.median(answer[key] for answer in answers) for key in answers[0]}


def memory(threads: int, repeats: int = REPEATS, part: str | None = None) -> dict[str, dict]:
    """MiB of resident memory per step and library: what a process has before it, and what three steps add at most.

    {case: {library: {"imported", "before", "step", "peak"}}}, medians of `repeats` processes: torch's differs from one to
    the next.  One step of a first copy comes first, so that libraries and compiled kernels count as "before" in both;
    "step" is then what a second copy's steps allocate, the optimiser's state among it.  Empty where there is no /proc to
    ask.
    """
    if not os.path.exists("/proc/self/clear_refs"):
        return {}
    names = [name for name in STEPS if name.startswith("training") and (part is None or part in name)]
    found = {}
    for name in names:
        answers: dict[str, list[dict]] = {library: [] for library in LIBRARIES}
        for _ in range(repeats):
            for library in LIBRARIES:
                answers[library].append(_ask(MEMORY, library, threads, name))
        found[name] = {library: _medians(mine) for library, mine in answers.items()}
    return found


def start(threads: int, repeats: int = REPEATS, case: str = "training step: cnn") -> dict[str, dict]:
    """Seconds of the import, of building the model and of the first CNN step, all in a new process.

    Ours with an empty cache of kernels (once: it compiles them all) and with a filled one, and torch's: medians.
    """
    with tempfile.TemporaryDirectory() as cache:
        cold = _ask(START, "minitorch_np", threads, case, NUMBA_CACHE_DIR=cache)
        warm, torch = [], []
        for _ in range(repeats):  # in turns
            warm.append(_ask(START, "minitorch_np", threads, case, NUMBA_CACHE_DIR=cache))
            torch.append(_ask(START, "torch", threads, case))
    return {"minitorch_np, cold": cold, "minitorch_np, warm": _medians(warm), "torch": _medians(torch)}
