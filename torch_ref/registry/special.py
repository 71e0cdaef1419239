"""Special functions and the rarer elementwise ones."""

import operator

from hypothesis import strategies as st

from .spec import ALL, FLOATS, INTEGERS, ErrorCase, Sample, binary, draw_shape, draw_values, record, unary

NO_LIST = {name: ErrorCase(lambda t, name=name: getattr(t, name)([1.0])) for name in ("erfc", "erfinv", "lgamma", "digamma")}
POLYGAMMA = "torch's own trigamma stops its series early: it is good to about 2e-9"

unary("erfc", dtypes=ALL, errors=[NO_LIST["erfc"]])
unary("erfinv", -0.95, 0.95, dtypes=FLOATS, errors=[NO_LIST["erfinv"]])
unary("lgamma", 0.3, 6, dtypes=ALL, errors=[NO_LIST["lgamma"]], factor=100.0, reason=POLYGAMMA)
unary("digamma", 0.3, 6, dtypes=ALL, errors=[NO_LIST["digamma"]], factor=100.0, reason=POLYGAMMA)
record(
    "lgamma (below 0)",
    lambda t, x: (t.lgamma(x), t.digamma(x)),
    lambda draw: Sample([-draw(st.integers(0, 8)) - draw_values(draw, draw_shape(draw), 0.1, 0.9)]),
    orders=0,
)
record(
    "polygamma",
    lambda t, x, n: (t.polygamma(n, x), x.polygamma(n)),
    lambda draw: Sample([draw_values(draw, draw_shape(draw), 0.3, 6)], {"n": draw(st.integers(0, 4))}),
    factor=100.0,
    reason=POLYGAMMA,
    errors=[ErrorCase(lambda t: t.polygamma(-1, t.ones(2)))],
)


def _tensors_only(name):
    """These take no numbers, and shapes must broadcast."""
    return [
        ErrorCase(lambda t: getattr(t, name)(t.ones(2), 3)),
        ErrorCase(lambda t: getattr(t, name)(3, t.ones(2))),
        ErrorCase(lambda t: getattr(t, name)(t.ones(2), t.ones(3))),
    ]


def _no_integers(name):
    return [*_tensors_only(name), ErrorCase(lambda t: getattr(t, name)(t.tensor([1]), t.tensor([2])))]


for _name in ("atan2", "arctan2"):
    binary(_name, other=(0.5, 2.0), errors=_tensors_only(_name))
binary("hypot", other=(0.5, 2.0), dtypes=FLOATS, errors=_no_integers("hypot"))
binary("logaddexp", dtypes=FLOATS, inplace=False, errors=_no_integers("logaddexp"))
binary("logaddexp2", dtypes=FLOATS, inplace=False, errors=_no_integers("logaddexp2"))
binary("fmax", inplace=False, errors=_tensors_only("fmax"))
binary("fmin", inplace=False, errors=_tensors_only("fmin"))
binary("xlogy", other=(0.2, 2.0), errors=[ErrorCase(lambda t: t.xlogy(t.ones(2), t.ones(3)))])
record(
    "xlogy (number)",
    lambda t, x, number: (t.xlogy(x, number), t.xlogy(number, x)),
    lambda draw: Sample([draw_values(draw, draw_shape(draw), 0.2, 2)], {"number": draw(st.sampled_from([2, 0.5, 1]))}),
    dtypes=ALL,
)

for _name, _operator in (("bitwise_left_shift", operator.lshift), ("bitwise_right_shift", operator.rshift)):
    binary(
        _name,
        low=-100,
        high=100,
        other=(-3, 70),
        dtypes=INTEGERS[1:],
        orders=0,
        special=False,
        operator=_operator,
        errors=[
            ErrorCase(lambda t, name=_name: getattr(t, name)(t.ones(2), t.tensor([1, 2]))),
            ErrorCase(lambda t, name=_name: getattr(t, name)(t.tensor([True]), t.tensor([True]))),
            ErrorCase(lambda t, name=_name: getattr(t, name)(t.tensor([1, 2]), 1.5)),
        ],
    )
    record(
        f"{_name} (number)",
        lambda t, x, number, operator: (operator(x, number), operator(number, x)),
        lambda draw, operator=_operator: Sample(
            [draw_values(draw, draw_shape(draw), 0, 6)],
            {"number": draw(st.sampled_from([0, 1, 3])), "operator": operator},
        ),
        dtypes=INTEGERS,
        orders=0,
    )
