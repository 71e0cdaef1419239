"""Normalisation within a sample."""

from hypothesis import strategies as st

from .spec import FLOATS, WIDE, ErrorCase, Sample, draw_shape, draw_values, record


def _spread(draw, shape):
    """Values away from 0, now and then large."""
    return draw_values(draw, shape) * draw(st.sampled_from([1.0, 10.0])) + draw(st.sampled_from([0.0, 5.0]))


def _last(draw, parameters):
    shape = draw_shape(draw, min_dims=1, min_side=1)
    tail = shape[draw(st.integers(0, len(shape) - 1)) :]
    arrays = [_spread(draw, shape)] + [draw_values(draw, tail) for _ in range(draw(st.integers(0, parameters)))]
    return Sample(arrays, {"normalized_shape": tail, "eps": draw(st.sampled_from([1e-5, 0.1]))})


def _call(name, *parameters):
    def call(t, x, *given, **options):
        return getattr(t.nn.functional, name)(x, **dict(zip(parameters, given)), **options)

    return call


def _fails(name, *make, **options):
    return ErrorCase(lambda t: getattr(t.nn.functional, name)(*[m(t) if callable(m) else m for m in make], **options))


def X(t):
    return t.ones(2, 4, 3)


def _long(t):
    return X(t).long()


def _ones(*shape, dtype="float32"):
    return lambda t: t.ones(*shape, dtype=getattr(t, dtype))


record(
    "F.layer_norm",
    _call("layer_norm", "weight", "bias"),
    lambda draw: _last(draw, 2),
    dtypes=FLOATS,
    errors=[
        _fails("layer_norm", X, (4,)),
        _fails("layer_norm", X, ()),
        _fails("layer_norm", X, 3),
        _fails("layer_norm", X, (3,), _ones(4)),
        _fails("layer_norm", X, (3,), None, _ones(4, 3)),
        _fails("layer_norm", X, (3,), _ones(3, dtype="float64")),
        _fails("layer_norm", _long, (3,)),
    ],
)


def _in_groups(draw):
    groups, each = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    shape = (draw(st.integers(1, 3)), groups * each, *draw(st.lists(st.integers(2, 3), min_size=each == 1, max_size=2)))
    given = draw(st.integers(0, 2))
    arrays = [_spread(draw, shape)] + [draw_values(draw, shape[1:2]) for _ in range(given)]
    return Sample(arrays, {"num_groups": groups, "eps": draw(st.sampled_from([1e-5, 0.1]))})


record(
    "F.group_norm",
    _call("group_norm", "weight", "bias"),
    _in_groups,
    dtypes=FLOATS,
    errors=[
        _fails("group_norm", _ones(3), 1),
        _fails("group_norm", _ones(2, 3), 2),
        _fails("group_norm", _ones(1, 2), 2),
        _fails("group_norm", X, 0),
        _fails("group_norm", X, -2),
        _fails("group_norm", X, 2, _ones(3)),
        _fails("group_norm", X, 2, None, _ones(3)),
        _fails("group_norm", X, 2, _ones(4), _ones(3)),
        _fails("group_norm", X, 2, _ones(4, dtype="float64")),
        _fails("group_norm", _long, 2),
    ],
)


def _instances(draw):
    shape = (draw(st.integers(1, 3)), draw(st.integers(1, 3)), *draw(st.sampled_from([(3,), (2, 2), (1, 3)])))
    arrays = [_spread(draw, shape)] + [draw_values(draw, shape[1:2]) for _ in range(draw(st.sampled_from([0, 2])))]
    options = {"use_input_stats": draw(st.booleans()), "momentum": draw(st.sampled_from([0.1, 0.7]))}
    return Sample(arrays, options)


def _instance_norm(t, x, *affine, **options):
    """The result and the running statistics, which start away from 0 and 1."""
    channels = x.shape[1]
    mean = t.full((channels,), 0.25, dtype=x.dtype, device=x.device)
    var = t.full((channels,), 1.5, dtype=x.dtype, device=x.device)
    return t.nn.functional.instance_norm(x, mean, var, *affine, **options), mean, var


record(
    "F.instance_norm",
    _instance_norm,
    _instances,
    dtypes=WIDE,
    errors=[
        _fails("instance_norm", _ones(2, 3, 1)),
        _fails("instance_norm", _ones(2, 3)),
        _fails("instance_norm", X, use_input_stats=False),
        _fails("instance_norm", X, _ones(2), _ones(4)),
        _fails("instance_norm", X, _ones(4), None),
        _fails("instance_norm", X, None, None, _ones(3)),
        _fails("instance_norm", _long),
    ],
)


def _root(draw):
    sample = _last(draw, 1)
    sample.options["eps"] = draw(st.sampled_from([None, 0.1]))
    return sample


record(
    "rms_norm",
    lambda t, x, weight=None, **given: t.rms_norm(x, weight=weight, **given),
    _root,
    dtypes=FLOATS,
    errors=[
        _fails("rms_norm", X, (4,)),
        _fails("rms_norm", X, ()),
        _fails("rms_norm", X, (3,), _ones(4)),
        _fails("rms_norm", _long, (3,)),
    ],
)


def _neighbours(draw):
    shape = (draw(st.integers(1, 2)), draw(st.integers(1, 4)), *draw(st.sampled_from([(2,), (2, 3), (1, 2, 2)])))
    options = {"size": draw(st.integers(1, 5)), "alpha": draw(st.sampled_from([1e-4, 0.5]))}
    return Sample([draw_values(draw, shape)], options | {"beta": draw(st.sampled_from([0.75, 1.5])), "k": 1.5})


record(
    "F.local_response_norm",
    lambda t, x, **given: t.nn.functional.local_response_norm(x.contiguous(), **given),  # torch refuses other layouts
    _neighbours,
    dtypes=WIDE,
    errors=[_fails("local_response_norm", _ones(2, 3), 2), _fails("local_response_norm", X, 0)],
)
