"""What a small operation costs beside NumPy's own time: the wrapper, with and without recording, and torch's whole call.

Arrays of four numbers: the arithmetic is nothing, what is left is the way to it.
"""

import importlib
import json
import subprocess
import sys
import timeit

LIBRARIES = ("numpy", "minitorch_np", "torch")
BEST_OF, SECONDS = 100, 0.0005  # the fastest of so many runs, each of about so long, in every round: short ones slip between
# what else the machine does

# name, which is how it is written in ours and torch: the same in NumPy.  a and b have shape (2, 2), c has shape (2,), k
# is a mask; x, y, v and m are tensors of them.
OPERATIONS = {
    "x + y": "np.add(a, b)",
    "x - y": "np.subtract(a, b)",
    "x * y": "np.multiply(a, b)",
    "x * 2.5": "np.multiply(a, 2.5)",
    "x / y": "np.true_divide(a, b)",
    "-x": "np.negative(a)",
    "x ** 2": "np.square(a)",
    "x.exp()": "np.exp(a)",
    "x.sqrt()": "np.sqrt(a)",
    "x.relu()": "np.maximum(a, 0)",
    "x.clamp(0.7, 1.2)": "np.minimum(np.maximum(a, 0.7), 1.2)",
    "x > y": "np.greater(a, b)",
    "t.where(m, x, y)": "np.where(k, a, b)",
    "x.sum()": "np.add.reduce(a, axis=None)",
    "x.mean()": "np.add.reduce(a, axis=None) / 4",
    "x.max()": "np.maximum.reduce(a, axis=None)",
    "x.softmax(1)": "(e := np.exp(a - np.maximum.reduce(a, 1, keepdims=True))) / np.add.reduce(e, 1, keepdims=True)",
    "x @ y": "np.matmul(a, b)",
    "linear(x, y, v)": "np.matmul(a, b.T) + c",
    "t.cat([x, y])": "np.concatenate([a, b])",
    "x.reshape(4)": "a.reshape(4)",
    "x.view(4)": "a.reshape(4)",
    "x.t()": "a.T",
    "x.permute(1, 0)": "a.transpose(1, 0)",
    "x.unsqueeze(0)": "a[None]",
    "x.expand(3, 2, 2)": "np.broadcast_to(a, (3, 2, 2))",
    "x[1]": "a[1]",
    "x[1:]": "a[1:]",
    "x[:, 0]": "a[:, 0]",
    "x[None]": "a[None]",
    "x[m]": "a[k]",
    "x.add_(y)": "np.add(a, b, a)",
    "x[1] = v": "a[1] = c",
}
IN_PLACE = {"x.add_(y)", "x[1] = v"}  # not recorded: the history would grow with every call


def times(library: str, seconds: float = SECONDS) -> dict[str, dict[str, float]]:
    """Microseconds per call, measured here: {"plain": {...}, "recorded": {...}}; NumPy records nothing."""
    import numpy as np

    t = importlib.import_module(library)
    rng = np.random.default_rng(0)
    a, b, c = (rng.uniform(0.5, 1.5, shape).astype(np.float32) for shape in ((2, 2), (2, 2), (2,)))
    k = a > 1
    if library == "numpy":
        names = {"np": np, "a": a, "b": b, "c": c, "k": k}
        return {"plain": {name: _best(call, names, seconds) for name, call in OPERATIONS.items()}}
    results = {}
    for mode in ("plain", "recorded"):
        names = {"t": t, "linear": t.nn.functional.linear, "m": t.from_numpy(k)}
        names |= {name: t.from_numpy(array).requires_grad_(mode == "recorded") for name, array in zip("xyv", (a, b, c))}
        results[mode] = {call: _best(call, names, seconds) for call in OPERATIONS if mode == "plain" or call not in IN_PLACE}
    return results


def _best(call: str, names: dict, seconds: float) -> float:
    timer = timeit.Timer(call, globals=names)
    timer.timeit(100)  # the first call may compile
    count = max(20, round(seconds / (timer.timeit(100) / 100)))
    return min(timer.repeat(BEST_OF, count)) / count * 1e6


def answer(library: str) -> dict[str, dict[str, float]]:
    """`times`, measured in a new process."""
    done = subprocess.run([sys.executable, "-m", "benchmarks.overhead", library], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def measure(rounds: int) -> list[dict]:
    """A row per operation and mode: microseconds of NumPy, ours and torch (the least of all rounds), and the wrapper's.

    The least, as timeit advises: code of a few microseconds is only ever slowed down by what else the machine does, and a
    host that other machines share may run at half its speed for a minute.
    """
    answers: dict[str, list] = {library: [] for library in LIBRARIES}
    for _ in range(rounds):
        for library in LIBRARIES:  # in turns, each time a new process
            answers[library].append(answer(library))
    rows = []
    for name in OPERATIONS:
        numpy_time = min(found["plain"][name] for found in answers["numpy"])
        for mode in ("plain",) if name in IN_PLACE else ("plain", "recorded"):
            ours, torch = (min(found[mode][name] for found in answers[library]) for library in LIBRARIES[1:])
            rows.append({"name": name, "mode": mode, "numpy": numpy_time, "ours": ours, "torch": torch,
                         "wrapper": ours - numpy_time})  # fmt: skip
    return rows


def line(row: dict) -> str:
    """One row for the terminal."""
    return (
        f"{row['name']:<18} {row['mode']:<9} NumPy {row['numpy']:>5.2f} us   ours {row['ours']:>5.2f} us, "
        f"of which the wrapper {row['wrapper']:>5.2f} us   torch {row['torch']:>5.2f} us"
    )


if __name__ == "__main__":
    print(json.dumps(times(sys.argv[1])))
