"""What a backward pass leaves behind: no node, no memory, nothing in other threads; and high derivatives of convolutions."""

import gc
import os
import threading
import warnings
import weakref

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from op_runs import gradients, to_library
from test_ops import SPECS, _plain, draw_case
from twin import assert_same, normal

import minitorch_np as mt
from minitorch_np import nn


def watch(tensors) -> list[weakref.ref]:
    """Weak references to all nodes behind the tensors."""
    stack, seen = [x.grad_fn for x in tensors if x is not None and x.grad_fn is not None], {}
    while stack:
        node = stack.pop()
        if id(node) not in seen:
            seen[id(node)] = weakref.ref(node)
            stack += [below for below, _ in node.next_functions if below is not None]
    return list(seen.values())


def alive(references) -> list[str]:
    return [node.name() for node in (reference() for reference in references) if node is not None]


def watch_gradients(spec, arrays, options):
    """All nodes of a first and, where there is one, a second derivative; the tensors are dropped on return."""
    results = gradients(spec, mt, arrays, options, 0, spec.orders)
    return watch([x for level in results for x in level])


def watch_backward(spec, arrays, options):
    tensors = [to_library(mt, a, requires_grad=True) for a in arrays]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some records call what torch deprecates
        out = spec.call(mt, *tensors, **options)
    outputs = [y for y in (out if isinstance(out, tuple | list) else (out,)) if isinstance(y, mt.Tensor) and y.requires_grad]
    references = watch(outputs)
    mt.autograd.backward(outputs, [mt.ones(y.shape, dtype=y.dtype) for y in outputs])
    return references


@pytest.mark.parametrize("spec", [s for s in SPECS if s.orders >= 1], ids=lambda s: s.name)
@settings(max_examples=1)
@given(data=st.data())
def test_no_node_outlives_its_results(spec, data):
    arrays, _, options = draw_case(data, _plain(spec), ["float64"])
    gc.disable()
    try:
        assert not alive(watch_gradients(spec, arrays, options)), "the graph waits for the cyclic collector"
        assert not alive(watch_backward(spec, arrays, options)), "the graph waits for the cyclic collector"
    finally:
        gc.enable()


def resident() -> int:
    """Bytes of memory that this process holds."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_ten_thousand_steps_need_no_more_memory_than_a_thousand():
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
    optimizer = mt.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    x, y = mt.ones(3, 4), mt.zeros(3, 1)

    def steps(count):
        for _ in range(count):
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(model(x), y)
            loss.backward()
            optimizer.step()
        return watch([loss])

    gc.collect()
    gc.disable()
    try:
        assert not alive(steps(1000))
        objects = len(gc.get_objects())  # before memory is measured: the list of them alone is some MiB
        before = resident()
        assert not alive(steps(10_000))
        # Ten thousand steps record 60,000 nodes of 100 bytes and more each, besides what they save: if a step in a hundred
        # kept one node, there would be a hundred objects more; if each did, several times the memory that is allowed here
        # (for the allocators of Python and NumPy, which other tests have left in pieces).
        assert resident() - before < 2**21
        assert len(gc.get_objects()) - objects < 100
    finally:
        gc.enable()


CONVOLUTIONS = {
    "one": ("conv2d", (1, 2, 4, 4), (2, 2, 3, 3), {}),
    "stride": ("conv2d", (1, 1, 5, 4), (2, 1, 2, 2), {"stride": (2, 1)}),
    "dilation, padding": ("conv2d", (1, 1, 4, 5), (1, 1, 2, 2), {"dilation": (1, 2), "padding": (1, 0)}),
    "groups": ("conv2d", (1, 4, 3, 3), (2, 2, 2, 2), {"groups": 2}),
    "all at once": ("conv2d", (2, 4, 5, 5), (4, 2, 2, 2), {"stride": 2, "padding": 1, "dilation": 2, "groups": 2}),
    "of lines": ("conv1d", (2, 4, 6), (4, 2, 2), {"stride": 2, "padding": 1, "dilation": 2, "groups": 2}),
    "of one line": ("conv1d", (2, 5), (3, 2, 2), {"padding": "same"}),
    # Without output_padding, which torch's third derivative hands to a plain convolution, which refuses it.
    "transposed": ("conv_transpose2d", (1, 2, 2, 3), (2, 3, 2, 2), {}),
    "transposed, all at once": (
        "conv_transpose2d", (1, 4, 3, 2), (4, 1, 2, 2),
        {"stride": 2, "padding": 1, "dilation": (2, 1), "groups": 2},
    ),
    "transposed lines": ("conv_transpose1d", (2, 2, 3), (2, 1, 3), {"stride": 2, "padding": 1, "groups": 2}),
}  # fmt: skip


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_third_derivatives_of_convolutions(name):
    function, x_shape, w_shape, options = CONVOLUTIONS[name]
    channels = w_shape[1] * options.get("groups", 1) if "transpose" in function else w_shape[0]

    def program(t, nn):
        x, w = normal(t, *x_shape, requires_grad=True), normal(t, *w_shape, seed=1, requires_grad=True)
        b = normal(t, channels, seed=2, requires_grad=True)
        inputs, results = [x, w, b], []
        y = getattr(nn.functional, function)(x, w, b, **options)
        value = (y**3 * normal(t, *y.shape, seed=3)).sum()  # a cube: the third derivative is not zero
        for order in range(3):
            grads = t.autograd.grad(value, inputs, create_graph=True)
            results.append([g.detach() for g in grads])
            value = sum((g * normal(t, *g.shape, seed=4 + order)).sum() for g in grads)
        return results

    assert_same(program)


def test_threads_with_graphs_of_their_own_do_not_meet():
    """Modes, hooks on saved values, anomaly-free gradients: each thread's own, also while others are inside backward."""
    barrier, results, failures = threading.Barrier(4), {}, []

    def work(number):
        try:
            x = mt.full((20, 20), float(number), dtype=mt.float64, requires_grad=True)
            seen, packed = [], []
            barrier.wait()
            for step in range(20):
                with mt.autograd.graph.saved_tensors_hooks(lambda v: (packed.append(number), v)[1], lambda v: v):
                    y = (x * x).sin()
                y.register_hook(lambda g: seen.append(mt.is_grad_enabled()))
                total = y.sum()
                with mt.set_grad_enabled(number % 2 == 0):
                    (g,) = mt.autograd.grad(total, x, create_graph=number % 2 == 1)
                    assert mt.is_grad_enabled() == (number % 2 == 0)
                assert g.requires_grad == (number % 2 == 1)
                (x * (step + 1)).sum().backward()
            results[number] = x.grad, set(seen), set(packed), mt.is_grad_enabled()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    for number, (gradient, seen, packed, enabled) in results.items():
        assert (gradient == 210).all()
        assert (seen, packed, enabled) == ({number % 2 == 1}, {number}, True)


def test_threads_add_to_one_leaf():
    x = mt.zeros(100_000, dtype=mt.float64, requires_grad=True)
    threads = [threading.Thread(target=lambda: [x.sum().backward() for _ in range(20)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (x.grad == 80).all()
