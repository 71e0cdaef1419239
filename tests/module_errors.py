"""What layers refuse: {class: calls}.  "Linear(3, 2)" is refused by the constructor, "Linear(3, 2) @ ones(4)" by forward.

The words are those of `nn` and of `torch`; test_module_errors.py reads them with either library.
"""

# Elementwise layers: what their constructors and functions refuse differs little.
ELEMENTWISE = {
    "CELU": ("CELU(1.0, True, 2)", "CELU(0.0) @ ones(2)", "CELU('a') @ ones(2)"),
    "ELU": ("ELU(1.0, True, 2)", "ELU('a') @ ones(2)", "ELU() @ ones(2).bool()"),
    "GELU": ("GELU('none', 1)", "GELU('sigmoid') @ ones(2)", "GELU() @ ones(2).long()"),
    "GLU": ("GLU(1, 2)", "GLU() @ ones(3)", "GLU(2) @ ones(2, 4)", "GLU() @ tensor(1.0)"),
    "Hardshrink": ("Hardshrink(1, 2)", "Hardshrink() @ None", "Hardshrink() @ ones(2).long()"),
    "Hardsigmoid": ("Hardsigmoid(True, 1)", "Hardsigmoid() @ 1.0", "Hardsigmoid() @ ones(2).long()"),
    "Hardswish": ("Hardswish(True, 1)", "Hardswish() @ [1.0]", "Hardswish() @ ones(2).long()"),
    "Hardtanh": ("Hardtanh(1.0, -1.0)", "Hardtanh(min_value=-1, low=2)", "Hardtanh() @ ones(2).bool()"),
    "LeakyReLU": ("LeakyReLU(slope=1)", "LeakyReLU() @ None", "LeakyReLU() @ ones(2).bool()"),
    "LogSigmoid": ("LogSigmoid(1)", "LogSigmoid() @ None", "LogSigmoid() @ ones(2).long()"),
    "Mish": ("Mish(True, 1)", "Mish() @ None", "Mish() @ ones(2).long()"),
    "PReLU": ("PReLU(2, 0.1, 'cpu', float32, 1)", "PReLU(-1)", "PReLU(2) @ ones(2, 3)", "PReLU() @ ones(2).double()"),
    "ReLU": ("ReLU(True, 1)", "ReLU() @ None", "ReLU() @ ones(2), ones(2)", "ReLU() @ ones(2).bool()"),
    "ReLU6": ("ReLU6(True, 1)", "ReLU6() @ None", "ReLU6() @ ones(2).bool()"),
    "SELU": ("SELU(True, 1)", "SELU() @ None", "SELU() @ ones(2).long()"),
    "SiLU": ("SiLU(True, 1)", "SiLU() @ None", "SiLU() @ ones(2).long()"),
    "Sigmoid": ("Sigmoid(1)", "Sigmoid() @ 'a'", "Sigmoid() @ ones(2), 1"),
    "Softplus": ("Softplus(1, 2, 3)", "Softplus('a') @ ones(2)", "Softplus() @ ones(2).long()"),
    "Softshrink": ("Softshrink(1, 2)", "Softshrink(-1.0) @ ones(2)", "Softshrink() @ ones(2).long()"),
    "Softsign": ("Softsign(1)", "Softsign() @ None", "Softsign() @ ones(2), 1"),
    "Tanh": ("Tanh(1)", "Tanh() @ None", "Tanh() @ ones(2), 1"),
    "Tanhshrink": ("Tanhshrink(1)", "Tanhshrink() @ None", "Tanhshrink() @ ones(2), 1"),
    "Threshold": ("Threshold(1)", "Threshold('a', 1) @ ones(2)", "Threshold(1, 2) @ ones(2).bool()"),
    "Softmax": ("Softmax(1, 2)", "Softmax(2) @ ones(2, 2)", "Softmax('a') @ ones(2)", "Softmax(0) @ ones(2).long()"),
    "Softmin": ("Softmin(1, 2)", "Softmin(-3) @ ones(2, 2)", "Softmin(0) @ ones(2).long()"),
    "LogSoftmax": ("LogSoftmax(1, 2)", "LogSoftmax(1) @ ones(2)", "LogSoftmax(0) @ ones(2).bool()"),
    "Softmax2d": ("Softmax2d(1)", "Softmax2d() @ ones(2, 2)", "Softmax2d() @ ones(1, 2, 2, 2, 2)"),
    "Dropout": ("Dropout(1.5)", "Dropout(-0.1)", "Dropout('a')", "Dropout() @ None", "Dropout(0.5) @ ones(2).long()"),
    "Dropout1d": ("Dropout1d(2.0)", "Dropout1d() @ ones(2)", "Dropout1d() @ ones(1, 1, 1, 1)"),
    "Dropout2d": ("Dropout2d(1.1)", "Dropout2d() @ None", "Dropout2d(0.5) @ ones(1, 1, 2, 2).long()"),
    "AlphaDropout": ("AlphaDropout(-1)", "AlphaDropout() @ None", "AlphaDropout(p=0.5, training=True)"),
    "Identity": ("Identity() @ ", "Identity() @ ones(2), ones(2)"),
}

