"""Forward and backward hooks of modules.  Programs run in both libraries."""

import copy
import gc
import weakref

import pytest
from twin import Programs, assert_same, fill, normal

import minitorch_np

hooks = Programs()


def layer(torch, nn):
    return fill(torch, nn.Linear(3, 2)).double()


class Log(list):
    def __call__(self, name, *values):
        self.append((name, *values))


@hooks
def forward_hooks_in_order(torch, nn):
    log, m = Log(), layer(torch, nn)
    m.register_forward_pre_hook(lambda m, args: log("pre1", args))
    m.register_forward_pre_hook(lambda m, args: log("pre2", len(args)))
    m.register_forward_pre_hook(lambda m, args: log("pre0"), prepend=True)
    m.register_forward_hook(lambda m, args, out: log("post1", args, out))
    m.register_forward_hook(lambda m, args, out: log("post2"))
    m.register_forward_hook(lambda m, args, out: log("post0"), prepend=True)
    return m(normal(torch, 4, 3)), list(log)


@hooks
def hooks_replace(torch, nn):
    m = layer(torch, nn)
    m.register_forward_pre_hook(lambda m, args: args[0] * 2)
    m.register_forward_pre_hook(lambda m, args: (args[0] + 1,))
    m.register_forward_hook(lambda m, args, out: out * 3)
    m.register_forward_hook(lambda m, args, out: None)
    m.register_forward_hook(lambda m, args, out: (out, args[0]))
    return m(normal(torch, 4, 3))


@hooks
def handles(torch, nn):
    log, m = Log(), layer(torch, nn)
    h = m.register_forward_hook(lambda m, args, out: log("a"))
    with m.register_forward_pre_hook(lambda m, args: log("b")):
        m(normal(torch, 4, 3))
    m(normal(torch, 4, 3))
    h.remove()
    h.remove()
    m(normal(torch, 4, 3))
    return list(log)


class Both:
    """A module with keyword arguments, made in either library."""

    def __new__(cls, nn):
        class Net(nn.Module):
            def forward(self, x, scale=1):
                if scale == 0:
                    raise ValueError("no scale")
                return x * scale

        return Net()


@hooks
def keyword_hooks(torch, nn):
    log, m = Log(), Both(nn)
    m.register_forward_pre_hook(lambda m, args, kwargs: (args, {"scale": kwargs.get("scale", 1) + 1}), with_kwargs=True)
    m.register_forward_pre_hook(lambda m, args, kwargs: log("pre", kwargs), with_kwargs=True)
    m.register_forward_hook(lambda m, args, kwargs, out: log("post", kwargs, out), with_kwargs=True)
    return m(normal(torch, 2), scale=3), m(normal(torch, 2)), list(log)


@hooks
def keyword_pre_hook_returns_nonsense(torch, nn):
    m = Both(nn)
    m.register_forward_pre_hook(lambda m, args, kwargs: 3, with_kwargs=True)
    m(normal(torch, 2))


@hooks
def always_called(torch, nn):
    log, m = Log(), Both(nn)
    m.register_forward_hook(lambda m, args, out: log("never"))
    m.register_forward_hook(lambda m, args, out: log("plain", out), always_call=True)
    m.register_forward_hook(lambda m, args, kwargs, out: log("kw", kwargs, out), always_call=True, with_kwargs=True)
    try:
        m(normal(torch, 2), scale=0)
    except ValueError as error:
        log(str(error))
    m(normal(torch, 2), scale=1)
    return list(log)


@hooks
def always_called_once(torch, nn):
    log, m = Log(), Both(nn)

    def fail(m, args, out):
        log("fail")
        raise KeyError("x")

    m.register_forward_hook(fail, always_call=True)
    m.register_forward_hook(lambda m, args, out: log("later", out), always_call=True)
    try:
        m(normal(torch, 2))
    except KeyError as error:
        log(repr(error))
    return list(log)


@hooks
def always_called_hook_fails_too(torch, nn):
    m = Both(nn)
    m.register_forward_hook(lambda m, args, out: 1 / 0, always_call=True)
    m(normal(torch, 2), scale=0)  # the warning about the second error is an error here


# --- backward --------------------------------------------------------------------------------------


def run(torch, m, *inputs, weight=1.0):
    out = m(*inputs)
    first = out[0] if isinstance(out, tuple) else out
    (first * first * weight).sum().backward()
    return out


@hooks
def full_backward_hook(torch, nn):
    log, m = Log(), layer(torch, nn)
    x = normal(torch, 4, 3, requires_grad=True)
    m.register_full_backward_hook(lambda m, gi, go: log("hook", type(m).__name__, gi, go))
    y = run(torch, m, x * 1)
    return list(log), x.grad, m.weight.grad, m.bias.grad, y.grad_fn.name()


@hooks
def full_backward_hook_on_a_leaf(torch, nn):
    log, m = Log(), layer(torch, nn)
    x = normal(torch, 4, 3, requires_grad=True)
    m.register_full_backward_hook(lambda m, gi, go: log("hook", gi, go))
    run(torch, m, x)
    run(torch, m, x)
    return list(log), x.grad


@hooks
def backward_hooks_replace(torch, nn):
    m = layer(torch, nn)
    x = normal(torch, 4, 3, requires_grad=True)
    m.register_full_backward_pre_hook(lambda m, go: (go[0] * 2,))
    m.register_full_backward_pre_hook(lambda m, go: None)
    m.register_full_backward_hook(lambda m, gi, go: (gi[0] * 3,))
    run(torch, m, x)
    return x.grad, m.weight.grad


