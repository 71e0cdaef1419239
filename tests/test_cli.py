"""python -m torch_ref train: what it prints, writes, and says about bad input."""

import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from test_serialization import plain

import minitorch_np
from torch_ref import report, training
from torch_ref.__main__ import main

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT.parent / "shared" / "data"
needs_sample = pytest.mark.skipif(not SAMPLE.is_dir(), reason="the Fashion-MNIST sample is not beside this checkout")


def test_a_short_run(tmp_path, capsys):
    weights = tmp_path / "run.pth"
    code = main(
        ["train", "--model", "mlp", "--epochs", "2", "--out", str(tmp_path), "--save", str(weights), "--dtype", "float64"]
    )
    out = capsys.readouterr().out
    assert code == 0
    lines = out.splitlines()
    assert lines[-1].startswith("verdict: AGREE: float64, 46 steps")
    assert [line.split()[0] for line in lines if line.lstrip().startswith(("1 ", "2 "))] == ["1", "2"]
    record = json.loads((tmp_path / "mlp-digits-float64.json").read_text())
    assert record["agree"]
    assert len(record["losses"]) == 46
    assert (tmp_path / "mlp-digits-float64.png").read_bytes()[:4] == b"\x89PNG"
    assert set(torch.load(weights)["minitorch_np"]["model"]) == {
        f"{i}.{part}" for i in (1, 3, 5) for part in ("weight", "bias")
    }
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mlp-digits-float64.json", "mlp-digits-float64.png", "run.pth"]


@pytest.mark.parametrize("model, alone", [("mlp", False), ("cnn-dropout", True)])
def test_a_resumed_run_is_bit_for_bit_the_uninterrupted_one(model, alone, tmp_path, capsys):
    def run(*options):
        common = ["--model", model, "--optimizer", "adam", "--schedule", "step", "--batch-size", "256"]
        assert main(["train", *common, "--out", str(tmp_path), *["--no-torch"] * alone, *options]) == 0
        return capsys.readouterr().out

    whole, half, rest = (str(tmp_path / f"{name}.pth") for name in ("whole", "half", "rest"))
    run("--epochs", "3", "--save", whole)
    run("--epochs", "1", "--save", half)
    run("--epochs", "3", "--resume", half, "--save", rest)
    a, b = (minitorch_np.load(path) for path in (whole, rest))
    assert a["epoch"] == b["epoch"] == 3
    assert a["losses"] == b["losses"] and a["differences"] == b["differences"]
    pairs = [[content["minitorch_np"] for content in (a, b)]]
    if not alone:
        pairs.append([torch.load(io.BytesIO(content["torch"].numpy().tobytes())) for content in (a, b)])
    for first, second in pairs:
        for part in ("model", "optimizer", "scheduler", "generator"):
            assert plain(first[part]) == plain(second[part])


def test_what_cannot_be_resumed(tmp_path, capsys):
    saved, options = str(tmp_path / "run.pth"), ["--model", "mlp", "--no-torch", "--out", str(tmp_path)]
    assert main(["train", *options, "--epochs", "1", "--save", saved]) == 0
    capsys.readouterr()
    options += ["--resume", saved]
    assert "has 1 epochs already" in fails(capsys, *options, "--epochs", "1")
    assert "was made with lr 0.02, not 0.5" in fails(capsys, *options, "--lr", "0.5")
    assert "was made without torch beside" in fails(capsys, *[o for o in options if o != "--no-torch"])
    Path(saved).write_bytes(b"nonsense")
    assert "is no checkpoint of a run" in fails(capsys, *options)
    assert "No such file" in fails(capsys, *options[:-1], str(tmp_path / "nothing.pth"))


