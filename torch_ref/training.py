"""Paired training: the same model, weights and batches in both libraries, compared after every step."""

import itertools
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
    lr: float = 0.02
    optimizer: str = "sgd"  # with momentum 0.9, or "adam"
    dtype: str = "float32"
    seed: int = 0
    device: str = "cpu"
    schedule: str = "constant"  # or "step": the learning rate is halved after every second epoch
    init: str = "seed"  # each library draws weights, batches and dropout from the seed; or "copy": ours are torch's, too


@dataclass
class Epoch:
    """One row of the table: per library the mean loss, test accuracy and seconds; the largest difference so far."""

    number: int
    loss: list[float]
    accuracy: list[float]
    seconds: list[float]
    difference: float | None  # None where only one library ran


@dataclass
class Run:
    """Everything that was measured: per step the losses and the largest relative difference of a parameter.

    not_compared: the parameters that rounding alone moves: under Adam, those without effect.
    identical_parameters, identical_batches: how many were so bit for bit, and of how many; None with one library.
    """

    settings: Settings
    losses: list[list[float]] = field(default_factory=list)
    differences: list[float] = field(default_factory=list)
    epochs: list[Epoch] = field(default_factory=list)
    identical_parameters: tuple[int, int] | None = None
    identical_batches: tuple[int, int] | None = None
    not_compared: tuple[str, ...] = ()


class Side:
    """One library's half of the run: its model, optimiser and the conversion of its batches."""

    def __init__(self, library, settings: Settings, data: Data, device: str = "cpu") -> None:
        self.name = library.__name__
        self.library = library
        self.device = device
        self.dtype = getattr(library, settings.dtype)
        self.model = models.build(settings.model, library.nn, data.in_shape, CLASSES).to(self.dtype).to(device)
        adam = settings.optimizer == "adam"
        self.not_compared = models.without_effect(library.nn, self.model) if adam else ()
        self.criterion = library.nn.CrossEntropyLoss()
        parameters = self.model.parameters()
        if settings.optimizer == "sgd":
            self.optimizer = library.optim.SGD(parameters, lr=settings.lr, momentum=0.9)
        else:
            self.optimizer = library.optim.Adam(parameters, lr=settings.lr)
        factor = 0.5 if settings.schedule == "step" else 1.0
        self.scheduler = library.optim.lr_scheduler.StepLR(self.optimizer, 2, factor)
        self.loader = self._loader(settings, data)
        self.seconds = 0.0

    def _loader(self, settings: Settings, data: Data):
        """This library's own shuffling of the training images"""
        images = self.library.from_numpy(data.train_images.astype(settings.dtype, copy=False))
        tools = self.library.utils.data
        dataset = tools.TensorDataset(images, self.library.from_numpy(data.train_labels))
        return tools.DataLoader(dataset, batch_size=settings.batch_size, shuffle=True)

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
    """Ours and, unless left out, torch's; both from the same seed, or (init "copy") torch's with our weights."""
    import minitorch_np

    minitorch_np.manual_seed(settings.seed)
    ours = Side(minitorch_np, settings, data)
    if not with_torch:
        return [ours]
    import torch

    from .convert import state_dict_to_torch

    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    torch.manual_seed(settings.seed)
    theirs = Side(torch, settings, data, settings.device)
    if settings.init == "copy":
        theirs.model.load_state_dict(state_dict_to_torch(ours.model.state_dict()))
    return [ours, theirs]


Batch = tuple[np.ndarray, np.ndarray]  # images, labels


def steps_per_epoch(settings: Settings, data: Data) -> int:
    """Batches in an epoch; a last batch of one is left out (batch norm)."""
    whole, rest = divmod(len(data.train_labels), settings.batch_size)
    return whole + (rest > 1)


def batches(settings: Settings, data: Data, epoch: int, sides: list[Side]) -> Iterator[list[Batch]]:
    """One epoch's batches, one for each side: from each library's own DataLoader, or (init "copy") the same for all."""
    if settings.init == "copy":
        each: Iterator = ([batch] * len(sides) for batch in _numpy_batches(settings, data, epoch))
    else:
        each = zip(*(side.loader for side in sides), strict=True)
        each = ([tuple(part.numpy() for part in batch) for batch in step] for step in each)
    for step in each:
        if len(step[0][1]) > 1 or settings.batch_size == 1:
            yield step


def _numpy_batches(settings: Settings, data: Data, epoch: int) -> Iterator[Batch]:
    """In an order that seed and epoch decide"""
    images = data.train_images.astype(settings.dtype, copy=False)
    order = np.random.default_rng([settings.seed, epoch]).permutation(len(images))
    for start in range(0, len(order), settings.batch_size):
        chosen = order[start : start + settings.batch_size]
        yield images[chosen], data.train_labels[chosen]


def identical(pairs) -> tuple[int, int]:
    """How many of the pairs of arrays are equal bit for bit, and how many there are."""
    same = [a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes() for a, b in pairs]
    return sum(same), len(same)


def _identical_parameters(sides: list[Side]) -> tuple[int, int]:
    each = ([p.detach().cpu().numpy() for p in side.model.parameters()] for side in sides)
    return identical(zip(*each, strict=True))


