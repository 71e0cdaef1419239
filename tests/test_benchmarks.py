"""The benchmark's harness: that it measures, checks and writes; not what it measures."""

import json
import re

import numpy as np
import pytest

from benchmarks import floor, load, overhead, probe, race, report
from benchmarks.__main__ import main
from benchmarks.cases import CASES


def test_one_case_from_end_to_end(tmp_path, capsys):
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{report.START}\nold\n{report.END}\nafter\n")
    assert (
        main(["ops", "--only", "add, 4", "--quick", "--threads", "1", "--out", str(tmp_path), "--readme", str(readme)]) == 0
    )
    assert capsys.readouterr().out.count("add, 4 elements") == 2
    record = json.loads((tmp_path / "benchmarks.json").read_text())
    assert [row["mode"] for row in record["rows"]] == ["forward", "forward+backward"]
    assert all(row["ours"] > 0 and row["torch"] > 0 and row["low"] <= row["ratio"] <= row["high"] for row in record["rows"])
    assert (tmp_path / "benchmarks.png").read_bytes()[:4] == b"\x89PNG"
    text = readme.read_text()
    assert "old" not in text
    assert re.search(r"\| add, 4 elements( \(unsteady\))? \| forward \|", text)
    assert text.endswith("after\n")


TRUTH = {"forward 0": np.array([1.0, -2.0, 3.0]), "backward 0": np.array([[4.0, 0.5]])}


@pytest.mark.parametrize(
    ("lie", "match"),
    [
        ({"forward 0": np.array([-2.0, 1.0, 3.0])}, "forward 0 by 3.00e"),  # same mean, same largest value
        ({"backward 0": np.array([[4.0, 0.501]])}, "backward 0 by"),
        ({"backward 0": np.array([[4.0, np.nan]])}, "backward 0 by nan"),
        ({"backward 0": np.array([4.0, 0.5])}, "backward 0 is float64"),
        ({"backward 1": np.zeros(1)}, "about what there is"),
    ],
)
def test_different_results_stop_the_race(lie, match):
    race.compare("x", TRUTH, TRUTH)
    with pytest.raises(RuntimeError, match=match):
        race.compare("x", TRUTH | lie, TRUTH)


def test_memory_of_a_step(monkeypatch):
    monkeypatch.setattr(probe, "REPEATS", 1)
    for found in probe.memory(1).values():
        assert found["before"] > 10
        assert found["step"] > 6.1  # one activation of 64 x 32 x 28 x 28 numbers is that large


def test_drifting_rounds_are_repeated():
    answers = {"minitorch_np": iter([1.0, 1.0, 1.0]), "torch": iter([2.0, 9.0, 2.2])}

    class Fixed:
        def __init__(self, library):
            self.library = library

        def ask(self, **_):
            return next(answers[self.library])

    row = race.race({library: Fixed(library) for library in race.LIBRARIES}, "x", False, 2)
    assert (row.rounds, row.thrown_away) == (2, 1)
    assert row.ratio == pytest.approx(2.1)


def test_waiting_ends(monkeypatch):
    shares = iter([0.9, 0.5, 0.01])
    monkeypatch.setattr(load, "busy_share", lambda seconds=0.5: next(shares))
    monkeypatch.setattr(load.time, "sleep", lambda seconds: None)
    said = []
    assert load.wait_until_idle(say=said.append) == 0.01
    assert len(said) == 1
    monkeypatch.setattr(load, "busy_share", lambda seconds=0.5: 0.9)
    assert load.wait_until_idle(0.0, say=said.append) == 0.9
    assert "not to be trusted" in said[-1]


def test_looking_between_rounds_does_not_wait_for_ever(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(load.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(load.time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    monkeypatch.setattr(load, "busy_share", lambda seconds: 0.9)
    watch = load.Watch(10.0)
    assert [watch() for _ in range(100)] == [0.9] * 100
    assert now[0] <= 12


def test_names():
    assert race.known("training step: cnn") == ["training step: cnn"]
    assert len(CASES) >= 27


def test_overhead_of_small_operations(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(overhead, "OPERATIONS", {k: overhead.OPERATIONS[k] for k in ("x + y", "x[1:]")})
    monkeypatch.setattr(overhead, "answer", lambda library: overhead.times(library, seconds=1e-4))
    assert main(["overhead", "--quick", "--out", str(tmp_path)]) == 0
    rows = json.loads((tmp_path / "benchmarks.json").read_text())["overhead"]
    assert [row["name"] + " " + row["mode"] for row in rows] == [
        "x + y plain", "x + y recorded", "x[1:] plain", "x[1:] recorded",
    ]  # fmt: skip
    for row in rows:
        assert row["wrapper"] == row["ours"] - row["numpy"] > 0
        assert min(row["numpy"], row["torch"]) > 0
    assert capsys.readouterr().out.count("of which the wrapper") == 4
    about = {"processor": "P", "threads": 1, "torch": "t", "numpy": "n", "numba": "b", "busy": 0.0}
    assert report.table([], {"overhead": rows}, about).count("| `x + y` |") == 1


def test_overhead_runs_in_processes_of_its_own():
    found = overhead.answer("numpy")
    assert found["plain"].keys() == overhead.OPERATIONS.keys()


def test_floors_are_about_cases_that_there_are():
    assert set(floor.NEEDS) <= set(CASES)
    found = floor.speeds(1)
    assert min(found.values()) > 1e7
    row = race.Row("relu", "forward+backward", 1.0, 1.0, 1.0, 1.0, 1.0, 3, 0, 0.0)
    other = race.Row("add, 4 elements", "forward+backward", 1.0, 1.0, 1.0, 1.0, 1.0, 3, 0, 0.0)
    speeds = {"bytes": 4e6, "multiplications": 1e6}
    (line,) = report.floors([row, other], speeds)["rows"]
    assert line == {"name": "relu", "floor": 5 * floor.IMAGE / 1e6, "bound": "memory", "reached": 5 * floor.IMAGE / 1e6}
    assert floor.seconds("matmul 512x512", speeds) == 3 * 512**3 / 1e6
    about = report.machine(1) | {"busy": 0.0}
    assert "| relu | 8028.160 | memory | 803% |" in report.table([row], {"floor": report.floors([row], speeds)}, about)


def test_scale_runs_on_one_thread_too(tmp_path, capsys):
    assert (
        main(["scale", "--only", "16 channels", "--quick", "--rounds", "1", "--threads", "2", "--out", str(tmp_path)]) == 0
    )
    names = [row["name"] for row in json.loads((tmp_path / "benchmarks.json").read_text())["rows"]]
    assert "scale: conv2d 3x3, 16 channels" in names
    assert "scale: conv2d 3x3, 16 channels, one thread" in names
