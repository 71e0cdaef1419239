"""repr is torch's, character for character."""

import contextlib
import warnings

import numpy as np
import pytest
import torch
import twin
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import minitorch_np as mt
from minitorch_np import printing

EXPRESSIONS = [
    "t.tensor(3)", "t.tensor(1.5)", "t.tensor(float('nan'))", "t.tensor(True)", "t.tensor([])", "t.zeros(0, 3)",
    "t.zeros(2, 0, dtype=t.int64)", "t.tensor([1, 2.5, 1000])", "t.tensor([1e10, 1e-5])", "t.tensor([0.00001, 0.5])",
    "t.tensor([float('inf'), 1.0])", "t.tensor([float('-inf'), 1.5, float('nan')])", "t.tensor([float('inf')])",
    "t.zeros(2, 3, dtype=t.float64)", "t.zeros(3)", "t.tensor([0.0, -0.0])", "t.tensor([1, 2], dtype=t.uint8)",
    "t.tensor([-1, 200])", "t.tensor([True, False])", "t.tensor(1.5, dtype=t.float16)", "t.ones(3, 4, 5) * 0.1",
    "t.arange(2000).view(2, 1000)", "t.arange(1100.0).view(11, 100) / 7", "t.linspace(0, 1, 50)",
    "t.arange(20000.0).view(10, 20, 100)", "t.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True) * 2",
    "t.ones(2, requires_grad=True)", "t.ones(2, 2).max(1)", "t.ones(2).sort()", "t.zeros(2, 3).shape",
    "t.arange(40).view(2, 20)", "t.ones(2, 2, dtype=t.float64, requires_grad=True)", "t.float32", "t.device('cpu')",
    "t.tensor([3e30, 2e-278], dtype=t.float64)", "t.tensor([5e-324, 1.0], dtype=t.float64)",
    "t.tensor([12345678.0, 1.0])", "t.tensor([123456789.0])", "t.arange(30.0).view(5, 6).t()", "t.ones(1, 1, 1, 1)",
    "t.tensor(1e-45)", "t.tensor([65504.0, 6e-8], dtype=t.float16)", "t.tensor([-(2**63), 2**63 - 1])",
    "t.ones(2).expand(3, 2)", "t.arange(20)[::3]", "t.ones(2, requires_grad=True).view(1, 2)", "[t.ones(2), t.tensor(1)]",
    "t.ones(2, 3, requires_grad=True).sum(0)[1:].exp()", "t.nn.Parameter(t.ones(2))", "t.nn.Parameter(t.zeros(0, 2))",
    "t.nn.Parameter(t.tensor([1, 2]), requires_grad=False)", "t.nn.Buffer(t.ones(2))", "t.nn.Parameter(t.ones(2)) * 2",
    "t.ones(2).__repr__(tensor_contents='abc')", "t.ones(2, dtype=t.int8).__repr__(tensor_contents='abc')",
    "f'{t.nn.Parameter(t.tensor(2.0))}'", "f'{t.nn.Parameter(t.tensor(2.0)):.2f}'", "str(t.ones(2))", "'%s' % t.ones(2)",
    "'{:.3f} {}'.format(t.tensor(1.5), t.tensor([1]))", "f'{t.ones(2):.2f}'", "f'{t.tensor(2):.2f}'", "f'{t.tensor(2.5):d}'",
    "f'{t.tensor(True)}'", "f'{t.tensor(7):>5}|{t.tensor(1.25)!r:>20}'", "f'{t.tensor(0.1, dtype=t.float16)}'",
    "'%.2f %d' % (t.tensor(1.239), t.tensor(3))", "f'{t.tensor([1.5])}'", "f'{t.tensor(1.5, requires_grad=True):.3f}'",
    "t.set_printoptions(profile='unknown')", "str(t.Generator())[:27]",
]  # fmt: skip


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_text_is_torchs(expression):
    def program(torch, nn):
        return eval(expression, {"t": torch}) if expression[0] in "f'" else repr(eval(expression, {"t": torch}))

    twin.assert_same(program)


# --- any tensor, any options ----------------------------------------------------------------------------------------

DTYPES = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64")
OPTIONS = {
    "precision": st.none() | st.integers(0, 12),
    "threshold": st.none() | st.sampled_from([0, 1, 5, 20, 100, float("inf")]),
    "edgeitems": st.none() | st.integers(0, 4),
    "linewidth": st.none() | st.integers(1, 160),
    "profile": st.none() | st.sampled_from(["default", "short", "full"]),
    "sci_mode": st.none() | st.booleans(),
}


@contextlib.contextmanager
def both(options):
    """The options are set in both libraries until the block's end."""
    with printing.printoptions(**options), torch._tensor_str.printoptions(**options):
        yield


