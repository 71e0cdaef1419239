"""Activations through the exponential: as exact as torch's in float32 and in float64, and right where numbers end."""

import mpmath
import numpy as np
import pytest
import torch

from minitorch_np import kernels

DTYPES = [np.float32, np.float64]
rng = np.random.default_rng(11)
SMALL = np.geomspace(1e-12, 1, 20)
POINTS = np.concatenate([rng.normal(size=90), rng.uniform(-9, 9, 90), SMALL, -SMALL])


def _logistic(x):
    return 1 / (1 + mpmath.exp(-x))


def _tanh_form(x):
    return x / 2 * (1 + mpmath.tanh(mpmath.sqrt(2 / mpmath.pi) * (x + mpmath.mpf("0.044715") * x**3)))


functional = torch.nn.functional
# Ours, torch's, the truth; and our slope's, from x, and its truth.
FUNCTIONS = {
    "sigmoid": (kernels.sigmoid, torch.sigmoid, _logistic, None, None),
    "tanh": (kernels.tanh, torch.tanh, mpmath.tanh, None, None),
    "erf": (kernels.erf, torch.erf, mpmath.erf, None, None),
    "silu": (
        kernels.silu, functional.silu, lambda x: x * _logistic(x), kernels.silu_backward,
        lambda x: _logistic(x) * (1 + x * _logistic(-x)),
    ),
    "gelu": (
        lambda x: kernels.gelu(x, "none"), functional.gelu, lambda x: x * mpmath.ncdf(x),
        lambda g, x: kernels.gelu_backward(g, x, "none"), lambda x: mpmath.ncdf(x) + x * mpmath.npdf(x),
    ),
    "gelu by tanh": (
        lambda x: kernels.gelu(x, "tanh"), lambda x: functional.gelu(x, approximate="tanh"), _tanh_form,
        lambda g, x: kernels.gelu_backward(g, x, "tanh"), lambda x: mpmath.diff(_tanh_form, x),
    ),
    "elu": (
        lambda x: kernels.elu(x, 1.0), functional.elu, lambda x: x if x > 0 else mpmath.expm1(x),
        lambda g, x: kernels.elu_backward(g, x, 1.0), lambda x: mpmath.exp(min(x, 0)),
    ),
    "softplus": (
        lambda x: kernels.softplus(x, 1.0, 20.0), functional.softplus, lambda x: mpmath.log1p(mpmath.exp(x)),
        lambda g, x: kernels.softplus_backward(g, x, 1.0, 20.0), _logistic,
    ),
    "logsigmoid": (
        kernels.logsigmoid, functional.logsigmoid, lambda x: -mpmath.log1p(mpmath.exp(-x)), kernels.logsigmoid_backward,
        lambda x: _logistic(-x),
    ),
}  # fmt: skip


def _error(result, truth):
    """Root of the mean square, in units of the last place of 1"""
    difference = [float(mpmath.mpf(float(y)) - t) for y, t in zip(result, truth)]
    return np.sqrt(np.mean(np.square(difference))) / np.finfo(result.dtype).eps


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_as_accurate_as_torchs(name, dtype):
    ours, theirs, truth, our_slope, true_slope = FUNCTIONS[name]
    x = POINTS.astype(dtype)
    leaf = torch.from_numpy(x).requires_grad_()
    y = theirs(leaf)
    y.sum().backward()
    with mpmath.workdps(30):
        exact = [mpmath.mpf(float(v)) for v in x]
        expected = [truth(v) for v in exact]
        assert _error(ours(x), expected) <= 2 * _error(y.detach().numpy(), expected)
        if our_slope is not None:
            expected = [true_slope(v) for v in exact]
            assert _error(our_slope(np.ones_like(x), x), expected) <= 2 * _error(leaf.grad.numpy(), expected)


@np.errstate(all="ignore")  # as around an operation
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_where_numbers_end(name, dtype):
    """NaN, infinities, signed zeros, the largest numbers, and exponentials beyond either end of the exponents"""
    ours, theirs, _, our_slope, _ = FUNCTIONS[name]
    largest = np.finfo(dtype).max
    ends = [700, 709.5, 710, 740, 746] if dtype == np.float64 else [87, 88, 88.6, 89, 104]
    x = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, largest, -largest, *ends, *np.negative(ends)], dtype)
    leaf = torch.from_numpy(x).requires_grad_()
    y = theirs(leaf)
    y.sum().backward()
    # What lies below `tiny` may be lost.  1e-5, as this is about which numbers: how exact they are is above.
    tiny = np.finfo(dtype).tiny
    np.testing.assert_allclose(ours(x), y.detach().numpy(), rtol=1e-5, atol=tiny)
    if name != "gelu" or dtype == np.float64:  # there torch's result of -0 is 0
        np.testing.assert_array_equal(np.signbit(ours(x))[3:5], np.signbit(y.detach().numpy())[3:5])
    if our_slope is not None:
        np.testing.assert_allclose(our_slope(np.ones_like(x), x), leaf.grad.numpy(), rtol=1e-5, atol=tiny)


def test_a_long_row_of_float64():
    """Sums, largest and rest of a row that no vector divides; and columns"""
    x = np.random.default_rng(2).normal(size=(3, 9001)) * 30
    x[1, 4] = np.nan
    x[2, 7:] = -np.inf
    for axis in (0, 1):
        for name in ("softmax", "log_softmax"):
            leaf = torch.from_numpy(x).requires_grad_()
            y = getattr(torch, name)(leaf, axis)
            g = np.random.default_rng(3).normal(size=x.shape)
            y.backward(torch.from_numpy(g))
            ours = getattr(kernels, name)(x, axis)
            # atol: the largest logarithm is a difference of two numbers of about 100
            np.testing.assert_allclose(ours, y.detach().numpy(), rtol=1e-13, atol=1e-14)
            back = getattr(kernels, name + "_backward")(g, y.detach().numpy(), axis)
            np.testing.assert_allclose(back, leaf.grad.numpy(), rtol=1e-12, atol=1e-13)
