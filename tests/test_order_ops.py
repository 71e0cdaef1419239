"""Special, scanning, ordering and counting functions: what their records cannot say.

Graph names, `out=`, return types, signs at poles and zeros, sizes beyond a record's.
"""

import numpy as np
import pytest
import torch
from twin import assert_same

import minitorch_np as mt
from torch_ref.compare import ulp_distance

A = np.array([[3.0, 1.0, 2.0], [2.0, 0.5, 5.0]])
B = np.array([[0.5, 3.0, 1.0], [2.0, 1.0, 4.0]])


NODES = {
    **{
        name: lambda t, a, b, name=name: getattr(t, name)(a, b)
        for name in ("atan2", "arctan2", "hypot", "fmax", "fmin", "logaddexp", "logaddexp2", "xlogy")
    },
    "xlogy of a number": lambda t, a, b: t.xlogy(2, a),
    "xlogy with a number": lambda t, a, b: t.xlogy(a, 2),
    **{name: lambda t, a, b, name=name: getattr(a, name)() for name in ("erfc", "erfinv", "lgamma", "digamma", "trace")},
    "polygamma": lambda t, a, b: a.polygamma(2),
    "aminmax": lambda t, a, b: a.aminmax().max,
    "median": lambda t, a, b: a.median(),
    "median along": lambda t, a, b: a.median(0).values,
    "nanmedian": lambda t, a, b: a.nanmedian(),
    "nanmedian along": lambda t, a, b: a.nanmedian(0).values,
    "mode": lambda t, a, b: a.mode().values,
    "kthvalue": lambda t, a, b: a.kthvalue(1).values,
    "nanmean": lambda t, a, b: a.nanmean(),
    "cumprod": lambda t, a, b: a.cumprod(0),
    "cummax": lambda t, a, b: a.cummax(0).values,
    "cummin": lambda t, a, b: a.cummin(0).values,
    "logcumsumexp": lambda t, a, b: a.logcumsumexp(0),
    "diff": lambda t, a, b: a.diff(),
    "unique": lambda t, a, b: a.unique(),
    "unique along": lambda t, a, b: a.unique(dim=0),
    "unique_consecutive": lambda t, a, b: a.unique_consecutive(),
    "matrix_norm": lambda t, a, b: t.linalg.matrix_norm(a),
    "matrix_norm 2": lambda t, a, b: t.linalg.matrix_norm(a, 2),
    "matrix_norm nuc": lambda t, a, b: t.linalg.matrix_norm(a, "nuc"),
}


@pytest.mark.parametrize("name", NODES)
def test_nodes_have_torchs_names(name):
    names = []
    for lib in (mt, torch):
        a, b = (lib.from_numpy(x.copy()).requires_grad_() for x in (A, B))
        names.append(NODES[name](lib, a, b).grad_fn.name())
    assert names[0] == names[1]


