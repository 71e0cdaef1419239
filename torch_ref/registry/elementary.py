"""More elementwise functions of everyday use, and torch's second names for some."""

from hypothesis import strategies as st

from .spec import ALL, FLOATS, WIDE, ErrorCase, Sample, binary, draw_shape, draw_values, record, unary

unary("acosh", 1.2, 4)
unary("arccosh", 1.2, 4)
unary("asinh")
unary("arcsinh")
unary("atanh", -0.9, 0.9)
unary("arctanh", -0.9, 0.9)
unary("deg2rad", dtypes=ALL)
unary("rad2deg", dtypes=ALL)
unary("sinc")
unary("sgn", dtypes=ALL)
unary("fix")
unary("absolute", dtypes=ALL[1:])
unary("negative", dtypes=ALL[1:])
unary("positive", dtypes=ALL[1:], inplace=False, errors=[ErrorCase(lambda t: t.positive(t.tensor([True])))])
unary("arccos", -0.9, 0.9)
unary("arcsin", -0.9, 0.9)
unary("arctan")
for _name in ("isposinf", "isneginf", "isreal"):
    unary(_name, orders=0, inplace=False, dtypes=ALL)
for _name in ("greater", "greater_equal", "less", "less_equal", "not_equal"):
    binary(_name, orders=0)
binary("multiply")

NOT_BROADCAST = {name: ErrorCase(lambda t, name=name: getattr(t, name)(t.ones(2), t.ones(3))) for name in ("copysign",)}
binary(
    "copysign",
    errors=[
        NOT_BROADCAST["copysign"],
        ErrorCase(lambda t: t.copysign([1.0], t.ones(1)), differs="torch lists its overloads"),
    ],
)
binary(
    "nextafter",
    dtypes=FLOATS,
    errors=[
        ErrorCase(lambda t: t.nextafter(t.ones(2), 2)),
        ErrorCase(lambda t: t.nextafter(t.tensor([1]), t.tensor([2]))),
    ],
)
binary(
    "heaviside",
    dtypes=ALL,
    orders=0,
    errors=[
        ErrorCase(lambda t: t.heaviside(t.ones(2), t.tensor([1, 2]))),
        ErrorCase(lambda t: t.heaviside(t.ones(2), 2)),
        ErrorCase(lambda t: t.heaviside(t.ones(2, requires_grad=True), t.ones(2)).sum().backward()),
    ],
)
binary("float_power", low=0.5, high=2, dtypes=ALL, inplace=False)
record(
    "float_power (number)",
    lambda t, x, number: (t.float_power(x, number), t.float_power(2, x), x.to(t.float64, copy=True).float_power_(number)),
    lambda draw: Sample([draw_values(draw, draw_shape(draw), 1, 3)], {"number": draw(st.sampled_from([2, 0.5, -1]))}),
    dtypes=ALL,
    errors=[ErrorCase(lambda t: t.ones(2).float_power_(2))],
)
record(
    "copysign (number)",
    lambda t, x, number: t.copysign(x, number),
    lambda draw: Sample([draw_values(draw, draw_shape(draw))], {"number": draw(st.sampled_from([2, -0.5, -0.0]))}),
    dtypes=ALL,
)
record(
    "logit",
    lambda t, x, eps: t.logit(x, eps),
    lambda draw: Sample(
        [draw_values(draw, draw_shape(draw), 0.05, 0.95)], {"eps": draw(st.sampled_from([None, 1e-6, 0.2]))}
    ),
    dtypes=ALL,
    method="logit",
    inplace=True,
    special=True,
    errors=[ErrorCase(lambda t: t.logit([1.0]))],
)
record(
    "msort",
    lambda t, x: t.msort(x),
    lambda draw: Sample([draw_values(draw, draw_shape(draw, min_dims=1))]),
    dtypes=WIDE,
    method="msort",
    special=True,
)
