"""Medians, modes, quantiles, places in sorted sequences."""

import numpy as np
from hypothesis import strategies as st

from .spec import ALL, WIDE, ErrorCase, Sample, draw_dim, draw_shape, draw_values, record

NUMBERS = ALL[1:]


def _along(min_side=1, ties=False):
    def samples(draw):
        shape = draw_shape(draw, min_side=min_side)
        values = draw_values(draw, shape, -20, 20)
        if ties:
            values = np.round(values / 5)
        return Sample([values], {"dim": draw_dim(draw, len(shape)), "keepdim": draw(st.booleans())})

    return samples


def _empty(name):
    """torch's errors where there is nothing to choose from."""
    return [
        ErrorCase(lambda t: getattr(t, name)(t.ones(0, 3), dim=0)),
        ErrorCase(lambda t: getattr(t, name)(t.ones(2, 3), dim=2)),
        ErrorCase(lambda t: getattr(t, name)([1.0])),
    ]


record(
    "aminmax",
    lambda t, x, dim, keepdim: (*t.aminmax(x, dim=dim, keepdim=keepdim), *x.aminmax(keepdim=keepdim)),
    _along(ties=True),
    dtypes=ALL,
    special=True,
    errors=[*_empty("aminmax"), ErrorCase(lambda t: t.aminmax(t.ones(0)))],
)
for _name in ("median", "nanmedian"):
    record(
        _name,
        lambda t, x, dim, keepdim, name=_name: (*getattr(t, name)(x, dim, keepdim), getattr(x, name)()),
        # float16 and the integers would make ties, and of equal elements torch takes whichever it comes upon.
        _along(),
        dtypes=WIDE,
        errors=[
            *_empty(_name),
            ErrorCase(lambda t, name=_name: getattr(t.tensor([True]), name)()),
            ErrorCase(lambda t, name=_name: getattr(t.tensor([True]), name)(0)),
        ],
    )
    record(
        f"{_name} (ties)",
        lambda t, x, dim, keepdim, name=_name: (getattr(t, name)(x, dim, keepdim)[0], getattr(x, name)()),
        _along(ties=True),
        dtypes=NUMBERS,
        special=True,
        orders=0,
    )
    record(
        f"{_name} (empty)",
        lambda t, x, name=_name: (getattr(x, name)(), *getattr(t.zeros(0, 2, dtype=x.dtype), name)(1)),
        lambda draw: Sample([np.zeros(0)]),
        dtypes=NUMBERS,
        orders=0,
    )
record(
    "mode",
    lambda t, x, dim, keepdim: t.mode(x, dim, keepdim),
    # Without NaN: torch sorts with a comparison that NaN confuses, so that its answer depends on the order.
    _along(ties=True),
    dtypes=ALL,
    method="mode",
    errors=_empty("mode"),
)


def _ranked(draw):
    sample = _along()(draw)
    size = sample.arrays[0].shape[sample.options["dim"]] if sample.arrays[0].ndim else 1
    return Sample(sample.arrays, {"k": draw(st.integers(1, size)), **sample.options})


record(
    "kthvalue",
    lambda t, x, k, dim, keepdim: t.kthvalue(x, k, dim, keepdim),
    _ranked,
    dtypes=WIDE,
    method="kthvalue",
    errors=[
        ErrorCase(lambda t: t.kthvalue(t.ones(0, 3), 1, 0)),
        ErrorCase(lambda t: t.kthvalue(t.ones(2, 3), 4)),
        ErrorCase(lambda t: t.kthvalue(t.ones(2, 3), 0)),
        ErrorCase(lambda t: t.kthvalue(t.ones(2), 1.5)),
        ErrorCase(lambda t: t.kthvalue(t.tensor([True]), 1)),
        ErrorCase(lambda t: t.kthvalue([1.0], 1)),
    ],
)
record(
    "kthvalue (ties)",
    lambda t, x, k, dim, keepdim: t.kthvalue(x, k, dim, keepdim)[0],
    lambda draw: Sample([np.round((s := _ranked(draw)).arrays[0] / 5)], s.options),
    dtypes=NUMBERS,
    special=True,
    orders=0,
)


def _quantiled(draw):
    sample = _along()(draw)
    dim = draw(st.sampled_from([None, sample.options["dim"]]))
    q = draw(st.sampled_from([0.3, 0, 1.0, 0.5, [0.1], [0.9, 0.25, 0.5]]))
    interpolation = draw(st.sampled_from(["linear", "lower", "higher", "midpoint", "nearest"]))
    return Sample(sample.arrays, sample.options | {"dim": dim, "q": q, "interpolation": interpolation})


def _quantile(name):
    def call(t, x, q, **options):
        return getattr(t, name)(x, t.tensor(q, dtype=x.dtype).to(x.device) if isinstance(q, list) else q, **options)

    return call


