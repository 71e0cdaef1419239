"""Recurrent layers, cells and packed sequences against torch."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twin import LIBRARIES, Programs, assert_equal, assert_same, plain

import minitorch_np

programs = Programs()
TIGHT = 1e-9


@st.composite
def layers(draw):
    """(class, constructor arguments, input shape, lengths or None, with initial states?)"""
    name = draw(st.sampled_from(["RNN", "LSTM", "GRU"]))
    options = {
        "num_layers": draw(st.integers(1, 3)), "bias": draw(st.booleans()), "batch_first": draw(st.booleans()),
        "bidirectional": draw(st.booleans()),
    }  # fmt: skip
    if options["num_layers"] > 1:
        options["dropout"] = draw(st.sampled_from([0.0, 0.3, 1.0]))
    if name == "RNN":
        options["nonlinearity"] = draw(st.sampled_from(["tanh", "relu"]))
    hidden = draw(st.integers(1, 5))
    if name == "LSTM" and hidden > 1:
        options["proj_size"] = draw(st.integers(0, hidden - 1))
    size, steps, batch = draw(st.integers(1, 4)), draw(st.integers(1, 5)), draw(st.integers(1, 4))
    kind = draw(st.sampled_from(["batch", "one", "packed", "packed unsorted"]))
    lengths = None
    if kind.startswith("packed"):
        lengths = draw(st.lists(st.integers(1, steps), min_size=batch, max_size=batch))
        if kind == "packed":
            lengths.sort(reverse=True)
    shape = (steps, size) if kind == "one" else (batch, steps, size) if options["batch_first"] else (steps, batch, size)
    return name, (size, hidden), options, shape, (lengths, kind != "packed"), draw(st.booleans()), draw(st.booleans())


def tensor(t, rng, dtype, *shape):
    return t.from_numpy(rng.normal(size=shape).astype(dtype)).requires_grad_()


def flat(results):
    """All floating tensors of nested tuples and packed sequences."""
    if isinstance(results, tuple | list):
        return [x for part in results if part is not None for x in flat(part)]
    return [results] if results.is_floating_point() else []


def run(t, case, seed, order=1, dtype="float64"):
    name, sizes, options, shape, (lengths, unsorted), with_state, training = case
    t.manual_seed(seed)
    layer = getattr(t.nn, name)(*sizes, **options, dtype=getattr(t, dtype)).train(training)
    rng = np.random.default_rng(seed)
    x = tensor(t, rng, dtype, *shape)
    leaves = [x, *layer.parameters()]
    states = None
    if with_state:
        count = options["num_layers"] * (2 if options["bidirectional"] else 1)
        batch = shape[0 if options["batch_first"] else 1]
        middle = () if len(shape) == 2 else (batch,)
        widths = [options.get("proj_size") or sizes[1]] + [sizes[1]] * (name == "LSTM")
        states = tuple(tensor(t, rng, dtype, count, *middle, width) for width in widths)
        leaves += states
        states = states if name == "LSTM" else states[0]
    if lengths is not None:
        pack = t.nn.utils.rnn.pack_padded_sequence
        x = pack(x, lengths, batch_first=options["batch_first"], enforce_sorted=not unsorted)
    results = flat(layer(x, states))
    weights = [t.from_numpy(rng.normal(size=tuple(y.shape)).astype(dtype)) for y in results]
    total = sum((y * w).sum() for y, w in zip(results, weights))
    grads = t.autograd.grad(total, leaves, create_graph=order > 1, allow_unused=True)
    # Whether a gradient can be differentiated where nothing depends on anything (one step of relu from zeros) is left out.
    first = [g.detach() if order > 1 and g is not None else g for g in grads]
    seen = [plain(results), plain(first), plain(layer.state_dict())]
    if order > 1:
        second = sum((g * t.from_numpy(rng.normal(size=tuple(g.shape)))).sum() for g in grads if g is not None)
        seen.append(plain(list(t.autograd.grad(second, leaves, allow_unused=True, materialize_grads=True))))
    return seen


@given(case=layers(), seed=st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_layers(case, seed):
    ours, theirs = (run(t, case, seed) for t in (LIBRARIES["ours"], LIBRARIES["torch"]))
    assert_equal(ours, theirs, tolerance=TIGHT)


@given(case=layers(), seed=st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_second_gradients(case, seed):
    ours, theirs = (run(t, case, seed, order=2) for t in (LIBRARIES["ours"], LIBRARIES["torch"]))
    assert_equal(ours, theirs, tolerance=TIGHT)


@given(case=layers(), seed=st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_both_kernel_sets_agree(case, seed):
    """In float32, where the compiled steps are other code than the formulas."""
    active, results = minitorch_np.active_kernels(), []
    try:
        for kernels in ("numpy", "numba"):
            minitorch_np.use_kernels(kernels)
            results.append(run(LIBRARIES["ours"], case, seed, dtype="float32"))
    finally:
        minitorch_np.use_kernels(active)
    assert_equal(*results, tolerance=2e-5)


def test_many_sequences_are_shared_out():
    """Enough sequences for several threads; the same bits for every number of them."""
    results = []
    before = minitorch_np.get_num_threads()
    try:
        for threads in (1, 2, 3):
            minitorch_np.set_num_threads(threads)
            for name in ("LSTM", "GRU", "RNN"):
                case = (name, (24, 40), {"num_layers": 1, "batch_first": False, "bidirectional": True}, (9, 70, 24),
                        ([9] * 5 + [7] * 40 + [3] * 25, False), False, True)  # fmt: skip
                results.append(run(minitorch_np, case, 0, dtype="float32"))
    finally:
        minitorch_np.set_num_threads(before)
    for at in range(3):
        for again in (results[3 + at], results[6 + at]):
            assert_equal(again, results[at], tolerance=0)
    assert_equal(results[0], run(LIBRARIES["torch"], ("LSTM", *case[1:]), 0, dtype="float32"), tolerance=1e-4)


@pytest.mark.parametrize("name", ["LSTM", "GRU", "RNN"])
def test_float32_is_as_accurate_as_torchs(name):
    case = (
        name,
        (30, 50),
        {"num_layers": 1, "batch_first": False, "bidirectional": False},
        (20, 16, 30),
        (None, False),
        True,
        True,
    )
    truth, ours, theirs = (
        run(LIBRARIES[lib], case, 3, dtype=dtype, order=1)
        for lib, dtype in (("torch", "float64"), ("ours", "float32"), ("torch", "float32"))
    )
    for part in (0, 1):  # results, then gradients
        for exact, a, b in zip(truth[part][1], ours[part][1], theirs[part][1], strict=True):
            error = [np.sqrt(np.mean((x[3] - exact[3].astype(float)) ** 2)) for x in (a, b)]
            assert error[0] <= 2 * error[1] + 1e-9


@programs
def names_and_printed_form(torch, nn):
    some = [
        nn.RNN(3, 4), nn.RNN(3, 4, 2, "relu", False, True, 0.5, True), nn.GRU(3, 4, num_layers=2, bidirectional=True),
        nn.LSTM(3, 4, 2, proj_size=2, batch_first=True), nn.LSTM(3, 4, bias=False), nn.RNNCell(3, 4, False, "relu"),
        nn.LSTMCell(3, 4), nn.GRUCell(3, 4, dtype=torch.float64),
    ]  # fmt: skip
    return [(repr(m), [(name, p.shape, p.dtype) for name, p in m.named_parameters()], list(m.state_dict())) for m in some]


@programs
def first_values(torch, nn):
    torch.manual_seed(3)
    some = [nn.LSTM(3, 4, 2, bidirectional=True, proj_size=2), nn.GRU(2, 3), nn.RNN(2, 3, bias=False), nn.GRUCell(2, 3)]
    return [m.state_dict() for m in some]


@programs
def cells(torch, nn):
    seen = []
    for name in ("RNNCell", "LSTMCell", "GRUCell"):
        for bias in (True, False):
            for shape in ((2, 3), (3,), (0, 3)):
                torch.manual_seed(0)
                cell = getattr(nn, name)(3, 4, bias).double()
                x = torch.ones(shape, dtype=torch.float64, requires_grad=True)
                state = None
                for _ in range(3):
                    state = cell(x, state)
                h = state[0] if name == "LSTMCell" else state
                (h * h).sum().backward()
                seen.append((state, x.grad, [p.grad for p in cell.parameters()]))
    cell = nn.RNNCell(2, 3, nonlinearity="relu")
    seen.append(cell(torch.ones(2), -torch.ones(3)).shape)
    return seen


@programs
def weights_may_be_replaced_shared_and_copied(torch, nn):
    torch.manual_seed(0)
    layer = nn.GRU(2, 3)
    layer.weight_hh_l0 = nn.Parameter(torch.zeros(9, 3))
    other = pickle.loads(pickle.dumps(copy.deepcopy(layer)))
    other.load_state_dict(layer.state_dict())
    x = torch.ones(4, 2, 2)
    with torch.no_grad():
        layer.bias_ih_l0.fill_(0.5)
    layer.flatten_parameters()
    return layer(x), other(x), [len(w) for w in layer.all_weights], layer.double()(x.double())[1]


@programs
def no_sequences(torch, nn):
    x = torch.ones(3, 0, 2, requires_grad=True)
    seen = []
    for name in ("RNN", "LSTM", "GRU"):
        y, h = getattr(nn, name)(2, 4, bidirectional=True)(x)
        y.sum().backward()
        seen.append((y.shape, h[0].shape))
    return seen, x.grad


@programs
def packing_and_unpacking(torch, nn):
    rnn = nn.utils.rnn
    x = torch.arange(24.0, requires_grad=True)
    batch = x.reshape(4, 3, 2)
    seen = []
    for lengths, first in (([4, 2, 1], False), ([3, 1, 2, 3], True), (torch.tensor([2, 2, 2]), False)):
        packed = rnn.pack_padded_sequence(batch, lengths, batch_first=first, enforce_sorted=False)
        padded, again = rnn.pad_packed_sequence(packed, batch_first=first, padding_value=-1.0, total_length=5)
        (padded * padded).sum().backward()
        seen += [packed, padded, again, x.grad.clone(), packed.data.grad_fn.name()]
    sequences = [torch.arange(float(n)) + 10 * n for n in (2, 4, 1)]
    for first in (True, False):
        for side in ("left", "right"):
            seen.append(rnn.pad_sequence(sequences, batch_first=first, padding_value=7.0, padding_side=side))
    packed = rnn.pack_sequence(sequences, enforce_sorted=False)
    seen += [packed, rnn.unpack_sequence(packed), rnn.unpad_sequence(rnn.pad_sequence(sequences), torch.tensor([2, 4, 1]))]
    seen += [packed.double(), packed.to(torch.float64), packed.to(torch.float32) is packed, packed.is_cuda]
    return seen, rnn.invert_permutation(torch.tensor([2, 0, 1])), rnn.PackedSequence(packed.data, packed.batch_sizes)


@pytest.mark.parametrize("program", programs, ids=lambda program: program.__name__)
def test_same_as_torch(program):
    assert_same(program)


def z(t, *shape, **more):
    return t.zeros(*shape, **more)


def lstm(t, *shape):
    return t.nn.LSTM(3, 4)(z(t, 2, 2, 3), tuple(z(t, *s) for s in shape))


def pack(t, lengths, *args, **more):
    return t.nn.utils.rnn.pack_padded_sequence(z(t, 3, 2, 1), lengths, *args, **more)


ERRORS = {
    "dropout": lambda t: t.nn.LSTM(3, 4, 2, dropout=1.5),
    "dropout, bool": lambda t: t.nn.LSTM(3, 4, 2, dropout=True),
    "dropout, one layer (a warning)": lambda t: t.nn.GRU(3, 4, dropout=0.5),
    "bias": lambda t: t.nn.RNN(3, 4, bias=1),
    "batch_first": lambda t: t.nn.RNN(3, 4, batch_first=None),
    "input_size": lambda t: t.nn.GRU(3.0, 4),
    "no input_size": lambda t: t.nn.GRU(0, 4),
    "hidden_size": lambda t: t.nn.GRU(3, "4"),
    "no hidden_size": lambda t: t.nn.GRU(3, -4),
    "num_layers": lambda t: t.nn.LSTM(3, 4, 0),
    "proj_size": lambda t: t.nn.LSTM(3, 4, proj_size=4),
    "proj_size below 0": lambda t: t.nn.LSTM(3, 4, proj_size=-1),
    "proj_size of a GRU": lambda t: t.nn.GRU(3, 4, proj_size=2),
    "nonlinearity": lambda t: t.nn.RNN(3, 4, nonlinearity="sine"),
    "mode": lambda t: t.nn.RNNBase("RNN", 3, 4),
    "4-d input": lambda t: t.nn.RNN(3, 4)(z(t, 1, 1, 1, 3)),
    "no steps": lambda t: t.nn.RNN(3, 4)(z(t, 0, 2, 3)),
    "width": lambda t: t.nn.GRU(3, 4)(z(t, 2, 2, 5)),
    "dtype": lambda t: t.nn.GRU(3, 4)(z(t, 2, 2, 3, dtype=t.float64)),
    "dtype of the state": lambda t: t.nn.GRU(3, 4)(z(t, 2, 2, 3), z(t, 1, 2, 4, dtype=t.float64)),
    "state of another batch": lambda t: t.nn.GRU(3, 4)(z(t, 2, 2, 3), z(t, 1, 3, 4)),
    "2-d state": lambda t: t.nn.GRU(3, 4)(z(t, 2, 2, 3), z(t, 2, 4)),
    "3-d state, unbatched": lambda t: t.nn.RNN(3, 4)(z(t, 2, 3), z(t, 1, 2, 4)),
    "lstm, h": lambda t: lstm(t, (1, 2, 5), (1, 2, 4)),
    "lstm, c": lambda t: lstm(t, (1, 2, 4), (1, 2, 5)),
    "lstm, 2-d": lambda t: lstm(t, (2, 4), (2, 4)),
    "packed, width": lambda t: t.nn.GRU(3, 4)(pack(t, [3, 2])),
    "cell, width": lambda t: t.nn.LSTMCell(3, 4)(z(t, 2, 5)),
    "cell, state": lambda t: t.nn.GRUCell(3, 4)(z(t, 2, 3), z(t, 2, 5)),
    "cell, batch": lambda t: t.nn.RNNCell(3, 4)(z(t, 2, 3), z(t, 3, 4)),
    "cell, c": lambda t: t.nn.LSTMCell(3, 4)(z(t, 2, 3), (z(t, 2, 4), z(t, 2, 5))),
    "cell, 3-d": lambda t: t.nn.LSTMCell(3, 4)(z(t, 2, 3, 3)),
    "cell, 3-d state": lambda t: t.nn.LSTMCell(3, 4)(z(t, 2, 3), (z(t, 2, 2, 4), z(t, 2, 4))),
    "cell, 3-d hidden": lambda t: t.nn.GRUCell(3, 4)(z(t, 2, 3), z(t, 2, 2, 4)),
    "cell, dtype": lambda t: t.nn.GRUCell(3, 4)(z(t, 2, 3, dtype=t.float64)),
    "cell, nonlinearity": lambda t: t.nn.RNNCell(3, 4, nonlinearity="x")(z(t, 2, 3)),
    "pack, unsorted": lambda t: pack(t, [2, 3]),
    "pack, empty": lambda t: pack(t, [3, 0]),
    "pack, count": lambda t: pack(t, [3]),
    "pack, 2-d lengths": lambda t: pack(t, t.tensor([[3, 2]])),
    "pack nothing": lambda t: t.nn.utils.rnn.pack_padded_sequence(z(t, 0, 2), [1]),
    "pad to too few": lambda t: t.nn.utils.rnn.pad_packed_sequence(pack(t, [3, 2]), total_length=2),
    "pad nothing": lambda t: t.nn.utils.rnn.pad_sequence([]),
    "pad a number": lambda t: t.nn.utils.rnn.pad_sequence(3),
    "pad, sizes": lambda t: t.nn.utils.rnn.pad_sequence([z(t, 2, 3), z(t, 3, 4)]),
    "pad, side": lambda t: t.nn.utils.rnn.pad_sequence([z(t, 2)], padding_side="up"),
    "packed sequence of one": lambda t: t.nn.utils.rnn.PackedSequence([z(t, 2)]),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors(case):
    def program(torch, nn):
        ERRORS[case](torch)

    assert assert_same(program)[0] == "error"
