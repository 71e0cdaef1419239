"""How to make every layer, and what to give it: {class name: function of Hypothesis's `draw` -> Case}."""

import module_loss_cases  # noqa: F401  (enters its layers into CASES)
import numpy as np
from hypothesis import strategies as st
from module_drawing import CASES, FLAG, SMALL, Case, batched, case, integers, pick, shape, some

# --- elementwise ------------------------------------------------------------------------------------------

ELEMENTWISE = {
    "CELU": {"alpha": some(0.5, 2.0), "inplace": FLAG},
    "ELU": {"alpha": some(0.5, 2.0), "inplace": FLAG},
    "GELU": {"approximate": some("none", "tanh")},
    "Hardshrink": {"lambd": some(0.1, 1.0)},
    "Hardsigmoid": {"inplace": FLAG},
    "Hardswish": {"inplace": FLAG},
    "Hardtanh": {"min_val": some(-0.5, -2.0), "max_val": some(0.3, 1.0), "inplace": FLAG},
    "LeakyReLU": {"negative_slope": some(0.0, 0.3), "inplace": FLAG},
    "LogSigmoid": {},
    "Mish": {"inplace": FLAG},
    "RReLU": {"lower": some(0.1, 0.2), "upper": some(0.4, 0.9), "inplace": FLAG},
    "ReLU": {"inplace": FLAG},
    "ReLU6": {"inplace": FLAG},
    "SELU": {"inplace": FLAG},
    "SiLU": {"inplace": FLAG},
    "Sigmoid": {},
    "Softplus": {"beta": some(0.5, 2.0), "threshold": some(0.5, 20)},
    "Softshrink": {"lambd": some(0.0, 0.4)},
    "Softsign": {},
    "Tanh": {},
    "Tanhshrink": {},
    "Dropout": {"p": some(0.0, 0.3, 1.0), "inplace": FLAG},
    "AlphaDropout": {"p": some(0.0, 0.3, 1.0), "inplace": FLAG},
}
for _name, _choices in ELEMENTWISE.items():
    CASES[_name] = lambda draw, choices=_choices: Case([shape(draw, 0, 4, 0)], (), pick(draw, **choices))


@case("Threshold")
def _(draw):
    return Case([shape(draw)], (draw(some(-0.3, 0.4)), 2.0), pick(draw, inplace=FLAG))


@case("Identity")
def _(draw):
    return Case([shape(draw)], (1, "x"), {"anything": 2})


@case("GLU")
def _(draw):
    sizes = list(shape(draw, 1, 3))
    at = draw(st.integers(-len(sizes), len(sizes) - 1), label="dim")
    sizes[at] *= 2
    return Case([tuple(sizes)], (at,))


@case("PReLU")
def _(draw):
    sizes = shape(draw, 2, 4)
    return Case([sizes], (draw(some(1, sizes[1])),), pick(draw, init=some(0.1, -0.5)))


@case("Softmax", "Softmin", "LogSoftmax")
def _(draw):
    sizes = shape(draw, 1, 4)
    return Case([sizes], (draw(st.integers(-len(sizes), len(sizes) - 1), label="dim"),))


@case("Softmax2d")
def _(draw):
    return Case([shape(draw, 3, 4)])


@case("FeatureAlphaDropout")
def _(draw):
    return Case([shape(draw, 2, 5, 1, 3)], (), pick(draw, p=some(0.0, 0.3, 1.0), inplace=FLAG))


@case("Dropout1d", "Dropout2d", "Dropout3d")
def _(draw):
    return Case([], (), pick(draw, p=some(0.0, 0.3, 1.0), inplace=FLAG))


def _spatial(name, dims, least=1, high=4):
    """The same case with `dims` dimensions behind (N, C)."""
    made = CASES[name]

    def with_input(draw):
        result = made(draw)
        result.inputs = [(draw(SMALL), draw(SMALL), *shape(draw, dims, dims, least, high)), *result.inputs]
        return result

    CASES[name] = with_input


for _dims in (1, 2, 3):
    _spatial(f"Dropout{_dims}d", _dims)


# --- shapes -----------------------------------------------------------------------------------------------