def test_alone_it_does_not_import_torch(tmp_path):
    program = (
        "import sys; from torch_ref.__main__ import main\n"
        f"code = main(['train', '--no-torch', '--model', 'mlp', '--epochs', '1', '--out', {str(tmp_path)!r}])\n"
        "print(code, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.splitlines()[-1] == "0 False"
    assert "minitorch_np alone" in done.stdout


def fails(capsys, *arguments) -> str:
    """The one line that a bad call prints; its exit code must be 2."""
    try:
        code = main(["train", *arguments])
    except SystemExit as stop:  # argparse
        code = stop.code
    captured = capsys.readouterr()
    assert code == 2
    assert captured.out == ""
    assert captured.err.startswith("error: ")
    assert captured.err.count("\n") == 1
    return captured.err.strip()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--dataset", "imagenet"], "invalid choice: 'imagenet'"),
        (["--model", "gpt"], "invalid choice: 'gpt'"),
        (["--epochs", "0"], "must be positive"),
        (["--batch-size", "-3"], "must be positive"),
        (["--lr", "0"], "must be positive"),
        (["--lr", "fast"], "invalid float value"),
        (["--lr", "nan"], "must be positive"),
        (["--threads", "0"], "must be positive"),
        (["--threads", "1000000"], "must be at most 1024"),
        (["--seed", "-1"], "must be from 0 to"),
        (["--dtype", "float16"], "invalid choice: 'float16'"),
        (["--no-such-option"], "unrecognized arguments"),
        (["--dataset", "mnist"], "needs --data-root"),
        (["--dataset", "mnist", "--data-root", "no/such/place"], "no such directory"),
        (["--device", "cuda", "--no-torch"], "cannot be used with --no-torch"),
    ],
)
def test_bad_arguments(capsys, tmp_path, arguments, message):
    assert message in fails(capsys, *arguments, "--out", str(tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
def test_no_cuda(capsys, tmp_path):
    assert "no CUDA device" in fails(capsys, "--device", "cuda", "--out", str(tmp_path))


def test_unwritable_places(capsys, tmp_path):
    (tmp_path / "file").write_text("")
    assert "error: --out" in fails(capsys, "--out", str(tmp_path / "file"))
    assert "error: --out" in fails(capsys, "--out", str(tmp_path / "file" / "below"))
    assert "is a directory" in fails(capsys, "--save", str(tmp_path), "--out", str(tmp_path / "out"))
    assert "error: --save" in fails(capsys, "--save", str(tmp_path / "file" / "w.pth"), "--out", str(tmp_path / "out"))
    assert "there is no directory" in fails(capsys, "--save", str(tmp_path / "no" / "w.pth"), "--out", str(tmp_path / "out"))
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    (tmp_path / "old").write_bytes(b"old")

    def fail_halfway(file):
        file.write(b"half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        report.write_atomically(tmp_path / "old", fail_halfway)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


def test_a_disagreement_exits_with_1(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(training, "FLOAT32_BOUND", -1.0)
    assert main(["train", "--model", "mlp", "--epochs", "1", "--out", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert "verdict: DIFFER: float32, 23 steps; from seed 0 alone: 6 of 6 initial parameters and 23 of 23 batches" in out


def test_a_diverged_run_says_so_and_its_record_is_json(capsys, tmp_path):
    run = training.Run(training.Settings("mlp"), [[2.0, 2.0], [float("nan")] * 2], [0.0, float("inf")])
    run.epochs.append(training.Epoch(1, [float("nan")] * 2, [0.1, 0.1], [1.0, 1.0], float("inf")))
    verdict = training.judge(run)
    assert verdict.sentence.startswith("DIVERGED: float32, 2 steps; the loss is not finite from step 2 on")
    report.save_json(run, verdict, tmp_path / "run.json")
    report.save_plot(run, verdict, tmp_path / "run.png")
    assert json.loads((tmp_path / "run.json").read_text())["losses"] == [[2.0, 2.0], [None, None]]


def test_what_is_not_installed_is_named(capsys, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    code = main(["train", "--model", "mlp", "--epochs", "1", "--out", str(tmp_path / "out")])
    assert code == 2
    assert capsys.readouterr().err == "error: tqdm is not installed: pip install 'minitorch_np[reference]'\n"


@pytest.mark.parametrize("count", [1, 2])
def test_the_table_is_aligned(count):
    epoch = training.Epoch(12, [1e9] * count, [1.0] * count, [1234.5] * count, 1e-16 if count == 2 else None)
    assert len({len(line) for line in [*report.header(count).splitlines(), report.row(epoch)]}) == 1


@needs_sample
def test_missing_and_truncated_files(capsys, tmp_path):
    raw = tmp_path / "FashionMNIST" / "raw"
    shutil.copytree(SAMPLE / "FashionMNIST" / "raw", raw)
    arguments = ["--dataset", "fashion-mnist", "--data-root", str(tmp_path), "--out", str(tmp_path / "out")]
    path = raw / "train-images-idx3-ubyte"
    path.chmod(0o644)
    content = path.read_bytes()
    path.write_bytes(content[:-1000])
    assert "is damaged" in fails(capsys, *arguments)
    path.write_bytes(content[:7])
    assert "no IDX header" in fails(capsys, *arguments)
    path.unlink()
    assert "is missing" in fails(capsys, *arguments)
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


@needs_sample
def test_the_sample_from_the_command_line(capsys, tmp_path):
    code = main(["train", "--dataset", "fashion-mnist", "--data-root", str(SAMPLE), "--epochs", "1", "--dtype", "float64",
                 "--model", "lenet", "--out", str(tmp_path)])  # fmt: skip
    assert code == 0
    assert "750 training and 150 test images of 1x28x28" in capsys.readouterr().out


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_cuda_run(capsys, tmp_path):
    assert main(["train", "--device", "cuda", "--dtype", "float64", "--epochs", "1", "--out", str(tmp_path)]) == 0
