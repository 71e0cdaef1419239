"""Schedulers set torch's rates, to the last bit, and warn and refuse as torch's do."""

import copy
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twin import LIBRARIES, Programs, assert_same

programs = Programs()
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
    st.tuples(
        st.just("ConstantLR"),
        st.fixed_dictionaries({"factor": st.sampled_from([0.25, 1 / 3, 1.0]), "total_iters": st.integers(0, 50)}),
    ),
    st.tuples(
        st.just("LinearLR"),
        st.fixed_dictionaries(
            {"start_factor": st.floats(0.01, 1), "end_factor": st.floats(0.01, 1), "total_iters": st.integers(1, 250)}
        ),
    ),
    st.tuples(
        st.just("PolynomialLR"),
        st.fixed_dictionaries({"total_iters": st.integers(1, 250), "power": st.sampled_from([0.5, 1.0, 2.0])}),
    ),
    st.tuples(
        st.just("CosineAnnealingWarmRestarts"),
        st.fixed_dictionaries(
            {"T_0": st.integers(1, 60), "T_mult": st.integers(1, 3), "eta_min": st.sampled_from([0, 0.01])}
        ),
    ),
)
CYCLES = st.one_of(
    st.tuples(
        st.just("CyclicLR"),
        st.fixed_dictionaries(
            {
                "base_lr": st.sampled_from([0.01, [0.1, 0.2]]), "max_lr": st.sampled_from([1.0, [0.5, 3.0]]),
                "step_size_up": st.integers(1, 60), "step_size_down": st.none() | st.integers(1, 60),
                "mode": st.sampled_from(["triangular", "triangular2", "exp_range"]), "gamma": st.sampled_from([0.9, 0.999]),
                "cycle_momentum": st.booleans(), "base_momentum": st.sampled_from([0.8, [0.1, 0.5]]),
            }
        ),
    ),
    st.tuples(
        st.just("OneCycleLR"),
        st.fixed_dictionaries(
            {
                "max_lr": st.sampled_from([1.0, [0.5, 3.0]]), "total_steps": st.integers(200, 300),
                "pct_start": st.sampled_from([0.1, 0.25, 0.4]), "anneal_strategy": st.sampled_from(["cos", "linear"]),
                "cycle_momentum": st.booleans(), "three_phase": st.booleans(), "div_factor": st.sampled_from([25.0, 2]),
            }
        ),
    ),
)  # fmt: skip


def make(torch, name="StepLR", lr=0.1, betas=False, **options):
    p = torch.nn.Parameter(torch.ones(1))
    q = torch.nn.Parameter(torch.ones(1))
    groups = [{"params": p}, {"params": q, "lr": 3 * lr}]
    optimizer = torch.optim.Adam(groups, lr=lr) if betas else torch.optim.SGD(groups, lr=lr, momentum=0.5)
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


@given(schedule=CYCLES, betas=st.booleans(), resumed=st.booleans())
@settings(max_examples=40, deadline=None)
def test_cycles_move_rates_and_momentum(schedule, betas, resumed):
    def program(torch):
        optimizer, scheduler = make(torch, schedule[0], betas=betas, **schedule[1])
        seen = []
        for step in range(200):
            optimizer.step()
            scheduler.step()
            groups = [(g["lr"], g["betas" if betas else "momentum"]) for g in optimizer.param_groups]
            seen.append((scheduler.get_last_lr(), groups))
            if resumed and step == 100:
                saved = copy.deepcopy([optimizer.state_dict(), scheduler.state_dict()])
                optimizer, scheduler = make(torch, schedule[0], lr=7.0, betas=betas, **schedule[1])
                optimizer.load_state_dict(saved[0])
                scheduler.load_state_dict(saved[1])
        return seen, scheduler.state_dict()

    assert program(LIBRARIES["ours"]) == program(LIBRARIES["torch"])


