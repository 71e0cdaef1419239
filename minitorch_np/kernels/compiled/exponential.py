"""Loops around the exponential, which vectorise: for activation.py, softmax.py, recurrent.py and attention.py.

float32's exponential stands in exponential32.py, float64's in exponential64.py: after an edit there delete this file's in
`__pycache__`, for Numba's cache does not notice an edit of a jitted function in another file.
"""

import math

import numpy as np

from . import exponential32 as single
from . import exponential64 as double
from ._jit import PRECISE, by_dtype, jit
from ._simd import lanes, largest_lanes

F = np.float32
TANH_SCALE, TANH_CUBE = math.sqrt(2 / math.pi), 0.044715
SUM = 4096  # terms that are summed in float32 before float64 takes over
VECTOR = 4 * lanes(F)  # bytes; four are compared side by side: LLVM does not vectorise a maximum that respects NaN
BLOCK = 1024  # neighbouring columns that are treated side by side: memory likes long rows

exp, expm1 = by_dtype(single.exp, double.exp), by_dtype(single.expm1, double.expm1)
exp_of_negative, log1p_exp = by_dtype(single.exp_of_negative, double.exp), by_dtype(single.log1p_exp, double.log1p_exp)
hyperbolic, error = by_dtype(single.tanh, double.tanh), by_dtype(single.erf, double.erf)
distribution, normal = by_dtype(single.distribution, double.distribution), by_dtype(single.normal, double.normal)


@jit(fastmath=PRECISE, inside=True)
def _logistic(x):
    """1 / (1 + e^-x); e^-x may be infinite, then this is 0"""
    one = type(x)(1)
    return one / (one + exp(-x))


# --- elementwise: each writes out[k] from x[k], or from g[k] and the saved s[k] ----------------------------------


@jit(fastmath=PRECISE)
def sigmoid(x, out):
    for k in range(out.size):
        out[k] = _logistic(x[k])


@jit(fastmath=PRECISE)
def tanh(x, out):
    for k in range(out.size):
        out[k] = hyperbolic(x[k])


@jit(fastmath=PRECISE)
def silu(x, out):
    one = x.dtype.type(1)
    for k in range(out.size):
        out[k] = x[k] / (one + exp(-x[k]))


@jit(fastmath=PRECISE)
def silu_backward(g, x, out):
    one = x.dtype.type(1)
    for k in range(out.size):
        s = _logistic(x[k])
        out[k] = g[k] * (s * (one + x[k] * (one - s)))


@jit(fastmath=PRECISE)
def erf(x, out):
    for k in range(out.size):
        out[k] = error(x[k])


@jit(fastmath=PRECISE)
def gelu(x, out):
    for k in range(out.size):
        out[k] = x[k] * distribution(x[k])


@jit(fastmath=PRECISE)
def gelu_backward(g, x, out):
    for k in range(out.size):
        big_phi, phi = normal(x[k])
        out[k] = g[k] * (big_phi + x[k] * phi)


@jit(fastmath=PRECISE)
def gelu_tanh(x, out):
    """(1 + tanh u) / 2 is the logistic function of 2u"""
    scale, cube = x.dtype.type(2 * TANH_SCALE), x.dtype.type(TANH_CUBE)
    for k in range(out.size):
        out[k] = x[k] * _logistic(scale * (x[k] + cube * x[k] * x[k] * x[k]))


@jit(fastmath=PRECISE)
def gelu_tanh_backward(g, x, out):
    """s being that function of 2u, its slope is s (1 - s), and 1 - s = e^-2u s"""
    one, scale, cube = x.dtype.type(1), x.dtype.type(2 * TANH_SCALE), x.dtype.type(TANH_CUBE)
    three, zero = x.dtype.type(3 * TANH_CUBE), x.dtype.type(0)
    for k in range(out.size):
        v = x[k]
        u = scale * (v + cube * v * v * v)
        e = exp(-u)
        s = one / (one + e)
        rest = one - s if u < zero else e * s
        out[k] = g[k] * (s + v * (s * rest) * (scale * (one + three * v * v)))


