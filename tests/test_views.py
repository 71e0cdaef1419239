"""Views lie in memory as torch's do: sizes, strides, offsets, sharing, history, over chains of view operations."""

import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, note
from hypothesis import strategies as st
from twin import Programs, assert_same, text

import minitorch_np as mt

LIBRARIES = (torch, mt)


def dims(n):
    return st.integers(-n - 1, n)  # one too many on either side, so that errors are drawn, too


@st.composite
def steps(draw, shape):
    """(name, function) of one view operation, mostly one that fits the shape."""
    n = len(shape)
    dim, other = draw(dims(n)), draw(dims(n))
    size = draw(st.integers(0, 3))
    at = draw(st.integers(-3, 3))
    order = draw(st.permutations(range(n)))
    numel = int(np.prod(shape))
    targets = [(numel,), (-1,), (1, numel), (numel, 1, 1), (2, -1), (*shape, 1), (1, *shape), (-1, *shape[1:]), shape[::-1]]
    target = draw(st.sampled_from(targets))
    key = tuple(
        draw(
            st.one_of(
                st.just(slice(None)),
                st.builds(slice, st.integers(-3, 3), st.integers(-3, 4), st.integers(1, 3)),
                st.integers(-1, 0),
            )
        )
        for _ in range(draw(st.integers(0, n)))
    )
    grown = tuple(s if s != 1 or draw(st.booleans()) else draw(st.integers(1, 3)) for s in shape)
    lead = tuple(draw(st.lists(st.integers(1, 2), max_size=2)))
    pieces = draw(st.lists(st.integers(0, 3), min_size=1, max_size=3))
    # Nothing in an ndarray tells an empty one with strides of 0 from a new one.
    strides = tuple(draw(st.integers(0 if size else 1, 3)) for _ in range(2))
    return draw(
        st.sampled_from(
            [
                ("view", lambda x: x.view(target)),
                ("reshape", lambda x: x.reshape(target)),
                ("flatten", lambda x: x.flatten(dim, other)),
                ("ravel", lambda x: x.ravel()),
                ("unflatten", lambda x: x.unflatten(dim, (1, -1)) if n else x.view(1)),
                ("permute", lambda x: x.permute(order)),
                ("transpose", lambda x: x.transpose(dim, other)),
                ("swapaxes", lambda x: x.swapaxes(dim, other)),
                ("t", lambda x: x.t()),
                ("T", lambda x: x.T if n == 2 else x.permute(order)),
                ("mT", lambda x: x.mT if n else x.t()),
                ("H", lambda x: x.H if n else x.t()),
                ("mH", lambda x: x.mH if n else x.t()),
                ("adjoint", lambda x: x.adjoint() if n else x.t()),
                ("movedim", lambda x: x.movedim(dim, other)),
                ("squeeze", lambda x: x.squeeze()),
                ("squeeze dim", lambda x: x.squeeze(dim)),
                ("squeeze dims", lambda x: x.squeeze((dim, other))),
                ("unsqueeze", lambda x: x.unsqueeze(dim)),
                ("expand", lambda x: x.expand((*lead, *grown))),
                ("expand -1", lambda x: x.expand(2, *[-1] * n)),
                ("narrow", lambda x: x.narrow(dim, at, size)),
                ("select", lambda x: x.select(dim, at)),
                ("unbind", lambda x: x.unbind(dim)[-1]),
                ("split", lambda x: x.split(size, dim)[-1]),
                ("split sizes", lambda x: x.split(pieces, dim)[-1]),
                ("split_with_sizes", lambda x: x.split_with_sizes((size, shape[dim] - size), dim)[-1]),
                ("chunk", lambda x: x.chunk(size, dim)[-1]),
                ("tensor_split", lambda x: x.tensor_split(size, dim)[-1]),
                ("diagonal", lambda x: x.diagonal(at, dim, other)),
                ("unfold", lambda x: x.unfold(dim, size, abs(at))),
                ("index", lambda x: x[key]),
                ("as_strided", lambda x: x.as_strided((2, size), strides, abs(at))),
                ("as_strided here", lambda x: x.as_strided((size,), strides[:1])),
                ("detach", lambda x: x.detach()),
                ("view_as", lambda x: x.view_as(x)),
                ("clone", lambda x: x.clone()),
                ("to", lambda x: x.to(x.dtype, copy=True)),
                ("contiguous", lambda x: x.contiguous()),
            ]
        )
    )


