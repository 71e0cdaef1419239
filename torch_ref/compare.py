"""The one tolerance rule.

float64 decides correctness: the error, relative to the array's scale, is at most 1e-10.  float32 and float16
have an error budget: our distance to the float64 truth is at most 3 times torch's own distance to it plus a few
ulp of the scale.  Integers, bools, shapes and dtypes must be equal.
"""

import numpy as np

FLOAT64_TOLERANCE = 1e-10
BUDGET_FACTOR = 3.0
BUDGET_ULP = 8  # in units of the dtype's epsilon times the array's scale
TINY, TINY_FACTOR = 16, 10.0  # one element's luck decides in so small an array


def to_numpy(value) -> np.ndarray:
    """An array of either library's tensor, or of anything NumPy takes."""
    if hasattr(value, "detach"):
        value = value.detach()
        value = value.cpu().numpy(force=True)  # force: torch's symbolic zeros become memory
    return np.asarray(value)


def scale_of(array: np.ndarray) -> float:
    """The largest finite magnitude; 1 if there is none, so that zeros compare absolutely."""
    finite = np.abs(array[np.isfinite(array)].astype(np.float64)) if array.size else array
    return float(finite.max()) if finite.size and finite.max() > 0 else 1.0


def relative_difference(ours, theirs) -> float:
    """max |a - b| / max |b|; infinite if NaN or infinities stand in different places."""
    a, b = to_numpy(ours).astype(np.float64), to_numpy(theirs).astype(np.float64)
    if a.shape != b.shape or not _same_special(a, b):
        return float("inf")
    finite = np.isfinite(b)
    return float(np.abs(a[finite] - b[finite]).max() / scale_of(b)) if finite.any() else 0.0


def ulp_distance(a, b) -> np.ndarray:
    """How many representable numbers lie between a and b, elementwise; 0 for equal, NaN included."""
    a, b = to_numpy(a), to_numpy(b)
    kind = {2: np.int16, 4: np.int32, 8: np.int64}[a.itemsize]

    def ordered(x):
        bits = np.ascontiguousarray(x).view(kind).astype(np.int64)
        return np.where(bits < 0, np.iinfo(kind).min - bits, bits)

    return np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0, np.abs(ordered(a) - ordered(b)))


def _same_special(a, b) -> bool:
    return bool(np.array_equal(np.isnan(a), np.isnan(b)) and np.array_equal(a[np.isinf(a)], b[np.isinf(b)])
                and np.array_equal(np.isinf(a), np.isinf(b)))  # fmt: skip


def assert_same(ours, theirs, truth=None, *, reason: str | None = None, factor: float = 1.0, floor: float = 0.0) -> None:
    """Raise AssertionError unless `ours` is `theirs` by the rule.

    truth: torch's float64 result on the same inputs, needed for float32 and float16.
    factor: widens the bound; it needs a `reason`.
    floor: the least scale to measure against, for results whose terms may cancel to nothing but rounding.
    """
    if factor != 1.0 and not reason:
        raise ValueError("a wider tolerance needs its reason")
    a, b = to_numpy(ours), to_numpy(theirs)
    if a.dtype != b.dtype:
        raise AssertionError(f"dtype {a.dtype}, but torch has {b.dtype}")
    if a.shape != b.shape:
        raise AssertionError(f"shape {a.shape}, but torch has {b.shape}")
    if a.dtype.kind != "f":
        if not np.array_equal(a, b):
            raise AssertionError(_report(a, b, a != b, "must be equal"))
        return
    if not _same_special(a, b):
        wrong = (np.isnan(a) != np.isnan(b)) | (np.isinf(a) | np.isinf(b)) & (a != b) & ~(np.isnan(a) & np.isnan(b))
        raise AssertionError(_report(a, b, wrong, "NaN and infinities must stand in the same places"))
    if a.dtype == np.float64:
        _check(a, b, b, FLOAT64_TOLERANCE * factor * max(scale_of(b), floor), f"relative to the scale {scale_of(b):.3g}")
        return
    truth = b.astype(np.float64) if truth is None else to_numpy(truth).astype(np.float64)
    usable = np.isfinite(truth) & np.isfinite(b)
    their_error = float(np.abs(b[usable].astype(np.float64) - truth[usable]).max()) if usable.any() else 0.0
    share = TINY_FACTOR if a.size <= TINY else BUDGET_FACTOR
    budget = factor * (share * their_error + BUDGET_ULP * float(np.finfo(a.dtype).eps) * max(scale_of(truth), floor))
    _check(a, truth, b, budget, f"torch's own error is {their_error:.3g}")


def _check(a, truth, theirs, bound, note) -> None:
    usable = np.isfinite(truth) & np.isfinite(theirs)
    error = np.where(usable, np.abs(np.where(usable, a, 0).astype(np.float64) - np.where(usable, truth, 0)), 0)
    if (error > bound).any():
        raise AssertionError(_report(a, truth, error > bound, f"|difference| <= {bound:.3g} ({note})"))


def _report(a, b, wrong, rule) -> str:
    """How many elements are off, and the worst of them."""
    with np.errstate(all="ignore"):
        gap = np.where(wrong, np.abs(a.astype(np.float64) - b.astype(np.float64)), -1)
    gap = np.where(wrong & np.isnan(gap), np.inf, gap)
    worst = np.unravel_index(int(np.argmax(gap)), gap.shape) if gap.ndim else ()
    return (
        f"{int(wrong.sum())} of {wrong.size} elements differ; {rule}\n"
        f"worst at {tuple(int(i) for i in worst)}: ours {a[worst]!r}, expected {b[worst]!r}, difference {gap[worst]:.3g}"
    )
