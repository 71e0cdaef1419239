"""Products of tensors along any dimensions."""

from hypothesis import strategies as st

from .matmul import PRODUCTS, _matrices
from .spec import WIDE, ErrorCase, Sample, draw_shape, draw_values, record

# What each operand's shape is, then the equation.
EQUATIONS = [
    ("ij jk", "ij,jk"),
    ("ij jk", "ij,jk->ki"),
    ("ij jk", " i j , j k -> i k "),
    ("bij bjk", "bij,bjk->bik"),
    ("ij ij", "ij,ij->i"),
    ("ij ij", "ij,ij"),
    ("i j", "i,j->ji"),
    ("ij j kj", "ij,j,kj->ik"),
    ("ij jk ki", "ij,jk,ki"),
    ("ij", "ij->"),
    ("ij", "ji"),
    ("ij", "ij->i"),
    ("bA", "bA"),
    ("ii", "ii"),
    ("ii", "ii->i"),
    ("iij", "iij->ji"),
    ("iji jk", "iji,jk->ik"),
    ("bkij jl", "...ij,jl->...il"),
    ("bkij kjl", "...ij,...jl"),
    ("ij", "i..."),
    ("ijk", "i...->...i"),
    ("ijk", "i...->i"),
    ("bij", "...ij->...ji"),
    ("ij kl", "ij,kl->"),
    ("ij kl", "ij,kl->ik"),
    ("bn anm bm", "bn,anm,bm->ba"),
    ("1j ij", "ij,ij->ij"),
    ("1j ij", "ij,ij->j"),
    ("1 i", "i,i->"),
    ("", ""),
    (" i", ",i"),
]


def _einsums(draw):
    shapes, equation = draw(st.sampled_from(EQUATIONS))
    sides = {letter: draw(st.integers(0, 3), label=letter) for letter in "abijklnm"} | {"1": 1, "A": 2}
    return Sample([draw_values(draw, tuple(sides[c] for c in shape)) for shape in shapes.split(" ")], {"equation": equation})


def _wrong(equation, *shapes):
    return ErrorCase(lambda t: t.einsum(equation, *[t.ones(*s) for s in shapes]))


record(
    "einsum",
    lambda t, *x, equation: t.einsum(equation, *x),
    _einsums,
    dtypes=("int64", *WIDE),
    errors=[
        _wrong("ij,jk->ij1", (2, 3), (3, 4)),
        _wrong("ij,jk->ijl", (2, 3), (3, 4)),
        _wrong("ij,jk->iji", (2, 3), (3, 4)),
        _wrong("ij,jk", (2, 3)),
        _wrong("ij", (2, 3), (2,)),
        _wrong("ijk", (2, 3)),
        _wrong("i", (2, 3)),
        _wrong("ijk...", (2, 3)),
        _wrong("ii", (2, 3)),
        _wrong("ij,jk", (2, 3), (4, 4)),
        _wrong("i...,j...", (2, 3), (4, 4)),
        _wrong("i.j", (2, 3)),
        _wrong("...i...", (2, 3)),
        _wrong("i...->...i...", (2, 3)),
        _wrong("ij->i.", (2, 3)),
        _wrong("ij->i->j", (2, 3)),
        _wrong("i?->i", (2, 3)),
        _wrong("ij,jk"),
        ErrorCase(lambda t: t.einsum(t.ones(2))),
        ErrorCase(lambda t: t.einsum("ij,jk", t.ones(2, 3), t.ones(3, 4).double())),
        ErrorCase(lambda t: t.einsum(t.ones(2, 3), [0, 60])),
    ],
)
record(
    "einsum (lists)",
    lambda t, a, b: (
        t.einsum(a, [0, 1], b, [1, 2]),
        t.einsum(a, [0, 27], b, [27, 26], [26, 0]),
        t.einsum(a, [..., 1], b, [1, 2], [2, ...]),
        t.einsum("ij,jk", [a, b]),
    ),
    lambda draw: Sample([draw_values(draw, (2, 3)), draw_values(draw, (3, 2))]),
)


