"""Every layer beside torch's: printed form, state, output, gradients, second gradients, errors."""

import importlib
import inspect

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from twin import Programs, assert_equal, assert_same, fill, normal, outcome

import minitorch_np

IMAGE = (2, 4, 7, 8)
LINE = (2, 4, 7)

# name: (make(nn), shapes of the inputs)
LAYERS = {
    "Identity": (lambda nn: nn.Identity(3, x=4), [(2, 3)]),
    "Linear": (lambda nn: nn.Linear(5, 3), [(4, 5)]),
    "Linear without bias": (lambda nn: nn.Linear(5, 3, bias=False), [(5,)]),
    "Linear of more dimensions": (lambda nn: nn.Linear(5, 3), [(2, 3, 5)]),
    "Linear of an empty batch": (lambda nn: nn.Linear(5, 3), [(0, 5)]),
    "Conv2d": (lambda nn: nn.Conv2d(4, 6, 3), [IMAGE]),
    "MaxPool1d": (lambda nn: nn.MaxPool1d(3, 2, padding=1, dilation=2, ceil_mode=True), [LINE]),
    "MaxPool1d with indices": (lambda nn: nn.MaxPool1d(2, return_indices=True), [LINE[1:]]),
    "AvgPool1d": (lambda nn: nn.AvgPool1d(3, 2, padding=1, ceil_mode=True, count_include_pad=False), [LINE]),
    "AdaptiveAvgPool1d": (lambda nn: nn.AdaptiveAvgPool1d(3), [LINE]),
    "AdaptiveMaxPool1d": (lambda nn: nn.AdaptiveMaxPool1d(3), [LINE]),
    "AdaptiveMaxPool1d with indices": (lambda nn: nn.AdaptiveMaxPool1d((2,), return_indices=True), [LINE[1:]]),
    "AdaptiveMaxPool2d": (lambda nn: nn.AdaptiveMaxPool2d((3, None)), [IMAGE]),
    "AdaptiveMaxPool2d with indices": (lambda nn: nn.AdaptiveMaxPool2d(4, return_indices=True), [IMAGE]),
    "LPPool1d": (lambda nn: nn.LPPool1d(2, 3, stride=2), [LINE]),
    "LPPool2d": (lambda nn: nn.LPPool2d(4, (3, 2), ceil_mode=True), [IMAGE]),
    "Unfold": (lambda nn: nn.Unfold((3, 2), dilation=(1, 2), padding=1, stride=2), [IMAGE]),
    "Fold": (lambda nn: nn.Fold((5, 6), 2), [(2, 12, 20)]),
    "Conv1d": (lambda nn: nn.Conv1d(4, 6, 3, stride=2, padding=1, groups=2), [LINE]),
    "Conv1d same": (lambda nn: nn.Conv1d(4, 2, 4, padding="same", dilation=2, bias=False), [LINE]),
    "Conv1d circular": (lambda nn: nn.Conv1d(4, 2, (3,), padding=2, padding_mode="circular"), [LINE]),
    "Conv1d unbatched": (lambda nn: nn.Conv1d(4, 2, 3), [LINE[1:]]),
    "ConvTranspose1d": (lambda nn: nn.ConvTranspose1d(4, 6, 3, stride=2, padding=1, output_padding=1), [LINE]),
    "ConvTranspose1d options": (lambda nn: nn.ConvTranspose1d(4, 6, 3, groups=2, bias=False, dilation=2), [LINE[1:]]),
    "ConvTranspose2d": (lambda nn: nn.ConvTranspose2d(4, 6, 4, stride=2, padding=1), [IMAGE]),
    "ConvTranspose2d options": (
        lambda nn: nn.ConvTranspose2d(4, 6, (3, 2), (2, 3), (1, 0), (1, 2), groups=2, bias=False, dilation=(1, 2)),
        [IMAGE],
    ),
    "Conv2d options": (
        lambda nn: nn.Conv2d(4, 6, (3, 2), stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=2, bias=False),
        [IMAGE],
    ),
    "Conv2d same": (lambda nn: nn.Conv2d(4, 2, (4, 3), padding="same", dilation=(1, 2)), [IMAGE]),
    "Conv2d valid": (lambda nn: nn.Conv2d(4, 2, 3, stride=2, padding="valid"), [IMAGE]),
    "Conv2d unbatched": (lambda nn: nn.Conv2d(4, 2, 3), [IMAGE[1:]]),
    "Conv2d reflect": (lambda nn: nn.Conv2d(4, 2, 3, padding=(2, 1), padding_mode="reflect"), [IMAGE]),
    "Conv2d replicate": (lambda nn: nn.Conv2d(4, 2, 3, padding=1, padding_mode="replicate"), [IMAGE]),
    "Conv2d circular": (lambda nn: nn.Conv2d(4, 2, 3, padding="same", padding_mode="circular"), [IMAGE]),
    "Conv2d reflect valid": (lambda nn: nn.Conv2d(4, 2, 3, padding="valid", padding_mode="reflect"), [IMAGE]),
    "Conv2d list arguments": (lambda nn: nn.Conv2d(4, 2, [3, 3], stride=[1, 1], padding=[1, 0]), [IMAGE]),
    "MaxPool2d": (lambda nn: nn.MaxPool2d(2), [IMAGE]),
    "MaxPool2d options": (
        lambda nn: nn.MaxPool2d((3, 2), stride=2, padding=(1, 1), dilation=(1, 2), ceil_mode=True),
        [IMAGE],
    ),
    "MaxPool2d indices": (lambda nn: nn.MaxPool2d(2, return_indices=True), [IMAGE]),
    "AvgPool2d": (lambda nn: nn.AvgPool2d(2), [IMAGE]),
    "AvgPool2d options": (lambda nn: nn.AvgPool2d((3, 2), (2, 1), (1, 0), True, False), [IMAGE]),
    "AvgPool2d divisor": (lambda nn: nn.AvgPool2d(3, divisor_override=2), [IMAGE]),
    "AdaptiveAvgPool2d": (lambda nn: nn.AdaptiveAvgPool2d((3, None)), [IMAGE]),
    "AdaptiveAvgPool2d to one": (lambda nn: nn.AdaptiveAvgPool2d(1), [IMAGE[1:]]),
    "BatchNorm1d": (lambda nn: nn.BatchNorm1d(5), [(6, 5)]),
    "BatchNorm1d of sequences": (lambda nn: nn.BatchNorm1d(5, eps=1e-3, momentum=0.3), [(2, 5, 4)]),
    "BatchNorm2d": (lambda nn: nn.BatchNorm2d(4), [IMAGE]),
    "BatchNorm2d plain": (lambda nn: nn.BatchNorm2d(4, affine=False), [IMAGE]),
    "BatchNorm2d no bias": (lambda nn: nn.BatchNorm2d(4, bias=False), [IMAGE]),
    "BatchNorm2d cumulative": (lambda nn: nn.BatchNorm2d(4, momentum=None), [IMAGE]),
    "BatchNorm2d without statistics": (lambda nn: nn.BatchNorm2d(4, track_running_stats=False), [IMAGE]),
    "ReLU": (lambda nn: nn.ReLU(), [(3, 4)]),
    "ReLU inplace": (lambda nn: nn.Sequential(nn.Linear(4, 4), nn.ReLU(inplace=True)), [(3, 4)]),
    "LeakyReLU": (lambda nn: nn.LeakyReLU(0.2), [(3, 4)]),
    "LeakyReLU inplace": (lambda nn: nn.Sequential(nn.Linear(4, 4), nn.LeakyReLU(inplace=True)), [(3, 4)]),
    "ELU": (lambda nn: nn.ELU(1.5), [(3, 4)]),
    "ELU inplace": (lambda nn: nn.Sequential(nn.Linear(4, 4), nn.ELU(inplace=True)), [(3, 4)]),
    "GELU": (lambda nn: nn.GELU(), [(3, 4)]),
    "GELU tanh": (lambda nn: nn.GELU("tanh"), [(3, 4)]),
    "SiLU": (lambda nn: nn.SiLU(), [(3, 4)]),
    "SiLU inplace": (lambda nn: nn.Sequential(nn.Linear(4, 4), nn.SiLU(inplace=True)), [(3, 4)]),
    "Sigmoid": (lambda nn: nn.Sigmoid(), [(3, 4)]),
    "LogSigmoid": (lambda nn: nn.LogSigmoid(), [(3, 4)]),
    "Tanh": (lambda nn: nn.Tanh(), [(3, 4)]),
    "Softplus": (lambda nn: nn.Softplus(2.0, 1.0), [(3, 4)]),
    "Softmax": (lambda nn: nn.Softmax(dim=1), [(3, 4)]),
    "Softmin": (lambda nn: nn.Softmin(dim=-1), [(3, 4)]),
    "LogSoftmax": (lambda nn: nn.LogSoftmax(dim=0), [(3, 4)]),
    "Softmax2d": (lambda nn: nn.Softmax2d(), [IMAGE]),
    "Dropout of nothing": (lambda nn: nn.Dropout(0.0), [(3, 4)]),
    "Dropout of everything": (lambda nn: nn.Dropout(1.0), [(3, 4)]),
    "Flatten": (lambda nn: nn.Flatten(), [IMAGE]),
    "Flatten some": (lambda nn: nn.Flatten(0, 2), [IMAGE]),
    "Unflatten": (lambda nn: nn.Unflatten(1, (2, -1)), [(3, 4)]),
    "MSELoss": (lambda nn: nn.MSELoss(), [(3, 4), (3, 4)]),
    "MSELoss sum": (lambda nn: nn.MSELoss(reduction="sum"), [(3, 4), (3, 4)]),
    "L1Loss": (lambda nn: nn.L1Loss(reduction="none"), [(3, 4), (3, 4)]),
    "a small network": (
        lambda nn: nn.Sequential(
            nn.Conv2d(4, 3, 3, padding=1),
            nn.BatchNorm2d(3),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(36, 5),
            nn.LogSoftmax(1),
        ),
        [IMAGE],
    ),
}


