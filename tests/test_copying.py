"""copy, deepcopy and pickle of tensors: both libraries run the same small programs."""

import copy
import pickle
import warnings

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from test_interplay import DTYPES, run

import minitorch_np as mt

BOTH = pytest.mark.parametrize("lib", [mt, torch], ids=["ours", "torch"])
HOW = ["copy.copy(x)", "copy.deepcopy(x)", *[f"pickle.loads(pickle.dumps(x, {p}))" for p in range(6)]]
MADE = {
    "plain": "t.arange(6.).reshape(2, 3)",
    "view": "t.arange(12.)[2:8].reshape(2, 3)",
    "row": "t.arange(12.).reshape(3, 4)[1]",
    "transposed": "t.arange(6.).reshape(2, 3).t()",
    "stepped": "t.arange(12.)[::2]",
    "expanded": "t.ones(1).expand(3)",
    "zero_dim": "t.tensor(2)",
    "empty": "t.zeros(0, 3)",
    "half": "t.ones(2).half()",
    "leaf": "t.ones(2, requires_grad=True)",
    "result": "t.ones(2, requires_grad=True) * 2",
    "detached": "(t.ones(2, requires_grad=True) * 2).detach()",
    "parameter": "nn.Parameter(t.arange(3.))",
    "frozen": "nn.Parameter(t.arange(3.), requires_grad=False)",
    "buffer": "nn.Buffer(t.arange(3.))",
}


@pytest.mark.parametrize("made", MADE)
@pytest.mark.parametrize(
    "how", ["copy.copy(x)", "copy.deepcopy(x)", *[f"pickle.loads(pickle.dumps(x, {p}))" for p in range(6)]]
)
def test_what_a_copy_keeps(made, how):
    """Values, class, flags, layout, and the extent of the memory."""
    kept = (
        "y, type(y).__name__, y.stride(), y.is_leaf, y.grad, y is x, y.data_ptr() == x.data_ptr(), getattr(y, 'foo', None)"
    )
    if made not in ("parameter", "frozen"):
        kept += ", y.storage_offset(), y.untyped_storage().nbytes(), y._is_view(), isinstance(y, nn.Buffer)"
    run(f"import copy, pickle\nx = {MADE[made]}\nx.foo = [1]\nx.grad = None\ny = {how}\n({kept})")


@BOTH
@given(array=hnp.arrays(st.sampled_from(DTYPES), hnp.array_shapes(min_dims=0, min_side=0, max_side=4)), swap=st.booleans())
def test_any_tensor_comes_back(lib, array, swap):
    x = lib.from_numpy(array)
    x = x.t() if swap and array.ndim == 2 else x
    for y in (copy.copy(x), copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert y.dtype is x.dtype
        assert y.stride() == x.stride()
        assert y.numpy().tobytes() == x.numpy().tobytes()


@BOTH
def test_what_is_copied_together_goes_on_sharing(lib):
    x = lib.arange(6.0)
    copies = copy.deepcopy({"x": x, "view": x[2:4], "same": x})
    copies["x"][2] = 9
    assert copies["view"].tolist() == [9, 3]
    assert copies["same"] is copies["x"]
    assert x.tolist() == [0, 1, 2, 3, 4, 5]
    same, view, again = pickle.loads(pickle.dumps((x, x[2:4], x)))
    same[2] = 9
    assert same is again
    assert view.tolist() == [2, 3]  # each tensor of a pickle has its own storage


@BOTH
def test_gradients_and_ties(lib):
    x = lib.ones(2, requires_grad=True)
    (x * 3).sum().backward()
    twin, shallow = copy.deepcopy(x), copy.copy(x)
    assert twin.grad.tolist() == [3, 3]
    assert twin.grad.data_ptr() != x.grad.data_ptr()
    assert shallow.grad is None
    model = lib.nn.Linear(2, 2)
    model.tied = model.weight
    model.register_buffer("part", lib.arange(3.0))
    other = copy.deepcopy(model)
    assert other.tied is other.weight is not model.weight
    assert other.part.tolist() == [0, 1, 2]
    assert list(pickle.loads(pickle.dumps(model)).state_dict()) == list(model.state_dict())


@BOTH
def test_hooks_get_lost_with_a_warning(lib):
    x = lib.ones(2, requires_grad=True)
    x.register_hook(lambda gradient: gradient * 2)
    with pytest.warns(UserWarning, match="backward hook .* on tensor will not be serialized.  If this is expected"):
        text = pickle.dumps(x)
    y = pickle.loads(text)
    y.sum().backward()
    assert y.grad.tolist() == [1, 1]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        copy.deepcopy(x)
        z = lib.ones(2, requires_grad=True)
        z.register_hook(lib.utils.hooks.unserializable_hook(lambda gradient: gradient * 2))
        handle = z.register_hook(lib.utils.hooks.unserializable_hook(lambda gradient: None))
        assert isinstance(handle, lib.utils.hooks.RemovableHandle)
        assert pickle.loads(pickle.dumps(z)).requires_grad


@pytest.mark.parametrize(
    "line",
    [
        "x.__setstate__((t.arange(4.).untyped_storage(), 1, (2,), (1,)))\nx",
        "x.__setstate__((True, None, {}))\nx",
        "x.__setstate__((1, 2))",
        "(x.requires_grad_() * 2).__setstate__((True, None, {}))",
        "x.__reduce_ex__(2)[0].__name__",
        "x.__reduce_ex__(2)[1][1:]",
        "x.foo = 1\n(x.__reduce_ex__(2)[0].__name__, x.__reduce_ex__(2)[1][0].__name__, x.__reduce_ex__(2)[1][3])",
        "memo = {}\ny = x.__deepcopy__(memo)\ny is x.__deepcopy__(memo)",
        "copy.deepcopy(x)._version",
    ],
)
def test_protocols(line):
    run(f"import copy\nx = t.zeros(3)\n{line}")
