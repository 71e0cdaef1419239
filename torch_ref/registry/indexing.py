"""x[...], gather and scatter, sorting."""

import numpy as np
from hypothesis import strategies as st

from .spec import ALL, WIDE, ErrorCase, Sample, draw_dim, draw_shape, draw_values, record


def _basic_key(draw, shape):
    """Ints, slices with steps, None and one Ellipsis."""
    key = []
    for n in shape[: draw(st.integers(0, len(shape)))]:
        kind = draw(st.sampled_from(["int", "slice", "all", "none"]))
        if kind == "none":
            key.append(None)
        if kind == "int":
            key.append(draw(st.integers(-n, n - 1)))
        elif kind == "slice":
            key.append(slice(draw(st.integers(-n, n)), draw(st.integers(-n, n)), draw(st.integers(1, 2))))
        else:
            key.append(slice(None))
    if draw(st.booleans()):
        key.append(Ellipsis)
    return tuple(key)


def _basic(draw):
    shape = draw_shape(draw, min_dims=1, min_side=1)
    return Sample([draw_values(draw, shape)], {"key": _basic_key(draw, shape)})


def _advanced(draw):
    """Integer arrays with repeats, masks, and mixtures with slices."""
    shape = draw_shape(draw, min_dims=2, max_dims=3, min_side=1)
    count = draw(st.integers(0, 4))
    picks = [np.array([draw(st.integers(-n, n - 1)) for _ in range(count)], np.int64) for n in shape]
    mask = draw_values(draw, shape) > 0
    keys = [
        (picks[0],),
        (slice(None), picks[1]),
        (picks[0], picks[1]),
        (mask,),
        (mask[..., 0],) if len(shape) == 3 else (mask,),
        (picks[0], slice(None, 1)),
        (slice(0, 1), picks[1]),
        (picks[0][:, None], picks[1]),
    ]
    return Sample([draw_values(draw, shape)], {"key": draw(st.sampled_from(keys))})


def _key(t, x, key):
    return tuple(t.from_numpy(k).to(x.device) if isinstance(k, np.ndarray) else k for k in key)


def _take(t, x, key):
    return x[_key(t, x, key)]


def _put(t, x, value, key):
    y = x * 1
    y[_key(t, x, key)] = value
    return y


def _with_value(samples):
    def draw_both(draw):
        sample = samples(draw)
        target = sample.arrays[0][sample.options["key"]]
        return Sample([sample.arrays[0], draw_values(draw, target.shape[-1:] if target.ndim else ())], sample.options)

    return draw_both


record(
    "x[basic]",
    _take,
    _basic,
    dtypes=ALL,
    errors=[
        ErrorCase(lambda t: t.ones(2, 3)[2]),
        ErrorCase(lambda t: t.ones(2, 3)[0, 0, 0]),
        ErrorCase(lambda t: t.tensor(1.0)[0]),
        ErrorCase(lambda t: t.ones(3)[::-1]),
    ],
)
record(
    "x[advanced]",
    _take,
    _advanced,
    dtypes=ALL,
    errors=[
        ErrorCase(lambda t: t.ones(2, 3)[t.tensor([2])]),
        ErrorCase(lambda t: t.ones(2, 3)[t.tensor([True, False, True])]),
        ErrorCase(lambda t: t.ones(2, 3)[t.tensor([0, 1]), t.tensor([0, 1, 2])]),
        ErrorCase(lambda t: t.ones(3)[t.tensor([0.5])]),
    ],
)
record(
    "x[basic] = v",
    _put,
    _with_value(_basic),
    dtypes=WIDE,
    errors=[ErrorCase(lambda t: _put(t, t.ones(2, 3), t.ones(4), (0,)))],
)


def _no_repeats(draw):
    sample = _advanced(draw)  # which of two values written to one place stays is not defined
    sample.options["key"] = (draw_values(draw, sample.arrays[0].shape) > 0,)
    return Sample([sample.arrays[0], draw_values(draw, ())], sample.options)


record("x[mask] = v", _put, _no_repeats, dtypes=WIDE)


def _gathered(draw):
    shape = draw_shape(draw, min_dims=1, min_side=1)
    dim = draw_dim(draw, len(shape))
    index_shape = [draw(st.integers(0, n)) for n in shape]
    index_shape[dim] = draw(st.integers(0, 3))
    count = int(np.prod(index_shape))
    index = np.array([draw(st.integers(0, shape[dim] - 1)) for _ in range(count)], np.int64).reshape(index_shape)
    return Sample([draw_values(draw, shape)], {"dim": dim, "index": index})


def _scattered(draw):
    sample = _gathered(draw)
    return Sample([*sample.arrays, draw_values(draw, sample.options["index"].shape)], sample.options)


def _indexed(name):
    return lambda t, x, *rest, dim, index: getattr(t, name)(x, dim, t.from_numpy(index).to(x.device), *rest)


