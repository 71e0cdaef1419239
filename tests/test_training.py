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
    # The bias of a convolution before a batch norm has gradient 0 up to rounding.  SGD ignores that; Adam divides
    # it by its own size plus 1e-8 and so moves the bias by rounding noise.
    assert max(run.differences) <= (1e-9 if optimizer == "sgd" else 1e-8)
    assert run.losses[-1][0] < run.losses[0][0]


@pytest.mark.parametrize("model", models.MODELS)
def test_float32_losses_agree_over_50_steps(model, digits):
    settings = training.Settings(model, epochs=3, dtype="float32")
    run = training.train(settings, digits, training.make_sides(settings, digits), max_steps=50)
    ours, theirs = np.array(run.losses).T
    assert len(ours) == 50
    assert np.abs(ours - theirs).max() <= 1e-3 * theirs[0]


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


def test_batches_depend_on_seed_and_epoch_only(digits):
    def first(seed, epoch):
        return next(training.batches(training.Settings(seed=seed), digits, epoch))[1].tolist()

    assert first(0, 1) == first(0, 1)
    assert first(0, 1) != first(1, 1)
    assert first(0, 1) != first(0, 2)


@pytest.mark.skipif(not SAMPLE.is_dir(), reason="the Fashion-MNIST sample is not beside this checkout")
def test_fashion_mnist_sample():
    data = datasets.load("fashion-mnist", str(SAMPLE))
    assert data.in_shape == (1, 28, 28)
    settings = training.Settings("cnn", "fashion-mnist", epochs=1, batch_size=50, dtype="float64")
    run = training.train(settings, data, training.make_sides(settings, data))
    assert training.judge(run).agree
    assert len(run.losses) == 15
