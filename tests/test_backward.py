"""autograd.grad and backward: every argument, every sentence.  Programs run in both libraries."""

import warnings

import pytest
from twin import Programs, assert_same

import minitorch_np as mt
from minitorch_np.autograd.backward import _warned

program = Programs()


def leaf(t, *values, **more):
    return t.tensor(values or [1.0, 2.0, 3.0], **({"dtype": t.float64, "requires_grad": True} | more))


def told(function):
    """What the function returns and the warnings it gives."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = function()
    once = "Using backward() with create_graph=True"  # in a process: who hears it depends on the order of tests
    told = [(w.category.__name__, str(w.message)) for w in caught if not str(w.message).startswith(once)]
    return result, told


def test_the_warning_about_a_cycle_comes_once():
    _warned.clear()
    x = mt.ones(3, requires_grad=True)
    with pytest.warns(UserWarning, match="will create a reference cycle between the parameter and its gradient"):
        (x * x).sum().backward(create_graph=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (x * x).sum().backward(create_graph=True)


def attempt(function):
    """What the function returns, or the error's type and words."""
    try:
        return function()
    except Exception as error:
        return type(error).__name__, str(error)


# --- roots and their gradients ---------------------------------------------------------------------------------

ROOTS = {
    "a scalar": lambda t, x: (x * x).sum().backward(),
    "one element of one dimension": lambda t, x: (x * x)[:1].backward(),
    "several elements": lambda t, x: (x * x).backward(),
    "several roots": lambda t, x: t.autograd.backward([x.sum(), (x * x).sum()]),
    "several roots, gradients": lambda t, x: t.autograd.backward([x * 1, (x * x).sum()], [x.detach(), None]),
    "the same root twice": lambda t, x: t.autograd.backward([(y := x * x), y], [x.detach(), x.detach()]),
    "a leaf as root": lambda t, x: x.backward(x.detach()),
    "a leaf twice": lambda t, x: t.autograd.backward([x, x], [x.detach(), x.detach()]),
    "a leaf with one element": lambda t, x: leaf(t, 2.0).backward(),
    "a leaf that asks for nothing": lambda t, x: x.detach().sum().backward(),
    "the second root asks for nothing": lambda t, x: t.autograd.backward([x.sum(), x.detach().sum()]),
    "too few gradients": lambda t, x: t.autograd.backward([x.sum(), x.sum()], [t.ones((), dtype=t.float64)]),
    "too many gradients": lambda t, x: t.autograd.backward([x.sum()], [None, None]),
    "a gradient of another shape": lambda t, x: (x * 1).backward(t.ones(4, dtype=t.float64)),
    "a gradient that would broadcast": lambda t, x: (x * 1).backward(t.ones(1, dtype=t.float64)),
    "a gradient for a scalar, one dimension": lambda t, x: x.sum().backward(t.ones(1, dtype=t.float64)),
    "a gradient of float32": lambda t, x: (x * 1).backward(t.tensor([0.1, 0.2, 0.3])),
    "a gradient of int64": lambda t, x: (x * x).backward(t.tensor([1, 2, 3])),
    "a gradient of bool": lambda t, x: (x * x).backward(t.tensor([True, False, True])),
    "a gradient that is a number": lambda t, x: x.sum().backward(3.0),
    "a gradient that is a list": lambda t, x: (x * 1).backward([1.0, 2.0, 3.0]),
    "a gradient that is a tuple of one tensor": lambda t, x: (x * 1).backward((x.detach(),)),
    "a gradient for a root without history": lambda t, x: x.detach().backward(x.detach()),
    "none for a root without history": lambda t, x: t.autograd.backward([x.detach(), x.sum()], [None, None]),
    "an integer root": lambda t, x: t.tensor(3).backward(),
    "no roots": lambda t, x: t.autograd.backward([]),
    "a root that is no tensor": lambda t, x: t.autograd.backward(3),
    "roots that are no tensors": lambda t, x: t.autograd.backward([3]),
    "grad_variables": lambda t, x: t.autograd.backward(x * 1, grad_variables=x.detach()),
    "both names": lambda t, x: t.autograd.backward(x * 1, x.detach(), grad_variables=x.detach()),
    "empty": lambda t, x: (x[:0] * 2).backward(),
    "empty, gradient": lambda t, x: (x[:0] * 2).backward(t.ones(0, dtype=t.float64)),
    "a generator": lambda t, x: t.autograd.backward(y for y in (x.sum(), x.sum())),
    "create_graph": lambda t, x: (x**3).sum().backward(create_graph=True),
    "a gradient with history": lambda t, x: (x * x).backward(x * 2, create_graph=True),
    "by keyword": lambda t, x: (x * x).backward(gradient=x.detach(), retain_graph=True, create_graph=False, inputs=x),
    "inputs, a tensor": lambda t, x: x.sum().backward(inputs=x),
    "inputs, none": lambda t, x: x.sum().backward(inputs=[]),
    "inputs, a dict": lambda t, x: x.sum().backward(inputs={"x": x}),
    "inputs, no tensors": lambda t, x: x.sum().backward(inputs=[3]),
    "inputs, without requires_grad": lambda t, x: x.sum().backward(inputs=[x.detach()]),
    "inputs, not reached": lambda t, x: x.sum().backward(inputs=[leaf(t)]),
    "inputs, twice the same": lambda t, x: (x * x).sum().backward(inputs=[x, x]),
    "inputs, a string": lambda t, x: x.sum().backward(inputs="x"),
}