def _tensordots(draw):
    k, m = draw(st.integers(0, 3)), draw(st.integers(1, 3))
    a, b, dims = draw(
        st.sampled_from(
            [
                ((2, k), (k, 3), 1),
                ((2, k, m), (k, m), 2),
                ((2, k), (m,), 0),
                ((k, 2, m), (m, 3, k), ([0, 2], [2, 0])),
                ((k, 2, m), (3, m), ([-1], [-1])),
                ((2, k), (1, 3), 1),
                ((2, 1), (k, 3), 1),
                ((), (2,), 0),
            ]
        )
    )
    return Sample([draw_values(draw, a), draw_values(draw, b)], {"dims": dims})


record(
    "tensordot",
    lambda t, a, b, dims: t.tensordot(a, b, dims),
    _tensordots,
    dtypes=("int64", *WIDE),
    errors=[
        ErrorCase(lambda t: t.tensordot(t.ones(2, 3), t.ones(3, 2), -1)),
        ErrorCase(lambda t: t.tensordot(t.ones(2, 3), t.ones(3, 2), 3)),
        ErrorCase(lambda t: t.tensordot(t.ones(2, 3), t.ones(3, 2), ([0], [0]))),
        ErrorCase(lambda t: t.tensordot(t.ones(2, 3), t.ones(3, 2), ([0], [0, 1]))),
        ErrorCase(lambda t: t.tensordot(t.ones(2, 3), t.ones(3, 2), ([0, 0], [0, 1]))),
        ErrorCase(lambda t: t.tensordot(t.ones(2, 3), t.ones(3, 2), ([5], [1]))),
        ErrorCase(lambda t: t.tensordot(t.ones(2, 3), t.ones(3, 2).double(), 1)),
    ],
)
record(
    "tensordot (dims in a tensor)",
    lambda t, a, b: t.tensordot(a, b, t.tensor([[0], [1]])) + t.tensordot(b, a, t.tensor(1)),
    lambda draw: Sample([draw_values(draw, (3, 3)), draw_values(draw, (3, 3))]),
)


def _two_shapes(draw):
    return Sample([draw_values(draw, draw_shape(draw, max_dims=3, max_side=3)) for _ in range(2)])


# Contiguous: torch refuses operands whose product lies in an order that it cannot view.
record("kron", lambda t, a, b: t.kron(a.contiguous(), b.contiguous()), _two_shapes, dtypes=PRODUCTS, method="kron")
record(
    "inner",
    lambda t, a, b: t.inner(a, b),
    lambda draw: _matrices(*draw(st.sampled_from([("nk", "k"), ("nk", "mk"), ("k", "k"), ("", "nk"), ("bnk", "mk")])))(draw),
    dtypes=("int64", *WIDE),
    method="inner",
    errors=[
        ErrorCase(lambda t: t.inner(t.ones(2, 3), t.ones(2))),
        ErrorCase(lambda t: t.inner(t.ones(2, 3), t.ones(3).double())),
    ],
)
record(
    "vdot",
    lambda t, a, b: t.vdot(a, b),
    _matrices("k", "k"),
    dtypes=PRODUCTS,
    method="vdot",
    errors=[
        ErrorCase(lambda t: t.vdot(t.ones(2), t.ones(3))),
        ErrorCase(lambda t: t.vdot(t.ones(2, 2), t.ones(3))),
        ErrorCase(lambda t: t.vdot(t.ones(2), t.ones(2).double())),
    ],
)
record(
    "addbmm",
    lambda t, c, a, b, beta, alpha: t.addbmm(c, a, b, beta=beta, alpha=alpha),
    lambda draw: Sample(
        _matrices("nm", "bnk", "bkm")(draw).arrays,
        {"beta": draw(st.sampled_from([0, 1, 0.5])), "alpha": draw(st.sampled_from([1, 2]))},
    ),
    method="addbmm",
    inplace=True,
    errors=[
        ErrorCase(lambda t: t.addbmm(t.ones(2, 2), t.ones(3, 2, 4), t.ones(3, 5, 2))),
        ErrorCase(lambda t: t.addbmm(t.ones(2, 2), t.ones(3, 2, 4), t.ones(2, 4, 2))),
        ErrorCase(lambda t: t.addbmm(t.ones(3, 3), t.ones(3, 2, 4), t.ones(3, 4, 2))),
        ErrorCase(lambda t: t.addbmm(t.ones(2, 2), t.ones(3, 2, 4), t.ones(3, 4, 2).double())),
        ErrorCase(lambda t: t.addbmm(t.ones(2, 2), t.ones(3, 2), t.ones(3, 4, 2))),
    ],
)
