"""The loss of yes or no, of logits: torch's one node for what would be five operations."""

import math

import numpy as np

from .. import checks, dtypes, kernels
from ..autograd.op import op
from ..memory_order import in_memory_order
from .activation import FUNCTIONAL, logsigmoid, sigmoid
from .elementwise import to_dtype
from .loss import _reduced, _reduction, recordable
from .public import public
from .reduce import mean_all, sum_all


def _terms(x, t, weight, pos_weight):
    log_p = kernels.logsigmoid(x)
    if pos_weight is not None:
        log_p = log_p * ((pos_weight - 1) * t + 1)
    terms = (1 - t) * x - log_p
    return terms if weight is None else terms * weight


@op(name="BinaryCrossEntropyWithLogitsBackward0", any_order=True)
def logit_loss(x, t, weight, pos_weight, *, reduction):
    """All of one dtype; the weights are constants that broadcast to x."""
    given = x, t, weight, pos_weight
    if all(a is None or a.flags.c_contiguous for a in given):
        terms = _terms(*given)
    else:
        terms = in_memory_order(_terms, given, {})
    if reduction == "none":
        return terms
    terms = np.asarray(terms)  # of arrays without dimensions NumPy makes numbers
    if reduction == "sum":
        return sum_all.forward(terms)
    return mean_all.forward(terms, dims=tuple(range(terms.ndim)), keepdim=False)


def _of_logits(sigmoid):
    """The gradient of x, on tensors or on arrays, each with its own sigmoid."""

    def gradient(g, x, t, weight, pos_weight, reduction):
        if pos_weight is None:
            slope = sigmoid(x) - t
        else:
            yes = pos_weight * t
            slope = sigmoid(x) * (yes + 1 - t) - yes
        return _each(slope * g, weight, reduction)

    return gradient


def _of_target(g, x, weight, pos_weight, reduction):
    slope = -x if pos_weight is None else logsigmoid(-x) - pos_weight * logsigmoid(x)
    return _each(slope * g, weight, reduction)


def _each(slope, weight, reduction):
    if weight is not None:
        slope = slope * weight
    return slope / max(math.prod(slope.shape), 1) if reduction == "mean" else slope


logit_loss.gradients(_of_logits(sigmoid), _of_target, None, None)
logit_loss.on_arrays(_of_logits(lambda x: kernels.sigmoid(x)), None, None, None)  # looked up then: the kernels may change


@public(method=False, namespace=FUNCTIONAL)
def binary_cross_entropy_with_logits(
    input, target, weight=None, size_average=None, reduce=None, reduction="mean", pos_weight=None
):
    """(1 - t) x - (1 + (pos_weight - 1) t) ln(sigmoid(x)), times weight, reduced.

    Raises: ValueError for different sizes.  Torch: torch.nn.functional.binary_cross_entropy_with_logits
    """
    reduction = _reduction(reduction, size_average, reduce)
    if target.shape != input.shape:
        raise ValueError(f"Target size ({target.shape}) must be the same as input size ({input.shape})")
    recordable("binary_cross_entropy_with_logits", weight=weight, pos_weight=pos_weight)
    if _alike(input._array, target, weight, pos_weight):
        return logit_loss(input, target, weight, pos_weight, reduction=reduction)
    log_p = logsigmoid(input)
    if target.dtype is dtypes.bool_:
        return target - target  # is refused
    if not target.is_floating_point():
        kind = dtypes.promote_types(input.dtype, target.dtype).long_name
        raise RuntimeError(f"result type {kind} can't be cast to the desired output type {target.dtype.long_name}")
    # torch writes into 1 - t and into ln(sigmoid(x)), so each product has the dtype of that.
    loss = to_dtype((1 - target) * input, target.dtype)
    if pos_weight is not None:
        log_p = to_dtype(log_p * ((pos_weight - 1) * target + 1), input.dtype)
    loss = to_dtype(loss - log_p, target.dtype)
    if weight is not None:
        loss = to_dtype(loss * weight, target.dtype)
    return _reduced(loss, reduction)


def _alike(x, *others):
    """True if the others have the dtype of x, which floats, and broadcast to it; what is not so, torch casts or refuses."""
    if x.dtype.kind != "f":
        return False
    for other in others:
        if other is not None:
            array = other._array
            if array.dtype is not x.dtype or (array.shape != x.shape and not checks.is_expandable(array.shape, x.shape)):
                return False
    return True