def parameter_difference(ours: Side, theirs: Side, leave_out: tuple[str, ...] = ()) -> float:
    """The largest relative difference of any parameter: max |a - b| / max |b|; those named in `leave_out` do not count."""
    from .compare import relative_difference

    pairs = zip(ours.model.named_parameters(), theirs.model.parameters(), strict=True)
    return max(relative_difference(a, b) for (name, a), b in pairs if name not in leave_out)


def train(
    settings: Settings,
    data: Data,
    sides: list[Side],
    on_step: Callable[[Run], None] = lambda run: None,
    on_epoch: Callable[[Epoch], None] = lambda epoch: None,
    max_steps: int | None = None,
    run: Run | None = None,
) -> Run:
    """Train all sides on the same batches, step by step; `max_steps` ends the last epoch early.

    A `run` that was resumed goes on after its last epoch.
    """
    run = Run(settings) if run is None else run
    run.not_compared = sides[0].not_compared  # also of a run that was resumed
    if len(sides) == 2 and not run.epochs:
        run.identical_parameters, run.identical_batches = _identical_parameters(sides), (0, 0)
    test = data.test_images.astype(settings.dtype, copy=False), data.test_labels
    for number in range(len(run.epochs) + 1, settings.epochs + 1):
        first = len(run.losses)
        for side in sides:
            side.seconds = 0.0
        left = None if max_steps is None else max_steps - first
        for step in itertools.islice(batches(settings, data, number, sides), left):
            run.losses.append([side.step(*batch) for side, batch in zip(sides, step)])
            if len(sides) == 2:
                same, total = run.identical_batches
                run.identical_batches = same + (identical(zip(*step)) == (2, 2)), total + 1
                run.differences.append(parameter_difference(*sides, run.not_compared))
            on_step(run)
        for side in sides:
            side.scheduler.step()
        run.epochs.append(_summary(run, number, first, sides, test))
        on_epoch(run.epochs[-1])
        if len(run.losses) == max_steps:
            break
    return run


def _summary(run: Run, number: int, first: int, sides: list[Side], test) -> Epoch:
    """The table's row for the steps since `first`."""
    return Epoch(
        number,
        [float(mean) for mean in np.mean(run.losses[first:], axis=0)],
        [side.accuracy(*test) for side in sides],
        [side.seconds for side in sides],
        max(run.differences, default=None),
    )


@dataclass
class Verdict:
    """Whether the two runs agree, and the sentence that says why."""

    agree: bool
    sentence: str


FLOAT64_STEPS, FLOAT64_BOUND = 200, 1e-9
FLOAT32_STEPS, FLOAT32_BOUND = 50, 1e-3
ACCURACY_BOUND = 0.01
ADVICE = "; in float32, rounding decides on which side of a kink a value lies, so see --dtype float64, too"


def loss_differences(run: Run) -> np.ndarray:
    """Per step |a - b| / max |b|: as everywhere, relative to the scale of the array, here of torch's loss curve.

    A loss near 0 is no scale: it is what is left when numbers of that scale cancel.
    """
    ours, theirs = np.array(run.losses).T
    return np.abs(ours - theirs) / np.abs(theirs[:FLOAT32_STEPS]).max()


def _start(run: Run) -> str:
    """What the two runs had in common at the start and on the way"""
    if run.identical_parameters is None:
        return ""
    counts = [f"{same} of {total}" for same, total in (run.identical_parameters, run.identical_batches)]
    how = f"from seed {run.settings.seed} alone" if run.settings.init == "seed" else "weights and batches copied"
    return f"; {how}: {counts[0]} initial parameters and {counts[1]} batches bit-identical"


def judge(run: Run) -> Verdict:
    """float64: parameters within 1e-9 over 200 steps; float32: losses within 1e-3 over 50; accuracies within 1 point."""
    steps = f"{run.settings.dtype}, {len(run.losses)} steps{_start(run)}"
    broken = np.flatnonzero(~np.isfinite(run.losses).all(axis=1))
    if broken.size:
        return Verdict(False, f"DIVERGED: {steps}; the loss is not finite from step {broken[0] + 1} on: try a smaller --lr")
    accuracy = run.epochs[-1].accuracy
    if len(accuracy) == 1:
        return Verdict(True, f"{steps} of minitorch_np alone; test accuracy {100 * accuracy[0]:.1f} %")
    if run.settings.dtype == "float64":
        left_out = run.not_compared
        note = f" (but for {' and '.join(left_out)}, which batch norm cancels)" if left_out else ""
        what, gaps, bound = f"parameters{note}", run.differences[:FLOAT64_STEPS], FLOAT64_BOUND
    else:
        what, gaps, bound = "loss curves", loss_differences(run)[:FLOAT32_STEPS], FLOAT32_BOUND
    worst = float(np.max(gaps))
    agree = worst <= bound and abs(accuracy[0] - accuracy[1]) <= ACCURACY_BOUND
    ours, theirs = (f"{100 * share:.1f} %" for share in accuracy)
    return Verdict(
        agree,
        f"{'AGREE' if agree else 'DIFFER'}: {steps}; {what} differ by at most {worst:.1e} (bound {bound:.0e}) over the "
        f"first {len(gaps)} steps; test accuracy {ours} (minitorch_np), {theirs} (torch)"
        + (ADVICE if not agree and run.settings.dtype == "float32" else ""),
    )