def study(make, shapes, seed, dtype, training):
    """A program: everything there is to see of one layer."""

    def program(torch, nn):
        module = fill(torch, make(nn), seed).to(getattr(torch, dtype)).train(training)
        inputs = [normal(torch, *s, seed=seed + i, dtype=dtype, requires_grad=True) for i, s in enumerate(shapes)]
        out = module(*inputs)
        first = out[0] if isinstance(out, tuple) else out
        (first * normal(torch, *first.shape, seed=seed + 9, dtype=dtype)).sum().backward()
        again = module(*inputs)  # running statistics have moved
        return (
            repr(module),
            out,
            again,
            [x.grad for x in inputs],
            [p.grad for p in module.parameters()],
            module.state_dict(),
        )

    return program


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
@given(seed=st.integers(0, 2**16))
@settings(max_examples=5)
def test_layer_in_float64(name, training, seed):
    program = study(*LAYERS[name], seed, "float64", training)
    kind, *_ = assert_same(program)
    assert kind == "value"


@pytest.mark.parametrize("name", LAYERS)
def test_layer_in_float32(name):
    program = study(*LAYERS[name], 1, "float32", True)
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
        first = out[0] if isinstance(out, tuple) else out
        loss = (first * first * normal(torch, *first.shape, seed=9)).sum()
        grads = torch.autograd.grad(loss, sources, create_graph=True)
        total = sum((g * g).sum() for g in grads)
        return [g.detach() for g in grads], torch.autograd.grad(total, sources, allow_unused=True)

    assert assert_same(program)[0] == "value"


