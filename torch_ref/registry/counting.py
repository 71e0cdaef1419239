"""Counting, the mean of what is not missing, and functions of whole matrices."""

import numpy as np
from hypothesis import strategies as st

from .spec import ALL, FLOATS, INTEGERS, WIDE, ErrorCase, Sample, draw_dim, draw_shape, draw_values, record


def _repeating(draw):
    shape = draw_shape(draw, max_dims=3)
    dim = draw(st.sampled_from([None, draw_dim(draw, len(shape))])) if shape and 0 not in shape else None
    return Sample([np.round(draw_values(draw, shape))], {"dim": dim})


_REFUSED = [
    ErrorCase(lambda t: t.unique(t.ones(0, 3), dim=1)),
    ErrorCase(lambda t: t.unique_consecutive(t.ones(0, 3), dim=1)),
    ErrorCase(lambda t: t.unique(t.ones(0, 0), dim=1)),
    ErrorCase(lambda t: t.unique(t.tensor(1.0), dim=0)),
    ErrorCase(lambda t: t.unique(t.ones(2), dim=1)),
    ErrorCase(lambda t: t.unique(t.ones(2, requires_grad=True)).sum().backward()),
    ErrorCase(lambda t: t.unique(t.ones(2, requires_grad=True), dim=0).sum().backward()),
    ErrorCase(lambda t: t.unique_consecutive(t.ones(2, requires_grad=True)).sum().backward()),
    ErrorCase(lambda t: t.unique([1.0])),
]
record(
    "unique",
    lambda t, x, dim: (
        t.unique(x, dim=dim),
        t.unique(x, True, True, True, dim),
        x.unique(return_inverse=True, dim=dim),
        x.unique(return_counts=True, dim=dim),
    ),
    _repeating,
    dtypes=ALL,
    orders=0,
    errors=_REFUSED,
)
record(
    "unique_consecutive",
    lambda t, x, dim: (
        t.unique_consecutive(x, dim=dim),
        t.unique_consecutive(x, True, True, dim),
        x.unique_consecutive(return_inverse=True, dim=dim),
        x.unique_consecutive(return_counts=True, dim=dim),
    ),
    _repeating,
    dtypes=ALL,
    orders=0,
)
record(
    "unique (empty, special)",
    lambda t, x: (
        *t.unique(x, return_inverse=True, return_counts=True),
        *t.unique(t.ones(0, 3), dim=0, return_inverse=True, return_counts=True),
        *t.unique_consecutive(x, return_inverse=True, return_counts=True),
        *t.unique_consecutive(t.ones(0, 3), dim=0, return_inverse=True, return_counts=True),
    ),
    lambda draw: Sample([np.round(draw_values(draw, (draw(st.integers(0, 6)),)))]),
    orders=0,
    special=True,
)

record(
    "bincount",
    lambda t, x, weights, minlength: (
        t.bincount(x, minlength=minlength),
        x.bincount(weights),
        t.bincount(x, weights.to(t.float64), minlength),
        t.bincount(x, weights.to(t.int64)),
    ),
    lambda draw: Sample(
        [np.arange(0).astype(np.int64), np.zeros(0)]
        if not (n := draw(st.integers(0, 8)))
        else [draw_values(draw, (n,), 0, 7).astype(draw(st.sampled_from(INTEGERS))), draw_values(draw, (n,))],
        {"minlength": draw(st.integers(0, 9))},
    ),
    dtypes=FLOATS,
    orders=0,
    errors=[
        ErrorCase(lambda t: t.bincount(t.ones(2))),
        ErrorCase(lambda t: t.bincount(t.tensor([True]))),
        ErrorCase(lambda t: t.bincount(t.tensor([[1]]))),
        ErrorCase(lambda t: t.bincount(t.tensor([-1]))),
        ErrorCase(lambda t: t.bincount(t.tensor([1]), minlength=-1)),
        ErrorCase(lambda t: t.bincount(t.tensor([1]), t.ones(2))),
        ErrorCase(lambda t: t.bincount([1])),
        ErrorCase(lambda t: t.bincount(t.tensor([1]), t.ones(1, requires_grad=True)).sum().backward()),
    ],
)


def _ranged(draw):
    low, high = draw(st.sampled_from([(0, 0), (-1, 1), (0, 1.5), (-8, 8), (1, 1)]))
    return Sample([draw_values(draw, draw_shape(draw))], {"bins": draw(st.integers(1, 7)), "min": low, "max": high})