SHAPES = {
    "Flatten": ("Flatten(1, 2, 3)", "Flatten(2) @ ones(2, 2)", "Flatten(1, 0) @ ones(2, 2, 2)", "Flatten() @ None"),
    "Unflatten": (
        "Unflatten(1)",
        "Unflatten(1, 2)",
        "Unflatten(1, [2, 3.0])",
        "Unflatten(1, (2, 2)) @ ones(2, 6)",
        "Unflatten(2, (2, 3)) @ ones(2, 6)",
    ),
    "PixelShuffle": (
        "PixelShuffle()",
        "PixelShuffle(2) @ ones(1, 3, 2, 2)",
        "PixelShuffle(2) @ ones(2, 2)",
        "PixelShuffle(0) @ ones(1, 4, 2, 2)",
    ),
    "PixelUnshuffle": (
        "PixelUnshuffle()",
        "PixelUnshuffle(2) @ ones(1, 1, 3, 2)",
        "PixelUnshuffle(2) @ ones(2)",
        "PixelUnshuffle(-1) @ ones(1, 1, 2, 2)",
    ),
    "Upsample": (
        "Upsample() @ ones(1, 1, 2)",
        "Upsample(3, 2.0) @ ones(1, 1, 2)",
        "Upsample(3, mode='cubic') @ ones(1, 1, 2)",
        "Upsample(3, mode='bilinear') @ ones(1, 1, 2)",
        "Upsample(3, align_corners=True) @ ones(1, 1, 2)",
        "Upsample((3, 3)) @ ones(1, 1, 2)",
        "Upsample(3) @ ones(1, 2)",
        "Upsample(scale_factor=0.1) @ ones(1, 1, 2)",
    ),
    "UpsamplingNearest2d": (
        "UpsamplingNearest2d(1, 2, 3)",
        "UpsamplingNearest2d() @ ones(1, 1, 2, 2)",
        "UpsamplingNearest2d((1, 2, 3)) @ ones(1, 1, 2, 2)",
    ),
    "UpsamplingBilinear2d": (
        "UpsamplingBilinear2d(1, 2, 3)",
        "UpsamplingBilinear2d(3) @ ones(1, 1, 2)",
        "UpsamplingBilinear2d(0) @ ones(1, 1, 2, 2)",
    ),
    "ZeroPad2d": (
        "ZeroPad2d()",
        "ZeroPad2d(-2) @ ones(1, 1, 3, 3)",
        "ZeroPad2d((1, 1, 1)) @ ones(1, 1, 3, 3)",
        "ZeroPad2d(1) @ ones(3)",
    ),
    "ConstantPad1d": (
        "ConstantPad1d(1)", "ConstantPad1d(-2, 0.0) @ ones(1, 1, 3)", "ConstantPad1d((1,), 0.0) @ ones(1, 3)",
    ),
    "ConstantPad2d": (
        "ConstantPad2d(1)", "ConstantPad2d(1, 0.0) @ ones(3)", "ConstantPad2d((1, 2, 3), 0.0) @ ones(3, 3)",
    ),
    "ReflectionPad1d": ("ReflectionPad1d()", "ReflectionPad1d(3) @ ones(1, 1, 3)", "ReflectionPad1d(1) @ ones(3)"),
    "ReflectionPad2d": ("ReflectionPad2d()", "ReflectionPad2d(3) @ ones(1, 1, 3, 3)", "ReflectionPad2d(1) @ ones(3, 3)"),
    "ReplicationPad1d": ("ReplicationPad1d()", "ReplicationPad1d(1) @ ones(1, 1, 0)", "ReplicationPad1d(1) @ ones(3)"),
    "ReplicationPad2d": (
        "ReplicationPad2d()", "ReplicationPad2d(1) @ ones(1, 1, 0, 2)", "ReplicationPad2d(1) @ ones(3, 3)",
    ),
    "CircularPad1d": ("CircularPad1d()", "CircularPad1d(4) @ ones(1, 1, 3)", "CircularPad1d(1) @ ones(3)"),
    "CircularPad2d": ("CircularPad2d()", "CircularPad2d(4) @ ones(1, 1, 3, 3)", "CircularPad2d(1) @ ones(3, 3)"),
}  # fmt: skip

