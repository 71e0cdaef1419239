"""Random numbers: the same stream as torch's, the same surface, the same errors."""

import copy
import math
import pickle

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from twin import LIBRARIES, assert_same

import minitorch_np

seeds = st.integers(-(2**63), 2**64 - 1)
counts = st.integers(0, 70)
shapes = st.lists(st.integers(0, 6), min_size=1, max_size=3).map(tuple)
FLOATS = ["float16", "float32", "float64"]
INTEGERS = ["uint8", "int8", "int16", "int32", "int64"]


def both(program, seed):
    """What the program draws in each library, and the state it leaves."""
    results = []
    for lib in (LIBRARIES["ours"], LIBRARIES["torch"]):
        lib.manual_seed(seed)
        value = program(lib).numpy()
        results.append((value, lib.get_rng_state().numpy()))
    return results


def assert_same_stream(program, seed):
    (ours, our_state), (theirs, their_state) = both(program, seed)
    assert (ours.dtype, ours.shape, ours.strides) == (theirs.dtype, theirs.shape, theirs.strides)
    assert ours.tobytes() == theirs.tobytes()  # -0 is not 0
    np.testing.assert_array_equal(our_state, their_state)


@given(seed=seeds, shape=shapes, dtype=st.sampled_from(FLOATS))
@settings(max_examples=50, deadline=None)
def test_rand(seed, shape, dtype):
    assert_same_stream(lambda lib: lib.rand(shape, dtype=getattr(lib, dtype)), seed)


@given(seed=seeds, shape=shapes, dtype=st.sampled_from(FLOATS), a=st.floats(-5, 5), width=st.floats(0, 9))
@settings(max_examples=50, deadline=None)
def test_uniform(seed, shape, dtype, a, width):
    assert_same_stream(lambda lib: lib.empty(shape, dtype=getattr(lib, dtype)).uniform_(a, a + width), seed)


@given(seed=seeds, n=counts, m=counts, dtype=st.sampled_from(FLOATS), mean=st.floats(-3, 3), std=st.floats(0, 3))
@settings(max_examples=50, deadline=None)
def test_normal(seed, n, m, dtype, mean, std):
    """Several calls, so that a cached half of a pair is used."""

    def program(lib):
        kind = getattr(lib, dtype)
        drawn = [lib.randn(k, dtype=kind) for k in (n, m, 3)]
        drawn += [lib.empty(n, dtype=kind).normal_(mean, std), lib.empty(3, dtype=kind).log_normal_(mean / 3, std + 0.1)]
        drawn += [lib.normal(drawn[0], std), lib.normal(mean, drawn[1].abs()), lib.normal(drawn[2], drawn[2].abs())]
        return lib.cat([*drawn, lib.normal(mean, std, (m, 2), dtype=kind).flatten()])

    assert_same_stream(program, seed)


@given(seed=seeds, n=counts, low=st.integers(-(2**62), 2**62), bits=st.integers(0, 62))
@settings(max_examples=60, deadline=None)
def test_randint(seed, n, low, bits):
    assert_same_stream(lambda lib: lib.randint(low, low + 2**bits, (n,)), seed)


@given(data=st.data(), seed=seeds, n=counts)
@settings(max_examples=60, deadline=None)
def test_random_in_every_dtype(data, seed, n):
    dtype = data.draw(st.sampled_from(INTEGERS + FLOATS + ["bool"]))
    limit = {"float16": 2**11, "float32": 2**24, "float64": 2**53, "bool": 1}.get(dtype)
    limit = np.iinfo(dtype).max if limit is None else limit
    smallest = -limit if dtype.startswith(("int", "float")) else 0
    low = data.draw(st.integers(smallest, limit - 1))
    high = data.draw(st.integers(low + 1, limit))
    bounds = data.draw(st.sampled_from([(), (low, high), (low, None)] + ([(high,)] if high > 0 else [])))
    assert_same_stream(lambda lib: lib.empty(n, dtype=getattr(lib, dtype)).random_(*bounds), seed)


