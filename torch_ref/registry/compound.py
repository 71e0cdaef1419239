"""Functions that are made of others: each is the record of its own sentences, defaults and shapes."""

import numpy as np
from hypothesis import strategies as st

from .matmul import _matrices
from .reduce import _dims, _spread
from .spec import (
    ALL,
    FLOATS,
    INTEGERS,
    WIDE,
    ErrorCase,
    Sample,
    draw_broadcastable,
    draw_dim,
    draw_shape,
    draw_values,
    record,
)


def _two(draw):
    """Values that are often equal, often near, and broadcast."""
    shape = draw_shape(draw)
    return [draw_values(draw, shape).round(), draw_values(draw, draw_broadcastable(draw, shape)).round()]


def _close(draw):
    options = {"rtol": draw(st.sampled_from([1e-5, 0.5])), "atol": draw(st.sampled_from([1e-8, 1.0]))}
    return Sample(_two(draw), options | {"equal_nan": draw(st.booleans())})


def _mixed(name):
    return [
        ErrorCase(lambda t: getattr(t, name)(t.ones(2), t.ones(2).double())),
        ErrorCase(lambda t: getattr(t, name)(t.ones(2), t.ones(3))),
        ErrorCase(lambda t: getattr(t, name)(t.ones(2), t.ones(2), rtol=-1.0)),
        ErrorCase(lambda t: getattr(t, name)(t.ones(2), t.ones(2), atol=-1.0)),
        ErrorCase(lambda t: getattr(t, name)(t.ones(2), 1.0)),
    ]


for _name in ("isclose", "allclose"):
    record(
        _name,
        lambda t, a, b, _name=_name, **given: getattr(t, _name)(a, b, **given),
        _close,
        dtypes=ALL,
        orders=0,
        special=True,
        errors=_mixed(_name),
    )
record(
    "equal",
    lambda t, a, b: t.equal(a, b),
    lambda draw: Sample(_two(draw)),
    dtypes=ALL,
    orders=0,
    special=True,
    errors=[ErrorCase(lambda t: t.equal(t.ones(2), 1.0)), ErrorCase(lambda t: t.equal(t.ones(2), [1.0, 1.0]))],
)


def _rows(draw):
    shape = draw_shape(draw, max_dims=3)
    return Sample([draw_values(draw, shape) for _ in range(draw(st.integers(1, 3)))])


for _name in ("hstack", "vstack"):
    record(
        _name,
        lambda t, *xs, _name=_name: getattr(t, _name)(xs),
        _rows,
        dtypes=ALL,
        errors=[
            ErrorCase(lambda t, _name=_name: getattr(t, _name)([])),
            ErrorCase(lambda t, _name=_name: getattr(t, _name)([t.ones(2, 3), t.ones(3, 2)])),
        ],
    )


def _several(draw):
    shape = draw_shape(draw)
    return Sample([draw_values(draw, draw_broadcastable(draw, shape)) for _ in range(draw(st.integers(1, 3)))])


record(
    "broadcast_tensors",
    lambda t, *xs: t.broadcast_tensors(*xs),
    _several,
    dtypes=ALL,
    errors=[
        ErrorCase(lambda t: t.broadcast_tensors(t.ones(2), t.ones(3))),
        ErrorCase(lambda t: t.broadcast_tensors(t.ones(2, 3), t.ones(4, 1, 2))),
    ],
)
record(
    "broadcast_to",
    lambda t, x, size: t.broadcast_to(x, size),
    lambda draw: Sample(
        [draw_values(draw, s := draw_shape(draw, max_dims=3))], {"size": (2, *[3 if k == 1 else k for k in s])}
    ),
    dtypes=ALL,
    errors=[
        ErrorCase(lambda t: t.broadcast_to(t.ones(2), (3,))),
        ErrorCase(lambda t: t.broadcast_to(t.ones(2, 3), (3,))),
    ],
)
for _name in ("var_mean", "std_mean"):
    record(
        _name,
        lambda t, x, _name=_name, **given: getattr(t, _name)(x, **given),
        _spread,
        dtypes=WIDE,
        errors=[
            ErrorCase(lambda t, _name=_name: getattr(t, _name)(t.ones(2, 3), 2)),
            ErrorCase(lambda t, _name=_name: getattr(t, _name)(t.ones(2, 3), (0, 0))),
        ],
    )
