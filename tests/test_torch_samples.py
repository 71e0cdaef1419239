"""torch's own sample inputs (those of its test suite, some hundred operations) give what torch makes of them.

Written by others and not drawn: so they ask what our records forget.  Takes minutes and the package expecttest, which
torch's tests import; hence only with HYPOTHESIS_PROFILE=thorough.
"""

import os

import numpy as np
import pytest
import torch

import minitorch_np as mt

if os.environ.get("HYPOTHESIS_PROFILE") != "thorough":
    pytest.skip("minutes: HYPOTHESIS_PROFILE=thorough", allow_module_level=True)
pytest.importorskip("expecttest", reason="torch's test suite needs it")
from torch.testing._internal.common_methods_invocations import op_db

DTYPES = torch.float64, torch.float32, torch.int64, torch.uint8, torch.bool
EXCEPT = {
    **dict.fromkeys(("empty", "empty_like", "empty_strided", "new_empty", "new_empty_strided"), "memory as it is found"),
    **dict.fromkeys(("kthvalue", "mode", "topk", "sort", "argsort"), "which of equal elements"),
    **dict.fromkeys(("svd", "linalg.svd", "linalg.eigh"), "vectors of either sign"),
    **dict.fromkeys(
        ("as_strided", "nn.functional.embedding", "nn.functional.embedding_bag", "normal"), "calls of another form"
    ),
    "as_strided_scatter": "torch's gradient is wrong (docs/differences_from_torch.md)",
    "linalg.pinv": "tolerances that ask for a gradient",
    "nn.functional.batch_norm": "an empty vector without channels",
    "nn.functional.triplet_margin_with_distance_loss": "its distance is a layer of torch's",
    "quantile": "places that ask for a gradient, which is nothing: None there, zeros here",
    "nanquantile": "as quantile",
}


def find(lib, name):
    """The function of that name in `lib`, or among its tensors' methods; None."""
    place = lib
    for part in name.split("."):
        place = getattr(place, part, None)
    place = place or getattr(lib.Tensor, name, None)
    return place if callable(place) else None


class NotOurs(Exception):
    """A sample with what we leave out: complex numbers, sparse tensors, bfloat16."""


def convert(value):
    """The same argument for our library; strides and all."""
    if isinstance(value, torch.Tensor):
        if value.is_complex() or value.layout != torch.strided or value.dtype == torch.bfloat16:
            raise NotOurs
        ours = mt.from_numpy(np.array(value.detach().numpy(force=True)))
        if 0 not in value.stride() and not value.is_contiguous():
            ours = mt.empty_strided(value.shape, value.stride(), dtype=ours.dtype).copy_(ours)
        return ours.requires_grad_(value.requires_grad)
    if isinstance(value, torch.dtype | torch.memory_format):
        return getattr(mt, str(value).split(".")[-1])
    if isinstance(value, torch.device):
        return mt.device(value.type)
    if isinstance(value, torch.layout):
        return mt.strided
    if isinstance(value, torch.Generator):
        raise NotOurs
    if type(value) in (list, tuple, torch.Size):
        return type(value)(map(convert, value)) if type(value) is not torch.Size else mt.Size(value)
    return {key: convert(v) for key, v in value.items()} if isinstance(value, dict) else value


def flat(value):
    """The tensors, and whatever else, of nested arguments or results."""
    if isinstance(value, dict):
        value = list(value.values())
    return [y for x in value for y in flat(x)] if isinstance(value, list | tuple) else [value]


def outcome(lib, function, sample):
    """What comes out, and the gradients of its weighted sum by all inputs that want one; or the error's type."""
    lib.manual_seed(0)
    arguments, options = sample
    try:
        results = flat(function(*arguments, **options))
        inputs = [x for x in flat([arguments, options]) if isinstance(x, lib.Tensor) and x.requires_grad]
        roots = [y for y in results if isinstance(y, lib.Tensor) and y.requires_grad]
        if inputs and roots:
            sums = [(y * lib.linspace(0.5, 1.5, y.numel(), dtype=y.dtype).view(y.shape)).sum() for y in roots]
            results += lib.autograd.grad(sums, inputs, allow_unused=True)
        return results
    except Exception as error:  # whatever it is: its type is compared
        return type(error).__name__


def assert_same(ours, theirs):
    if isinstance(theirs, str) or isinstance(ours, str):
        assert ours == theirs
        return
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs):
        assert isinstance(a, mt.Tensor) == isinstance(b, torch.Tensor), (a, b)
        if not isinstance(b, torch.Tensor):
            assert str(a).replace("minitorch_np", "torch") == str(b)
            continue
        assert (str(a.dtype), tuple(a.shape), a.requires_grad) == (str(b.dtype), tuple(b.shape), b.requires_grad)
        if not b.is_complex():
            x, y = a.detach().numpy(), b.detach().numpy(force=True)
            # As torch's suite compares them; float32 here for what only it has.
            tolerance = 0 if x.dtype.kind != "f" else 1e-7 if x.itemsize == 8 else 2e-4
            np.testing.assert_allclose(x, y, rtol=tolerance, atol=tolerance)


@pytest.mark.filterwarnings("ignore")  # torch's samples call what is deprecated; warnings are compared elsewhere
@pytest.mark.parametrize("info", op_db, ids=[f"{i.name} {i.variant_test_name}".strip() for i in op_db])
def test_torchs_samples(info):
    ours, theirs = find(mt, info.name), find(torch, info.name)
    if ours is None or theirs is None or info.name in EXCEPT:
        pytest.skip(EXCEPT.get(info.name, "not offered"))
    for dtype in DTYPES:
        if not info.supports_dtype(dtype, "cpu"):
            continue
        recorded = dtype == torch.float64 and info.supports_autograd
        for sample in list(info.sample_inputs("cpu", dtype, requires_grad=recorded))[:60]:
            given = [sample.input, *sample.args], dict(sample.kwargs)
            try:
                converted = convert(given)
            except NotOurs:
                continue
            assert_same(outcome(mt, ours, converted), outcome(torch, theirs, given))