ONE_TENSOR = ("erfc", "erfinv", "lgamma", "digamma", "histc", "nanmean")
TWO_TENSORS = ("atan2", "arctan2", "hypot", "fmax", "fmin", "logaddexp", "logaddexp2", "xlogy", "isin")
WRITTEN = {
    **{name: lambda t, a, b, out, name=name: getattr(t, name)(a, out=out) for name in ONE_TENSOR},
    **{name: lambda t, a, b, out, name=name: getattr(t, name)(a, b, out=out) for name in TWO_TENSORS},
    "polygamma": lambda t, a, b, out: t.polygamma(2, a, out=out),
    "cumprod": lambda t, a, b, out: t.cumprod(a, 0, out=out),
    "logcumsumexp": lambda t, a, b, out: t.logcumsumexp(a, 0, out=out),
    "diff": lambda t, a, b, out: t.diff(a, out=out),
    "quantile": lambda t, a, b, out: t.quantile(a, 0.5, 0, out=out),
    "nanquantile": lambda t, a, b, out: t.nanquantile(a, 0.5, 0, out=out),
    "matrix_norm": lambda t, a, b, out: t.linalg.matrix_norm(a, out=out),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_out(name):
    def program(t, nn):
        out = t.empty(0, dtype=t.bool if name == "isin" else t.float64)
        result = WRITTEN[name](t, t.from_numpy(A.copy()), t.from_numpy(B.copy()), out)
        assert result is out
        return out

    assert_same(program)


@pytest.mark.parametrize("name", ["searchsorted", "bucketize"])
def test_out_of_places(name):
    def program(t, nn):
        a, row = t.from_numpy(A.copy()), t.tensor([1.0, 2.0], dtype=t.float64)
        first, second = (row, a) if name == "searchsorted" else (a, row)
        out = t.empty(0, dtype=t.int64)
        return getattr(t, name)(first, second, out=out), out

    assert_same(program)


def test_return_types_print_as_torchs():
    for text in (
        "t.ones(2).aminmax()",
        "t.ones(2).median(0)",
        "t.ones(2).nanmedian(0)",
        "t.ones(2, 1).mode(1)",
        "t.ones(2, 1).kthvalue(1, 1)",
        "t.ones(2).cummax(0)",
        "t.ones(2).cummin(0)",
    ):
        assert repr(eval(text, {"t": mt})) == repr(eval(text, {"t": torch})), text


SPECIAL = [0.0, -0.0, -1.0, -2.0, np.inf, -np.inf, np.nan, -1.5, 1.0, 2.0, 1e300, -1e300, 1e-300, 171.0, 1e17, 27.0]


@pytest.mark.parametrize("name", ["erfc", "erfinv", "lgamma", "digamma"])
def test_special_values(name):
    assert_same(lambda t, nn: getattr(t, name)(t.tensor(SPECIAL, dtype=t.float64)))


@pytest.mark.parametrize(
    ("name", "low", "high", "ulp"),
    [("erfc", -6, 26, 4), ("erfinv", -0.95, 0.95, 16), ("digamma", 2, 100, 8), ("lgamma", 3, 100, 16)],
)
def test_special_functions_are_good_to_a_few_ulp(name, low, high, ulp):
    x = np.random.default_rng(0).uniform(low, high, 20000)
    ours, theirs = (getattr(lib, name)(lib.from_numpy(x)).numpy() for lib in (mt, torch))
    assert ulp_distance(ours, theirs).max() <= ulp


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_polygamma_below_zero(n):
    """By reflection; at the poles it is infinite (torch's trigamma is merely large there)."""
    x = np.random.default_rng(0).uniform(-5, 20, 2000)
    ours, theirs = (lib.polygamma(n, lib.from_numpy(x)).numpy() for lib in (mt, torch))
    np.testing.assert_allclose(ours, theirs, rtol=2e-9)
    assert np.isinf(mt.polygamma(n, mt.tensor([0.0, -1.0, -7.0])).numpy()).all()


@pytest.mark.parametrize("dim", [0, 1])
def test_longer_rows(dim):
    """Where torch turns to other algorithms than for a record's small sizes: values, and indices of distinct elements."""
    rng = np.random.default_rng(1)
    distinct = rng.permutation(900).reshape(30, 30).astype(np.float64)
    repeated = rng.integers(0, 9, (30, 30)).astype(np.float64)

    def program(t, nn):
        d, r = t.from_numpy(distinct.copy()), t.from_numpy(repeated.copy())
        return (
            *d.median(dim), *d.kthvalue(20, dim), *d.cummax(dim), *r.cummax(dim), *r.cummin(dim),
            r.median(dim).values, r.nanmedian(dim).values, r.mode(dim).values, r.kthvalue(20, dim).values,
            *r.unique(return_inverse=True, return_counts=True), *r.unique(dim=dim, return_counts=True)[::2],
            *r[0].unique_consecutive(return_inverse=True, return_counts=True),
            r.histc(7), d.quantile(0.37, dim), r.topk(20, dim).values, r.sort(dim).values,
            t.searchsorted(d[0].sort().values, d), t.isin(d, r),
        )  # fmt: skip

    assert_same(program)


def test_mode_counts_every_nan_for_itself():
    """Torch's sort is confused by NaN; ours puts it last."""
    values, index = mt.tensor([np.nan, 2.0, 1.0, np.nan, 1.0]).mode()
    assert (values.item(), index.item()) == (1.0, 4)
    assert mt.tensor([np.nan, 2.0, 1.0]).mode().values.item() == 1.0


@pytest.mark.parametrize("ord", [2, "nuc", -2])
def test_singular_value_norms_can_be_differentiated_twice(ord):
    x = mt.from_numpy(np.random.default_rng(3).normal(size=(3, 4))).requires_grad_()
    assert mt.autograd.gradgradcheck(lambda a: mt.linalg.matrix_norm(a, ord), (x,))


LAYOUTS = {
    "permuted": lambda t: t.arange(24.0).remainder(7).reshape(2, 3, 4).permute(2, 0, 1),
    "strided": lambda t: t.arange(24.0).remainder(7).reshape(4, 6)[::2, ::2],
    "expanded": lambda t: t.arange(3.0).remainder(2).reshape(3, 1).expand(3, 4),
    "with a side of 1": lambda t: t.arange(12.0).remainder(7).reshape(3, 1, 4).permute(1, 2, 0),
    "transposed, strided": lambda t: t.arange(24.0).remainder(7).reshape(6, 4)[::2].t(),
    "empty": lambda t: t.zeros(2, 0, 3).permute(2, 1, 0),
}
ORDERING = {
    "sort": lambda t, x: t.sort(x, dim=0, stable=True),
    "argsort": lambda t, x: (t.argsort(x, dim=-1, stable=True),),
    "msort": lambda t, x: (t.msort(x),),
    "unique": lambda t, x: t.unique(x, dim=1, return_counts=True) if x.numel() else (x,),
    "unique_consecutive": lambda t, x: t.unique_consecutive(x, dim=0, return_inverse=True) if x.numel() else (x,),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", ORDERING)
def test_sorted_results_lie_in_memory_as_torchs(name, layout):
    assert_same(lambda t, nn: [(y, y.stride()) for y in ORDERING[name](t, LAYOUTS[layout](t))])
