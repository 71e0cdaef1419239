"""Small arrangements: more dimensions, columns and rows, powers, combinations, element-by-element writes."""

from hypothesis import strategies as st

from .spec import ALL, INTEGERS, WIDE, ErrorCase, Sample, draw_shape, draw_values, record


def _any(draw):
    return Sample([draw_values(draw, draw_shape(draw))])


for _name in ("atleast_1d", "atleast_2d", "atleast_3d"):
    record(
        _name,
        lambda t, x, _name=_name: (getattr(t, _name)(x), getattr(t, _name)(x, x), getattr(t, _name)([x])),
        _any,
        dtypes=ALL,
    )
record(
    "fliplr",
    lambda t, x: t.fliplr(x),
    lambda draw: Sample([draw_values(draw, draw_shape(draw, min_dims=2))]),
    dtypes=ALL,
    method="fliplr",
    errors=[ErrorCase(lambda t: t.fliplr(t.ones(3))), ErrorCase(lambda t: t.fliplr(3))],
)
record(
    "flipud",
    lambda t, x: t.flipud(x),
    lambda draw: Sample([draw_values(draw, draw_shape(draw, min_dims=1))]),
    dtypes=ALL,
    method="flipud",
    errors=[ErrorCase(lambda t: t.flipud(t.tensor(1.0)))],
)


def _columns(draw):
    rows = draw(st.integers(0, 3))
    return Sample(
        [draw_values(draw, s) for s in draw(st.lists(st.sampled_from([(rows,), (rows, 2)]), min_size=1, max_size=3))]
    )


record(
    "column_stack",
    lambda t, *xs: t.column_stack(xs),
    _columns,
    dtypes=ALL,
    errors=[
        ErrorCase(lambda t: t.column_stack([])),
        ErrorCase(lambda t: t.column_stack([t.tensor(1.0), t.ones(3)])),
    ],
)


def _vector(draw):
    return draw_values(draw, (draw(st.integers(1, 4)),), -3, 3)


record(
    "vander",
    lambda t, x, N, increasing: t.vander(x, N, increasing),
    lambda draw: Sample(
        [_vector(draw)], {"N": draw(st.one_of(st.none(), st.integers(0, 5))), "increasing": draw(st.booleans())}
    ),
    dtypes=(*INTEGERS, *WIDE),
    orders=0,  # torch overwrites what its gradient needs, and refuses
    errors=[ErrorCase(lambda t: t.vander(t.ones(2, 2))), ErrorCase(lambda t: t.vander(t.ones(2), -1))],
)
record(
    "linalg.vander",
    lambda t, x, N: (t.linalg.vander(x, N=N), t.linalg.vander(t.stack([x, x]), N=N)),
    lambda draw: Sample([_vector(draw)], {"N": draw(st.integers(2, 5))}),
    dtypes=(*INTEGERS, *WIDE),
    errors=[
        ErrorCase(lambda t: t.linalg.vander(t.tensor(1.0))),
        ErrorCase(lambda t: t.linalg.vander(t.ones(3), N=1)),
        ErrorCase(lambda t: t.linalg.vander(t.ones(3).bool())),
    ],
)
record(
    "combinations",
    lambda t, x, r, with_replacement: t.combinations(x, r, with_replacement),
    lambda draw: Sample([_vector(draw)], {"r": draw(st.integers(0, 4)), "with_replacement": draw(st.booleans())}),
    dtypes=ALL,
    errors=[ErrorCase(lambda t: t.combinations(t.ones(2, 2))), ErrorCase(lambda t: t.combinations(t.ones(2), -1))],
)

# --- writes ------------------------------------------------------------------------------------------------------

record(
    "Tensor.apply_",
    lambda t, x: t.clone(x).apply_(lambda v: v // 2),
    _any,
    dtypes=(*INTEGERS, *WIDE),
    orders=0,
    errors=[
        ErrorCase(lambda t: t.ones(2, requires_grad=True).apply_(abs)),
        ErrorCase(lambda t: t.ones(2).apply_(lambda v: "a")),
        ErrorCase(lambda t: t.ones(2).apply_(3)),
    ],
)
record(
    "Tensor.map_",
    lambda t, x, y: (t.clone(x).map_(y, lambda a, b: a - b), t.clone(x).t().map_(y[:1, :1], max)),
    lambda draw: Sample([draw_values(draw, (2, 3)), draw_values(draw, (2, 3))]),
    dtypes=("int64", *WIDE),
    orders=0,
    errors=[
        ErrorCase(lambda t: t.ones(3).map_(t.ones(2), max)),
        ErrorCase(lambda t: t.ones(3).map_(t.ones(3).double(), max)),
        ErrorCase(lambda t: t.ones(3).map_(t.ones(3, requires_grad=True), max)),
        ErrorCase(lambda t: t.ones(3).map_(3, max)),
    ],
)
record(
    "Tensor.fill_diagonal_",
    lambda t, x, wrap: t.clone(x).fill_diagonal_(3, wrap),
    lambda draw: Sample(
        [draw_values(draw, draw(st.sampled_from([(2, 2), (5, 2), (7, 3), (2, 4), (2, 2, 2), (3, 3, 3, 3)])))],
        {"wrap": draw(st.booleans())},
    ),
    dtypes=ALL,
    errors=[
        ErrorCase(lambda t: t.ones(3).fill_diagonal_(1)),
        ErrorCase(lambda t: t.ones(2, 3, 3).fill_diagonal_(1)),
        ErrorCase(lambda t: t.ones(2, 2).fill_diagonal_("a")),
    ],
)

# --- questions ---------------------------------------------------------------------------------------------------

record(
    "is_nonzero",
    lambda t, x: (t.is_nonzero(x), x.is_nonzero(), t.is_nonzero(x * 0)),
    lambda draw: Sample([draw_values(draw, draw(st.sampled_from([(), (1,), (1, 1)])))]),
    dtypes=ALL,
    orders=0,
    errors=[ErrorCase(lambda t: t.is_nonzero(t.ones(2))), ErrorCase(lambda t: t.is_nonzero(t.ones(0)))],
)
record(
    "is_same_size",
    lambda t, x, y: (t.is_same_size(x, y), x.is_same_size(y), t.is_same_size(x, x + 1)),
    lambda draw: Sample([draw_values(draw, draw_shape(draw)), draw_values(draw, draw_shape(draw))]),
    orders=0,
    errors=[ErrorCase(lambda t: t.is_same_size(t.ones(2), 3))],
)
record("is_signed", lambda t, x: (t.is_signed(x), x.is_signed()), _any, dtypes=ALL, orders=0)
record(
    "diagflat",
    lambda t, x, offset: t.diagflat(x, offset),
    lambda draw: Sample([draw_values(draw, draw_shape(draw, max_dims=2, max_side=3))], {"offset": draw(st.integers(-2, 2))}),
    dtypes=ALL,
    method="diagflat",
)
record(
    "broadcast_shapes",
    lambda t, x: (t.broadcast_shapes(x.shape, (2, 1)), t.broadcast_shapes(2, (3, 1)), t.broadcast_shapes()),
    lambda draw: Sample([draw_values(draw, draw(st.sampled_from([(), (1,), (5,), (2, 3), (4, 1, 1)])))]),
    orders=0,
    errors=[
        ErrorCase(lambda t: t.broadcast_shapes((2,), (3,))),
        ErrorCase(lambda t: t.broadcast_shapes((2, 2), (5,), (3,))),
        ErrorCase(lambda t: t.broadcast_shapes((-1,), (3,))),
    ],
)
