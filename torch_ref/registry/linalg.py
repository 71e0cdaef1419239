"""Linear algebra: determinants, systems of equations, factorisations, norms."""

import numpy as np
from hypothesis import strategies as st

from .spec import WIDE, ErrorCase, Sample, draw_values, record

BATCHES = st.sampled_from([(), (2,), (0,), (2, 1)])


def _square(draw, batch=None, n=None):
    """Matrices far from singular: small numbers, 3 on the diagonal, then rows exchanged."""
    batch = draw(BATCHES, label="batch") if batch is None else batch
    n = draw(st.integers(0, 3), label="n") if n is None else n
    return (draw_values(draw, (*batch, n, n), -1, 1) + 3 * np.eye(n))[..., draw(st.permutations(range(n))), :]


def _squares(draw):
    return Sample([_square(draw)])


def _positive(draw):
    """What a @ a' + 1 makes of them is positive definite."""
    n = draw(st.integers(0, 3), label="n")
    return Sample([draw_values(draw, (*draw(BATCHES, label="batch"), n, n))])


def _definite(t, a):
    return a @ a.mT + t.eye(a.shape[-1], dtype=a.dtype)


def _refusals(find):
    """What every function of square matrices refuses."""
    return [
        ErrorCase(lambda t: find(t)(t.ones(2, 3))),
        ErrorCase(lambda t: find(t)(t.ones(3))),
        ErrorCase(lambda t: find(t)(t.ones(2, 2, dtype=t.int64))),
        ErrorCase(lambda t: find(t)(t.ones(2, 2).half())),
        ErrorCase(lambda t: find(t)(3)),
    ]


# --- determinants ----------------------------------------------------------------------------------------------


def _large(draw):
    """Not 1 x 1, where the gradient is a constant, and ours a rounded quotient."""
    return Sample([_square(draw, n=draw(st.sampled_from([0, 2, 3])))])


record("det", lambda t, a: t.det(a), _large, method="det", errors=_refusals(lambda t: t.det))
record("linalg.det", lambda t, a: t.linalg.det(a), _large, errors=_refusals(lambda t: t.linalg.det))
record(
    "linalg.slogdet",
    lambda t, a: t.linalg.slogdet(a),
    _squares,
    errors=_refusals(lambda t: t.linalg.slogdet),
)
record("slogdet", lambda t, a: t.slogdet(a), _squares, method="slogdet")
record(
    "slogdet (singular)",
    lambda t, a: t.slogdet(a * 0),
    lambda draw: Sample([_square(draw, n=2)]),
    orders=0,
)
record("logdet", lambda t, a: t.logdet(a), _squares, method="logdet", errors=_refusals(lambda t: t.logdet))

# --- systems of equations ----------------------------------------------------------------------------------------


def _singular(find):
    """Functions of one matrix that refuse singular ones."""
    return [
        ErrorCase(lambda t: find(t)(t.zeros(2, 2))),
        ErrorCase(lambda t: find(t)(t.tensor([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [0.0, 0.0, 1.0]]))),
        ErrorCase(lambda t: find(t)(t.stack([t.eye(2), t.ones(2, 2)]))),
    ]


record(
    "linalg.inv",
    lambda t, a: t.linalg.inv(a),
    _squares,
    errors=_refusals(lambda t: t.linalg.inv) + _singular(lambda t: t.linalg.inv),
)
record("inverse", lambda t, a: t.inverse(a), _squares, method="inverse", errors=_singular(lambda t: t.inverse))
record(
    "linalg.inv_ex",
    lambda t, a: (*t.linalg.inv_ex(a), t.linalg.inv_ex(a * 0).info),
    _squares,
    errors=[ErrorCase(lambda t: t.linalg.inv_ex(t.zeros(2, 2), check_errors=True))],
)


def _equation(draw):
    left = draw(st.booleans(), label="left")
    n, k = draw(st.integers(0, 3), label="n"), draw(st.sampled_from([0, 1, 3]), label="k")
    batches = draw(st.sampled_from([((), ()), ((2,), (2,)), ((2,), (1,)), ((), (2,)), ((2,), ())]), label="batches")
    shape = (n, k) if left else (k, n)
    return Sample([_square(draw, batches[0], n), draw_values(draw, (*batches[1], *shape))], {"left": left})


def _vectors(draw):
    n = draw(st.integers(1, 3))
    batch, others = draw(st.sampled_from([((), ()), ((2,), ()), ((2,), (2,)), ((2, 1), (2, 1))]))
    return Sample([_square(draw, batch, n), draw_values(draw, (*others, n))])