# Chains of several nodes in torch where ours is one, by operation; ... compares nothing.
OTHER_NODES = {"index"}


def about(x, start):
    """What a program can see of where x lies."""
    base = x._base
    return {
        "shape": tuple(x.shape),
        "stride": x.stride(),
        "offset": x.storage_offset(),
        "contiguous": x.is_contiguous(),
        "memory": x.untyped_storage().nbytes(),
        "shares": x.untyped_storage().data_ptr() == start.untyped_storage().data_ptr(),
        "begins": x.data_ptr() - x.untyped_storage().data_ptr() if x.numel() else x.data_ptr(),
        "view": (x._is_view(), base is None or tuple(base.shape)),
        "requires": x.requires_grad,
    }


def told(x):
    """The strides that say something."""
    return [s for s, n in zip(x.stride(), x.shape) if n > 1] if x.numel() else []


@given(data=st.data())
def test_chains_of_views(data):
    shape = tuple(data.draw(st.lists(st.integers(0, 4) if data.draw(st.booleans()) else st.integers(1, 4), max_size=3)))
    wanted = data.draw(st.booleans())
    size = int(np.prod(shape))
    pairs = [lib.arange(size, dtype=lib.float64).reshape(shape).clone().requires_grad_(wanted) for lib in LIBRARIES]
    starts, trail = list(pairs), []
    for _ in range(data.draw(st.integers(1, 4))):
        name, step = data.draw(steps(tuple(pairs[0].shape)), label="step")
        trail.append(name)
        results = []
        for x in pairs:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    results.append(step(x))
            except (RuntimeError, IndexError, ValueError) as error:
                results.append((type(error).__name__, text(str(error).split("\n")[0])))
        note(f"{tuple(pairs[0].shape)} {pairs[0].stride()} {trail}")
        theirs, ours = results
        if isinstance(theirs, tuple) or isinstance(ours, tuple):
            assert ours == theirs, trail
            return
        assert about(ours, starts[1]) == about(theirs, starts[0]), trail
        assert np.array_equal(ours.detach().numpy(), theirs.detach().numpy())
        if name not in OTHER_NODES:
            nodes = [None if x.grad_fn is None else x.grad_fn.name() for x in results]
            assert nodes[0] == nodes[1], trail
        pairs = results
    if wanted and pairs[0].requires_grad:
        for x in pairs:
            (x * x).sum().backward()
        theirs, ours = [x.grad for x in starts]
        # The stride of a dimension of size 1 says nothing, and gradients do not keep it.
        assert ours.dtype is mt.float64
        assert told(ours) == told(theirs), trail
        assert np.allclose(ours.numpy(), theirs.numpy())


PROGRAMS = Programs()


@PROGRAMS
def inference_tensors(torch, nn):
    y = torch.ones(3)
    with torch.inference_mode():
        x = torch.ones(2, 3)
        v, w, d = x[0], y[1:], x.detach()
        x.add_(1)
        flags = torch.is_inference_mode_enabled(), [t.is_inference() for t in (x, v, w, y, d, x.clone(), x * 2, y * 2)]
    outside = x[1], x.t(), x * 2, x.clone(), x.detach(), x.data, x.view(6)
    return (
        flags,
        [t.is_inference() for t in outside],
        [t._is_view() for t in (v, w, x[0])],
        x.requires_grad,
        torch.is_inference(x),
    )


def _inference(torch):
    with torch.inference_mode():
        return torch.ones(2, 3)


def _view_in_inference(torch, **more):
    x = torch.ones(2, 3, **more)
    with torch.inference_mode():
        return x * 1 if not x._is_view() and more.get("never") else x[0], x


