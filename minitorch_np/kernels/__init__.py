"""The active kernels.  `kernels.conv(...)` is the compiled kernel where there is one, else the formula.

`use_kernels("numpy")` makes every name mean its NumPy formula.  Numba is imported when the first
kernel is asked for in "numba" mode, not before.
"""

from functools import wraps

from . import formula

# float16, long double and integers always take the formula: Numba has no float16 on the CPU.
# But for uint32, the words that random numbers are made of.
COMPILED_DTYPES = "fdI"

_active = "numba"


def use_kernels(name: str) -> None:
    """Choose the kernel set for the whole process: "numpy" (the meaning) or "numba" (the speed).

    Raises: ValueError for any other name.
    """
    global _active
    if name not in ("numpy", "numba"):
        raise ValueError(f'use_kernels expects "numpy" or "numba", but got {name!r}')
    _active = name
    for kernel in formula.__all__:
        globals().pop(kernel, None)


def active_kernels() -> str:
    """The name last given to `use_kernels`; "numba" at the start."""
    return _active


def _by_dtype(fast, plain):
    """The compiled kernel for the dtypes Numba takes, the formula for the others."""

    @wraps(plain)
    def kernel(*arrays, **options):
        return (fast if arrays[0].dtype.char in COMPILED_DTYPES else plain)(*arrays, **options)

    return kernel


def __getattr__(name: str):
    """Find a kernel on its first use and remember it as a plain attribute of this module."""
    if name.startswith("_") or name not in formula.__all__:
        raise AttributeError(f"module {__name__!r} has no kernel {name!r}")
    kernel = getattr(formula, name)
    if _active == "numba":
        from . import compiled

        fast = getattr(compiled, name, None)
        if fast is not None:
            kernel = _by_dtype(fast, kernel)
    globals()[name] = kernel
    return kernel
