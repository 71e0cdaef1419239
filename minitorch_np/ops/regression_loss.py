"""Losses of regression: robust ones, divergences, and likelihoods."""

import math
import warnings

import numpy as np

from .. import checks
from ..autograd.mode import no_grad
from ..autograd.op import op
from ..creation import ones_like
from ..memory_order import in_memory_order
from .activation import FUNCTIONAL
from .elementwise import operands, to_dtype, wide
from .loss import _reduced, _reduction, _same_size, check_tensors, l1_loss
from .public import public
from .special import xlogy


def reduce_array(loss, reduction):
    """The sum or the mean of an array, float16 summed in float32; the mean of nothing is NaN."""
    if reduction == "none":
        return loss
    total = np.sum(loss, dtype=np.float32 if loss.dtype == np.float16 else loss.dtype)
    return np.asarray(total / loss.size if reduction == "mean" else total).astype(loss.dtype)


def each_gradient(g, reduction, shape):
    """The gradient of a reduced loss as one of the terms'."""
    return g / max(math.prod(shape), 1) if reduction == "mean" else g


def _of_difference(name, value, slope):
    """A loss of a - b, reduced in the same node.  value: of an array; slope: of a tensor; both with the constant k."""

    @op(name=name, any_order=True)
    def loss(a, b, *, reduction, k):
        return reduce_array(in_memory_order(wide(lambda a, b: value(a - b, k)), (a, b), {}), reduction)

    @loss.gradient
    def _(g, a, b, reduction, k, needs):
        slopes = slope(a - b, k) * each_gradient(g, reduction, a._array.shape)
        return slopes if needs.a else None, -slopes if needs.b else None

    return loss


smooth_l1_op = _of_difference(
    "SmoothL1LossBackward0",
    lambda d, k: np.where(np.abs(d) < k, 0.5 * d * d / k, np.abs(d) - 0.5 * k),
    lambda d, k: (d / k).clamp(-1, 1),
)
huber_op = _of_difference(
    "HuberLossBackward0",
    lambda d, k: np.where(np.abs(d) <= k, 0.5 * d * d, k * (np.abs(d) - 0.5 * k)),
    lambda d, k: d.clamp(-k, k),
)


def _check_float(x, name):
    if x._array.dtype.kind != "f":
        raise NotImplementedError(f"\"{name}\" not implemented for '{x.dtype.long_name}'")


@public(method=False, namespace=FUNCTIONAL)
def smooth_l1_loss(input, target, size_average=None, reduce=None, reduction="mean", beta=1.0):
    """d^2 / (2 beta) where |d| < beta, else |d| - beta / 2, with d = input - target, reduced.

    Shapes: broadcast, with a warning; loss () or, with reduction "none", the common shape.
    Raises: RuntimeError for beta < 0, ValueError for another reduction.
    Torch: torch.nn.functional.smooth_l1_loss; Girshick 2015
    """
    if type(beta) is not float:
        checks.check_scalar(beta, "smooth_l1_loss", "beta", 4)
    reduction = _reduction(reduction, size_average, reduce)
    a, b = _same_size(input, target)
    if beta == 0:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # said already
            return l1_loss(a, b, reduction=reduction)
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    a, b = operands(a, b, "smooth_l1_loss")
    _check_float(a, "smooth_l1_cpu")
    return smooth_l1_op(a, b, reduction=reduction, k=beta)


@public(method=False, namespace=FUNCTIONAL)
def huber_loss(input, target, reduction="mean", delta=1.0, weight=None):
    """d^2 / 2 where |d| <= delta, else delta (|d| - delta / 2), with d = input - target, times weight, reduced.

    Shapes: broadcast, with a warning; weight as input.
    Raises: RuntimeError for delta <= 0, ValueError for another reduction or size of weight.
    Torch: torch.nn.functional.huber_loss; Huber 1964
    """
    if type(delta) is not float:
        checks.check_scalar(delta, "huber_loss", "delta", 4)
    a, b = _same_size(input, target)
    if weight is None:
        return _huber(a, b, _reduction(reduction, None, None), delta)
    if weight.shape != input.shape:
        raise ValueError("Weights and input must have the same size.")
    loss = _huber(a, b, "none", delta) * weight
    if reduction not in ("none", "sum", "mean"):
        raise ValueError(f"Invalid reduction mode: {reduction}. Expected one of 'none', 'mean', 'sum'.")
    return _reduced(loss, reduction)


