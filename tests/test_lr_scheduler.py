"""Schedulers set torch's rates, to the last bit, and warn and refuse as torch's do."""

import copy
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twin import LIBRARIES, Programs, assert_same

gamma = st.sampled_from([0.1, 0.5, 0.97, 1.3])
SCHEDULES = st.one_of(
    st.tuples(st.just("StepLR"), st.fixed_dictionaries({"step_size": st.integers(1, 40), "gamma": gamma})),
    st.tuples(
        st.just("CosineAnnealingLR"),
        st.fixed_dictionaries({"T_max": st.integers(1, 250), "eta_min": st.sampled_from([0.0, 0.001, 0.3])}),
    ),
    st.tuples(
        st.just("MultiStepLR"),
        st.fixed_dictionaries({"milestones": st.lists(st.integers(0, 200), max_size=5), "gamma": gamma}),
    ),
    st.tuples(st.just("ExponentialLR"), st.fixed_dictionaries({"gamma": gamma})),
)


def make(torch, name="StepLR", lr=0.1, **options):
    p = torch.nn.Parameter(torch.ones(1))
    q = torch.nn.Parameter(torch.ones(1))
    optimizer = torch.optim.SGD([{"params": p}, {"params": q, "lr": 3 * lr}], lr=lr)
    return optimizer, getattr(torch.optim.lr_scheduler, name)(optimizer, **options)


def rates(torch, name, options, lr, steps):
    optimizer, scheduler = make(torch, name, lr, **options)
    seen = [scheduler.get_last_lr()]
    for _ in range(steps):
        optimizer.step()
        scheduler.step()
        assert scheduler.get_last_lr() == [group["lr"] for group in optimizer.param_groups]
        seen.append(scheduler.get_last_lr())
    return seen


@given(schedule=SCHEDULES, lr=st.floats(1e-6, 10))
@settings(max_examples=60, deadline=None)
def test_rates_are_torchs_to_the_last_bit(schedule, lr):
    ours, theirs = (rates(lib, *schedule, lr, 200) for lib in (LIBRARIES["ours"], LIBRARIES["torch"]))
    assert ours == theirs


@given(schedule=SCHEDULES, epochs=st.lists(st.integers(0, 300), min_size=1, max_size=5))
@settings(max_examples=30, deadline=None)
def test_jumping_to_an_epoch(schedule, epochs):
    seen = {}
    for name, lib in LIBRARIES.items():
        optimizer, scheduler = make(lib, schedule[0], **schedule[1])
        optimizer.step()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            seen[name] = []
            for epoch in epochs:
                scheduler.step(epoch)
                seen[name].append(scheduler.get_last_lr())
    assert seen["ours"] == seen["torch"]


@given(schedule=SCHEDULES, before=st.integers(0, 60))
@settings(max_examples=30, deadline=None)
def test_resuming(schedule, before):
    """The state of one scheduler in another one, and a scheduler that starts at a later epoch."""

    def program(torch):
        optimizer, scheduler = make(torch, schedule[0], **schedule[1])
        optimizer.step()
        for _ in range(before):
            scheduler.step()
        other_optimizer, other = make(torch, schedule[0], lr=7.0, **schedule[1])
        other_optimizer.load_state_dict(copy.deepcopy(optimizer.state_dict()))
        other.load_state_dict(copy.deepcopy(scheduler.state_dict()))
        later = type(scheduler)(optimizer, **schedule[1], last_epoch=before)
        seen = [later.get_last_lr()]
        for scheduler in (other, later):
            other_optimizer.step()
            for _ in range(20):
                scheduler.step()
                seen.append(scheduler.get_last_lr())
        return seen

    assert program(LIBRARIES["ours"]) == program(LIBRARIES["torch"])


programs = Programs()


@programs
def lambda_one(torch, nn):
    optimizer, scheduler = make(torch, "LambdaLR", lr_lambda=lambda epoch: 0.9**epoch)
    optimizer.step()
    for _ in range(3):
        scheduler.step()
    return repr(scheduler.get_last_lr()), scheduler.state_dict()


@programs
def lambda_each(torch, nn):
    class Slope:
        def __init__(self, by):
            self.by = by

        def __call__(self, epoch):
            return 1 - self.by * epoch

    optimizer, scheduler = make(torch, "LambdaLR", lr_lambda=[Slope(0.1), Slope(0.2)])
    optimizer.step()
    scheduler.step()
    saved = copy.deepcopy(scheduler.state_dict())
    optimizer, other = make(torch, "LambdaLR", lr_lambda=[Slope(9), Slope(9)])
    other.load_state_dict(saved)
    optimizer.step()
    other.step()
    return repr(other.get_last_lr()), saved


@programs
def lambda_wrong_number(torch, nn):
    make(torch, "LambdaLR", lr_lambda=[lambda epoch: 1.0])


@programs
def chained(torch, nn):
    optimizer, cosine = make(torch, "CosineAnnealingLR", T_max=7)
    exponential = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
    optimizer.step()
    for _ in range(30):
        cosine.step()
        exponential.step()
    return repr(cosine.get_last_lr()), repr(exponential.get_last_lr())


@programs
def state(torch, nn):
    optimizer, scheduler = make(torch, "CosineAnnealingLR", T_max=7)
    optimizer.step()
    scheduler.step()
    return (sorted(scheduler.state_dict()), scheduler.last_epoch, scheduler._step_count, scheduler.base_lrs)


@programs
def rate_in_a_tensor(torch, nn):
    p = nn.Parameter(torch.ones(1))
    rate = torch.tensor(0.5)
    optimizer = torch.optim.SGD([p], lr=rate)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1)
    optimizer.step()
    scheduler.step()
    return (rate, scheduler.get_last_lr(), optimizer.param_groups[0]["lr"] is rate, optimizer.param_groups[0])


@programs
def scheduler_before_optimizer(torch, nn):
    make(torch, step_size=1)[1].step()


@programs
def step_replaced(torch, nn):
    optimizer, scheduler = make(torch, step_size=1)
    optimizer.step = lambda: None
    scheduler.step()


@programs
def get_lr_outside_a_step(torch, nn):
    make(torch, step_size=1)[1].get_lr()


@programs
def epoch_is_deprecated(torch, nn):
    optimizer, scheduler = make(torch, step_size=1)
    optimizer.step()
    scheduler.step(3)


@programs
def no_optimizer(torch, nn):
    torch.optim.lr_scheduler.StepLR(3, step_size=1)


@programs
def resumed_without_initial_rate(torch, nn):
    make(torch, step_size=1, last_epoch=4)


@programs
def base_class_has_no_rule(torch, nn):
    make(torch, "LRScheduler")


@programs
def rule_of_ones_own(torch, nn):
    class Half(torch.optim.lr_scheduler.LRScheduler):
        def get_lr(self):
            return [lr / (1 + self.last_epoch) for lr in self.base_lrs]

    optimizer, _ = make(torch, step_size=1)
    scheduler = Half(optimizer)
    optimizer.step()
    scheduler.step()
    return repr(scheduler.get_last_lr())


@pytest.mark.parametrize("program", programs, ids=lambda program: program.__name__)
def test_same_as_torch(program):
    assert_same(program)
