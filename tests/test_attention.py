"""Attention and transformers against torch."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twin import LIBRARIES, Programs, assert_equal, assert_same, normal, plain

import minitorch_np

programs = Programs()
TIGHT = 1e-9


def both(run, *args, tolerance=TIGHT, **options):
    ours, theirs = (run(lib, *args, **options) for lib in (LIBRARIES["ours"], LIBRARIES["torch"]))
    assert_equal(ours, theirs, tolerance=tolerance)


def gradients(t, results, leaves, rng, second):
    """Gradients of a random combination of results, and of a random combination of those."""
    total = sum((y * t.from_numpy(rng.normal(size=tuple(y.shape))).to(y.dtype)).sum() for y in results)
    grads = t.autograd.grad(total, leaves, create_graph=second, allow_unused=True)
    seen = [plain(list(grads))]
    if second:
        total = sum((g * t.from_numpy(rng.normal(size=tuple(g.shape))).to(g.dtype)).sum() for g in grads if g is not None)
        seen.append(plain(list(t.autograd.grad(total, leaves, allow_unused=True, materialize_grads=True))))
    return seen


# --- scaled_dot_product_attention ----------------------------------------------------------------------------------

small = st.integers(1, 5)


@st.composite
def attentions(draw):
    batch = tuple(draw(st.lists(st.integers(0, 3), min_size=0, max_size=2)))
    length, keys, width, other = draw(small), draw(small), draw(small), draw(small)
    kind = draw(st.sampled_from(["none", "bool", "float", "broadcast", "causal"]))
    return {
        "shapes": [(*batch, length, width), (*batch, keys, width), (*batch, keys, other)],
        "mask": None if kind in ("none", "causal") else kind,
        "mask_shape": (length, keys) if kind == "broadcast" else (*batch, length, keys),
        "options": {"is_causal": kind == "causal", "scale": draw(st.sampled_from([None, 0.3, 2]))},
        "dropout": draw(st.sampled_from([0.0, 0.0, 0.5])),
    }


def attend(t, case, seed, record=True, second=False, dtype="float64"):
    t.manual_seed(seed)
    rng = np.random.default_rng(seed)
    q, k, v = (t.from_numpy(rng.normal(size=s).astype(dtype)).requires_grad_(record) for s in case["shapes"])
    mask = None
    leaves = [q, k, v]
    if case["mask"] is not None:
        seen = rng.random(case["mask_shape"]) < 0.6
        if case["mask"] == "float":
            mask = t.from_numpy(np.where(seen, rng.normal(size=seen.shape), -math.inf).astype(dtype))
        else:
            mask = t.from_numpy(seen)
    y = t.nn.functional.scaled_dot_product_attention(q, k, v, mask, case["dropout"], **case["options"])
    return [plain(y)] + (gradients(t, [y], leaves, rng, second) if record and y.numel() else [])


@given(case=attentions(), seed=st.integers(0, 2**32 - 1), record=st.booleans())
@settings(deadline=None)
def test_scaled_dot_product_attention(case, seed, record):
    both(attend, case, seed, record=record)


@given(case=attentions(), seed=st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_second_gradients(case, seed):
    case["dropout"] = 0.0
    if case["mask"] is not None:
        case["mask"] = "float"  # torch's math alone can be differentiated twice: see backends
        case["mask_shape"] = case["mask_shape"][-2:]
    from torch.nn.attention import SDPBackend, sdpa_kernel

    with sdpa_kernel(SDPBackend.MATH):
        both(attend, case, seed, second=True)


@pytest.mark.parametrize("kernels", ["numpy", "numba"])
@pytest.mark.parametrize("case", ["none", "bool", "float", "causal"])
def test_long_sequences_in_float32(case, kernels):
    """Blocks of queries, ragged at the end; the scores as a whole are never there."""
    shapes = [(2, 3, 150, 16), (2, 3, 131, 16), (2, 3, 131, 8)]
    mask = None if case in ("none", "causal") else case
    drawn = {
        "shapes": shapes,
        "mask": mask,
        "mask_shape": (150, 131),
        "options": {"is_causal": case == "causal"},
        "dropout": 0.0,
    }
    active = minitorch_np.active_kernels()
    try:
        minitorch_np.use_kernels(kernels)
        ours = [attend(minitorch_np, drawn, 0, record=record, dtype="float32") for record in (False, True)]
    finally:
        minitorch_np.use_kernels(active)
    theirs = [attend(LIBRARIES["torch"], drawn, 0, record=record, dtype="float32") for record in (False, True)]
    assert_equal(ours, theirs, tolerance=2e-6)


def test_float32_is_as_accurate_as_torchs():
    """Result and gradients: root mean square error against float64, at most twice torch's."""
    case = {"shapes": [(2, 3, 150, 16), (2, 3, 131, 16), (2, 3, 131, 8)], "mask": None, "options": {}, "dropout": 0.0}
    results = []
    for t, dtype in ((minitorch_np, "float32"), (LIBRARIES["torch"], "float32"), (LIBRARIES["torch"], "float64")):
        y, (_, grads) = attend(t, case, 0, dtype=dtype)
        results.append([tensor[-1] for tensor in (y, *grads)])
    for a, b, right in zip(*results, strict=True):
        assert np.square(a - right).mean() <= 4 * np.square(b - right).mean()


