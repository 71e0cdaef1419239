"""A state machine of views, in-place writes and backward passes in both libraries: all is compared after every step."""

import os

import numpy as np
import torch
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

import minitorch_np as mt

LIBRARIES = (mt, torch)
seeds = st.integers(0, 99)

VIEWS = {
    "first row": lambda x: x[0],
    "rows from 1": lambda x: x[1:],
    "every second column": lambda x: x[..., ::2],
    "transposed": lambda x: x.t(),
    "flat": lambda x: x.view(-1),
    "reshaped": lambda x: x.reshape(-1),
    "unsqueezed": lambda x: x.unsqueeze(0),
    "squeezed": lambda x: x.squeeze(),
    "diagonal": lambda x: x.diagonal(),
    "narrow": lambda x: x.narrow(0, 0, 1),
    "select": lambda x: x.select(-1, 1),
    "expanded": lambda x: x[:1].expand(3, *x.shape[1:]),
    "permuted": lambda x: x.permute(*range(x.dim())[::-1]),
    "view_as": lambda x: x.view_as(x),
    "detached": lambda x: x.detach(),
    "chunk": lambda x: x.chunk(2)[0],
    "unbound": lambda x: x.unbind(0)[0],
    "split": lambda x: x.split(1)[0],
    "self": lambda x: x[...],
    "without recording": lambda x: _without_recording(x),
}
WRITES = {
    "mul_": lambda x, y: x.mul_(2),
    "add_": lambda x, y: x.add_(y),
    "mul_ other": lambda x, y: x.mul_(y),
    "zero_": lambda x, y: x.zero_(),
    "fill_": lambda x, y: x.fill_(0.5),
    "copy_": lambda x, y: x.copy_(y),
    "sin_": lambda x, y: x.sin_(),
    "set item": lambda x, y: x.__setitem__(0, 0.25),
    "set item, other": lambda x, y: x.__setitem__(0, y[0]),
    "without recording": lambda x, y: _write_without_recording(x),
    "by data": lambda x, y: x.data.mul_(3),
}
RESULTS = {
    "x * y": lambda x, y: x * y,
    "x * x": lambda x, y: x * x,
    "exp": lambda x, y: (x / 8).exp(),
    "sin": lambda x, y: x.sin(),
    "sum": lambda x, y: x.sum(),
    "matmul": lambda x, y: x @ y.t(),
    "clone": lambda x, y: x.clone(),
    "cat": lambda x, y: x.unsqueeze(0) + y.unsqueeze(0),
}


def _without_recording(x):
    lib = torch if isinstance(x, torch.Tensor) else mt
    with lib.no_grad():
        return x[:1]


def _write_without_recording(x):
    lib = torch if isinstance(x, torch.Tensor) else mt
    with lib.no_grad():
        return x.mul_(1.5)


class Tensors(RuleBasedStateMachine):
    pairs = Bundle("pairs")

    @initialize()
    def start(self):
        self.everything = []

    def both(self, program, *pairs):
        """program(tensors of one library) in both; the same result or the same error.  Returns the pair, or nothing."""
        results, errors = [], []
        for side in range(2):
            try:
                results.append(program(*[pair[side] for pair in pairs]))
                errors.append(None)
            except (RuntimeError, IndexError, ValueError, TypeError) as error:
                results.append(None)
                errors.append((type(error).__name__, str(error).split("\n")[0]))
        ours, theirs = errors
        assert (ours is None) == (theirs is None), (ours, theirs)
        if ours is not None:
            # Which line detected a write is torch's own business, in words: the type and the kind must agree.
            kinds = [("modified by an inplace" in e[1], "leaf Variable" in e[1], "view" in e[1], e[0]) for e in errors]
            assert kinds[0] == kinds[1], errors
            return multiple()
        if not isinstance(results[1], torch.Tensor):
            return multiple()
        pair = tuple(results)
        self.everything.append(pair)
        return pair

    @rule(
        target=pairs, rows=st.integers(1, 3), columns=st.integers(2, 4), requires_grad=st.booleans(), seed=st.integers(0, 99)
    )
    def leaf(self, rows, columns, requires_grad, seed):
        values = np.random.default_rng(seed).uniform(-1, 1, (rows, columns))
        pair = tuple(lib.from_numpy(values.copy()).requires_grad_(requires_grad) for lib in LIBRARIES)
        self.everything.append(pair)
        return pair

    @rule(target=pairs, x=pairs, how=st.sampled_from(list(VIEWS)))
    def view(self, x, how):
        return self.both(VIEWS[how], x)

    @rule(target=pairs, x=pairs, y=pairs, how=st.sampled_from(list(RESULTS)))
    def compute(self, x, y, how):
        return self.both(RESULTS[how], x, y)

    @rule(x=pairs, y=pairs, how=st.sampled_from(list(WRITES)))
    def write(self, x, y, how):
        self.both(WRITES[how], x, y)

    @rule(x=pairs, squared=st.booleans())
    def backward(self, x, squared):
        def run(x):
            loss = (x * x if squared else x).sum()
            loss.backward()

        self.both(run, x)

    @rule(x=pairs)
    def require_grad(self, x):
        self.both(lambda x: x.requires_grad_(), x)

    @rule(x=pairs)
    def detach_in_place(self, x):
        self.both(lambda x: x.detach_(), x)

    @staticmethod
    def _flags(x):
        """What autograd says about x, or that it refuses to"""
        try:
            return x.requires_grad, x.is_leaf, x.grad_fn is None, x.is_leaf and x.grad is None
        except RuntimeError as error:
            return str(error)

    @invariant()
    def everything_is_equal(self):
        for number, (a, b) in enumerate(getattr(self, "everything", ())):
            about = [
                (self._flags(x), tuple(x.shape), tuple(x.stride()), x.is_contiguous(), x._version, x._base is None)
                for x in (a, b)
            ]  # fmt: skip
            assert about[0] == about[1], (number, about)
            np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-11, atol=1e-300)
            if type(about[0][0]) is tuple and a.is_leaf and a.grad is not None:
                np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=1e-9, atol=1e-12)


Tensors.TestCase.settings = settings(
    stateful_step_count=15,
    max_examples=60 if os.environ.get("HYPOTHESIS_PROFILE", "ci") == "ci" else 3000,
    deadline=None,
)
TestTensors = Tensors.TestCase
