"""Functions of nn.functional under torch's own namespace, with the order of arguments that they have there.

They are the kernels below nn.functional: reductions are numbers (0 none, 1 mean, 2 sum), and nothing has a default that
only nn.functional gives.
"""

from .. import checks
from .dropout import alpha_dropout, dropout, feature_alpha_dropout
from .embedding import embedding
from .layer_norm import group_norm, instance_norm, layer_norm
from .logit_loss import binary_cross_entropy_with_logits
from .margin_loss import cosine_embedding_loss, hinge_embedding_loss, margin_ranking_loss, triplet_margin_loss
from .norm import batch_norm
from .public import public
from .regression_loss import kl_div, poisson_nll_loss


def _reduction(value, function, position):
    if type(value) is not int:
        raise TypeError(f"{function}(): argument 'reduction' (position {position}) must be int, not {type(value).__name__}")
    return {1: "mean", 2: "sum"}.get(value, "none")


# --- normalisation ----------------------------------------------------------------------------------------


def _batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps, cudnn_enabled):
    """nn.functional.batch_norm.  Torch: torch.batch_norm"""
    return batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)


def _instance_norm(input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps, cudnn_enabled):
    """nn.functional.instance_norm.  Torch: torch.instance_norm"""
    return instance_norm(input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps)


def _layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-05, cudnn_enable=True):
    """nn.functional.layer_norm.  Torch: torch.layer_norm"""
    return layer_norm(input, normalized_shape, weight, bias, eps)


def _group_norm(input, num_groups, weight=None, bias=None, eps=1e-05, cudnn_enabled=True):
    """nn.functional.group_norm.  Torch: torch.group_norm"""
    return group_norm(input, num_groups, weight, bias, eps)


# --- dropout ----------------------------------------------------------------------------------------------


def _drop(name, function):
    """torch.NAME(input, p, train) and torch.NAME_"""

    def check(p):
        if not 0.0 <= p <= 1.0:
            raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {p}")

    def spelling(input, p, train):
        checks.check_tensor(input, name)
        check(p)
        return function(input, p, train)

    def writing(input, p, train):
        checks.check_tensor(input, name + "_")
        check(p)
        return function(input, p, train, inplace=True)

    spelling.__doc__ = f"nn.functional.{name}.  Torch: torch.{name}"
    writing.__doc__ = f"nn.functional.{name}, in place.  Torch: torch.{name}_"
    _publish(spelling, name)
    _publish(writing, name + "_")


# --- losses -----------------------------------------------------------------------------------------------


def _kl_div(input, target, reduction=1, *, log_target=False):
    """nn.functional.kl_div; no reduction warns.  Torch: torch.kl_div"""
    loss = kl_div(input, target, reduction="none", log_target=log_target)
    reduction = _reduction(reduction, "kl_div", 3)
    return loss.mean() if reduction == "mean" else loss.sum() if reduction == "sum" else loss


def _poisson_nll_loss(input, target, log_input, full, eps, reduction):
    """nn.functional.poisson_nll_loss.  Torch: torch.poisson_nll_loss"""
    return poisson_nll_loss(input, target, log_input, full, eps=eps, reduction=_reduction(reduction, "poisson_nll_loss", 6))


def _hinge_embedding_loss(input, target, margin=1.0, reduction=1):
    """nn.functional.hinge_embedding_loss.  Torch: torch.hinge_embedding_loss"""
    return hinge_embedding_loss(input, target, margin, reduction=_reduction(reduction, "hinge_embedding_loss", 4))


def _margin_ranking_loss(input1, input2, target, margin=0.0, reduction=1):
    """nn.functional.margin_ranking_loss.  Torch: torch.margin_ranking_loss"""
    return margin_ranking_loss(input1, input2, target, margin, reduction=_reduction(reduction, "margin_ranking_loss", 5))


def _cosine_embedding_loss(input1, input2, target, margin=0.0, reduction=1):
    """nn.functional.cosine_embedding_loss.  Torch: torch.cosine_embedding_loss"""
    return cosine_embedding_loss(input1, input2, target, margin, reduction=_reduction(reduction, "cosine_embedding_loss", 5))


def _triplet_margin_loss(anchor, positive, negative, margin=1.0, p=2, eps=1e-06, swap=False, reduction=1):
    """nn.functional.triplet_margin_loss.  Torch: torch.triplet_margin_loss"""
    return triplet_margin_loss(
        anchor, positive, negative, margin, p, eps, swap, reduction=_reduction(reduction, "triplet_margin_loss", 8)
    )


def _binary_cross_entropy_with_logits(input, target, weight=None, pos_weight=None, reduction=1):
    """nn.functional.binary_cross_entropy_with_logits.  Torch: torch.binary_cross_entropy_with_logits"""
    return binary_cross_entropy_with_logits(
        input, target, weight, pos_weight=pos_weight,
        reduction=_reduction(reduction, "binary_cross_entropy_with_logits", 5),
    )  # fmt: skip


# --- the table --------------------------------------------------------------------------------------------


def _embedding(weight, indices, padding_idx=-1, scale_grad_by_freq=False, sparse=False):
    """nn.functional.embedding; a negative padding_idx is none.  Torch: torch.embedding"""
    checks.check_tensor(weight, "embedding", "weight", 1)
    padded = 0 <= padding_idx < weight.shape[0] if weight.ndim else False
    return embedding(indices, weight, padding_idx if padded else None, scale_grad_by_freq=scale_grad_by_freq, sparse=sparse)


def _publish(function, name):
    function.__name__ = function.__qualname__ = name
    public(function, method=False)


for _function in (
    _batch_norm, _instance_norm, _layer_norm, _group_norm, _kl_div, _poisson_nll_loss, _hinge_embedding_loss,
    _margin_ranking_loss, _cosine_embedding_loss, _triplet_margin_loss, _binary_cross_entropy_with_logits, _embedding,
):  # fmt: skip
    _publish(_function, _function.__name__[1:])
for _name, _function in (
    ("dropout", dropout), ("alpha_dropout", alpha_dropout), ("feature_alpha_dropout", feature_alpha_dropout),
):  # fmt: skip
    _drop(_name, _function)
