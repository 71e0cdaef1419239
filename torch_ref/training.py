"""Paired training: the same model, weights and batches in both libraries, compared after every step."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from . import models
from .datasets import CLASSES, Data


@dataclass
class Settings:
    """What decides a run."""

    model: str = "cnn"
    dataset: str = "digits"
    epochs: int = 5
    batch_size: int = 64
    lr: float = 0.05
    optimizer: str = "sgd"
    dtype: str = "float32"
    seed: int = 0
    device: str = "cpu"


@dataclass
class Epoch:
    """One row of the table; the library that did not run has None."""

    number: int
    loss: list[float | None]
    accuracy: list[float | None]
    seconds: list[float | None]
    difference: float | None


@dataclass
class Run:
    """Everything that was measured: per step the losses and the largest relative difference of a parameter."""

    settings: Settings
    losses: list[list[float]] = field(default_factory=list)
    differences: list[float] = field(default_factory=list)
    epochs: list[Epoch] = field(default_factory=list)


class Side:
    """One library's half of the run: its model, optimiser and the conversion of its batches."""

    def __init__(self, library, settings: Settings, data: Data, device: str = "cpu") -> None:
        self.name = library.__name__
        self.library = library
        self.device = device
        self.dtype = getattr(library, settings.dtype)
        self.model = models.build(settings.model, library.nn, data.in_shape, CLASSES).to(self.dtype).to(device)
        self.criterion = library.nn.CrossEntropyLoss()
        parameters = self.model.parameters()
        if settings.optimizer == "sgd":
            self.optimizer = library.optim.SGD(parameters, lr=settings.lr, momentum=0.9)
        else:
            self.optimizer = library.optim.Adam(parameters, lr=settings.lr)
        self.seconds = 0.0

    def batch(self, images: np.ndarray, labels: np.ndarray):
        """A batch in this library's tensors, on its device."""
        convert = self.library.from_numpy
        return convert(images).to(self.device), convert(labels).to(self.device)

    def step(self, images: np.ndarray, labels: np.ndarray) -> float:
        """One optimiser step; returns the loss before it."""
        x, y = self.batch(images, labels)
        started = time.perf_counter()
        self.optimizer.zero_grad()
        loss = self.criterion(self.model(x), y)
        loss.backward()
        self.optimizer.step()
        value = loss.item()  # waits for a GPU, too
        self.seconds += time.perf_counter() - started
        return value

    def accuracy(self, images: np.ndarray, labels: np.ndarray, batch_size: int = 256) -> float:
        """The share of images whose class is predicted."""
        self.model.eval()
        right = 0
        with self.library.no_grad():
            for start in range(0, len(images), batch_size):
                x, y = self.batch(images[start : start + batch_size], labels[start : start + batch_size])
                right += int((self.model(x).argmax(1) == y).sum())
        self.model.train()
        return right / len(images)


def make_sides(settings: Settings, data: Data, with_torch: bool = True) -> list[Side]:
    """Ours and, unless left out, torch's with the very same initial weights."""
    import minitorch_np

    minitorch_np.manual_seed(settings.seed)
    ours = Side(minitorch_np, settings, data)
    if not with_torch:
        return [ours]
    import torch

    from .convert import state_dict_to_torch

    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    theirs = Side(torch, settings, data, settings.device)
    theirs.model.load_state_dict(state_dict_to_torch(ours.model.state_dict()))
    return [ours, theirs]


def batches(settings: Settings, data: Data, epoch: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """One epoch's batches in an order that seed and epoch decide; a last batch of one is left out (batch norm)."""
    images = data.train_images.astype(settings.dtype)
    order = np.random.default_rng([settings.seed, epoch]).permutation(len(images))
    for start in range(0, len(order), settings.batch_size):
        chosen = order[start : start + settings.batch_size]
        if len(chosen) > 1 or settings.batch_size == 1:
            yield images[chosen], data.train_labels[chosen]


def parameter_difference(ours: Side, theirs: Side) -> float:
    """The largest relative difference of any parameter: max |a - b| / max |b|."""
    from .compare import relative_difference

    pairs = zip(ours.model.parameters(), theirs.model.parameters(), strict=True)
    return max(relative_difference(a, b) for a, b in pairs)


def train(
    settings: Settings,
    data: Data,
    sides: list[Side],
    on_step: Callable[[Run], None] = lambda run: None,
    on_epoch: Callable[[Epoch], None] = lambda epoch: None,
    max_steps: int | None = None,
) -> Run:
    """Train all sides on the same batches, step by step; `max_steps` stops early."""
    run = Run(settings)
    test = data.test_images.astype(settings.dtype), data.test_labels
    worst = None
    for number in range(1, settings.epochs + 1):
        for side in sides:
            side.seconds = 0.0
        first = len(run.losses)
        for images, labels in batches(settings, data, number):
            run.losses.append([side.step(images, labels) for side in sides])
            if len(sides) == 2:
                run.differences.append(parameter_difference(*sides))
                worst = max(worst or 0.0, run.differences[-1])
            on_step(run)
            if max_steps is not None and len(run.losses) >= max_steps:
                return run
        means = np.mean(run.losses[first:], axis=0)
        missing = [None] * (2 - len(sides))
        epoch = Epoch(
            number,
            [*map(float, means), *missing],
            [*(side.accuracy(*test) for side in sides), *missing],
            [*(side.seconds for side in sides), *missing],
            worst,
        )
        run.epochs.append(epoch)
        on_epoch(epoch)
    return run


@dataclass
class Verdict:
    """Whether the two runs agree, and the sentence that says why."""

    agree: bool
    sentence: str


FLOAT64_STEPS, FLOAT64_BOUND = 200, 1e-9
FLOAT32_STEPS, FLOAT32_BOUND = 50, 1e-3
ACCURACY_BOUND = 0.01


def judge(run: Run) -> Verdict:
    """float64: parameters within 1e-9 over 200 steps; float32: losses within 1e-3 over 50; accuracies within 1 point.

    A loss is compared relative to the first one, as it may approach zero.
    """
    accuracies = run.epochs[-1].accuracy if run.epochs else [None, None]
    losses = np.array(run.losses)
    if losses.shape[1] == 1:
        return Verdict(True, f"minitorch_np alone: {len(losses)} steps, test accuracy {100 * accuracies[0]:.1f} %")
    steps = f"{run.settings.dtype}, {len(losses)} steps"
    close = abs(accuracies[0] - accuracies[1]) <= ACCURACY_BOUND
    if run.settings.dtype == "float64":
        worst = max(run.differences[:FLOAT64_STEPS])
        agree = worst <= FLOAT64_BOUND
        what = (
            f"parameters differ by at most {worst:.1e} (bound {FLOAT64_BOUND:.0e}) over the first "
            f"{min(len(losses), FLOAT64_STEPS)} steps"
        )
    else:
        early = losses[:FLOAT32_STEPS]
        worst = float(np.max(np.abs(early[:, 0] - early[:, 1])) / abs(early[0, 1]))
        agree = worst <= FLOAT32_BOUND
        what = f"loss curves differ by at most {worst:.1e} (bound {FLOAT32_BOUND:.0e}) over the first {len(early)} steps"
    verdict = "AGREE" if agree and close else "DIFFER"
    return Verdict(
        agree and close,
        f"{verdict}: {steps}; {what}; test accuracy {100 * accuracies[0]:.1f} % (minitorch_np), "
        f"{100 * accuracies[1]:.1f} % (torch)",
    )