@jit(fastmath=PRECISE)
def elu(x, out, alpha):
    a, zero = x.dtype.type(alpha), x.dtype.type(0)
    for k in range(out.size):
        out[k] = x[k] if x[k] > zero else a * expm1(x[k])


@jit(fastmath=PRECISE)
def elu_backward(g, x, out, alpha):
    a, zero = x.dtype.type(alpha), x.dtype.type(0)
    for k in range(out.size):
        out[k] = g[k] if x[k] > zero else g[k] * (a * exp_of_negative(zero if x[k] > zero else x[k]))


@jit(fastmath=PRECISE)
def softplus(x, out, beta, threshold):
    b, t, zero = x.dtype.type(beta), x.dtype.type(threshold), x.dtype.type(0)
    scale = x.dtype.type(1 / beta)
    for k in range(out.size):
        z = x[k] * b
        out[k] = x[k] if z > t else ((z if z > zero else zero) + log1p_exp(z)) * scale


@jit(fastmath=PRECISE)
def softplus_backward(g, x, out, beta, threshold):
    b, t = x.dtype.type(beta), x.dtype.type(threshold)
    for k in range(out.size):
        z = x[k] * b
        out[k] = g[k] if z > t else g[k] * _logistic(z)


@jit(fastmath=PRECISE)
def logsigmoid(x, out):
    zero = x.dtype.type(0)
    for k in range(out.size):
        out[k] = (zero if x[k] > zero else x[k]) - log1p_exp(x[k])


@jit(fastmath=PRECISE)
def logsigmoid_backward(g, x, out):
    for k in range(out.size):
        out[k] = g[k] * _logistic(-x[k])


# --- softmax along the rows (last axis) of matrices ----------------------------------------------------------------


@jit(fastmath=PRECISE)
def _largest(row, some):
    """The largest value; NaN may be overlooked (the sum of the exponentials will be NaN); some holds a vector"""
    m, run = row[0], 4 * some.size
    if row.size < run:
        for k in range(1, row.size):
            m = max(m, row[k])
        return m
    for turn in range(2):  # the last run may overlap the one before
        count = row.size // run if turn == 0 else 1
        largest_lanes(row, 0 if turn == 0 else row.size - run, count, some)
        for j in range(some.size):
            m = max(m, some[j])
    return m


@jit(fastmath=PRECISE)
def _minus(x, m, shift):
    """(x - m) - shift, and not x - (m + shift): near the largest value the logarithm is small, and m need not be"""
    return (x - m) - shift


