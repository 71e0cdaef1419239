"""New tensors.  The one drawn array only sets the shape."""

from hypothesis import strategies as st

from .spec import Sample, draw_shape, draw_values, record

DTYPES = (None, "float64", "float32", "int64", "bool", "uint8")


def _shaped(draw):
    return Sample([draw_values(draw, draw_shape(draw))], {"dtype": draw(st.sampled_from(DTYPES))})


def _typed(t, dtype):
    return {} if dtype is None else {"dtype": getattr(t, dtype)}


for _name in ("zeros", "ones"):
    record(_name, lambda t, x, dtype, _name=_name: getattr(t, _name)(tuple(x.shape), **_typed(t, dtype)), _shaped, orders=0)
    record(
        f"{_name}_like",
        lambda t, x, dtype, _name=_name: getattr(t, _name + "_like")(x, **_typed(t, dtype)),
        _shaped,
        orders=0,
    )
    record(
        f"new_{_name}",
        lambda t, x, dtype, _name=_name: getattr(x, "new_" + _name)(tuple(x.shape), **_typed(t, dtype)),
        _shaped,
        orders=0,
    )


def _filled(draw):
    return Sample([draw_values(draw, draw_shape(draw))], {"value": draw(st.sampled_from([0, 1, 2.5, True]))})


record("full", lambda t, x, value: t.full(tuple(x.shape), value), _filled, orders=0)
record("full_like", lambda t, x, value: t.full_like(x, value), _filled, orders=0)
record(
    "eye",
    lambda t, x, n, m: t.eye(n, m),
    lambda draw: Sample([draw_values(draw, ())], {"n": draw(st.integers(0, 4)), "m": draw(st.integers(0, 4))}),
    orders=0,
)
record(
    "arange",
    lambda t, x, start, end, step: t.arange(start, end, step),
    lambda draw: Sample(
        [draw_values(draw, ())],
        {"start": draw(st.integers(-4, 0)), "end": draw(st.integers(0, 6)), "step": draw(st.sampled_from([1, 2, 0.5, 0.3]))},
    ),
    orders=0,
)
record(
    "linspace",
    lambda t, x, start, end, steps: t.linspace(start, end, steps, dtype=t.float64),
    lambda draw: Sample(
        [draw_values(draw, ())],
        {"start": draw(st.integers(-4, 4)), "end": draw(st.integers(-4, 4)), "steps": draw(st.integers(0, 9))},
    ),
    orders=0,
)
