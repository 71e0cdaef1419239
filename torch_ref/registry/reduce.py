"""Reductions."""

from hypothesis import strategies as st

from .spec import ALL, FLOATS, WIDE, ErrorCase, Sample, draw_dim, draw_shape, draw_values, record

DIM_ERROR = ErrorCase(lambda t: t.ones(2, 3).sum(2))


def _dims(draw, ndim):
    """None, one dim, or a few."""
    kind = draw(st.sampled_from(["all", "one", "some"]))
    if kind == "all" or ndim == 0:
        return None
    if kind == "one":
        return draw_dim(draw, ndim)
    return tuple(draw(st.lists(st.integers(0, ndim - 1), min_size=1, max_size=ndim, unique=True)))


def _reduced(min_side=0, one=False, low=-2.0, high=2.0, min_dims=0):
    def samples(draw):
        shape = draw_shape(draw, min_dims=min_dims, min_side=min_side)
        dim = draw_dim(draw, len(shape)) if one else _dims(draw, len(shape))
        return Sample([draw_values(draw, shape, low, high)], {"dim": dim, "keepdim": draw(st.booleans())})

    return samples


def _reduction(name, samples, **more):
    record(name, lambda t, x, dim, keepdim: getattr(t, name)(x, dim, keepdim), samples, **({"special": True} | more))


def _all_or_dim(name):
    """torch has no dim=None for these: without dim, no keepdim either."""
    return lambda t, x, dim, keepdim: getattr(t, name)(x) if dim is None else getattr(t, name)(x, dim, keepdim)


_reduction("sum", _reduced(), dtypes=ALL, errors=[DIM_ERROR, ErrorCase(lambda t: t.ones(2, 3).sum((0, 0)))])
_reduction("mean", _reduced(), dtypes=FLOATS, errors=[ErrorCase(lambda t: t.ones(2, dtype=t.int64).mean())])
_reduction("nansum", _reduced(), orders=1)
_reduction("amax", lambda draw: _amax(draw), dtypes=FLOATS)
_reduction("amin", lambda draw: _amax(draw), dtypes=FLOATS)
_reduction("logsumexp", _reduced(one=True, min_side=1), dtypes=WIDE)
_reduction("all", _reduced(one=True), dtypes=ALL, orders=0)
_reduction("any", _reduced(one=True), dtypes=ALL, orders=0)
_reduction("argmax", _reduced(one=True, min_side=1), dtypes=FLOATS, orders=0)
_reduction("argmin", _reduced(one=True, min_side=1), dtypes=FLOATS, orders=0)


def _amax(draw):
    sample = _reduced(min_side=1)(draw)
    sample.options["dim"] = () if sample.options["dim"] is None else sample.options["dim"]
    return sample


def _extreme(name):
    def samples(draw):
        sample = _reduced(min_side=1, one=draw(st.booleans()))(draw)
        if isinstance(sample.options["dim"], tuple):
            sample.options["dim"] = sample.options["dim"][0]
        return sample

    record(
        name,
        _all_or_dim(name),
        samples,
        dtypes=FLOATS,
        special=True,
        errors=[ErrorCase(lambda t: getattr(t.ones(0), name)())],
    )


_extreme("max")
_extreme("min")
record("prod", _all_or_dim("prod"), lambda draw: _prod(draw), dtypes=WIDE)


def _prod(draw):
    sample = _reduced(min_side=1, one=True)(draw)
    if draw(st.booleans()):  # zeros make the gradient interesting
        sample.arrays[0][sample.arrays[0] < -1] = 0
    return sample


record(
    "cumsum",
    lambda t, x, dim: t.cumsum(x, dim),
    lambda draw: Sample([draw_values(draw, s := draw_shape(draw))], {"dim": draw_dim(draw, len(s))}),
    dtypes=WIDE,
    method="cumsum",
    inplace=True,
)


def _spread(draw):
    shape = draw_shape(draw, min_dims=1, min_side=2)
    correction = draw(st.sampled_from([0, 1]))
    return Sample(
        [draw_values(draw, shape)],
        {"dim": _dims(draw, len(shape)), "correction": correction, "keepdim": draw(st.booleans())},
    )


for _name in ("var", "std"):
    record(_name, lambda t, x, _name=_name, **options: getattr(t, _name)(x, **options), _spread, dtypes=WIDE)


def _normed(draw):
    sample = _reduced(min_side=1, low=0.2)(draw)
    return Sample(
        sample.arrays, {"p": draw(st.sampled_from([1, 2, 3, float("inf"), float("-inf"), 0, 1.5])), **sample.options}
    )


