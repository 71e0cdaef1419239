"""Views and rearrangements."""

import numpy as np
from hypothesis import strategies as st

from .spec import ALL, ErrorCase, Sample, draw_dim, draw_shape, draw_values, record


def _of(options, **shape):
    """Samples of one tensor; `options(draw, ndim, shape)` gives the keywords."""

    def samples(draw):
        s = draw_shape(draw, **shape)
        return Sample([draw_values(draw, s)], options(draw, len(s), s))

    return samples


def _shape_op(name, call, samples, **more):
    record(name, call, samples, **({"dtypes": ALL, "orders": 2} | more))


def _resized(draw, ndim, shape):
    size = int(np.prod(shape))
    target = draw(
        st.sampled_from([t for t in [(size,), (1, size), (size, 1), (-1, 2), (2, -1), (-1,)] if size % 2 == 0 or 2 not in t])
    )
    return {"shape": target if size else (0,)}


_shape_op(
    "reshape",
    lambda t, x, shape: t.reshape(x, shape),
    _of(_resized),
    errors=[
        ErrorCase(lambda t: t.ones(4).reshape(3)),
        ErrorCase(lambda t: t.ones(4).reshape(-1, 3)),
        ErrorCase(lambda t: t.ones(4).reshape(-1, -1)),
        ErrorCase(lambda t: t.ones(0).reshape(-1, 0)),
    ],
)
_shape_op(
    "view",
    lambda t, x, shape: x.contiguous().view(shape),
    _of(_resized),
    errors=[
        ErrorCase(lambda t: t.ones(2, 3).t().view(6)),
        ErrorCase(lambda t: t.ones(2, 3).view(4)),
    ],
)
_shape_op(
    "flatten",
    lambda t, x, start, end: t.flatten(x, start, end),
    _of(lambda draw, n, s: {"start": draw(st.integers(0, max(n // 2 - 1, 0))), "end": -1}),
    errors=[ErrorCase(lambda t: t.flatten(t.ones(2, 3), 1, 0))],
)
_shape_op(
    "unflatten",
    lambda t, x: t.unflatten(x, 0, (2, -1)),
    lambda draw: Sample([draw_values(draw, (4, 3))]),
    errors=[ErrorCase(lambda t: t.unflatten(t.ones(5), 0, (2, 2)))],
)
_shape_op(
    "permute",
    lambda t, x, dims: t.permute(x, dims),
    _of(lambda draw, n, s: {"dims": tuple(draw(st.permutations(range(n))))}),
    errors=[ErrorCase(lambda t: t.ones(2, 3).permute(0, 0)), ErrorCase(lambda t: t.ones(2, 3).permute(0))],
)
_shape_op(
    "transpose",
    lambda t, x, a, b: t.transpose(x, a, b),
    _of(lambda draw, n, s: {"a": draw_dim(draw, n), "b": draw_dim(draw, n)}),
    also=("swapaxes", "swapdims"),
    errors=[ErrorCase(lambda t: t.ones(2, 3).transpose(0, 2))],
)
_shape_op(
    "t", lambda t, x: t.t(x), _of(lambda draw, n, s: {}, max_dims=2), errors=[ErrorCase(lambda t: t.ones(1, 1, 1).t())]
)
_shape_op("mT", lambda t, x: x.mT, _of(lambda draw, n, s: {}, min_dims=2))
_shape_op(
    "movedim",
    lambda t, x, a, b: t.movedim(x, a, b),
    _of(lambda draw, n, s: {"a": draw_dim(draw, n), "b": draw_dim(draw, n)}, min_dims=1),
    also=("moveaxis",),
    errors=[
        ErrorCase(lambda t: t.movedim(t.ones(2, 3), [0, -2], [0, 1])),
        ErrorCase(lambda t: t.movedim(t.ones(2, 3), [0, 1], [1, -1])),
        ErrorCase(lambda t: t.movedim(t.ones(2, 3), [0, 1], [1])),
    ],
)
_shape_op("squeeze", lambda t, x: t.squeeze(x), _of(lambda draw, n, s: {}))
_shape_op("squeeze (dim)", lambda t, x, dim: t.squeeze(x, dim), _of(lambda draw, n, s: {"dim": draw_dim(draw, n)}))
_shape_op(
    "unsqueeze",
    lambda t, x, dim: t.unsqueeze(x, dim),
    _of(lambda draw, n, s: {"dim": draw(st.integers(-n - 1, n))}),
    errors=[ErrorCase(lambda t: t.ones(2).unsqueeze(3))],
)
_shape_op(
    "expand",
    lambda t, x, size: x.expand(size),
    _of(lambda draw, n, s: {"size": (2, *[3 if k == 1 else -1 for k in s])}),
    errors=[ErrorCase(lambda t: t.ones(2, 3).expand(4, 3)), ErrorCase(lambda t: t.ones(2, 3).expand(3))],
)
_shape_op(
    "select",
    lambda t, x, dim, index: t.select(x, dim, index),
    _of(
        lambda draw, n, s: {"dim": (d := draw(st.integers(0, n - 1))), "index": draw(st.integers(-s[d], s[d] - 1))},
        min_dims=1,
        min_side=1,
    ),
    errors=[ErrorCase(lambda t: t.select(t.ones(2, 3), 1, 3)), ErrorCase(lambda t: t.select(t.tensor(1.0), 0, 0))],
)
_shape_op(
    "narrow",
    lambda t, x, dim, start, length: t.narrow(x, dim, start, length),
    _of(
        lambda draw, n, s: {
            "dim": (d := draw(st.integers(0, n - 1))),
            "start": (b := draw(st.integers(0, s[d]))),
            "length": draw(st.integers(0, s[d] - b)),
        },
        min_dims=1,
    ),
    errors=[
        ErrorCase(lambda t: t.narrow(t.ones(3), 0, 2, 2)),
        ErrorCase(lambda t: t.narrow(t.ones(3), 0, 0, -1)),
        ErrorCase(lambda t: t.narrow(t.ones(3), 0, t.tensor([1]), 1)),
        ErrorCase(lambda t: t.narrow(t.ones(3), 0, t.tensor(1.0), 1)),
    ],
)
_shape_op(
    "unbind", lambda t, x, dim: t.unbind(x, dim), _of(lambda draw, n, s: {"dim": draw_dim(draw, n)}, min_dims=1, min_side=1)
)
_shape_op(
    "split",
    lambda t, x, size, dim: t.split(x, size, dim),
    _of(lambda draw, n, s: {"size": draw(st.integers(1, 3)), "dim": draw_dim(draw, n)}, min_dims=1),
    errors=[ErrorCase(lambda t: t.ones(4).split([1, 2])), ErrorCase(lambda t: t.ones(4).split(-1))],
)
_shape_op(
    "split_with_sizes",
    lambda t, x, split_sizes, dim: t.split_with_sizes(x, split_sizes, dim),
    _of(
        lambda draw, n, s: {
            "dim": (d := draw(st.integers(0, n - 1))),
            "split_sizes": [b := draw(st.integers(0, s[d])), s[d] - b],
        },
        min_dims=1,
    ),
    method="split_with_sizes",
    errors=[
        ErrorCase(lambda t: t.split_with_sizes(t.ones(4), [1, 2])),
        ErrorCase(lambda t: t.ones(4).split_with_sizes([5, -1])),
        ErrorCase(lambda t: t.ones(()).split_with_sizes([1])),
    ],
)
_shape_op(
    "chunk",
    lambda t, x, chunks, dim: t.chunk(x, chunks, dim),
    _of(lambda draw, n, s: {"chunks": draw(st.integers(1, 3)), "dim": draw_dim(draw, n)}, min_dims=1, min_side=1),
    errors=[ErrorCase(lambda t: t.ones(4).chunk(0))],
)
_shape_op(
    "diagonal",
    lambda t, x, offset: t.diagonal(x, offset),
    _of(lambda draw, n, s: {"offset": draw(st.integers(-1, 1))}, min_dims=2, min_side=1),
)
_shape_op("flip", lambda t, x, dims: t.flip(x, dims), _of(lambda draw, n, s: {"dims": (draw_dim(draw, n),) if n else ()}))
_shape_op(
    "roll",
    lambda t, x, shifts, dims: t.roll(x, shifts, dims),
    _of(lambda draw, n, s: {"shifts": draw(st.integers(-3, 3)), "dims": draw_dim(draw, n)}, min_dims=1),
    errors=[
        ErrorCase(lambda t: t.roll(t.ones(3), [])),
        ErrorCase(lambda t: t.roll(t.ones(3), [], [])),
        ErrorCase(lambda t: t.roll(t.ones(3), [1, 2], [0])),
        ErrorCase(lambda t: t.roll(t.ones(()), 0, 0)),
    ],
)
_shape_op(
    "repeat",
    lambda t, x, repeats: x.repeat(repeats),
    _of(
        lambda draw, n, s: {"repeats": tuple(draw(st.integers(1, 2)) for _ in range(n + draw(st.integers(0, 1))))},
        max_dims=3,
    ),
    errors=[ErrorCase(lambda t: t.ones(2, 3).repeat(2))],
)
for _name in ("tril", "triu"):
    _shape_op(
        _name,
        lambda t, x, diagonal, _name=_name: getattr(t, _name)(x, diagonal),
        _of(lambda draw, n, s: {"diagonal": draw(st.integers(-2, 2))}, min_dims=2),
    )
_shape_op("clone", lambda t, x: t.clone(x), _of(lambda draw, n, s: {}))
_shape_op(
    "to",
    lambda t, x, dtype: x.to(getattr(t, dtype)),
    _of(lambda draw, n, s: {"dtype": draw(st.sampled_from(["float64", "float32"]))}),
    dtypes=("float32", "float64", "int64", "bool"),
)


# --- a region replaced -------------------------------------------------------------------------------------


def _slice_region(draw):
    shape = draw_shape(draw, min_dims=1, min_side=1)
    dim = draw_dim(draw, len(shape))
    n = shape[dim]
    start, end, step = draw(st.integers(-n, n)), draw(st.integers(-n, n + 1)), draw(st.integers(1, 2))
    region = list(shape)
    region[dim] = len(range(n)[start:end:step])
    options = {"dim": dim, "start": start, "end": end, "step": step}
    return Sample([draw_values(draw, shape), draw_values(draw, tuple(region))], options)


def _entry_region(draw):
    shape = draw_shape(draw, min_dims=1, min_side=1)
    dim = draw_dim(draw, len(shape))
    rest = [n for d, n in enumerate(shape) if d != dim % len(shape)]
    options = {"dim": dim, "index": draw(st.integers(-shape[dim], shape[dim] - 1))}
    return Sample([draw_values(draw, shape), draw_values(draw, tuple(rest))], options)


def _diagonal_region(draw):
    shape = draw_shape(draw, min_dims=2, min_side=1)
    offset = draw(st.integers(-2, 2))
    n = max(min(shape[0], shape[1] - offset) if offset >= 0 else min(shape[0] + offset, shape[1]), 0)
    return Sample([draw_values(draw, shape), draw_values(draw, (*shape[2:], n))], {"offset": offset})


_shape_op(
    "slice_scatter",
    lambda t, x, src, dim, start, end, step: t.slice_scatter(x, src, dim, start, end, step),
    _slice_region,
    method="slice_scatter",
    errors=[
        ErrorCase(lambda t: t.slice_scatter(t.ones(3, 2), t.ones(2), 0, 0, 1)),
        ErrorCase(lambda t: t.slice_scatter(t.ones(3, 2), t.ones(1, 2), 2, 0, 1)),
        ErrorCase(lambda t: t.slice_scatter(t.ones(()), t.ones(1))),
        ErrorCase(lambda t: t.slice_scatter(t.ones(3, 2), t.ones(1, 2), 0, 0, 1, 0)),
    ],
)
_shape_op(
    "select_scatter",
    lambda t, x, src, dim, index: t.select_scatter(x, src, dim, index),
    _entry_region,
    method="select_scatter",
    errors=[
        ErrorCase(lambda t: t.select_scatter(t.ones(3, 2), t.ones(3), 0, 0)),
        ErrorCase(lambda t: t.select_scatter(t.ones(3, 2), t.ones(2), 0, 3)),
    ],
)
_shape_op(
    "diagonal_scatter",
    lambda t, x, src, offset: t.diagonal_scatter(x, src, offset),
    _diagonal_region,
    method="diagonal_scatter",
    errors=[
        ErrorCase(lambda t: t.diagonal_scatter(t.ones(3, 2), t.ones(3))),
        ErrorCase(lambda t: t.diagonal_scatter(t.ones(3, 2), t.ones(2), 0, 1, 1)),
    ],
)
_shape_op(
    "as_strided_scatter",
    lambda t, x, src: t.as_strided_scatter(x.contiguous(), src, (2, 2), (3, 1), 1),
    lambda draw: Sample([draw_values(draw, (3, 3)), draw_values(draw, (2, 2))]),
    orders=0,  # torch 2.13 gives input the gradient of the region, which was replaced, and 0 elsewhere: no oracle
    errors=[
        ErrorCase(lambda t: t.as_strided_scatter(t.ones(4), t.ones(3), (2,), (1,))),
        ErrorCase(lambda t: t.as_strided_scatter(t.ones(4), t.ones(8), (8,), (1,))),
    ],
)
_shape_op(
    "narrow_copy",
    lambda t, x: x.narrow_copy(0, 1, 1),
    lambda draw: Sample([draw_values(draw, (3, 2))]),
    method=None,
    errors=[
        ErrorCase(lambda t: t.ones(3).narrow_copy(0, 2, 2)),
        ErrorCase(lambda t: t.ones(3).narrow_copy(0, 0, -1), differs="torch says that start + length is too much"),
    ],
)
_shape_op(
    "adjoint",
    lambda t, x: t.adjoint(x),
    _of(lambda draw, n, s: {}, min_dims=2),
    errors=[ErrorCase(lambda t: t.adjoint(t.ones(2))), ErrorCase(lambda t: t.ones(2).mH)],
)
_shape_op("mH", lambda t, x: x.mH, _of(lambda draw, n, s: {}, min_dims=2), errors=[ErrorCase(lambda t: t.ones(2).mT)])
_shape_op(
    "H",
    lambda t, x: x.H,
    lambda draw: Sample([draw_values(draw, (3, 2))]),
    errors=[ErrorCase(lambda t: t.ones(2).H), ErrorCase(lambda t: t.ones(1, 1, 1).H)],
)