@jit
def softmax_rows(x, out, logarithm):
    number = x.dtype.type
    some = np.empty(VECTOR // x.itemsize, x.dtype)
    for i in range(x.shape[0]):
        row, line = x[i], out[i]
        m = _largest(row, some)
        total = 0.0
        for start in range(0, row.size, SUM):
            s, stop = number(0), min(start + SUM, row.size)
            if stop < 4 * some.size:  # so short that float64 costs nothing: a sum just above 1 has a small logarithm
                for k in range(stop):
                    line[k] = exp_of_negative(row[k] - m)
                    total += np.float64(line[k])
            elif logarithm:
                for k in range(start, stop):
                    s += exp_of_negative(row[k] - m)
            else:
                for k in range(start, stop):
                    e = exp_of_negative(row[k] - m)
                    line[k] = e
                    s += e
            total += s
        if logarithm:
            shift = number(math.log(total))
            for k in range(row.size):
                line[k] = _minus(row[k], m, shift)
        else:
            scale = number(1 / total)
            for k in range(row.size):
                line[k] *= scale


@jit
def softmax_rows_backward(g, y, out, logarithm):
    number = g.dtype.type
    for i in range(g.shape[0]):
        gs, ys, line = g[i], y[i], out[i]
        total = 0.0
        for start in range(0, gs.size, SUM):
            s = number(0)
            if logarithm:
                for k in range(start, min(start + SUM, gs.size)):
                    s += gs[k]
            else:
                for k in range(start, min(start + SUM, gs.size)):
                    s += gs[k] * ys[k]
            total += s
        t = number(total)
        if logarithm:
            for k in range(gs.size):
                line[k] = gs[k] - exp_of_negative(ys[k]) * t
        else:
            for k in range(gs.size):
                line[k] = ys[k] * (gs[k] - t)


# --- softmax along the middle axis: BLOCK columns side by side -----------------------------------------------------


@jit
def softmax_columns(x, out, logarithm, first, last):
    """Columns [first, last): a slice of the whole array would have gaps, which LLVM knows no vectors for"""
    m, s = np.empty(BLOCK, x.dtype), np.empty(BLOCK, x.dtype)
    for i in range(x.shape[0]):
        for start in range(first, last, BLOCK):
            width = min(BLOCK, last - start)
            for j in range(width):
                m[j], s[j] = -np.inf, 0
            whole = x.shape[1] - x.shape[1] % 2
            for c in range(0, whole, 2):  # of one row LLVM makes a store that may be left out, and with it a branch
                a, b = x[i, c, start : start + width], x[i, c + 1, start : start + width]
                for j in range(width):
                    larger = a[j] if a[j] > b[j] else b[j]
                    m[j] = m[j] if m[j] > larger else larger
            for c in range(whole, x.shape[1]):
                a = x[i, c, start : start + width]
                for j in range(width):
                    m[j] = m[j] if m[j] > a[j] else a[j]
            for c in range(x.shape[1]):
                row, line = x[i, c, start : start + width], out[i, c, start : start + width]
                for j in range(width):
                    line[j] = exp_of_negative(row[j] - m[j])
                for j in range(width):
                    s[j] += line[j]
            for j in range(width):
                s[j] = math.log(s[j]) if logarithm else x.dtype.type(1) / s[j]
            for c in range(x.shape[1]):
                row, line = x[i, c, start : start + width], out[i, c, start : start + width]
                if logarithm:
                    for j in range(width):
                        line[j] = _minus(row[j], m[j], s[j])
                else:
                    for j in range(width):
                        line[j] *= s[j]


@jit
def softmax_columns_backward(g, y, out, logarithm, first, last):
    s = np.empty(BLOCK, g.dtype)
    for i in range(g.shape[0]):
        for start in range(first, last, BLOCK):
            width = min(BLOCK, last - start)
            for j in range(width):
                s[j] = 0
            for c in range(g.shape[1]):
                gs, ys = g[i, c, start : start + width], y[i, c, start : start + width]
                for j in range(width):
                    s[j] += gs[j] if logarithm else gs[j] * ys[j]
            for c in range(g.shape[1]):
                gs, ys = g[i, c, start : start + width], y[i, c, start : start + width]
                line = out[i, c, start : start + width]
                for j in range(width):
                    line[j] = gs[j] - exp_of_negative(ys[j]) * s[j] if logarithm else ys[j] * (gs[j] - s[j])


# --- one time step of recurrent layers, a row per sequence (recurrent.py) ------------------------------------------
# Several short loops in place of one: LLVM gives up on a loop over so many arrays.


@jit(fastmath=PRECISE)
def _logistic_sum(x, y, out):
    for k in range(out.size):
        out[k] = _logistic(x[k] + y[k])


@jit(fastmath=PRECISE)
def _tanh_sum(x, y, out):
    for k in range(out.size):
        out[k] = single.tanh(x[k] + y[k])


@jit(fastmath=PRECISE)
def rnn_step(gates, inner, relu, y):
    """gates + inner are y before tanh or relu"""
    for row in range(y.shape[0]):
        z, more, out = gates[row], inner[row], y[row]
        if relu:
            for k in range(out.size):
                total = z[k] + more[k]
                out[k] = F(0) if total <= F(0) else total  # NaN stays
        else:
            _tanh_sum(z, more, out)


@jit(fastmath=PRECISE)
def rnn_step_backward(gy, dh, y, relu, d):
    for row in range(y.shape[0]):
        arriving, state, out, result = gy[row], dh[row], y[row], d[row]
        if relu:
            for k in range(out.size):
                result[k] = state[k] + arriving[k] if out[k] > F(0) else F(0)
        else:
            for k in range(out.size):
                result[k] = (state[k] + arriving[k]) * (F(1) - out[k] * out[k])


@jit(fastmath=PRECISE)
def lstm_step(gates, inner, c, active, cells, out):
    """gates + inner are i f g o before their activations; c is the state, replaced"""
    u = c.shape[1]
    for row in range(c.shape[0]):
        z, more, a = gates[row], inner[row], active[row]
        _logistic_sum(z[: 2 * u], more[: 2 * u], a[: 2 * u])
        _tanh_sum(z[2 * u : 3 * u], more[2 * u : 3 * u], a[2 * u : 3 * u])
        _logistic_sum(z[3 * u :], more[3 * u :], a[3 * u :])
        line, after = c[row], cells[row]
        for k in range(u):
            after[k] = a[u + k] * line[k] + a[k] * a[2 * u + k]
        line[:] = after
        y, o = out[row], a[3 * u :]
        for k in range(u):
            y[k] = o[k] * single.tanh(after[k])


@jit(fastmath=PRECISE)
def lstm_step_backward(g_out, dc, active, cells, before, d):
    """dc is the gradient of the cells after the step, replaced by that of the cells before it"""
    u, one = dc.shape[1], F(1)
    for row in range(dc.shape[0]):
        line, given, after = dc[row], g_out[row], cells[row]
        i, f, g, o = active[row, :u], active[row, u : 2 * u], active[row, 2 * u : 3 * u], active[row, 3 * u :]
        d_i, d_f, d_g, d_o = d[row, :u], d[row, u : 2 * u], d[row, 2 * u : 3 * u], d[row, 3 * u :]
        for k in range(u):
            d_o[k] = single.tanh(after[k])
        for k in range(u):
            t = d_o[k]
            line[k] += given[k] * o[k] * (one - t * t)
            d_o[k] = given[k] * t * o[k] * (one - o[k])
        for k in range(u):
            d_i[k] = line[k] * g[k] * i[k] * (one - i[k])
        for k in range(u):
            d_g[k] = line[k] * i[k] * (one - g[k] * g[k])
        earlier = before[row]
        for k in range(u):
            d_f[k] = line[k] * earlier[k] * f[k] * (one - f[k])
        for k in range(u):
            line[k] *= f[k]


@jit(fastmath=PRECISE)
def gru_step(gates, inner, bias, h, active, y):
    """gates and inner + bias are r z n before their activations; h is the state, replaced"""
    u, one = h.shape[1], F(1)
    for row in range(h.shape[0]):
        x, more, a, line, new = gates[row], inner[row], active[row], h[row], y[row]
        for k in range(3 * u):
            more[k] += bias[k]
        _logistic_sum(x[: 2 * u], more[: 2 * u], a[: 2 * u])
        r, z, n, q = a[:u], a[u : 2 * u], a[2 * u : 3 * u], a[3 * u :]
        q[:] = more[2 * u : 3 * u]
        for k in range(u):
            n[k] = x[2 * u + k] + r[k] * q[k]
        for k in range(u):
            n[k] = single.tanh(n[k])
        for k in range(u):
            new[k] = (one - z[k]) * n[k] + z[k] * line[k]
        line[:] = new


@jit(fastmath=PRECISE)
def gru_step_backward(gy, dh, active, before, d, inner):
    """dh is the gradient of the state after the step, replaced by what reaches the one before past the product"""
    u, one = dh.shape[1], F(1)
    for row in range(dh.shape[0]):
        line, given, earlier = dh[row], gy[row], before[row]
        r, z, n, q = active[row, :u], active[row, u : 2 * u], active[row, 2 * u : 3 * u], active[row, 3 * u :]
        d_r, d_z, d_n = d[row, :u], d[row, u : 2 * u], d[row, 2 * u :]
        for k in range(u):
            line[k] += given[k]
        for k in range(u):
            d_n[k] = line[k] * (one - z[k]) * (one - n[k] * n[k])
        for k in range(u):
            d_r[k] = d_n[k] * q[k] * r[k] * (one - r[k])
        for k in range(u):
            d_z[k] = line[k] * (earlier[k] - n[k]) * z[k] * (one - z[k])
        more = inner[row]
        more[: 2 * u] = d[row, : 2 * u]
        for k in range(u):
            more[2 * u + k] = d_n[k] * r[k]
        for k in range(u):
            line[k] *= z[k]