WEIGHTED = {
    "Linear": (
        "Linear(2)", "Linear(2, -1)", "Linear('a', 2)", "Linear(3, 2) @ ones(2, 4)",
        "Linear(3, 2) @ ones(2, 3).double()",
        "Linear(3, 2) @ tensor(1.0)", "Linear(3, 2) @ [1.0, 2.0, 3.0]",
    ),
    "Bilinear": (
        "Bilinear(0, 2, 3)", "Bilinear(2, 2)", "Bilinear(2, 3, 4) @ ones(1, 2)",
        "Bilinear(2, 3, 4) @ ones(1, 2), ones(1, 2)",
        "Bilinear(2, 3, 4) @ ones(1, 2), ones(2, 3)",
    ),
    "Embedding": (
        "Embedding(2)", "Embedding(2, 3, padding_idx=2)", "Embedding(2, 3, padding_idx=-3)",
        "Embedding(2, 3, _weight=ones(3, 3))",
        "Embedding(2, 3) @ tensor([2])", "Embedding(2, 3) @ tensor([-1])", "Embedding(2, 3) @ ones(2)",
        "Embedding(2, 3, max_norm=1.0) @ tensor([0, 5])",
    ),
    "EmbeddingBag": (
        "EmbeddingBag(2)", "EmbeddingBag(2, 3, padding_idx=2)",
        "EmbeddingBag(2, 3, mode='median') @ ones(1, 2).long()",
        "EmbeddingBag(2, 3) @ ones(2).long()", "EmbeddingBag(2, 3) @ tensor([[0, 2]])",
        "EmbeddingBag(2, 3) @ ones(2).long(), tensor([1])", "EmbeddingBag(2, 3) @ ones(2).long(), tensor([0, 3])",
        "EmbeddingBag(2, 3) @ tensor([[0, 1]]), None, ones(1, 2)",
        "EmbeddingBag(2, 3, max_norm=1.0) @ tensor([[0, 2]])",
    ),
    "Conv1d": (
        "Conv1d(2, 3)", "Conv1d(3, 2, 1, groups=2)", "Conv1d(2, 2, 1, groups=0)", "Conv1d(2, 2, 1, padding='full')",
        "Conv1d(2, 2, 3, 2, padding='same')", "Conv1d(2, 2, 1, padding_mode='edge')",
        "Conv1d(2, 2, 3) @ ones(1, 3, 5)",
        "Conv1d(2, 2, 3) @ ones(1, 2, 2)", "Conv1d(2, 2, 3) @ ones(5)", "Conv1d(2, 2, 3) @ ones(1, 2, 5).double()",
    ),
    "Conv2d": (
        "Conv2d(2, 3)", "Conv2d(2, 3, 1, groups=2)", "Conv2d(2, 2, 1, padding='full')", "Conv2d(2, 2, -1)",
        "Conv2d(2, 2, (3, 3)) @ ones(1, 3, 5, 5)", "Conv2d(2, 2, 3) @ ones(1, 2, 2, 5)",
        "Conv2d(2, 2, 3) @ ones(5, 5)",
        "Conv2d(2, 2, 3, stride=0) @ ones(1, 2, 5, 5)", "Conv2d(2, 2, 3, padding=-1) @ ones(1, 2, 5, 5)",
        "Conv2d(2, 2, 3, padding=9, padding_mode='reflect') @ ones(1, 2, 5, 5)",
    ),
    "ConvTranspose1d": (
        "ConvTranspose1d(2, 3)", "ConvTranspose1d(2, 3, 1, groups=2)",
        "ConvTranspose1d(2, 2, 1, padding_mode='reflect')",
        "ConvTranspose1d(2, 2, 3) @ ones(1, 3, 5)", "ConvTranspose1d(2, 2, 3, output_padding=1) @ ones(1, 2, 5)",
        "ConvTranspose1d(2, 2, 3, 2) @ ones(1, 2, 5), [9]",
        "ConvTranspose1d(2, 2, 3, 2) @ ones(1, 2, 5), [11, 12, 13]",
    ),
    "ConvTranspose2d": (
        "ConvTranspose2d(2, 3)", "ConvTranspose2d(3, 2, 1, groups=2)",
        "ConvTranspose2d(2, 2, 1, padding_mode='circular')",
        "ConvTranspose2d(2, 2, 3) @ ones(1, 3, 5, 5)", "ConvTranspose2d(2, 2, 3, 2) @ ones(1, 2, 5, 5), [9, 11]",
        "ConvTranspose2d(2, 2, 3, 2) @ ones(1, 2, 5, 5), [11]",
        "ConvTranspose2d(2, 2, 3, padding=9) @ ones(1, 2, 5, 5)",
    ),
    "Unfold": (
        "Unfold()", "Unfold(3) @ ones(1, 1, 2, 2)", "Unfold(2) @ ones(2)", "Unfold(0) @ ones(1, 1, 2, 2)",
        "Unfold(2, stride=0) @ ones(1, 1, 2, 2)",
    ),
    "Fold": (
        "Fold(2)", "Fold(3, 2) @ ones(1, 4, 5)", "Fold(3, 2) @ ones(1, 3, 4)", "Fold(3, 2, stride=0) @ ones(1, 4, 4)",
        "Fold(3, 2) @ ones(4)",
    ),
}  # fmt: skip

