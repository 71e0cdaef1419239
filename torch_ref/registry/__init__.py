"""One record per operation; each drives all tests of its operation.  See spec.py."""

from . import activation, comparison, conv, creation, indexing, join, loss, matmul, norm, pointwise, pool, reduce, shape
from .spec import REGISTRY, ErrorCase, OpSpec, Sample

FILES = (activation, comparison, conv, creation, indexing, join, loss, matmul, norm, pointwise, pool, reduce, shape)

__all__ = ["REGISTRY", "ErrorCase", "OpSpec", "Sample"]
