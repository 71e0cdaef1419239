"""Methods that copy, cast, fill or reshape to the measure of another tensor."""

from hypothesis import strategies as st

from .spec import ALL, ErrorCase, Sample, draw_broadcastable, draw_shape, draw_values, record


def _one(draw):
    return Sample([draw_values(draw, draw_shape(draw), -9, 9)])


for _name in ("bool", "byte", "char", "double", "float", "half", "int", "long", "short"):
    record(
        _name,
        lambda t, x, _name=_name: getattr(x, _name)(),
        lambda draw: Sample([draw_values(draw, draw_shape(draw), 0, 9)]),  # negative floats as uint8 are undefined
        dtypes=ALL,
    )


def _and_other(draw):
    """A tensor and another of the shape that it broadcasts to."""
    shape = draw_shape(draw)
    return Sample([draw_values(draw, draw_broadcastable(draw, shape)), draw_values(draw, shape)])


def _same_size(draw):
    shape = draw_shape(draw)
    return Sample([draw_values(draw, shape), draw_values(draw, draw(st.permutations(shape)))])


record("contiguous", lambda t, x: x.contiguous(), _one, dtypes=ALL)
record("T", lambda t, x: x.T, lambda draw: Sample([draw_values(draw, draw_shape(draw, min_dims=2, max_dims=2))]), dtypes=ALL)
record("detach", lambda t, x: x.detach(), _one, dtypes=ALL)
record(
    "expand_as",
    lambda t, x, other: x.expand_as(other),
    _and_other,
    dtypes=ALL,
    errors=[
        ErrorCase(lambda t: t.ones(2).expand_as(t.ones(3))),
        ErrorCase(lambda t: t.ones(2, 2).expand_as(t.ones(2))),
    ],
)
record(
    "sum_to_size",
    lambda t, x, size: x.sum_to_size(size),
    lambda draw: Sample([draw_values(draw, s := draw_shape(draw))], {"size": draw_broadcastable(draw, s)}),
    factor=2.0,
    reason="a sum of up to 48 terms that may cancel, in another order than torch's",
    errors=[
        ErrorCase(lambda t: t.ones(2).sum_to_size(3)),
        ErrorCase(lambda t: t.ones(2).sum_to_size(1, 2)),
    ],
)
for _name in ("view_as", "reshape_as"):
    record(
        _name,
        lambda t, x, other, _name=_name: getattr(x.contiguous(), _name)(other),
        _same_size,
        dtypes=ALL,
        errors=[
            ErrorCase(lambda t, _name=_name: getattr(t.ones(2), _name)(t.ones(3))),
            ErrorCase(lambda t, _name=_name: getattr(t.ones(0), _name)(t.ones(1))),
        ],
    )
record(
    "type_as",
    lambda t, x, dtype: x.type_as(t.ones(2, dtype=getattr(t, dtype))),
    lambda draw: Sample(_one(draw).arrays, {"dtype": draw(st.sampled_from(["float64", "float32", "int64"]))}),
    dtypes=ALL,
)
record(
    "new_full",
    lambda t, x, value: x.new_full(tuple(x.shape), value),
    lambda draw: Sample(_one(draw).arrays, {"value": draw(st.sampled_from([0, 1, 2.5, True]))}),
    dtypes=ALL,
    orders=0,
    errors=[ErrorCase(lambda t: t.ones(2).new_full((-1,), 1)), ErrorCase(lambda t: t.ones(2).new_full((2, -3), 1.5))],
)
record(
    "new_tensor",
    lambda t, x, values: x.new_tensor(values),
    lambda draw: Sample(_one(draw).arrays, {"values": draw(st.sampled_from([1, 2.5, [1, 2], [[0.5], [True]], []]))}),
    dtypes=ALL,
    orders=0,
    errors=[
        ErrorCase(lambda t: t.ones(2).new_tensor([[1], [1, 2]])),
        ErrorCase(lambda t: t.ones(2).new_tensor("one")),
    ],
)
record(
    "fill",
    lambda t, x, value: (x * 1).fill_(value),
    lambda draw: Sample(_one(draw).arrays, {"value": draw(st.sampled_from([0, 1, 2.5, True]))}),
    dtypes=ALL,
    errors=[ErrorCase(lambda t: t.ones(2).fill_(t.ones(2))), ErrorCase(lambda t: t.ones(2).fill_(t.ones(1, 1)))],
)
record("zero", lambda t, x: (x * 1).zero_(), _one, dtypes=ALL)
record(
    "copy",
    lambda t, x, other: (other * 1).copy_(x),
    _and_other,
    dtypes=ALL,
    errors=[
        ErrorCase(lambda t: t.ones(2).copy_(t.ones(3))),
        ErrorCase(lambda t: t.ones(2).copy_(t.ones(2, 2))),
    ],
)