@given(seed=seeds, n=st.integers(0, 300), dtype=st.sampled_from(["int64", "int32", "float32"]))
@settings(max_examples=40, deadline=None)
def test_randperm(seed, n, dtype):
    assert_same_stream(lambda lib: lib.randperm(n, dtype=getattr(lib, dtype)), seed)


@given(seed=seeds, n=counts, p=st.floats(0, 1))
@settings(max_examples=40, deadline=None)
def test_bernoulli(seed, n, p):
    assert_same_stream(lambda lib: lib.empty(n).bernoulli_(p), seed)
    assert_same_stream(lambda lib: lib.bernoulli(lib.full((n,), p)), seed)
    assert_same_stream(lambda lib: lib.bernoulli(lib.full((n,), p, dtype=lib.float64)), seed)
    assert_same_stream(lambda lib: lib.bernoulli(lib.full((n,), 7), p), seed)
    assert_same_stream(lambda lib: lib.empty(2, n).bernoulli_(lib.full((n,), p)), seed)


@given(seed=seeds, n=counts, rate=st.floats(0.1, 9), dtype=st.sampled_from(FLOATS))
@settings(max_examples=40, deadline=None)
def test_exponential(seed, n, rate, dtype):
    assert_same_stream(lambda lib: lib.empty(n, dtype=getattr(lib, dtype)).exponential_(rate), seed)


@given(seed=seeds, weights=st.lists(st.floats(0.0078125, 5, width=32), min_size=3, max_size=9), more=st.booleans())
@settings(max_examples=40, deadline=None)
def test_multinomial(seed, weights, more):
    samples = 20 if more else 3
    assert_same_stream(lambda lib: lib.multinomial(lib.tensor([weights, weights]), samples, more), seed)


DRAWN = {
    "bernoulli": lambda t, x: t.bernoulli(x),
    "normal around": lambda t, x: t.normal(x, 0.5),
    "normal of width": lambda t, x: t.normal(2.0, x),
    "normal": lambda t, x: t.normal(x, x.expand(3, 2) + 1),
    "uniform_": lambda t, x: x.clone().uniform_(),
    "normal_": lambda t, x: x.clone().normal_(),
    "log_normal_": lambda t, x: x.clone().log_normal_(),
    "exponential_": lambda t, x: x.clone().exponential_(),
    "bernoulli_": lambda t, x: x.clone().bernoulli_(0.3),
    "bernoulli_ of a tensor": lambda t, x: x.clone().bernoulli_(t.full((2,), 0.3)),
    "random_": lambda t, x: x.clone().random_(),
    "random_ below": lambda t, x: x.clone().random_(9),
    "random_ between": lambda t, x: x.clone().random_(5, 9),
}


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_what_is_drawn_has_no_derivative_by_the_parameters(draw):
    def program(lib):
        lib.manual_seed(3)
        p = lib.full((2,), 0.5, requires_grad=True)
        y = draw(lib, p)
        (y * 3).sum().backward()
        return [y.detach(), p.grad], y.grad_fn.name()

    (ours, our_name), (theirs, their_name) = program(minitorch_np), program(torch)
    assert our_name == their_name
    for x, y in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(x.numpy(), y.numpy())


def test_bernoulli_of_a_number_cannot_be_differentiated():
    for lib in (minitorch_np, torch):
        y = lib.bernoulli(lib.ones(2, requires_grad=True), 0.5)
        with pytest.raises(RuntimeError, match="^derivative for aten::bernoulli is not implemented$"):
            y.sum().backward()


@pytest.mark.parametrize("method", ["uniform_", "random_", "bernoulli_", "normal_", "exponential_", "log_normal_"])
def test_filled_in_the_order_of_memory(method):
    for view in (
        lambda x: x.t(),
        lambda x: x[:, ::2],
        lambda x: x.t()[1:, ::3],
        lambda x: x.unsqueeze(1).permute(2, 1, 0),
    ):
        assert_same_stream(lambda lib: getattr(view(lib.zeros(6, 7)), method)().contiguous(), 1)  # noqa: B023
    assert_same_stream(lambda lib: lib.rand_like(lib.zeros(4, 5).t()), 2)


