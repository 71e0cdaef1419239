"""python -m benchmarks: ours against torch."""

import argparse
import sys
from pathlib import Path

from . import environment, floor, overhead, probe, race, report
from .cases import SUITES
from .load import BOUND, Watch, threads_available, wait_until_idle

DTYPES = ("float32", "float64")


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="ours against torch, each in its own process, in turns",
        epilog="ops: every kernel; steps: training steps and inference; scale: how time grows, and where it jumps; start: "
        "import and first step; memory: what a step holds; random, files, overhead: random numbers, checkpoints, the cost "
        "of a call",
    )
    top.add_argument("what", nargs="*", choices=("all", *SUITES, "overhead", "start", "memory"), help="default: all")
    top.add_argument("--only", metavar="TEXT", help="only cases whose name contains TEXT")
    top.add_argument("--rounds", type=int, default=9, help="turns per case (default 9)")
    top.add_argument("--quick", action="store_true", help="three rounds, no waiting for an idle machine: not to be quoted")
    top.add_argument("--threads", type=int, default=threads_available(), help="threads of each library (default: all)")
    top.add_argument(
        "--dtype", nargs="+", choices=DTYPES, metavar="DTYPE",
        help="of the operations: float32, float64 or both (default: both, float32 alone with --only or --quick)",
    )  # fmt: skip
    top.add_argument(
        "--compile", action=argparse.BooleanOptionalAction,
        help="race torch.compile, too, in ops and steps (default: where a C++ compiler is, but not with --only or --quick: "
        "it compiles for seconds an operation, for minutes a deep network)",
    )  # fmt: skip
    top.add_argument("--out", metavar="DIR", default="runs", help="folder for the JSON record, the tables and the charts")
    top.add_argument("--readme", metavar="FILE", help="write the tables between the markers of this file")
    return top


def _asked(options, what: str) -> bool:
    """Whether this was asked for; of all, --only leaves out what has no cases."""
    return what in options.what or "all" in options.what and (what in SUITES or options.only is None)


def _races(options, rounds: int, limit: float, rows: list[race.Row]) -> dict:
    """Race the suites that were asked for; each row is put down as it is measured.  Returns each library's BLAS."""

    def put_down(row: race.Row) -> None:
        rows.append(row)
        print(report.line(row), flush=True)

    blas = {}
    wait = Watch(limit)
    for suite, cases in SUITES.items():
        names = [name for name in cases if options.only is None or options.only in name]
        if not _asked(options, suite) or not names:
            continue
        print(f"{suite + ':':<32} {'':<17} {'ours':>12} {'torch':>12}   torch / ours (quartiles)")
        dtypes = options.dtype if suite == "ops" else DTYPES[:1]
        plan = race.Plan(options.threads, rounds, options.compile and suite in ("ops", "steps"), wait)
        blas = race.run(names, plan, dtypes, put_down)
        if suite == "scale":
            for threads in range(options.threads - 1, 0, -1):
                print(f"{threads} thread{'s' * (threads != 1)}:")
                race.run(names, race.Plan(threads, rounds, False, wait), dtypes, put_down)
    return blas


def _probes(options, rounds: int) -> dict:
    """Start-up, memory and the cost of a call, where they were asked for."""
    extra = {}
    repeats = 1 if options.quick else probe.REPEATS
    if _asked(options, "start"):
        extra["start"] = probe.start(options.threads, repeats)
        for who, seconds in extra["start"].items():
            print(
                f"{who:<20} import {seconds['import']:.2f} s, building the CNN {seconds['model']:.2f} s, "
                f"its first step {seconds['first step']:.2f} s"
            )
    if _asked(options, "memory"):
        extra["memory"] = probe.memory(options.threads, repeats, options.only)
        for name, libraries in extra["memory"].items():
            for who, size in libraries.items():
                print(f"{name:<36} {who:<14} holds {size['peak']:.0f} MiB at its peak, of which the step {size['step']:.0f}")
    if _asked(options, "overhead"):
        extra["overhead"] = overhead.measure(rounds)
        for row in extra["overhead"]:
            print(overhead.line(row))
    return extra


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    options.what = options.what or ["all"]
    if options.rounds < 1 or options.threads < 1:
        print("error: --rounds and --threads must be positive", file=sys.stderr)
        return 2
    if options.compile and environment.compiler() is None:
        print("error: --compile needs a C++ compiler (g++, clang++, or the one that CXX names)", file=sys.stderr)
        return 2
    whole = options.only is None and not options.quick
    if options.compile is None:
        options.compile = whole and environment.compiler() is not None
    options.dtype = options.dtype or (DTYPES if whole else DTYPES[:1])
    rounds, limit = (min(3, options.rounds), 0.0) if options.quick else (options.rounds, 300.0)
    share = wait_until_idle(limit)
    print(f"the machine is {share:.0%} busy; {options.threads} threads each, {rounds} rounds")
    extra = _probes(options, rounds)
    rows: list[race.Row] = []
    blas, failure = {}, None
    try:
        blas = _races(options, rounds, limit, rows)
    except RuntimeError as error:  # the libraries disagree: what was measured before is not lost
        failure = error
    if any(row.name in floor.NEEDS for row in rows):
        extra["floor"] = report.floors(rows, floor.speeds(options.threads))
        print(report.speeds_line(extra["floor"]["speeds"]))
        for row in extra["floor"]["rows"]:
            print(report.floor_line(row))
        print(f"no floor was counted for: {', '.join(extra['floor']['uncounted']) or 'none'}")
    about = environment.machine(options.threads) | {"blas": blas, "busy": max([share, *(row.busy for row in rows)])}
    print(report.about_line(about))
    for text in report.findings(rows, extra):
        print(text)
    if about["busy"] > BOUND:
        print(f"the machine was up to {about['busy']:.0%} busy: these figures are not to be quoted")
    print("written: " + ", ".join(map(str, report.save(rows, extra, about, Path(options.out)))))
    if failure is not None:
        print(f"error: stopped before the end: {failure}", file=sys.stderr)
        return 1
    if options.readme:
        report.write_readme(report.table(rows, extra, about), Path(options.readme))
    return 0


if __name__ == "__main__":
    sys.exit(main())
