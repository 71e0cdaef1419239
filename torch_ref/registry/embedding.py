"""Tables of rows: embedding, bags of rows, bilinear forms, and the layers' functions under torch's own namespace."""

import numpy as np
from hypothesis import strategies as st

from .spec import FLOATS, WIDE, ErrorCase, Sample, draw_shape, draw_values, record


def _indices(draw, rows, shape):
    kind = draw(st.sampled_from([np.int64, np.int32]), label="index dtype")
    count = int(np.prod(shape))
    values = draw(st.lists(st.integers(0, rows - 1), min_size=count, max_size=count), label="indices")
    return np.array(values, kind).reshape(shape)


def _norm(draw):
    return {
        "max_norm": draw(st.sampled_from([None, 0.7, 0.0, 10.0]), label="max_norm"),
        "norm_type": draw(st.sampled_from([2.0, 1.0, float("inf"), 3.0]), label="norm_type"),
    }


def _embedded(draw):
    rows = draw(st.integers(1, 4), label="rows")
    index = _indices(draw, rows, draw_shape(draw, max_dims=3, max_side=3))
    norm = _norm(draw)
    width = draw(st.integers(0 if norm["max_norm"] is None else 1, 3), label="width")
    return Sample(
        [draw_values(draw, (rows, width))],
        {
            "index": index,
            "padding_idx": draw(st.one_of(st.none(), st.integers(-rows, rows - 1)), label="padding_idx"),
            "scale_grad_by_freq": draw(st.booleans(), label="scale_grad_by_freq"),
        }
        | norm,
    )


def _embedding(t, w, index, max_norm=None, **given):
    # A copy, because max_norm writes: the sample is used again.
    table = w if max_norm is None else w.clone()
    return t.nn.functional.embedding(t.from_numpy(index).to(w.device), table, max_norm=max_norm, **given)


record(
    "F.embedding",
    _embedding,
    _embedded,
    dtypes=WIDE,
    kernels=True,
    orders=1,
    errors=[
        ErrorCase(lambda t: t.nn.functional.embedding(t.tensor([3]), t.ones(3, 2))),
        ErrorCase(lambda t: t.nn.functional.embedding(t.tensor([0.5]), t.ones(3, 2))),
        ErrorCase(lambda t: t.nn.functional.embedding(t.tensor([0]), t.ones(3, 2), padding_idx=5)),
        ErrorCase(lambda t: t.nn.functional.embedding(t.tensor([0]), t.ones(3, 2), padding_idx=-4)),
        ErrorCase(lambda t: t.nn.functional.embedding(t.tensor([0]), t.ones(3))),
        ErrorCase(lambda t: t.nn.functional.embedding([0], t.ones(3, 2))),
        ErrorCase(lambda t: t.nn.functional.embedding(t.tensor([0]), [1.0])),
        ErrorCase(lambda t: t.nn.functional.embedding(t.tensor([7]), t.ones(3, 2), max_norm=1.0)),
        ErrorCase(lambda t: t.nn.functional.embedding(t.tensor([-1]), t.zeros(3, 2), max_norm=1.0)),
        ErrorCase(lambda t: t.nn.functional.embedding(t.tensor([0.5]), t.ones(3, 2), max_norm=1.0)),
        ErrorCase(lambda t: t.nn.functional.embedding(t.tensor([0]), t.ones(3), max_norm=1.0)),
    ],
)
record(
    "embedding",
    lambda t, w, index, padding_idx, scale_grad_by_freq, **norm: t.embedding(
        w, t.from_numpy(index).to(w.device), -1 if padding_idx is None else padding_idx, scale_grad_by_freq
    ),
    _embedded,
    orders=1,
    errors=[
        ErrorCase(lambda t: t.embedding(t.ones(3, 2), t.tensor([3]))),
        ErrorCase(lambda t: t.embedding(t.ones(3), t.tensor([0]))),
    ],
)


