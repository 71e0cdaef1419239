"""Every record of the registry: value, gradient, second gradient, spellings, errors, both kernel sets."""

import warnings

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from op_runs import (
    DEVICES,
    TERMS,
    compare,
    compare_gradients,
    draw_case,
    flat,
    gradients,
    named,
    snippet,
    to_library,
    value,
    words,
)
from spellings import Remembered

import minitorch_np as mt
from torch_ref.compare import assert_same, to_numpy
from torch_ref.registry import REGISTRY

SPECS = list(REGISTRY.values())
seeds = st.integers(0, 2**32 - 1)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("spec", SPECS, **named)
@given(data=st.data())
def test_value(spec, device, data):
    arrays, exact, options = draw_case(data, spec, spec.dtypes)
    before = [np.array(a) for a in arrays]
    with snippet(spec, arrays, options):
        ours = value(spec, mt, arrays, options)
        for a, b in zip(arrays, before, strict=True):
            assert np.array_equal(a, b, equal_nan=a.dtype.kind == "f"), "an input was modified"
        theirs = value(spec, torch, arrays, options, device)
        compare(ours, theirs, value(spec, torch, exact, options, device), spec)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("spec", [s for s in SPECS if s.orders >= 1], **named)
@given(data=st.data(), seed=seeds)
def test_gradient(spec, device, data, seed):
    dtypes = [d for d in spec.dtypes if d in ("float32", "float64")]
    arrays, exact, options = draw_case(data, _plain(spec), dtypes)
    with snippet(spec, arrays, options):
        ours = gradients(spec, mt, arrays, options, seed, 1)[1]
        theirs = gradients(spec, torch, arrays, options, seed, 1, device)[1]
        truth = gradients(spec, torch, exact, options, seed, 1, device)[1]
        compare_gradients(ours, theirs, truth, spec)
        given_out = [g for g in ours if g is not None]
        assert all(g.dtype is x.dtype for g, x in zip(given_out, (mt.from_numpy(a) for a in arrays if a.dtype.kind == "f")))


@pytest.mark.parametrize("spec", [s for s in SPECS if s.orders >= 2], **named)
@given(data=st.data(), seed=seeds)
def test_second_gradient(spec, data, seed):
    arrays, _, options = draw_case(data, _plain(spec), ["float64"])
    with snippet(spec, arrays, options):
        ours = gradients(spec, mt, arrays, options, seed, 2)
        theirs = gradients(spec, torch, arrays, options, seed, 2)
        for level in range(1, min(len(ours), len(theirs))):
            compare_gradients(ours[level], theirs[level], theirs[level], spec)


def _plain(spec):
    """The record without special values: at infinities torch's own gradients differ from version to version."""
    from dataclasses import replace

    return replace(spec, special=False)


@pytest.mark.parametrize("spec", [s for s in SPECS if s.method], **named)
@given(data=st.data())
def test_spellings(spec, data):
    """The method, the operator and the in-place method do what the function does."""
    arrays, _, options = draw_case(data, spec, [d for d in spec.dtypes if d in ("float32", "float64", "int64")])
    first, *rest = [to_library(mt, a) for a in arrays]
    expected = spec.call(mt, first, *rest, **options)
    same = lambda a, b: np.testing.assert_array_equal(to_numpy(a), to_numpy(b))
    with snippet(spec, arrays, options):
        for a, b in zip(flat(getattr(first, spec.method)(*rest, **options)), flat(expected), strict=True):
            same(a, b)
        if spec.operator is not None:
            same(spec.operator(first, *rest), expected)
        if spec.inplace:
            target = first.clone()
            if target.shape != expected.shape or not mt.can_cast(expected.dtype, target.dtype):
                with pytest.raises(RuntimeError):
                    getattr(target, spec.method + "_")(*rest, **options)
                return
            assert getattr(target, spec.method + "_")(*rest, **options) is target
            assert target.dtype is first.dtype
            assert target._version == 1
            same(target, expected.to(target.dtype))


CASES = [(s, i) for s in SPECS for i in range(len(s.errors))]


@pytest.mark.parametrize(("spec", "index"), CASES, ids=[f"{s.name}-{i}" for s, i in CASES])
def test_error(spec, index):
    """Bad input raises torch's exception type with torch's words."""
    case = spec.errors[index]
    raised = []
    for lib in (mt, torch):
        made = []
        with warnings.catch_warnings(), pytest.raises(Exception) as caught:
            warnings.simplefilter("ignore")
            case.call(Remembered(lib, made))
        for tensor, before in made:
            assert np.array_equal(to_numpy(tensor), before, equal_nan=True), "a tensor was written before the error"
        raised.append((caught.type.__name__, words(str(caught.value))))
    if case.differs:
        assert raised[0][0] == raised[1][0]
    else:
        assert raised[0] == raised[1]


@pytest.mark.parametrize("spec", [s for s in SPECS if s.kernels], **named)
@given(data=st.data(), seed=seeds)
def test_both_kernel_sets_agree(spec, data, seed):
    arrays, exact, options = draw_case(data, _plain(spec), [d for d in spec.dtypes if d in ("float32", "float64")])
    results = []
    active = mt.active_kernels()
    try:
        for kernels in ("numpy", "numba"):
            mt.use_kernels(kernels)
            results.append(gradients(spec, mt, arrays, options, seed, 1))
        mt.use_kernels("numpy")
        truth = gradients(spec, mt, exact, options, seed, 1)
    finally:
        mt.use_kernels(active)
    with snippet(spec, arrays, options):
        for formula, compiled, exactly in zip(*results, truth, strict=True):
            for a, b, c in zip(formula, compiled, exactly, strict=True):
                if a is None or b is None:
                    assert a is b
                else:
                    # The formula may sum in float64 where the kernel does not: no error to take as a measure.
                    assert_same(b, a, c, reason=spec.reason, factor=spec.factor, floor=TERMS)
