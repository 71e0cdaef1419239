"""Convolution and matrix product kernels: formula = compiled = torch, whatever the shapes, layouts and threads."""

import importlib
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import lay_out, layouts

from minitorch_np import get_num_threads, set_num_threads
from minitorch_np.kernels import compiled, formula
from minitorch_np.kernels.spec import ConvSpec, conv_extent

convolution = importlib.import_module("minitorch_np.kernels.compiled.conv")  # the package's `conv` is the kernel
DTYPES = (np.float32, np.float64)


def at_threads(number, function, *arguments):
    before = get_num_threads()
    set_num_threads(number)
    try:
        return function(*arguments)
    finally:
        set_num_threads(before)


def values(shape, seed, dtype=np.float64):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


def pair(low, high):
    return st.tuples(st.integers(low, high), st.integers(low, high))


@st.composite
def problems(draw):
    """x, w, bias, g and spec of a small convolution"""
    groups = draw(st.sampled_from((1, 1, 2, 3)), label="groups")
    kernel = draw(st.one_of(st.sampled_from(((1, 1), (3, 3))), pair(1, 5)), label="kernel")
    spec = ConvSpec(
        draw(st.one_of(st.just((1, 1)), pair(1, 3)), label="stride"),
        draw(pair(0, 2), label="padding"),
        draw(st.one_of(st.just((1, 1)), pair(1, 2)), label="dilation"),
        groups,
    )
    n = draw(st.sampled_from((0, 1, 2, 3, 14, 17)), label="images")
    c, o = (groups * draw(st.integers(1, 9 // groups), label=side) for side in ("channels", "filters"))
    if groups > 1 and draw(st.booleans(), label="depthwise"):
        c = o = groups
    least = [max(1, d * (k - 1) + 1 - 2 * p) for d, k, p in zip(spec.dilation, kernel, spec.padding, strict=True)]
    size = [low + draw(st.integers(0, 6), label="extra size") for low in least]
    seed = draw(st.integers(0, 999), label="seed")
    x, w = values((n, c, *size), seed), values((o, c // groups, *kernel), seed + 1)
    bias = draw(st.one_of(st.none(), st.just(values(o, seed + 2))), label="bias")
    out = [conv_extent(*f) for f in zip(size, kernel, spec.stride, spec.padding, spec.dilation, strict=True)]
    return x, w, bias, values((n, o, *out), seed + 3), spec


def ours(kernels, x, w, bias, g, spec):
    with np.errstate(all="ignore"):
        return (
            kernels.conv(x, w, bias, spec),
            kernels.conv_input(g, w, x.shape, spec),
            kernels.conv_weight(g, x, w.shape, spec),
        )


def theirs(x, w, bias, g, spec):
    x, w, g = (torch.from_numpy(np.ascontiguousarray(a)).requires_grad_() for a in (x, w, g))
    bias = None if bias is None else torch.from_numpy(bias)
    y = torch.nn.functional.conv2d(x, w, bias, *spec)
    y.backward(g.detach())
    return tuple(a.detach().numpy() for a in (y, x.grad, w.grad))


def assert_near(results, expected, relative):
    for result, truth in zip(results, expected, strict=True):
        assert result.shape == truth.shape and result.flags.c_contiguous
        if truth.size:
            finite = np.isfinite(truth)
            assert np.array_equal(np.isnan(result), np.isnan(truth))
            assert np.array_equal(result[~finite], truth[~finite], equal_nan=True)
            scale = np.abs(truth[finite]).max(initial=1e-30)
            np.testing.assert_allclose(result[finite], truth[finite], rtol=0, atol=relative * scale)


@given(problems(), layouts(), st.sampled_from(DTYPES))
@settings(max_examples=60)
def test_formula_compiled_and_torch_agree(problem, layout, dtype):
    *arrays, spec = problem
    truth = theirs(*arrays, spec)
    x, w, bias, g = (None if a is None else lay_out(a.astype(dtype), layout) for a in arrays)
    copies = [None if a is None else a.copy() for a in (x, w, bias, g)]
    relative = 1e-12 if dtype is np.float64 else 1e-5
    for kernels in (formula, compiled):
        results = ours(kernels, x, w, bias, g, spec)
        assert all(r.dtype == dtype for r in results)
        assert_near(results, truth, relative)
    for a, copy in zip((x, w, bias, g), copies, strict=True):
        assert a is None or np.array_equal(a, copy), "an input was written to"


@given(problems(), st.sampled_from(DTYPES))
def test_the_direct_algorithm_is_right_where_it_would_not_be_chosen_too(problem, dtype):
    *arrays, spec = problem
    x, w, bias, g = (None if a is None else a.astype(dtype) for a in arrays)
    try:
        convolution.use_algorithms("direct")
        assert {convolution.choose(x.shape, w.shape, spec, of) for of in "yxw"} == {"direct"}
        results = ours(compiled, x, w, bias, g, spec)
    finally:
        convolution.use_algorithms()
    assert_near(results, theirs(*arrays, spec), 1e-12 if dtype is np.float64 else 1e-5)


@given(problems(), st.sampled_from((np.nan, np.inf, -np.inf)), st.data())
def test_special_values_reach_exactly_what_the_definition_says(problem, special, data):
    x, w, bias, g, spec = problem
    spec = spec._replace(padding=(0, 0)) if x.shape[2] * x.shape[3] else spec
    sizes = [conv_extent(*f) for f in zip(x.shape[2:], w.shape[2:], spec.stride, (0, 0), spec.dilation, strict=True)]
    if min(sizes) < 1 or not len(x):
        return
    g = values((*g.shape[:2], *sizes), 5)
    for a in data.draw(st.sampled_from(((x, g), (w,))), label="of"):
        a.reshape(-1)[data.draw(st.integers(0, a.size - 1))] = special
    assert_near(ours(compiled, x, w, bias, g, spec), ours(formula, x, w, bias, g, spec), 1e-12)


# Large enough for several parts on several threads; one for each algorithm, and the shapes of well-known networks.
LARGE = {
    "direct": ((6, 12, 30, 31), (10, 12, 5, 3), ConvSpec((1, 1), (2, 0), (1, 2), 1)),
    "direct, few channels": ((9, 3, 40, 40), (16, 3, 7, 7), ConvSpec((2, 3), (3, 3), (1, 1), 1)),
    "direct, steps": ((6, 16, 28, 29), (32, 16, 4, 4), ConvSpec((2, 2), (1, 1), (1, 1), 1)),
    "direct, steps of more than a window": ((5, 16, 55, 54), (24, 16, 2, 3), ConvSpec((3, 4), (1, 1), (1, 1), 1)),
    "direct, groups": ((4, 48, 14, 14), (24, 16, 3, 3), ConvSpec((1, 1), (1, 1), (1, 1), 3)),
    "direct, a line": ((6, 24, 1, 300), (32, 24, 1, 5), ConvSpec((1, 1), (0, 2), (1, 1), 1)),
    "unfold": ((24, 64, 4, 4), (4, 64, 4, 4), ConvSpec((2, 2), (1, 1), (1, 1), 1)),
    "winograd": ((16, 16, 15, 14), (24, 16, 3, 3), ConvSpec((1, 1), (1, 1), (1, 1), 1)),
    "winograd, many": ((16, 128, 4, 5), (136, 128, 3, 3), ConvSpec((1, 1), (1, 1), (1, 1), 1)),
    "winograd, deep": ((4, 16, 8, 8), (1024, 16, 3, 3), ConvSpec((1, 1), (1, 1), (1, 1), 1)),
    "direct, one image": ((1, 5, 28, 27), (34, 5, 5, 3), ConvSpec((1, 1), (2, 1), (1, 1), 1)),
    "winograd, one image": ((1, 33, 14, 13), (41, 33, 3, 3), ConvSpec((1, 1), (1, 1), (1, 1), 1)),
    "one channel": ((20, 1, 28, 28), (32, 1, 3, 3), ConvSpec((1, 1), (1, 1), (1, 1), 1)),
    "pointwise": ((12, 32, 20, 20), (48, 32, 1, 1), ConvSpec((1, 1), (0, 0), (1, 1), 1)),
    "pointwise steps": ((12, 32, 20, 20), (48, 16, 1, 1), ConvSpec((2, 2), (0, 0), (1, 1), 2)),
    "depthwise steps": ((8, 24, 21, 20), (24, 1, 5, 3), ConvSpec((2, 3), (2, 1), (1, 1), 24)),
    "depthwise": ((8, 24, 20, 20), (24, 1, 3, 3), ConvSpec((1, 1), (1, 1), (1, 1), 24)),
}


def large(name, dtype=np.float32):
    x_shape, w_shape, spec = LARGE[name]
    out = [conv_extent(*f) for f in zip(x_shape[2:], w_shape[2:], spec.stride, spec.padding, spec.dilation, strict=True)]
    shapes = x_shape, w_shape, w_shape[:1], (x_shape[0], w_shape[0], *out)
    return *(values(shape, i, dtype) for i, shape in enumerate(shapes)), spec


@pytest.mark.parametrize("name", LARGE)
def test_results_do_not_depend_on_the_number_of_threads(name):
    problem = large(name)
    first = at_threads(1, ours, compiled, *problem)
    for number in (2, 3):
        for a, b in zip(first, at_threads(number, ours, compiled, *problem), strict=True):
            assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize("name", ["direct, one image", "winograd, one image"])
def test_an_image_alone_gets_what_it_gets_among_others(name):
    x, w, bias, g, spec = large(name)
    some = [np.concatenate([a] * 5) for a in (x, g)]
    close = 1e-6 if os.environ.get("NUMBA_DISABLE_JIT") == "1" else 0  # NumPy's products round by their size
    alone, among = ours(compiled, x, w, bias, g, spec)[:2], ours(compiled, some[0], w, bias, some[1], spec)[:2]
    assert_near(among, [np.concatenate([a] * 5) for a in alone], close)


@pytest.mark.parametrize("name", LARGE)
def test_float32_is_as_accurate_as_torch(name):
    *arrays, spec = large(name)
    truth = theirs(*(a.astype(np.float64) for a in arrays), spec)
    mine, other = ours(compiled, *arrays, spec), theirs(*arrays, spec)
    for result, reference, exact in zip(mine, other, truth, strict=True):
        ours_off, theirs_off = (np.sqrt(np.mean((a - exact) ** 2)) for a in (result, reference))
        # torch's own sums are sometimes exact to the last bit; hence a floor of half an ulp of the scale.
        assert ours_off <= 2 * theirs_off + 0.5 * np.finfo(np.float32).eps * np.sqrt(np.mean(exact**2))


def test_each_large_problem_takes_the_algorithm_it_is_named_after():
    exceptions = {
        ("one channel", "y"): "direct",
        ("direct, few channels", "x"): "unfold",
    }
    for name, (x, w, spec) in LARGE.items():
        expected = name.split()[0].strip(",")
        expected = expected if expected in convolution.ALGORITHMS else "unfold"
        for of in "yxw":
            assert convolution.choose(x, w, spec, of) == exceptions.get((name, of), expected), (name, of)


@pytest.mark.parametrize("algorithm", convolution.ALGORITHMS)
def test_every_algorithm_is_reached_by_its_name(algorithm):
    problem = large({"unfold": "direct"}.get(algorithm, algorithm), np.float64)
    results = []
    try:
        for chosen in (algorithm, "unfold"):
            convolution.use_algorithms(chosen)
            assert convolution.choose(problem[0].shape, problem[1].shape, problem[-1], "w") == chosen
            results.append(ours(compiled, *problem))
    finally:
        convolution.use_algorithms()
    assert_near(*results, 1e-12)
    with pytest.raises(ValueError, match="expected names among"):
        convolution.use_algorithms("fft")


@pytest.mark.parametrize("special", [np.nan, np.inf])
@pytest.mark.parametrize("name", ["winograd", "winograd, many", "winograd, one image"])
def test_a_special_value_does_not_spread_over_winograds_tile(name, special):
    x, w, bias, g, spec = large(name, np.float64)
    x[-1, 5, 3, 4] = g[-1, 6, 2, 3] = special
    assert_near(ours(compiled, x, w, bias, g, spec), ours(formula, x, w, bias, g, spec), 1e-12)


@pytest.mark.parametrize("dtype", [np.float16, np.longdouble, np.int64])
def test_other_dtypes_take_the_formula(dtype):
    spec = ConvSpec((2, 1), (1, 0), (1, 1), 2)
    x, w = (np.round(values(shape, 1) * 3).astype(dtype) for shape in ((2, 4, 6, 5), (6, 2, 3, 2)))
    y = formula.conv(x, w, None, spec)
    assert y.dtype == dtype
    exact = formula.conv(x.astype(np.float64), w.astype(np.float64), None, spec)
    np.testing.assert_array_equal(y.astype(np.float64), exact)  # small integers: no rounding in any of them
    for kernel, first, second, shape in (
        (formula.conv_input, y, w, x.shape),
        (formula.conv_weight, y, x, w.shape),
    ):
        result = kernel(first, second, shape, spec)
        exact = kernel(first.astype(np.float64), second.astype(np.float64), shape, spec)
        assert result.dtype == dtype
        np.testing.assert_array_equal(result, exact.astype(dtype))


@given(
    st.lists(st.sampled_from((0, 1, 2, 5)), min_size=3, max_size=3),
    st.sampled_from(((), (3,), (2, 3), (2, 1), (0,))),
    st.sampled_from(((), (3,), (2, 3), (1, 1))),
    layouts(),
    st.sampled_from(DTYPES),
)
def test_matmul_and_linear(sizes, batch_a, batch_b, layout, dtype):
    n, k, m = sizes
    a, b = values((*batch_a, n, k), 1, dtype), values((*batch_b, k, m), 2, dtype)
    try:
        np.broadcast_shapes(batch_a, batch_b)
    except ValueError:
        batch_b, b = (), values((k, m), 2, dtype)
    expected = np.matmul(a, b)
    a, b = lay_out(a, layout), lay_out(b, layout)
    tolerance = 1e-13 if dtype is np.float64 else 1e-5
    for kernels in (formula, compiled):
        result = kernels.matmul(a, b)
        assert result.dtype == dtype and result.shape == expected.shape
        np.testing.assert_allclose(result, expected, atol=tolerance)
        w, bias = lay_out(values((m, k), 3, dtype), layout), values(m, 4, dtype)
        for shift in (None, bias, bias[:1] if m else bias):
            result = kernels.linear(a, w, shift)
            truth = np.matmul(a, w.T) + (0 if shift is None else shift)
            assert result.shape == truth.shape and result.dtype == dtype
            np.testing.assert_allclose(result, truth, atol=tolerance)


@pytest.mark.parametrize(
    "a, b",
    [((300, 400), (400, 500)), ((500, 400), (400, 300)), ((64, 900), (900, 600)), ((8, 90, 200), (8, 200, 150))],
)
def test_large_products_do_not_depend_on_layout_or_threads(a, b):
    a, b = values(a, 1, np.float32), values(b, 2, np.float32)
    truth = np.matmul(a.astype(np.float64), b.astype(np.float64))
    for x, y in (
        (a, b),
        (np.ascontiguousarray(a.swapaxes(-1, -2)).swapaxes(-1, -2), b),
        (a, lay_out(b, "strided")),
        (np.broadcast_to(a[..., :1], a.shape), b),
    ):
        exact = truth if x.strides[-1] else np.matmul(x.astype(np.float64), b.astype(np.float64))
        first = at_threads(1, compiled.matmul, x, y)
        np.testing.assert_allclose(first, exact, atol=1e-3)
        for number in (2, 3):
            assert first.tobytes() == at_threads(number, compiled.matmul, x, y).tobytes()
    if a.ndim == 2:
        w, bias = np.ascontiguousarray(b.T), values(b.shape[1], 3, np.float32)
        first = at_threads(1, compiled.linear, a, w, bias)
        np.testing.assert_allclose(first, truth + bias, atol=1e-3)
        assert first.tobytes() == at_threads(2, compiled.linear, a, w, bias).tobytes()


def test_float16_products_are_summed_in_float32():
    a, b = np.full((1, 4096), 1, np.float16), np.full((4096, 1), 1, np.float16)
    assert formula.matmul(a, b)[0, 0] == 4096  # a float16 sum of ones stops at 2048
    assert formula.linear(a, b.T, None)[0, 0] == 4096
    assert formula.matmul(np.array([[1, 2]]), np.array([[3], [4]])).item() == 11


def test_a_second_process_compiles_nothing(tmp_path):
    program = """
import time
import numpy as np
from minitorch_np.kernels import compiled
from minitorch_np.kernels.compiled import conv, direct, winograd
from minitorch_np.kernels.spec import ConvSpec
spec = ConvSpec((1, 1), (1, 1), (1, 1), 1)
for shape in ((16, 8, 8, 8), (2, 3, 8, 8)):
    x, w = np.ones(shape, "f"), np.ones((8, shape[1], 3, 3), "f")
    y = compiled.conv(x, w, None, spec)
    compiled.conv_input(y, w, x.shape, spec), compiled.conv_weight(y, x, w.shape, spec)
jitted = [f for m in (conv, direct, winograd) for f in vars(m).values() if hasattr(f, "stats")]
print(sum(sum(f.stats.cache_misses.values()) for f in jitted), sum(sum(f.stats.cache_hits.values()) for f in jitted))
"""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    outputs = [
        subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    (first_missed, _), (missed, hit) = (map(int, output.split()) for output in outputs)
    assert first_missed > 0 and missed == 0 and hit > 0