record(
    "histc",
    lambda t, x, bins, min, max: (t.histc(x, bins, min, max), x.histc(bins, min=min, max=max), x.histc()),
    _ranged,
    orders=0,
    errors=[
        ErrorCase(lambda t: t.histc(t.ones(2), 0)),
        ErrorCase(lambda t: t.histc(t.ones(2), 2, 3, 1)),
        ErrorCase(lambda t: t.histc(t.tensor([1.0, float("inf")]), 3)),
        ErrorCase(lambda t: t.histc(t.ones(2), 3, 0, float("inf"))),
        ErrorCase(lambda t: t.histc(t.tensor([1, 2]), 3)),
    ],
)
record(
    "histc (special)",
    lambda t, x: t.histc(x, 4, min=-1, max=2),
    lambda draw: Sample([draw_values(draw, draw_shape(draw))]),
    special=True,
    orders=0,
)
record(
    "argwhere",
    lambda t, x: (t.argwhere(x), x.argwhere()),
    lambda draw: Sample([np.round(draw_values(draw, draw_shape(draw)))]),
    dtypes=ALL,
    orders=0,
)


def _mean_over(draw):
    shape = draw_shape(draw)
    dims = [None, draw_dim(draw, len(shape)), tuple(range(len(shape)))]
    return Sample([draw_values(draw, shape)], {"dim": draw(st.sampled_from(dims)), "keepdim": draw(st.booleans())})


record(
    "nanmean",
    lambda t, x, dim, keepdim: t.nanmean(x, dim, keepdim),
    _mean_over,
    dtypes=FLOATS,
    method="nanmean",
    special=True,
    errors=[
        ErrorCase(lambda t: t.nanmean(t.tensor([1]))),
        ErrorCase(lambda t: t.nanmean(t.ones(2), 1)),
        ErrorCase(lambda t: t.nanmean([1.0])),
    ],
)
record(
    "nanmean (dtype)",
    lambda t, x: (t.nanmean(x, dtype=t.float64), x.nanmean(0, dtype=t.float64)),
    lambda draw: Sample([draw_values(draw, draw_shape(draw, min_dims=1))]),
    orders=0,
    special=True,
)

# --- matrices ------------------------------------------------------------------------------------------------------

record(
    "trace",
    lambda t, x: (t.trace(x), x.trace()),
    lambda draw: Sample([draw_values(draw, draw_shape(draw, min_dims=2, max_dims=2), -9, 9)]),
    dtypes=ALL[1:],
    special=True,
    errors=[
        ErrorCase(lambda t: t.trace(t.ones(2))),
        ErrorCase(lambda t: t.trace(t.ones(2, 2, 2))),
        ErrorCase(lambda t: t.trace(t.tensor([[True]]))),
        ErrorCase(lambda t: t.trace([1.0])),
    ],
)


def _matrices(draw):
    shape = draw_shape(draw, min_dims=2, max_dims=3, min_side=1)
    dims = draw(st.permutations(range(len(shape))))[:2]
    values = draw_values(draw, shape)
    values = values + np.where(values > 0, 0.1, -0.1)  # nobody agrees on the slope of |x| at 0
    ord = draw(st.sampled_from(["fro", "nuc", 1, -1, 2, -2, float("inf"), -float("inf")]))
    return Sample([values], {"ord": ord, "dim": tuple(dims), "keepdim": draw(st.booleans())})


record(
    "linalg.matrix_norm",
    lambda t, x, **options: t.linalg.matrix_norm(x, **options),
    _matrices,
    dtypes=WIDE,
    errors=[
        ErrorCase(lambda t: t.linalg.matrix_norm(t.ones(2, 2, dtype=t.int64))),
        ErrorCase(lambda t: t.linalg.matrix_norm(t.ones(2))),
        ErrorCase(lambda t: t.linalg.matrix_norm(t.ones(2, 2), 3)),
        ErrorCase(lambda t: t.linalg.matrix_norm(t.ones(2, 2), "max")),
        ErrorCase(lambda t: t.linalg.matrix_norm(t.ones(2, 2), dim=(0, 0))),
        ErrorCase(lambda t: t.linalg.matrix_norm(t.ones(2, 2), dim=(0, 2))),
        ErrorCase(lambda t: t.linalg.matrix_norm(t.ones(2, 2), dim=(0,))),
        ErrorCase(lambda t: t.linalg.matrix_norm(t.ones(2, 2), dtype=t.int64)),
    ],
)
record(
    "linalg.matrix_norm (dtype, empty)",
    lambda t, x: (
        t.linalg.matrix_norm(x, dtype=t.float64),
        t.linalg.matrix_norm(t.ones(0, 3), 1),
        t.linalg.matrix_norm(t.ones(0, 3)),
    ),
    lambda draw: Sample([draw_values(draw, (2, 3))]),
    orders=0,
)
