"""float32 loops around the exponential, which vectorise: for activation.py, softmax.py and recurrent.py.

The helpers stand here because Numba's cache does not notice an edit of a jitted function in another file.
"""

import math

import numpy as np

from ._jit import PRECISE, jit
from ._simd import lanes, largest_lanes

F = np.float32
LOG2E, LN2_HIGH, LN2_LOW, MAGIC = F(1.44269504), F(0.693359375), F(-2.12194440e-4), F(12582912.0)
MAGIC_BITS = np.int32(MAGIC.view(np.int32) - 127)
TANH_SCALE, TANH_CUBE = F(math.sqrt(2 / math.pi)), F(0.044715)
ROOT_HALF, PHI_SCALE = F(math.sqrt(0.5)), F(1 / math.sqrt(2 * math.pi))
SUM = 4096  # terms that are summed in float32 before float64 takes over
RUN = 4 * lanes(F)  # values that are compared side by side: LLVM does not vectorise a maximum that respects NaN
BLOCK = 256  # neighbouring columns that are treated side by side


@jit(fastmath=PRECISE)
def _fraction(c, n):
    """e^r - 1 for r = c - n ln 2, at most half of ln 2"""
    r = c - n * LN2_HIGH
    r = r - n * LN2_LOW
    p = F(1.9875691500e-4)
    p = p * r + F(1.3981999507e-3)
    p = p * r + F(8.3334519073e-3)
    p = p * r + F(4.1665795894e-2)
    p = p * r + F(1.6666665459e-1)
    p = p * r + F(5.0000001201e-1)
    return p * r * r + r


@jit(fastmath=PRECISE)
def _reduced(x):
    """n, the nearest integer to x / ln 2 (found by adding and subtracting 1.5 * 2^23), 2^n and e^r - 1, r = x - n ln 2"""
    c = min(max(x, F(-87.3)), F(88.7))
    n = (c * LOG2E + MAGIC) - MAGIC
    return np.int32((np.int32(n) + np.int32(127)) << np.int32(23)).view(F), _fraction(c, n)


@jit(fastmath=PRECISE)
def _exp(x):
    """e^x = 2^n e^r.  The error is about one ulp; results below 1e-38 become 0; NaN stays."""
    power, p = _reduced(x)
    e = (p + F(1)) * power
    e = F(np.inf) if x > F(88.7228) else e
    e = F(0) if x < F(-87.3) else e
    return e if x == x else x


@jit(fastmath=PRECISE)
def _exp_of_negative(x):
    """e^x for x <= 0, with half of _exp's steps: n + MAGIC has n in its last bits, and a NaN meets no comparison"""
    small = x < F(-87.3)
    c = F(-87.3) if small else x
    shifted = c * LOG2E + MAGIC
    n = shifted - MAGIC
    power = np.int32((F(shifted).view(np.int32) - MAGIC_BITS) << np.int32(23)).view(F)
    e = (_fraction(c, n) + F(1)) * power
    return F(0) if small else e


@jit(fastmath=PRECISE)
def _expm1(x):
    """e^x - 1 = 2^n (e^r - 1) + (2^n - 1), for x up to 88; x itself where that is exact enough, or NaN"""
    power, p = _reduced(x)
    return power * p + (power - F(1)) if abs(x) > F(1e-8) else x


@jit(fastmath=PRECISE)
def _tanh(x):
    """(e^2x - 1) / (e^2x + 1); x itself where that is exact enough, or NaN"""
    e = _expm1(min(max(x, F(-10)), F(10)) * F(2))
    return e / (e + F(2)) if abs(x) > F(1e-4) else x


@jit(fastmath=PRECISE)
def _log1p_exp(x):
    """ln(1 + e), e = e^-|x|, by the series of 2 artanh(s), s = e / (2 + e) <= 1/3"""
    e = _exp_of_negative(-abs(x))
    s = e / (F(2) + e)
    z = s * s
    p = F(1 / 15)
    p = p * z + F(1 / 13)
    p = p * z + F(1 / 11)
    p = p * z + F(1 / 9)
    p = p * z + F(1 / 7)
    p = p * z + F(1 / 5)
    p = p * z + F(1 / 3)
    return F(2) * (s + s * (p * z))


@jit(fastmath=PRECISE)
def _erf(x):
    """x P(x^2) / Q(x^2) on [-4, 4], beyond which erf is 1 to float32's last bit"""
    c = min(max(x, F(-4)), F(4))
    z = c * c
    p = F(-2.72614225801306e-10)
    p = p * z + F(2.77068142495902e-08)
    p = p * z + F(-2.10102402082508e-06)
    p = p * z + F(-5.69250639462346e-05)
    p = p * z + F(-7.34990630326855e-04)
    p = p * z + F(-2.95459980854025e-03)
    p = p * z + F(-1.60960333262415e-02)
    q = F(-1.45660718464996e-05)
    q = q * z + F(-2.13374055278905e-04)
    q = q * z + F(-1.68282697438203e-03)
    q = q * z + F(-7.37332916720468e-03)
    q = q * z + F(-1.42647390514189e-02)
    return c * p / q if x == x else x


