"""Batch normalisation."""

from hypothesis import strategies as st

from .spec import WIDE, ErrorCase, Sample, draw_values, record


def _normed(draw):
    channels = draw(st.integers(1, 3))
    shape = (draw(st.integers(2, 4)), channels, *draw(st.lists(st.integers(1, 3), max_size=2)))
    arrays = [draw_values(draw, shape, -2, 2) * draw(st.sampled_from([1.0, 10.0])) + draw(st.sampled_from([0.0, 5.0]))]
    affine = draw(st.booleans())
    if affine:
        arrays += [draw_values(draw, (channels,)), draw_values(draw, (channels,))]
    return Sample(arrays, {"training": draw(st.booleans()), "momentum": draw(st.sampled_from([0.1, 0.7]))})


def _batch_norm(t, x, *affine, training, momentum):
    """The result and the running statistics, which start away from 0 and 1."""
    channels = x.shape[1]
    mean = t.full((channels,), 0.25, dtype=x.dtype, device=x.device)
    var = t.full((channels,), 1.5, dtype=x.dtype, device=x.device)
    affine = [parameter.contiguous() for parameter in affine]  # torch's gradients read a weight with gaps as if it had none
    y = t.nn.functional.batch_norm(x, mean, var, *affine, training=training, momentum=momentum)
    return y, mean, var


def _fails(shape, *parameters, **options):
    return ErrorCase(
        lambda t: t.nn.functional.batch_norm(
            t.ones(*shape), *[None if p is None else t.ones(p) for p in parameters], **options
        )
    )


record(
    "F.batch_norm",
    _batch_norm,
    _normed,
    dtypes=WIDE,
    kernels=True,
    errors=[
        _fails((2, 3), 4, 3, training=True),
        _fails((2, 3), 3, 3, 4, training=True),
        _fails((2, 3), 3, 5, training=True),
        _fails((1, 3), 3, 3, training=True),
        _fails((2, 3), None, None),
        _fails((3,), None, None, training=True),
        _fails((2, 3), 3, 3, training=True, eps=-1.0),
        ErrorCase(lambda t: t.nn.functional.batch_norm(t.ones(2, 3), t.ones(3).requires_grad_(), t.ones(3))),
        ErrorCase(lambda t: t.nn.functional.batch_norm(t.ones(2, 3), t.ones(3), t.ones(3).requires_grad_(), training=True)),
    ],
)
