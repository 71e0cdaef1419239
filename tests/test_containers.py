"""Sequential, ModuleList, ModuleDict, ParameterList, ParameterDict.  Programs run in both libraries."""

from collections import OrderedDict

import pytest
from twin import Programs, assert_same, fill, normal

programs = Programs()


def parts(nn):
    return nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)


@programs
def sequential(torch, nn):
    model = fill(torch, nn.Sequential(*parts(nn))).double()
    return model, model(normal(torch, 5, 3)), len(model), list(model.state_dict()), [type(m).__name__ for m in model]


@programs
def sequential_of_ordered_dict(torch, nn):
    a, b, c = parts(nn)
    model = nn.Sequential(OrderedDict(first=a, second=b, third=c))
    return model, model[1], model.third, model[1:], model[-1], list(model.state_dict()), "first" in dir(model)


@programs
def sequential_of_plain_dict(torch, nn):
    nn.Sequential({"a": nn.ReLU()})


@programs
def sequential_of_number(torch, nn):
    nn.Sequential(nn.ReLU(), 3)


@programs
def empty_sequential(torch, nn):
    model = nn.Sequential()
    return model, model(5), len(model), bool(len(model))


@programs
def sequential_changes(torch, nn):
    a, b, c = parts(nn)
    model = nn.Sequential(a, b)
    seen = [model.append(c) is model]
    model[1] = nn.Tanh()
    model.insert(0, nn.Identity())
    seen.append(repr(model))
    model.insert(-1, nn.Flatten())
    seen.append(repr(model.pop(1)))
    del model[0]
    seen.append(repr(model))
    del model[-2:]
    model.extend([nn.Sigmoid(), nn.SiLU()])
    return seen, model, list(model._modules)


@programs
def sequential_arithmetic(torch, nn):
    model = nn.Sequential(nn.ReLU(), nn.Tanh())
    other = nn.Sequential(nn.Sigmoid())
    total = model + other
    more = model * 2
    left = 2 * other
    model += other
    other *= 3
    return total, more, left, model, other, total[0] is model[0]


for operation in (
    lambda m, nn: m + 3,
    lambda m, nn: m * 1.5,
    lambda m, nn: m * 0,
    lambda m, nn: m[7],
    lambda m, nn: m["a"],
    lambda m, nn: m[-3],
    lambda m, nn: m.__setitem__(5, nn.ReLU()),
    lambda m, nn: m.__setitem__(0, 3),
    lambda m, nn: m.__delitem__(5),
    lambda m, nn: m.insert(9, nn.ReLU()),
    lambda m, nn: m.append(3),
    lambda m, nn: m.__iadd__(3),
    lambda m, nn: m.pop(4),
    lambda m, nn: m.__imul__(0),
):

    @programs
    def wrong_use_of_sequential(torch, nn, operation=operation):
        operation(nn.Sequential(nn.ReLU(), nn.Tanh()), nn)


@programs
def module_list(torch, nn):
    layers = nn.ModuleList(parts(nn))
    seen = [len(layers), repr(layers), repr(layers[1]), repr(layers[-1]), repr(layers[:2]), type(layers[:2]).__name__]
    layers.append(nn.Tanh())
    layers.extend([nn.Sigmoid()])
    layers += [nn.SiLU()]
    layers.insert(1, nn.Identity())
    layers[0] = nn.Flatten()
    seen.append(repr(layers))
    del layers[2]
    del layers[-2:]
    seen.append(repr(layers.pop(0)))
    seen.append([repr(m) for m in layers])
    return seen, layers, repr(layers + [nn.ReLU()]), list(layers.state_dict()), nn.ModuleList()


@programs
def repeated_layers_share_a_line(torch, nn):
    block = lambda: nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    return [
        repr(m)
        for m in (
            nn.ModuleList([nn.ReLU() for _ in range(3)]),
            nn.ModuleList([nn.ReLU(), nn.ReLU(), nn.Tanh(), nn.ReLU()]),
            nn.ModuleList([block() for _ in range(4)] + [nn.Linear(2, 3)]),
            nn.Sequential(nn.ReLU(), nn.ReLU(), nn.ReLU()),
            nn.Sequential(nn.ModuleList([block(), block()]), nn.ModuleDict({"x": nn.ModuleList([nn.Tanh(), nn.Tanh()])})),
        )
    ]


