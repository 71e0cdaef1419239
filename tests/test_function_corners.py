"""The corners of autograd.Function: what may be returned, marked and saved, and what torch says about the rest."""

import warnings

import pytest
from twin import assert_same


def leaf(t, *values):
    return t.tensor(values or [1.0, 2.0, 3.0], dtype=t.float64, requires_grad=True)


def plain(ctx, x, *_):
    return x * 2


def first(ctx, *gradients):
    return gradients[0]


def make(t, forward=plain, backward=first, **more):
    functions = {"forward": staticmethod(forward), "backward": staticmethod(backward)}
    return type("Fn", (t.autograd.Function,), functions | more)


def saving(what):
    def forward(ctx, x):
        ctx.save_for_backward(what)
        return x * 2

    return forward


def save_input(ctx, x):
    ctx.save_for_backward(x)
    return x * 2


def save_output(ctx, x):
    y = x * 3
    ctx.save_for_backward(y, None, x * 5)
    return y


def constant(ctx, x):
    y = x * 3
    ctx.mark_non_differentiable(y)
    return x * 2, y


def constant_as_none(ctx, x):
    ctx.set_materialize_grads(False)
    return constant(ctx, x)


def dirty(ctx, x):
    x.mul_(2)
    ctx.mark_dirty(x)
    return x


def dirty_but_copied(ctx, x):
    x.mul_(2)
    ctx.mark_dirty(x)
    return x * 1


def dirty_number(ctx, x):
    ctx.mark_dirty(3)
    return x * 1


def constant_number(ctx, x):
    ctx.mark_non_differentiable(3)
    return x * 1


def constant_elsewhere(ctx, x):
    ctx.mark_non_differentiable(x * 1)
    return x * 1


def constant_input(ctx, x):
    ctx.mark_non_differentiable(x)
    return x


def run(t, forward=plain, backward=first, inputs=(), **more):
    """What apply returns, what reaches the leaf, and the gradients that backward saw."""
    seen = []

    def watched(ctx, *gradients):
        seen.append(gradients)
        return backward(ctx, *gradients)

    x = leaf(t)
    out = make(t, forward, watched, **more).apply(x, *inputs)
    one = next(o for o in (out if isinstance(out, tuple) else (out,)) if isinstance(o, t.Tensor))
    one.sum().backward()
    return out, x.grad, seen, one.grad_fn.name(), one.output_nr


def apply(t, x, forward, backward=first):
    """One call, its result, and how it is related to the input."""
    y = make(t, forward, backward).apply(x)
    return y, y is x, y.data_ptr() == x.data_ptr(), y._version, y.is_leaf


def change(t, forward, x):
    y = make(t, forward).apply(x)
    y = y[0] if isinstance(y, tuple) else y
    return y.add_(1)


