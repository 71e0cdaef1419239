"""What a run leaves behind: a table while it goes on, a plot and a JSON file."""

import json
import os
import platform
import tempfile
from dataclasses import asdict
from pathlib import Path

from .training import Epoch, Run, Verdict

COLUMNS = ("epoch", "loss", "loss", "accuracy", "accuracy", "seconds", "seconds", "largest difference")
WIDTHS = (5, 12, 8, 12, 8, 12, 8, 18)


def header() -> str:
    """Two lines: whose column it is, and what stands in it."""
    owners = ("", "minitorch_np", "torch", "minitorch_np", "torch", "minitorch_np", "torch", "of any parameter")
    lines = ["  ".join(f"{text:>{w}}" for text, w in zip(row, WIDTHS, strict=True)) for row in (COLUMNS, owners)]
    return "\n".join([*lines, "  ".join("-" * w for w in WIDTHS)])


def row(epoch: Epoch) -> str:
    """One line of the table; a dash where a library did not run."""

    def cell(value, form):
        return "-" if value is None else format(value, form)

    cells = [str(epoch.number)]
    for values, form in ((epoch.loss, ".4f"), (epoch.accuracy, ".1%"), (epoch.seconds, ".2f")):
        cells += [cell(value, form) for value in values]
    cells.append(cell(epoch.difference, ".1e"))
    return "  ".join(f"{text:>{w}}" for text, w in zip(cells, WIDTHS, strict=True))


def write_atomically(path: Path, write) -> None:
    """Let `write(file)` fill a temporary file beside `path`, then put it in place: nobody sees half a file."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def save_json(run: Run, verdict: Verdict, path: Path) -> None:
    """Settings, machine, losses per step, differences per step, epochs and verdict."""
    import numpy

    record = asdict(run) | {
        "verdict": verdict.sentence,
        "agree": verdict.agree,
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "machine": platform.machine(),
    }
    write_atomically(path, lambda file: file.write(json.dumps(record, indent=1).encode()))


def save_plot(run: Run, verdict: Verdict, path: Path) -> None:
    """Above: both loss curves, lying on each other.  Below: how far apart they and the parameters are, per step."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    steps = range(1, len(run.losses) + 1)
    ours = [pair[0] for pair in run.losses]
    paired = len(run.losses[0]) == 2
    figure, axes = plt.subplots(2 if paired else 1, 1, figsize=(9, 6 if paired else 4), sharex=True, squeeze=False)
    top = axes[0, 0]
    if paired:
        theirs = [pair[1] for pair in run.losses]
        top.plot(steps, theirs, color="#ee4c2c", linewidth=4, alpha=0.45, label="torch")
    top.plot(steps, ours, color="#1f4e79", linewidth=1.2, label="minitorch_np")
    top.set_ylabel("training loss (nats)")
    top.legend(frameon=False)
    top.set_title(f"{run.settings.model} on {run.settings.dataset}, {run.settings.dtype}\n{verdict.sentence}",
                  fontsize=9, wrap=True)  # fmt: skip
    if paired:
        bottom = axes[1, 0]
        floor = 1e-18  # a logarithmic axis has no place for an exact zero
        gaps = [max(abs(a - b), floor) for a, b in run.losses]
        bottom.semilogy(steps, gaps, ".", markersize=3, color="#888888", label="|loss difference| (nats)")
        bottom.semilogy(steps, [max(d, floor) for d in run.differences], color="#2e8b57",
                        label="largest relative difference of a parameter")  # fmt: skip
        bottom.set_ylabel("difference")
        bottom.legend(frameon=False, loc="lower right")
    axes[-1, 0].set_xlabel("optimiser step")
    for axis in axes.flat:
        axis.grid(alpha=0.25)
        axis.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    write_atomically(path, lambda file: figure.savefig(file, format="png", dpi=130))
    plt.close(figure)
