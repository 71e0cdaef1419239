"""Activation functions, dropout, padding: what nn.functional has of elementwise kind."""

import numpy as np
from hypothesis import strategies as st

from .spec import ALL, FLOATS, ErrorCase, Sample, draw_dim, draw_shape, draw_values, record, unary


def _functional(name, options=lambda draw: {}, low=-3.0, high=3.0, **more):
    """t.nn.functional.NAME(x, **options)"""

    def samples(draw):
        return Sample([draw_values(draw, draw_shape(draw), low, high)], options(draw))

    more = {"dtypes": FLOATS, "special": True, "kernels": True} | more
    record(f"F.{name}", lambda t, x, **given: getattr(t.nn.functional, name)(x, **given), samples, **more)


unary("sigmoid", -4, 4, kernels=True)
unary("tanh", kernels=True)
unary("relu", kernels=True)
_functional("relu")
_functional("leaky_relu", lambda draw: {"negative_slope": draw(st.sampled_from([0.01, 0.5]))})
_functional("elu", lambda draw: {"alpha": draw(st.sampled_from([1.0, 0.3]))})
_functional(
    "gelu",
    lambda draw: {"approximate": draw(st.sampled_from(["none", "tanh"]))},
    special=False,
    factor=4.0,
    reason="left of 0 the compiled kernel's 1 + erf(x) cancels, as torch's does, where the formula's erfc is exact",
    errors=[ErrorCase(lambda t: t.nn.functional.gelu(t.ones(1), approximate="x"))],
)
_functional("silu", special=False)
_functional("logsigmoid", special=False)
_functional(
    "softplus",
    lambda draw: {"beta": draw(st.sampled_from([1, 2.0])), "threshold": draw(st.sampled_from([20, 1]))},
    special=False,
)


def _along(draw):
    shape = draw_shape(draw, min_side=1)
    return Sample([draw_values(draw, shape, -4, 4)], {"dim": draw_dim(draw, len(shape))})


DIM = ErrorCase(lambda t: t.softmax(t.ones(2), 1))
record("softmax", lambda t, x, dim: t.softmax(x, dim), _along, dtypes=FLOATS, special=True, kernels=True, errors=[DIM])
record("log_softmax", lambda t, x, dim: t.log_softmax(x, dim), _along, dtypes=FLOATS, special=True, kernels=True)
for _name in ("softmax", "softmin", "log_softmax"):
    record(
        f"F.{_name}",
        lambda t, x, dim, _name=_name: getattr(t.nn.functional, _name)(x, dim),
        _along,
        dtypes=FLOATS,
        special=True,
        errors=[
            ErrorCase(lambda t, _name=_name: getattr(t.nn.functional, _name)(t.ones(2), 1)),
            ErrorCase(lambda t, _name=_name: getattr(t.nn.functional, _name)(t.ones(2, 3), -3)),
        ],
    )


def _padded(draw):
    mode = draw(st.sampled_from(["constant", "reflect", "replicate", "circular"]))
    sides = st.integers(-1, 2) if mode in ("constant", "circular") else st.integers(0, 2)
    return Sample(
        [draw_values(draw, (draw(st.integers(1, 2)), 2, 3, 4))], {"pad": tuple(draw(sides) for _ in range(4)), "mode": mode}
    )


record(
    "F.pad",
    lambda t, x, pad, mode: t.nn.functional.pad(x, pad, mode),
    _padded,
    dtypes=ALL[1:],
    errors=[
        ErrorCase(lambda t: t.nn.functional.pad(t.ones(2, 2), (1,))),
        ErrorCase(lambda t: t.nn.functional.pad(t.ones(2, 2), (1, 1), mode="up")),
        ErrorCase(lambda t: t.nn.functional.pad(t.ones(1, 1, 2, 2), (2, 2, 0, 0), mode="reflect")),
    ],
)


record(
    "F.one_hot",
    lambda t, x, index: t.nn.functional.one_hot(t.from_numpy(index).to(x.device), 5),
    lambda draw: Sample(
        [draw_values(draw, ())], {"index": np.array(draw(st.lists(st.integers(0, 4), max_size=4)), np.int64)}
    ),
    orders=0,
    errors=[
        ErrorCase(lambda t: t.nn.functional.one_hot(t.tensor([3]), 2)),
        ErrorCase(lambda t: t.nn.functional.one_hot(t.tensor([-1]))),
    ],
)
record(
    "F.dropout (off)",
    lambda t, x, p, training: t.nn.functional.dropout(x, p, training),
    lambda draw: Sample(
        [draw_values(draw, draw_shape(draw))],
        draw(st.sampled_from([{"p": 0.0, "training": True}, {"p": 1.0, "training": True}, {"p": 0.5, "training": False}])),
    ),
    dtypes=FLOATS,
    errors=[ErrorCase(lambda t: t.nn.functional.dropout(t.ones(1), 1.5))],
)
