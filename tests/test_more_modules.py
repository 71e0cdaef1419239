"""More layers and losses beside torch's: printed form, state, output, gradients, second gradients, errors, warnings."""

import inspect

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from test_modules import study
from twin import Programs, assert_equal, assert_same, fill, normal, outcome

import minitorch_np

IMAGE = (2, 4, 5, 3)


def _inside(make):
    """An in-place layer, after one whose result it may overwrite."""
    return lambda nn: nn.Sequential(nn.Linear(4, 4), make(nn))


# name: (make(nn), shapes of the inputs)
LAYERS = {
    "Threshold": (lambda nn: nn.Threshold(0.1, 20.0), [(3, 4)]),
    "Threshold inplace": (_inside(lambda nn: nn.Threshold(0.1, 20.0, inplace=True)), [(3, 4)]),
    "Hardtanh": (lambda nn: nn.Hardtanh(-0.5, 0.7), [(3, 4)]),
    "Hardtanh inplace": (_inside(lambda nn: nn.Hardtanh(inplace=True)), [(3, 4)]),
    "ReLU6": (lambda nn: nn.ReLU6(), [(3, 4)]),
    "ReLU6 inplace": (_inside(lambda nn: nn.ReLU6(True)), [(3, 4)]),
    "Hardswish": (lambda nn: nn.Hardswish(), [(3, 4)]),
    "Hardswish inplace": (_inside(lambda nn: nn.Hardswish(inplace=True)), [(3, 4)]),
    "Hardshrink": (lambda nn: nn.Hardshrink(0.3), [(3, 4)]),
    "Softshrink": (lambda nn: nn.Softshrink(0.3), [(3, 4)]),
    "Softsign": (lambda nn: nn.Softsign(), [(3, 4)]),
    "Tanhshrink": (lambda nn: nn.Tanhshrink(), [(3, 4)]),
    "Mish": (lambda nn: nn.Mish(), [(3, 4)]),
    "Mish inplace": (_inside(lambda nn: nn.Mish(inplace=True)), [(3, 4)]),
    "CELU": (lambda nn: nn.CELU(0.5), [(3, 4)]),
    "CELU inplace": (_inside(lambda nn: nn.CELU(inplace=True)), [(3, 4)]),
    "SELU": (lambda nn: nn.SELU(), [(3, 4)]),
    "SELU inplace": (_inside(lambda nn: nn.SELU(True)), [(3, 4)]),
    "GLU": (lambda nn: nn.GLU(), [(3, 4)]),
    "GLU of channels": (lambda nn: nn.GLU(1), [IMAGE]),
    "PReLU": (lambda nn: nn.PReLU(), [(3, 4)]),
    "PReLU of channels": (lambda nn: nn.PReLU(4, init=0.1), [IMAGE]),
    "PairwiseDistance": (lambda nn: nn.PairwiseDistance(), [(3, 4), (3, 4)]),
    "PairwiseDistance options": (lambda nn: nn.PairwiseDistance(3.0, 0.1, keepdim=True), [(3, 4), (4,)]),
    "CosineSimilarity": (lambda nn: nn.CosineSimilarity(), [(3, 4), (3, 4)]),
    "CosineSimilarity options": (lambda nn: nn.CosineSimilarity(dim=0, eps=1.0), [(3, 4), (3, 1)]),
    "LayerNorm": (lambda nn: nn.LayerNorm(4), [(3, 4)]),
    "LayerNorm of more": (lambda nn: nn.LayerNorm([5, 3], eps=0.1), [IMAGE]),
    "LayerNorm plain": (lambda nn: nn.LayerNorm(4, elementwise_affine=False), [(3, 4)]),
    "LayerNorm no bias": (lambda nn: nn.LayerNorm(4, bias=False), [(3, 4)]),
    "LayerNorm of nothing": (lambda nn: nn.LayerNorm(4), [(0, 4)]),
    "GroupNorm": (lambda nn: nn.GroupNorm(2, 4), [IMAGE]),
    "GroupNorm plain": (lambda nn: nn.GroupNorm(4, 4, eps=0.1, affine=False), [IMAGE]),
    "GroupNorm no bias": (lambda nn: nn.GroupNorm(1, 4, bias=False), [(3, 4)]),
    "InstanceNorm1d": (lambda nn: nn.InstanceNorm1d(4), [(2, 4, 3)]),
    "InstanceNorm1d unbatched": (lambda nn: nn.InstanceNorm1d(4, affine=True), [(4, 3)]),
    "InstanceNorm2d": (lambda nn: nn.InstanceNorm2d(4, affine=True, track_running_stats=True), [IMAGE]),
    "InstanceNorm2d no bias": (lambda nn: nn.InstanceNorm2d(4, 0.1, 0.5, True, True, bias=False), [IMAGE]),
    "InstanceNorm2d unbatched": (lambda nn: nn.InstanceNorm2d(4, momentum=None), [IMAGE[1:]]),
    "InstanceNorm3d": (lambda nn: nn.InstanceNorm3d(2, affine=True, track_running_stats=True), [(2, 2, 2, 1, 3)]),
    "RMSNorm": (lambda nn: nn.RMSNorm(4), [(3, 4)]),
    "RMSNorm options": (lambda nn: nn.RMSNorm((5, 3), eps=0.1, elementwise_affine=False), [IMAGE]),
    "LocalResponseNorm": (lambda nn: nn.LocalResponseNorm(3, alpha=0.5, k=2.0), [IMAGE]),
    "LocalResponseNorm of sequences": (lambda nn: nn.LocalResponseNorm(2), [(2, 4, 3)]),
}
ONCE = {"Hardsigmoid": (lambda nn: nn.Hardsigmoid(), [(3, 4)])}  # torch has no second derivative


