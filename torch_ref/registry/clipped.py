"""Activation functions that are clipped, shrunk, or have a smooth, learned or drawn negative side."""

from hypothesis import strategies as st

from .activation import _functional
from .spec import FLOATS, WIDE, ErrorCase, Sample, draw_shape, draw_values, record


def _fails(name, *arguments, integers=False, **options):
    """t.nn.functional.NAME of a tensor of ones (as many as the first argument says)."""
    first, *rest = arguments

    def call(t):
        x = t.ones(first)
        return getattr(t.nn.functional, name)(x.long() if integers else x, *rest, **options)

    return ErrorCase(call)


def _one_of(**choices):
    return lambda draw: {name: draw(st.sampled_from(values)) for name, values in choices.items()}


PLAIN = {"kernels": False}
_functional("hardtanh", _one_of(min_val=[-1.0, 0.0], max_val=[1.0, 0.25]), **PLAIN, dtypes=(*FLOATS, "int64"), errors=[
    _fails("hardtanh", 2, 1.0, -1.0),
    ErrorCase(lambda t: t.nn.functional.hardtanh(t.tensor([True]))),
    ErrorCase(lambda t: t.nn.functional.hardtanh(t.tensor([1], dtype=t.uint8))),
])  # fmt: skip
_functional("relu6", low=-3, high=9, **PLAIN, errors=[ErrorCase(lambda t: t.nn.functional.relu6(t.tensor([True])))])
_functional(
    "hardsigmoid",
    low=-5,
    high=5,
    orders=1,  # torch has no second derivative
    **PLAIN,
    errors=[_fails("hardsigmoid", 2, integers=True)],
    factor=1000.0,
    reason="torch's gradient has 1/6 rounded to float32",
)
_functional("hardswish", low=-5, high=5, **PLAIN, errors=[_fails("hardswish", 2, integers=True)])
_functional(
    "threshold",
    _one_of(threshold=[0.5, -1.0], value=[0.0, 20.0]),
    **PLAIN,
    dtypes=(*FLOATS, "int32"),
    errors=[ErrorCase(lambda t: t.nn.functional.threshold(t.tensor([True]), 1, 2))],
)
_functional(
    "softshrink",
    _one_of(lambd=[0.5, 1.25, 0.0]),
    **PLAIN,
    errors=[_fails("softshrink", 2, -0.5), _fails("softshrink", 2, integers=True)],
)
_functional("hardshrink", _one_of(lambd=[0.5, 1.25, 0.0]), **PLAIN, errors=[_fails("hardshrink", 2, integers=True)])
_functional("tanhshrink", **PLAIN, errors=[ErrorCase(lambda t: t.nn.functional.tanhshrink(t.tensor([True])))])
_functional("softsign", **PLAIN)
# torch's gradient rounds alpha to float32: values that have no more digits
_functional(
    "celu",
    _one_of(alpha=[1.0, 0.25, 2.0, -1.5]),
    **PLAIN,
    errors=[_fails("celu", 2, 0.0), _fails("celu", 2, integers=True)],
)
_functional("selu", **PLAIN, errors=[_fails("selu", 2, integers=True)])
_functional("mish", **PLAIN, errors=[_fails("mish", 2, integers=True)])
_functional(
    "rrelu",
    _one_of(lower=[0.1, 0.25], upper=[0.5, 0.25]),
    **PLAIN,
    errors=[
        _fails("rrelu", 2, 0.5, 0.2),
        _fails("rrelu", 2, 0.5, float("inf")),
        _fails("rrelu", 2, float("nan"), 1.0, training=True),
        _fails("rrelu", 2, training=True, integers=True),
        ErrorCase(lambda t: t.nn.functional.rrelu(t.ones(2).half(), training=True)),
    ],
)

record(
    "F.rrelu (drawn)",
    lambda t, x, **given: (t.manual_seed(5), t.nn.functional.rrelu(x, 0.1, 0.9, training=True))[1],
    lambda draw: Sample([draw_values(draw, draw_shape(draw))]),
    dtypes=WIDE,
    special=True,
)


