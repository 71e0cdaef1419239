"""torchvision's models, written in our nn: the same names, and from the same seed the same weights."""

import os

import numpy as np
import pytest
import torch

import minitorch_np as mt
from torch_ref._torchvision import import_torchvision
from torch_ref.convert import state_dict_to_torch
from torch_ref.models import build

IMAGES = (3, 224, 224)


@pytest.mark.parametrize("name", ["resnet18", "vgg11", "vgg19_bn"])  # between them, all that the five are made of
def test_the_same_weights_from_the_same_seed(name):
    torch.manual_seed(11)
    theirs = getattr(import_torchvision().models, name)(weights=None)
    mt.manual_seed(11)
    ours = build(name, mt.nn, IMAGES, 1000)
    np.testing.assert_array_equal(mt.get_rng_state().numpy(), torch.get_rng_state().numpy())
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert [n for n, _ in ours.named_parameters()] == [n for n, _ in theirs.named_parameters()]
    for a, b in zip(ours.state_dict().values(), theirs.state_dict().values(), strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_resnet18_computes_what_torchvisions_does():
    mt.manual_seed(0)
    ours = build("resnet18", mt.nn, IMAGES, 10).double()
    theirs = import_torchvision().models.resnet18(weights=None, num_classes=10).double()
    theirs.load_state_dict(state_dict_to_torch(ours.state_dict()))
    images = np.random.default_rng(0).normal(size=(2, 3, 32, 32))
    for training in (True, False):
        a, b = ours.train(training)(mt.from_numpy(images)), theirs.train(training)(torch.from_numpy(images))
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-9, atol=1e-11)


SMALL, LARGE = ["resnet18"], ["vgg11", "vgg11_bn", "vgg19", "vgg19_bn"]  # of half a gigabyte each


@pytest.mark.parametrize("name", SMALL + LARGE if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else SMALL)
def test_a_file_of_torchvisions_weights_loads_by_key(name, tmp_path):
    theirs = getattr(import_torchvision().models, name)(weights=None).eval()
    torch.save(theirs.state_dict(), tmp_path / "weights.pth")
    ours = build(name, mt.nn, IMAGES, 1000).eval()
    ours.load_state_dict(mt.load(tmp_path / "weights.pth"), strict=True)
    images = np.random.default_rng(0).normal(size=(2, 3, 32, 32)).astype(np.float32)
    with torch.no_grad(), mt.no_grad():
        expected = theirs(torch.from_numpy(images)).numpy()
        # Float32 through up to nineteen layers in two orders of summation; a wrong weight shows in the first digit.
        np.testing.assert_allclose(ours(mt.from_numpy(images)).numpy(), expected, rtol=0, atol=1e-4 * np.abs(expected).max())
