"""What the machine allows: a case's bytes over the memory's speed, or its multiplications over BLAS's, whichever is longer.

Counted for forward and backward, as if every array were read or written once for each time that it is needed and
everything else stayed in cache.  The memory's speed is that of copying or negating, whichever is faster, as many bytes
as the case moves: what fits the last cache moves faster than what does not.  Multiplications are the definition's:
Winograd's algorithm does fewer, and may reach more than all of it.  Exponentials, random numbers and calls count
nothing: where they bound a case, little of the floor is reached.
"""

import json
import os
import subprocess
import sys

import numpy as np

SPEEDS = """
import json, sys, time
from concurrent.futures import ThreadPoolExecutor
import numpy as np

def best(work, repeats):
    times = []
    for _ in range(9):
        begun = time.perf_counter()
        for _ in range(repeats):
            work()
        times.append((time.perf_counter() - begun) / repeats)
    return min(times)

threads, rng = int(sys.argv[1]), np.random.default_rng(0)

def moving(size):
    a = rng.random((2, threads, max(1, size // (8 * 2 * threads))))
    source, target = a.copy(), a.copy()
    # Each thread goes over its part several times in one call: waking it up is not to count.
    repeats = max(1, (1 << 26) // size)
    def again(move):
        return lambda of, to: [move(of, to) for _ in range(repeats)]
    with ThreadPoolExecutor(threads) as pool:  # copying passes by the caches where arrays are large, negating does not
        seconds = min(best(lambda: list(pool.map(again(move), source[0], target[0])), 1) / repeats
                      for move in (lambda of, to: np.copyto(to, of), np.negative))
    return 2 * source[0].nbytes / seconds

multiplications = {}
for dtype in ("float32", "float64"):
    a = rng.normal(size=(1024, 1024)).astype(dtype)
    multiplications[dtype] = 1024**3 / best(lambda: a @ a, 1)
speeds = {str(2**n): moving(2**n) for n in range(21, int(sys.argv[2]) + 1)}
print(json.dumps({"bytes": speeds, "multiplications": multiplications}))
"""

IMAGE = 64 * 32 * 28 * 28
LOGITS = 4096 * 1000
WEIGHTS = 32 * 9 + 64 * 32 * 9 + 64 + 512 * 784 + 512 + 10 * 3136