record(
    "rsub",
    lambda t, a, b, alpha: t.rsub(a, b, alpha=alpha),
    lambda draw: Sample(_two(draw), {"alpha": draw(st.sampled_from([1, 2]))}),
    dtypes=ALL[1:],
    special=True,
    errors=[
        ErrorCase(lambda t: t.rsub(t.ones(2), t.ones(3))),
        ErrorCase(lambda t: t.rsub(t.tensor([True]), t.tensor([True]))),
        ErrorCase(lambda t: t.rsub(t.tensor([1]), t.tensor([1]), alpha=0.5)),
    ],
)
record(
    "signbit",
    lambda t, x: t.signbit(x),
    lambda draw: Sample([draw_values(draw, draw_shape(draw))]),
    dtypes=ALL,
    orders=0,
    special=True,
)
record(
    "nan_to_num",
    lambda t, x, **given: t.nan_to_num(x, **given),
    lambda draw: Sample(
        [draw_values(draw, draw_shape(draw))],
        {name: draw(st.sampled_from([None, 0.5, -3])) for name in ("nan", "posinf", "neginf")},
    ),
    dtypes=ALL,
    special=True,
)
for _name in ("clamp_min", "clamp_max"):
    record(
        _name,
        lambda t, x, bound, _name=_name: getattr(t, _name)(x, bound),
        lambda draw: Sample([draw_values(draw, draw_shape(draw))], {"bound": draw(st.sampled_from([0, 1, 0.5]))}),
        dtypes=FLOATS,
        special=True,
        errors=[
            ErrorCase(lambda t, _name=_name: getattr(t, _name)(t.ones(2), t.ones(3))),
        ],
    )
    record(
        f"{_name} (tensor)",
        lambda t, a, b, _name=_name: getattr(t, _name)(a, b),
        lambda draw: Sample([draw_values(draw, s := draw_shape(draw)), draw_values(draw, draw_broadcastable(draw, s))]),
        dtypes=(*INTEGERS, *FLOATS),
    )
record(
    "tile",
    lambda t, x, dims: t.tile(x, dims),
    lambda draw: Sample(
        [draw_values(draw, draw_shape(draw, max_dims=3))],
        {"dims": tuple(draw(st.lists(st.integers(0, 2), max_size=4)))},
    ),
    dtypes=ALL,
    errors=[ErrorCase(lambda t: t.tile(t.ones(2), (-1, 2))), ErrorCase(lambda t: t.tile(t.ones(2), (2, -1)))],
)
record(
    "ravel",
    lambda t, x: t.ravel(x),
    lambda draw: Sample([draw_values(draw, draw_shape(draw))]),
    dtypes=ALL,
)


def _spread_out(draw):
    """Positions that are unique along dim, so that the order of writing does not matter."""
    shape = draw_shape(draw, min_dims=1, max_dims=3, min_side=1)
    dim = draw_dim(draw, len(shape))
    count = draw(st.integers(0, shape[dim]))
    size = tuple(count if d == dim % len(shape) else s for d, s in enumerate(shape))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    order = np.argsort(rng.uniform(size=shape), axis=dim)
    index = np.take(order, np.arange(count), axis=dim).astype(np.int64)
    return Sample([draw_values(draw, shape), draw_values(draw, size)], {"dim": dim, "index": index})