POOLING = {
    "MaxPool1d": (
        "MaxPool1d()", "MaxPool1d(2, padding=2) @ ones(1, 1, 4)", "MaxPool1d(5) @ ones(1, 1, 4)",
        "MaxPool1d(2) @ ones(4)", "MaxPool1d(0) @ ones(1, 1, 4)",
    ),
    "MaxPool2d": (
        "MaxPool2d()", "MaxPool2d(2, padding=2) @ ones(1, 1, 4, 4)", "MaxPool2d(5) @ ones(1, 1, 4, 4)",
        "MaxPool2d(2) @ ones(4)",
        "MaxPool2d(2, dilation=0) @ ones(1, 1, 4, 4)", "MaxPool2d((2, 2, 2)) @ ones(1, 1, 4, 4)",
    ),
    "MaxUnpool2d": (
        "MaxUnpool2d()", "MaxUnpool2d(2) @ ones(1, 1, 1, 1)", "MaxUnpool2d(2) @ ones(1, 1, 1, 1), ones(1, 1, 1, 1)",
        "MaxUnpool2d(2) @ ones(1, 1, 1, 1), tensor([[[[4]]]])",
        "MaxUnpool2d(2) @ ones(1, 1, 1, 1), tensor([[[[0, 1]]]])",
        "MaxUnpool2d(2) @ ones(1, 1, 1, 1), tensor([[[[0]]]]), (9, 9)",
    ),
    "AvgPool1d": (
        "AvgPool1d()", "AvgPool1d(2, padding=2) @ ones(1, 1, 4)", "AvgPool1d(5) @ ones(1, 1, 4)",
        "AvgPool1d(2) @ ones(4)",
    ),
    "AvgPool2d": (
        "AvgPool2d()", "AvgPool2d(2, padding=2) @ ones(1, 1, 4, 4)",
        "AvgPool2d(2, divisor_override=0) @ ones(1, 1, 4, 4)",
        "AvgPool2d(2, stride=0) @ ones(1, 1, 4, 4)", "AvgPool2d(2) @ ones(1, 1, 4, 4).bool()",
    ),
    "AdaptiveAvgPool1d": (
        "AdaptiveAvgPool1d()", "AdaptiveAvgPool1d(-1) @ ones(1, 1, 4)", "AdaptiveAvgPool1d(2) @ ones(4)",
        "AdaptiveAvgPool1d((2, 2)) @ ones(1, 1, 4)",
    ),
    "AdaptiveAvgPool2d": (
        "AdaptiveAvgPool2d()", "AdaptiveAvgPool2d((2, -1)) @ ones(1, 1, 4, 4)", "AdaptiveAvgPool2d(2) @ ones(4)",
        "AdaptiveAvgPool2d((2, 2, 2)) @ ones(1, 1, 4, 4)",
    ),
    "AdaptiveMaxPool1d": (
        "AdaptiveMaxPool1d()", "AdaptiveMaxPool1d(2) @ ones(4)", "AdaptiveMaxPool1d((2, 2)) @ ones(1, 1, 4)",
    ),
    "AdaptiveMaxPool2d": (
        "AdaptiveMaxPool2d()", "AdaptiveMaxPool2d(2) @ ones(4)", "AdaptiveMaxPool2d((2, 2, 2)) @ ones(1, 1, 4, 4)",
        "AdaptiveMaxPool2d(2) @ ones(1, 0, 4, 4)",
    ),
    "LPPool2d": (
        "LPPool2d(2)", "LPPool2d(2, 5) @ ones(1, 1, 4, 4)", "LPPool2d(2, 2) @ ones(4)",
        "LPPool2d(2, 2, stride=0) @ ones(1, 1, 4, 4)",
    ),
}  # fmt: skip