@pytest.mark.parametrize("name", ROOTS)
def test_roots(name):
    def run(t, nn):
        x = leaf(t)
        result = told(lambda: attempt(lambda: ROOTS[name](t, x)))
        return result, x.grad, x.grad is not None and x.grad.grad_fn is not None

    assert_same(run)


@program
def the_second_pass_adds(t, nn):
    x = leaf(t)
    y = (x * x).sum()
    y.backward(retain_graph=True)
    first = x.grad
    y.backward()
    return x.grad, first is x.grad, first._version, attempt(y.backward)


@program
def create_graph_adds_out_of_place(t, nn):
    x = leaf(t)
    (x * x).sum().backward()
    first = x.grad
    told(lambda: (x**3).sum().backward(create_graph=True))
    return first is x.grad, first, x.grad, x.grad.requires_grad, x.grad.is_leaf


@program
def inputs_inside_the_graph_keep_their_gradient(t, nn):
    x, w = leaf(t), leaf(t)
    y = x * w
    z = y.exp()
    z.sum().backward(inputs=[y, w])
    return y.grad, y.retains_grad, x.grad, w.grad


@program
def inputs_that_are_the_root(t, nn):
    x = leaf(t)
    z = (x * x).sum()
    z.backward(inputs=[z], retain_graph=True)
    z.backward(inputs=[z])
    return z.grad, x.grad, attempt(z.backward)


@program
def a_gradient_of_the_leafs_own_memory(t, nn):
    x = leaf(t)
    g = t.ones(3, dtype=t.float64)
    x.backward(g)
    x.grad.add_(1)
    y = leaf(t)
    (y + y.view(3)).backward(g)
    y.grad.add_(1)
    return g, x.grad, y.grad


@program
def a_gradient_in_another_order(t, nn):
    x = t.ones(2, 3, dtype=t.float64, requires_grad=True)
    (x.t() * 2).sum().backward()
    y = t.ones(2, 3, dtype=t.float64).t().requires_grad_()
    (y * 2).sum().backward()
    z = t.ones(2, 3, dtype=t.float64, requires_grad=True)
    z.sum().backward()
    return x.grad.stride(), y.grad.stride(), z.grad.stride()


@program
def a_grad_set_by_hand(t, nn):
    x = leaf(t)
    x.grad = t.full((3,), 10.0, dtype=t.float64)
    given = x.grad
    x.sum().backward()
    return x.grad, x.grad is given, given._version


@program
def backward_under_no_grad(t, nn):
    x = leaf(t)
    y = (x * x).sum()
    with t.no_grad():
        y.backward(retain_graph=True)
        (g,) = t.autograd.grad(y, x, create_graph=True)
    return x.grad, g, g.requires_grad


@program
def an_error_half_way_leaves_what_was_done(t, nn):
    class Broken(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, g):
            raise ValueError("on purpose")

    x, w = leaf(t), leaf(t)
    y = Broken.apply(x) * w
    result = attempt(lambda: y.sum().backward())
    return result, x.grad, w.grad, t.is_grad_enabled()


# --- leaves ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float16", "float32", "int8", "uint8", "int16", "int32", "int64", "bool"])
def test_a_grad_of_another_dtype(dtype):
    def run(t, nn):
        leaf(t).grad = t.ones(3, dtype=getattr(t, dtype))

    assert_same(run)


@program
def grads_that_do_not_fit(t, nn):
    x = leaf(t)
    return [attempt(lambda: setattr(x, "grad", value)) for value in (t.ones(2, dtype=t.float64), 3, x)]  # noqa: B023


