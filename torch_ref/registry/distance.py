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