# --- losses ----------------------------------------------------------------------------------------

losses = Programs()


def target(torch, shape, classes):
    return (normal(torch, *shape, seed=5).abs() * 100).long() % classes


for reduction in ("mean", "sum", "none"):
    for options in (
        {},
        {"weight": True},
        {"ignore_index": 1},
        {"weight": True, "label_smoothing": 0.2},
        {"label_smoothing": 0.1, "ignore_index": 0},
    ):
        for shape in ((4, 3), (3,), (2, 3, 4, 2)):

            @losses
            def cross_entropy(torch, nn, reduction=reduction, options=options, shape=shape):
                if options.get("weight"):
                    options = {**options, "weight": torch.tensor([0.5, 2.0, 1.5], dtype=torch.float64)}
                x = normal(torch, *shape, requires_grad=True)
                loss = nn.CrossEntropyLoss(reduction=reduction, **options)
                y = target(torch, shape[:1] + shape[2:] if len(shape) > 1 else (), 3)
                out = loss(x, y)
                out.sum().backward()
                return out, x.grad, repr(loss), list(loss.state_dict())

            @losses
            def cross_entropy_of_probabilities(torch, nn, reduction=reduction, options=options, shape=shape):
                options = {k: v for k, v in options.items() if k != "ignore_index"}
                if options.get("weight"):
                    options["weight"] = torch.tensor([0.5, 2.0, 1.5], dtype=torch.float64)
                x = normal(torch, *shape, requires_grad=True)
                p = normal(torch, *shape, seed=3).softmax(min(1, len(shape) - 1)).requires_grad_()
                out = nn.CrossEntropyLoss(reduction=reduction, **options)(x, p)
                out.sum().backward()
                return out, x.grad, p.grad

    @losses
    def nll(torch, nn, reduction=reduction):
        x = normal(torch, 4, 3, requires_grad=True)
        loss = nn.NLLLoss(weight=torch.tensor([0.5, 2.0, 1.5], dtype=torch.float64), ignore_index=2, reduction=reduction)
        out = loss(x.log_softmax(1), target(torch, (4,), 3))
        out.sum().backward()
        return out, x.grad, repr(loss)

    @losses
    def binary(torch, nn, reduction=reduction):
        x, y = normal(torch, 4, 3, requires_grad=True), normal(torch, 4, 3, seed=2).sigmoid()
        loss = nn.BCELoss(weight=normal(torch, 4, 3, seed=4).abs(), reduction=reduction)
        out = loss(x.sigmoid(), y)
        out.sum().backward()
        return out, x.grad, repr(loss)

    @losses
    def binary_with_logits(torch, nn, reduction=reduction):
        x, y = normal(torch, 4, 3, requires_grad=True), normal(torch, 4, 3, seed=2).sigmoid()
        loss = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([0.5, 2.0, 1.5], dtype=torch.float64), reduction=reduction)
        out = loss(x * 50, y)
        out.sum().backward()
        return out, x.grad, repr(loss), list(loss.state_dict())

    @losses
    def weighted_logits(torch, nn, reduction=reduction):
        x, y = normal(torch, 4, 3, requires_grad=True), normal(torch, 4, 3, seed=2, requires_grad=True)
        weight, half = normal(torch, 4, 1, seed=4), normal(torch, 3, seed=5)
        results = []
        for weights in ({}, {"weight": weight}, {"pos_weight": half}, {"weight": weight, "pos_weight": half}):
            out = nn.functional.binary_cross_entropy_with_logits(x, y, reduction=reduction, **weights)
            first = torch.autograd.grad(out.sum(), (x, y), create_graph=True)
            second = torch.autograd.grad(first[0].square().sum(), (x, y))
            results.append((out.grad_fn.name(), out, first, second))
        return results


