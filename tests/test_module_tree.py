"""Walking a module's tree and changing all of it.  Programs run in both libraries."""

import pytest
from twin import Programs, assert_same, fill, net, normal, shared

rules = Programs()


# --- traversal ----------------------------------------------------------------------------------------


for duplicates in (True, False):

    @rules
    def traversal(torch, nn, duplicates=duplicates):
        model = shared(torch, nn)
        keep = {"remove_duplicate": duplicates}
        return (
            [n for n, _ in model.named_modules(**keep)],
            [n for n, _ in model.named_parameters(**keep)],
            [n for n, _ in model.named_parameters("x", **keep)],
            [n for n, _ in model.named_parameters(recurse=False, **keep)],
            [n for n, _ in model.named_buffers("y", **keep)],
            [n for n, _ in model.named_buffers(recurse=False, **keep)],
            [n for n, _ in model.named_children()],
            len(list(model.modules())),
            len(list(model.children())),
            len(list(model.parameters())),
            len(list(model.parameters(recurse=False))),
            len(list(model.buffers())),
            [n for n, _ in model.named_modules(prefix="p")],
        )


@rules
def module_in_itself_ends(torch, nn):
    model = nn.Module()
    model.parts = nn.ModuleList([nn.ReLU()])
    model.parts.append(model.parts[0])
    return [n for n, _ in model.named_modules()]


for target in ("", "a", "b.0", "b.0.weight", "b.7", "nothing", "a.weight", "a.bias.x", "c.", ".a"):
    for get in ("get_submodule", "get_parameter", "get_buffer"):

        @rules
        def getting(torch, nn, get=get, target=target):
            return getattr(fill(torch, net(nn)), get)(target)

        getting.__name__ = f"{get}({target})"


@rules
def get_buffer_of_batch_norm(torch, nn):
    return net(nn).get_buffer("b.0.running_var")


for target, strict in (
    ("", False),
    ("a", False),
    ("b.0", True),
    ("b.x", True),
    ("b.x", False),
    ("q.x", False),
    ("a.weight", False),
):

    @rules
    def setting(torch, nn, target=target, strict=strict):
        model = net(nn)
        model.set_submodule(target, nn.Tanh(), strict=strict)
        return model


@rules
def set_submodule_to_number(torch, nn):
    net(nn).set_submodule("a", 3)


@rules
def apply_order(torch, nn):
    seen = []
    model = net(nn)
    back = model.apply(lambda m: seen.append(type(m).__name__))
    return seen, back is model


@rules
def train_and_eval(torch, nn):
    model = net(nn)
    seen = []
    for step in (model.eval, model.train, lambda: model.train(False)):
        assert step() is model
        seen.append([m.training for m in model.modules()])
    model.b.train()
    return seen, [m.training for m in model.modules()]


@rules
def train_with_number(torch, nn):
    net(nn).train(1)


@rules
def freezing(torch, nn):
    model = net(nn)
    assert model.requires_grad_(False) is model
    model.a.requires_grad_()
    return [(n, p.requires_grad) for n, p in model.named_parameters()]


@rules
def zeroing(torch, nn):
    model = fill(torch, net(nn)).double()
    x = normal(torch, 5, 3)
    model(x).sum().backward()
    grads = [p.grad for p in model.parameters()]
    model.zero_grad(set_to_none=False)
    same = [p.grad is g for p, g in zip(model.parameters(), grads)]
    zeros = [p.grad for p in model.parameters()]
    model.zero_grad()
    return same, zeros, [p.grad is None for p in model.parameters()]


# --- conversion ---------------------------------------------------------------------------------------

CONVERSIONS = {
    "double": lambda torch, m: m.double(),
    "half": lambda torch, m: m.half(),
    "float": lambda torch, m: m.double().float(),
    "to dtype": lambda torch, m: m.to(torch.float64),
    "to keyword": lambda torch, m: m.to(dtype=torch.float16),
    "to device and dtype": lambda torch, m: m.to("cpu", torch.float64),
    "to device": lambda torch, m: m.to(torch.device("cpu")),
    "to tensor": lambda torch, m: m.to(torch.zeros(1, dtype=torch.float64)),
    "to nothing": lambda torch, m: m.to(),
    "to int": lambda torch, m: m.to(torch.int32),
    "to cuda": lambda torch, m: m.to("cuda"),
    "cuda": lambda torch, m: m.cuda(),
    "cpu": lambda torch, m: m.cpu(),
    "type": lambda torch, m: m.type(torch.float64),
    "type text": lambda torch, m: m.type("torch.DoubleTensor"),
    "nothing to cuda": lambda torch, m: torch.nn.ReLU().cuda(),
}
for name, convert in CONVERSIONS.items():

    @rules
    def converting(torch, nn, convert=convert):
        model = fill(torch, nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)))
        model(normal(torch, 4, 2, dtype="float32")).sum().backward()
        before = list(model.parameters())
        after = convert(torch, model)
        return (
            after is model,
            [p is q for p, q in zip(before, model.parameters())],
            [(n, t) for n, t in model.state_dict().items()],
            [p.grad.dtype for p in before],
        )

    converting.__name__ = f"convert {name}"


@rules
def training_after_conversion(torch, nn):
    layer = fill(torch, nn.Linear(2, 1)).double()
    layer(normal(torch, 4, 2)).sum().backward()
    return layer.weight.grad


@pytest.mark.parametrize("program", rules, ids=lambda p: p.__name__)
def test_rules(program):
    assert_same(program)
