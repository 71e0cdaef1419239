"""Dropout and its variants: values are set to zero (or SELU's negative end) at random, the others scaled to keep the mean.

The noise is drawn as torch draws it: one Bernoulli(1 - p) per element or channel, in the order of memory.
"""

import math
import warnings

import numpy as np

from .. import checks, kernels
from ..autograd.op import op
from ..autograd.views import write
from ..creation import empty_like
from ..dtypes import bool_
from .public import public

ALPHA = 1.7580993408473766  # SELU's value at minus infinity, negated: scale * alpha of Klambauer et al. 2017


@op(name="MulBackward0", elementwise=True)
def masked_scale(x, *, mask, scale):
    return kernels.dropout(x, mask, scale)


masked_scale.gradient(lambda g, mask, scale: masked_scale(g, mask=mask, scale=scale))


def _scale(x, p):
    """1 / (1 - p), rounded as in torch's noise /= 1 - p"""
    wide = np.promote_types(x._array.dtype, np.float32).type
    with np.errstate(over="ignore"):  # float16 has no number for it where p is near 1: infinity, as in torch
        return float((wide(1) / wide(1 - p)).astype(x._array.dtype))


def _dropped(x, p):
    mask = empty_like(x, dtype=bool_).bernoulli_(1 - p)._array
    return masked_scale(x, mask=mask, scale=_scale(x, p))


def _alpha_dropped(x, p, noise):
    a = 1 / math.sqrt((ALPHA * ALPHA * p + 1) * (1 - p))
    shift = (noise + -1) * (ALPHA * a) + ALPHA * a * p
    return x * (noise * a) + shift


def _per_channel(x):
    """Noise for whole channels: uninitialised, (N, C, 1, ...)"""
    if x.dim() < 2:
        raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
    return x.new_empty((*x.shape[:2], *[1] * (x.dim() - 2)))


def _run(input, p, training, inplace, drop, name):
    """drop(input), where there is something to drop"""
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    checks.check_tensor(input, name + "_" if inplace else name)
    if not training or p == 0 or input.numel() == 0:
        return input
    if p == 1:
        drop = _nothing
    elif not input.is_floating_point():
        kind = "Long" if "alpha" in name and input.dtype is bool_ else input.dtype.long_name
        raise RuntimeError(f"result type Float can't be cast to the desired output type {kind}")
    return write(input, drop) if inplace else drop(input)


def _nothing(x):
    return x * x.new_zeros(())


@public(method=False, namespace=("nn.functional",))
def dropout(input, p=0.5, training=True, inplace=False):
    """In training, y = x / (1 - p) with probability 1 - p, else 0; otherwise y = x.

    Raises: ValueError unless 0 <= p <= 1.
    Torch: torch.nn.functional.dropout; Srivastava et al. 2014
    """
    return _run(input, p, training, inplace, lambda x: _dropped(x, p), "dropout")


@public(method=False, namespace=("nn.functional",))
def alpha_dropout(input, p=0.5, training=False, inplace=False):
    """In training, y = a x + b with probability 1 - p, else a (-alpha) + b: mean 0 and variance 1 stay after SELU.

    Raises: ValueError unless 0 <= p <= 1.
    Torch: torch.nn.functional.alpha_dropout; Klambauer et al. 2017
    """
    return _run(
        input, p, training, inplace, lambda x: _alpha_dropped(x, p, empty_like(x).bernoulli_(1 - p)), "alpha_dropout"
    )


@public(method=False, namespace=("nn.functional",))
def feature_alpha_dropout(input, p=0.5, training=False, inplace=False):
    """alpha_dropout of whole channels.  Shapes: (N, C, *)

    Raises: ValueError unless 0 <= p <= 1; RuntimeError below two dimensions.
    Torch: torch.nn.functional.feature_alpha_dropout
    """
    return _run(
        input, p, training, inplace,
        lambda x: _alpha_dropped(x, p, _per_channel(x).bernoulli_(1 - p)), "feature_alpha_dropout",
    )  # fmt: skip


def _channels(input, p, training, inplace, name, batched=True):
    def drop(x):
        images = x if batched else x.unsqueeze(0)
        y = images * (_per_channel(images).bernoulli_(1 - p) * _scale(x, p))
        return y if batched else y.squeeze(0)

    return _run(input, p, training, inplace, drop, name)


@public(method=False, namespace=("nn.functional",))
def dropout1d(input, p=0.5, training=True, inplace=False):
    """dropout of whole channels.  Shapes: (N, C, L) or (C, L)

    Raises: ValueError unless 0 <= p <= 1; RuntimeError for other numbers of dimensions.
    Torch: torch.nn.functional.dropout1d; Tompson et al. 2015
    """
    checks.check_tensor(input, "dropout1d")
    if input.dim() not in (2, 3):
        raise RuntimeError(
            f"dropout1d: Expected 2D or 3D input, but received a {input.dim()}D input. Note that dropout1d exists to "
            "provide channel-wise dropout on inputs with 1 spatial dimension, a channel dimension, and an optional "
            "batch dimension (i.e. 2D or 3D inputs)."
        )
    return _channels(input, p, training, inplace, "dropout1d", input.dim() == 3)


def _warn_of_dimensions(name, input, spatial):
    if input.dim() not in (spatial + 1, spatial + 2):
        warnings.warn(
            f"{name}: Received a {input.dim()}-D input to {name}, which is deprecated and will result in an error in a "
            "future release. To retain the behavior and silence this warning, please use dropout instead. Note that "
            f"{name} exists to provide channel-wise dropout on inputs with {spatial} spatial dimensions, a channel "
            f"dimension, and an optional batch dimension (i.e. {spatial + 1}D or {spatial + 2}D inputs).",
            stacklevel=3,
        )


@public(method=False, namespace=("nn.functional",))
def dropout2d(input, p=0.5, training=True, inplace=False):
    """dropout of whole channels.  Shapes: (N, C, H, W); three dimensions are taken as (N, C, L), with a warning

    Raises: ValueError unless 0 <= p <= 1; RuntimeError below two dimensions.
    Torch: torch.nn.functional.dropout2d; Tompson et al. 2015
    """
    checks.check_tensor(input, "dropout2d")
    _warn_of_dimensions("dropout2d", input, 2)
    if input.dim() == 3:
        warnings.warn(
            "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout behavior is desired - "
            "input is interpreted as shape (N, C, L), where C is the channel dim. This behavior will change in a future "
            "release to interpret the input as one without a batch dimension, i.e. shape (C, H, W). To maintain the 1D "
            "channel-wise dropout behavior, please switch to using dropout1d instead.",
            stacklevel=2,
        )
    return _channels(input, p, training, inplace, "dropout2d")


@public(method=False, namespace=("nn.functional",))
def dropout3d(input, p=0.5, training=True, inplace=False):
    """dropout of whole channels.  Shapes: (N, C, D, H, W) or (C, D, H, W)

    Raises: ValueError unless 0 <= p <= 1.
    Torch: torch.nn.functional.dropout3d; Tompson et al. 2015
    """
    checks.check_tensor(input, "dropout3d")
    _warn_of_dimensions("dropout3d", input, 3)
    return _channels(input, p, training, inplace, "dropout3d", input.dim() == 5)