@jit(fastmath=PRECISE)
def _logistic(x):
    """1 / (1 + e^-x); e^-x may be infinite, then this is 0"""
    return F(1) / (F(1) + _exp(-x))


# --- elementwise: each writes out[k] from x[k], or from g[k] and the saved s[k] ----------------------------------


@jit(fastmath=PRECISE)
def sigmoid(x, out):
    for k in range(out.size):
        out[k] = _logistic(x[k])


@jit(fastmath=PRECISE)
def tanh(x, out):
    for k in range(out.size):
        out[k] = _tanh(x[k])


@jit(fastmath=PRECISE)
def silu(x, out):
    for k in range(out.size):
        out[k] = x[k] / (F(1) + _exp(-x[k]))


@jit(fastmath=PRECISE)
def silu_backward(g, x, out):
    for k in range(out.size):
        s = _logistic(x[k])
        out[k] = g[k] * (s * (F(1) + x[k] * (F(1) - s)))


@jit(fastmath=PRECISE)
def erf(x, out):
    for k in range(out.size):
        out[k] = _erf(x[k])


@jit(fastmath=PRECISE)
def gelu(x, out):
    for k in range(out.size):
        out[k] = x[k] * F(0.5) * (F(1) + _erf(x[k] * ROOT_HALF))


@jit(fastmath=PRECISE)
def gelu_backward(g, x, out):
    for k in range(out.size):
        phi = _exp(F(-0.5) * x[k] * x[k]) * PHI_SCALE
        out[k] = g[k] * (F(0.5) * (F(1) + _erf(x[k] * ROOT_HALF)) + x[k] * phi)


@jit(fastmath=PRECISE)
def gelu_tanh(x, out):
    """(1 + tanh u) / 2 is the logistic function of 2u"""
    for k in range(out.size):
        out[k] = x[k] * _logistic(F(2) * TANH_SCALE * (x[k] + TANH_CUBE * x[k] * x[k] * x[k]))


@jit(fastmath=PRECISE)
def gelu_tanh_backward(g, x, out):
    for k in range(out.size):
        v = x[k]
        s = _logistic(F(2) * TANH_SCALE * (v + TANH_CUBE * v * v * v))
        slope = F(2) * TANH_SCALE * (F(1) + F(3) * TANH_CUBE * v * v)
        out[k] = g[k] * (s + v * (s * (F(1) - s)) * slope)


@jit(fastmath=PRECISE)
def elu(x, out, alpha):
    a = F(alpha)
    for k in range(out.size):
        out[k] = x[k] if x[k] > F(0) else a * _expm1(x[k])


@jit(fastmath=PRECISE)
def elu_backward(g, x, out, alpha):
    a = F(alpha)
    for k in range(out.size):
        out[k] = g[k] if x[k] > F(0) else g[k] * (a * _exp(min(x[k], F(0))))


@jit(fastmath=PRECISE)
def softplus(x, out, beta, threshold):
    b, t = F(beta), F(threshold)
    for k in range(out.size):
        z = x[k] * b
        out[k] = x[k] if z > t else (max(z, F(0)) + _log1p_exp(z)) / b


@jit(fastmath=PRECISE)
def softplus_backward(g, x, out, beta, threshold):
    b, t = F(beta), F(threshold)
    for k in range(out.size):
        z = x[k] * b
        out[k] = g[k] if z > t else g[k] * _logistic(z)


@jit(fastmath=PRECISE)
def logsigmoid(x, out):
    for k in range(out.size):
        out[k] = min(x[k], F(0)) - _log1p_exp(x[k])


@jit(fastmath=PRECISE)
def logsigmoid_backward(g, x, out):
    for k in range(out.size):
        out[k] = g[k] * _logistic(-x[k])


# --- softmax along the rows (last axis) of matrices ----------------------------------------------------------------


@jit(fastmath=PRECISE)
def _largest(row, some):
    """The largest value; NaN may be overlooked (the sum of the exponentials will be NaN); some (RUN / 4,) is scratch"""
    m = row[0]
    if row.size < RUN:
        for k in range(1, row.size):
            m = max(m, row[k])
        return m
    for turn in range(2):  # the last run may overlap the one before
        count = row.size // RUN if turn == 0 else 1
        largest_lanes(row, 0 if turn == 0 else row.size - RUN, count, some)
        for j in range(some.size):
            m = max(m, some[j])
    return m


@jit(fastmath=PRECISE)
def _minus(x, m, shift):
    """(x - m) - shift, and not x - (m + shift): near the largest value the logarithm is small, and m need not be"""
    return (x - m) - shift


