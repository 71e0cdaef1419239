"""Tables, JSON and the bar chart."""

import json
import platform
from dataclasses import asdict
from pathlib import Path

from . import floor
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


def unsteady(row: Row) -> str:
    """A remark where torch's time drifted in half of the rounds or more."""
    return "" if row.rounds > row.thrown_away else " (unsteady)"


def floors(rows: list[Row], speeds: dict) -> dict:
    """For each case that has a floor: its seconds, what bounds it, and how much of that speed is reached."""
    found = []
    for row in rows:
        least = floor.seconds(row.name, speeds)
        if row.mode != "forward" and least is not None:
            bound = "memory" if least == 4 * floor.NEEDS[row.name][0] / speeds["bytes"] else "arithmetic"
            found.append({"name": row.name, "floor": least, "bound": bound, "reached": least / row.ours})
    return {"speeds": speeds, "rows": found}


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
        f"| {r.name}{unsteady(r)} | {r.mode} | {1e3 * r.ours:.3f} | {1e3 * r.torch:.3f} "
        f"| {r.ratio:.2f} | {r.low:.2f} to {r.high:.2f} |"
        for r in rows
    ]
    if "floor" in extra:
        speeds = extra["floor"]["speeds"]
        about_it = (
            f"{speeds['bytes'] / 1e9:.1f} GB/s copied, {speeds['multiplications'] / 1e9:.0f} G multiplications/s by BLAS"
        )
        lines += ["", f"| forward and backward; {about_it} | floor, ms | bound by | reached |", "|---|---:|---|---:|"]
        lines += [
            f"| {r['name']} | {1e3 * r['floor']:.3f} | {r['bound']} | {r['reached']:.0%} |" for r in extra["floor"]["rows"]
        ]
    if "start" in extra:
        lines += ["", "| start | import, s | first CNN step, s |", "|---|---:|---:|"]
        lines += [f"| {k} | {v['import']:.2f} | {v['first step']:.2f} |" for k, v in extra["start"].items()]
    if "memory" in extra:
        lines += ["", "| memory | before a CNN step, MiB | the step adds, MiB |", "|---|---:|---:|"]
        lines += [f"| {k} | {v['before']:.0f} | {v['step']:.0f} |" for k, v in extra["memory"].items()]
    if "overhead" in extra:
        head = "| four numbers, us | NumPy | ours | of which the wrapper | torch | recorded: ours | the wrapper | torch |"
        lines += ["", head, "|---|" + "---:|" * 7]
        rows_by_name: dict[str, dict] = {}
        for row in extra["overhead"]:
            rows_by_name.setdefault(row["name"], {})[row["mode"]] = row
        for name, modes in rows_by_name.items():
            cells = [modes["plain"]["numpy"]] + [modes[m][k] for m in modes for k in ("ours", "wrapper", "torch")]
            lines.append(f"| `{name}` | " + " | ".join(f"{cell:.2f}" for cell in cells) + " |")
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
    """One bar per case: torch's time over ours, with the number at its end and the quartiles as a whisker.

    Bars start at 1, where both are equally fast: on a logarithmic axis twice as fast is then as long as twice as slow.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    rows = [r for r in rows if r.mode != "forward"]
    names, ratios = [r.name for r in rows], [r.ratio for r in rows]
    figure, axis = plt.subplots(figsize=(9, 0.3 * len(rows) + 1.5))
    colors = ["#2e8b57" if r >= 1 else "#c0504d" for r in ratios]
    axis.barh(names, [r - 1 for r in ratios], left=1, height=0.7, color=colors)
    whiskers = [[r.ratio - r.low for r in rows], [r.high - r.ratio for r in rows]]
    axis.errorbar(ratios, names, xerr=whiskers, fmt="none", ecolor="black", elinewidth=0.8, capsize=2)
    for number, r in enumerate(rows):
        faster = r.ratio >= 1
        axis.annotate(
            f"{r.ratio:.2f}", (r.high if faster else r.low, number), xytext=(5 if faster else -5, 0),
            textcoords="offset points", ha="left" if faster else "right", va="center", fontsize=8,
        )  # fmt: skip
    axis.axvline(1, color="black", linewidth=0.8)
    axis.set_xscale("log", base=2)
    axis.set_xlim(min(0.5, *(r.low for r in rows)) / 1.4, max(2.0, *(r.high for r in rows)) * 1.4)
    axis.xaxis.set_major_formatter(lambda x, _: f"{x:g}")
    axis.set_ylim(len(rows) - 0.4, -0.6)
    axis.tick_params(labelsize=8)
    axis.tick_params(axis="y", length=0)
    axis.grid(axis="x", color="0.9")
    axis.set_axisbelow(True)
    axis.set_xlabel("torch's time / ours, forward and backward (right of 1: ours is faster)", fontsize=9)
    axis.set_title(f"{about['processor']}, {about['threads']} threads each, torch {about['torch']}, float32", fontsize=9)
    axis.spines[["top", "right", "left"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path, dpi=130)
    plt.close(figure)
