"""The benchmark's harness: that it measures, checks and writes; not what it measures."""

import json
import re

import numpy as np
import pytest

import minitorch_np
from benchmarks import bars, environment, floor, load, overhead, probe, race, report, worker
from benchmarks.__main__ import main
from benchmarks.cases import CASES, OPS, SUITES


def test_one_case_from_end_to_end(tmp_path, capsys):
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{report.START}\nold\n{report.END}\nafter\n")
    arguments = ["ops", "--only", "add, 4", "--quick", "--rounds", "1", "--threads", "1", "--dtype", "float32", "float64"]
    assert main([*arguments, "--out", str(tmp_path), "--readme", str(readme)]) == 0
    printed = capsys.readouterr().out
    assert len(re.findall("^add, 4 elements", printed, re.M)) == 4
    assert "geometric mean, float64, forward+backward" in printed
    record = json.loads((tmp_path / "benchmarks.json").read_text())
    rows = record["rows"]
    assert [(row["mode"], row["dtype"]) for row in rows] == [
        (mode, dtype) for dtype in ("float32", "float64") for mode in ("forward", "forward+backward")
    ]
    assert all(row["ours"] > 0 and row["torch"] > 0 and row["low"] <= row["ratio"] <= row["high"] for row in rows)
    assert all(len(samples) >= row["rounds"] for row in rows for samples in row["samples"].values())
    for name in ("ops.png", "ops-float64.png"):
        assert (tmp_path / name).read_bytes()[:4] == b"\x89PNG"
    assert "NumPy's openblas" in record["machine"]["blas"]["minitorch_np"]
    assert re.search(r"(MKL|OpenBLAS) \d.*, 1 thread$", record["machine"]["blas"]["torch"])
    text = readme.read_text()
    assert "old" not in text
    assert len(re.findall(r"^\| add, 4 elements( \(\w+\))* \| 0\.\d+ \|", text, re.M)) == 2
    assert record["machine"]["blas"]["torch"] in text
    assert text.endswith("after\n")
    assert (tmp_path / "benchmarks.md").read_text().strip() in text


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


def test_float64_is_compared_more_strictly():
    near = TRUTH | {"backward 0": TRUTH["backward 0"] + 1e-7}
    race.compare("x", near, TRUTH)
    with pytest.raises(RuntimeError, match="backward 0 by"):
        race.compare("x", near, TRUTH, "float64")


def test_of_drawn_numbers_the_share_of_zeros_is_compared():
    rng = np.random.default_rng(0)
    one, other, fewer = ({"forward 0": (rng.random(100_000) < share) * 2.0} for share in (0.5, 0.5, 0.45))
    race.compare("x", one, other, drawn=True)
    with pytest.raises(RuntimeError, match="forward 0 by"):
        race.compare("x", one, fewer, drawn=True)


class Fixed:
    """A worker with its answers ready."""

    def __init__(self, times=(), result=None, answer="made"):
        self.times, self.result, self.answer = iter(times), result, answer

    def ask(self, into=None, **_):
        if into is None:
            return next(self.times)
        if self.answer == "made":
            np.savez(into, **self.result)
        return self.answer


def test_drifting_rounds_are_repeated():
    row = race.race({"minitorch_np": Fixed([1.0, 1.0, 1.0]), "torch": Fixed([2.0, 9.0, 2.2])}, "x", False, 2)
    assert (row.rounds, row.thrown_away) == (2, 1)
    assert row.ratio == pytest.approx(2.1)
    assert row.compiled is None
    assert row.samples["torch"] == [2.0, 9.0, 2.2]


def test_a_round_drifts_when_a_later_one_is_faster():
    row = race.race({"minitorch_np": Fixed([1.0, 2.0, 2.0]), "torch": Fixed([9.0, 2.0, 2.0])}, "x", False, 2)
    assert (row.rounds, row.thrown_away, row.ratio) == (2, 1, 1.0)


def test_rounds_end_where_torch_never_settles():
    times = [2.0**-n for n in range(9)]
    row = race.race({"minitorch_np": Fixed(times), "torch": Fixed(times)}, "x", False, 3)
    assert (row.rounds, row.thrown_away) == (1, 5)
    assert bars.remark(row) == " (unsteady)"
    row.busy = 0.5
    assert bars.remark(row) == " (unsteady) (busy)"


def test_torch_compile_stands_beside():
    workers = {"minitorch_np": Fixed([1.0, 1.0, 1.0]), "torch": Fixed([2.0, 9.0, 2.0])}
    row = race.race(workers | {race.COMPILED: Fixed([0.5, 5.0, 0.7])}, "x", True, 2)
    assert (row.ratio, row.compiled, row.compiled_ratio) == (2.0, pytest.approx(0.6), pytest.approx(0.6))
    assert "torch.compile x0.60" in report.line(row)


