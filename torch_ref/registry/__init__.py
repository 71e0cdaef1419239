"""One record per operation; each drives all tests of its operation.  See spec.py."""

from . import (
    activation,
    comparison,
    conv,
    creation,
    indexing,
    join,
    loss,
    matmul,
    norm,
    pointwise,
    pool,
    reduce,
    scans,
    shape,
    special,
)
from .spec import REGISTRY, ErrorCase, OpSpec, Sample

FILES = (
    activation,
    comparison,
    conv,
    creation,
    indexing,
    join,
    loss,
    matmul,
    norm,
    pointwise,
    pool,
    reduce,
    shape,
    scans,
    special,
)

__all__ = ["REGISTRY", "ErrorCase", "OpSpec", "Sample"]
