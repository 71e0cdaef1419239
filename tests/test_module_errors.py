"""What every layer of the public list refuses, by hand: torch's exception and sentence, and nothing is modified."""

import copy

import pytest
from module_errors import ERRORS
from test_module_refusals import alike, words
from twin import LIBRARIES, assert_equal, outcome, plain

from torch_ref.public_names import LEVEL_1

# Torch draws the mask before it fails; here nothing is drawn.
DRAWN = {"Dropout(0.5) @ ones(2).long()", "Dropout2d(0.5) @ ones(1, 1, 2, 2).long()"}


class Names(dict):
    """The names of a call: those of nn, then the library's own."""

    def __init__(self, lib) -> None:
        self.lib = lib

    def __missing__(self, name):
        if name in ("dict", "capture"):
            return lambda *args, **kwargs: (args, kwargs)
        return getattr(self.lib.nn, name, None) or getattr(self.lib, name)


def state(module, inputs):
    """Everything that a refused call must leave alone."""
    if not isinstance(module, LIBRARIES["ours"].nn.Module | LIBRARIES["torch"].nn.Module):
        return inputs
    attributes = sorted(key for layer in module.modules() for key in vars(layer))
    gradients = [p.grad for p in module.parameters()]
    return plain([module.state_dict(), dict(module.named_buffers()), gradients, inputs]), attributes, module.training


def attempt(lib, call, seen):
    """Make the layer, keep what there is, call it."""
    names = Names(lib)
    constructor, at, arguments = call.partition(" @ ")
    made = eval(constructor, {"__builtins__": {"float": float}}, names)
    if not at:
        return made
    args, kwargs = eval(f"capture({arguments})", {}, names)
    before = copy.deepcopy(state(made, [args, kwargs]))
    seen.append((before, lambda: state(made, [args, kwargs])))
    return made(*args, **kwargs)


def judge(call):
    """None, or what is wrong with our refusal."""
    results, after = {}, {}
    seen = []
    for name, lib in LIBRARIES.items():
        lib.manual_seed(0)
        results[name] = outcome(lambda torch, nn, name=name: attempt(torch, call, seen if name == "ours" else []), lib)
        after[name] = lib.rand(1).tolist()
    ours, theirs = results["ours"], results["torch"]
    if theirs[0] != "error":
        return f"torch does not refuse this: {theirs!r:.100}"
    if not alike(ours, theirs):
        return f"ours {words(ours)!r:.300} | torch {words(theirs)!r:.300}"
    if (after["ours"] == after["torch"]) == (call in DRAWN):
        return "random numbers drawn by one and not by the other"
    for before, now in seen:
        assert_equal(now(), before)
    return None


@pytest.mark.parametrize("name", ERRORS)
def test_refused(name):
    """Type and sentence are torch's, and layer, inputs and generator are as torch leaves them."""
    wrong = {call: what for call in ERRORS[name] if (what := judge(call))}
    assert not wrong, "\n".join(f"{call}: {what}" for call, what in wrong.items())


def test_every_layer_of_the_public_list_is_there():
    listed = {name for part in LEVEL_1 if "torch.nn" in part.namespaces for name in part.names.split() if name[0].isupper()}
    assert {name for name in listed if name not in ERRORS} == set()
    assert all(len(calls) >= 2 for calls in ERRORS.values())