@given(
    mode=st.sampled_from(["min", "max"]), threshold_mode=st.sampled_from(["rel", "abs"]), cooldown=st.integers(0, 3),
    patience=st.integers(0, 3), threshold=st.sampled_from([0, 1e-4, 0.2]), min_lr=st.sampled_from([0, 1e-3, [0.01, 0.2]]),
    metrics=st.lists(st.floats(-2, 2) | st.just(float("nan")), max_size=60),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_plateaus(metrics, **options):
    def program(torch):
        _, scheduler = make(torch, "ReduceLROnPlateau", **options)
        seen = []
        for at, metric in enumerate(metrics):
            scheduler.step(torch.tensor(metric) if at % 2 else metric)
            seen.append((scheduler.get_last_lr(), scheduler.num_bad_epochs, scheduler.in_cooldown))
            if at == 20:
                saved = scheduler.state_dict()
                _, scheduler = make(torch, "ReduceLROnPlateau", mode="max" if options["mode"] == "min" else "min")
                scheduler.load_state_dict(saved)
        return repr((seen, scheduler.state_dict()))

    assert program(LIBRARIES["ours"]) == program(LIBRARIES["torch"])


@given(
    first=SCHEDULES,
    second=SCHEDULES,
    third=SCHEDULES,
    milestones=st.lists(st.integers(1, 60), min_size=2, max_size=2).map(sorted),
)
@settings(max_examples=30, deadline=None)
def test_sequences_and_chains(first, second, third, milestones):
    def program(torch):
        seen = []
        for chain in (False, True):
            p = torch.nn.Parameter(torch.ones(1))
            optimizer = torch.optim.SGD([p], lr=0.5)
            module = torch.optim.lr_scheduler
            parts = [getattr(module, name)(optimizer, **options) for name, options in (first, second, third)]
            if chain:
                scheduler = module.ChainedScheduler(parts)
            else:
                scheduler = module.SequentialLR(optimizer, parts, milestones)
            seen.append(scheduler.get_last_lr())
            for step in range(80):
                optimizer.step()
                scheduler.step()
                seen.append((scheduler.get_last_lr(), optimizer.param_groups[0]["lr"]))
                if step == 40:
                    scheduler.load_state_dict(copy.deepcopy(scheduler.state_dict()))
            seen.append(scheduler.state_dict())
        return repr(seen)

    assert program(LIBRARIES["ours"]) == program(LIBRARIES["torch"])


ERRORS = {
    "multiplicative, no function": ("MultiplicativeLR", {"lr_lambda": 3}),
    "constant": ("ConstantLR", {"factor": 1.5}),
    "linear start": ("LinearLR", {"start_factor": 0}),
    "linear end": ("LinearLR", {"end_factor": 2}),
    "restarts T_0": ("CosineAnnealingWarmRestarts", {"T_0": 0}),
    "restarts T_mult": ("CosineAnnealingWarmRestarts", {"T_0": 1, "T_mult": 0}),
    "restarts eta_min": ("CosineAnnealingWarmRestarts", {"T_0": 1, "eta_min": "0"}),
    "cyclic mode": ("CyclicLR", {"base_lr": 0.1, "max_lr": 1, "mode": "square"}),
    "cyclic lengths": ("CyclicLR", {"base_lr": [0.1] * 3, "max_lr": 1}),
    "one cycle, no length": ("OneCycleLR", {"max_lr": 1, "epochs": 3}),
    "one cycle, total": ("OneCycleLR", {"max_lr": 1, "total_steps": 0}),
    "one cycle, epochs": ("OneCycleLR", {"max_lr": 1, "epochs": 0, "steps_per_epoch": 2}),
    "one cycle, steps": ("OneCycleLR", {"max_lr": 1, "epochs": 2, "steps_per_epoch": 0.5}),
    "one cycle, start": ("OneCycleLR", {"max_lr": 1, "total_steps": 9, "pct_start": 2.0}),
    "one cycle, strategy": ("OneCycleLR", {"max_lr": 1, "total_steps": 9, "anneal_strategy": "steep"}),
    "plateau factor": ("ReduceLROnPlateau", {"factor": 1.0}),
    "plateau mode": ("ReduceLROnPlateau", {"mode": "mean"}),
    "plateau threshold mode": ("ReduceLROnPlateau", {"threshold_mode": "x"}),
    "plateau min_lr": ("ReduceLROnPlateau", {"min_lr": [0.1]}),
    "sequence, none": ("SequentialLR", {"schedulers": [], "milestones": []}),
    "sequence, no schedulers": ("SequentialLR", {"schedulers": [1, 2], "milestones": [1]}),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors(case):
    name, options = ERRORS[case]
    assert assert_same(lambda torch, nn: make(torch, name, **options) and None)[0] == "error"


@programs
def sequence_of_wrong_length(torch, nn):
    optimizer, one = make(torch, step_size=1)
    torch.optim.lr_scheduler.SequentialLR(optimizer, [one], [1, 2])


@programs
def sequence_of_two_optimizers(torch, nn):
    (optimizer, one), (_, other) = make(torch, step_size=1), make(torch, "ExponentialLR", gamma=0.5)
    torch.optim.lr_scheduler.SequentialLR(optimizer, [one, other], [1])


@programs
def chain_of_a_plateau(torch, nn):
    torch.optim.lr_scheduler.ChainedScheduler([make(torch, "ReduceLROnPlateau")[1]])


@programs
def chain_of_none(torch, nn):
    torch.optim.lr_scheduler.ChainedScheduler([])


@programs
def one_cycle_without_momentum(torch, nn):
    optimizer = torch.optim.Adagrad([nn.Parameter(torch.ones(1))])
    torch.optim.lr_scheduler.OneCycleLR(optimizer, 1.0, 10)


@programs
def one_cycle_too_long(torch, nn):
    optimizer, scheduler = make(torch, "OneCycleLR", max_lr=1.0, epochs=2, steps_per_epoch=2)
    for _ in range(6):
        optimizer.step()
        scheduler.step()


@programs
def heights_of_ones_own(torch, nn):
    class Height:
        def __init__(self, by):
            self.by = by

        def __call__(self, x):
            return self.by / x

    seen = []
    for mode in ("cycle", "iterations"):
        optimizer, scheduler = make(
            torch, "CyclicLR", base_lr=0.1, max_lr=1.0, step_size_up=2, scale_fn=Height(0.5), scale_mode=mode
        )
        for _ in range(10):
            optimizer.step()
            scheduler.step()
            seen.append(repr(scheduler.get_last_lr()))
        seen.append(repr(scheduler.state_dict()))
    return seen


@programs
def a_group_added_before_a_reduction(torch, nn):
    optimizer, scheduler = make(torch, "ReduceLROnPlateau", patience=0, min_lr=[0.0, 0.1])
    optimizer.add_param_group({"params": nn.Parameter(torch.ones(1))})
    scheduler.step(1.0)
    scheduler.step(1.0)


@programs
def multiplied(torch, nn):
    optimizer, scheduler = make(torch, "MultiplicativeLR", lr_lambda=[lambda epoch: 0.9, lambda epoch: 1 / (1 + epoch)])
    seen = []
    for _ in range(10):
        optimizer.step()
        scheduler.step()
        seen.append(repr(scheduler.get_last_lr()))
    return seen, scheduler.state_dict()


@programs
def back_to_an_epoch_and_a_half(torch, nn):
    _, scheduler = make(torch, "CosineAnnealingWarmRestarts", T_0=3, T_mult=2)
    seen = []
    for epoch in (0, 2.5, 3, 9.25, 21, 1):
        scheduler.step(epoch)
        seen.append(repr((scheduler.get_last_lr(), scheduler.T_cur, scheduler.T_i)))
    scheduler.step(-1)
    return seen


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
