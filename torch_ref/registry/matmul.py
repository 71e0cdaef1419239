"""Matrix products."""

from hypothesis import strategies as st

from .spec import FLOATS, OPERATORS, WIDE, ErrorCase, Sample, draw_values, record

SIDES = st.integers(0, 4)
PRODUCTS = (*FLOATS, "int64")


def _matrices(*names):
    """Samples of tensors whose shapes are written in letters, "nk km"; equal letters are equal sides."""

    def samples(draw):
        sides = {letter: draw(SIDES, label=letter) for letter in "bnkm"}
        return Sample([draw_values(draw, tuple(sides[c] for c in name)) for name in names])

    return samples


record(
    "mm",
    lambda t, a, b: t.mm(a, b),
    _matrices("nk", "km"),
    dtypes=PRODUCTS,
    kernels=True,
    errors=[
        ErrorCase(lambda t: t.mm(t.ones(2, 3), t.ones(2, 3))),
        ErrorCase(lambda t: t.mm(t.ones(2), t.ones(2, 3))),
        ErrorCase(lambda t: t.mm(t.ones(2, 2), t.ones(2, 2).double())),
    ],
)
record(
    "bmm",
    lambda t, a, b: t.bmm(a, b),
    _matrices("bnk", "bkm"),
    dtypes=PRODUCTS,
    errors=[
        ErrorCase(lambda t: t.bmm(t.ones(2, 3, 4), t.ones(2, 3, 4))),
        ErrorCase(lambda t: t.bmm(t.ones(2, 3), t.ones(2, 3, 4))),
    ],
)
record("mv", lambda t, a, v: t.mv(a, v), _matrices("nk", "k"), dtypes=PRODUCTS)
record(
    "dot",
    lambda t, a, b: t.dot(a, b),
    _matrices("k", "k"),
    dtypes=PRODUCTS,
    errors=[ErrorCase(lambda t: t.dot(t.ones(2), t.ones(3)))],
)
record("outer", lambda t, a, b: t.outer(a, b), _matrices("n", "m"), dtypes=WIDE, also=("ger",))
record("addmm", lambda t, c, a, b: t.addmm(c, a, b, beta=0.5, alpha=2), _matrices("nm", "nk", "km"), dtypes=WIDE)


def _any_ranks(draw):
    left, right = draw(
        st.sampled_from(
            [
                ("k", "k"),
                ("nk", "k"),
                ("k", "km"),
                ("nk", "km"),
                ("bnk", "km"),
                ("bnk", "bkm"),
                ("nk", "bkm"),
                ("k", "bkm"),
                ("bnk", "k"),
                ("1nk", "bkm"),
                ("2bnk", "bkm"),
            ]
        )
    )
    sides = {letter: draw(st.integers(1, 3), label=letter) for letter in "bnkm"} | {"1": 1, "2": 2}
    return Sample([draw_values(draw, tuple(sides[c] for c in name)) for name in (left, right)])


record(
    "matmul",
    lambda t, a, b: t.matmul(a, b),
    _any_ranks,
    dtypes=PRODUCTS,
    operator=OPERATORS["matmul"],
    method="matmul",
    errors=[
        ErrorCase(lambda t: t.matmul(t.ones(2, 3), t.ones(2, 3))),
        ErrorCase(lambda t: t.matmul(t.tensor(1.0), t.ones(2))),
        ErrorCase(lambda t: t.matmul(t.ones(2, 2, 3), t.ones(2, 2, 3))),
    ],
)


def _layer(draw):
    leading = tuple(draw(st.lists(st.integers(0, 3), max_size=2)))
    inputs, outputs = draw(st.integers(0, 4)), draw(st.integers(1, 4))
    arrays = [draw_values(draw, (*leading, inputs)), draw_values(draw, (outputs, inputs))]
    return Sample(arrays + ([draw_values(draw, (outputs,))] if draw(st.booleans()) else []))


record(
    "F.linear",
    lambda t, x, w, *b: t.nn.functional.linear(x, w, *b),
    _layer,
    dtypes=FLOATS,
    kernels=True,
    errors=[
        ErrorCase(lambda t: t.nn.functional.linear(t.ones(2, 3), t.ones(4, 5))),
        ErrorCase(lambda t: t.nn.functional.linear(t.ones(2, 3), t.ones(4, 3), t.ones(5))),
        ErrorCase(lambda t: t.nn.functional.linear(t.ones(2, 3), t.ones(4, 3).double())),
    ],
)