@pytest.mark.parametrize("name", LAYERS | ONCE)
@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
@given(seed=st.integers(0, 2**16))
@settings(max_examples=5)
def test_layer_in_float64(name, training, seed):
    program = study(*(LAYERS | ONCE)[name], seed, "float64", training)
    theirs, ours = outcome(program, torch), outcome(program, minitorch_np)
    assert theirs[0] == "value"
    assert_equal(ours, theirs, name, tolerance=1e-7 if name in ONCE else 1e-10)  # torch's 1/6 is a float32


@pytest.mark.parametrize("name", LAYERS | ONCE)
def test_layer_in_float32(name):
    program = study(*(LAYERS | ONCE)[name], 1, "float32", True)
    theirs, ours = outcome(program, torch), outcome(program, minitorch_np)
    assert theirs[0] == "value"
    assert_equal(ours, theirs, name, tolerance=2e-5)


@pytest.mark.parametrize("name", LAYERS)
def test_second_gradient(name):
    make, shapes = LAYERS[name]

    def program(torch, nn):
        module = fill(torch, make(nn)).double()
        inputs = [normal(torch, *s, seed=i, requires_grad=True) for i, s in enumerate(shapes)]
        sources = [*inputs, *module.parameters()]
        out = module(*[x * 1 for x in inputs])
        grads = torch.autograd.grad((out * out * normal(torch, *out.shape, seed=9)).sum(), sources, create_graph=True)
        again = torch.autograd.grad(sum((g * g).sum() for g in grads), sources, allow_unused=True)
        return [g.detach() for g in grads], [torch.zeros(1) if g is None else g for g in again]

    assert assert_same(program)[0] == "value"


@pytest.mark.parametrize("name", LAYERS | ONCE)
def test_name_of_the_node(name):
    """What torch does in one step is one step here."""
    make, shapes = (LAYERS | ONCE)[name]
    if "inplace" in name:
        pytest.skip("torch numbers the nodes of in-place writes")
    names = []
    for lib in (torch, minitorch_np):
        inputs = [normal(lib, *s, seed=i, dtype="float32", requires_grad=True) for i, s in enumerate(shapes)]
        names.append(make(lib.nn)(*inputs).grad_fn.name())
    known = {"NormBackward1", "SqueezeBackward1", "ReshapeAliasBackward0", "UnsafeViewBackward0"}
    assert names[0] == names[1] or names[0] in known


# --- losses ----------------------------------------------------------------------------------------

losses = Programs()


def signs(torch, *shape):
    return (normal(torch, *shape, seed=7) > 0).to(torch.float64) * 2 - 1


def classes(torch, *shape):
    return torch.tensor(np.arange(int(np.prod(shape))).reshape(shape) % 3)


def _loss(make, *others):
    """The loss made, of three rows of four (or what `others` make from the library), for every reduction."""
    for reduction in ("mean", "sum", "none"):

        @losses
        def loss(torch, nn, reduction=reduction):
            module = make(torch, nn, reduction)
            x = normal(torch, 3, 4, requires_grad=True)
            inputs = [other(torch) for other in others]
            out = module(x, *inputs)
            out.sum().backward()
            return out, x.grad, [y.grad for y in inputs if hasattr(y, "grad")], repr(module), module.state_dict()


