"""Hooks on tensors and on nodes, and retain_grad: when they run, what they may return, in both libraries."""

import functools

import pytest
from twin import Programs, assert_same

program = Programs()


def leaf(t, *values):
    return t.tensor(values or [1.0, 2.0, 3.0], dtype=t.float64, requires_grad=True)


def attempt(function):
    try:
        return function()
    except Exception as error:
        return type(error).__name__, str(error)


class Cut:
    def __call__(self, gradient):
        return gradient[:1]


# What hooks return: (on a tensor's gradient, on the tuple of a node's gradients).
ON_TENSORS = {
    "None": lambda g: None,
    "another value": lambda g: g * 2,
    "another shape": lambda g: g[:2],
    "a shape that would broadcast": lambda g: g.view(1, 3),
    "another dtype": lambda g: g.float(),
    "a number": lambda g: 3.0,
    "a tuple": lambda g: (g,),
    "an object that cuts": Cut(),
    "a partial function that cuts": functools.partial(lambda n, g: g[:n], 1),
    "an error": lambda g: {}["missing"],
}
ON_OUTPUTS = {
    "None": lambda g: None,
    "another value": lambda g: (g[0] * 2,),
    "a tensor": lambda g: g[0],
    "two": lambda g: (g[0], g[0]),
    "another shape": lambda g: (g[0][:2],),
    "another dtype": lambda g: (g[0].float(),),
    "a tuple of None": lambda g: (None,),
    "a number": lambda g: (3,),
    "a list": lambda g: [g[0] * 2],
}
ON_INPUTS = {
    "None": lambda i, o: None,
    "another value": lambda i, o: (i[0] * 2, None),
    "a tensor": lambda i, o: i[0],
    "one": lambda i, o: (i[0],),
    "another shape": lambda i, o: (i[0][:2], None),
    "another dtype": lambda i, o: (i[0].float(), None),
    "a tuple of None": lambda i, o: (None, None),
    "a number": lambda i, o: (3, None),
    "a tensor for None": lambda i, o: (i[0], i[0]),
    "nothing": lambda i, o: (),
}


def run(t, register, hook):
    """The hook's effect where it is registered on y = 2 x, and on x or its node."""
    results = []
    for inner in (True, False):
        x = leaf(t)
        y = x * 2
        node = y.grad_fn if inner else y.grad_fn.next_functions[0][0]
        where = {"tensor": y if inner else x, "node": node}["tensor" if register == "register_hook_of_tensor" else "node"]
        getattr(where, register.removesuffix("_of_tensor"))(hook)
        results.append((attempt(lambda: y.sum().backward()), x.grad))  # noqa: B023
    return results


@pytest.mark.parametrize("name", ON_TENSORS)
def test_results_of_hooks_on_tensors(name):
    assert_same(lambda t, nn: run(t, "register_hook_of_tensor", ON_TENSORS[name]))


@pytest.mark.parametrize("name", ON_OUTPUTS)
def test_results_of_hooks_before_nodes(name):
    assert_same(lambda t, nn: run(t, "register_prehook", ON_OUTPUTS[name]))


@pytest.mark.parametrize("name", ON_INPUTS)
def test_results_of_hooks_behind_nodes(name):
    assert_same(lambda t, nn: run(t, "register_hook", ON_INPUTS[name]))


def note(log, name):
    return lambda *args: log.append(name)


@program
def order(t, nn):
    log = []
    x = leaf(t)
    x.register_hook(note(log, "leaf"))
    x.register_post_accumulate_grad_hook(lambda p: log.append(("accumulated", p.grad.clone())))
    y = x * x
    y.register_hook(note(log, "first"))
    y.retain_grad()
    y.register_hook(lambda g: log.append(("second", y.grad)))
    y.grad_fn.register_prehook(lambda g: log.append(("before the node", y.grad)))
    y.grad_fn.register_hook(note(log, "behind the node"))
    accumulate = y.grad_fn.next_functions[0][0]
    accumulate.register_prehook(note(log, "before accumulation"))
    accumulate.register_hook(lambda *args: log.append(args))
    (y.sum() + x.sum()).backward()
    log.append("grad")
    t.autograd.grad((x * x).sum(), x)
    return log


@program
def leaves_run_as_soon_as_they_can(t, nn):
    log = []
    a, b, c = (leaf(t) for _ in range(3))
    for name, x in zip("abc", (a, b, c)):
        x.register_hook(note(log, name))
    u = a * b
    v = u.exp()
    w = v * c
    for name, x in zip("uvw", (u, v, w)):
        x.register_hook(note(log, name))
    (w.sum() + c.sum()).backward()
    log.append("again")
    (a * 2 + (b * c) * a).sum().backward()
    return log


@program
def a_leaf_is_updated_before_earlier_nodes_run(t, nn):
    seen = []
    x, w = leaf(t), leaf(t)
    y = x * 2
    y.register_hook(lambda g: seen.append(w.grad.clone()))
    (y * w).sum().backward()
    return seen


