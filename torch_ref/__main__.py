"""The command line: python -m torch_ref train"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from . import datasets, models, report, training


class UserError(Exception):
    """Something the user can mend; the message is the one line they see."""


def _positive(kind):
    def parse(text):
        value = kind(text)
        if not value > 0 or value == float("inf"):
            raise argparse.ArgumentTypeError(f"must be positive, but is {text}")
        return value

    parse.__name__ = kind.__name__  # argparse names it when the text is no number at all
    return parse


def parser() -> argparse.ArgumentParser:
    """All options of all commands."""
    top = argparse.ArgumentParser(prog="python -m torch_ref", description="minitorch_np and torch, side by side")
    commands = top.add_subparsers(dest="command", required=True)
    train = commands.add_parser(
        "train",
        help="train one model in both libraries on the same batches and compare them after every step",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    train.add_argument("--model", choices=models.MODELS, default="cnn")
    train.add_argument("--dataset", choices=datasets.DATASETS, default="digits")
    train.add_argument("--data-root", metavar="DIR", help="where torchvision's files are (not needed for digits)")
    train.add_argument("--download", action="store_true", help="let torchvision fetch the dataset into --data-root")
    train.add_argument("--epochs", type=_positive(int), default=5)
    train.add_argument("--batch-size", type=_positive(int), default=64)
    train.add_argument("--lr", type=_positive(float), help="learning rate; default 0.05 for sgd, 0.001 for adam")
    train.add_argument("--optimizer", choices=("sgd", "adam"), default="sgd", help="sgd has momentum 0.9")
    train.add_argument("--dtype", choices=("float32", "float64"), default="float32")
    train.add_argument("--seed", type=int, default=0)
    train.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="torch's device; ours is the CPU")
    train.add_argument("--threads", type=_positive(int), help="threads of each library; default: all cores")
    train.add_argument("--out", metavar="DIR", default="runs", help="folder for the plot and the JSON record")
    train.add_argument("--no-torch", action="store_true", help="train minitorch_np alone; torch is not imported")
    train.add_argument("--save", metavar="FILE", help="write the trained weights to FILE, as NumPy's .npz")
    return top


def _writable_folder(path: Path, option: str) -> Path:
    """Make the folder if need be, and prove that a file can be made in it, before hours of training."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise UserError(f"{option} {path}: {os.strerror(error.errno) if error.errno else error}") from error
    return path


def _set_threads(count: int | None, with_torch: bool) -> None:
    if count is None:
        return
    import minitorch_np

    minitorch_np.set_num_threads(count)
    if with_torch:
        import torch

        torch.set_num_threads(count)


def _check_device(device: str, with_torch: bool) -> None:
    if device == "cpu":
        return
    if not with_torch:
        raise UserError("--device cuda is torch's device: it cannot be used with --no-torch")
    import torch

    if not torch.cuda.is_available():
        raise UserError("--device cuda: torch finds no CUDA device on this machine")


def train(options: argparse.Namespace) -> int:
    """Run the main job; returns the exit code: 0 if the runs agree, 1 if they do not."""
    with_torch = not options.no_torch
    _check_device(options.device, with_torch)
    out = _writable_folder(Path(options.out), "--out")
    save = Path(options.save) if options.save else None
    if save is not None:
        if save.is_dir():
            raise UserError(f"--save {save}: is a directory")
        _writable_folder(save.parent, "--save")
    data = datasets.load(options.dataset, options.data_root, options.download)
    lr = options.lr or (0.05 if options.optimizer == "sgd" else 0.001)
    settings = training.Settings(
        options.model, options.dataset, options.epochs, options.batch_size, lr, options.optimizer, options.dtype,
        options.seed, options.device,
    )  # fmt: skip
    _set_threads(options.threads, with_torch)
    sides = training.make_sides(settings, data, with_torch)
    weights = sum(p.numel() for p in sides[0].model.parameters())
    print(
        f"{settings.model} ({weights:,} parameters) on {settings.dataset}: {len(data.train_labels):,} training and "
        f"{len(data.test_labels):,} test images of {'x'.join(map(str, data.in_shape))}, {settings.dtype}, "
        f"batches of {settings.batch_size}"
    )
    run = _train_with_progress(settings, data, sides)
    verdict = training.judge(run)
    stem = f"{settings.model}-{settings.dataset}-{settings.dtype}"
    report.save_plot(run, verdict, out / f"{stem}.png")
    report.save_json(run, verdict, out / f"{stem}.json")
    print(f"plot: {out / stem}.png   record: {out / stem}.json")
    if save is not None:
        _save_weights(sides[0].model, save)
        print(f"weights: {save}")
    if with_torch:
        print("The seconds are of two libraries taking turns in one process; for a fair race: python -m benchmarks")
    print(f"verdict: {verdict.sentence}")
    return 0 if verdict.agree else 1


def _train_with_progress(settings, data, sides) -> training.Run:
    from tqdm import tqdm

    per_epoch = sum(1 for _ in training.batches(settings, data, 1))
    print(report.header())
    with tqdm(total=settings.epochs * per_epoch, unit="step", leave=False, file=sys.stderr) as bar:

        def on_step(run):
            bar.set_postfix(loss=f"{run.losses[-1][0]:.4f}", refresh=False)
            bar.update()

        def on_epoch(epoch):
            with tqdm.external_write_mode(file=sys.stdout):
                print(report.row(epoch), flush=True)

        return training.train(settings, data, sides, on_step, on_epoch)


def _save_weights(model, path: Path) -> None:
    import numpy as np

    arrays = {name: value.detach().numpy() for name, value in model.state_dict().items()}
    report.write_atomically(path, lambda file: np.savez(file, **arrays))


def main(arguments: list[str] | None = None) -> int:
    """Parse and run; what the user can mend becomes one line and exit code 2."""
    options = parser().parse_args(arguments)
    try:
        return train(options)
    except (UserError, datasets.DataError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
