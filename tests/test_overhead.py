"""What a small operation costs, counted in calls of Python functions: a figure without noise, unlike microseconds.

A call is some 0.05 to 0.2 us, and the wrappers consist of little else.  benchmarks/overhead.py measures the time.
"""

import gc
import sys

import numpy as np
import pytest

import minitorch_np as t
from benchmarks.overhead import IN_PLACE, OPERATIONS

# operation: calls without recording, and with it (None: not recorded).  What is saved may only become less.
CALLS = {
    "x + y": (7, 10),
    "x - y": (10, 13),
    "x * y": (6, 11),
    "x * 2.5": (7, 9),
    "x / y": (6, 11),
    "-x": (6, 8),
    "x ** 2": (7, 10),
    "x.exp()": (5, 8),
    "x.sqrt()": (5, 8),
    "x.relu()": (10, 13),
    "x.clamp(0.7, 1.2)": (10, 13),
    "x > y": (7, 8),
    "t.where(m, x, y)": (6, 10),
    "x.sum()": (8, 11),
    "x.mean()": (7, 10),
    "x.max()": (7, 11),
    "x.softmax(1)": (17, 20),
    "x @ y": (5, 10),
    "linear(x, y, v)": (4, 10),
    "t.cat([x, y])": (9, 14),
    "x.reshape(4)": (8, 11),
    "x.view(4)": (9, 12),
    "x.t()": (8, 10),
    "x.permute(1, 0)": (13, 15),
    "x.unsqueeze(0)": (8, 10),
    "x.expand(3, 2, 2)": (8, 10),
    "x[1]": (8, 11),
    "x[1:]": (7, 10),
    "x[:, 0]": (8, 11),
    "x[None]": (7, 9),
    "x[m]": (7, 10),
    "x.add_(y)": (11, None),
    "x[1] = v": (11, None),
}


def calls(statement: str, recorded: bool) -> int:
    """How many Python functions one run of the statement calls."""
    x, y, v = (t.full(shape, 1.5, requires_grad=recorded) for shape in ((2, 2), (2, 2), (2,)))
    names = {"t": t, "linear": t.nn.functional.linear, "m": t.from_numpy(np.eye(2) > 0), "x": x, "y": y, "v": v}
    exec(f"def run():\n    {statement}", names)
    names["run"]()  # the first call may look things up, or compile
    count = -1  # for `run` itself

    def profile(frame, event, argument):
        nonlocal count
        count += event == "call"

    before, collecting = sys.getprofile(), gc.isenabled()
    gc.disable()  # Hypothesis has the collector call it, before and after: two calls more, now and then
    sys.setprofile(profile)
    try:
        names["run"]()
    finally:
        sys.setprofile(before)
        if collecting:
            gc.enable()
    return count


def test_every_operation_that_is_measured_is_counted():
    assert CALLS.keys() == OPERATIONS.keys()
    assert {name for name, (_, recorded) in CALLS.items() if recorded is None} == IN_PLACE


@pytest.mark.parametrize("statement", CALLS)
def test_calls_per_operation(statement):
    plain, recorded = CALLS[statement]
    assert calls(statement, recorded=False) <= plain
    assert recorded is None or calls(statement, recorded=True) <= recorded


def test_calls_are_counted():
    assert calls("(lambda: None)()", recorded=False) == 1
