"""Losses: one number, or one per sample, that says how wrong a prediction is."""

import math
import warnings

import numpy as np

from .. import checks, dtypes, kernels
from ..autograd.deferred import Deferred
from ..autograd.mode import is_grad_enabled
from ..autograd.op import op
from ..checks_nn import check_no_gradient
from ..tensor import Tensor
from .activation import FUNCTIONAL
from .arithmetic import by_number, div_by_number
from .elementwise import operands, to_dtype
from .public import public
from .reduce import LARGE
from .shape import broadcast_tensors
from .softmax import log_softmax_op
from .spellings import broadcast_shapes

# --- reductions ------------------------------------------------------------------------------------------


def _reduction(reduction, size_average, reduce):
    """The reduction's name; the older two flags, if given, decide it (and warn)."""
    if size_average is not None or reduce is not None:
        average = size_average is None or size_average
        name = "none" if reduce is False else "mean" if average else "sum"
        warnings.warn(
            f"size_average and reduce args will be deprecated, please use reduction='{name}' instead.", stacklevel=4
        )
        return name
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return reduction


def recordable(function, **arguments) -> None:
    """Raises: RuntimeError, where operations are recorded, for an argument by which `function` cannot be differentiated."""
    if is_grad_enabled():
        check_no_gradient(function, **arguments)


def check_tensors(function, **arguments):
    """Raises: TypeError, in torch's words, for one that is no tensor."""
    for position, (name, x) in enumerate(arguments.items(), 1):
        checks.check_tensor(x, function, name, position)


def _reduced(loss, reduction):
    return loss.mean() if reduction == "mean" else loss.sum() if reduction == "sum" else loss


# --- classes ----------------------------------------------------------------------------------------------


def _losses(logp, target, weight, ignore_index):
    """logp (C), (N, C) or (N, C, ...), target (N, L) -> (N, L)"""
    samples, extra = target.shape
    loss, _ = kernels.nll(logp.reshape(samples, _classes(logp.shape), extra), target, weight, ignore_index)
    return loss


def _classes(shape):
    return shape[min(1, len(shape) - 1)]


@op(name="NllLossBackward0")
def nll(logp, *, target, weight, ignore_index, shape=None):
    """shape: of the result, if it is not target's (N, L)."""
    loss = _losses(logp, target, weight, ignore_index)
    return loss if shape is None else loss.reshape(shape)


@op(name="NllLossBackwardBackward0")
def nll_scatter(g, *, target, weight, ignore_index, shape):
    """shape: of the result, as logp's."""
    return kernels.nll_scatter(g, target, weight, ignore_index, _classes(shape)).reshape(shape)


@nll.gradient
def _(g, logp_shape, target, weight, ignore_index):
    return nll_scatter(g.reshape(target.shape), target=target, weight=weight, ignore_index=ignore_index, shape=logp_shape)


@nll_scatter.gradient
def _(gg, target, weight, ignore_index):
    return nll(gg, target=target, weight=weight, ignore_index=ignore_index)


nll_2d = nll.named("NllLoss2DBackward0")


@op(name="NllLossBackward0")
def nll_reduced(logp, *, target, weight, ignore_index, total):
    """sum(loss) / total: the two steps as one, so that the graph and the gradient have one node."""
    loss = _losses(logp, target, weight, ignore_index)
    return _total(loss, total)


def _total(loss, total):
    added = np.add.reduce(loss, axis=None, dtype=np.float32 if loss.dtype.char == "e" else loss.dtype)
    return np.asarray(added / total).astype(loss.dtype)


@nll_reduced.gradient
def _(g, logp_shape, target, weight, ignore_index, total):
    each = (g / total).expand(target.shape)
    return nll_scatter(each, target=target, weight=weight, ignore_index=ignore_index, shape=logp_shape)


@nll_reduced.on_arrays
def _(g, logp_shape, target, weight, ignore_index, total):
    each = np.full(target.shape, g / g.dtype.type(total), g.dtype)

    def scattered():
        return nll_scatter.forward(each, target=target, weight=weight, ignore_index=ignore_index, shape=logp_shape)

    if len(logp_shape) != 2 or math.prod(logp_shape) < LARGE:
        return scattered()
    return Deferred.of(scattered, (each, target, weight, ignore_index))


nll_reduced_2d = nll_reduced.named("NllLoss2DBackward0")


