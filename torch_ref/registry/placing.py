"""Values put where index tensors point."""

import numpy as np
from hypothesis import strategies as st

from .indexing import _rows, _rows_and_source, _scattered
from .spec import ALL, WIDE, ErrorCase, Sample, draw_broadcastable, draw_shape, draw_values, record


def _moved(t, x, array):
    return t.from_numpy(array).to(x.device)


def _reduced(draw):
    sample = _scattered(draw)
    sample.options |= {"reduce": draw(st.sampled_from(["sum", "prod", "mean", "amax", "amin"]))}
    sample.options |= {"include_self": draw(st.booleans())}
    return sample


def _scatter_reduce(t, x, src, dim, index, reduce, include_self):
    return t.scatter_reduce(x, dim, _moved(t, x, index), src, reduce, include_self=include_self)


def _ties(draw):
    """Few different values, zeros among them."""
    sample = _reduced(draw)
    sample.arrays = [a.round() for a in sample.arrays]
    return sample


record(
    "scatter_reduce",
    _scatter_reduce,
    _reduced,
    dtypes=("int32", "int64", *WIDE),
    special=True,
    errors=[
        ErrorCase(lambda t: t.scatter_reduce(t.ones(3), 0, t.tensor([0]), t.ones(1), "foo")),
        ErrorCase(lambda t: t.scatter_reduce(t.ones(3), 0, t.tensor([0]), t.ones(1).double(), "sum")),
        ErrorCase(lambda t: t.scatter_reduce(t.ones(3), 0, t.tensor([5]), t.ones(1), "sum")),
        ErrorCase(lambda t: t.scatter_reduce(t.ones(3), 0, t.tensor([[0]]), t.ones(1), "sum")),
        ErrorCase(lambda t: t.scatter_reduce(t.ones(3), 0, t.tensor([0.0]), t.ones(1), "sum")),
        ErrorCase(lambda t: t.scatter_reduce(t.ones(3), 0, t.tensor([0, 1]), t.ones(1), "sum")),
        ErrorCase(lambda t: t.scatter_reduce(t.tensor([True]), 0, t.tensor([0]), t.tensor([True]), "mean")),
    ],
)


def _row_reduce(t, x, y, dim, index, reduce, include_self):
    where = _moved(t, x, index)
    return (
        t.index_reduce(x, dim, where, y, reduce, include_self=include_self),
        x.clone().index_reduce_(dim, where, y, reduce, include_self=include_self),
    )


def _rows_reduced(draw):
    sample = _rows_and_source(draw)
    sample.options |= {"reduce": draw(st.sampled_from(["prod", "mean", "amax", "amin"]))}
    sample.options |= {"include_self": draw(st.booleans())}
    return sample


record(
    "index_reduce",
    _row_reduce,
    _rows_reduced,
    dtypes=("int32", "int64", *WIDE),
    errors=[
        ErrorCase(lambda t: t.index_reduce(t.ones(3), 0, t.tensor([0]), t.ones(1), "sum")),
        ErrorCase(lambda t: t.index_reduce(t.ones(3), 0, t.tensor([3]), t.ones(1), "prod")),
        ErrorCase(lambda t: t.index_reduce(t.ones(3), 0, t.tensor([0]), t.ones(2), "prod")),
        ErrorCase(lambda t: t.index_reduce(t.ones(3), 0, t.tensor([0]), t.ones(1).double(), "prod")),
        ErrorCase(lambda t: t.index_reduce(t.ones(3), 0, t.tensor([[0]]), t.ones(1), "prod")),
        ErrorCase(lambda t: t.index_reduce(t.ones(3), 0, t.tensor([0.0]), t.ones(1), "prod")),
        ErrorCase(lambda t: t.index_reduce(t.ones(2, 2).bool(), 0, t.tensor([0]), t.ones(1, 2).bool(), "mean")),
    ],
)
record("scatter_reduce (ties)", _scatter_reduce, _ties, orders=1)
record(
    "scatter_reduce (in place)",
    lambda t, x, src, n: (
        (x * 1).scatter_reduce_(0, n, src, "amax"),
        t.scatter_reduce(x.sum(), 0, t.tensor(0), src[0], "mean"),
    ),
    lambda draw: Sample([draw_values(draw, (4,)), draw_values(draw, (3,)), np.array([0, 0, 2])]),
)


def _distinct(samples):
    """Every index at most once: which of two values written to one place stays is not defined."""

    def draw_distinct(draw):
        sample = samples(draw)
        index = sample.options["index"]
        sample.options["index"] = np.unique(index)
        if len(sample.arrays) > 1:
            keep = np.arange(len(np.unique(index)))
            sample.arrays[1] = np.take(sample.arrays[1], keep, axis=sample.options["dim"])
        return sample

    return draw_distinct


def _both(name):
    """Out of place and in place."""

    def call(t, x, *rest, dim, index):
        where = _moved(t, x, index)
        return getattr(t, name)(x, dim, where, *rest), getattr(x.clone(), name + "_")(dim, where, *rest)

    return call


