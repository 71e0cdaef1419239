"""Attention: values mixed in proportion to how well their keys fit the queries."""

import math
import warnings

import numpy as np

from .. import checks, kernels
from ..autograd.mode import state
from ..autograd.op import op
from ..creation import full, zeros, zeros_like
from ..dtypes import bool_, float32
from .activation import FUNCTIONAL
from .dropout import dropout
from .join import cat
from .linear import linear
from .padding import pad
from .public import public


@op(name="ScaledDotProductFlashAttentionForCpuBackward0")
def attention_op(query, key, value, attn_mask, *, is_causal, scale):
    """All in one kernel; what it works on has no empty dimension, and the three lead with the same ones."""
    rows = _planes(query, key, value)
    wide = [x.astype(np.float32) if x.dtype == np.float16 else x for x in rows]
    y = kernels.attend(*wide, _mask_planes(attn_mask, query, key), is_causal, scale)
    return y.astype(query.dtype, copy=False).reshape(*query.shape[:-1], value.shape[-1])


@attention_op.fast_gradient
def _(g, query, key, value, attn_mask, is_causal, scale):
    mask = _mask_planes(attn_mask, query, key)
    grads = kernels.attend_backward(*_planes(g, query, key, value), mask, is_causal, scale)
    return *[grad.reshape(x.shape) for grad, x in zip(grads, (query, key, value))], None


def _in_steps(query, key, value, attn_mask, *, is_causal, scale, dropout_p=0.0):
    if is_causal:
        attn_mask = full((query.shape[-2], key.shape[-2]), -math.inf, dtype=query.dtype).triu(1)
    # Both factors take the root of the scale, as in torch: the product of large ones does not overflow.
    root = math.sqrt(scale) if scale >= 0 else scale
    scores = (query * root) @ (key * (root if scale >= 0 else 1.0)).transpose(-2, -1)
    weights = scores.softmax(-1) if attn_mask is None else _safe_softmax(scores + attn_mask)
    if dropout_p:
        weights = dropout(weights, dropout_p)
    return weights @ value


attention_op.definition(_in_steps)


def _planes(*arrays):
    """(..., L, E) -> (B, L, E)"""
    return [a.reshape(-1, *a.shape[-2:]) for a in arrays]


def _mask_planes(mask, query, key):
    """As (B,L,S), or (1,L,S) where it is the same for all; None stays"""
    if mask is None:
        return None
    sizes = query.shape[-2], key.shape[-2]
    if mask.size == math.prod(mask.shape[-2:]):
        return np.broadcast_to(mask.reshape(mask.shape[-2:]), sizes)[None]
    return np.broadcast_to(mask, (*query.shape[:-2], *sizes)).reshape(-1, *sizes)


# Where torch has no kernel of its own, its last node is that of a product.
_attention_in_steps = attention_op.named("UnsafeViewBackward0")


def _safe_softmax(scores):
    """Softmax along the last dimension; zeros where everything is masked."""
    dead = (scores == -math.inf).all(-1, keepdim=True)
    return scores.masked_fill(dead, 0.0).softmax(-1).masked_fill(dead, 0.0)


@public(method=False, namespace=FUNCTIONAL)
def scaled_dot_product_attention(
    query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, *, scale=None, enable_gqa=False
):
    """softmax(scale q k' + mask) v, scale = 1 / sqrt(E).

    A bool mask says what is looked at, another one is added.  is_causal: query i looks at keys 0 to i.  enable_gqa: several
    heads of the query (dimension -3) share one of key and value.
    Shapes: query (..., L, E), key (..., S, E), value (..., S, F), attn_mask broadcastable to (..., L, S) -> (..., L, F).
    Raises: RuntimeError for shapes, dtypes or options that do not fit.
    Torch: torch.nn.functional.scaled_dot_product_attention; Vaswani et al., 2017 (arXiv:1706.03762)
    """
    _check_attention(query, key, value, attn_mask, dropout_p, is_causal)
    if enable_gqa:
        key, value = _repeat_heads(query, key, value)
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    if attn_mask is not None and attn_mask.dtype is bool_:
        attn_mask = zeros(attn_mask.shape, dtype=query.dtype).masked_fill_(attn_mask.logical_not(), -math.inf)
    recorded = state.enabled and any(x.requires_grad for x in (query, key, value))
    learned = state.enabled and attn_mask is not None and attn_mask.requires_grad
    fits = query.shape[:-2] == key.shape[:-2] == value.shape[:-2]
    fits = fits and query.shape[-1] == key.shape[-1] and key.shape[-2] == value.shape[-2]
    if attn_mask is not None:  # one that is broadcast to more makes more of the result, too
        fits = fits and checks.is_expandable(attn_mask.shape, (*query.shape[:-1], key.shape[-2]))
    if recorded and fits:  # the kernel is float32's; in steps other dtypes are quicker than in the formula
        fits = query.dtype is float32 and 0 not in (*query.shape, *key.shape, *value.shape)
    if dropout_p or learned or not fits:
        return _in_steps(query, key, value, attn_mask, is_causal=is_causal, scale=scale, dropout_p=dropout_p)
    flash = query.ndim == 4 and value.shape[-1] == query.shape[-1] and (attn_mask is None or attn_mask.ndim in (2, 4))
    return (attention_op if flash else _attention_in_steps)(query, key, value, attn_mask, is_causal=is_causal, scale=scale)