@program
def removal_and_addition_while_running(t, nn):
    log, handles = [], []
    x = leaf(t)
    y = x * 2
    y.register_hook(lambda g: (log.append(1), handles[0].remove())[0])
    handles.append(y.register_hook(note(log, 2)))
    y.register_hook(lambda g: y.register_hook(note(log, "new")) and None)
    y.sum().backward(retain_graph=True)
    y.sum().backward()
    with x.register_hook(note(log, "inside")) as handle:
        x.sum().backward()
    x.sum().backward()
    handle.remove()
    return log


@program
def refusals(t, nn):
    x = leaf(t)
    return [
        attempt(lambda: x.detach().register_hook(print)),
        attempt(lambda: x.detach().register_post_accumulate_grad_hook(print)),
        attempt(lambda: (x * 2).register_post_accumulate_grad_hook(print)),
        attempt(lambda: x.detach().retain_grad()),
        (x.retain_grad(), x.retains_grad),
        (x.register_post_accumulate_grad_hook(lambda p: 3), attempt(lambda: x.sum().backward()), x.grad)[1:],
    ]


@program
def accumulated_hooks_may_take_the_gradient_away(t, nn):
    x, steps = leaf(t), []

    def step(p):
        with t.no_grad():
            p -= 0.1 * p.grad
        steps.append(p.detach().clone())
        p.grad = None

    x.register_post_accumulate_grad_hook(step)
    for _ in range(3):
        (x * x).sum().backward()
    return steps, x, x.grad


@program
def retained_gradients_follow_writes(t, nn):
    log = []
    x = leaf(t)
    y = x * 2
    y.retain_grad()
    y.register_hook(lambda g: log.append(("before", g)))
    y.mul_(3)
    y.register_hook(lambda g: log.append(("after", g)))
    y.sum().backward()
    return log, y.grad, x.grad, y.retains_grad


@program
def retained_gradients_follow_writes_through_views(t, nn):
    results = []
    for write_view in (True, False):
        x = leaf(t)
        y = x * 2
        v = y[:2]
        y.retain_grad()
        v.retain_grad()
        (v if write_view else y).mul_(3)
        (v.sum() + y.sum()).backward()
        results.append((v.grad, y.grad, x.grad, v.retains_grad))
    return results


@program
def retained_gradients_add_up(t, nn):
    x = leaf(t)
    y = x * 2
    y.retain_grad()
    y.retain_grad()
    y.sum().backward(retain_graph=True)
    first = y.grad
    y.sum().backward()
    z = x * 2
    z.retain_grad()
    z.detach_()
    return first, y.grad, first is y.grad, z.retains_grad, z.requires_grad


@program
def hooks_stay_with_a_tensor_that_is_detached_in_place(t, nn):
    x, seen = leaf(t), []
    y = x * 2
    z = y * 3
    handle = y.register_hook(lambda g: seen.append(g) or g * 10)
    y.detach_().requires_grad_()
    z.sum().backward()
    y.sum().backward()
    handle.remove()
    y.sum().backward()
    return seen, x.grad, y.grad


@program
def gradients_of_leaves_that_were_turned(t, nn):
    results = []
    for shape in [(1, 2), (2, 3)]:
        x = t.ones(shape, requires_grad=True)
        x.sum().backward()
        x.detach_().t_().requires_grad_()
        results.append((attempt(lambda x=x: (x * x).sum().backward()), x.grad))
    return results


@program
def stale_views_retain_nothing(t, nn):
    x, w, results = t.ones(2, 3), leaf(t), []
    v = x[:1]
    x.mul_(t.ones(3, requires_grad=True))
    v.retain_grad()
    results.append(v.retains_grad)
    a, b = (w * 1).split([1, w.numel() - 1])
    a.retain_grad()
    with t.no_grad():
        a.mul_(2)
    return results, attempt(lambda: a.retain_grad()), attempt(lambda: b.retain_grad())


@program
def a_hook_may_use_autograd(t, nn):
    x, inner = leaf(t), leaf(t)
    y = x * 2
    y.register_hook(lambda g: (inner * g.detach()).sum().backward())
    y.sum().backward()
    return x.grad, inner.grad


@program
def replaced_gradients_can_be_differentiated(t, nn):
    x = leaf(t)
    y = x**3
    y.register_hook(lambda g: g * x)
    (g,) = t.autograd.grad(y.sum(), x, create_graph=True)
    (h,) = t.autograd.grad(g.sum(), x)
    return g, h


@program
def hooks_on_pieces(t, nn):
    log = []
    a, b = leaf(t).split([1, 2])
    a.register_hook(lambda g: log.append(("a", g)))
    b.register_hook(lambda g: log.append(("b", g)))
    a.grad_fn.register_prehook(lambda g: log.append(("node", g)))
    (b * 2).sum().backward()
    return log


@pytest.mark.parametrize("function", program, ids=lambda f: f.__name__)
def test_same_as_torch(function):
    assert_same(function)
