"""no_grad and its kin as decorators: of functions, generators and classes, in both libraries."""

import warnings

import pytest
from twin import Programs, assert_same

program = Programs()

DECORATORS = {
    "no_grad": lambda t: t.no_grad,
    "no_grad()": lambda t: t.no_grad(),
    "inference_mode": lambda t: t.inference_mode,
    "inference_mode()": lambda t: t.inference_mode(),
    "inference_mode(False)": lambda t: t.inference_mode(False),
    "enable_grad()": lambda t: t.enable_grad(),
    "set_grad_enabled(False)": lambda t: t.set_grad_enabled(False),
}


@pytest.mark.parametrize("name", DECORATORS)
def test_generators(name):
    def program(t, nn):
        log, enabled = [], t.is_grad_enabled

        def numbers(n):
            """Counts."""
            for i in range(n):
                try:
                    got = yield i, enabled()
                    log.append((got, enabled()))
                except KeyError as error:
                    log.append((str(error), enabled()))
                finally:
                    log.append(("leaving", enabled()))
            return "the end", enabled()

        decorated = DECORATORS[name](t)(numbers)
        log += [decorated.__name__, decorated.__doc__, enabled()]
        generator = decorated(4)
        log += [next(generator), enabled(), generator.send("hello"), enabled(), generator.throw(KeyError("key"))]
        try:
            generator.throw(ValueError("value"))
        except ValueError as error:
            log += [str(error), enabled()]

        def outer():
            log.append((yield from decorated(2)))

        log += list(outer())
        generator = decorated(2)
        next(generator)
        generator.close()
        with t.no_grad():
            log += list(decorated(1))
        return log, enabled()

    assert_same(program)


@pytest.mark.parametrize("name", DECORATORS)
def test_functions_and_classes(name):
    def program(t, nn):
        class Thing:
            def __init__(self, value):
                self.made = value, t.is_grad_enabled(), t.is_inference_mode_enabled()

        def function(value, *, more):
            return value, more, t.is_grad_enabled(), t.is_inference_mode_enabled()

        decorated = DECORATORS[name](t)(function)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            thing = DECORATORS[name](t)(Thing)(3)
        words = [(w.category.__name__, str(w.message)) for w in caught]
        return decorated(1, more=2), decorated.__name__, thing.made, words, t.is_grad_enabled()

    assert_same(program)


@program
def what_contexts_return(t, nn):
    with t.no_grad() as a, t.enable_grad() as b, t.set_grad_enabled(False) as c, t.inference_mode() as d:
        inside = t.is_grad_enabled()
    switch = t.set_grad_enabled(False)
    result = a, b, c, d, inside, t.is_grad_enabled(), switch.mode, switch.prev
    t.set_grad_enabled(True)
    return result


@program
def a_switch_that_is_no_bool(t, nn):
    t.set_grad_enabled(0)


@program
def a_function_that_calls_itself(t, nn):
    @t.no_grad()
    def inner(depth):
        before = t.is_grad_enabled()
        with t.enable_grad():
            below = inner(depth - 1) if depth else []
        return [before, t.is_grad_enabled(), *below]

    return inner(3), t.is_grad_enabled()


@pytest.mark.parametrize("function", program, ids=lambda f: f.__name__)
def test_same_as_torch(function):
    assert_same(function)
