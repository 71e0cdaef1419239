"""Convolution."""

from hypothesis import strategies as st

from .spec import FLOATS, ErrorCase, Sample, draw_values, record


def _pair(draw, low, high):
    """A number, or a pair of different ones."""
    return draw(st.one_of(st.integers(low, high), st.tuples(st.integers(low, high), st.integers(low, high))))


def _convolved(draw):
    groups = draw(st.sampled_from([1, 1, 2]), label="groups")
    channels, filters = groups * draw(st.integers(1, 2)), groups * draw(st.integers(1, 2))
    kernel = (draw(st.integers(1, 3)), draw(st.integers(1, 3)))
    image = (draw(st.integers(5, 7)), draw(st.integers(5, 6)))
    padding = draw(st.one_of(st.sampled_from(["same", "valid"]), st.just(None)))
    stride = 1 if padding == "same" else _pair(draw, 1, 3)
    batch = draw(st.sampled_from([(0,), (1,), (3,), ()]), label="batch")
    arrays = [draw_values(draw, (*batch, channels, *image)), draw_values(draw, (filters, channels // groups, *kernel))]
    if draw(st.booleans()):
        arrays.append(draw_values(draw, (filters,)))
    return Sample(
        arrays,
        {
            "stride": stride,
            "padding": _pair(draw, 0, 2) if padding is None else padding,
            "dilation": _pair(draw, 1, 2),
            "groups": groups,
        },
    )


def _fails(*shapes, **options):
    return ErrorCase(lambda t: t.nn.functional.conv2d(*[t.ones(*s) for s in shapes], **options))


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
