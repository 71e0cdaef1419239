"""Pooling."""

import math

import numpy as np
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


# --- lines, adaptive maxima, unpooling, norms ----------------------------------------------------------------


def _line(draw, *, dilated=False):
    """A line and the options of its windows."""
    kernel = draw(st.integers(1, 4))
    batch = draw(st.sampled_from([(0,), (1,), (2,), ()]), label="batch")
    options = {
        "kernel_size": draw(st.sampled_from([kernel, (kernel,)])),
        "stride": draw(st.sampled_from([None, 1, 2, (3,)])),
        "padding": draw(st.integers(0, kernel // 2)),
        "ceil_mode": draw(st.booleans()),
    }
    if dilated:
        options["dilation"] = draw(st.sampled_from([1, 1, 2]))
    x = draw_values(draw, (*batch, 2, draw(st.integers(7, 9))))
    return Sample([x.round() if draw(st.booleans(), label="ties") else x], options)


_LINE_ERRORS = [
    ((2,), {"shape": (8,)}),
    ((2,), {"shape": (2, 3, 8, 8)}),
    ((2,), {"shape": (2, 3, 0)}),
    ((2,), {"stride": 0}),
    ((0,), {}),
    ((2,), {"stride": -1}),
    ((2,), {"padding": 2}),
    ((2,), {"padding": -1}),
    ((9,), {}),
    (((2, 2),), {}),
    ((2,), {"stride": (1, 1)}),
    ((2,), {"padding": (1, 1)}),
]


def _fail_all(name, cases, shape=(2, 3, 8)):
    return [_fails(name, *args, **({"shape": shape} | options)) for args, options in cases]


def _of_integers(name, *args, dtype="int32", shape=(2, 3, 8)):
    return ErrorCase(lambda t: getattr(t.nn.functional, name)(t.ones(*shape, dtype=getattr(t, dtype)), *args))


for _name in ("max_pool1d", "max_pool1d_with_indices"):
    record(
        f"F.{_name}",
        _call(_name),
        lambda draw: _line(draw, dilated=True),
        dtypes=FLOATS,
        special=True,
        kernels=True,
        errors=_fail_all(_name, [*_LINE_ERRORS, ((2,), {"dilation": 0})]) + [_of_integers(_name, 2, dtype="bool")],
    )
record(
    "F.avg_pool1d",
    lambda t, x, **given: t.nn.functional.avg_pool1d(x, **given),
    lambda draw: Sample((s := _line(draw)).arrays, s.options | {"count_include_pad": draw(st.booleans())}),
    dtypes=(*FLOATS, "int64"),
    special=True,
    kernels=True,
    errors=_fail_all("avg_pool1d", _LINE_ERRORS)
    + [_of_integers("avg_pool1d", 2), _of_integers("avg_pool1d", 2, dtype="bool")],
)


def _adaptive_line(draw):
    batch = draw(st.sampled_from([(0,), (1,), (2,), ()]), label="batch")
    size = draw(st.sampled_from([1, 2, (3,), 7]))  # with 0, torch's own backward pass fails
    return Sample([draw_values(draw, (*batch, 2, draw(st.integers(3, 8))))], {"output_size": size})


def _with_indices(sample):
    return lambda draw: Sample((s := sample(draw)).arrays, s.options | {"return_indices": draw(st.booleans())})


_ADAPTIVE_ERRORS = [((2,), {"shape": (8,)}), ((2,), {"shape": (2, 3, 0)}), ((-1,), {}), ((None,), {}), (((None,),), {})]
record(
    "F.adaptive_avg_pool1d",
    _call("adaptive_avg_pool1d"),
    _adaptive_line,
    dtypes=FLOATS,
    special=True,
    kernels=True,
    errors=_fail_all("adaptive_avg_pool1d", [*_ADAPTIVE_ERRORS, (((3, 3),), {})]) + [_of_integers("adaptive_avg_pool1d", 2)],
)
for _name in ("adaptive_max_pool1d", "adaptive_max_pool1d_with_indices"):
    record(
        f"F.{_name}",
        _call(_name),
        _adaptive_line if _name.endswith("indices") else _with_indices(_adaptive_line),
        dtypes=FLOATS,
        special=True,
        kernels=True,
        errors=_fail_all(_name, [*_ADAPTIVE_ERRORS, (((3, 3),), {})]) + [_of_integers(_name, 2)],
    )
record(
    "adaptive_max_pool1d",
    lambda t, x, output_size: t.adaptive_max_pool1d(x, output_size),
    _adaptive_line,
    errors=[
        ErrorCase(lambda t: t.adaptive_max_pool1d(t.ones(8), 2)),
        ErrorCase(lambda t: t.adaptive_max_pool1d(t.ones(2, 8), -2)),
    ],
)
for _name in ("adaptive_max_pool2d", "adaptive_max_pool2d_with_indices"):
    record(
        f"F.{_name}",
        _call(_name),
        _adaptive if _name.endswith("indices") else _with_indices(_adaptive),
        dtypes=FLOATS,
        special=True,
        kernels=True,
        errors=_fail_all(
            _name,
            [
                ((2,), {"shape": (8, 8)}),
                ((2,), {"shape": (1, 2, 3, 8, 8)}),
                ((2,), {"shape": (2, 0, 8, 8)}),
                ((-1,), {}),
                (((3,),), {}),
                (((3, 3, 3),), {}),
                (((3, 3),), {"shape": (8, 8)}),
                ((None,), {}),
            ],
            shape=(2, 3, 8, 8),
        )
        + [_of_integers(_name, 2, shape=(2, 3, 8, 8))],
    )


def _unpooled(draw, dims):
    """Values and places without repetition: which of several comes last is nobody's promise."""
    batch = draw(st.sampled_from([(0,), (1,), (2,), ()]), label="batch")
    size, kernel = tuple(draw(st.integers(1, 3)) for _ in range(dims)), draw(st.integers(1, 3))
    stride, padding = draw(st.integers(max(1, kernel - 1), 3)), draw(st.integers(0, kernel // 2))
    full = [(n - 1) * stride + kernel - 2 * padding for n in size]
    extra = draw(st.integers(-stride + 1, stride - 1))
    wanted = tuple(max(1, n + extra) for n in full)
    if any(not n - stride < w < n + stride for n, w in zip(full, wanted)) or math.prod(wanted) < math.prod(size):
        wanted, kernel, stride, padding = tuple(2 * n for n in size), 2, 2, 0
    planes = math.prod((*batch, 2))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    places = [rng.permutation(math.prod(wanted))[: math.prod(size)] for _ in range(planes)]
    shape = (*batch, 2, *size)
    return Sample(
        [draw_values(draw, shape), np.array(places, np.int64).reshape(shape)],
        {"kernel_size": kernel, "stride": stride, "padding": padding, "output_size": wanted},
    )


def _unpool_fails(dims, *, values=None, places=None, dtype="int64", **options):
    shape = (2, 3, 4, 4)[: dims + 2]

    def call(t):
        x, where = t.ones(*(values or shape)), t.zeros(*(places or values or shape), dtype=getattr(t, dtype))
        where = where + options.get("place", 0)
        return getattr(t.nn.functional, f"max_unpool{dims}d")(
            x, where, options.get("kernel_size", 2), **{k: v for k, v in options.items() if k in ("stride", "output_size")}
        )

    return ErrorCase(call)


for _dims in (1, 2):
    record(
        f"F.max_unpool{_dims}d",
        # torch's own gradient fails for places that are not contiguous
        lambda t, x, places, _dims=_dims, **given: getattr(t.nn.functional, f"max_unpool{_dims}d")(
            x, places.contiguous(), **given
        ),
        lambda draw, _dims=_dims: _unpooled(draw, _dims),
        dtypes=FLOATS,
        special=True,
        errors=[
            _unpool_fails(_dims, dtype="int32"),
            _unpool_fails(_dims, places=(1, 3, 4, 4)[: _dims + 2]),
            _unpool_fails(_dims, values=(4, 4)[:_dims]),
            _unpool_fails(_dims, values=(2, 3, 0, 0)[: _dims + 2]),
            _unpool_fails(_dims, place=100),
            _unpool_fails(_dims, place=-1),
            _unpool_fails(_dims, output_size=(11, 11)[:_dims]),
            _unpool_fails(_dims, output_size=(9,) * (5 - _dims)),
            _unpool_fails(_dims, stride=-1),
            ErrorCase(lambda t: t.nn.functional.max_unpool2d(t.ones(1, 1, 1), 3, 2)),
        ],
    )


def _normed(draw, dims):
    batch = draw(st.sampled_from([(0,), (2,), ()]), label="batch")
    kernel = draw(st.integers(1, 3))
    x = draw_values(draw, (*batch, 2, *[draw(st.integers(4, 5)) for _ in range(dims)]), 0.3, 2)
    return Sample(
        [x],
        {
            "norm_type": draw(st.sampled_from([1, 2, 2.5, 3.0, -1.0, float("inf"), -float("inf")])),
            "kernel_size": kernel if dims == 1 else draw(st.sampled_from([kernel, (kernel, 2)])),
            "stride": draw(st.sampled_from([None, 1, 2])),
            "ceil_mode": draw(st.booleans()),
        },
    )


for _dims in (1, 2):
    _name = f"lp_pool{_dims}d"
    record(
        f"F.{_name}",
        _call(_name),
        lambda draw, _dims=_dims: _normed(draw, _dims),
        errors=[
            _fails(_name, 2, 9, shape=(2, 3, 8, 8)[: _dims + 2]),
            _fails(_name, 2, 2, shape=(3,)),
            _of_integers(_name, 2, 2, shape=(2, 3, 8, 8)[: _dims + 2]),
        ],
    )


# --- unfold and fold -----------------------------------------------------------------------------------------


def _slides(draw):
    kernel = (draw(st.integers(1, 3)), draw(st.integers(1, 2)))
    image = (draw(st.integers(5, 7)), draw(st.integers(5, 6)))
    either = st.one_of(st.integers(1, 2), st.tuples(st.integers(1, 2), st.integers(1, 3)))
    options = {
        "kernel_size": kernel,
        "dilation": draw(st.sampled_from([1, 1, (2, 1)])),
        "padding": draw(st.sampled_from([0, 1, (0, 2)])),
        "stride": draw(either),
    }
    return (*draw(st.sampled_from([(0,), (1,), (2,), ()]), label="batch"), 2), image, options


def _unfolded(draw):
    batch, image, options = _slides(draw)
    return Sample([draw_values(draw, (*batch, *image))], options)


def _folded(draw):
    batch, image, options = _slides(draw)
    pairs = [v if isinstance(v, tuple) else (v, v) for v in options.values()]
    count = [(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, (k, d, p, s) in zip(image, zip(*pairs))]
    kernel = options["kernel_size"]
    shape = (*batch[:-1], 2 * kernel[0] * kernel[1], math.prod(count))
    return Sample([draw_values(draw, shape)], {"output_size": image} | options)


record(
    "F.unfold",
    _call("unfold"),
    _unfolded,
    dtypes=(*FLOATS, "bool"),
    special=True,
    errors=_fail_all(
        "unfold",
        [
            ((2,), {"shape": (8, 8)}),
            ((2,), {"shape": (1, 2, 3, 8, 8)}),
            ((2,), {"shape": (2, 0, 8, 8)}),
            ((0,), {}),
            ((9,), {}),
            (((2, 2, 2),), {}),
            ((2,), {"stride": 0}),
            ((2,), {"stride": (1, 1, 1)}),
            ((2,), {"dilation": 0}),
            ((2,), {"padding": -1}),
        ],
        shape=(2, 3, 8, 8),
    )
    + [_of_integers("unfold", 2, shape=(2, 3, 8, 8)), ErrorCase(lambda t: t.nn.functional.unfold(3, 2))],
)
record(
    "F.fold",
    _call("fold"),
    _folded,
    dtypes=(*FLOATS, "bool"),
    special=True,
    errors=_fail_all(
        "fold",
        [
            (((5, 6), 2), {"shape": (20,)}),
            (((5, 6), 2), {"shape": (2, 0, 20)}),
            (((5, 5), 2), {}),
            ((5, 2), {}),
            (((5, 6), 5), {}),
            (((5, 6, 7), 2), {}),
            (((0, 6), 2), {}),
            (((5, 6), 2), {"stride": 0}),
            (((5, 6), 2), {"dilation": 0}),
            (((5, 6), 2), {"padding": -1}),
            (((5, 6), 2), {"padding": 1}),
        ],
        shape=(2, 12, 20),
    )
    + [_of_integers("fold", (5, 6), 2, shape=(2, 12, 20)), ErrorCase(lambda t: t.nn.functional.fold(3, 2, 2))],
)