@program
def a_grad_with_history_becomes_the_sum(t, nn):
    x, g = leaf(t), leaf(t)
    x.grad = g
    (x * 2).sum().backward()
    return x.grad, x.grad is g


@program
def leaves_that_changed_before_backward(t, nn):
    results = []
    for change in (
        lambda x: x.requires_grad_(False),
        lambda x: x.detach_(),
        lambda x: setattr(x, "data", t.zeros(3, dtype=t.float64)),
        lambda x: setattr(x, "data", t.zeros(2, dtype=t.float64)),
    ):
        x = leaf(t)
        y = x * 2
        change(x)
        results.append((attempt(lambda: y.sum().backward()), x.grad, x.requires_grad))  # noqa: B023
    return results


@program
def gradients_have_the_leafs_dtype(t, nn):
    half, single = leaf(t, dtype=t.float16), leaf(t, dtype=t.float32)
    (half * 2).sum().backward()
    (single.double() * 2).sum().backward()
    return half.grad, single.grad


@program
def gradients_lie_as_the_leaf_does_if_it_is_dense(t, nn):
    strides = []
    for x in (
        t.ones(3, 1, dtype=t.float64).expand(3, 4),
        t.ones(2, 6, dtype=t.float64)[:, ::2],
        t.ones(2, 3, 4, dtype=t.float64).permute(2, 0, 1),
        t.ones(1, 3, dtype=t.float64).t(),
    ):
        x.requires_grad_()
        (x * 2).exp().sum().backward()
        strides.append((x.grad, x.grad.stride()))
        told(lambda: (x * 2).sum().backward(create_graph=True))  # noqa: B023
        strides.append((x.grad, x.grad.stride(), x.grad.grad_fn.name()))
        x.grad = None
        told(lambda: (x * 2).sum().backward(create_graph=True))  # noqa: B023
        strides.append((x.grad, x.grad.stride(), x.grad.grad_fn.name()))
    return strides