@losses
def unknown_reduction(torch, nn):
    nn.MSELoss(reduction="median")(torch.ones(2), torch.ones(2))


@losses
def old_arguments(torch, nn):
    nn.MSELoss(size_average=False)  # warns, and warnings are errors here


@pytest.mark.parametrize("program", losses, ids=lambda p: p.__name__)
def test_losses(program):
    assert_same(program)


@pytest.mark.parametrize(
    "old", [{"reduce": False}, {"size_average": False}, {"size_average": True}, {"reduce": True, "size_average": False}]
)
def test_arguments_of_old_torch(old):
    with pytest.warns(UserWarning, match="please use reduction"):
        ours = minitorch_np.nn.L1Loss(**old)
    with pytest.warns(UserWarning):
        assert ours.reduction == torch.nn.L1Loss(**old).reduction


# --- Embedding -------------------------------------------------------------------------------------

embeddings = Programs()


for options in (
    {},
    {"padding_idx": 2},
    {"padding_idx": -1},
    {"scale_grad_by_freq": True},
    {"max_norm": 0.7},
    {"max_norm": 0.7, "norm_type": 1.0},
):

    @embeddings
    def embedding(torch, nn, options=options):
        layer = fill(torch, nn.Embedding(5, 3, **options)).double()
        ids = torch.tensor([[0, 2, 2], [4, 0, 2]])
        out = layer(ids)
        (out * normal(torch, 2, 3, 3)).sum().backward()
        return repr(layer), out, layer.weight.grad, layer.weight, layer.padding_idx, list(layer.state_dict())