CASES = {
    "a number is saved": lambda t: make(t, saving(3)).apply(leaf(t)),
    "a list is saved": lambda t: make(t, saving([1])).apply(leaf(t)),
    "no forward": lambda t: type("Fn", (t.autograd.Function,), {}).apply(leaf(t)),
    "no backward": lambda t: type("Fn", (t.autograd.Function,), {"forward": staticmethod(plain)})
    .apply(leaf(t)).sum().backward(),
    "backward and vjp": lambda t: run(t, vjp=staticmethod(first)),
    "a gradient of None": lambda t: run(t, backward=lambda ctx, g: None),
    "two gradients": lambda t: run(t, backward=lambda ctx, g: (g, g)),
    "one gradient and two times None": lambda t: run(t, backward=lambda ctx, g: (g, None, None)),
    "no gradient": lambda t: run(t, backward=lambda ctx, g: ()),
    "too few gradients": lambda t: run(t, inputs=(2,)),
    "a gradient of another shape": lambda t: run(t, backward=lambda ctx, g: g[:2]),
    "a gradient that is summed": lambda t: run(t, backward=lambda ctx, g: g.expand(4, 3)),
    "a gradient that would have to be spread": lambda t: run(t, backward=lambda ctx, g: g.sum()),
    "a gradient of float32": lambda t: run(t, backward=lambda ctx, g: g.float()),
    "a gradient of int64": lambda t: run(t, backward=lambda ctx, g: g.long()),
    "a gradient that is a number": lambda t: run(t, backward=lambda ctx, g: 3.0),
    "a gradient in a list": lambda t: run(t, backward=lambda ctx, g: [g]),
    "an error in backward": lambda t: run(t, backward=lambda ctx, g: 1 / 0),
    "a gradient for a number": lambda t: run(t, backward=lambda ctx, g: (g, g), inputs=(2,)),
    "a gradient for a constant": lambda t: run(t, backward=lambda ctx, g: (g, g), inputs=(t.ones(3),)),
    "a number is returned": lambda t: make(t, lambda ctx, x: 3).apply(leaf(t)),
    "None is returned": lambda t: make(t, lambda ctx, x: None).apply(leaf(t)),
    "nothing is returned": lambda t: make(t, lambda ctx, x: ()).apply(leaf(t)),
    "other things are returned": lambda t: run(t, lambda ctx, x: (x * 2, 3, None, "s", x * 3)),
    "integers are returned": lambda t: run(t, lambda ctx, x: (x * 2, x.long())),
    "a constant": lambda t: run(t, constant),
    "a constant, None": lambda t: run(t, constant_as_none),
    "the input": lambda t: apply(t, leaf(t), lambda ctx, x: x),
    "the input, then changed": lambda t: change(t, lambda ctx, x: x, leaf(t) * 1),
    "a view": lambda t: apply(t, leaf(t) * 1, lambda ctx, x: x[1:]),
    "a view, then changed": lambda t: change(t, lambda ctx, x: x[1:], leaf(t) * 1),
    "a view of a constant, then changed": lambda t: change(t, lambda ctx, x: x[1:], t.ones(3)),
    "two views, then changed": lambda t: change(t, lambda ctx, x: (x[1:], x[:1]), leaf(t) * 1),
    "a leaf is changed": lambda t: apply(t, leaf(t), dirty),
    "the input is changed": lambda t: apply(t, leaf(t) * 1, dirty),
    "the input is changed and not returned": lambda t: apply(t, leaf(t) * 1, dirty_but_copied),
    "a number is dirty": lambda t: apply(t, leaf(t), dirty_number),
    "a number is constant": lambda t: apply(t, leaf(t), constant_number),
    "another tensor is constant": lambda t: apply(t, leaf(t), constant_elsewhere),
    "the input is constant": lambda t: apply(t, leaf(t), constant_input),
    "the input is changed without recording": lambda t: t.no_grad()(apply)(t, leaf(t), dirty),
    "the input without recording": lambda t: t.no_grad()(apply)(t, leaf(t), lambda ctx, x: x),
    "an output and None are saved": lambda t: run(
        t, save_output, lambda ctx, g: sum(v for v in ctx.saved_tensors if v is not None)
    ),
    "saved tensors inside forward": lambda t: make(t, lambda ctx, x: (ctx.save_for_backward(x), ctx.saved_tensors)[1])
    .apply(leaf(t)),
    "saved once": lambda t: run(
        t, save_input, lambda ctx, g: g * sum(ctx.saved_tensors), clear_saved_tensors_on_access=True
    ),
    "saved once, read twice": lambda t: run(
        t, save_input, lambda ctx, g: (ctx.saved_tensors, ctx.saved_tensors), clear_saved_tensors_on_access=True
    ),
    "gradients in a list": lambda t: run(t, backward=lambda ctx, g: g.pop() * 2, boxed_grads_call=True),
    "an instance": lambda t: make(t)(),
    "an instance is called": lambda t: quiet(lambda: make(t)())(leaf(t)),
    "apply of an instance": lambda t: quiet(lambda: make(t)()).apply(leaf(t)),
    "keywords": lambda t: make(t, lambda ctx, x, n=2: x * n).apply(leaf(t), n=3),
    "save_for_forward": lambda t: make(t, lambda ctx, x: ctx.save_for_forward(x) or x * 2).apply(leaf(t)),
    "save_for_forward, a number": lambda t: make(t, lambda ctx, x: ctx.save_for_forward(3) or x * 2).apply(leaf(t)),
    "needs": lambda t: make(t, lambda ctx, *args: ctx.needs_input_grad).apply(leaf(t), 3, t.ones(2), [leaf(t)]),
    "needs, not recorded": lambda t: t.no_grad()(make(t, lambda ctx, *args: ctx.needs_input_grad).apply)(leaf(t)),
    "not recorded in forward": lambda t: make(t, lambda ctx, x: t.is_grad_enabled()).apply(leaf(t)),
    "recorded in forward": lambda t: run(t, t.enable_grad()(lambda ctx, x: x * 2), lambda ctx, g: g * 100),
    "jvp": lambda t: t.autograd.Function.jvp(None),
    "vmap": lambda t: t.autograd.Function.vmap(None, None),
    "setup_context": lambda t: t.autograd.Function.setup_context(None, (), None),
    "InplaceFunction": lambda t: issubclass(t.autograd.function.InplaceFunction, t.autograd.Function),
}  # fmt: skip


