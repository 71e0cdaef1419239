"""Lines for the terminal, the Markdown tables, the JSON record."""

import json
from dataclasses import asdict
from pathlib import Path

from . import bars, cliffs, floor
from .bars import remark
from .cases import suite
from .race import Row

START, END = "<!-- speeds -->", "<!-- end of speeds -->"


def line(row: Row) -> str:
    """One row for the terminal."""
    beside = "" if row.compiled_ratio is None else f"   torch.compile x{row.compiled_ratio:.2f}"
    dtype = "" if row.dtype == "float32" else f", {row.dtype}"
    return (
        f"{row.name + dtype:<32} {row.mode:<17} {1e3 * row.ours:>9.3f} ms {1e3 * row.torch:>9.3f} ms   x{row.ratio:<5.2f} "
        f"({row.low:.2f} to {row.high:.2f}, {row.rounds} rounds"
        + (f", {row.thrown_away} thrown away)" if row.thrown_away else ")")
        + beside
        + remark(row)
    )


def floors(rows: list[Row], speeds: dict) -> dict:
    """For each case that has a floor: its seconds, what bounds it, and how much of that speed is reached.

    "uncounted" are the operations whose bytes and multiplications nobody counted.
    """
    found = []
    for row in rows:
        least = floor.seconds(row.name, speeds, row.dtype) if row.mode != "forward" else None
        if least is not None:
            seconds, bound = least
            found.append(
                {"name": row.name, "dtype": row.dtype, "floor": seconds, "bound": bound, "reached": seconds / row.ours,
                 "torch": seconds / row.torch}
            )  # fmt: skip
    uncounted = {row.name: None for row in rows if row.name not in floor.NEEDS and suite(row.name) == "ops"}
    return {"speeds": speeds, "rows": found, "uncounted": list(uncounted)}


def speeds_line(speeds: dict) -> str:
    """What the machine can do, in words."""
    copied = ", ".join(f"{speed / 1e9:.0f} at {int(size) >> 20}" for size, speed in speeds["bytes"].items())
    products = " and ".join(f"{speed / 1e9:.0f} G in {dtype}" for dtype, speed in speeds["multiplications"].items())
    return f"memory moves (GB/s at MiB) {copied}; BLAS does {products} multiplications a second"


def floor_line(row: dict) -> str:
    return (
        f"{row['name'] + ', ' + row['dtype']:<64} floor {1e3 * row['floor']:.3f} ms, bound by {row['bound']}: "
        f"{row['reached']:.0%} reached, torch {row['torch']:.0%}"
    )


def findings(rows: list[Row], extra: dict, short: bool = False) -> list[str]:
    """The verdicts: geometric means, what is slower than torch, the bars (in short: those that are missed), the cliffs."""
    lines = []
    for about in bars.means(rows):
        compiled = "" if about["compiled"] is None else (
            f"; torch.compile / ours {about['compiled']:.2f} over {about['compiled_cases']}"
        )  # fmt: skip
        title = f"geometric mean, {about['dtype']}, {about['mode']}"
        busy = " (busy)" * about["busy"]
        lines.append(f"{title}: {about['mean']:.2f} over {about['cases']} operations{compiled}{busy}")
        below = ", ".join(f"{name} {ratio:.2f}" for name, ratio in sorted(about["below"].items(), key=lambda item: item[1]))
        lines.append(f"  slower than torch there: {below or 'none'}")
    verdicts = bars.verdicts(rows, extra)
    lines += [str(verdict) for verdict in verdicts if not (short and verdict.met)]
    if verdicts:
        lines.append(f"{sum(verdict.met for verdict in verdicts)} of {len(verdicts)} bars met")
    if any(row.threads != bars.THREADS for row in rows if row.name in bars.CASES):
        lines.append(f"(the bars were set for {bars.THREADS} threads)")
    found = cliffs.verdict(rows)
    return lines + (cliffs.lines(found) if found else [])


def about_line(about: dict) -> str:
    """The machine, the versions, the BLAS, and how to read the figures."""
    cores = ", ".join([f"{about['cores']} cores", about["vectors"], *about["caches"]])
    versions = ", ".join(f"{name} {about[name.lower()]}" for name in ("torch", "NumPy", "Numba", "Python"))
    machine = f"{about['processor']} ({cores}), {about['memory']}, {about['threads']} threads each; {versions}"
    blas = "".join(f"; {library}: {text}" for library, text in about.get("blas", {}).items())
    blas += "".join(f"; {name}={value} set" for name, value in about["switches"].items())
    return (
        f"Measured on {machine}{blas}.  Medians in milliseconds; a ratio is the median of the rounds', quartiles beside it, "
        f"and above 1 means that ours is faster.  At most {about['busy']:.0%} of the machine was busy between rounds."
    )


