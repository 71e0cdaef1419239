"""The thread pool: shares, order, errors, forks; and BLAS held at one thread."""

import os
import threading
import time

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from threadpoolctl import threadpool_info

import minitorch_np as mt
from minitorch_np import parallel


@pytest.fixture(params=(1, 2, 3))
def threads(request):
    before = mt.get_num_threads()
    mt.set_num_threads(request.param)
    yield request.param
    mt.set_num_threads(before)


@given(st.integers(0, 2000), st.integers(1, 300))
def test_parts_cover_everything_once_in_order(extent, grain):
    runs = parallel.parts(extent, grain)
    assert [i for start, stop in runs for i in range(start, stop)] == list(range(extent))
    assert len(runs) == 1 or min(stop - start for start, stop in runs) >= grain
    assert len(runs) <= parallel.MAX_PARTS


def test_every_item_is_worked_on_once(threads):
    counts = np.zeros(1000, int)

    def work(start, stop):
        counts[start:stop] += 1

    for grain in (1, 7, 999, 5000):
        counts[:] = 0
        parallel.split(work, 1000, grain)
        assert (counts == 1).all()


def test_small_work_stays_on_the_calling_thread(threads):
    seen = []
    parallel.split(lambda start, stop: seen.append((threading.get_ident(), start, stop)), 10, 6)
    assert seen == [(threading.get_ident(), 0, 10)]


def test_work_is_shared_when_there_are_threads():
    before = mt.get_num_threads()
    mt.set_num_threads(2)
    try:
        meeting = threading.Barrier(2, timeout=20)  # passes only if two threads are at work at once
        parallel.split(lambda start, stop: meeting.wait(), 2)
    finally:
        mt.set_num_threads(before)


def test_an_error_reaches_the_caller_and_the_pool_lives_on(threads):
    def work(start, stop):
        if start <= 70 < stop:
            raise ValueError("seventy")

    with pytest.raises(ValueError, match="seventy"):
        parallel.split(work, 100)
    parallel.split(lambda start, stop: None, 100)


def test_warnings_are_off_in_every_thread(threads):
    a = np.array([np.inf, 0.0])
    parallel.split(lambda start, stop: a - a, 100)  # inf - inf: a warning would be an error here


@pytest.mark.parametrize(
    ("shape", "source"), [((), ()), ((0, 3), (3,)), ((5,), (1,)), ((1, 5, 3), (5, 1)), ((7, 4), (7, 4)), ((1, 2, 9), (1, 9))]
)
def test_copies_are_whole(shape, source, threads, monkeypatch):
    monkeypatch.setattr(parallel, "COPY", 1)  # element
    to, values = np.full(shape, -1.0), np.arange(np.prod(source)).reshape(source)
    parallel.copy(to, values)
    np.testing.assert_array_equal(to, np.broadcast_to(values, shape))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_makes_its_own_pool():
    before = mt.get_num_threads()
    mt.set_num_threads(2)
    try:
        parallel.split(lambda start, stop: None, 100)
        child = os.fork()
        if child == 0:
            parallel.split(lambda start, stop: None, 100)
            os._exit(0)
        for _ in range(2000):
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                break
            time.sleep(0.01)
        else:
            os.kill(child, 9)
            os.waitpid(child, 0)
        assert done and status == 0
    finally:
        mt.set_num_threads(before)


def test_blas_is_held_at_one_thread():
    parallel.limit_blas()
    limited = [info for info in threadpool_info() if info["user_api"] == "blas" and "numpy" in info["filepath"]]
    assert all(info["num_threads"] == 1 for info in limited)


@pytest.mark.parametrize("number", [0, -1, 1.5, "2", True])
def test_set_num_threads_refuses_what_torch_refuses(number):
    before = mt.get_num_threads()
    with pytest.raises(RuntimeError) as ours:
        mt.set_num_threads(number)
    with pytest.raises(RuntimeError) as theirs:
        torch.set_num_threads(number)
    assert str(ours.value) == str(theirs.value)
    assert mt.get_num_threads() == before