@case("Flatten")
def _(draw):
    sizes = shape(draw, 2, 4)
    return Case([sizes], (), pick(draw, start_dim=some(0, 1, -2), end_dim=some(-1, len(sizes) - 1)))


@case("Unflatten")
def _(draw):
    return Case([(2, 6, 3)], (draw(some(1, -2)), draw(some((2, 3), (-1, 2), (6,)))))


@case("ChannelShuffle")
def _(draw):
    groups = draw(SMALL)
    return Case([(draw(SMALL), groups * draw(SMALL), *shape(draw, 1, 2))], (groups,))


@case("PixelShuffle")
def _(draw):
    return Case([(*shape(draw, 0, 2), 4, *shape(draw, 2, 2))], (2,))


@case("PixelUnshuffle")
def _(draw):
    return Case([(*shape(draw, 1, 2), 4, 2)], (2,))


for _dims in (1, 2, 3):
    for _kind in ("Circular", "Constant", "Reflection", "Replication", "Zero"):

        @case(f"{_kind}Pad{_dims}d")
        def _(draw, dims=_dims, kind=_kind):
            sides = st.integers(0, 2) if kind in ("Circular", "Reflection", "Replication") else st.integers(-1, 2)
            padding = draw(st.one_of(sides, st.tuples(*[sides] * 2 * dims)), label="padding")
            more = (draw(some(0.0, 1.5)),) if kind == "Constant" else ()
            return Case([batched(draw, 2, *shape(draw, dims, dims, 3, 4))], (padding, *more))


@case("Upsample")
def _(draw):
    mode, dims = draw(some(("nearest", 1), ("nearest", 2), ("linear", 1), ("bilinear", 2), ("bicubic", 2)), label="mode")
    options = {"mode": mode} | draw(some({"size": 5}, {"scale_factor": 2.0}, {"scale_factor": 1.5}))
    if mode != "nearest":
        options |= pick(draw, align_corners=FLAG)
    if "scale_factor" in options:
        options |= pick(draw, recompute_scale_factor=FLAG)
    return Case([(draw(SMALL), 2, *shape(draw, dims, dims, 2, 4))], (), options)


@case("UpsamplingNearest2d", "UpsamplingBilinear2d")
def _(draw):
    return Case([(draw(SMALL), 2, *shape(draw, 2, 2, 2, 4))], (), draw(some({"size": (3, 5)}, {"scale_factor": 2})))


# --- linear, tables ---------------------------------------------------------------------------------------


@case("Linear")
def _(draw):
    return Case([(*shape(draw, 0, 2, 0), 3)], (3, draw(SMALL)), pick(draw, bias=FLAG))


@case("Bilinear")
def _(draw):
    lead = shape(draw, 0, 2, 0)
    return Case([(*lead, 3), (*lead, 2)], (3, 2, draw(SMALL)), pick(draw, bias=FLAG))


@case("Embedding")
def _(draw):
    options = pick(
        draw, padding_idx=st.integers(-5, 4), max_norm=some(0.7, 2.0), norm_type=some(1.0, 3.0),
        scale_grad_by_freq=FLAG, _freeze=FLAG,
    )  # fmt: skip
    return Case([integers(draw, shape(draw, 0, 3, 0), 0, 5)], (5, 3), options)


@case("EmbeddingBag")
def _(draw):
    options = pick(
        draw,
        padding_idx=st.integers(-5, 4),
        max_norm=some(0.7, 2.0),
        norm_type=some(1.0, 3.0),
        mode=some("sum", "mean", "max"),
    )  # fmt: skip  (scale_grad_by_freq: test_embedding.py, torch's is wrong)
    if draw(FLAG, label="matrix"):
        size = (draw(SMALL), draw(SMALL))
        inputs = [integers(draw, size, 0, 5), None]
    else:
        size = (draw(st.integers(0, 6), label="indices"),)
        offsets = [0, *sorted(draw(st.lists(st.integers(0, size[0]), max_size=3), label="offsets"))]
        if options.setdefault("include_last_offset", draw(FLAG)):
            offsets.append(size[0])
        inputs = [integers(draw, size, 0, 5), np.array(offsets)]
    if options.get("mode") == "sum" and draw(FLAG, label="per_sample_weights"):
        inputs.append(size)
    return Case(inputs, (5, 3), options)