def test_a_long_stream_crosses_blocks_of_the_twister():
    for n in (623, 624, 625, 5000):
        assert_same_stream(lambda lib: lib.rand(n), 3)  # noqa: B023


@given(seed=seeds, words=st.integers(0, 2000), normals=st.integers(0, 3))
@settings(max_examples=30, deadline=None)
def test_state_moves_between_the_libraries(seed, words, normals):
    theirs = torch.Generator().manual_seed(seed)
    torch.rand(words, generator=theirs)
    torch.randn(normals, generator=theirs)
    ours = minitorch_np.Generator()
    ours.set_state(minitorch_np.from_numpy(theirs.get_state().numpy()))
    np.testing.assert_array_equal(ours.get_state().numpy(), theirs.get_state().numpy())
    assert ours.initial_seed() == theirs.initial_seed()
    for copied in (ours.clone_state(), copy.deepcopy(ours), pickle.loads(pickle.dumps(ours)), ours):
        np.testing.assert_array_equal(copied.get_state().numpy(), theirs.get_state().numpy())
        drawn = minitorch_np.rand(700, generator=copied).numpy()
    np.testing.assert_array_equal(drawn, torch.rand(700, generator=theirs).numpy())
    np.testing.assert_array_equal(ours.get_state().numpy(), theirs.get_state().numpy())


def test_moments():
    """A sanity check that does not lean on torch: 10^5 draws, five standard errors."""
    minitorch_np.manual_seed(0)
    n = 100_000
    for draw, mean, variance in (
        (minitorch_np.randn(n, dtype=minitorch_np.float64), 0, 1),
        (minitorch_np.rand(n, dtype=minitorch_np.float64), 1 / 2, 1 / 12),
        (minitorch_np.zeros(n, dtype=minitorch_np.float64).exponential_(2), 1 / 2, 1 / 4),
        (minitorch_np.zeros(n, dtype=minitorch_np.float64).bernoulli_(0.3), 0.3, 0.21),
    ):
        values = draw.numpy()
        assert abs(values.mean() - mean) < 5 * (variance / n) ** 0.5
        assert abs(values.var() - variance) < 5 * variance * (9 / n) ** 0.5


def test_seed_is_unforeseeable():
    generator = minitorch_np.Generator()
    assert generator.initial_seed() == 67280421310721
    assert generator.seed() != generator.seed()
    assert generator.manual_seed(-1) is generator
    assert generator.initial_seed() == 2**64 - 1


def test_fork_rng_leaves_the_stream_alone():
    minitorch_np.manual_seed(5)
    expected = minitorch_np.rand(3).tolist()
    minitorch_np.manual_seed(5)
    with minitorch_np.random.fork_rng():
        minitorch_np.rand(100)
    assert minitorch_np.rand(3).tolist() == expected


def test_overwritten_values_have_gradient_zero():
    x = minitorch_np.ones(3, requires_grad=True)
    y = x * 2
    y.uniform_()
    y.sum().backward()
    assert x.grad.tolist() == [0, 0, 0]


SURFACE = {
    "randint high size": lambda t: t.randint(10, (2,)),
    "randint size=": lambda t: t.randint(10, size=(2,)),
    "randint high= size=": lambda t: t.randint(high=3, size=(2,)),
    "randint low= high= size=": lambda t: t.randint(low=1, high=3, size=(2,)),
    "randint dtype": lambda t: t.randint(0, 2, (4,), dtype=t.bool),
    "rand size": lambda t: [t.rand(2, 3), t.rand((2, 3)), t.rand([2, 3]), t.rand(size=(2, 3)), t.rand(0)],
    "rand requires_grad": lambda t: t.rand(2, requires_grad=True),
    "rand_like": lambda t: t.rand_like(t.ones(2, 3), dtype=t.float64),
    "randint_like": lambda t: [t.randint_like(t.ones(3), 5), t.randint_like(t.ones(3), 2, 5)],
    "normal": lambda t: [t.normal(0.0, 0.0, (2, 3)), t.normal(mean=0.0, std=0.0, size=(2,))],
    "normal tensors": lambda t: [t.normal(t.ones(2), 0.0), t.normal(1.0, t.zeros(3)), t.normal(t.ones(3), t.zeros(3))],
    "generator": lambda t: t.rand(3, generator=t.Generator().manual_seed(4)),
    "seeds": lambda t: [t.manual_seed(s).initial_seed() for s in (-1, 0, 1.7, True, 2**64 - 1)],
    "out": lambda t: [t.multinomial(t.ones(3), 2, out=t.ones(0).long()), t.bernoulli(t.ones(3), out=t.zeros(3).long())],
    "multinomial shapes": lambda t: [t.ones(3).multinomial(2).shape, t.multinomial(t.ones(2, 3), 1).shape],
}  # fmt: skip

