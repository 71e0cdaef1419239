"""The engine: order, accumulation, freeing, hooks, errors, threads."""

import gc
import threading
import weakref

import numpy as np
import pytest
import torch

import minitorch_np as mt
from minitorch_np.autograd.op import op
from minitorch_np.parallel import get_num_threads

BOTH = pytest.mark.parametrize("lib", [mt, torch], ids=["minitorch_np", "torch"])


@BOTH
def test_diamond_is_counted_once_per_path(lib):
    x = lib.tensor(3.0, requires_grad=True)
    y = x * x
    (y * y + y).backward()
    assert x.grad.item() == 4 * 27 + 6


@BOTH
def test_gradients_accumulate_and_share_no_memory(lib):
    a, b = (lib.ones(3, requires_grad=True) for _ in range(2))
    (a + b).sum().backward()
    (a + b).sum().backward()
    a.grad[0] = 7
    assert a.grad.tolist() == [7, 2, 2]
    assert b.grad.tolist() == [2, 2, 2]


def test_grad_is_not_the_gradient_that_was_passed_in():
    x = mt.ones(3, requires_grad=True)
    g = mt.ones(3)
    x.backward(g)
    x.grad[0] = 5
    assert g.tolist() == [1, 1, 1]


def test_a_gradient_that_somebody_keeps_is_copied():
    kept = []
    x = mt.ones(3, requires_grad=True)
    x.register_hook(kept.append)
    (x * 2).exp().sum().backward()
    assert not np.shares_memory(x.grad.numpy(), kept[0].numpy())
    y = mt.ones(1, 1, 4, 4, requires_grad=True)
    pooled = mt.nn.functional.max_pool2d(y, 2)
    pooled.register_hook(kept.append)
    (pooled * 1).view(4).sum().backward()
    assert not np.shares_memory(y.grad.numpy(), kept[1].numpy())


def test_both_inputs_receive_a_gradient_of_their_own():
    g = mt.ones(3)
    a, b = (mt.ones(3, requires_grad=True) for _ in range(2))
    (a + b).backward(g)
    assert not np.shares_memory(a.grad.numpy(), b.grad.numpy())
    assert not np.shares_memory(a.grad.numpy(), g.numpy())


def test_deep_chain_neither_recurses_nor_leaks():
    x = mt.ones(2, requires_grad=True)
    y = x
    for _ in range(100_000):
        y = y + 1
    node = weakref.ref(y.grad_fn)
    gc.disable()
    try:
        y.sum().backward()
        del y
        assert node() is None, "the graph waits for the cyclic collector"
    finally:
        gc.enable()
    assert x.grad.tolist() == [1, 1]


def test_graph_with_saved_values_is_freed_without_the_collector():
    gc.collect()
    gc.disable()
    try:
        w = mt.ones(4, 4, requires_grad=True)
        loss = ((w @ w).exp() * w.sum()).amax(1).log().mean()
        nodes = []
        stack = [loss.grad_fn]
        while stack:
            node = stack.pop()
            nodes.append(weakref.ref(node))
            stack.extend(n for n, _ in node.next_functions if n is not None)
        del node, stack
        loss.backward()
        del loss
        assert [r() for r in nodes if r() is not None] == []
    finally:
        gc.enable()


def test_unused_graph_is_freed_without_the_collector():
    gc.collect()
    gc.disable()
    try:
        x = mt.ones(3, requires_grad=True)
        y = x.exp() * x
        node = weakref.ref(y.grad_fn)
        del y
        assert node() is None
    finally:
        gc.enable()


@BOTH
def test_backward_twice_raises_only_if_values_were_released(lib):
    x = lib.ones(2, requires_grad=True)
    total = (x + 1).sum()
    total.backward()
    total.backward()  # nothing was saved, so nothing is missing
    squares = (x * x).sum()
    squares.backward()
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        squares.backward()


@BOTH
def test_retain_graph(lib):
    x = lib.ones(2, requires_grad=True)
    y = (x * x).sum()
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.tolist() == [4, 4]


@BOTH
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda lib: lib.ones(2, requires_grad=True).backward(),
            "grad can be implicitly created only for scalar outputs",
        ),
        (lambda lib: lib.ones(2).sum().backward(), "element 0 of tensors does not require grad"),
        (lambda lib: lib.autograd.grad(lib.ones(1, requires_grad=True) * 1, lib.ones(1)), "does not require grad"),
        (
            lambda lib: lib.autograd.grad(lib.ones(1, requires_grad=True) * 1, lib.ones(1, requires_grad=True)),
            "appears to not have been used in the graph",
        ),
        (lambda lib: (lib.ones(2, requires_grad=True) * 1).backward(lib.ones(3)), "Mismatch in shape"),
    ],
)
def test_errors_have_torchs_type_and_words(lib, make, message):
    with pytest.raises(RuntimeError, match=message):
        make(lib)


