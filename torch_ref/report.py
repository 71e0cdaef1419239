"""What a run leaves behind: a table while it goes on, a plot and a JSON file."""

import json
import math
import os
import platform
import tempfile
from dataclasses import asdict
from pathlib import Path

import numpy as np

from . import training
from .training import Epoch, Run, Verdict

LIBRARIES = (("minitorch_np", 13), ("torch", 8))
GROUPS = ("training loss", "test accuracy", "seconds")
LAST = ("largest relative difference", "of any parameter so far")


def header(count: int = 2) -> str:
    """The head of the table for `count` libraries: what stands in a group of columns, and whose column it is."""
    libraries = LIBRARIES[:count]
    span = sum(width for _, width in libraries) + 2 * (count - 1)
    what = [" " * 5, *(f"{group:>{span}}" if count == 1 else f" {group} ".center(span, "-") for group in GROUPS)]
    whose = ["epoch", *(f"{name:>{width}}" for _ in GROUPS for name, width in libraries)]
    if count == 2:
        what, whose = ([*line, f"{text:>{len(LAST[0])}}"] for line, text in zip((what, whose), LAST, strict=True))
    return "  ".join(what) + "\n" + "  ".join(whose)


def row(epoch: Epoch) -> str:
    """One line of the table."""
    cells = [f"{epoch.number:5}"]
    for values, form in ((epoch.loss, _loss), (epoch.accuracy, "{:.1%}".format), (epoch.seconds, "{:.2f}".format)):
        cells += [f"{form(value):>{width}}" for value, (_, width) in zip(values, LIBRARIES, strict=False)]
    if epoch.difference is not None:
        cells.append(f"{epoch.difference:>{len(LAST[0])}.1e}")
    return "  ".join(cells)


def _loss(value: float) -> str:
    return f"{value:.4f}" if value < 100 else f"{value:.1e}"  # NaN too


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
    record = asdict(run) | {
        "verdict": verdict.sentence,
        "agree": verdict.agree,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "machine": platform.machine(),
    }
    text = json.dumps(_finite(record), indent=1, allow_nan=False)
    write_atomically(path, lambda file: file.write(text.encode()))


def _finite(value):
    """The same record with null for NaN and infinities, for which JSON has no word."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def save_plot(run: Run, verdict: Verdict, path: Path) -> None:
    """Above: both loss curves, lying on each other.  Below: how far apart they and the parameters are, per step."""
    from matplotlib.figure import Figure

    paired = len(run.losses[0]) == 2
    figure = Figure(figsize=(9, 6.5 if paired else 4), layout="constrained")
    axes = figure.subplots(2 if paired else 1, 1, sharex=True, squeeze=False)[:, 0]
    figure.suptitle(f"{run.settings.model} on {run.settings.dataset}, {run.settings.dtype}", fontweight="bold")
    axes[0].set_title(verdict.sentence.replace("; test", ";\ntest"), fontsize=8.5, wrap=True)
    _plot_losses(axes[0], run)
    if paired:
        _plot_differences(axes[1], run)
    axes[-1].set_xlabel("optimiser step")
    for axis in axes:
        axis.grid(alpha=0.25)
        axis.spines[["top", "right"]].set_visible(False)
    write_atomically(path, lambda file: figure.savefig(file, format="png", dpi=130))


OURS, TORCH, PARAMETERS, LOSSES = "#1f4e79", "#ee4c2c", "#2e8b57", "#888888"


def _plot_losses(axis, run: Run) -> None:
    losses, steps = np.array(run.losses), range(1, len(run.losses) + 1)
    if losses.shape[1] == 2:
        axis.plot(steps, losses[:, 1], color=TORCH, linewidth=4.5, alpha=0.4, label="torch")
    axis.plot(steps, losses[:, 0], color=OURS, linewidth=1.2, label="minitorch_np")
    axis.set_ylabel("training loss of the batch (nats)")
    axis.legend(frameon=False)


def _plot_differences(axis, run: Run) -> None:
    losses, steps = training.loss_differences(run), np.arange(1, len(run.losses) + 1)
    parameters = np.array(run.differences)
    equal = int((losses == 0).sum())  # a logarithmic axis has no place for an exact zero
    note = f" (exact zeros, not drawn: {equal})" if equal else ""
    axis.semilogy(steps, np.where(losses > 0, losses, np.nan), ".", markersize=4, color=LOSSES,
                  label=f"of the loss{note}")  # fmt: skip
    axis.semilogy(steps, np.where(parameters > 0, parameters, np.nan), color=PARAMETERS, label="largest of any parameter")
    if run.settings.dtype == "float64":
        whose, color, bound, end = "parameters", PARAMETERS, training.FLOAT64_BOUND, training.FLOAT64_STEPS
    else:
        whose, color, bound, end = "loss", LOSSES, training.FLOAT32_BOUND, training.FLOAT32_STEPS
    end = max(2, min(end, len(steps)))
    axis.semilogy([1, end], [bound, bound], "--", linewidth=1, color=color, label=f"bound for the {whose}")
    axis.set_ylabel("relative difference to torch")
    axis.legend(frameon=False, fontsize=8.5, ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0))
