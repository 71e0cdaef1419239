"""The benchmark's harness: that it measures, checks and writes; not what it measures."""

import json

import pytest

from benchmarks import load, race, report
from benchmarks.__main__ import main
from benchmarks.cases import CASES


def test_one_case_from_end_to_end(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("benchmarks.__main__.wait_until_idle", lambda: 0.0)
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{report.START}\nold\n{report.END}\nafter\n")
    assert (
        main(["ops", "--only", "add, 4", "--rounds", "2", "--threads", "1", "--out", str(tmp_path), "--readme", str(readme)])
        == 0
    )
    assert capsys.readouterr().out.count("add, 4 elements") == 2
    record = json.loads((tmp_path / "benchmarks.json").read_text())
    assert [row["mode"] for row in record["rows"]] == ["forward", "forward+backward"]
    assert all(row["ours"] > 0 and row["torch"] > 0 and row["low"] <= row["ratio"] <= row["high"] for row in record["rows"])
    assert (tmp_path / "benchmarks.png").read_bytes()[:4] == b"\x89PNG"
    text = readme.read_text()
    assert "old" not in text
    assert "| add, 4 elements | forward |" in text
    assert text.endswith("after\n")


def test_different_results_stop_the_race():
    class Liar:
        def __init__(self, value):
            self.value = value

        def ask(self, **_):
            return [[self.value, 1.0, 1.0], [0.0, 1.0, 1.0]]

    with pytest.raises(RuntimeError, match="the libraries disagree"):
        race.check({"minitorch_np": Liar(0.5), "torch": Liar(0.0)}, "x")


def test_drifting_rounds_are_thrown_away(monkeypatch):
    monkeypatch.setattr(race, "busy_share", lambda seconds: 0.0)
    answers = {"minitorch_np": iter([1.0, 1.0, 1.0]), "torch": iter([2.0, 9.0, 2.2])}

    class Fixed:
        def __init__(self, library):
            self.library = library

        def ask(self, **_):
            return next(answers[self.library])

    row = race.race({library: Fixed(library) for library in race.LIBRARIES}, "x", False, 3)
    assert (row.rounds, row.thrown_away) == (2, 1)
    assert row.ratio == pytest.approx(2.1)


def test_waiting_ends(monkeypatch):
    shares = iter([0.9, 0.5, 0.01])
    monkeypatch.setattr(load, "busy_share", lambda seconds=0.5: next(shares))
    monkeypatch.setattr(load.time, "sleep", lambda seconds: None)
    said = []
    assert load.wait_until_idle(say=said.append) == 0.01
    assert len(said) == 2


def test_names():
    assert race.known("training step") == ["training step: mlp", "training step: cnn"]
    assert len(CASES) >= 27