def test_second_gradients_in_float32():
    """The kernel's own gradient has none; they come from the definition in steps."""
    from torch.nn.attention import SDPBackend, sdpa_kernel

    case = {
        "shapes": [(2, 2, 3, 4), (2, 2, 5, 4), (2, 2, 5, 4)],
        "mask": None,
        "options": {"is_causal": True},
        "dropout": 0.0,
    }
    with sdpa_kernel(SDPBackend.MATH):
        both(attend, case, 0, second=True, dtype="float32")


@pytest.mark.parametrize(
    ("leading", "mask"),
    [((2, 2), m) for m in (None, (3, 3), (2, 2, 3, 3), (2, 3, 3))] + [((2,), (2, 3, 3)), ((2, 2, 2), (2, 2, 3, 3))],
)
def test_the_node_has_torchs_name(leading, mask):
    names = []
    for t in (minitorch_np, LIBRARIES["torch"]):
        q, k, v = (t.ones(*leading, 3, 4).requires_grad_() for _ in range(3))
        y = t.nn.functional.scaled_dot_product_attention(q, k, v, None if mask is None else t.zeros(*mask))
        names.append(y.grad_fn.name())
    assert names[0] == names[1]


@programs
def heads_that_share_keys(torch, nn):
    q, k, v = (
        normal(torch, *s, seed=i, requires_grad=True) for i, s in enumerate([(2, 6, 3, 4), (2, 2, 5, 4), (2, 2, 5, 4)])
    )
    y = nn.functional.scaled_dot_product_attention(q, k, v, enable_gqa=True)
    y.sum().backward()
    return y, q.grad, k.grad


@programs
def half_precision(torch, nn):
    q = normal(torch, 2, 3, 4).half()
    return nn.functional.scaled_dot_product_attention(q, q, q)


# --- MultiheadAttention ------------------------------------------------------------------------------------------------


@st.composite
def multiheads(draw):
    heads, width = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    options = {
        "bias": draw(st.booleans()), "add_bias_kv": draw(st.booleans()), "add_zero_attn": draw(st.booleans()),
        "batch_first": draw(st.booleans()), "dropout": draw(st.sampled_from([0.0, 0.0, 0.4])),
    }  # fmt: skip
    if draw(st.booleans()):
        options |= {"kdim": draw(small), "vdim": draw(small)}
    return {
        "heads": heads, "size": heads * width, "options": options,
        "length": draw(small), "keys": draw(small), "batch": draw(st.none() | st.integers(1, 3)),
        "self": draw(st.booleans()), "training": draw(st.booleans()),
        "need_weights": draw(st.booleans()), "average": draw(st.booleans()),
        "mask": draw(st.sampled_from([None, "bool", "float", "3-d", "causal"])), "padding": draw(st.booleans()),
    }  # fmt: skip


