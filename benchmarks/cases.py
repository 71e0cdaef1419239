"""What is timed: every case is written once and run in either library.

A case's `make(t)` returns a function that does one forward (`step(False)`) or forward and backward (`step(True)`)
and returns the list of tensors to check: the output, or every gradient.  `t` is torch or minitorch_np.  Inputs are
random, never zeros.
"""

import os
import tempfile

import numpy as np

N, SIZE = 64, 28


def _tensor(t, *shape, seed=0, grad=True):
    x = t.from_numpy(np.random.default_rng([seed, *shape]).normal(size=shape).astype(np.float32))
    return x.requires_grad_() if grad else x


def op(call, *shapes, labels=None):
    """Forward, and backward from a fixed random output gradient, of call(t, *tensors)."""

    def make(t):
        tensors = [_tensor(t, *shape, seed=i) for i, shape in enumerate(shapes)]
        extra = [] if labels is None else [t.from_numpy(np.random.default_rng(9).integers(0, labels[1], labels[0]))]
        out = call(t, *tensors, *extra)
        weight = _tensor(t, *out.shape, seed=99, grad=False)

        def step(backward):
            if not backward:
                with t.no_grad():
                    return [call(t, *tensors, *extra)]
            for x in tensors:
                x.grad = None
            call(t, *tensors, *extra).backward(weight)
            return [x.grad for x in tensors]

        return step

    return make


def layer(build, *shape):
    """As op, for build(t.nn), a layer with parameters from a seed, whose first result is looked at."""

    def make(t):
        t.manual_seed(0)
        module = build(t.nn)
        tensors = [_tensor(t, *shape), *module.parameters()]

        def call():
            result = module(tensors[0])
            return result[0] if isinstance(result, tuple) else result

        weight = _tensor(t, *call().shape, seed=99, grad=False)

        def step(backward):
            if not backward:
                with t.no_grad():
                    return [call()]
            for x in tensors:
                x.grad = None
            call().backward(weight)
            return [x.grad for x in tensors]

        return step

    return make


def _f(name, *args, **options):
    return lambda t, *xs: getattr(t.nn.functional, name)(*xs, *args, **options)


def _batch_norm(training):
    def call(t, x, w, b):
        c = x.shape[1]
        return t.nn.functional.batch_norm(x, t.full((c,), 0.25), t.full((c,), 1.5), w, b, training)

    return call


CNN = ((32, 1, 3, 3), (64, 32, 3, 3), (64,), (512, 784), (512,), (10, 3136))


def optimizer_step(name, shapes=CNN):
    """One step over parameters of these shapes, gradients fixed; "forward" and "backward" are the same."""

    def make(t):
        parameters = [_tensor(t, *s) for s in shapes]
        for p in parameters:
            p.grad = _tensor(t, *p.shape, seed=5, grad=False)
        optimizer = getattr(t.optim, name)(parameters, lr=1e-3, **({"momentum": 0.9} if name == "SGD" else {}))

        def step(_):
            optimizer.step()
            return parameters

        return step

    return make


def fill(call):
    """Random numbers into new memory; "forward" and "backward" are the same."""

    def make(t):
        t.manual_seed(0)
        return lambda _: [call(t)]

    return make


def _vgg11(t):
    """The model's construction: each weight is drawn twice, 266 million numbers in all.  Returns a few of them."""
    from torch_ref.models import build

    def step(_):
        t.manual_seed(0)
        model = build("vgg11", t.nn, (3, 224, 224), 1000)
        return [model.features[0].weight, model.classifier[6].weight]

    return step


IMAGE = (N, 32, SIZE, SIZE)


def _dropout(t):
    x = _tensor(t, *IMAGE)
    t.manual_seed(0)  # the same masks in both libraries, call by call

    def step(backward):
        y = t.nn.functional.dropout(x, 0.5)
        if backward:
            x.grad = None
            y.sum().backward()
            return [x.grad]
        return [y]

    return step


