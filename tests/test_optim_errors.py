"""What optimizers refuse, beside torch's: the type and the words."""

import sys

import pytest
from twin import assert_same


def one(torch):
    return torch.nn.Parameter(torch.ones(1))


ERRORS = {
    "a tensor": lambda t: t.optim.SGD(t.ones(2), lr=0.1),
    "nothing": lambda t: t.optim.SGD([], lr=0.1),
    "a number": lambda t: t.optim.SGD([1], lr=0.1),
    "non-leaf": lambda t: t.optim.SGD([one(t) * 2], lr=0.1),
    "a set": lambda t: t.optim.SGD([{"params": {one(t)}}], lr=0.1),
    "group no dict": lambda t: t.optim.SGD([one(t)], lr=0.1).add_param_group([one(t)]),
    "some names": lambda t: t.optim.SGD([("a", one(t)), one(t)], lr=0.1),
    "unnamed after named": lambda t: t.optim.SGD([("a", one(t))], lr=0.1).add_param_group({"params": one(t)}),
    "lr": lambda t: t.optim.SGD([one(t)], lr=-0.1),
    "momentum": lambda t: t.optim.SGD([one(t)], momentum=-1),
    "weight_decay": lambda t: t.optim.SGD([one(t)], weight_decay=-1),
    "nesterov": lambda t: t.optim.SGD([one(t)], nesterov=True),
    "nesterov dampened": lambda t: t.optim.SGD([one(t)], momentum=0.9, dampening=0.1, nesterov=True),
    "lr tensor": lambda t: t.optim.SGD([one(t)], lr=t.ones(2)),
    "fused and foreach": lambda t: t.optim.SGD([one(t)], fused=True, foreach=True),
    "adam lr": lambda t: t.optim.Adam([one(t)], lr=-1.0),
    "adam nan": lambda t: t.optim.Adam([one(t)], lr=float("nan")),
    "adam eps": lambda t: t.optim.Adam([one(t)], eps=-1.0),
    "adam beta 0": lambda t: t.optim.Adam([one(t)], betas=(1.0, 0.9)),
    "adam beta 1": lambda t: t.optim.AdamW([one(t)], betas=(0.9, -0.1)),
    "adam betas mixed": lambda t: t.optim.Adam([one(t)], betas=(0, 0.9)),
    "adam weight_decay": lambda t: t.optim.AdamW([one(t)], weight_decay=-1.0),
    "adadelta rho": lambda t: t.optim.Adadelta([one(t)], rho=1.5),
    "adadelta eps": lambda t: t.optim.Adadelta([one(t)], eps=-1),
    "adagrad lr_decay": lambda t: t.optim.Adagrad([one(t)], lr_decay=-0.5),
    "adagrad start": lambda t: t.optim.Adagrad([one(t)], initial_accumulator_value=-1),
    "adagrad fused and foreach": lambda t: t.optim.Adagrad([one(t)], fused=True, foreach=True),
    "adamax beta": lambda t: t.optim.Adamax([one(t)], betas=(0.9, 1.0)),
    "asgd lr": lambda t: t.optim.ASGD([one(t)], lr=-1.0),
    "asgd lr tensor": lambda t: t.optim.ASGD([one(t)], lr=t.ones(2)),
    "asgd weight_decay": lambda t: t.optim.ASGD([one(t)], weight_decay=-1),
    "nadam lr": lambda t: t.optim.NAdam([one(t)], lr=-1.0),
    "nadam momentum_decay": lambda t: t.optim.NAdam([one(t)], momentum_decay=-1e-3),
    "radam weight_decay": lambda t: t.optim.RAdam([one(t)], weight_decay=-1),
    "radam lr tensor": lambda t: t.optim.RAdam([one(t)], lr=t.ones(3)),
    "rmsprop alpha": lambda t: t.optim.RMSprop([one(t)], alpha=-0.1),
    "rmsprop momentum": lambda t: t.optim.RMSprop([one(t)], momentum=-0.1),
    "rprop lr": lambda t: t.optim.Rprop([one(t)], lr=float("nan")),
    "rprop lr tensor": lambda t: t.optim.Rprop([one(t)], lr=t.ones(0)),
    "rprop etas": lambda t: t.optim.Rprop([one(t)], etas=(0.5, 1.0)),
    "rprop positional": lambda t: t.optim.Rprop([one(t)], 0.1, (0.5, 1.2), (0, 1), False),
    "adam foreach lr": lambda t: t.optim.Adam([one(t)], lr=t.tensor(0.1), foreach=True),
    "load groups": lambda t: t.optim.SGD([one(t)]).load_state_dict({"state": {}, "param_groups": []}),
    "load sizes": lambda t: t.optim.SGD([one(t)]).load_state_dict({"state": {}, "param_groups": [{"params": [0, 1]}]}),
    "required": lambda t: t.optim.Optimizer([one(t)], {"lr": sys.modules[f"{t.optim.__name__}.optimizer"].required}),
    "integer parameter": lambda t: t.nn.Parameter(t.ones(2, dtype=t.int64)),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors(case):
    def program(torch, nn):
        ERRORS[case](torch)

    assert assert_same(program)[0] == "error"


def test_two_groups_with_one_parameter():
    def program(torch, nn):
        p = one(torch)
        torch.optim.SGD([{"params": p}, {"params": [p]}], lr=0.1)

    assert assert_same(program)[0] == "error"
