"""In-place writes, on tensors and through views: values, gradients and rules are torch's."""

import operator

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from op_runs import flat, words
from twin import assert_same

import minitorch_np as mt

BOTH = pytest.mark.parametrize("lib", [mt, torch], ids=["minitorch_np", "torch"])

WRITES = [
    lambda lib, x, b: x.mul_(b),
    lambda lib, x, b: x.add_(b, alpha=2),
    lambda lib, x, b: x.exp_(),
    lambda lib, x, b: x.pow_(2),
    lambda lib, x, b: x[0].copy_(b),
    lambda lib, x, b: x[:, 1].mul_(3),
    lambda lib, x, b: x.t()[2].add_(b[:3]),
    lambda lib, x, b: x[1:][:, ::2].zero_(),
    lambda lib, x, b: x.view(-1)[3:7].mul_(b),
    lambda lib, x, b: x.__setitem__((slice(None), 0), b[1]),
    lambda lib, x, b: x.__setitem__(x > 1, 0.5),
    lambda lib, x, b: x.__setitem__(([0, 2], [1, 1]), b[:2]),
    lambda lib, x, b: x.masked_fill_(x < 0, 1.25),
    lambda lib, x, b: x.unsqueeze(0).squeeze(0).sub_(b),
    lambda lib, x, b: x.fill_(0.25),
    lambda lib, x, b: x.clamp_(-1, 1),
    lambda lib, x, b: x.div_(2),
    lambda lib, x, b: x.diagonal().mul_(2),
]


def program(lib, a, b, steps):
    """A tensor written to by each step in turn; returns it with its first and second derivatives, or the refusal."""
    try:
        return _program(lib, a, b, steps)
    except RuntimeError as error:
        assert "has been modified by an inplace operation" in str(error), error
        return "refused"


def _program(lib, a, b, steps):
    a, b = (lib.from_numpy(v.copy()).requires_grad_() for v in (a, b))
    x = a * 1
    for step in steps:
        WRITES[step](lib, x, b)
    first = lib.autograd.grad((x * x).sum(), [a, b], create_graph=True, allow_unused=True)
    used = [g for g in first if g is not None and g.requires_grad]
    total = sum((g * g).sum() for g in used) if used else None
    second = lib.autograd.grad(total, [a, b], allow_unused=True) if used else (None, None)
    return [None if t is None else t.detach().numpy() for t in (x, *first, *second)]


@given(st.lists(st.integers(0, len(WRITES) - 1), max_size=5), st.integers(0, 2**32 - 1))
def test_programs_of_writes_agree_with_torch(steps, seed):
    rng = np.random.default_rng(seed)
    a, b = rng.uniform(-2, 2, (3, 4)), rng.uniform(-2, 2, 4)
    ours, theirs = program(mt, a, b, steps), program(torch, a, b, steps)
    if "refused" in (ours, theirs):
        assert ours == theirs
        return
    for a, b in zip(ours, theirs, strict=True):
        if a is None or b is None:  # "no path" and "a path whose derivative is zero" mean the same
            assert not np.any(a if b is None else b)
        else:
            np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-10 * max(1, np.abs(b).max()))


@BOTH
def test_a_view_notices_a_write_to_its_base(lib):
    a = lib.tensor([1.0, 2.0, 3.0], requires_grad=True)
    x = a * 1
    v = x[1:]
    x.mul_(2)
    v.sum().backward()
    assert a.grad.tolist() == [0, 2, 2]


@BOTH
def test_writing_into_zeros_gives_them_a_history(lib):
    b = lib.ones(2, requires_grad=True)
    x = lib.zeros(3, 2)
    x[1] = b * 3
    assert x.requires_grad
    (x * x).sum().backward()
    assert b.grad.tolist() == [18, 18]


