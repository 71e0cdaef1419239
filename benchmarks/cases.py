"""What is timed: the tables of cases, one a suite.  making.py tells how a case is made."""

from dataclasses import dataclass

from .making import SIZE, N, dropout, file, fill, inference, layer, op, optimizer_step, training_step, vgg11, work_step


def _f(name, *args, **options):
    return lambda t, *xs: getattr(t.nn.functional, name)(*xs, *args, **options)


def _batch_norm(training):
    def call(t, x, w, b):
        mean, var = (t.full((x.shape[1],), value, dtype=x.dtype) for value in (0.25, 1.5))
        return t.nn.functional.batch_norm(x, mean, var, w, b, training)

    return call


IMAGE = (N, 32, SIZE, SIZE)

OPS = {
    "linear 64x784 -> 512": op(_f("linear"), (N, 784), (512, 784), (512,)),
    "conv2d 3x3 1 -> 32, 28x28": op(_f("conv2d", padding=1), (N, 1, SIZE, SIZE), (32, 1, 3, 3), (32,)),
    "conv2d 3x3 32 -> 64, 14x14": op(_f("conv2d", padding=1), (N, 32, 14, 14), (64, 32, 3, 3), (64,)),
    "conv2d 3x3 64 -> 64, 32x32": op(_f("conv2d", padding=1), (16, 64, 32, 32), (64, 64, 3, 3), (64,)),
    "conv2d 1x1 64 -> 64, 32x32": op(_f("conv2d"), (16, 64, 32, 32), (64, 64, 1, 1), (64,)),
    "conv2d 7x7 stride 2, 64x64": op(_f("conv2d", stride=2, padding=3), (16, 3, 64, 64), (64, 3, 7, 7), (64,)),
    "conv2d 5x5 1 -> 6, 28x28": op(_f("conv2d", padding=2), (N, 1, SIZE, SIZE), (6, 1, 5, 5), (6,)),
    "conv2d 5x5 6 -> 16, 14x14": op(_f("conv2d", padding=2), (N, 6, 14, 14), (16, 6, 5, 5), (16,)),
    "conv2d 3x3 stride 2 64 -> 128, 32x32": op(_f("conv2d", stride=2, padding=1), (16, 64, 32, 32), (128, 64, 3, 3), (128,)),
    "conv2d 3x3 256 -> 256, 14x14": op(_f("conv2d", padding=1), (16, 256, 14, 14), (256, 256, 3, 3), (256,)),
    "conv1d 3, 64 -> 64, 1024 long": op(_f("conv1d", padding=1), (16, 64, 1024), (64, 64, 3), (64,)),
    "conv_transpose2d 4x4 stride 2, 14x14": op(
        _f("conv_transpose2d", stride=2, padding=1), (32, 128, 14, 14), (128, 64, 4, 4), (64,)
    ),
    "conv2d 5x5 depthwise, 64 channels": op(_f("conv2d", padding=2, groups=64), (16, 64, 32, 32), (64, 1, 5, 5), (64,)),
    "conv2d 3x3 depthwise, 64 channels": op(_f("conv2d", padding=1, groups=64), (16, 64, 32, 32), (64, 1, 3, 3), (64,)),
    "conv2d 3x3 128 -> 128, 16x16": op(_f("conv2d", padding=1), (16, 128, 16, 16), (128, 128, 3, 3), (128,)),
    "max_pool2d 2x2": op(_f("max_pool2d", 2), IMAGE),
    "max_pool2d 3x3 stride 2": op(_f("max_pool2d", 3, 2, 1), IMAGE),
    "adaptive_max_pool2d 28 -> 7": op(_f("adaptive_max_pool2d", 7), IMAGE),
    "unfold 3x3, 28x28": op(_f("unfold", 3, padding=1), IMAGE),
    "avg_pool2d 2x2": op(_f("avg_pool2d", 2), IMAGE),
    "batch_norm (training)": op(_batch_norm(True), IMAGE, (32,), (32,)),
    "batch_norm (evaluation)": op(_batch_norm(False), IMAGE, (32,), (32,)),
    "layer_norm 2048x256": op(lambda t, x, w, b: t.nn.functional.layer_norm(x, (256,), w, b), (2048, 256), (256,), (256,)),
    "group_norm, 8 groups": op(lambda t, x, w, b: t.nn.functional.group_norm(x, 8, w, b), IMAGE, (32,), (32,)),
    "sum of each row 4096x1000": op(lambda t, x: x.sum(1), (4096, 1000)),
    "sum of each column 4096x1000": op(lambda t, x: x.sum(0), (4096, 1000)),
    "largest of each row 4096x1000": op(lambda t, x: x.amax(1), (4096, 1000)),
    "relu": op(_f("relu"), IMAGE),
    "leaky_relu": op(_f("leaky_relu"), IMAGE),
    "elu": op(_f("elu"), IMAGE),
    "gelu": op(_f("gelu"), IMAGE),
    "silu": op(_f("silu"), IMAGE),
    "sigmoid": op(lambda t, x: t.sigmoid(x), IMAGE),
    "tanh": op(lambda t, x: t.tanh(x), IMAGE),
    "softplus": op(_f("softplus"), IMAGE),
    "softmax 4096x1000": op(_f("softmax", dim=1), (4096, 1000)),
    "log_softmax 4096x1000": op(_f("log_softmax", dim=1), (4096, 1000)),
    "cross_entropy 4096x1000": op(_f("cross_entropy"), (4096, 1000), labels=(4096, 1000)),
    "dropout": dropout(*IMAGE),
    "embedding 5000x64, 4096 rows": op(lambda t, w, i: t.nn.functional.embedding(i, w), (5000, 64), labels=(4096, 5000)),
    "matmul 512x512": op(lambda t, a, b: a @ b, (512, 512), (512, 512)),
    "add, 4 elements": op(lambda t, a, b: a + b, (4,), (4,)),
    **{
        f"{name}, 32 x 50 steps, 128 units": layer(lambda nn, name=name: getattr(nn, name)(128, 128), 50, 32, 128)
        for name in ("RNN", "LSTM", "GRU")
    },
    "attention, 16 x 4 heads, 128 tokens": op(_f("scaled_dot_product_attention"), *[(16, 4, 128, 64)] * 3),
    "transformer encoder layer, 16 x 128 tokens, 256 wide": layer(
        lambda nn: nn.TransformerEncoderLayer(256, 4, 1024, dropout=0.0, batch_first=True), 16, 128, 256
    ),
    "SGD step, 0.5 M weights": optimizer_step("SGD"),
    "Adam step, 0.5 M weights": optimizer_step("Adam"),
    "Adam step, 1 M weights in 20 tensors": optimizer_step("Adam", [(250, 200)] * 20),
    **{
        f"{name} step, 0.5 M weights": optimizer_step(name)
        for name in ("ASGD", "Adadelta", "Adagrad", "Adamax", "NAdam", "RAdam", "RMSprop", "Rprop")
    },
}
MANY = 10_000_000
RANDOM = {
    "rand, 10 million": fill(lambda t: t.rand(MANY)),
    "randn, 10 million": fill(lambda t: t.randn(MANY)),
    "randn, 10 million, float64": fill(lambda t: t.randn(MANY, dtype=t.float64)),
    "bernoulli, 10 million": fill(lambda t: t.empty(MANY).bernoulli_(0.3)),
    "exponential, 10 million": fill(lambda t: t.empty(MANY).exponential_()),
    "randint, 10 million": fill(lambda t: t.randint(0, 1000, (MANY,))),
    "randperm, 10 million": fill(lambda t: t.randperm(MANY)),
    "vgg11, initial weights": vgg11,
}


