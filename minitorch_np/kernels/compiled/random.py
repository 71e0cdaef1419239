"""Random numbers: the formulas of formula/random.py, word by word.

Nothing here may be reassociated or fused but by `_fma`, the processor's fused multiply-add: hence EXACT.
"""

import math
import sys

import numpy as np

from ...parallel import share
from .. import formula
from ..formula.random import AHEAD, BLOCK, COSINE, LEFT, LOG, NEXT, QUARTER_PI, SINE, WORDS
from ..formula.random import fma as plain_fma
from ._jit import EXACT, from_c, inner, intrinsic, jit, jit_is_off

__all__ = [
    "draw_bernoulli", "draw_exponential", "draw_integers", "draw_normal_blocks", "draw_normal_pairs", "draw_uniform",
    "draw_uniform24", "draw_uniform53", "permute_", "permute_large_", "random_words_",
]  # fmt: skip

F, U, Q = np.float32, np.uint32, np.uint64
THIRD = WORDS - AHEAD
FIRST_IS_HIGH = sys.byteorder == "big"  # of two words seen as one
UPPER, LOWER, MATRIX = U(0x80000000), U(0x7FFFFFFF), U(0x9908B0DF)
LOG_0, LOG_1, LOG_2, LOG_3, LOG_4, LOG_5, LOG_6, LOG_7, LOG_8 = LOG
COS_0, COS_1, COS_2 = COSINE
SIN_0, SIN_1, SIN_2 = SINE
PI_0, PI_1, PI_2 = QUARTER_PI
ROOT_HALF, FOUR_OVER_PI = F(math.sqrt(0.5)), F(1.27323954473516)
GRAIN = 1 << 14  # numbers that are worth a thread's while
SIDE_BY_SIDE = 64  # blocks of normal numbers
TWO_PI, TWO_PI_F = 2 * math.pi, F(2 * math.pi)

# Called in the C library itself: Numba's own may be another vendor's, which differs in the last bit.
_log64, _log1p64, _sin64, _cos64 = (from_c(name) for name in ("log", "log1p", "sin", "cos"))

if jit_is_off:

    def _fma(a, b, c):
        return plain_fma(*(np.asarray(v, np.asarray(a).dtype) for v in (a, b, c)))[()]

else:

    @intrinsic
    def _fma(context, a, b, c):
        def generate(context, builder, signature, arguments):
            return builder.fma(*arguments)

        return a(a, a, a), generate


# --- words ------------------------------------------------------------------------------------------------------


@jit(fastmath=EXACT)
def _twist(word, following, ahead, out):
    """Parts of arrays that do not overlap, so that LLVM makes vectors of them"""
    for k in range(out.size):
        y = U((word[k] & UPPER) | (following[k] & LOWER))
        out[k] = U(ahead[k] ^ U(y >> U(1)) ^ (MATRIX if y & U(1) else U(0)))


@jit(fastmath=EXACT)
def _temper(word, out):
    for k in range(out.size):
        y = word[k]
        y = U(y ^ (y >> U(11)))
        y = U(y ^ (U(y << U(7)) & U(0x9D2C5680)))
        y = U(y ^ (U(y << U(15)) & U(0xEFC60000)))
        out[k] = U(y ^ (y >> U(18)))


@jit(fastmath=EXACT)
def _stir(state, fresh):
    """The next 624 words; each third of them needs the one before"""
    _twist(state[:THIRD], state[1 : THIRD + 1], state[AHEAD:WORDS], fresh[:THIRD])
    _twist(state[THIRD : 2 * THIRD], state[THIRD + 1 : 2 * THIRD + 1], fresh[:THIRD], fresh[THIRD : 2 * THIRD])
    last = WORDS - 1
    _twist(state[2 * THIRD : last], state[2 * THIRD + 1 : WORDS], fresh[THIRD : AHEAD - 1], fresh[2 * THIRD : last])
    y = U((state[last] & UPPER) | (fresh[0] & LOWER))
    fresh[last] = U(fresh[AHEAD - 1] ^ U(y >> U(1)) ^ (MATRIX if y & U(1) else U(0)))
    for k in range(WORDS):
        state[k] = fresh[k]


@jit(fastmath=EXACT)
def _random_words(state, out):
    fresh = np.empty(WORDS, np.uint32)
    done = 0
    while done < out.size:
        if state[LEFT] == 1:
            _stir(state, fresh)
            state[NEXT], state[LEFT] = U(0), U(WORDS + 1)
        first = np.int64(state[NEXT])
        some = min(out.size - done, np.int64(state[LEFT]) - 1)
        _temper(state[first : first + some], out[done : done + some])
        state[NEXT], state[LEFT] = U(first + some), U(np.int64(state[LEFT]) - some)
        done += some


def random_words_(state, count):
    """state (626,): 624 words, how many are used, how many are left plus one; moves on -> (count,) uint32"""
    out = np.empty(count, np.uint32)
    _random_words(state, out)
    return out


