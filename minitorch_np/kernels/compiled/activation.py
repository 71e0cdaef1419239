"""Activation functions: one pass over memory, shared out among the threads.

float32 has its own exponential, which vectorises; float64 takes NumPy's, each thread its share.
"""

import math

import numpy as np

from ...parallel import split
from ..formula import activation as formula
from ._jit import PRECISE, jit

__all__ = [
    "elu", "elu_backward", "erf", "gelu", "gelu_backward", "leaky_relu", "leaky_relu_backward", "logsigmoid",
    "logsigmoid_backward", "mask_positive", "relu", "sigmoid", "sigmoid_backward", "silu", "silu_backward", "softplus",
    "softplus_backward", "tanh", "tanh_backward",
]  # fmt: skip

GRAIN = 1 << 15  # elements that are worth a thread's while
F = np.float32
LOG2E, LN2_HIGH, LN2_LOW, MAGIC = F(1.44269504), F(0.693359375), F(-2.12194440e-4), F(12582912.0)
TANH_SCALE, TANH_CUBE = F(math.sqrt(2 / math.pi)), F(0.044715)
ROOT_HALF, PHI_SCALE = F(math.sqrt(0.5)), F(1 / math.sqrt(2 * math.pi))


@jit(fastmath=PRECISE)
def _exp(x):
    """e^x = 2^n e^r, n the nearest integer to x / ln 2 (found by adding and subtracting 1.5 * 2^23), r by a polynomial

    The error is about one ulp; results below 1e-38 become 0; NaN stays.
    """
    c = min(max(x, F(-87.3)), F(88.7))
    n = (c * LOG2E + MAGIC) - MAGIC
    r = c - n * LN2_HIGH
    r = r - n * LN2_LOW
    p = F(1.9875691500e-4)
    p = p * r + F(1.3981999507e-3)
    p = p * r + F(8.3334519073e-3)
    p = p * r + F(4.1665795894e-2)
    p = p * r + F(1.6666665459e-1)
    p = p * r + F(5.0000001201e-1)
    e = (p * r * r + r + F(1)) * np.int32((np.int32(n) + np.int32(127)) << np.int32(23)).view(F)
    e = F(np.inf) if x > F(88.7228) else e
    e = F(0) if x < F(-87.3) else e
    return e if x == x else x


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


# --- loops: each writes out[k] from x[k], or from g[k] and the saved s[k] ----------------------------------------


@jit
def _relu(x, out):
    for k in range(out.size):
        out[k] = x[k] if x[k] > 0 or x[k] != x[k] else x.dtype.type(0)


@jit
def _mask_positive(g, y, out):
    for k in range(out.size):
        out[k] = g.dtype.type(0) if y[k] <= 0 else g[k]


@jit
def _leaky_relu(x, out, slope):
    a = x.dtype.type(slope)
    for k in range(out.size):
        out[k] = x[k] if x[k] > 0 else x[k] * a


@jit
def _leaky_relu_backward(g, x, out, slope):
    a = g.dtype.type(slope)
    for k in range(out.size):
        out[k] = g[k] if x[k] > 0 else g[k] * a


@jit
def _sigmoid_backward(g, y, out):
    one = y.dtype.type(1)
    for k in range(out.size):
        out[k] = g[k] * (y[k] * (one - y[k]))


@jit
def _tanh_backward(g, y, out):
    one = y.dtype.type(1)
    for k in range(out.size):
        out[k] = g[k] * (one - y[k] * y[k])


@jit(fastmath=PRECISE)
def _sigmoid(x, out):
    for k in range(out.size):
        out[k] = _logistic(x[k])


@jit(fastmath=PRECISE)
def _silu(x, out):
    for k in range(out.size):
        out[k] = x[k] / (F(1) + _exp(-x[k]))


@jit(fastmath=PRECISE)
def _silu_backward(g, x, out):
    for k in range(out.size):
        s = _logistic(x[k])
        out[k] = g[k] * (s * (F(1) + x[k] * (F(1) - s)))


@jit(fastmath=PRECISE)
def _erf_loop(x, out):
    for k in range(out.size):
        out[k] = _erf(x[k])


@jit(fastmath=PRECISE)
def _gelu(x, out):
    for k in range(out.size):
        out[k] = x[k] * F(0.5) * (F(1) + _erf(x[k] * ROOT_HALF))


@jit(fastmath=PRECISE)
def _gelu_backward(g, x, out):
    for k in range(out.size):
        phi = _exp(F(-0.5) * x[k] * x[k]) * PHI_SCALE
        out[k] = g[k] * (F(0.5) * (F(1) + _erf(x[k] * ROOT_HALF)) + x[k] * phi)


@jit(fastmath=PRECISE)
def _softplus_backward(g, x, out, beta, threshold):
    b, t = F(beta), F(threshold)
    for k in range(out.size):
        z = x[k] * b
        out[k] = g[k] if z > t else g[k] * _logistic(z)


