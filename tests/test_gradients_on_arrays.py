"""Gradients that are declared twice, on tensors and on arrays (autograd/op.py, `on_arrays`): the same bits either way."""

import pytest
import torch

import minitorch_np as mt
from minitorch_np.autograd import op

F = mt.nn.functional
N, K, M = 64, 40, 30


def labels(t):
    return t.arange(N) % K


def weighted_logits(x, t, reduction):
    weights = [mt.arange(K).to(x.dtype) / factor for factor in (K, N)]
    return F.binary_cross_entropy_with_logits(x, t, weights[0], pos_weight=weights[1], reduction=reduction)


# name -> (function, shapes)
CASES = {
    "linear": (F.linear, (N, K), (M, K), (M,)),
    "linear, batches": (F.linear, (3, 4, K), (M, K), (M,)),
    "linear, one bias": (F.linear, (N, K), (M, K), (1,)),
    "linear, bias without dimension": (F.linear, (N, K), (M, K), ()),
    "linear, no bias": (F.linear, (N, K), (M, K)),
    "linear, gaps": (lambda x, w: F.linear(x[:, ::2], w[:, ::2]), (N, K), (M, K)),
    "mm": (mt.mm, (N, K), (K, M)),
    "relu": (F.relu, (N, K)),
    "leaky_relu": (F.leaky_relu, (N, K)),
    "tanh": (mt.tanh, (N, K)),
    "sigmoid": (mt.sigmoid, (N, K)),
    "softmax": (lambda x: F.softmax(x, 0), (N, K)),
    "log_softmax": (lambda x: F.log_softmax(x, 1), (N, K)),
    "log_softmax, number": (lambda x: F.log_softmax(x, 0), ()),
    "cross_entropy": (lambda x: F.cross_entropy(x, labels(mt)), (N, K)),
    "cross_entropy, weighted": (lambda x: F.cross_entropy(x, labels(mt), mt.arange(K).to(x.dtype)), (N, K)),
    "cross_entropy, image": (lambda x: F.cross_entropy(x, mt.zeros(2, 4, 5).long(), ignore_index=1), (2, 3, 4, 5)),
    "nll_loss, sum": (lambda x: F.nll_loss(x, labels(mt), reduction="sum"), (N, K)),
    "nll_loss, one": (lambda x: F.nll_loss(x, mt.tensor(3)), (K,)),
    "logits, mean": (lambda x, t: F.binary_cross_entropy_with_logits(x, t), (N, K), (N, K)),
    "logits, each": (lambda x: F.binary_cross_entropy_with_logits(x, mt.ones_like(x), reduction="none"), (N, K)),
    "logits, weighted": (lambda x, t: weighted_logits(x, t, "sum"), (N, K), (N, K)),
    "logits, number": (lambda x: F.binary_cross_entropy_with_logits(x, mt.ones_like(x)), ()),
    "view": (lambda x: x.view(K, N), (N, K)),
    "bias of leading dimensions": (lambda x, b: x + b, (3, N, K), (K,)),
    "bias of one": (lambda x, b: x * b, (N, K), (1, K)),
}


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("name", CASES)
def test_recorded_or_not_it_is_the_same_gradient(name, dtype):
    function, *shapes = CASES[name]
    mt.manual_seed(0)
    xs = [mt.randn(shape).to(getattr(mt, dtype)).requires_grad_() for shape in shapes]
    y = function(*xs)
    for gradient in (mt.randn(y.shape).to(y.dtype), mt.randn(y.shape[::-1]).to(y.dtype).permute(tuple(range(y.ndim))[::-1])):
        plain = mt.autograd.grad(y, xs, gradient, retain_graph=True)
        recorded = mt.autograd.grad(y, xs, gradient, create_graph=True)
        for a, b in zip(plain, recorded):
            assert a.dtype is b.dtype
            assert a.shape == b.shape
            assert a.stride() == b.stride()
            assert a.numpy().tobytes() == b.detach().numpy().tobytes()
            assert not a.requires_grad


def test_both_forms_are_run(monkeypatch):
    """Else the test above compares a form with itself"""
    seen = []
    monkeypatch.setattr(op, "_unrecorded", lambda f, arguments: seen.append(f) or mt.Tensor._wrap(f(*arguments)))
    x = mt.randn(4, 5, requires_grad=True)
    y = x.relu()
    mt.autograd.grad(y, x, mt.ones(4, 5), create_graph=True)
    assert not seen
    mt.autograd.grad(y, x, mt.ones(5, 4).t(), retain_graph=True)
    assert not seen
    mt.autograd.grad(y, x, mt.ones(4, 5))
    assert len(seen) == 1


@pytest.mark.parametrize("kernels", ["numba", "numpy"])
@pytest.mark.parametrize("function", [F.relu, F.leaky_relu, mt.tanh, mt.sigmoid])
def test_of_numbers_arrays_are_added(function, kernels):
    """NumPy makes numbers of arrays without dimensions: two gradients of one leaf are added in the memory of the first"""
    before = mt.active_kernels()
    mt.use_kernels(kernels)
    try:
        x = mt.tensor(0.5, requires_grad=True)
        (gradient,) = mt.autograd.grad(function(x) + function(x), x)
        (once,) = mt.autograd.grad(function(x), x)
    finally:
        mt.use_kernels(before)
    assert gradient == 2 * once


@pytest.mark.parametrize("shape", [(4,), (3, 4), (3, 4, 2), (3, 4, 2, 2), (3, 4, 2, 2, 2)])
@pytest.mark.parametrize("reduction", ["none", "mean"])
def test_between_losses_and_their_logarithms_stands_what_torch_has(shape, reduction):
    def names(t):
        x = t.zeros(shape, requires_grad=True)
        target = t.zeros(shape[:1] + shape[2:] if len(shape) > 1 else ()).long()
        node, found = t.nn.functional.cross_entropy(x, target, reduction=reduction).grad_fn, []
        while node is not None:
            found.append(node.name())
            node = node.next_functions[0][0] if node.next_functions else None
        return found

    assert names(mt) == names(torch)