for _name, _arguments in (
    ("hardtanh", (-0.5, 0.5)),
    ("threshold", (0.1, 20.0)),
    ("celu", (0.5,)),
    ("selu", ()),
    ("rrelu", ()),
):
    record(
        f"F.{_name}_",
        lambda t, x, _name=_name, _arguments=_arguments: getattr(t.nn.functional, _name + "_")(x * 1, *_arguments),
        lambda draw: Sample([draw_values(draw, draw_shape(draw))]),
        dtypes=FLOATS,
        special=True,
        errors=[
            ErrorCase(
                lambda t, _name=_name, _arguments=_arguments: getattr(t.nn.functional, _name + "_")(
                    t.ones(2, requires_grad=True), *_arguments
                )
            )
        ],
    )
for _name, _arguments in (("threshold", (0.1, 20.0)), ("celu", (0.5,)), ("selu", ()), ("rrelu", (0.2, 0.4))):
    record(
        f"{_name}",
        lambda t, x, _name=_name, _arguments=_arguments: getattr(t, _name)(x, *_arguments),
        lambda draw: Sample([draw_values(draw, draw_shape(draw))]),
        dtypes=FLOATS,
        special=True,
    )


def _halved(draw):
    shape = draw_shape(draw, min_dims=1, max_dims=3)
    dim = draw(st.integers(-len(shape), len(shape) - 1))
    shape = tuple(2 * s if d == dim % len(shape) else s for d, s in enumerate(shape))
    return Sample([draw_values(draw, shape, -3, 3)], {"dim": dim})


record(
    "F.glu",
    lambda t, x, dim: t.nn.functional.glu(x, dim),
    _halved,
    dtypes=FLOATS,
    errors=[
        _fails("glu", 3),
        _fails("glu", ()),
        _fails("glu", (2, 3), 1),
        _fails("glu", (2, 2), 2),
        _fails("glu", 2, integers=True),
    ],
)


def _with_slopes(draw):
    shape = draw_shape(draw)
    count = draw(st.sampled_from([1, shape[1]])) if len(shape) > 1 else 1
    slopes = () if count == 1 and draw(st.booleans()) else (count,)
    return Sample([draw_values(draw, shape), draw_values(draw, slopes)])


record(
    "prelu",
    lambda t, x, w: t.prelu(x, w),
    _with_slopes,
    dtypes=FLOATS,
    method="prelu",
    special=True,
    errors=[
        ErrorCase(lambda t: t.prelu(t.ones(2, 3), t.ones(2))),
        ErrorCase(lambda t: t.prelu(t.ones(2, 3), t.ones(2, 2))),
        ErrorCase(lambda t: t.prelu(t.ones(2, 3), t.ones(1, 1))),
        ErrorCase(lambda t: t.prelu(t.ones(3), t.ones(3))),
        ErrorCase(lambda t: t.prelu(t.ones(()), t.ones(3))),
        ErrorCase(lambda t: t.prelu(t.ones(2, 3), t.ones(3).double())),
    ],
)


def _drawn(draw):
    shape = draw_shape(draw, min_dims=1, min_side=1)
    options = {"tau": draw(st.sampled_from([1, 0.5])), "hard": draw(st.booleans())}
    return Sample([draw_values(draw, shape)], options | {"dim": draw(st.integers(-len(shape), len(shape) - 1))})


record(
    "F.gumbel_softmax",
    lambda t, x, **given: (t.manual_seed(4), t.nn.functional.gumbel_softmax(x, **given))[1],
    _drawn,
    dtypes=WIDE,
    errors=[
        ErrorCase(lambda t: t.nn.functional.gumbel_softmax(t.ones(2), dim=1)),
        ErrorCase(lambda t: t.nn.functional.gumbel_softmax(t.ones(2).long())),
    ],
)
