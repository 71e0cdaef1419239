"""The bars that the project has set itself, and which of them the figures meet."""

import math
from dataclasses import asdict, dataclass

from .cases import OPS
from .load import BOUND
from .race import Row

# case: torch's time over ours, at least; float32, forward and backward
CASES = {
    "linear 64x784 -> 512": 1.0,
    "conv2d 3x3 1 -> 32, 28x28": 1.0,
    "conv2d 3x3 32 -> 64, 14x14": 1.0,
    "conv2d 3x3 64 -> 64, 32x32": 1.2,
    "conv2d 1x1 64 -> 64, 32x32": 1.0,
    "conv2d 7x7 stride 2, 64x64": 1.0,
    "conv2d 5x5 1 -> 6, 28x28": 1.0,
    "conv2d 5x5 6 -> 16, 14x14": 1.0,
    "conv2d 3x3 stride 2 64 -> 128, 32x32": 1.0,
    "conv2d 3x3 128 -> 128, 16x16": 1.0,
    "conv2d 3x3 256 -> 256, 14x14": 1.0,
    "conv2d 3x3 depthwise, 64 channels": 1.0,
    "conv2d 5x5 depthwise, 64 channels": 1.0,
    "max_pool2d 2x2": 5.0,
    "avg_pool2d 2x2": 5.0,
    "batch_norm (training)": 2.0,
    "batch_norm (evaluation)": 2.0,
    "relu": 1.0,
    "leaky_relu": 1.0,
    "elu": 1.0,
    "sigmoid": 1.0,
    "tanh": 1.0,
    "gelu": 1.0,
    "softmax 4096x1000": 1.0,
    "log_softmax 4096x1000": 1.0,
    "cross_entropy 4096x1000": 1.0,
    "dropout": 1.0,
    "SGD step, 0.5 M weights": 1.0,
    "Adam step, 0.5 M weights": 1.0,
    "training step: cnn": 1.7,
    "training step: lenet": 1.2,
    "training step: GAN": 1.2,
    "training step: mlp 784-512-512-10": 1.2,
    "training step: resnet18, 32x32": 1.1,
    "inference: cnn, batch 1": 1.0,
}
MEAN = 2.0  # geometric mean over the suite of operations, float32, forward and backward
IMPORT = 0.5  # of torch's time, at most
WARM, COLD = 1.5, 20.0  # seconds of the first CNN step, at most, with a filled and with an empty cache of kernels
MEMORY = 1.0  # of torch's, at most, for every training step: what the process holds at its peak
THREADS = 2  # the bars were set for as many


@dataclass(frozen=True)
class Verdict:
    """What was asked for, what was measured, and whether that is enough."""

    what: str
    asked: str
    measured: str
    met: bool

    def __str__(self) -> str:
        return f"bar {self.what}, {self.asked}: measured {self.measured}, {'met' if self.met else 'MISSED'}"


def mean(ratios: list[float]) -> float:
    """The geometric mean: twice as fast and twice as slow make one."""
    return math.exp(sum(map(math.log, ratios)) / len(ratios))


def means(rows: list[Row]) -> list[dict]:
    """Geometric means over the operations in the rows, for each dtype, forward and forward+backward apart.

    A step of an optimiser, which has no forward alone, counts among the latter.  "compiled" is that of torch.compile over
    ours, over "compiled_cases" cases that it compiles.
    """
    found = []
    ops = [row for row in rows if row.name in OPS]
    for dtype in dict.fromkeys(row.dtype for row in ops):
        for mode in ("forward", "forward+backward"):
            mine = [row for row in ops if row.dtype == dtype and (row.mode == "forward") == (mode == "forward")]
            if mine:
                theirs = [row.compiled_ratio for row in mine if row.compiled_ratio is not None]
                found.append(
                    {"dtype": dtype, "mode": mode, "cases": len(mine), "mean": mean([row.ratio for row in mine]),
                     "busy": any(row.busy > BOUND for row in mine),
                     "compiled": mean(theirs) if theirs else None, "compiled_cases": len(theirs),
                     "below": {row.name: row.ratio for row in mine if row.ratio < 1}}
                )  # fmt: skip
    return found


def verdicts(rows: list[Row], extra: dict) -> list[Verdict]:
    """One for each bar whose figures are there; the mean only where the whole suite is.

    A figure from a busy machine is marked "(busy)": it flatters us, and is no proof.
    """
    found = []
    for row in rows:
        if row.dtype == "float32" and row.mode != "forward" and row.name in CASES:
            least = CASES[row.name]
            found.append(Verdict(row.name, f"at least {least:g}", f"{row.ratio:.2f}{remark(row)}", row.ratio >= least))
    for about in means(rows):
        if (about["dtype"], about["mode"], about["cases"]) == ("float32", "forward+backward", len(OPS)):
            title = f"geometric mean of {about['cases']} operations"
            measured = f"{about['mean']:.2f}{' (busy)' * about['busy']}"
            found.insert(0, Verdict(title, f"at least {MEAN:g}", measured, about["mean"] >= MEAN))
    return found + start(extra.get("start", {})) + memory(extra.get("memory", {}))


def start(found: dict) -> list[Verdict]:
    """Those of the import and the first step."""
    if not found:
        return []
    cold, warm, torch = (found[who] for who in ("minitorch_np, cold", "minitorch_np, warm", "torch"))
    share = warm["import"] / torch["import"]
    return [
        Verdict("import", f"at most {IMPORT:g} of torch's time", f"{share:.2f}", share <= IMPORT),
        *(
            Verdict(f"first CNN step, {title}", f"at most {most:g} s", f"{seconds:.2f} s", seconds <= most)
            for title, seconds, most in (("warm", warm["first step"], WARM), ("cold", cold["first step"], COLD))
        ),
    ]


def memory(found: dict) -> list[Verdict]:
    """Those of memory, a step each."""
    verdicts = []
    for name, who in found.items():
        (ours, my_step), (torch, their_step) = (
            (who[library]["peak"], who[library]["step"]) for library in ("minitorch_np", "torch")
        )
        asked = f"at most {MEMORY:g} of torch's"
        steps = f"of which the step {my_step:.0f} of {their_step:.0f}"
        measured = f"{ours / torch:.2f} ({ours:.0f} of {torch:.0f} MiB, {steps})"
        verdicts.append(Verdict(f"memory, {name}", asked, measured, ours <= MEMORY * torch))
    return verdicts


def remark(row: Row) -> str:
    """Why not to quote it: torch's time drifted in half of the rounds or more, or others used the machine meanwhile."""
    unsteady, busy = row.rounds <= row.thrown_away, row.busy > BOUND
    return " (unsteady)" * unsteady + " (busy)" * busy


def record(rows: list[Row], extra: dict) -> dict:
    """Means and verdicts for the JSON record."""
    return {"means": means(rows), "verdicts": [asdict(verdict) for verdict in verdicts(rows, extra)]}