@BOTH
def test_grad_of_interior_and_unused_tensors(lib):
    x = lib.tensor(2.0, requires_grad=True)
    y = x * x
    z = y * 3
    gy, gx = lib.autograd.grad(z, [y, x])
    assert (gy.item(), gx.item()) == (3, 12)
    w = lib.tensor(1.0, requires_grad=True)
    assert lib.autograd.grad(x * 2, [x, w], allow_unused=True)[1] is None
    assert lib.autograd.grad(x * 2, [w], materialize_grads=True)[0].item() == 0
    assert [g.item() for g in lib.autograd.grad(x * 2, [x, x])] == [2, 2]
    assert x.grad is None


@BOTH
def test_backward_with_inputs_touches_only_them(lib):
    x, w = (lib.tensor(2.0, requires_grad=True) for _ in range(2))
    (x * w).backward(inputs=[x])
    assert x.grad.item() == 2
    assert w.grad is None


@BOTH
def test_third_derivative(lib):
    x = lib.tensor(1.5, dtype=lib.float64, requires_grad=True)
    y = x**5
    for _ in range(3):
        (y,) = lib.autograd.grad(y, x, create_graph=True)
    assert y.item() == pytest.approx(60 * 1.5**2, rel=1e-14)


@BOTH
def test_hooks_on_leaves_and_interior_tensors(lib):
    x = lib.tensor(2.0, requires_grad=True)
    seen = []
    y = x * 3
    y.register_hook(lambda g: seen.append(g.item()))
    handle = y.register_hook(lambda g: g * 10)
    x.register_hook(lambda g: g + 1)
    x.register_post_accumulate_grad_hook(lambda t: seen.append(t.grad.item()))
    y.retain_grad()
    y.backward(retain_graph=True)
    assert seen == [1, 31]
    assert y.grad.item() == 10
    handle.remove()
    y.backward()
    assert x.grad.item() == 31 + 4


@BOTH
def test_leaf_rules(lib):
    x = lib.ones(2, requires_grad=True)
    y = x * 2
    assert x.is_leaf
    assert not y.is_leaf
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad is being used in an in-place operation"):
        x.add_(1)
    with pytest.raises(RuntimeError, match="a view of a leaf Variable that requires grad is being used in an in-place"):
        x[0].add_(1)
    with pytest.raises(RuntimeError, match="you can only change requires_grad flags of leaf variables"):
        y.requires_grad = False
    with pytest.raises(RuntimeError, match="only Tensors of floating point dtype can require gradients|floating point"):
        lib.ones(2, dtype=lib.int64).requires_grad_()
    with pytest.raises(RuntimeError, match="Can't call numpy\\(\\) on Tensor that requires grad"):
        x.numpy()
    with lib.no_grad():
        x.add_(1)
        assert not (x * 2).requires_grad
    assert x.tolist() == [2, 2]
    with pytest.warns(UserWarning, match="not a leaf Tensor is being accessed"):
        assert y.grad is None


@BOTH
def test_saved_value_that_was_overwritten_is_noticed(lib):
    x = lib.ones(2, requires_grad=True)
    w = lib.ones(2)
    y = x * w
    w.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


@BOTH
def test_modes_nest_and_survive_exceptions(lib):
    with pytest.raises(ZeroDivisionError), lib.no_grad():
        with lib.enable_grad():
            assert lib.is_grad_enabled()
        raise ZeroDivisionError
    assert lib.is_grad_enabled()

    @lib.no_grad()
    def inside():
        return lib.is_grad_enabled()

    assert not inside()
    with lib.set_grad_enabled(False):
        assert not lib.is_grad_enabled()
    lib.set_grad_enabled(False)
    assert not lib.is_grad_enabled()
    lib.set_grad_enabled(True)


def test_mode_is_restored_when_a_gradient_raises():
    @op
    def broken(x):
        return x

    @broken.gradient
    def _(g):
        raise ValueError("on purpose")

    x = mt.ones(1, requires_grad=True)
    with pytest.raises(ValueError, match="on purpose"):
        broken(x).backward(create_graph=False)
    assert mt.is_grad_enabled()


def test_gradient_names_are_checked_at_declaration():
    @op
    def mistaken(x):
        return x

    with pytest.raises(TypeError, match="the gradient of op mistaken asks for 'y'"):
        mistaken.gradient(lambda g, y: g)


def test_wrong_gradient_shape_names_the_op():
    @op
    def crooked(x):
        return x * 1

    crooked.gradient(lambda g: mt.ones(5))
    with pytest.raises(RuntimeError, match=r"Function CrookedBackward0 returned an invalid gradient at index 0 - got"):
        crooked(mt.ones(2, requires_grad=True)).sum().backward()


