"""Distances and similarities of vectors."""

from hypothesis import strategies as st

from .spec import FLOATS, ErrorCase, Sample, draw_broadcastable, draw_dim, draw_shape, draw_values, record


def _two(draw, **more):
    shape = draw_shape(draw, min_dims=1, min_side=1)
    return shape, [draw_values(draw, shape, 0.5, 2), draw_values(draw, draw_broadcastable(draw, shape), -2, -0.5)]


def _similar(draw):
    shape, arrays = _two(draw)
    return Sample(arrays, {"dim": draw_dim(draw, len(shape)), "eps": draw(st.sampled_from([1e-8, 1.0]))})


record(
    "cosine_similarity",
    lambda t, a, b, **given: t.cosine_similarity(a, b, **given),
    _similar,
    dtypes=FLOATS,
    factor=4.0,
    reason="the gradient of a broadcast operand is a sum of up to 48 terms that may cancel to exactly 0",
    errors=[
        ErrorCase(lambda t: t.cosine_similarity(t.ones(2, 3), t.ones(2, 3), dim=2)),
        ErrorCase(lambda t: t.cosine_similarity(t.ones(2, 3), t.ones(2, 4))),
        ErrorCase(lambda t: t.cosine_similarity(t.ones(2, 3).long(), t.ones(2, 3).long())),
        ErrorCase(lambda t: t.cosine_similarity(t.ones(2, 3), 1.0)),
    ],
)


def _apart(draw):
    _, arrays = _two(draw)
    return Sample(arrays, {"p": draw(st.sampled_from([2.0, 1.0, 3.0, float("inf")])), "keepdim": draw(st.booleans())})


record(
    "pairwise_distance",
    lambda t, a, b, **given: t.pairwise_distance(a, b, **given),
    _apart,
    dtypes=FLOATS,
    errors=[ErrorCase(lambda t: t.pairwise_distance(t.ones(2, 3), t.ones(2, 4)))],
)


def _long(draw):
    shape = draw_shape(draw, min_dims=1, min_side=1)
    options = {"p": draw(st.sampled_from([2.0, 1.0, 3.0])), "dim": draw_dim(draw, len(shape))}
    return Sample([draw_values(draw, shape, 0.1, 2)], options | {"eps": draw(st.sampled_from([1e-12, 5.0]))})


record(
    "F.normalize",
    lambda t, x, **given: t.nn.functional.normalize(x, **given),
    _long,
    dtypes=FLOATS,
    errors=[
        ErrorCase(lambda t: t.nn.functional.normalize(t.ones(2))),
        ErrorCase(lambda t: t.nn.functional.normalize(t.ones(2, 3).long())),
    ],
)


def _pairs(draw):
    batch = draw(st.sampled_from([((), ()), ((2,), (2,)), ((2, 1), (3,))]))
    n, m, k = (
        draw(st.integers(1, 3)),
        draw(st.integers(1, 3)),
        draw(st.integers(1, 3)),
    )  # torch 2.13 crashes on some empty ones
    arrays = [draw_values(draw, (*batch[0], n, k)), draw_values(draw, (*batch[1], m, k))]
    return Sample(arrays, {"p": draw(st.sampled_from([0, 1, 1.5, 2, 3, float("inf")]))})


record(
    "cdist",
    lambda t, a, b, p: t.cdist(a, b, p),
    _pairs,
    orders=1,  # torch's second derivative is missing
    errors=[
        ErrorCase(lambda t: t.cdist(t.ones(2), t.ones(2, 2))),
        ErrorCase(lambda t: t.cdist(t.ones(2, 3), t.ones(2, 2))),
        ErrorCase(lambda t: t.cdist(t.ones(2, 2), t.ones(2, 2), p=-1)),
        ErrorCase(lambda t: t.cdist(t.ones(2, 2).long(), t.ones(2, 2).long())),
        ErrorCase(lambda t: t.cdist(t.ones(2, 2), t.ones(2, 2).double())),
        ErrorCase(lambda t: t.cdist(t.ones(2, 2), t.ones(2, 2), compute_mode="x")),
        ErrorCase(lambda t: t.cdist(t.ones(2, 2).half(), t.ones(2, 2).half())),
        ErrorCase(lambda t: t.cdist(t.ones(3, 2, 2), t.ones(2, 2, 2))),
        ErrorCase(lambda t: t.cdist(t.ones(2, 2), 3)),
    ],
)
record(
    "cdist (by a product)",
    lambda t, a, b: t.cdist(a, b, compute_mode="use_mm_for_euclid_dist"),
    lambda draw: Sample([draw_values(draw, (3, 2)), draw_values(draw, (4, 2), 3, 5)]),
    orders=1,
)
for _name in ("pdist", "F.pdist"):
    record(
        _name,
        lambda t, x, p, _name=_name: (t.nn.functional.pdist if _name[0] == "F" else t.pdist)(x, p),
        lambda draw: Sample(
            [draw_values(draw, (draw(st.integers(1, 4)), draw(st.integers(1, 3))))],
            {"p": draw(st.sampled_from([0, 1, 1.5, 2, 3, float("inf")]))},
        ),
        orders=1,  # torch's second derivative is missing
        errors=[
            ErrorCase(lambda t: t.pdist(t.ones(3))),
            ErrorCase(lambda t: t.pdist(t.ones(3, 2).long())),
            ErrorCase(lambda t: t.pdist(t.ones(3, 2), -1)),
        ],
    )