for operation in (
    lambda m, nn: m[7],
    lambda m, nn: m["a"],
    lambda m, nn: m.append(3),
    lambda m, nn: m.extend(3),
    lambda m, nn: m.__setitem__(0, 3),
    lambda m, nn: m.__setitem__(9, nn.ReLU()),
    lambda m, nn: m(1),
    lambda m, nn: m.pop(5),
    lambda m, nn: nn.ModuleList([3]),
    lambda m, nn: nn.ModuleList(3),
):

    @programs
    def wrong_use_of_module_list(torch, nn, operation=operation):
        operation(nn.ModuleList([nn.ReLU(), nn.Tanh()]), nn)


@programs
def module_dict(torch, nn):
    a, b, c = parts(nn)
    layers = nn.ModuleDict({"a": a, "b": b})
    layers["c"] = c
    layers.update({"d": nn.Tanh()})
    layers.update([("e", nn.Sigmoid()), ["a", nn.SiLU()]])
    layers.update(nn.ModuleDict({"f": nn.ReLU()}))
    seen = [
        len(layers),
        list(layers),
        list(layers.keys()),
        [repr(m) for m in layers.values()],
        [k for k, _ in layers.items()],
    ]
    seen += ["a" in layers, "z" in layers, repr(layers.pop("b")), repr(layers["c"]), layers.c is c]
    del layers["a"]
    seen.append(repr(layers))
    layers.clear()
    return seen, layers


for operation in (
    lambda m, nn: m["z"],
    lambda m, nn: m.update(3),
    lambda m, nn: m.update([3]),
    lambda m, nn: m.update([(1, 2, 3)]),
    lambda m, nn: m.pop("z"),
    lambda m, nn: m.__setitem__("keys", nn.ReLU()),
    lambda m, nn: m.__setitem__("x", 3),
    lambda m, nn: m.__setitem__(3, nn.ReLU()),
    lambda m, nn: m(1),
):

    @programs
    def wrong_use_of_module_dict(torch, nn, operation=operation):
        operation(nn.ModuleDict({"a": nn.ReLU()}), nn)


@programs
def parameter_list(torch, nn):
    values = nn.ParameterList([nn.Parameter(torch.ones(2)), torch.zeros(2, 3)])
    values.append(torch.ones(1, dtype=torch.float64))
    values.extend([5, "text"])
    values += [nn.Parameter(torch.ones(()), requires_grad=False)]
    values[0] = torch.zeros(4)
    return (
        repr(values),
        len(values),
        [n for n, _ in values.named_parameters()],
        values.state_dict(),
        values[3],
        values[-1],
        repr(values[1:3]),
        [type(v).__name__ for v in values],
        repr(nn.ParameterList()),
        repr(nn.ParameterList([torch.ones(1)])),
    )


@programs
def parameter_dict(torch, nn):
    values = nn.ParameterDict({"b": nn.Parameter(torch.ones(2)), "a": torch.zeros(2, 3)})
    values["c"] = torch.ones(1)
    values["n"] = 5
    values.update([("e", torch.ones(1))])
    seen = [
        list(values),
        len(values),
        "a" in values,
        values.get("z", 3),
        values["n"],
        list(reversed(values)),
        repr(values),
    ]
    seen.append([n for n, _ in values.named_parameters()])
    other = values.copy()
    seen.append(other["a"] is values["a"])
    seen.append((values.pop("a"), values.popitem(), values.setdefault("s", torch.ones(2)), list(values.keys())))
    del values["n"]
    joined = values | nn.ParameterDict({"q": torch.ones(1)})
    values |= nn.ParameterDict({"r": torch.ones(1)})
    seen.append((list(joined), list(values), [type(v).__name__ for v in values.values()], [k for k, _ in values.items()]))
    seen.append(list(values.fromkeys(["x", "y"], 1).items()))
    values.clear()
    return seen, repr(values), repr(other)


for operation in (
    lambda m, nn: m["z"],
    lambda m, nn: m.update(3),
    lambda m, nn: m.update([3]),
    lambda m, nn: m.update(["abc"]),
    lambda m, nn: m(1),
    lambda m, nn: nn.ParameterList(3),
    lambda m, nn: nn.ParameterList([1])(1),
    lambda m, nn: nn.ParameterList([1])[1],
    lambda m, nn: m[3],
):

    @programs
    def wrong_use_of_parameter_containers(torch, nn, operation=operation):
        operation(nn.ParameterDict({"a": torch.ones(1)}), nn)


@pytest.mark.parametrize("program", programs, ids=lambda p: p.__name__)
def test_containers(program):
    assert_same(program)
