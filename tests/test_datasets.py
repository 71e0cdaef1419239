"""The datasets of the main job: what is loaded, and that damage is noticed."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from torch_ref import datasets

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT.parent / "shared" / "data"


def idx(array: np.ndarray) -> bytes:
    """The array of bytes as an IDX file."""
    return bytes((0, 0, 8, array.ndim)) + np.array(array.shape, ">i4").tobytes() + array.astype(np.uint8).tobytes()


def write_mnist(root: Path, images: np.ndarray, labels: np.ndarray) -> Path:
    """An MNIST of these images, the same ones for training and testing."""
    raw = root / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for part in ("train", "t10k"):
        (raw / f"{part}-images-idx3-ubyte").write_bytes(idx(images))
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(idx(labels))
    return raw


IMAGES, LABELS = np.arange(5 * 28 * 28).reshape(5, 28, 28) % 251, np.arange(5) * 2


def test_digits_are_split_evenly_and_normalised():
    data = datasets.load("digits")
    assert data.in_shape == (1, 8, 8)
    assert len(data.train_labels) + len(data.test_labels) == 1797
    assert data.train_images.dtype == np.float32
    assert data.train_labels.dtype == np.int64
    assert abs(data.train_images.mean(dtype=np.float64)) < 1e-6
    assert abs(data.train_images.std(dtype=np.float64) - 1) < 1e-6
    whole = np.bincount(data.train_labels) + np.bincount(data.test_labels)
    assert (np.bincount(data.test_labels) == -(-whole // 5)).all()


def test_digits_are_the_same_every_time():
    a, b = datasets.load("digits"), datasets.load("digits")
    assert np.array_equal(a.test_images, b.test_images)
    assert np.array_equal(a.train_labels, b.train_labels)


@pytest.mark.parametrize("with_torch", [True, False])
def test_idx_files(tmp_path, with_torch):
    write_mnist(tmp_path, IMAGES, LABELS)
    data = datasets.load("mnist", str(tmp_path), with_torch=with_torch)
    expected = (IMAGES - IMAGES.mean()) / IMAGES.std()
    np.testing.assert_allclose(data.train_images, expected[:, None], rtol=1e-6, atol=1e-6)
    assert data.test_labels.tolist() == LABELS.tolist()


@pytest.mark.skipif(not SAMPLE.is_dir(), reason="the Fashion-MNIST sample is not beside this checkout")
def test_fashion_mnist_with_and_without_torchvision():
    ours, theirs = (datasets.load("fashion-mnist", str(SAMPLE), with_torch=choice) for choice in (False, True))
    assert ours.in_shape == (1, 28, 28)
    assert (len(ours.train_labels), len(ours.test_labels)) == (750, 150)
    for name in ("train_images", "train_labels", "test_images", "test_labels"):
        assert np.array_equal(getattr(ours, name), getattr(theirs, name))


def test_unknown_dataset():
    with pytest.raises(datasets.DataError, match="unknown dataset 'imagenet'; known are digits, fashion-mnist"):
        datasets.load("imagenet")


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (IMAGES, LABELS[:4], "5 images, but 4 labels"),
        (IMAGES, LABELS + 3, "labels from 3 to 11"),
        (IMAGES[:0], LABELS[:0], "holds no images"),
        (IMAGES * 0, LABELS, "all training pixels have the same value"),
    ],
)
def test_contents_that_make_no_sense(tmp_path, images, labels, message):
    write_mnist(tmp_path, images, labels)
    with pytest.raises(datasets.DataError, match=message):
        datasets.load("mnist", str(tmp_path), with_torch=False)


@pytest.mark.parametrize("download", [False, True])
@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda content: content[:-1], "is damaged: 3935 bytes, but its header says 3936"),
        (lambda content: content + b"\0", "is damaged: 3937 bytes, but its header says 3936"),
        (lambda content: content[:7], "is damaged: no IDX header"),
        (lambda content: b"", "is damaged: no IDX header"),
        (lambda content: b"\x1f\x8b" + content[2:], "is damaged: no IDX header"),
        (lambda content: content[:4] + b"\xff" * 4 + content[8:], "is damaged: no IDX header"),
    ],
)
def test_damaged_files(tmp_path, damage, message, download):
    """With --download too: torchvision keeps what is there and does not look into it."""
    path = write_mnist(tmp_path, IMAGES, LABELS) / "t10k-images-idx3-ubyte"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(datasets.DataError, match=message):
        datasets.load("mnist", str(tmp_path), download=download)


def test_missing_file(tmp_path):
    (write_mnist(tmp_path, IMAGES, LABELS) / "train-labels-idx1-ubyte").unlink()
    with pytest.raises(datasets.DataError, match="train-labels-idx1-ubyte is missing"):
        datasets.load("mnist", str(tmp_path))


def test_missing_cifar(tmp_path):
    with pytest.raises(datasets.DataError, match="cannot read cifar10 from .*not found or corrupted"):
        datasets.load("cifar10", str(tmp_path))


def test_what_needs_torchvision_is_said(tmp_path):
    with pytest.raises(datasets.DataError, match="--no-torch: cifar10 needs torchvision"):
        datasets.load("cifar10", str(tmp_path), with_torch=False)
    with pytest.raises(datasets.DataError, match="--no-torch: --download needs torchvision"):
        datasets.load("mnist", str(tmp_path), download=True, with_torch=False)


@pytest.mark.parametrize("name", ["mnist", "cifar10"])
def test_download_without_network(tmp_path, name):
    """Every request goes to a closed port: one line, exit code 2, and no empty folders left behind."""
    closed = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    environment = {key: value for key, value in os.environ.items() if key.lower() != "no_proxy"} | closed
    command = [sys.executable, "-m", "torch_ref", "train", "--dataset", name, "--download"]
    places = ["--data-root", str(tmp_path / "data"), "--out", str(tmp_path / "out")]
    done = subprocess.run([*command, *places], env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: cannot download {name} to ")
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
