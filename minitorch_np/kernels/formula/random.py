"""Random numbers: the Mersenne Twister, and what torch makes of its 32-bit words, bit for bit.

Torch is compiled with fused multiply-add: a * b + c rounded once.  NumPy has none, so it is put together here.
See Matsumoto and Nishimura 1998 (the twister), Box and Muller 1958 (normal numbers), docs/random.md for the story.
"""

import math
from fractions import Fraction

import numpy as np

__all__ = [
    "draw_bernoulli", "draw_exponential", "draw_integers", "draw_normal_blocks", "draw_normal_pairs", "draw_uniform",
    "draw_uniform24", "draw_uniform53", "permute_", "permute_large_", "random_words_",
]  # fmt: skip

WORDS, AHEAD = 624, 397
NEXT, LEFT = 624, 625  # where the state has torch's two counters, behind the words
UPPER, LOWER, MATRIX = np.uint32(0x80000000), np.uint32(0x7FFFFFFF), np.uint32(0x9908B0DF)
BLOCK = 16  # numbers that Box and Muller's transform makes at a time: eight radii, then eight angles


# --- words ------------------------------------------------------------------------------------------------------


def _twist(upper, lower):
    """The upper bit of one word and the lower bits of the next, shifted, times the twister's matrix"""
    y = (upper & UPPER) | (lower & LOWER)
    return (y >> np.uint32(1)) ^ np.where(y & np.uint32(1), MATRIX, np.uint32(0))


def _stir(words):
    """The next 624 words, in place; each needs the one 397 places ahead, some of which are new by then"""
    step = WORDS - AHEAD
    words[:step] = words[AHEAD:] ^ _twist(words[:step], words[1 : step + 1])
    words[step : 2 * step] = words[:step] ^ _twist(words[step : 2 * step], words[step + 1 : 2 * step + 1])
    words[2 * step : -1] = words[step : AHEAD - 1] ^ _twist(words[2 * step : -1], words[2 * step + 1 :])
    words[-1] = words[AHEAD - 1] ^ _twist(words[-1], words[0])


def _temper(y):
    y = y ^ (y >> np.uint32(11))
    y = y ^ ((y << np.uint32(7)) & np.uint32(0x9D2C5680))
    y = y ^ ((y << np.uint32(15)) & np.uint32(0xEFC60000))
    return y ^ (y >> np.uint32(18))


def random_words_(state, count):
    """state (626,): 624 words, how many are used, how many are left plus one; moves on -> (count,) uint32"""
    out = np.empty(count, np.uint32)
    done = 0
    while done < count:
        if state[LEFT] == 1:
            _stir(state[:WORDS])
            state[NEXT], state[LEFT] = 0, WORDS + 1
        some = min(count - done, int(state[LEFT]) - 1)
        first = int(state[NEXT])
        out[done : done + some] = _temper(state[first : first + some])
        state[NEXT] += np.uint32(some)
        state[LEFT] -= np.uint32(some)
        done += some
    return out


def _pairs(words):
    """(2 n,) -> (n,) uint64: of each two words the first is the high half"""
    return (words[0::2].astype(np.uint64) << np.uint64(32)) | words[1::2]


# --- fused multiply-add -------------------------------------------------------------------------------------------


def _two_sum(a, b):
    """The rounded sum and what rounding took from it (Knuth)"""
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


def _to_odd(value, rest):
    """value + rest, rounded to the neighbour whose last bit is 1: so that rounding once more is right"""
    even = (value.view(np.int64) & 1) == 0
    return np.where((rest != 0) & even, np.nextafter(value, np.copysign(np.inf, rest)), value)


def fma(a, b, c):
    """a * b + c with a single rounding, elementwise; float32 or float64 in and out"""
    a, b, c = np.broadcast_arrays(a, b, c)
    if a.dtype == np.float32:  # the product of two float32 is exact in float64
        return _to_odd(*_two_sum(np.multiply(a, b, dtype=np.float64), c.astype(np.float64))).astype(np.float32)

    def halves(x):  # Veltkamp
        big = x * (2.0**27 + 1)
        high = big - (big - x)
        return high, x - high

    product = a * b
    (a1, a2), (b1, b2) = halves(a), halves(b)
    low = ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2  # Dekker: product + low is exact
    small, rest = _two_sum(c, low)
    total, more = _two_sum(product, small)
    exact = total + _to_odd(*_two_sum(more, rest))
    result = np.asarray(np.where(np.isfinite(exact), exact, product + c))
    # Dekker's `low` is itself too small to be exact there: a few numbers in a lifetime, so they may cost what they like.
    tiny = (np.abs(product) < 2.0**-960) & (a != 0) & (b != 0) & np.isfinite(c)
    for at in map(tuple, np.argwhere(tiny)):
        p, q, r = (Fraction(float(x[at])) for x in (a, b, c))
        result[at] = float(p * q + r) if p * q + r else result[at]
    return result


# --- uniform ------------------------------------------------------------------------------------------------------


def draw_uniform24(words):
    """(n,) -> (n,) float32 of [0, 1): the low 24 bits"""
    return (words & np.uint32(2**24 - 1)).astype(np.float32) * np.float32(2**-24)


def draw_uniform53(words):
    """(2 n,) -> (n,) float64 of [0, 1): the low 53 bits of two words"""
    return (_pairs(words) & np.uint64(2**53 - 1)).astype(np.float64) * 2.0**-53


def draw_uniform(words, low, high, dtype):
    """(n,), or (2 n,) for float64 -> (n,) of [low, high); what rounds up to `high` becomes `low`"""
    wide = np.dtype(np.float64 if dtype == np.float64 else np.float32).type
    low, high = wide(low), wide(high)
    values = fma(draw_uniform53(words) if wide is np.float64 else draw_uniform24(words), high - low, low).astype(dtype)
    return np.where(values == dtype.type(high), dtype.type(low), values)