@program
def backward_inside_backward(t, nn):
    class Inner(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.x = x.detach().requires_grad_()
            return x * x

        @staticmethod
        def backward(ctx, g):
            with t.enable_grad():
                y = (ctx.x**2).sum()
            y.backward()
            return ctx.x.grad * g

    x = leaf(t)
    Inner.apply(x).sum().backward()
    return x.grad


# --- grad --------------------------------------------------------------------------------------------------------


def f(t, x, w):
    return (x * x * w).sum()


GRAD = {
    "one": lambda t, G, x, w: G(f(t, x, w), x),
    "two": lambda t, G, x, w: G(f(t, x, w), [x, w]),
    "a tuple": lambda t, G, x, w: G((f(t, x, w), x.sum()), (x, w)),
    "a dict": lambda t, G, x, w: G(f(t, x, w), {"a": x, "b": w}),
    "the same twice": lambda t, G, x, w: G(f(t, x, w), [x, w, x]),
    "the root itself": lambda t, G, x, w: G(y := f(t, x, w), [y, x]),
    "a leaf with respect to itself": lambda t, G, x, w: G(x, x, x.detach()),
    "unused": lambda t, G, x, w: G(x.sum(), [x, w]),
    "unused, allowed": lambda t, G, x, w: G(x.sum(), [x, w], allow_unused=True),
    "unused, not allowed": lambda t, G, x, w: G(x.sum(), [x, w], allow_unused=False),
    "unused, zeros": lambda t, G, x, w: G(x.sum(), [x, w], materialize_grads=True),
    "unused, zeros allowed": lambda t, G, x, w: G(x.sum(), [x, w], allow_unused=True, materialize_grads=True),
    "unused, zeros not allowed": lambda t, G, x, w: G(x.sum(), [x, w], allow_unused=False, materialize_grads=True),
    "unused, not a leaf": lambda t, G, x, w: G(x.sum(), [w * 2]),
    "does not require grad": lambda t, G, x, w: G(x.sum(), [x.detach()]),
    "does not require grad, allowed": lambda t, G, x, w: G(x.sum(), [x.detach()], allow_unused=True),
    "no inputs": lambda t, G, x, w: G(x.sum(), []),
    "no tensors": lambda t, G, x, w: G(x.sum(), [3]),
    "no outputs": lambda t, G, x, w: G([], [x]),
    "an output without history": lambda t, G, x, w: G(x.detach().sum(), x),
    "outputs, one without history": lambda t, G, x, w: G([x.sum(), x.detach().sum()], x),
    "output no tensor": lambda t, G, x, w: G([3.0], x),
    "several elements": lambda t, G, x, w: G(x * w, x),
    "grad_outputs": lambda t, G, x, w: G(x * w, x, w.detach()),
    "grad_outputs, a list": lambda t, G, x, w: G([x * w, x.sum()], x, [w.detach(), None]),
    "grad_outputs, too few": lambda t, G, x, w: G([x * w, x.sum()], x, [w.detach()]),
    "grad_outputs, one tensor for two": lambda t, G, x, w: G([x.sum(), x.sum()], x, w.sum().detach()),
    "grad_outputs, shape": lambda t, G, x, w: G([x * w, x * x], x, [w.detach(), t.ones(2, 3, dtype=t.float64)]),
    "grad_outputs, dtype": lambda t, G, x, w: G(x * w, x, w.detach().float()),
    "grad_outputs, int": lambda t, G, x, w: G(x * w, x, t.tensor([1, 2, 3])),
    "grad_outputs, number": lambda t, G, x, w: G(x.sum(), x, 1.0),
    "grad_outputs, numbers": lambda t, G, x, w: G(x.sum(), x, [1.0]),
    "only_inputs": lambda t, G, x, w: G(x.sum(), x, only_inputs=False),
    "by keyword": lambda t, G, x, w: G(
        outputs=x * w, inputs=x, grad_outputs=w.detach(), retain_graph=True, create_graph=True, only_inputs=True,
        allow_unused=True, is_grads_batched=False, materialize_grads=False
    ),
    "graph": lambda t, G, x, w: [(g, g.requires_grad) for g in G(f(t, x, w), [x, w], create_graph=True)],
    "graph of a line": lambda t, G, x, w: [(g, g.requires_grad) for g in G((2 * x).sum(), [x], create_graph=True)],
    "zeros and graph": lambda t, G, x, w: G((2 * x).sum(), [w], create_graph=True, materialize_grads=True),
    "batched": lambda t, G, x, w: G(x * w, [x, w], t.eye(3, dtype=t.float64), is_grads_batched=True),
    "batched, graph": lambda t, G, x, w: G(
        x * w, [x, w], t.eye(3, dtype=t.float64), is_grads_batched=True, create_graph=True
    ),
    "batched, unused": lambda t, G, x, w: G(
        x * x, [x, w], t.eye(3, dtype=t.float64), is_grads_batched=True, allow_unused=True
    ),
    "batched, zeros": lambda t, G, x, w: G(
        x * x, [x, w], t.eye(3, dtype=t.float64), is_grads_batched=True, materialize_grads=True
    ),
    "batched, several outputs": lambda t, G, x, w: G(
        [x * w, x.sum()], [x], [t.eye(3, dtype=t.float64), t.ones(3, dtype=t.float64)], is_grads_batched=True
    ),
    "batched, different sizes": lambda t, G, x, w: G(
        [x * w, x.sum()], [x], [t.eye(3, dtype=t.float64), t.ones(2, dtype=t.float64)], is_grads_batched=True
    ),
    "batched, one None": lambda t, G, x, w: G(
        [x * w, x.sum()], [x], [t.eye(3, dtype=t.float64), None], is_grads_batched=True
    ),
    "batched, shape": lambda t, G, x, w: G(x * w, [x], t.ones(4, 2, dtype=t.float64), is_grads_batched=True),
    "batched, a scalar": lambda t, G, x, w: G((x * w).sum(), [x], t.ones(4, dtype=t.float64), is_grads_batched=True),
    "batched, without a batch": lambda t, G, x, w: G((x * w).sum(), [x], t.ones((), dtype=t.float64), is_grads_batched=True),
    "batched, no gradients": lambda t, G, x, w: G((x * w).sum(), [x], is_grads_batched=True),
    "batched, empty": lambda t, G, x, w: G(x * w, [x], t.ones(0, 3, dtype=t.float64), is_grads_batched=True),
    "batched, unused and not allowed": lambda t, G, x, w: G(x * x, [w], t.eye(3, dtype=t.float64), is_grads_batched=True),
}  # fmt: skip


@pytest.mark.parametrize("name", GRAD)
def test_grad(name):
    def run(t, nn):
        x, w = leaf(t), leaf(t, 0.5, -1.0, 2.0)
        return told(lambda: attempt(lambda: GRAD[name](t, t.autograd.grad, x, w))), x.grad, w.grad

    assert_same(run)


@program
def grad_keeps_or_frees_the_graph(t, nn):
    x = leaf(t)
    y = (x * x).sum()
    t.autograd.grad(y, x, retain_graph=True)
    t.autograd.grad(y, x, create_graph=True)
    t.autograd.grad(y, x, create_graph=True, retain_graph=False)
    return attempt(lambda: t.autograd.grad(y, x))


@program
def only_what_ran_is_freed(t, nn):
    x, w = leaf(t), leaf(t)
    y = x * x
    z = w * w
    out = (y * z).sum()
    t.autograd.grad(out, y)
    return attempt(lambda: y.sum().backward()), attempt(lambda: out.backward()), x.grad, w.grad


@program
def unused_within_reach(t, nn):
    x = leaf(t)
    y = x.detach() * 2
    z = (x * y).sum()
    return attempt(lambda: t.autograd.grad(z, y)), t.autograd.grad((x * 0).sum(), x)


@program
def materialised_zeros(t, nn):
    x, w = leaf(t), t.ones(2, 3, dtype=t.float32).t().requires_grad_()
    g, h = t.autograd.grad(x.sum(), [x, w], materialize_grads=True)
    return g, h, h.stride(), h.requires_grad


@program
def integers_stop_gradients(t, nn):
    x = leaf(t)
    values, at = x.max(0)
    return attempt(lambda: t.autograd.grad(at, x)), t.autograd.grad(values, x), at.requires_grad


@program
def gradients_of_none_go_on_as_none(t, nn):
    log = []

    class Nothing(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, g):
            return None

    class Below(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, g):
            log.append(g)
            return g

    x, w, v = leaf(t), leaf(t), leaf(t)
    below = Below.apply(x)
    product = w * w
    below.register_hook(lambda g: log.append("hook below"))
    product.register_hook(lambda g: log.append("hook product"))
    product.grad_fn.register_prehook(lambda g: log.append(("pre", g)))
    product.grad_fn.register_hook(lambda i, o: log.append(("post", i, o)))
    w.register_hook(lambda g: log.append("hook leaf"))
    w.register_post_accumulate_grad_hook(lambda x: log.append("post leaf"))
    (Nothing.apply(below) + Nothing.apply(product) + Nothing.apply(v)).sum().backward()
    return log, x.grad, w.grad, v.grad


# --- edges -------------------------------------------------------------------------------------------------------


@program
def gradient_edges(t, nn):
    edge = t.autograd.graph.get_gradient_edge
    x = leaf(t)
    y = x * x
    z = y.exp()
    e = edge(y)
    g = t.autograd.grad(z.sum(), [e, edge(x)], retain_graph=True)
    h = t.autograd.grad(edge(z), x, t.ones(3, dtype=t.float64), retain_graph=True)
    t.autograd.backward(edge(z), t.ones(3, dtype=t.float64), inputs=[edge(x)], retain_graph=True)
    return g, h, x.grad, e.node.name(), e.output_nr, e._fields, type(e).__name__


EDGES = {
    "no history": lambda t, E, x: E(x.detach()),
    "no gradient": lambda t, E, x: t.autograd.grad(E(x * x), x),
    "no gradient, one element": lambda t, E, x: t.autograd.grad(E((x * x).sum()), x),
    "wrong shape": lambda t, E, x: t.autograd.grad(E(x * x), x, t.ones(2)),
    "backward": lambda t, E, x: t.autograd.backward(E((x * x).sum())),
    "inside, accumulated": lambda t, E, x: t.autograd.backward(((y := x * x) * 2).sum(), inputs=[E(y)]),
    "unused": lambda t, E, x: t.autograd.grad(x.sum(), E(leaf(t))),
    "unused, allowed": lambda t, E, x: t.autograd.grad(x.sum(), E(leaf(t)), allow_unused=True),
    "unused, zeros": lambda t, E, x: t.autograd.grad(x.sum(), E(leaf(t)), materialize_grads=True),
    "batched": lambda t, E, x: t.autograd.grad(E(x * x), x, t.eye(3, dtype=t.float64), is_grads_batched=True),
    "batched, wrong shape": lambda t, E, x: t.autograd.grad(E(x * x), x, t.ones(2, 2), is_grads_batched=True),
    "an unsplit output": lambda t, E, x: t.autograd.grad([x.sum()], E((x * 1).split(2)[1]), allow_unused=True),
    "second output": lambda t, E, x: t.autograd.grad(((p := (x * 1).split(2))[1] * 3).sum(), E(p[1])),
}


@pytest.mark.parametrize("name", EDGES)
def test_edges(name):
    def run(t, nn):
        x = leaf(t)
        result = attempt(lambda: EDGES[name](t, t.autograd.graph.get_gradient_edge, x))
        return result, x.grad

    assert_same(run)


@pytest.mark.parametrize("function", program, ids=lambda f: f.__name__)
def test_same_as_torch(function):
    assert_same(function)