record(
    "index_copy",
    _both("index_copy"),
    _distinct(_rows_and_source),
    dtypes=ALL,
    errors=[
        ErrorCase(lambda t: t.index_copy(t.ones(3), 0, t.tensor([5]), t.ones(1))),
        ErrorCase(lambda t: t.index_copy(t.ones(3), 0, t.tensor([-1]), t.ones(1))),
        ErrorCase(lambda t: t.index_copy(t.ones(3), 0, t.tensor([0]), t.ones(2))),
        ErrorCase(lambda t: t.index_copy(t.ones(3), 0, t.tensor([0]), t.ones(1).double())),
        ErrorCase(lambda t: t.index_copy(t.ones(3), 0, t.tensor([0.0]), t.ones(1))),
        ErrorCase(lambda t: t.index_copy(t.ones(3), 0, t.tensor([[0]]), t.ones(1))),
        ErrorCase(lambda t: t.index_copy(t.ones(3, 2), 0, t.tensor([0]), t.ones(1, 3))),
        ErrorCase(lambda t: t.index_copy(t.ones(3, 2), 0, t.tensor([0]), t.ones(2))),
        ErrorCase(lambda t: t.index_copy(t.ones(3), 0, t.tensor([0, 1]), t.tensor(1.0))),
    ],
)
record(
    "index_copy (0-d)",
    lambda t, x, y: (t.index_copy(x, 0, t.tensor(0), y), t.index_copy(x.reshape(1), 0, t.tensor(0), y)),
    lambda draw: Sample([draw_values(draw, ()), draw_values(draw, ())]),
)
record(
    "index_fill",
    lambda t, x, v, dim, index: (
        *_both("index_fill")(t, x, v, dim=dim, index=index),
        *_both("index_fill")(t, x, 2.5, dim=dim, index=index - 1),
    ),
    lambda draw: Sample([(sample := _rows(draw)).arrays[0], draw_values(draw, ())], sample.options),
    dtypes=ALL,
    errors=[
        ErrorCase(lambda t: t.index_fill(t.ones(3), 0, t.tensor([4]), 2.0)),
        ErrorCase(lambda t: t.index_fill(t.ones(3), 0, t.tensor([-4]), 2.0)),
        ErrorCase(lambda t: t.index_fill(t.ones(3), 0, t.tensor([0.0]), 2.0)),
        ErrorCase(lambda t: t.index_fill(t.ones(3), 0, t.tensor([[0]]), 2.0)),
        ErrorCase(lambda t: t.index_fill(t.ones(3), 0, t.tensor([0]), t.ones(1))),
        ErrorCase(lambda t: t.index_fill(t.ones(3), 1, t.tensor([0]), 2.0)),
    ],
)
record(
    "index_fill (0-d)",
    lambda t, x: (t.index_fill(x, 0, t.tensor([0, -1]), 2), t.index_fill(x, -1, t.tensor(0), x * 2)),
    lambda draw: Sample([draw_values(draw, ())]),
)


def _coordinates(draw):
    shape = draw_shape(draw, min_dims=2, max_dims=3, min_side=1)
    count = draw(st.integers(0, 4))
    key = [np.array([draw(st.integers(-n, n - 1)) for _ in range(count)], np.int64) for n in shape]
    key = key[: draw(st.integers(1, len(key)))]
    target = np.zeros(shape)[tuple(key)].shape
    value = draw_values(draw, draw_broadcastable(draw, target))
    return Sample([draw_values(draw, shape), value], {"key": key})


def _index_put(t, x, v, key, accumulate=True):
    where = [_moved(t, x, k) for k in key]
    return t.index_put(x, where, v, accumulate), x.clone().index_put_(tuple(where), v, accumulate=accumulate)


def _mask(draw):
    shape = draw_shape(draw, min_dims=1)
    return Sample([draw_values(draw, shape), draw_values(draw, ())], {"key": [np.asarray(draw_values(draw, shape) > 0)]})


record(
    "index_put",
    _index_put,
    _coordinates,
    dtypes=("int32", "int64", *WIDE),
    errors=[
        ErrorCase(lambda t: t.index_put(t.ones(3), (t.tensor([5]),), t.ones(1))),
        ErrorCase(lambda t: t.index_put(t.ones(3), (t.tensor([0]),), t.ones(2))),
        ErrorCase(lambda t: t.index_put(t.ones(3), (t.tensor([0]),), t.ones(1).double())),
        ErrorCase(lambda t: t.index_put(t.ones(3), t.tensor([0]), t.ones(1))),
        ErrorCase(lambda t: t.index_put(t.ones(3), (t.tensor([0]), t.tensor([0])), t.ones(1))),
        ErrorCase(lambda t: t.index_put(t.ones(3), (t.tensor([0.0]),), t.ones(1))),
        ErrorCase(lambda t: t.index_put(t.ones(3), [0], t.ones(1))),
    ],
)
record("index_put (mask)", lambda t, x, v, key: _index_put(t, x, v, key, False), _mask, dtypes=ALL)