def _bags(draw):
    rows = draw(st.integers(1, 4), label="rows")
    mode = draw(st.sampled_from(["sum", "mean", "max"]), label="mode")
    options = {
        "mode": mode,
        "padding_idx": draw(st.one_of(st.none(), st.integers(-rows, rows - 1)), label="padding_idx"),
    } | _norm(draw)
    if draw(st.booleans(), label="matrix"):
        index = _indices(draw, rows, (draw(st.integers(0, 3)), draw(st.integers(1, 3))))
    else:
        index = _indices(draw, rows, (draw(st.integers(0, 5)),))
        last = options["include_last_offset"] = draw(st.booleans(), label="include_last_offset")
        inner = draw(st.lists(st.integers(0, index.size), max_size=3), label="offsets")
        ends = [index.size] if last else []
        options["offsets"] = np.array([0, *sorted(inner), *ends], index.dtype)
    arrays = [draw_values(draw, (rows, draw(st.integers(1, 3))))]
    if mode == "sum" and draw(st.booleans(), label="per_sample_weights"):
        arrays.append(draw_values(draw, index.shape))
    return Sample(arrays, options | {"index": index})


def _bag(t, w, factors=None, *, index, offsets=None, max_norm=None, **given):
    if offsets is not None:
        given["offsets"] = t.from_numpy(offsets).to(w.device)
    table = w if max_norm is None else w.clone()
    return t.nn.functional.embedding_bag(
        t.from_numpy(index).to(w.device), table, max_norm=max_norm, per_sample_weights=factors, **given
    )


record(
    "F.embedding_bag",
    _bag,
    _bags,
    dtypes=WIDE,
    kernels=True,
    orders=1,  # torch has no second derivative; ours is compared with differences in test_embedding.py
    errors=[
        ErrorCase(lambda t: t.nn.functional.embedding_bag(t.tensor([1]), t.ones(3, 2))),
        ErrorCase(lambda t: t.nn.functional.embedding_bag(t.tensor([[1]]), t.ones(3, 2), t.tensor([0])), "Tensor's module"),
        ErrorCase(lambda t: t.nn.functional.embedding_bag(t.tensor([[[1]]]), t.ones(3, 2))),
        ErrorCase(lambda t: t.nn.functional.embedding_bag(t.tensor([1]), t.ones(3), t.tensor([0]))),
        ErrorCase(lambda t: t.nn.functional.embedding_bag(t.tensor([1]), t.ones(3, 2), t.tensor([[0]]))),
        ErrorCase(lambda t: t.nn.functional.embedding_bag(t.tensor([1]), t.ones(3, 2), t.tensor([1])), "torch adds a dump"),
        ErrorCase(lambda t: t.nn.functional.embedding_bag(t.tensor([1]), t.ones(3, 2), t.tensor([0, 3]))),
        ErrorCase(lambda t: t.nn.functional.embedding_bag(t.tensor([5]), t.ones(3, 2), t.tensor([0]))),
        ErrorCase(lambda t: t.nn.functional.embedding_bag(t.tensor([5]), t.ones(3, 2), t.tensor([0]), mode="max")),
        ErrorCase(lambda t: t.nn.functional.embedding_bag(t.tensor([5]), t.ones(3, 2), t.tensor([0]), max_norm=1.0)),
        ErrorCase(lambda t: t.nn.functional.embedding_bag(t.tensor([0.5]), t.ones(3, 2), t.tensor([0]))),
        ErrorCase(lambda t: t.nn.functional.embedding_bag(t.tensor([1]), t.ones(3, 2), t.tensor([0]), padding_idx=7)),
        ErrorCase(lambda t: t.nn.functional.embedding_bag(t.tensor([1]), t.ones(3, 2), t.tensor([0]), mode="median")),
        ErrorCase(lambda t: t.nn.functional.embedding_bag(t.tensor([1]), t.ones(3, 2).long(), t.tensor([0]))),
        ErrorCase(lambda t: t.nn.functional.embedding_bag(t.zeros((2, 0), dtype=t.int64), t.ones(3, 2))),
        ErrorCase(
            lambda t: t.nn.functional.embedding_bag(
                t.tensor([1]), t.ones(3, 2), t.tensor([0]), mode="max", scale_grad_by_freq=True
            )
        ),
        ErrorCase(
            lambda t: t.nn.functional.embedding_bag(t.tensor([1]), t.ones(3, 2), t.tensor([0]), mode="max", sparse=True)
        ),
        ErrorCase(lambda t: t.nn.functional.embedding_bag(t.tensor([[1]]), t.ones(3, 2), per_sample_weights=t.ones(1, 1))),
        ErrorCase(
            lambda t: t.nn.functional.embedding_bag(
                t.tensor([[1]]), t.ones(3, 2), mode="sum", per_sample_weights=t.ones(1, 1).double()
            )
        ),
        ErrorCase(
            lambda t: t.nn.functional.embedding_bag(
                t.tensor([[1]]), t.ones(3, 2), mode="sum", per_sample_weights=t.ones(2, 1)
            ),
            "Size's name",
        ),
        ErrorCase(
            lambda t: t.nn.functional.embedding_bag(
                t.tensor([1]), t.ones(3, 2), t.tensor([], dtype=t.int64), include_last_offset=True
            )
        ),
    ],
)


