"""RNN, LSTM and GRU: a layer's whole sequence is one operation, its definition is the loop over the steps."""

import numpy as np

from .. import checks, kernels
from ..autograd.op import op
from ..kernels.formula.recurrent import steps
from .dropout import dropout
from .join import cat, stack
from .linear import linear

GATES = {"LSTM": 4, "GRU": 3, "RNN_TANH": 1, "RNN_RELU": 1}

# --- one direction of one layer: see kernels/formula/recurrent.py for the shapes -----------------------------------


def _filled(g, *likes):
    """Gradients of the outputs, with zeros where none arrived."""
    return [np.zeros_like(like) if one is None else one for one, like in zip(g, likes)]


def _definition(step, gates, states, sizes, reverse):
    """Take the steps on Tensors: step(rows of gates, rows of states) -> new rows of states, the first of them given out."""
    outputs = {}
    for at, n in steps(sizes, reverse):
        new = step(gates[at : at + n], [state[:n] for state in states])
        outputs[at] = new[0]
        states = [cat([rows, state[n:]]) for rows, state in zip(new, states)]
    return (cat([outputs[at] for at in sorted(outputs)]), *states)


@op(name="RnnBackward0", outputs=("y", "h_n"))
def rnn_op(gates, h, w, *, sizes, reverse, relu):
    return kernels.rnn(gates, h, w, sizes, reverse, relu)


@rnn_op.fast_gradient
def _(g, h, w, y, sizes, reverse, relu, needs):
    d, dh = kernels.rnn_backward(*_filled(g, y, h), y, w, sizes, reverse, relu)
    return d, dh, kernels.matmul(d.T, kernels.states_before(h, y, sizes, reverse)) if needs.w else None


@rnn_op.definition
def _(gates, h, w, *, sizes, reverse, relu):
    def step(rows, states):
        z = rows + states[0] @ w.t()
        return [z.relu() if relu else z.tanh()]

    return _definition(step, gates, [h], sizes, reverse)


@op(name="LstmBackward0", outputs=("y", "h_n", "c_n", "active", "cells"), differentiable=("y", "h_n", "c_n"))
def lstm_op(gates, h, c, w, w_hr, *, sizes, reverse):
    return kernels.lstm(gates, h, c, w, w_hr, sizes, reverse)


@lstm_op.fast_gradient
def _(g, h, c, w, w_hr, y, active, cells, sizes, reverse, needs):
    before = kernels.states_before(c, cells, sizes, reverse)
    d, dh, dc, given = kernels.lstm_backward(*_filled(g, y, h, c), active, cells, before, w, w_hr, sizes, reverse)
    units = cells.shape[1]
    return (
        d,
        dh,
        dc,
        kernels.matmul(d.T, kernels.states_before(h, y, sizes, reverse)) if needs.w else None,
        kernels.matmul(given.T, active[:, 3 * units :] * np.tanh(cells)) if needs.w_hr else None,
    )


@lstm_op.definition
def _(gates, h, c, w, w_hr, *, sizes, reverse):
    def step(rows, states):
        i, f, g, o = (rows + states[0] @ w.t()).chunk(4, 1)
        cell = f.sigmoid() * states[1] + i.sigmoid() * g.tanh()
        out = o.sigmoid() * cell.tanh()
        return [out if w_hr is None else out @ w_hr.t(), cell]

    return _definition(step, gates, [h, c], sizes, reverse)


@op(name="GruBackward0", outputs=("y", "h_n", "active"), differentiable=("y", "h_n"))
def gru_op(gates, h, w, b, *, sizes, reverse):
    return kernels.gru(gates, h, w, b, sizes, reverse)


@gru_op.fast_gradient
def _(g, h, w, y, active, sizes, reverse, needs):
    before = kernels.states_before(h, y, sizes, reverse)
    d, inner, dh = kernels.gru_backward(*_filled(g, y, h), active, before, w, sizes, reverse)
    return d, dh, kernels.matmul(inner.T, before) if needs.w else None, inner.sum(0) if needs.b else None


@gru_op.definition
def _(gates, h, w, b, *, sizes, reverse):
    def step(rows, states):
        (h,) = states
        r_in, z_in, n_in = rows.chunk(3, 1)
        r_h, z_h, q = linear(h, w, b).chunk(3, 1)
        z, n = (z_in + z_h).sigmoid(), (n_in + (r_in + r_h).sigmoid() * q).tanh()
        return [(1 - z) * n + z * h]

    return _definition(step, gates, [h], sizes, reverse)


# --- all layers and directions ---------------------------------------------------------------------------------------


def direction(mode, x, states, weights, sizes, reverse=False):
    """One direction of one layer.

    Shapes: x (R, in), states [h] or [h, c], weights [w_ih, w_hh, b_ih, b_hh, w_hr] (the last three may be None)
    -> y (R, P), new states.
    """
    w_ih, w_hh, b_ih, b_hh, w_hr = weights
    for state in states:
        if b_hh is None:
            checks.check_same_dtype(state, w_hh)
        elif state.dtype is not w_hh.dtype:
            names = f"{state.dtype.long_name} and {w_hh.dtype.long_name}"
            raise RuntimeError(f"mat1 and mat2 must have the same dtype, but got {names}")
    options = {"sizes": sizes, "reverse": reverse}
    if mode == "GRU":
        y, h_n, _ = gru_op(linear(x, w_ih, b_ih), states[0], w_hh, b_hh, **options)
        return y, [h_n]
    gates = linear(x, w_ih, None if b_ih is None else b_ih + b_hh)
    if mode == "LSTM":
        y, h_n, c_n, _, _ = lstm_op(gates, *states, w_hh, w_hr, **options)
        return y, [h_n, c_n]
    y, h_n = rnn_op(gates, states[0], w_hh, **options, relu=mode == "RNN_RELU")
    return y, [h_n]


def layers(mode, x, states, weights, sizes, dropout_p, train, bidirectional):
    """All layers, each in one or both directions, with dropout between them.

    Shapes: x (R, in), states of (layers * directions, N, ...), one list of weights per layer and direction
    -> y (R, directions * P), new states.
    Raises: RuntimeError for no time steps or mixed dtypes.
    """
    if not sizes:
        raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
    directions = 2 if bidirectional else 1
    last: list = []
    for layer in range(0, len(weights), directions):
        outputs = []
        for k in range(layer, layer + directions):
            y, new = direction(mode, x, [state[k] for state in states], weights[k], sizes, k > layer)
            outputs.append(y)
            last.append(new)
        x = cat(outputs, 1) if bidirectional else outputs[0]
        if dropout_p and train and layer + directions < len(weights):
            x = dropout(x, dropout_p)
    return x, [stack(rows) for rows in zip(*last)]


def cell(mode, input, states, weights):
    """One time step of one layer.

    Shapes: input (N, in), states of (N, H) -> new states.
    Raises: RuntimeError for sizes that do not fit.
    """
    w_ih, w_hh = weights[:2]
    if input.shape[1] != w_ih.shape[1]:
        raise RuntimeError(f"input has inconsistent input_size: got {input.shape[1]} expected {w_ih.shape[1]}")
    for number, state in enumerate(states):
        if state.shape[1] != w_hh.shape[1]:
            raise RuntimeError(
                f"hidden{number} has inconsistent hidden_size: got {state.shape[1]}, expected {w_hh.shape[1]}"
            )
        if len(state) != len(input):
            raise RuntimeError(f"Input batch size {len(input)} doesn't match hidden{number} batch size {len(state)}")
    return direction(mode, input, states, [*weights, None], (len(input),))[1]
