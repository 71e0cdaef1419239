"""Losses that want a margin."""

import numpy as np
from hypothesis import strategies as st

from .loss import REDUCTIONS, _fails
from .spec import FLOATS, WIDE, ErrorCase, Sample, draw_shape, draw_values, record


def _signs(draw, shape):
    """1 and -1 (integers, so that they are constants)."""
    count = int(np.prod(shape))
    return np.array(draw(st.lists(st.sampled_from([-1, 1]), min_size=count, max_size=count)), np.int64).reshape(shape)


def _signed(inputs, **choices):
    """So many inputs of one shape and signs beside them."""

    def samples(draw):
        shape = draw_shape(draw, min_side=1, max_dims=3)
        options = {name: draw(st.sampled_from(values)) for name, values in choices.items()}
        arrays = [draw_values(draw, shape) for _ in range(inputs)]
        return Sample([*arrays, _signs(draw, shape)], {"reduction": draw(REDUCTIONS)} | options)

    return samples


def _loss(name, samples, errors=(), **more):
    def call(t, *tensors, **options):
        return getattr(t.nn.functional, name)(*tensors, **options)

    record(f"F.{name}", call, samples, errors=list(errors), **({"dtypes": FLOATS} | more))


_loss(
    "margin_ranking_loss",
    _signed(2, margin=[0, 0.5]),
    [_fails("margin_ranking_loss", lambda t: (t.ones(2, 3), t.ones(3), t.ones(2, 3)))],
)
_loss(
    "hinge_embedding_loss",
    _signed(1, margin=[1.0, 0.5]),
    [
        ErrorCase(lambda t: t.nn.functional.hinge_embedding_loss(t.ones(2), t.ones(2), reduction="most")),
        _fails("hinge_embedding_loss", lambda t: (t.ones(2).long(), t.ones(2))),
        _fails("hinge_embedding_loss", lambda t: (t.ones(2, 3), t.ones(4, 3))),
    ],
)
_loss(
    "soft_margin_loss",
    _signed(1),
    [
        _fails("soft_margin_loss", lambda t: (t.ones(2), t.ones(2, requires_grad=True))),
        _fails("soft_margin_loss", lambda t: (t.ones(2).long(), t.ones(2))),
        _fails("soft_margin_loss", lambda t: (t.ones(2, 3), t.ones(4, 3))),
    ],
)


def _angles(draw):
    shape = draw(st.sampled_from([(3,), (2, 3), (4, 1), (1, 4)]))
    options = {"margin": draw(st.sampled_from([0, 0.3])), "reduction": draw(REDUCTIONS)}
    second = draw_values(draw, shape, -2, 0.5)
    if shape[-1] == 1:
        second[np.abs(second) < 0.2] = 0.2  # the terms of the gradient, which is 0, are as large as 1 / x
    return Sample([draw_values(draw, shape, 0.2, 2), second, _signs(draw, shape[:-1])], options)


_loss(
    "cosine_embedding_loss",
    _angles,
    factor=8.0,
    reason="of vectors of one element the gradient is 0, but its terms are up to 5: what their rounding leaves is luck",
    errors=[
        _fails("cosine_embedding_loss", lambda t: (t.ones(2, 3), t.ones(2, 3), t.ones(2, 1))),
        _fails("cosine_embedding_loss", lambda t: (t.ones(3), t.ones(3), t.ones(2))),
        _fails("cosine_embedding_loss", lambda t: (t.ones(2, 3), t.ones(2, 3), t.ones(()))),
        _fails("cosine_embedding_loss", lambda t: (t.ones(2, 3), t.ones(2, 4), t.ones(2))),
    ],
)


def _triplet(draw, **more):
    shape = draw(st.sampled_from([(3,), (2, 3), (4, 2)]))
    options = {"margin": draw(st.sampled_from([1.0, 0.3])), "swap": draw(st.booleans()), "reduction": draw(REDUCTIONS)}
    options |= {name: draw(st.sampled_from(values)) for name, values in more.items()}
    # Of one seed, so that no two are equal: at ties of two distances the order of their sums decides what swap takes.
    return Sample(list(draw_values(draw, (3, *shape))), options)


_ODD = [
    lambda t: (t.ones(2, 3), t.ones(3), t.ones(2, 3)),
    lambda t: (t.ones(2, 3), t.ones(2, 3), t.ones(2, 4)),
]
_loss(
    "triplet_margin_loss",
    lambda draw: _triplet(draw, p=[2, 1.0, 3.0], eps=[1e-6, 0.1]),
    [
        *[_fails("triplet_margin_loss", odd) for odd in _ODD],
        ErrorCase(lambda t: t.nn.functional.triplet_margin_loss(*[t.ones(2, 3)] * 3, margin=0)),
    ],
)
record(
    "F.triplet_margin_with_distance_loss",
    lambda t, *tensors, own, **options: t.nn.functional.triplet_margin_with_distance_loss(
        *tensors, distance_function=(lambda a, b: (a - b).pow(2).sum(-1)) if own else None, **options
    ),
    lambda draw: _triplet(draw, own=[True, False]),
    dtypes=FLOATS,
    errors=[
        *[_fails("triplet_margin_with_distance_loss", odd) for odd in _ODD],
        ErrorCase(lambda t: t.nn.functional.triplet_margin_with_distance_loss(*[t.ones(2, 3)] * 3, margin=-1.0)),
        ErrorCase(lambda t: t.nn.functional.triplet_margin_with_distance_loss(*[t.ones(2, 3)] * 3, reduction="most")),
    ],
)


