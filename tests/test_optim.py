"""Optimizers take the same steps as torch's, keep the same state, print the same, and refuse the same."""

import copy
import pickle
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from twin import Programs, assert_equal, assert_same, plain

import minitorch_np

SHAPES = [(3, 4), (5,), (), (2, 0)]
unit = st.floats(0, 0.99, allow_subnormal=False)
small = st.sampled_from([0, 1e-2, 0.3])

sgd_options = st.fixed_dictionaries(
    {
        "lr": st.sampled_from([1e-3, 0.1, 0.5]),
        "momentum": st.just(0) | unit,
        "dampening": st.just(0) | unit,
        "weight_decay": small,
        "nesterov": st.booleans(),
        "maximize": st.booleans(),
    }
).map(lambda o: o | {"nesterov": o["nesterov"] and o["momentum"] > 0 and o["dampening"] == 0})
adam_options = st.fixed_dictionaries(
    {
        "lr": st.sampled_from([1e-3, 0.1]),
        "betas": st.tuples(unit, unit),
        "eps": st.sampled_from([1e-8, 1e-2]),
        "weight_decay": small,
        "amsgrad": st.booleans(),
        "maximize": st.booleans(),
    }
)
shared = {"lr": st.sampled_from([1e-3, 0.1]), "weight_decay": small, "maximize": st.booleans()}
epsilon = {"eps": st.sampled_from([1e-8, 1e-2])}
betas = {"betas": st.tuples(unit, unit)}
decoupled = {"decoupled_weight_decay": st.booleans()}
OTHERS = {
    "ASGD": shared | {"lambd": st.sampled_from([1e-4, 0.3]), "alpha": st.floats(0, 1), "t0": st.sampled_from([1e6, 3, 0])},
    "Adadelta": shared | epsilon | {"rho": st.floats(0, 1)},
    "Adagrad": shared | epsilon | {"lr_decay": small, "initial_accumulator_value": small},
    "Adamax": shared | epsilon | betas,
    "NAdam": shared | epsilon | betas | decoupled | {"momentum_decay": small},
    "RAdam": shared | epsilon | betas | decoupled,
    "RMSprop": shared | epsilon | {"alpha": st.floats(0.1, 0.99), "momentum": st.just(0) | unit, "centered": st.booleans()},
    "Rprop": {
        "lr": st.sampled_from([1e-3, 0.1]),
        "etas": st.tuples(st.floats(0.1, 0.9), st.floats(1.01, 3)),
        "step_sizes": st.sampled_from([(1e-6, 50), (1e-2, 0.2)]),
        "maximize": st.booleans(),
    },
}
CASES = st.one_of(
    *[st.tuples(st.just(name), st.fixed_dictionaries(options)) for name, options in OTHERS.items()],
    st.tuples(st.just("SGD"), sgd_options), st.tuples(st.just("Adam"), adam_options),
    st.tuples(st.just("Adam"), adam_options.map(lambda o: o | {"decoupled_weight_decay": True})),
    st.tuples(st.just("AdamW"), adam_options),
)  # fmt: skip


NAMES = ("SGD", "Adam", "AdamW", *OTHERS)


def parameters(lib, seed=0, dtype="float64", shapes=SHAPES):
    rng = np.random.default_rng(seed)
    return [lib.nn.Parameter(lib.from_numpy(np.array(rng.normal(size=shape), dtype))) for shape in shapes]


def give_gradients(lib, params, seed):
    rng = np.random.default_rng(seed)
    for p in params:
        values = rng.normal(size=tuple(p.shape)).astype(p.detach().numpy().dtype)
        p.grad = lib.from_numpy(np.array(values))


def run(lib, name, options, seed, steps=20, dtype="float64"):
    """Parameters and state after some steps, in two groups, the second with a rate of its own and a gap in its
    gradients."""
    params = parameters(lib, seed, dtype)
    groups = [{"params": params[:2]}, {"params": params[2:], "lr": 0.05}]
    optimizer = getattr(lib.optim, name)(groups, **options)
    for step in range(steps):
        give_gradients(lib, params, (seed, step))
        if step % 3 == 1:
            params[2].grad = None
        optimizer.step()
    return [p.detach().numpy() for p in params], plain(optimizer.state_dict())


