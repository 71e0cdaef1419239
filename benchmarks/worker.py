"""One library's process: reads commands, one JSON line each, runs them, answers with one JSON line.

{"make": name, "dtype": text, "into": path}   build the case, write its results (output, gradients) to an .npz file;
                                              answers "made", or says why torch.compile cannot
{"time": name, "backward": bool}              answer with seconds per call
{"about": true}                               answer with what multiplies matrices here
"""

import contextlib
import importlib
import json
import logging
import os
import sys
import tempfile
import time

import numpy as np

from . import environment
from .cases import CASES
from .making import unchanged

BUDGET = 0.2  # seconds that one answer takes, about: waking up from the pause before it must not weigh


def _write_results(step, path: str) -> None:
    """Everything that one forward and one forward and backward give."""
    results = {
        f"{mode} {number}": np.array(tensor.detach().numpy())
        for mode, backward in (("forward", False), ("backward", True))
        for number, tensor in enumerate(step(backward))
    }
    np.savez(path, **results)


def _seconds(step, backward: bool) -> float:
    """Median seconds of a call, over as many as fit the budget."""
    step(backward)
    times: list[float] = []
    started = time.perf_counter()
    while len(times) < 3 or time.perf_counter() - started < BUDGET:
        begun = time.perf_counter()
        step(backward)
        times.append(time.perf_counter() - begun)
    return float(np.median(times))


def _make(t, name: str, dtype: str, into: str, compiles: bool):
    """The step, after its results were written."""
    if compiles:
        t.compiler.reset()  # it gives up after eight versions of one function, and all cases share a few functions
    step = CASES[name](t, dtype, t.compile if compiles else unchanged)
    _write_results(step, into)
    return step


def main(library: str, threads: int) -> None:
    compiles = library == "torch.compile"
    t = importlib.import_module("torch" if compiles else library)
    t.set_num_threads(threads)
    if compiles:
        t._logging.set_logs(all=logging.ERROR)  # its warnings are about its own insides
    step = None
    answer = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):
        for line in sys.stdin:
            command = json.loads(line)
            if "make" in command:
                step = None  # one case at a time: another's arrays are not to fill memory
                try:
                    step = _make(t, command["make"], command["dtype"], command["into"], compiles)
                    result = "made"
                except Exception as error:  # whatever torch.compile ends in: the race goes on without it, and says why
                    if not compiles:
                        raise
                    result = f"{type(error).__name__}: {error}".splitlines()[0]
            elif "about" in command:
                result = environment.blas(library)
            else:
                result = _seconds(step, command["backward"])
            print(json.dumps(result), file=answer, flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "torch.compile":
        # A cache of its own: nothing that an earlier run compiled is used, and nothing stays behind.  One compiling
        # process, this one: others would wait beside it while we time.
        with tempfile.TemporaryDirectory() as cache:
            os.environ |= {"TORCHINDUCTOR_CACHE_DIR": cache, "TORCHINDUCTOR_COMPILE_THREADS": "1"}
            main(sys.argv[1], int(sys.argv[2]))
    else:
        main(sys.argv[1], int(sys.argv[2]))
