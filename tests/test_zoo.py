"""Every model of the zoo in both libraries: weights, outputs, gradients, twenty steps; states both ways."""

import numpy as np
import pytest
import torch

import minitorch_np as mt
from torch_ref import zoo
from torch_ref.compare import assert_same
from torch_ref.convert import state_dict_to_ours, state_dict_to_torch


@pytest.mark.parametrize("name", zoo.ZOO)
def test_both_libraries_agree_for_twenty_steps(name):
    result = zoo.compare(name)
    assert result.agree(), result


@pytest.mark.parametrize("name", zoo.ZOO)
def test_states_go_both_ways_and_evaluation_agrees_in_float32(name):
    example, seeds = zoo.ZOO[name], (1, 2)
    ours, theirs = zoo.make(name, mt, "float32", seeds[0]), zoo.make(name, torch, "float32", seeds[1])
    truth = zoo.make(name, torch, "float64", seeds[1])
    assert repr(ours) == repr(theirs)
    # torch's state in our model ...
    ours.load_state_dict(state_dict_to_ours(theirs.state_dict()), strict=True)
    truth.load_state_dict(theirs.state_dict())
    outputs = []
    for lib, model, dtype in ((mt, ours, "float32"), (torch, theirs, "float32"), (torch, truth, "float64")):
        model.eval()
        with lib.no_grad():
            outputs.append(example.predict(model, zoo.batch(name, lib, dtype)))
    assert_same(*outputs)
    # ... and ours in torch's
    ours = zoo.make(name, mt, "float32", seeds[0])
    theirs.load_state_dict(state_dict_to_torch(ours.state_dict()), strict=True)
    for a, b in zip(ours.state_dict().values(), theirs.state_dict().values(), strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_a_model_that_differs_is_found(monkeypatch):
    def build(nn):
        model = zoo.models.super_resolution(nn)
        if nn is mt.nn:
            with mt.no_grad():
                model[2].weight[0, 0, 0, 0] += 1e-6
        return model

    example = zoo.ZOO["super_resolution"]
    monkeypatch.setitem(zoo.ZOO, "super_resolution", zoo.Example(build, example.batch, example.loss))
    result = zoo.compare("super_resolution", steps=1)
    assert not result.agree() and result.identical == (5, 6) and result.output > 1e-9
    text, good = zoo.table(["super_resolution"])
    assert not good and "DIFFER" in text