def _near(torch):
    return normal(torch, 3, 4, seed=3, requires_grad=True)


def _row_signs(torch):
    return signs(torch, 3)


def _all_signs(torch):
    return signs(torch, 3, 4)


def _positive(torch):
    return normal(torch, 3, 4, seed=4).abs()


def _weight(torch):
    return torch.tensor([0.5, 2.0, 1.5, 1.0], dtype=torch.float64)


_loss(lambda torch, nn, r: nn.SmoothL1Loss(reduction=r, beta=0.7), _near)
_loss(lambda torch, nn, r: nn.SmoothL1Loss(reduction=r, beta=0), _near)
_loss(lambda torch, nn, r: nn.HuberLoss(r, 0.7), _near)
_loss(lambda torch, nn, r: nn.KLDivLoss(reduction="batchmean" if r == "mean" else r), _positive)
_loss(lambda torch, nn, r: nn.KLDivLoss(reduction="sum", log_target=True), _near)
_loss(lambda torch, nn, r: nn.PoissonNLLLoss(reduction=r), _positive)
_loss(lambda torch, nn, r: nn.PoissonNLLLoss(full=True, reduction=r), _positive)
_loss(lambda torch, nn, r: nn.GaussianNLLLoss(full=True, eps=0.3, reduction=r), _near, _positive)
_loss(lambda torch, nn, r: nn.GaussianNLLLoss(reduction=r), _near, lambda torch: 0.5)
_loss(lambda torch, nn, r: nn.HingeEmbeddingLoss(0.5, reduction=r), _all_signs)
_loss(lambda torch, nn, r: nn.MarginRankingLoss(0.5, reduction=r), _near, _all_signs)
_loss(lambda torch, nn, r: nn.SoftMarginLoss(reduction=r), _all_signs)
_loss(lambda torch, nn, r: nn.CosineEmbeddingLoss(0.1, reduction=r), _near, _row_signs)
_loss(lambda torch, nn, r: nn.TripletMarginLoss(swap=True, reduction=r), _near, _positive)
_loss(lambda torch, nn, r: nn.TripletMarginWithDistanceLoss(reduction=r), _near, _positive)
_loss(
    lambda torch, nn, r: nn.TripletMarginWithDistanceLoss(
        distance_function=nn.CosineSimilarity(), margin=0.3, swap=True, reduction=r
    ),
    _near,
    _positive,
)
_loss(lambda torch, nn, r: nn.MultiMarginLoss(2, 0.7, _weight(torch), reduction=r), lambda torch: classes(torch, 3))
_loss(lambda torch, nn, r: nn.MultiLabelMarginLoss(reduction=r), lambda torch: classes(torch, 3, 4) - 1)
_loss(lambda torch, nn, r: nn.MultiLabelSoftMarginLoss(_weight(torch), reduction=r), _positive)


@losses
def mean_divergence(torch, nn):
    nn.KLDivLoss()(torch.zeros(2), torch.ones(2))  # warns, and warnings are errors here


@pytest.mark.parametrize("program", losses, ids=lambda p: p.__name__)
def test_losses(program):
    assert_same(program)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize(
    "name", ["smooth_l1_loss", "huber_loss", "poisson_nll_loss", "hinge_embedding_loss", "soft_margin_loss"]
)
def test_losses_of_nothing(name, reduction):
    def program(torch, nn):
        x = torch.ones(0, 3, requires_grad=True)
        out = getattr(nn.functional, name)(x, torch.ones(0, 3), reduction=reduction)
        out.sum().backward()
        return out, x.grad

    assert_same(program)


OLD = [
    "smooth_l1_loss", "kl_div", "poisson_nll_loss", "hinge_embedding_loss", "soft_margin_loss",
    "multilabel_soft_margin_loss",
]  # fmt: skip


@pytest.mark.parametrize("name", OLD)
@pytest.mark.parametrize("old", [{"reduce": False}, {"size_average": False}, {"size_average": True, "reduce": True}])
def test_arguments_of_old_torch(name, old):
    results = []
    for lib in (torch, minitorch_np):
        with pytest.warns(UserWarning, match="please use reduction"):
            results.append(getattr(lib.nn.functional, name)(normal(lib, 3, 2).abs(), normal(lib, 3, 2, seed=1).abs(), **old))
    np.testing.assert_allclose(results[1].numpy(), results[0].numpy(), rtol=1e-10)


# --- making, drawing, loading ----------------------------------------------------------------------

making = Programs()

