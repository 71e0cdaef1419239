"""Tensor's own attributes, conversions and rules; creation; dtypes and promotion."""

import copy
import itertools
import pickle

import numpy as np
import pytest
import torch

import minitorch_np as mt
from minitorch_np import dtypes

BOTH = pytest.mark.parametrize("lib", [mt, torch], ids=["minitorch_np", "torch"])
NAMES = [d.name for d in dtypes.ALL]


def kinds(lib, name):
    """A dimensioned tensor and a 0-d tensor of the dtype, and the Python number of its category."""
    dtype = getattr(lib, name)
    number = {"b": True, "i": 2, "u": 2, "f": 2.5}[np.dtype(name).kind]
    return lib.ones(2, dtype=dtype), lib.ones((), dtype=dtype), number


@pytest.mark.parametrize(("a", "b"), list(itertools.product(NAMES, NAMES)))
def test_promotion_table(a, b):
    assert repr(mt.promote_types(getattr(mt, a), getattr(mt, b))) == repr(
        torch.promote_types(getattr(torch, a), getattr(torch, b))
    )
    assert mt.can_cast(getattr(mt, a), getattr(mt, b)) == torch.can_cast(getattr(torch, a), getattr(torch, b))
    for i, j in itertools.product(range(3), range(3)):
        ours = mt.result_type(kinds(mt, a)[i], kinds(mt, b)[j])
        theirs = torch.result_type(kinds(torch, a)[i], kinds(torch, b)[j])
        assert repr(ours) == repr(theirs), (i, j)


@pytest.mark.parametrize(("a", "b"), list(itertools.product(NAMES, NAMES)))
def test_results_have_torchs_dtype(a, b):
    for i, j in itertools.product(range(3), range(3)):
        if i == j == 2:
            continue
        for f in (lambda x, y: x + y, lambda x, y: x * y, lambda x, y: x / y, lambda x, y: x > y):
            ours, theirs = f(kinds(mt, a)[i], kinds(mt, b)[j]), f(kinds(torch, a)[i], kinds(torch, b)[j])
            assert repr(ours.dtype) == repr(theirs.dtype), (i, j)


@pytest.mark.parametrize(
    "data",
    [
        3, 2.5, True, [], [1, 2], [1, 2.5], [True, 2], [[1, 2], [3, 4]], (1.0, 2.0), np.arange(3), np.float32(2), [[], []],
        np.zeros((2, 0)), [np.float64(1.5), 2], range(4), [[True], [False]], float("nan"),
    ],
)  # fmt: skip
def test_tensor_infers_torchs_dtype_and_shape(data):
    ours, theirs = mt.tensor(data), torch.tensor(data)
    assert repr(ours) == repr(theirs)
    assert tuple(ours.shape) == tuple(theirs.shape)


@BOTH
@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda t: t.tensor([[1, 2], [3]]), ValueError, "expected sequence of length 2 at dim 1 \\(got 1\\)"),
        (lambda t: t.tensor(["a"]), ValueError, "too many dimensions 'str'"),
        (lambda t: t.tensor(object()), RuntimeError, "Could not infer dtype of object"),
        (lambda t: t.ones(-1), RuntimeError, "negative dimension -1"),
        (lambda t: t.zeros(2, device="cuda"), (AssertionError, RuntimeError), "CUDA|NVIDIA"),
        (lambda t: t.zeros(2).to("nonsense"), RuntimeError, "device type at start of device string: nonsense"),
        (lambda t: t.arange(0, 3, 0), RuntimeError, "step must be nonzero"),
        (lambda t: t.arange(3, 0), RuntimeError, "upper bound and (lower bound|larger bound) inconsistent with step sign"),
        (lambda t: t.from_numpy(np.arange(3)[::-1]), ValueError, "stride.*negative"),
        (lambda t: t.from_numpy([1]), TypeError, "expected np.ndarray \\(got list\\)"),
        (lambda t: t.from_numpy(np.array(["a"])), TypeError, "can't convert np.ndarray of type"),
        (lambda t: t.ones(2).item(), RuntimeError, "a Tensor with 2 elements cannot be converted to Scalar"),
        (lambda t: bool(t.ones(2)), RuntimeError, "Boolean value of Tensor with more than one value is ambiguous"),
        (lambda t: bool(t.ones(0)), RuntimeError, "Boolean value of Tensor with no values is ambiguous"),
        (lambda t: len(t.tensor(1)), TypeError, "len\\(\\) of a 0-d tensor"),
        (lambda t: iter(t.tensor(1)), TypeError, "iteration over a 0-d tensor"),
        (lambda t: t.ones(2) + "a", TypeError, "unsupported operand type|must be Tensor, not str"),
        (lambda t: t.ones(2) + t.ones(3), RuntimeError, "The size of tensor a \\(2\\) must match the size of tensor b"),
        (lambda t: t.ones(2).view(3), RuntimeError, "shape '\\[3\\]' is invalid for input of size 2"),
        (lambda t: t.ones(2, 3).t().view(6), RuntimeError, "view size is not compatible"),
        (lambda t: t.ones(2).sum(1), IndexError, "Dimension out of range"),
        (lambda t: t.ones(2)[2], IndexError, "index 2 is out of bounds for dimension 0 with size 2"),
        (lambda t: t.ones(2)[0, 0], IndexError, "too many indices for tensor of dimension 1"),
        (lambda t: t.set_default_dtype(t.int64), TypeError, "only floating-point types are supported"),
        (lambda t: t.ones(2, 3) @ t.ones(2, 3), RuntimeError, "mat1 and mat2 shapes cannot be multiplied \\(2x3 and 2x3\\)"),
        (lambda t: t.ones(2, 3) @ t.ones(3, 2).double(), RuntimeError, "expected m1 and m2 to have the same dtype"),
    ],
)
def test_errors(lib, make, error, message):
    with pytest.raises(error, match=message):
        make(lib)


