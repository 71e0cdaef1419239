"""repr like torch's: one format for all elements, chosen from those that will be shown."""

import contextlib
import dataclasses
import math

import numpy as np

from . import dtypes

__all__ = ["get_printoptions", "printoptions", "set_printoptions"]


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
    for name, options in _PROFILES.items():
        if profile == name:
            vars(_options).update(vars(options))
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    vars(_options).update({name: value for name, value in given.items() if value is not None})
    _options.sci_mode = sci_mode


def get_printoptions() -> dict:
    """The options that set_printoptions sets.  Torch: torch._tensor_str.get_printoptions"""
    return dataclasses.asdict(_options)


@contextlib.contextmanager
def printoptions(**options):
    """set_printoptions until the block's end.  Torch: torch._tensor_str.printoptions"""
    before = get_printoptions()
    set_printoptions(**options)
    try:
        yield
    finally:
        set_printoptions(**before)


def _formatter(shown: np.ndarray):
    """(a function element -> text, the common width of the texts), judged by the elements that will be shown."""
    if shown.dtype.kind != "f":
        width = max((len(str(v)) for v in shown.ravel().tolist()), default=1)
        return lambda v: f"{v!s:>{width}}", width
    values = shown.astype(np.float64).ravel()
    finite = values[np.isfinite(values) & (values != 0)]  # zeros, infinities and NaN have no say, not even in the width
    whole, scientific, precision = True, False, _options.precision
    if finite.size:
        sizes = np.abs(finite)
        low, high = float(sizes.min()), float(sizes.max())  # Python's: their ratio may overflow without a warning
        whole = bool(np.all(finite == np.ceil(finite)))
        scientific = _options.sci_mode
        if scientific is None:
            scientific = high / low > 1000.0 or high > 1.0e8 or low < 1.0e-4
    if scientific:
        text = lambda v: f"{v:.{precision}e}"
    elif whole:
        text = lambda v: f"{v:.0f}." if math.isfinite(v) else f"{v:.0f}"
    else:
        text = lambda v: f"{v:.{precision}f}"
    width = max((len(text(v)) for v in finite.tolist()), default=1)
    return lambda v: f"{text(v):>{width}}", width


def _line(array, indent, text, width, summarise):
    """A vector, broken into lines of at most `linewidth` characters."""
    edge = _options.edgeitems
    if summarise and not edge:
        texts = ["..."]
    elif summarise and len(array) > 2 * edge:
        texts = [*map(text, array[:edge].tolist()), " ...", *map(text, array[-edge:].tolist())]
    else:
        texts = [*map(text, array.tolist())]
    per_line = max(1, math.floor((_options.linewidth - indent) / (width + 2)))  # 2: the comma and the blank
    lines = [", ".join(texts[i : i + per_line]) for i in range(0, len(texts), per_line)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"


def _body(array, indent, text, width, summarise):
    if array.ndim == 0:
        return text(array.item())
    if array.ndim == 1:
        return _line(array, indent, text, width, summarise)
    edge = _options.edgeitems
    parts = [array]
    if summarise and len(array) > 2 * edge:
        parts = [array[:edge], None, array[len(array) - edge :]]
    inner = []
    for part in parts:
        inner += ["..."] if part is None else [_body(a, indent + 1, text, width, summarise) for a in part]
    return "[" + ("," + "\n" * (array.ndim - 1) + " " * (indent + 1)).join(inner) + "]"


def _shown(array, summarise):
    """The elements that will be printed: the format depends on them alone."""
    edge = _options.edgeitems
    if not summarise or (not edge and array.ndim == 1):  # torch looks at all of a vector that shows nothing but "..."
        return array
    for dim, n in enumerate(array.shape):
        if n > 2 * edge:
            array = np.take(array, [*range(edge), *range(n - edge, n)], axis=dim)
    return array


def _with_suffixes(text, suffixes, indent):
    line = len(text) - text.rfind("\n") + 1
    for suffix in suffixes:
        if line + len(suffix) + 2 > _options.linewidth:
            text += ",\n" + " " * indent + suffix
            line = indent + len(suffix)
        else:
            text += ", " + suffix
            line += len(suffix) + 2
    return text + ")"


def _history(x) -> list[str]:
    """What is said about the tensor's place in the graph."""
    try:
        node = x.grad_fn
    except RuntimeError:  # a view whose history an unrecorded write made meaningless
        return ["grad_fn=<Invalid>"]
    if node is not None:
        return [f"grad_fn=<{type(node).__name__}>"]
    return ["requires_grad=True"] if x.requires_grad else []


def tensor_repr(x, name: str = "tensor", contents: str | None = None) -> str:
    """tensor([...], dtype=..., grad_fn=<...>), the dtype only where it is not the one that prints like this.

    `contents` stands in for the elements.
    """
    array, default = x._array, dtypes.get_default_dtype()
    indent = len(name) + 1
    suffixes = []
    if array.size == 0:
        body = "[]"
        if array.ndim != 1:
            suffixes.append(f"size={tuple(array.shape)}")
        if x.dtype is not default:
            suffixes.append(f"dtype={x.dtype}")
    else:
        if not _options.edgeitems:
            suffixes.append(f"size={tuple(array.shape)}")
        if x.dtype not in (default, dtypes.int64, dtypes.bool_):
            suffixes.append(f"dtype={x.dtype}")
        if contents is None:
            summarise = array.size > _options.threshold
            body = _body(array, indent, *_formatter(_shown(array, summarise)), summarise)
    if contents is not None:
        body = contents
    text = _with_suffixes(f"{name}({body}", suffixes + _history(x), indent)
    return f"Parameter({text})" if name != "tensor" and getattr(x, "_is_param", False) else text