NORMS = {
    "BatchNorm1d": (
        "BatchNorm1d()", "BatchNorm1d(-1)", "BatchNorm1d(2) @ ones(2)", "BatchNorm1d(2) @ ones(1, 2)",
        "BatchNorm1d(2) @ ones(2, 3)",
        "BatchNorm1d(2) @ ones(2, 2, 2, 2)", "BatchNorm1d(2) @ ones(2, 2).double()",
        "BatchNorm1d(2) @ ones(2, 2).long()",
    ),
    "BatchNorm2d": (
        "BatchNorm2d()", "BatchNorm2d('a')", "BatchNorm2d(2) @ ones(2, 2)", "BatchNorm2d(2) @ ones(1, 2, 1, 1)",
        "BatchNorm2d(2) @ ones(2, 3, 2, 2)",
    ),
    "LayerNorm": (
        "LayerNorm()", "LayerNorm(-1)", "LayerNorm('ab')", "LayerNorm(3) @ ones(2, 2)", "LayerNorm((2, 3)) @ ones(3)",
        "LayerNorm(()) @ ones(3)", "LayerNorm(3) @ ones(3).double()",
    ),
    "GroupNorm": (
        "GroupNorm(2)", "GroupNorm(2, 3)", "GroupNorm(0, 4)", "GroupNorm(2, 4) @ ones(4)",
        "GroupNorm(2, 4) @ ones(2, 3)", "GroupNorm(2, 4) @ ones(1, 4).double()",
    ),
    "InstanceNorm1d": (
        "InstanceNorm1d()", "InstanceNorm1d(2) @ ones(2)", "InstanceNorm1d(2) @ ones(1, 2, 1)",
        "InstanceNorm1d(2, affine=True) @ ones(1, 3, 2)", "InstanceNorm1d(2) @ ones(1, 1, 2, 2)",
    ),
    "InstanceNorm2d": (
        "InstanceNorm2d()", "InstanceNorm2d(2) @ ones(2, 2)", "InstanceNorm2d(2) @ ones(1, 2, 1, 1)",
        "InstanceNorm2d(2, track_running_stats=True) @ ones(1, 3, 2, 2)",
    ),
    "RMSNorm": ("RMSNorm()", "RMSNorm(-1)", "RMSNorm(3) @ ones(2, 2)", "RMSNorm((2, 3)) @ ones(3)", "RMSNorm(3) @ None"),
    "LocalResponseNorm": (
        "LocalResponseNorm()", "LocalResponseNorm(2) @ ones(2, 2)", "LocalResponseNorm(0) @ ones(1, 2, 2)",
        "LocalResponseNorm(2) @ None",
    ),
}  # fmt: skip

