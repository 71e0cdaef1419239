"""autograd.functional: every function on many functions, with and without create_graph and strict, in both libraries."""

import itertools

import pytest
from twin import assert_same

import minitorch_np as mt

PRODUCTS = ("vjp", "jvp", "vhp", "hvp")


def leaf(t, *values, **more):
    return t.tensor(values or [1.0, 2.0, 3.0], **({"dtype": t.float64, "requires_grad": True} | more))


# Functions of one tensor, and of two.
ONE = {
    "elementwise": lambda t, x: x.exp(),
    "linear": lambda t, x: 2 * x,
    "identity": lambda t, x: x,
    "a constant": lambda t, x: t.ones(3, dtype=t.float64),
    "one value": lambda t, x: (x**3).sum(),
    "one value in one dimension": lambda t, x: (x**3).sum().view(1),
    "one value in a tuple": lambda t, x: ((x**2).sum(),),
    "a linear value": lambda t, x: (2 * x).sum(),
    "a matrix": lambda t, x: x.view(3, 1) * x,
    "detached": lambda t, x: (x * 2).detach(),
    "a detached value": lambda t, x: (x * 2).detach().sum(),
    "nothing": lambda t, x: x[:0],
    "a number": lambda t, x: 3,
    "a list": lambda t, x: [x],
    "a tuple with a number": lambda t, x: (x, 3),
}
TWO = {
    "two outputs": lambda t, x, y: (x * y, y.sum()),
    "one value of two": lambda t, x, y: (x**2 * y).sum(),
    "an unused input": lambda t, x, y: x**2,
    "one value, an unused input": lambda t, x, y: (x**2).sum(),
}


def outcome(function):
    """The result with the nodes that made it, or the error."""

    def nodes(result):
        if isinstance(result, tuple):
            return tuple(map(nodes, result))
        return None if result.grad_fn is None else result.grad_fn.name()

    try:
        result = function()
        return result, nodes(result)
    except Exception as error:
        return type(error).__name__, str(error)


@pytest.mark.parametrize("create_graph", [False, True], ids=["values", "graph"])
@pytest.mark.parametrize("strict", [False, True], ids=["lenient", "strict"])
@pytest.mark.parametrize("name", [*ONE, *TWO])
def test_derivatives(name, strict, create_graph):
    def program(t, nn):
        x, y = leaf(t), leaf(t, 0.5, 0.25, 2.0)
        inputs, v = ((x, y), (y, x)) if name in TWO else (x, y)
        options = {"create_graph": create_graph, "strict": strict}
        f = lambda *args: (ONE | TWO)[name](t, *args)
        F = t.autograd.functional
        results = []
        for function, vectorize in itertools.product((F.jacobian, F.hessian), (False, True)):
            if not (vectorize and name == "nothing"):
                results.append(outcome(lambda: function(f, inputs, vectorize=vectorize, **options)))  # noqa: B023
        for product, given in itertools.product(PRODUCTS, (None, v)):
            results.append(outcome(lambda: getattr(F, product)(f, inputs, given, **options)))  # noqa: B023
        return results, x.grad, y.grad

    assert_same(program)


WRONG = {
    "v of another shape": lambda t, x, y: (lambda x: x.sum(), x, t.ones(2, dtype=t.float64)),
    "v in a tuple": lambda t, x, y: (lambda x: x.sum(), x, (x,)),
    "two v for one": lambda t, x, y: (lambda x: (x**2).sum(), x, (x, x)),
    "v a number": lambda t, x, y: (lambda x: (x**2).sum(), x, 3),
    "v with a number": lambda t, x, y: (lambda x, y: (x * y).sum(), (x, y), (x, 3)),
    "one v for two": lambda t, x, y: (lambda x, y: (x * y, x), (x, y), (x,)),
    "the second v of another shape": lambda t, x, y: (lambda x, y: (x * y, x), (x, y), (x, t.ones(2))),
    "an input that is a number": lambda t, x, y: (lambda x: x, 3, None),
    "a number among the inputs": lambda t, x, y: (lambda x, y: x, (x, 3), None),
    "a list of inputs": lambda t, x, y: (lambda x: x, [x], None),
    "inputs that want nothing": lambda t, x, y: (lambda x: (x**2).sum(), x.detach(), x.detach()),
    "v of no dimensions": lambda t, x, y: (lambda x: x.sum(), x, t.tensor(2.0, dtype=t.float64)),
    "one element": lambda t, x, y: (lambda x: x * x, leaf(t, 2.0), None),
    "no dimensions": lambda t, x, y: (lambda x: x * x, t.tensor(3.0, requires_grad=True), None),
}


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("name", WRONG)
def test_arguments_of_products(name, product):
    def program(t, nn):
        function = getattr(t.autograd.functional, product)
        arguments = WRONG[name](t, leaf(t), leaf(t, 0.5, 0.25, 2.0))
        with t.no_grad():
            inside = outcome(lambda: function(*arguments))
        return outcome(lambda: function(*arguments)), inside

    assert_same(program)


@pytest.mark.parametrize("function", ["jacobian", "hessian"])
def test_arguments_of_matrices(function):
    def program(t, nn):
        F, x = getattr(t.autograd.functional, function), leaf(t)
        keyword = {"jacobian": "strategy", "hessian": "outer_jacobian_strategy"}[function]
        return [
            outcome(lambda: F(lambda x: x.sum(), 3)),
            outcome(lambda: F(lambda x: x.sum(), [x])),
            outcome(lambda: F(lambda x: x.sum(), (x,))),
            outcome(lambda: F(lambda x: (x**2).sum(), x, vectorize=True, strict=True)),
            outcome(lambda: F(lambda x: x.sum(), x, **{keyword: "sideways"})),
        ]

    assert_same(program)


def test_forward_mode_is_left_out():
    F, x = mt.autograd.functional, mt.ones(2)
    with pytest.raises(NotImplementedError, match="strategy"):
        F.jacobian(lambda x: x, x, strategy="forward-mode", vectorize=True)
    with pytest.raises(NotImplementedError, match="outer_jacobian_strategy"):
        F.hessian(lambda x: x.sum(), x, outer_jacobian_strategy="forward-mode", vectorize=True)