# --- convolution and pooling -----------------------------------------------------------------------------


def _convolution(name, dims, transposed=False):
    @case(name)
    def _(draw):
        groups = draw(some(1, 2), label="groups")
        each = lambda *values: st.one_of(some(*values), st.tuples(*[some(*values)] * dims))
        options = pick(draw, stride=each(1, 2), dilation=each(1, 2), bias=FLAG)
        kernel = draw(each(1, 2, 3), label="kernel_size")
        if transposed:
            options |= pick(draw, padding=each(0, 1))
        else:
            options |= pick(draw, padding=st.one_of(each(0, 1), some("valid")), padding_mode=some("zeros", "circular"))
            if "stride" not in options and kernel in (1, 3):
                options |= pick(draw, padding=some("same"))
        channels = (2, 2 * draw(SMALL, label="out"))
        return Case([batched(draw, 2, *shape(draw, dims, dims, 5, 6))], (*channels, kernel), options | {"groups": groups})


for _dims in (1, 2):
    _convolution(f"Conv{_dims}d", _dims)
    _convolution(f"ConvTranspose{_dims}d", _dims, True)

    @case(f"MaxPool{_dims}d")
    def _(draw, dims=_dims):
        options = pick(draw, stride=some(1, 2), padding=some(0, 1), dilation=some(1, 2), ceil_mode=FLAG, return_indices=FLAG)
        return Case([batched(draw, 2, *shape(draw, dims, dims, 5, 6))], (draw(some(2, 3)),), options)

    @case(f"AvgPool{_dims}d")
    def _(draw, dims=_dims):
        options = pick(draw, stride=some(1, 2), padding=some(0, 1), ceil_mode=FLAG, count_include_pad=FLAG)
        if dims == 2:
            options |= pick(draw, divisor_override=some(2, 5))
        return Case([batched(draw, 2, *shape(draw, dims, dims, 4, 6))], (draw(some(2, 3)),), options)

    @case(f"AdaptiveAvgPool{_dims}d", f"AdaptiveMaxPool{_dims}d")
    def _(draw, dims=_dims):
        size = draw(some(1, 2, 3, 7) if dims == 1 else some(1, (2, 3), (None, 2), 5), label="output_size")
        return Case([batched(draw, 2, *shape(draw, dims, dims, 3, 6))], (size,))

    @case(f"LPPool{_dims}d")
    def _(draw, dims=_dims):
        options = pick(draw, stride=some(1, 2), ceil_mode=FLAG)
        return Case([batched(draw, 2, *shape(draw, dims, dims, 4, 6))], (draw(some(2, 3.0)), draw(some(2, 3))), options)


@case("MaxUnpool1d")
def _(draw):
    return Case([(2, 2, 3), np.array([[[0, 3, 5], [1, 2, 4]]] * 2)], (2,), pick(draw, stride=some(2)))


@case("MaxUnpool2d")
def _(draw):
    return Case([(1, 2, 2, 2), np.array([[[[0, 3], [9, 14]], [[5, 2], [8, 11]]]])], (2,), pick(draw, stride=some(2)))


@case("Unfold")
def _(draw):
    options = pick(draw, dilation=some(1, (2, 1)), padding=some(0, 1), stride=some(1, (1, 2)))
    return Case([batched(draw, 2, 4, 5)], (draw(some(2, (1, 3))),), options)


@case("Fold")
def _(draw):
    return Case([batched(draw, 8, 12)], ((4, 5), 2), {})


# --- normalisation ----------------------------------------------------------------------------------------


def _batch_norm(name, dims):
    @case(name)
    def _(draw):
        options = pick(
            draw, eps=some(1e-3, 0.1), momentum=some(None, 0.0, 0.3, 1.0), affine=FLAG, track_running_stats=FLAG, bias=FLAG
        )
        return Case([(draw(st.integers(2, 4)), 3, *shape(draw, *dims, 1, 3))], (3,), options)


