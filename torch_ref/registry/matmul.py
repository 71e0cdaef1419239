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
        ErrorCase(lambda t: t.mm(t.ones(2, 3), 3)),
        ErrorCase(lambda t: t.mm(t.ones(2, 2).bool(), t.ones(2, 2).bool())),
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
        ErrorCase(lambda t: t.bmm(t.ones(2, 3, 4), t.ones(2, 4, 3).double())),
        ErrorCase(lambda t: t.bmm(t.ones(2, 3, 4).bool(), t.ones(2, 4, 3).bool())),
    ],
)
record(
    "mv",
    lambda t, a, v: t.mv(a, v),
    _matrices("nk", "k"),
    dtypes=PRODUCTS,
    errors=[
        ErrorCase(lambda t: t.mv(t.ones(3), t.ones(2, 3))),
        ErrorCase(lambda t: t.mv(t.ones(2, 3), t.ones(2))),
        ErrorCase(lambda t: t.mv(t.ones(2, 3), t.ones(3).double())),
        ErrorCase(lambda t: t.mv(t.ones(2, 2).bool(), t.ones(2).bool())),
    ],
)
record(
    "dot",
    lambda t, a, b: t.dot(a, b),
    _matrices("k", "k"),
    dtypes=PRODUCTS,
    errors=[
        ErrorCase(lambda t: t.dot(t.ones(2), t.ones(3))),
        ErrorCase(lambda t: t.dot(t.ones(2, 3), t.ones(3))),
        ErrorCase(lambda t: t.dot(t.ones(3), t.ones(3).double())),
        ErrorCase(lambda t: t.dot(t.ones(3).bool(), t.ones(3).bool())),
        ErrorCase(lambda t: t.dot(t.ones(3), 3)),
    ],
)
record("outer", lambda t, a, b: t.outer(a, b), _matrices("n", "m"), dtypes=WIDE, also=("ger",))


def _scaled(*names):
    """Matrices and the factors beta and alpha."""

    def samples(draw):
        factors = {"beta": draw(st.sampled_from([0, 1, 0.5, 2])), "alpha": draw(st.sampled_from([1, 2, -1.5]))}
        return Sample(_matrices(*names)(draw).arrays, factors)

    return samples


def _added(draw):
    sample = _scaled("nm", "nk", "km")(draw)
    if not sample.arrays[1].size:
        sample.options["beta"] = 1  # torch refuses a fraction there, if the dtype is an integer's
    return sample


record(
    "addmm",
    lambda t, c, a, b, **factors: t.addmm(c, a, b, **factors),
    _added,
    dtypes=("int64", *WIDE),
    method="addmm",
    inplace=True,
    errors=[
        ErrorCase(lambda t: t.addmm(t.ones(3), t.ones(2, 3), t.ones(3, 4))),
        ErrorCase(lambda t: t.addmm(t.ones(2, 2, 4), t.ones(2, 3), t.ones(3, 4))),
        ErrorCase(lambda t: t.addmm(t.ones(2, 4), t.ones(2, 3), t.ones(2, 3))),
        ErrorCase(lambda t: t.addmm(t.ones(2, 4), t.ones(3), t.ones(3, 4))),
        ErrorCase(lambda t: t.addmm(t.ones(2, 4), t.ones(2, 3), t.ones(3))),
        ErrorCase(lambda t: t.addmm(t.ones(2, 4).double(), t.ones(2, 3), t.ones(3, 4))),
        ErrorCase(lambda t: t.addmm(t.ones(2, 4), t.ones(2, 3), t.ones(3, 4).double())),
        ErrorCase(lambda t: t.addmm(t.ones(2, 4), t.ones(2, 3).double(), t.ones(3, 4))),
        ErrorCase(lambda t: t.addmm(t.ones(2, 4).bool(), t.ones(2, 3).bool(), t.ones(3, 4).bool())),
        ErrorCase(lambda t: t.ones(4).addmm_(t.ones(2, 3), t.ones(3, 4))),
    ],
)
record(
    "addmm (ignoring NaN)",
    lambda t, c, a, b: (t.addmm(c / 0, a, b, beta=0), t.addmm(c[:1], a, b), c.addmm(a, b)),
    lambda draw: Sample([draw_values(draw, s) for s in ((2, 4), (2, 3), (3, 4))]),
    orders=0,
)
record(
    "addr",
    lambda t, c, a, b, **factors: t.addr(c, a, b, **factors),
    _scaled("nm", "n", "m"),
    dtypes=WIDE,
    method="addr",
    inplace=True,
    errors=[
        ErrorCase(lambda t: t.addr(t.ones(2, 3), t.ones(2, 3), t.ones(3))),
        ErrorCase(lambda t: t.addr(t.ones(2, 3), t.ones(2), t.ones(2, 3))),
        ErrorCase(lambda t: t.addr(t.ones(2, 2), t.ones(2), t.ones(3))),
        ErrorCase(lambda t: t.addr(t.ones(2, 3).long(), t.ones(2).long(), t.ones(3).long(), alpha=2.5)),
        ErrorCase(lambda t: t.ones(3).addr_(t.ones(2), t.ones(3))),
    ],
)
record(
    "addr (promotion)",
    lambda t, c, a, b: (
        t.addr(c.long(), a, b),
        t.addr(c.bool(), a.bool(), b.bool()),
        t.addr(c.long(), a.long(), b.long(), beta=2),
    ),
    lambda draw: Sample([draw_values(draw, s, -9, 9) for s in ((2, 3), (2,), (3,))]),
    orders=0,
)


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
        ErrorCase(lambda t: t.matmul(t.ones(2, 3), t.ones(4))),
        ErrorCase(lambda t: t.matmul(t.ones(2), t.ones(3, 4))),
        ErrorCase(lambda t: t.matmul(t.ones(2, 3), t.ones(3).double())),
        ErrorCase(lambda t: t.matmul(t.ones(2, 3), t.ones(3, 4).double())),
        ErrorCase(lambda t: t.matmul(t.ones(2, 2, 3), t.ones(2, 3, 4).double())),
        ErrorCase(lambda t: t.matmul(t.ones(2, 2, 3), t.ones(3, 3, 4))),
        ErrorCase(lambda t: t.matmul(t.ones(2, 3), 3)),
        ErrorCase(lambda t: t.ones(2, 3) @ 3),
        ErrorCase(lambda t: 3 @ t.ones(2, 3)),
        ErrorCase(lambda t: t.matmul(t.ones(2, 2).bool(), t.ones(2, 2).bool())),
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
