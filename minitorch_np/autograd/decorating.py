"""Context managers as decorators: of functions, and of generators, whose every step runs inside."""

import functools
import inspect
import warnings

OF_CLASSES = (
    "Decorating classes is deprecated and will be disabled in future versions. You should only decorate functions or "
    "methods. To preserve the current behavior of class decoration, you can directly decorate the `__init__` method and "
    "nothing else."
)


def decorate(make_context, function):
    """A function that runs `function` inside a fresh make_context().

    Raises: nothing, but warns about a class: only the making of its objects is inside.
    """
    if inspect.isclass(function):
        warnings.warn(OF_CLASSES, FutureWarning, stacklevel=3)
        return lambda *args, **kwargs: decorate(make_context, lambda: function(*args, **kwargs))()
    if inspect.isgeneratorfunction(function):
        return _decorate_generator(make_context, function)

    @functools.wraps(function)
    def decorate_context(*args, **kwargs):
        with make_context():
            return function(*args, **kwargs)

    return decorate_context


def _decorate_generator(make_context, function):
    @functools.wraps(function)
    def generator_context(*args, **kwargs):
        generator = function(*args, **kwargs)
        step, value = generator.send, None
        while True:
            try:
                with make_context():
                    result = step(value)
            except StopIteration as end:
                return end.value
            try:
                step, value = generator.send, (yield result)
            except GeneratorExit:
                with make_context():
                    generator.close()
                raise
            except BaseException as error:  # what was thrown into us goes on into the generator
                step, value = generator.throw, error

    return generator_context
