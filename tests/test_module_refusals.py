"""What every layer refuses, beside torch's: the type and the words, and nothing modified."""

import copy
import re
import warnings

import pytest
import torch
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from module_cases import CASES
from test_module_properties import THERE, build, give
from twin import assert_equal, fill, outcome, plain, short

import minitorch_np

SOME = settings(max_examples=max(settings.default.max_examples // 12, 1), phases=[Phase.generate])


def resized(torch, x, shape):
    return torch.ones(shape, dtype=x.dtype)


# What may be wrong with one input.
INPUT = {
    "a list": lambda torch, x: x.tolist(),
    "None": lambda torch, x: None,
    "whole numbers, or fractions": lambda torch, x: x.long() if x.is_floating_point() else x.float(),
    "bool": lambda torch, x: x > 0,
    "double": lambda torch, x: x.double(),
    "half": lambda torch, x: x.half(),
    "one dimension more": lambda torch, x: x.unsqueeze(0),
    "one dimension less": lambda torch, x: resized(torch, x, x.shape[1:]),
    "four dimensions more": lambda torch, x: x[None, None, None, None],
    "no dimension": lambda torch, x: resized(torch, x, ()),
    "a longer last dimension": lambda torch, x: resized(torch, x, (*x.shape[:-1], x.shape[-1] + 1)),
    "a longer first dimension": lambda torch, x: resized(torch, x, (x.shape[0] + 1, *x.shape[1:])),
    "a longer second dimension": lambda torch, x: resized(torch, x, (x.shape[0], x.shape[1] + 1, *x.shape[2:])),
    "an empty first dimension": lambda torch, x: resized(torch, x, (0, *x.shape[1:])),
    "an empty second dimension": lambda torch, x: resized(torch, x, (x.shape[0], 0, *x.shape[2:])),
    "an empty last dimension": lambda torch, x: resized(torch, x, (*x.shape[:-1], 0)),
}
NEEDS = {  # dimensions
    "one dimension less": 1, "a longer last dimension": 1, "a longer first dimension": 1, "a longer second dimension": 2,
    "an empty first dimension": 1, "an empty second dimension": 2, "an empty last dimension": 1,
}  # fmt: skip
# What may be wrong with a call as a whole.
CALL = {
    "an argument too few": lambda make, module, inputs: module(*inputs[:-1]),
    "an unknown keyword": lambda make, module, inputs: module(*inputs, unknown=1),
    "an unknown keyword of the constructor": lambda make, module, inputs: make(unknown=1),
    "twenty arguments": lambda make, module, inputs: module(*inputs, *[None] * 20),
}


def wrong_calls(case):
    """(name, position of the input or None, what to do)"""
    for at, what in enumerate(case.inputs):
        if what is not None:
            ndim = what.ndim if hasattr(what, "ndim") else len(what[1] if what[:1] == ("probability",) else what)
            yield from ((f"{name} as input {at}", at, f) for name, f in INPUT.items() if ndim >= NEEDS.get(name, 0))
    for name, call in CALL.items():
        yield name, None, call


def words(result):
    """An error without the names of classes that the two libraries do not share."""
    return re.sub(r"\b\w+\.(forward|__init__)\(\)", r"\1()", short(result))


def alike(ours, theirs):
    """The same type and words; for what is no tensor at all, where torch only stumbles over a missing attribute, a type."""
    if theirs[:2] == ("error", "AttributeError"):
        return ours[:2] in (("error", "AttributeError"), ("error", "TypeError"))
    return words(ours) == words(theirs)


def program_of(name, case, at, change, made):
    def program(lib, nn):
        warnings.filterwarnings("ignore", "enable_nested_tensor is True")
        options, _ = build(lib, case)
        make = lambda **more: getattr(nn, name)(*case.args, **options, **more)
        lib.manual_seed(case.seed)
        module = fill(lib, make(), case.seed)
        inputs = [x.detach() if x is not None and x.requires_grad else x for x in give(lib, case, "float32")]
        made.append((module, inputs, copy.deepcopy(module), copy.deepcopy(inputs)))
        lib.manual_seed(case.seed)
        if at is None:
            return change(make, module, inputs)
        inputs[at] = change(lib, inputs[at])
        made[-1] = (module, inputs, copy.deepcopy(module), copy.deepcopy(inputs))
        return module(*inputs)

    return program


def refusal(name, case, at, change):
    """None where both libraries do the same, else what differs."""
    made = []
    theirs = outcome(program_of(name, case, at, change, []), torch)
    ours = outcome(program_of(name, case, at, change, made), minitorch_np)
    if "error" in (ours[0], theirs[0]):
        if not alike(ours, theirs):
            return f"ours {words(ours)} | torch {words(theirs)}"
        if made:
            module, inputs, module_before, inputs_before = made[0]
            try:
                assert_equal(plain([module.state_dict(), inputs]), plain([module_before.state_dict(), inputs_before]))
            except AssertionError as error:
                return f"modified: {str(error)[:100]}"
        return None
    try:
        assert_equal(ours, theirs, tolerance=1e-4)
    except AssertionError as error:
        return " ".join(str(error).split())[:200]
    return None


# Where we say something else: (layers, what is wrong, why), as regular expressions.
CONVOLUTIONS = r"Conv(Transpose)?\dd"
DIFFERS = [
    (CONVOLUTIONS, "(a list|None) as .*", "words: torch lists all overloads"),
    ("Upsample", "(whole numbers.*|bool) as .*", "torch's kernel has another name for some sizes"),
    ("EmbeddingBag", "one dimension more as .*", "words: the type's module"),
    (r"BatchNorm\dd", "an empty (second|last) dimension as .*", "torch does not check what it does not compute"),
    ("CosineSimilarity", "half as .*", "torch divides each by its length in its own dtype, here in the common one: closer"),
    ("(NLL|CrossEntropy)Loss", "an empty second dimension as input 0", "words: with no classes, which wrong label is named"),
    ("BCEWithLogitsLoss", "(double|half) as .*", "torch computes in the target's memory"),
]


# Where torch reads past its memory, and at times crashes: without offsets, and past the last one beside a padding_idx.
NOT_RUN = ("EmbeddingBag", "(bool|an empty .* dimension) as input 1|a longer .* dimension as input 0")


def runs(name, what):
    return not (name == NOT_RUN[0] and re.fullmatch(NOT_RUN[1], what))


def reason(name, what):
    return next((why for layer, wrong, why in DIFFERS if re.fullmatch(layer, name) and re.fullmatch(wrong, what)), None)


@pytest.mark.parametrize("name", THERE)
@given(data=st.data(), seed=st.integers(0, 2**16))
@SOME
def test_wrong_calls(name, data, seed):
    """Every wrong call does what torch does, and a refused one leaves layer and inputs as they were."""
    case = CASES[name](data.draw)
    case.seed = seed
    found = {}
    for what, at, change in list(wrong_calls(case))[seed % 3 :: 3]:  # a third of them an example: they take their time
        difference = refusal(name, case, at, change) if runs(name, what) else None
        if difference and (difference.startswith("modified") or not reason(name, what)):
            found[what] = difference
    assert not found, "\n".join(f"{what}: {difference}" for what, difference in found.items())
