"""The datasets of the main job, as float32 arrays (N, C, H, W), normalised, and int64 labels."""

import contextlib
import io
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

CLASSES = 10
DATASETS = {"digits": None, "fashion-mnist": "FashionMNIST", "mnist": "MNIST", "cifar10": "CIFAR10"}


class DataError(Exception):
    """Data that is missing, damaged or cannot be fetched; the message is one line for the user."""


@dataclass
class Data:
    """Images normalised by the training part's mean and standard deviation, and their classes."""

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray

    @property
    def in_shape(self) -> tuple[int, int, int]:
        return self.train_images.shape[1:]


def load(name: str, root: str | None = None, download: bool = False, with_torch: bool = True) -> Data:
    """Dataset `name`; all but digits are read below `root`, by torchvision unless torch must stay out.

    Raises: DataError.
    """
    if name not in DATASETS:
        raise DataError(f"unknown dataset '{name}'; known are {', '.join(DATASETS)}")
    train, test = _digits() if name == "digits" else _from_files(name, root, download, with_torch)
    for images, labels in (train, test):
        _check_part(name, images, labels)
    mean, std = (getattr(train[0], moment)(dtype=np.float64) for moment in ("mean", "std"))
    if std == 0:
        raise DataError(f"{name}: all training pixels have the same value")
    table = ((np.arange(256) - mean) / std).astype(np.float32)  # a pixel is a byte: normalising is looking it up
    return Data(table[train[0]], train[1], table[test[0]], test[1])


def _check_part(name, images, labels) -> None:
    if len(images) == 0:
        raise DataError(f"{name} is damaged: it holds no images")
    if len(images) != len(labels):
        raise DataError(f"{name} is damaged: {len(images)} images, but {len(labels)} labels")
    if not (0 <= labels.min() and labels.max() < CLASSES):
        raise DataError(f"{name} is damaged: labels from {labels.min()} to {labels.max()}, where 0 to {CLASSES - 1} exist")


def _digits():
    """scikit-learn's 1,797 digits of 8x8 with 17 shades, every fifth of a class for testing."""
    from sklearn.datasets import load_digits

    raw = load_digits()
    images, labels = raw.images[:, None].astype(np.uint8), raw.target.astype(np.int64)
    testing = np.zeros(len(labels), bool)
    for digit in range(CLASSES):
        testing[np.flatnonzero(labels == digit)[::5]] = True
    return (images[~testing], labels[~testing]), (images[testing], labels[testing])


def _from_files(name, root, download, with_torch):
    if root is None:
        raise DataError(f"--dataset {name} needs --data-root DIR (and --download to fetch it)")
    if not Path(root).is_dir() and not download:
        raise DataError(f"--data-root {root}: no such directory")
    if name != "cifar10":  # whose files torchvision itself checks, by their hashes
        _check_idx(Path(root), name, missing_ok=download)
    if with_torch:
        return _by_torchvision(name, root, download)
    if download or name == "cifar10":
        raise DataError(f"--no-torch: {'--download' if download else name} needs torchvision, which imports torch")
    return [_by_numpy(_raw(Path(root), name), part) for part in ("train", "t10k")]


def _by_torchvision(name, root, download):
    from ._torchvision import import_torchvision

    make = getattr(import_torchvision().datasets, DATASETS[name])
    raw = _raw(Path(root), name)
    new_folders = [folder for folder in (raw, *raw.parents) if not folder.exists()]
    parts = []
    for train in (True, False):
        try:
            with contextlib.redirect_stdout(io.StringIO()):  # it prints every mirror that it could not reach
                part = make(root=root, train=train, download=download)
        except Exception as error:  # RuntimeError, URLError, OSError, ValueError, EOFError, UnpicklingError ...
            for folder in new_folders:
                with contextlib.suppress(OSError):  # not empty or never made
                    folder.rmdir()
            raise DataError(_failure(name, root, download, error)) from error
        images = np.asarray(part.data, np.uint8)
        images = images.transpose(0, 3, 1, 2) if images.ndim == 4 else images[:, None]  # (N, C, H, W)
        parts.append((np.ascontiguousarray(images), np.asarray(part.targets, np.int64)))
    return parts


def _failure(name, root, download, error) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return f"cannot {'download' if download else 'read'} {name} {'to' if download else 'from'} {root}: {lines[0]}"


def _raw(root: Path, name: str) -> Path:
    """The folder where torchvision keeps the files of an IDX dataset."""
    return root if name == "cifar10" else root / DATASETS[name] / "raw"


def _check_idx(root: Path, name: str, missing_ok: bool) -> None:
    """Every IDX file must be there and as long as its header says: torchvision reads a short one without a word."""
    for part in ("train", "t10k"):
        for kind, dims in (("images-idx3", 3), ("labels-idx1", 1)):
            path = _raw(root, name) / f"{part}-{kind}-ubyte"
            if path.is_file():
                _check_idx_file(path, dims)
            elif not missing_ok:
                raise DataError(f"{name} is not complete below {root}: {path.name} is missing (--download fetches it)")


def _check_idx_file(path: Path, dims: int) -> None:
    size, extents = os.path.getsize(path), _extents(path, dims)
    if extents is None or min(extents) < 0:
        raise DataError(f"{path} is damaged: no IDX header")
    expected = 4 + 4 * dims + int(np.prod(extents, dtype=object))
    if size != expected:
        raise DataError(f"{path} is damaged: {size} bytes, but its header says {expected}")


def _extents(path: Path, dims: int) -> list[int] | None:
    """The shape that an IDX file's header states; None if it has no header of bytes in `dims` dimensions."""
    with open(path, "rb") as file:
        header = file.read(4 + 4 * dims)
    if len(header) < 4 + 4 * dims or header[:4] != bytes((0, 0, 8, dims)):
        return None
    return np.frombuffer(header, ">i4", dims, 4).tolist()


def _by_numpy(raw: Path, part: str):
    """The same arrays without torchvision, from files that passed _check_idx."""
    images, labels = raw / f"{part}-images-idx3-ubyte", raw / f"{part}-labels-idx1-ubyte"
    pixels = np.fromfile(images, np.uint8, offset=16).reshape(_extents(images, 3))
    return pixels[:, None], np.fromfile(labels, np.uint8, offset=8).astype(np.int64)
