"""Memory layouts and special values: what any drawn array may additionally be."""

import numpy as np
from hypothesis import strategies as st

LAYOUTS = ("contiguous", "transposed", "strided", "offset")
SPECIAL = (np.nan, np.inf, -np.inf, 0.0, -0.0)


def lay_out(array: np.ndarray, layout: str) -> np.ndarray:
    """The same values in memory that is contiguous, transposed, strided or begins later."""
    if layout == "transposed" and array.ndim:
        return np.ascontiguousarray(array.T).T
    if layout in ("strided", "offset") and array.ndim:
        step, start = (2, 0) if layout == "strided" else (1, 1)
        room = np.zeros((*array.shape[:-1], array.shape[-1] * step + start), array.dtype)
        view = room[..., start::step]
        view[...] = array
        return view
    return np.array(array, order="C")


def layouts():
    return st.sampled_from(LAYOUTS)


@st.composite
def with_special(draw, array):
    """Up to three elements replaced by NaN, infinities or zeros of either sign."""
    array = np.array(array)
    if array.size:
        for _ in range(draw(st.integers(0, 3), label="specials")):
            array.reshape(-1)[draw(st.integers(0, array.size - 1))] = draw(st.sampled_from(SPECIAL))
    return array
