"""How a case is made: every case is written once and run in either library, and compiled by torch.compile.

A case is a function `make(t, dtype="float32", compiled=unchanged)`.  It returns a function that does one forward
(`step(False)`) or forward and backward (`step(True)`) and returns the list of tensors to check: the output, or every
gradient.  `t` is torch or minitorch_np; `compiled` is torch.compile or nothing, and gets the part that a user would
hand to it: the operation, the model, the optimiser's step.  Inputs are random, never zeros.
"""

import os
import tempfile

import numpy as np

N, SIZE = 64, 28


def unchanged(call):
    """What stands where torch.compile may stand."""
    return call


def tensor(t, *shape, seed=0, grad=True, dtype="float32"):
    x = t.from_numpy(np.random.default_rng([seed, *shape]).normal(size=shape).astype(dtype))
    return x.requires_grad_() if grad else x


def _stepping(t, call, tensors, dtype):
    """The step of one operation: call() forward, or forward and backward from a fixed random output gradient."""
    with t.no_grad():
        weight = tensor(t, *call().shape, seed=99, grad=False, dtype=dtype)

    def step(backward):
        if not backward:
            with t.no_grad():
                return [call()]
        for x in tensors:
            x.grad = None
        call().backward(weight)
        return [x.grad for x in tensors]

    return step


def op(call, *shapes, labels=None):
    """call(t, *tensors) of these shapes; labels=(how many, of how many classes) come after them."""

    def make(t, dtype="float32", compiled=unchanged):
        tensors = [tensor(t, *shape, seed=i, dtype=dtype) for i, shape in enumerate(shapes)]
        extra = [] if labels is None else [t.from_numpy(np.random.default_rng(9).integers(0, labels[1], labels[0]))]
        run = compiled(lambda *xs: call(t, *xs))
        return _stepping(t, lambda: run(*tensors, *extra), tensors, dtype)

    return make


def layer(build, *shape):
    """As op, for build(t.nn), a layer with parameters from a seed, whose first result is looked at."""

    def make(t, dtype="float32", compiled=unchanged):
        t.manual_seed(0)
        module = build(t.nn).to(getattr(t, dtype))
        tensors = [tensor(t, *shape, dtype=dtype), *module.parameters()]
        run = compiled(module)

        def call():
            result = run(tensors[0])
            return result[0] if isinstance(result, tuple) else result

        return _stepping(t, call, tensors, dtype)

    return make


def dropout(*shape):
    """Half of the numbers of this shape; the same masks in both libraries, call by call."""

    def make(t, dtype="float32", compiled=unchanged):
        x = tensor(t, *shape, dtype=dtype)
        run = compiled(lambda x: t.nn.functional.dropout(x, 0.5))
        t.manual_seed(0)

        def step(backward):
            y = run(x)
            if backward:
                x.grad = None
                y.sum().backward()
                return [x.grad]
            return [y]

        return step

    return make


CNN = ((32, 1, 3, 3), (64, 32, 3, 3), (64,), (512, 784), (512,), (10, 3136))


def optimizer_step(name, shapes=CNN):
    """One step over parameters of these shapes, gradients fixed; "forward" and "backward" are the same."""

    def make(t, dtype="float32", compiled=unchanged):
        parameters = [tensor(t, *s, dtype=dtype) for s in shapes]
        for p in parameters:
            p.grad = tensor(t, *p.shape, seed=5, grad=False, dtype=dtype)
        optimizer = getattr(t.optim, name)(parameters, lr=1e-3, **({"momentum": 0.9} if name == "SGD" else {}))
        run = compiled(optimizer.step)

        def step(_):
            run()
            return parameters

        return step

    return make


def fill(call):
    """Random numbers into new memory; "forward" and "backward" are the same."""

    def make(t, *_):
        t.manual_seed(0)
        return lambda _: [call(t)]

    return make


def vgg11(t, *_):
    """The model's construction: each weight is drawn twice, 266 million numbers in all.  Returns a few of them."""
    from torch_ref.models import build

    def step(_):
        t.manual_seed(0)
        model = build("vgg11", t.nn, (3, 224, 224), 1000)
        return [model.features[0].weight, model.classifier[6].weight]

    return step


def _small_model(t, name, batch, dtype):
    """The model with weights from NumPy, images of 28x28 and labels."""
    from torch_ref.models import build

    t.manual_seed(0)
    net = build(name, t.nn, (1, SIZE, SIZE), 10).to(getattr(t, dtype))
    with t.no_grad():
        for i, p in enumerate(net.parameters()):
            p.copy_(tensor(t, *p.shape, seed=i, grad=False, dtype=dtype) * 0.05)
    x = tensor(t, batch, 1, SIZE, SIZE, seed=3, grad=False, dtype=dtype)
    return net, x, t.from_numpy(np.random.default_rng(4).integers(0, 10, batch))


def training_step(model, batch=N):
    """zero_grad, forward, cross entropy, backward, SGD with momentum; images of 28x28."""

    def make(t, dtype="float32", compiled=unchanged):
        net, x, y = _small_model(t, model, batch, dtype)
        optimizer = t.optim.SGD(net.parameters(), lr=1e-4, momentum=0.9)
        criterion = t.nn.CrossEntropyLoss()
        run = compiled(net)

        def step(backward):
            if not backward:
                with t.no_grad():
                    return [run(x)]
            optimizer.zero_grad()
            loss = criterion(run(x), y)
            loss.backward()
            optimizer.step()
            # Of half a thousand images some have two pixels that are the largest by rounding alone, and a gradient goes
            # through the one or the other: there the loss alone is compared.
            return [loss, *(p.grad for p in net.parameters() if batch <= N)]

        return step

    return make


def inference(model, batch=1):
    """The model in evaluation mode, nothing recorded; images of 28x28."""

    def make(t, dtype="float32", compiled=unchanged):
        net, x, _ = _small_model(t, model, batch, dtype)
        run = compiled(net.eval())

        def step(_):
            with t.no_grad():
                return [run(x)]

        return step

    return make


# Of its millions of inputs to ReLU some are so close to zero that rounding tells on which side, and a gradient passes or
# does not: in float32 the loss alone is compared.
KINKS = {"resnet18"}


def work_step(name, build, batch):
    """One step of the work that torch_ref.zoo gives model `name`, built by build(models, nn), on one batch of batch(rng)."""

    def make(t, dtype="float32", compiled=unchanged):
        from torch_ref import models
        from torch_ref.zoo import ZOO

        example = ZOO[name]
        t.manual_seed(0)
        model = build(models, t.nn).to(getattr(t, dtype))
        optimizers = example.optimizers(t, model)
        arrays = batch(np.random.default_rng(7))
        tensors = [t.from_numpy(a.astype(dtype) if a.dtype.kind == "f" else a) for a in arrays]
        if isinstance(model, t.nn.ModuleDict):  # a pair of nets, each called by itself
            run = {key: compiled(net) for key, net in model.items()}
        else:
            run = compiled(model)

        def step(backward):
            if not backward:
                with t.no_grad():
                    return [example.predict(run, tensors)]
            loss = example.step(t, example, run, optimizers, tensors)
            return [loss, *(p.grad for p in model.parameters() if name not in KINKS or dtype == "float64")]

        return step

    return make


def file(what):
    """A state_dict of 64 MiB written to a new file or over an old one, or read (mapped: nothing but its table is read)."""

    def make(t, *_):
        folder = tempfile.TemporaryDirectory()
        state = {f"w{i}": tensor(t, 1024, 1024, seed=i, grad=False) for i in range(16)}
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