@BOTH
@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda t: t.ones(1).expand(3).add_(1), "more than one element of the written-to tensor refers to a single memory"),
        (lambda t: t.ones(3, dtype=t.int64).add_(1.5), "result type Float can't be cast to the desired output type Long"),
        (lambda t: t.ones(3).add_(t.ones(2, 3)), "output with shape \\[3\\] doesn't match the broadcast shape \\[2, 3\\]"),
        (lambda t: t.ones(3).__setitem__(0, t.ones(2)), "the number of sizes provided"),
    ],
)
def test_rules(lib, write, message):
    with pytest.raises(RuntimeError, match=message):
        write(lib)


def test_a_failed_write_changes_nothing():
    x = mt.ones(3)
    with pytest.raises(RuntimeError):
        x.add_(mt.ones(2, 3))
    with pytest.raises(IndexError):
        x[5] = 1
    assert x.tolist() == [1, 1, 1]
    assert x._version == 0


@BOTH
def test_in_place_on_a_view_made_without_grad_is_refused(lib):
    x = lib.ones(3, requires_grad=True) * 1
    with lib.no_grad():
        v = x[0:2]
    with pytest.raises(RuntimeError, match="view was created in no_grad mode"):
        v.mul_(2)


@pytest.mark.parametrize("name", ["eq_", "ne_", "lt_", "le_", "gt_", "ge_", "less_equal_"])
def test_an_answer_written_in_place_has_no_influence(name):
    """Zeros reach what was overwritten and what was compared with; the rest of the base keeps its gradients."""

    def program(torch, nn):
        results = []
        for other in (2.0, torch.tensor([1.0, 2.0], requires_grad=True)):
            x = torch.tensor([[1.0, -2.0, 3.0], [0.5, 2.0, 1.0]], requires_grad=True)
            base = x * 2
            view = base[:, :2]
            getattr(view, name)(other)
            results += [base, type(base.grad_fn).__name__]
            inputs = [x, other] if isinstance(other, torch.Tensor) else [x]
            results += torch.autograd.grad((base * base).sum(), inputs)
            whole = x * 2
            getattr(whole, name)(3.0)
            results += [whole.grad_fn.name(), torch.autograd.grad(whole.sum(), x)]
        return results

    assert_same(program)


# --- what torch does in place alone ------------------------------------------------------------------


def _expanded(t):
    return t.arange(3.0).reshape(3, 1).expand(3, 4)


