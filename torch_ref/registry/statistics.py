"""Covariance and correlation, areas by trapezoids, distances and rescaled slices."""

import numpy as np
from hypothesis import strategies as st

from .spec import FLOATS, WIDE, ErrorCase, Sample, draw_dim, draw_shape, draw_values, record

WEIGHTS = {
    "fweights": ([1.5, 2.0, 1.0], [1, 2], [[1, 2, 1]], [1, -2, 1], [0, 0, 0]),
    "aweights": ([1, 2, 1], [1.0, 2.0], [[1.0, 2.0, 1.0]], [1.0, -2.0, 1.0], [0.0, 0.0, 0.0]),
}


def _observed(draw):
    variables, observations = draw(st.integers(1, 3)), draw(st.integers(3, 5))
    options = {"correction": draw(st.sampled_from([0, 1, 2])), "fweights": None, "aweights": None}
    if draw(st.booleans()):
        options["fweights"] = np.arange(1, observations + 1)
    if draw(st.booleans()):
        options["aweights"] = np.linspace(0.5, 2, observations)
    return Sample([draw_values(draw, (variables, observations))], options)


def _covariance(t, x, correction, fweights, aweights):
    fweights = None if fweights is None else t.from_numpy(fweights).to(x.device)
    aweights = None if aweights is None else t.from_numpy(aweights).to(x)
    return t.cov(x, correction=correction, fweights=fweights, aweights=aweights)


record(
    "cov",
    _covariance,
    _observed,
    dtypes=WIDE,
    errors=[
        ErrorCase(lambda t: t.cov(t.ones(2, 2, 2))),
        ErrorCase(lambda t: t.cov(t.tensor([True]))),
        ErrorCase(lambda t: t.cov([1.0])),
        *[
            ErrorCase(lambda t, name=name, w=w: t.cov(t.ones(2, 3), **{name: t.tensor(w)}))
            for name, wrong in WEIGHTS.items()
            for w in wrong
        ],
    ],
)
record(
    "cov (one variable, none)",
    lambda t, x: (t.cov(x[0]), x.cov(), t.cov(t.ones(0)), t.cov(t.ones(2, 0)), t.cov((x * 9).int()), t.cov(x, correction=9)),
    lambda draw: Sample([draw_values(draw, (2, 4))]),
    dtypes=WIDE,
    orders=0,
)
record(
    "corrcoef",
    lambda t, x: (t.corrcoef(x), x[0].corrcoef()),
    lambda draw: Sample([draw_values(draw, (draw(st.integers(1, 3)), draw(st.integers(3, 5))))]),
    dtypes=WIDE,
    orders=1,  # the clipping's slope at 1 depends on rounding
    factor=100.0,
    reason="the diagonal is c / sqrt(c) / sqrt(c): its gradient is rounding alone, and passes the clipping or not",
    errors=[ErrorCase(lambda t: t.corrcoef(t.ones(2, 2, 2))), ErrorCase(lambda t: t.corrcoef(t.tensor([True])))],
)


def _curve(draw):
    shape = draw_shape(draw, min_dims=1, max_dims=3, min_side=1)
    dim = draw_dim(draw, len(shape))
    return Sample(
        [draw_values(draw, shape), draw_values(draw, (shape[dim],)), draw_values(draw, shape)],
        {"dim": dim, "dx": draw(st.sampled_from([1, 0.5, 3]))},
    )


for _name in ("trapezoid", "cumulative_trapezoid", "trapz"):
    record(
        _name,
        lambda t, y, points, x, dim, dx, name=_name: (
            getattr(t, name)(y, dx=dx, dim=dim),
            getattr(t, name)(y, points, dim=dim),
            getattr(t, name)(y, x, dim=dim),
        ),
        _curve,
        dtypes=WIDE,
        errors=[
            ErrorCase(lambda t, name=_name: getattr(t, name)(t.ones(2, 3), t.ones(2))),
            ErrorCase(lambda t, name=_name: getattr(t, name)(t.ones(2, 3), dim=2)),
            ErrorCase(lambda t, name=_name: getattr(t, name)(t.ones(()))),
            ErrorCase(lambda t, name=_name: getattr(t, name)(t.tensor([True]))),
            ErrorCase(lambda t, name=_name: getattr(t, name)(t.ones(1), t.tensor([True]))),
        ],
    )


def _two(draw):
    shape = draw_shape(draw, min_side=1)
    p = draw(st.sampled_from([2, 1, 3, 1.5, float("inf")]))
    return Sample([draw_values(draw, shape, 1, 2), draw_values(draw, shape, -2, -1)], {"p": p})


record(
    "dist",
    lambda t, a, b, p: t.dist(a, b, p),
    _two,
    dtypes=WIDE,
    method="dist",
    errors=[
        ErrorCase(lambda t: t.dist(t.ones(2), t.ones(3))),
        ErrorCase(lambda t: t.dist(t.ones(2), 1)),
        ErrorCase(lambda t: t.dist(t.ones(2), t.ones(2), "fro")),
        ErrorCase(lambda t: t.dist(t.tensor([1]), t.tensor([2]))),
        ErrorCase(lambda t: t.dist(t.ones(0), t.ones(0), float("inf"))),
    ],
)


record(
    "dist (p=0)",  # torch cannot differentiate it
    lambda t, a, b: (t.dist(a, b, 0), a.dist(b, p=0)),
    lambda draw: Sample(_two(draw).arrays),
    dtypes=WIDE,
    orders=0,
)


def _sliced(draw):
    shape = draw_shape(draw, min_dims=2, max_dims=3, min_side=1)
    options = {"p": draw(st.sampled_from([2, 1, 3, 1.5])), "dim": draw_dim(draw, len(shape))}
    return Sample([draw_values(draw, shape, 0.5, 2)], options | {"maxnorm": draw(st.sampled_from([1, 2.5]))})


record(
    "renorm",
    lambda t, x, p, dim, maxnorm: t.renorm(x, p, dim, maxnorm),
    _sliced,
    dtypes=FLOATS,
    method="renorm",
    inplace=True,
    errors=[
        ErrorCase(lambda t: t.renorm(t.ones(2), 2, 0, 1)),
        ErrorCase(lambda t: t.renorm(t.ones(2, 2), 0, 0, 1)),
        ErrorCase(lambda t: t.renorm(t.ones(2, 2), 2, 0, -1)),
        ErrorCase(lambda t: t.renorm(t.ones(2, 2), 2, 2, 1)),
        ErrorCase(lambda t: t.renorm(t.tensor([[1]]), 2, 0, 1)),
    ],
)
