"""The tolerance rule itself: it must fail where it should."""

import numpy as np
import pytest
import torch

import minitorch_np as mt
from torch_ref import convert
from torch_ref.compare import assert_same, relative_difference, ulp_distance


def test_float64_is_held_to_1e_10():
    a = np.array([1.0, 2.0])
    assert_same(a + 1e-11, a)
    with pytest.raises(AssertionError, match="1 of 2 elements differ"):
        assert_same(a + [0, 1e-9], a)


def test_float32_is_held_to_torchs_own_error():
    truth = np.linspace(1, 2, 100)
    theirs = truth.astype(np.float32)
    assert_same(theirs, theirs, truth)
    with pytest.raises(AssertionError, match="torch's own error is"):
        assert_same(theirs + np.float32(1e-5), theirs, truth)
    worse = (truth + 1e-4).astype(np.float32)
    assert_same((truth + 2e-4).astype(np.float32), worse, truth)


@pytest.mark.parametrize(
    ("ours", "theirs", "message"),
    [
        (np.float32([1]), np.float64([1]), "dtype"),
        (np.ones(2), np.ones((1, 2)), "shape"),
        (np.array([1, 2]), np.array([1, 3]), "must be equal"),
        (np.array([np.nan, 1]), np.array([1.0, 1]), "NaN and infinities"),
        (np.array([np.inf, 1]), np.array([-np.inf, 1]), "NaN and infinities"),
    ],
)
def test_other_differences(ours, theirs, message):
    with pytest.raises(AssertionError, match=message):
        assert_same(ours, theirs)


def test_equal_specials_are_equal():
    a = np.array([np.nan, np.inf, -np.inf, 0.0])
    assert_same(a, a.copy())
    assert relative_difference(a, a) == 0


def test_a_wider_bound_needs_a_reason():
    with pytest.raises(ValueError, match="needs its reason"):
        assert_same(np.ones(1), np.ones(1), factor=2)


def test_distances():
    one = np.float32(1)
    assert ulp_distance(one, np.nextafter(one, np.float32(2))) == 1
    assert ulp_distance(np.float32(-0.0), np.float32(0.0)) == 0
    assert relative_difference([1.0, 4.0], [1.0, 5.0]) == 0.2
    assert relative_difference([np.nan], [1.0]) == np.inf


def test_conversion_shares_memory_and_keeps_flags():
    x = mt.ones(3, requires_grad=True)
    y = convert.to_torch(x)
    assert y.requires_grad
    y.data[0] = 5
    assert x.tolist() == [5, 1, 1]
    z = convert.to_ours(torch.arange(4))
    assert z.dtype is mt.int64
    for dtype in ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"):
        assert str(convert.to_ours(torch.ones(2, dtype=getattr(torch, dtype))).dtype) == f"torch.{dtype}"
    ours, theirs = mt.nn.Linear(2, 3), torch.nn.Linear(2, 3)
    theirs.load_state_dict(convert.state_dict_to_torch(ours.state_dict()))
    ours.load_state_dict(convert.state_dict_to_ours(theirs.state_dict()))
    assert np.array_equal(ours.weight.detach().numpy(), theirs.weight.detach().numpy())
