"""Reductions of so many elements that they are shared among the threads: torch's values, gradients and accuracy."""

import numpy as np
import pytest
import torch

import minitorch_np as mt
from minitorch_np.ops.reduce import LARGE

SHAPES = [((66, 1000), (1,)), ((1000, 66), (0,)), ((4, 90, 200), (1,)), ((4, 90, 200), (0, 1)), ((LARGE,), (0,))]
RNG = np.random.default_rng(5)  # one fixed sample: both libraries are compared on it


@pytest.mark.parametrize(("shape", "dims"), SHAPES)
def test_sums_are_as_accurate_as_torchs(shape, dims):
    """The largest part of torch's error was 1.3 on these shapes."""
    x = RNG.normal(size=shape).astype(np.float32)
    ours, theirs = mt.from_numpy(x).sum(dims).numpy(), torch.from_numpy(x).sum(dims).numpy()
    exact = x.sum(dims, dtype=np.float64)
    errors = [np.sqrt(np.mean((a - exact) ** 2)) for a in (ours, theirs)]
    assert errors[0] <= 2 * errors[1] + np.spacing(np.float32(np.abs(exact).max()))


@pytest.mark.parametrize("name", ["sum", "mean", "amax", "amin"])
@pytest.mark.parametrize(("shape", "dims"), SHAPES)
def test_values_and_both_gradients_are_torchs(name, shape, dims):
    x = RNG.integers(-4, 5, shape).astype(np.float64)  # many ties
    found = []
    for t in (mt, torch):
        a = t.from_numpy(x).requires_grad_()
        y = getattr(a, name)(dims, keepdim=True)
        (first,) = t.autograd.grad((y * y).sum(), a, create_graph=True)
        (second,) = t.autograd.grad((first * first).sum(), a)
        found.append([y.detach().numpy(), first.detach().numpy(), second.numpy()])
    for ours, theirs in zip(*found):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)  # float64: sums of many terms, in another order than torch's


@pytest.mark.parametrize("special", [np.nan, np.inf, -np.inf])
def test_special_values_pass_through(special):
    x = np.zeros((70, 1000), np.float32)
    x[3, 7] = special
    for name in ("sum", "amax", "amin"):
        ours, theirs = (getattr(t.from_numpy(x), name)(1).numpy() for t in (mt, torch))
        np.testing.assert_array_equal(ours, theirs)
    grads = []
    for t in (mt, torch):
        a = t.from_numpy(x).requires_grad_()
        a.amax(1).sum().backward()
        grads.append(a.grad.numpy())
    np.testing.assert_array_equal(*grads)