@st.composite
def arrays(draw):
    """Few or many values, all alike or of all magnitudes, with NaN, infinities, zeros and denormals; any layout."""
    dtype = np.dtype(draw(st.sampled_from(DTYPES)))
    shape = draw(hnp.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=9).filter(lambda s: np.prod(s) <= 600))
    if draw(st.booleans()) and np.prod(shape) <= 30:
        array = draw(hnp.arrays(dtype, shape))
    else:
        rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1), label="seed"))
        values = rng.normal(size=shape) * draw(st.sampled_from([1e-9, 1e-4, 0.37, 1, 30, 1e5, 1e12]))
        values = values * 10 ** rng.uniform(0, draw(st.sampled_from([0, 1, 2, 3, 4, 20])), shape)
        if draw(st.booleans(), label="whole"):
            values = np.round(values)
        if draw(st.booleans(), label="special"):
            special = rng.choice([np.nan, np.inf, -np.inf, 0.0, -0.0, 5e-324, 1e-40], shape)
            values = np.where(rng.uniform(size=shape) < 0.3, special, values)
        with np.errstate(all="ignore"):
            array = np.asarray(np.nan_to_num(values) if dtype.kind != "f" else values).astype(dtype)
    array = array.transpose(draw(st.permutations(range(array.ndim)), label="axes"))
    return array[::2] if array.ndim and draw(st.booleans(), label="every other") else array


@st.composite
def options_of(draw):
    return {name: draw(some, label=name) for name, some in OPTIONS.items() if draw(st.booleans())}


def shown(lib, array, how):
    x = lib.from_numpy(array)
    if how != "plain" and x.is_floating_point():
        x = x.detach().clone().requires_grad_()
    return repr(x[None] * 1 if how == "made" else x)


@given(
    arrays(), options_of(), st.sampled_from(["plain", "leaf", "made"]), st.sampled_from(["float16", "float32", "float64"])
)
def test_any_tensor_with_any_options(array, options, how, default):
    try:
        for lib in twin.LIBRARIES.values():
            lib.set_default_dtype(getattr(lib, default))
        with both(options):
            assert shown(mt, array, how) == shown(torch, array, how)
    finally:
        for lib in twin.LIBRARIES.values():
            lib.set_default_dtype(lib.float32)


@given(st.integers(1, 1500), st.sampled_from([1, 0.37, 1e5, 1e-6]))
def test_long_and_scaled_vectors(length, scale):
    array = np.arange(length) * scale
    assert repr(mt.from_numpy(array)) == repr(torch.from_numpy(array))


@pytest.mark.parametrize("options", [{"profile": "full"}, {"profile": "short"}, {"precision": 2}, {"linewidth": 40}, {}])
def test_large_tensors(options):
    for shape in [(1001,), (40, 30), (2, 600), (600, 2), (3, 20, 20), (7, 1, 5, 40)]:
        array = np.arange(np.prod(shape)).reshape(shape)
        with both(options):
            assert repr(mt.from_numpy(array)) == repr(torch.from_numpy(array))
            assert repr(mt.from_numpy(array / 7)) == repr(torch.from_numpy(array / 7))


def test_a_summary_looks_at_the_edges_only():
    array = np.ones((300, 300, 30))
    array[10, 10, 10] = 1e30
    assert "e+30" not in repr(mt.from_numpy(array)) == repr(torch.from_numpy(array))


def test_set_printoptions_remembers():
    before = printing.get_printoptions()
    try:
        for lib in twin.LIBRARIES.values():
            lib.set_printoptions(precision=2, sci_mode=True)
            lib.set_printoptions(edgeitems=1)  # the mode is set anew by each call, the rest stays
        assert printing.get_printoptions() == torch._tensor_str.get_printoptions()
        assert before != printing.get_printoptions()
    finally:
        for lib in twin.LIBRARIES.values():
            lib.set_printoptions(profile="default")
    assert printing.get_printoptions() == torch._tensor_str.get_printoptions() == before


# --- subclasses, modes -----------------------------------------------------------------------------------------------


def test_subclasses_print_their_own_name():
    def program(torch, nn):
        class Mine(torch.Tensor):
            pass

        class Weight(nn.Parameter):
            pass

        wide = torch.arange(60.0).view(2, 30) / 3
        mine = torch.ones(2).as_subclass(Mine)
        made = [repr(mine), repr(mine + 1), repr(nn.Parameter(mine)), repr(Weight(torch.ones(2)) * 2)]
        return repr(Mine([1.0, 2.0])), f"{Mine([1.5])}", repr(Weight(wide)), str(Weight(torch.ones(2))), *made

    twin.assert_same(program)


def test_modes_do_not_change_the_text_nor_are_changed_by_it():
    def program(torch, nn):
        warnings.simplefilter("ignore")  # torch warns that anomaly detection is slow
        x = torch.ones(2, requires_grad=True)
        texts = []
        for mode in (torch.no_grad, torch.enable_grad, torch.autograd.detect_anomaly):
            with mode():
                texts += [repr(x), repr(x * 2), torch.is_grad_enabled()]
        with torch.inference_mode():
            texts += [repr(torch.ones(2)), repr(x)]
        y = x * 2
        y.add_(1)
        return [*texts, repr(y), repr(y.detach()), repr(x.data), y._version]

    twin.assert_same(program)
