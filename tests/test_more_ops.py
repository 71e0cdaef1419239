"""Small public functions that are made of others: one comparison with torch each."""

import numpy as np
import pytest
import torch
from twin import assert_same

A = np.array([[1.5, -2.0, np.nan], [np.inf, 0.0, -np.inf]])
B = np.array([[0.5, 3.0, 1.0], [2.0, -1.0, 4.0]])

PROGRAMS = {
    "allclose": lambda t, a, b: (
        t.allclose(b, b + 1e-9),
        t.allclose(b, b + 1),
        t.allclose(a, a),
        t.allclose(a, a, equal_nan=True),
    ),
    "isclose": lambda t, a, b: (t.isclose(a, b, rtol=0.5), t.isclose(a, a, equal_nan=True)),
    "equal": lambda t, a, b: (t.equal(b, b), t.equal(a, a), t.equal(b, b[:1])),
    "hstack": lambda t, a, b: (t.hstack([b, b]), t.hstack([b[0], b[1]])),
    "vstack": lambda t, a, b: (t.vstack([b, b]), t.vstack([b[0], b[1]])),
    "broadcast_tensors": lambda t, a, b: t.broadcast_tensors(b, b[0], b[:, :1]),
    "broadcast_to": lambda t, a, b: t.broadcast_to(b[0], (4, 3)),
    "var_mean": lambda t, a, b: (*t.var_mean(b, 1), *t.var_mean(b)),
    "std_mean": lambda t, a, b: (*t.std_mean(b, 1), *t.std_mean(b)),
    "rsub": lambda t, a, b: (t.rsub(b, 2), t.rsub(b, b[0]), t.rsub(b, 2, alpha=3)),
    "signbit": lambda t, a, b: t.signbit(a),
    "nan_to_num": lambda t, a, b: (t.nan_to_num(a), t.nan_to_num(a, 1.0, 2.0, -3.0)),
    "clamp_min": lambda t, a, b: t.clamp_min(b, 0.75),
    "clamp_max": lambda t, a, b: t.clamp_max(b, 0.75),
    "tile": lambda t, a, b: (t.tile(b, (2,)), t.tile(b, (2, 1, 2))),
    "ravel": lambda t, a, b: t.ravel(b.t()),
    "scatter": lambda t, a, b: (
        t.scatter(b, 1, t.tensor([[2, 0], [1, 1]])[:, :1], b),
        b.scatter(0, t.tensor([[1, 0, 1]]), 7.0),
    ),
    "addmv": lambda t, a, b: t.addmv(b[:, 0], b, b[0], beta=0.5, alpha=2),
    "baddbmm": lambda t, a, b: t.baddbmm(t.zeros(1, dtype=t.float64), b[None], b.t()[None]),
    "vector_norm": lambda t, a, b: (t.linalg.vector_norm(b), t.linalg.vector_norm(b, 3, 1)),
    "bitwise_not": lambda t, a, b: (t.bitwise_not(t.tensor([1, 2])), ~t.tensor([True])),
    "max_pool2d_with_indices": lambda t, a, b: t.nn.functional.max_pool2d_with_indices(b[None, None], (1, 2)),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_as_in_torch(name):
    assert_same(lambda t, nn: PROGRAMS[name](t, t.from_numpy(A.copy()), t.from_numpy(B.copy())))


def test_the_arrays_were_not_written_to():
    assert np.isnan(A[0, 2])
    assert torch.from_numpy(B)[0, 0] == 0.5