@embeddings
def padding_row_starts_at_zero(torch, nn):
    return nn.Embedding(4, 2, padding_idx=1).weight[1]


@embeddings
def pretrained(torch, nn):
    table = normal(torch, 4, 2)
    layer = nn.Embedding.from_pretrained(table)
    other = nn.Embedding.from_pretrained(table, freeze=False, padding_idx=0)
    table[1] = 7
    return layer.weight, other.weight, repr(layer), repr(other), layer(torch.tensor([1, 0])), other.weight.requires_grad


for wrong in (
    lambda torch, nn: nn.Embedding(3, 2, padding_idx=3),
    lambda torch, nn: nn.Embedding(3, 2, padding_idx=-4),
    lambda torch, nn: nn.Embedding(3, 2, _weight=torch.ones(2, 2)),
    lambda torch, nn: nn.Embedding.from_pretrained(torch.ones(2)),
    lambda torch, nn: nn.Embedding(3, 2)(torch.tensor([3])),
    lambda torch, nn: nn.Embedding(3, 2)(torch.tensor([-1])),
    lambda torch, nn: nn.Embedding(3, 2)(torch.tensor([1.0])),
):

    @embeddings
    def wrong_embedding(torch, nn, wrong=wrong):
        wrong(torch, nn)


@pytest.mark.parametrize("program", embeddings, ids=lambda p: p.__name__)
def test_embedding(program):
    assert_same(program)


# --- making layers ---------------------------------------------------------------------------------

making = Programs()

