"""Table of contents: the functions of neural networks, each documented where it is defined, in ops/."""

# Activations
from ..ops.activation import elu, gelu, leaky_relu, logsigmoid, sigmoid, silu, softplus, tanh
from ..ops.activation import functional_relu as relu

# Convolution
from ..ops.conv import conv2d

# Dropout
from ..ops.dropout import alpha_dropout, dropout, dropout1d, dropout2d, dropout3d, feature_alpha_dropout

# Embedding
from ..ops.embedding import embedding, one_hot

# Linear
from ..ops.linear import linear

# Losses
from ..ops.loss import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    l1_loss,
    mse_loss,
    nll_loss,
)

# Normalisation
from ..ops.norm import batch_norm

# Padding
from ..ops.padding import pad

# Pooling
from ..ops.pool import adaptive_avg_pool2d, avg_pool2d, max_pool2d, max_pool2d_with_indices

# Softmax
from ..ops.softmax import functional_log_softmax as log_softmax
from ..ops.softmax import functional_softmax as softmax
from ..ops.softmax import softmin

__all__ = [
    "adaptive_avg_pool2d", "alpha_dropout", "avg_pool2d", "batch_norm", "binary_cross_entropy",
    "binary_cross_entropy_with_logits", "conv2d", "cross_entropy", "dropout", "dropout1d", "dropout2d", "dropout3d",
    "elu", "embedding", "feature_alpha_dropout", "gelu", "l1_loss", "leaky_relu", "linear", "log_softmax",
    "logsigmoid", "max_pool2d", "max_pool2d_with_indices", "mse_loss", "nll_loss", "one_hot", "pad", "relu",
    "sigmoid", "silu", "softmax", "softmin", "softplus", "tanh",
]  # fmt: skip