def _speeds(rows: list[Row]) -> list[str]:
    """One line per case, for rows of one suite, dtype and number of threads."""
    compiled = any(row.compiled_ratio is not None for row in rows)
    forward = any(row.mode == "forward" for row in rows)
    whole = "forward+backward" if forward else "as a whole"
    head = "| case |" + " forward: ours | torch | torch / ours | quartiles |" * forward
    head += (
        f" {whole}: ours | torch | torch / ours | quartiles |"
        + (" torch.compile / ours" + ", forward; both" * forward + " |") * compiled
    )
    lines = [head, "|---|" + "---:|---:|---:|---|" * forward + "---:|---:|---:|---|" + "---:|" * compiled]
    for name in dict.fromkeys(row.name for row in rows):
        modes = {row.mode: row for row in rows if row.name == name}
        last = modes.get("forward+backward", modes.get("whole"))
        cells = [name + max(map(remark, modes.values()), key=len)]
        cells += (_cells(modes.get("forward")) if forward else []) + _cells(last)
        if compiled:
            both = [f"{row.compiled_ratio:.2f}" for row in modes.values() if row.compiled_ratio is not None]
            cells.append("; ".join(both))
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def _cells(row: Row | None) -> list[str]:
    if row is None:
        return [""] * 4
    return [f"{1e3 * row.ours:.3f}", f"{1e3 * row.torch:.3f}", f"{row.ratio:.2f}", f"{row.low:.2f} to {row.high:.2f}"]


def groups(rows: list[Row]) -> dict[tuple[str, str, int], list[Row]]:
    """The rows by suite, dtype and threads, in the order in which they were measured."""
    found: dict[tuple[str, str, int], list[Row]] = {}
    for row in rows:
        found.setdefault((suite(row.name), row.dtype, row.threads), []).append(row)
    return found


def table(rows: list[Row], extra: dict, about: dict) -> str:
    """The README's tables of speeds, as Markdown."""
    lines = [about_line(about)]
    found = findings(rows, extra, short=True)
    if found:
        lines += ["", *(f"- {text.strip()}" for text in found)]
    for (title, dtype, threads), mine in groups(rows).items():
        lines += ["", f"{title}, {dtype}, {threads} thread{'s' * (threads != 1)}:", "", *_speeds(mine)]
    if "floor" in extra:
        lines += [
            "",
            f"| forward and backward; {speeds_line(extra['floor']['speeds'])} | | floor, ms | bound by | reached | torch |",
        ]
        lines += ["|---|---|---:|---|---:|---:|"]
        lines += [
            f"| {r['name']} | {r['dtype']} | {1e3 * r['floor']:.3f} | {r['bound']} | {r['reached']:.0%} | {r['torch']:.0%} |"
            for r in extra["floor"]["rows"]
        ]
    if "start" in extra:
        lines += ["", "| start | import, s | building the CNN, s | its first step, s |", "|---|---:|---:|---:|"]
        lines += [
            f"| {k} | {v['import']:.2f} | {v['model']:.2f} | {v['first step']:.2f} |" for k, v in extra["start"].items()
        ]
    if "memory" in extra:
        lines += ["", "| memory, MiB | at the peak: ours | torch | of which the step: ours | torch |", "|---|" + "---:|" * 4]
        for name, who in extra["memory"].items():
            cells = [who[library][key] for key in ("peak", "step") for library in ("minitorch_np", "torch")]
            lines.append(f"| {name} | " + " | ".join(f"{cell:.0f}" for cell in cells) + " |")
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


def save(rows: list[Row], extra: dict, about: dict, folder: Path) -> list[Path]:
    """benchmarks.json, benchmarks.md, and a picture of each suite; returns the paths."""
    from . import charts

    folder.mkdir(parents=True, exist_ok=True)
    record = {"machine": about, **bars.record(rows, extra), "cliffs": cliffs.verdict(rows), **extra}
    record["rows"] = [asdict(row) for row in rows]
    (folder / "benchmarks.json").write_text(json.dumps(record, indent=1))
    (folder / "benchmarks.md").write_text(table(rows, extra, about) + "\n")
    return [folder / "benchmarks.json", folder / "benchmarks.md", *charts.draw(rows, extra, about, folder)]
