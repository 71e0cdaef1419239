"""The product of our own (kernels/compiled/small_product.py) and the way its shares reach the threads."""

import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minitorch_np as mt
from minitorch_np.kernels.compiled import small_product


@pytest.fixture
def two_threads():
    before = mt.get_num_threads()
    mt.set_num_threads(2)
    yield
    mt.set_num_threads(before)


def normal(rng, shape, dtype, turned):
    a = rng.normal(size=shape[::-1] if turned else shape).astype(dtype)
    return a.T if turned else a


@given(
    st.integers(16, 60), st.integers(16, 300), st.integers(16, 70), st.booleans(), st.booleans(), st.booleans(),
    st.sampled_from(["float32", "float64"]), st.integers(0, 99),
)  # fmt: skip
def test_it_is_the_matrix_product(n, k, m, a_turned, b_turned, with_bias, dtype, seed):
    rng = np.random.default_rng(seed)
    a, b = normal(rng, (n, k), dtype, a_turned), normal(rng, (k, m), dtype, b_turned)
    bias = rng.normal(size=m).astype(dtype) if with_bias and b_turned else None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(small_product, "GRAIN", 1)  # the smallest is shared out, too
        y = small_product.product(a, b, bias)
    wide = a.astype(np.longdouble) @ b.astype(np.longdouble) + (0 if bias is None else bias)
    sizes = np.abs(a) @ np.abs(b) + (0 if bias is None else np.abs(bias))
    # What rounding can do to sums of at most DEPTH terms, and to the sum of those and the bias (Higham, Accuracy and
    # Stability of Numerical Algorithms, 3.1).
    assert (np.abs(y - wide) <= (small_product.DEPTH + k // small_product.DEPTH + 2) * np.finfo(dtype).eps * sizes).all()
    assert y.dtype == dtype
    assert y.flags.c_contiguous


@pytest.mark.parametrize("depth", [64, 300, 784])
def test_it_is_as_accurate_as_blas(depth):
    rng = np.random.default_rng(depth)
    for b_turned in (False, True):
        a, b = normal(rng, (64, depth), "float32", False), normal(rng, (depth, 160), "float32", b_turned)
        exact = a.astype(np.float64) @ b.astype(np.float64)
        ours, blas = (np.sqrt(np.mean((y - exact) ** 2)) for y in (small_product.product(a, b, None), a @ b))
        assert ours <= 1.2 * blas  # of sums put down every 128 terms, some 0.8


@pytest.mark.parametrize("special", [np.nan, np.inf])
@pytest.mark.parametrize("b_turned", [False, True])
def test_a_special_value_stays_in_its_row_and_column(special, b_turned):
    rng = np.random.default_rng(3)
    a, b = normal(rng, (61, 200), "float32", False), normal(rng, (200, 53), "float32", b_turned)
    a[60, 7] = b[199, 52] = special
    y = small_product.product(a, b, None)
    assert np.isfinite(y[:60, :52]).all()
    assert not np.isfinite(y[60]).any()
    assert not np.isfinite(y[:, 52]).any()


def test_threads_that_fell_asleep_and_threads_that_compete(two_threads):
    rng = np.random.default_rng(4)
    a, b = normal(rng, (64, 200), "float32", False), normal(rng, (200, 80), "float32", False)
    wanted, wrong = small_product.product(a, b, None).tobytes(), []

    def calls(pauses):
        for pause in pauses:
            time.sleep(pause)
            if small_product.product(a, b, None).tobytes() != wanted:
                wrong.append(pause)

    calls([0.003, 0, 0, 0.01, 0.0005, 0.0003, 0.0001] * 5)  # the pool's thread spins for some tenths of a millisecond
    callers = [threading.Thread(target=calls, args=([0, 0.0002] * 100,)) for _ in range(3)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert not wrong
