"""Records of resizing, and of what moves between channels and pixels."""

from hypothesis import strategies as st

from .spec import ErrorCase, Sample, draw_values, record

MODES = {
    3: ("nearest", "nearest-exact", "linear", "area"),
    4: ("nearest", "nearest-exact", "bilinear", "bicubic", "area"),
    5: ("nearest", "nearest-exact", "trilinear"),
}
side = st.integers(1, 5)


def _interpolate(draw):
    ndim = draw(st.sampled_from([3, 4, 4, 5]))
    shape = (draw(st.integers(0, 2)), draw(st.integers(1, 2)), *[draw(side) for _ in range(ndim - 2)])
    mode = draw(st.sampled_from(MODES[ndim]))
    options = {"mode": mode}
    kind = draw(st.sampled_from(["size", "sizes", "factor", "factors", "recomputed"]))
    if kind == "size":
        options["size"] = draw(st.integers(1, 7))
    elif kind == "sizes":
        options["size"] = tuple(draw(st.integers(1, 7)) for _ in shape[2:])
    else:
        factors = tuple(draw(st.sampled_from([1, 1.5, 2.0, 2.6, 3])) for _ in shape[2:])
        options["scale_factor"] = factors[0] if kind == "factor" else factors
        if kind == "recomputed":
            options["recompute_scale_factor"] = True
    if "linear" in mode or mode == "bicubic":
        options["align_corners"] = draw(st.sampled_from([None, False, True]))
    return Sample([draw_values(draw, shape)], options)


def _bad(*shape, dtype="float32", **options):
    return ErrorCase(lambda t: t.nn.functional.interpolate(t.zeros(shape, dtype=getattr(t, dtype)), **options))


record(
    "F.interpolate",
    lambda t, x, **options: t.nn.functional.interpolate(x, **options),
    _interpolate,
    dtypes=("float16", "float32", "float64"),
    factor=8.0,
    reason="sums of up to 64 taps, axis by axis here, all at once there, with weights rounded in another order",
    errors=[
        _bad(1, 2, 4, 4),
        _bad(1, 2, 4, 4, size=3, scale_factor=2),
        _bad(1, 2, 4, 4, size=(3,)),
        _bad(1, 2, 4, 4, scale_factor=(3,)),
        _bad(1, 2, 4, 4, size=3, mode="linear"),
        _bad(1, 2, 4, size=3, mode="bilinear"),
        _bad(1, 2, 4, 4, 4, size=3, mode="bicubic"),
        _bad(1, 2, 4, 4, size=3, mode="cubic"),
        _bad(2, 4, size=2),
        _bad(1, 2, 4, 4, size=3, align_corners=True),
        _bad(1, 2, 4, 4, size=0, mode="bilinear"),
        _bad(1, 2, 0, 4, size=2, mode="bilinear"),
        _bad(1, 2, 4, size=0),
        _bad(1, 2, 4, 4, 4, size=0),
        _bad(1, 0, 4, 4, size=2),
        _bad(1, 2, 4, 4, scale_factor=0.1),
        _bad(1, 2, 4, 4, size=2, recompute_scale_factor=True),
        _bad(1, 2, 4, 4, size=2, antialias=True),
        _bad(1, 2, 4, 4, size=(2.5, 3)),
        _bad(1, 2, 4, 4, dtype="int64", size=2),
        _bad(1, 2, 4, 4, dtype="int64", size=2, mode="bilinear"),
    ],
)


def _moves(name, shape, **options):
    """A record of one of the functions below; shape(draw, batch) and the option's value come together."""

    def samples(draw):
        drawn, value = shape(draw)
        return Sample([draw_values(draw, drawn)], {options["option"]: value})

    record(
        name,
        lambda t, x, **given: getattr(t.nn.functional, name)(x, **given),
        samples,
        dtypes=("float16", "float32", "float64", "int64"),
        errors=options["errors"],
    )


def _fail(name, *shape, value):
    return ErrorCase(lambda t: getattr(t.nn.functional, name)(t.zeros(shape), value))


# No empty tensors: torch's two functions give those back as they are, and then fail in each other's gradient.


def _for_shuffle(draw):
    r = draw(st.integers(1, 3))
    batch = draw(st.lists(st.integers(1, 2), max_size=2))
    return (*batch, draw(st.integers(1, 2)) * r * r, draw(st.integers(1, 3)), draw(st.integers(1, 3))), r


def _for_unshuffle(draw):
    r = draw(st.integers(1, 3))
    batch = draw(st.lists(st.integers(1, 2), max_size=2))
    return (*batch, draw(st.integers(1, 2)), r * draw(st.integers(1, 2)), r * draw(st.integers(1, 2))), r


def _for_channels(draw):
    groups = draw(st.integers(1, 3))
    return (draw(st.integers(0, 2)), groups * draw(st.integers(1, 3)), *draw(st.lists(side, min_size=1, max_size=2))), groups


_moves(
    "pixel_shuffle",
    _for_shuffle,
    option="upscale_factor",
    errors=[
        _fail("pixel_shuffle", 1, 7, 2, 2, value=2),
        _fail("pixel_shuffle", 2, 2, value=2),
        _fail("pixel_shuffle", 8, 2, 2, value=0),
    ],
)
_moves(
    "pixel_unshuffle",
    _for_unshuffle,
    option="downscale_factor",
    errors=[
        _fail("pixel_unshuffle", 1, 2, 3, 4, value=2),
        _fail("pixel_unshuffle", 1, 2, 4, 3, value=2),
        _fail("pixel_unshuffle", 3, 4, value=2),
        _fail("pixel_unshuffle", 2, 3, 4, value=-1),
    ],
)
_moves(
    "channel_shuffle",
    _for_channels,
    option="groups",
    errors=[
        _fail("channel_shuffle", 1, 4, 2, 2, value=3),
        _fail("channel_shuffle", 4, 2, value=2),
        _fail("channel_shuffle", 1, 4, 2, 2, value=0),
    ],
)