def _check_nll(input, target, weight, ignore_index, reduction):
    x, t = input._array.shape, target._array.shape
    if not x:
        raise ValueError(f"Expected 1 or more dimensions (got {len(x)})")
    if len(x) > 1 and x[0] != (t[0] if t else 0):
        raise ValueError(f"Expected input batch_size ({x[0]}) to match target batch_size ({t[0] if t else 0}).")
    if len(x) not in (1, 2, 4) and t[1:] != x[2:]:
        raise RuntimeError(f"Expected target size {[x[0], *x[2:]]}, got {list(t)}")
    if len(x) <= 2 and len(t) > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if len(x) == 4 and len(t) != 3:
        raise RuntimeError(f"only batches of spatial targets supported (3D tensors) but got targets of dimension: {len(t)}")
    if target.dtype not in (dtypes.int64, dtypes.uint8):
        raise RuntimeError(f"expected target dtype to be Long or Byte, but got {target.dtype.long_name}")
    classes = x[1] if len(x) > 1 else x[0]
    (_check_nll_of_rows if len(x) <= 2 else _check_nll_of_planes)(x, t, classes, weight)
    if not input.is_floating_point():
        kernel = "nll_loss_out_frame" if len(x) <= 2 else "nll_loss2d_forward_out_frame"
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{input.dtype.long_name}'")
    if weight is not None and weight.dtype is not input.dtype:
        raise RuntimeError(f"expected scalar type {input.dtype.long_name} but found {weight.dtype.long_name}")
    if len(x) > 2 and target.dtype is not dtypes.int64 and (target.numel() or reduction == "none"):
        raise RuntimeError(f"expected scalar type Long but found {target.dtype.long_name}")
    labels = target._array
    if labels.size and np.minimum.reduce(labels, axis=None) >= 0 and np.maximum.reduce(labels, axis=None) < classes:
        return
    outside = (labels != ignore_index) & ((labels < 0) | (labels >= classes))
    if outside.any():
        raise IndexError(f"Target {labels[outside].flat[0]} is out of bounds.")


def _check_nll_of_rows(x, t, classes, weight):
    if len(x) == 1 and t not in ((), (1,)):
        raise ValueError(f"For 1D input, 1D target must have size 1, but got target size: {t[0]}")
    if len(x) == 2 and not t:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    if weight is not None and weight._array.shape != (classes,):
        raise RuntimeError(
            f"weight tensor should be defined either for all {classes} classes or no classes but got weight tensor of "
            f"shape: {list(weight.shape)}"
        )


def _check_nll_of_planes(x, t, classes, weight):
    if weight is not None and weight.numel() != classes:
        raise RuntimeError("weight tensor should be defined either for all or no classes")
    if len(x) == 4 and t[1:] != x[2:]:
        raise RuntimeError(f"size mismatch (got input: {list(x)} , target: {list(t)}")