REFUSED = {
    "write": lambda torch, nn: _inference(torch).add_(1),
    "write to a view": lambda torch, nn: _inference(torch)[0].add_(1),
    "zero": lambda torch, nn: _inference(torch).zero_(),
    "copy": lambda torch, nn: _inference(torch).copy_(torch.ones(3)),
    "set item": lambda torch, nn: _inference(torch).__setitem__(0, 1.0),
    "turn": lambda torch, nn: _inference(torch).t_(),
    "resize": lambda torch, nn: _inference(torch).resize_(2),
    "set": lambda torch, nn: _inference(torch).set_(torch.ones(2)),
    "version": lambda torch, nn: _inference(torch)._version,
    "requires grad": lambda torch, nn: _inference(torch).requires_grad_(),
    "requires grad, a view": lambda torch, nn: _inference(torch)[0].requires_grad_(),
    "saved": lambda torch, nn: torch.ones(3, requires_grad=True) * _inference(torch),
    "saved, a view": lambda torch, nn: torch.ones(3, requires_grad=True) * _inference(torch)[0],
    "added": lambda torch, nn: torch.ones(3, requires_grad=True) + _inference(torch),
    "matmul": lambda torch, nn: torch.ones(3, 2, requires_grad=True) @ _inference(torch),
    "a view of a leaf": lambda torch, nn: _view_in_inference(torch, requires_grad=True)[0].add_(1),
    "a view of a tensor": lambda torch, nn: _view_in_inference(torch)[0].add_(1),
    "a view of a tensor, used": lambda torch, nn: _view_in_inference(torch)[0] * torch.ones(3, requires_grad=True),
    "a view of a tensor, gets history": lambda torch, nn: _view_in_inference(torch)[0].add_(
        torch.ones(3, requires_grad=True)
    ),
    "written in": lambda torch, nn: torch.ones(2, 3).copy_(_inference(torch)),
    "written in, recorded": lambda torch, nn: torch.ones(2, 3, requires_grad=True).mul(1).copy_(_inference(torch)),
    "multiplied in": lambda torch, nn: torch.ones(2, 3, requires_grad=True).mul(1).mul_(_inference(torch)),
    "as a parameter": lambda torch, nn: nn.Parameter(_inference(torch)),
    "as an output": lambda torch, nn: torch.add(torch.ones(2, 3), 1, out=_inference(torch)),
}
for _program in REFUSED.values():
    PROGRAMS(_program)


@PROGRAMS
def bits_read_as_another_dtype(torch, nn):
    x = torch.arange(6.0, requires_grad=True).view(2, 3) * 1
    y = x.detach()
    views = [
        x.view(torch.int32),
        x.view(torch.float16),
        y.view(torch.int8),
        y[:, :2].view(torch.int64),
        y[:0].view(torch.int8),
    ]
    about = [(tuple(v.shape), v.stride(), v.storage_offset(), v.requires_grad, v._is_view(), v.numpy()) for v in views]
    y.view(torch.int32)[0, 0] = 7
    same = x.view(torch.float32)
    return about, x, x._version, x.ndimension(), y.view(size=(6,)), same._is_view(), same.requires_grad, same.grad_fn


REINTERPRETED = {
    "0-d": lambda torch, nn: torch.ones(()).view(torch.int8),
    "size": lambda torch, nn: torch.ones(5).view(torch.float64),
    "offset": lambda torch, nn: torch.ones(5)[1:].view(torch.float64),
    "last stride": lambda torch, nn: torch.ones(4, 4).t().view(torch.float64),
    "stride": lambda torch, nn: torch.ones(4, 5)[:, :4].view(torch.float64),
}
for _program in REINTERPRETED.values():
    PROGRAMS(_program)


@PROGRAMS
def base_written_after_a_view_in_inference(torch, nn):
    x = torch.ones(2, 3, requires_grad=True) * 1
    with torch.inference_mode():
        v = x[0]
    x.add_(1)
    return v.requires_grad, v.grad_fn


@PROGRAMS
def modes(torch, nn):
    flags = []
    with torch.inference_mode():
        with torch.enable_grad():
            x = torch.ones(2, requires_grad=True)
            y = x * 2
            flags.append((torch.is_grad_enabled(), torch.is_inference_mode_enabled(), y.requires_grad, y.is_inference()))
        with torch.inference_mode(False):
            x = torch.ones(2, requires_grad=True)
            y = x * 2
            flags.append((torch.is_grad_enabled(), torch.is_inference_mode_enabled(), y.requires_grad, y.is_inference()))
        x = torch.ones(2, requires_grad=True)
        flags.append((x.requires_grad, x.is_leaf, (x * 2).requires_grad, x.is_inference()))
    leaf = torch.ones(2, requires_grad=True)
    with torch.inference_mode():
        leaf.mul_(3)
    flags.append((leaf._version, leaf.requires_grad))

    @torch.inference_mode()
    def function():
        return torch.is_inference_mode_enabled()

    @torch.inference_mode
    def other():
        return torch.is_inference_mode_enabled()

    return flags, function(), other(), torch.is_inference_mode_enabled()


