"""What a small operation costs beside NumPy's own time: the wrapper, with and without recording, and torch's whole call.

Arrays of four numbers: the arithmetic is nothing, what is left is the way to it.
"""

import importlib
import json
import statistics
import subprocess
import sys
import timeit

LIBRARIES = ("numpy", "minitorch_np", "torch")
BEST_OF, SECONDS = 7, 0.01  # the fastest of so many runs, each of about so long, in every round

# name: (in NumPy, in ours and torch).  a and b have shape (2, 2), x and y are tensors of them.
OPERATIONS = {
    "x + y": ("np.add(a, b)", "x + y"),
    "x * y": ("np.multiply(a, b)", "x * y"),
    "x * 2.5": ("np.multiply(a, 2.5)", "x * 2.5"),
    "x / y": ("np.true_divide(a, b)", "x / y"),
    "x.exp()": ("np.exp(a)", "x.exp()"),
    "x.relu()": ("np.maximum(a, 0)", "x.relu()"),
    "x.sum()": ("np.add.reduce(a, axis=None)", "x.sum()"),
    "x @ y": ("np.matmul(a, b)", "x @ y"),
    "x.reshape(4)": ("a.reshape(4)", "x.reshape(4)"),
    "x.t()": ("a.T", "x.t()"),
    "x[1]": ("a[1]", "x[1]"),
    "x[1:]": ("a[1:]", "x[1:]"),
    "x > y": ("np.greater(a, b)", "x > y"),
}


def times(library: str, seconds: float = SECONDS) -> dict[str, dict[str, float]]:
    """Microseconds per call, measured here: {"plain": {...}, "recorded": {...}}; NumPy records nothing."""
    import numpy as np

    t = importlib.import_module(library)
    rng = np.random.default_rng(0)
    a, b = (rng.uniform(0.5, 1.5, (2, 2)).astype(np.float32) for _ in range(2))
    if library == "numpy":
        names = {"np": np, "a": a, "b": b}
        return {"plain": {name: _best(call, names, seconds) for name, (call, _) in OPERATIONS.items()}}
    results = {}
    for mode in ("plain", "recorded"):
        x, y = (t.from_numpy(v).requires_grad_(mode == "recorded") for v in (a, b))
        results[mode] = {name: _best(call, {"x": x, "y": y}, seconds) for name, (_, call) in OPERATIONS.items()}
    return results


def _best(call: str, names: dict, seconds: float) -> float:
    timer = timeit.Timer(call, globals=names)
    timer.timeit(100)  # the first call may compile
    count = max(100, round(seconds / (timer.timeit(100) / 100)))
    return min(timer.repeat(BEST_OF, count)) / count * 1e6


def answer(library: str) -> dict[str, dict[str, float]]:
    """`times`, measured in a new process."""
    done = subprocess.run([sys.executable, "-m", "benchmarks.overhead", library], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def measure(rounds: int) -> list[dict]:
    """A row per operation and mode: microseconds of NumPy, ours and torch (medians of the rounds), and the wrapper's."""
    answers: dict[str, list] = {library: [] for library in LIBRARIES}
    for _ in range(rounds):
        for library in LIBRARIES:  # in turns, each time a new process
            answers[library].append(answer(library))
    rows = []
    for name in OPERATIONS:
        numpy_time = statistics.median(found["plain"][name] for found in answers["numpy"])
        for mode in ("plain", "recorded"):
            ours, torch = (statistics.median(found[mode][name] for found in answers[library]) for library in LIBRARIES[1:])
            rows.append({"name": name, "mode": mode, "numpy": numpy_time, "ours": ours, "torch": torch,
                         "wrapper": ours - numpy_time})  # fmt: skip
    return rows


def line(row: dict) -> str:
    """One row for the terminal."""
    return (
        f"{row['name']:<14} {row['mode']:<9} NumPy {row['numpy']:>5.2f} us   ours {row['ours']:>5.2f} us, "
        f"of which the wrapper {row['wrapper']:>5.2f} us   torch {row['torch']:>5.2f} us"
    )


if __name__ == "__main__":
    print(json.dumps(times(sys.argv[1])))
