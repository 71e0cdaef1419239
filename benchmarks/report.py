"""Tables, JSON and the bar chart."""

import json
import platform
from dataclasses import asdict
from pathlib import Path

from .race import Row

START, END = "<!-- speeds -->", "<!-- end of speeds -->"


def line(row: Row) -> str:
    """One row for the terminal."""
    return (
        f"{row.name:<32} {row.mode:<17} {1e3 * row.ours:>9.3f} ms {1e3 * row.torch:>9.3f} ms   x{row.ratio:<5.2f} "
        f"({row.low:.2f} to {row.high:.2f}, {row.rounds} rounds"
        + (f", {row.thrown_away} thrown away)" if row.thrown_away else ")")
    )


def machine(threads: int) -> dict:
    """What the figures depend on."""
    import numba
    import numpy
    import torch

    name = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo") as file:
            name = next(text.split(":", 1)[1].strip() for text in file if text.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return {
        "processor": name, "threads": threads, "python": platform.python_version(), "numpy": numpy.__version__,
        "numba": numba.__version__, "torch": torch.__version__,
    }  # fmt: skip


def table(rows: list[Row], extra: dict, about: dict) -> str:
    """The README's table of speeds, as Markdown."""
    lines = [
        f"Measured on {about['processor']}, {about['threads']} threads each, torch {about['torch']}, "
        f"NumPy {about['numpy']}, Numba {about['numba']}; float32; medians;"
        f" a ratio above 1 means that ours is faster.  At most {about['busy']:.0%} of the machine was busy between rounds.",
        "",
        "| case | | ours, ms | torch, ms | torch / ours | quartiles |",
        "|---|---|---:|---:|---:|---|",
    ]
    lines += [
        f"| {r.name} | {r.mode} | {1e3 * r.ours:.3f} | {1e3 * r.torch:.3f} | {r.ratio:.2f} | {r.low:.2f} to {r.high:.2f} |"
        for r in rows
    ]
    if "start" in extra:
        lines += ["", "| start | import, s | first CNN step, s |", "|---|---:|---:|"]
        lines += [f"| {k} | {v['import']:.2f} | {v['first step']:.2f} |" for k, v in extra["start"].items()]
    if "memory" in extra:
        lines += ["", "| memory | before a CNN step, MiB | the step adds, MiB |", "|---|---:|---:|"]
        lines += [f"| {k} | {v['before']:.0f} | {v['step']:.0f} |" for k, v in extra["memory"].items()]
    return "\n".join(lines)


def write_readme(text: str, path: Path) -> None:
    """Put the table between the README's markers."""
    readme = path.read_text()
    head, rest = readme.split(START, 1)
    _, tail = rest.split(END, 1)
    path.write_text(f"{head}{START}\n{text}\n{END}{tail}")


def save(rows: list[Row], extra: dict, about: dict, folder: Path) -> None:
    """benchmarks.json and benchmarks.png."""
    folder.mkdir(parents=True, exist_ok=True)
    record = {"machine": about, "rows": [asdict(row) for row in rows], **extra}
    (folder / "benchmarks.json").write_text(json.dumps(record, indent=1))
    if rows:
        chart(rows, about, folder / "benchmarks.png")


def chart(rows: list[Row], about: dict, path: Path) -> None:
    """One bar per case: torch's time over ours, with the number on it."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    rows = [r for r in rows if r.mode == "forward+backward"]
    figure, axis = plt.subplots(figsize=(9, 0.32 * len(rows) + 1.4))
    ratios = [r.ratio for r in rows]
    bars = axis.barh([r.name for r in rows], ratios, color=["#2e8b57" if r >= 1 else "#c0504d" for r in ratios])
    axis.bar_label(bars, [f" {r:.2f}" for r in ratios], fontsize=8)
    axis.axvline(1, color="black", linewidth=0.8)
    axis.set_xscale("log")
    axis.set_xlim(min(0.2, min(ratios) / 1.3), max(ratios) * 1.6)
    axis.invert_yaxis()
    axis.tick_params(labelsize=8)
    axis.set_xlabel("torch's time / ours, forward and backward (right of the line: ours is faster)")
    axis.set_title(f"{about['processor']}, {about['threads']} threads, torch {about['torch']}", fontsize=9)
    axis.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path, dpi=130)
    plt.close(figure)