SEQUENCES = {
    **{
        name: (
            f"{name}(3)", f"{name}(3, 0)", f"{name}(3, 2, 0)", f"{name}(3, 2, dropout=2.0)",
            f"{name}(3, 2, hidden=1)", f"{name}(3, 2.5)",
            f"{name}(3, 2) @ ones(4, 1, 2)", f"{name}(3, 2) @ ones(3)", f"{name}(3, 2) @ ones(0, 1, 3)",
            f"{name}(3, 2) @ ones(4, 1, 3).double()",
        )
        for name in ("RNN", "LSTM", "GRU")
    },
    **{
        name: (
            f"{name}(3)", f"{name}(3, -2)", f"{name}(3, 2) @ ones(1, 2)", f"{name}(3, 2) @ ones(1, 1, 3)",
            f"{name}(3, 2) @ tensor(1.0)",
        )
        for name in ("RNNCell", "LSTMCell", "GRUCell")
    },
    "MultiheadAttention": (
        "MultiheadAttention(4)", "MultiheadAttention(5, 2)", "MultiheadAttention(0, 2)", "MultiheadAttention(4, -1)",
        "MultiheadAttention(4, 2) @ ones(3, 4)", "MultiheadAttention(4, 2) @ ones(4), ones(4), ones(4)",
        "MultiheadAttention(4, 2) @ ones(3, 1, 5), ones(3, 1, 5), ones(3, 1, 5)",
        "MultiheadAttention(4, 2) @ ones(3, 1, 4), ones(2, 1, 4), ones(3, 1, 4)",
        "MultiheadAttention(4, 2) @ ones(3, 4), ones(3, 4), ones(3, 4), attn_mask=ones(2, 2)",
        "MultiheadAttention(4, 2) @ ones(3, 4), ones(3, 4), ones(3, 4), key_padding_mask=ones(2).bool()",
        "MultiheadAttention(4, 2) @ ones(3, 4), ones(3, 4), ones(3, 4), is_causal=True",
        "MultiheadAttention(4, 2) @ ones(3, 4), ones(3, 4), ones(3, 4), attn_mask=ones(3, 3).long()",
    ),
    "TransformerEncoderLayer": (
        "TransformerEncoderLayer(4)", "TransformerEncoderLayer(5, 2)",
        "TransformerEncoderLayer(4, 2, activation='tanh')",
        "TransformerEncoderLayer(4, 2, 5, dropout=2.0)", "TransformerEncoderLayer(4, 2, 5) @ ones(4)",
        "TransformerEncoderLayer(4, 2, 5) @ ones(3, 1, 5)",
        "TransformerEncoderLayer(4, 2, 5) @ ones(3, 4), ones(2, 2)",
    ),
    "TransformerEncoder": (
        "TransformerEncoder()",
        "TransformerEncoder(TransformerEncoderLayer(4, 2, 5), 1, enable_nested_tensor=False) @ ones(3, 1, 5)",
        "TransformerEncoder(TransformerEncoderLayer(4, 2, 5), 1, enable_nested_tensor=False) @ ones(3, 1, 4), ones(2, 2)",
        "TransformerEncoder(TransformerEncoderLayer(4, 2, 5), 1, enable_nested_tensor=False) "
        "@ ones(3, 1, 4), src_key_padding_mask=ones(1, 3).long()",
    ),
    "TransformerDecoderLayer": (
        "TransformerDecoderLayer(4)", "TransformerDecoderLayer(5, 2)",
        "TransformerDecoderLayer(4, 2, activation='tanh')",
        "TransformerDecoderLayer(4, 2, 5) @ ones(3, 1, 4)",
        "TransformerDecoderLayer(4, 2, 5) @ ones(3, 1, 5), ones(3, 1, 4)",
        "TransformerDecoderLayer(4, 2, 5) @ ones(3, 1, 4), ones(3, 1, 4), tgt_mask=ones(2, 2)",
    ),
    "TransformerDecoder": (
        "TransformerDecoder(TransformerDecoderLayer(4, 2, 5))",
        "TransformerDecoder(TransformerDecoderLayer(4, 2, 5), 1) @ ones(3, 1, 4)",
        "TransformerDecoder(TransformerDecoderLayer(4, 2, 5), 1) @ ones(3, 1, 5), ones(3, 1, 4)",
    ),
    "Transformer": (
        "Transformer(5, 2)", "Transformer(4, 2, 1, 1, 5, activation='tanh')",
        "Transformer(4, 2, 1, 1, 5) @ ones(3, 1, 4)",
        "Transformer(4, 2, 1, 1, 5) @ ones(3, 1, 5), ones(3, 1, 4)",
        "Transformer(4, 2, 1, 1, 5) @ ones(3, 2, 4), ones(3, 1, 4)",
        "Transformer(4, 2, 1, 1, 5) @ ones(3, 1, 4), ones(3, 1, 5)",
    ),
}  # fmt: skip

