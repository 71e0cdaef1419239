"""Views by strides."""

from hypothesis import strategies as st

from .spec import ALL, ErrorCase, Sample, draw_dim, draw_shape, draw_values, record


def _geometry(draw):
    """Some size, strides and offset within a contiguous matrix; overlaps included."""
    shape = (draw(st.integers(1, 4)), draw(st.integers(1, 4)))
    room = shape[0] * shape[1] - 1
    offset = draw(st.integers(0, room))
    room -= offset
    size, stride = [], []
    for _ in range(draw(st.integers(0, 3))):
        n = draw(st.integers(0, 3))
        step = draw(st.integers(0, room // (n - 1) if n > 1 else 3))
        room -= max(n - 1, 0) * step
        size.append(n)
        stride.append(step)
    return Sample([draw_values(draw, shape)], {"size": tuple(size), "stride": tuple(stride), "offset": offset})


def _of_a_view(t, x, offset):
    """Through a transposed piece of x, with memory beyond that piece."""
    y = (x * 1)[1:].t()
    return t.as_strided(y, (2, 2), (1, 2)), t.as_strided(y, (3,), (2,), offset), y.storage_offset()


def _written(t, x, offset):
    """A write through the view reaches its base, and the gradient knows."""
    y = x * 1
    t.as_strided(y.t(), (2, 2), (3, 1), offset).mul_(x[:2, :2])
    return y


record(
    "as_strided",
    lambda t, x, size, stride, offset: t.as_strided(x.contiguous(), size, stride, offset),
    _geometry,
    dtypes=ALL,
    errors=[
        ErrorCase(lambda t: t.as_strided(t.ones(4), (2, 3), (2, 1))),
        ErrorCase(lambda t: t.as_strided(t.ones(4), (2,), (2, 1))),
        ErrorCase(lambda t: t.as_strided(t.ones(4), (2,), (-1,))),
        ErrorCase(lambda t: t.as_strided(t.ones(4), (2,), (1,), -1)),
        ErrorCase(lambda t: t.as_strided(t.ones(4), (-2,), (1,)), differs="torch speaks of an overflow"),
    ],
)
record(
    "as_strided (of a view)",
    _of_a_view,
    lambda draw: Sample([draw_values(draw, (3, 3))], {"offset": draw(st.integers(0, 4))}),
)
record(
    "as_strided (of an expanded tensor)",
    lambda t, x: t.as_strided(x.contiguous().expand(3, 3), (2, 2), (0, 1)),
    lambda draw: Sample([draw_values(draw, (3,))]),
)
record(
    "as_strided (written)",
    _written,
    lambda draw: Sample([draw_values(draw, (3, 3))], {"offset": draw(st.integers(0, 4))}),
)


def _windows(draw):
    shape = draw_shape(draw, max_dims=3)
    dim = draw_dim(draw, len(shape))
    size = draw(st.integers(0, shape[dim] if shape else 1))
    return Sample([draw_values(draw, shape)], {"dimension": dim, "size": size, "step": draw(st.integers(1, 3))})


record(
    "unfold",
    lambda t, x, dimension, size, step: x.unfold(dimension, size, step),
    _windows,
    dtypes=ALL,
    method="unfold",
    errors=[
        ErrorCase(lambda t: t.ones(3).unfold(0, 4, 1)),
        ErrorCase(lambda t: t.ones(3).unfold(0, -1, 1)),
        ErrorCase(lambda t: t.ones(3).unfold(0, 2, 0)),
        ErrorCase(lambda t: t.ones(3).unfold(1, 2, 1)),
    ],
)
