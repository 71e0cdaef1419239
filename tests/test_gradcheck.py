"""gradcheck and gradgradcheck, slow and fast: what they accept, and torch's words where they do not."""

import warnings

import pytest
from twin import assert_same


def leaf(t, *values, **more):
    return t.tensor(values or [1.0, 2.0, 3.0], **({"dtype": t.float64, "requires_grad": True} | more))


def make(t, forward, backward):
    functions = {"forward": staticmethod(forward), "backward": staticmethod(backward)}
    return type("Fn", (t.autograd.Function,), functions).apply


def double(ctx, x):
    ctx.set_materialize_grads(False)
    return x * 2


def noisy(t, size):
    """2 x, whose gradient is another number each time."""
    calls = []

    def backward(ctx, g):
        calls.append(1)
        return g * 2 + g * size * len(calls)

    return make(t, double, backward)


def square_with_constant_slope(ctx, x):
    ctx.save_for_backward(x)
    return x * x


CASES = {
    "right": lambda t, f, x, y, **k: f(lambda x: x.exp(), (x,), **k),
    "a tensor": lambda t, f, x, y, **k: f(lambda x: x.exp(), x, **k),
    "two inputs, two outputs": lambda t, f, x, y, **k: f(lambda x, y: (x * y, x.sin()), (x, y), **k),
    "lists": lambda t, f, x, y, **k: f(lambda x, y: [x * y, x.sin()], [x, y], **k),
    "a number": lambda t, f, x, y, **k: f(lambda x, n: x * n, (x, 3), **k),
    "an integer tensor": lambda t, f, x, y, **k: f(lambda x, y: x * y, (x, t.tensor([1, 2, 3])), **k),
    "wrong": lambda t, f, x, y, **k: f(make(t, double, lambda ctx, g: g * 3), (x,), **k),
    "wrong, quietly": lambda t, f, x, y, **k: f(make(t, double, lambda ctx, g: g * 3), (x,), raise_exception=False, **k),
    "wrong for the second input": lambda t, f, x, y, **k: f(
        lambda x, y: x * make(t, double, lambda ctx, g: g)(y), (x, y), **k
    ),
    "a little wrong": lambda t, f, x, y, **k: f(make(t, double, lambda ctx, g: g * 2.00001), (x,), **k),
    "a little wrong, strictly": lambda t, f, x, y, **k: f(
        make(t, double, lambda ctx, g: g * 2.00001), (x,), atol=1e-7, rtol=0, **k
    ),
    "no gradient wanted": lambda t, f, x, y, **k: f(lambda x: x * 2, (x.detach(),), **k),
    "no inputs": lambda t, f, x, y, **k: f(lambda: t.ones(1), (), **k),
    "unrelated": lambda t, f, x, y, **k: f(lambda x: t.ones(3, dtype=t.float64), (x,), **k),
    "an unused input": lambda t, f, x, y, **k: f(lambda x, y: x * 2, (x, y), **k),
    "no gradient": lambda t, f, x, y, **k: f(make(t, double, lambda ctx, g: None), (x,), **k),
    "not a leaf": lambda t, f, x, y, **k: f(lambda x: x * 2, (x * 1,), **k),
    "expanded": lambda t, f, x, y, **k: f(lambda x: x * 2, (leaf(t, 1.0).expand(3),), **k),
    "one number": lambda t, f, x, y, **k: f(lambda x: x * x, (t.tensor(2.0, dtype=t.float64, requires_grad=True),), **k),
    "nothing": lambda t, f, x, y, **k: f(lambda x: x * x, (t.ones(0, dtype=t.float64, requires_grad=True),), **k),
    "permuted": lambda t, f, x, y, **k: f(
        lambda x: x @ x, (t.arange(4, dtype=t.float64).view(2, 2).t().requires_grad_(),), **k
    ),
    "a kink": lambda t, f, x, y, **k: f(lambda x: x.abs(), (leaf(t, 0.0, 1.0),), eps=1e-3, **k),
    "in place": lambda t, f, x, y, **k: f(lambda x: (x * 1).mul_(x), (x,), **k),
    "masked": lambda t, f, x, y, **k: f(lambda x: x * 2, (x,), masked=True, **k),
    "positional": lambda t, f, x, y, **k: quiet_words(lambda: f(lambda x: x * x, (x,), None, 1e-6, **k)),
}  # fmt: skip
ONCE = {
    "detached": lambda t, f, x, **k: f(lambda x: (x * 2).detach(), (x,), **k),
    "partly detached": lambda t, f, x, **k: f(lambda x: ((x * 2).detach(), x * 3), (x,), **k),
    "a changing gradient": lambda t, f, x, **k: f(noisy(t, 1e-6), (x,), **k),
    "a changing gradient, tolerated": lambda t, f, x, **k: f(noisy(t, 1e-7), (x,), nondet_tol=1e-5, **k),
    "another dtype": lambda t, f, x, **k: f(
        make(t, double, lambda ctx, g: g.float() * 2), (x,), check_grad_dtypes=True, **k
    ),
    "not zero for zero": lambda t, f, x, **k: f(
        make(t, lambda ctx, x: x * 2, lambda ctx, g: g * 2 if (g != 0).any() else g + 1), (x,), **k
    ),
    "a type error for None": lambda t, f, x, **k: f(make(t, double, lambda ctx, g: g * 2), (x,), **k),
    "None is not tried": lambda t, f, x, **k: f(
        make(t, double, lambda ctx, g: g * 2), (x,), check_undefined_grad=False, **k
    ),
    "an error for None": lambda t, f, x, **k: told(
        lambda: f(make(t, double, lambda ctx, g: t.ones(3) @ t.ones(2) if g is None else g * 2), (x,), **k)
    ),
    "ones for None": lambda t, f, x, **k: told(
        lambda: f(make(t, double, lambda ctx, g: t.ones(3, dtype=t.float64) if g is None else g * 2), (x,), **k)
    ),
    "float32": lambda t, f, x, **k: told(lambda: f(lambda x: x * 2, (leaf(t, dtype=t.float32),), **k)),
    "no check at all": lambda t, f, x, **k: f(lambda x: x * 2, (x,), check_backward_ad=False, **k),
    "batched without backward": lambda t, f, x, **k: f(
        lambda x: x * 2, (x,), check_batched_grad=True, check_backward_ad=False, check_forward_ad=True, **k
    ),
    "batched without forward": lambda t, f, x, **k: f(lambda x: x * 2, (x,), check_batched_forward_grad=True, **k),
    "another shape each time": lambda t, f, x, **k: f(lambda x: x[: int(x[0] * 1e5) % 2 + 1], (x,), **k),
}  # fmt: skip