def draw_bernoulli(words, p):
    """(2 n,) -> (n,) bool, true with probability p"""
    return draw_uniform53(words) < p


def draw_integers(words, low, extent, wide):
    """(n,), or (2 n,) if wide -> (n,) int64: low + word mod extent, modulo 2^64; extent 2^64 leaves a word as it is"""
    words = _pairs(words) if wide else words.astype(np.uint64)
    rest = words if extent == 2**64 else words % np.uint64(extent)
    return rest.view(np.int64) + np.int64(low)


# --- normal and exponential -----------------------------------------------------------------------------------------


def _exactly(function, x):
    """The C library's double precision: NumPy's own vectorised functions differ from it in the last bit"""
    return np.array([function(v) for v in x.tolist()], np.float64)


def draw_exponential(words, rate):
    """(2 n,) -> (n,) float64: -ln(1 - u) / rate"""
    return -1 / rate * _exactly(math.log1p, -draw_uniform53(words))


def draw_normal_pairs(words):
    """(4 n,) -> (2 n,) float64: of each two uniforms, r cos(t) and r sin(t), t = 2 pi u1, r = sqrt(-2 ln(1 - u2))"""
    first, second = draw_uniform53(words).reshape(-1, 2).T
    radius, angle = np.sqrt(-2 * _exactly(math.log1p, -second)), 2 * math.pi * first
    return np.stack([radius * _exactly(math.cos, angle), radius * _exactly(math.sin, angle)], 1).reshape(-1)


def draw_normal_blocks(words, mean, std, dtype):
    """(16 n,), or (32 n,) for float64 -> (16 n,): of each block, the first eight uniforms give radii, the others angles"""
    exact = dtype == np.float64
    first, second = (draw_uniform53 if exact else draw_uniform24)(words).reshape(-1, 2, BLOCK // 2).transpose(1, 0, 2)
    first, second = (1 - first).reshape(-1), second.reshape(-1)
    if exact:
        radius, angle = np.sqrt(-2 * _exactly(math.log, first)), 2 * math.pi * second
        sine, cosine = _exactly(math.sin, angle), _exactly(math.cos, angle)
    else:
        radius, angle = np.sqrt(np.float32(-2) * _log(first)), np.float32(2 * math.pi) * second
        sine, cosine = _sincos(angle)
    mean, std = radius.dtype.type(mean), radius.dtype.type(std)
    values = [fma(radius * part, std, mean).reshape(-1, BLOCK // 2) for part in (cosine, sine)]
    return np.concatenate(values, 1).reshape(-1).astype(dtype, copy=False)


def _fused(a, b, c):
    """float32 a * b + c by way of float64: rounded twice, which is proved to be enough for the polynomials below"""
    return (np.multiply(a, b, dtype=np.float64) + c).astype(np.float32)


LOG = np.array(
    [
        7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
        2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
    ], np.float32,
)  # fmt: skip
COSINE = np.array([2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2], np.float32)
SINE = np.array([-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1], np.float32)
QUARTER_PI = np.array([-0.78515625, -2.4187564849853515625e-4, -3.77489497744594108e-8], np.float32)  # in three parts


def _log(x):
    """ln x in float32, x in (0, 1], as in the Cephes library: x = m 2^e, sqrt(1/2) <= m < sqrt(2), polynomial in m - 1"""
    bits = x.view(np.int32)
    e = ((bits >> 23) - 126).astype(np.float32)
    m = ((bits & 0x7FFFFF) | 0x3F000000).view(np.float32)
    small = m < np.float32(math.sqrt(0.5))
    e = np.where(small, e - np.float32(1), e)
    m = np.where(small, (m - np.float32(1)) + m, m - np.float32(1))
    z = m * m
    y = np.full_like(m, LOG[0])
    for coefficient in LOG[1:]:
        y = _fused(y, m, coefficient)
    y = _fused(m * y, z, e * np.float32(-2.12194440e-4))
    y = _fused(-z, np.float32(0.5), y)
    return _fused(e, np.float32(0.693359375), m + y)


def _sincos(t):
    """sin t and cos t in float32, t >= 0, as in the Cephes library: t less a multiple of pi / 4, then polynomials"""
    j = ((t * np.float32(1.27323954473516)).astype(np.int32) + 1) & ~1
    x = t
    for part in QUARTER_PI:
        x = _fused(j.astype(np.float32), part, x)
    z = x * x
    c = _fused(_fused(COSINE[0], z, COSINE[1]), z, COSINE[2])
    c = _fused(z, z * c, -(z * np.float32(0.5))) + np.float32(1)
    s = _fused(_fused(SINE[0], z, SINE[1]), z, SINE[2])
    s = _fused(x, z * s, x)
    swap = (j & 2) != 0
    sine, cosine = np.where(swap, c, s), np.where(swap, s, c)
    return np.where(j & 4, -sine, sine), np.where((j - 2) & 4, cosine, -cosine)


# --- permutations ---------------------------------------------------------------------------------------------------


def permute_(words, order, start):
    """words for the places from `start` on, order (n,): each place is swapped with itself or a later one"""
    size = len(order)
    for i, z in enumerate((words % np.arange(size - start, size - start - len(words), -1)).tolist(), start):
        order[i], order[i + z] = order[i + z], order[i]


def permute_large_(words, order, start):
    """The same with two words per place, for n whose remainders 32 bits do not give: each is put among the earlier ones"""
    places = np.arange(start + 1, start + 1 + len(words) // 2, dtype=np.uint64)
    for i, z in enumerate((_pairs(words) % places).tolist(), start):
        order[i] = order[z]
        order[z] = i
