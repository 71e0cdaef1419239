"""Robust losses, divergences and likelihoods."""

from hypothesis import strategies as st

from .loss import REDUCTIONS, _fails
from .spec import FLOATS, WIDE, ErrorCase, Sample, draw_broadcastable, draw_shape, draw_values, record


def _pair(first=(-2.0, 2.0), second=(-2.0, 2.0), **choices):
    """Input and target, now and then of shapes that broadcast, and a reduction."""

    def samples(draw):
        shape = draw_shape(draw, min_side=1)
        other = draw_broadcastable(draw, shape) if draw(st.booleans()) else shape
        options = {"reduction": draw(REDUCTIONS)}
        options |= {name: draw(st.sampled_from(values)) for name, values in choices.items()}
        return Sample([draw_values(draw, shape, *first), draw_values(draw, other, *second)], options)

    return samples


def _loss(name, samples, errors=(), **more):
    def call(t, *tensors, **options):
        return getattr(t.nn.functional, name)(*tensors, **options)

    unknown = ErrorCase(lambda t: getattr(t.nn.functional, name)(t.ones(2), t.ones(2), reduction="most"))
    record(f"F.{name}", call, samples, errors=[unknown, *errors], **({"dtypes": FLOATS} | more))


_loss(
    "smooth_l1_loss",
    _pair(beta=[1.0, 0.3, 0.0]),
    [
        ErrorCase(lambda t: t.nn.functional.smooth_l1_loss(t.ones(2), t.ones(2), beta=-1.0)),
        _fails("smooth_l1_loss", lambda t: (t.ones(2, 3), t.ones(4, 3))),
        _fails("smooth_l1_loss", lambda t: (t.ones(2).long(), t.ones(2).long())),
    ],
)
_loss(
    "huber_loss",
    _pair(delta=[1.0, 0.3]),
    [
        ErrorCase(lambda t: t.nn.functional.huber_loss(t.ones(2), t.ones(2), delta=0.0)),
        ErrorCase(lambda t: t.nn.functional.huber_loss(t.ones(2), t.ones(2), weight=t.ones(3))),
        ErrorCase(lambda t: t.nn.functional.huber_loss(t.ones(2), t.ones(2), weight=t.ones(2), reduction="most")),
        _fails("huber_loss", lambda t: (t.ones(2).long(), t.ones(2))),
        _fails("huber_loss", lambda t: (t.ones(2).long(), t.ones(2).long())),
    ],
)


def _weighted(draw):
    shape = draw_shape(draw, min_side=1)
    return Sample(
        [draw_values(draw, shape), draw_values(draw, shape), draw_values(draw, shape, 0, 2)], {"reduction": draw(REDUCTIONS)}
    )


record(
    "F.huber_loss (weight)",
    lambda t, x, y, w, reduction: t.nn.functional.huber_loss(x, y, reduction, 0.7, w),
    _weighted,
    dtypes=FLOATS,
)


def _divergent(draw):
    sample = _pair((-3.0, 0.0), (0.1, 1.0), log_target=[False, True])(draw)
    sample.options["reduction"] = draw(st.sampled_from(["mean", "sum", "none", "batchmean"]))
    return sample


_loss(
    "kl_div",
    _divergent,
    [_fails("kl_div", lambda t: (t.ones(2).long(), t.ones(2))), _fails("kl_div", lambda t: (t.ones(2), t.ones(2).long()))],
)
_loss("poisson_nll_loss", _pair((0.1, 2.0), (0.1, 3.0), log_input=[True, False], full=[True, False], eps=[1e-8, 0.1]))


def _with_variance(draw):
    shape = draw_shape(draw, min_dims=1, max_dims=3, min_side=1)
    spread = draw(st.sampled_from([shape, shape[:-1], (*shape[:-1], 1)]))
    arrays = [draw_values(draw, shape), draw_values(draw, shape), draw_values(draw, spread, 0, 2)]
    return Sample(arrays, {"reduction": draw(REDUCTIONS), "full": draw(st.booleans()), "eps": 0.1})


def _gaussian(t, *arguments, **options):
    return t.nn.functional.gaussian_nll_loss(*arguments, **options)


record(
    "F.gaussian_nll_loss",
    _gaussian,
    _with_variance,
    dtypes=WIDE,
    errors=[
        ErrorCase(lambda t: _gaussian(t, t.ones(2), t.ones(2), -t.ones(2))),
        ErrorCase(lambda t: _gaussian(t, t.ones(2), t.ones(2), -1.0)),
        ErrorCase(lambda t: _gaussian(t, t.ones(2), t.ones(2), t.ones(3))),
        ErrorCase(lambda t: _gaussian(t, t.ones(2), t.ones(2), t.ones(2), reduction="most")),
        ErrorCase(lambda t: _gaussian(t, t.ones(2), t.ones(2), 1), differs="torch lists all overloads of any()"),
    ],
)
record(
    "F.gaussian_nll_loss (number)",
    lambda t, x, y: _gaussian(t, x, y, 0.7),
    lambda draw: Sample([draw_values(draw, (2, 3)), draw_values(draw, (2, 3))]),
)
