"""Tensors built of others: parts, repetitions, diagonals, grids."""

import numpy as np
from hypothesis import strategies as st

from .spec import ALL, ErrorCase, Sample, draw_dim, draw_shape, draw_values, record


def _split(draw):
    shape = draw_shape(draw, min_dims=1)
    parts = draw(st.one_of(st.integers(1, 5), st.lists(st.integers(-3, 5), max_size=3).map(tuple)))
    return Sample([draw_values(draw, shape)], {"parts": parts, "dim": draw_dim(draw, len(shape))})


record(
    "tensor_split",
    lambda t, x, parts, dim: t.tensor_split(x, parts, dim),
    _split,
    dtypes=ALL,
    errors=[
        ErrorCase(lambda t: t.tensor_split(t.ones(3), 0)),
        ErrorCase(lambda t: t.tensor_split(t.tensor(1.0), 2)),
        ErrorCase(lambda t: t.tensor_split(t.ones(3), t.tensor(2.0))),
        ErrorCase(lambda t: t.tensor_split(t.ones(3), 2, dim=1)),
    ],
)
record(
    "tensor_split (by a tensor)",
    lambda t, x: t.tensor_split(x, t.tensor([1, 3]), 1) + x.tensor_split(t.tensor(2)),
    lambda draw: Sample([draw_values(draw, (3, 4))]),
)
for _name, _ndim in {"hsplit": 1, "vsplit": 2, "dsplit": 3}.items():
    record(
        _name,
        lambda t, x, parts, _name=_name: getattr(t, _name)(x, parts) + getattr(x, _name)(parts),
        lambda draw, _ndim=_ndim: Sample(
            [draw_values(draw, (4,) * draw(st.integers(_ndim, 3)))], {"parts": draw(st.sampled_from([1, 2, 4, (1, 3), ()]))}
        ),
        errors=[
            ErrorCase(lambda t, _name=_name: getattr(t, _name)(t.tensor(1.0), 2)),
            ErrorCase(lambda t, _name=_name: getattr(t, _name)(t.ones(3, 3, 3), 2)),
            ErrorCase(lambda t, _name=_name: getattr(t, _name)(t.ones(3, 3, 3), 0)),
        ],
    )


def _slabs(draw):
    shape = draw_shape(draw, max_dims=3)
    return Sample([draw_values(draw, shape) for _ in range(draw(st.integers(1, 3)))])


record(
    "dstack",
    lambda t, *x: t.dstack(x),
    _slabs,
    dtypes=ALL,
    errors=[ErrorCase(lambda t: t.dstack([])), ErrorCase(lambda t: t.dstack([t.ones(2, 3), t.ones(3, 3)]))],
)


def _integers(draw):
    return draw(st.sampled_from(["int32", "int64"]))


def _blocks(draw):
    return [draw_values(draw, draw_shape(draw, max_dims=2, max_side=3)) for _ in range(draw(st.integers(1, 3)))]


def _interleaved(draw):
    shape = draw_shape(draw, min_dims=1, max_dims=3, min_side=1)
    dim = draw(st.one_of(st.none(), st.integers(-len(shape), len(shape) - 1)))
    extent = int(np.prod(shape)) if dim is None else shape[dim]
    counts = np.array([draw(st.integers(0, 2)) for _ in range(extent)], _integers(draw))
    repeats = draw(st.sampled_from([0, 1, 3, counts, np.array(2), np.array([2])]))
    return Sample([draw_values(draw, shape)], {"repeats": repeats, "dim": dim})


def _repeats(t, repeats, x):
    return t.from_numpy(repeats).to(x.device) if isinstance(repeats, np.ndarray) else repeats


record(
    "repeat_interleave",
    lambda t, x, repeats, dim: t.repeat_interleave(x, _repeats(t, repeats, x), dim),
    _interleaved,
    dtypes=ALL,
    errors=[
        ErrorCase(lambda t: t.repeat_interleave(t.ones(3), -1)),
        ErrorCase(lambda t: t.repeat_interleave(t.ones(3), t.tensor([1, -1, 1]))),
        ErrorCase(lambda t: t.repeat_interleave(t.ones(3), t.tensor([1.0, 1.0, 1.0]))),
        ErrorCase(lambda t: t.repeat_interleave(t.ones(3), t.tensor([1, 2]))),
        ErrorCase(lambda t: t.repeat_interleave(t.ones(3), t.tensor([[1, 2]]))),
        ErrorCase(lambda t: t.repeat_interleave(t.ones(3), 2, output_size=4)),
        ErrorCase(lambda t: t.repeat_interleave(t.ones(3), t.tensor([1, 2, 3]), output_size=4)),
        ErrorCase(lambda t: t.repeat_interleave(t.ones(3), 2, 1)),
        ErrorCase(lambda t: t.repeat_interleave(t.tensor(3.0), 2, 0)),
        ErrorCase(lambda t: t.repeat_interleave(t.tensor([[1, 2]]))),
        ErrorCase(lambda t: t.repeat_interleave(t.tensor([1.0]))),
    ],
)
record(
    "repeat_interleave (indices)",
    lambda t, x: (t.repeat_interleave(x), t.repeat_interleave(x, output_size=int(x.sum())), t.repeat_interleave(x, 2)),
    lambda draw: Sample(
        [np.array(draw(st.lists(st.integers(0, 3), max_size=4)), draw(st.sampled_from(["int32", "int64"])))]
    ),
    dtypes=("int64",),
    orders=0,
)


