"""What the machine allows: a case's bytes over the memory's speed, or its multiplications over BLAS's, whichever is longer.

Counted for forward and backward in float32, as if every array were read or written once for each time that it is needed
and everything else stayed in cache.  Multiplications are the definition's: Winograd's algorithm does fewer.
"""

import json
import os
import subprocess
import sys

SPEEDS = """
import json, sys, time
from concurrent.futures import ThreadPoolExecutor
import numpy as np

def best(work):
    times = []
    for _ in range(9):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return min(times)

threads = int(sys.argv[1])
source, target = np.ones((threads, 1 << 23), np.float32), np.ones((threads, 1 << 23), np.float32)
with ThreadPoolExecutor(threads) as pool:
    copying = best(lambda: list(pool.map(np.copyto, target, source)))
a = np.random.default_rng(0).normal(size=(1024, 1024)).astype(np.float32)
print(json.dumps({"bytes": 2 * source.nbytes / copying, "multiplications": 1024**3 / best(lambda: a @ a)}))
"""

IMAGE = 64 * 32 * 28 * 28
LOGITS = 4096 * 1000


def _conv(n, c, o, size, out, kernel, groups=1):
    """(numbers, multiplications) of a convolution: x is needed twice and its gradient written, y written and g read twice"""
    x, y = n * c * size**2, n * o * out**2
    return 3 * (x + y), 3 * y * (c // groups) * kernel**2


# name: numbers that pass through memory, multiplications
NEEDS = {
    "linear 64x784 -> 512": (4 * 784 * 512, 3 * 64 * 784 * 512),
    "conv2d 3x3 1 -> 32, 28x28": _conv(64, 1, 32, 28, 28, 3),
    "conv2d 3x3 32 -> 64, 14x14": _conv(64, 32, 64, 14, 14, 3),
    "conv2d 3x3 64 -> 64, 32x32": _conv(16, 64, 64, 32, 32, 3),
    "conv2d 3x3 128 -> 128, 16x16": _conv(16, 128, 128, 16, 16, 3),
    "conv2d 1x1 64 -> 64, 32x32": _conv(16, 64, 64, 32, 32, 1),
    "conv2d 7x7 stride 2, 64x64": _conv(16, 3, 64, 64, 32, 7),
    "conv2d 3x3 depthwise, 64 channels": _conv(16, 64, 64, 32, 32, 3, 64),
    "conv2d 5x5 depthwise, 64 channels": _conv(16, 64, 64, 32, 32, 5, 64),
    "max_pool2d 2x2": (5 * IMAGE // 2, 0),  # read x, write its gradient; y and g are a quarter each
    "avg_pool2d 2x2": (5 * IMAGE // 2, 0),
    "matmul 512x512": (9 * 512**2, 3 * 512**3),
    # read x and write y; then read g and what was saved, write the gradient
    **dict.fromkeys(("batch_norm (training)", "batch_norm (evaluation)", "dropout"), (5 * IMAGE, 0)),
    **dict.fromkeys(("relu", "leaky_relu", "elu", "gelu", "silu", "sigmoid", "tanh", "softplus"), (5 * IMAGE, 0)),
    **{f"{name} 4096x1000": (5 * LOGITS, 0) for name in ("softmax", "log_softmax")},
    "cross_entropy 4096x1000": (4 * LOGITS, 0),
    "SGD step, 0.5 M weights": (5 * 452_000, 0),  # parameter and momentum are read and written, the gradient is read
    "Adam step, 0.5 M weights": (7 * 452_000, 0),
}


def speeds(threads: int) -> dict[str, float]:
    """Bytes a second that `threads` threads copy, reads and writes counted, and multiplications a second of BLAS."""
    done = subprocess.run(
        [sys.executable, "-c", SPEEDS, str(threads)],
        env=os.environ | {"OPENBLAS_NUM_THREADS": str(threads)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def seconds(name: str, machine: dict[str, float]) -> float | None:
    """The floor of forward and backward; None where nothing was counted."""
    if name not in NEEDS:
        return None
    numbers, multiplications = NEEDS[name]
    return max(4 * numbers / machine["bytes"], multiplications / machine["multiplications"])
