"""Common divisors and multiples; mantissas and powers of two."""

from .spec import ALL, FLOATS, INTEGERS, ErrorCase, Sample, binary, draw_shape, draw_values, record

for _name in ("gcd", "lcm"):
    binary(
        _name,
        -30,
        30,
        (-30, 30),
        dtypes=INTEGERS,
        orders=0,
        special=False,
        errors=[
            ErrorCase(lambda t, name=_name: getattr(t, name)(t.tensor([1]), 2)),
            ErrorCase(lambda t, name=_name: getattr(t, name)(t.ones(2), t.ones(2))),
            ErrorCase(lambda t, name=_name: getattr(t, name)(t.tensor([True]), t.tensor([True]))),
            ErrorCase(lambda t, name=_name: getattr(t, name)(t.tensor([1, 2]), t.tensor([1, 2, 3]))),
            ErrorCase(lambda t, name=_name: getattr(t.tensor([1]).int(), name + "_")(t.tensor([1, 2]))),
        ],
    )
record(
    "frexp",
    lambda t, x: (t.frexp(x), x.frexp().mantissa),
    lambda draw: Sample([draw_values(draw, draw_shape(draw), -9, 9)]),
    dtypes=FLOATS,
    special=True,
    errors=[ErrorCase(lambda t: t.frexp(t.tensor([1]))), ErrorCase(lambda t: t.frexp(1.0))],
)
binary(
    "ldexp",
    dtypes=FLOATS,
    errors=[
        ErrorCase(lambda t: t.ldexp(t.ones(2), t.ones(3))),
        ErrorCase(lambda t: t.ldexp(t.ones(2), 2)),
        ErrorCase(lambda t: t.ldexp(t.ones(2), t.tensor([True, False]))),
    ],
)
record(
    "ldexp (promoted)",
    lambda t, x: (t.ldexp(x, x), t.ldexp(t.ones((), dtype=t.float64), x.to(t.int8)), x.ldexp(t.tensor(3))),
    lambda draw: Sample([draw_values(draw, draw_shape(draw), -3, 3)]),
    dtypes=ALL[1:],
    orders=0,
)
