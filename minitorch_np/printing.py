"""repr like torch's: one format for all elements, chosen from the whole tensor."""

import dataclasses
import math

import numpy as np

from . import dtypes

__all__ = ["get_printoptions", "set_printoptions"]


@dataclasses.dataclass
class _Options:
    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


_PROFILES = {"default": _Options(), "short": _Options(precision=2, edgeitems=2), "full": _Options(threshold=math.inf)}
_options = _Options()


def set_printoptions(precision=None, threshold=None, edgeitems=None, linewidth=None, profile=None, sci_mode=None) -> None:
    """How tensors print: digits, the size from which they are summarised, items at their edges, characters per line.

    `profile` is "default", "short" or "full"; sci_mode None lets the values decide, and is what a call without it sets.
    Torch: torch.set_printoptions
    """
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    if profile in _PROFILES:
        vars(_options).update(vars(_PROFILES[profile]))
    vars(_options).update({name: value for name, value in given.items() if value is not None})
    _options.sci_mode = sci_mode


def get_printoptions() -> dict:
    """The options that set_printoptions sets.  Torch: torch.get_printoptions"""
    return dataclasses.asdict(_options)


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
        low, high = float(finite.min()), float(finite.max())  # Python's: their ratio may overflow without a warning
        whole = bool(np.all(finite == np.ceil(finite)))
        scientific = high / low > 1000.0 or high > 1.0e8 or (not whole and low < 1.0e-4)
        precision = _options.precision
        if _options.sci_mode is not None:
            scientific = _options.sci_mode
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
    """A vector, broken into lines of at most `linewidth` characters."""
    cells = array.tolist()
    texts = (
        [text(v) for v in cells[:edge]] + [" ..."] + [text(v) for v in cells[-edge:]] if edge else [text(v) for v in cells]
    )
    width = len(text(cells[0])) + 2 if cells else 2
    per_line = max(1, (_options.linewidth - indent) // width)
    lines = [texts[i : i + per_line] for i in range(0, len(texts), per_line)] or [[]]
    return "[" + (",\n" + " " * (indent + 1)).join(", ".join(line) for line in lines) + "]"


def _body(array, indent, text, summarise):
    if array.ndim == 0:
        return text(array.item())
    edge = _options.edgeitems if summarise and array.shape[0] > 2 * _options.edgeitems else 0
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
        if n > 2 * _options.edgeitems:
            array = np.take(array, [*range(_options.edgeitems), *range(n - _options.edgeitems, n)], axis=dim)
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
        summarise = array.size > _options.threshold
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
        if line + len(suffix) + 2 > _options.linewidth:
            text += ",\n" + " " * indent + suffix
            line = indent + len(suffix)
        else:
            text += ", " + suffix
            line += len(suffix) + 2
    return text + ")"
