"""Scans and differences."""

import numpy as np
from hypothesis import strategies as st

from .spec import ALL, FLOATS, ErrorCase, Sample, draw_dim, draw_shape, draw_values, record


def _along(draw):
    shape = draw_shape(draw)
    return Sample([draw_values(draw, shape)], {"dim": draw_dim(draw, len(shape))})


def _with_zeros(draw):
    sample = _along(draw)
    if draw(st.booleans()):  # zeros make the gradient interesting
        sample.arrays[0][sample.arrays[0] < -1] = 0
    return sample


def _with_ties(draw):
    sample = _along(draw)
    return Sample([np.round(sample.arrays[0] * 2) / 2 if draw(st.booleans()) else sample.arrays[0]], sample.options)


def _scan(name, samples, **more):
    record(
        name,
        lambda t, x, dim: getattr(t, name)(x, dim),
        samples,
        method=name,
        special=True,
        errors=[ErrorCase(lambda t: getattr(t, name)(t.ones(2), 1)), ErrorCase(lambda t: getattr(t, name)([1.0], 0))]
        + more.pop("errors", []),
        **more,
    )


_scan("cumprod", _with_zeros, dtypes=ALL, inplace=True)
record(
    "cumprod (dtype)",
    lambda t, x, dim: (t.cumprod(x, dim, dtype=t.float64), t.cumprod(x, dim, dtype=t.int32)),
    _along,
    dtypes=ALL,
    orders=0,
)
for _name in ("cummax", "cummin"):
    _scan(
        _name,
        _with_ties,
        dtypes=ALL,
        errors=[ErrorCase(lambda t, name=_name: getattr(t.tensor(1.0), name)(1))],
    )
_scan(
    "logcumsumexp",
    _along,
    dtypes=FLOATS,
    errors=[ErrorCase(lambda t: t.logcumsumexp(t.tensor([1, 2]), 0))],
)


def _joined(draw):
    shape = draw_shape(draw, min_dims=1, max_dims=3)
    dim = draw_dim(draw, len(shape))
    sides = [list(shape) for _ in range(2)]
    for side in sides:
        side[dim] = draw(st.integers(0, 2))
    arrays = [draw_values(draw, tuple(s)) for s in (shape, *sides)]
    return Sample(arrays, {"n": draw(st.integers(0, 3)), "dim": dim})


record(
    "diff",
    lambda t, x, before, after, n, dim: (t.diff(x, n, dim), x.diff(n, dim, before), t.diff(x, n, dim, before, after)),
    _joined,
    dtypes=ALL,
    special=True,
    errors=[
        ErrorCase(lambda t: t.diff(t.tensor(1.0))),
        ErrorCase(lambda t: t.diff(t.ones(2), -1)),
        ErrorCase(lambda t: t.diff(t.ones(2, 2), dim=2)),
        ErrorCase(lambda t: t.diff(t.ones(2, 2), prepend=t.ones(2))),
        ErrorCase(lambda t: t.diff(t.ones(2, 2), append=t.ones(1, 2))),
    ],
)
record(
    "diff (promoted)",
    lambda t, x: (x.diff(prepend=t.ones(1)), x.diff(append=t.ones(1, dtype=t.int8))),
    lambda draw: Sample([draw_values(draw, (draw(st.integers(0, 4)),), -5, 5)]),
    dtypes=[*ALL],
    orders=0,
)
