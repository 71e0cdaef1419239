"""What the benchmark concludes from its figures: bars, cliffs, tables and pictures of figures that are made up."""

import dataclasses
import json

import pytest

from benchmarks import bars, charts, cliffs, environment, report
from benchmarks.cases import CURVES, OPS, STEPS, Curve
from benchmarks.race import Row


def row(name, ratio, mode="forward+backward", dtype="float32", threads=2, ours=1.0, compiled=None, rounds=9, thrown_away=0):
    beside = {} if compiled is None else {"compiled": compiled * ours, "compiled_ratio": compiled}
    return Row(
        name, mode, dtype, threads, ours, ratio * ours, ratio, 0.9 * ratio, 1.1 * ratio, rounds, thrown_away, 0.0, **beside
    )


START = {
    "minitorch_np, cold": {"import": 0.5, "model": 3.0, "first step": 20.5},
    "minitorch_np, warm": {"import": 0.4, "model": 0.1, "first step": 1.5},
    "torch": {"import": 1.0, "model": 0.1, "first step": 0.2},
}
MEMORY = {
    "training step: cnn": {
        "minitorch_np": {"before": 170.0, "step": 30.0, "peak": 200.0},
        "torch": {"before": 300.0, "step": 100.0, "peak": 400.0},
    },
    "training step: lenet": {
        "minitorch_np": {"before": 170.0, "step": 240.0, "peak": 410.0},
        "torch": {"before": 300.0, "step": 100.0, "peak": 400.0},
    },
}
OVERHEAD = [
    {"name": "x + y", "mode": mode, "numpy": 0.3, "ours": 2.0 + cost, "torch": 1.5, "wrapper": 1.7 + cost}
    for mode, cost in (("plain", 0.0), ("recorded", 2.0))
]


def test_bars_are_about_cases_that_there_are():
    assert set(bars.CASES) <= {*OPS, *STEPS}
    assert sum(name.startswith("conv2d") for name in bars.CASES) >= 5


def test_the_mean_is_geometric_and_forward_stands_apart():
    rows = [
        row("relu", 4.0, compiled=2.0), row("gelu", 1.0, compiled=0.5), row("SGD step, 0.5 M weights", 0.25, "whole"),
        row("relu", 0.5, "forward"), row("relu", 3.0, dtype="float64"), row("training step: cnn", 100.0, "whole"),
    ]  # fmt: skip
    forward, both, double = bars.means(rows)
    assert (forward["mode"], forward["mean"], forward["below"]) == ("forward", pytest.approx(0.5), {"relu": 0.5})
    assert (both["cases"], both["mean"]) == (3, pytest.approx(1.0))
    assert both["below"] == {"SGD step, 0.5 M weights": 0.25}
    assert (both["compiled_cases"], both["compiled"]) == (2, pytest.approx(1.0))
    assert (double["dtype"], double["mean"], double["compiled"]) == ("float64", pytest.approx(3.0), None)
    assert "  slower than torch there: SGD step, 0.5 M weights 0.25" in report.findings(rows, {})


def test_verdicts():
    rows = [
        row("conv2d 3x3 64 -> 64, 32x32", 1.19), row("conv2d 3x3 64 -> 64, 32x32", 9.0, "forward"),
        row("relu", 1.0), row("relu", 0.1, dtype="float64"), row("training step: cnn", 1.7, "whole"),
        row("silu", 0.5), row("max_pool2d 2x2", 4.9, rounds=4, thrown_away=5),
    ]  # fmt: skip
    found = [str(verdict) for verdict in bars.verdicts(rows, {})]
    assert found == [
        "bar conv2d 3x3 64 -> 64, 32x32, at least 1.2: measured 1.19, MISSED",
        "bar relu, at least 1: measured 1.00, met",
        "bar training step: cnn, at least 1.7: measured 1.70, met",
        "bar max_pool2d 2x2, at least 5: measured 4.90 (unsteady), MISSED",
    ]
    alone = report.findings([row("relu", 1.0, threads=1)], {})
    assert "(the bars were set for 2 threads)" in alone
    assert "(the bars were set for 2 threads)" not in report.findings(rows, {})
    short = report.findings(rows, {}, short=True)
    assert "2 of 4 bars met" in short
    assert not any("bar relu" in text for text in short)


def test_the_mean_is_judged_only_where_the_suite_is_whole():
    rows = [row(name, 2.1) for name in OPS]
    title = f"geometric mean of {len(OPS)} operations"
    assert str(bars.verdicts(rows, {})[0]) == f"bar {title}, at least 2: measured 2.10, met"
    rows[3].busy = 0.5
    assert bars.verdicts(rows, {})[0].measured == "2.10 (busy)"
    assert not any("mean" in verdict.what for verdict in bars.verdicts(rows[1:], {}))


