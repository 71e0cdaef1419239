"""Losses that want a margin: between a score and zero, two scores, two distances, or classes."""

import numpy as np

from .. import checks
from ..autograd.op import op
from ..dtypes import bool_
from ..tensor import Tensor
from .activation import FUNCTIONAL, logsigmoid, sigmoid
from .distance import pairwise_distance
from .elementwise import wide
from .loss import _reduced, _reduction, check_tensors, recordable
from .public import public
from .regression_loss import each_gradient, reduce_array
from .shape import broadcast_tensors

# --- scores --------------------------------------------------------------------------------------------------


@public(method=False, namespace=FUNCTIONAL)
def margin_ranking_loss(input1, input2, target, margin=0, size_average=None, reduce=None, reduction="mean"):
    """max(0, margin - t (x1 - x2)), reduced: t = 1 if x1 should be the larger, -1 if x2.

    Shapes: broadcast, all of the same number of dimensions.
    Raises: RuntimeError for different numbers of dimensions.  Torch: torch.nn.functional.margin_ranking_loss
    """
    if type(margin) is not float:
        checks.check_scalar(margin, "margin_ranking_loss", "margin", 4)
    reduction = _reduction(reduction, size_average, reduce)
    if not input1.dim() == input2.dim() == target.dim():
        raise RuntimeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: "
            f"{input1.size()}, input2: {input2.size()}, target: {target.size()} "
        )
    return _reduced((-target * (input1 - input2) + float(margin)).clamp_min(0), reduction)


@public(method=False, namespace=FUNCTIONAL)
def hinge_embedding_loss(input, target, margin=1.0, size_average=None, reduce=None, reduction="mean"):
    """x where t = 1, max(0, margin - x) where t = -1 (for any other t, both), reduced.

    Shapes: broadcast.  Torch: torch.nn.functional.hinge_embedding_loss
    """
    if type(margin) is not float:
        checks.check_scalar(margin, "hinge_embedding_loss", "margin", 3)
    reduction = _reduction(reduction, size_average, reduce)
    check_tensors("hinge_embedding_loss", input=input, target=target)
    t, x = broadcast_tensors(target, input)
    if x.dtype is bool_:
        return x - x  # is refused
    if not x.is_floating_point():
        margin = int(margin)
    far = (margin - x).clamp_min(0).masked_fill(t == 1, 0)
    return _reduced(far + x.masked_fill(t == -1, 0), reduction)


@op(name="SoftMarginLossBackward0")
def soft_margin_op(x, t, *, reduction):
    return reduce_array(wide(lambda x, t: np.log1p(np.exp(-t * x)))(x, t), reduction)


@soft_margin_op.gradient
def _(g, x, t, reduction):
    return -t * sigmoid(-t * x) * each_gradient(g, reduction, x._array.shape), None


@public(method=False, namespace=FUNCTIONAL)
def soft_margin_loss(input, target, size_average=None, reduce=None, reduction="mean"):
    """ln(1 + e^(-t x)) for t = 1 or -1, reduced.

    Shapes: target broadcasts to input.
    Raises: RuntimeError for a target that requires a gradient.  Torch: torch.nn.functional.soft_margin_loss
    """
    reduction = _reduction(reduction, size_average, reduce)
    check_tensors("soft_margin_loss", input=input, target=target)
    recordable("soft_margin_loss", target=target)
    x, t = broadcast_tensors(input, target)
    if x._array.shape != input._array.shape:  # torch computes in a result of the input's shape
        raise RuntimeError(f"output with shape {list(input.shape)} doesn't match the broadcast shape {list(x.shape)}")
    if x.dtype is bool_:
        return -x  # is refused
    if not x.is_floating_point():
        raise RuntimeError(f"result type Float can't be cast to the desired output type {x.dtype.long_name}")
    return soft_margin_op(x, t.to(x.dtype), reduction=reduction)


# --- distances -----------------------------------------------------------------------------------------------


@public(method=False, namespace=FUNCTIONAL)
def cosine_embedding_loss(input1, input2, target, margin=0, size_average=None, reduce=None, reduction="mean"):
    """1 - cos(x1, x2) where t = 1, max(0, cos(x1, x2) - margin) where t = -1, reduced.

    Shapes: inputs (N, D) and target (N), or (D) and ().
    Raises: RuntimeError for other numbers of dimensions.  Torch: torch.nn.functional.cosine_embedding_loss
    """
    if type(margin) is not float:
        checks.check_scalar(margin, "cosine_embedding_loss", "margin", 4)
    reduction = _reduction(reduction, size_average, reduce)
    check_tensors("cosine_embedding_loss", input1=input1, input2=input2, target=target)
    dims = target.dim()
    if dims not in (0, 1):
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if input1.dim() != dims + 1 or input2.dim() != dims + 1:
        raise RuntimeError(
            f"{dims}D target tensor expects {dims + 1}D input tensors, but found inputs with sizes {list(input1.shape)} "
            f"and {list(input2.shape)}."
        )
    # Torch adds this much to the squares, not to the lengths.
    tiny = 1e-12
    squares = ((input1 * input1).sum(dims) + tiny) * ((input2 * input2).sum(dims) + tiny)
    cosine = (input1 * input2).sum(dims) / squares.sqrt()
    zero = cosine.new_zeros(())
    near = (1 - cosine).where(target == 1, zero)
    far = (cosine - margin).clamp_min(0).where(target == -1, zero)
    return _reduced(near + far, reduction)