_batch_norm("BatchNorm1d", (0, 1))
_batch_norm("BatchNorm2d", (2, 2))
for _dims in (1, 2, 3):

    @case(f"InstanceNorm{_dims}d")
    def _(draw, dims=_dims):
        options = pick(
            draw, eps=some(1e-3, 0.1), momentum=some(0.0, 0.3, 1.0), affine=FLAG, track_running_stats=FLAG, bias=FLAG
        )
        return Case([batched(draw, 3, *shape(draw, dims, dims, 2, 3))], (3,), options)


@case("LayerNorm")
def _(draw):
    sizes = draw(some((3,), (2, 3), (4, 1, 2)), label="normalized_shape")
    options = pick(draw, eps=some(1e-3, 0.1), elementwise_affine=FLAG, bias=FLAG)
    return Case(
        [(*shape(draw, 0, 2, 0), *sizes)], (sizes[0] if len(sizes) == 1 else draw(some(sizes, list(sizes))),), options
    )


@case("RMSNorm")
def _(draw):
    sizes = draw(some((3,), (2, 3)), label="normalized_shape")
    options = pick(draw, eps=some(None, 1e-3, 0.1), elementwise_affine=FLAG)
    return Case([(*shape(draw, 0, 2), *sizes)], (sizes,), options)


@case("GroupNorm")
def _(draw):
    options = pick(draw, eps=some(1e-3, 0.1), affine=FLAG, bias=FLAG)
    return Case([(draw(SMALL), 4, *shape(draw, 0, 3, 2, 3))], (draw(some(1, 2)), 4), options)


@case("LocalResponseNorm")
def _(draw):
    options = pick(draw, alpha=some(0.1, 1.0), beta=some(0.5, 1.0), k=some(0.5, 2.0))
    return Case([(draw(SMALL), 4, *shape(draw, 1, 3, 1, 3))], (draw(some(1, 2, 3)),), options)


# --- sequences --------------------------------------------------------------------------------------------


@case("RNN", "LSTM", "GRU")
def _(draw, lstm=False):
    options = pick(draw, num_layers=some(1, 2), bias=FLAG, batch_first=FLAG, bidirectional=FLAG)
    return Case([batched(draw, draw(SMALL), 3)], (3, 2), options)


@case("RNNCell", "LSTMCell", "GRUCell")
def _(draw):
    return Case([batched(draw, 3)], (3, 2), pick(draw, bias=FLAG))


@case("MultiheadAttention")
def _(draw):
    options = pick(draw, bias=FLAG, add_bias_kv=FLAG, add_zero_attn=FLAG, dropout=some(0.0, 0.4))
    if draw(FLAG, label="batched"):
        options |= pick(draw, batch_first=FLAG)
        return Case([(2, 3, 4), (2, 3, 4), (2, 3, 4)], (4, 2), options)
    return Case([(3, 4), (5, 4), (5, 4)], (4, 2), options)


def _transformer(draw):
    return {"dropout": draw(some(0.0, 0.2), label="dropout")} | pick(
        draw, activation=some("relu", "gelu"), layer_norm_eps=some(1e-3), batch_first=FLAG, norm_first=FLAG, bias=FLAG
    )


@case("TransformerEncoderLayer")
def _(draw):
    return Case([(2, 3, 4)], (4, 2, 5), _transformer(draw))


@case("TransformerDecoderLayer")
def _(draw):
    return Case([(2, 3, 4), (2, 3, 4)], (4, 2, 5), _transformer(draw))


@case("Transformer")
def _(draw):
    return Case([(2, 3, 4), (2, 3, 4)], (4, 2, 1, draw(some(1, 2)), 5), _transformer(draw))


# Containers, and what has other tests than a drawn input: {class: file}.
ELSEWHERE = {
    "Module": "test_module_tree.py",
    "ModuleDict": "test_containers.py",
    "ModuleList": "test_containers.py",
    "ParameterDict": "test_containers.py",
    "ParameterList": "test_containers.py",
    "Sequential": "test_containers.py",
    "RNNBase": "test_rnn.py",
    "RNNCellBase": "test_module_properties.py",
    "TransformerDecoder": "test_attention.py",
    "TransformerEncoder": "test_attention.py",
}