def _conv(n, c, o, size, out, kernel, groups=1):
    """(numbers, multiplications) of a convolution: x is needed twice and its gradient written, y written and g read twice"""
    x, y = n * c * size**2, n * o * out**2
    return 3 * (x + y), 3 * y * (c // groups) * kernel**2


def _recurrent(gates, steps=50, batch=32, width=128):
    """Inputs, states and their gradients; two products per step forward, four backward."""
    return (3 * 2 + 2 * gates) * steps * batch * width, 3 * 2 * steps * batch * gates * width**2


def _attention(heads=64, tokens=128, width=64):
    """q, k, v needed twice and their gradients written; two products forward, four backward and the scores once more."""
    return (3 * 3 + 3) * heads * tokens * width, 7 * heads * tokens**2 * width


_TOKENS, _WIDE = 16 * 128, 256

# name: numbers that pass through memory, multiplications
NEEDS = {
    "linear 64x784 -> 512": (4 * 784 * 512, 3 * 64 * 784 * 512),
    "conv2d 3x3 1 -> 32, 28x28": _conv(64, 1, 32, 28, 28, 3),
    "conv2d 3x3 32 -> 64, 14x14": _conv(64, 32, 64, 14, 14, 3),
    "conv2d 3x3 64 -> 64, 32x32": _conv(16, 64, 64, 32, 32, 3),
    "conv2d 3x3 128 -> 128, 16x16": _conv(16, 128, 128, 16, 16, 3),
    "conv2d 3x3 256 -> 256, 14x14": _conv(16, 256, 256, 14, 14, 3),
    "conv2d 3x3 stride 2 64 -> 128, 32x32": _conv(16, 64, 128, 32, 16, 3),
    "conv2d 5x5 1 -> 6, 28x28": _conv(64, 1, 6, 28, 28, 5),
    "conv2d 5x5 6 -> 16, 14x14": _conv(64, 6, 16, 14, 14, 5),
    "conv2d 1x1 64 -> 64, 32x32": _conv(16, 64, 64, 32, 32, 1),
    "conv2d 7x7 stride 2, 64x64": _conv(16, 3, 64, 64, 32, 7),
    "conv2d 3x3 depthwise, 64 channels": _conv(16, 64, 64, 32, 32, 3, 64),
    "conv2d 5x5 depthwise, 64 channels": _conv(16, 64, 64, 32, 32, 5, 64),
    "conv1d 3, 64 -> 64, 1024 long": (3 * 2 * 16 * 64 * 1024, 3 * 16 * 64 * 1024 * 64 * 3),
    # each number of the input meets all weights of its channel
    "conv_transpose2d 4x4 stride 2, 14x14": (3 * 32 * (128 * 14**2 + 64 * 28**2), 3 * 32 * 128 * 14**2 * 64 * 4**2),
    "max_pool2d 2x2": (5 * IMAGE // 2, 0),  # read x, write its gradient; y and g are a quarter each
    "avg_pool2d 2x2": (5 * IMAGE // 2, 0),
    "max_pool2d 3x3 stride 2": (5 * IMAGE // 2, 0),
    "adaptive_max_pool2d 28 -> 7": (2 * IMAGE + 2 * IMAGE // 16, 0),
    "unfold 3x3, 28x28": (2 * 10 * IMAGE, 0),  # nine numbers for each one, forward and backward
    "matmul 512x512": (9 * 512**2, 3 * 512**3),
    # read x and write y; then read g and what was saved, write the gradient
    **dict.fromkeys(("batch_norm (training)", "batch_norm (evaluation)", "group_norm, 8 groups"), (5 * IMAGE, 0)),
    "layer_norm 2048x256": (5 * 2048 * 256, 0),
    "dropout": (5 * IMAGE, 0),
    **dict.fromkeys(("relu", "leaky_relu", "elu", "gelu", "silu", "sigmoid", "tanh", "softplus"), (5 * IMAGE, 0)),
    **{f"{name} 4096x1000": (5 * LOGITS, 0) for name in ("softmax", "log_softmax")},
    **{f"sum of each {what} 4096x1000": (LOGITS, 0) for what in ("row", "column")},  # the gradient is a view
    "largest of each row 4096x1000": (3 * LOGITS, 0),
    "cross_entropy 4096x1000": (4 * LOGITS, 0),
    "embedding 5000x64, 4096 rows": (2 * 4096 * 64 + 2 * 4096 * 64 + 5000 * 64, 0),
    "RNN, 32 x 50 steps, 128 units": _recurrent(1),
    "LSTM, 32 x 50 steps, 128 units": _recurrent(4),
    "GRU, 32 x 50 steps, 128 units": _recurrent(3),
    "attention, 16 x 4 heads, 128 tokens": _attention(),
    # four products of the tokens with 256x256 and two with 256x1024, and attention; 14 arrays of 256 a token between them
    "transformer encoder layer, 16 x 128 tokens, 256 wide": (
        3 * 14 * _TOKENS * _WIDE, 3 * _TOKENS * (4 * _WIDE**2 + 2 * _WIDE * 1024) + _attention()[1]
    ),
    # parameter and states are read and written, the gradient is read
    **{f"{name} step, 0.5 M weights": ((3 + 2 * states) * WEIGHTS, 0) for name, states in (
        ("SGD", 1), ("Adam", 2), ("Adadelta", 2), ("Adagrad", 1), ("Adamax", 2), ("NAdam", 2), ("RAdam", 2), ("RMSprop", 1),
        ("ASGD", 1), ("Rprop", 2),
    )},
    "Adam step, 1 M weights in 20 tensors": (7 * 1_000_000, 0),
}  # fmt: skip


def speeds(threads: int, largest: int = 28) -> dict:
    """Bytes a second that `threads` threads move, reads and writes counted, and multiplications a second of BLAS.

    {"bytes": {size of both arrays together, up to 2 ** largest: speed}, "multiplications": {dtype: speed}}
    """
    done = subprocess.run(
        [sys.executable, "-c", SPEEDS, str(threads), str(largest)],
        env=os.environ | {"OPENBLAS_NUM_THREADS": str(threads)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def copied(size: float, machine: dict) -> float:
    """The speed at which `size` bytes move, between those of the sizes that were measured."""
    sizes = sorted(machine["bytes"], key=int)
    return float(
        np.interp(np.log(size), np.log([int(known) for known in sizes]), [machine["bytes"][known] for known in sizes])
    )


def seconds(name: str, machine: dict, dtype: str = "float32") -> tuple[float, str] | None:
    """The floor of forward and backward, and whether "memory" or "arithmetic" is it; None where nothing was counted."""
    if name not in NEEDS:
        return None
    numbers, multiplications = NEEDS[name]
    size = {"float32": 4, "float64": 8}[dtype] * numbers
    moving, multiplying = size / copied(size, machine), multiplications / machine["multiplications"][dtype]
    return max((moving, "memory"), (multiplying, "arithmetic"))
