"""Result dtypes, values and refusals of every pair of dtypes, in all spellings of an operation, beside torch's."""

import itertools
import operator
import re
import warnings

import numpy as np
import pytest
import torch
from twin import assert_same

import minitorch_np as mt

DTYPES = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64")
TYPES = {mt.checks.C_NAMES[d]: getattr(mt, d).long_name for d in DTYPES}
NUMBERS = (True, 2, -1, 2.5)
VALUES = [3, -2, 1, 5], [2, 1, -3, 2], [1, 2, 2, -1]  # of the first, second and third operand


def tensor(lib, dtype, values):
    with np.errstate(all="ignore"):
        return lib.from_numpy(np.asarray(values, np.float64).astype(np.int64).astype(dtype))


# Every kind of operand: a name, and a function of (library, values) that makes it.
TENSORS = [(d, lambda lib, values, d=d: tensor(lib, d, values)) for d in DTYPES]
ZERO_DIM = [(f"0-d {d}", lambda lib, values, d=d: tensor(lib, d, values[0])) for d in DTYPES]
PLAIN = [(repr(n), lambda lib, values, n=n: n) for n in NUMBERS]


def outcome(lib, call):
    """("value", dtype, shape, array), or ("error", type, words)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = call(lib)
    except Exception as error:
        return ("error", type(error).__name__, words(str(error)))
    parts = result if isinstance(result, tuple | list) else [result]
    return (
        "value",
        *[(str(p.dtype), tuple(p.shape), p.detach().numpy().copy()) if hasattr(p, "dtype") else p for p in parts],
    )


def words(text):
    """One line.  Where torch lists all its overloads, only that it does: ours has one signature and names the argument.

    In a method torch counts an argument's position without the tensor before the dot; here a method is the function itself.
    """
    text = re.sub(r"\s+", " ", text.split("\nException raised")[0].split(" (function_")[0]).strip()
    text = re.sub(r"(?<= output type )[a-z].*$", lambda name: TYPES[name[0]], text)  # clamp says it in C++
    return re.sub(r" \(position \d+\)", "", text)


def same(ours, theirs):
    if "invalid combination of arguments" in str(theirs[-1]):
        return ours[:2] == theirs[:2]
    if len(ours) != len(theirs) or ours[0] != theirs[0]:
        return False
    if theirs[0] == "error":
        return ours == theirs or twice_wrong(ours, theirs)
    for a, b in zip(ours[1:], theirs[1:]):
        if not isinstance(b, tuple):
            if a != b:
                return False
            continue
        if a[:2] != b[:2]:
            return False
        if b[2].dtype.kind == "f":
            tolerance = {2: 2e-3, 4: 1e-6, 8: 1e-12}[b[2].dtype.itemsize]
            if not np.allclose(a[2].astype(float), b[2].astype(float), tolerance, tolerance, equal_nan=True):
                return False
        elif not np.array_equal(a[2], b[2]):
            return False
    return True


def twice_wrong(ours, theirs):
    """An operation without a kernel for the dtype, writing into what does not fit: torch looks at the target first."""
    misfit = "can't be cast to" in theirs[2] or "doesn't match the broadcast shape" in theirs[2]
    return ours[1] == "NotImplementedError" and misfit


def differences(cases):
    """The (label, call) for which the two libraries disagree, with what each of them says."""
    found = []
    for label, call in cases:
        ours, theirs = outcome(mt, call), outcome(torch, call)
        if not same(ours, theirs):
            found.append(f"{label}\n   ours:   {ours[1:]}\n   theirs: {theirs[1:]}")
    return found


def applied(call, *kinds):
    """call(lib, *operands), the operands being of these kinds."""
    return lambda lib: call(lib, *[make(lib, values) for (_, make), values in zip(kinds, VALUES, strict=False)])


def of(*kinds):
    return " of " + ", ".join(name for name, _ in kinds)


def assert_no_differences(cases):
    found = differences(cases)
    assert not found, f"{len(found)} differences, such as\n" + "\n".join(found[:10])


@pytest.fixture(params=["float32", "float64", "float16"])
def default_dtype(request):
    for lib in (mt, torch):
        lib.set_default_dtype(getattr(lib, request.param))
    yield
    for lib in (mt, torch):
        lib.set_default_dtype(lib.float32)


ANY = [*TENSORS, *ZERO_DIM, *PLAIN]


def test_result_type(default_dtype):
    call = lambda t, a, b: str(t.result_type(a, b))
    assert_no_differences((of(a, b), applied(call, a, b)) for a, b in itertools.product(ANY, repeat=2))


@pytest.mark.parametrize("name", ["promote_types", "can_cast"])
def test_pairs_of_dtypes(name):
    call = lambda t, a, b: str(getattr(t, name)(a, b))
    kinds = [(d, lambda lib, values, d=d: getattr(lib, d)) for d in DTYPES]
    assert_no_differences((of(a, b), applied(call, a, b)) for a, b in itertools.product(kinds, repeat=2))


# --- operations of two operands, in all spellings -------------------------------------------------------

BINARY = """
    add sub rsub mul div true_divide floor_divide remainder fmod pow float_power atan2 arctan2 hypot xlogy logaddexp
    logaddexp2 maximum minimum fmax fmin max min eq ne lt le gt ge greater greater_equal less less_equal not_equal
    logical_and logical_or logical_xor bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift
    copysign nextafter heaviside gcd lcm ldexp subtract multiply divide isclose dist equal allclose clamp_min clamp_max