record(
    "gather",
    _indexed("gather"),
    _gathered,
    dtypes=ALL,
    errors=[
        ErrorCase(lambda t: t.gather(t.ones(2, 3), 0, t.tensor([[2]]))),
        ErrorCase(lambda t: t.gather(t.ones(2, 3), 0, t.tensor([0]))),
        ErrorCase(lambda t: t.gather(t.ones(2, 3), 0, t.tensor([[0.5]]))),
        ErrorCase(lambda t: t.gather(t.ones(2), 0, t.tensor([0]), out=t.ones(1).double())),
    ],
)
record(
    "scatter_add",
    _indexed("scatter_add"),
    _scattered,
    dtypes=ALL,
    errors=[
        ErrorCase(lambda t: t.scatter_add(t.ones(2, 3), 0, t.tensor([[0]]), 1)),
        ErrorCase(lambda t: t.scatter_add(t.ones(2, 3), 0, t.tensor([[0]]), t.ones(1, 1).double())),
        ErrorCase(lambda t: t.scatter_add(t.ones(2, 3), 0, t.tensor([[2]]), t.ones(1, 1))),
        ErrorCase(lambda t: t.scatter_add(t.ones(2, 3), 0, t.tensor([0]), t.ones(1, 1))),
        ErrorCase(lambda t: t.scatter_add(t.ones(2, 3), 0, t.tensor([[0, 1]]), t.ones(1, 1))),
        ErrorCase(lambda t: t.scatter_add(t.ones(2, 3), 0, t.tensor([[0, 1]]), t.ones(3))),
        ErrorCase(lambda t: t.scatter_add(t.ones(2, 3), 0, t.tensor([[0, 1]]), t.tensor(1.0))),
        ErrorCase(lambda t: t.scatter_add(t.ones(2, 3), 0, t.zeros(1, 4, dtype=t.int64), t.ones(1, 4))),
    ],
)


def _one_per_place(draw):
    """Every place at most once: which of two values written to one place stays is not defined."""
    sample = _scattered(draw)
    dim = sample.options["dim"]
    sample.options["index"] = index = sample.options["index"].take(
        [0] if sample.options["index"].shape[dim] else [], axis=dim
    )
    sample.arrays[1] = sample.arrays[1][tuple(map(slice, index.shape))]
    return sample


record(
    "scatter (all spellings)",
    lambda t, x, src, dim, index: (
        t.scatter(x, dim, (where := t.from_numpy(index).to(x.device)), src),
        t.scatter(x, dim, where, 2),
        x.clone().scatter_(dim, where, src),
    ),
    _one_per_place,
    dtypes=ALL,
    errors=[
        ErrorCase(lambda t: t.scatter(t.ones(2, 3), 0, t.tensor([[0]]), t.ones(1, 1).double())),
        ErrorCase(lambda t: t.scatter(t.ones(2, 3), 0, t.tensor([[2]]), 1)),
        ErrorCase(lambda t: t.scatter(t.ones(2, 3), 0, t.tensor([[-1]]), 1)),
        ErrorCase(lambda t: t.scatter(t.ones(2, 3), 2, t.tensor([[0]]), 1)),
        ErrorCase(lambda t: t.scatter(t.ones(2, 3), 0, t.tensor([0]), 1)),
        ErrorCase(lambda t: t.scatter(t.ones(2, 3), 0, t.tensor([[0.0]]), 1)),
        ErrorCase(lambda t: t.scatter(t.ones(2, 3), 0, t.zeros(1, 4, dtype=t.int64), 1)),
        ErrorCase(lambda t: t.scatter(t.ones(2, 3).byte(), 0, t.tensor([[0]]), 300)),
        ErrorCase(lambda t: t.scatter(t.ones(2, 3), 0, t.tensor([[0]]), t.ones(1, 1), reduce="mean")),
        ErrorCase(lambda t: t.scatter(t.ones(2, 3).requires_grad_(), 0, t.tensor([[0]]), 2, reduce="add").sum().backward()),
        ErrorCase(lambda t: t.scatter(t.ones(2, 3), 0, t.tensor([[0]]), "a"), differs="torch lists its overloads"),
    ],
)
record(
    "scatter (reduce)",
    lambda t, x, src, dim, index: (
        t.scatter(x, dim, (where := t.from_numpy(index).to(x.device)), src, reduce="add"),
        t.scatter(x, dim, where, 2, reduce="multiply"),
        x.clone().scatter_(dim, where, src, reduce="multiply"),
    ),
    _scattered,
    dtypes=("int32", "int64", *WIDE),
    orders=0,
)


def _rows(draw):
    shape = draw_shape(draw, min_dims=1, max_dims=3, min_side=1)
    dim = draw_dim(draw, len(shape))
    picks = np.array([draw(st.integers(0, shape[dim] - 1)) for _ in range(draw(st.integers(0, 4)))], np.int64)
    return Sample([draw_values(draw, shape)], {"dim": dim, "index": picks})


