"""Running a record's sample in a library: values, gradients, second gradients; and a snippet to do so by hand."""

import contextlib
import re
import warnings

import numpy as np
import torch
from hypothesis import strategies as st
from strategies import lay_out, layouts, with_special

import minitorch_np as mt
from torch_ref.compare import assert_same, to_numpy

named = {"ids": lambda x: x if isinstance(x, str) else x.name}
DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]


# A gradient is a sum of terms of about the size of the upstream gradient, which is drawn around 1.  Where they cancel,
# their rounding stays; in a test of one or two elements torch may happen to have none.  (float64 decides on correctness.)
TERMS = 0.1


def draw_case(data, spec, dtypes):
    """(arrays of one dtype in drawn layouts, their float64 twins, options)"""
    sample = spec.samples(data.draw)
    if spec.special:
        sample.arrays = [data.draw(with_special(a)) if a.dtype == np.float64 else a for a in sample.arrays]
    dtype = data.draw(st.sampled_from(dtypes), label="dtype")
    with np.errstate(all="ignore"):  # NaN as an integer is whatever the machine makes of it: the same for both
        arrays = [lay_out(a, data.draw(layouts(), label="layout")) for a in sample.cast(dtype)]
    exact = [a.astype(np.float64) if a.dtype.kind == "f" else a for a in arrays]
    return arrays, exact, sample.options


def to_library(lib, array, device="cpu", requires_grad=False):
    """A tensor on the array's own memory (copied to the device where that is another)."""
    tensor = lib.from_numpy(array)
    if lib is torch:
        tensor = tensor.to(device)
    return tensor.requires_grad_() if requires_grad and tensor.is_floating_point() else tensor


def flat(result) -> list:
    """The tensors (and numbers) of a result, in order."""
    if isinstance(result, tuple | list):
        return [x for part in result for x in flat(part)]
    return [result]


def value(spec, lib, arrays, options, device="cpu"):
    """The operation's results, as a list."""
    tensors = [to_library(lib, a, device) for a in arrays]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # both libraries warn alike about doubtful sizes; tests of warnings are elsewhere
        return flat(spec.call(lib, *tensors, **options))


def gradients(spec, lib, arrays, options, seed, order, device="cpu"):
    """Results, then gradients of the inputs, then (order 2) gradients of a random projection of those.

    Every gradient is taken against the same random output gradients in both libraries.
    """
    tensors = [to_library(lib, a, device, True) for a in arrays]
    wanted = [x for x in tensors if x.requires_grad]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        outputs = [y for y in flat(spec.call(lib, *tensors, **options)) if isinstance(y, torch.Tensor | mt.Tensor)]
    results = [list(outputs)]
    rng = np.random.default_rng(seed)
    for level in range(order):
        differentiable = [y for y in outputs if y.requires_grad]
        if not differentiable:
            results.append([None] * len(wanted))
            break
        weights = [to_library(lib, np.asarray(rng.uniform(-1, 1, tuple(y.shape)).astype(to_numpy(y).dtype)), device)
                   for y in differentiable]  # fmt: skip
        kept = [np.array(to_numpy(w)) for w in weights]
        outputs = lib.autograd.grad(differentiable, wanted, weights, create_graph=level + 1 < order, allow_unused=True)
        for w, k in zip(weights, kept, strict=True):
            assert np.array_equal(to_numpy(w), k), "the incoming gradient was modified"
        results.append(list(outputs))
        outputs = [g for g in outputs if g is not None]
    return results


def compare(ours, theirs, truth, spec):
    """Hold each of our results against torch's, with torch's float64 results as truth."""
    assert len(ours) == len(theirs), f"{len(ours)} results, but torch has {len(theirs)}"
    for a, b, c in zip(ours, theirs, truth, strict=True):
        if not isinstance(b, torch.Tensor):
            assert a == b
            continue
        assert_same(a, b, c, reason=spec.reason, factor=spec.factor, floor=TERMS if spec.cancels else 0.0)


def compare_gradients(ours, theirs, truth, spec):
    """As `compare`; "no path" (None) and a gradient of zeros mean the same."""
    for a, b, c in zip(ours, theirs, truth, strict=True):
        if a is None or b is None:
            other = a if b is None else b
            assert other is None or not np.any(to_numpy(other)), "a gradient is missing"
            continue
        assert_same(a, b, c, reason=spec.reason, factor=spec.factor, floor=TERMS)


@contextlib.contextmanager
def snippet(spec, arrays, options):
    """Attach to a failure the lines that repeat it."""
    try:
        yield
    except Exception as error:
        lines = [
            "to repeat it:",
            "import numpy as np, torch, minitorch_np as mt",
            "from numpy import array, nan, inf, float16, float32, float64, int64  # as printed below",
            "from torch_ref.registry import REGISTRY",
            "arrays = [" + ", ".join(f"np.array({a.tolist()!r}, '{a.dtype}').reshape({a.shape})" for a in arrays) + "]",
            f"options = {options!r}",
            "for t in (torch, mt):",
            f"    print(REGISTRY[{spec.name!r}].call(t, *[t.from_numpy(a) for a in arrays], **options))",
        ]
        error.add_note("\n".join(lines))
        raise


def words(text):
    """One line without addresses, places in torch's sources and the overloads that torch lists."""
    text = re.sub(r"\(Triggered internally at .*\)", "", text.split("\nException raised")[0])
    return re.sub(r"\s+", " ", text.split(" (function_")[0]).strip()
