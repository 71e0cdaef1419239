"""NumPy kernels: what each kernel means, for any float dtype.  One file per family."""

from importlib import import_module

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
    "resize",
    "row_norm",
    "scatter",
    "softmax",
)

__all__ = []
for _file in FILES:
    _module = import_module(f"{__name__}.{_file}")
    __all__ += _module.__all__
    globals().update({kernel: getattr(_module, kernel) for kernel in _module.__all__})
