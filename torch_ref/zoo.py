"""Every model with a little work to do, and what the two libraries make of it: python -m torch_ref zoo"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from . import models
from .compare import relative_difference
from .training import identical

STEPS = 20


def _classify(lib, model, images, labels):
    return lib.nn.functional.cross_entropy(model(images), labels)


def _imitate(lib, model, given, wanted):
    return lib.nn.functional.mse_loss(model(given), wanted)


def _next_token(lib, model, *tokens):
    *given, wanted = tokens
    return lib.nn.functional.cross_entropy(model(*given).flatten(0, 1), wanted.flatten())


def _logistic(lib, logits, real: bool):
    target = (lib.ones_like if real else lib.zeros_like)(logits)
    return lib.nn.functional.binary_cross_entropy_with_logits(logits, target)


def _adversarial(lib, model, noise, images):
    """Both nets' losses, as one number to differentiate."""
    made, judge = model["generator"](noise), model["discriminator"]
    return _logistic(lib, judge(images), True) + _logistic(lib, judge(made), False)


def _descend(lib, example, model, optimizers, batch):
    """The usual step: the gradient of the loss, and down."""
    (optimizer,) = optimizers
    optimizer.zero_grad()
    loss = example.loss(lib, model, *batch)
    loss.backward()
    optimizer.step()
    return loss


def _duel(lib, example, model, optimizers, batch):
    """A step of the discriminator, then one of the generator, which wants its images to be taken for real ones."""
    noise, images = batch
    generator, judge = model["generator"], model["discriminator"]
    for_generator, for_judge = optimizers
    made = generator(noise)
    for_judge.zero_grad()
    (_logistic(lib, judge(images), True) + _logistic(lib, judge(made.detach()), False)).backward()
    for_judge.step()
    for_generator.zero_grad()
    loss = _logistic(lib, judge(made), True)
    loss.backward()
    for_generator.step()
    return loss


def _sgd(lib, model):
    return [lib.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)]


def _two_adams(lib, model):
    return [lib.optim.Adam(net.parameters(), lr=2e-4, betas=(0.5, 0.999)) for net in model.values()]


@dataclass(frozen=True)
class Example:
    """A model and its work.

    build(nn) makes it; batch(rng) gives NumPy arrays, the inputs of `predict` first; loss(lib, model, *batch).
    """

    build: Callable
    batch: Callable
    loss: Callable
    optimizers: Callable = _sgd
    step: Callable = _descend

    def predict(self, model, batch):
        """The outputs of the net, or of the generator of a pair."""
        if self.step is _duel:
            return model["generator"](batch[0])
        return model(*batch[:-1])


def _images(rng, *shape, classes=10):
    return rng.normal(size=shape), rng.integers(0, classes, shape[0])


def _pictures(rng, *shape):
    return (rng.uniform(size=shape),) * 2


def _characters(rng, batch=4, length=12, vocabulary=32):
    text = rng.integers(1, vocabulary, (batch, length + 1))
    return text[:, :-1], text[:, 1:]


def _sentences(rng, batch=4, source=9, target=7, vocabulary=32):
    given, wanted = rng.integers(1, vocabulary, (batch, source)), rng.integers(1, vocabulary, (batch, target + 1))
    given[0, -3:] = wanted[1, -2:] = 0  # padding
    return given, wanted[:, :-1], wanted[:, 1:]


def _vision(name):
    """torchvision's model at an eighth of its width, which is its own again in every other respect."""
    build = models.VISION[name]
    return Example(lambda nn: build(nn, (3, 32, 32), 10, width=8), lambda rng: _images(rng, 8, 3, 32, 32), _classify)


