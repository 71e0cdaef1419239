"""Several tensors become one."""

import numpy as np
from hypothesis import strategies as st

from .spec import ALL, ErrorCase, Sample, draw_dim, draw_shape, draw_values, record


def _pieces(draw):
    shape = draw_shape(draw, min_dims=1)
    dim = draw_dim(draw, len(shape))
    pieces = []
    for _ in range(draw(st.integers(1, 3))):
        piece = list(shape)
        piece[dim] = draw(st.integers(0, 3))
        pieces.append(draw_values(draw, tuple(piece)))
    if draw(st.integers(0, 5)) == 0:
        pieces.insert(draw(st.integers(0, len(pieces))), np.zeros(0))  # an empty vector may stand beside any shape
    return Sample(pieces, {"dim": dim})


def _equals(draw):
    shape = draw_shape(draw)
    return Sample(
        [draw_values(draw, shape) for _ in range(draw(st.integers(1, 3)))],
        {"dim": draw(st.integers(-len(shape) - 1, len(shape)))},
    )


record(
    "cat",
    lambda t, *xs, dim: t.cat(xs, dim),
    _pieces,
    dtypes=ALL,
    also=("concat", "concatenate"),
    errors=[
        ErrorCase(lambda t: t.cat([t.ones(2, 3), t.ones(2, 4)])),
        ErrorCase(lambda t: t.cat([t.ones(2), t.ones(2, 2)])),
        ErrorCase(lambda t: t.cat([t.tensor(1.0), t.tensor(2.0)])),
        ErrorCase(lambda t: t.cat([])),
    ],
)
record(
    "stack",
    lambda t, *xs, dim: t.stack(xs, dim),
    _equals,
    dtypes=ALL,
    errors=[
        ErrorCase(lambda t: t.stack([t.ones(2), t.ones(3)])),
        ErrorCase(lambda t: t.stack([])),
    ],
)