def _labelled(*shape):
    return lambda rng: (rng.normal(size=(N, *shape)), rng.integers(0, 10, N))


def _text(length, vocabulary=64):
    return lambda rng: (rng.integers(0, vocabulary, (N, length)), rng.integers(0, vocabulary, (N, length)))


def _noise_and_images(noise, images):
    return lambda rng: (rng.normal(size=(N, *noise)), rng.uniform(-1, 1, (N, *images)))


STEPS = {f"training step: {name}": training_step(name) for name in ("mlp", "cnn", "lenet")} | {
    f"training step: {title}": work_step(name, build, batch)
    for title, name, build, batch in (
        ("mlp 784-512-512-10", "mlp", lambda m, nn: m.mlp_512(nn), _labelled(1, SIZE, SIZE)),
        ("resnet18, 32x32", "resnet18", lambda m, nn: m.resnet18(nn, (3, 32, 32), 10), _labelled(3, 32, 32)),
        ("GAN", "mlp_gan", lambda m, nn: m.mlp_gan(nn), _noise_and_images((64,), (784,))),
        ("DCGAN, 32x32", "dcgan", lambda m, nn: m.dcgan(nn, width=32), _noise_and_images((64, 1, 1), (1, 32, 32))),
        ("LSTM, 50 characters", "char_lstm", lambda m, nn: m.char_rnn(nn, "LSTM", 64, 128), _text(50)),
        ("GPT, 64 tokens", "gpt", lambda m, nn: m.gpt(nn, 64, 64, 128), _text(64)),
    )
}
STEPS["inference: cnn, batch 1"] = inference("cnn", 1)