GREY = (1, 28, 28)
ZOO = {
    "mlp": Example(models.mlp_512, lambda rng: _images(rng, 8, *GREY), _classify),
    "cnn": Example(lambda nn: models.cnn(nn, GREY, 10), lambda rng: _images(rng, 8, *GREY), _classify),
    "lenet": Example(lambda nn: models.lenet(nn, GREY, 10), lambda rng: _images(rng, 8, *GREY), _classify),
    "resnet18": _vision("resnet18"),
    "vgg11": _vision("vgg11"),
    "vgg11_bn": _vision("vgg11_bn"),
    "vgg19": _vision("vgg19"),
    "vgg19_bn": _vision("vgg19_bn"),
    "mlp_gan": Example(
        models.mlp_gan, lambda rng: (rng.normal(size=(8, 64)), rng.uniform(-1, 1, (8, 784))), _adversarial, _two_adams, _duel
    ),
    "dcgan": Example(
        models.dcgan,
        lambda rng: (rng.normal(size=(8, 64, 1, 1)), rng.uniform(-1, 1, (8, 1, 32, 32))),
        _adversarial,
        _two_adams,
        _duel,
    ),
    "char_rnn": Example(lambda nn: models.char_rnn(nn, "RNN"), _characters, _next_token),
    "char_gru": Example(lambda nn: models.char_rnn(nn, "GRU"), _characters, _next_token),
    "char_lstm": Example(lambda nn: models.char_rnn(nn, "LSTM"), _characters, _next_token),
    "gpt": Example(models.gpt, _characters, _next_token),
    "translator": Example(models.translator, _sentences, _next_token),
    "autoencoder": Example(models.autoencoder, lambda rng: _pictures(rng, 4, 1, 16, 16), _imitate),
    "super_resolution": Example(
        models.super_resolution, lambda rng: (rng.uniform(size=(4, 1, 12, 12)), rng.uniform(size=(4, 1, 24, 24))), _imitate
    ),
}


@dataclass(frozen=True)
class Result:
    """What was found: weights equal bit for bit (how many, of how many), then the largest relative differences."""

    weights: int
    identical: tuple[int, int]
    output: float
    gradient: float
    trained: float

    def agree(self, tolerance: float = 1e-9) -> bool:
        """All weights the same at the start, and everything within the tolerance after that."""
        return self.identical[0] == self.identical[1] and max(self.output, self.gradient, self.trained) <= tolerance


def make(name: str, lib, dtype: str = "float64", seed: int = 0):
    """The model `name` in library `lib`, from the seed."""
    lib.manual_seed(seed)
    return ZOO[name].build(lib.nn).to(getattr(lib, dtype))


def batch(name: str, lib, dtype: str = "float64", seed: int = 0) -> list:
    """One batch of `name`'s work in tensors of `lib`."""
    arrays = ZOO[name].batch(np.random.default_rng(seed))
    return [lib.from_numpy(np.array(a, dtype if a.dtype.kind == "f" else a.dtype)) for a in arrays]


def compare(name: str, steps: int = STEPS, seed: int = 0) -> Result:
    """Model `name` in both libraries in float64: its weights, output, gradients, and state after `steps` steps."""
    import torch

    import minitorch_np

    example, sides = ZOO[name], []
    for lib in (minitorch_np, torch):
        model = make(name, lib, seed=seed)
        start = [p.detach().numpy().copy() for p in model.parameters()]
        noise, work = models.without_effect(lib.nn, model), batch(name, lib, seed=seed)
        with lib.no_grad():
            output = example.predict(model, work)
        example.loss(lib, model, *work).backward()
        gradients = [p.grad for n, p in model.named_parameters() if n not in noise]
        optimizers = example.optimizers(lib, model)
        for number in range(steps):
            example.step(lib, example, model, optimizers, batch(name, lib, seed=seed + number))
        sides.append((start, output, gradients, [t for n, t in model.state_dict().items() if n not in noise]))
    starts, outputs, gradients, states = zip(*sides, strict=True)
    return Result(
        sum(array.size for array in starts[0]),
        identical(zip(*starts, strict=True)),
        relative_difference(*outputs),
        max(map(relative_difference, *gradients)),
        max(map(relative_difference, *states)),
    )


def table(names) -> tuple[str, bool]:
    """The results as Markdown, and whether all agree."""
    lines = [
        f"| model | weights | the same from the seed | output | gradients | after {STEPS} steps | |",
        "|---|---:|---|---:|---:|---:|---|",
    ]
    good = True
    for name in names:
        r = compare(name)
        good &= r.agree()
        same = f"{r.identical[0]} of {r.identical[1]} tensors"
        verdict = "agree" if r.agree() else "DIFFER"
        lines.append(
            f"| {name} | {r.weights:,} | {same} | {r.output:.1e} | {r.gradient:.1e} | {r.trained:.1e} | {verdict} |"
        )
    return "\n".join(lines), good
