"""Dropout and its variants: torch's masks, values and gradients, bit for bit."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from twin import LIBRARIES, assert_same, normal

SHAPES = {
    "dropout": [(7, 5), (3,), (0, 4)],
    "dropout1d": [(3, 4, 5), (3, 4)],
    "dropout2d": [(3, 4, 2, 2), (3, 4, 2), (2, 5)],
    "dropout3d": [(3, 4, 2, 2, 1), (4, 2, 2, 1), (2, 0, 2, 2, 1)],
    "alpha_dropout": [(5, 8), ()],
    "feature_alpha_dropout": [(3, 4, 5), (3, 4)],
}
CASES = [(name, shape) for name, shapes in SHAPES.items() for shape in shapes]
PROBABILITIES = st.one_of(st.sampled_from([0.0, 0.3, 0.5, 1.0]), st.floats(0, 1))


@pytest.mark.parametrize(("name", "shape"), CASES)
@given(p=PROBABILITIES, seed=st.integers(0, 2**64 - 1), dtype=st.sampled_from(["float16", "float32", "float64"]),
       inplace=st.booleans(), transposed=st.booleans())  # fmt: skip
def test_values_gradients_and_stream(name, shape, p, seed, dtype, inplace, transposed):
    rng = np.random.default_rng(seed)
    values, upstream = (rng.normal(size=shape[::-1] if transposed else shape).astype(dtype) for _ in range(2))
    results = []
    for lib in LIBRARIES.values():
        lib.manual_seed(seed)
        x = lib.from_numpy(np.asarray(values).copy()).requires_grad_()
        g = lib.from_numpy(np.asarray(upstream).copy())
        axes = tuple(range(len(shape)))[::-1] if transposed else tuple(range(len(shape)))
        start, g = x.permute(axes), g.permute(axes)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            y = getattr(lib.nn.functional, name)(start * 1 if inplace else start, p, True, inplace)
        y.backward(g)
        results.append([y.detach().numpy(), x.grad.numpy(), lib.get_rng_state().numpy()])
    for ours, theirs in zip(*results, strict=True):
        assert ours.dtype == theirs.dtype
        assert ours.shape == theirs.shape
        np.testing.assert_array_equal(ours, theirs)


PROGRAMS = {
    "warning, 2d": lambda t, nn: nn.functional.dropout2d(t.ones(3), 0.0),
    "warning, 3 of 2d": lambda t, nn: nn.functional.dropout2d(t.ones(3, 2, 2), 0.0),
    "warning, 3d": lambda t, nn: nn.functional.dropout3d(t.ones(3), 0.0),
    "1d of 4": lambda t, nn: nn.functional.dropout1d(t.ones(1, 2, 3, 4)),
    "feature of 1": lambda t, nn: nn.functional.feature_alpha_dropout(t.ones(3), 0.5, True),
    "negative": lambda t, nn: nn.functional.alpha_dropout(t.ones(3), -0.1),
    "more than 1": lambda t, nn: nn.functional.dropout(t.ones(3), 1.1),
    "integers": lambda t, nn: nn.functional.dropout(t.ones(3, dtype=t.int64)),
    "integers, alpha": lambda t, nn: nn.functional.alpha_dropout(t.ones(3, dtype=t.int64), 0.5, True),
    "off": lambda t, nn: (nn.functional.alpha_dropout(t.ones(3)), nn.functional.dropout(t.ones(3), 0.5, False)),
    "NaN times 0": lambda t, nn: nn.functional.dropout(t.tensor([float("nan"), float("inf"), 1.0]), 1.0),
    "layer 1d": lambda t, nn: (nn.Dropout1d(0.2), nn.Dropout1d(1.0)(t.ones(2, 3, 4))),
    "layer 2d": lambda t, nn: (nn.Dropout2d(0.2, True), nn.Dropout2d(0.3).eval()(t.ones(2, 3, 4, 1))),
    "layer 3d": lambda t, nn: (nn.Dropout3d(), nn.Dropout3d(0.3).eval()(t.ones(2, 3, 4, 1))),
    "layer alpha": lambda t, nn: (nn.AlphaDropout(0.2), nn.AlphaDropout(0.3).eval()(t.ones(2, 3))),
    "layer feature": lambda t, nn: (nn.FeatureAlphaDropout(0.2), nn.FeatureAlphaDropout().eval()(t.ones(2, 3))),
    "layer, bad": lambda t, nn: nn.Dropout2d(1.5),
    "leaf in place": lambda t, nn: nn.functional.dropout(t.ones(3, requires_grad=True), 0.5, True, True),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs(name):
    assert_same(PROGRAMS[name])


@pytest.mark.parametrize("call", [lambda f, x: f.dropout(x, 2.0), lambda f, x: f.dropout1d(x)])
def test_a_refused_call_draws_nothing(call):
    for lib in LIBRARIES.values():
        lib.manual_seed(3)
        before = lib.get_rng_state().numpy().copy()
        with pytest.raises((ValueError, RuntimeError)):
            call(lib.nn.functional, lib.ones(2))
        np.testing.assert_array_equal(lib.get_rng_state().numpy(), before)


@pytest.mark.parametrize(
    "name",
    ["dropout", "dropout_", "alpha_dropout", "alpha_dropout_", "feature_alpha_dropout", "feature_alpha_dropout_"],
)
def test_under_torchs_own_namespace(name):
    """torch.NAME(input, p, train) and torch.NAME_, whose refusals are RuntimeErrors."""

    def drawn(torch, nn, p=0.4, train=True):
        torch.manual_seed(7)
        x = normal(torch, 3, 4, 2, requires_grad=True)
        y = x * 1
        out = getattr(torch, name)(y, p, train)
        out.sum().backward()
        return out, y, x.grad, torch.rand(2)

    assert assert_same(drawn)[0] == "value"
    assert assert_same(lambda torch, nn: drawn(torch, nn, train=False))[0] == "value"
    assert assert_same(lambda torch, nn: drawn(torch, nn, p=1.5))[0] == "error"
    assert assert_same(lambda torch, nn: getattr(torch, name)([1.0], 0.5, True))[0] == "error"
