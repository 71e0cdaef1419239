"""Module's attributes, registration and printed form.  Programs run in both libraries."""

import pytest
import torch
from twin import Programs, assert_same, fill, net

import minitorch_np

rules = Programs()


# --- attributes ---------------------------------------------------------------------------------------


@rules
def parameter_before_init(torch, nn):
    class Net(nn.Module):
        def __init__(self):
            self.weight = nn.Parameter(torch.zeros(2))

    Net()


@rules
def module_before_init(torch, nn):
    class Net(nn.Module):
        def __init__(self):
            self.layer = nn.ReLU()

    Net()


@rules
def buffer_before_init(torch, nn):
    class Net(nn.Module):
        def __init__(self):
            self.register_buffer("b", torch.zeros(2))

    Net()


@rules
def parameter_registered_before_init(torch, nn):
    class Net(nn.Module):
        def __init__(self):
            self.register_parameter("p", nn.Parameter(torch.zeros(2)))

    Net()


@rules
def plain_value_before_init_is_fine(torch, nn):
    class Net(nn.Module):
        def __init__(self):
            self.size = 3
            super().__init__()

    return Net().size


@rules
def call_without_init(torch, nn):
    class Net(nn.Module):
        def __init__(self):
            pass

        def forward(self, x):
            return x

    Net()(1)


@rules
def no_forward(torch, nn):
    class Net(nn.Module):
        pass

    Net()(1)


@rules
def init_with_keyword(torch, nn):
    nn.Module(size=3)


@rules
def init_with_argument(torch, nn):
    nn.ReLU.__mro__[1](1, 2)


@rules
def call_super_init(torch, nn):
    class Other:
        def __init__(self, x):
            self.x = x

    class Net(nn.Module, Other):
        call_super_init = True

        def __init__(self, x):
            super().__init__(x)

    return Net(5).x


@rules
def tensor_to_parameter_name(torch, nn):
    nn.Linear(2, 2).weight = torch.zeros(2, 2)


@rules
def number_to_parameter_name(torch, nn):
    nn.Linear(2, 2).weight = 3


@rules
def module_to_parameter_name(torch, nn):
    nn.Linear(2, 2).weight = nn.ReLU()


@rules
def none_to_parameter_name(torch, nn):
    layer = nn.Linear(2, 2)
    layer.bias = None
    return layer, [name for name, _ in layer.named_parameters()], list(layer._parameters)


@rules
def number_to_module_name(torch, nn):
    model = net(nn)
    model.a = 3


@rules
def none_to_module_name(torch, nn):
    model = net(nn)
    model.b = None
    return model, list(model.state_dict())


@rules
def number_to_buffer_name(torch, nn):
    nn.BatchNorm1d(2).running_mean = 3


@rules
def parameter_replaces_buffer(torch, nn):
    layer = nn.BatchNorm1d(2)
    layer.running_mean = nn.Parameter(torch.ones(2))
    return [n for n, _ in layer.named_parameters()], [n for n, _ in layer.named_buffers()], list(layer.state_dict())


@rules
def module_replaces_parameter_after_delete(torch, nn):
    layer = nn.Linear(2, 2)
    del layer.bias
    layer.bias = nn.ReLU()
    return layer, list(layer._modules), list(layer._parameters)


@rules
def parameter_replaces_plain_attribute(torch, nn):
    layer = nn.Module()
    layer.x = 1
    layer.x = nn.Parameter(torch.ones(2))
    return "x" in vars(layer), [n for n, _ in layer.named_parameters()]


@rules
def non_leaf_parameter(torch, nn):
    p = nn.Parameter(torch.ones(2))
    q = p * 2
    layer = nn.Module()
    layer.register_parameter("q", q)


@rules
def parameter_with_history(torch, nn):
    p = nn.Parameter(torch.ones(2), requires_grad=False)
    p.mul_(nn.Parameter(torch.ones(2)))
    layer = nn.Module()
    layer.p = p


@rules
def non_leaf_made_a_parameter(torch, nn):
    q = nn.Parameter(torch.ones(2)) * 2
    layer = nn.Module()
    layer.q = nn.Parameter(q)
    return layer.q, layer.q.is_leaf


@rules
def buffer_class(torch, nn):
    layer = nn.Module()
    layer.b = nn.Buffer(torch.ones(2))
    layer.c = nn.Buffer(torch.ones(3), persistent=False)
    layer.b = torch.zeros(2)
    layer.c = torch.zeros(3)
    return list(layer.named_buffers()), layer.state_dict(), isinstance(layer.b, nn.Buffer)


@rules
def missing_attribute(torch, nn):
    return nn.Linear(2, 2).wieght