def _check_triplet(margin, *tensors):
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    a, p, n = (t.dim() for t in tensors)
    if not a == p == n:
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: "
            f"anchor {a}D, positive {p}D, and negative {n}D inputs"
        )


def _triplet(anchor, positive, negative, distance, margin, swap, reduction):
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = far.minimum(distance(positive, negative))
    return _reduced((near - far + float(margin)).clamp_min(0), reduction)


@public(method=False, namespace=FUNCTIONAL)
def triplet_margin_loss(
    anchor, positive, negative, margin=1.0, p=2, eps=1e-6, swap=False, size_average=None, reduce=None, reduction="mean"
):
    """max(0, margin + |a - p| - |a - n|), reduced; swap takes |p - n| where it is less than |a - n|.

    Shapes: (N, D) or (D), broadcast; loss (), or (N) and () with reduction "none".
    Raises: ValueError for margin <= 0, RuntimeError for different numbers of dimensions.
    Torch: torch.nn.functional.triplet_margin_loss; Balntas et al. 2016
    """
    if type(p) is not float:
        checks.check_scalar(p, "triplet_margin_loss", "p", 5)
    reduction = _reduction(reduction, size_average, reduce)
    check_tensors("triplet_margin_loss", anchor=anchor, positive=positive, negative=negative)
    _check_triplet(margin, anchor, positive, negative)
    return _triplet(anchor, positive, negative, lambda a, b: pairwise_distance(a, b, p, eps), margin, swap, reduction)


@public(method=False, namespace=FUNCTIONAL)
def triplet_margin_with_distance_loss(
    anchor, positive, negative, *, distance_function=None, margin=1.0, swap=False, reduction="mean"
):
    """max(0, margin + d(a, p) - d(a, n)), reduced, for any distance d (default: pairwise_distance).

    Shapes: what d takes.
    Raises: ValueError for margin <= 0 or another reduction, RuntimeError for different numbers of dimensions.
    Torch: torch.nn.functional.triplet_margin_with_distance_loss
    """
    reduction = _reduction(reduction, None, None)
    _check_triplet(margin, anchor, positive, negative)
    return _triplet(anchor, positive, negative, distance_function or pairwise_distance, margin, swap, reduction)


# --- classes -------------------------------------------------------------------------------------------------


def _check_classes(input, target, kernel):
    """(input, target) as matrix and array, one row per sample."""
    shape = input._array.shape
    if len(shape) > 2 or 0 in shape[1:] or (len(shape) == 1 and not shape[0]):
        raise RuntimeError(f"Expected non-empty vector or matrix with optional 0-dim batch size, but got: {list(shape)}")
    rows = input if len(shape) == 2 else input.reshape(1, -1)
    if input._array.dtype.kind != "f" or input._array.dtype == np.float16:
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{input.dtype.long_name}'")
    return rows


def _check_long(target):
    if target._array.dtype != np.int64:
        raise RuntimeError(f"expected scalar type Long but found {target.dtype.long_name}")


@op(name="MultiMarginLossBackward0")
def multi_margin_op(x, *, target, p, margin, weight, reduction, shape):
    gap = np.maximum(margin - np.take_along_axis(x, target, 1) + x, 0) ** p
    np.put_along_axis(gap, target, 0, 1)
    loss = (gap.sum(1) * weight / x.shape[1]).astype(x.dtype).reshape(shape)
    # The mean over no samples is 0 here, as in torch.
    return reduce_array(loss, "sum" if reduction == "mean" and not loss.size else reduction)


@multi_margin_op.gradient
def _(g, x, target, p, margin, weight, reduction):
    rows, classes = x._array.shape
    each = (each_gradient(g, reduction, (rows,)) * Tensor._wrap(weight) / classes).expand(rows).unsqueeze(1)
    index = Tensor._wrap(target)
    gap = margin - x.gather(1, index) + x
    slope = (gap > 0).to(x.dtype) if p == 1 else gap.clamp_min(0) * 2
    own = Tensor._wrap(np.arange(classes) == target)
    slope = slope.masked_fill(own, 0) * each
    return slope - own.to(x.dtype) * slope.sum(1, keepdim=True)