PROGRAMS = {
    "scatter_ of itself": lambda t: (x := t.ones(2)).scatter_(0, t.tensor([0, 0]), x),
    "scatter_ at itself": lambda t: (x := t.tensor([0, 1])).scatter_(0, x, 5),
    "scatter_add_ of itself": lambda t: (x := t.ones(2)).scatter_add_(0, t.tensor([0, 0]), x),
    "scatter_reduce_ of itself": lambda t: (x := t.ones(2)).scatter_reduce_(0, t.tensor([0, 0]), x, "sum"),
    "index_add_ of itself": lambda t: (x := t.ones(2)).index_add_(0, t.tensor([0, 0]), x),
    "index_copy_ of itself": lambda t: (x := t.ones(2)).index_copy_(0, t.tensor([0, 0]), x),
    "masked_fill_ by its own element": lambda t: (x := t.arange(2.0)).masked_fill_(t.tensor([True, False]), x[1]),
    "index_fill_ of a place": lambda t: _expanded(t).index_fill_(0, t.tensor([1]), 7.0),
    "index_fill_ across": lambda t: _expanded(t).index_fill_(1, t.tensor([2]), 7.0),
    "index_fill_ of nothing": lambda t: _expanded(t).index_fill_(1, t.tensor([], dtype=t.int64), 7.0),
    "masked_fill_ here and there": lambda t: _expanded(t).masked_fill_(t.eye(3, 4).bool() & (t.arange(4) > 0), 7.0),
    "fill_diagonal_ of an expanded matrix": lambda t: t.zeros(3, 1).expand(3, 3).fill_diagonal_(1),
    "fill_diagonal_ again and again": lambda t: t.zeros(8, 2).fill_diagonal_(2, wrap=True),
    "fill_diagonal_ of a transposed cube": lambda t: t.zeros(2, 2, 2).permute(2, 0, 1).fill_diagonal_(2.5),
    "fill_diagonal_ is a write to a view": lambda t: (t.ones(2, 3, requires_grad=True) * 3).fill_diagonal_(1).grad_fn.name(),
    "fill_diagonal_ of a leaf": lambda t: t.ones(2, 3, requires_grad=True).fill_diagonal_(1),
    "fill_diagonal_ of nothing": lambda t: t.zeros(3, 0).fill_diagonal_(1, wrap=True),
    "logical_not_ of a leaf": lambda t: t.tensor([0.0, 2.0], requires_grad=True).logical_not_(),
    "logical_and_ keeps the history": lambda t: (
        ((x := t.ones(2, requires_grad=True)) * 3).logical_and_(t.zeros(2)).sum().backward() or x.grad
    ),
    "floor_divide_ has a node": lambda t: (t.ones(2, requires_grad=True) * 3).floor_divide_(2).grad_fn.name(),
    "floor_divide_ has no gradient": lambda t: (t.ones(2, requires_grad=True) * 3).floor_divide_(2).sum().backward(),
    "//= has no gradient": lambda t: operator.ifloordiv(t.ones(2, requires_grad=True) * 3, 2).sum().backward(),
    "heaviside_ has no gradient": lambda t: (t.ones(2, requires_grad=True) * 3).heaviside_(t.ones(2)).sum().backward(),
    "acosh_ has a node": lambda t: (t.ones(2, requires_grad=True) * 3).acosh_().grad_fn.name(),
    "acosh_ has no gradient": lambda t: (t.ones(2, requires_grad=True) * 3).acosh_().sum().backward(),
    "acosh_ of integers": lambda t: t.ones(2).int().acosh_(),
    "scatter_ that adds has no gradient": lambda t: (
        (t.ones(2, requires_grad=True) * 3).scatter_(0, t.tensor([0]), t.ones(1), reduce="add").sum().backward()
    ),
    "ldexp_ of integers": lambda t: t.ones(2).int().ldexp_(t.ones(2)),
    "hsplit by another name": lambda t: t.hsplit(t.arange(4), sections=2),
    "x.vsplit by another name": lambda t: t.eye(3).vsplit(indices=(1, 2)),
    "arange into a matrix": lambda t: t.arange(4, out=t.zeros(2, 2)),
    "cumsum of no bools": lambda t: t.cumsum(t.zeros(0), 0, dtype=t.bool),
}


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.filterwarnings("ignore:Use of (index|masked)_fill_ on expanded:UserWarning")
@pytest.mark.filterwarnings("ignore:The reduce argument of torch.scatter:UserWarning")
def test_in_place_forms_with_rules_of_their_own(name):
    outcomes = []
    for lib in (mt, torch):
        try:
            outcomes.append(flat(PROGRAMS[name](lib)))
        except Exception as error:
            outcomes.append((type(error).__name__, words(str(error))))
    ours, theirs = outcomes
    if isinstance(theirs, tuple):
        assert ours == theirs
        return
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs):
        if isinstance(b, torch.Tensor):
            assert (a.tolist(), str(a.dtype), a.shape) == (b.tolist(), str(b.dtype), b.shape)
        else:
            assert a == b


def test_fills_of_expanded_tensors_warn():
    with pytest.warns(UserWarning, match="Use of index_fill_ on expanded tensors is deprecated"):
        _expanded(mt).index_fill_(0, mt.tensor([0]), 1.0)
    with pytest.warns(UserWarning, match="Use of masked_fill_ on expanded tensors is deprecated"):
        _expanded(mt).masked_fill_(mt.tensor([True, False, False, False]), 1.0)
