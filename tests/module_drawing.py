"""What module_cases.py and module_loss_cases.py draw layers with, and CASES, into which `case` writes."""

from dataclasses import dataclass, field

import numpy as np
from hypothesis import strategies as st


@dataclass
class Case:
    """One layer: constructor arguments and inputs.

    An input is a shape (normal numbers that want a gradient), an array (constant, cast if it is float64), or None.
    """

    inputs: list
    args: tuple = ()
    options: dict = field(default_factory=dict)
    seed: int = 0


CASES = {}
SMALL = st.integers(1, 3)
FLAG = st.booleans()
REDUCTIONS = st.sampled_from(["mean", "sum", "none"])


def case(*names):
    def add(function):
        for name in names:
            CASES[name] = function
        return function

    return add


def pick(draw, **choices):
    """Options, each left at its default in some draws."""
    return {name: draw(strategy, label=name) for name, strategy in choices.items() if draw(FLAG, label=f"give {name}")}


def some(*values):
    return st.sampled_from(values)


def shape(draw, least=1, most=4, low=1, high=4):
    return tuple(draw(st.lists(st.integers(low, high), min_size=least, max_size=most), label="shape"))


def numbers(draw, size, low=-1.0, high=1.0):
    return np.asarray(np.random.default_rng(draw(st.integers(0, 999), label="seed")).uniform(low, high, size))


def integers(draw, size, low, high):
    return np.asarray(np.random.default_rng(draw(st.integers(0, 999), label="seed")).integers(low, high, size))


def signs(draw, size):
    return np.asarray(integers(draw, size, 0, 2) * 2.0 - 1)


def batched(draw, *rest):
    """A shape with or without the batch."""
    return (draw(SMALL, label="batch"), *rest) if draw(FLAG, label="batched") else rest
