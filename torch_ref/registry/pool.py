"""Pooling."""

from hypothesis import strategies as st

from .spec import FLOATS, WIDE, ErrorCase, Sample, draw_values, record


def _windows(draw, dilated):
    kernel = (draw(st.integers(1, 3)), draw(st.integers(1, 3)))
    batch = draw(st.sampled_from([(0,), (1,), (2,), ()]), label="batch")
    image = (draw(st.integers(5, 7)), draw(st.integers(5, 6)))
    options = {
        "kernel_size": kernel,
        "stride": draw(st.sampled_from([None, 1, 2, (2, 3)])),
        "padding": (draw(st.integers(0, kernel[0] // 2)), draw(st.integers(0, kernel[1] // 2))),
        "ceil_mode": draw(st.booleans()),
    }
    if dilated:
        options["dilation"] = draw(st.sampled_from([1, 1, 2]))
    return draw_values(draw, (*batch, 2, *image)), options


def _max(draw):
    x, options = _windows(draw, True)
    if draw(st.booleans(), label="ties"):
        x = x.round()
    return Sample([x], options | {"return_indices": draw(st.booleans())})


def _mean(draw):
    x, options = _windows(draw, False)
    return Sample(
        [x], options | {"count_include_pad": draw(st.booleans()), "divisor_override": draw(st.sampled_from([None, None, 3]))}
    )


def _call(name):
    return lambda t, x, **given: getattr(t.nn.functional, name)(x, **given)


def _fails(name, *args, shape=(2, 3, 8, 8), **options):
    return ErrorCase(lambda t: getattr(t.nn.functional, name)(t.ones(*shape), *args, **options))


record(
    "F.max_pool2d",
    _call("max_pool2d"),
    _max,
    dtypes=WIDE,
    special=True,
    kernels=True,
    errors=[
        _fails("max_pool2d", 2, shape=(3, 3)),
        _fails("max_pool2d", 2, padding=2),
        _fails("max_pool2d", 9),
        _fails("max_pool2d", 2, stride=0),
        _fails("max_pool2d", 2, dilation=0),
        _fails("max_pool2d", 2, padding=-1),
        _fails("max_pool2d", (2, 2, 2)),
        _fails("max_pool2d", 2, shape=(1, 0, 4, 4)),
    ],
)
record(
    "F.avg_pool2d",
    _call("avg_pool2d"),
    _mean,
    dtypes=FLOATS,
    special=True,
    kernels=True,
    errors=[
        _fails("avg_pool2d", 2, padding=2),
        _fails("avg_pool2d", 9),
        _fails("avg_pool2d", 2, divisor_override=0),
        _fails("avg_pool2d", 2, shape=(3, 3)),
    ],
)


def _adaptive(draw):
    batch = draw(st.sampled_from([(0,), (1,), (2,), ()]), label="batch")
    size = draw(st.sampled_from([1, 2, 3, (2, None), (5, 7), (None, 1)]))
    return Sample([draw_values(draw, (*batch, 2, draw(st.integers(3, 6)), draw(st.integers(3, 6))))], {"output_size": size})


record(
    "F.adaptive_avg_pool2d",
    _call("adaptive_avg_pool2d"),
    _adaptive,
    dtypes=FLOATS,
    special=True,
    kernels=True,
    errors=[
        _fails("adaptive_avg_pool2d", 2, shape=(3, 3)),
        _fails("adaptive_avg_pool2d", -1),
        _fails("adaptive_avg_pool2d", (1, 2, 3)),
    ],
)


def _indexed(draw):
    sample = _max(draw)
    del sample.options["return_indices"]
    return sample


record(
    "F.max_pool2d_with_indices",
    _call("max_pool2d_with_indices"),
    _indexed,
    dtypes=WIDE,
    special=True,
    errors=[_fails("max_pool2d_with_indices", 2, shape=(3, 3)), _fails("max_pool2d_with_indices", 2, padding=2)],
)
