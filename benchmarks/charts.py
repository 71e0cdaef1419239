"""Pictures of the figures: bars with numbers on them, and curves of how time grows."""

from pathlib import Path

from .cases import CURVES
from .race import Row
from .report import groups

FASTER, SLOWER, COMPILED, OURS, TORCH = "#2e8b57", "#c0504d", "#b0b7c3", "#2e8b57", "#d98032"


def draw(rows: list[Row], extra: dict, about: dict, folder: Path) -> list[Path]:
    """One picture for each suite and dtype, one of start-up, one of memory; returns where they are."""
    import matplotlib

    matplotlib.use("Agg")
    paths = []
    rows = [row for row in rows if row.mode != "forward"]
    for (suite, dtype, threads), mine in groups(rows).items():
        if suite != "scale":
            paths.append(folder / (f"{suite}.png" if dtype == "float32" else f"{suite}-{dtype}.png"))
            title = f"{suite}, {dtype}: {about['processor']}, {threads} threads each, torch {about['torch']}"
            ratios(mine, title, paths[-1])
    scale = [row for (suite, _, _), mine in groups(rows).items() if suite == "scale" for row in mine]
    if scale:
        paths.append(folder / "scale.png")
        curves(scale, about, paths[-1])
    if extra.get("start"):
        paths.append(folder / "start.png")
        _start(extra["start"], paths[-1])
    if extra.get("memory"):
        paths.append(folder / "memory.png")
        _memory(extra["memory"], paths[-1])
    if extra.get("overhead"):
        paths.append(folder / "overhead.png")
        _overhead([row for row in extra["overhead"] if row["mode"] == "plain"], paths[-1])
    return paths


def _plain(axis) -> None:
    axis.tick_params(labelsize=8)
    axis.tick_params(axis="y", length=0)
    axis.grid(axis="x", color="0.9")
    axis.set_axisbelow(True)
    axis.spines[["top", "right", "left"]].set_visible(False)


def _save(figure, path: Path) -> None:
    from matplotlib import pyplot as plt

    figure.tight_layout()
    figure.savefig(path, dpi=130)
    plt.close(figure)


def ratios(rows: list[Row], title: str, path: Path) -> None:
    """One bar per case: torch's time over ours, its number at its end and the quartiles as a whisker; torch.compile's below.

    Bars start at 1, where both are equally fast: on a logarithmic axis twice as fast is then as long as twice as slow.
    """
    from matplotlib import pyplot as plt
    from matplotlib.patches import Patch

    compiled = [(number, r.compiled_ratio) for number, r in enumerate(rows) if r.compiled_ratio is not None]
    height = 0.7 if not compiled else 0.42
    figure, axis = plt.subplots(figsize=(9, (0.36 if compiled else 0.27) * len(rows) + 1.5))
    at = [number - (0.22 if compiled else 0) for number in range(len(rows))]
    colors = [FASTER if r.ratio >= 1 else SLOWER for r in rows]
    axis.barh(at, [r.ratio - 1 for r in rows], left=1, height=height, color=colors)
    whiskers = [[r.ratio - r.low for r in rows], [r.high - r.ratio for r in rows]]
    axis.errorbar([r.ratio for r in rows], at, xerr=whiskers, fmt="none", ecolor="black", elinewidth=0.8, capsize=2)
    for place, r in zip(at, rows):
        _number(axis, r.ratio, r.high if r.ratio >= 1 else r.low, place)
    if compiled:
        below = [number + 0.22 for number, _ in compiled]
        axis.barh(below, [ratio - 1 for _, ratio in compiled], left=1, height=0.34, color=COMPILED)
        for place, (_, ratio) in zip(below, compiled):
            _number(axis, ratio, ratio, place, size=7)
        handles = [Patch(color=FASTER), Patch(color=SLOWER), Patch(color=COMPILED)]
        names = ["torch / ours, ours faster", "torch / ours, ours slower", "torch.compile / ours"]
        axis.legend(handles, names, fontsize=8, loc="lower center", bbox_to_anchor=(0.5, 1), ncol=3, frameon=False)
    axis.axvline(1, color="black", linewidth=0.8)
    axis.set_xscale("log", base=2)
    ends = [end for r in rows for end in (r.low, r.high, r.compiled_ratio or 1)]
    axis.set_xlim(min(0.5, *ends) / 1.4, max(2.0, *ends) * 1.4)
    axis.xaxis.set_major_formatter(lambda x, _: f"{x:g}")
    axis.set_yticks(range(len(rows)), [r.name for r in rows])
    axis.set_ylim(len(rows) - 0.4, -0.6)
    axis.set_xlabel("torch's time / ours, forward and backward (right of 1: ours is faster)", fontsize=9)
    axis.set_title(title, fontsize=9, pad=24 if compiled else 8)
    _plain(axis)
    _save(figure, path)


def _number(axis, value: float, end: float, place: float, size: int = 8) -> None:
    """The value, outside the bar's end."""
    faster = value >= 1
    axis.annotate(
        f"{value:.2f}", (end, place), xytext=(5 if faster else -5, 0),
        textcoords="offset points", ha="left" if faster else "right", va="center", fontsize=size,
    )  # fmt: skip