ERRORS = {
    "randint empty range": lambda t: t.randint(5, 5, (2,)),
    "randint bounds": lambda t: t.randint(0, 300, (2,), dtype=t.uint8),
    "random_ bounds": lambda t: t.empty(2, dtype=t.int8).random_(0, 300),
    "random_ from": lambda t: t.empty(2, dtype=t.uint8).random_(-3, 3),
    "random_ empty range": lambda t: t.empty(2).random_(3, 3),
    "rand negative": lambda t: t.rand(-1),
    "rand integer": lambda t: t.rand(2, dtype=t.int64),
    "randn integer": lambda t: t.randn(2, dtype=t.int64),
    "randperm negative": lambda t: t.randperm(-1),
    "randperm dtype": lambda t: t.randperm(300, dtype=t.uint8),
    "uniform_ order": lambda t: t.empty(2).uniform_(2, 1),
    "uniform_ infinite": lambda t: t.empty(2).uniform_(float("inf"), 1),
    "normal_ std": lambda t: t.empty(2).normal_(0, -1),
    "bernoulli_ p": lambda t: t.empty(2).bernoulli_(2),
    "bernoulli p": lambda t: t.bernoulli(t.tensor([2.0])),
    "bernoulli integer": lambda t: t.bernoulli(t.tensor([1])),
    "exponential_ rate": lambda t: t.empty(2).exponential_(0),
    "exponential_ integer": lambda t: t.empty(2, dtype=t.int64).exponential_(),
    "normal std": lambda t: t.normal(t.zeros(2), -t.ones(2)),
    "normal number std": lambda t: t.normal(0.0, -1.0, (2,)),
    "normal shapes": lambda t: t.normal(t.zeros(2), t.ones(3)),
    "multinomial too many": lambda t: t.multinomial(t.ones(2), 3),
    "multinomial none": lambda t: t.multinomial(t.ones(2), 0),
    "multinomial dims": lambda t: t.multinomial(t.ones(2, 2, 2), 1),
    "multinomial zeros": lambda t: t.multinomial(t.zeros(2), 1),
    "multinomial negative": lambda t: t.multinomial(-t.ones(2), 1),
    "multinomial negative, with replacement": lambda t: t.multinomial(t.tensor([1.0, -1.0]), 2, True),
    "multinomial NaN, with replacement": lambda t: t.multinomial(t.tensor([1.0, math.nan]), 2, True),
    "multinomial inf, with replacement": lambda t: t.multinomial(t.tensor([1.0, math.inf]), 2, True),
    "multinomial into floats": lambda t: t.multinomial(t.ones(3), 2, out=t.ones(2)),
    "multinomial integer": lambda t: t.multinomial(t.ones(2, dtype=t.int64), 1),
    "seed too large": lambda t: t.manual_seed(2**64),
    "state dtype": lambda t: t.set_rng_state(t.ones(3)),
    "state size": lambda t: t.set_rng_state(t.ones(3, dtype=t.uint8)),
    "state": lambda t: t.Generator().set_state(t.zeros(5056, dtype=t.uint8)),
    "leaf": lambda t: t.ones(2, requires_grad=True).uniform_(),
    "expanded": lambda t: t.ones(1).expand(3).uniform_(),
}  # fmt: skip