for wrong in (
    lambda torch, nn: nn.Conv2d(4, 6, 3, groups=0),
    lambda torch, nn: nn.Conv2d(4, 6, 3, groups=3),
    lambda torch, nn: nn.Conv2d(6, 4, 3, groups=3),
    lambda torch, nn: nn.Conv2d(4, 6, 3, padding="full"),
    lambda torch, nn: nn.Conv2d(4, 6, 3, padding="same", stride=2),
    lambda torch, nn: nn.Conv2d(4, 6, 3, padding_mode="mirror"),
    lambda torch, nn: nn.Conv2d(4, 6, 3)(torch.ones(2, 3, 5, 5)),
    lambda torch, nn: nn.Conv2d(4, 6, 3)(torch.ones(2, 4, 2, 5)),
    lambda torch, nn: nn.Conv2d(4, 6, 3)(torch.ones(4, 2)),
    lambda torch, nn: nn.Conv1d(4, 6, 3, groups=3),
    lambda torch, nn: nn.Conv1d(4, 6, 3)(torch.ones(2, 3, 5)),
    lambda torch, nn: nn.Conv1d(4, 6, 3)(torch.ones(2, 4, 5, 5)),
    lambda torch, nn: nn.ConvTranspose1d(4, 6, 3, padding_mode="reflect"),
    lambda torch, nn: nn.ConvTranspose2d(4, 6, 3, padding_mode="circular"),
    lambda torch, nn: nn.ConvTranspose2d(4, 6, 3, groups=4),
    lambda torch, nn: nn.ConvTranspose2d(4, 6, 3)(torch.ones(2, 3, 5, 5)),
    lambda torch, nn: nn.ConvTranspose2d(4, 6, 3)(torch.ones(4, 5)),
    *(
        lambda torch, nn, size=size: (
            nn.ConvTranspose2d(4, 3, 3, 2, padding=1, dilation=2)(torch.ones(2, 4, 5, 5), size).shape
        )
        for size in ((11, 11), (12, 11), [2, 3, 12, 12], (13, 11), (10, 11), (12,), [3, 12, 12])
    ),
    *(
        lambda torch, nn, size=size: nn.ConvTranspose1d(4, 3, 3, 2)(torch.ones(4, 5), output_size=size).shape
        for size in ([11], [12], [3, 12], [13], [1, 3, 12])
    ),
    lambda torch, nn: (nn.MaxUnpool1d(2), nn.MaxUnpool2d(2, (3, 2), padding=1), nn.MaxUnpool2d(2).stride),
    lambda torch, nn: nn.MaxUnpool1d(2)(*nn.MaxPool1d(2, return_indices=True)(torch.arange(14.0).view(1, 2, 7))),
    lambda torch, nn: nn.MaxUnpool2d(2)(
        *nn.MaxPool2d(2, return_indices=True)(torch.arange(25.0).view(1, 1, 5, 5)), output_size=(1, 1, 5, 5)
    ),
    lambda torch, nn: nn.MaxUnpool1d(2)(torch.ones(1, 4), torch.tensor([[0, 2, 5, 8]])),
    lambda torch, nn: nn.AvgPool1d((2, 2))(torch.ones(1, 2, 4)),
    lambda torch, nn: nn.Fold(5, 2)(torch.ones(2, 12, 20)),
    lambda torch, nn: nn.Unfold(5)(torch.ones(2, 4, 4)),
    lambda torch, nn: nn.Linear(4, 6)(torch.ones(2, 5)),
    lambda torch, nn: nn.Linear(4, 6)(torch.ones(2, 4, dtype=torch.float64)),
    lambda torch, nn: nn.Linear(-1, 2),
    lambda torch, nn: nn.Linear(2, 2, dtype=torch.int64),
    lambda torch, nn: nn.Linear(2, 2, device="cuda"),
    lambda torch, nn: nn.Linear(0, 2),  # a warning
    lambda torch, nn: nn.BatchNorm2d(3)(torch.ones(2, 3)),
    lambda torch, nn: nn.BatchNorm1d(3)(torch.ones(2, 3, 4, 4)),
    lambda torch, nn: nn.BatchNorm2d(3)(torch.ones(2, 4, 3, 3)),
    lambda torch, nn: nn.BatchNorm1d(3)(torch.ones(1, 3)),
    lambda torch, nn: nn.Dropout(1.5),
    lambda torch, nn: nn.Dropout(-0.5),
    lambda torch, nn: nn.Unflatten(1, 3),
    lambda torch, nn: nn.Unflatten(1, (2, "x")),
    lambda torch, nn: nn.Softmax2d()(torch.ones(2, 3)),
    lambda torch, nn: nn.Softmax()(torch.ones(2, 3)),  # a warning
    lambda torch, nn: nn.LogSoftmax()(torch.ones(2, 3)),
    lambda torch, nn: nn.Softmin()(torch.ones(2, 3)),
    lambda torch, nn: nn.MaxPool2d(3, padding=2)(torch.ones(1, 5, 5)),
    lambda torch, nn: nn.MaxPool2d(3)(torch.ones(1, 2, 5)),
    lambda torch, nn: nn.GELU("cubic")(torch.ones(2)),
):

    @making
    def wrong_layer(torch, nn, wrong=wrong):
        return wrong(torch, nn)


