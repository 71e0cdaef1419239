"""What holds for compiled kernels as such: accuracy, threads, layouts, the switch, the cache."""

import inspect
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import minitorch_np as mt
from minitorch_np import kernels, parallel
from minitorch_np.kernels import compiled, formula
from minitorch_np.kernels.compiled import _tile
from minitorch_np.kernels.compiled import norm as compiled_norm
from minitorch_np.kernels.spec import ConvSpec, PoolSpec, pool_extent

rng = np.random.default_rng(7)  # one fixed sample: these tests compare kernels with each other on it
IMAGES = rng.normal(size=(19, 6, 13, 12)).astype(np.float32)
WEIGHTS = rng.normal(size=(8, 3, 3, 3)).astype(np.float32)
CONV = ConvSpec((1, 1), (1, 1), (1, 1), 2)
POOL = PoolSpec((2, 2), (2, 2), (0, 0), (1, 1), False)
OUT = rng.normal(size=(19, 8, 13, 12)).astype(np.float32)
PLANES = IMAGES.reshape(19, 6, -1)
FEW = rng.normal(size=6).astype(np.float32)
LABELS = np.random.default_rng(8).integers(0, 6, (len(PLANES), PLANES.shape[2]))
CLASSES = np.random.default_rng(9).integers(0, 290, (300, 1))
CLASSES[::9] = 3
SIZES = (90, 90, 85, 3)  # sequences at each time: enough of them for two threads
UNITS, NARROW = 40, 37  # of a layer, and after a projection
STATES = {n: (0.5 * rng.normal(size=(sum(SIZES), n))).astype(np.float32) for n in (NARROW, UNITS, 3 * UNITS, 4 * UNITS)}
INNER = {rows: (0.2 * rng.normal(size=(rows, UNITS))).astype(np.float32) for rows in (NARROW, 3 * UNITS, 4 * UNITS)}
ROWS = rng.normal(size=(300, 300)).astype(np.float32)
BLOCKS, GROUPS = ROWS.reshape(50, 6, 300), 3
SHAPES = (300, 300, 1), (1, 90, 1000), (1, 900, 100), (1, 625, 144), (1, 90000, 1), (50, 18, 100)
HEADS = [0.7 * rng.normal(size=s).astype(np.float32) for s in ((7, 101, 33), (7, 101, 20), (7, 70, 20), (7, 70, 33))]
MASK = np.where(rng.random((7, 101, 70)) < 0.3, -np.inf, rng.normal(size=(7, 101, 70))).astype(np.float32)
MASK[:, 5] = -np.inf  # nothing is looked at
MOMENTS = rng.uniform(0.5, 1, (2, 150)).astype(np.float32)  # a mean and a scale of each sample's groups


def recurrent(k, name, reverse, projected=False):
    """What a layer's kernel and its backward make of the arrays above."""
    if name == "gru":
        arrays = STATES[3 * UNITS], STATES[UNITS][: SIZES[0]], INNER[3 * UNITS]
        y, h, active = k.gru(*arrays, INNER[3 * UNITS][:, 0], SIZES, reverse)
        before = formula.states_before(arrays[1], y, SIZES, reverse)
        return y, h, active, *k.gru_backward(STATES[UNITS], h, active, before, arrays[2], SIZES, reverse)
    if name.startswith("rnn"):
        gates, h, w = STATES[UNITS], STATES[UNITS][::-1][: SIZES[0]], INNER[3 * UNITS][:UNITS]
        y, h_n = k.rnn(gates, h, w, SIZES, reverse, name == "rnn, relu")
        return y, h_n, *k.rnn_backward(STATES[4 * UNITS][:, :UNITS], h_n, y, w, SIZES, reverse, name == "rnn, relu")
    gates, c, w = STATES[4 * UNITS], STATES[UNITS][: SIZES[0]], INNER[4 * UNITS]
    out = NARROW if projected else UNITS
    w, w_hr = w[:, :out], INNER[NARROW] if projected else None
    y, h, c_n, active, cells = k.lstm(gates, STATES[out][: SIZES[0]], c, w, w_hr, SIZES, reverse)
    saved = active, cells, formula.states_before(c, cells, SIZES, reverse)
    return y, h, c_n, active, cells, *k.lstm_backward(STATES[out], h, c_n, *saved, w, w_hr, SIZES, reverse)


