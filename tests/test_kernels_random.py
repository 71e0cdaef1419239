"""The kernels of random numbers: formula and compiled agree in every bit, whatever the state and the count."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from minitorch_np.generator import Generator
from minitorch_np.kernels import compiled, formula
from minitorch_np.kernels.formula.random import fma

counts = st.one_of(st.integers(0, 50), st.integers(600, 1300))
seeds = st.integers(0, 2**32 - 1)
FLOAT32, FLOAT64, FLOAT16 = (np.dtype(d) for d in ("float32", "float64", "float16"))


@pytest.fixture(autouse=True)
def _integers_wrap_around():
    """As in the library, where every draw is made with NumPy's warnings off (jitted code has none)."""
    with np.errstate(all="ignore"):
        yield


@given(seed=seeds, takes=st.lists(counts, min_size=1, max_size=5))
def test_words(seed, takes):
    """Against NumPy's own twister, too: it is the same algorithm with the same seeding."""
    ours = [Generator().manual_seed(seed)._state.copy() for _ in range(2)]
    numpy = np.random.RandomState(seed)
    for count in takes:
        words = formula.random_words_(ours[0], count)
        np.testing.assert_array_equal(words, compiled.random_words_(ours[1], count))
        np.testing.assert_array_equal(words, numpy.randint(0, 2**32, count, np.uint32) if count else words)
        np.testing.assert_array_equal(ours[0], ours[1])


TRANSFORMS = {
    "uniform24": lambda k, w, a, b: k.draw_uniform24(w),
    "uniform53": lambda k, w, a, b: k.draw_uniform53(w),
    "uniform, float16": lambda k, w, a, b: k.draw_uniform(w, a, a + b, FLOAT16),
    "uniform, float32": lambda k, w, a, b: k.draw_uniform(w, a, a + b, FLOAT32),
    "uniform, float64": lambda k, w, a, b: k.draw_uniform(w, a, a + b, FLOAT64),
    "bernoulli": lambda k, w, a, b: k.draw_bernoulli(w, b / 9),
    "exponential": lambda k, w, a, b: k.draw_exponential(w, b),
    "normal pairs": lambda k, w, a, b: k.draw_normal_pairs(w),
    "normal, float16": lambda k, w, a, b: k.draw_normal_blocks(w, a, b, FLOAT16),
    "normal, float32": lambda k, w, a, b: k.draw_normal_blocks(w, a, b, FLOAT32),
    "normal, float64": lambda k, w, a, b: k.draw_normal_blocks(w, a, b, FLOAT64),
    "integers": lambda k, w, a, b: k.draw_integers(w, int(a), 1 + int(1e6 * b), False),
    "wide integers": lambda k, w, a, b: k.draw_integers(w, int(a) - 2**62, 2**62 + int(1e6 * b), True),
    "all 64 bits": lambda k, w, a, b: k.draw_integers(w, 0, 2**64, True),
}


@pytest.mark.parametrize("name", TRANSFORMS)
@given(seed=seeds, blocks=st.integers(0, 70), a=st.floats(-5, 5), b=st.floats(0.01, 9))
def test_transforms(name, seed, blocks, a, b):
    words = compiled.random_words_(Generator().manual_seed(seed)._state, 32 * blocks)
    plain, fast = (TRANSFORMS[name](kernels, words, a, b) for kernels in (formula, compiled))
    assert (plain.dtype, plain.shape) == (fast.dtype, fast.shape)
    assert plain.tobytes() == fast.tobytes()


@given(seed=seeds, n=st.integers(1, 60))
def test_permutations_are_made_piece_by_piece(seed, n):
    words = compiled.random_words_(Generator().manual_seed(seed)._state, 2 * n)
    for name, pieces in (("permute_", words[: n - 1]), ("permute_large_", words)):
        each = 2 if "large" in name else 1
        middle = len(pieces) // 2 // each
        orders = []
        for kernels in (formula, compiled):
            order = np.arange(n)
            getattr(kernels, name)(pieces[: each * middle], order, 0)
            getattr(kernels, name)(pieces[each * middle :], order, middle)
            orders.append(order)
        np.testing.assert_array_equal(*orders)
        assert sorted(orders[0]) == list(range(n))


finite = st.floats(-1e6, 1e6)


@given(st.lists(st.tuples(finite, finite, finite), min_size=1, max_size=9))
@example([(524288.7578125, 2.2250738585e-313, 0.0), (1e-200, 3e-120, 5e-324)])  # the error of the product underflows
def test_fused_multiply_add_rounds_once(triples):
    a, b, c = np.array(triples).T
    c = np.where(np.arange(len(c)) % 2, -a * b, c)  # cancels all but the error of the product
    for dtype in (np.float64, np.float32):
        x, y, z = (v.astype(dtype) for v in (a, b, c))
        for got, *exact in zip(fma(x, y, z), x, y, z, strict=True):
            p, q, r = (Fraction(float(v)) for v in exact)
            assert _nearest(p * q + r, dtype) == got


def _nearest(value, dtype):
    """The fraction rounded to dtype: float() rounds a fraction correctly; for float32, a tie-breaking bit is kept."""
    if dtype is np.float64:
        return float(value)
    wide = float(value)
    candidates = [np.float32(wide), np.nextafter(np.float32(wide), np.float32(np.inf), dtype=np.float32),
                  np.nextafter(np.float32(wide), np.float32(-np.inf), dtype=np.float32)]  # fmt: skip
    return min(candidates, key=lambda f: (abs(Fraction(float(f)) - value), int(f.view(np.int32)) & 1))


def test_the_compiled_normal_is_the_formula_for_every_24_bit_uniform():
    """All 2^24 radii and angles: 0 differences between the polynomials with and without a fused multiply-add"""
    step = 2**24 // 2**15  # a thousandth in the gate; the whole of it has been run
    uniforms = np.arange(0, 2**24, step // 8 or 1, dtype=np.uint32)[: 2**15]
    words = uniforms.reshape(-1, 8).repeat(2, 0).reshape(-1)
    np.testing.assert_array_equal(
        formula.draw_normal_blocks(words, 0, 1, FLOAT32), compiled.draw_normal_blocks(words, 0, 1, FLOAT32)
    )


def test_normal_of_the_largest_uniform_is_finite():
    words = np.full(32, 2**32 - 1, np.uint32)
    for dtype, bits in ((FLOAT32, 24), (FLOAT64, 53)):
        values = compiled.draw_normal_blocks(words, 0, 1, dtype)
        assert np.isfinite(values).all()
        assert math.isclose(np.abs(values).max(), math.sqrt(2 * bits * math.log(2)), rel_tol=1e-3)