def curves(rows: list[Row], about: dict, path: Path) -> None:
    """Time per unit of work of each curve that was measured, ours and torch's, for each number of threads."""
    from matplotlib import pyplot as plt
    from matplotlib.ticker import LogLocator, NullLocator

    shown = [curve for curve in CURVES if any(r.name in curve.points for r in rows)]
    figure, axes = plt.subplots(len(shown), 1, figsize=(8, 2.6 * len(shown) + 0.6), squeeze=False)
    for curve, axis in zip(shown, axes[:, 0]):
        mine = [r for r in rows if r.name in curve.points]
        for threads in sorted({r.threads for r in mine}, reverse=True):
            points = sorted((*curve.points[r.name], r.ours, r.torch) for r in mine if r.threads == threads)
            for which, color in ((2, OURS), (3, TORCH)):
                style = "-o" if threads == about["threads"] else "--o"
                label = f"{'ours' if which == 2 else 'torch'}, {threads} thread{'s' * (threads != 1)}"
                sizes, units = [p[0] for p in points], [1e9 * p[which] / p[1] for p in points]
                axis.plot(sizes, units, style, color=color, markersize=3, linewidth=1.2, label=label)
        sizes = [size for size, _ in curve.points.values()]
        shown_sizes = [size for size in sizes if not any(other < size < 1.2 * other for other in sizes)]  # names need room
        axis.set_xscale("log", base=2)
        axis.set_yscale("log")
        axis.set_xticks(shown_sizes, [str(size) for size in shown_sizes])
        axis.set_xticks(sizes, [""] * len(sizes), minor=True)
        axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.yaxis.set_major_formatter(lambda y, _: f"{y:,.3f}".rstrip("0").rstrip("."))
        axis.yaxis.set_minor_locator(NullLocator())
        axis.set_title(f"{curve.title}: nanoseconds for a unit of work", fontsize=9)
        axis.tick_params(labelsize=7)
        axis.grid(color="0.9", which="both")
        axis.set_axisbelow(True)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0, 0].legend(fontsize=7, frameon=False, ncol=4, loc="lower center", bbox_to_anchor=(0.5, 1.1))
    _save(figure, path)


def _start(found: dict, path: Path) -> None:
    """Seconds of the import, of building the model and of the first step, side by side."""
    from matplotlib import pyplot as plt

    parts = ("import", "model", "first step")
    figure, axes = plt.subplots(1, 3, figsize=(9, 0.35 * len(found) + 1.1), sharey=True)
    for part, axis in zip(parts, axes):
        seconds = [who[part] for who in found.values()]
        bars = axis.barh(list(found), seconds, color=[TORCH if who == "torch" else OURS for who in found], height=0.6)
        axis.bar_label(bars, [f"{value:.2f}" for value in seconds], padding=3, fontsize=8)
        axis.set_xlim(0, 1.25 * max(seconds))
        axis.invert_yaxis()
        axis.set_title({"model": "building the CNN, s", "import": "import, s"}.get(part, "first CNN step, s"), fontsize=9)
        _plain(axis)
    axes[0].set_ylim(len(found) - 0.5, -0.5)
    _save(figure, path)


def _memory(found: dict, path: Path) -> None:
    """What each process holds at the peak of a step; the step's own part is darker."""
    from matplotlib import pyplot as plt

    figure, axis = plt.subplots(figsize=(9, 0.55 * len(found) + 1.1))
    for shift, library, color in ((-0.2, "minitorch_np", OURS), (0.2, "torch", TORCH)):
        at = [number + shift for number in range(len(found))]
        before, step = ([who[library][key] for who in found.values()] for key in ("before", "step"))
        axis.barh(at, before, height=0.36, color=color, alpha=0.45, label=f"{library}: before the step")
        bars = axis.barh(at, step, left=before, height=0.36, color=color, label=f"{library}: the step")
        texts = [f"{who[library]['peak']:.0f}, the step {who[library]['step']:.0f}" for who in found.values()]
        axis.bar_label(bars, texts, padding=3, fontsize=8)
    axis.set_yticks(range(len(found)), list(found))
    axis.set_ylim(len(found) - 0.5, -0.5)
    axis.set_xlim(0, 1.3 * max(who[library]["peak"] for who in found.values() for library in who))
    axis.set_xlabel("resident MiB at the peak of a training step", fontsize=9)
    axis.legend(fontsize=8, frameon=False, ncol=4, loc="lower center", bbox_to_anchor=(0.5, 1))
    _plain(axis)
    _save(figure, path)


def _overhead(found: list[dict], path: Path) -> None:
    """Microseconds of a call with four numbers, nothing recorded: NumPy's, ours and torch's."""
    from matplotlib import pyplot as plt

    figure, axis = plt.subplots(figsize=(9, 0.5 * len(found) + 1.1))
    for shift, who, color in ((-0.28, "numpy", COMPILED), (0, "ours", OURS), (0.28, "torch", TORCH)):
        at = [number + shift for number in range(len(found))]
        bars = axis.barh(at, [row[who] for row in found], height=0.26, color=color, label=who)
        axis.bar_label(bars, [f"{row[who]:.2f}" for row in found], padding=3, fontsize=7)
    axis.set_yticks(range(len(found)), [row["name"] for row in found])
    axis.set_ylim(len(found) - 0.4, -0.6)
    axis.set_xlabel("microseconds a call, four numbers, nothing recorded", fontsize=9)
    axis.legend(fontsize=8, frameon=False, ncol=3, loc="lower center", bbox_to_anchor=(0.5, 1))
    _plain(axis)
    _save(figure, path)