FILES = {f"{what}, 64 MiB": file(what) for what in ("save", "save over an old file", "load", "load mapped")}


@dataclass(frozen=True)
class Curve:
    """How the time of one case grows: case name -> (size, work), where time ought to grow as work does."""

    title: str
    points: dict[str, tuple[int, float]]


def _curve(name, sizes, make, power):
    """Cases "scale: name" of every size, with {} for the size; work grows as size to the power."""
    return (
        {f"scale: {name.format(size)}": make(size) for size in sizes},
        Curve(name.format("n"), {f"scale: {name.format(size)}": (size, float(size) ** power) for size in sizes}),
    )


_CONV = _f("conv2d", padding=1)
# Doublings of the batch, the channels and the image's side, the rest held fixed; and sizes between them, where tiles and
# vectors do not come out even.
_GROWING = [
    _curve("cnn, batch {}", (1, 2, 3, 4, 8, 16, 32, 64, 100, 128, 256, 512), lambda n: training_step("cnn", n), 1),
    _curve(
        "conv2d 3x3, {} channels", (16, 17, 32, 48, 64, 100, 128, 256, 512),
        lambda c: op(_CONV, (16, c, 16, 16), (c, c, 3, 3)), 2,
    ),
    _curve(
        "conv2d 3x3, side {}", (14, 15, 28, 56, 57, 112, 224), lambda s: op(_CONV, (16, 16, s, s), (16, 16, 3, 3)), 2
    ),
    _curve("max_pool2d 2x2, side {}", (14, 15, 28, 56, 57, 112, 224), lambda s: op(_f("max_pool2d", 2), (16, 16, s, s)), 2),
    _curve(
        "batch_norm, {} channels", (16, 17, 32, 64, 128, 256, 512),
        lambda c: op(_batch_norm(True), (16, c, 16, 16), (c,), (c,)), 1,
    ),
]  # fmt: skip
SCALE = {name: case for cases, _ in _GROWING for name, case in cases.items()}
CURVES = [curve for _, curve in _GROWING]

SUITES = {"ops": OPS, "steps": STEPS, "scale": SCALE, "random": RANDOM, "files": FILES}
CASES = OPS | RANDOM | STEPS | FILES | SCALE
WHOLE = {
    *RANDOM,
    *STEPS,
    *FILES,
    *(name for name in SCALE if "cnn" in name),
    *(name for name in OPS if " step, " in name),
}  # timed as one: there is no forward alone


def suite(name: str) -> str:
    """The suite that a case belongs to."""
    return next(title for title, cases in SUITES.items() if name in cases)
