"""autograd.Function, Variable, anomaly detection, hooks on saved tensors: the same programs in both libraries."""

import warnings

import numpy as np
import pytest
import torch
from twin import LIBRARIES, assert_same

import minitorch_np as mt

PROGRAMS = []


def program(function):
    PROGRAMS.append(function)
    return function


def leaf(t, *values):
    return t.tensor(values or [1.0, 2.0, 3.0], dtype=t.float64, requires_grad=True)


def make_power(t, **flags):
    class Power(t.autograd.Function):
        @staticmethod
        def forward(ctx, x, n):
            ctx.save_for_backward(x)
            ctx.n = n
            ctx.set_materialize_grads(flags.get("materialize", True))
            return x**n

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * ctx.n * x ** (ctx.n - 1), None

    return Power


@program
def values_and_derivatives(t, nn):
    power, x = make_power(t), leaf(t)
    y = power.apply(x, 3)
    (g,) = t.autograd.grad(y.sum(), x, create_graph=True)
    (h,) = t.autograd.grad(g.sum(), x, create_graph=True)
    return y, g, h, y.grad_fn.name(), y.grad_fn.n, y.grad_fn.needs_input_grad, type(y.grad_fn).__name__ != ""


@program
def nothing_is_recorded_without_need(t, nn):
    power = make_power(t)
    with t.no_grad():
        y = power.apply(leaf(t), 2)
    return y, y.grad_fn, power.apply(t.ones(2), 2).requires_grad


@program
def setup_context(t, nn):
    class Exp(t.autograd.Function):
        @staticmethod
        def forward(x):
            return x.exp()

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(output)

        @staticmethod
        def backward(ctx, g):
            return g * ctx.saved_tensors[0]

    x = leaf(t)
    y = Exp.apply(x)
    (g,) = t.autograd.grad(y.sum(), x, create_graph=True)
    return y, g, t.autograd.grad(g.sum(), x)


