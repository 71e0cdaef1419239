"""Loops around the exponential, which vectorise: for activation.py, softmax.py, recurrent.py and attention.py.

float32's exponential stands here, float64's in exponential64.py: after an edit there delete this file's in `__pycache__`,
for Numba's cache does not notice an edit of a jitted function in another file.
"""

import math

import numpy as np

from . import exponential64 as double
from ._jit import PRECISE, by_dtype, jit
from ._simd import lanes, largest_lanes

F = np.float32
LOG2E, LN2_HIGH, LN2_LOW, MAGIC = F(1.44269504), F(0.693359375), F(-2.12194440e-4), F(12582912.0)
MAGIC_BITS = np.int32(MAGIC.view(np.int32) - 127)
TANH_SCALE, TANH_CUBE = math.sqrt(2 / math.pi), 0.044715
ROOT_HALF, ROOT_TWO, PHI_SCALE = F(math.sqrt(0.5)), F(math.sqrt(2)), F(1 / math.sqrt(2 * math.pi))
SUM = 4096  # terms that are summed in float32 before float64 takes over
VECTOR = 4 * lanes(F)  # bytes; four are compared side by side: LLVM does not vectorise a maximum that respects NaN
BLOCK = 256  # neighbouring columns that are treated side by side


@jit(fastmath=PRECISE)
def _fraction(c, n):
    """e^r - 1 for r = c - n ln 2, at most half of ln 2; the polynomial in pieces, for a chain of steps is waited for"""
    r = c - n * LN2_HIGH
    r = r - n * LN2_LOW
    z = r * r
    high = (F(1.9875691500e-4) * r + F(1.3981999507e-3)) * z + (F(8.3334519073e-3) * r + F(4.1665795894e-2))
    return high * (z * z) + ((F(1.6666665459e-1) * r + F(5.0000001201e-1)) * z + r)


@jit(fastmath=PRECISE)
def _exp(x):
    """e^x = 2^n e^r, n + 1.5 * 2^23 has n in its last bits; 2^n in two factors: so it overflows, and becomes small below
    1e-38, as it should.  The error is about one ulp; NaN stays"""
    c = F(-104) if x < F(-104) else x
    c = F(89) if c > F(89) else c
    shifted = c * LOG2E + MAGIC
    p = _fraction(c, shifted - MAGIC)
    n = np.int32(F(shifted).view(np.int32) - (MAGIC_BITS - np.int32(127)))  # n + 254, the sum of two exponents
    half = np.int32(n >> np.int32(1))
    power = np.int32(half << np.int32(23)).view(F)
    return (p * power + power) * np.int32(np.int32(n - half) << np.int32(23)).view(F)


@jit(fastmath=PRECISE)
def _exp_of_negative(x):
    """e^x for x <= 0 with fewer steps: results below 1e-38 become 0; a NaN meets no comparison"""
    small = x < F(-87.3)
    c = F(-87.3) if small else x
    shifted = c * LOG2E + MAGIC
    power = np.int32((F(shifted).view(np.int32) - MAGIC_BITS) << np.int32(23)).view(F)
    e = _fraction(c, shifted - MAGIC) * power + power
    return F(0) if small else e


@jit(fastmath=PRECISE)
def _expm1(x):
    """e^x - 1 = 2^n (e^r - 1) + (2^n - 1), for x up to 88; x itself where that is exact enough, or NaN"""
    c = F(-20) if x < F(-20) else x
    c = F(88) if c > F(88) else c
    shifted = c * LOG2E + MAGIC
    p = _fraction(c, shifted - MAGIC)
    power = np.int32((F(shifted).view(np.int32) - MAGIC_BITS) << np.int32(23)).view(F)
    return power * p + (power - F(1)) if abs(x) > F(1e-8) else x


@jit(fastmath=PRECISE)
def _tanh(x):
    """x + x^3 P(x^2) up to 0.55, further out 1 - 2 t / (1 + t), t = e^-2|x|, with the sign of x"""
    a, z = abs(x), x * x
    p = F(-6.6102278311e-3) * z + F(2.1309388664e-2)
    p = p * (z * z) + (F(-5.3909428827e-2) * z + F(1.3333113729e-1))
    p = p * z + F(-3.3333332008e-1)
    t = _exp_of_negative(F(-2) * a)
    return F(math.copysign(a * (p * z) + a if a < F(0.55) else F(1) - F(2) * t / (F(1) + t), x))


