"""Anomaly detection: which forward line made the NaN or the error, in torch's words."""

import re
import warnings

import pytest
from twin import Programs, assert_same

program = Programs()


def leaf(t, *values, **more):
    return t.tensor(values or [1.0, 2.0, 3.0], **({"dtype": t.float64, "requires_grad": True} | more))


def told(function):
    """The result or error, and each warning with the last line of ours in its traceback."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = function()
        except Exception as error:
            result = type(error).__name__, str(error)
    return result, [(w.category.__name__, digest(str(w.message))) for w in caught]


def digest(message):
    """The first line, and the last source line that stands in this file."""
    first = message.strip().split("\n")[0].split(" (Triggered")[0]
    ours = re.findall(r'File "[^"]*test_anomaly.py", line (\d+), in (\w+)', message)
    return first, ours[-1:]


def make(t, backward):
    functions = {"forward": staticmethod(lambda ctx, x: x * 1), "backward": staticmethod(backward)}
    return type("Fn", (t.autograd.Function,), functions)


def spoil(ctx, g):
    return g * float("nan")


@program
def a_nan_in_a_custom_function(t, nn):
    def run(**options):
        with t.autograd.detect_anomaly(**options):
            x = leaf(t)
            y = make(t, spoil).apply(x)
            y.sum().backward()
        return x.grad

    return told(run), told(lambda: run(check_nan=False))


@program
def a_nan_in_an_operation(t, nn):
    def run():
        with t.autograd.set_detect_anomaly(True):
            x = leaf(t, 0.0, 1.0)
            y = x.sqrt()
            z = y * 0
            z.sum().backward()

    return told(run)


@program
def no_forward_information(t, nn):
    def run():
        y = make(t, spoil).apply(leaf(t)).sum()
        with t.autograd.set_detect_anomaly(True):
            y.backward()

    return told(run)


@program
def errors(t, nn):
    def in_backward():
        with t.autograd.set_detect_anomaly(True):
            make(t, lambda ctx, g: {}["missing"]).apply(leaf(t)).sum().backward()

    def in_a_hook():
        with t.autograd.set_detect_anomaly(True):
            y = leaf(t) * 2
            y.register_hook(lambda g: 1 / 0)
            y.sum().backward()

    def in_a_hook_on_a_leaf():
        with t.autograd.set_detect_anomaly(True):
            x = leaf(t)
            x.register_hook(lambda g: 1 / 0)
            x.sum().backward()

    return told(in_backward), told(in_a_hook), told(in_a_hook_on_a_leaf)


@program
def second_derivatives(t, nn):
    def run():
        x, w = leaf(t), leaf(t)
        with t.autograd.set_detect_anomaly(True):
            outer = make(t, lambda ctx, g: make(t, spoil).apply(g))
            y = (outer.apply(x) * w).sum()
            (g,) = t.autograd.grad(y, x, create_graph=True)
            g.sum().backward()

    def forgotten():
        x, w = leaf(t), leaf(t)
        outer = make(t, lambda ctx, g: make(t, spoil).apply(g))
        y = (outer.apply(x) * w).sum()
        with t.autograd.set_detect_anomaly(True):
            (g,) = t.autograd.grad(y, x, create_graph=True)
            g.sum().backward()

    return told(run), told(forgotten)


@program
def the_switch(t, nn):
    states = []

    def note():
        states.append((t.is_anomaly_enabled(), t.is_anomaly_check_nan_enabled()))

    note()
    with t.autograd.set_detect_anomaly(True):
        note()
        with t.autograd.set_detect_anomaly(False, check_nan=False):
            note()
        note()
    t.autograd.set_detect_anomaly(True, check_nan=False)
    note()
    t.autograd.set_detect_anomaly(False)
    note()
    wrong = told(lambda: t.autograd.set_detect_anomaly("yes"))
    return states, wrong, t.is_anomaly_enabled()


@program
def notes_on_nodes(t, nn):
    with t.autograd.set_detect_anomaly(True):
        node = (leaf(t) * 2).grad_fn
    return sorted(node.metadata), digest("".join(node.metadata["traceback_"]))[1], type(node.metadata["traceback_"]).__name__


@program
def multithreading(t, nn):
    with t.autograd.set_multithreading_enabled(False):
        x = leaf(t)
        x.sum().backward()
    return x.grad


@pytest.mark.parametrize("function", program, ids=lambda f: f.__name__)
def test_same_as_torch(function):
    assert_same(function)