def many(t, materialize=True):
    class Many(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(materialize)
            index = x.argmax()
            third = x * 0 + 7
            ctx.mark_non_differentiable(third)
            return x + 1, x * 2, third, index, "text"

        @staticmethod
        def backward(ctx, a, b, c, *rest):
            ctx.seen = (a is None, b is None, c is None)
            return (0 if a is None else a) + (0 if b is None else 2 * b)

    return Many


@program
def several_outputs(t, nn):
    x = leaf(t)
    outs = many(t).apply(x)
    node = outs[0].grad_fn
    outs[1].sum().backward()
    return outs[:3], outs[3], outs[4], outs[2].requires_grad, x.grad, node.seen


@program
def gradients_that_are_not_materialised(t, nn):
    x = leaf(t)
    outs = many(t, False).apply(x)
    node = outs[0].grad_fn
    outs[1].sum().backward()
    return x.grad, node.seen[:2]


def writer(t, mark=True, give_back=True):
    class Double(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            x.mul_(2)
            if mark:
                ctx.mark_dirty(x)
            return x if give_back else x.clone()

        @staticmethod
        def backward(ctx, g):
            return 2 * g

    return Double


@program
def in_place(t, nn):
    x = leaf(t)
    y = x * 3
    z = writer(t).apply(y)
    z.sum().backward()
    return y, z, z is y, x.grad, y.grad_fn.name()


@program
def in_place_on_a_view(t, nn):
    x = leaf(t)
    y = x * 3
    writer(t).apply(y[:2])
    y.sum().backward()
    return y, x.grad


@program
def in_place_on_a_leaf(t, nn):
    writer(t).apply(leaf(t))


@program
def dirty_but_not_returned(t, nn):
    writer(t, give_back=False).apply(leaf(t) * 1)


@program
def an_input_that_is_returned(t, nn):
    class Same(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x

        @staticmethod
        def backward(ctx, g):
            return g * 5

    x = leaf(t)
    y = Same.apply(x)
    y.sum().backward()
    return y, y is x, x.grad


def returning(t, result, *, inputs=2):
    class Odd(t.autograd.Function):
        @staticmethod
        def forward(ctx, *xs):
            return xs[0] * 1

        @staticmethod
        def backward(ctx, g):
            return result(g)

    Odd.apply(*[leaf(t), 5][:inputs]).sum().backward()


for _name, _result in {
    "too few": lambda g: g,
    "too many": lambda g: (g, None, g),
    "enough and None": lambda g: (g, None, None),
    "a gradient for a number": lambda g: (g, g),
    "not a tensor": lambda g: (3.0, None),
    "a wrong shape": lambda g: (g[:2], None),
}.items():
    PROGRAMS.append(lambda t, nn, result=_result: returning(t, result))


@program
def saving_something_else(t, nn):
    class Bad(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x, None)
            ctx.save_for_backward(3)
            return x * 1

    Bad.apply(leaf(t))


@program
def backward_twice(t, nn):
    y = make_power(t).apply(leaf(t), 2).sum()
    y.backward()
    y.backward()


@program
def modified_after_saving(t, nn):
    x = leaf(t) * 1
    y = make_power(t).apply(x, 2)
    x.add_(1)
    try:
        y.sum().backward()
    except RuntimeError as error:
        return "modified by an inplace operation" in str(error)


@program
def no_backward(t, nn):
    class Half(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x / 2

    Half.apply(leaf(t)).sum().backward()


@program
def no_forward(t, nn):
    class Nothing(t.autograd.Function):
        pass

    Nothing.apply(leaf(t))


def make_cube(t):
    class Cube(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        @t.autograd.function.once_differentiable
        def backward(ctx, g):
            return 3 * g * ctx.saved_tensors[0] ** 2

    return Cube


@program
def once_differentiable(t, nn):
    cube, x = make_cube(t), leaf(t)
    (first,) = t.autograd.grad(cube.apply(x).sum(), x)
    (g,) = t.autograd.grad(cube.apply(x).sum(), x, create_graph=True)
    return first, g.requires_grad


@program
def variable(t, nn):
    x = t.autograd.Variable(t.ones(2), requires_grad=True)
    return x, isinstance(x, t.autograd.Variable), isinstance(3, t.autograd.Variable)


@program
def inference(t, nn):
    with t.inference_mode():
        inside = t.is_grad_enabled(), t.is_inference_mode_enabled(), (leaf(t) * 2).requires_grad
        with t.inference_mode(False):
            again = (leaf(t) * 2).requires_grad

    @t.inference_mode()
    def decorated(x):
        return (x * 2).requires_grad

    return inside, again, decorated(leaf(t)), t.is_inference_mode_enabled(), t.is_grad_enabled()


@program
def anomaly(t, nn):
    x = t.tensor([0.0, 4.0], requires_grad=True)
    with warnings.catch_warnings(record=True) as caught, t.autograd.set_detect_anomaly(True):
        warnings.simplefilter("always")
        y = (x.sqrt() * 0).sum()
        try:
            y.backward()
        except RuntimeError as error:
            message = str(error)
    told = [str(w.message) for w in caught if "Error detected" in str(w.message)]
    return message, told[0].splitlines()[0], "x.sqrt() * 0" in told[0], t.is_anomaly_enabled()


@program
def anomaly_without_a_forward(t, nn):
    x = t.tensor([0.0, 4.0], requires_grad=True)
    y = (x.sqrt() * 0).sum()
    with warnings.catch_warnings(record=True) as caught, t.autograd.detect_anomaly():
        warnings.simplefilter("always")
        try:
            y.backward()
        except RuntimeError as error:
            return str(error), [str(w.message) for w in caught if "No forward pass" in str(w.message)]


@program
def hooks_on_saved_tensors(t, nn):
    packed = []

    def pack(x):
        packed.append(tuple(x.shape))
        return x.detach().numpy().copy()

    x = leaf(t)
    with t.autograd.graph.saved_tensors_hooks(pack, lambda a: t.from_numpy(a) * 2):
        y = x * x
        z = y.exp()
    (z * 0.001).sum().backward()
    return x.grad, sorted(packed)


@program
def hooks_keep_higher_derivatives(t, nn):
    x = leaf(t)
    with t.autograd.graph.saved_tensors_hooks(lambda x: x, lambda x: x):
        y = x**3
    (g,) = t.autograd.grad(y.sum(), x, create_graph=True)
    return g, t.autograd.grad(g.sum(), x)


@program
def hooks_that_are_disabled(t, nn):
    with t.autograd.graph.disable_saved_tensors_hooks("not here"), t.autograd.graph.saved_tensors_hooks(print, print):
        pass


@pytest.mark.parametrize("function", PROGRAMS, ids=lambda f: f.__name__)
def test_same_as_torch(function):
    assert_same(function)


def test_a_second_derivative_through_once_differentiable_is_refused():
    for t in LIBRARIES.values():
        x = leaf(t)
        weight = t.ones(3, dtype=t.float64, requires_grad=True)
        (g,) = t.autograd.grad((make_cube(t).apply(x) * weight).sum(), x, create_graph=True)
        with pytest.raises(RuntimeError, match="once_differentiable"):
            g.sum().backward()


# --- functional --------------------------------------------------------------------------------------------------


def f(x):
    return (x**3).sum() + (x[0] * x).sum()


def two(x, y):
    return x * y.sum(), (x**2).sum() * y


FUNCTIONAL = {
    "jacobian": lambda F, x, y: F.jacobian(lambda x: x * x.sum(), x),
    "jacobian, several": lambda F, x, y: F.jacobian(two, (x, y)),
    "jacobian, unused": lambda F, x, y: F.jacobian(lambda a, b: a * 2, (x, y)),
    "jacobian, strict": lambda F, x, y: F.jacobian(lambda a, b: a * 2, (x, y), strict=True),
    "jacobian, constant": lambda F, x, y: F.jacobian(lambda a: a.detach(), x, strict=True),
    "jacobian, graph": lambda F, x, y: F.jacobian(lambda x: x**2, x, create_graph=True),
    "jacobian, not tensors": lambda F, x, y: F.jacobian(lambda x: 3, x),
    "jacobian, list": lambda F, x, y: F.jacobian(lambda x: x, [x]),
    "hessian": lambda F, x, y: F.hessian(f, x),
    "hessian, several": lambda F, x, y: F.hessian(lambda x, y: (x * y[0]).sum() * y.sum(), (x, y)),
    "hessian, several values": lambda F, x, y: F.hessian(lambda x: x, x),
    "hessian, linear": lambda F, x, y: F.hessian(lambda x: x.sum(), x),
    "hessian, linear, strict": lambda F, x, y: F.hessian(lambda x: x.sum(), x, strict=True),
    "vjp": lambda F, x, y: F.vjp(two, (x, y), (x, y)),
    "vjp, one": lambda F, x, y: F.vjp(f, x),
    "vjp without v": lambda F, x, y: F.vjp(lambda x: x, x),
    "vjp, wrong size": lambda F, x, y: F.vjp(lambda x: x, x, y),
    "vjp, wrong number": lambda F, x, y: F.vjp(two, (x, y), (x,)),
    "jvp": lambda F, x, y: F.jvp(two, (x, y), (x, y)),
    "jvp, one": lambda F, x, y: F.jvp(lambda x: x.exp(), x, x),
    "jvp without v": lambda F, x, y: F.jvp(lambda x: x, x),
    "hvp": lambda F, x, y: F.hvp(f, x, x),
    "vhp": lambda F, x, y: F.vhp(f, x, x),
    "vhp, several": lambda F, x, y: F.vhp(lambda x, y: (x * y[0]).sum() * y.sum(), (x, y), (x, y)),
    "hvp without v": lambda F, x, y: F.hvp(f, x),
    "hvp, several values": lambda F, x, y: F.hvp(lambda x: x, x, x),
}


@pytest.mark.parametrize("name", FUNCTIONAL)
def test_functional(name):
    def run(t, nn):
        x, y = leaf(t), leaf(t, 0.5, -1.0)
        return FUNCTIONAL[name](t.autograd.functional, x, y)

    assert_same(run)


# --- gradcheck -----------------------------------------------------------------------------------------------------


def wrong(t):
    class Wrong(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 3

    return Wrong.apply


@pytest.mark.parametrize("library", LIBRARIES)
def test_gradcheck(library):
    t = LIBRARIES[library]
    x, y = leaf(t), leaf(t, 0.5, -1.0, 2.0)
    check, check_twice = t.autograd.gradcheck, t.autograd.gradgradcheck
    assert check(lambda a, b: (a * b, a.exp()), (x, y))
    assert check_twice(lambda a, b: a**3 * b.sin(), (x, y))
    assert check(lambda a: a[::2].sum(), (x,))
    assert check_twice(lambda a: a**3, (x,), gen_non_contig_grad_outputs=True)
    assert not check(wrong(t), (x,), raise_exception=False)
    with pytest.raises(RuntimeError, match="Jacobian mismatch for output 0 with respect to input 0"):
        check(wrong(t), (x,))
    with pytest.raises(ValueError, match="at least one input tensor to require gradient"):
        check(lambda a: a, (t.ones(2),))


@pytest.mark.parametrize("loops", [300])
def test_threads_do_not_disturb_each_others_modes_and_gradients(loops):
    import threading

    failures = []

    def work(number):
        try:
            for k in range(loops):
                x = mt.tensor([float(number), float(k)], requires_grad=True)
                with mt.no_grad() if number % 2 else mt.enable_grad():
                    assert (x * 2).requires_grad == (number % 2 == 0)
                (x * x).sum().backward()
                np.testing.assert_array_equal(x.grad.numpy(), [2 * number, 2 * k])
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert torch.is_grad_enabled()