def test_gradient_of_as_strided_scatter():
    """Torch 2.13 returns input's gradient where src was written, and 0 elsewhere; this is the adjoint."""
    x, src = mt.arange(9.0).view(3, 3).requires_grad_(), mt.ones(2, 2, requires_grad=True)
    g = mt.arange(9.0).view(3, 3) + 1
    dx, ds = mt.autograd.grad(mt.as_strided_scatter(x, src, (2, 2), (3, 1), 1), (x, src), g.t())
    assert dx.tolist() == [[1, 0, 0], [2, 0, 0], [3, 6, 9]]
    assert ds.tolist() == [[4, 7], [5, 8]]


IN_PLACE = {
    "transpose_": (lambda x: x.transpose_(0, 1)),
    "swapaxes_": (lambda x: x.swapaxes_(0, -1)),
    "swapdims_": (lambda x: x.swapdims_(0, -1)),
    "t_": (lambda x: x.t_()),
    "squeeze_": (lambda x: x.unsqueeze_(0).squeeze_()),
    "squeeze_ dim": (lambda x: x.unsqueeze_(-1).squeeze_(-1)),
    "squeeze_ dims": (lambda x: x.unsqueeze_(0).unsqueeze_(-1).squeeze_((0, 1, -1))),
    "unsqueeze_": (lambda x: x.unsqueeze_(1)),
    "as_strided_": (lambda x: x.as_strided_((2, 2), (1, 1), 1)),
}


@pytest.mark.parametrize("kind", ["plain", "leaf", "non-leaf", "view", "view of leaf", "several", "no_grad", "frozen leaf"])
@pytest.mark.parametrize("name", IN_PLACE)
def test_views_in_place(name, kind):
    def program(torch, nn):
        leaf = torch.arange(6.0, dtype=torch.float64).view(2, 3).clone().requires_grad_(kind != "plain")
        x = {
            "plain": lambda: leaf,
            "leaf": lambda: leaf,
            "frozen leaf": lambda: leaf,
            "non-leaf": lambda: leaf * 2,
            "view": lambda: (leaf * 2).t(),
            "view of leaf": lambda: leaf.t(),
            "several": lambda: (leaf * 2).unsqueeze(0).unbind(0)[0],
            "no_grad": lambda: leaf * 2,
        }[kind]()
        if kind in ("no_grad", "frozen leaf"):
            with torch.no_grad():
                y = IN_PLACE[name](x)
        else:
            y = IN_PLACE[name](x)
        node = None if x.grad_fn is None else x.grad_fn.name()
        result = y is x, tuple(x.shape), x.stride(), x.storage_offset(), x._version, node, x._is_view(), x.requires_grad
        if x.requires_grad:
            (x * x).sum().backward()
        return result, leaf.grad, x.detach()

    assert_same(program)


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_programs(number):
    assert_same(PROGRAMS[number])


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (1, 2, 3)], ids=str)
@pytest.mark.parametrize("name", ["T", "mT", "H", "mH", "adjoint"])
def test_deprecated_transposes_warn(name, shape):
    said, before = [], torch.is_warn_always_enabled()
    torch.set_warn_always(True)  # else torch warns once per process
    try:
        for lib in LIBRARIES:
            x = lib.ones(shape)
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                try:
                    value = getattr(x, name)
                    value = value() if name == "adjoint" else value
                    seen = tuple(value.shape), value.stride(), value is x
                except RuntimeError as error:
                    seen = str(error)
            said.append((seen, [(w.category, str(w.message).split(" (Triggered")[0], w.filename) for w in caught]))
    finally:
        torch.set_warn_always(before)
    assert said[0] == said[1]
