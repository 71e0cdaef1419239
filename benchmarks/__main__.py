"""python -m benchmarks: ours against torch."""

import argparse
import dataclasses
import sys
from pathlib import Path

from . import floor, overhead, probe, race, report
from .cases import CASES, FILES, OPS, RANDOM, SCALE, STEPS
from .load import BOUND, threads_available, wait_until_idle


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="python -m benchmarks", description="ours against torch, each in its own process, in turns"
    )
    top.add_argument(
        "what",
        nargs="?",
        choices=("all", "ops", "overhead", "random", "scale", "steps", "files", "start", "memory"),
        default="all",
    )
    top.add_argument("--only", metavar="TEXT", help="only cases whose name contains TEXT")
    top.add_argument("--rounds", type=int, default=9, help="turns per case (default 9)")
    top.add_argument("--quick", action="store_true", help="three rounds, no waiting for an idle machine: not to be quoted")
    top.add_argument("--threads", type=int, default=threads_available(), help="threads of each library (default: all)")
    top.add_argument("--out", metavar="DIR", default="runs", help="folder for the JSON record and the chart")
    top.add_argument("--readme", metavar="FILE", help="write the table between the markers of this file")
    return top


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    if options.rounds < 1 or options.threads < 1:
        print("error: --rounds and --threads must be positive", file=sys.stderr)
        return 2
    names = {"all": CASES, "ops": OPS, "random": RANDOM, "scale": SCALE, "steps": STEPS, "files": FILES}.get(
        options.what, {}
    )
    names = [name for name in names if options.only is None or options.only in name]
    rounds, limit = (3, 0.0) if options.quick else (options.rounds, 300.0)
    share = wait_until_idle(limit)
    print(f"the machine is {share:.0%} busy; {options.threads} threads each, {rounds} rounds")
    extra = {}
    if options.what in ("all", "start") and options.only is None:
        extra["start"] = probe.start(options.threads)
        for who, seconds in extra["start"].items():
            print(f"{who:<20} import {seconds['import']:.2f} s, first CNN step {seconds['first step']:.2f} s")
    if options.what in ("all", "memory") and options.only is None:
        extra["memory"] = probe.memory(options.threads)
        for who, size in extra["memory"].items():
            print(f"{who:<20} a CNN step takes {size['step']:.0f} MiB, on top of {size['before']:.0f} MiB")
    if options.what in ("all", "overhead") and options.only is None:
        extra["overhead"] = overhead.measure(rounds)
        for row in extra["overhead"]:
            print(overhead.line(row))
    if names:
        print(f"{'case':<32} {'':<17} {'ours':>12} {'torch':>12}   torch / ours (quartiles)")
    rows = race.run(names, options.threads, rounds, lambda row: print(report.line(row), flush=True), limit) if names else []
    if options.what in ("all", "scale") and options.threads > 1 and names:  # the same on one thread
        print("one thread:")
        scale = [name for name in names if name in SCALE]
        alone = race.run(scale, 1, rounds, lambda row: print(report.line(row), flush=True), limit)
        rows += [dataclasses.replace(row, name=f"{row.name}, one thread") for row in alone]
    if any(row.name in floor.NEEDS for row in rows):
        extra["floor"] = report.floors(rows, floor.speeds(options.threads))
        for row in extra["floor"]["rows"]:
            print(
                f"{row['name']:<40} floor {1e3 * row['floor']:.3f} ms, bound by {row['bound']}: {row['reached']:.0%} reached"
            )
    about = report.machine(options.threads) | {"busy": max([share, *(row.busy for row in rows)])}
    if about["busy"] > BOUND:
        print(f"the machine was up to {about['busy']:.0%} busy: these figures are not to be quoted")
    report.save(rows, extra, about, Path(options.out))
    if options.readme:
        report.write_readme(report.table(rows, extra, about), Path(options.readme))
    return 0


if __name__ == "__main__":
    sys.exit(main())
