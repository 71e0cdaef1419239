"""The graph from outside: nodes, what they have saved, edges, hooks on saved values and on several gradients."""

import numpy as np
import pytest
from twin import Programs, assert_same

import minitorch_np as mt

program = Programs()


def leaf(t, *values):
    return t.tensor(values or [1.0, 2.0, 3.0], dtype=t.float64, requires_grad=True)


def attempt(function):
    try:
        return function()
    except Exception as error:
        return type(error).__name__, str(error)


def walk(node, depth=0):
    """The graph below a node as text."""
    lines = ["  " * depth + type(node).__name__]
    for below, number in node.next_functions:
        if below is not None:
            lines += [f"{line} {number}" if at == 0 else line for at, line in enumerate(walk(below, depth + 1))]
    return lines


@program
def graphs_can_be_walked(t, nn):
    x, w = leaf(t), t.ones(3, 2, dtype=t.float64, requires_grad=True)
    y = (x.exp().view(1, 3) @ w).relu().softmax(1)
    a, b = (x * 2).split([1, 2])
    return walk(y.log().sum().grad_fn), walk((a * b).mean().grad_fn), walk(t.cat([x, x[1:]]).grad_fn)


@program
def nodes(t, nn):
    x = leaf(t)
    y = x * x
    node = y.grad_fn
    end = node.next_functions[0][0]
    node.metadata["note"] = 1
    described = [
        (m.shape, m.dtype, str(m.device), m.is_nested_tensor) for m in (*node._input_metadata, *end._input_metadata)
    ]
    return (
        node.name(), type(node).__name__, end.name(), type(end).__name__, repr(node), repr(end), node.metadata, end.metadata,
        end.variable is x, described, y.exp().grad_fn._sequence_nr() > node._sequence_nr(), end._sequence_nr(),
        node.next_functions[1] == (end, 0), end.next_functions, node.requires_grad,
        [isinstance(n, t.autograd.graph.Node) for n in (node, end, x)], attempt(lambda: node.unknown),
        attempt(lambda: node._saved_unknown), (x * 1).grad_fn.next_functions[0][0] is end,
    )  # fmt: skip


SAVED = {
    "exp": lambda t, x: (x.exp(), "result"),
    "mul": lambda t, x: (x * x, "self other"),
    "mul, a constant": lambda t, x: (x * t.ones(3, dtype=t.float64), "self other"),
    "softmax": lambda t, x: (x.softmax(0), "dim result"),
    "sqrt": lambda t, x: (x.sqrt(), "result"),
    "tanh": lambda t, x: (x.tanh(), "result"),
    "sigmoid": lambda t, x: (x.sigmoid(), "result"),
    "log": lambda t, x: (x.log(), "self"),
    "sin": lambda t, x: (x.sin(), "self"),
    "relu": lambda t, x: (x.relu(), "result"),
    "sum": lambda t, x: (x.sum(0), "self_sym_sizes"),
}


@pytest.mark.parametrize("name", SAVED)
def test_saved_values(name):
    def run(t, nn):
        y, names = SAVED[name](t, leaf(t))
        node, names = y.grad_fn, names.split()
        before = [getattr(node, f"_saved_{n}") for n in names]
        listed = [f"_saved_{n}" in dir(node) for n in names]
        y.sum().backward()
        return before, listed, attempt(lambda: getattr(node, f"_saved_{names[-1]}")) if "sizes" not in names[0] else None

    assert_same(run)


@program
def raw_saved_values(t, nn):
    x = leaf(t)
    y = x * x
    raw = y.grad_fn._raw_saved_self
    before = raw.data, raw.unpack(), raw.unpack_hook
    raw.register_hooks(lambda x: x.detach().numpy().copy(), lambda a: t.from_numpy(a) * 10)
    packed = y.grad_fn._saved_self, np.asarray(raw.data).tolist()
    again = attempt(lambda: raw.register_hooks(lambda x: x, lambda x: x))
    y.sum().backward()
    freed = attempt(lambda: y.grad_fn._raw_saved_other.register_hooks(lambda x: x, lambda x: x))
    none = (x * 2).grad_fn._raw_saved_self
    return before, packed, again, x.grad, freed, none.data, attempt(lambda: none.register_hooks(lambda x: x, lambda x: x))


