"""Samples become a batch."""

from collections.abc import Mapping, Sequence

import numpy as np

from ... import dtypes
from ...creation import as_tensor, from_numpy, tensor
from ...ops.join import stack
from ...tensor import Tensor


def default_collate(batch):
    """A list of samples as one batch: tensors and arrays are stacked, numbers become a tensor, strings a list;
    mappings, tuples and lists are collated entry by entry.

    Raises: TypeError for other things, RuntimeError for sequences of different lengths.
    Torch: torch.utils.data.default_collate
    """
    first = batch[0]
    if isinstance(first, Tensor):
        return stack(batch, 0)
    if isinstance(first, np.ndarray) and first.ndim:
        if first.dtype.kind in "SUO":
            raise TypeError(
                "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found "
                f"{first.dtype}"
            )
        return stack([from_numpy(a) for a in batch], 0)
    if isinstance(first, np.ndarray | np.generic):
        return as_tensor(np.array(batch))
    if isinstance(first, float):
        return tensor(batch, dtype=dtypes.float64)
    if isinstance(first, int):
        return tensor(batch)
    if isinstance(first, str | bytes):
        return batch
    if isinstance(first, Mapping):
        collated = {key: default_collate([sample[key] for sample in batch]) for key in first}
        return type(first)(collated)
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return type(first)(*[default_collate(list(entries)) for entries in zip(*batch, strict=True)])
    if isinstance(first, Sequence):
        if any(len(sample) != len(first) for sample in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        columns = [default_collate(list(entries)) for entries in zip(*batch, strict=True)]
        return columns if isinstance(first, tuple) else type(first)(columns)
    raise TypeError(
        f"default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {type(first)}"
    )