# After the parameter and its gradient: how many arrays of state, and the numbers.
STEPS = {
    "sgd": (1, 0.1, 0.9, 0.1, 0.01, True, True, False),
    "adam": (3, 7, 0.1, 0.9, 0.99, 1e-3, 0.01, False, True),
    "adagrad": (1, 0.1, 1e-3, 0.01, True),
    "adadelta": (2, 0.1, 0.9, 1e-3, 0.01, True),
    "adamax": (2, 0.1, 0.9, 0.99, 1e-3, 0.01, True),
    "asgd": (1, 0.1, 0.3, 1e-2, 0.01, True),
    "nadam": (2, 0.1, 0.2, 0.3, 0.9, 0.99, 1e-3, 0.0, 0.99, True),
    "radam": (2, 0.1, 0.2, 0.9, 0.99, 1e-3, 0.0, 0.99, True),
    "rmsprop": (3, 0.1, 0.9, 1e-3, 0.01, 0.9, True),
    "rprop": (2, 0.5, 1.2, 0.01, 2.0, True),
}


def stepped(kernel, states, *options):
    """What an optimiser's kernel makes of its arrays; there are enough elements to share them out."""
    arrays = [np.array(IMAGES) for _ in range(states + 2)]
    arrays[1] *= 3
    if kernel.__name__ != "sgd_":
        arrays[2:] = [x * x for x in arrays[2:]]  # squares, or means of squares
    if kernel.__name__ == "rmsprop_":
        arrays[4] *= 0.1  # the mean, whose square is at most the mean of squares
    kernel(*arrays, *options)
    return tuple(arrays)