def _check_attention(query, key, value, mask, dropout_p, is_causal) -> None:
    for name, x in (("query", query), ("key", key), ("value", value)):
        checks.check_tensor(x, "scaled_dot_product_attention", name)
    if min(query.ndim, key.ndim, value.ndim) < 2:
        raise RuntimeError(
            f"Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: {query.ndim} key.dim: "
            f"{key.ndim} and value.dim: {value.ndim} instead."
        )
    names = [checks.C_NAMES[x.dtype.name] for x in (query, key, value)]
    if len(set(names)) > 1:
        raise RuntimeError(
            f"Expected query, key, and value to have the same dtype, but got query.dtype: {names[0]} key.dtype: {names[1]} "
            f"and value.dtype: {names[2]} instead."
        )
    if mask is not None:
        if is_causal:
            raise RuntimeError("_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True")
        if mask.dtype is not bool_ and mask.dtype is not query.dtype:
            raise RuntimeError(
                "Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: "
                f"{checks.C_NAMES[mask.dtype.name]} and  query.dtype: {names[0]} instead."
            )
    if not query.is_floating_point():
        raise RuntimeError(f"expected m1 and m2 to have the same dtype, but got: float != {names[0]}")
    if not 0.0 <= dropout_p <= 1.0:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {dropout_p:g}")


