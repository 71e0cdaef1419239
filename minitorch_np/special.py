"""torch.special's names for functions that are there under their plain names."""

from .ops.public import NAMESPACES as _NAMESPACES

_PLAIN = {"expit": "sigmoid", "gammaln": "lgamma", "psi": "digamma"} | {
    name: name
    for name in (
        "digamma", "erf", "erfc", "erfinv", "exp2", "expm1", "log1p", "log_softmax", "logit", "logsumexp", "polygamma",
        "round", "sinc", "softmax", "xlogy",
    )
}  # fmt: skip

__all__ = sorted(_PLAIN)

globals().update({name: _NAMESPACES[""][plain] for name, plain in _PLAIN.items()})