def quiet(function):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function()


@pytest.mark.parametrize("name", CASES)
def test_same_as_torch(name):
    assert_same(lambda t, nn: CASES[name](t))


def test_vjp_is_another_name_for_backward():
    def program(t, nn):
        x = leaf(t)
        functions = {"forward": staticmethod(plain), "vjp": staticmethod(lambda ctx, g: g * 7)}
        type("Fn", (t.autograd.Function,), functions).apply(x).sum().backward()
        return x.grad

    assert_same(program)


def test_defaults_reach_setup_context():
    def program(t, nn):
        log = []
        Fn = make(
            t, lambda x, n=2: x * n, lambda ctx, g: (g, None), setup_context=staticmethod(lambda *a: log.append(a[1:]))
        )
        return Fn.apply(leaf(t)), Fn.apply(leaf(t), n=5), log

    assert_same(program)


def test_writing_through_a_view():
    def program(t, nn):
        x = leaf(t)
        y = x * 1
        view = y[:2]
        same = make(t, dirty, lambda ctx, g: g * 2).apply(view)
        y.sum().backward()
        return same is view, view, y, x.grad, y.grad_fn.name()

    assert_same(program)


def test_the_second_pass():
    def program(t, nn):
        results = []
        for forward, backward in (
            (plain, first),
            (save_input, first),
            (save_input, lambda ctx, g: g * ctx.saved_tensors[0]),
        ):
            y = make(t, forward, backward).apply(leaf(t)).sum()
            for _ in range(2):
                try:
                    results.append(y.backward())
                except RuntimeError as error:
                    results.append(str(error))
        node = make(t, save_input).apply(leaf(t)).sum().grad_fn.next_functions[0][0]
        return results, node.saved_tensors, node.dirty_tensors, node.to_save, type(node).__name__, repr(node)

    assert_same(program)


def test_once_differentiable():
    def program(t, nn):
        once = t.autograd.function.once_differentiable(lambda ctx, g: g * 2)
        results = []
        for function in (lambda y: y.sum(), lambda y: (y * y).sum()):
            x = leaf(t)
            y = make(t, lambda ctx, x: x * x, once).apply(x)
            (g,) = t.autograd.grad(function(y), x, create_graph=True)
            try:
                results.append((g, g.sum().backward()))
            except RuntimeError as error:
                results.append((g, g.grad_fn.name(), str(error)))
        return results

    assert_same(program)


def test_an_unknown_attribute():
    assert_same(lambda t, nn: make(t).apply(leaf(t)).grad_fn.unknown)