@jit(fastmath=PRECISE)
def _elu_backward(g, x, out, alpha):
    a = F(alpha)
    for k in range(out.size):
        out[k] = g[k] if x[k] > F(0) else g[k] * (a * _exp(min(x[k], F(0))))


@jit(fastmath=PRECISE)
def _logsigmoid_backward(g, x, out):
    for k in range(out.size):
        out[k] = g[k] * _logistic(-x[k])


# --- sharing out ---------------------------------------------------------------------------------------------------


def _shared(loop, arrays, *options):
    """loop(*shares of arrays, share of the result, *options) over all elements."""
    shape = arrays[0].shape
    flat = [np.ascontiguousarray(a).reshape(-1) for a in arrays]
    out = np.empty(flat[0].size, flat[0].dtype)
    split(lambda a, b: loop(*[x[a:b] for x in flat], out[a:b], *options), out.size, GRAIN)
    return out.reshape(shape)


def _by_formula(function, *options):
    """NumPy's formula as a loop: its loops release the GIL, so threads share them, too."""

    def loop(*arrays):
        out = arrays[len(arrays) - 1 - len(options)]
        with np.errstate(all="ignore"):  # a thread of its own does not inherit the caller's
            out[...] = function(*arrays[: len(arrays) - 1 - len(options)], *options)

    return loop


def _single(name, loop, *arrays):
    """The float32 loop, or, for float64, the formula; neither with options."""
    return _shared(loop if arrays[0].dtype == F else _by_formula(getattr(formula, name)), arrays)


def _optional(name, loop, arrays, *options):
    """As _single, with options; loop None means that only the formula is shared out."""
    if loop is not None and arrays[0].dtype == F:
        return _shared(loop, arrays, *options)
    return _shared(_by_formula(getattr(formula, name), *options), arrays, *options)


def relu(x):
    """max(x, 0); NaN stays"""
    return _shared(_relu, (x,))


def mask_positive(g, y):
    """0 where y <= 0, else g"""
    return _shared(_mask_positive, (g, y))


def leaky_relu(x, slope):
    """x where x > 0, else slope x"""
    return _shared(_leaky_relu, (x,), slope)


def leaky_relu_backward(g, x, slope):
    """g where x > 0, else slope g"""
    return _shared(_leaky_relu_backward, (g, x), slope)


def erf(x):
    """2 / sqrt(pi) integral of e^(-t^2) from 0 to x"""
    return _single("erf", _erf_loop, x)


def sigmoid(x):
    """1 / (1 + e^-x)"""
    return _single("sigmoid", _sigmoid, x)


def sigmoid_backward(g, y):
    """g y (1 - y)"""
    return _shared(_sigmoid_backward, (g, y))


def tanh(x):
    """(e^x - e^-x) / (e^x + e^-x)"""
    return _shared(_by_formula(formula.tanh), (x,))


def tanh_backward(g, y):
    """g (1 - y^2)"""
    return _shared(_tanh_backward, (g, y))


def silu(x):
    """x sigmoid(x)"""
    return _single("silu", _silu, x)


def silu_backward(g, x):
    """g s (1 + x (1 - s)), s = sigmoid(x)"""
    return _single("silu_backward", _silu_backward, g, x)


def gelu(x, approximate):
    """x Phi(x), Phi the normal distribution function; or its "tanh" approximation"""
    return _single("gelu", _gelu, x) if _exact(x, approximate) else _optional("gelu", None, (x,), approximate)


def gelu_backward(g, x, approximate):
    """g (Phi(x) + x phi(x)), phi = e^(-x^2/2) / sqrt(2 pi); or the slope of the tanh form"""
    if _exact(x, approximate):
        return _single("gelu_backward", _gelu_backward, g, x)
    return _optional("gelu_backward", None, (g, x), approximate)


def _exact(x, approximate):
    return approximate == "none" and x.dtype == F


def elu(x, alpha):
    """x where x > 0, else alpha (e^x - 1)"""
    return _optional("elu", None, (x,), alpha)


def elu_backward(g, x, alpha):
    """g where x > 0, else g alpha e^x"""
    return _optional("elu_backward", _elu_backward, (g, x), alpha)


def softplus(x, beta, threshold):
    """ln(1 + e^(beta x)) / beta; x itself where beta x > threshold"""
    return _optional("softplus", None, (x,), beta, threshold)


def softplus_backward(g, x, beta, threshold):
    """g sigmoid(beta x); g itself where beta x > threshold"""
    return _optional("softplus_backward", _softplus_backward, (g, x), beta, threshold)


def logsigmoid(x):
    """ln(sigmoid(x))"""
    return _shared(_by_formula(formula.logsigmoid), (x,))


def logsigmoid_backward(g, x):
    """g sigmoid(-x)"""
    return _single("logsigmoid_backward", _logsigmoid_backward, g, x)