def _repeat_heads(query, key, value):
    heads = query.shape[-3]
    if heads % key.shape[-3] or heads % value.shape[-3]:
        raise RuntimeError("Number of heads in key and value must divide the number of heads in ")
    return [x.repeat_interleave(heads // x.shape[-3], -3) for x in (key, value)]


# --- several heads -------------------------------------------------------------------------------------------------


def canonical_mask(mask, mask_name, other_type, other_name, target_type, check_other=True):
    """A bool mask (true: not looked at) as one to be added.

    Raises: AssertionError for a mask of integers; warns of a mask of another dtype than the other one.
    Torch: torch.nn.functional._canonical_mask
    """
    if mask is None:
        return None
    if mask.dtype is not bool_ and not mask.is_floating_point():
        raise AssertionError(f"only bool and floating types of {mask_name} are supported")
    if check_other and other_type is not None and mask.dtype is not other_type:
        warnings.warn(
            f"Support for mismatched {mask_name} and {other_name} is deprecated. Use same type for both instead.",
            stacklevel=3,
        )
    if mask.is_floating_point():
        return mask
    return zeros_like(mask, dtype=target_type).masked_fill_(mask, -math.inf)


def _expect(condition, words) -> None:
    if not condition:
        raise AssertionError(words)


def _check_dims(query, key, value, key_padding_mask, attn_mask, heads) -> bool:
    """True for a batch."""
    if query.ndim not in (2, 3):
        raise AssertionError(f"query should be unbatched 2D or batched 3D tensor but received {query.ndim}-D query tensor")
    batched = query.ndim == 3
    kind = "batched (3-D)" if batched else "unbatched (2-D)"
    _expect(
        key.ndim == value.ndim == query.ndim,
        f"For {kind} `query`, expected `key` and `value` to be {query.ndim}-D but found {key.ndim}-D and {value.ndim}-D "
        "tensors respectively",
    )
    if key_padding_mask is not None:
        _expect(
            key_padding_mask.ndim == query.ndim - 1,
            f"For {kind} `query`, expected `key_padding_mask` to be `None` or {query.ndim - 1}-D but found "
            f"{key_padding_mask.ndim}-D tensor instead",
        )
    if attn_mask is not None:
        _expect(
            attn_mask.ndim in (2, 3),
            f"For {kind} `query`, expected `attn_mask` to be `None`, 2-D or 3-D but found {attn_mask.ndim}-D tensor instead",
        )
        expected = (heads, len(query), len(key))
        if not batched and attn_mask.ndim == 3 and tuple(attn_mask.shape) != expected:
            raise AssertionError(f"Expected `attn_mask` shape to be {expected} but got {attn_mask.shape}")
    return batched


def _projected(query, key, value, weight, bias, weights):
    """What the projections make of queries, keys and values."""
    if weights is None:
        _expect(key.shape == value.shape, f"key shape {key.shape} does not match value shape {value.shape}")
        if key is value and query is key:
            return linear(query, weight, bias).chunk(3, -1)
        weights = weight.chunk(3)
    else:
        _expect(
            key.shape[:2] == value.shape[:2],
            f"key's sequence and batch dims {key.shape[:2]} do not match value's {value.shape[:2]}",
        )
        size = query.shape[-1]
        for name, x, w in zip(("query", "key", "value"), (query, key, value), weights):
            expected = (size, x.shape[-1])
            _expect(tuple(w.shape) == expected, f"expecting {name} weights shape of {expected}, but got {w.shape}")
    biases = (None, None, None) if bias is None else bias.chunk(3)
    if key is value and weight is not None and key.shape[-1:] != weight.shape[1:]:
        linear(query, weights[0], biases[0])
        linear(key, weight[weight.shape[0] // 3 :])  # is refused, in the words for both at once
    return [linear(x, w, b) for x, w, b in zip((query, key, value), weights, biases)]


def _check_mask_shape(mask, heads, batch, length, keys):
    """An attn_mask with a dimension for batch and heads."""
    if mask.ndim == 2:
        if tuple(mask.shape) != (length, keys):
            raise RuntimeError(f"The shape of the 2D attn_mask is {mask.shape}, but should be {(length, keys)}.")
        return mask.unsqueeze(0)
    expected = (batch * heads, length, keys)
    if tuple(mask.shape) != expected:
        raise RuntimeError(f"The shape of the 3D attn_mask is {mask.shape}, but should be {expected}.")
    return mask


@public(method=False, namespace=FUNCTIONAL)
def multi_head_attention_forward(
    query,
    key,
    value,
    embed_dim_to_check,
    num_heads,
    in_proj_weight,
    in_proj_bias,
    bias_k,
    bias_v,
    add_zero_attn,
    dropout_p,
    out_proj_weight,
    out_proj_bias,
    training=True,
    key_padding_mask=None,
    need_weights=True,
    attn_mask=None,
    use_separate_proj_weight=False,
    q_proj_weight=None,
    k_proj_weight=None,
    v_proj_weight=None,
    static_k=None,
    static_v=None,
    average_attn_weights=True,
    is_causal=False,
):
    """(out_proj of the heads' results side by side, attention weights or None): see nn.MultiheadAttention.

    Shapes: query (L, N, E), key (S, N, K), value (S, N, V), or without N -> (L, N, E), (N, L, S).
    Raises: AssertionError or RuntimeError for arguments that do not fit.
    Torch: torch.nn.functional.multi_head_attention_forward
    """
    batched = _check_dims(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        query, key, value = _unbatched(query, key, value)
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    length, batch, size = query.shape
    key_padding_mask = canonical_mask(
        key_padding_mask, "key_padding_mask", None if attn_mask is None else attn_mask.dtype, "attn_mask", query.dtype
    )
    if is_causal and attn_mask is None:
        raise RuntimeError(
            "Need attn_mask if specifying the is_causal hint. You may use the Transformer module method "
            "`generate_square_subsequent_mask` to create this mask."
        )
    if is_causal and key_padding_mask is None and not need_weights:
        attn_mask = None  # the hint says it all
    else:
        attn_mask = canonical_mask(attn_mask, "attn_mask", None, "", query.dtype, check_other=False)
        is_causal = is_causal and key_padding_mask is None
    _expect(size == embed_dim_to_check, f"was expecting embedding dimension of {embed_dim_to_check}, but got {size}")
    width = size // num_heads
    _expect(width * num_heads == size, f"embed_dim {size} not divisible by num_heads {num_heads}")
    separate = (q_proj_weight, k_proj_weight, v_proj_weight) if use_separate_proj_weight else None
    q, k, v = _projected(query, key, value, in_proj_weight, in_proj_bias, separate)
    if attn_mask is not None:
        attn_mask = _check_mask_shape(attn_mask, num_heads, batch, length, len(key))

    more = 0  # keys that are added to the given ones
    if bias_k is not None and bias_v is not None:
        _expect(static_k is None, "bias cannot be added to static key.")
        _expect(static_v is None, "bias cannot be added to static value.")
        k, v = cat([k, bias_k.repeat(1, batch, 1)]), cat([v, bias_v.repeat(1, batch, 1)])
        more += 1
    else:
        _expect(bias_k is None, "bias_k is set but bias_v is None")
        _expect(bias_v is None, "bias_v is set but bias_k is None")

    def heads(x):
        return x.reshape(len(x), batch * num_heads, width).transpose(0, 1)

    q = heads(q)
    k = heads(k) if static_k is None else _check_static("static_k", static_k, batch * num_heads, width)
    v = heads(v) if static_v is None else _check_static("static_v", static_v, batch * num_heads, width)
    if add_zero_attn:
        nothing = zeros((batch * num_heads, 1, width), dtype=k.dtype)
        k, v = cat([k, nothing], 1), cat([v, nothing], 1)
        more += 1
    if more:
        attn_mask = None if attn_mask is None else pad(attn_mask, (0, more))
        key_padding_mask = None if key_padding_mask is None else pad(key_padding_mask, (0, more))
    keys = k.shape[1]
    if key_padding_mask is not None:
        if tuple(key_padding_mask.shape) != (batch, keys):
            at = 0 if key_padding_mask.shape[0] != batch else 1
            found, expected = key_padding_mask.shape[at], (batch, keys)[at]
            raise AssertionError(f"Expected key_padded_mask.shape[{at}] to be {expected}, but got {found}")
        rows = key_padding_mask.view(batch, 1, 1, keys).expand(-1, num_heads, -1, -1).reshape(batch * num_heads, 1, keys)
        attn_mask = rows if attn_mask is None else attn_mask + rows
    dropout_p = dropout_p if training else 0.0

    weights = None
    if need_weights:
        _expect(not (is_causal and attn_mask is None), "FIXME: is_causal not implemented for need_weights")
        scaled, turned = q * math.sqrt(1.0 / float(width)), k.transpose(-2, -1)
        scores = scaled.bmm(turned) if attn_mask is None else attn_mask.baddbmm(scaled, turned)
        weights = scores.softmax(-1)
        weights = dropout(weights, dropout_p) if dropout_p > 0.0 else weights
        mixed = weights.bmm(v).transpose(0, 1).reshape(length * batch, size)
        weights = weights.view(batch, num_heads, length, keys)
        weights = weights.mean(1) if average_attn_weights else weights
    else:
        if attn_mask is not None:
            one = attn_mask.shape[0] == 1
            attn_mask = attn_mask.unsqueeze(0) if one else attn_mask.view(batch, num_heads, -1, keys)
        q, k, v = (x.reshape(batch, num_heads, x.shape[1], width) for x in (q, k, v))
        mixed = scaled_dot_product_attention(q, k, v, attn_mask, dropout_p, is_causal)
        mixed = mixed.permute(2, 0, 1, 3).reshape(batch * length, size)
    result = linear(mixed, out_proj_weight, out_proj_bias)
    result = result.view(length, batch, result.shape[1])
    if not batched:
        result = result.squeeze(1)
        weights = None if weights is None else weights.squeeze(0)
    return result, weights


def _unbatched(query, key, value):
    """With a batch of one; what is one tensor stays one."""
    q = query.unsqueeze(1)
    k = q if key is query else key.unsqueeze(1)
    return q, k, k if value is key else value.unsqueeze(1)


def _check_static(name, x, heads, width):
    _expect(x.shape[0] == heads, f"expecting {name}.size(0) of {heads}, but got {x.shape[0]}")
    _expect(x.shape[2] == width, f"expecting {name}.size(2) of {width}, but got {x.shape[2]}")
    return x