@jit(fastmath=PRECISE)
def _log1p_exp(x):
    """ln(1 + e), e = e^-|x|, by the series of 2 artanh(s), s = e / (2 + e) <= 1/3"""
    e = _exp_of_negative(-abs(x))
    s = e / (F(2) + e)
    z = s * s
    p = F(1.1612164612e-1) * z + F(1.0853287900e-1)
    p = p * (z * z) + (F(1.4296178997e-1) * z + F(1.9999853166e-1))
    p = p * z + F(3.3333333660e-1)
    return F(2) * (s + s * (p * z))


@jit(fastmath=PRECISE)
def _distribution(x):
    """Phi(x) = (1 + erf(x / sqrt(2))) / 2, erf(c) = c P(c^2) / Q(c^2) on [-4, 4] and 1 beyond

    As in torch nothing is left far to the left; it takes half of `_tail`'s time.
    """
    c = x * ROOT_HALF
    c = F(-4) if c < F(-4) else c
    c = F(4) if c > F(4) else c
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
    return F(0.5) + F(0.5) * (c * p / q)


@jit(fastmath=PRECISE, inside=True)
def _tail(a):
    """Phi(-a) and e^(-a^2/2), a >= 0: their quotient is a polynomial in (a - 4) / (a + 4), over a + 4"""
    a = F(15) if a > F(15) else a  # from there on both are 0
    e = _exp_of_negative(F(-0.5) * a * a)
    w = F(1) / (a + F(4))
    t = (a - F(4)) * w
    z = t * t
    p = (F(-1.2298315701e-4) * t + F(1.9480185114e-4)) * z + (F(1.5693136451e-3) * t + F(-3.5235740564e-3))
    p = p * z + (F(-7.5272129117e-3) * t + F(6.0406469748e-2))
    q = (F(-1.8652300590e-1) * t + F(3.8713667979e-1)) * z + (F(-6.0789660607e-1) * t + F(7.5528513851e-1))
    return e * w * (p * (z * z) + q), e


@jit(fastmath=PRECISE, inside=True)
def _normal(x):
    """Phi(x), and its slope: phi(x) = e^(-x^2/2) / sqrt(2 pi)"""
    left, e = _tail(abs(x))
    return F(1) - left if x > F(0) else left, e * PHI_SCALE


@jit(fastmath=PRECISE, inside=True)
def _erf(x):
    """x + x P(x^2) up to 1; further out 1 - 2 Phi(-sqrt(2) |x|), with the sign of x"""
    a, z = abs(x), x * x
    p = F(7.8758750627e-5) * z + F(-8.0168642872e-4)
    p = p * (z * z) + (F(5.1890874234e-3) * z + F(-2.6854212011e-2))
    p = (p * z + F(1.1283594715e-1)) * (z * z) + (F(-3.7612626667e-1) * z + F(1.2837916585e-1))
    left, _ = _tail(ROOT_TWO * a)
    return F(math.copysign(a * p + a if a < F(1) else F(1) - F(2) * left, x))


exp, expm1 = by_dtype(_exp, double.exp), by_dtype(_expm1, double.expm1)
exp_of_negative, log1p_exp = by_dtype(_exp_of_negative, double.exp), by_dtype(_log1p_exp, double.log1p_exp)
hyperbolic, error = by_dtype(_tanh, double.tanh), by_dtype(_erf, double.erf)
distribution, normal = by_dtype(_distribution, double.distribution), by_dtype(_normal, double.normal)


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
def softmax_columns(x, out, logarithm):
    m, s = np.empty(BLOCK, x.dtype), np.empty(BLOCK, x.dtype)
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
                    line[j] = exp_of_negative(row[j] - m[j])
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
def softmax_columns_backward(g, y, out, logarithm):
    s = np.empty(BLOCK, g.dtype)
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
