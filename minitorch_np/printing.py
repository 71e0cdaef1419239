"""repr like torch's: one format for all elements, chosen from the whole tensor."""

import math

import numpy as np

from . import dtypes

PRECISION, THRESHOLD, EDGEITEMS, LINEWIDTH = 4, 1000, 3, 80


def _formatter(array: np.ndarray):
    """A function element -> text of one common width."""
    if array.dtype.kind != "f":
        width = max((len(str(v)) for v in array.ravel().tolist()), default=1)
        return lambda v: f"{v!s:>{width}}"
    # float16 is judged and printed through its float64 value, as torch does.
    values = array.astype(np.float64).ravel()
    finite = np.abs(values[np.isfinite(values) & (values != 0)])
    if not finite.size:
        whole, scientific, precision = True, False, 0
    else:
        low, high = finite.min(), finite.max()
        whole = bool(np.all(finite == np.ceil(finite)))
        scientific = high / low > 1000.0 or high > 1.0e8 or (not whole and low < 1.0e-4)
        precision = PRECISION
    if scientific:
        text = lambda v: f"{v:.{precision}e}"
    elif whole:
        text = lambda v: f"{v:.0f}." if math.isfinite(v) else f"{v:.0f}"
    else:
        text = lambda v: f"{v:.{precision}f}"
    # Zeros, infinities and NaN do not take part in choosing the width, as in torch.
    width = max((len(text(v)) for v in values[np.isfinite(values) & (values != 0)]), default=1)
    return lambda v: f"{text(v):>{width}}"


def _line(array, indent, text, edge):
    """A vector, broken into lines of at most LINEWIDTH characters."""
    cells = array.tolist()
    texts = (
        [text(v) for v in cells[:edge]] + [" ..."] + [text(v) for v in cells[-edge:]] if edge else [text(v) for v in cells]
    )
    width = len(text(cells[0])) + 2 if cells else 2
    per_line = max(1, (LINEWIDTH - indent) // width)
    lines = [texts[i : i + per_line] for i in range(0, len(texts), per_line)] or [[]]
    return "[" + (",\n" + " " * (indent + 1)).join(", ".join(line) for line in lines) + "]"


def _body(array, indent, text, summarise):
    if array.ndim == 0:
        return text(array.item())
    edge = EDGEITEMS if summarise and array.shape[0] > 2 * EDGEITEMS else 0
    if array.ndim == 1:
        return _line(array, indent, text, edge)
    inner = [_body(a, indent + 1, text, summarise) for a in (array[:edge] if edge else array)]
    if edge:
        inner += ["..."] + [_body(a, indent + 1, text, summarise) for a in array[-edge:]]
    return "[" + ("," + "\n" * (array.ndim - 1) + " " * (indent + 1)).join(inner) + "]"


def _shown(array, summarise):
    """The elements that will be printed: the format depends on them alone."""
    if not summarise:
        return array
    for dim, n in enumerate(array.shape):
        if n > 2 * EDGEITEMS:
            array = np.take(array, [*range(EDGEITEMS), *range(n - EDGEITEMS, n)], axis=dim)
    return array


def tensor_repr(x) -> str:
    """tensor([...], dtype=..., grad_fn=<...>), the dtype only where it is not the one that prints like this."""
    array = x._array
    prefix = f"{'Parameter containing:' + chr(10) if type(x).__name__ == 'Parameter' else ''}tensor("
    indent = len("tensor(")
    suffixes = []
    default = x.dtype in (dtypes.get_default_dtype(), dtypes.int64, dtypes.bool_)
    if array.size == 0:
        body = "[]"
        if array.ndim != 1:
            suffixes.append(f"size={tuple(array.shape)}")
        if x.dtype is not dtypes.get_default_dtype():
            suffixes.append(f"dtype={x.dtype}")
    else:
        summarise = array.size > THRESHOLD
        body = _body(array, indent, _formatter(_shown(array, summarise)), summarise)
        if not default:
            suffixes.append(f"dtype={x.dtype}")
    if x.grad_fn is not None:
        suffixes.append(f"grad_fn=<{x.grad_fn.name()}>")
    elif x.requires_grad:
        suffixes.append("requires_grad=True")
    text = prefix + body
    line = len(text) - text.rfind("\n") + 1
    for suffix in suffixes:
        if line + len(suffix) + 2 > LINEWIDTH:
            text += ",\n" + " " * indent + suffix
            line = indent + len(suffix)
        else:
            text += ", " + suffix
            line += len(suffix) + 2
    return text + ")"
