"""New tensors.  The one drawn array only sets the shape."""

from hypothesis import strategies as st

from .spec import REGISTRY, ErrorCase, Sample, draw_shape, draw_values, record

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
record(
    "logspace",
    lambda t, x, start, end, steps, base: t.logspace(start, end, steps, base, dtype=t.float64),
    lambda draw: Sample(
        [draw_values(draw, ())],
        {
            "start": draw(st.integers(-2, 2)),
            "end": draw(st.floats(-2, 2)),
            "steps": draw(st.integers(0, 9)),
            "base": draw(st.sampled_from([2, 10.0, 0.5])),
        },
    ),
    orders=0,
)

# --- refusals ----------------------------------------------------------------------------------------------------


def _refused(name, *calls):
    """Error cases of the record `name`."""
    REGISTRY[name].errors += [ErrorCase(call) for call in calls]


for _name in ("zeros", "ones"):
    _refused(
        _name,
        lambda t, _name=_name: getattr(t, _name)(),
        lambda t, _name=_name: getattr(t, _name)(-1),
        lambda t, _name=_name: getattr(t, _name)(2.0),
        lambda t, _name=_name: getattr(t, _name)((2.0, 3)),
        lambda t, _name=_name: getattr(t, _name)(2, "a"),
        lambda t, _name=_name: getattr(t, _name)((2,), (3,)),
        lambda t, _name=_name: getattr(t, _name)(2, size=(2,)),
        lambda t, _name=_name: getattr(t, _name)(2, foo=1),
        lambda t, _name=_name: getattr(t, _name)(2, dtype="int32"),
        lambda t, _name=_name: getattr(t, _name)(2, layout="x"),
        lambda t, _name=_name: getattr(t, _name)(2, pin_memory=True),
        lambda t, _name=_name: getattr(t, _name)(2, dtype=t.int32, requires_grad=True),
        lambda t, _name=_name: getattr(t, _name)(2, out=t.ones(2), dtype=t.float64),
        lambda t, _name=_name: getattr(t, _name)(2, out=[1]),
    )
    _refused(f"{_name}_like", lambda t, _name=_name: getattr(t, f"{_name}_like")([1]))
    _refused(
        f"new_{_name}",
        lambda t, _name=_name: getattr(t.ones(2), f"new_{_name}")(),
        lambda t, _name=_name: getattr(t.ones(2), f"new_{_name}")(2.0),
        lambda t, _name=_name: getattr(t.ones(2), f"new_{_name}")(-1),
    )
_refused(
    "full",
    lambda t: t.full(2, 3),
    lambda t: t.full((2,), "a"),
    lambda t: t.full((2,), t.tensor([3])),
    lambda t: t.full((-1,), 3),
    lambda t: t.full((2,), 300, dtype=t.uint8),
    lambda t: t.full((2,), 1e10, dtype=t.int32),
    lambda t: t.full((2,), 1e40, dtype=t.float32),
    lambda t: t.full((2,), 3, requires_grad=True),
)
_refused("full_like", lambda t: t.full_like(t.ones(2), "a"))
_refused("eye", lambda t: t.eye(-1), lambda t: t.eye(2, -1), lambda t: t.eye(2.0))
_refused(
    "arange",
    lambda t: t.arange(5, 1),
    lambda t: t.arange(1, 5, -1),
    lambda t: t.arange(1, 5, 0),
    lambda t: t.arange(float("inf")),
    lambda t: t.arange(0, 5, float("nan")),
    lambda t: t.arange("a"),
    lambda t: t.arange(start=1),
    lambda t: t.arange(3, requires_grad=True),
    lambda t: t.arange(3, dtype=t.bool),
)
for _name in ("linspace", "logspace"):
    _refused(
        _name,
        lambda t, _name=_name: getattr(t, _name)(0, 1, -1),
        lambda t, _name=_name: getattr(t, _name)(t.ones(1), 1, 3),
        lambda t, _name=_name: getattr(t, _name)(0, 1, 3, dtype=t.bool),
    )
