"""A chosen class's gradient as a matrix is made for those who look at it, and only for them; the numbers are torch's."""

import numpy as np
import pytest
import torch

import minitorch_np as mt

SIZE = 300, 300  # enough elements for the kernels of cross_entropy


def logits(t, dtype="float32"):
    return t.from_numpy(np.random.default_rng(0).normal(size=SIZE).astype(dtype)).requires_grad_()


def labels(t):
    classes = np.random.default_rng(1).integers(0, SIZE[1], SIZE[0])
    classes[::7] = -100  # ignored
    return t.from_numpy(classes)


def both(run):
    ours, theirs = ([x.detach().numpy() for x in run(t)] for t in (mt, torch))
    for a, b in zip(ours, theirs, strict=True):
        assert a.dtype == b.dtype
        # Sums of 300 exponentials and numbers in float32: each order of them rounds otherwise.
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5 * np.abs(b).max())


@pytest.mark.parametrize("options", [{}, {"reduction": "sum"}, {"reduction": "none"}, {"label_smoothing": 0.1}])
@pytest.mark.parametrize("weighted", [False, True])
def test_cross_entropy_and_its_gradient(options, weighted):
    def run(t):
        x, weight = logits(t), t.linspace(0, 1, SIZE[1]) if weighted else None
        loss = t.nn.functional.cross_entropy(x, labels(t), weight, **options)
        loss.sum().backward()
        with t.no_grad():
            return loss, x.grad, t.nn.functional.cross_entropy(x, labels(t), weight, **options)

    both(run)


def test_who_looks_finds_a_tensor():
    """A node's hooks before and after, a gradient that is asked for in between, and the leaf behind nll_loss."""

    def run(t):
        x = logits(t)
        loss = t.nn.functional.cross_entropy(x, labels(t))
        node = loss.grad_fn.next_functions[0][0]
        (between,) = t.autograd.grad(loss, t.autograd.graph.GradientEdge(node, 0), retain_graph=True)
        seen, sent = [], []
        node.register_prehook(lambda grads: seen.extend(grads))
        loss.grad_fn.register_hook(lambda results, grads: sent.extend(results))
        loss.backward()
        leaf = logits(t)
        leaf.register_hook(lambda g: seen.append(g))
        t.nn.functional.nll_loss(leaf, labels(t)).backward()
        for g in (between, leaf.grad, *seen, *sent):
            assert type(g) is t.Tensor
        return between, x.grad, leaf.grad, *seen, *sent

    both(run)


def test_two_gradients_of_one_tensor_are_added():
    def run(t):
        x = logits(t)
        logp = x.log_softmax(1)
        (
            t.nn.functional.nll_loss(logp, labels(t))
            + t.nn.functional.nll_loss(logp, labels(t).clamp(min=0), reduction="sum")
        ).backward()
        return (x.grad,)

    both(run)


def test_second_gradients():
    def run(t):
        x = logits(t, "float64")
        (g,) = t.autograd.grad(t.nn.functional.cross_entropy(x, labels(t)), x, create_graph=True)
        return g, *t.autograd.grad((g * g).sum(), x)

    both(run)