@making
def factory_arguments(torch, nn):
    layers = [
        nn.Linear(2, 3, dtype=torch.float64, device="cpu"),
        nn.Conv2d(2, 3, 1, dtype=torch.float16),
        nn.Embedding(2, 3, dtype=torch.float64),
        nn.BatchNorm2d(2, dtype=torch.float64),
        nn.Linear(2, 3, device=torch.device("cpu")),
    ]
    return [[(n, t.dtype, t.shape) for n, t in layer.state_dict().items()] for layer in layers]


@making
def batch_norm_statistics(torch, nn):
    layer = nn.BatchNorm1d(3, momentum=None, dtype=torch.float64)
    for seed in range(3):
        layer(normal(torch, 5, 3, seed=seed) * (seed + 1) + seed)
    before = [b.clone() for b in layer.buffers()]
    layer.eval()
    layer(normal(torch, 5, 3))
    same = [torch.equal(a, b) for a, b in zip(before, layer.buffers())]
    layer.reset_running_stats()
    return before, same, list(layer.buffers())


@making
def dropout_in_evaluation_is_the_identity(torch, nn):
    x = normal(torch, 3, 3)
    layer = nn.Dropout(0.5).eval()
    return layer(x), layer, nn.Dropout(0.3, inplace=True)


@pytest.mark.parametrize("program", making, ids=lambda p: p.__name__)
def test_making_layers(program):
    assert_same(program)


@given(seed=st.integers(0, 2**16))
@settings(max_examples=10)
def test_dropout_keeps_the_mean_and_scales_the_gradient(seed):
    minitorch_np.manual_seed(seed)
    x = minitorch_np.ones(50, 60, requires_grad=True)
    y = minitorch_np.nn.Dropout(0.25)(x)
    y.sum().backward()
    kept = y.detach().numpy() != 0
    assert abs(kept.mean() - 0.75) < 0.05
    assert (y.detach().numpy()[kept] == minitorch_np.ones(1).numpy() / 0.75).all()
    assert (x.grad.numpy() == y.detach().numpy()).all()


@pytest.mark.parametrize(
    "make",
    [
        lambda nn: nn.Linear(4, 3),
        lambda nn: nn.Linear(40, 30, bias=False),
        lambda nn: nn.Conv2d(4, 6, (3, 2), groups=2),
        lambda nn: nn.Embedding(7, 5, padding_idx=2),
        lambda nn: nn.Sequential(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.Linear(32, 10)),
    ],
)
def test_equal_seeds_give_torchs_first_values(make):
    torch.manual_seed(3)
    minitorch_np.manual_seed(3)
    module = make(minitorch_np.nn)
    for (name, theirs), ours in zip(make(torch.nn).state_dict().items(), module.state_dict().values()):
        # Uniform numbers are torch's bit for bit; normal ones up to the rounding of log and cos.
        tolerance = 4e-6 if isinstance(module, minitorch_np.nn.Embedding) else 0
        assert abs(theirs.numpy() - ours.numpy()).max() <= tolerance, name


def test_functional_lists_everything_that_ops_publish_there():
    from minitorch_np.ops.public import NAMESPACES

    listed = minitorch_np.nn.functional
    assert set(NAMESPACES["nn.functional"]) == set(listed.__all__)
    for name, function in NAMESPACES["nn.functional"].items():
        assert inspect.unwrap(function) is inspect.unwrap(getattr(listed, name)), name


def test_names_are_torchs():
    for name in minitorch_np.nn.__all__:
        assert hasattr(torch.nn, name), name
    for name in minitorch_np.nn.functional.__all__:
        assert hasattr(torch.nn.functional, name), name
    for name in minitorch_np.nn.modules.__all__:
        layer = getattr(minitorch_np.nn, name)
        path = getattr(torch.nn, name).__module__.replace("torch", "minitorch_np")
        assert getattr(importlib.import_module(path), name) is layer, name
