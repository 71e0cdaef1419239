"""Whole runs: every model, trained in both libraries on the same batches from the same weights."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from torch_ref import datasets, models, training

SAMPLE = Path(__file__).parent.parent.parent / "shared" / "data"


@pytest.fixture(scope="module")
def digits():
    return datasets.load("digits")


def small(data, count=640):
    return dataclasses.replace(data, train_images=data.train_images[:count], train_labels=data.train_labels[:count])


@pytest.mark.parametrize("model", models.MODELS)
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_float64_parameters_agree_after_200_steps(model, optimizer, digits):
    lr = 0.05 if optimizer == "sgd" else 1e-3
    settings = training.Settings(model, epochs=10, batch_size=32, lr=lr, optimizer=optimizer, dtype="float64")
    data = small(digits)
    run = training.train(settings, data, training.make_sides(settings, data), max_steps=200)
    assert len(run.differences) == 200
    assert max(run.differences) <= 1e-9
    assert run.losses[-1][0] < run.losses[0][0]


@pytest.mark.parametrize("model", models.MODELS)
def test_float32_losses_agree_over_50_steps(model, digits):
    settings = training.Settings(model, epochs=3, dtype="float32")
    run = training.train(settings, digits, training.make_sides(settings, digits), max_steps=50)
    assert len(run.losses) == 50
    assert training.loss_differences(run).max() <= 1e-3


@pytest.mark.parametrize("name", models.MODELS)
def test_what_is_not_compared_under_adam_has_no_effect(name, digits):
    settings = training.Settings(name, dtype="float64", optimizer="adam")
    (plain,) = training.make_sides(training.Settings(name), digits, with_torch=False)
    assert plain.not_compared == ()
    (side,) = training.make_sides(settings, digits, with_torch=False)
    assert side.not_compared == (("0.bias", "4.bias") if name.startswith("cnn") else ())
    ((images, labels),) = next(training.batches(settings, digits, 1, [side]))
    x, y = side.batch(images, labels)

    def loss():
        side.library.manual_seed(0)  # for dropout
        return side.criterion(side.model(x), y).item()

    before = loss()
    with side.library.no_grad():
        for name, parameter in side.model.named_parameters():
            if name in side.not_compared:
                parameter.add_(3.0)
    assert loss() == pytest.approx(before, rel=1e-12)


def test_a_loss_that_is_not_finite_is_no_agreement(digits):
    settings = training.Settings("mlp", epochs=1, dtype="float64")
    run = training.train(settings, digits, training.make_sides(settings, digits), max_steps=3)
    run.losses[1] = [float("nan")] * 2
    verdict = training.judge(run)
    assert not verdict.agree
    assert "not finite from step 2 on" in verdict.sentence


def test_accuracies_a_point_apart_are_no_agreement(digits):
    settings = training.Settings("mlp", epochs=1)
    run = training.train(settings, digits, training.make_sides(settings, digits), max_steps=3)
    assert training.judge(run).agree
    run.epochs[-1].accuracy[0] += 0.011
    assert not training.judge(run).agree


@pytest.mark.parametrize("init", ["seed", "copy"])
def test_an_epoch_takes_every_image_once_and_no_batch_of_one(init, digits):
    def sizes(batch_size, count):
        settings, few = training.Settings("mlp", batch_size=batch_size, init=init), small(digits, count)
        sides = training.make_sides(settings, few)
        steps = [len(labels) for (_, labels), _ in training.batches(settings, few, 1, sides)]
        assert len(steps) == training.steps_per_epoch(settings, few) or batch_size == 1
        return steps

    assert sizes(4, 10) == [4, 4, 2]
    assert sizes(4, 9) == [4, 4]  # batch norm cannot learn from one image
    assert sizes(1, 3) == [1, 1, 1]
    numbered = dataclasses.replace(digits, train_labels=np.arange(len(digits.train_labels)))
    settings = training.Settings("mlp", init=init)
    sides = training.make_sides(settings, numbered)
    seen = np.concatenate([labels for (_, labels), _ in training.batches(settings, numbered, 2, sides)])
    assert sorted(seen) == list(range(len(seen)))


@pytest.mark.parametrize("model", models.MODELS)
def test_a_seed_alone_gives_the_same_weights_batches_and_run(model, digits):
    settings = training.Settings(model, epochs=3, dtype="float64", seed=2**40 + 7)
    sides = training.make_sides(settings, digits)
    run = training.train(settings, digits, sides)
    assert run.identical_parameters == (len(list(sides[0].model.parameters())),) * 2
    assert run.identical_batches == (69, 69)
    assert run.differences[-1] <= 1e-9
    assert training.judge(run).agree
    assert "from seed 1099511627783 alone" in training.judge(run).sentence


def test_what_is_not_identical_is_counted(digits):
    settings = training.Settings("mlp", epochs=1)
    sides = training.make_sides(settings, digits)
    with sides[0].library.no_grad():
        next(sides[0].model.parameters())[0, 0] += 1e-6
    sides[0].library.manual_seed(1)  # so that ours shuffles differently
    run = training.train(settings, digits, sides, max_steps=2)
    assert run.identical_parameters == (5, 6)
    assert run.identical_batches == (0, 2)


def test_default_run_reaches_97_percent_in_both(digits):
    settings = training.Settings()
    run = training.train(settings, digits, training.make_sides(settings, digits))
    verdict = training.judge(run)
    assert verdict.agree, verdict.sentence
    assert verdict.sentence.startswith("AGREE: float32, 115 steps")
    assert min(run.epochs[-1].accuracy) >= 0.97


def test_a_disagreement_is_called_one(digits):
    settings = training.Settings("mlp", epochs=1)
    sides = training.make_sides(settings, digits)
    with sides[0].library.no_grad():
        next(sides[0].model.parameters()).mul_(1.01)
    verdict = training.judge(training.train(settings, digits, sides))
    assert not verdict.agree
    assert verdict.sentence.startswith("DIFFER")


def test_copied_batches_depend_on_seed_and_epoch_only(digits):
    def first(seed, epoch):
        settings = training.Settings(seed=seed, init="copy")
        return next(training.batches(settings, digits, epoch, [None]))[0][1].tolist()

    assert first(0, 1) == first(0, 1)
    assert first(0, 1) != first(1, 1)
    assert first(0, 1) != first(0, 2)


def test_copied_weights_and_batches(digits):
    settings = training.Settings("cnn", epochs=1, dtype="float64", init="copy")
    run = training.train(settings, digits, training.make_sides(settings, digits), max_steps=10)
    assert run.identical_parameters == (10, 10)
    assert run.identical_batches == (10, 10)
    assert "weights and batches copied" in training.judge(run).sentence
    assert max(run.differences) <= 1e-9


@pytest.mark.skipif(not SAMPLE.is_dir(), reason="the Fashion-MNIST sample is not beside this checkout")
def test_fashion_mnist_sample():
    data = datasets.load("fashion-mnist", str(SAMPLE))
    assert data.in_shape == (1, 28, 28)
    settings = training.Settings("cnn", "fashion-mnist", epochs=1, batch_size=50, dtype="float64")
    run = training.train(settings, data, training.make_sides(settings, data))
    assert training.judge(run).agree
    assert len(run.losses) == 15
