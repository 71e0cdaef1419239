"""torch.linalg's names."""

from .ops.linalg_checks import LinAlgError
from .ops.public import NAMESPACES as _NAMESPACES

globals().update(_NAMESPACES["linalg"])

__all__ = ["LinAlgError", *sorted(_NAMESPACES["linalg"])]