_SOLVE_ERRORS = [
    ErrorCase(lambda t: t.linalg.solve(t.ones(2, 3), t.eye(2))),
    ErrorCase(lambda t: t.linalg.solve(t.eye(2), t.ones(3))),
    ErrorCase(lambda t: t.linalg.solve(t.eye(2), t.ones(3, 2))),
    ErrorCase(lambda t: t.linalg.solve(t.eye(2), t.ones(2, 3), left=False)),
    ErrorCase(lambda t: t.linalg.solve(t.eye(2), t.ones(2), left=False)),
    ErrorCase(lambda t: t.linalg.solve(t.eye(2), t.tensor(1.0))),
    ErrorCase(lambda t: t.linalg.solve(t.eye(2), t.eye(2).double())),
    ErrorCase(lambda t: t.linalg.solve(t.eye(2).long(), t.eye(2).long())),
    ErrorCase(lambda t: t.linalg.solve(t.ones(3, 2, 2), t.ones(2, 2, 2))),
    ErrorCase(lambda t: t.linalg.solve(t.zeros(2, 2), t.eye(2))),
    ErrorCase(lambda t: t.linalg.solve(t.stack([t.eye(2), t.zeros(2, 2)]), t.eye(2))),
    ErrorCase(lambda t: t.linalg.solve(t.eye(2).half(), t.eye(2).half())),
    ErrorCase(lambda t: t.linalg.solve(t.eye(2), 3)),
]
record("linalg.solve", lambda t, a, b, left: t.linalg.solve(a, b, left=left), _equation, errors=_SOLVE_ERRORS)
record("linalg.solve (vectors)", lambda t, a, b: t.linalg.solve(a, b), _vectors)
record(
    "linalg.solve_ex",
    lambda t, a, b, left: (*t.linalg.solve_ex(a, b, left=left), t.linalg.solve_ex(a * 0, b, left=left).info),
    _equation,
    errors=[ErrorCase(lambda t: t.linalg.solve_ex(t.zeros(2, 2), t.eye(2), check_errors=True))],
)


def _triangle(draw):
    sample = _equation(draw)
    sample.arrays[0] = sample.arrays[0] + 5 * np.eye(sample.arrays[0].shape[-1])
    sample.options |= {"upper": draw(st.booleans()), "unitriangular": draw(st.booleans())}
    return sample


record(
    "linalg.solve_triangular",
    lambda t, a, b, **options: t.linalg.solve_triangular(a, b, **options),
    _triangle,
    errors=[
        ErrorCase(lambda t: t.linalg.solve_triangular(t.ones(2, 3), t.eye(2), upper=True)),
        ErrorCase(lambda t: t.linalg.solve_triangular(t.eye(2), t.ones(3), upper=True)),
        ErrorCase(lambda t: t.linalg.solve_triangular(t.eye(2), t.ones(3, 2), upper=True)),
        ErrorCase(lambda t: t.linalg.solve_triangular(t.eye(2), t.ones(3, 3), upper=True, left=False)),
        ErrorCase(lambda t: t.linalg.solve_triangular(t.eye(2).long(), t.eye(2).long(), upper=True)),
        ErrorCase(lambda t: t.linalg.solve_triangular(t.eye(2), 2, upper=True)),
    ],
)


def _factored(draw):
    n, k = draw(st.integers(0, 3), label="n"), draw(st.sampled_from([0, 1, 3]), label="k")
    batches = draw(st.sampled_from([((), ()), ((2,), (2,)), ((), (2,)), ((2,), ())]), label="batches")
    factor = draw_values(draw, (*batches[0], n, n), -1, 1) + 3 * np.eye(n)
    return Sample([draw_values(draw, (*batches[1], n, k)), factor], {"upper": draw(st.booleans())})


record(
    "cholesky_solve",
    lambda t, b, a, upper: t.cholesky_solve(b, t.triu(a) if upper else t.tril(a), upper=upper),
    _factored,
    errors=[
        ErrorCase(lambda t: t.cholesky_solve(t.ones(3, 3), t.eye(2))),
        ErrorCase(lambda t: t.cholesky_solve(t.ones(3), t.eye(2))),
        ErrorCase(lambda t: t.cholesky_solve(t.eye(2), t.ones(2, 3))),
        ErrorCase(lambda t: t.cholesky_solve(t.eye(2).double(), t.eye(2))),
        ErrorCase(lambda t: t.cholesky_solve(t.eye(2).long(), t.eye(2).long())),
    ],
)


