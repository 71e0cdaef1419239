"""float32's exponential and what is made of it, without a branch or a table: loops over straight lines vectorise.

The same functions as float64's in exponential64.py.
"""

import math

import numpy as np

from ._jit import PRECISE, jit

F = np.float32
LOG2E, LN2_HIGH, LN2_LOW, MAGIC = F(1.44269504), F(0.693359375), F(-2.12194440e-4), F(12582912.0)
MAGIC_BITS = np.int32(MAGIC.view(np.int32) - 127)
ROOT_HALF, ROOT_TWO, PHI_SCALE = F(math.sqrt(0.5)), F(math.sqrt(2)), F(1 / math.sqrt(2 * math.pi))


@jit(fastmath=PRECISE, inside=True)
def _fraction(c, n):
    """e^r - 1 for r = c - n ln 2, at most half of ln 2; the polynomial in pieces, for a chain of steps is waited for"""
    r = c - n * LN2_HIGH
    r = r - n * LN2_LOW
    z = r * r
    high = (F(1.9875691500e-4) * r + F(1.3981999507e-3)) * z + (F(8.3334519073e-3) * r + F(4.1665795894e-2))
    return high * (z * z) + ((F(1.6666665459e-1) * r + F(5.0000001201e-1)) * z + r)


@jit(fastmath=PRECISE, inside=True)
def exp(x):
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


@jit(fastmath=PRECISE, inside=True)
def exp_of_negative(x):
    """e^x for x <= 0 with fewer steps: results below 1e-38 become 0; a NaN meets no comparison"""
    small = x < F(-87.3)
    c = F(-87.3) if small else x
    shifted = c * LOG2E + MAGIC
    power = np.int32((F(shifted).view(np.int32) - MAGIC_BITS) << np.int32(23)).view(F)
    e = _fraction(c, shifted - MAGIC) * power + power
    return F(0) if small else e


@jit(fastmath=PRECISE, inside=True)
def expm1(x):
    """e^x - 1 = 2^n (e^r - 1) + (2^n - 1), for x up to 88; x itself where that is exact enough, or NaN"""
    c = F(-20) if x < F(-20) else x
    c = F(88) if c > F(88) else c
    shifted = c * LOG2E + MAGIC
    p = _fraction(c, shifted - MAGIC)
    power = np.int32((F(shifted).view(np.int32) - MAGIC_BITS) << np.int32(23)).view(F)
    return power * p + (power - F(1)) if abs(x) > F(1e-8) else x


@jit(fastmath=PRECISE, inside=True)
def tanh(x):
    """x + x^3 P(x^2) up to 0.55, further out 1 - 2 t / (1 + t), t = e^-2|x|, with the sign of x"""
    a, z = abs(x), x * x
    p = F(-6.6102278311e-3) * z + F(2.1309388664e-2)
    p = p * (z * z) + (F(-5.3909428827e-2) * z + F(1.3333113729e-1))
    p = p * z + F(-3.3333332008e-1)
    t = exp_of_negative(F(-2) * a)
    return F(math.copysign(a * (p * z) + a if a < F(0.55) else F(1) - F(2) * t / (F(1) + t), x))


@jit(fastmath=PRECISE, inside=True)
def log1p_exp(x):
    """ln(1 + e), e = e^-|x|, by the series of 2 artanh(s), s = e / (2 + e) <= 1/3"""
    e = exp_of_negative(-abs(x))
    s = e / (F(2) + e)
    z = s * s
    p = F(1.1612164612e-1) * z + F(1.0853287900e-1)
    p = p * (z * z) + (F(1.4296178997e-1) * z + F(1.9999853166e-1))
    p = p * z + F(3.3333333660e-1)
    return F(2) * (s + s * (p * z))


@jit(fastmath=PRECISE, inside=True)
def distribution(x):
    """Phi(x) = (1 + erf(x / sqrt(2))) / 2, erf(c) = c P(c^2) / Q(c^2) on [-4, 4] and 1 beyond

    As in torch nothing is left far to the left; it takes half of `tail`'s time.
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
def tail(a):
    """Phi(-a) and e^(-a^2/2), a >= 0: their quotient is a polynomial in (a - 4) / (a + 4), over a + 4"""
    a = F(15) if a > F(15) else a  # from there on both are 0
    e = exp_of_negative(F(-0.5) * a * a)
    w = F(1) / (a + F(4))
    t = (a - F(4)) * w
    z = t * t
    p = (F(-1.2298315701e-4) * t + F(1.9480185114e-4)) * z + (F(1.5693136451e-3) * t + F(-3.5235740564e-3))
    p = p * z + (F(-7.5272129117e-3) * t + F(6.0406469748e-2))
    q = (F(-1.8652300590e-1) * t + F(3.8713667979e-1)) * z + (F(-6.0789660607e-1) * t + F(7.5528513851e-1))
    return e * w * (p * (z * z) + q), e


@jit(fastmath=PRECISE, inside=True)
def normal(x):
    """Phi(x), and its slope: phi(x) = e^(-x^2/2) / sqrt(2 pi)"""
    left, e = tail(abs(x))
    return F(1) - left if x > F(0) else left, e * PHI_SCALE


@jit(fastmath=PRECISE, inside=True)
def erf(x):
    """x + x P(x^2) up to 1; further out 1 - 2 Phi(-sqrt(2) |x|), with the sign of x"""
    a, z = abs(x), x * x
    p = F(7.8758750627e-5) * z + F(-8.0168642872e-4)
    p = p * (z * z) + (F(5.1890874234e-3) * z + F(-2.6854212011e-2))
    p = (p * z + F(1.1283594715e-1)) * (z * z) + (F(-3.7612626667e-1) * z + F(1.2837916585e-1))
    left, _ = tail(ROOT_TWO * a)
    return F(math.copysign(a * p + a if a < F(1) else F(1) - F(2) * left, x))
