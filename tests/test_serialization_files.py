"""Files on a disk: whole or not at all, whoever kills the writer; large ones mapped without being read.

KILLS and MAPPED_MB in the environment set how often a writer is killed, and how large the mapped file is.
"""

import io
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import minitorch_np as mt

ROOT = Path(__file__).parent.parent
KILLS = int(os.environ.get("KILLS", 12))
MAPPED_MB = int(os.environ.get("MAPPED_MB", 64))

MAPPER = """
import resource, sys, time, minitorch_np as mt
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
started = time.perf_counter()
state = mt.load(sys.argv[1], mmap=True)
seconds = time.perf_counter() - started
print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, state["w3"][-1].item())
"""


def content_of(path):
    """Which of the writer's two contents the file has"""
    tensor, number = mt.load(path)
    assert tensor.tolist() == [float(number)] * 300_000
    return number


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killing_the_writer_leaves_an_old_or_a_new_file(tmp_path):
    path, rng = tmp_path / "x.pth", random.Random(0)
    contents = [[mt.full((300_000,), float(n)), n] for n in (1, 2)]
    mt.save(contents[0], path)
    found = set()
    for _ in range(KILLS):
        writer = os.fork()
        if not writer:
            while True:
                for content in contents:
                    mt.save(content, path)
        time.sleep(rng.uniform(0, 0.03))
        os.kill(writer, signal.SIGKILL)
        os.waitpid(writer, 0)
        found.add(content_of(path))
    assert found <= {1, 2}


def test_a_failure_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "x.pth"
    mt.save(1, path)
    path.chmod(0o640)

    def full(number):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space left"):
        patch.setattr(os, "fsync", full)
        mt.save(2, path)
    assert mt.load(path) == 1 and list(tmp_path.iterdir()) == [path]
    mt.save(2, path)
    assert mt.load(path) == 2 and path.stat().st_mode & 0o777 == 0o640


def test_a_link_stays_a_link_and_a_pipe_a_pipe(tmp_path):
    mt.save(1, tmp_path / "target.pth")
    (tmp_path / "link.pth").symlink_to("target.pth")
    mt.save(2, tmp_path / "link.pth")
    assert (tmp_path / "link.pth").is_symlink() and mt.load(tmp_path / "target.pth") == 2
    mt.save(3, "/dev/null")
    assert Path("/dev/null").is_char_device()


def test_what_cannot_be_pickled_leaves_the_old_file(tmp_path):
    mt.save(1, tmp_path / "x.pth")
    with pytest.raises(Exception, match="lambda"):
        mt.save(lambda: 0, tmp_path / "x.pth")
    assert mt.load(tmp_path / "x.pth") == 1 and len(list(tmp_path.iterdir())) == 1


def test_a_mapped_file_is_loaded_without_being_read(tmp_path):
    path = tmp_path / "large.pth"
    count = MAPPED_MB * 2**20 // 16
    mt.save({f"w{i}": mt.from_numpy(np.full(count, i, np.float32)) for i in range(4)}, path)
    done = subprocess.run([sys.executable, "-c", MAPPER, str(path)], capture_output=True, text=True, cwd=ROOT, check=True)
    seconds, kilobytes, last = done.stdout.split()
    assert float(seconds) < 0.5 and float(last) == 3
    assert int(kilobytes) < min(100, MAPPED_MB // 4) * 1024


def test_large_records_are_summed_to_their_last_byte():
    """Another thread sums pieces of a megabyte while the next is read: each must count, in its order."""
    values = np.arange(3 * 2**20 // 8 + 5.0)  # three pieces and a rest
    buffer = io.BytesIO()
    mt.save(mt.tensor(values), buffer)
    data = buffer.getvalue()
    np.testing.assert_array_equal(mt.load(io.BytesIO(data)).numpy(), values)
    start = data.index(values.tobytes())
    for at in (start, start + 2**20, start + values.nbytes - 1):
        flipped = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        with pytest.raises(RuntimeError, match="checksum"):
            mt.load(io.BytesIO(flipped))
    swapped = data[:start] + data[start + 2**20 : start + 2**21] + data[start : start + 2**20] + data[start + 2**21 :]
    with pytest.raises(RuntimeError, match="checksum"):
        mt.load(io.BytesIO(swapped))