@public(method=False, namespace=FUNCTIONAL)
def multi_margin_loss(input, target, p=1, margin=1.0, weight=None, size_average=None, reduce=None, reduction="mean"):
    """weight[t] / C * sum over c other than t of max(0, margin - x[t] + x[c])^p, reduced.

    Shapes: input (N, C) or (C), target (N) or (), weight (C); loss () or (N).
    Raises: ValueError for p other than 1 and 2, RuntimeError for shapes, dtypes and classes that do not fit.
    Torch: torch.nn.functional.multi_margin_loss; Crammer and Singer 2001
    """
    if type(margin) is not float:
        checks.check_scalar(margin, "multi_margin_loss", "margin", 4, "Number")
    reduction = _reduction(reduction, size_average, reduce)
    check_tensors("multi_margin_loss", input=input, target=target)
    recordable("multi_margin_loss", weight=weight)
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    if weight is not None and weight.dim() != 1:
        raise ValueError("weight must be one-dimensional")
    rows = _check_classes(input, target, "multi_margin_loss_cpu_kernel")
    count, classes = rows._array.shape
    if target.dim() > 1 or target.numel() != count:
        raise RuntimeError(
            "multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples (batch size). "
            f"Expected target size [{count}], but got {list(target.shape)}. Input has shape {list(input.shape)}."
        )
    if weight is not None and weight.numel() != classes:
        raise RuntimeError(f"inconsistent weight size, expected {classes} but got {list(weight.shape)}")
    _check_long(target)
    if weight is not None and weight.dtype is not input.dtype:
        raise RuntimeError(f"expected scalar type {input.dtype.long_name} but found {weight.dtype.long_name}")
    labels = target._array.reshape(count, 1)
    if ((labels < 0) | (labels >= classes)).any():
        raise RuntimeError("target out of range")
    weights = np.ones(count, rows._array.dtype) if weight is None else weight._array[labels[:, 0]]
    options = {"p": p, "margin": margin, "weight": weights, "reduction": reduction, "shape": target._array.shape}
    return multi_margin_op(rows, target=labels, **options)


def _label_pairs(x, target):
    """gap[n, j, c] = 1 - x[n, target[n, j]] + x[n, c], 0 where j is past the -1 or c is a target itself"""
    used = np.cumprod(target >= 0, axis=1).astype(bool)
    labels = np.where(used, target, 0)
    is_target = np.zeros(x.shape, bool)
    row, column = np.nonzero(used)
    is_target[row, labels[row, column]] = True
    gap = np.maximum(1 - np.take_along_axis(x, labels, 1)[:, :, None] + x[:, None, :], 0)
    return np.where(used[:, :, None] & ~is_target[:, None, :], gap, 0), labels


@op(name="MultilabelMarginLossBackward0")
def multilabel_margin_op(x, *, target, reduction, shape):
    gap, _ = _label_pairs(x, target)
    return reduce_array((gap.sum((1, 2)) / x.shape[1]).astype(x.dtype).reshape(shape), reduction)


@multilabel_margin_op.gradient
def _(g, x, target, reduction):
    gap, labels = _label_pairs(x._array, target)
    rows, classes = x._array.shape
    violated = (gap > 0).astype(x._array.dtype)
    slope = violated.sum(1)
    np.subtract.at(slope, (np.arange(rows)[:, None], labels), violated.sum(2))
    each = (each_gradient(g, reduction, (rows,)) / classes).expand(rows).unsqueeze(1)
    return Tensor._wrap(slope) * each


@public(method=False, namespace=FUNCTIONAL)
def multilabel_margin_loss(input, target, size_average=None, reduce=None, reduction="mean"):
    """sum over targets t and other classes c of max(0, 1 - x[t] + x[c]) / C, reduced; the targets end at the first -1.

    Shapes: input and target (N, C) or (C); loss (), or (N) and () with reduction "none".
    Raises: RuntimeError for shapes, dtypes and classes that do not fit.
    Torch: torch.nn.functional.multilabel_margin_loss
    """
    reduction = _reduction(reduction, size_average, reduce)
    check_tensors("multilabel_margin_loss", input=input, target=target)
    rows = _check_classes(input, target, "multilabel_margin_loss_forward_out_frame")
    if target._array.shape != input._array.shape:
        raise RuntimeError(f"inconsistent target size: {list(target.shape)} for input of size: {list(input.shape)}")
    labels = target._array.reshape(rows._array.shape)
    if ((labels < -1) | (labels >= rows._array.shape[1])).any():
        raise RuntimeError("argument #2 'target' is out of range")
    _check_long(target)
    return multilabel_margin_op(rows, target=labels, reduction=reduction, shape=input._array.shape[:-1])


@public(method=False, namespace=FUNCTIONAL)
def multilabel_soft_margin_loss(input, target, weight=None, size_average=None, reduce=None, reduction="mean"):
    """-sum over classes of weight (t ln sigmoid(x) + (1 - t) ln sigmoid(-x)) / C, reduced.

    Shapes: input and target (*, C), weight broadcast; loss () or (*).
    Raises: ValueError for another reduction.  Torch: torch.nn.functional.multilabel_soft_margin_loss
    """
    if size_average is not None or reduce is not None:
        reduction = _reduction(reduction, size_average, reduce)
    loss = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    if weight is not None:
        loss = loss * weight
    last = input.dim() - 1  # of a target with more dimensions, too
    loss = loss.sum(last) / input.size(last)
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not valid")
    return _reduced(loss, reduction)
