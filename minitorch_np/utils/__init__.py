"""What surrounds training: data loading; tensors of other libraries."""

from . import data, dlpack

__all__ = ["data", "dlpack"]
