"""Activation functions and their slopes, elementwise: every kernel returns an array of x's shape and dtype.

NAME_backward(g, saved, ...) multiplies g with the slope; `saved` is x or y, whichever torch keeps.
"""

import functools
import math

import numpy as np

_ERF, _ERFC = np.frompyfunc(math.erf, 1, 1), np.frompyfunc(math.erfc, 1, 1)


def _wide(function):
    """Compute float16 in float32 and round once, as torch does."""

    @functools.wraps(function)
    def kernel(first, *rest):
        if first.dtype != np.float16:
            return function(first, *rest)
        rest = [a.astype(np.float32) if isinstance(a, np.ndarray) else a for a in rest]
        return function(first.astype(np.float32), *rest).astype(np.float16)

    return kernel


__all__ = [
    "elu", "elu_backward", "erf", "gelu", "gelu_backward", "leaky_relu", "leaky_relu_backward", "logsigmoid",
    "logsigmoid_backward", "mask_positive", "relu", "sigmoid", "sigmoid_backward", "silu", "silu_backward", "softplus",
    "softplus_backward", "tanh", "tanh_backward",
]  # fmt: skip


def relu(x):
    """max(x, 0); NaN and -0 stay"""
    return np.where(x < 0, x.dtype.type(0), x)


def mask_positive(g, y):
    """0 where y <= 0, else g"""
    return np.where(y <= 0, g.dtype.type(0), g)


@_wide
def leaky_relu(x, slope):
    """x where x > 0, else slope x"""
    return np.where(x > 0, x, x * x.dtype.type(slope))


@_wide
def leaky_relu_backward(g, x, slope):
    """g where x > 0, else slope g"""
    return np.where(x > 0, g, g * g.dtype.type(slope))


def erf(x):
    """2 / sqrt(pi) integral of e^(-t^2) from 0 to x"""
    return np.asarray(_ERF(x.astype(np.float64))).astype(x.dtype)


@_wide
def sigmoid(x):
    """1 / (1 + e^-x), through e^-|x| so that nothing overflows"""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + e), e / (1 + e)).astype(x.dtype, copy=False)


@_wide
def sigmoid_backward(g, y):
    """g y (1 - y)"""
    return g * (y * (1 - y))


def tanh(x):
    """(e^x - e^-x) / (e^x + e^-x)"""
    return np.tanh(x)


@_wide
def tanh_backward(g, y):
    """g (1 - y^2)"""
    return g * (1 - y * y)


@_wide
def silu(x):
    """x sigmoid(x)"""
    return x / (1 + np.exp(-x))


@_wide
def silu_backward(g, x):
    """g s (1 + x (1 - s)), s = sigmoid(x)"""
    s = sigmoid(x)
    return g * (s * (1 + x * (1 - s)))


def _normal(x):
    """Phi(x) = erfc(-x / sqrt(2)) / 2: 1 + erf would leave nothing far to the left"""
    return np.asarray(_ERFC(x.astype(np.float64) * -math.sqrt(0.5)) * 0.5).astype(x.dtype)


_TANH_SCALE, _TANH_CUBE = math.sqrt(2 / math.pi), 0.044715


@_wide
def gelu(x, approximate):
    """x Phi(x), Phi the normal distribution function; or "tanh": x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))"""
    if approximate == "tanh":
        return x * x.dtype.type(0.5) * (1 + np.tanh(x.dtype.type(_TANH_SCALE) * (x + x.dtype.type(_TANH_CUBE) * x * x * x)))
    return x * _normal(x)


@_wide
def gelu_backward(g, x, approximate):
    """g (Phi(x) + x phi(x)), phi = e^(-x^2/2) / sqrt(2 pi); or the slope of the tanh form"""
    half = x.dtype.type(0.5)
    if approximate == "tanh":
        inner = x.dtype.type(_TANH_SCALE) * (x + x.dtype.type(_TANH_CUBE) * x * x * x)
        t = np.tanh(inner)
        slope = x.dtype.type(_TANH_SCALE) * (1 + x.dtype.type(3 * _TANH_CUBE) * x * x)
        return g * (half * (1 + t) + half * x * (1 - t * t) * slope)
    phi = np.exp(-half * x * x) * x.dtype.type(1 / math.sqrt(2 * math.pi))
    return g * (_normal(x) + x * phi)


@_wide
def elu(x, alpha):
    """x where x > 0, else alpha (e^x - 1)"""
    return np.where(x > 0, x, x.dtype.type(alpha) * np.expm1(np.minimum(x, 0)))


@_wide
def elu_backward(g, x, alpha):
    """g where x > 0, else g alpha e^x"""
    return np.where(x > 0, g, g * (x.dtype.type(alpha) * np.exp(np.minimum(x, 0))))


@_wide
def softplus(x, beta, threshold):
    """ln(1 + e^(beta x)) / beta; x itself where beta x > threshold"""
    z = x * x.dtype.type(beta)
    return np.where(z > threshold, x, np.log1p(np.exp(np.minimum(z, threshold))) / x.dtype.type(beta))


@_wide
def softplus_backward(g, x, beta, threshold):
    """g sigmoid(beta x); g itself where beta x > threshold"""
    z = x * x.dtype.type(beta)
    return np.where(z > threshold, g, g * sigmoid(z))


@_wide
def logsigmoid(x):
    """ln(sigmoid(x)) = min(x, 0) - ln(1 + e^-|x|)"""
    return np.minimum(x, x.dtype.type(0)) - np.log1p(np.exp(-np.abs(x)))


@_wide
def logsigmoid_backward(g, x):
    """g sigmoid(-x)"""
    return g * sigmoid(-x)
