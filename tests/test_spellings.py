"""Functions that torch has beside a method: torch.exp_(x) for x.exp_(), torch.numel(x) for x.numel()."""

import pytest
import torch

import minitorch_np as mt
from minitorch_np.ops.spellings import NAMES

ARGUMENTS = {
    "addmv_": ("t.ones(2, 2)", "t.ones(2)"),
    "as_strided_": ("(1,)", "(1,)"),
    "clamp_": ("0.3", "0.6"),
    "clamp_max_": ("0.5",),
    "clamp_min_": ("0.5",),
    "clip_": ("0.3", "0.6"),
    "fill_": ("3",),
    "index_put_": ("(t.tensor([1]),)", "t.tensor(5.0)"),
    "ldexp_": ("t.tensor([2, 1])",),
    "narrow_copy": ("0", "1", "1"),
    "resize_as_": ("t.ones(1)",),
    "xlogy_": ("2.0",),
}


@pytest.mark.parametrize("name", NAMES.split())
def test_function_and_method(name):
    results = []
    for lib in (torch, mt):
        for call in ("t.{}(x{})", "x.{}({})"):
            x = lib.tensor([1.25, 1.5]) if name in ("acosh_", "arccosh_") else lib.tensor([0.25, 0.75])
            given = "".join(f", {a}" for a in ARGUMENTS.get(name, ()))
            given = given if call.startswith("t") else given[2:]
            y = eval(call.format(name, given), {"t": lib, "x": x})
            assert not name.endswith("_") or y is x
            results.append(y.tolist() if isinstance(y, torch.Tensor | mt.Tensor) else y)
    assert all(pytest.approx(r, rel=1e-6) == results[0] for r in results)


@pytest.mark.parametrize("name", [n for n in NAMES.split() if n not in ARGUMENTS])
def test_only_of_tensors(name):
    words = []
    for lib in (torch, mt):
        with pytest.raises(TypeError) as caught:
            getattr(lib, name)(3)
        words.append(str(caught.value))
    assert words[0] == words[1]
