"""Recurrent layers: one direction of one layer over a whole batch of sequences.

The rows of all time steps stand one below the other, `sizes[t]` of them at time t: as many as sequences that long,
the longest first (a PackedSequence).  `gates` is what the input adds, for all steps at once; h and c are the
states, one row per sequence: a sequence that has ended, or not begun yet (reverse), keeps its row.
R rows, N sequences, H units, P = H or the projection's size.
"""

import numpy as np

from .activation import sigmoid

__all__ = ["gru", "gru_backward", "lstm", "lstm_backward", "rnn", "rnn_backward", "states_before"]


def steps(sizes, reverse):
    """(first row, number of rows) of every step, in the order in which they are taken"""
    starts = np.cumsum((0, *sizes[:-1])).tolist()
    order = list(zip(starts, sizes))
    return order[::-1] if reverse else order


def states_before(first, after, sizes, reverse):
    """The state, (N,P), that each step began with, given the one it ended with -> (R,P)"""
    if min(sizes) == len(first):  # nobody ends early: all rows move by one step
        n = len(after) - len(first)
        return np.concatenate([after[len(first) :], first] if reverse else [first, after[:n]])
    state, result = first.copy(), np.empty_like(after)
    for at, n in steps(sizes, reverse):
        result[at : at + n] = state[:n]
        state[:n] = after[at : at + n]
    return result


def rnn(gates, h, w, sizes, reverse, relu):
    """h = f(gates + h w'), f being tanh or relu; gates (R,H), w (H,H) -> y (R,H), h (N,H)"""
    h, y = h.copy(), np.empty_like(gates)
    for at, n in steps(sizes, reverse):
        z = gates[at : at + n] + h[:n] @ w.T
        h[:n] = y[at : at + n] = np.maximum(z, 0) if relu else np.tanh(z)
    return y, h


def rnn_backward(gy, gh, y, w, sizes, reverse, relu):
    """The gradients of gates and h, given those of y and of the last h"""
    dh, d = gh.copy(), np.empty_like(y)
    for at, n in reversed(steps(sizes, reverse)):
        rows = slice(at, at + n)
        g = dh[:n] + gy[rows]
        d[rows] = np.where(y[rows] > 0, g, 0) if relu else g * (1 - y[rows] * y[rows])
        dh[:n] = d[rows] @ w
    return d, dh


def lstm(gates, h, c, w, w_hr, sizes, reverse):
    """c = f c + i g, h = o tanh(c), projected by w_hr if there is one; i, f, g, o from gates + h w'

    gates (R,4H), h (N,P), c (N,H), w (4H,P), w_hr (P,H) or None -> y (R,P), h, c, i f g o (R,4H), cells (R,H)
    """
    h, c, units = h.copy(), c.copy(), c.shape[1]
    y = np.empty((len(gates), h.shape[1]), gates.dtype)
    active, cells = np.empty_like(gates), np.empty((len(gates), units), gates.dtype)
    for at, n in steps(sizes, reverse):
        rows = slice(at, at + n)
        z = gates[rows] + h[:n] @ w.T
        i, f, o = sigmoid(z[:, :units]), sigmoid(z[:, units : 2 * units]), sigmoid(z[:, 3 * units :])
        g = np.tanh(z[:, 2 * units : 3 * units])
        active[rows] = np.concatenate([i, f, g, o], 1)
        c[:n] = cells[rows] = f * c[:n] + i * g
        out = o * np.tanh(cells[rows])
        h[:n] = y[rows] = out if w_hr is None else out @ w_hr.T
    return y, h, c, active, cells


def lstm_backward(gy, gh, gc, active, cells, before, w, w_hr, sizes, reverse):
    """The gradients of gates, h, c, and (R,P) of what each step gave out; `before` are the cells before each step"""
    dh, dc, units = gh.copy(), gc.copy(), cells.shape[1]
    d, given = np.empty_like(active), np.empty_like(gy)
    for at, n in reversed(steps(sizes, reverse)):
        rows = slice(at, at + n)
        given[rows] = dh[:n] + gy[rows]
        g_out = given[rows] if w_hr is None else given[rows] @ w_hr
        i, f, g, o = (active[rows, k * units : (k + 1) * units] for k in range(4))
        t = np.tanh(cells[rows])
        g_cell = dc[:n] + g_out * o * (1 - t * t)
        parts = g_cell * g * i * (1 - i), g_cell * before[rows] * f * (1 - f), g_cell * i * (1 - g * g)
        d[rows] = np.concatenate([*parts, g_out * t * o * (1 - o)], 1)
        dc[:n] = g_cell * f
        dh[:n] = d[rows] @ w
    return d, dh, dc, given


def gru(gates, h, w, b, sizes, reverse):
    """h = (1 - z) n + z h with n = tanh(gates_n + r q), q = h w_n' + b_n; r, z from gates + h w' + b

    gates (R,3H), h (N,H), w (3H,H), b (3H) or None -> y (R,H), h, r z n q (R,4H)
    """
    h, units = h.copy(), h.shape[1]
    y, active = np.empty((len(gates), units), gates.dtype), np.empty((len(gates), 4 * units), gates.dtype)
    for at, n in steps(sizes, reverse):
        rows = slice(at, at + n)
        inner = h[:n] @ w.T if b is None else h[:n] @ w.T + b
        rz = sigmoid(gates[rows, : 2 * units] + inner[:, : 2 * units])
        q = inner[:, 2 * units :]
        new = np.tanh(gates[rows, 2 * units :] + rz[:, :units] * q)
        active[rows] = np.concatenate([rz, new, q], 1)
        h[:n] = y[rows] = (1 - rz[:, units:]) * new + rz[:, units:] * h[:n]
    return y, h, active


def gru_backward(gy, gh, active, before, w, sizes, reverse):
    """The gradients of gates, of h w' + b (R,3H), and of h; `before` are the states before each step"""
    dh, units = gh.copy(), gh.shape[1]
    d, inner = (np.empty((len(gy), 3 * units), gy.dtype) for _ in range(2))
    for at, n in reversed(steps(sizes, reverse)):
        rows = slice(at, at + n)
        g = dh[:n] + gy[rows]
        r, z, new, q = (active[rows, k * units : (k + 1) * units] for k in range(4))
        g_new = g * (1 - z) * (1 - new * new)
        d[rows] = np.concatenate([g_new * q * r * (1 - r), g * (before[rows] - new) * z * (1 - z), g_new], 1)
        inner[rows, : 2 * units] = d[rows, : 2 * units]
        inner[rows, 2 * units :] = g_new * r
        dh[:n] = g * z + inner[rows] @ w
    return d, inner, dh