def _integers(draw, shape, low, high):
    count = int(np.prod(shape))
    return np.array(draw(st.lists(st.integers(low, high), min_size=count, max_size=count)), np.int64).reshape(shape)


def _classes(draw):
    count, classes = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    flat = draw(st.booleans())
    options = {
        "p": draw(st.sampled_from([1, 2])),
        "margin": draw(st.sampled_from([1.0, 0.4])),
        "reduction": draw(REDUCTIONS),
    }
    shape, target = ((classes,), ()) if flat else ((count, classes), (count,))
    options["weight"] = draw_values(draw, (classes,), 0.5, 2) if draw(st.booleans()) else None
    return Sample([draw_values(draw, shape), _integers(draw, target, 0, classes - 1)], options)


def _multi_margin(t, x, target, weight, **options):
    weight = None if weight is None else t.from_numpy(weight).to(x.dtype).to(x.device)
    return t.nn.functional.multi_margin_loss(x, target, weight=weight, **options)


X = (2, 3)
record(
    "F.multi_margin_loss",
    _multi_margin,
    _classes,
    dtypes=WIDE,
    orders=1,  # torch has no second derivative
    errors=[
        _fails("multi_margin_loss", lambda t: (t.ones(X), t.tensor([0, 3]))),
        _fails("multi_margin_loss", lambda t: (t.ones(X), t.tensor([0, 1, 2]))),
        _fails("multi_margin_loss", lambda t: (t.ones(2, 3, 4), t.tensor([0, 1]))),
        _fails("multi_margin_loss", lambda t: (t.ones(2, 0), t.tensor([0, 1]))),
        _fails("multi_margin_loss", lambda t: (t.ones(X), t.ones(2))),
        _fails("multi_margin_loss", lambda t: (t.ones(X).half(), t.tensor([0, 1]))),
        _fails("multi_margin_loss", lambda t: (t.ones(X), t.tensor([0, 1]), 3)),
        _fails("multi_margin_loss", lambda t: (t.ones(X), t.tensor([0, 1]), 1, 1.0, t.ones(2))),
        _fails("multi_margin_loss", lambda t: (t.ones(X), t.tensor([0, 1]), 1, 1.0, t.ones(3, 1))),
        _fails("multi_margin_loss", lambda t: (t.ones(X), t.tensor([0, 1]), 1, 1.0, t.ones(3).double())),
    ],
)


def _labels(draw):
    classes = draw(st.integers(1, 4))
    shape = draw(st.sampled_from([(classes,), (1, classes), (3, classes)]))
    return Sample([draw_values(draw, shape), _integers(draw, shape, -1, classes - 1)], {"reduction": draw(REDUCTIONS)})


_loss(
    "multilabel_margin_loss",
    _labels,
    [
        _fails("multilabel_margin_loss", lambda t: (t.ones(X), t.tensor([[0, 1], [1, 0]]))),
        _fails("multilabel_margin_loss", lambda t: (t.ones(2, 3, 2), t.tensor([[0, 1], [1, 0]]))),
        _fails("multilabel_margin_loss", lambda t: (t.ones(1, 2), t.tensor([[0, 5]]))),
        _fails("multilabel_margin_loss", lambda t: (t.ones(1, 2), t.tensor([[-2, 0]]))),
        _fails("multilabel_margin_loss", lambda t: (t.ones(1, 2), t.ones(1, 2))),
        _fails("multilabel_margin_loss", lambda t: (t.ones(1, 2).half(), t.tensor([[0, 1]]))),
    ],
    dtypes=WIDE,
    orders=1,  # torch has no second derivative
)


def _soft_labels(draw):
    shape = draw_shape(draw, min_dims=1, min_side=1, max_dims=3)
    arrays = [draw_values(draw, shape), draw_values(draw, shape, 0, 1)]
    if draw(st.booleans()):
        arrays.append(draw_values(draw, shape[-1:], 0, 2))
    return Sample(arrays, {"reduction": draw(REDUCTIONS)})


_loss(
    "multilabel_soft_margin_loss",
    _soft_labels,
    [
        ErrorCase(lambda t: t.nn.functional.multilabel_soft_margin_loss(t.ones(X), t.ones(X), reduction="most")),
        _fails("multilabel_soft_margin_loss", lambda t: (t.ones(()), t.ones(()))),
    ],
)