@jit
def softmax_rows(x, out, logarithm):
    some = np.empty(RUN // 4, F)
    for i in range(x.shape[0]):
        row, line = x[i], out[i]
        m = _largest(row, some)
        total = 0.0
        for start in range(0, row.size, SUM):
            s, stop = F(0), min(start + SUM, row.size)
            if stop < RUN:  # so short that float64 costs nothing: a sum just above 1 has a small logarithm
                for k in range(stop):
                    line[k] = _exp_of_negative(row[k] - m)
                    total += np.float64(line[k])
            elif logarithm:
                for k in range(start, stop):
                    s += _exp_of_negative(row[k] - m)
            else:
                for k in range(start, stop):
                    e = _exp_of_negative(row[k] - m)
                    line[k] = e
                    s += e
            total += s
        if logarithm:
            shift = F(math.log(total))
            for k in range(row.size):
                line[k] = _minus(row[k], m, shift)
        else:
            scale = F(1 / total)
            for k in range(row.size):
                line[k] *= scale


@jit
def softmax_rows_backward(g, y, out, logarithm):
    for i in range(g.shape[0]):
        gs, ys, line = g[i], y[i], out[i]
        total = 0.0
        for start in range(0, gs.size, SUM):
            s = F(0)
            if logarithm:
                for k in range(start, min(start + SUM, gs.size)):
                    s += gs[k]
            else:
                for k in range(start, min(start + SUM, gs.size)):
                    s += gs[k] * ys[k]
            total += s
        t = F(total)
        if logarithm:
            for k in range(gs.size):
                line[k] = gs[k] - _exp_of_negative(ys[k]) * t
        else:
            for k in range(gs.size):
                line[k] = ys[k] * (gs[k] - t)


# --- softmax along the middle axis: BLOCK columns side by side -----------------------------------------------------


@jit
def softmax_columns(x, out, logarithm):
    m, s = np.empty(BLOCK, F), np.empty(BLOCK, F)
    for i in range(x.shape[0]):
        for start in range(0, out.shape[2], BLOCK):
            width = min(BLOCK, out.shape[2] - start)
            m[:] = -np.inf
            s[:] = 0
            for c in range(x.shape[1]):
                row = x[i, c, start : start + width]
                for j in range(width):
                    m[j] = row[j] if row[j] > m[j] else m[j]
            for c in range(x.shape[1]):
                row, line = x[i, c, start : start + width], out[i, c, start : start + width]
                for j in range(width):
                    line[j] = _exp_of_negative(row[j] - m[j])
                    s[j] += line[j]
            for j in range(width):
                s[j] = math.log(s[j]) if logarithm else F(1) / s[j]
            for c in range(x.shape[1]):
                row, line = x[i, c, start : start + width], out[i, c, start : start + width]
                if logarithm:
                    for j in range(width):
                        line[j] = _minus(row[j], m[j], s[j])
                else:
                    for j in range(width):
                        line[j] *= s[j]


@jit
def softmax_columns_backward(g, y, out, logarithm):
    s = np.empty(BLOCK, F)
    for i in range(g.shape[0]):
        for start in range(0, out.shape[2], BLOCK):
            width = min(BLOCK, out.shape[2] - start)
            s[:] = 0
            for c in range(g.shape[1]):
                gs, ys = g[i, c, start : start + width], y[i, c, start : start + width]
                for j in range(width):
                    s[j] += gs[j] if logarithm else gs[j] * ys[j]
            for c in range(g.shape[1]):
                gs, ys = g[i, c, start : start + width], y[i, c, start : start + width]
                line = out[i, c, start : start + width]
                for j in range(width):
                    line[j] = gs[j] - _exp_of_negative(ys[j]) * s[j] if logarithm else ys[j] * (gs[j] - s[j])


# --- one time step of recurrent layers, a row per sequence (recurrent.py) ------------------------------------------
# Several short loops in place of one: LLVM gives up on a loop over so many arrays.


@jit(fastmath=PRECISE)
def _logistic_sum(x, y, out):
    for k in range(out.size):
        out[k] = _logistic(x[k] + y[k])


@jit(fastmath=PRECISE)
def _tanh_sum(x, y, out):
    for k in range(out.size):
        out[k] = _tanh(x[k] + y[k])


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
            y[k] = o[k] * _tanh(after[k])


@jit(fastmath=PRECISE)
def lstm_step_backward(g_out, dc, active, cells, before, d):
    """dc is the gradient of the cells after the step, replaced by that of the cells before it"""
    u, one = dc.shape[1], F(1)
    for row in range(dc.shape[0]):
        line, given, after = dc[row], g_out[row], cells[row]
        i, f, g, o = active[row, :u], active[row, u : 2 * u], active[row, 2 * u : 3 * u], active[row, 3 * u :]
        d_i, d_f, d_g, d_o = d[row, :u], d[row, u : 2 * u], d[row, 2 * u : 3 * u], d[row, 3 * u :]
        for k in range(u):
            d_o[k] = _tanh(after[k])
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
            n[k] = _tanh(n[k])
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