def quiet_words(function):
    """Whether it is a TypeError: the words count arguments, of which torch has others."""
    try:
        return function()
    except TypeError:
        return "TypeError"


def told(function):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = function()
        except Exception as error:
            result = type(error).__name__, str(error)
    return result, [(w.category.__name__, str(w.message)) for w in caught]


@pytest.mark.parametrize("fast", [False, True], ids=["slow", "fast"])
@pytest.mark.parametrize("name", CASES)
def test_gradcheck(name, fast):
    assert_same(lambda t, nn: CASES[name](t, t.autograd.gradcheck, leaf(t), leaf(t, 0.5, 0.25, 2.0), fast_mode=fast))


@pytest.mark.parametrize("fast", [False, True], ids=["slow", "fast"])
@pytest.mark.parametrize("name", ONCE)
def test_gradcheck_refusals(name, fast):
    if (name, fast) == ("float32", True):
        pytest.skip("the last digit of a dot product of three float32 numbers is not the same")
    assert_same(lambda t, nn: ONCE[name](t, t.autograd.gradcheck, leaf(t), fast_mode=fast))


WRONG = {name for name in CASES if "wrong" in name or name in ("unrelated", "no gradient", "positional", "masked", "a kink")}


@pytest.mark.parametrize("fast", [False, True], ids=["slow", "fast"])
@pytest.mark.parametrize("name", [name for name in CASES if name not in WRONG])
def test_gradgradcheck(name, fast):
    def program(t, nn):
        t.manual_seed(3)
        f = t.autograd.gradgradcheck
        return CASES[name](t, f, leaf(t), leaf(t, 0.5, 0.25, 2.0), fast_mode=fast), t.rand(1)

    assert_same(program)


@pytest.mark.parametrize("fast", [False, True], ids=["slow", "fast"])
def test_a_wrong_second_derivative(fast):
    def program(t, nn):
        t.manual_seed(3)
        f = make(t, square_with_constant_slope, lambda ctx, g: g * 2 * ctx.saved_tensors[0].detach())
        return t.autograd.gradgradcheck(f, (leaf(t),), fast_mode=fast)

    assert_same(program)


@pytest.mark.parametrize("options", [
    {"gen_non_contig_grad_outputs": True}, {"check_rev_over_rev": False}, {"raise_exception": False},
    {"check_rev_over_rev": False, "check_fwd_over_rev": True},
    {"check_rev_over_rev": False, "check_fwd_over_rev": True, "check_undefined_grad": False, "check_batched_grad": True},
])  # fmt: skip
def test_options_of_gradgradcheck(options):
    assert_same(lambda t, nn: t.autograd.gradgradcheck(lambda x: x**3, (leaf(t),), **options))


def test_given_grad_outputs():
    assert_same(lambda t, nn: t.autograd.gradgradcheck(lambda x: x**3, (leaf(t),), [leaf(t, 0.5, 1.0, 2.0)]))


def test_what_is_left_out_says_so():
    import minitorch_np as mt

    for name, function in (
        ("check_batched_grad", mt.autograd.gradcheck), ("check_forward_ad", mt.autograd.gradcheck),
        ("check_batched_grad", mt.autograd.gradgradcheck), ("check_fwd_over_rev", mt.autograd.gradgradcheck),
    ):  # fmt: skip
        with pytest.raises(NotImplementedError, match=name):
            function(lambda x: x * 2, (leaf(mt),), **{name: True})
