"""Arithmetic and elementwise functions."""

import numpy as np
from hypothesis import strategies as st

from .spec import ALL, FLOATS, OPERATORS, WIDE, ErrorCase, Sample, binary, draw_shape, draw_values, record, unary

MISMATCH = ErrorCase(lambda t: t.add(t.ones(2, 3), t.ones(4)))

binary("add", operator=OPERATORS["add"], errors=[MISMATCH, ErrorCase(lambda t: t.ones(2) + t.ones(3))])
binary(
    "sub",
    also=("subtract",),
    operator=OPERATORS["sub"],
    dtypes=ALL[1:],
    errors=[
        ErrorCase(lambda t: t.tensor([True]) - t.tensor([True])),
        ErrorCase(lambda t: t.ones(1) - t.tensor([True])),
    ],
)
binary("mul", operator=OPERATORS["mul"], errors=[ErrorCase(lambda t: t.ones(2) * t.ones(3))])
binary("true_divide", operator=OPERATORS["true_divide"], inplace=False, other=(1.0, 2.5))
binary("floor_divide", low=-6, high=6, other=(1.0, 2.5), orders=0, dtypes=WIDE, operator=OPERATORS["floor_divide"])
binary("remainder", low=-6, high=6, other=(1.0, 2.5), dtypes=WIDE, orders=1, operator=OPERATORS["remainder"], special=False)
binary("pow", low=0.5, high=2, dtypes=WIDE, operator=OPERATORS["pow"])
binary("maximum", inplace=False)
binary("minimum", inplace=False)
binary("fmod", low=-6, high=6, other=(1.0, 2.5), dtypes=WIDE, orders=1, special=False)

unary("neg", dtypes=ALL[1:])
unary("abs", dtypes=ALL[1:])
unary("sign", dtypes=ALL)
unary("reciprocal", 0.5, 2)
unary("sqrt", 0.1, 4)
unary("rsqrt", 0.1, 4)
unary("square")
unary("exp")
unary("exp2")
unary("expm1")
unary("log", 0.1, 4)
unary("log1p", -0.5, 2)
unary("log2", 0.1, 4)
unary("log10", 0.1, 4)
unary("sin")
unary("cos")
unary("tan", -1, 1)
unary("asin", -0.9, 0.9)
unary("acos", -0.9, 0.9)
unary("atan")
unary("sinh")
unary("cosh")
unary("erf", dtypes=WIDE, kernels=True)
unary("floor", dtypes=FLOATS)
unary("ceil", dtypes=FLOATS)
unary("trunc", dtypes=FLOATS)
unary("frac", dtypes=WIDE, orders=1)
unary("round", dtypes=FLOATS)
unary("isnan", orders=0, inplace=False, dtypes=ALL)
unary("isinf", orders=0, inplace=False, dtypes=ALL)
unary("isfinite", orders=0, inplace=False, dtypes=ALL)


def _with_number(name, numbers, low=-2.0, high=2.0, **more):
    """An operation of a tensor and a Python number."""

    def samples(draw):
        return Sample([draw_values(draw, draw_shape(draw), low, high)], {"number": draw(st.sampled_from(numbers))})

    record(f"{name} (number)", lambda t, x, number: getattr(t, name)(x, number), samples, special=True, **more)


NUMBERS = (2, -1, 0, 0.5, 3.0)
for _name in ("add", "mul"):
    _with_number(_name, NUMBERS, dtypes=ALL)
_with_number("sub", NUMBERS, dtypes=ALL[1:])
_with_number("true_divide", (2, -1, 0.5), dtypes=ALL)
_with_number("pow", (0, 1, 2, 3, 0.5, -1, -2.0), 0.5, 2.0)
record("number - x", lambda t, x: 2.5 - x, lambda draw: Sample([draw_values(draw, draw_shape(draw))]), dtypes=ALL[1:])
record("number / x", lambda t, x: 2 / x, lambda draw: Sample([draw_values(draw, draw_shape(draw), 1, 2)]), dtypes=ALL)
record("number ** x", lambda t, x: 2**x, lambda draw: Sample([draw_values(draw, draw_shape(draw), 0, 2)]), dtypes=ALL[1:])


def _three(draw):
    shape = draw_shape(draw)
    return Sample([draw_values(draw, shape) for _ in range(2)] + [draw_values(draw, shape, 0.5, 2)], {"value": 0.5})


for _name in ("addcmul", "addcdiv"):
    record(
        _name,
        lambda t, a, b, c, value, name=_name: getattr(t, name)(a, b, c, value=value),
        _three,
        method=_name,
        inplace=True,
        cancels=True,
    )
record(
    "lerp",
    lambda t, a, b, weight: t.lerp(a, b, weight),
    lambda draw: Sample(
        [draw_values(draw, s := draw_shape(draw)), draw_values(draw, s)], {"weight": draw(st.sampled_from([0.3, 0.7]))}
    ),
    method="lerp",
    inplace=True,
)


def _clamped(draw):
    bounds = draw(st.sampled_from([(-1, 1), (None, 0.5), (-0.5, None), (1.0, -1.0), (0, 1)]))
    return Sample([draw_values(draw, draw_shape(draw))], {"min": bounds[0], "max": bounds[1]})