CALLS = {
    "conv": lambda k: k.conv(IMAGES, WEIGHTS, None, CONV),
    "conv, strided": lambda k: k.conv(IMAGES, WEIGHTS, None, CONV._replace(stride=(2, 1), dilation=(1, 2))),
    "conv_input": lambda k: k.conv_input(OUT, WEIGHTS, IMAGES.shape, CONV),
    "conv_weight": lambda k: k.conv_weight(OUT, IMAGES, WEIGHTS.shape, CONV),
    "max_pool": lambda k: k.max_pool(IMAGES, POOL),
    "max_pool, rows shorter than a vector": lambda k: k.max_pool(np.concatenate([IMAGES[..., :7]] * 18), POOL),
    "max_pool, padded": lambda k: k.max_pool(IMAGES, PoolSpec((3, 2), (2, 1), (1, 1), (1, 2), True)),
    "avg_pool": lambda k: k.avg_pool(IMAGES, POOL, True, None),
    "batch_norm": lambda k: k.batch_norm(PLANES, FEW, FEW, 1e-5),
    "batch_norm_backward": lambda k: k.batch_norm_backward(PLANES, PLANES[::-1], FEW, FEW, np.abs(FEW), 1e-5),
    "fixed_norm": lambda k: k.fixed_norm(PLANES, FEW, FEW, FEW[::-1], np.abs(FEW), 1e-5),
    "fixed_norm, of many": lambda k: k.fixed_norm(np.concatenate([PLANES] * 8), FEW, None, FEW[::-1], np.abs(FEW), 1e-5),
    "fixed_norm_backward": lambda k: k.fixed_norm_backward(PLANES, PLANES[::-1], FEW, FEW[::-1], np.abs(FEW), 1e-5),
    "layer_norm": lambda k: k.layer_norm(ROWS, ROWS[0], ROWS[1], 1e-5),
    "layer_norm_backward": lambda k: k.layer_norm_backward(ROWS, ROWS[::-1], ROWS[0], ROWS[:, 0], ROWS[:, 1]),
    "group_norm": lambda k: k.group_norm(BLOCKS, FEW, FEW[::-1], GROUPS, 1e-5),
    "group_norm_backward": lambda k: k.group_norm_backward(BLOCKS, BLOCKS[::-1], FEW, *MOMENTS, GROUPS),
    **{f"sums {shape}": lambda k, shape=shape: k.sums(ROWS.reshape(shape)) for shape in SHAPES},
    **{f"extremes {shape}": lambda k, shape=shape: k.extremes(ROWS.reshape(shape), shape[2] > 1) for shape in SHAPES},
    "attend": lambda k: k.attend(*[a.reshape(3, 100, 300)[..., :70] for a in (ROWS, ROWS[::-1], ROWS)], None, False, 0.1),
    "attend, causal": lambda k: k.attend(*HEADS[1:], None, True, 0.3),
    "attend, masked": lambda k: k.attend(*HEADS[1:], MASK, False, 0.3),
    "attend_backward": lambda k: k.attend_backward(*HEADS, None, False, 0.3),
    "attend_backward, causal": lambda k: k.attend_backward(*HEADS, None, True, 0.3),
    "attend_backward, masked": lambda k: k.attend_backward(*HEADS, MASK[:1], False, 0.3),
    "softmax of columns": lambda k: k.softmax(ROWS[:299], 0),
    "softmax_backward of columns": lambda k: k.softmax_backward(ROWS[:299], ROWS[1:], 0),
    "share_among_ties": lambda k: k.share_among_ties(ROWS[:, :1], np.round(ROWS[..., None]), np.round(ROWS[:, :1])),
    "channel_sum": lambda k: k.channel_sum(PLANES),
    "relu": lambda k: k.relu(IMAGES),
    "dropout": lambda k: k.dropout(IMAGES, IMAGES[::-1] > 0, 1.25),
    "dropout, transposed": lambda k: k.dropout(IMAGES.T, IMAGES[::-1].T > 0, 1.25),
    "dropout, of one number": lambda k: k.dropout(
        np.broadcast_to(FEW[0], (300, 1000)), np.tile(ROWS[0] > 0, 1000).reshape(300, 1000), 3.0
    ),
    **{f"{name}_": lambda k, name=name, rest=rest: stepped(getattr(k, f"{name}_"), *rest) for name, rest in STEPS.items()},
    "rnn": lambda k: recurrent(k, "rnn", False),
    "rnn, relu, reverse": lambda k: recurrent(k, "rnn, relu", True),
    "lstm": lambda k: recurrent(k, "lstm", False),
    "lstm, reverse, projected": lambda k: recurrent(k, "lstm", True, True),
    "gru": lambda k: recurrent(k, "gru", False),
    "gru, reverse": lambda k: recurrent(k, "gru", True),
    "linear": lambda k: k.linear(STATES[UNITS], INNER[3 * UNITS], np.ones(3 * UNITS, np.float32)),
    "linear, of a few rows": lambda k: k.linear(STATES[3 * UNITS][:100], STATES[3 * UNITS][100:170], None),
    "linear_backward": lambda k: k.linear_backward(STATES[3 * UNITS], STATES[UNITS], INNER[3 * UNITS]),
    "matmul": lambda k: k.matmul(STATES[3 * UNITS][:100], INNER[3 * UNITS]),
    "matmul, turned": lambda k: k.matmul(STATES[3 * UNITS][:100].T, STATES[UNITS][:100]),
    "embedding": lambda k: k.embedding(INNER[3 * UNITS], np.arange(19 * 256).reshape(19, 256) % (3 * UNITS)),
    "embedding_backward": lambda k: k.embedding_backward(ROWS, np.arange(300) ** 2 % 600, 801),
    "nll": lambda k: k.nll(PLANES, LABELS, None, -100),
    "nll, weighted, some ignored": lambda k: k.nll(PLANES, LABELS, FEW, 3),
    "nll_scatter": lambda k: k.nll_scatter(PLANES[:, 0], LABELS, None, -100, 6),
    "nll_scatter, weighted, some ignored": lambda k: k.nll_scatter(PLANES[:, 0], LABELS, FEW, 3, 6),
    "cross_entropy": lambda k: k.cross_entropy(ROWS, CLASSES, None, 3),
    "cross_entropy, weighted": lambda k: k.cross_entropy(ROWS, CLASSES, MOMENTS.reshape(-1), -100),
    "cross_entropy_backward": lambda k: k.cross_entropy_backward(ROWS[:, :1], CLASSES, None, 3, -np.abs(ROWS)),
    "cross_entropy_backward, weighted": lambda k: k.cross_entropy_backward(
        ROWS[:, :1], CLASSES, MOMENTS.reshape(-1), -100, -np.abs(ROWS)
    ),
    "mask_positive": lambda k: k.mask_positive(IMAGES, IMAGES[::-1]),
}