OPS = {
    "linear 64x784 -> 512": op(_f("linear"), (N, 784), (512, 784), (512,)),
    "conv2d 3x3 1 -> 32, 28x28": op(_f("conv2d", padding=1), (N, 1, SIZE, SIZE), (32, 1, 3, 3), (32,)),
    "conv2d 3x3 32 -> 64, 14x14": op(_f("conv2d", padding=1), (N, 32, 14, 14), (64, 32, 3, 3), (64,)),
    "conv2d 3x3 64 -> 64, 32x32": op(_f("conv2d", padding=1), (16, 64, 32, 32), (64, 64, 3, 3), (64,)),
    "conv2d 1x1 64 -> 64, 32x32": op(_f("conv2d"), (16, 64, 32, 32), (64, 64, 1, 1), (64,)),
    "conv2d 7x7 stride 2, 64x64": op(_f("conv2d", stride=2, padding=3), (16, 3, 64, 64), (64, 3, 7, 7), (64,)),
    "conv1d 3, 64 -> 64, 1024 long": op(_f("conv1d", padding=1), (16, 64, 1024), (64, 64, 3), (64,)),
    "conv_transpose2d 4x4 stride 2, 14x14": op(
        _f("conv_transpose2d", stride=2, padding=1), (32, 128, 14, 14), (128, 64, 4, 4), (64,)
    ),
    "conv2d 5x5 depthwise, 64 channels": op(_f("conv2d", padding=2, groups=64), (16, 64, 32, 32), (64, 1, 5, 5), (64,)),
    "conv2d 3x3 depthwise, 64 channels": op(_f("conv2d", padding=1, groups=64), (16, 64, 32, 32), (64, 1, 3, 3), (64,)),
    "conv2d 3x3 128 -> 128, 16x16": op(_f("conv2d", padding=1), (16, 128, 16, 16), (128, 128, 3, 3), (128,)),
    "max_pool2d 2x2": op(_f("max_pool2d", 2), IMAGE),
    "adaptive_max_pool2d 28 -> 7": op(_f("adaptive_max_pool2d", 7), IMAGE),
    "unfold 3x3, 28x28": op(_f("unfold", 3, padding=1), IMAGE),
    "avg_pool2d 2x2": op(_f("avg_pool2d", 2), IMAGE),
    "batch_norm (training)": op(_batch_norm(True), IMAGE, (32,), (32,)),
    "batch_norm (evaluation)": op(_batch_norm(False), IMAGE, (32,), (32,)),
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
    "dropout": _dropout,
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
    "vgg11, initial weights": _vgg11,
}


def training_step(model, batch=N):
    """zero_grad, forward, cross entropy, backward, SGD with momentum; images of 28x28."""

    def make(t):
        from torch_ref.models import build

        t.manual_seed(0)
        net = build(model, t.nn, (1, SIZE, SIZE), 10)
        with t.no_grad():
            for i, p in enumerate(net.parameters()):
                p.copy_(_tensor(t, *p.shape, seed=i, grad=False) * 0.05)
        x = _tensor(t, batch, 1, SIZE, SIZE, seed=3, grad=False)
        y = t.from_numpy(np.random.default_rng(4).integers(0, 10, batch))
        optimizer = t.optim.SGD(net.parameters(), lr=1e-4, momentum=0.9)
        criterion = t.nn.CrossEntropyLoss()

        def step(backward):
            if not backward:
                with t.no_grad():
                    return [net(x)]
            optimizer.zero_grad()
            loss = criterion(net(x), y)
            loss.backward()
            optimizer.step()
            # Of half a thousand images some have two pixels that are the largest by rounding alone, and a gradient goes
            # through the one or the other: there the loss alone is compared.
            return [loss, *(p.grad for p in net.parameters() if batch <= N)]

        return step

    return make


def work_step(name, build, batch):
    """One step of the work that torch_ref.zoo gives model `name`, built by build(models, nn), on one batch of batch(rng)."""

    def make(t):
        from torch_ref import models
        from torch_ref.zoo import ZOO

        example = ZOO[name]
        t.manual_seed(0)
        model = build(models, t.nn)
        optimizers = example.optimizers(t, model)
        arrays = batch(np.random.default_rng(7))
        tensors = [t.from_numpy(a.astype(np.float32) if a.dtype.kind == "f" else a) for a in arrays]

        def step(backward):
            if not backward:
                with t.no_grad():
                    return [example.predict(model, tensors)]
            return [example.step(t, example, model, optimizers, tensors)]

        return step

    return make


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


def file(what):
    """A state_dict of 64 MiB written to a new file or over an old one, or read (mapped: nothing but its table is read)."""

    def make(t):
        folder = tempfile.TemporaryDirectory()
        state = {f"w{i}": _tensor(t, 1024, 1024, seed=i, grad=False) for i in range(16)}
        t.save(state, f"{folder.name}/old.pth")

        def step(_):
            if what == "save":
                t.save(state, f"{folder.name}/new.pth")
                os.unlink(f"{folder.name}/new.pth")
                return [state["w3"]]
            if what == "save over an old file":
                t.save(state, f"{folder.name}/again.pth")
                return [state["w3"]]
            return [t.load(f"{folder.name}/old.pth", mmap=what == "load mapped")["w3"]]

        step.folder = folder  # lives as long as the step does
        return step

    return make


FILES = {f"{what}, 64 MiB": file(what) for what in ("save", "save over an old file", "load", "load mapped")}
# How time grows: doublings of the batch, the channels and the image's side, each with the rest held fixed.
SCALE = {
    **{f"scale: cnn, batch {n}": training_step("cnn", n) for n in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)},
    **{
        f"scale: conv2d 3x3, {c} channels": op(_f("conv2d", padding=1), (16, c, 16, 16), (c, c, 3, 3))
        for c in (16, 32, 64, 128, 256, 512)
    },
    **{
        f"scale: conv2d 3x3, {side}x{side}": op(_f("conv2d", padding=1), (16, 16, side, side), (16, 16, 3, 3))
        for side in (14, 28, 56, 112, 224)
    },
}
CASES = OPS | RANDOM | STEPS | FILES | SCALE
WHOLE = {
    *RANDOM,
    *STEPS,
    *FILES,
    *(name for name in SCALE if "cnn" in name),
    *(name for name in OPS if " step, " in name),
}  # timed as one: there is no forward alone
