"""Activation functions: one pass over memory, shared out among the threads.

float32 has its own exponential, which vectorises (exponential.py); float64 takes NumPy's, each thread its share.
"""

import numpy as np

from ...parallel import share
from . import exponential
from ._jit import jit

__all__ = [
    "elu", "elu_backward", "erf", "gelu", "gelu_backward", "leaky_relu", "leaky_relu_backward", "logsigmoid",
    "logsigmoid_backward", "mask_positive", "relu", "sigmoid", "sigmoid_backward", "silu", "silu_backward", "softplus",
    "softplus_backward", "tanh", "tanh_backward",
]  # fmt: skip

CHEAP = 1 << 18  # elements that are worth a thread's while: the loop only moves memory
GRAIN = 1 << 15  # the loop calculates


# --- loops: each writes out[k] from x[k], or from g[k] and the saved s[k] ----------------------------------------


@jit
def _relu(x, out):
    for k in range(out.size):
        out[k] = x.dtype.type(0) if x[k] < 0 else x[k]


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


# --- sharing out ---------------------------------------------------------------------------------------------------


def _shared(loop, arrays, *options, grain=CHEAP):
    """loop(*shares of arrays, share of the result, *options) over all elements."""
    out = np.empty(arrays[0].shape, arrays[0].dtype)
    flat, result = [a.ravel() for a in arrays], out.ravel()
    if out.size < 2 * grain:  # one share, which this thread does by itself
        loop(*flat, result, *options)
    else:
        share(lambda a, b: loop(*[x[a:b] for x in flat], result[a:b], *options), out.size, grain)
    return out


def _exponential(name, arrays, *options):
    """The loop of that name in exponential.py."""
    return _shared(getattr(exponential, name), arrays, *options, grain=GRAIN)


def relu(x):
    """max(x, 0); NaN and -0 stay"""
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
    return _exponential("erf", (x,))


def sigmoid(x):
    """1 / (1 + e^-x)"""
    return _exponential("sigmoid", (x,))


def sigmoid_backward(g, y):
    """g y (1 - y)"""
    return _shared(_sigmoid_backward, (g, y))


def tanh(x):
    """(e^x - e^-x) / (e^x + e^-x)"""
    return _exponential("tanh", (x,))


def tanh_backward(g, y):
    """g (1 - y^2)"""
    return _shared(_tanh_backward, (g, y))


def silu(x):
    """x sigmoid(x)"""
    return _exponential("silu", (x,))


def silu_backward(g, x):
    """g s (1 + x (1 - s)), s = sigmoid(x)"""
    return _exponential("silu_backward", (g, x))


def gelu(x, approximate):
    """x Phi(x), Phi the normal distribution function; or its "tanh" approximation"""
    return _exponential("gelu_tanh" if approximate == "tanh" else "gelu", (x,))


def gelu_backward(g, x, approximate):
    """g (Phi(x) + x phi(x)), phi = e^(-x^2/2) / sqrt(2 pi); or the slope of the tanh form"""
    return _exponential("gelu_tanh_backward" if approximate == "tanh" else "gelu_backward", (g, x))


def elu(x, alpha):
    """x where x > 0, else alpha (e^x - 1)"""
    return _exponential("elu", (x,), alpha)


def elu_backward(g, x, alpha):
    """g where x > 0, else g alpha e^x"""
    return _exponential("elu_backward", (g, x), alpha)


def softplus(x, beta, threshold):
    """ln(1 + e^(beta x)) / beta; x itself where beta x > threshold"""
    return _exponential("softplus", (x,), beta, threshold)


def softplus_backward(g, x, beta, threshold):
    """g sigmoid(beta x); g itself where beta x > threshold"""
    return _exponential("softplus_backward", (g, x), beta, threshold)


def logsigmoid(x):
    """ln(sigmoid(x))"""
    return _exponential("logsigmoid", (x,))


def logsigmoid_backward(g, x):
    """g sigmoid(-x)"""
    return _exponential("logsigmoid_backward", (g, x))