def write(x):
    x.add_(1)
    return x


@program
def pack_hooks_must_not_write(t, nn):
    results = []
    for hook in (write, t.no_grad()(write)):
        y = leaf(t) * leaf(t)
        results.append(attempt(lambda: y.grad_fn._raw_saved_self.register_hooks(hook, lambda x: x)))  # noqa: B023
    return results


@program
def saved_tensors_hooks(t, nn):
    log = []
    g = t.autograd.graph

    def pack(x):
        log.append(("pack", x))
        return x.detach().numpy().copy()

    def unpack(a):
        log.append(("unpack", a.tolist()))
        return t.from_numpy(a)

    x, w = leaf(t), leaf(t)
    with g.saved_tensors_hooks(pack, unpack):
        y = x * w
        with g.saved_tensors_hooks(lambda x: x.detach() * 2, lambda x: x):
            z = y * y
        out = z.exp()
    out.sum().backward()
    with g.save_on_cpu():
        u = x * w
    u.sum().backward()
    with g.save_on_cpu(pin_memory=False):
        u = x * w
    (h,) = t.autograd.grad(u.sum(), x, create_graph=True)
    return log, x.grad, w.grad, h, t.autograd.grad(h.sum(), w)


@program
def wrong_unpacking(t, nn):
    with t.autograd.graph.saved_tensors_hooks(lambda x: x, lambda x: 3):
        y = leaf(t) * leaf(t)
    y.sum().backward()


@program
def disabled_hooks(t, nn):
    g = t.autograd.graph

    def outside():
        with g.saved_tensors_hooks(lambda x: x, lambda x: x), g.disable_saved_tensors_hooks("no!"):
            return 1

    def inside():
        with g.disable_saved_tensors_hooks("no!"):
            with g.disable_saved_tensors_hooks("inner"):
                pass
            with g.saved_tensors_hooks(lambda x: x, lambda x: x):
                return 1

    with g.saved_tensors_hooks(lambda x: x, lambda x: x):
        pass
    return attempt(outside), attempt(inside)


@program
def hooks_on_several_gradients(t, nn):
    log = []
    for mode in ("all", "any"):
        a, b = leaf(t), leaf(t)
        c, d = a * b, a * b
        note = (lambda gs: log.append([g is not None for g in gs])) if mode == "all" else log.append
        handle = t.autograd.graph.register_multi_grad_hook((a, b, c, d), note, mode=mode)
        c.sum().backward(retain_graph=True)
        c.sum().backward(inputs=(a,), retain_graph=True)
        log.append(attempt(lambda: t.autograd.grad(c.sum(), a, retain_graph=True)))  # noqa: B023
        (c + d).sum().backward(retain_graph=True)
        handle.remove()
        c.sum().backward()
    return (
        log,
        attempt(lambda: t.autograd.graph.register_multi_grad_hook((leaf(t),), print, mode="some")),
        attempt(lambda: t.autograd.graph.register_multi_grad_hook((leaf(t).detach(),), print)),
    )


@program
def versions(t, nn):
    g, x, y = t.autograd.graph, t.ones(2), t.ones(2)
    g.increment_version(x)
    g.increment_version([x, y])
    return x._version, y._version, attempt(lambda: g.increment_version(3)), attempt(lambda: g.increment_version([3]))


@program
def gradient_edges(t, nn):
    g, x = t.autograd.graph, leaf(t)
    y = (x * 1).split(1)[2]
    return repr(g.get_gradient_edge(x)), repr(g.get_gradient_edge(y)), attempt(lambda: g.get_gradient_edge(x.detach()))


def test_what_is_left_out_says_so():
    with pytest.raises(NotImplementedError, match="allow_mutation_on_saved_tensors"):
        mt.autograd.graph.allow_mutation_on_saved_tensors()


@pytest.mark.parametrize("function", program, ids=lambda f: f.__name__)
def test_same_as_torch(function):
    assert_same(function)
