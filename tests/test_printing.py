"""repr is torch's, character for character."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import minitorch_np as mt

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
    "t.tensor([3e30, 2e-278], dtype=t.float64)",
    "t.tensor([12345678.0, 1.0])", "t.tensor([123456789.0])", "t.finfo(t.float32)", "t.iinfo(t.int8)",
    "t.arange(30.0).view(5, 6).t()", "t.ones(1, 1, 1, 1)",
]  # fmt: skip


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_repr_is_torchs(expression):
    assert repr(eval(expression, {"t": mt})) == repr(eval(expression, {"t": torch}))


@given(
    hnp.arrays(
        st.sampled_from([np.float16, np.float32, np.float64, np.int64, np.int8, np.bool_]),
        hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=7),
    )
)
def test_any_tensor_prints_like_torchs(array):
    assert repr(mt.from_numpy(array)) == repr(torch.from_numpy(array))


@given(st.integers(1, 1500), st.sampled_from([1, 0.37, 1e5, 1e-6]))
def test_long_and_scaled_vectors_print_like_torchs(length, scale):
    array = np.arange(length) * scale
    assert repr(mt.from_numpy(array)) == repr(torch.from_numpy(array))


@pytest.mark.parametrize("spec", ["", ".3f", ">10", "5.1e"])
def test_format_of_single_numbers(spec):
    assert format(mt.tensor(1.25), spec) == format(torch.tensor(1.25), spec)
    assert f"{mt.ones(2)}" == f"{torch.ones(2)}"
