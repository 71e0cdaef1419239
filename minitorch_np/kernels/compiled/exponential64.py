"""float64's exponential and what is made of it, without a branch or a table: loops over straight lines vectorise.
The longest polynomials are two chains of steps, even and odd powers: in one chain each step waits for the one before.

The same functions as float32's in exponential32.py.
"""

import math

import numpy as np

from ._jit import PRECISE, jit

D, Q = np.float64, np.uint64
LOG2E, LN2_HIGH, LN2_LOW = 1 / math.log(2), 6.93147180369123816490e-01, 1.90821492927058770002e-10
MAGIC = 1.5 * 2.0**52
MAGIC_BITS = D(MAGIC).view(Q)
PHI_SCALE, ROOT_TWO = 1 / math.sqrt(2 * math.pi), math.sqrt(2)


@jit(fastmath=PRECISE, inside=True)
def _reduced(c):
    """n + 1.5 * 2^52, n the nearest integer to c / ln 2, which stands in its last bits; and e^r - 1, r = c - n ln 2"""
    shifted = c * LOG2E + MAGIC
    n = shifted - MAGIC
    r = c - n * LN2_HIGH
    r = r - n * LN2_LOW
    p = 2.510038549551032e-08
    p = p * r + 2.7620088445409746e-07
    p = p * r + 2.7557268459997064e-06
    p = p * r + 2.4801521295954376e-05
    p = p * r + 1.9841269863053618e-04
    p = p * r + 1.3888888917213717e-03
    p = p * r + 8.333333333330062e-03
    p = p * r + 4.166666666662413e-02
    p = p * r + 1.6666666666666669e-01
    p = p * r + 0.5
    return shifted, p * r * r + r


@jit(fastmath=PRECISE, inside=True)
def exp(x):
    """e^x = 2^n e^r, 2^n in two factors: so it overflows, and becomes small below 1e-308, as it should.  NaN stays"""
    c = -746.0 if x < -746.0 else x
    c = 710.0 if c > 710.0 else c
    shifted, p = _reduced(c)
    n = D(shifted).view(Q) - (MAGIC_BITS - Q(2046))  # n + 2046, the sum of two exponents
    half = n >> Q(1)
    power = Q(half << Q(52)).view(D)
    return (p * power + power) * Q((n - half) << Q(52)).view(D)


@jit(fastmath=PRECISE, inside=True)
def expm1(x):
    """e^x - 1 = 2^n (e^r - 1) + (2^n - 1), for x up to 709; x itself where that is exact enough, or NaN"""
    c = -60.0 if x < -60.0 else x
    shifted, p = _reduced(709.0 if c > 709.0 else c)
    power = Q((D(shifted).view(Q) - (MAGIC_BITS - Q(1023))) << Q(52)).view(D)
    return power * p + (power - 1.0) if abs(x) > 1e-17 else x


@jit(fastmath=PRECISE, inside=True)
def tanh(x):
    """x + x^3 P(x^2) up to 0.55, further out 1 - 2 / (e^2|x| + 1), with the sign of x.  NaN stays"""
    z = x * x
    p = -2.060276537636634e-05
    p = p * z + 8.511313685577671e-05
    p = p * z + -2.346347410887237e-04
    p = p * z + 5.889360520074057e-04
    p = p * z + -1.455661830100716e-03
    p = p * z + 3.592110378689024e-03
    p = p * z + -8.863234397814355e-03
    p = p * z + 2.1869488493666944e-02
    p = p * z + -5.3968253967434016e-02
    p = p * z + 1.3333333333332714e-01
    p = p * z + -3.333333333333333e-01
    a = abs(x)
    far = 1.0 - 2.0 / (exp(2.0 * a) + 1.0)
    return math.copysign(a * (p * z) + a if a < 0.55 else far, x)


@jit(fastmath=PRECISE, inside=True)
def log1p_exp(x):
    """ln(1 + e), e = e^-|x|, by the series of 2 artanh(s), s = e / (2 + e) <= 1/3"""
    e = exp(-abs(x))
    s = e / (2.0 + e)
    z = s * s
    p = 0.08082022805971766
    p = p * z + 0.04400369243072337
    p = p * z + 0.06000536404795356
    p = p * z + 0.06657072104827468
    p = p * z + 0.07692785032479312
    p = p * z + 0.09090894718066429
    p = p * z + 0.11111111358713932
    p = p * z + 0.1428571428355438
    p = p * z + 0.20000000000007292
    p = p * z + 0.3333333333333333
    return 2.0 * (s + s * (p * z))


@jit(fastmath=PRECISE, inside=True)
def tail(a):
    """Phi(-a) and e^(-a^2/2), a >= 0: their quotient is a polynomial in (a - 5) / (a + 5), over a + 5"""
    a = 40.0 if a > 40.0 else a  # from there on both are 0
    e = exp(-0.5 * a * a)
    w = 1.0 / (a + 5.0)
    t = (a - 5.0) * w
    y = t * t
    p = -1.8073212078146044e-10
    p = p * y + 7.667236107202653e-09
    p = p * y + -6.58488684007974e-08
    p = p * y + 4.329837037415609e-07
    p = p * y + -2.7691457822822777e-06
    p = p * y + 1.6681160364586646e-05
    p = p * y + -5.937571381647131e-05
    p = p * y + -7.978694007392487e-04
    p = p * y + 2.079506680009146e-02
    p = p * y + 1.6502036617037502e-01
    p = p * y + 4.953056159699766e-01
    p = p * y + 7.69193049750063e-01
    q = 1.6891057665153782e-09
    q = q * y + -9.144502081289173e-09
    q = q * y + 4.209183333886914e-08
    q = q * y + -3.3651220434990697e-07
    q = q * y + 3.980871285666973e-06
    q = q * y + -4.9762810377903036e-05
    q = q * y + 5.44899065037323e-04
    q = q * y + -2.993376770649268e-03
    q = q * y + -6.911863870629469e-02
    q = q * y + -3.1353315667130516e-01
    q = q * y + -6.653825028900567e-01
    p = q * t + p
    return e * (p * w), e


@jit(fastmath=PRECISE, inside=True)
def normal(x):
    """Phi(x), and its slope: phi(x) = e^(-x^2/2) / sqrt(2 pi)"""
    left, e = tail(abs(x))
    return 1.0 - left if x > 0.0 else left, e * PHI_SCALE


@jit(fastmath=PRECISE, inside=True)
def distribution(x):
    """Phi(x)"""
    return normal(x)[0]


@jit(fastmath=PRECISE, inside=True)
def erf(x):
    """x + x P(x^2) up to 1.25; further out 1 - 2 Phi(-sqrt(2) |x|), with the sign of x"""
    z = x * x
    y = z * z
    p = 7.950926967407615e-11
    p = p * y + 1.473560215188159e-08
    p = p * y + 1.6461312961700254e-06
    p = p * y + 1.2055330760279799e-04
    p = p * y + 5.223977624149488e-03
    p = p * y + 1.1283791670954209e-01
    p = p * y + 1.283791670955126e-01
    q = -3.275693198242207e-12
    q = q * y + -1.1894502173635332e-09
    q = q * y + -1.635683699479465e-07
    q = q * y + -1.4925599893253706e-05
    q = q * y + -8.548326956926665e-04
    q = q * y + -2.686617064498058e-02
    q = q * y + -3.761263890318373e-01
    p = q * z + p
    a = abs(x)
    left, _ = tail(ROOT_TWO * a)
    return math.copysign(a * p + a if a < 1.25 else 1.0 - 2.0 * left, x)