@public(method=False, namespace=FUNCTIONAL)
def nll_loss(input, target, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean"):
    """-weight[t] * input[t] for target class t; the mean divides by the sum of the weights used.

    Shapes: input (N, C, *) or (C), target (N, *) or (); loss () or, with reduction "none", target's.
    Raises: IndexError for a class out of range, ValueError, RuntimeError for shapes or dtypes that do not fit.
    Torch: torch.nn.functional.nll_loss
    """
    if type(ignore_index) is not int:
        checks.check_scalar(ignore_index, "nll_loss_nd", "ignore_index", 5, "int")
    reduction = _reduction(reduction, size_average, reduce)
    check_tensors("nll_loss_nd", input=input, target=target)
    _check_nll(input, target, weight, ignore_index, reduction)
    return _checked_nll_loss(input, target, weight, ignore_index, reduction)


def _checked_nll_loss(input, target, weight, ignore_index, reduction, of_logits=False):
    """of_logits: the input is that of log_softmax, a matrix, and nothing is recorded."""
    recordable("nll_loss_forward" if input.ndim <= 2 else "nll_loss2d_forward", weight=weight)
    batched = input.ndim > 1
    shape = target._array.shape if batched else ()
    sizes = input._array.shape
    samples, extra = (sizes[0], math.prod(sizes[2:])) if batched else (1, 1)
    labels = target._array.astype(np.int64, copy=False).reshape(samples, extra)
    options = {
        "target": labels,
        "weight": None if weight is None else weight._array.reshape(-1),
        "ignore_index": ignore_index,
    }
    if reduction == "none":
        if of_logits:
            return Tensor._wrap(kernels.cross_entropy(input._array, **options).reshape(shape))
        if input.ndim == 3 or input.ndim > 4:  # torch views these as images
            return nll_2d(_image(input), **options).reshape(shape)
        return (nll if input.ndim <= 2 else nll_2d)(input, **options, shape=shape)
    total = 1
    if reduction == "mean":
        used = labels != ignore_index
        total = int(used.sum()) if weight is None else weight._array[labels[used]].sum()
    if of_logits:
        return Tensor._wrap(_total(kernels.cross_entropy(input._array, **options), np.float64(total)))
    if input.ndim <= 2:
        return nll_reduced(input, **options, total=np.float64(total))
    return nll_reduced_2d(_image(input), **options, total=np.float64(total))


def _image(input):
    """Any number of extra dimensions as two, as torch views them."""
    sizes = input._array.shape
    return input if len(sizes) == 4 else input.reshape((*sizes[:2], 1, math.prod(sizes[2:])))


@public(method=False, namespace=FUNCTIONAL)
def cross_entropy(
    input, target, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean", label_smoothing=0.0
):
    """-sum over c of weight[c] q[c] log_softmax(input)[c], with q the target: a class, or probabilities

    label_smoothing e mixes q with the uniform distribution: (1 - e) q + e / C.
    Shapes: input (N, C, *) or (C); target classes (N, *) or (), or probabilities of input's shape.
    Raises: IndexError for a class out of range, ValueError, RuntimeError for what does not fit.
    Torch: torch.nn.functional.cross_entropy
    """
    if type(ignore_index) is not int:
        checks.check_scalar(ignore_index, "cross_entropy_loss", "ignore_index", 5, "int")
    if type(label_smoothing) is not float:
        checks.check_scalar(label_smoothing, "cross_entropy_loss", "label_smoothing", 6)
    reduction = _reduction(reduction, size_average, reduce)
    check_tensors("cross_entropy_loss", input=input, target=target)
    if not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing:g}")
    probabilities = input._array.shape == target._array.shape
    if probabilities and not target.is_floating_point():
        raise RuntimeError(f"Expected floating point type for target with class probabilities, got {target.dtype.long_name}")
    if probabilities and ignore_index >= 0:
        raise RuntimeError("ignore_index is not supported for floating point target")
    if input.ndim == 0:
        if probabilities:
            raise IndexError("Dimension specified as 1 but tensor has no dimensions")
        checks.check_dim(1, 0)
    classes = input._array.shape[min(1, input.ndim - 1)]
    if probabilities and weight is not None and weight._array.shape != (classes,):
        raise RuntimeError(
            f"cross_entropy: weight tensor should be defined either for all {classes} classes or no classes but got weight "
            f"tensor of shape: {list(weight.shape)}"
        )
    if not input.is_floating_point() and input.numel():
        last = "lastdim_" if input.ndim <= 2 else ""
        raise NotImplementedError(f"\"log_softmax_{last}kernel_impl\" not implemented for '{input.dtype.long_name}'")
    if not probabilities:
        _check_nll(input, target, weight, ignore_index, reduction)
    recorded = is_grad_enabled() and input.requires_grad
    if input.ndim == 2 and input._array.size >= LARGE and not (recorded or probabilities or label_smoothing):
        return _checked_nll_loss(input, target, weight, ignore_index, reduction, of_logits=True)
    dim = 0 if input.ndim == 1 else 1
    logp = log_softmax_op(input, dim=dim)
    if probabilities:
        return _soft_cross_entropy(logp, target, weight, reduction, label_smoothing, dim)
    loss = _checked_nll_loss(logp, target, weight, ignore_index, reduction)
    if not label_smoothing:
        return loss
    smooth = _smooth_part(logp, target, weight, ignore_index, reduction, dim)
    return loss * (1 - label_smoothing) + smooth * (label_smoothing / logp._array.shape[dim])


def _columns(weight, ndim, dim):
    return weight.reshape([-1 if d == dim else 1 for d in range(ndim)])


def _soft_cross_entropy(logp, target, weight, reduction, label_smoothing, dim):
    if label_smoothing:
        target = target * (1 - label_smoothing) + label_smoothing / max(logp._array.shape[dim], 1)
    terms = logp * target if weight is None else logp * target * _columns(weight, logp.ndim, dim)
    if reduction == "none":
        return -terms.sum(dim)
    total = -terms.sum()
    if reduction == "sum":
        return total
    classes = logp._array.shape[dim]
    return by_number(div_by_number, total, logp.numel() // classes if classes else 0)


def _smooth_part(logp, target, weight, ignore_index, reduction, dim):
    """The cross entropy against the uniform distribution, times C; ignored samples count nothing."""
    each = -(logp if weight is None else logp * _columns(weight, logp.ndim, dim)).sum(dim)
    ignored = target == ignore_index
    if ignored.ndim > each.ndim:  # one class for one sample, in a list: torch masks in place
        raise RuntimeError(f"output with shape [] doesn't match the broadcast shape {list(ignored.shape)}")
    each = each.masked_fill(ignored, 0)
    if reduction == "none":
        return each
    if reduction == "sum":
        return each.sum()
    used = ~ignored._array
    total = used.sum() if weight is None else weight._array[target._array[used]].sum()
    return each.sum() / float(total)


# --- distances --------------------------------------------------------------------------------------------


@op(name="MseLossBackward0", elementwise=True)
def squared_error(a, b):
    difference = a - b
    return difference * difference


squared_error.gradients(lambda g, a, b: g * 2 * (a - b), lambda g, a, b: g * 2 * (b - a))


def _same_size(input, target):
    if target.shape != input.shape:
        warnings.warn(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}). This will "
            "likely lead to incorrect results due to broadcasting. Please ensure they have the same size.",
            stacklevel=3,
        )
    return broadcast_tensors(input, target)