def _turned(draw):
    shape = draw_shape(draw, min_dims=2)
    dims = draw(st.permutations(range(len(shape))))[:2]
    dims = [d - draw(st.sampled_from([0, len(shape)])) for d in dims]
    return Sample([draw_values(draw, shape)], {"k": draw(st.integers(-3, 5)), "dims": tuple(dims)})


record(
    "rot90",
    lambda t, x, k, dims: t.rot90(x, k, dims),
    _turned,
    dtypes=ALL,
    method="rot90",
    errors=[
        ErrorCase(lambda t: t.rot90(t.ones(2))),
        ErrorCase(lambda t: t.rot90(t.ones(2, 2), 1, (0, 0))),
        ErrorCase(lambda t: t.rot90(t.ones(2, 2), 1, (0, -2))),
        ErrorCase(lambda t: t.rot90(t.ones(2, 2), 1, (0, 1, 1))),
        ErrorCase(lambda t: t.rot90(t.ones(2, 2), 1, (0, 2))),
    ],
)

# --- diagonals ---------------------------------------------------------------------------------------------------


def _diagonal(min_dims, max_dims):
    return lambda draw: Sample(
        [draw_values(draw, draw_shape(draw, min_dims=min_dims, max_dims=max_dims))], {"offset": draw(st.integers(-3, 3))}
    )


record(
    "diag",
    lambda t, x, offset: t.diag(x, offset),
    _diagonal(1, 2),
    dtypes=ALL,
    errors=[ErrorCase(lambda t: t.diag(t.ones(2, 2, 2))), ErrorCase(lambda t: t.diag(t.tensor(1.0)))],
)
record("diag (method)", lambda t, x: x.diag(1), lambda draw: Sample([draw_values(draw, (3, 3))]))
record(
    "diag_embed",
    lambda t, x, offset: (t.diag_embed(x, offset), x.diag_embed(offset, 0, -1), t.diag_embed(x, offset, dim1=1, dim2=0)),
    _diagonal(1, 3),
    dtypes=ALL,
    errors=[
        ErrorCase(lambda t: t.diag_embed(t.ones(3), 0, 0, 0)),
        ErrorCase(lambda t: t.diag_embed(t.ones(3), 0, 0, 5)),
        ErrorCase(lambda t: t.diag_embed(t.tensor(1.0))),
    ],
)
for _name in ("tril_indices", "triu_indices"):
    record(
        _name,
        lambda t, x, row, col, offset, _name=_name: (
            getattr(t, _name)(row, col, offset),
            getattr(t, _name)(row, col, offset=offset, dtype=t.int32),
        ),
        lambda draw: Sample(
            [np.zeros(1)],
            {"row": draw(st.integers(0, 4)), "col": draw(st.integers(0, 4)), "offset": draw(st.integers(-4, 4))},
        ),
        orders=0,
        errors=[
            ErrorCase(lambda t, _name=_name: getattr(t, _name)(-1, 3)),
            ErrorCase(lambda t, _name=_name: getattr(t, _name)(3, -1)),
            ErrorCase(lambda t, _name=_name: getattr(t, _name)(3, 3, dtype=t.float32)),
        ],
    )


def _blocks(draw):
    # No empty vector: it is a row of no columns, but torch's gradient leaves the row out.
    shapes = [draw_shape(draw, max_dims=2, max_side=3) for _ in range(draw(st.integers(1, 3)))]
    return Sample([draw_values(draw, (1, 0) if shape == (0,) else shape) for shape in shapes])


record(
    "block_diag",
    lambda t, *x: t.block_diag(*x),
    _blocks,
    dtypes=ALL,
    errors=[
        ErrorCase(lambda t: t.block_diag(t.ones(2), t.ones(2, 2, 2))),
        ErrorCase(lambda t: t.block_diag([t.ones(2)])),
    ],
)
record(
    "block_diag (promoted)",
    lambda t, x, n: (t.block_diag(n, x), t.block_diag(n, x[0, 0]), t.block_diag()),
    lambda draw: Sample([draw_values(draw, (2, 2)), np.arange(3)]),
)

# --- grids ---------------------------------------------------------------------------------------------------------


def _vectors(draw, least=0):
    return [
        draw_values(draw, draw_shape(draw, min_dims=least, max_dims=1, max_side=3)) for _ in range(draw(st.integers(1, 3)))
    ]


record(
    "meshgrid",
    lambda t, *x, indexing: t.meshgrid(*x, indexing=indexing) + t.meshgrid(list(x), indexing=indexing),
    lambda draw: Sample(_vectors(draw), {"indexing": draw(st.sampled_from(["ij", "xy", None]))}),
    dtypes=ALL,
    errors=[
        ErrorCase(lambda t: t.meshgrid(t.ones(2), t.ones(3), indexing="xz")),
        ErrorCase(lambda t: t.meshgrid(t.ones(2), t.ones(3).double(), indexing="ij")),
        ErrorCase(lambda t: t.meshgrid(t.ones(2, 2), indexing="ij"), differs="the tensor is printed in another way"),
        ErrorCase(lambda t: t.meshgrid(indexing="ij")),
    ],
)
record(
    "cartesian_prod",
    lambda t, *x: t.cartesian_prod(*x),
    lambda draw: Sample(_vectors(draw, least=1)),
    dtypes=ALL,
    errors=[
        ErrorCase(lambda t: t.cartesian_prod(t.ones(2, 2))),
        ErrorCase(lambda t: t.cartesian_prod(t.ones(2), t.tensor(3.0))),
        ErrorCase(lambda t: t.cartesian_prod(t.ones(2), t.ones(3).int())),
    ],
)
