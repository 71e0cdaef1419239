"""Programs of one line that must give the same, or fail with the same words, in both libraries."""

import re
import warnings

import numpy as np
import torch

import minitorch_np as mt


def lines(*blocks):
    """The expressions of some blocks; what stands before the last semicolon is run first."""
    return [line for block in blocks for line in block.strip().splitlines()]


def plain(value):
    """What is compared of a value."""
    if isinstance(value, torch.Tensor | mt.Tensor):
        flags = (str(value.dtype), tuple(value.shape), tuple(value.stride()), value.requires_grad)
        return *flags, value.detach().numpy().tolist()
    if isinstance(value, tuple | list):
        return [plain(v) for v in value]
    return repr(value).replace("minitorch_np", "torch")


def words(message) -> str:
    """One line without addresses, the place in torch's sources, and what torch says at the first time only."""
    text = re.sub(r"0x[0-9a-f]+", "0x", str(message)).replace("minitorch_np", "torch")
    return re.sub(r"\s+", " ", text.split(" (Triggered internally")[0]).strip()


def outcome(lib, line):
    """("value", ...) or (type of the error, words), and the warnings."""
    *before, last = line.split(";")
    names = {"t": lib, "np": np}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            exec("\n".join(before), names)
            result = "value", plain(eval(last, names))
        except Exception as error:
            result = type(error).__name__, words(error)
    return result, [(w.category.__name__, words(w.message)) for w in caught]


def assert_same(line):
    """Both libraries agree on the line's value, or on its error."""
    (kind, ours), (other, theirs) = outcome(mt, line)[0], outcome(torch, line)[0]
    assert kind == other, (ours, theirs)
    if kind == "value" and isinstance(theirs, tuple) and "float" in theirs[0]:
        assert ours[:4] == theirs[:4]
        np.testing.assert_allclose(ours[4], theirs[4], rtol=2e-7 if theirs[0] != "torch.float16" else 1e-3)
    else:
        assert ours == theirs
