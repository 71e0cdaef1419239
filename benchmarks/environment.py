"""What the figures depend on: the processor, the memory, the versions, and what multiplies matrices in each library."""

import os
import platform
import re
import shutil
from importlib.metadata import version
from pathlib import Path

from .load import threads_available


def processor() -> str:
    try:
        with open("/proc/cpuinfo") as file:
            return next(text.split(":", 1)[1].strip() for text in file if text.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def memory() -> str:
    """All the memory there is, as text."""
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"
    except (ValueError, OSError):
        return "unknown"


def caches(folder: str = "/sys/devices/system/cpu/cpu0/cache") -> list[str]:
    """The first core's caches for data, such as "L2 512K"; empty where the system does not tell."""
    found = []
    for index in sorted(Path(folder).glob("index*")):
        level, kind, size = ((index / name).read_text().strip() for name in ("level", "type", "size"))
        if kind != "Instruction":
            found.append(f"L{level} {size}")
    return found


def vectors() -> str:
    """The widest vector instructions of the processor."""
    try:
        flags = set(re.search(r"^(?:flags|Features)\s*:(.*)", Path("/proc/cpuinfo").read_text(), re.M)[1].split())
    except (OSError, TypeError):
        return "unknown"
    return next((name for name in ("avx512f", "avx2", "avx", "asimd") if name in flags), "none")


def compiler() -> str | None:
    """The C++ compiler that torch.compile would call."""
    return shutil.which(os.environ.get("CXX", "g++")) or shutil.which("clang++")


def blas(library: str) -> str:
    """What multiplies matrices and convolves in the library of this process, with versions and threads, in one line."""
    if library == "minitorch_np":
        import numpy
        from threadpoolctl import threadpool_info

        import minitorch_np

        numpy.ones((2, 2)) @ numpy.ones((2, 2))
        pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
        found = [
            f"{pool['internal_api']} {pool['version']} ({pool['architecture']}, {_threads(pool['num_threads'])})"
            for pool in [pool for pool in pools if "numpy" in pool["filepath"]] or pools  # SciPy may have brought its own
        ]
        mine = _threads(minitorch_np.get_num_threads())
        return f"NumPy's {' and '.join(found) or 'unknown BLAS'}, shared out by a pool of {mine}; kernels by Numba"
    import torch

    return _torch_blas(torch.__config__.show(), torch.get_num_threads())


def _torch_blas(text: str, threads: int) -> str:
    """The products and convolutions of torch from its description of itself."""
    patterns = {
        "MKL {}": r"Math Kernel Library Version (\S+?)(?:-Product)?\s",
        "OpenBLAS {}": r"OpenBLAS ([\d.]+)",
        "oneDNN {}": r"MKL-DNN v(\S+)",
        "OpenMP {}": r"OpenMP (\d+)",
        "kernels for {}": r"CPU capability usage: (\S+)",
    }
    found = [title.format(match[1]) for title, pattern in patterns.items() if (match := re.search(pattern, text))]
    return f"{', '.join(found) or 'unknown'}, {_threads(threads)}"


def _threads(count: int) -> str:
    return f"{count} thread" + "s" * (count != 1)


def switches() -> dict[str, str]:
    """The environment's variables that change how either library computes: with none, each runs as it comes."""
    families = (
        "OMP_",
        "GOMP_",
        "KMP_",
        "MKL_",
        "ONEDNN_",
        "DNNL_",
        "OPENBLAS_",
        "NUMBA_",
        "NPY_",
        "TORCH",
        "ATEN_",
        "MALLOC_",
    )
    return {name: value for name, value in sorted(os.environ.items()) if name.startswith(families) or name == "LD_PRELOAD"}


def machine(threads: int) -> dict:
    """The machine and the versions."""
    return {
        "processor": processor(), "cores": threads_available(),
        "vectors": vectors(), "caches": caches(), "memory": memory(), "system": f"{platform.system()} {platform.release()}",
        "switches": switches(), "threads": threads, "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "numba", "torch")},
    }  # fmt: skip
