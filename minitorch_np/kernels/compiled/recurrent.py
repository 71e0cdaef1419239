"""RNN, LSTM and GRU: all the steps of some sequences in one call, products included, in float32.

The sequences of a batch do not depend on each other: each thread takes some through all the steps, so that nobody waits
for anybody between two of them, nor for the GIL.  float64 takes the formula, whose exponential is NumPy's.
"""

import numpy as np

from ...parallel import share
from ..formula import recurrent as formula
from ._jit import jit
from ._tile import WIDTH, packed, product
from .exponential import gru_step, gru_step_backward, lstm_step, lstm_step_backward, rnn_step, rnn_step_backward

__all__ = ["gru", "gru_backward", "lstm", "lstm_backward", "rnn", "rnn_backward"]

GRAIN = 1 << 18  # multiplications in a step that are worth a thread's while: with less the weights' way costs more
NOTHING = np.empty((0, 0, WIDTH), np.float32)  # the panels of a matrix that is not there


def _run(kernel, order, sequences, w, *arrays):
    """kernel(*arrays, starts, counts, first, last) for runs of sequences; `order` tells each step's rows"""
    starts, counts = np.array(order, np.int64).reshape(-1, 2).T.copy()
    share(lambda a, b: kernel(*arrays, starts, counts, a, b), sequences, max(4, GRAIN // max(1, w.size)))


@jit
def _rnn(gates, h, panels, relu, y, starts, counts, first, last):
    """Sequences [first, last); panels are those of w'"""
    inner = np.empty((last - first, panels.shape[0] * WIDTH), np.float32)
    for step in range(starts.size):
        n = min(last, counts[step]) - first
        if n > 0:
            a, b = starts[step] + first, starts[step] + first + n
            product(h[first : first + n], n, panels, inner)
            rnn_step(gates[a:b], inner, relu, y[a:b])
            h[first : first + n] = y[a:b]


@jit
def _rnn_backward(gy, dh, y, panels, relu, d, starts, counts, first, last):
    """Sequences [first, last); panels are those of w"""
    inner = np.empty((last - first, panels.shape[0] * WIDTH), np.float32)
    for step in range(starts.size - 1, -1, -1):
        n = min(last, counts[step]) - first
        if n > 0:
            a, b = starts[step] + first, starts[step] + first + n
            rnn_step_backward(gy[a:b], dh[first : first + n], y[a:b], relu, d[a:b])
            product(d[a:b], n, panels, inner)
            dh[first : first + n] = inner[:n, : dh.shape[1]]


def rnn(gates, h, w, sizes, reverse, relu):
    """The formula's results; see there"""
    if gates.dtype != np.float32:
        return formula.rnn(gates, h, w, sizes, reverse, relu)
    gates, h, y = np.ascontiguousarray(gates), np.array(h, order="C"), np.empty(gates.shape, gates.dtype)
    _run(_rnn, formula.steps(sizes, reverse), len(h), w, gates, h, packed(w.T), relu, y)
    return y, h


def rnn_backward(gy, gh, y, w, sizes, reverse, relu):
    """The formula's results; see there"""
    if gy.dtype != np.float32:
        return formula.rnn_backward(gy, gh, y, w, sizes, reverse, relu)
    gy, dh, y = np.ascontiguousarray(gy), np.array(gh, order="C"), np.ascontiguousarray(y)
    d = np.empty_like(y)
    _run(_rnn_backward, formula.steps(sizes, reverse), len(dh), w, gy, dh, y, packed(w), relu, d)
    return d, dh


@jit
def _lstm(gates, h, c, panels, projection, y, active, cells, starts, counts, first, last):
    """Sequences [first, last); panels are those of w', projection those of w_hr' or NOTHING"""
    inner = np.empty((last - first, panels.shape[0] * WIDTH), np.float32)
    out = np.empty((last - first, c.shape[1]), np.float32)
    narrow = np.empty((last - first, projection.shape[0] * WIDTH), np.float32)
    for step in range(starts.size):
        n = min(last, counts[step]) - first
        if n <= 0:
            continue
        a, b = starts[step] + first, starts[step] + first + n
        state, given = h[first : first + n], y[a:b]
        product(state, n, panels, inner)
        lstm_step(gates[a:b], inner, c[first : first + n], active[a:b], cells[a:b], out)
        if projection.size:
            product(out, n, projection, narrow)
        for row in range(n):
            result = narrow[row] if projection.size else out[row]
            for k in range(given.shape[1]):
                state[row, k] = given[row, k] = result[k]


@jit
def _lstm_backward(gy, dh, dc, active, cells, before, panels, projection, d, given, starts, counts, first, last):
    """Sequences [first, last); panels are those of w, projection those of w_hr or NOTHING"""
    inner = np.empty((last - first, panels.shape[0] * WIDTH), np.float32)
    wide = np.empty((last - first, projection.shape[0] * WIDTH), np.float32)
    for step in range(starts.size - 1, -1, -1):
        n = min(last, counts[step]) - first
        if n <= 0:
            continue
        a, b = starts[step] + first, starts[step] + first + n
        state, total, arriving = dh[first : first + n], given[a:b], gy[a:b]
        for row in range(n):
            for k in range(total.shape[1]):
                total[row, k] = state[row, k] + arriving[row, k]
        if projection.size:
            product(total, n, projection, wide)
        lstm_step_backward(
            wide if projection.size else total, dc[first : first + n], active[a:b], cells[a:b], before[a:b], d[a:b]
        )
        product(d[a:b], n, panels, inner)
        for row in range(n):
            for k in range(state.shape[1]):
                state[row, k] = inner[row, k]


def lstm(gates, h, c, w, w_hr, sizes, reverse):
    """The formula's results; see there"""
    if gates.dtype != np.float32:
        return formula.lstm(gates, h, c, w, w_hr, sizes, reverse)
    gates, h, c = np.ascontiguousarray(gates), np.array(h, order="C"), np.array(c, order="C")
    y = np.empty((len(gates), h.shape[1]), gates.dtype)
    active, cells = np.empty_like(gates), np.empty((len(gates), c.shape[1]), gates.dtype)
    panels = packed(w.T), NOTHING if w_hr is None else packed(w_hr.T)
    _run(_lstm, formula.steps(sizes, reverse), len(h), w, gates, h, c, *panels, y, active, cells)
    return y, h, c, active, cells


def lstm_backward(gy, gh, gc, active, cells, before, w, w_hr, sizes, reverse):
    """The formula's results; see there"""
    if gy.dtype != np.float32:
        return formula.lstm_backward(gy, gh, gc, active, cells, before, w, w_hr, sizes, reverse)
    gy, dh, dc = np.ascontiguousarray(gy), np.array(gh, order="C"), np.array(gc, order="C")
    d, given = np.empty_like(active), np.empty_like(gy)
    panels = packed(w), NOTHING if w_hr is None else packed(w_hr)
    saved = active, cells, before
    _run(_lstm_backward, formula.steps(sizes, reverse), len(dh), w, gy, dh, dc, *saved, *panels, d, given)
    return d, dh, dc, given


@jit
def _gru(gates, h, panels, bias, y, active, starts, counts, first, last):
    """Sequences [first, last); panels are those of w'"""
    inner = np.empty((last - first, panels.shape[0] * WIDTH), np.float32)
    for step in range(starts.size):
        n = min(last, counts[step]) - first
        if n > 0:
            a, b = starts[step] + first, starts[step] + first + n
            product(h[first : first + n], n, panels, inner)
            gru_step(gates[a:b], inner, bias, h[first : first + n], active[a:b], y[a:b])


@jit
def _gru_backward(gy, dh, active, before, panels, d, inner, starts, counts, first, last):
    """Sequences [first, last); panels are those of w"""
    more = np.empty((last - first, panels.shape[0] * WIDTH), np.float32)
    for step in range(starts.size - 1, -1, -1):
        n = min(last, counts[step]) - first
        if n <= 0:
            continue
        a, b = starts[step] + first, starts[step] + first + n
        state = dh[first : first + n]
        gru_step_backward(gy[a:b], state, active[a:b], before[a:b], d[a:b], inner[a:b])
        product(inner[a:b], n, panels, more)
        for row in range(n):
            for k in range(state.shape[1]):
                state[row, k] += more[row, k]


def gru(gates, h, w, b, sizes, reverse):
    """The formula's results; see there"""
    if gates.dtype != np.float32:
        return formula.gru(gates, h, w, b, sizes, reverse)
    gates, h, units = np.ascontiguousarray(gates), np.array(h, order="C"), h.shape[1]
    y, active = np.empty((len(gates), units), gates.dtype), np.empty((len(gates), 4 * units), gates.dtype)
    bias = np.zeros(3 * units, gates.dtype) if b is None else np.ascontiguousarray(b)
    _run(_gru, formula.steps(sizes, reverse), len(h), w, gates, h, packed(w.T), bias, y, active)
    return y, h, active


def gru_backward(gy, gh, active, before, w, sizes, reverse):
    """The formula's results; see there"""
    if gy.dtype != np.float32:
        return formula.gru_backward(gy, gh, active, before, w, sizes, reverse)
    dh, gy, units = np.array(gh, order="C"), np.ascontiguousarray(gy), gh.shape[1]
    d, inner = (np.empty((len(gy), 3 * units), gy.dtype) for _ in range(2))
    _run(_gru_backward, formula.steps(sizes, reverse), len(dh), w, gy, dh, active, before, packed(w), d, inner)
    return d, inner, dh