def test_memory_is_shared_with_numpy():
    array = np.zeros(3, np.float32)
    x = mt.from_numpy(array)
    x[1] = 5
    assert array[1] == 5
    x.numpy()[2] = 7
    assert x.tolist() == [0, 5, 7]
    assert mt.as_tensor(array).data_ptr() == x.data_ptr()
    assert mt.tensor(array).data_ptr() != x.data_ptr()


@BOTH
def test_views_share_memory_and_versions(lib):
    x = lib.zeros(2, 3)
    views = [x.view(6), x.t(), x[0], x[:, 1:], x.unsqueeze(0), x.reshape(3, 2), x.expand(4, 2, 3), x.detach(), x.data]
    x[0, 1] = 1
    for v in views:
        assert v.max().item() == 1
    assert views[0]._version == x._version
    assert views[-2]._version == x._version


@BOTH
def test_copy_pickle_and_cast(lib):
    x = lib.tensor([1.5, -2.5], requires_grad=True)
    twin = copy.deepcopy(x)
    assert twin.requires_grad
    assert twin.is_leaf
    with lib.no_grad():
        twin[0] = 0
    assert x.tolist() == [1.5, -2.5]
    back = pickle.loads(pickle.dumps(x))
    assert back.tolist() == x.tolist()
    assert back.requires_grad
    assert x.detach().to(lib.int64).tolist() == [1, -2]
    assert x.double().dtype is lib.float64
    assert x.to(lib.float32) is x
    assert x.detach().bool().tolist() == [True, True]
    with pytest.raises(RuntimeError, match="deepcopy protocol"):
        copy.deepcopy(x * 2)


@BOTH
def test_small_manners(lib):
    x = lib.arange(6).view(2, 3)
    assert x.size() == x.shape == (2, 3)
    assert x.size(-1) == 3
    assert x.stride() == (3, 1)
    assert x.t().stride() == (1, 3)
    assert not x.t().is_contiguous()
    assert x.t().contiguous().is_contiguous()
    assert (x.numel(), x.dim(), x.ndim, x.element_size(), x.nbytes) == (6, 2, 2, 8, 48)
    assert [row.tolist() for row in x] == [[0, 1, 2], [3, 4, 5]]
    assert 4 in x
    assert 9 not in x
    assert float(lib.tensor(2)) == 2.0
    assert [10, 20, 30][lib.tensor(1)] == 20
    assert x.type() == "torch.LongTensor"
    assert x.new_zeros(2).dtype is lib.int64
    assert (x == None) is False  # noqa: E711  (the comparison itself is under test)
    assert len({x, x}) == 1
    assert lib.zeros(2, 3).shape[1:].numel() == 3
    assert np.asarray(x).tolist() == x.tolist()


@BOTH
def test_python_numbers_do_not_widen(lib):
    x = lib.ones(2)
    for y in (x * 2.5, 2.5 * x, x + 1, x**2, 1 / x, x / 3, -x, abs(x)):
        assert y.dtype is lib.float32
    assert (lib.ones(2, dtype=lib.int64) / 2).dtype is lib.float32
    assert (lib.ones(2, dtype=lib.uint8) + 300).tolist() == [45, 45]


@BOTH
def test_out_argument(lib):
    x, out = lib.ones(3), lib.zeros(3)
    assert lib.add(x, x, out=out) is out
    assert out.tolist() == [2, 2, 2]
    with pytest.raises(RuntimeError, match="result type Float can't be cast to the desired output type Long"):
        lib.add(x, x, out=lib.zeros(3, dtype=lib.int64))
    with pytest.raises(RuntimeError, match="don't support automatic differentiation"):
        lib.add(x, lib.ones(3, requires_grad=True), out=out)
    with pytest.warns(UserWarning, match="An output with one or more elements was resized"):
        lib.add(x, x, out=lib.zeros(2))