def test_verdicts_on_start_and_memory():
    found = {verdict.what: verdict for verdict in bars.verdicts([], {"start": START, "memory": MEMORY})}
    assert {what: verdict.met for what, verdict in found.items()} == {
        "import": True, "first CNN step, warm": True, "first CNN step, cold": False,
        "memory, training step: cnn": True, "memory, training step: lenet": False,
    }  # fmt: skip
    assert found["import"].measured == "0.40"
    assert found["memory, training step: cnn"].measured == "0.50 (200 of 400 MiB, of which the step 30 of 100)"


CURVE = Curve("c", {f"c{size}": (size, size**2) for size in (1, 2, 4, 8)})


def curve(ours, torch, threads=2):
    """Rows of CURVE from the time that a unit of work takes."""
    return [
        row(name, theirs / mine, ours=mine * work, threads=threads)
        for (name, (_, work)), mine, theirs in zip(CURVE.points.items(), ours, torch)
    ]


@pytest.mark.parametrize(
    ("ours", "torch", "at"),
    [
        ((9, 5, 3, 2), (1, 1, 1, 1), []),  # calls weigh less and less
        ((1, 1.4, 1.8, 2.2), (1, 1, 1, 1), []),  # slowly out of the caches
        ((1, 1, 1.6, 1.6), (1, 1, 1, 1), ["4"]),
        ((1, 1, 1.6, 1), (1, 1, 1, 1), ["4"]),  # a peak
        ((2, 2, 1, 2), (1, 1, 1, 1), ["8"]),  # a good size, and back
        ((1, 1, 1.6, 1.6), (1, 1, 1.6, 1.6), []),  # torch jumps, too
        ((1, 1, 1.6, 1.6), (1, 1, 1.4, 1.4), []),  # nearly as much
        ((1, 1, 1.8, 1.8), (1, 1, 1.4, 1.4), ["4"]),
        ((1, 2, 2, 4), (1, 1, 1, 1), ["2", "8"]),
    ],
)
def test_cliffs(ours, torch, at):
    found, seen = cliffs.find(curve(ours, torch), [CURVE])
    assert [cliff.size for cliff in found] == at
    assert seen == ["c, forward+backward, 2 threads"]


def test_a_cliff_is_looked_for_in_the_order_of_sizes():
    rows = curve((1, 1, 1.6, 1.6), (1, 1, 1, 1))
    (cliff,), _ = cliffs.find(rows[::-1], [CURVE])
    assert str(cliff) == (
        "c, forward+backward, 2 threads: at 4 a unit of work takes 1.60 times as long, in torch 1.00 times; "
        "torch / ours is 0.62 there"
    )


def test_a_cliff_tells_what_its_figures_are_worth():
    rows = curve((1, 1, 1.6, 1.6), (1, 1, 1, 1))
    rows[1].busy = 0.5  # that of the size before
    (cliff,), _ = cliffs.find(rows, [CURVE])
    assert str(cliff).endswith("there (busy)")


def test_more_threads_that_take_longer_are_a_cliff():
    both = [*curve((1, 1, 1, 1), (1, 1, 1, 1), 1), *curve((0.5, 1.1, 1.3, 0.5), (1, 1, 1, 1), 2)]
    found, seen = cliffs.find(both, [CURVE])
    assert [(cliff.curve, cliff.size) for cliff in found] == [
        ("c, forward+backward, 2 threads", "2"), ("c, forward+backward, n = 4", "2 threads"),
    ]  # fmt: skip
    assert len(seen) == 2 + 4
    slow = [*curve((1, 1, 1, 1), (1, 1, 1, 1), 1), *curve((2, 2, 2, 2), (2, 2, 2, 2), 2)]
    assert cliffs.find(slow, [CURVE])[0] == []


def test_without_curves_there_is_no_verdict_on_them():
    assert cliffs.verdict([row("relu", 1.0)]) is None
    assert not any("cliff" in text for text in report.findings([row("relu", 1.0)], {}))


def test_torch_tells_its_blas():
    text = """
      - Intel(R) oneAPI Math Kernel Library Version 2024.2-Product Build 20240605 for Intel(R) 64 architecture applications
      - Intel(R) MKL-DNN v3.12.0 (Git Hash 80af)
      - OpenMP 201511 (a.k.a. OpenMP 4.5)
      - CPU capability usage: AVX2
    """
    assert environment._torch_blas(text, 2) == "MKL 2024.2, oneDNN 3.12.0, OpenMP 201511, kernels for AVX2, 2 threads"
    assert environment._torch_blas("nothing", 1) == "unknown, 1 thread"


