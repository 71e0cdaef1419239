"""Records of attention."""

from hypothesis import strategies as st

from .spec import ErrorCase, Sample, draw_values, record

side = st.integers(1, 4)


def _attention(draw):
    batch = tuple(draw(st.lists(st.integers(0, 3), max_size=2)))
    length, keys, width, other = (draw(side) for _ in range(4))
    shapes = [(*batch, length, width), (*batch, keys, width), (*batch, keys, other)]
    options = {"is_causal": True} if draw(st.booleans()) else {}
    if draw(st.booleans()):
        options["scale"] = draw(st.sampled_from([0.5, 2.0]))
    if not options and draw(st.booleans()):
        shapes.append((length, keys))  # a mask that is added
    return Sample([draw_values(draw, shape) for shape in shapes], options)


def _call(t, q, k, v, mask=None, **options):
    return t.nn.functional.scaled_dot_product_attention(q, k, v, mask, **options)


def _bad(*shapes, **options):
    return ErrorCase(lambda t: _call(t, *[t.zeros(shape) for shape in shapes], **options))


record(
    "F.scaled_dot_product_attention",
    _call,
    _attention,
    dtypes=("float16", "float32", "float64"),
    orders=1,  # torch's kernel has no second derivative; tests/test_attention.py compares with its math backend
    kernels=True,
    factor=4.0,
    reason="torch's kernel sums in float32 for float16 and takes the keys block by block, in another order",
    errors=[
        _bad((3,), (3,), (3,)),
        _bad((2, 3), (2, 4), (2, 3)),
        _bad((2, 3), (2, 3), (2, 3), dropout_p=1.5),
        _bad((2, 3), (2, 3), (2, 3), (2, 2), is_causal=True),
        ErrorCase(lambda t: _call(t, t.zeros(2, 3), t.zeros(2, 3), t.zeros(2, 3, dtype=t.float64))),
    ],
)


def _heads(draw):
    length, keys, batch = draw(side), draw(side), draw(side)
    shapes = [(length, batch, 4), (keys, batch, 4), (keys, batch, 4), (12, 4), (12,), (4, 4), (4,)]
    return Sample([draw_values(draw, shape) for shape in shapes], {"average_attn_weights": draw(st.booleans())})


def _multihead(t, q, k, v, weight, bias, out_weight, out_bias, **options):
    function = t.nn.functional.multi_head_attention_forward
    return function(q, k, v, 4, 2, weight, bias, None, None, False, 0.0, out_weight, out_bias, **options)


def _bad_heads(*shapes, **options):
    rest = ((12, 4), (12,), (4, 4), (4,))
    return ErrorCase(lambda t: _multihead(t, *[t.zeros(shape) for shape in (*shapes, *rest)], **options))


record(
    "F.multi_head_attention_forward",
    _multihead,
    _heads,
    factor=4.0,
    reason="four products and a softmax of scores up to 50 one after the other, each rounded in another order",
    errors=[
        _bad_heads((4,), (4,), (4,)),
        _bad_heads((3, 2, 4), (3, 4), (3, 4)),
        _bad_heads((3, 2, 6), (3, 2, 6), (3, 2, 6)),
        _bad_heads((3, 2, 4), (3, 2, 4), (3, 2, 4), is_causal=True),
    ],
)
