"""Every record of the registry in every spelling that torch has: keywords, methods, in place, operators, `out=`."""

import dataclasses
import inspect
import operator
import warnings

import numpy as np
import pytest
import torch
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from op_runs import draw_case, flat, named, snippet, to_library, words
from spelling_exceptions import EXCEPT, OVERLOADS
from spellings import OPERATORS, noted

import minitorch_np as mt
from torch_ref.compare import assert_same
from torch_ref.registry import REGISTRY

SPECS = list(REGISTRY.values())
# A record in all spellings is some sixty calls: few examples, and none made smaller.
few = settings(max_examples=max(2, settings.default.max_examples // 6), phases=[Phase.generate])
STEMS = {name: stem for stem, name in OPERATORS.items()}


def keywords(call):
    """All arguments by their names in our signature, or by those that torch has in the overload called."""
    space, name = call.spec.function
    ours = operator.attrgetter(f"{space}.{name}" if space else name)
    try:
        parameters = inspect.signature(inspect.unwrap(ours(mt))).parameters.values()
    except AttributeError:
        return None  # a method alone: its keywords are tested by the record's own call
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return None
    overload = OVERLOADS.get(call.spec.name, {})
    names = [overload.get((p.name, type(value).__name__), p.name) for p, value in zip(parameters, call.args)]
    return call.function(**dict(zip(names, call.args)), **call.kwargs)


def method(call):
    return getattr(call.args[0], call.name)(*call.args[1:], **call.kwargs)


def in_place(call):
    target = call.args[0].clone()
    result = getattr(target, call.name + "_")(*call.args[1:], **call.kwargs)
    return result is target, target, target._version


def in_place_on_a_view(call):
    """Written through a view; the gradients reach the base and the other arguments."""
    lib, first = call.lib, call.args[0]
    floats = first.is_floating_point()
    root = lib.stack([first, first]).detach().requires_grad_(floats)
    others = [a.detach().requires_grad_() if _is_float(lib, a) else a for a in call.args[1:]]
    base = root * 1
    getattr(base[1], call.name + "_")(*others, **call.kwargs)
    if not base.requires_grad:
        return base
    wanted = [x for x in (root, *others) if _is_float(lib, x)]
    weights = lib.arange(base.numel(), dtype=base.dtype).reshape(base.shape)
    return base, *lib.autograd.grad((base * weights).sum(), wanted, materialize_grads=True)


def in_place_on_a_leaf(call):
    if not call.args[0].is_floating_point():
        return None
    return getattr(call.args[0].clone().requires_grad_(), call.name + "_")(*call.args[1:], **call.kwargs)


def _is_float(lib, value):
    return isinstance(value, lib.Tensor) and value.is_floating_point()


def by_operator(call):
    return getattr(operator, OPERATOR.get(call.stem, f"__{call.stem}__"))(*call.args)


def by_operator_in_place(call):
    target = call.args[0].clone()
    result = getattr(operator, f"__i{call.stem}__")(target, *call.args[1:])
    return result is target, target


OPERATOR = {"abs": "abs", "neg": "neg", "pos": "pos", "invert": "invert"}


def _out(make):
    """Call with out= a tensor (or as many as there are results) that `make(result)` makes."""

    def with_out(call):
        results = call()
        single = isinstance(results, call.lib.Tensor)
        outs = [make(r) for r in ([results] if single else results)]
        given = outs[0] if single else tuple(outs)
        result = call(out=given)
        return result is given if single else [a is b for a, b in zip(result, outs)], outs

    return with_out


def out_alias(call):
    target = call.args[0].clone()
    call.args = (target, *call.args[1:])
    return call(out=target), target


def out_input_requires_grad(call):
    first = call.args[0]
    if not _is_float(call.lib, first):
        return None
    result = call()
    call.args = (first.clone().requires_grad_(), *call.args[1:])
    return call(out=result)


WAYS = {
    "keywords": keywords,
    "method": method,
    "in place": in_place,
    "in place, view": in_place_on_a_view,
    "in place, leaf": in_place_on_a_leaf,
    "operator": by_operator,
    "operator in place": by_operator_in_place,
    "out": _out(lambda r: r.new_zeros(r.shape)),
    "out, empty": _out(lambda r: r.new_zeros(0)),
    "out, other shape": _out(lambda r: r.new_zeros((2, *r.shape))),
    "out, bool": _out(lambda r: r.new_zeros(r.shape).bool()),
    "out, int": _out(lambda r: r.new_zeros(r.shape).int()),
    "out, float": _out(lambda r: r.new_zeros(r.shape).float()),
    "out, expanded": _out(lambda r: r.new_zeros(()).expand(r.shape)),
    "out, requires grad": _out(lambda r: r.new_zeros(r.shape).requires_grad_(r.is_floating_point())),
    "out, alias": out_alias,
    "out, input requires grad": out_input_requires_grad,
}


def has(way, call) -> bool:
    """True if torch knows this way."""
    if way.startswith(("method", "in place")):
        name = call.name + "_" if way.startswith("in place") else call.name
        return call.of_tensor() and not call.space and callable(getattr(torch.Tensor, name, None))
    if way == "operator":
        return call.stem is not None
    if way == "operator in place":
        return call.of_tensor() and hasattr(operator, f"__i{call.stem}__") and len(call.args) == 2
    if way.startswith("out"):  # where torch documents it
        space = operator.attrgetter(call.space)(torch) if call.space else torch
        if "out=None" not in (getattr(getattr(space, call.name, None), "__doc__", None) or ""):
            return False
        # Where the result is no element-by-element one, torch writes it while it still reads the input, and each
        # function has dtype rules of its own: test_products.py and kin have those.
        return hasattr(torch.Tensor, call.name + "_") or way in ("out", "out, empty", "out, other shape")
    return True


def outcome(way, call):
    """("value", results, warnings) or ("error", type, words)."""
    call.lib.manual_seed(0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = flat(way(call))
        except Exception as error:
            return "error", type(error).__name__, words(str(error))
    return "value", result, [words(str(w.message)) for w in caught]


def assert_same_outcome(ours, theirs):
    if "error" in (ours[0], theirs[0]):
        assert ours[:2] == theirs[:2] if theirs[1] == "TypeError" else ours == theirs  # torch lists overloads there
        return
    assert len(ours[1]) == len(theirs[1])
    for a, b in zip(ours[1], theirs[1]):
        if isinstance(b, torch.Tensor):
            assert_same(a, b, b, factor=10.0, reason="float32 results here are casts of others")
        else:
            assert a == b
    assert ours[2] == theirs[2]


@pytest.mark.parametrize("spec", SPECS, **named)
@few
@given(data=st.data())
def test_spellings(spec, data):
    """Values, identities, warnings and errors are torch's in every spelling."""
    plain = dataclasses.replace(spec, special=False)  # at infinities torch's own gradients differ between versions
    arrays, _, options = draw_case(data, plain, [d for d in spec.dtypes if d in ("float64", "int64")] or spec.dtypes[:1])
    with snippet(spec, arrays, options):
        for name, way in WAYS.items():
            calls = [noted(spec, lib, [to_library(lib, np.array(a)) for a in arrays], options) for lib in (mt, torch)]
            if None in calls:  # an operator, an index, a method with an underscore: the record's own call is all there is
                return
            for call in calls:
                call.spec, (call.space, call.name), call.stem = spec, spec.function, STEMS.get(spec.function[1])
            if has(name, calls[1]) and (spec.name, name) not in EXCEPT:
                try:
                    assert_same_outcome(*[outcome(way, call) for call in calls])
                except AssertionError as error:
                    error.add_note(f"called this way: {name}")
                    raise