_REDUCED = ("{0}(reduction='max') @ ones(2), ones(2)", "{0}('max', 'min', 'mean', 'sum', 1, 2, 3)", "{0}() @ ones(2)")
LOSSES = {
    "L1Loss": (*_REDUCED, "L1Loss() @ ones(2), None"),
    "MSELoss": (*_REDUCED, "MSELoss() @ ones(2), None", "MSELoss() @ None, ones(2)"),
    "CrossEntropyLoss": (
        *_REDUCED, "CrossEntropyLoss(weight=[1.0])",
        "CrossEntropyLoss(label_smoothing=2.0) @ ones(2, 3), ones(2).long()",
        "CrossEntropyLoss() @ ones(2, 3), tensor([0, 3])", "CrossEntropyLoss() @ ones(2, 3), ones(3).long()",
        "CrossEntropyLoss() @ ones(2, 3), ones(2)",
        "CrossEntropyLoss(weight=ones(2)) @ ones(2, 3), ones(2).long()",
        "CrossEntropyLoss(weight=ones(2)) @ ones(2, 3, 4), ones(2, 4).long()",
        "CrossEntropyLoss(weight=ones(2)) @ ones(2, 3), ones(2, 3)",
        "CrossEntropyLoss(ignore_index=1) @ ones(2, 3), ones(2, 3)",
        "CrossEntropyLoss() @ ones(2, 3, 4, 5), ones(2, 4, 4).long()",
    ),
    "NLLLoss": (
        *_REDUCED, "NLLLoss(ones(2)) @ ones(2, 3), ones(2).long()",
        "NLLLoss(ones(2)) @ ones(2, 3, 4), ones(2, 4).long()",
        "NLLLoss() @ ones(2, 3), tensor([0, -1])", "NLLLoss() @ ones(2, 3, 4), ones(2, 4).byte()",
        "NLLLoss() @ ones(3), tensor([0, 1])",
        "NLLLoss() @ ones(2, 3), ones(2, 3).long()", "NLLLoss() @ tensor(1.0), tensor(0)",
    ),
    "BCELoss": (
        *_REDUCED, "BCELoss() @ ones(2), ones(3)", "BCELoss() @ 2 * ones(2), ones(2)",
        "BCELoss(weight=ones(3)) @ ones(2), ones(2)",
    ),
    "BCEWithLogitsLoss": (
        *_REDUCED, "BCEWithLogitsLoss() @ ones(2), ones(3)",
        "BCEWithLogitsLoss(pos_weight=ones(3)) @ ones(2), ones(2)",
    ),
    "SmoothL1Loss": (
        *_REDUCED, "SmoothL1Loss(beta=-1.0) @ ones(2), ones(2)", "SmoothL1Loss(beta='a') @ ones(2), ones(2)",
    ),
    "HuberLoss": (*_REDUCED, "HuberLoss(delta=0.0) @ ones(2), ones(2)", "HuberLoss(delta=-1.0) @ ones(2), ones(2)"),
    "KLDivLoss": (*_REDUCED, "KLDivLoss() @ ones(2, 2), None"),
    "PoissonNLLLoss": (
        "PoissonNLLLoss(reduction='max') @ ones(2), ones(2)", "PoissonNLLLoss() @ ones(2)",
        "PoissonNLLLoss() @ ones(2), ones(3)",
    ),
    "GaussianNLLLoss": (
        "GaussianNLLLoss(1)", "GaussianNLLLoss(reduction='max') @ ones(2), ones(2), ones(2)",
        "GaussianNLLLoss() @ ones(2), ones(2)",
        "GaussianNLLLoss() @ ones(2), ones(2), -ones(2)", "GaussianNLLLoss() @ ones(2), ones(2), -1.0",
        "GaussianNLLLoss() @ ones(2, 2), ones(2, 2), ones(3)",
    ),
    "HingeEmbeddingLoss": (
        *_REDUCED, "HingeEmbeddingLoss(margin='a') @ ones(2), ones(2)", "HingeEmbeddingLoss() @ ones(2), ones(3)",
    ),
    "MarginRankingLoss": (
        "MarginRankingLoss(reduction='max') @ ones(2), ones(2), ones(2)", "MarginRankingLoss(1, 2, 3, 4, 5)",
        "MarginRankingLoss() @ ones(2), ones(2)", "MarginRankingLoss() @ ones(2), ones(1, 2), ones(2)",
    ),
    "CosineEmbeddingLoss": (
        "CosineEmbeddingLoss(reduction='max') @ ones(2, 2), ones(2, 2), ones(2)",
        "CosineEmbeddingLoss(1, 2, 3, 4, 5)", "CosineEmbeddingLoss() @ ones(2, 2), ones(2, 2)",
        "CosineEmbeddingLoss() @ ones(2, 2), ones(2, 2), ones(2, 2)",
        "CosineEmbeddingLoss() @ ones(2, 2), ones(2, 3), ones(2)",
        "CosineEmbeddingLoss() @ ones(1, 2, 2), ones(1, 2, 2), ones(2)",
    ),
    "TripletMarginLoss": (
        "TripletMarginLoss(margin=0.0)", "TripletMarginLoss(margin=-1.0)",
        "TripletMarginLoss(reduction='max') @ ones(2, 2), ones(2, 2), ones(2, 2)",
        "TripletMarginLoss() @ ones(2, 2), ones(2, 2)",
        "TripletMarginLoss() @ ones(2, 2), ones(2, 2), ones(2)",
        "TripletMarginLoss() @ ones(2, 2), ones(2, 3), ones(2, 2)",
    ),
    "MultiMarginLoss": (
        "MultiMarginLoss(p=3)", "MultiMarginLoss(weight=ones(1, 2))", "MultiMarginLoss() @ ones(2, 3)",
        "MultiMarginLoss() @ ones(2, 3), tensor([0, 3])",
        "MultiMarginLoss(weight=ones(2)) @ ones(2, 3), tensor([0, 1])",
        "MultiMarginLoss() @ ones(2, 3), ones(3).long()",
    ),
    "MultiLabelMarginLoss": (
        *_REDUCED, "MultiLabelMarginLoss() @ ones(2, 3), ones(2, 2).long()",
        "MultiLabelMarginLoss() @ ones(2, 3), ones(2, 3)",
        "MultiLabelMarginLoss() @ ones(2, 3), 5 * ones(2, 3).long()",
    ),
    "SoftMarginLoss": (*_REDUCED, "SoftMarginLoss() @ ones(2), ones(3)", "SoftMarginLoss() @ ones(2), None"),
    "CosineSimilarity": (
        "CosineSimilarity(1, 2, 3)", "CosineSimilarity() @ ones(2)", "CosineSimilarity(2) @ ones(2, 2), ones(2, 2)",
        "CosineSimilarity() @ ones(2, 2), ones(2, 3)",
    ),
    "PairwiseDistance": (
        "PairwiseDistance(1, 2, 3, 4)", "PairwiseDistance() @ ones(2)", "PairwiseDistance() @ ones(2, 2), ones(2, 3)",
    ),
}  # fmt: skip
LOSSES = {name: tuple(call.format(name) for call in calls) for name, calls in LOSSES.items()}