@rules
def delete_missing_attribute(torch, nn):
    del nn.Linear(2, 2).nothing


@rules
def delete_buffer_and_module(torch, nn):
    model = net(nn)
    del model.b[0].running_var
    del model.c
    return model, list(model.state_dict())


@rules
def directory(torch, nn):
    model = net(nn)
    return [n for n in dir(model) if n in ("a", "b", "c", "training", "forward", "0")], "weight" in dir(model.a)


@rules
def getattr_of_all_kinds(torch, nn):
    model = fill(torch, net(nn))
    return model.a.weight, model.b[0].running_var, model.c, model.training, hasattr(model, "z"), getattr(model, "z", 7)


# --- registration -------------------------------------------------------------------------------------

for kind, bad in {"register_buffer": 3, "register_parameter": 3, "add_module": 3}.items():
    for name in ("ok", "", "a.b", 5, "forward", "taken"):
        for value in ("good", "none", "bad"):

            @rules
            def registering(torch, nn, kind=kind, name=name, value=value, bad=bad):
                layer = nn.Module()
                layer.taken = 1
                good = {
                    "register_buffer": torch.zeros(2),
                    "register_parameter": nn.Parameter(torch.zeros(2)),
                    "add_module": nn.ReLU(),
                }
                getattr(layer, kind)(name, {"good": good[kind], "none": None, "bad": bad}[value])
                return (
                    layer,
                    list(layer.state_dict()),
                    list(layer._parameters),
                    list(layer._buffers),
                    list(layer._modules),
                )

            registering.__name__ = f"{kind}_{name}_{value}"


@rules
def tensor_is_no_parameter(torch, nn):
    nn.Module().register_parameter("p", torch.zeros(2))


@rules
def register_module_is_add_module(torch, nn):
    layer = nn.Module()
    layer.register_module("x", nn.ReLU())
    return layer


@rules
def registering_again(torch, nn):
    layer = nn.Linear(2, 2)
    layer.register_parameter("weight", nn.Parameter(torch.zeros(3)))
    layer.register_parameter("bias", None)
    return list(layer.named_parameters())


@rules
def integer_parameter(torch, nn):
    nn.Parameter(torch.zeros(2, dtype=torch.int64))


@rules
def integer_parameter_without_gradient(torch, nn):
    return nn.Parameter(torch.zeros(2, dtype=torch.int64), requires_grad=False)


@rules
def parameter_of_a_list(torch, nn):
    nn.Parameter([1.0, 2.0])


@rules
def parameter_shares_memory(torch, nn):
    t = torch.zeros(3)
    p = nn.Parameter(t)
    t.add_(1)
    return p, p._version, p.requires_grad, p.is_leaf, nn.Parameter().shape, isinstance(p, torch.Tensor)


@rules
def parameter_in_no_grad(torch, nn):
    with torch.no_grad():
        return nn.Parameter(torch.zeros(3)).requires_grad


@rules
def parameter_repr(torch, nn):
    p = nn.Parameter(torch.ones(2, 2))
    return repr(p), str(p), repr(nn.Parameter(torch.ones(2), requires_grad=False)), repr(nn.Buffer(torch.ones(2)))


@rules
def operations_give_plain_tensors(torch, nn):
    p = nn.Parameter(torch.ones(2))
    return [type(v).__name__ for v in (p * 2, p.detach(), p.data, p.clone(), p[0])]


# --- printing -------------------------------------------------------------------------------------


@rules
def custom_repr(torch, nn):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(2, 2)
            self.none = None
            self.register_module("empty", None)

        def extra_repr(self):
            return "one\ntwo"

    class Line(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(2, 2)

        def extra_repr(self):
            return "one"

    class Blank(nn.Module):
        def extra_repr(self):
            return "one\n\ntwo"

    return [repr(m) for m in (Net(), Line(), Blank(), nn.Sequential(Net(), Blank()), nn.ModuleList([Net(), Net(), Line()]))]


@pytest.mark.parametrize("program", rules, ids=lambda p: p.__name__)
def test_rules(program):
    assert_same(program)


def test_left_out_conversions_say_so():
    layer = minitorch_np.nn.Linear(1, 1)
    with pytest.raises(NotImplementedError, match="bfloat16"):
        layer.bfloat16()
    with pytest.raises(NotImplementedError, match="register_backward_hook"):
        layer.register_backward_hook(print)


def test_every_public_method_of_torchs_module_is_there():
    left_out = {"compile", "ipu", "mtia", "share_memory", "xpu", "T_destination", "dump_patches"}
    public = {name for name in dir(torch.nn.Module) if not name.startswith("_")}
    assert public - left_out <= set(dir(minitorch_np.nn.Module))