def test_torch_compile_may_refuse_but_we_may_not():
    same, other = TRUTH, TRUTH | {"forward 0": np.zeros(3)}
    theirs = {"torch": Fixed(result=same)}
    assert race.check(theirs | {"minitorch_np": Fixed(result=same), race.COMPILED: Fixed(result=same)}, "x") is None
    assert race.check(theirs | {"minitorch_np": Fixed(result=same), race.COMPILED: Fixed(answer="no")}, "x") == "no"
    found = race.check(theirs | {"minitorch_np": Fixed(result=same), race.COMPILED: Fixed(result=other)}, "x")
    assert "disagree: forward 0" in found
    with pytest.raises(RuntimeError, match="disagree"):
        race.check(theirs | {"minitorch_np": Fixed(result=other), race.COMPILED: Fixed(answer="no")}, "x")


def test_the_operation_is_what_is_compiled(tmp_path):
    class Compiling:
        """minitorch_np with a torch.compile that counts."""

        compiler = type("compiler", (), {"reset": staticmethod(lambda: Compiling.calls.append("reset"))})
        calls: list = []

        def compile(self, call):
            self.calls.append("compile")
            return lambda *args: self.calls.append("call") or call(*args)

        def __getattr__(self, name):
            return getattr(minitorch_np, name)

    step = worker._make(Compiling(), "add, 4 elements", "float64", str(tmp_path / "x.npz"), True)
    assert Compiling.calls == ["reset", "compile", "call", "call", "call"]  # for the shape, forward, and with backward
    assert [str(x.dtype) for x in step(False)] == ["torch.float64"]
    with np.load(tmp_path / "x.npz") as file:
        assert sorted(file) == ["backward 0", "backward 1", "forward 0"]


def test_a_compiler_is_needed_for_torch_compile(monkeypatch, capsys):
    monkeypatch.setattr(environment.shutil, "which", lambda name: None)
    assert main(["ops", "--only", "relu", "--compile"]) == 2
    assert "needs a C++ compiler" in capsys.readouterr().err


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
    assert len(CASES) == sum(map(len, SUITES.values()))  # a name belongs to one suite


