"""nn.init and nn.utils beside torch's."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from twin import Programs, assert_same, fill, normal

import minitorch_np

programs = Programs()
ZEROS = lambda torch, *shape: torch.zeros(*shape, requires_grad=True)

for fill_in in (
    lambda i, t: i.constant_(t, 2.5),
    lambda i, t: i.ones_(t),
    lambda i, t: i.zeros_(t),
    lambda i, t: i.eye_(t),
    lambda i, t: i.dirac_(t),
    lambda i, t: i.dirac_(t, 2),
    lambda i, t: i.dirac_(t, 4),
    lambda i, t: i.xavier_uniform_(t, generator=None) * 0,
    lambda i, t: i.xavier_normal_(t) * 0,
    lambda i, t: i.kaiming_uniform_(t) * 0,
    lambda i, t: i.kaiming_normal_(t, mode="fan_out") * 0,
    lambda i, t: i.kaiming_normal_(t, mode="fan") * 0,
    lambda i, t: i.kaiming_uniform_(t, nonlinearity="swish") * 0,
    lambda i, t: i._calculate_fan_in_and_fan_out(t),
):
    for shape in ((3,), (2, 3), (4, 2), (6, 2, 3), (6, 3, 2, 5), (4, 2, 3, 3, 3), (0, 3)):

        @programs
        def filling(torch, nn, fill_in=fill_in, shape=shape):
            t = ZEROS(torch, *shape)
            result = fill_in(nn.init, t)
            return result, t.requires_grad, t.is_leaf


@programs
def sparse_of_a_vector(torch, nn):
    nn.init.sparse_(torch.zeros(3), 0.5)


for gain in ("linear", "conv2d", "conv_transpose3d", "sigmoid", "tanh", "relu", "leaky_relu", "selu", "gelu"):
    for parameter in (None, 0.3, 1, True, "x"):

        @programs
        def gains(torch, nn, gain=gain, parameter=parameter):
            return nn.init.calculate_gain(gain, parameter)


# --- utils -------------------------------------------------------------------------------------------


def with_gradients(torch, nn):
    model = fill(torch, nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))).double()
    model[2].bias.requires_grad_(False)
    model(normal(torch, 5, 3)).pow(2).sum().backward()
    return model


for largest in (0.5, 1e6, 0):
    for order in (2.0, 1, math.inf, 3.0):

        @programs
        def clip_norm(torch, nn, largest=largest, order=order):
            model = with_gradients(torch, nn)
            total = nn.utils.clip_grad_norm_(model.parameters(), largest, order)
            return total, [p.grad for p in model.parameters()]


@programs
def clip_norm_of_one_tensor(torch, nn):
    model = with_gradients(torch, nn)
    return (
        nn.utils.clip_grad_norm_(model[0].weight, max_norm=0.1, foreach=True),
        model[0].weight.grad,
        model[2].weight.grad,
    )


@programs
def clip_norm_of_nothing(torch, nn):
    return nn.utils.clip_grad_norm_([], 1.0), nn.utils.clip_grad_norm_([torch.ones(1, requires_grad=True)], 1.0)


@programs
def clip_norm_of_an_empty_generator(torch, nn):
    nn.utils.clip_grad_norm_(nn.ReLU().parameters(), 1.0)


for value in (math.nan, math.inf):
    for strict in (True, False):

        @programs
        def clip_norm_nonfinite(torch, nn, value=value, strict=strict):
            model = with_gradients(torch, nn)
            model[0].bias.grad[1] = value
            total = nn.utils.clip_grad_norm_(model.parameters(), 1.0, error_if_nonfinite=strict)
            return total, [p.grad for p in model.parameters()]


@programs
def clip_value(torch, nn):
    model = with_gradients(torch, nn)
    nn.utils.clip_grad_value_(model.parameters(), 0.25)
    nn.utils.clip_grad_value_(model[0].bias, 0.1)
    return [p.grad for p in model.parameters()]


@programs
def total_norm(torch, nn):
    model = with_gradients(torch, nn)
    total = nn.utils.get_total_norm([p.grad for p in model.parameters() if p.grad is not None])
    nn.utils.clip_grads_with_norm_(model.parameters(), 0.3, total)
    return total, [p.grad for p in model.parameters()]


@programs
def vectors(torch, nn):
    model = with_gradients(torch, nn)
    vector = nn.utils.parameters_to_vector(model.parameters())
    new = torch.arange(vector.numel(), dtype=torch.float64)
    nn.utils.vector_to_parameters(new, model.parameters())
    new[0] = 100.0
    return vector, [*model.parameters()], vector.grad_fn is not None


@programs
def vector_of_wrong_type(torch, nn):
    nn.utils.vector_to_parameters([1.0], [])


@pytest.mark.parametrize("program", programs, ids=lambda p: p.__name__)
def test_programs(program):
    assert_same(program)


# --- random fillings -----------------------------------------------------------------------------------

RANDOM = {
    "uniform": lambda i, t, **g: i.uniform_(t, -2, 3, **g),
    "normal": lambda i, t, **g: i.normal_(t, 1, 2, **g),
    "xavier_uniform": lambda i, t, **g: i.xavier_uniform_(t, 2.0, **g),
    "xavier_normal": lambda i, t, **g: i.xavier_normal_(t, 0.5, **g),
    "kaiming_uniform": lambda i, t, **g: i.kaiming_uniform_(t, 0.3, "fan_out", **g),
    "kaiming_normal": lambda i, t, **g: i.kaiming_normal_(t, nonlinearity="relu", **g),
    "trunc_normal": lambda i, t, **g: i.trunc_normal_(t, 0.5, 1.0, -1, 2, **g),
    "trunc_normal in the tail": lambda i, t, **g: i.trunc_normal_(t, 0.0, 1.0, 1.5, 1.75, **g),
    "trunc_normal narrow": lambda i, t, **g: i.trunc_normal_(t, 0.0, 1.0, -0.1, 0.1, **g),
}


@pytest.mark.parametrize("name", RANDOM)
@given(seed=st.integers(0, 2**31 - 1), shape=st.sampled_from([(3, 2), (20, 10), (5, 3, 2, 2)]))
@settings(max_examples=10)
def test_equal_seeds_give_torchs_numbers(name, seed, shape):
    torch.manual_seed(seed)
    minitorch_np.manual_seed(seed)
    theirs = RANDOM[name](torch.nn.init, torch.zeros(shape))
    ours = RANDOM[name](minitorch_np.nn.init, minitorch_np.zeros(shape))
    np.testing.assert_array_equal(ours.numpy(), theirs.numpy())
    np.testing.assert_array_equal(minitorch_np.get_rng_state().numpy(), torch.get_rng_state().numpy())


@pytest.mark.parametrize("name", RANDOM)
def test_own_generator_and_no_history(name):
    generator = minitorch_np.Generator()
    generator.manual_seed(5)
    t = minitorch_np.zeros(30, 20, requires_grad=True)
    result = RANDOM[name](minitorch_np.nn.init, t, generator=generator)
    assert result is t
    assert t.is_leaf
    assert t.requires_grad
    assert t.detach().numpy().std() > 0


@given(seed=st.integers(0, 2**31 - 1), shape=st.sampled_from([(3, 2), (2, 3), (20, 10), (8, 3, 2, 2), (5, 1), (0, 4)]),
       dtype=st.sampled_from(["float32", "float64"]))  # fmt: skip
@settings(max_examples=30)
def test_orthogonal_is_torchs_but_for_lapacks_rounding(seed, shape, dtype):
    """The draws are exact; the factorisations, of two builds of LAPACK, differ: below 100 eps for these sizes."""
    torch.manual_seed(seed)
    minitorch_np.manual_seed(seed)
    theirs = torch.nn.init.orthogonal_(torch.empty(shape, dtype=getattr(torch, dtype)), 1.5).numpy()
    ours = minitorch_np.nn.init.orthogonal_(minitorch_np.empty(shape, dtype=getattr(minitorch_np, dtype)), 1.5).numpy()
    assert ours.dtype == theirs.dtype
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1.5 * 100 * np.finfo(dtype).eps)
    np.testing.assert_array_equal(minitorch_np.get_rng_state().numpy(), torch.get_rng_state().numpy())
    if 0 in shape:
        return
    rows = ours.reshape(shape[0], -1).astype(float)
    product = rows @ rows.T if len(rows) < rows.shape[1] else rows.T @ rows
    np.testing.assert_allclose(product, 1.5**2 * np.eye(len(product)), atol=1e-5)


def test_sparse_zeros_are_torchs():
    torch.manual_seed(1)
    minitorch_np.manual_seed(1)
    theirs = torch.nn.init.sparse_(torch.zeros(10, 6), 0.35, std=2.0).numpy()
    ours = minitorch_np.nn.init.sparse_(minitorch_np.zeros(10, 6), 0.35, std=2.0).numpy()
    np.testing.assert_array_equal(ours, theirs)
    assert ((ours == 0).sum(0) == 4).all()


def test_truncation_far_from_the_mean_warns():
    for lib in (torch, minitorch_np):
        with pytest.warns(UserWarning, match="more than 2 std"):
            lib.nn.init.trunc_normal_(lib.zeros(3), 10.0, 1.0, -2.0, 7.5)


OLD = "uniform normal constant eye dirac xavier_uniform xavier_normal kaiming_uniform kaiming_normal orthogonal sparse"


@pytest.mark.parametrize("old", OLD.split())
def test_deprecated_spellings_warn_and_do_the_same(old):
    more = {"constant": (3.0,), "sparse": (0.5,)}.get(old, ())
    shape = (4, 3, 2) if old == "dirac" else (4, 3)
    results = []
    for lib in (torch, minitorch_np):
        assert getattr(lib.nn.init, old).__name__ == old
        lib.manual_seed(2)
        with pytest.warns(FutureWarning, match=rf"`nn.init.{old}` is now deprecated in favor of `nn.init.{old}_`"):
            results.append(getattr(lib.nn.init, old)(lib.zeros(shape), *more).numpy())
    np.testing.assert_allclose(*results, rtol=0, atol=1e-5 if old == "orthogonal" else 0)


@given(sizes=st.lists(st.integers(1, 5), min_size=3, max_size=5), groups=st.integers(1, 3), seed=st.integers(0, 99))
@settings(max_examples=20)
def test_dirac_and_sparse_of_any_size(sizes, groups, seed):
    def program(torch, nn):
        torch.manual_seed(seed)
        matrix = nn.init.sparse_(torch.ones(sizes[:2]), seed / 99, 0.5)
        return matrix, nn.init.dirac_(torch.ones(sizes), groups), torch.rand(1)

    assert_same(program)
