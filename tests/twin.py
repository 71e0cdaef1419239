"""Running one small program in both libraries and comparing everything that comes out of it.

A program is a function of (torch, nn); it gets torch and torch.nn, or minitorch_np and minitorch_np.nn.
What it returns (tensors, numbers, text, containers of them) or raises must be the same.
"""

import re
import warnings
from collections import OrderedDict

import numpy as np
import torch

import minitorch_np

LIBRARIES = {"torch": torch, "ours": minitorch_np}


def fill(lib, module, seed=0):
    """Give every parameter and floating buffer values that do not depend on the library."""
    rng = np.random.default_rng(seed)
    with lib.no_grad():
        for name, tensor in [*module.named_parameters(), *module.named_buffers()]:
            if tensor.is_floating_point():
                values = (
                    rng.uniform(0.5, 1.5, tuple(tensor.shape)) if "var" in name else rng.normal(size=tuple(tensor.shape))
                )
                tensor.copy_(lib.from_numpy(np.ascontiguousarray(values)))
    return module


def normal(lib, *shape, seed=0, dtype="float64", requires_grad=False):
    """A tensor of normal numbers, the same in both libraries."""
    values = np.random.default_rng(seed).normal(size=shape).astype(dtype)
    return lib.from_numpy(np.asarray(values)).requires_grad_(requires_grad)


def net(nn):
    """A small tree: a Linear, a nested Sequential with a BatchNorm1d, a Linear."""
    return nn.Sequential(OrderedDict(a=nn.Linear(3, 4), b=nn.Sequential(nn.BatchNorm1d(4), nn.ReLU()), c=nn.Linear(4, 2)))


def shared(torch, nn):
    """A tree in which a layer, a parameter and a buffer occur twice."""
    layer = nn.Linear(2, 2)
    model = nn.Module()
    model.first, model.second = layer, layer
    model.inner = nn.Module()
    model.inner.layer = layer
    model.inner.weight = layer.weight
    model.register_buffer("b", torch.ones(1))
    model.inner.register_buffer("b", model.b)
    return model


def plain(value):
    """A value of either library as one of Python's or NumPy's, with dtype and shape where it has them."""
    if isinstance(value, torch.Tensor | minitorch_np.Tensor):
        kind = "Parameter" if "Parameter" in type(value).__name__ else "Tensor"
        return (kind, str(value.dtype), bool(value.requires_grad), value.detach().numpy().copy())
    if isinstance(value, torch.Size | minitorch_np.Size):
        return ("Size", tuple(value))
    if isinstance(value, torch.nn.Module | minitorch_np.nn.Module):
        return ("module", type(value).__name__, text(repr(value)))
    if isinstance(value, dict):
        return (type(value).__name__, [(plain(k), plain(v)) for k, v in value.items()])
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return (type(value).__name__, [plain(v) for v in value])
    if isinstance(value, list | tuple):
        return (type(value).__name__, [plain(v) for v in value])
    if isinstance(value, str):
        return text(value)
    if isinstance(value, torch.dtype | minitorch_np.dtype):
        return str(value)
    return value


def text(message: str) -> str:
    """A sentence without the library's name, addresses, and the order of a printed set."""
    message = message.replace("minitorch_np", "torch")
    message = re.sub(r"0x[0-9a-f]+", "0x", message)
    return re.sub(r"\{('\w+'(?:, '\w+')+)\}", lambda m: "{" + ", ".join(sorted(m[1].split(", "))) + "}", message)


def outcome(program, lib):
    """("value", what it returned) or ("error", type, sentence)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.filterwarnings("ignore", "Using padding='same' with even")  # about torch's own copies
            warnings.filterwarnings("ignore", "__array(_wrap)?__", DeprecationWarning)  # torch's are NumPy 1's
            return ("value", plain(program(lib, lib.nn)))
    except Exception as error:
        return ("error", type(error).__name__, text(str(error)))


def short(result) -> str:
    """An error in full, a value only as such."""
    return "a value" if result[0] == "value" else f"{result[1]}: {result[2]}"


def assert_equal(ours, theirs, path="result", tolerance=1e-10):
    """Equal structure and text; arrays equal up to `tolerance` times the largest element."""
    if isinstance(theirs, np.ndarray):
        assert isinstance(ours, np.ndarray), f"{path}: {ours!r:.300} is no array"
        assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape), path
        if theirs.dtype.kind == "f":
            if theirs.dtype.itemsize < 8:
                tolerance = max(tolerance, 4e-6 if theirs.dtype.itemsize == 4 else 4e-3)
            finite = np.abs(theirs[np.isfinite(theirs)].astype(float))
            scale = max(1.0, finite.max(initial=0.0))
            np.testing.assert_allclose(
                ours.astype(float), theirs.astype(float), rtol=0, atol=tolerance * scale, err_msg=path
            )
        else:
            np.testing.assert_array_equal(ours, theirs, err_msg=path)
    elif isinstance(theirs, list | tuple):
        assert type(ours) is type(theirs) and len(ours) == len(theirs), f"{path}: {ours!r:.300} != {theirs!r:.300}"
        for i, (a, b) in enumerate(zip(ours, theirs)):
            assert_equal(a, b, f"{path}[{i}]", tolerance)
    elif isinstance(theirs, float):
        assert isinstance(ours, float), (path, ours, theirs)
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, err_msg=path)
    else:
        assert ours == theirs, f"{path}\n ours:   {ours!r:.2000}\n theirs: {theirs!r:.2000}"


def assert_same(program):
    """Both libraries agree on what the program returns, or on the error it raises."""
    theirs = outcome(program, torch)
    ours = outcome(program, minitorch_np)
    if "error" in (ours[0], theirs[0]):
        assert short(ours) == short(theirs), f"\n ours:   {short(ours)}\n theirs: {short(theirs)}"
    assert_equal(ours, theirs, program.__name__)
    return theirs


class Programs(list):
    """A decorator that collects programs for one parametrised test."""

    def __call__(self, program):
        self.append(program)
        return program