def test_overhead_of_small_operations(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(overhead, "OPERATIONS", {k: overhead.OPERATIONS[k] for k in ("x + y", "x[1:]")})
    monkeypatch.setattr(overhead, "BEST_OF", 20)
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
    assert (tmp_path / "benchmarks.md").read_text().count("| `x + y` |") == 1


def test_overhead_runs_in_processes_of_its_own():
    found = overhead.answer("numpy")
    assert found["plain"].keys() == overhead.OPERATIONS.keys()


def test_memory_of_a_step():
    found = probe.memory(1, 1, "step: cnn")["training step: cnn"]
    for who in found.values():
        assert 10 < who["imported"] < who["before"]
        assert who["step"] > 6.1  # one activation of 64 x 32 x 28 x 28 numbers is that large
        assert who["peak"] == pytest.approx(who["before"] + who["step"])


def test_start_takes_the_median_and_one_cold_process(monkeypatch):
    asked = []

    def ask(program, library, threads, case, **environment):
        asked.append((library, environment.get("NUMBA_CACHE_DIR")))
        return {"import": float(len(asked)), "model": 1.0, "first step": 2.0}

    monkeypatch.setattr(probe, "_ask", ask)
    found = probe.start(1, 3)
    assert [who["import"] for who in found.values()] == [1.0, 4.0, 5.0]  # cold first, then warm and torch in turns
    assert [library for library, _ in asked] == ["minitorch_np", *["minitorch_np", "torch"] * 3]
    assert len({cache for library, cache in asked if library == "minitorch_np"}) == 1  # a new one, then the same


def test_floors_are_about_cases_that_there_are():
    assert set(floor.NEEDS) <= set(OPS)
    found = floor.speeds(1, 22)
    assert list(found["bytes"]) == ["2097152", "4194304"]
    assert list(found["multiplications"]) == ["float32", "float64"]
    assert min(*found["bytes"].values(), *found["multiplications"].values()) > 1e6  # seconds for what takes milliseconds


def test_floor():
    speeds = {"bytes": {"1000000": 8e6, "4000000": 4e6}, "multiplications": {"float32": 1e6, "float64": 5e5}}
    assert floor.copied(10, speeds) == 8e6
    assert floor.copied(2e6, speeds) == 6e6  # halfway, as sizes double
    assert floor.copied(1e9, speeds) == 4e6
    assert floor.seconds("matmul 512x512", speeds) == (3 * 512**3 / 1e6, "arithmetic")
    assert floor.seconds("matmul 512x512", speeds, "float64") == (3 * 512**3 / 5e5, "arithmetic")
    assert floor.seconds("relu", speeds, "float64") == (8 * 5 * floor.IMAGE / 4e6, "memory")
    assert floor.seconds("add, 4 elements", speeds) is None
    row = race.Row("relu", "forward+backward", "float32", 1, 1.0, 2.0, 2.0, 2.0, 2.0, 3, 0, 0.0)
    other = race.Row("add, 4 elements", "forward+backward", "float32", 1, 1.0, 2.0, 2.0, 2.0, 2.0, 3, 0, 0.0)
    found = report.floors([row, other], speeds)
    assert found["uncounted"] == ["add, 4 elements"]  # it is bound by the call
    (line,) = found["rows"]
    needed = 5 * floor.IMAGE / 1e6
    assert (line["floor"], line["reached"], line["torch"]) == (needed, needed, needed / 2)


def test_scale_runs_on_one_thread_too(tmp_path, capsys, monkeypatch):
    def run(names, plan, dtypes, on_row):
        assert (plan.rounds, plan.compiled, dtypes) == (1, False, ("float32",))
        modes = ("forward", "forward+backward")
        rows = [race.Row(n, m, "float32", plan.threads, 1.0, 1.0, 1.0, 1.0, 1.0, 1, 0, 0.0) for n in names for m in modes]
        for row in rows:
            on_row(row)
        return {"torch": "MKL"}

    monkeypatch.setattr(race, "run", run)
    arguments = ["scale", "--only", "2x2, side 1", "--quick", "--rounds", "1", "--threads", "2", "--out", str(tmp_path)]
    assert main(arguments) == 0
    record = json.loads((tmp_path / "benchmarks.json").read_text())
    found = {(row["name"], row["threads"]) for row in record["rows"]}
    assert found == {(f"scale: max_pool2d 2x2, side {side}", threads) for side in (14, 15, 112) for threads in (1, 2)}
    assert len(record["cliffs"]["curves"]) == 2 * (2 + 3)  # two modes, two numbers of threads; three sizes on both
    assert f"in {len(record['cliffs']['curves'])} curves" in capsys.readouterr().out
    assert (tmp_path / "scale.png").read_bytes()[:4] == b"\x89PNG"


def test_what_was_measured_before_a_disagreement_is_kept(tmp_path, capsys, monkeypatch):
    def run(names, plan, dtypes, on_row):
        on_row(race.Row("relu", "forward", "float32", plan.threads, 1.0, 2.0, 2.0, 2.0, 2.0, 1, 0, 0.0))
        raise RuntimeError("relu: the libraries disagree")

    monkeypatch.setattr(race, "run", run)
    monkeypatch.setattr(floor, "speeds", lambda threads: {"bytes": {"1": 1.0}, "multiplications": {}})
    readme = tmp_path / "README.md"
    readme.write_text("as it was")
    assert main(["ops", "--only", "relu", "--quick", "--out", str(tmp_path), "--readme", str(readme)]) == 1
    assert "stopped before the end: relu: the libraries disagree" in capsys.readouterr().err
    assert len(json.loads((tmp_path / "benchmarks.json").read_text())["rows"]) == 1
    assert readme.read_text() == "as it was"


def test_what_is_raced_by_default(tmp_path, monkeypatch):
    plans = []

    def run(names, plan, dtypes, on_row):
        plans.append((len(names), plan.compiled, tuple(dtypes)))
        return {}

    monkeypatch.setattr(race, "run", run)
    monkeypatch.setattr("benchmarks.__main__.wait_until_idle", lambda limit: 0.0)
    monkeypatch.setattr(environment, "compiler", lambda: "g++")
    out = ["--out", str(tmp_path)]
    for arguments in (["ops"], ["ops", "--quick"], ["ops", "--only", "relu", "--compile", "--dtype", "float64"], ["steps"]):
        assert main([*arguments, *out]) == 0
    both = ("float32", "float64")
    assert plans == [
        (len(OPS), True, both), (len(OPS), False, both[:1]), (2, True, both[1:]), (len(SUITES["steps"]), True, both[:1]),
    ]  # fmt: skip
    monkeypatch.setattr(environment, "compiler", lambda: None)
    assert main(["ops", *out]) == 0
    assert plans[-1] == (len(OPS), False, both)
    plans.clear()
    assert main(["files", "steps", *out]) == 0
    assert plans == [(len(SUITES[what]), False, both[:1]) for what in ("steps", "files")]