""".split()
OPERATORS = {
    "add": "add", "sub": "sub", "mul": "mul", "true_divide": "truediv", "floor_divide": "floordiv", "remainder": "mod",
    "pow": "pow", "eq": "eq", "ne": "ne", "lt": "lt", "le": "le", "gt": "gt", "ge": "ge", "bitwise_and": "and_",
    "bitwise_or": "or_", "bitwise_xor": "xor", "bitwise_left_shift": "lshift", "bitwise_right_shift": "rshift",
}  # fmt: skip


def spellings(name):
    """{label: call(lib, a, b)}"""
    found = {"function": lambda t, a, b: getattr(t, name)(a, b)}
    if hasattr(torch.Tensor, name):
        found["method"] = lambda t, a, b: getattr(a, name)(b)
    if hasattr(torch.Tensor, name + "_") and name != "ldexp":  # what torch says about its target is cut off
        found["in place"] = lambda t, a, b: getattr(a.clone(), name + "_")(b)
    if name in OPERATORS:
        plain = getattr(operator, OPERATORS[name])
        found["operator"] = lambda t, a, b: plain(a, b)  # reflected where a is a number
        in_place = getattr(operator, "i" + OPERATORS[name].rstrip("_"), None)
        if in_place:
            found["in-place operator"] = lambda t, a, b: in_place(a.clone() if isinstance(a, t.Tensor) else a, b)
    return found


PAIRS = [
    *itertools.product(TENSORS, ANY),
    *itertools.product([*ZERO_DIM, *PLAIN], TENSORS),
    *itertools.product(ZERO_DIM, [*ZERO_DIM, *PLAIN]),
]


def binary_cases(name):
    for spelling, call in spellings(name).items():
        for a, b in PAIRS:
            if a not in PLAIN or spelling not in ("method", "in place"):
                yield f"{name} ({spelling})" + of(a, b), applied(call, a, b)


@pytest.mark.parametrize("name", BINARY)
def test_binary(name):
    assert_no_differences(binary_cases(name))


NO_OUT = ("rsub", "isclose", "dist", "equal", "allclose", "ldexp")  # and ldexp with another dtype stops torch itself


def out_cases(name):
    for dtype in DTYPES:
        call = lambda t, a, b, d=dtype: getattr(t, name)(a, b, out=t.empty(0, dtype=getattr(t, d)))
        numbers = [] if name in ("max", "min", "clamp_min", "clamp_max") else PLAIN[1:2]  # numbers are another function
        for a, b in itertools.product(TENSORS[::2], [*TENSORS[::2], *numbers]):
            yield f"{name} (out {dtype})" + of(a, b), applied(call, a, b)


@pytest.mark.parametrize("name", [n for n in BINARY if n not in NO_OUT])
def test_binary_out(name):
    assert_no_differences(out_cases(name))


# --- divisions, sums with factors, three operands -------------------------------------------------------

OPTIONS = {
    "div floor": lambda t, a, b: t.div(a, b, rounding_mode="floor"),
    "div trunc": lambda t, a, b: a.div(b, rounding_mode="trunc"),
    "div_ floor": lambda t, a, b: a.clone().div_(b, rounding_mode="floor"),
    "div floor by zero": lambda t, a, b: t.div(a, b * 0, rounding_mode="floor"),
    "div trunc by zero": lambda t, a, b: t.div(a, b * 0, rounding_mode="trunc"),
    "div by zero": lambda t, a, b: a / (b * 0),
    "remainder by zero": lambda t, a, b: a % (b * 0),
    "fmod by zero": lambda t, a, b: t.fmod(a, b * 0),
    "cat": lambda t, a, b: t.cat([a, b]),
    "stack": lambda t, a, b: t.stack([a, b]),
    "where": lambda t, a, b: t.where(t.tensor([True, False, True, False]), a, b),
    "where method": lambda t, a, b: a.where(t.tensor([True, False, True, False]), b),
    "masked_fill": lambda t, a, b: a.masked_fill(t.tensor([True, False, True, False]), b),
} | {
    f"{name} alpha={alpha}": lambda t, a, b, name=name, alpha=alpha: getattr(t, name)(a, b, alpha=alpha)
    for name in ("add", "sub", "rsub", "subtract")
    for alpha in (True, 2, 2.5)
}  # fmt: skip


def option_cases(name):
    for a, b in PAIRS:
        if a not in PLAIN or "where" in name:
            yield name + of(a, b), applied(OPTIONS[name], a, b)


@pytest.mark.parametrize("name", OPTIONS)
def test_options(name):
    assert_no_differences(option_cases(name))


TERNARY = {
    "lerp": lambda t, a, b, c: t.lerp(a, b, c),
    "lerp_": lambda t, a, b, c: a.clone().lerp_(b, c),
    "addcmul": lambda t, a, b, c: t.addcmul(a, b, c),
    "addcmul value=2": lambda t, a, b, c: t.addcmul(a, b, c, value=2),
    "addcmul value=2.5": lambda t, a, b, c: a.addcmul(b, c, value=2.5),
    "addcmul_": lambda t, a, b, c: a.clone().addcmul_(b, c),
    "addcdiv": lambda t, a, b, c: t.addcdiv(a, b, c),
    "addcdiv value=2.5": lambda t, a, b, c: a.addcdiv(b, c, value=2.5),
    "addcdiv_": lambda t, a, b, c: a.clone().addcdiv_(b, c, value=2),
    "clamp": lambda t, a, b, c: t.clamp(a, b, c),
    "clamp_": lambda t, a, b, c: a.clone().clamp_(b, c),
    "clip min": lambda t, a, b, c: t.clip(a, b),
    "clamp max": lambda t, a, b, c: t.clamp(a, max=c),
}


def ternary_cases(name):
    for a, b, c in itertools.product([*TENSORS[:3], *TENSORS[5:], ZERO_DIM[0], ZERO_DIM[-1]], repeat=3):
        yield name + of(a, b, c), applied(TERNARY[name], a, b, c)
    for a, b, c in itertools.product(TENSORS, [TENSORS[3], TENSORS[-2], *PLAIN], [ZERO_DIM[-1], *PLAIN]):
        yield name + of(a, b, c), applied(TERNARY[name], a, b, c)


@pytest.mark.parametrize("name", TERNARY)
def test_ternary(name):
    assert_no_differences(ternary_cases(name))


# --- of one operand -------------------------------------------------------------------------------------

UNARY = """
    neg negative abs absolute sign sgn reciprocal sqrt rsqrt square exp exp2 expm1 log log1p log2 log10 sin cos tan
    asin acos atan arcsin arccos arctan sinh cosh tanh asinh acosh atanh arcsinh arccosh arctanh sigmoid erf erfc
    erfinv lgamma digamma floor ceil round trunc fix frac logical_not bitwise_not isnan isinf isfinite isposinf
    isneginf isreal signbit positive deg2rad rad2deg sinc logit nan_to_num relu frexp
