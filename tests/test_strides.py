"""How results lie in memory: the strides of pointwise operations and reductions, beside torch's."""

import itertools

import pytest
import torch
from test_promotion import ALONG, BINARY, UNARY

import minitorch_np as mt

# Tensors of shape (2, 3, 4): functions of the library.
LAYOUTS = {
    "row by row": lambda t: t.arange(24).reshape(2, 3, 4),
    "permuted": lambda t: t.arange(24).reshape(4, 2, 3).permute(1, 2, 0),
    "permuted again": lambda t: t.arange(24).reshape(3, 4, 2).permute(2, 0, 1),
    "strided": lambda t: t.arange(48).reshape(2, 3, 8)[:, :, ::2],
    "expanded": lambda t: t.arange(8).reshape(2, 1, 4).expand(2, 3, 4),
    "expanded twice": lambda t: t.arange(3).reshape(3, 1).expand(2, 3, 4),
}
SMALLER = {
    "0-d": lambda t: t.tensor(2),
    "a column": lambda t: t.arange(3).reshape(3, 1),
    "a number": lambda t: 2,
}
FUNCTIONAL = """
    hardtanh relu6 hardsigmoid hardswish softshrink hardshrink tanhshrink softsign relu leaky_relu elu gelu silu logsigmoid
    softplus selu celu mish glu
""".split()
LOSSES = "smooth_l1_loss mse_loss huber_loss l1_loss binary_cross_entropy".split()
THREE = {
    "where": lambda t, a, b: t.where(a > 3, a, b),
    "addcmul": lambda t, a, b: t.addcmul(a, b, b),
    "addcdiv": lambda t, a, b: t.addcdiv(a, b, b),
    "lerp": lambda t, a, b: (t.lerp(a, b, 0.5), t.lerp(a, b, b)),
    "clamp": lambda t, a, b: (t.clamp(a, b, b), t.clamp(a, 1, 2), t.clamp(a, max=b)),
    "masked_fill": lambda t, a, b: a.masked_fill(b > 2, 1),
}


def strides(lib, call, *operands):
    """The strides of all results, or the error's type."""
    try:
        result = call(lib, *[x.to(lib.float32) if isinstance(x := make(lib), lib.Tensor) else x for make in operands])
    except Exception as error:
        return type(error).__name__
    return [tuple(r.stride()) for r in (result if isinstance(result, tuple) else (result,)) if isinstance(r, lib.Tensor)]


def assert_same_strides(call, *tables):
    for names in itertools.product(*tables):
        operands = [table[name] for table, name in zip(tables, names, strict=True)]
        assert strides(mt, call, *operands) == strides(torch, call, *operands), names


@pytest.mark.parametrize("name", UNARY)
def test_unary(name):
    assert_same_strides(lambda t, x: getattr(t, name)(x), LAYOUTS)
    assert_same_strides(lambda t, x: getattr(t, name)(x.to(t.int64)), LAYOUTS)


@pytest.mark.parametrize("name", [n for n in BINARY if n != "ldexp"])  # torch computes ldexp by two different ways
def test_binary(name):
    call = lambda t, a, b: getattr(t, name)(a, b)
    for first, second in ((LAYOUTS, LAYOUTS), (LAYOUTS, SMALLER), (SMALLER, LAYOUTS)):
        assert_same_strides(call, first, second)


@pytest.mark.parametrize("name", THREE)
def test_three(name):
    assert_same_strides(THREE[name], LAYOUTS, LAYOUTS)


@pytest.mark.parametrize("name", FUNCTIONAL)
def test_functional(name):
    assert_same_strides(lambda t, x: getattr(t.nn.functional, name)(x), LAYOUTS)


@pytest.mark.parametrize("name", LOSSES)
def test_losses(name):
    assert_same_strides(lambda t, a, b: getattr(t.nn.functional, name)(a / 50, b / 50, reduction="none"), LAYOUTS, LAYOUTS)


@pytest.mark.parametrize("name", [*ALONG, "norm", "var_mean", "std_mean", "aminmax"])
def test_reductions(name):
    for dim, keepdim in itertools.product((0, 1, 2, (0, 2)), (False, True)):
        assert_same_strides(lambda t, x, dim=dim: getattr(t, name)(x, dim=dim), LAYOUTS)
        assert_same_strides(lambda t, x, dim=dim, keepdim=keepdim: getattr(t, name)(x, dim=dim, keepdim=keepdim), LAYOUTS)