@pytest.mark.parametrize("case", [*SURFACE, *ERRORS])
def test_same_as_torch(case):
    def program(torch, nn):
        torch.manual_seed(0)
        return (SURFACE | ERRORS)[case](torch)

    assert assert_same(program)[0] == ("error" if case in ERRORS else "value")


@pytest.mark.parametrize("call", [lambda t: t.rand(), lambda t: t.rand(2, foo=1), lambda t: t.rand(2, generator=5),
                                  lambda t: t.randint(0.5, (2,)), lambda t: t.rand(2.5)])  # fmt: skip
def test_type_errors(call):
    """Torch lists all its signatures here; the type is the same."""
    for lib in LIBRARIES.values():
        with pytest.raises(TypeError):
            call(lib)


def test_the_users_example_prints_the_same(capsys):
    for lib in LIBRARIES.values():
        lib.manual_seed(123)
        a = lib.rand(3, 2, 3, 3)
        print(a)
        print(lib.nn.BatchNorm2d(2)(a))
        print("---")
    ours, theirs, _ = capsys.readouterr().out.split("---\n")
    assert ours == theirs
    assert "grad_fn=<NativeBatchNormBackward0>" in ours


BAD = {
    "negative size": lambda t, g: t.rand(-1, generator=g),
    "p below 0": lambda t, g: t.zeros(3).bernoulli_(-0.1, generator=g),
    "p above 1": lambda t, g: t.zeros(3).bernoulli_(1.1, generator=g),
    "p of a tensor": lambda t, g: t.bernoulli(t.tensor([0.5, 2.0]), generator=g),
    "from >= to": lambda t, g: t.randint(3, 3, (2,), generator=g),
    "uniform from > to": lambda t, g: t.zeros(3).uniform_(2, 1, generator=g),
    "negative std": lambda t, g: t.zeros(3).normal_(0, -1, generator=g),
    "negative std of a tensor": lambda t, g: t.normal(t.zeros(2), t.tensor([1.0, -1.0]), generator=g),
    "rate": lambda t, g: t.zeros(3).exponential_(0, generator=g),
    "log_normal": lambda t, g: t.zeros(3).log_normal_(0, 0, generator=g),
    "randperm": lambda t, g: t.randperm(-1, generator=g),
    "randperm that overflows": lambda t, g: t.randperm(300, dtype=t.uint8, generator=g),
    "weights": lambda t, g: t.multinomial(t.tensor([1.0, -1.0]), 1, generator=g),
    "too many samples": lambda t, g: t.multinomial(t.tensor([1.0, 1.0]), 3, generator=g),
    "integers": lambda t, g: t.zeros(3, dtype=t.int64).normal_(generator=g),
    "expanded": lambda t, g: t.zeros(1).expand(3).uniform_(generator=g),
    "a short state": lambda t, g: g.set_state(t.zeros(7, dtype=t.uint8)),
    "a state of floats": lambda t, g: g.set_state(t.zeros(5056)),
    "no state": lambda t, g: g.set_state(5),
    "a state of zeros": lambda t, g: g.set_state(t.zeros(5056, dtype=t.uint8)),
    "a large seed": lambda t, g: g.manual_seed(2**64),
    "a small seed": lambda t, g: g.manual_seed(-(2**63) - 1),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_leaves_the_generator_alone(case):
    kinds = []
    for lib in LIBRARIES.values():
        generator = lib.Generator().manual_seed(5)
        lib.randn(1, generator=generator)  # so that half a pair is waiting
        before = generator.get_state().numpy().copy()
        with pytest.raises(Exception) as caught:
            BAD[case](lib, generator)
        kinds.append((caught.type, str(caught.value).splitlines()[0]))
        if lib is minitorch_np or case != "p of a tensor":  # torch draws until it meets the bad one
            np.testing.assert_array_equal(generator.get_state().numpy(), before)
    assert kinds[0][0] is kinds[1][0], kinds
    if kinds[0][0] is not TypeError:  # torch lists signatures there
        assert kinds[0][1] == kinds[1][1]
