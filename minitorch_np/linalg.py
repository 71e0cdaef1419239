"""torch.linalg's names."""

from .ops.public import NAMESPACES as _NAMESPACES

globals().update(_NAMESPACES["linalg"])

__all__ = sorted(_NAMESPACES["linalg"])
