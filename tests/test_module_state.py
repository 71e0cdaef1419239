"""state_dict, load_state_dict, copies and pickles of modules.  Programs run in both libraries."""

import copy
import pickle
from collections import OrderedDict

import numpy as np
import pytest
from twin import Programs, assert_same, fill, net, normal, shared

import minitorch_np

rules = Programs()


# --- state_dict ---------------------------------------------------------------------------------------


@rules
def state(torch, nn):
    model = fill(torch, net(nn))
    s = model.state_dict()
    return s, s._metadata, type(s).__name__, s["a.weight"].data_ptr() == model.a.weight.data_ptr()


@rules
def state_options(torch, nn):
    model = fill(torch, net(nn))
    there = OrderedDict(x=1)
    s = model.state_dict(destination=there, prefix="p.", keep_vars=True)
    return s is there, s, s["p.a.weight"] is model.a.weight


@rules
def loading(torch, nn):
    one, two = fill(torch, net(nn), 1), fill(torch, net(nn), 2)
    weight = two.a.weight
    result = two.load_state_dict(one.state_dict())
    return result, repr(result), str(result), two.state_dict(), two.a.weight is weight, weight.requires_grad


@rules
def loading_casts(torch, nn):
    one, two = fill(torch, net(nn), 1).double(), fill(torch, net(nn), 2)
    two.load_state_dict(one.state_dict())
    return two.state_dict()


@rules
def loading_by_assignment(torch, nn):
    one, two = fill(torch, net(nn), 1).double(), fill(torch, net(nn), 2)
    two.a.weight.requires_grad_(False)
    s = one.state_dict()
    two.load_state_dict(s, assign=True)
    return (
        two.state_dict(),
        [p.requires_grad for p in two.parameters()],
        two.a.weight.data_ptr() == one.a.weight.data_ptr(),
        two.b[0].running_var is s["b.0.running_var"],
    )


def spoil(kind):
    def change(torch, s):
        if kind == "missing":
            del s["a.weight"], s["b.0.running_mean"]
        elif kind == "unexpected":
            s["zz"] = torch.zeros(1)
            s["a.more.x"] = torch.zeros(1)
            s["b.3.weight"] = torch.zeros(1)
        elif kind == "size":
            s["a.weight"] = torch.zeros(5, 3)
            s["c.bias"] = torch.zeros(())
        elif kind == "number":
            s["a.weight"] = 3
        elif kind == "array":
            s["a.weight"] = np.zeros((4, 3))
        elif kind == "all":
            spoil("missing")(torch, s), spoil("unexpected")(torch, s)
            s["c.weight"] = torch.zeros(5, 3)
        elif kind == "scalar":
            s["b.0.num_batches_tracked"] = torch.tensor([7])

    return change


for kind in ("missing", "unexpected", "size", "number", "array", "all", "scalar"):
    for strict in (True, False):

        @rules
        def bad_state(torch, nn, kind=kind, strict=strict):
            model, other = fill(torch, net(nn), 1), fill(torch, net(nn), 2)
            s = other.state_dict()
            spoil(kind)(torch, s)
            try:
                what = model.load_state_dict(s, strict)
            except RuntimeError as error:
                what = str(error)
            return what, model.state_dict()  # what fitted has been loaded all the same

        bad_state.__name__ = f"bad_state_{kind}_{strict}"


@rules
def state_of_wrong_type(torch, nn):
    net(nn).load_state_dict([1])


@rules
def state_without_metadata(torch, nn):
    model, other = fill(torch, net(nn), 1), fill(torch, net(nn), 2)
    s = dict(other.state_dict())
    del s["b.0.num_batches_tracked"]  # as files from before torch 0.4.1
    return model.load_state_dict(s), model.state_dict()


@rules
def state_with_metadata_misses_the_count(torch, nn):
    model = net(nn)
    s = model.state_dict()
    del s["b.0.num_batches_tracked"]
    model.load_state_dict(s)


@rules
def none_parameter_in_state(torch, nn):
    layer = nn.Linear(2, 2, bias=False)
    layer.load_state_dict(nn.Linear(2, 2).state_dict())


@rules
def extra_state(torch, nn):
    class Net(nn.Module):
        def __init__(self, extra):
            super().__init__()
            self.extra = extra

        def get_extra_state(self):
            return {"extra": self.extra}

        def set_extra_state(self, state):
            self.extra = state["extra"]

    one, two = nn.Sequential(Net(1)), nn.Sequential(Net(2))
    result = two.load_state_dict(one.state_dict())
    return one.state_dict(), two[0].extra, result