@inner(fastmath=EXACT)
def _u53(words, k):
    """The k-th uniform of [0, 1) from pairs of words"""
    pair = (Q(words[2 * k]) << Q(32)) | Q(words[2 * k + 1])
    return np.float64(np.int64(pair & Q(2**53 - 1))) * 2.0**-53


@inner(fastmath=EXACT)
def _u24(word):
    return F(np.int32(word & U(2**24 - 1))) * F(2**-24)


def _drawn(loop, words, out, *options, together=1):
    """loop(words, *options, out) on all threads; a number needs no words but its own, or those of `together` numbers"""
    if out.size:
        each = words.size // out.size * together

        def work(first, last):
            loop(words[first * each : last * each], *options, out[first * together : last * together])

        share(work, out.size // together, GRAIN // together)
    return out


# --- uniform ------------------------------------------------------------------------------------------------------


@jit(fastmath=EXACT)
def _uniform24(words, out):
    for k in range(out.size):
        out[k] = _u24(words[k])


@jit(fastmath=EXACT)
def _uniform53(words, out):
    for k in range(out.size):
        out[k] = _u53(words, k)


@jit(fastmath=EXACT)
def _uniform_float32(words, low, high, out):
    for k in range(out.size):
        v = _fma(_u24(words[k]), high - low, low)
        out[k] = low if v == high else v


@jit(fastmath=EXACT)
def _uniform_float64(words, low, high, out):
    for k in range(out.size):
        v = _fma(_u53(words, k), high - low, low)
        out[k] = low if v == high else v


@jit(fastmath=EXACT)
def _bernoulli(pairs, limit, out):
    for k in range(out.size):
        pair = pairs[k] if FIRST_IS_HIGH else Q((pairs[k] << Q(32)) | (pairs[k] >> Q(32)))
        out[k] = np.int64(pair & Q(2**53 - 1)) < limit


def draw_uniform24(words):
    """(n,) -> (n,) float32 of [0, 1): the low 24 bits"""
    return _drawn(_uniform24, words, np.empty(words.size, np.float32))


def draw_uniform53(words):
    """(2 n,) -> (n,) float64 of [0, 1): the low 53 bits of two words"""
    return _drawn(_uniform53, words, np.empty(words.size // 2))


def draw_uniform(words, low, high, dtype):
    """(n,), or (2 n,) for float64 -> (n,) of [low, high); what rounds up to `high` becomes `low`"""
    if dtype == np.float32:
        return _drawn(_uniform_float32, words, np.empty(words.size, dtype), F(low), F(high))
    if dtype == np.float64:
        return _drawn(_uniform_float64, words, np.empty(words.size // 2, dtype), float(low), float(high))
    return formula.draw_uniform(words, low, high, dtype)


def draw_bernoulli(words, p):
    """(2 n,) -> (n,) bool, true with probability p"""
    pairs, limit = np.ascontiguousarray(words).view(Q), math.ceil(p * 2.0**53)  # u < p in whole numbers
    return _drawn(_bernoulli, pairs, np.empty(pairs.size, np.bool_), limit)


@jit
def _integers(words, low, extent, out):
    for k in range(out.size):
        out[k] = low + np.int64(words[k] % extent)


@jit
def _wide_integers(words, low, extent, out):
    for k in range(out.size):
        out[k] = low + np.int64(((Q(words[2 * k]) << Q(32)) | Q(words[2 * k + 1])) % extent)


def draw_integers(words, low, extent, wide):
    """(n,), or (2 n,) if wide -> (n,) int64: low + word mod extent, modulo 2^64; extent 2^64 leaves a word as it is"""
    if extent == 2**64:
        return formula.draw_integers(words, low, extent, wide)
    out = np.empty(words.size // (2 if wide else 1), np.int64)
    if wide:
        return _drawn(_wide_integers, words, out, np.int64(low), Q(extent))
    return _drawn(_integers, words, out, np.int64(low), U(extent))


# --- normal and exponential -----------------------------------------------------------------------------------------


@jit(fastmath=EXACT)
def _exponential(words, scale, out):
    for k in range(out.size):
        out[k] = scale * _log1p64(-_u53(words, k))


@jit(fastmath=EXACT)
def _normal_pairs(words, out):
    for k in range(out.size // 2):
        radius = np.sqrt(-2 * _log1p64(-_u53(words, 2 * k + 1)))
        angle = TWO_PI * _u53(words, 2 * k)
        out[2 * k], out[2 * k + 1] = radius * _cos64(angle), radius * _sin64(angle)


@jit(fastmath=EXACT)
def _normal_float64(words, mean, std, out):
    for start in range(0, out.size, BLOCK):
        for k in range(start, start + BLOCK // 2):
            radius = np.sqrt(-2 * _log64(1 - _u53(words, k)))
            angle = TWO_PI * _u53(words, k + BLOCK // 2)
            out[k] = _fma(radius * _cos64(angle), std, mean)
            out[k + BLOCK // 2] = _fma(radius * _sin64(angle), std, mean)


@inner(fastmath=EXACT)
def _log(x):
    """ln x, x in (0, 1]: x = m 2^e, sqrt(1/2) <= m < sqrt(2), polynomial in m - 1"""
    bits = F(x).view(np.int32)
    e = F(np.int32((bits >> np.int32(23)) - np.int32(126)))
    m = np.int32((bits & np.int32(0x7FFFFF)) | np.int32(0x3F000000)).view(F)
    small = m < ROOT_HALF
    e = e - F(1) if small else e
    m = (m - F(1)) + m if small else m - F(1)
    z = m * m
    y = _fma(LOG_0, m, LOG_1)
    y = _fma(y, m, LOG_2)
    y = _fma(y, m, LOG_3)
    y = _fma(y, m, LOG_4)
    y = _fma(y, m, LOG_5)
    y = _fma(y, m, LOG_6)
    y = _fma(y, m, LOG_7)
    y = _fma(y, m, LOG_8)
    y = _fma(m * y, z, e * F(-2.12194440e-4))
    y = _fma(-z, F(0.5), y)
    return _fma(e, F(0.693359375), m + y)


@inner(fastmath=EXACT)
def _sincos(t):
    """sin t and cos t, t >= 0: t less a multiple of pi / 4, then polynomials"""
    j = np.int32((np.int32(t * FOUR_OVER_PI) + np.int32(1)) & np.int32(~1))
    y = F(j)
    x = _fma(y, PI_2, _fma(y, PI_1, _fma(y, PI_0, t)))
    z = x * x
    c = _fma(z, z * _fma(_fma(COS_0, z, COS_1), z, COS_2), -(z * F(0.5))) + F(1)
    s = _fma(x, z * _fma(_fma(SIN_0, z, SIN_1), z, SIN_2), x)
    swap = (j & np.int32(2)) != 0
    sine, cosine = (c, s) if swap else (s, c)
    sine = -sine if j & np.int32(4) else sine
    cosine = cosine if (j - np.int32(2)) & np.int32(4) else -cosine
    return sine, cosine


@jit(fastmath=EXACT)
def _normal_float32(words, mean, std, out):
    """Many blocks side by side, because loops over eight are not vectorised"""
    half = BLOCK // 2
    radius, angle = np.empty(SIDE_BY_SIDE * half, F), np.empty(SIDE_BY_SIDE * half, F)
    for start in range(0, out.size, SIDE_BY_SIDE * BLOCK):
        blocks = min(SIDE_BY_SIDE, (out.size - start) // BLOCK)
        for b in range(blocks):
            for k in range(half):
                radius[b * half + k] = F(1) - _u24(words[start + b * BLOCK + k])
                angle[b * half + k] = TWO_PI_F * _u24(words[start + b * BLOCK + half + k])
        for k in range(blocks * half):
            radius[k] = np.sqrt(F(-2) * _log(radius[k]))
        for k in range(blocks * half):
            sine, cosine = _sincos(angle[k])
            angle[k] = _fma(radius[k] * sine, std, mean)
            radius[k] = _fma(radius[k] * cosine, std, mean)
        for b in range(blocks):
            for k in range(half):
                out[start + b * BLOCK + k] = radius[b * half + k]
                out[start + b * BLOCK + half + k] = angle[b * half + k]


def draw_exponential(words, rate):
    """(2 n,) -> (n,) float64: -ln(1 - u) / rate"""
    return _drawn(_exponential, words, np.empty(words.size // 2), -1 / rate)


def draw_normal_pairs(words):
    """(4 n,) -> (2 n,) float64: of each two uniforms, r cos(t) and r sin(t), t = 2 pi u1, r = sqrt(-2 ln(1 - u2))"""
    return _drawn(_normal_pairs, words, np.empty(words.size // 2), together=2)


def draw_normal_blocks(words, mean, std, dtype):
    """(16 n,), or (32 n,) for float64 -> (16 n,): of each block, the first eight uniforms give radii, the others angles"""
    if dtype == np.float64:
        return _drawn(_normal_float64, words, np.empty(words.size // 2), float(mean), float(std), together=BLOCK)
    out = _drawn(_normal_float32, words, np.empty(words.size, np.float32), F(mean), F(std), together=BLOCK)
    return out.astype(dtype, copy=False)


# --- permutations ---------------------------------------------------------------------------------------------------


@jit
def _permute(words, order, start):
    size = order.size
    for k in range(words.size):
        i = start + k
        z = i + np.int64(words[k] % U(size - i))
        order[i], order[z] = order[z], order[i]


@jit
def _permute_large(words, order, start):
    for k in range(words.size // 2):
        z = np.int64(((Q(words[2 * k]) << Q(32)) | Q(words[2 * k + 1])) % Q(start + k + 1))
        order[start + k] = order[z]
        order[z] = start + k


def permute_(words, order, start):
    """words for the places from `start` on, order (n,): each place is swapped with itself or a later one"""
    _permute(words, order, start)


def permute_large_(words, order, start):
    """The same with two words per place, for n whose remainders 32 bits do not give: each is put among the earlier ones"""
    _permute_large(words, order, start)
