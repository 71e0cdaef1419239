"""Numba kernels: the names and signatures of `formula/`, where a benchmark shows their gain."""

from importlib import import_module

from ...workers import wait_with
from . import _spin

wait_with(_spin)

FILES = (
    "activation",
    "adaptive",
    "attention",
    "conv",
    "dropout",
    "loss",
    "matmul",
    "norm",
    "optim",
    "pool",
    "random",
    "recurrent",
    "reduce",
    "row_norm",
    "scatter",
    "softmax",
)

__all__ = []
for _file in FILES:
    _module = import_module(f"{__name__}.{_file}")
    __all__ += _module.__all__
    globals().update({kernel: getattr(_module, kernel) for kernel in _module.__all__})