def multihead(t, case, seed):
    t.manual_seed(seed)
    size, heads, options = case["size"], case["heads"], case["options"]
    layer = t.nn.MultiheadAttention(size, heads, **options, dtype=t.float64).train(case["training"])
    rng = np.random.default_rng(seed)
    with t.no_grad():
        for p in layer.parameters():
            p.copy_(t.from_numpy(rng.normal(size=tuple(p.shape))))
    length, keys, batch = case["length"], case["keys"], case["batch"]
    same = case["self"] and "kdim" not in options
    if same or case["mask"] == "causal":
        keys = length

    def tensor(steps, width):
        shape = (
            (steps, width) if batch is None else (batch, steps, width) if options["batch_first"] else (steps, batch, width)
        )
        return t.from_numpy(rng.normal(size=shape)).requires_grad_()

    q = tensor(length, size)
    k, v = (q, q) if same else (tensor(keys, options.get("kdim", size)), tensor(keys, options.get("vdim", size)))
    given = {"need_weights": case["need_weights"], "average_attn_weights": case["average"]}
    kind = case["mask"]
    if kind in ("bool", "causal"):
        hidden = rng.random((length, keys)) < 0.3
        hidden[:, 0] = False
        given["attn_mask"] = t.from_numpy(np.triu(np.ones((length, keys), bool), 1) if kind == "causal" else hidden)
        given["is_causal"] = kind == "causal"
    elif kind is not None:
        shape = (length, keys) if kind == "float" else ((batch or 1) * heads, length, keys)
        given["attn_mask"] = t.from_numpy(rng.normal(size=shape))
    if case["padding"]:
        hidden = rng.random((keys,) if batch is None else (batch, keys)) < 0.3
        hidden[..., 0] = False
        kinds = (None, "bool", "causal")
        given["key_padding_mask"] = t.from_numpy(hidden if kind in kinds else hidden * -1.5)
    y, weights = layer(q, k, v, **given)
    results = [y] + ([] if weights is None else [weights])
    leaves = [q] + ([] if same else [k, v]) + list(layer.parameters())
    return [plain(results), plain(layer.state_dict()), *gradients(t, results, leaves, rng, False)]


