"""Losses."""

import numpy as np
from hypothesis import strategies as st

from .spec import FLOATS, WIDE, ErrorCase, Sample, draw_shape, draw_values, record

REDUCTIONS = st.sampled_from(["mean", "sum", "none"])


def _classified(draw, smoothing):
    classes = draw(st.integers(1, 4))
    extra = tuple(draw(st.lists(st.integers(1, 3), max_size=2)))
    batched = draw(st.booleans()) or bool(extra)
    batch = (draw(st.integers(1, 4)),) if batched else ()
    count = int(np.prod((*batch, *extra)))
    target = np.array([draw(st.integers(0, classes - 1)) for _ in range(count)], np.int64).reshape((*batch, *extra))
    options = {"target": target, "reduction": draw(REDUCTIONS), "ignore_index": draw(st.sampled_from([-100, 0]))}
    if options["ignore_index"] == 0 and not (target != 0).any():
        options["ignore_index"] = -100  # the mean over nothing is NaN: tested by name in test_traps.py
    if smoothing:
        options["label_smoothing"] = draw(st.sampled_from([0.0, 0.2]))
    arrays = [draw_values(draw, (*batch, classes, *extra), -3, 3)]
    if draw(st.booleans(), label="weight"):
        options["weight"] = draw_values(draw, (classes,), 0.5, 2)
    return Sample(arrays, options)


def _with_target(name):
    def call(t, x, target, weight=None, **options):
        weight = None if weight is None else t.from_numpy(weight).to(x.dtype).to(x.device)
        return getattr(t.nn.functional, name)(x, t.from_numpy(target).to(x.device), weight, **options)

    return call


def _fails(name, make):
    return ErrorCase(lambda t: getattr(t.nn.functional, name)(*make(t)))


X = (4, 3)
record(
    "F.cross_entropy",
    _with_target("cross_entropy"),
    lambda draw: _classified(draw, True),
    dtypes=WIDE,
    kernels=True,
    errors=[
        _fails("cross_entropy", lambda t: (t.ones(X), t.tensor([0, 1, 3, 0]))),
        _fails("cross_entropy", lambda t: (t.ones(X), t.tensor([0, 1, -1, 0]))),
        _fails("cross_entropy", lambda t: (t.ones(X), t.tensor([0, 1]))),
        _fails("cross_entropy", lambda t: (t.ones(X), t.tensor([0, 1, 2, 0]).int())),
        _fails("cross_entropy", lambda t: (t.ones(X), t.ones(4))),
        _fails("cross_entropy", lambda t: (t.ones(X), t.tensor([0, 1, 2, 0]), t.ones(2))),
        ErrorCase(lambda t: t.nn.functional.cross_entropy(t.ones(X), t.tensor([0, 1, 2, 0]), reduction="max")),
        ErrorCase(lambda t: t.nn.functional.cross_entropy(t.ones(X), t.tensor([0, 1, 2, 0]), label_smoothing=1.5)),
        ErrorCase(lambda t: t.nn.functional.cross_entropy(t.ones(X), t.ones(X), ignore_index=1)),
        _fails("cross_entropy", lambda t: (t.ones(2, 3, 4), t.zeros(2, 5, dtype=t.int64))),
        _fails("cross_entropy", lambda t: (t.ones(X), t.tensor([0, 1, 2, 0]), t.ones(3, requires_grad=True))),
    ],
)


def _nll(t, x, **options):
    return _with_target("nll_loss")(t, x.contiguous(), **options)  # torch's backward refuses other layouts


record(
    "F.nll_loss",
    _nll,
    lambda draw: _classified(draw, False),
    dtypes=WIDE,
    kernels=True,
    factor=2.0,
    reason="a sum of terms of both signs that may cancel, in another order than torch's",
    errors=[
        _fails("nll_loss", lambda t: (t.ones(X), t.tensor([0, 1]))),
        _fails("nll_loss", lambda t: (t.tensor(1.0), t.tensor(0))),
        _fails("nll_loss", lambda t: (t.ones(X), t.tensor([0, 1, 2, 0]), t.ones(3, requires_grad=True))),
        _fails("nll_loss", lambda t: (t.ones(1, 3, 1, 1), t.zeros(1, 1, 1).long(), t.ones(3, requires_grad=True))),
    ],
)


def _probable(draw):
    shape = (draw(st.integers(1, 3)), draw(st.integers(1, 4)), *draw(st.lists(st.integers(1, 2), max_size=1)))
    options = {"reduction": draw(REDUCTIONS), "label_smoothing": draw(st.sampled_from([0.0, 0.3]))}
    return Sample([draw_values(draw, shape, -3, 3), draw_values(draw, shape, 0, 1)], options)


record(
    "F.cross_entropy (probabilities)",
    lambda t, x, q, **given: t.nn.functional.cross_entropy(x, q, **given),
    _probable,
    dtypes=WIDE,
)


def _compared(draw, low, high, target=(0.0, 1.0)):
    shape = draw_shape(draw, min_side=1)
    return Sample([draw_values(draw, shape, low, high), draw_values(draw, shape, *target)], {"reduction": draw(REDUCTIONS)})


# Torch's second derivative adds 1e-12 to both factors of the denominator x^2 (1 - x)^2, which is 0.008 at x = 0.1.
CLAMPED = {"factor": 30.0, "reason": "torch adds 1e-12 to the denominator of the second derivative"}

for _name, _low, _high in (
    ("mse_loss", -2, 2),
    ("l1_loss", -2, 2),
    ("binary_cross_entropy", 0.1, 0.9),
    ("binary_cross_entropy_with_logits", -3, 3),
):
    record(
        f"F.{_name}",
        lambda t, x, y, reduction, _name=_name: getattr(t.nn.functional, _name)(x, y, reduction=reduction),
        lambda draw, _low=_low, _high=_high: _compared(draw, _low, _high),
        dtypes=WIDE if "binary" in _name else FLOATS,
        errors=[
            _fails(_name, lambda t: (t.ones(4, 3), t.ones(4, 1))),
            _fails(_name, lambda t: (t.ones(3), t.ones(3), t.ones(3, requires_grad=True))),
            _fails(_name, lambda t: (t.ones(3).half(), t.ones(3).long())),
        ]
        if "binary" in _name
        else [],
        **(CLAMPED if _name == "binary_cross_entropy" else {}),
    )