def _full_rank(draw):
    m, n = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    batch = draw(st.sampled_from([(), (2,)]))
    return Sample([draw_values(draw, (*batch, m, n), -1, 1) + 3 * np.eye(m, n)])


record(
    "linalg.pinv",
    lambda t, a: (t.linalg.pinv(a), t.linalg.pinv(a, atol=0.01), t.linalg.pinv(a, rtol=1e-4)),
    _full_rank,
    errors=[
        ErrorCase(lambda t: t.linalg.pinv(t.ones(3))),
        ErrorCase(lambda t: t.linalg.pinv(t.ones(2, 2).long())),
        ErrorCase(lambda t: t.linalg.pinv(t.full((2, 2), float("nan")))),
    ],
)
record("pinverse", lambda t, a: (t.pinverse(a), a.pinverse(1e-4)), _full_rank)

# --- factorisations ----------------------------------------------------------------------------------------------

_INDEFINITE = [
    lambda t: -t.eye(2),
    lambda t: t.tensor([[1.0, 2.0], [2.0, 1.0]]),
    lambda t: t.stack([t.eye(2), t.zeros(2, 2)]),
    lambda t: t.full((2, 2), float("nan")),
]
record(
    "linalg.cholesky",
    lambda t, a: (t.linalg.cholesky(_definite(t, a)), t.linalg.cholesky(_definite(t, a), upper=True)),
    _positive,
    errors=_refusals(lambda t: t.linalg.cholesky)[:4]
    + [ErrorCase(lambda t, make=make: t.linalg.cholesky(make(t))) for make in _INDEFINITE],
)
record(
    "cholesky",
    lambda t, a: (t.cholesky(_definite(t, a), True), _definite(t, a).cholesky()),
    _positive,
    errors=[ErrorCase(lambda t: t.cholesky(-t.eye(2))), ErrorCase(lambda t: t.cholesky(t.ones(2, 3)))],
)
record(
    "linalg.cholesky_ex",
    lambda t, a: (*t.linalg.cholesky_ex(_definite(t, a)), t.linalg.cholesky_ex(-_definite(t, a)).info),
    _positive,
    errors=[ErrorCase(lambda t: t.linalg.cholesky_ex(-t.eye(2), check_errors=True))],
)
record(
    "linalg.qr",
    lambda t, a: t.linalg.qr(a),
    _full_rank,
    errors=[
        ErrorCase(lambda t: t.linalg.qr(t.ones(3))),
        ErrorCase(lambda t: t.linalg.qr(t.ones(2, 2).long())),
        ErrorCase(lambda t: t.linalg.qr(t.ones(2, 2).half())),
        ErrorCase(lambda t: t.linalg.qr(t.ones(2, 2), "x")),
        ErrorCase(lambda t: t.linalg.qr(t.ones(2, 2), 5)),
        ErrorCase(lambda t: t.linalg.qr(t.eye(2).requires_grad_(), "r").R.sum().backward()),
        ErrorCase(lambda t: t.linalg.qr(t.ones(3, 2).requires_grad_(), "complete").R.sum().backward()),
    ],
)
record("qr", lambda t, a: (t.qr(a), a.qr()), _full_rank)
record(
    "linalg.qr (modes)",
    lambda t, a: (*t.linalg.qr(a, "r"), t.linalg.qr(a, "complete")[1], *[abs(x) for x in t.linalg.qr(a, "complete")]),
    _full_rank,
    orders=0,
)


def _recomposed(u, s, vh):
    """Singular vectors are unique but for their signs: these products do not depend on them."""
    return u @ (s.unsqueeze(-1) * vh), u @ vh, u * u, vh * vh


def _separated(draw):
    """Matrices with singular values far apart from each other."""
    m, n = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    batch = draw(st.sampled_from([(), (2,)]))
    return Sample([draw_values(draw, (*batch, m, n), -0.5, 0.5) + 3 * np.eye(m, n) * (1 + np.arange(n))])


