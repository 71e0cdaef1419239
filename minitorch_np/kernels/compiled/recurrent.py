"""LSTM and GRU, step by step: BLAS multiplies the states, one float32 loop does the rest of the step.

The sequences of a batch do not depend on each other: each thread takes some through all the steps, so that nobody waits
for anybody between two of them.  float64 takes the formula, whose exponential is NumPy's.
"""

import numpy as np

from ...parallel import split
from ..formula import recurrent as formula
from . import exponential

__all__ = ["gru", "gru_backward", "lstm", "lstm_backward"]

GRAIN = 16  # sequences that are worth a thread's while: with fewer rows BLAS spends its time on arranging the weights


def _in_shares(order, sequences, step):
    """step(rows, some) for all steps in `order`, `some` being a run of sequences and `rows` theirs at that time."""

    def work(start, stop):
        for at, n in order:
            if n > start:
                n = min(n, stop)
                step(slice(at + start, at + n), slice(start, n))

    split(work, sequences, GRAIN)


def lstm(gates, h, c, w, w_hr, sizes, reverse):
    """The formula's results; see there"""
    if gates.dtype != np.float32:
        return formula.lstm(gates, h, c, w, w_hr, sizes, reverse)
    gates, h, c = np.ascontiguousarray(gates), np.array(h, order="C"), np.array(c, order="C")
    y = np.empty((len(gates), h.shape[1]), gates.dtype)
    active, cells = np.empty_like(gates), np.empty((len(gates), c.shape[1]), gates.dtype)

    def step(rows, some):
        inner = h[some] @ w.T
        out = y[rows] if w_hr is None else np.empty(cells[rows].shape, cells.dtype)
        exponential.lstm_step(gates[rows], inner, c[some], active[rows], cells[rows], out)
        if w_hr is not None:
            np.matmul(out, w_hr.T, out=y[rows])
        h[some] = y[rows]

    _in_shares(formula.steps(sizes, reverse), len(h), step)
    return y, h, c, active, cells


def lstm_backward(gy, gh, gc, active, cells, before, w, w_hr, sizes, reverse):
    """The formula's results; see there"""
    if gy.dtype != np.float32:
        return formula.lstm_backward(gy, gh, gc, active, cells, before, w, w_hr, sizes, reverse)
    dh, dc = np.array(gh, order="C"), np.array(gc, order="C")
    d, given = np.empty_like(active), np.empty(gy.shape, gy.dtype)

    def step(rows, some):
        np.add(dh[some], gy[rows], out=given[rows])
        g_out = given[rows] if w_hr is None else given[rows] @ w_hr
        exponential.lstm_step_backward(g_out, dc[some], active[rows], cells[rows], before[rows], d[rows])
        np.matmul(d[rows], w, out=dh[some])

    _in_shares(formula.steps(sizes, reverse)[::-1], len(dh), step)
    return d, dh, dc, given


def gru(gates, h, w, b, sizes, reverse):
    """The formula's results; see there"""
    if gates.dtype != np.float32:
        return formula.gru(gates, h, w, b, sizes, reverse)
    gates, h, units = np.ascontiguousarray(gates), np.array(h, order="C"), h.shape[1]
    y, active = np.empty((len(gates), units), gates.dtype), np.empty((len(gates), 4 * units), gates.dtype)
    bias = np.zeros(3 * units, gates.dtype) if b is None else np.ascontiguousarray(b)

    def step(rows, some):
        exponential.gru_step(gates[rows], h[some] @ w.T, bias, h[some], active[rows], y[rows])

    _in_shares(formula.steps(sizes, reverse), len(h), step)
    return y, h, active


def gru_backward(gy, gh, active, before, w, sizes, reverse):
    """The formula's results; see there"""
    if gy.dtype != np.float32:
        return formula.gru_backward(gy, gh, active, before, w, sizes, reverse)
    dh, gy, units = np.array(gh, order="C"), np.ascontiguousarray(gy), gh.shape[1]
    d, inner = (np.empty((len(gy), 3 * units), gy.dtype) for _ in range(2))

    def step(rows, some):
        exponential.gru_step_backward(gy[rows], dh[some], active[rows], before[rows], d[rows], inner[rows])
        dh[some] += inner[rows] @ w

    _in_shares(formula.steps(sizes, reverse)[::-1], len(dh), step)
    return d, inner, dh