for wrong in (
    lambda torch, nn: nn.Hardtanh(1.0, 1.0),
    lambda torch, nn: nn.Hardtanh(min_value=-2.0),  # a warning
    lambda torch, nn: nn.Hardtanh(max_value=2.0),  # a warning
    lambda torch, nn: nn.GroupNorm(3, 4),
    lambda torch, nn: nn.GroupNorm(2, 4)(torch.ones(2, 6)),
    lambda torch, nn: nn.LayerNorm(4)(torch.ones(2, 3)),
    lambda torch, nn: nn.LayerNorm((2, 3)).weight.shape,
    lambda torch, nn: nn.InstanceNorm1d(3)(torch.ones(2)),
    lambda torch, nn: nn.InstanceNorm2d(3)(torch.ones(2, 3)),
    lambda torch, nn: nn.InstanceNorm2d(3, affine=True)(torch.ones(2, 4, 3, 3)),
    lambda torch, nn: nn.InstanceNorm2d(3)(torch.ones(2, 4, 3, 3)),  # a warning
    lambda torch, nn: nn.InstanceNorm2d(3)(torch.ones(2, 3, 1, 1)),
    lambda torch, nn: nn.InstanceNorm3d(3)(torch.ones(2, 3)),
    lambda torch, nn: nn.HuberLoss(delta="1"),
    lambda torch, nn: nn.MultiMarginLoss(p=3),
    lambda torch, nn: nn.MultiMarginLoss(weight=torch.ones(2, 2)),
    lambda torch, nn: nn.TripletMarginLoss(margin=0),
    lambda torch, nn: nn.TripletMarginWithDistanceLoss(margin=-1),
    lambda torch, nn: nn.HingeEmbeddingLoss(size_average=False),  # a warning
    lambda torch, nn: nn.PReLU(3)(torch.ones(2, 4)),
    lambda torch, nn: nn.RReLU(0.5, 0.1)(torch.ones(2)),
    lambda torch, nn: (nn.RReLU(0.5, inplace=True), nn.Threshold(1, 2, True), nn.PReLU(2).weight),
    lambda torch, nn: nn.functional.normalize(normal(torch, 2, 3), out=torch.zeros(2, 3, dtype=torch.float64)),
    lambda torch, nn: nn.functional.smooth_l1_loss(torch.ones(2), torch.ones(1)),  # a warning
):

    @making
    def made(torch, nn, wrong=wrong):
        return wrong(torch, nn)


@making
def random_slopes(torch, nn):
    torch.manual_seed(3)
    layer, x = nn.RReLU(0.1, 0.9), normal(torch, 3, 5, requires_grad=True)
    out = layer(x)
    out.sum().backward()
    return out, x.grad, layer.eval()(x), torch.rand(2)


@making
def state_of_old_statistics(torch, nn):
    old, new = nn.InstanceNorm2d(2, track_running_stats=True), nn.InstanceNorm2d(2)
    state = dict(old.state_dict())
    state.pop("num_batches_tracked")
    new.load_state_dict(state)


@pytest.mark.parametrize("program", making, ids=lambda p: p.__name__)
def test_making_and_using(program):
    assert_same(program)


NAMES = """
    CELU CosineEmbeddingLoss CosineSimilarity GLU GaussianNLLLoss GroupNorm Hardshrink Hardsigmoid Hardswish Hardtanh
    HingeEmbeddingLoss HuberLoss InstanceNorm1d InstanceNorm2d InstanceNorm3d KLDivLoss LayerNorm LocalResponseNorm
    MarginRankingLoss Mish MultiLabelMarginLoss MultiLabelSoftMarginLoss MultiMarginLoss PReLU PairwiseDistance
    PoissonNLLLoss RMSNorm RReLU ReLU6 SELU SmoothL1Loss SoftMarginLoss Softshrink Softsign Tanhshrink Threshold
    TripletMarginLoss TripletMarginWithDistanceLoss
"""


@pytest.mark.parametrize("name", NAMES.split())
def test_signature(name):
    """Every argument has torch's name, place and default."""

    def parameters(lib):
        signature = inspect.signature(getattr(lib.nn, name).__init__)
        return [(p.name, p.kind, p.default) for p in signature.parameters.values()]

    ours, theirs = parameters(minitorch_np), parameters(torch)
    if name.endswith("Loss") and name in ("SoftMarginLoss", "MultiLabelMarginLoss", "MultiLabelSoftMarginLoss"):
        assert [p[0] for p in ours] == [p[0] for p in theirs]
    else:
        assert ours == theirs