@given(case=CASES, seed=st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_twenty_steps(case, seed):
    (ours, our_state), (theirs, their_state) = (run(lib, *case, seed) for lib in (minitorch_np, torch))
    assert_equal(ours, theirs, tolerance=1e-12)
    assert_equal(our_state, their_state, tolerance=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float16"])
@pytest.mark.parametrize(
    "case",
    [
        ("SGD", {"momentum": 0.9, "lr": 0.1}),
        *[(name, {"lr": 0.01} | ({"eps": 1e-3} if "eps" in OTHERS[name] else {})) for name in OTHERS],
        ("Adam", {"lr": 0.01, "eps": 1e-3}),
    ],
)
def test_lower_precision(case, dtype):
    (ours, _), (theirs, _) = (run(lib, *case, 0, dtype=dtype) for lib in (minitorch_np, torch))
    for a, b in zip(ours, theirs):
        assert a.dtype == b.dtype
        # Twenty roundings of the parameter itself, at most, on either side.
        np.testing.assert_allclose(a, b, rtol=0, atol=40 * np.finfo(dtype).eps * 4)


@pytest.mark.parametrize("name", NAMES)
def test_strided_parameters_and_gradients(name):
    def program(torch, nn):
        base = torch.from_numpy(np.random.default_rng(0).normal(size=(4, 6)))
        p = base.t()[::2].requires_grad_()
        options = {"momentum": 0.9} if name == "SGD" else {}
        optimizer = getattr(torch.optim, name)([p], lr=0.1, **options)
        for _ in range(3):
            (p * p).sum().backward()
            optimizer.step()
            optimizer.zero_grad()
        return base, p

    assert_same(program)


programs = Programs()


def linear(torch):
    p = torch.nn.Parameter(torch.arange(3.0, dtype=torch.float64))
    return p, torch.optim.SGD([p], lr=0.1, momentum=0.9)


@programs
def printed(torch, nn):
    ps = parameters(torch)
    groups = [{"params": ps[:1], "lr": 0.5}, {"params": ps[1:]}]
    return [repr(getattr(torch.optim, name)(groups, 0.1)) for name in NAMES]


@programs
def closure_runs_with_gradients_and_its_loss_is_returned(torch, nn):
    p, optimizer = linear(torch)

    def closure():
        optimizer.zero_grad()
        loss = (p * p).sum()
        loss.backward()
        return loss

    with torch.no_grad():
        losses = [optimizer.step(closure).item() for _ in range(3)]
    return losses, p, optimizer.state_dict()


@programs
def zero_grad_to_none(torch, nn):
    p, optimizer = linear(torch)
    (p * 2).sum().backward()
    optimizer.zero_grad()
    return p.grad


@programs
def zero_grad_to_zero(torch, nn):
    p, optimizer = linear(torch)
    kept = p.grad = p * 2  # a gradient with a history of its own
    optimizer.zero_grad(set_to_none=False)
    return p.grad, p.grad is kept, p.grad.requires_grad


@programs
def parameters_without_gradient_are_skipped(torch, nn):
    p, optimizer = linear(torch)
    optimizer.step()
    return p, optimizer.state_dict()


@programs
def step_bumps_the_version(torch, nn):
    p, optimizer = linear(torch)
    y = p * p
    y.sum().backward(retain_graph=True)
    before = p._version
    optimizer.step()
    changed = p._version > before
    try:
        y.sum().backward()
    except RuntimeError as error:
        return changed, "modified by an inplace operation" in str(error)
    return changed, "no error"


@programs
def parameters_stay_leaves(torch, nn):
    p, optimizer = linear(torch)
    (p * p).sum().backward()
    optimizer.step()
    return p.is_leaf, p.requires_grad, p.grad_fn is None


@programs
def groups_added_later(torch, nn):
    _, optimizer = linear(torch)
    q = nn.Parameter(torch.ones(2))
    optimizer.add_param_group({"params": q, "lr": 1.0})
    return [sorted(group) for group in optimizer.param_groups], optimizer.state_dict()


@programs
def named_parameters(torch, nn):
    model = nn.Linear(2, 2)
    optimizer = torch.optim.Adam(model.named_parameters())
    return optimizer.state_dict(), optimizer.param_groups[0]["param_names"]


@programs
def state_dict_survives_a_round_trip(torch, nn):
    p, optimizer = linear(torch)
    p.grad = torch.ones(3, dtype=torch.float64)
    optimizer.step()
    saved = copy.deepcopy(optimizer.state_dict())
    q = nn.Parameter(torch.arange(3.0))  # float32: the state follows
    other = torch.optim.SGD([q], lr=7.0)
    other.load_state_dict(saved)
    q.grad = torch.ones(3)
    other.step()
    return other.state_dict(), q


@programs
def adam_counts_on_after_loading(torch, nn):
    p = nn.Parameter(torch.ones(2))
    first = torch.optim.Adam([p], amsgrad=True)
    for _ in range(3):
        p.grad = torch.ones(2)
        first.step()
    second = torch.optim.AdamW([p])
    second.load_state_dict(first.state_dict())
    p.grad = torch.ones(2)
    second.step()
    return second.state_dict(), p


@programs
def hooks_around_the_step(torch, nn):
    _, optimizer = linear(torch)
    calls = []
    pre = optimizer.register_step_pre_hook(lambda o, args, kwargs: calls.append(("pre", o is optimizer, len(args))))
    optimizer.register_step_post_hook(lambda o, args, kwargs: calls.append(("post", len(args), sorted(kwargs))))
    optimizer.step()
    pre.remove()
    optimizer.step(closure=None)
    return calls


@programs
def hooks_may_replace_the_arguments(torch, nn):
    _, optimizer = linear(torch)
    optimizer.register_step_pre_hook(lambda o, args, kwargs: (args, {"closure": lambda: "from the hook"}))
    return optimizer.step()


@programs
def hooks_around_saving_and_loading(torch, nn):
    _, optimizer = linear(torch)
    calls = []
    optimizer.register_state_dict_pre_hook(lambda o: calls.append("second"))
    optimizer.register_state_dict_pre_hook(lambda o: calls.append("first"), prepend=True)
    optimizer.register_state_dict_post_hook(lambda o, d: d | {"more": 1})
    optimizer.register_load_state_dict_pre_hook(lambda o, d: calls.append(sorted(d)))
    optimizer.register_load_state_dict_post_hook(lambda o: calls.append("loaded"))
    optimizer.load_state_dict(optimizer.state_dict())
    return calls


@programs
def subclass_with_a_step_of_its_own(torch, nn):
    class Halve(torch.optim.Optimizer):
        def __init__(self, params, factor=0.5):
            super().__init__(params, {"factor": factor})

        @torch.no_grad()
        def step(self, closure=None):
            for group in self.param_groups:
                for p in group["params"]:
                    p.mul_(group["factor"])

    p = nn.Parameter(torch.ones(2))
    optimizer = Halve([p])
    calls = []
    optimizer.register_step_post_hook(lambda *_: calls.append(1))
    optimizer.step()
    return p, calls, repr(optimizer)


@programs
def tensor_rate(torch, nn):
    p = nn.Parameter(torch.ones(2, dtype=torch.float64))
    p.grad = torch.ones(2, dtype=torch.float64)
    for name in NAMES:
        getattr(torch.optim, name)([p], lr=torch.tensor(0.5)).step()
    return p


@programs
def inf_and_nan(torch, nn):
    """What is not finite stays where it is, and weight_decay=0 does not meet it."""
    values = torch.tensor([1.0, float("inf"), -float("inf"), float("nan"), 0.0], dtype=torch.float64)
    results = []
    for name in NAMES:
        for grad in (torch.ones(5), values.flip(0), torch.zeros(5)):
            p = nn.Parameter(values.clone())
            optimizer = getattr(torch.optim, name)(
                [p], **({"amsgrad": True} if name.startswith("Adam") and name != "Adamax" else {})
            )
            for _ in range(2):
                p.grad = grad.to(torch.float64).clone()
                optimizer.step()
            results += [p, optimizer.state_dict()]
    return results


@programs
def old_files(torch, nn):
    """Steps that are plain numbers, groups that lack the options of today."""
    results = []
    for name in NAMES[1:]:
        p = nn.Parameter(torch.ones(2))
        optimizer = getattr(torch.optim, name)([p])
        p.grad = torch.ones(2)
        optimizer.step()
        saved = copy.deepcopy(optimizer.state_dict())
        for key in ("step", "mu_product"):
            if key in saved["state"][0]:
                saved["state"][0][key] = saved["state"][0][key].item()
        for key in ("maximize", "foreach", "capturable", "differentiable"):
            saved["param_groups"][0].pop(key, None)
        optimizer.load_state_dict(saved)
        optimizer.step()
        results += [p, optimizer.state_dict()]
    return results


@programs
def a_group_added_to_adagrad(torch, nn):
    p, q = (nn.Parameter(torch.ones(2)) for _ in range(2))
    optimizer = torch.optim.Adagrad([p], initial_accumulator_value=0.5)
    optimizer.add_param_group({"params": q, "initial_accumulator_value": 0.1})
    p.grad, q.grad = torch.ones(2), torch.ones(2)
    optimizer.step()
    return p, q, optimizer.state_dict()


@programs
def pickled(torch, nn):
    p, optimizer = linear(torch)
    p.grad = torch.ones(3, dtype=torch.float64)
    optimizer.step()
    again = pickle.loads(pickle.dumps(optimizer))
    again.step()
    return again.state_dict(), repr(again)


@programs
def a_parameter_twice_in_one_group_warns(torch, nn):
    p = nn.Parameter(torch.ones(1))
    torch.optim.SGD([p, p], lr=0.1)


@programs
def step_default_dtype(torch, nn):
    torch.set_default_dtype(torch.float64)
    try:
        p = nn.Parameter(torch.ones(1))
        optimizer = torch.optim.Adam([p])
        p.grad = torch.ones(1)
        optimizer.step()
        return optimizer.state[p]["step"]
    finally:
        torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("program", programs, ids=lambda program: program.__name__)
def test_same_as_torch(program):
    assert_same(program)


def one(torch):
    return torch.nn.Parameter(torch.ones(1))


@pytest.mark.parametrize("name", NAMES)
def test_differentiable_is_refused_by_name(name):
    with pytest.raises(NotImplementedError, match=rf"{name}\(differentiable=True\)"):
        getattr(minitorch_np.optim, name)([one(minitorch_np)], differentiable=True)


def convert(value):
    """Torch's tensors inside containers as ours."""
    if isinstance(value, torch.Tensor):
        return minitorch_np.from_numpy(value.detach().numpy().copy())
    if isinstance(value, dict):
        return {k: convert(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(convert(v) for v in value)
    return value


@given(case=CASES)
@settings(max_examples=20, deadline=None)
def test_state_of_torch_continues_here(case):
    """Ten steps in torch, state loaded here, ten more in both."""
    name, options = case
    theirs, ours = parameters(torch), parameters(minitorch_np)
    reference, optimizer = (
        getattr(lib.optim, name)(params, **options) for lib, params in ((torch, theirs), (minitorch_np, ours))
    )
    for step in range(20):
        if step == 10:
            optimizer.load_state_dict(convert(reference.state_dict()))
            for mine, yours in zip(ours, theirs):
                mine.data = minitorch_np.from_numpy(yours.detach().numpy().copy())
        give_gradients(torch, theirs, step)
        reference.step()
        if step >= 10:
            give_gradients(minitorch_np, ours, step)
            optimizer.step()
    assert_equal([p.detach().numpy() for p in ours], [p.detach().numpy() for p in theirs], tolerance=1e-12)


def test_kernel_sets_agree():
    results = []
    for kernels in ("numpy", "numba"):
        active = minitorch_np.active_kernels()
        minitorch_np.use_kernels(kernels)
        try:
            decay = {name: {} if name == "Rprop" else {"weight_decay": 0.1} for name in NAMES}
            results.append([run(minitorch_np, name, {"lr": 0.1} | decay[name], 1)[0] for name in NAMES])
        finally:
            minitorch_np.use_kernels(active)
    assert_equal(*results, tolerance=1e-13)


def test_global_hooks():
    calls = []
    optimizer = minitorch_np.optim.SGD([one(minitorch_np)])
    module = minitorch_np.optim.optimizer
    with (
        module.register_optimizer_step_pre_hook(lambda *_: calls.append("pre")),
        module.register_optimizer_step_post_hook(lambda *_: calls.append("post")),
    ):
        optimizer.step()
    optimizer.step()
    assert calls == ["pre", "post"]


def test_training_emits_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run(minitorch_np, "AdamW", {"amsgrad": True}, 0)