@rules
def extra_state_missing(torch, nn):
    class Net(nn.Module):
        def set_extra_state(self, state):
            pass

    Net().load_state_dict({})


@rules
def extra_state_unexpected(torch, nn):
    nn.Linear(1, 1).load_state_dict({**nn.Linear(1, 1).state_dict(), "_extra_state": 1})


@rules
def state_hooks(torch, nn):
    model, log = fill(torch, net(nn)), []
    handles = [
        model.register_state_dict_pre_hook(lambda m, prefix, keep: log.append(("pre", prefix, keep))),
        model.a.register_state_dict_post_hook(lambda m, s, prefix, meta: log.append(("post", list(s), prefix, meta))),
        model._register_state_dict_hook(lambda m, s, prefix, meta: {"new": s["c.bias"]}),
        model.a.register_load_state_dict_pre_hook(
            lambda m, s, prefix, *more: log.append((m is model.a, list(s), prefix, more[1:]))
        ),
        model.a._register_load_state_dict_pre_hook(lambda s, prefix, *more: log.append(("old", prefix))),
        model.register_load_state_dict_post_hook(
            lambda m, keys: log.append((m is model, keys)) or keys.missing_keys.clear()
        ),
    ]
    s = model.state_dict(prefix="")
    result = model.load_state_dict({"a.bias": torch.ones(4)})
    for handle in handles:
        handle.remove()
    model.state_dict()
    return log, s, result, model.a.bias


@rules
def state_post_hook_must_return_none(torch, nn):
    layer = nn.Linear(2, 2)
    layer.register_state_dict_post_hook(lambda m, s, prefix, meta: s)
    layer.state_dict()


@rules
def load_post_hook_must_return_none(torch, nn):
    layer = nn.Linear(2, 2)
    layer.register_load_state_dict_post_hook(lambda m, keys: keys)
    layer.load_state_dict(layer.state_dict())


# --- copies -------------------------------------------------------------------------------------------


@rules
def deep_copy(torch, nn):
    model = fill(torch, net(nn))
    model(normal(torch, 5, 3, dtype="float32")).sum().backward()
    model.c.bias.requires_grad_(False)
    model.eval()
    twin = copy.deepcopy(model)
    with torch.no_grad():
        model.a.weight.zero_()
    return (
        twin,
        twin.state_dict(),
        [p.requires_grad for p in twin.parameters()],
        [p.grad is None for p in twin.parameters()],
        twin.training,
        type(twin.a.weight).__name__,
        [type(b).__name__ for b in twin.buffers()],
    )


@rules
def deep_copy_keeps_sharing(torch, nn):
    model = copy.deepcopy(shared(torch, nn))
    return model.first is model.second, model.inner.weight is model.first.weight, model.b is model.inner.b


@rules
def shallow_copy_shares(torch, nn):
    model = fill(torch, net(nn))
    twin = copy.copy(model)
    return twin.a is model.a, twin


def test_pickling_keeps_everything():
    model = fill(minitorch_np, net(minitorch_np.nn))
    model.a.weight.requires_grad_(False)
    model.b[0].weight.note = "kept"
    model.extra = minitorch_np.nn.Buffer(minitorch_np.ones(2), persistent=False)
    model.eval()
    model.a.register_state_dict_pre_hook(print)
    twin = pickle.loads(pickle.dumps(model))
    assert repr(twin) == repr(model)
    assert not twin.training
    assert not twin.a.weight.requires_grad
    assert twin.c.weight.requires_grad
    assert twin.b[0].weight.note == "kept"
    assert isinstance(twin.extra, minitorch_np.nn.Buffer)
    assert not twin.extra.persistent
    for (name, a), (_, b) in zip(model.state_dict().items(), twin.state_dict().items()):
        assert np.array_equal(a.numpy(), b.numpy()) and a.dtype is b.dtype, name
    assert type(twin.a.weight) is minitorch_np.nn.Parameter
    twin.a.weight.data.zero_()
    assert model.a.weight.abs().sum() > 0


@rules
def copies_of_shared_parameters(torch, nn):
    model = pickle.loads(pickle.dumps(shared(torch, nn)))
    return model.first is model.second, model.inner.weight is model.first.weight


@pytest.mark.parametrize("program", rules, ids=lambda p: p.__name__)
def test_rules(program):
    assert_same(program)