def test_two_threads_do_not_share_modes_or_gradients():
    failures = []

    def work(seed):
        rng = np.random.default_rng(seed)
        for _ in range(50):
            a = mt.tensor(rng.normal(size=4), requires_grad=True)
            with mt.no_grad():
                if mt.is_grad_enabled():
                    failures.append("mode leaked")
            (a * a).sum().backward()
            if not np.array_equal(a.grad.numpy(), 2 * a.detach().numpy()):
                failures.append("wrong gradient")

    threads = [threading.Thread(target=work, args=(s,)) for s in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert failures == []
    assert mt.is_grad_enabled()
    assert get_num_threads() >= 1


@BOTH
@pytest.mark.parametrize(
    ("expression", "name"),
    [
        (lambda x, lib: x + 1, "AddBackward0"),
        (lambda x, lib: 1 - x, "RsubBackward1"),
        (lambda x, lib: x - 1, "SubBackward0"),
        (lambda x, lib: x / 2, "DivBackward0"),
        (lambda x, lib: x**2, "PowBackward0"),
        (lambda x, lib: x @ x, "MmBackward0"),
        (lambda x, lib: x.sum(), "SumBackward0"),
        (lambda x, lib: x.sum(1), "SumBackward1"),
        (lambda x, lib: x.mean(), "MeanBackward0"),
        (lambda x, lib: x.mean(1), "MeanBackward1"),
        (lambda x, lib: x.max(), "MaxBackward1"),
        (lambda x, lib: x.max(1)[0], "MaxBackward0"),
        (lambda x, lib: x.amax(), "AmaxBackward0"),
        (lambda x, lib: x.view(-1), "ViewBackward0"),
        (lambda x, lib: x.reshape(-1), "ViewBackward0"),
        (lambda x, lib: x[:, ::2].reshape(-1), "ReshapeAliasBackward0"),
        (lambda x, lib: x.t().reshape(-1), "UnsafeViewBackward0"),
        (lambda x, lib: x.t(), "TBackward0"),
        (lambda x, lib: x.T, "PermuteBackward0"),
        (lambda x, lib: x.transpose(0, 1), "TransposeBackward0"),
        (lambda x, lib: x[0], "SelectBackward0"),
        (lambda x, lib: x[:1], "SliceBackward0"),
        (lambda x, lib: x[[0]], "IndexBackward0"),
        (lambda x, lib: x.unsqueeze(0), "UnsqueezeBackward0"),
        (lambda x, lib: x.unsqueeze(0).squeeze(0), "SqueezeBackward1"),
        (lambda x, lib: x.expand(2, 2, 2), "ExpandBackward0"),
        (lambda x, lib: lib.cat([x, x]), "CatBackward0"),
        (lambda x, lib: lib.stack([x, x]), "StackBackward0"),
        (lambda x, lib: x.unbind()[0], "UnbindBackward0"),
        (lambda x, lib: x.split(1)[0], "SplitBackward0"),
        (lambda x, lib: x.clamp(0, 1), "ClampBackward1"),
        (lambda x, lib: x.relu(), "ReluBackward0"),
        (lambda x, lib: x.double(), "ToCopyBackward0"),
        (lambda x, lib: x.clone(), "CloneBackward0"),
        (lambda x, lib: lib.where(x > 0, x, 0.0), "WhereBackward0"),
        (lambda x, lib: x.masked_fill(x > 0, 0.0), "MaskedFillBackward0"),
        (lambda x, lib: x.gather(0, lib.zeros(1, 2, dtype=lib.int64)), "GatherBackward0"),
        (lambda x, lib: x.cumsum(0), "CumsumBackward0"),
        (lambda x, lib: x.var(), "VarBackward0"),
        (lambda x, lib: x.prod(), "ProdBackward0"),
        (lambda x, lib: x.logsumexp(0), "LogsumexpBackward0"),
        (lambda x, lib: x.norm(), "LinalgVectorNormBackward0"),
        (lambda x, lib: x.narrow(0, 0, 1), "SliceBackward0"),
        (lambda x, lib: x.diagonal(), "DiagonalBackward0"),
        (lambda x, lib: x.sort()[0], "SortBackward0"),
        (lambda x, lib: x.topk(1)[0], "TopkBackward0"),
    ],
)
def test_grad_fn_names(lib, expression, name):
    x = lib.ones(2, 2, requires_grad=True)
    assert expression(x, lib).grad_fn.name() == name


@BOTH
def test_next_functions_lead_to_the_leaves(lib):
    x = lib.ones(2, requires_grad=True)
    y = (x * 2).sum()
    product = y.grad_fn.next_functions[0][0]
    assert product.name() == "MulBackward0"
    assert product.next_functions[1] == (None, 0)
    assert product.next_functions[0][0].variable is x


@BOTH
def test_create_graph_is_a_truth_value(lib):
    x = lib.ones(3, requires_grad=True)
    for wrong in (None, 0.5, "yes"):
        with pytest.raises(TypeError, match=f"'{type(wrong).__name__}' object cannot be interpreted as an integer"):
            lib.autograd.grad((x * x).sum(), x, create_graph=wrong, retain_graph=False)
        assert lib.is_grad_enabled()
    assert lib.autograd.grad((x * x).sum(), x, create_graph=1)[0].requires_grad