def test_caches(tmp_path):
    for number, (level, kind, size) in enumerate(
        [("1", "Data", "32K"), ("1", "Instruction", "32K"), ("2", "Unified", "1M")]
    ):
        (tmp_path / f"index{number}").mkdir()
        for name, text in (("level", level), ("type", kind), ("size", size)):
            (tmp_path / f"index{number}" / name).write_text(text + "\n")
    assert environment.caches(str(tmp_path)) == ["L1 32K", "L2 1M"]
    assert environment.caches(str(tmp_path / "none")) == []


def test_what_changes_the_libraries_is_told(monkeypatch):
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")
    monkeypatch.setenv("SOMETHING_ELSE", "1")
    assert environment.switches()["OMP_WAIT_POLICY"] == "PASSIVE"
    assert "SOMETHING_ELSE" not in environment.switches()
    assert "OMP_WAIT_POLICY=PASSIVE set" in report.about_line(environment.machine(1) | {"busy": 0.0})


ABOUT = environment.machine(2) | {"busy": 0.0, "blas": {"torch": "MKL"}}


def test_a_table_has_one_line_for_a_case():
    rows = [row("relu", 2.0, "forward"), row("relu", 3.0, compiled=1.5), row("SGD step, 0.5 M weights", 4.0, "whole")]
    rows += [row("training step: cnn", 1.5, "whole"), row("relu", 2.5, dtype="float64", rounds=1, thrown_away=5)]
    lines = report.table(rows, {"start": START, "memory": MEMORY}, ABOUT).splitlines()
    ops = lines.index("ops, float32, 2 threads:")
    assert lines[ops + 4 : ops + 6] == [
        "| relu | 1000.000 | 2000.000 | 2.00 | 1.80 to 2.20 | 1000.000 | 3000.000 | 3.00 | 2.70 to 3.30 | 1.50 |",
        "| SGD step, 0.5 M weights |  |  |  |  | 1000.000 | 4000.000 | 4.00 | 3.60 to 4.40 |  |",
    ]
    steps = lines.index("steps, float32, 2 threads:")
    assert lines[steps + 4] == "| training step: cnn | 1000.000 | 1500.000 | 1.50 | 1.35 to 1.65 |"
    double = lines.index("ops, float64, 2 threads:")
    assert lines[double + 4] == "| relu (unsteady) | 1000.000 | 2500.000 | 2.50 | 2.25 to 2.75 |"
    assert "| torch | 1.00 | 0.10 | 0.20 |" in lines
    assert "| training step: cnn | 200 | 400 | 30 | 100 |" in lines
    for place in (ops + 2, steps + 2, double + 2):  # head, rule and line agree in the number of cells
        assert len({line.count("|") for line in lines[place : place + 3]}) == 1


def test_everything_is_saved_and_drawn(tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(charts, "_save", lambda figure, path: drawn.append(path))  # writing takes long; others look at files
    scale = [
        dataclasses.replace(row(name, 1.5), ours=1e-6 * work, threads=threads)
        for curve in CURVES
        for name, (_, work) in curve.points.items()
        for threads in (1, 2)
    ]
    rows = [row("relu", 2.0, compiled=0.4), row("gelu", 0.7), row("training step: cnn", 1.5, "whole"), *scale]
    paths = report.save(rows, {"start": START, "memory": MEMORY, "overhead": OVERHEAD}, ABOUT, tmp_path)
    assert {path.name for path in paths} == {
        "benchmarks.json", "benchmarks.md", "ops.png", "steps.png", "scale.png", "start.png", "memory.png",
        "overhead.png",
    }  # fmt: skip
    record = json.loads((tmp_path / "benchmarks.json").read_text())
    assert record["means"][0]["mean"] == pytest.approx(1.4**0.5)
    assert record["cliffs"]["cliffs"] == []
    assert sum(verdict["met"] for verdict in record["verdicts"]) == 4
    assert drawn == [path for path in paths if path.suffix == ".png"]


def test_every_bar_carries_its_number(tmp_path, monkeypatch):
    figures = []
    monkeypatch.setattr(charts, "_save", lambda figure, path: figures.append(figure))
    rows = [row("relu", 2.0, compiled=0.4), row("gelu", 0.71)]
    charts.draw(rows, {"start": START, "memory": MEMORY, "overhead": OVERHEAD}, ABOUT, tmp_path)
    texts = [[text.get_text() for axis in figure.axes for text in axis.texts] for figure in figures]
    assert texts[0] == ["2.00", "0.71", "0.40"]
    assert texts[1] == ["0.50", "0.40", "1.00", "3.00", "0.10", "0.10", "20.50", "1.50", "0.20"]
    assert texts[3] == ["0.30", "2.00", "1.50"]
    assert texts[2] == ["200, the step 30", "410, the step 240", "400, the step 100", "400, the step 100"]