record(
    "linalg.svd",
    lambda t, a: (*_recomposed(*t.linalg.svd(a, full_matrices=False)), t.linalg.svd(a).S),
    _separated,
    errors=[
        ErrorCase(lambda t: t.linalg.svd(t.ones(3))),
        ErrorCase(lambda t: t.linalg.svd(t.ones(2, 2).long())),
        ErrorCase(lambda t: t.linalg.svd(t.ones(2, 2).half())),
        ErrorCase(lambda t: t.linalg.svd(t.full((2, 2), float("nan")))),
    ],
)
record("svd", lambda t, a: (t.svd(a).S, a.svd()[1], t.svd(a, False).V.shape, t.svd(a, compute_uv=False).U), _separated)
record(
    "linalg.svdvals", lambda t, a: t.linalg.svdvals(a), _separated, errors=[ErrorCase(lambda t: t.linalg.svdvals(t.ones(3)))]
)


def _apart(draw):
    n = draw(st.integers(1, 3))
    a = draw_values(draw, (*draw(st.sampled_from([(), (2,)])), n, n), -0.5, 0.5)
    return Sample([a + 3 * np.eye(n) * np.arange(n)], {"UPLO": draw(st.sampled_from("LU"))})


def _eigen(t, a, UPLO):
    values, vectors = t.linalg.eigh(a + a.mT, UPLO)
    return values, vectors @ (values.unsqueeze(-1) * vectors.mT), vectors * vectors, t.linalg.eigvalsh(a + a.mT, UPLO)


record(
    "linalg.eigh",
    _eigen,
    _apart,
    errors=[
        ErrorCase(lambda t: t.linalg.eigh(t.ones(2, 3))),
        ErrorCase(lambda t: t.linalg.eigh(t.ones(3))),
        ErrorCase(lambda t: t.linalg.eigh(t.eye(2), "x")),
        ErrorCase(lambda t: t.linalg.eigh(t.eye(2).long())),
    ],
)
record("linalg.eigvalsh", lambda t, a, UPLO: t.linalg.eigvalsh(a, UPLO), _apart, orders=0)

# --- products ----------------------------------------------------------------------------------------------------


def _powers(draw):
    return Sample([_square(draw)], {"n": draw(st.integers(-3, 6))})


record(
    "linalg.matrix_power",
    lambda t, a, n: t.linalg.matrix_power(a, n),
    _powers,
    errors=[
        ErrorCase(lambda t: t.linalg.matrix_power(t.ones(2, 3), 2)),
        ErrorCase(lambda t: t.linalg.matrix_power(t.ones(3), 2)),
        ErrorCase(lambda t: t.linalg.matrix_power(t.zeros(2, 2), -1)),
        ErrorCase(lambda t: t.linalg.matrix_power(t.eye(2).long(), -1)),
        ErrorCase(lambda t: t.linalg.matrix_power(t.eye(2), 0.5)),
    ],
)


record("matrix_power", lambda t, a, n: t.matrix_power(a, n), _powers, method="matrix_power")


def _crossed(draw):
    shape = draw(st.sampled_from([(3,), (2, 3), (3, 2), (0, 3), (3, 3)]))
    dim = draw(st.sampled_from([d for d, n in enumerate(shape) if n == 3]))
    # From another range: parallel vectors would leave nothing but rounding errors.
    return Sample([draw_values(draw, shape), draw_values(draw, shape, -1.0, 3.0)], {"dim": dim})


record(
    "linalg.cross",
    lambda t, a, b, dim: t.linalg.cross(a, b, dim=dim),
    _crossed,
    dtypes=("int64", "float16", *WIDE),
    errors=[
        ErrorCase(lambda t: t.linalg.cross(t.ones(2, 3), t.eye(2))),
        ErrorCase(lambda t: t.linalg.cross(t.eye(2), t.eye(2))),
        ErrorCase(lambda t: t.linalg.cross(t.ones(3), t.tensor(1.0))),
        ErrorCase(lambda t: t.cross(t.eye(2), t.eye(2))),
        ErrorCase(lambda t: t.cross(t.ones(2, 3), t.ones(3))),
        ErrorCase(lambda t: t.linalg.cross(t.ones(2, 3), t.ones(4, 3))),
        ErrorCase(lambda t: t.linalg.cross(t.ones(2, 3), t.ones(2, 3), dim=5)),
        ErrorCase(lambda t: t.linalg.cross(t.ones(3), t.ones(3).double())),
        ErrorCase(lambda t: t.linalg.cross(t.ones(3).bool(), t.ones(3).bool())),
    ],
)
record("cross", lambda t, a, b, dim: (t.cross(a, b, dim), a.cross(b)), _crossed)
record(
    "linalg.cross (broadcast)",
    lambda t, a, b: t.linalg.cross(a, b),
    lambda draw: Sample([draw_values(draw, (2, 1, 3)), draw_values(draw, (1, 4, 3))]),
)