def _bilinear(draw):
    lead = draw_shape(draw, max_dims=2, max_side=3)
    first, second, outputs = (draw(st.integers(1, 3)) for _ in range(3))
    arrays = [draw_values(draw, s) for s in ((*lead, first), (*lead, second), (outputs, first, second))]
    if draw(st.booleans(), label="bias"):
        arrays.append(draw_values(draw, (outputs,)))
    return Sample(arrays)


record(
    "F.bilinear",
    lambda t, *arrays: t.nn.functional.bilinear(*arrays),
    _bilinear,
    dtypes=FLOATS,
    also=("bilinear",),
    errors=[
        ErrorCase(lambda t: t.nn.functional.bilinear(t.ones(2, 3), t.ones(1, 4), t.ones(5, 3, 4))),
        ErrorCase(lambda t: t.nn.functional.bilinear(t.ones(2, 3), t.ones(4), t.ones(5, 3, 4))),
        ErrorCase(lambda t: t.nn.functional.bilinear(t.ones(2, 3), t.ones(2, 4), t.ones(5, 3))),
        ErrorCase(lambda t: t.nn.functional.bilinear(t.ones(2, 3), t.ones(2, 4), t.ones(5, 3, 4, 2))),
        ErrorCase(lambda t: t.nn.functional.bilinear(t.ones(2, 2), t.ones(2, 4), t.ones(5, 3, 4))),
        ErrorCase(lambda t: t.nn.functional.bilinear(t.ones(2, 3), t.ones(2, 5), t.ones(5, 3, 4))),
        ErrorCase(lambda t: t.nn.functional.bilinear(t.ones(2, 3), t.ones(2, 4), t.ones(5, 3, 4), t.ones(4))),
        ErrorCase(lambda t: t.nn.functional.bilinear(t.ones(2, 3), t.ones(2, 4).double(), t.ones(5, 3, 4))),
        ErrorCase(lambda t: t.nn.functional.bilinear(t.ones(2, 3), t.ones(2, 4), t.ones(5, 3, 4), t.ones(5).half())),
        ErrorCase(lambda t: t.nn.functional.bilinear(t.ones(()), t.ones(()), t.ones(5, 3, 4))),
        ErrorCase(lambda t: t.nn.functional.bilinear(t.ones(2, 3), t.ones(2, 4), [1.0])),
    ],
)


# --- nn.functional's functions under torch's own namespace ---------------------------------------------------


def _image(draw):
    shape = (draw(st.integers(2, 3)), 4, *draw_shape(draw, min_dims=1, max_dims=2, min_side=2, max_side=2))
    return Sample([draw_values(draw, shape), draw_values(draw, (4,)), draw_values(draw, (4,))])


def _norms(draw):
    sample = _image(draw)
    sample.arrays += [draw_values(draw, (4,)), draw_values(draw, (4,), 0.5, 2.0)]
    sample.options["batch"] = draw(st.booleans(), label="statistics of the batch")
    return sample