@given(case=multiheads(), seed=st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_multihead_attention(case, seed):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        both(multihead, case, seed)


@programs
def first_values_and_printed_form(torch, nn):
    torch.manual_seed(1)
    some = [
        nn.MultiheadAttention(4, 2), nn.MultiheadAttention(4, 1, bias=False, kdim=3, vdim=5, add_bias_kv=True),
        nn.TransformerEncoderLayer(4, 2, 8, batch_first=True, activation="gelu"),
        nn.TransformerDecoderLayer(4, 2, 8, bias=False),
        nn.Transformer(4, 2, 1, 2, 8, batch_first=True),
    ]  # fmt: skip
    return [(repr(m), m.state_dict()) for m in some]


@programs
def static_keys(torch, nn):
    layer = nn.MultiheadAttention(4, 2).double()
    x = normal(torch, 3, 2, 4)
    static = [normal(torch, 4, 5, 2, seed=s) for s in (1, 2)]
    with torch.no_grad():
        for i, p in enumerate(layer.parameters()):
            p.copy_(normal(torch, *p.shape, seed=i))
    return nn.functional.multi_head_attention_forward(
        x, x, x, 4, 2, layer.in_proj_weight, layer.in_proj_bias, None, None, False, 0.0, layer.out_proj.weight,
        layer.out_proj.bias, static_k=static[0], static_v=static[1],
    )  # fmt: skip


# --- transformers ------------------------------------------------------------------------------------------------------


@st.composite
def transformers(draw):
    heads = draw(st.integers(1, 2))
    return {
        "layer": {
            "d_model": heads * 2, "nhead": heads, "dim_feedforward": draw(small),
            "dropout": draw(st.sampled_from([0.0, 0.3])),
            "activation": draw(st.sampled_from(["relu", "gelu"])), "batch_first": draw(st.booleans()),
            "norm_first": draw(st.booleans()), "bias": draw(st.booleans()),
        },
        "source": draw(small), "target": draw(small), "batch": draw(st.none() | st.integers(1, 3)),
        "training": draw(st.booleans()), "causal": draw(st.booleans()), "padding": draw(st.booleans()),
        "record": draw(st.booleans()),
    }  # fmt: skip


def transform(t, case, seed):
    t.manual_seed(seed)
    rng = np.random.default_rng(seed)
    model = t.nn.Transformer(**case["layer"], num_encoder_layers=2, num_decoder_layers=2, dtype=t.float64)
    model.train(case["training"])
    batch, first, size = case["batch"], case["layer"]["batch_first"], case["layer"]["d_model"]

    def tensor(steps):
        shape = (steps, size) if batch is None else (batch, steps, size) if first else (steps, batch, size)
        return t.from_numpy(rng.normal(size=shape)).requires_grad_(case["record"])

    src, tgt = tensor(case["source"]), tensor(case["target"])
    given = {}
    if case["causal"]:
        given["tgt_mask"] = model.generate_square_subsequent_mask(case["target"], dtype=t.float64)
    if case["padding"] and batch is not None:
        lengths = rng.integers(1, case["source"] + 1, batch)
        hidden = t.from_numpy(np.arange(case["source"]) >= lengths[:, None])
        given |= {"src_key_padding_mask": hidden, "memory_key_padding_mask": hidden}
    if not case["record"]:
        with t.no_grad():
            return [plain(model(src, tgt, **given))]
    y = model(src, tgt, **given)
    return [plain(y), *gradients(t, [y], [src, tgt, *model.parameters()], rng, False)]


@given(case=transformers(), seed=st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_transformers(case, seed):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        both(transform, case, seed)


@given(padding=st.lists(st.lists(st.booleans(), min_size=4, max_size=4), min_size=2, max_size=2), norm=st.booleans())
@settings(deadline=None)
def test_padded_places_of_an_encoder(padding, norm):
    """Where torch packs the sequences, what it gives back at padded places is the same here."""
    padding = [[False, *row] for row in padding]  # nobody is all padding

    def run(t):
        t.manual_seed(0)
        layer = t.nn.TransformerEncoderLayer(4, 2, 8, batch_first=True, dtype=t.float64)
        last = t.nn.LayerNorm(4, dtype=t.float64) if norm else None
        encoder = t.nn.TransformerEncoder(layer, 2, last).eval()
        x = t.from_numpy(np.random.default_rng(0).normal(size=(2, 5, 4)))
        with t.no_grad():
            return plain(encoder(x, src_key_padding_mask=t.tensor(padding)))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch: nested tensors are a prototype
        both(run)


@programs
def a_mask_that_is_causal_is_found(torch, nn):
    layer = nn.TransformerEncoderLayer(4, 1, 8).double()
    encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False).eval()
    torch.manual_seed(0)
    with torch.no_grad():
        for p in encoder.parameters():
            p.copy_(normal(torch, *p.shape))
        x = normal(torch, 5, 2, 4)
        mask = nn.Transformer.generate_square_subsequent_mask(5)
        return encoder(x, mask.double()), encoder(x, mask.double(), is_causal=True), encoder(x[:, 0], mask=mask == 0), mask


@programs
def layers_are_copied(torch, nn):
    layer = nn.TransformerDecoderLayer(4, 2, 8)
    decoder = nn.TransformerDecoder(layer, 2)
    return decoder.layers[0] is layer, [
        bool((a == b).all()) for a, b in zip(decoder.layers[0].parameters(), layer.parameters())
    ]


@programs
def custom_parts(torch, nn):
    class Add(nn.Module):
        def forward(self, tgt, memory, **masks):
            return tgt + memory

    class Twice(nn.Module):
        def forward(self, src, **masks):
            return src * 2

    model = nn.Transformer(4, 2, custom_encoder=Twice(), custom_decoder=Add())
    return model(torch.ones(3, 2, 4), torch.ones(3, 2, 4)), repr(model)


@pytest.mark.parametrize("program", programs, ids=lambda program: program.__name__)
def test_same_as_torch(program):
    assert_same(program)


def z(t, *shape, **more):
    return t.zeros(*shape, **more)


def sdpa(t, *shapes, **options):
    return t.nn.functional.scaled_dot_product_attention(*[z(t, *s) for s in shapes], **options)


def mha(t, *shapes, **options):
    return t.nn.MultiheadAttention(4, 2)(*[z(t, *s) for s in shapes], **options)


SAME = [(3, 2, 4)] * 3
ERRORS = {
    "1-d": lambda t: sdpa(t, (3,), (3,), (3,)),
    "dtypes": lambda t: t.nn.functional.scaled_dot_product_attention(z(t, 2, 3), z(t, 2, 3), z(t, 2, 3, dtype=t.float64)),
    "widths": lambda t: sdpa(t, (2, 3), (2, 4), (2, 3)),
    "mask and causal": lambda t: sdpa(t, (2, 3), (2, 3), (2, 3), attn_mask=z(t, 2, 2), is_causal=True),
    "mask of integers": lambda t: sdpa(t, (2, 3), (2, 3), (2, 3), attn_mask=z(t, 2, 2, dtype=t.int64)),
    "mask of doubles": lambda t: sdpa(t, (2, 3), (2, 3), (2, 3), attn_mask=z(t, 2, 2, dtype=t.float64)),
    "dropout": lambda t: sdpa(t, (2, 3), (2, 3), (2, 3), dropout_p=1.5),
    "heads": lambda t: sdpa(t, (1, 4, 2, 3), (1, 3, 2, 3), (1, 3, 2, 3), enable_gqa=True),
    "no size": lambda t: t.nn.MultiheadAttention(0, 1),
    "not divisible": lambda t: t.nn.MultiheadAttention(4, 3),
    "1-d query": lambda t: mha(t, (4,), (4,), (4,)),
    "2-d key": lambda t: mha(t, (3, 2, 4), (3, 4), (3, 4)),
    "3-d key": lambda t: mha(t, (3, 4), (3, 2, 4), (3, 2, 4)),
    "size": lambda t: mha(t, (3, 2, 6), (3, 2, 6), (3, 2, 6)),
    "key and value": lambda t: mha(t, (3, 2, 4), (3, 2, 4), (5, 2, 4)),
    "causal without mask": lambda t: mha(t, *SAME, is_causal=True),
    "mask shape": lambda t: mha(t, *SAME, attn_mask=z(t, 3, 4)),
    "mask 3-d shape": lambda t: mha(t, *SAME, attn_mask=z(t, 3, 3, 3)),
    "mask 1-d": lambda t: mha(t, *SAME, attn_mask=z(t, 3)),
    "mask integers": lambda t: mha(t, *SAME, attn_mask=z(t, 3, 3, dtype=t.int64)),
    "mask unbatched": lambda t: mha(t, (3, 4), (3, 4), (3, 4), attn_mask=z(t, 3, 3, 3)),
    "padding dims": lambda t: mha(t, *SAME, key_padding_mask=z(t, 3)),
    "padding unbatched": lambda t: mha(t, (3, 4), (3, 4), (3, 4), key_padding_mask=z(t, 2, 3)),
    "padding batch": lambda t: mha(t, *SAME, key_padding_mask=z(t, 3, 3)),
    "padding keys": lambda t: mha(t, *SAME, key_padding_mask=z(t, 2, 4)),
    "masks of two kinds (a warning)": lambda t: mha(
        t, *SAME, key_padding_mask=z(t, 2, 3, dtype=t.bool), attn_mask=z(t, 3, 3)
    ),
    "activation": lambda t: t.nn.TransformerEncoderLayer(4, 2, activation="tanh"),
    "odd heads (a warning)": lambda t: t.nn.TransformerEncoder(t.nn.TransformerEncoderLayer(3, 3, batch_first=True), 1),
    "not batch_first (a warning)": lambda t: t.nn.TransformerEncoder(t.nn.TransformerEncoderLayer(4, 2), 1),
    "batches": lambda t: t.nn.Transformer(4, 2, 1, 1, 8)(z(t, 3, 2, 4), z(t, 3, 1, 4)),
    "features": lambda t: t.nn.Transformer(4, 2, 1, 1, 8)(z(t, 3, 2, 5), z(t, 3, 2, 4)),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors(case):
    def program(torch, nn):
        ERRORS[case](torch)

    assert assert_same(program)[0] == "error"
