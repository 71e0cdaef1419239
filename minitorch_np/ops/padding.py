"""Padding: with a constant, or with what lies inside (reflected, replicated, or wrapped around)."""

import numpy as np

from .. import checks, dtypes
from ..autograd.op import op
from .convert import cloning
from .indexing import index_op
from .public import public


@op(name="ConstantPadNdBackward0")
def constant_pad(x, *, sides, value):
    """sides: (before, after) per dimension; negative ones crop."""
    cropped = x[tuple(slice(max(-b, 0), n - max(-a, 0)) for n, (b, a) in zip(x.shape, sides, strict=True))]
    return np.pad(cropped, [(max(b, 0), max(a, 0)) for b, a in sides], constant_values=value)


@constant_pad.gradient
def _(g, sides):
    return constant_pad(g, sides=tuple((-b, -a) for b, a in sides), value=0)


def _pairs(pad, ndim):
    """torch's flat list, last dimension first, as (before, after) per dimension."""
    if len(pad) % 2:
        raise RuntimeError("Padding length must be divisible by 2")
    if len(pad) > 2 * ndim:
        raise RuntimeError(
            f"Padding length should be less than or equal to two times the input dimension but got padding length "
            f"{len(pad)} and input of dimension {ndim}"
        )
    pairs = [(int(pad[i]), int(pad[i + 1])) for i in range(0, len(pad), 2)][::-1]
    return ((0, 0),) * (ndim - len(pairs)) + tuple(pairs)


def _source(size, before, after, mode):
    """Which element each position of the padded dimension shows."""
    at = np.arange(-before, size + after)
    if mode == "replicate":
        return np.clip(at, 0, size - 1)
    if mode == "circular":
        return at % size
    at = np.abs(at)
    return np.where(at >= size, 2 * (size - 1) - at, at)


def _check_inside(mode, dim, size, before, after, shape):
    if mode == "reflect" and max(before, after) >= size:
        raise RuntimeError(
            f"Argument #4: Padding size should be less than the corresponding input dimension, but got: padding ({before}, "
            f"{after}) at dimension {dim} of input {list(shape)}"
        )
    if mode == "circular" and max(before, after) > size:
        raise RuntimeError("Padding value causes wrapping around more than once.")
    if mode == "circular" and before + after + size < 0:
        raise RuntimeError("Negative padding value is resulting in an empty dimension")


@public(method=False, namespace=("nn.functional",))
def pad(input, pad, mode="constant", value=None):
    """The input with sides added: pad = (left, right, top, bottom, ...), last dimension first; negative crops.

    Raises: RuntimeError, NotImplementedError for lengths and sizes that do not fit the mode.
    Torch: torch.nn.functional.pad
    """
    checks.check_tensor(input, "pad")
    sides = _pairs(tuple(pad), input.ndim)
    shape = input._array.shape
    if mode == "constant":
        if any(n + b + a < 0 or -b > n or -a > n for n, (b, a) in zip(shape, sides, strict=True)):
            raise RuntimeError("narrow(): length must be non-negative.")
        if not any(map(any, sides)):
            return cloning("ConstantPadNdBackward0")(input)
        return constant_pad(input, sides=sides, value=0.0 if value is None else value)
    if mode not in ("reflect", "replicate", "circular"):
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    if value is not None and value != 0:
        raise RuntimeError(f'Padding mode "{mode}" doesn\'t take in value argument')
    if (len(pad), input.ndim) not in ((2, 2), (2, 3), (4, 3), (4, 4), (6, 4), (6, 5)):
        raise NotImplementedError(
            f"Padding size {len(pad)} is not supported for {input.ndim}D input tensor.\n"
            "Supported combinations for non-constant padding:\n"
            "  - 2D or 3D input: padding size = 2 (pads last dimension)\n"
            "  - 3D or 4D input: padding size = 4 (pads last 2 dimensions)\n"
            "  - 4D or 5D input: padding size = 6 (pads last 3 dimensions)"
        )
    _check_reflected(input, mode, len(pad) // 2)
    for dim in range(len(shape) - 1, -1, -1):
        if any(sides[dim]):
            n, (b, a) = shape[dim], sides[dim]
            _check_inside(mode, dim, n, b, a, shape)
            source = _source(n, b, a, mode) if b >= 0 and a >= 0 else _cropped_source(n, b, a, mode)
            input = index_op(input, key=(slice(None),) * dim + (source,))
    return input


def _check_reflected(input, mode, dims):
    """What torch's kernels for "reflect" and "replicate" refuse; "circular" is made of copies."""
    if mode == "circular":
        return
    if 0 in input._array.shape[input.ndim - dims - 1 :]:
        raise RuntimeError(
            f"Expected {dims + 1}D or {dims + 2}D (batch mode) tensor with possibly 0 batch size and other non-zero "
            f"dimensions for input, but got: {list(input.shape)}"
        )
    if input.dtype is dtypes.bool_:
        name = "reflection" if mode == "reflect" else "replication"
        raise NotImplementedError(f"\"{name}_pad{dims}d\" not implemented for 'Bool'")


def _cropped_source(n, before, after, mode):
    """A negative side takes elements away from that end: of the padded dimension, but of a circle before it is closed."""
    if mode == "circular":
        left = n - max(-before, 0) - max(-after, 0)
        return max(-before, 0) + np.arange(-max(before, 0), left + max(after, 0)) % max(left, 1)
    whole = _source(n, max(before, 0), max(after, 0), mode)
    return whole[max(-before, 0) : len(whole) - max(-after, 0)]