record(
    "batch_norm",
    lambda t, x, w, b, mean, var, batch: t.batch_norm(
        x, w, b, mean.detach().clone(), var.detach().clone(), batch, 0.1, 1e-3, False
    ),
    _norms,
    errors=[ErrorCase(lambda t: t.batch_norm(t.ones(2, 3), None, None, None, None, False, 0.1, 1e-5, False))],
)
record(
    "instance_norm",
    lambda t, x, w, b, mean, var, batch: t.instance_norm(
        x, w, b, mean.detach().clone(), var.detach().clone(), batch, 0.1, 1e-3, False
    ),
    _norms,
    errors=[ErrorCase(lambda t: t.instance_norm(t.ones(2, 3, 2), None, None, None, None, False, 0.1, 1e-5, False))],
)
record(
    "layer_norm",
    lambda t, x, w, b: t.layer_norm(x.transpose(1, -1), (4,), w, b, 1e-3, True),
    _image,
    errors=[ErrorCase(lambda t: t.layer_norm(t.ones(2, 3), (2,)))],
)
record(
    "group_norm",
    lambda t, x, w, b: t.group_norm(x, 2, w, b, 1e-3, True),
    _image,
    errors=[ErrorCase(lambda t: t.group_norm(t.ones(2, 3), 2))],
)


def _loss(name, call, count, low=-2.0, errors=()):
    """torch.NAME of `count` matrices, with the reduction as a number."""

    def samples(draw):
        # No two are equal, no angle is between single numbers: a gradient of 0 is rounding and luck.
        shape = (draw(st.integers(1, 3)), draw(st.integers(2 if "cosine" in name else 1, 3)))
        signs = np.where(draw_values(draw, shape[:1] if "cosine" in name else shape) > 0, 1, -1)
        return Sample(
            list(draw_values(draw, (count, *shape), low)),
            {"signs": signs, "reduction": draw(st.integers(0, 2), label="reduction")},
        )

    wrong = ErrorCase(lambda t: call(t, *[t.ones(2, 2)] * count, signs=np.ones((2, 2)), reduction="mean"))
    record(name, call, samples, errors=[wrong, *errors])


def _as(t, signs, x):
    return t.from_numpy(signs).to(x.device, x.dtype)


_loss("kl_div", lambda t, x, y, signs, reduction: t.kl_div(x, y, reduction, log_target=bool(signs.flat[0] > 0)), 2, 0.5)
_loss("poisson_nll_loss", lambda t, x, y, signs, reduction: t.poisson_nll_loss(x, y, True, False, 1e-8, reduction), 2, 0.5)
_loss("hinge_embedding_loss", lambda t, x, signs, reduction: t.hinge_embedding_loss(x, _as(t, signs, x), 0.7, reduction), 1)
_loss(
    "margin_ranking_loss",
    lambda t, x, y, signs, reduction: t.margin_ranking_loss(x, y, _as(t, signs, x), 0.3, reduction),
    2,
)
_loss(
    "cosine_embedding_loss",
    lambda t, x, y, signs, reduction: t.cosine_embedding_loss(x, y, _as(t, signs, x), 0.1, reduction),
    2,
)
_loss(
    "triplet_margin_loss",
    lambda t, a, p, n, signs, reduction: t.triplet_margin_loss(a, p, n, 1.0, 2.0, 0.1, False, reduction),
    3,
)
_loss(
    "binary_cross_entropy_with_logits",
    lambda t, x, y, signs, reduction: t.binary_cross_entropy_with_logits(x, y.sigmoid(), None, None, reduction),
    2,
)
record(
    "dropout (off)",
    lambda t, x, p: t.dropout(x, p, False),
    lambda draw: Sample([draw_values(draw, (2, 3, 2))], {"p": draw(st.floats(0, 1))}),
    errors=[
        ErrorCase(lambda t: t.dropout(t.ones(2), 1.5, True)),
        ErrorCase(lambda t: t.dropout([1.0], 0.5, True)),
    ],
)