def _rows_and_source(draw):
    sample = _rows(draw)
    shape = list(sample.arrays[0].shape)
    shape[sample.options["dim"]] = len(sample.options["index"])
    return Sample([*sample.arrays, draw_values(draw, tuple(shape))], sample.options)


record(
    "index_select",
    _indexed("index_select"),
    _rows,
    dtypes=ALL,
    errors=[
        ErrorCase(lambda t: t.index_select(t.ones(2), 0, t.tensor([2]))),
        ErrorCase(lambda t: t.index_select(t.ones(2, 3), 1, t.tensor([3]))),
        ErrorCase(lambda t: t.index_select(t.ones(2), 1, t.tensor([0]))),
        ErrorCase(lambda t: t.index_select(t.ones(2), 0, t.tensor([[0]]))),
        ErrorCase(lambda t: t.index_select(t.ones(2), 0, t.tensor([0.0]))),
        ErrorCase(lambda t: t.index_select(t.ones(2), 0, [0])),
        ErrorCase(lambda t: t.index_select(t.tensor(1.0), 0, t.tensor([0, 0]))),
        ErrorCase(lambda t: t.index_select(t.ones(0, 2), 0, t.tensor([0]))),
    ],
)
record(
    "index_add",
    lambda t, x, y, dim, index: (
        t.index_add(x, dim, (where := t.from_numpy(index).to(x.device)), y),
        t.index_add(x, dim, where.int(), y, alpha=2),
        x.clone().index_add_(dim, where, y),
    ),
    _rows_and_source,
    dtypes=ALL[1:],
    errors=[
        ErrorCase(lambda t: t.index_add(t.ones(3, 4), 0, t.tensor([3]), t.ones(1, 4))),
        ErrorCase(lambda t: t.index_add(t.ones(3), 0, t.tensor([-1]), t.ones(1))),
        ErrorCase(lambda t: t.index_add(t.ones(3, 4), 2, t.tensor([0]), t.ones(1, 4))),
        ErrorCase(lambda t: t.index_add(t.ones(3, 4), 0, t.tensor([0]), t.ones(2, 4))),
        ErrorCase(lambda t: t.index_add(t.ones(3, 4), 0, t.tensor([0]), t.ones(1, 5))),
        ErrorCase(lambda t: t.index_add(t.ones(3, 4), 0, t.tensor([0]), t.ones(1, 4).double())),
        ErrorCase(lambda t: t.index_add(t.ones(3, 4), 0, t.tensor([0.0]), t.ones(1, 4))),
        ErrorCase(lambda t: t.index_add(t.ones(3, 4), 0, t.tensor([[0]]), t.ones(1, 4))),
        ErrorCase(lambda t: t.index_add(t.ones(3, 4), 0, t.tensor([0]), 1)),
        ErrorCase(lambda t: t.index_add(t.tensor(1.0), 0, t.tensor([0]), t.ones(1))),
    ],
)
record(
    "masked_select",
    lambda t, x, mask: t.masked_select(x, t.from_numpy(mask).to(x.device)),
    lambda draw: Sample([draw_values(draw, s := draw_shape(draw))], {"mask": np.asarray(draw_values(draw, s) > 0)}),
    dtypes=ALL,
)
record(
    "nonzero",
    lambda t, x: (t.nonzero(x), *t.nonzero(x, as_tuple=True), t.argwhere(x)),
    lambda draw: Sample([draw_values(draw, draw_shape(draw)).round()]),
    dtypes=ALL,
    orders=0,
    errors=[
        ErrorCase(lambda t: t.nonzero([1])),
        ErrorCase(lambda t: t.nonzero(t.ones(2), out=t.empty(0))),
    ],
)
record(
    "nonzero_static",
    lambda t, x, size: (t.nonzero_static(x, size=size), x.nonzero_static(size=size, fill_value=7)),
    lambda draw: Sample([draw_values(draw, draw_shape(draw)).round()], {"size": draw(st.integers(0, 9))}),
    dtypes=ALL,
    orders=0,
    errors=[ErrorCase(lambda t: t.nonzero_static(t.ones(2), size=-1))],
)


def _ordered(draw):
    shape = draw_shape(draw, min_side=1)
    return Sample([draw_values(draw, shape)], {"dim": draw_dim(draw, len(shape)), "descending": draw(st.booleans())})


record(
    "sort",
    lambda t, x, dim, descending: t.sort(x, dim=dim, descending=descending, stable=True),
    _ordered,
    dtypes=WIDE,
    special=True,
)
record(
    "argsort", lambda t, x, dim, descending: t.argsort(x, dim=dim, descending=descending, stable=True), _ordered, orders=0
)
record(
    "topk",
    lambda t, x, dim, descending: t.topk(x, 1, dim, descending),
    _ordered,
    dtypes=WIDE,
    errors=[ErrorCase(lambda t: t.topk(t.ones(2), 3)), ErrorCase(lambda t: t.topk(t.tensor([True, False]), 1))],
)