SCATTER_ERRORS = [
    ErrorCase(lambda t: t.scatter(t.ones(3), 0, t.tensor([3]), t.ones(1))),
    ErrorCase(lambda t: t.scatter(t.ones(3), 1, t.tensor([0]), t.ones(1))),
    ErrorCase(lambda t: t.scatter(t.ones(3), 0, t.tensor([0, 1]), t.ones(1))),
    ErrorCase(lambda t: t.scatter(t.ones(3), 0, t.tensor([0.5]), t.ones(1))),
    ErrorCase(lambda t: t.scatter(t.ones(3), 0, t.tensor([0]), t.ones(1).double())),
]
record(
    "scatter",
    lambda t, x, src, dim, index: t.scatter(x, dim, t.from_numpy(index).to(x.device), src),
    _spread_out,
    dtypes=ALL,
    errors=SCATTER_ERRORS,
)
record(
    "scatter (number)",
    lambda t, x, src, dim, index: t.scatter(x, dim, t.from_numpy(index).to(x.device), 2),
    _spread_out,
    dtypes=ALL,
)
record(
    "addmv",
    lambda t, c, a, v, beta, alpha: t.addmv(c, a, v, beta=beta, alpha=alpha),
    lambda draw: Sample(_matrices("n", "nk", "k")(draw).arrays, {"beta": draw(st.sampled_from([1, 0.5])), "alpha": 2}),
    dtypes=WIDE,
    errors=[
        ErrorCase(lambda t: t.addmv(t.ones(2), t.ones(2, 3), t.ones(2))),
        ErrorCase(lambda t: t.addmv(t.ones(2), t.ones(2), t.ones(2))),
        ErrorCase(lambda t: t.addmv(t.ones(3), t.ones(2, 3), t.ones(3))),
        ErrorCase(lambda t: t.addmv(t.ones(2), t.ones(2, 3), t.ones(3).double())),
        ErrorCase(lambda t: t.addmv(t.ones(2).bool(), t.ones(2, 3).bool(), t.ones(3).bool())),
    ],
)
record(
    "baddbmm",
    lambda t, c, a, b, beta, alpha: t.baddbmm(c, a, b, beta=beta, alpha=alpha),
    lambda draw: Sample(_matrices("bnm", "bnk", "bkm")(draw).arrays, {"beta": draw(st.sampled_from([1, 0.5])), "alpha": 2}),
    dtypes=WIDE,
    errors=[
        ErrorCase(lambda t: t.baddbmm(t.ones(1, 2, 2), t.ones(1, 2, 3), t.ones(1, 2, 2))),
        ErrorCase(lambda t: t.baddbmm(t.ones(1, 2, 2), t.ones(1, 2, 3), t.ones(1, 4, 2))),
        ErrorCase(lambda t: t.baddbmm(t.ones(3, 3, 5), t.ones(2, 3, 4), t.ones(2, 4, 5))),
        ErrorCase(lambda t: t.baddbmm(t.ones(3, 5).double(), t.ones(2, 3, 4), t.ones(2, 4, 5))),
        ErrorCase(lambda t: t.baddbmm(t.ones(3, 5).bool(), t.ones(2, 3, 4).bool(), t.ones(2, 4, 5).bool())),
    ],
)
record(
    "linalg.vector_norm",
    lambda t, x, **given: t.linalg.vector_norm(x, **given),
    lambda draw: Sample(
        [draw_values(draw, s := draw_shape(draw, min_side=1), 0.2, 2)],
        {
            "ord": draw(st.sampled_from([1, 2, 3.5, float("inf"), 0])),
            "dim": _dims(draw, len(s)),
            "keepdim": draw(st.booleans()),
        },
    ),
    dtypes=WIDE,
    errors=[
        ErrorCase(lambda t: t.linalg.vector_norm(t.ones(2), dim=1)),
        ErrorCase(lambda t: t.linalg.vector_norm(t.ones(2).long())),
    ],
)
record(
    "bitwise_not",
    lambda t, x: t.bitwise_not(x),
    lambda draw: Sample([draw_values(draw, draw_shape(draw), -9, 9)]),
    dtypes=("bool", *INTEGERS),
    orders=0,
    errors=[ErrorCase(lambda t: ~t.ones(2))],
)
