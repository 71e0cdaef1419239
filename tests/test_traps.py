"""Where other re-implementations of torch went wrong: each a case that we must pass, run in both libraries."""

import numpy as np
import pytest
import torch

import minitorch_np as mt

BOTH = pytest.mark.parametrize("t", [mt, torch], ids=["minitorch_np", "torch"])


def close(tensor, expected):
    np.testing.assert_allclose(np.asarray(tensor.detach().numpy()), expected, rtol=1e-6, atol=1e-7)


@BOTH
def test_gradient_of_repeated_indices_adds_up(t):
    w = t.ones(3, 2, requires_grad=True)
    w[[0, 0, 2]].sum().backward()
    assert w.grad.tolist() == [[2, 2], [0, 0], [1, 1]]
    w.grad = None
    t.nn.functional.embedding(t.tensor([1, 1, 1]), w).sum().backward()
    assert w.grad.tolist() == [[0, 0], [3, 3], [0, 0]]


@BOTH
def test_batch_norm_2d_by_default_and_its_momentum(t):
    layer = t.nn.BatchNorm2d(3)
    x = t.from_numpy(np.random.default_rng(0).normal(1, 2, (8, 3, 4, 4)).astype(np.float32))
    layer(x)
    expected = 0.9 + 0.1 * x.var((0, 2, 3))  # momentum weighs the new value
    close(layer.running_var, expected.numpy())


@BOTH
def test_batch_norm_input_gradient_in_evaluation_mode(t):
    layer = t.nn.BatchNorm2d(1).eval()
    layer.running_var.fill_(4.0)
    x = t.ones(2, 1, 2, 2, requires_grad=True)
    layer(x).sum().backward()
    close(x.grad, np.full((2, 1, 2, 2), 1 / np.sqrt(4 + 1e-5)))


@BOTH
def test_cross_entropy_of_large_logits(t):
    logits = t.tensor([[1000.0, 0.0, -1000.0], [0.0, 50.0, -50.0]])
    loss = t.nn.functional.cross_entropy(logits, t.tensor([2, 2]), reduction="none")
    assert loss.tolist() == [2000, 100]


@BOTH
def test_max_pool_pads_with_minus_infinity(t):
    x = t.full((1, 1, 3, 3), -5.0)
    assert t.nn.functional.max_pool2d(x, 3, 2, padding=1).tolist() == [[[[-5, -5], [-5, -5]]]]


@BOTH
def test_max_pool_sends_the_gradient_to_the_first_of_equals(t):
    x = t.ones(1, 1, 2, 2, requires_grad=True)
    t.nn.functional.max_pool2d(x, 2).sum().backward()
    assert x.grad.tolist() == [[[[1, 0], [0, 0]]]]


@BOTH
def test_max_pool_finds_nan(t):
    x = t.tensor([[[[1.0, float("nan")], [3.0, 2.0]]]])
    y, where = t.nn.functional.max_pool2d(x, 2, return_indices=True)
    assert np.isnan(y.item())
    assert where.item() == 1


@BOTH
def test_relu_has_slope_zero_at_zero(t):
    x = t.tensor([-1.0, 0.0, 2.0, -0.0], requires_grad=True)
    x.relu().sum().backward()
    assert x.grad.tolist() == [0, 0, 1, 0]


@BOTH
def test_nll_divides_by_samples_not_by_samples_times_classes(t):
    logp = t.full((4, 5), -2.0)
    assert t.nn.functional.nll_loss(logp, t.tensor([0, 1, 2, 3])).item() == 2


@BOTH
def test_embedding_starts_normal_and_eval_leaves_autograd_on(t):
    layer = t.nn.Embedding(2000, 4).eval()
    spread = layer.weight.detach().numpy().std()
    assert 0.9 < spread < 1.1
    assert t.is_grad_enabled()
    assert layer(t.tensor([0])).requires_grad


@BOTH
def test_sgd_has_no_momentum_by_default(t):
    assert t.optim.SGD([t.ones(1, requires_grad=True)], lr=0.1).defaults["momentum"] == 0


@BOTH
def test_elu_alpha_is_one_and_gelu_is_exact_by_default(t):
    x = t.tensor([-1.0, 1.0])
    close(t.nn.functional.elu(x), [np.expm1(-1), 1])
    close(t.nn.functional.gelu(x), [-0.15865525, 0.84134475])


@BOTH
def test_integers_divide_to_floats(t):
    y = t.tensor([1, 2]) / t.tensor([2, 4])
    assert y.tolist() == [0.5, 0.5]
    assert y.dtype is t.float32


@BOTH
def test_python_numbers_do_not_make_float64(t):
    assert (t.ones(2) * 0.5).dtype is t.float32
    assert (t.nn.Linear(2, 2)(t.ones(1, 2)) * 2.0 + 1).dtype is t.float32


@BOTH
def test_convolution_floors_where_the_stride_does_not_fit(t):
    assert tuple(t.nn.functional.conv2d(t.ones(1, 1, 6, 6), t.ones(1, 1, 3, 3), stride=2).shape) == (1, 1, 2, 2)


@BOTH
def test_amax_shares_among_ties_and_max_takes_the_first(t):
    x = t.tensor([[1.0, 3.0, 3.0]], requires_grad=True)
    x.amax(1).sum().backward()
    assert x.grad.tolist() == [[0, 0.5, 0.5]]
    x.grad = None
    x.max(1).values.sum().backward()
    assert x.grad.tolist() == [[0, 1, 0]]


@BOTH
def test_maximum_with_zero_splits_at_zero(t):
    x = t.tensor([0.0], requires_grad=True)
    t.maximum(x, t.zeros(1)).sum().backward()
    assert x.grad.item() == 0.5


@BOTH
def test_three_thousand_chained_operations(t):
    x = t.ones(1, requires_grad=True)
    y = x
    for _ in range(3000):
        y = y * 1.0
    y.sum().backward()
    assert x.grad.item() == 1


@BOTH
def test_weights_of_grouped_convolutions_get_their_gradients(t):
    rng = np.random.default_rng(1)
    x, w = (t.from_numpy(rng.normal(size=s)).requires_grad_() for s in ((3, 4, 5, 5), (6, 2, 3, 3)))
    t.nn.functional.conv2d(x, w, groups=2).pow(2).sum().backward()
    step, at = 1e-6, (4, 1, 2, 0)
    moved = w.detach().clone()
    moved[at] += step
    loss = lambda v: t.nn.functional.conv2d(x.detach(), v, groups=2).pow(2).sum().item()
    slope = (loss(moved) - loss(w.detach())) / step
    assert slope == pytest.approx(w.grad[at].item(), rel=1e-4)


@BOTH
def test_cross_entropy_of_nothing_and_of_ignored_samples_is_nan(t):
    assert np.isnan(t.nn.functional.cross_entropy(t.ones(0, 3), t.zeros(0, dtype=t.int64)).item())
    assert np.isnan(t.nn.functional.cross_entropy(t.ones(2, 3), t.full((2,), -100)).item())


@BOTH
def test_gradients_keep_their_parameters_dtype(t):
    for dtype in (t.float16, t.float32, t.float64):
        x = t.ones(3, dtype=dtype, requires_grad=True)
        (x.double() * 2).sum().backward()
        assert x.grad.dtype is dtype
