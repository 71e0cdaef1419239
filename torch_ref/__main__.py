"""The command line: python -m torch_ref train, python -m torch_ref zoo, python -m torch_ref coverage"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from . import datasets, models, report, training, zoo

NEEDED = ("torch", "torchvision", "sklearn", "tqdm", "matplotlib")


class UserError(Exception):
    """Something the user can mend; the message is the one line they see."""


class _Parser(argparse.ArgumentParser):
    """Says in one line what is wrong, where argparse prints all options first."""

    def error(self, message: str):
        self.exit(2, f"error: {message} ({self.prog} --help lists the options)\n")


def _positive(kind, most=float("inf")):
    def parse(text):
        value = kind(text)
        if not 0 < value < float("inf"):
            raise argparse.ArgumentTypeError(f"must be positive, but is {text}")
        if value > most:
            raise argparse.ArgumentTypeError(f"must be at most {most}, but is {text}")
        return value

    parse.__name__ = kind.__name__  # argparse names it when the text is no number at all
    return parse


def _seed(text):
    value = int(text)
    if not 0 <= value < 2**64:
        raise argparse.ArgumentTypeError(f"must be from 0 to 2**64 - 1, but is {text}")
    return value


_seed.__name__ = "int"


def parser() -> argparse.ArgumentParser:
    """All options of all commands."""
    top = _Parser(prog="python -m torch_ref", description="minitorch_np and torch, side by side")
    commands = top.add_subparsers(dest="command", required=True)
    train = commands.add_parser(
        "train",
        help="train one model in both libraries on the same batches and compare them after every step",
        description="Train one model in both libraries from the same seed, and compare them after every step.  "
        "Exit code: 0 if the two runs agree, 1 if they do not, 2 if something is wrong with the input.",
    )
    train.add_argument("--model", choices=models.MODELS, default="cnn", help="default: cnn")
    train.add_argument("--dataset", choices=datasets.DATASETS, default="digits", help="default: digits, from scikit-learn")
    train.add_argument("--data-root", metavar="DIR", help="where torchvision's files are (not needed for digits)")
    train.add_argument("--download", action="store_true", help="let torchvision fetch the dataset into --data-root")
    train.add_argument("--epochs", type=_positive(int), default=5, help="default: 5")
    train.add_argument("--batch-size", type=_positive(int), default=64, help="default: 64")
    train.add_argument("--lr", type=_positive(float), help="learning rate; default: 0.02 for sgd, 0.001 for adam")
    train.add_argument("--optimizer", choices=("sgd", "adam"), default="sgd", help="default: sgd, with momentum 0.9")
    train.add_argument(
        "--schedule", choices=("constant", "step"), default="constant",
        help="constant (default), or step: halve the learning rate after every second epoch",
    )  # fmt: skip
    train.add_argument("--dtype", choices=("float32", "float64"), default="float32", help="default: float32")
    train.add_argument("--seed", type=_seed, default=0, help="decides weights and batches; default: 0")
    train.add_argument(
        "--init", choices=("seed", "copy"), default="seed",
        help="seed: each library draws its weights, batches and dropout by itself, nothing is copied (default); "
        "copy: torch gets minitorch_np's weights and batches",
    )  # fmt: skip
    train.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="torch's device; ours is always the CPU")
    train.add_argument("--threads", type=_positive(int, 1024), help="threads of each library; default: all cores")
    train.add_argument("--out", metavar="DIR", default="runs", help="folder for the plot and the JSON record; default: runs")
    train.add_argument("--no-torch", action="store_true", help="train minitorch_np alone, without importing torch")
    train.add_argument(
        "--save", metavar="FILE",
        help="write the run to FILE after every epoch, as a .pth file: weights, optimiser, schedule, generator, losses",
    )  # fmt: skip
    train.add_argument("--resume", metavar="FILE", help="go on with the run that --save wrote, to --epochs epochs in all")
    compared = commands.add_parser(
        "zoo",
        help="every model in both libraries: weights, outputs, gradients, twenty steps",
        description="Build each model in both libraries from one seed, in float64, and print the largest relative "
        "differences of outputs, gradients and of the state after twenty steps.  "
        "Exit code: 0 if all are at most 1e-9, else 1.",
    )
    compared.add_argument("models", nargs="*", metavar="MODEL", help=f"of: {', '.join(zoo.ZOO)}; default: all")
    coverage = commands.add_parser(
        "coverage",
        help="compare torch's public names with ours",
        description="Count torch's public names by namespace: there and tested, there, left out on purpose, missing.",
    )
    coverage.add_argument("--write", action="store_true", help="also write docs/coverage.md, with every name")
    return top


def _check_folder(folder: Path, option: str) -> None:
    """Prove, before hours of training, that files can be made in the folder, without making it yet."""
    there = next((part for part in (folder, *folder.absolute().parents) if part.exists()), folder)
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        raise UserError(f"{option} {folder}: {os.strerror(error.errno) if error.errno else error}") from error


def _check_save(path: Path) -> None:
    if path.is_dir():
        raise UserError(f"--save {path}: is a directory")
    if not path.parent.exists():
        raise UserError(f"--save {path}: there is no directory {path.parent}")
    _check_folder(path.parent, "--save")


def _check_device(device: str, with_torch: bool, model: str) -> None:
    if device == "cpu":
        return
    if not with_torch:
        raise UserError("--device cuda is torch's device: it cannot be used with --no-torch")
    if model == "cnn-dropout":
        raise UserError("--device cuda draws dropout from a generator of its own: --model cnn-dropout cannot be compared")
    import torch

    if not torch.cuda.is_available():
        raise UserError("--device cuda: torch finds no CUDA device on this machine")


def _set_threads(count: int | None, with_torch: bool) -> None:
    if count is None:
        return
    import minitorch_np

    minitorch_np.set_num_threads(count)
    if with_torch:
        import torch

        torch.set_num_threads(count)


def train(options: argparse.Namespace) -> int:
    """Run the main job; returns the exit code: 0 if the runs agree, 1 if they do not."""
    with_torch, out = not options.no_torch, Path(options.out)
    save = Path(options.save) if options.save else None
    _check_folder(out, "--out")
    if save is not None:
        _check_save(save)
    _check_device(options.device, with_torch, options.model)
    data = datasets.load(options.dataset, options.data_root, options.download, with_torch)
    settings = training.Settings(
        options.model, options.dataset, options.epochs, options.batch_size,
        options.lr or (0.02 if options.optimizer == "sgd" else 0.001),
        options.optimizer, options.dtype, options.seed, options.device,
        options.schedule, options.init,
    )  # fmt: skip
    _set_threads(options.threads, with_torch)
    sides = training.make_sides(settings, data, with_torch)
    run = _resumed(options.resume, settings, sides) if options.resume else training.Run(settings)
    print(_introduction(settings, data, sides))
    _train_with_progress(settings, data, sides, run, save)
    verdict = training.judge(run)
    _write(run, verdict, out, save)
    if with_torch:
        print("note: the seconds are of two libraries taking turns in one process; for a fair race: python -m benchmarks")
    print(f"verdict: {verdict.sentence}")
    return 0 if verdict.agree else 1


def compare_zoo(options: argparse.Namespace) -> int:
    """Print the table of the zoo; returns the exit code: 0 if both libraries agree on every model."""
    unknown = [name for name in options.models if name not in zoo.ZOO]
    if unknown:
        raise UserError(f"there is no model {unknown[0]!r}: choose from {', '.join(zoo.ZOO)}")
    text, good = zoo.table(options.models or zoo.ZOO)
    print(text)
    return 0 if good else 1


def _resumed(path: str, settings, sides) -> training.Run:
    from . import checkpoints

    try:
        run = checkpoints.resume(Path(path), settings, sides)
    except checkpoints.CheckpointError as error:
        raise UserError(f"--resume {path}: {error}") from error
    if len(run.epochs) >= settings.epochs:
        raise UserError(f"--resume {path}: has {len(run.epochs)} epochs already: ask for more by --epochs")
    return run


def coverage(options: argparse.Namespace) -> int:
    """Print what is there of torch's names; the names in tests are read, so it takes a source checkout."""
    from . import coverage

    if not (coverage.ROOT / "tests").is_dir():
        raise UserError(f"coverage reads the tests, and there are none in {coverage.ROOT}: run it in a source checkout")
    names = coverage.survey()
    print(coverage.table(names))
    if options.write:
        coverage.PAGE.write_text(coverage.markdown(names))
        print(f"written: {coverage.PAGE}")
    return 0