record(
    "clamp",
    lambda t, x, min, max: t.clamp(x, min, max),
    _clamped,
    dtypes=FLOATS,
    method="clamp",
    inplace=True,
    special=True,
    also=("clip",),
    errors=[ErrorCase(lambda t: t.clamp(t.ones(2)))],
)
record(
    "where",
    lambda t, a, b, condition: t.where(t.from_numpy(condition).to(a.device), a, b),
    lambda draw: Sample(
        [draw_values(draw, s := draw_shape(draw)), draw_values(draw, s)], {"condition": np.asarray(draw_values(draw, s) > 0)}
    ),
    dtypes=ALL,
    errors=[ErrorCase(lambda t: t.where(t.ones(2), t.ones(2), t.ones(2)))],
)
record(
    "masked_fill",
    lambda t, x, mask, value: x.masked_fill(t.from_numpy(mask).to(x.device), value),
    lambda draw: Sample(
        [draw_values(draw, s := draw_shape(draw))], {"mask": np.asarray(draw_values(draw, s) > 0), "value": 3}
    ),
    dtypes=ALL,
)


def _rounded(mode):
    return lambda t, a, b: t.div(a, b, rounding_mode=mode)


for _mode in ("floor", "trunc"):
    record(
        f"div ({_mode})",
        _rounded(_mode),
        lambda draw: Sample([draw_values(draw, s := draw_shape(draw), -6, 6), draw_values(draw, s, 1, 2.5)]),
        orders=1,
        also=("divide",),
        errors=[ErrorCase(lambda t: t.div(t.ones(1), t.ones(1), rounding_mode="up"))] if _mode == "floor" else [],
    )


# --- what they refuse ------------------------------------------------------------------------------------------------

_BY_ZERO = ("floor_divide", "remainder", "fmod")
record(
    "pow (whole numbers)",
    lambda t, a, b: (a**b, 2**b, a**2, t.pow(1, b)),
    lambda draw: Sample([draw_values(draw, s := draw_shape(draw), -3, 3), draw_values(draw, s, -3, 3)]),
    dtypes=("int8", "int32", "int64"),
    orders=0,
    errors=[
        *[ErrorCase(lambda t, name=name: getattr(t, name)(t.tensor([1]), 0)) for name in _BY_ZERO],
        *[ErrorCase(lambda t, name=name: getattr(t, name)(t.tensor([1]), t.tensor([0]))) for name in _BY_ZERO],
        *[ErrorCase(lambda t, name=name: getattr(t, name)(t.tensor([True]), t.tensor([True]))) for name in _BY_ZERO],
        ErrorCase(lambda t: t.tensor([2]) ** -1),
        ErrorCase(lambda t: t.tensor([True]) ** t.tensor([True])),
        ErrorCase(lambda t: -t.tensor([True])),
        ErrorCase(lambda t: t.tensor([True]).abs()),
        ErrorCase(lambda t: +t.tensor([True])),
        ErrorCase(lambda t: ~t.ones(1)),
        ErrorCase(lambda t: t.bitwise_not(t.ones(1))),
        ErrorCase(lambda t: True - t.ones(1)),
        ErrorCase(lambda t: t.add(t.tensor([1]), 2, alpha=1.5)),
        ErrorCase(lambda t: t.add(t.ones(1), 2, alpha=True)),
        ErrorCase(lambda t: t.add(t.ones(1), 2, alpha="a")),
        ErrorCase(lambda t: t.ones(1) + 2**64),
        ErrorCase(lambda t: t.tensor([1]).mul_(1.5)),
        ErrorCase(lambda t: t.ones(()).add_(t.ones(2))),
        ErrorCase(lambda t: t.floor(t.tensor([True]))),
        ErrorCase(lambda t: t.frac(t.tensor([1]))),
        ErrorCase(lambda t: t.round(t.tensor([1]), decimals=1)),
        ErrorCase(lambda t: t.maximum(t.ones(1), 1)),
        ErrorCase(lambda t: t.floor_divide(t.ones(1, requires_grad=True), 2).backward()),
        ErrorCase(lambda t: t.nan_to_num(t.ones(1), "a")),
        ErrorCase(lambda t: t.tensor([1]).to(t.uint8).clamp(-1, 300)),
        ErrorCase(lambda t: t.tensor([True]).clamp(False, True)),
        ErrorCase(lambda t: t.tensor([1]).to(t.int8).masked_fill(t.tensor([True]), 300)),
        ErrorCase(lambda t: t.ones(1).half().masked_fill(t.tensor([True]), 1e10)),
        ErrorCase(lambda t: t.addcmul(t.ones(1), t.ones(1), 2)),
        ErrorCase(lambda t: t.addcmul(t.tensor([True]), t.tensor([True]), t.tensor([True]))),
        ErrorCase(lambda t: t.addcdiv(t.ones(1), t.tensor([1]), t.tensor([1]))),
        ErrorCase(lambda t: t.lerp(t.ones(1), t.ones(1).double(), 0.5)),
        ErrorCase(lambda t: t.lerp(t.ones(1), t.ones(1), t.ones(1).double())),
        ErrorCase(lambda t: t.lerp(t.tensor([1]), t.tensor([1]), 0.5)),
    ],
)


def _bounded_by_tensors(draw):
    shape = draw_shape(draw)
    return Sample([draw_values(draw, shape), draw_values(draw, shape), draw_values(draw, shape)])


record(
    "clamp (tensors)",
    lambda t, x, low, high: (
        t.clamp(x, low, high),
        x.clamp(max=high),
        t.clamp_min(x, low),
        x.clamp_max(high),
        t.clip(x, low),
    ),
    _bounded_by_tensors,
    dtypes=FLOATS,
    special=True,
)
record(
    "lerp (tensors)",
    lambda t, a, b, weight: t.lerp(a, b, weight),
    _bounded_by_tensors,
    dtypes=WIDE,
)