record("norm", lambda t, x, p, dim, keepdim: t.norm(x, p, dim, keepdim), _normed, dtypes=WIDE)
record(
    "count_nonzero",
    lambda t, x, dim: t.count_nonzero(x, dim),
    lambda draw: Sample([draw_values(draw, s := draw_shape(draw)).round()], {"dim": _dims(draw, len(s))}),
    orders=0,
    dtypes=ALL,
)


# --- what they refuse, and NumPy's names -----------------------------------------------------------------------------

_EMPTY = ("max", "min", "amax", "amin", "argmax", "argmin")
record(
    "sum (axis, keepdims)",
    lambda t, x: (x.sum(axis=0), t.mean(x, axis=-1, keepdims=True), x.max(axis=0), t.std(x, axis=(0, 1)), x.cumsum(axis=0)),
    lambda draw: Sample([draw_values(draw, (2, 3))]),
    dtypes=WIDE,
    orders=1,
    errors=[
        *[ErrorCase(lambda t, name=name: getattr(t.ones(2, 0), name)(1)) for name in _EMPTY],
        *[ErrorCase(lambda t, name=name: getattr(t.ones(0), name)()) for name in _EMPTY],
        *[
            ErrorCase(lambda t, name=name: getattr(t.ones(2), name)(1))
            for name in (*_EMPTY, "mean", "std", "prod", "cumsum")
        ],
        ErrorCase(lambda t: t.ones(2, 2).amax((0, 0))),
        ErrorCase(lambda t: t.ones(2, 2).var((0, -2))),
        ErrorCase(lambda t: t.tensor([1]).var()),
        ErrorCase(lambda t: t.std_mean(t.tensor([1]))),
        ErrorCase(lambda t: t.var_mean(t.tensor([True]))),
        ErrorCase(lambda t: t.tensor([True]).argmax()),
        ErrorCase(lambda t: t.ones(2).mean(dtype=t.int64)),
        ErrorCase(lambda t: t.cumsum(t.ones(2), 0, dtype=t.bool)),
        ErrorCase(lambda t: t.ones(2).cumsum_(0, dtype=t.float64)),
        ErrorCase(lambda t: t.tensor([1]).cumprod_(0, dtype=t.float32)),
        ErrorCase(lambda t: t.tensor([1]).norm()),
        ErrorCase(lambda t: t.ones(2).norm(dtype=t.float16)),
        ErrorCase(lambda t: t.ones(2, 2).norm("abc")),
        ErrorCase(lambda t: t.ones(0).norm(float("inf"))),
        ErrorCase(lambda t: t.max(t.ones(2), other=t.ones(3))),
        ErrorCase(lambda t: t.all(t.ones(2), out=t.empty(0))),
        ErrorCase(lambda t: t.amax(t.ones(2), out=t.empty(0, dtype=t.float64))),
        ErrorCase(lambda t: t.argmax(t.ones(2), out=t.empty(0))),
        ErrorCase(lambda t: t.mean(t.ones(2), 0, out=t.empty(0, dtype=t.int64))),
        ErrorCase(lambda t: t.max(t.ones(2), 0, out=(t.empty(0, dtype=t.float64), t.empty(0, dtype=t.int64)))),
        ErrorCase(lambda t: t.logsumexp(t.ones(2), 0, out=t.empty(0, dtype=t.int64))),
    ],
)
record(
    "max (out)",
    lambda t, x: (
        t.max(x, 0, out=(t.empty(0, dtype=x.dtype), t.empty(0, dtype=t.int64))),
        t.sum(x, 0, out=t.empty(0, dtype=t.float64)),
        t.prod(x, 0, out=t.empty(0, dtype=t.int32)),
        t.amin(x, 0, out=t.empty(0, dtype=x.dtype)),
        t.cumsum(x, 0, out=t.empty(0, dtype=t.float64)),
        t.any(x, out=t.empty(0, dtype=t.bool)),
    ),
    lambda draw: Sample([draw_values(draw, (3, 2), 1, 2)]),
    orders=0,
    dtypes=WIDE,
)
for _name in ("var_mean", "std_mean"):
    record(
        f"{_name} (both)",
        lambda t, x, _name=_name, **options: getattr(t, _name)(x, **options),
        _spread,
        dtypes=WIDE,
    )
record("norm (nuc)", lambda t, x: t.norm(x, "nuc"), lambda draw: Sample([draw_values(draw, (3, 2))]), dtypes=WIDE, orders=1)
