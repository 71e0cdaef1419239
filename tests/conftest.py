"""Hypothesis profiles, the choice of kernels, and a guard against tests that leak global state."""

import os

import pytest
from hypothesis import HealthCheck, settings

import minitorch_np as mt
from minitorch_np import subclass

# Torch's OpenMP threads spin while they wait, which beside another busy process makes whole runs ten times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read when OpenMP is loaded

# Reading a record of the registry and compiling a kernel both happen inside a first example: no deadline.
settings.register_profile(
    "ci", max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("thorough", max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_addoption(parser):
    parser.addoption("--kernels", choices=("numba", "numpy"), default="numba", help="the kernels the whole suite runs with")


def pytest_configure(config):
    mt.use_kernels(config.getoption("--kernels"))


@pytest.fixture(autouse=True)
def _nothing_leaks():
    """Grad mode, kernels, threads and default dtype must be after a test what they were before."""
    before = _state()
    yield
    assert _state() == before, "this test leaks global state"


def _state():
    return mt.is_grad_enabled(), mt.active_kernels(), mt.get_num_threads(), mt.get_default_dtype()


@pytest.fixture(autouse=True, scope="module")
def _subclasses_end_with_their_file():
    """A subclass of Tensor makes every function look for it: the other files test what a program without one sees."""
    yield
    for where, name, member in subclass.REPLACED:
        setattr(where, name, member)
    subclass.REPLACED.clear()
    subclass.KINDS.clear()