def _introduction(settings, data, sides) -> str:
    weights = sum(parameter.numel() for parameter in sides[0].model.parameters())
    shape = "x".join(map(str, data.in_shape))
    return (
        f"{settings.model} ({weights:,} parameters) on {settings.dataset} ({len(data.train_labels):,} training and "
        f"{len(data.test_labels):,} test images of {shape})\n{settings.dtype}, batches of {settings.batch_size}, "
        f"{settings.optimizer} with learning rate {settings.lr:g}, seed {settings.seed}, init {settings.init}\n"
    )


def _train_with_progress(settings, data, sides, run: training.Run, save: Path | None) -> None:
    from tqdm import tqdm

    from . import checkpoints

    per_epoch = training.steps_per_epoch(settings, data)
    print(report.header(len(sides)), flush=True)
    with tqdm(total=settings.epochs * per_epoch, initial=len(run.losses), unit="step", leave=False, file=sys.stderr) as bar:

        def on_step(run):
            bar.set_postfix(loss=f"{run.losses[-1][0]:.4f}", refresh=False)
            bar.update()

        def on_epoch(epoch):
            with tqdm.external_write_mode(file=sys.stdout):
                print(report.row(epoch), flush=True)
            if save is not None:
                checkpoints.save(save, run, sides)

        training.train(settings, data, sides, on_step, on_epoch, run=run)


def _write(run, verdict, out: Path, save: Path | None) -> None:
    """The files of a run; their names are printed."""
    out.mkdir(parents=True, exist_ok=True)
    stem = f"{run.settings.model}-{run.settings.dataset}-{run.settings.dtype}"
    report.save_plot(run, verdict, out / f"{stem}.png")
    report.save_json(run, verdict, out / f"{stem}.json")
    print(f"\nplot:    {out / stem}.png\nrecord:  {out / stem}.json")
    if save is not None:
        print(f"to go on: --resume {save}")


def main(arguments: list[str] | None = None) -> int:
    """Parse and run; what the user can mend becomes one line and exit code 2."""
    options = parser().parse_args(arguments)
    try:
        return {"train": train, "zoo": compare_zoo, "coverage": coverage}[options.command](options)
    except (UserError, datasets.DataError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        if error.name not in NEEDED:
            raise
        print(f"error: {error.name} is not installed: pip install 'minitorch_np[reference]'", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    # Two OpenMP threads that spin while they wait make torch ten times slower on a machine with another busy process;
    # read when OpenMP is loaded, so before scikit-learn and torch are.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    sys.exit(main())