def _weighted(loss, weight, reduction, input):
    """Weighted terms; the mean divides by the sum of the weights."""
    if weight is None:
        return _reduced(loss, reduction)
    if weight.shape != input.shape:
        raise ValueError("Weights and input must have the same size.")
    loss = loss * weight
    return loss.sum() / weight.sum() if reduction == "mean" else _reduced(loss, reduction)


@op(name="MseLossBackward0")
def mean_squared_error(a, b, *, reduction):
    difference = a - b
    squares = np.vdot(difference, difference) if a.dtype != np.float16 else np.sum(difference**2, dtype=np.float32)
    return np.asarray(squares / a.size if reduction == "mean" and a.size else squares if a.size else np.nan).astype(a.dtype)


def _slope(g, a, b, reduction):
    return g * ((a - b) * (2 / max(a.numel(), 1) if reduction == "mean" else 2))


mean_squared_error.gradients(
    lambda g, a, b, reduction: _slope(g, a, b, reduction), lambda g, a, b, reduction: _slope(g, b, a, reduction)
)


@public(method=False, namespace=FUNCTIONAL)
def mse_loss(input, target, size_average=None, reduce=None, reduction="mean", weight=None):
    """(input - target)^2, reduced.

    Shapes: input and target alike (others broadcast, with a warning).  Torch: torch.nn.functional.mse_loss
    """
    reduction = _reduction(reduction, size_average, reduce)
    a, b = operands(*_same_size(input, target), "mse_loss")
    if weight is None and not a.is_floating_point():
        raise NotImplementedError(f"\"mse_cpu\" not implemented for '{a.dtype.long_name}'")
    if weight is not None or reduction == "none":
        return _weighted(squared_error(a, b), weight, reduction, input)
    return mean_squared_error(a, b, reduction=reduction)


@public(method=False, namespace=FUNCTIONAL)
def l1_loss(input, target, size_average=None, reduce=None, reduction="mean", weight=None):
    """|input - target|, reduced.  Torch: torch.nn.functional.l1_loss"""
    reduction = _reduction(reduction, size_average, reduce)
    a, b = _same_size(input, target)
    return _weighted((a - b).abs(), weight, reduction, input)


# --- yes or no ----------------------------------------------------------------------------------------------


@op(name="BinaryCrossEntropyBackward0", elementwise=True)
def bernoulli_loss(p, t):
    """-(t ln p + (1 - t) ln(1 - p)), each logarithm at least -100"""
    floor = p.dtype.type(-100)
    return (t - 1) * np.maximum(np.log1p(-p), floor) - t * np.maximum(np.log(p), floor)


bernoulli_loss.gradients(
    lambda g, p, t: g * (p - t) / (p * (1 - p)).clamp(min=1e-12),
    lambda g, p: g * ((1 - p).log().clamp(min=-100) - p.log().clamp(min=-100)),
)


@public(method=False, namespace=FUNCTIONAL)
def binary_cross_entropy(input, target, weight=None, size_average=None, reduce=None, reduction="mean"):
    """-weight (t ln p + (1 - t) ln(1 - p)), each logarithm at least -100, reduced.

    Raises: ValueError for different sizes, RuntimeError for values outside [0, 1].
    Torch: torch.nn.functional.binary_cross_entropy
    """
    reduction = _reduction(reduction, size_average, reduce)
    if target.shape != input.shape:
        raise ValueError(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}) is deprecated. "
            "Please ensure they have the same size."
        )
    if weight is not None:
        broadcast_shapes(target.shape, weight.shape)
        recordable("binary_cross_entropy", weight=weight)
    if target.dtype is not input.dtype:
        raise RuntimeError(f"Found dtype {target.dtype.long_name} but expected {input.dtype.long_name}")
    if not input.is_floating_point():
        raise NotImplementedError(f"\"binary_cross_entropy\" not implemented for '{input.dtype.long_name}'")
    for name, x in (("input", input), ("target", target)):
        if ((x._array < 0) | (x._array > 1)).any():
            raise RuntimeError(f"all elements of {name} should be between 0 and 1")
    loss = bernoulli_loss(input, target)
    if weight is not None:
        loss = to_dtype(loss * weight, input.dtype)
    return _reduced(loss, reduction)