def _chain(draw):
    sides = draw(st.lists(st.integers(0, 4), min_size=3, max_size=5))
    shapes = list(zip(sides, sides[1:]))
    if draw(st.booleans()):
        shapes[0] = shapes[0][1:]
    if draw(st.booleans()):
        shapes[-1] = shapes[-1][:1]
    return Sample([draw_values(draw, shape) for shape in shapes])


record(
    "linalg.multi_dot",
    lambda t, *xs: t.linalg.multi_dot(xs),
    _chain,
    errors=[
        ErrorCase(lambda t: t.linalg.multi_dot([t.eye(2)])),
        ErrorCase(lambda t: t.linalg.multi_dot([])),
        ErrorCase(lambda t: t.linalg.multi_dot([t.eye(2), t.ones(3, 3)])),
        ErrorCase(lambda t: t.linalg.multi_dot([t.eye(2), t.ones(2, 2, 2)])),
        ErrorCase(lambda t: t.linalg.multi_dot([t.eye(2), t.ones(2), t.eye(2)])),
        ErrorCase(lambda t: t.linalg.multi_dot([t.eye(2), t.eye(2).double()])),
        ErrorCase(lambda t: t.linalg.multi_dot(t.eye(2))),
        ErrorCase(lambda t: t.linalg.multi_dot([t.tensor(1.0), t.eye(2)])),
    ],
)
record(
    "chain_matmul",
    lambda t, *xs: (t.chain_matmul(*xs), t.chain_matmul(xs[0])),
    lambda draw: Sample([draw_values(draw, (2, 3)), draw_values(draw, (3, 1)), draw_values(draw, (1, 4))]),
    errors=[ErrorCase(lambda t: t.chain_matmul()), ErrorCase(lambda t: t.chain_matmul(t.eye(2), t.ones(2)))],
)
record(
    "linalg.vecdot",
    lambda t, a, b: (t.linalg.vecdot(a, b), t.linalg.vecdot(a, b, dim=0), t.linalg.vecdot(a[0], b[0])),
    lambda draw: Sample([draw_values(draw, (2, 3)), draw_values(draw, (2, 3))]),
    errors=[
        ErrorCase(lambda t: t.linalg.vecdot(t.ones(3), t.ones(4))),
        ErrorCase(lambda t: t.linalg.vecdot(t.ones(3), t.ones(3).double())),
    ],
)
record("linalg.diagonal", lambda t, a: t.linalg.diagonal(a, offset=1), _squares)

# --- norms -------------------------------------------------------------------------------------------------------

ORDERS = (None, "fro", "nuc", np.inf, -np.inf, 1, -1, 2, -2)


def _normed(draw):
    sample = _separated(draw)
    sample.options = {"ord": draw(st.sampled_from(ORDERS)), "keepdim": draw(st.booleans())}
    return sample


record(
    "linalg.norm",
    lambda t, a, ord, keepdim: (
        t.linalg.norm(a, ord, (-2, -1), keepdim=keepdim),
        t.linalg.norm(a, None, keepdim=keepdim),
        t.linalg.norm(a, 3, dim=0, keepdim=keepdim),
        t.linalg.norm(a, dtype=t.float64),
    ),
    _normed,
    errors=[
        ErrorCase(lambda t: t.linalg.norm(t.eye(2).long())),
        ErrorCase(lambda t: t.linalg.norm(t.eye(2), "bad")),
        ErrorCase(lambda t: t.linalg.norm(t.eye(2), 3)),
        ErrorCase(lambda t: t.linalg.norm(t.ones(3), "fro")),
        ErrorCase(lambda t: t.linalg.norm(t.ones(2, 2, 2), "fro")),
        ErrorCase(lambda t: t.linalg.norm(t.ones(3), 3, dim=(0, 1, 2))),
        ErrorCase(lambda t: t.linalg.norm(t.eye(2), 2, dim=(0, 0))),
        ErrorCase(lambda t: t.linalg.norm(t.eye(2), "nuc", dim=0)),
    ],
)
record(
    "linalg.norm (of a matrix or vector)",
    lambda t, a: (t.linalg.norm(a, 1), t.linalg.norm(a, 2), t.linalg.norm(a[0], 1), t.linalg.norm(a[0], float("inf"))),
    lambda draw: Sample([draw_values(draw, (2, 3))]),
)