CONTAINERS = {
    "Module": (
        "Module(1)", "Module(a=1)", "Module() @ ones(2)", "Module().missing", "Module().register_buffer('a.b', None)",
        "Module().add_module('', None)", "Module().load_state_dict(1)",
    ),
    "Parameter": ("Parameter(1)", "Parameter(ones(2).long())", "Module().register_parameter('a', ones(2))"),
    "Buffer": ("Buffer(1)", "Module().register_buffer('a', 1)"),
    "Sequential": (
        "Sequential(1)", "Sequential(ReLU())[1]", "Sequential(Linear(2, 2), Linear(3, 2)) @ ones(1, 2)",
        "Sequential(ReLU()) @ ones(1), ones(1)", "Sequential(ReLU()).append(1)", "Sequential().insert(1, ReLU())",
    ),
    "ModuleList": (
        "ModuleList([1])", "ModuleList(3)", "ModuleList([ReLU()])[1]", "ModuleList([ReLU()]) @ ones(1)",
        "ModuleList().extend(ReLU())", "ModuleList().append(1)",
    ),
    "ModuleDict": (
        "ModuleDict({'a': 1})", "ModuleDict([1])", "ModuleDict()['a']", "ModuleDict({'a.b': ReLU()})",
        "ModuleDict().update(1)", "ModuleDict({'a': ReLU()}) @ ones(1)",
    ),
    "ParameterList": (
        "ParameterList(1)", "ParameterList([ones(1)])[1]", "ParameterList([ones(1)]) @ ones(1)",
        "ParameterList().extend(1)",
    ),
    "ParameterDict": (
        "ParameterDict(1)", "ParameterDict()['a']", "ParameterDict({'a': ones(1)}) @ ones(1)",
        "ParameterDict().update([1])",
    ),
}  # fmt: skip

ERRORS = ELEMENTWISE | SHAPES | WEIGHTED | POOLING | NORMS | SEQUENCES | LOSSES | CONTAINERS
