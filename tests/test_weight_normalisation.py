"""weight_norm, spectral_norm, fused layers and skip_init beside torch's."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from twin import Programs, assert_same, fill, normal

import minitorch_np

# name: (make(nn), shape of the input)
LAYERS = {
    "Linear": (lambda nn: nn.Linear(4, 3), (2, 4)),
    "Linear without bias": (lambda nn: nn.Linear(4, 3, bias=False), (2, 4)),
    "Conv2d": (lambda nn: nn.Conv2d(4, 6, 3, groups=2), (2, 4, 5, 4)),
}


def trained(torch, nn, make, shape, normalise, remove, seed):
    """Two steps of SGD, one evaluation, states in between, and the weight after the removal."""
    torch.manual_seed(seed)
    model = nn.Sequential(make(nn), nn.Tanh())
    fill(torch, model, seed)
    model.double()
    assert normalise(model[0]) is model[0]
    seen = [sorted(model.state_dict()), [n for n, _ in model.named_parameters()], repr(model), model.state_dict()]
    seen.append(dict(model.state_dict()._metadata))
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    for step in range(2):
        x = normal(torch, *shape, seed=seed + step, requires_grad=True)
        optimiser.zero_grad()
        (model(x) ** 2).sum().backward()
        optimiser.step()
        seen.append([x.grad, [p.grad for p in model.parameters()], model.state_dict(), model[0].weight])
    seen.append([model.eval()(x), model.state_dict()])
    assert remove(model[0]) is model[0]
    return [*seen, model(x), model.state_dict(), len(model[0]._forward_pre_hooks), torch.rand(2)]


@pytest.mark.filterwarnings("ignore:.*parametrizations.weight_norm:FutureWarning")
@pytest.mark.parametrize("name", LAYERS)
@given(seed=st.integers(0, 2**16), dim=st.sampled_from([None, 0, 1, -1, -2]))
@settings(max_examples=8)
def test_weight_norm(name, seed, dim):
    make, shape = LAYERS[name]

    def program(torch, nn):
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            utils = nn.utils
            return trained(
                torch, nn, make, shape, lambda m: utils.weight_norm(m, dim=dim), lambda m: utils.remove_weight_norm(m), seed
            )

    assert assert_same(program)[0] == "value"


@pytest.mark.parametrize("name", LAYERS)
@given(seed=st.integers(0, 2**16), dim=st.sampled_from([None, 0, 1]), steps=st.integers(1, 3))
@settings(max_examples=8)
def test_spectral_norm(name, seed, dim, steps):
    make, shape = LAYERS[name]

    def program(torch, nn):
        return trained(
            torch, nn, make, shape, lambda m: nn.utils.spectral_norm(m, "weight", steps, 1e-6, dim),
            lambda m: nn.utils.remove_spectral_norm(m), seed,
        )  # fmt: skip

    assert assert_same(program)[0] == "value"


programs = Programs()
silent = Programs()  # weight_norm warns as deprecated: once compared, then ignored


@programs
def deprecated(torch, nn):
    nn.utils.weight_norm(nn.Linear(2, 3))


for wrong in (
    lambda torch, nn, norm: norm(norm(nn.Linear(2, 3))),
    lambda torch, nn, norm: norm(nn.Linear(2, 3), "x"),
    lambda torch, nn, norm: norm(nn.Linear(2, 3, bias=False), "bias"),
    lambda torch, nn, norm: list(norm(nn.Linear(2, 3), "bias").state_dict()),
):
    for kind in ("weight_norm", "spectral_norm"):

        @silent
        def refused(torch, nn, wrong=wrong, kind=kind):
            return wrong(torch, nn, getattr(nn.utils, kind))


for wrong in (
    lambda torch, nn, u: u.remove_weight_norm(nn.Linear(2, 3)),
    lambda torch, nn, u: u.remove_spectral_norm(nn.Linear(2, 3), "bias"),
    lambda torch, nn, u: u.spectral_norm(nn.Linear(2, 3), n_power_iterations=0),
    lambda torch, nn, u: u.weight_norm(nn.Linear(2, 3), dim=3),
    lambda torch, nn, u: u.fuse_conv_bn_eval(nn.Conv2d(1, 2, 1), nn.BatchNorm2d(2).eval()),
    lambda torch, nn, u: u.fuse_conv_bn_eval(nn.Conv2d(1, 2, 1).eval(), nn.BatchNorm2d(2, track_running_stats=False).eval()),
    lambda torch, nn, u: u.fuse_linear_bn_eval(nn.Linear(1, 2), nn.BatchNorm1d(2)),
    lambda torch, nn, u: u.fuse_linear_bn_eval(nn.Linear(1, 2).eval(), nn.BatchNorm1d(3).eval()),
    lambda torch, nn, u: u.skip_init(nn.ReLU),
    lambda torch, nn, u: u.skip_init(int, 3),
):

    @silent
    def refused_by_utils(torch, nn, wrong=wrong):
        return wrong(torch, nn, nn.utils)


for bias in (True, False):
    for affine in (True, False):
        for dtype in ("float32", "float64"):

            @programs
            def fused(torch, nn, bias=bias, affine=affine, dtype=dtype):
                kind = getattr(torch, dtype)
                conv = fill(torch, nn.Conv2d(2, 3, 2, bias=bias)).to(kind).eval()
                bn = fill(torch, nn.BatchNorm2d(3, affine=affine), 1).to(kind).eval()
                both = nn.utils.fuse_conv_bn_eval(conv, bn)
                x = normal(torch, 2, 2, 3, 3, dtype=dtype)
                close = torch.allclose(both(x), bn(conv(x)), rtol=1e-4, atol=1e-5)
                weights = nn.utils.fuse_conv_bn_weights(
                    conv.weight.transpose(0, 1), None, bn.running_mean, bn.running_var, 0.1, bn.weight, bn.bias, True
                )
                return both(x), both.state_dict(), close, conv.weight, weights, both.training

    @programs
    def fused_linear(torch, nn, bias=bias):
        linear = fill(torch, nn.Linear(2, 3, bias=bias)).double().eval()
        linear.weight.requires_grad_(False)
        bn = fill(torch, nn.BatchNorm1d(3), 1).double().eval()
        both = nn.utils.fuse_linear_bn_eval(linear, bn)
        x = normal(torch, 4, 2)
        return both(x), both.state_dict(), torch.allclose(both(x), bn(linear(x))), list(both.parameters())


@programs
def skipped(torch, nn):
    torch.manual_seed(1)
    layer = nn.utils.skip_init(nn.Linear, 3, out_features=2, dtype=torch.float64, device="cpu")
    return repr(layer), [(n, p.shape, p.dtype, p.requires_grad) for n, p in layer.named_parameters()], torch.rand(2)


@pytest.mark.parametrize("program", programs, ids=lambda p: p.__name__)
def test_programs(program):
    assert_same(program)


@pytest.mark.parametrize("program", silent, ids=lambda p: p.__name__)
def test_programs_without_the_warning(program, monkeypatch):
    def quiet(torch, nn):
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            return program(torch, nn)

    assert_same(quiet)


@pytest.mark.filterwarnings("ignore:.*parametrizations.weight_norm:FutureWarning")
@pytest.mark.parametrize("kind", ["weight_norm", "spectral_norm"])
def test_states_go_both_ways(kind):
    """torch's state loads here and ours there, strictly."""
    ours, theirs = [fill(lib, getattr(lib.nn.utils, kind)(lib.nn.Linear(3, 2)), 4) for lib in (minitorch_np, torch)]
    for source, target, lib in ((theirs, ours, minitorch_np), (ours, theirs, torch)):
        state = {key: lib.from_numpy(value.numpy().copy()) for key, value in source.state_dict().items()}
        fill(lib, target, 9)
        target.load_state_dict(state, strict=True)
        for key, value in source.state_dict().items():
            assert (target.state_dict()[key].numpy() == value.numpy()).all()
