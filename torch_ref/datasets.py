"""The datasets of the main job, as float arrays (N, C, H, W), normalised, and int64 labels."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

CLASSES = 10


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


def load(name: str, root: str | None = None, download: bool = False) -> Data:
    """Dataset `name`: digits, mnist, fashion-mnist or cifar10.

    Raises: DataError.
    """
    if name not in DATASETS:
        raise DataError(f"unknown dataset '{name}'; known are {', '.join(DATASETS)}")
    train, test = _digits() if name == "digits" else _torchvision(name, root, download)
    mean, std = train[0].mean(), train[0].std()
    images = [((part[0] - mean) / std) for part in (train, test)]
    return Data(images[0], train[1], images[1], test[1])


def _digits():
    """scikit-learn's 1,797 digits of 8x8, every fifth of a class for testing."""
    from sklearn.datasets import load_digits

    raw = load_digits()
    images, labels = raw.images[:, None].astype(np.float64) / 16, raw.target.astype(np.int64)
    testing = np.zeros(len(labels), bool)
    for digit in range(CLASSES):
        testing[np.flatnonzero(labels == digit)[::5]] = True
    return (images[~testing], labels[~testing]), (images[testing], labels[testing])


def _torchvision(name, root, download):
    if root is None:
        raise DataError(f"--dataset {name} needs --data-root DIR (and --download to fetch it)")
    if not Path(root).is_dir() and not download:
        raise DataError(f"--data-root {root}: no such directory")
    if name != "cifar10" and not download:
        _check_idx(Path(root) / DATASETS[name] / "raw", root, name)
    from ._torchvision import import_torchvision

    make = getattr(import_torchvision().datasets, DATASETS[name])
    parts = []
    for train in (True, False):
        try:
            part = make(root=root, train=train, download=download)
        except Exception as error:  # torchvision raises RuntimeError, URLError, OSError, ValueError, EOFError ...
            reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise DataError(f"cannot read {name} from {root}: {reason}") from error
        images = np.asarray(part.data, np.float64) / 255
        images = images.transpose(0, 3, 1, 2) if images.ndim == 4 else images[:, None]
        parts.append((np.ascontiguousarray(images), np.asarray(part.targets, np.int64)))
    return parts


def _check_idx(folder: Path, root, name) -> None:
    """Every IDX file must be there and as long as its header says: torchvision reads a short one without a word."""
    for part in ("train", "t10k"):
        for kind, dims in (("images-idx3", 3), ("labels-idx1", 1)):
            path = folder / f"{part}-{kind}-ubyte"
            if not path.is_file():
                raise DataError(f"{name} is not complete below {root}: {path.name} is missing (--download fetches it)")
            size = path.stat().st_size
            header = path.read_bytes()[: 4 + 4 * dims]
            if len(header) < 4 + 4 * dims or header[:4] != bytes((0, 0, 8, dims)):
                raise DataError(f"{path.name} is damaged: no IDX header")
            extents = np.frombuffer(header, ">i4", dims, 4)
            expected = len(header) + int(np.prod(extents, dtype=np.int64))
            if size != expected:
                raise DataError(f"{path.name} is damaged: {size} bytes, but its header says {expected}")


DATASETS = {"digits": None, "fashion-mnist": "FashionMNIST", "mnist": "MNIST", "cifar10": "CIFAR10"}