def _taken(draw):
    shape = draw_shape(draw, min_side=1)
    size = int(np.prod(shape))
    index = np.array([draw(st.integers(-size, size - 1)) for _ in range(draw(st.integers(0, 4)))], np.int64)
    return Sample([draw_values(draw, shape)], {"index": index})


def _put_there(draw):
    sample = _taken(draw)
    return Sample([*sample.arrays, draw_values(draw, sample.options["index"].shape)], sample.options)


record(
    "take",
    lambda t, x, index: (t.take(x, _moved(t, x, index)), x.take(_moved(t, x, index[None]))),
    _taken,
    dtypes=ALL,
    errors=[
        ErrorCase(lambda t: t.take(t.ones(3), t.tensor([3]))),
        ErrorCase(lambda t: t.take(t.ones(3), t.tensor([-4]))),
        ErrorCase(lambda t: t.take(t.ones(3), t.tensor([0.0]))),
        ErrorCase(lambda t: t.take(t.ones(0), t.tensor([0]))),
    ],
)
record(
    "put",
    lambda t, x, y, index: (
        t.put(x, _moved(t, x, index), y, True),
        x.clone().put_(_moved(t, x, index), y, accumulate=True),
        t.put(x, _moved(t, x, index[:1]), y[:1]),
    ),
    _put_there,
    dtypes=("int32", "int64", *WIDE),
    errors=[
        ErrorCase(lambda t: t.ones(3).put_(t.tensor([0, 0]), t.tensor([2.0, 3.0, 4.0]))),
        ErrorCase(lambda t: t.ones(3).put_(t.tensor([5]), t.tensor([2.0]))),
        ErrorCase(lambda t: t.ones(3).put_(t.tensor([0.0]), t.tensor([2.0]))),
        ErrorCase(lambda t: t.ones(3).put_(t.tensor([0]), t.tensor([2]))),
    ],
)


def _along_dim(draw):
    shape = draw_shape(draw, min_dims=1, max_dims=3, min_side=1)
    dim = draw(st.integers(-len(shape), len(shape) - 1))
    sizes = [draw(st.sampled_from([1, n])) for n in shape]
    sizes[dim] = draw(st.integers(0, 3))
    extent = shape[dim]
    index = np.array([draw(st.integers(0, extent - 1)) for _ in range(int(np.prod(sizes)))], np.int64).reshape(sizes)
    return Sample([draw_values(draw, shape)], {"dim": dim, "index": index})


record(
    "take_along_dim",
    lambda t, x, dim, index: (
        t.take_along_dim(x, _moved(t, x, index), dim),
        x.contiguous().take_along_dim(_moved(t, x, index)),  # torch takes a view of the whole here
    ),
    _along_dim,
    dtypes=ALL,
    errors=[
        ErrorCase(lambda t: t.take_along_dim(t.ones(2, 3), t.tensor([[0.0]]), 0)),
        ErrorCase(lambda t: t.take_along_dim(t.ones(2, 3), t.tensor([0]), 0)),
        ErrorCase(lambda t: t.take_along_dim(t.ones(2, 3), t.tensor([[1], [1], [1]]), 1)),
    ],
)
record(
    "take_along_dim (negative)",
    lambda t, x: t.take_along_dim(x, t.tensor([[-1], [-2]]), 1),
    lambda draw: Sample([draw_values(draw, (2, 3))]),
)


def _masked(draw):
    shape = draw_shape(draw)
    mask = np.asarray(draw_values(draw, draw_broadcastable(draw, shape)) > 0)
    return Sample([draw_values(draw, shape), draw_values(draw, (int(np.prod(shape)) + 1,))], {"mask": mask})


record(
    "masked_scatter",
    lambda t, x, y, mask: (
        t.masked_scatter(x, _moved(t, x, mask), y),
        x.clone().masked_scatter_(_moved(t, x, mask), y),
    ),
    _masked,
    dtypes=ALL,
    errors=[
        ErrorCase(lambda t: t.masked_scatter(t.ones(3), t.tensor([True, True, False]), t.ones(1))),
        ErrorCase(lambda t: t.masked_scatter(t.ones(3), t.tensor([1, 1, 0]), t.ones(2))),
        ErrorCase(lambda t: t.masked_scatter(t.ones(3), t.tensor([True, True, False]), t.ones(2).double())),
        ErrorCase(lambda t: t.masked_scatter(t.ones(4), t.tensor([True, True, False]), t.ones(2))),
        ErrorCase(lambda t: t.ones(1, 3).masked_scatter_(t.tensor([[True], [False]]), t.arange(3.0))),
    ],
)
record(
    "masked_scatter (input expanded)",
    lambda t, x, y, mask: t.masked_scatter(x, _moved(t, x, mask), y),
    lambda draw: Sample(
        [draw_values(draw, (1, 3)), draw_values(draw, (2, 3))], {"mask": np.asarray(draw_values(draw, (2, 1)) > 0)}
    ),
)
