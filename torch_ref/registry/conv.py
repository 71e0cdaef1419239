"""Convolution."""

from hypothesis import strategies as st

from .spec import FLOATS, ErrorCase, Sample, draw_values, record


def _pair(draw, low, high):
    """A number, or a pair of different ones."""
    return draw(st.one_of(st.integers(low, high), st.tuples(st.integers(low, high), st.integers(low, high))))


def _sizes(draw, dims, low, high):
    return tuple(draw(st.integers(low, high)) for _ in range(dims))


def _steps(draw, dims, low, high):
    return _pair(draw, low, high) if dims == 2 else draw(st.integers(low, high))


def _convolved(draw, dims=2):
    groups = draw(st.sampled_from([1, 1, 2]), label="groups")
    channels, filters = groups * draw(st.integers(1, 2)), groups * draw(st.integers(1, 2))
    kernel, image = _sizes(draw, dims, 1, 3), _sizes(draw, dims, 5, 7)
    padding = draw(st.one_of(st.sampled_from(["same", "valid"]), st.just(None)))
    stride = 1 if padding == "same" else _steps(draw, dims, 1, 3)
    batch = draw(st.sampled_from([(0,), (1,), (3,), ()]), label="batch")
    arrays = [draw_values(draw, (*batch, channels, *image)), draw_values(draw, (filters, channels // groups, *kernel))]
    if draw(st.booleans()):
        arrays.append(draw_values(draw, (filters,)))
    return Sample(
        arrays,
        {
            "stride": stride,
            "padding": _steps(draw, dims, 0, 2) if padding is None else padding,
            "dilation": _steps(draw, dims, 1, 2),
            "groups": groups,
        },
    )


def _transposed(draw, dims):
    groups = draw(st.sampled_from([1, 1, 2]), label="groups")
    channels, filters = groups * draw(st.integers(1, 2)), draw(st.integers(1, 2))
    kernel, image = _sizes(draw, dims, 2, 4), _sizes(draw, dims, 2, 4)
    stride, dilation = draw(st.integers(1, 3)), draw(st.integers(1, 2))
    batch = draw(st.sampled_from([(0,), (1,), (3,), ()]), label="batch")
    arrays = [draw_values(draw, (*batch, channels, *image)), draw_values(draw, (channels, filters, *kernel))]
    if draw(st.booleans()):
        arrays.append(draw_values(draw, (filters * groups,)))
    return Sample(
        arrays,
        {
            "stride": stride,
            "padding": _steps(draw, dims, 0, 1),
            "output_padding": _steps(draw, dims, 0, max(stride, dilation) - 1),
            "groups": groups,
            "dilation": dilation,
        },
    )


def _fails(*shapes, function="conv2d", **options):
    return ErrorCase(lambda t: getattr(t.nn.functional, function)(*[t.ones(*s) for s in shapes], **options))


record(
    "F.conv2d",
    lambda t, x, w, *b, **given: t.nn.functional.conv2d(x, w, *b, **given),
    _convolved,
    dtypes=FLOATS,
    kernels=True,
    errors=[
        _fails((3, 3), (4, 3, 3, 3)),
        _fails((2, 2, 8, 8), (4, 3, 3, 3)),
        _fails((2, 3, 8, 8), (4, 3, 3, 3), (3,)),
        _fails((2, 3, 8, 8), (4, 3, 3, 3), padding=-1),
        _fails((2, 3, 8, 8), (4, 3, 3, 3), stride=0),
        _fails((2, 3, 8, 8), (4, 3, 3, 3), dilation=0),
        _fails((2, 3, 8, 8), (4, 3, 9, 9)),
        _fails((2, 3, 8, 8), (4, 3, 3, 3), groups=2),
        _fails((2, 3, 8, 8), (4, 3, 3, 3), groups=0),
        _fails((2, 3, 8, 8), (4, 3, 3, 3), stride=2, padding="same"),
        _fails((2, 3, 8, 8), (4, 3, 3, 3), padding="some"),
        _fails((2, 3, 8, 8), (4, 3, 3, 3), stride=(1, 2, 3)),
        ErrorCase(
            lambda t: t.nn.functional.conv2d(t.ones(1, 3, 8, 8), t.ones(4, 3, 3, 3).double()),
            differs="torch has two sentences, one where gradients are recorded and one where not; ours is the first",
        ),
    ],
)


_line, _filters = (2, 4, 9), (6, 4, 3)
record(
    "F.conv1d",
    lambda t, x, w, *b, **given: t.nn.functional.conv1d(x, w, *b, **given),
    lambda draw: _convolved(draw, 1),
    dtypes=FLOATS,
    kernels=True,
    errors=[
        _fails(*shapes, function="conv1d", **options)
        for shapes, options in [
            (((9,), _filters), {}),
            (((2, 4, 9, 9), _filters), {}),
            ((_line, (6, 4)), {}),
            ((_line, (6, 4, 3, 3)), {}),
            ((_line, _filters, (5,)), {}),
            ((_line, (6, 3, 3)), {}),
            (((3, 9), _filters), {}),
            ((_line, _filters), {"stride": 0}),
            ((_line, _filters), {"stride": (1, 2)}),
            ((_line, _filters), {"padding": -1}),
            ((_line, _filters), {"padding": (1, 2)}),
            ((_line, _filters), {"padding": "some"}),
            ((_line, _filters), {"padding": "same", "stride": 2}),
            ((_line, _filters), {"dilation": 0}),
            ((_line, _filters), {"groups": 4}),
            ((_line, (6, 4, 12)), {}),
            (((2, 4, 0), _filters), {"padding": 2}),
        ]
    ],
)

_image, _spread = (2, 4, 5, 5), (4, 3, 3, 3)
_MKLDNN = "torch's float32 convolution tells that a library refused; ours is its float64's sentence"
for _dims, _shapes in ((1, ((2, 4, 5), (4, 3, 3))), (2, (_image, _spread))):
    _name = f"conv_transpose{_dims}d"
    record(
        f"F.{_name}",
        lambda t, x, w, *b, _name=_name, **given: getattr(t.nn.functional, _name)(x, w, *b, **given),
        lambda draw, _dims=_dims: _transposed(draw, _dims),
        dtypes=FLOATS,
        kernels=True,
        errors=[
            _fails(*_shapes, function=_name, **options)
            for options in [
                {"stride": 2, "output_padding": 2},
                {"output_padding": 1},
                {"output_padding": -1},
                {"output_padding": (1, 1, 1)},
                {"padding": -1},
                {"padding": "same"},
                {"padding": (1, 1, 1)},
                {"stride": 0},
                {"stride": (1, 2, 3)},
                {"dilation": (1, 2, 3)},
                {"groups": 3},
                {"groups": 0},
            ]
        ]
        + [
            _fails((5,), _shapes[1], function=_name),
            _fails(_shapes[0], (4, 3), function=_name),
            _fails(_shapes[0], (5, *_shapes[1][1:]), function=_name),
            _fails(*_shapes, (4,), function=_name),
            ErrorCase(
                lambda t, _name=_name, _shapes=_shapes: getattr(t.nn.functional, _name)(*map(t.ones, _shapes), padding=5),
                differs=_MKLDNN,
            ),
            ErrorCase(
                lambda t, _name=_name, _shapes=_shapes: getattr(t.nn.functional, _name)(*[t.ones(s).int() for s in _shapes])
            ),
        ],
    )