def parts_of(result):
    return result if isinstance(result, tuple) else (result,)


@pytest.mark.parametrize("name", CALLS)
def test_results_are_bit_identical_for_every_number_of_threads(name):
    results = []
    before = mt.get_num_threads()
    try:
        for threads in (1, 2, 3):
            mt.set_num_threads(threads)
            results.append(parts_of(CALLS[name](compiled)))
    finally:
        mt.set_num_threads(before)
    for other in results[1:]:
        for a, b in zip(results[0], other, strict=True):
            assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize("name", CALLS)
def test_compiled_kernels_agree_with_their_formulas(name):
    for a, b in zip(parts_of(CALLS[name](compiled)), parts_of(CALLS[name](formula)), strict=True):
        assert a.dtype == b.dtype
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-5 * max(1, np.abs(b).max()))


@pytest.mark.parametrize("special", [0, np.nan, np.inf])
def test_the_small_product_is_the_matrix_product(special):
    for n, k, m in ((1, 1, 1), (3, 7, 15), (4, 16, 16), (9, 5, 33)):
        a, b = (np.random.default_rng(n).normal(size=shape).astype(np.float32) for shape in ((n, k), (k, m)))
        a[0, 0] = special
        panels = _tile.packed(b)
        out = np.full((n + 1, panels.shape[0] * _tile.WIDTH), 7, np.float32)
        with np.errstate(invalid="ignore"):
            _tile.product(a, n, panels, out)
            expected = a @ b
        np.testing.assert_allclose(out[:n, :m], expected, rtol=1e-6, atol=1e-5)
        assert (out[n] == 7).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_largest_of_any_window_is_found_where_the_formula_finds_it(dtype):
    """Ties, NaNs and windows of -inf alone; rows longer and shorter than a vector."""
    rng = np.random.default_rng(0)
    for _ in range(40):
        size, stride, dilation = (tuple(rng.integers(1, high, 2).tolist()) for high in (5, 4, 3))
        spec = PoolSpec(size, stride, (size[0] // 2, size[1] // 2), dilation, bool(rng.integers(2)))
        x = rng.integers(-3, 3, (1, 3, *rng.integers(9, 20, 2))).astype(dtype)
        x[rng.random(x.shape) < 0.1] = np.nan
        x[rng.random(x.shape) < 0.3] = -np.inf
        for image in (x, x[..., : size[1] + 2]):
            if pool_extent(image.shape[3], size[1], stride[1], size[1] // 2, dilation[1], False) > 0:
                for a, b in zip(compiled.max_pool(image, spec), formula.max_pool(image, spec)):
                    np.testing.assert_array_equal(a, b)


def test_every_compiled_kernel_has_its_formula_with_the_same_signature():
    for name in compiled.__all__:
        ours, meaning = getattr(compiled, name), getattr(formula, name)
        assert list(inspect.signature(ours).parameters) == list(inspect.signature(meaning).parameters), name
        assert ours.__doc__, name


def _error(result, truth):
    return np.sqrt(np.mean((np.asarray(result, np.float64) - truth) ** 2))


@pytest.fixture
def _compiled_kernels():
    """Whatever the suite runs with, these tests are about the compiled kernels."""
    active = kernels.active_kernels()
    kernels.use_kernels("numba")
    yield
    kernels.use_kernels(active)


@pytest.mark.parametrize("name", ["numba", "numpy"])
@pytest.mark.parametrize("length", [2, 40])
def test_batch_norms_sums_may_leave_float32(name, length, _compiled_kernels):
    """Products of g and x near 1e39: infinite in float32, while each of the gradients is finite."""
    kernels.use_kernels(name)
    found = []
    for t, dtype in ((mt, np.float32), (torch, np.float64)):
        x, g = (np.random.default_rng(seed).normal(size=(9, 3, length)).astype(np.float32) for seed in (1, 2))
        x, g = (t.from_numpy((a * np.float32(scale)).astype(dtype)) for a, scale in ((x, 1e18), (g, 1e21)))
        w, b = (t.full((3,), value, dtype=x.dtype) for value in (1.0, 0.0))
        for tensor in (x, w, b):
            tensor.requires_grad_()
        t.nn.functional.batch_norm(x, None, None, w, b, training=True).backward(g)
        found.append([tensor.grad.numpy() for tensor in (x, w, b)])
    for ours, theirs in zip(*found):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4 * np.abs(theirs).max())
    large = np.full((9, 3, length), [[[3e38], [1], [-3e38]]], np.float32)
    with np.errstate(over="ignore"):
        sums = [k.channel_sum(large) for k in (compiled, formula)]
    for total in sums:
        assert total.tolist() == [np.inf, 9 * length, -np.inf]


def test_batch_norms_bands_and_runs_make_no_difference(monkeypatch):
    """Two passes over few channels or over all of them: the same bits; and many runs of different means are one channel."""
    x = np.random.default_rng(0).normal(size=(4, 5, 50)).astype(np.float32)
    x[1:] += np.float32(1000) * np.arange(3, dtype=np.float32)[:, None, None]
    w, found = np.arange(1, 6, dtype=np.float32), []
    for band in (1, 8 << 20):
        monkeypatch.setattr(compiled_norm, "BAND", band)
        y, mean, var = compiled.batch_norm(x, w, None, 1e-5)
        found.append([y, mean, var, *compiled.batch_norm_backward(x[::-1], x, w, mean, var, 1e-5)])
    for a, b in zip(*found):
        assert a.tobytes() == b.tobytes()
    for a, b in zip(found[0], formula.batch_norm(x, w, None, 1e-5)):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)  # float32: some units in the last place of values near 1


@pytest.mark.usefixtures("_compiled_kernels")
@pytest.mark.parametrize("kind", ["conv", "weight", "input", "batch_norm"])
def test_float32_is_as_accurate_as_torchs(kind):
    """Root mean square error against float64, at most twice torch's."""
    x = (IMAGES + (100 if kind == "batch_norm" else 0)).astype(np.float32)  # a large mean is what hurts a variance
    results = []
    for t, dtype in ((mt, np.float32), (torch, np.float32), (torch, np.float64)):
        a = t.from_numpy(x.astype(dtype)).requires_grad_()
        w = t.from_numpy(WEIGHTS.astype(dtype)).requires_grad_()
        y = (t.nn.functional.batch_norm(a, None, None, training=True) if kind == "batch_norm"
             else t.nn.functional.conv2d(a, w, padding=1, groups=2))  # fmt: skip
        if kind in ("weight", "input"):
            y.backward(t.from_numpy(OUT.astype(dtype)))
            y = (w if kind == "weight" else a).grad
        results.append(y.detach().numpy())
    ours, theirs, truth = results
    assert _error(ours, truth) <= 2 * _error(theirs, truth)


@pytest.mark.usefixtures("_compiled_kernels")
@pytest.mark.parametrize("name", ["layer_norm", "group_norm"])
def test_norms_within_a_sample_are_as_accurate_as_torchs(name):
    """Result and all gradients, with a mean beside the deviation; the largest part of torch's error was 1.05."""
    rng = np.random.default_rng(3)
    arrays = [rng.normal(size=(16, 32, 40)) + 3, *rng.normal(size=(2, 40 if name == "layer_norm" else 32))]
    arrays, g = [a.astype(np.float32) for a in arrays], rng.normal(size=(16, 32, 40)).astype(np.float32)
    results = []
    for t, dtype in ((mt, np.float32), (torch, np.float32), (torch, np.float64)):
        x, w, b = (t.from_numpy(a.astype(dtype)).requires_grad_() for a in arrays)
        y = getattr(t.nn.functional, name)(x, (40,) if name == "layer_norm" else 8, w, b)
        y.backward(t.from_numpy(g.astype(dtype)))
        results.append([y.detach().numpy(), *[a.grad.numpy() for a in (x, w, b)]])
    for ours, theirs, truth in zip(*results):
        assert _error(ours, truth) <= 2 * _error(theirs, truth)


@pytest.mark.usefixtures("_compiled_kernels")
def test_the_weights_gradient_with_fixed_statistics_is_as_accurate_as_torchs():
    """Far from 0: the sum is of g (x - mean), as torch's, not a difference of two large sums."""
    x, g = (np.random.default_rng(seed).normal(size=(8, 3, 40)) + add for seed, add in ((0, 100), (1, 1)))
    results = []
    for t, dtype in ((mt, np.float32), (torch, np.float32), (torch, np.float64)):
        mean, var, w, b = (t.from_numpy(np.full(3, value, dtype)) for value in (100.0, 1.0, 1.0, 0.0))
        w.requires_grad_()
        x32, g32 = (t.from_numpy(a.astype(np.float32).astype(dtype)) for a in (x, g))
        t.nn.functional.batch_norm(x32, mean, var, w, b).backward(g32)
        results.append(w.grad.numpy())
    ours, theirs, truth = results
    assert _error(ours, truth) <= 2 * _error(theirs, truth)


@given(st.integers(0, 2**32 - 1), st.sampled_from([np.nan, np.inf, -np.inf]))
def test_special_values_pass_through_as_in_torch(seed, special):
    x = np.random.default_rng(seed).normal(size=(2, 4, 6, 6)).astype(np.float32)
    x.reshape(-1)[seed % x.size] = special
    w = np.ones((2, 4, 3, 3), np.float32)
    for f in (
        lambda t, a: t.nn.functional.conv2d(a, t.from_numpy(w), padding=1),
        lambda t, a: t.nn.functional.max_pool2d(a, 2),
        lambda t, a: t.nn.functional.avg_pool2d(a, 2),
        lambda t, a: a.relu(),
    ):
        ours, theirs = f(mt, mt.from_numpy(x)).numpy(), f(torch, torch.from_numpy(x)).numpy()
        assert np.array_equal(np.isnan(ours), np.isnan(theirs))
        assert np.array_equal(np.isinf(ours), np.isinf(theirs))


def test_the_switch():
    active = kernels.active_kernels()
    try:
        kernels.use_kernels("numpy")
        assert kernels.relu is formula.relu
        kernels.use_kernels("numba")
        assert kernels.relu is not formula.relu
        assert kernels.softmax is formula.softmax or "softmax" in compiled.__all__
        assert kernels.relu(np.array([-1, 2], np.float16)).dtype == np.float16  # through the formula
    finally:
        kernels.use_kernels(active)
    with pytest.raises(ValueError, match='use_kernels expects "numpy" or "numba"'):
        kernels.use_kernels("cuda")
    with pytest.raises(AttributeError, match="has no kernel 'nothing'"):
        _ = kernels.nothing


def test_parts_cover_the_extent_and_depend_on_nothing_else():
    for extent in (0, 1, 2, 15, 16, 17, 1000):
        for grain in (1, 3, 100):
            runs = parallel.parts(extent, grain)
            assert [i for a, b in runs for i in range(a, b)] == list(range(extent))
            assert len(runs) <= parallel.MAX_PARTS


def test_thread_counts_are_checked():
    with pytest.raises(RuntimeError, match="expects a positive integer"):
        mt.set_num_threads(0)
    with pytest.raises(RuntimeError, match="expects an int"):
        mt.set_num_threads(1.5)


def test_an_error_in_a_part_reaches_the_caller():
    def work(start, stop):
        raise KeyError("on purpose")

    with pytest.raises(KeyError, match="on purpose"):
        parallel.split(work, 100)


PROGRAM = """
import numpy as np
import minitorch_np as mt
x = mt.from_numpy(np.ones((4, 2, 8, 8), np.float32))
mt.nn.functional.max_pool2d(x, 2)
import sys
kernel = sys.modules["minitorch_np.kernels.compiled.pool"]._max_pool_2x2
print(sum(kernel.stats.cache_hits.values()), sum(kernel.stats.cache_misses.values()))
"""


def test_compiled_kernels_are_cached_between_processes(tmp_path):
    env = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    runs = [
        subprocess.run([sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    hits, misses = zip(*[map(int, run.stdout.split()) for run in runs], strict=True)
    assert (hits[0], misses[0]) == (0, 1)
    assert (hits[1], misses[1]) == (1, 0)