for _name in ("quantile", "nanquantile"):
    record(
        _name,
        _quantile(_name),
        _quantiled,
        special=True,
        errors=[
            ErrorCase(lambda t, name=_name: getattr(t, name)(t.ones(2), 2)),
            ErrorCase(lambda t, name=_name: getattr(t, name)(t.ones(2), t.tensor([-1.0]))),
            ErrorCase(lambda t, name=_name: getattr(t, name)(t.ones(2), t.ones(1, 1))),
            ErrorCase(lambda t, name=_name: getattr(t, name)(t.ones(2), t.ones(1, dtype=t.float64))),
            ErrorCase(lambda t, name=_name: getattr(t, name)(t.ones(2, dtype=t.int64), 0.5)),
            ErrorCase(lambda t, name=_name: getattr(t, name)(t.ones(0), 0.5)),
            ErrorCase(lambda t, name=_name: getattr(t, name)(t.ones(2), 0.5, 1)),
            ErrorCase(lambda t, name=_name: getattr(t, name)(t.ones(2), 0.5, interpolation="best")),
            ErrorCase(lambda t, name=_name: getattr(t, name)(t.ones(2), [0.5]), differs="torch lists its overloads"),
        ],
    )
record(
    "quantile (of q)",
    lambda t, x, q: t.quantile(x, t.sigmoid(q), dim=-1),
    lambda draw: Sample([draw_values(draw, (3, 4)), draw_values(draw, (2,))]),
)

# --- places ------------------------------------------------------------------------------------------------------


def _looked_up(draw):
    rows = draw(st.sampled_from([(), (2,), (2, 3)]))
    bounds = np.sort(np.round(draw_values(draw, (*rows, draw(st.integers(0, 5))), -10, 10)), -1)
    values = np.round(draw_values(draw, (*rows, draw(st.integers(0, 4))), -12, 12))
    return Sample([bounds, values], {"right": draw(st.booleans()), "out_int32": draw(st.booleans())})


record(
    "searchsorted",
    lambda t, bounds, values, **options: t.searchsorted(bounds, values, **options),
    _looked_up,
    dtypes=NUMBERS,
    orders=0,
    special=True,
    errors=[
        ErrorCase(lambda t: t.searchsorted(t.ones(2), t.ones(2), side="left", right=True)),
        ErrorCase(lambda t: t.searchsorted(t.ones(2), t.ones(2), out=t.zeros(2))),
        ErrorCase(lambda t: t.searchsorted(t.ones(2), t.ones(2), out_int32=True, out=t.zeros(2).long())),
        ErrorCase(lambda t: t.searchsorted(t.ones(2), t.ones(2), side="top")),
        ErrorCase(lambda t: t.searchsorted(t.ones(2, 2), t.ones(2))),
        ErrorCase(lambda t: t.searchsorted(t.ones(2, 2), 1.0)),
        ErrorCase(lambda t: t.searchsorted(t.tensor(1.0), t.ones(2))),
        ErrorCase(lambda t: t.searchsorted(t.ones(2), t.ones(2), sorter=t.tensor([0]))),
        ErrorCase(lambda t: t.searchsorted(t.ones(2), t.ones(2), sorter=t.tensor([0, 1], dtype=t.int32))),
        ErrorCase(lambda t: t.searchsorted(t.ones(2), t.ones(2), sorter=t.tensor([0, 2]))),
        ErrorCase(lambda t: t.searchsorted(t.tensor([True]), t.tensor([True]))),
        ErrorCase(lambda t: t.searchsorted([1.0], t.ones(2)), differs="torch lists its overloads"),
    ],
)
record(
    "searchsorted (options)",
    lambda t, x: (
        t.searchsorted(x, 0, right=True),
        t.searchsorted(x, 0.5, side="right"),
        t.searchsorted(x, t.tensor([1, -1])),
        t.searchsorted(x, x, sorter=t.argsort(x, stable=True)),
    ),
    lambda draw: Sample([draw_values(draw, (draw(st.integers(0, 6)),), -5, 5)]),
    dtypes=NUMBERS,
    orders=0,
)
record(
    "bucketize",
    lambda t, x, bounds, **options: (t.bucketize(x, bounds, **options), t.bucketize(1, bounds, **options)),
    lambda draw: Sample(
        [np.round(draw_values(draw, draw_shape(draw), -12, 12)), (s := _looked_up(draw)).arrays[0].reshape(-1)],
        s.options,
    ),
    dtypes=NUMBERS,
    orders=0,
    special=True,
    errors=[
        ErrorCase(lambda t: t.bucketize(t.ones(2), t.ones(2, 2))),
        ErrorCase(lambda t: t.bucketize([1.0], t.ones(2)), differs="torch lists its overloads"),
    ],
)


def _membership(draw):
    few = np.round(draw_values(draw, (draw(st.integers(0, 5)),), -4, 4))
    elements = np.round(draw_values(draw, draw_shape(draw), -4, 4))
    return Sample([elements, few], {"assume_unique": False, "invert": draw(st.booleans())})


record(
    "isin",
    lambda t, x, few, assume_unique, invert: (
        t.isin(x, few, assume_unique=assume_unique, invert=invert),
        t.isin(x, 2),
        t.isin(2, few, invert=invert),
    ),
    _membership,
    dtypes=ALL[1:],
    orders=0,
    special=True,
    errors=[ErrorCase(lambda t: t.isin(t.tensor([True]), t.tensor([True])))],
)