def _huber(input, target, reduction, delta):
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    a, b = operands(input, target, "huber_loss")
    checks.check_castable(a.dtype, input.dtype)
    _check_float(a, "huber_cpu")
    return to_dtype(huber_op(a, b, reduction=reduction, k=delta), input.dtype)


@public(method=False, namespace=FUNCTIONAL)
def kl_div(input, target, size_average=None, reduce=None, reduction="mean", log_target=False):
    """t (ln t - input) with t the target, or e^target with log_target, reduced; "batchmean" divides by the batch size.

    Shapes: broadcast.
    Raises: RuntimeError for integers, ValueError for another reduction.
    Torch: torch.nn.functional.kl_div; Kullback and Leibler 1951
    """
    if size_average is not None or reduce is not None:
        reduction = _reduction(reduction, size_average, reduce)
    elif reduction == "mean":
        warnings.warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size."
            "'batchmean' divides only by the batch size, and aligns with the KL div math definition."
            "'mean' will be changed to behave the same as 'batchmean' in the next major release.",
            stacklevel=2,
        )
    check_tensors("kl_div", input=input, target=target)
    inner = "sum" if reduction == "batchmean" else _reduction(reduction, None, None)
    if not input.is_floating_point() or not target.is_floating_point():
        raise RuntimeError("kl_div: Integral inputs not supported.")
    terms = target.exp() * (target - input) if log_target else xlogy(target, target) - target * input
    loss = _reduced(terms, inner)
    return loss / input._array.shape[0] if reduction == "batchmean" and input.dim() else loss


@public(method=False, namespace=FUNCTIONAL)
def poisson_nll_loss(input, target, log_input=True, full=False, size_average=None, eps=1e-08, reduce=None, reduction="mean"):
    """e^x - t x, or x - t ln(x + eps) unless log_input; full adds Stirling's t ln t - t + ln(2 pi t) / 2 where t > 1.

    Shapes: broadcast.  Raises: ValueError for another reduction.  Torch: torch.nn.functional.poisson_nll_loss
    """
    if type(eps) is not float:
        checks.check_scalar(eps, "poisson_nll_loss", "eps", 5)
    reduction = _reduction(reduction, size_average, reduce)
    check_tensors("poisson_nll_loss", input=input, target=target)
    loss = input.exp() - target * input if log_input else input - target * (input + eps).log()
    if full:
        stirling = target * target.log() - target + (target * (2 * math.pi)).log() * 0.5
        loss = loss + stirling.masked_fill(target <= 1, 0)
    return _reduced(loss, reduction)


@public(method=False, namespace=FUNCTIONAL)
def gaussian_nll_loss(input, target, var, full=False, eps=1e-6, reduction="mean"):
    """(ln v + (input - target)^2 / v) / 2 with v = max(var, eps), the gradient passing through; full adds ln(2 pi) / 2.

    Shapes: var as input, or without its last dimension, or with 1 for one dimension, or a number.
    Raises: ValueError for a negative var, another shape of it or another reduction.
    Torch: torch.nn.functional.gaussian_nll_loss; Nix and Weigend 1994
    """
    if isinstance(var, float):
        if var < 0:
            raise ValueError("var has negative entry/entries")
        var = ones_like(input) * var
    else:
        negative = var < 0
        checks.check_tensor(negative, "any")
        if negative.any():
            raise ValueError("var has negative entry/entries")
    x, v = input._array.shape, var._array.shape
    if v != x:
        if x[:-1] == v:
            var = var.unsqueeze(-1)
        elif len(x) != len(v) or sum(n for m, n in zip(x, v) if m != n) != 1:
            raise ValueError("var is of incorrect size")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not valid")
    if not var.is_floating_point():
        raise RuntimeError(f"result type Float can't be cast to the desired output type {checks.C_NAMES[var.dtype.name]}")
    var = var.clone()
    with no_grad():
        var.clamp_(min=eps)
    loss = 0.5 * (var.log() + (input - target) ** 2 / var)
    if full:
        loss = loss + 0.5 * math.log(2 * math.pi)
    return _reduced(loss, reduction)
