"""Every record of the registry: what is seen of a result beside its values: its node's name, its strides, its dtype."""

import warnings

import numpy as np
import pytest
import torch
from fact_exceptions import EXCEPT
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from op_runs import flat, named, snippet, to_library

import minitorch_np as mt
from torch_ref.registry import REGISTRY
from torch_ref.registry import spec as drawing

SPECS = list(REGISTRY.values())
few = settings(max_examples=max(1, settings.default.max_examples // 12), phases=[Phase.generate])


def expanded(x):
    return x[:1].expand(x.shape) if x.numel() else x


LAYOUTS = {
    "contiguous": lambda x: x,
    "permuted": lambda x: x.permute(*reversed(range(x.ndim))).contiguous().permute(*reversed(range(x.ndim))),
    "strided": lambda x: x.repeat_interleave(2, 0)[::2],
    "expanded": expanded,
}


def results(spec, lib, tensors, options):
    """The results (tensors, numbers), or the error."""
    lib.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return flat(spec.call(lib, *tensors, **options))
        except Exception as error:
            return error


def of_each(fact, outcome, lib):
    """fact(tensor) of every result, or the name of the error's type."""
    if isinstance(outcome, Exception):
        return type(outcome).__name__
    return [fact(x) if isinstance(x, lib.Tensor) else type(x).__name__ for x in outcome]


def check(spec, kind, fact, arrays, options, prepare):
    """The fact is the same in both libraries of what the record makes of the prepared arrays."""
    if (spec.name, kind) in EXCEPT:
        return None
    outcomes = []
    for lib in (mt, torch):
        tensors = [prepare(to_library(lib, np.array(a))) for a in arrays]
        outcomes.append(results(spec, lib, tensors, options))
    ours, theirs = (of_each(fact, outcome, lib) for outcome, lib in zip(outcomes, (mt, torch)))
    with snippet(spec, arrays, options):
        # torch's kernels refuse dtypes, and where there is nothing to compute no kernel runs.
        if ours == "NotImplementedError" and any(a.size == 0 for a in arrays):
            return None
        assert ours == theirs, f"{kind}: {ours} != {theirs}"


def strides(x):
    """Where the elements lie: what an empty tensor or a dimension of size 1 says of it is left to test_strides.py."""
    return [step for step, n in zip(x.stride(), x.shape) if n > 1] if x.numel() else None


def node_name(x):
    return None if x.grad_fn is None else x.grad_fn.name()


def leaf(x):
    return x.requires_grad_(x.is_floating_point())


@pytest.mark.parametrize("spec", SPECS, **named)
@few
@given(data=st.data())
def test_results_look_like_torchs(spec, data):
    """Node names; strides in four layouts; dtypes, or refusals, of all dtypes, also those that the record does not name."""
    sample = spec.samples(data.draw)
    arrays = sample.cast("float64" if "float64" in spec.dtypes else spec.dtypes[-1])
    if spec.orders:
        check(spec, "node", node_name, arrays, sample.options, leaf)
    for name, layout in LAYOUTS.items():

        def lay_out(x, layout=layout):
            return layout(x.new_zeros(x.shape).copy_(x)) if x.ndim else x

        check(spec, name, strides, arrays, sample.options, lay_out)
    for dtype in drawing.ALL:
        with np.errstate(all="ignore"):
            arrays = sample.cast(dtype)
        check(spec, dtype, lambda x: str(x.dtype), arrays, sample.options, lambda x: x)
