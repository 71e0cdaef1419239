"""A state machine of views, in-place writes and backward passes in both libraries: all is compared after every step."""

import os

import numpy as np
import torch
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

import minitorch_np as mt
from minitorch_np.strides import may_overlap

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
    "windows": lambda x: x.unfold(-1, 2, 1),
    "by strides": lambda x: x.as_strided((2, 2), (1, 2)),
    "swapped": lambda x: x.transpose(0, -1),
    "moved": lambda x: x.movedim(0, -1),
    "mT": lambda x: x.mT if x.dim() else x.t(),  # of 0-d tensors torch warns, once
    "sizes": lambda x: x.split([1, x.shape[0] - 1])[1],
    "squeezed dims": lambda x: x.squeeze((0, -1)),
    "data": lambda x: x.data,
    "empty": lambda x: x[:0],
    "without recording": lambda x: _without_recording(x),
    "in inference mode": lambda x: _in_inference_mode(x, lambda x: x[:1]),
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
    "by detached": lambda x, y: x.detach().mul_(3),
    "in inference mode": lambda x, y: _in_inference_mode(x, lambda x: x.mul_(1.25)),
    "t_": lambda x, y: x.t_(),
    "transpose_": lambda x, y: x.transpose_(0, -1),
    "unsqueeze_": lambda x, y: x.unsqueeze_(0),
    "squeeze_": lambda x, y: x.squeeze_(),
    "masked_fill_": lambda x, y: x.masked_fill_(x.detach() > 0, 0.125),
    "set slice": lambda x, y: x.__setitem__(slice(None, None, 2), 0.75),
}
READERS = ("mul_", "add_", "mul_ other", "sin_", "without recording", "by data", "by detached", "in inference mode")
TURNS = ("t_", "transpose_", "unsqueeze_", "squeeze_")
RESULTS = {
    "x * y": lambda x, y: x * y,
    "x * x": lambda x, y: x * x,
    "exp": lambda x, y: (x / 8).exp(),
    "sin": lambda x, y: x.sin(),
    "sum": lambda x, y: x.sum(),
    "matmul": lambda x, y: x @ y.t() if x.dim() == y.dim() == 2 else x.cos(),  # vectors leave torch a version of 1
    "clone": lambda x, y: x.clone(),
    "sum of two": lambda x, y: x.unsqueeze(0) + y.unsqueeze(0),
    "slice_scatter": lambda x, y: x.clone().slice_scatter(y[:1], 0, 0, 1),  # of a view, torch copies all the memory
    "contiguous": lambda x, y: x.contiguous(),
    "in inference mode": lambda x, y: _in_inference_mode(x, lambda x: x * 2),
}


def _in_inference_mode(x, function):
    lib = torch if isinstance(x, torch.Tensor) else mt
    with lib.inference_mode():
        return function(x)


def _without_recording(x):
    lib = torch if isinstance(x, torch.Tensor) else mt
    with lib.no_grad():
        return x[:1]


def _write_without_recording(x):
    lib = torch if isinstance(x, torch.Tensor) else mt
    with lib.no_grad():
        return x.mul_(1.5)


def _place(x):
    """Where x lies in memory; of a result's strides, those that say something

    Where torch puts a size of 1 among the others depends on whether it takes one of its short ways.
    """
    own = x._base is None or 1 in x._base.shape
    strides = [s for s, n in zip(x.stride(), x.shape) if n > 1 or not own] if x.numel() else []
    return strides, x.storage_offset(), x.is_contiguous(), x.untyped_storage().nbytes()


def _is_dense(array):
    return array.transpose(np.argsort([-s for s in array.strides], kind="stable")).flags.c_contiguous


class Tensors(RuleBasedStateMachine):
    pairs = Bundle("pairs")

    @initialize()
    def start(self):
        self.everything = []
        self.seen = ([], [])  # what hooks were called with, per library
        self.hooked = []

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
            # Where two things are wrong at once, torch may notice the view's origin first.
            assert ours == theirs or any("is a view and" in e[1] or "A view was" in e[1] for e in errors), errors
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
        if (x[0].is_inference() or y[0].is_inference()) and how != "in inference mode":
            return multiple()  # some of torch's results come with a version of 1 then
        return self.both(RESULTS[how], x, y)

    @rule(x=pairs, y=pairs, how=st.sampled_from(list(WRITES)))
    def write(self, x, y, how):
        ours = [pair[0].detach().numpy() for pair in (x, y)]
        if np.may_share_memory(*ours) and x is not y and not all(_is_dense(a) for a in ours):
            return  # torch reads what it has just written, here and there: no result to compare with
        if how in READERS and may_overlap(x[1].shape, x[1].stride()):
            return  # the same within x, as in windows
        if x[0].is_inference() and how != "in inference mode":
            return  # torch writes first, then refuses; the programs in test_views.py look at the words
        if how in TURNS and any(x is h for h in self.hooked):
            return  # later hooks then go to torch's earlier node
        self.both(WRITES[how], x, y)

    @rule(x=pairs, squared=st.booleans())
    def backward(self, x, squared):
        def run(x):
            loss = (x * x if squared else x).sum()
            loss.backward()

        self.both(run, x)

    @rule(x=pairs)
    def retain_grad(self, x):
        self.both(lambda x: x.retain_grad(), x)

    @rule(x=pairs, factor=st.sampled_from([None, 2.0]))
    def hook(self, x, factor):
        if x[0]._is_view() and any(x is h for h in self.hooked):
            return  # torch gives the second hook to the node of the first, though the base was written to meanwhile

        def register(x):
            seen = self.seen[isinstance(x, torch.Tensor)]

            def hook(gradient):
                seen.append(gradient.detach().clone())
                return None if factor is None else gradient * factor

            x.register_hook(hook)

        self.hooked.append(x)
        self.both(register, x)

    @rule(x=pairs)
    def require_grad(self, x):
        self.both(lambda x: x.requires_grad_(), x)

    @rule(x=pairs)
    def detach_in_place(self, x):
        # The views of a leaf that is detached find "a leaf moved into the graph interior" when they are used: not followed.
        if not any(b._base is x[1] for _, b in self.everything):
            self.both(lambda x: x.detach_(), x)

    @staticmethod
    def _flags(x):
        """What autograd says about x, or that it refuses to"""
        try:
            name = None if x.grad_fn is None else x.grad_fn.name().removeprefix("torch::autograd::")
            return x.requires_grad, x.is_leaf, name, x.retains_grad, (x.is_leaf or x.retains_grad) and x.grad is None
        except RuntimeError as error:
            assert "modified inplace" in str(error)
            return "refused"

    @invariant()
    def hooks_have_seen_the_same(self):
        ours, theirs = getattr(self, "seen", ((), ()))
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs):
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-9, atol=1e-12)

    @invariant()
    def everything_is_equal(self):
        for number, (a, b) in enumerate(getattr(self, "everything", ())):
            about = [
                (self._flags(x), tuple(x.shape), _place(x), x.is_inference() or x._version, x._is_view(), x.is_inference())
                for x in (a, b)
            ]  # fmt: skip
            assert about[0] == about[1], f"tensor {number}\n{about[0]}\n{about[1]}"
            np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-11, atol=1e-300)
            if type(about[0][0]) is tuple and (a.is_leaf or a.retains_grad) and a.grad is not None:
                np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=1e-9, atol=1e-12)


Tensors.TestCase.settings = settings(
    stateful_step_count=15,
    max_examples=60 if os.environ.get("HYPOTHESIS_PROFILE", "ci") == "ci" else 3000,
    deadline=None,
)
TestTensors = Tensors.TestCase