""".split()
REDUCTIONS = """
    sum mean prod max min amax amin aminmax argmax argmin all any var std var_mean std_mean median nanmedian nansum nanmean
    norm count_nonzero trace unique bincount histc cov corrcoef
""".split()
ALONG = """
    sum mean prod max min amax amin argmax argmin all any var std median nanmedian mode nansum nanmean logsumexp
    count_nonzero cumsum cumprod cummax cummin logcumsumexp diff softmax log_softmax trapezoid cumulative_trapezoid
""".split()


def unary_cases(name):
    for kind in [*TENSORS, *ZERO_DIM, *(PLAIN[1:2] if name != "norm" else [])]:  # norm is Python in torch
        yield f"{name} (function)" + of(kind), applied(lambda t, a: getattr(t, name)(a), kind)
        if kind not in PLAIN:
            if hasattr(torch.Tensor, name):
                yield f"{name} (method)" + of(kind), applied(lambda t, a: getattr(a, name)(), kind)
            if hasattr(torch.Tensor, name + "_"):
                yield f"{name} (in place)" + of(kind), applied(lambda t, a: getattr(a.clone(), name + "_")(), kind)
            if name in ("neg", "abs", "positive", "bitwise_not"):
                sign = getattr(operator, {"bitwise_not": "invert", "positive": "pos"}.get(name, name))
                yield f"{name} (operator)" + of(kind), applied(lambda t, a, sign=sign: sign(a), kind)


@pytest.mark.parametrize("name", [*UNARY, *REDUCTIONS])
def test_unary(name, default_dtype):
    assert_no_differences(unary_cases(name))


def along_cases(name):
    for kind in [*TENSORS, *ZERO_DIM]:
        yield f"{name} (dim)" + of(kind), applied(lambda t, a: getattr(t, name)(a, dim=0), kind)
        yield f"{name} (rows)" + of(kind), applied(lambda t, a: getattr(a.reshape(-1, 1), name)(dim=-1), kind)


@pytest.mark.parametrize("name", ALONG)
def test_along_a_dim(name):
    assert_no_differences(along_cases(name))


def dtype_cases(name):
    for dtype in DTYPES:
        options = lambda t, d=dtype: {"dtype": getattr(t, d)} | ({"dim": 0} if name in ALONG else {})
        for kind in TENSORS:
            yield f"{name} ({dtype})" + of(kind), applied(lambda t, a, o=options: getattr(t, name)(a, **o(t)), kind)
            if hasattr(torch.Tensor, name + "_"):
                call = lambda t, a, o=options: getattr(a.clone(), name + "_")(**o(t))
                yield f"{name}_ ({dtype})" + of(kind), applied(call, kind)


@pytest.mark.parametrize(
    "name", ["sum", "mean", "prod", "nansum", "nanmean", "cumsum", "cumprod", "softmax", "log_softmax", "norm"]
)
def test_dtype_argument(name):
    assert_no_differences(dtype_cases(name))


@pytest.mark.parametrize("name", ["binary_cross_entropy", "binary_cross_entropy_with_logits"])
def test_losses_of_mixed_dtypes(name):
    """torch writes into what it has computed so far: the result's dtype is the target's, whatever the weights' are"""
    kinds = ("float16", "float32", "float64", "int64", "bool")
    factors = (None, "float32", "float64")
    for x, y, w, p in itertools.product(kinds, kinds, factors, factors if "logits" in name else (None,)):

        def program(lib, nn, x=x, y=y, w=w, p=p):
            made = {
                key: lib.tensor(values).to(getattr(lib, kind))
                for key, kind, values in (
                    ("input", x, [0.3, 0.6]), ("target", y, [1.0, 0.0]),
                    ("weight", w, [0.5, 2.0]), ("pos_weight", p, [0.5, 2.0]),
                )
                if kind is not None
            }  # fmt: skip
            loss = getattr(nn.functional, name)(**made, reduction="none")
            return str(loss.dtype), loss.double().mul(100).round()  # halves agree to some 1e-3

        assert_same(program)
