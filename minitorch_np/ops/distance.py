"""Distances and similarities of vectors."""

from .. import checks
from ..autograd.mode import no_grad
from .activation import BOTH, FUNCTIONAL
from .elementwise import operands
from .public import NAMESPACES, public
from .reduce import reduced_dims
from .shape import broadcast_tensors
from .vector_norm import norm, norm_op

distance_norm = norm_op.named("NormBackward1")


def _length(x, dim, eps):
    """|x| along dim, at least eps; the gradient passes as if it were |x|."""
    length = norm(x, 2, dim, True).clone()
    with no_grad():
        length.clamp_(min=eps)
    return length


@public(method=False, namespace=BOTH)
def cosine_similarity(x1, x2, dim=1, eps=1e-8):
    """x1 x2 / (max(|x1|, eps) max(|x2|, eps)), the product and the lengths along dim.

    Shapes: broadcast; dim leaves.
    Raises: RuntimeError for integers, IndexError for a dim out of range.  Torch: torch.cosine_similarity
    """
    checks.check_tensor(x1, "cosine_similarity", "x1")
    checks.check_tensor(x2, "cosine_similarity", "x2", 2)
    x1, x2 = operands(*broadcast_tensors(x1, x2), "cosine_similarity")
    if not x1.is_floating_point():
        raise RuntimeError(f"expected common dtype to be floating point, yet common dtype is {x1.dtype.long_name}")
    return ((x1 / _length(x1, dim, eps)) * (x2 / _length(x2, dim, eps))).sum(dim)


@public(method=False, namespace=BOTH)
def pairwise_distance(x1, x2, p=2.0, eps=1e-6, keepdim=False):
    """(sum |x1 - x2 + eps|^p)^(1/p) over the last dimension.

    Shapes: (*, D) twice, broadcast -> (*), or (*, 1) with keepdim.  Torch: torch.pairwise_distance
    """
    difference = x1 - x2 + eps
    return distance_norm(difference, p=p, dims=reduced_dims(-1, difference.ndim), keepdim=keepdim)


@public(method=False, namespace=FUNCTIONAL)
def normalize(input, p=2.0, dim=1, eps=1e-12, out=None):
    """x / max(|x|, eps), with |x| the p-norm over dim.

    Raises: IndexError for a dim out of range, RuntimeError for integers.  Torch: torch.nn.functional.normalize
    """
    length = norm(input, p, dim, True).clamp_min(eps).expand_as(input)
    if out is None:
        return input / length
    return NAMESPACES[""]["div"](input, length, out=out)
