"""The only place that names Numba's options: every compiled kernel is made by `@jit` from here."""

import math
import os

# LLVM prefers 256-bit vectors even where the processor has 512-bit ones; without that preference
# compute-bound loops ran 25-35 % faster.  Numba reads both variables when it is imported, hence
# the order: nothing else in the library imports Numba.
if "NUMBA_CPU_FEATURES" not in os.environ and "NUMBA_CPU_NAME" not in os.environ:
    import llvmlite.binding as llvm

    features = llvm.get_host_cpu_features()
    if features.get("avx512f"):
        features["prefer-256-bit"] = False
        os.environ["NUMBA_CPU_NAME"] = llvm.get_host_cpu_name()
        os.environ["NUMBA_CPU_FEATURES"] = features.flatten()

import numba
from llvmlite import ir  # noqa: F401  (this and the next two: for _spin.py, _jobs.py, _tile.py, _block.py, _simd.py and others)
from numba import boolean, from_dtype, int64, types, void  # noqa: F401  (nothing else names Numba)
from numba.extending import intrinsic, overload  # noqa: F401

bits_of_vectors = 512 if "+avx512f" in os.environ.get("NUMBA_CPU_FEATURES", "") else 256
jit_is_off = bool(numba.config.DISABLE_JIT)  # NUMBA_DISABLE_JIT=1: kernels run as plain Python

# The fast-math flags that do not assume the absence of NaN and infinity.  `nnan` and `ninf` stay
# out: with them a maximum over [1, 2, nan] came out as 2.
FASTMATH = {"nsz", "arcp", "contract", "afn", "reassoc"}

# Without `reassoc`: for code whose order of operations is its meaning, such as (x + big) - big.
PRECISE = FASTMATH - {"reassoc"}

# None at all: for code whose every bit counts.
EXACT: frozenset[str] = frozenset()

OPTIONS = {
    "cache": True,  # compiled once per machine, not once per process
    "nogil": True,  # so that Python threads run kernels side by side (see parallel.py)
    "error_model": "numpy",  # a division check in a loop stops vectorisation
    "boundscheck": False,
    "no_cfunc_wrapper": True,  # for calls from C, which nobody makes; a tenth of all compiling
}


def jit(function=None, *, fastmath=frozenset(FASTMATH), inside=False):
    """Compile `function` with the library's options; `fastmath=PRECISE` keeps the order of operations.

    inside=True: a helper that becomes a part of whatever calls it, for a loop around a call is not vectorised, and LLVM
    takes in by itself only what is short.

    Helpers of a kernel stand in the kernel's own file: Numba's cache does not notice an edit of a
    jitted function that lives in another one.
    """
    if function is None:
        return lambda f: jit(f, fastmath=fastmath, inside=inside)
    return numba.njit(fastmath=set(fastmath), forceinline=inside, **OPTIONS)(function)


def inner(function=None, *, fastmath=frozenset(FASTMATH)):
    """`jit` for what only compiled functions call: nothing is compiled that would unpack Python's arguments.

    A call from Python would crash: Numba does not ask.
    """
    if function is None:
        return lambda f: inner(f, fastmath=fastmath)
    return numba.njit(fastmath=set(fastmath), no_cpython_wrapper=True, **OPTIONS)(function)


def from_c(name):
    """The C library's double-precision function of that name, double -> double, for use in jitted code."""
    if jit_is_off:
        return getattr(math, name)
    return numba.types.ExternalFunction(name, numba.float64(numba.float64))


def by_dtype(single, double):
    """The jitted function of one number that is `single` of a float32 and `double` of a float64."""
    if jit_is_off:
        return lambda x: (single if x.dtype == "f" else double)(x)

    def choose(x):
        """Stands in jitted code for one of the two."""

    @overload(choose, jit_options={"fastmath": PRECISE, "error_model": "numpy", "forceinline": True})
    def _(x):
        function = single if x == types.float32 else double
        return lambda x: function(x)

    return choose