@hooks
def backward_hooks_in_order(torch, nn):
    log, m = Log(), layer(torch, nn)
    m.register_full_backward_hook(lambda m, gi, go: log("h1"))
    m.register_full_backward_hook(lambda m, gi, go: log("h0"), prepend=True)
    m.register_full_backward_pre_hook(lambda m, go: log("p1", go))
    m.register_full_backward_pre_hook(lambda m, go: log("p0"), prepend=True)
    run(torch, m, normal(torch, 4, 3, requires_grad=True))
    return list(log)


@hooks
def nested_backward_hooks(torch, nn):
    log = Log()
    m = nn.Sequential(layer(torch, nn), nn.Tanh(), fill(torch, nn.Linear(2, 2), 3).double())
    for name, part in m.named_modules():
        part.register_full_backward_hook(lambda m, gi, go, name=name: log(name, gi, go))
    run(torch, m, normal(torch, 4, 3, requires_grad=True))
    return list(log)


@hooks
def wrong_number_of_gradients(torch, nn):
    m = layer(torch, nn)
    m.register_full_backward_hook(lambda m, gi, go: (gi[0], gi[0]))
    run(torch, m, normal(torch, 4, 3, requires_grad=True))


@hooks
def wrong_number_of_output_gradients(torch, nn):
    m = layer(torch, nn)
    m.register_full_backward_pre_hook(lambda m, go: ())
    run(torch, m, normal(torch, 4, 3, requires_grad=True))


def several(nn):
    class Net(nn.Module):
        def forward(self, x, n, y):
            return x * n, y, "text", x.detach()

    return Net()


@hooks
def several_inputs_and_outputs(torch, nn):
    log, m = Log(), several(nn)
    m.register_full_backward_hook(lambda m, gi, go: log("hook", gi, go))
    x, y = normal(torch, 3, requires_grad=True), normal(torch, 3, seed=1)
    out = m(x, 4, y)
    out[0].sum().backward()
    return list(log), x.grad, [getattr(o, "requires_grad", None) for o in out]


@hooks
def unused_output(torch, nn):
    class Net(nn.Module):
        def forward(self, x, y):
            return x * 2, y * 3

    log, m = Log(), Net()
    m.register_full_backward_hook(lambda m, gi, go: log("hook", gi, go))
    x, y = normal(torch, 3, requires_grad=True), normal(torch, 3, seed=1, requires_grad=True)
    a, b = m(x, y)
    b.sum().backward()
    return list(log), y.grad, x.grad is None


@hooks
def output_that_is_no_tensor(torch, nn):
    class Net(nn.Module):
        def forward(self, x):
            return [x]

    m = Net()
    m.register_full_backward_hook(lambda m, gi, go: None)
    m(normal(torch, 3, requires_grad=True))


@hooks
def without_gradient_nothing_fires(torch, nn):
    log, m = Log(), layer(torch, nn)
    m.register_full_backward_hook(lambda m, gi, go: log("hook"))
    with torch.no_grad():
        y = m(normal(torch, 4, 3, requires_grad=True))
    return list(log), y.requires_grad, y.grad_fn is None


@hooks
def gradient_of_the_gradient(torch, nn):
    log, m = Log(), layer(torch, nn)
    x = normal(torch, 4, 3, requires_grad=True)
    m.register_full_backward_hook(lambda m, gi, go: log("hook", gi[0].detach(), go[0].detach()))
    y = (m(x) ** 3).sum()
    (g,) = torch.autograd.grad(y, x, create_graph=True)
    (h,) = torch.autograd.grad((g**2).sum(), x)
    return g.detach(), h, list(log)


@hooks
def inplace_on_hooked_input(torch, nn):
    m = nn.Sequential(nn.ReLU(inplace=True))
    m.register_full_backward_hook(lambda m, gi, go: None)
    x = normal(torch, 3, requires_grad=True)
    try:
        m(x * 1)
    except RuntimeError:
        return "RuntimeError"


@hooks
def copied_modules_keep_hooks(torch, nn):
    m = nn.Sequential(layer(torch, nn))
    m.register_forward_hook(lambda m, args, out: out * 0 + len(m))
    twin = copy.deepcopy(m)
    twin.append(nn.Identity())
    return m(normal(torch, 1, 3)), twin(normal(torch, 1, 3))


@pytest.mark.parametrize("program", hooks, ids=lambda p: p.__name__)
def test_hooks(program):
    assert_same(program)


def test_hooks_keep_no_graph_alive():
    m = minitorch_np.nn.Sequential(layer(minitorch_np, minitorch_np.nn))
    m.register_full_backward_hook(lambda m, gi, go: None)
    m.register_full_backward_pre_hook(lambda m, go: None)
    x = normal(minitorch_np, 4, 3, requires_grad=True)
    gc.collect()
    gc.disable()
    try:
        y = m(x)
        nodes = [weakref.ref(y.grad_fn), weakref.ref(y.grad_fn.next_functions[0][0])]
        y.sum().backward()
        del y
        assert [node() for node in nodes] == [None, None]
    finally:
        gc.enable()


def test_hooks_without_inputs_that_require_grad():
    nn = minitorch_np.nn
    m, log = layer(minitorch_np, nn), []
    m.register_full_backward_hook(lambda m, gi, go: log.append((gi, go[0].shape)))
    with pytest.warns(UserWarning, match="no inputs require gradients"):
        run(minitorch_np, m, normal(minitorch_np, 4, 3))
    assert log == [((None,), (4, 2))]
    m.register_full_backward_hook(lambda m, gi, go: (go[0],))
    with pytest.warns(UserWarning), pytest.raises(RuntimeError, match="no input requires gradient"):
        run(minitorch_np, m, normal(minitorch_np, 4, 3))
