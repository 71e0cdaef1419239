"""What surrounds training: data loading; tensors of other libraries."""

from . import data, dlpack, hooks

__all__ = ["data", "dlpack", "hooks"]
