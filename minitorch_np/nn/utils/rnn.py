"""Sequences of different lengths in one tensor: padded to the longest, or packed one time step below the other."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from ... import checks
from ...autograd.op import op
from ...creation import as_tensor, empty_like, full
from ...dtypes import int64
from ...ops.join import cat, stack
from ...ranges import arange
from ...tensor import Tensor

__all__ = [
    "PackedSequence", "invert_permutation", "pack_padded_sequence", "pack_sequence", "pad_packed_sequence", "pad_sequence",
    "unpack_sequence", "unpad_sequence",
]  # fmt: skip


class _Fields(NamedTuple):
    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None
    unsorted_indices: Tensor | None


class PackedSequence(_Fields):
    """Rows of all time steps one below the other, `batch_sizes[t]` of them at time t, of the longest sequences first.

    sorted_indices brings the sequences into that order, unsorted_indices back.
    Torch: torch.nn.utils.rnn.PackedSequence
    """

    __slots__ = ()

    def __new__(cls, data, batch_sizes=None, sorted_indices=None, unsorted_indices=None):
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        if batch_sizes is None:
            if not (isinstance(data, list | tuple) and len(data) == 2):
                raise AssertionError("Expected data to be a list or tuple of length 2")
            data, batch_sizes = data
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args, **kwargs) -> "PackedSequence":
        """Torch: PackedSequence.to"""
        data = self.data.to(*args, **kwargs)
        return self if data is self.data else type(self)(data, *self[1:])

    def cpu(self) -> "PackedSequence":
        """Torch: PackedSequence.cpu"""
        return self

    def double(self) -> "PackedSequence":
        """Torch: PackedSequence.double"""
        return self._cast("float64")

    def float(self) -> "PackedSequence":
        """Torch: PackedSequence.float"""
        return self._cast("float32")

    def half(self) -> "PackedSequence":
        """Torch: PackedSequence.half"""
        return self._cast("float16")

    def long(self) -> "PackedSequence":
        """Torch: PackedSequence.long"""
        return self._cast("int64")

    def int(self) -> "PackedSequence":
        """Torch: PackedSequence.int"""
        return self._cast("int32")

    def _cast(self, name) -> "PackedSequence":
        from ... import dtypes

        return self.to(dtype=getattr(dtypes, name))

    @property
    def is_cuda(self) -> bool:
        """Torch: PackedSequence.is_cuda"""
        return False


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """The permutation that undoes this one.  Torch: torch.nn.utils.rnn.invert_permutation"""
    if permutation is None:
        return None
    return empty_like(permutation).scatter_(0, permutation, arange(0, permutation.numel()))


# Two operations that are each other's gradient.  `mask` (T, N) is true where a sequence has a row.


@op(name="PackPaddedSequenceBackward0")
def pack_op(x, *, mask):
    return x[mask]


@op(name="torch::autograd::CopySlices")
def unpack_op(rows, *, mask, value):
    result = np.full((*mask.shape, *rows.shape[1:]), value, rows.dtype)
    result[mask] = rows
    return result


pack_op.gradient(lambda g, mask: unpack_op(g, mask=mask, value=0))
unpack_op.gradient(lambda g, mask: pack_op(g, mask=mask))


def pack_padded_sequence(input, lengths, batch_first=False, enforce_sorted=True) -> PackedSequence:
    """Take the rows of the sequences out of a padded batch; `lengths` must fall unless enforce_sorted=False.

    Shapes: input (T, N, ...), or (N, T, ...) if batch_first, lengths (N,) -> data (sum of lengths, ...).
    Raises: RuntimeError for lengths that do not fit.  Torch: torch.nn.utils.rnn.pack_padded_sequence
    """
    checks.check_tensor(input, "pack_padded_sequence")
    lengths = lengths.to(dtype=int64) if isinstance(lengths, Tensor) else as_tensor(lengths, dtype=int64)
    sorted_indices = None
    if not enforce_sorted:
        lengths, sorted_indices = lengths.sort(descending=True)
        input = input.index_select(0 if batch_first else 1, sorted_indices)
    if batch_first:
        input = input.transpose(0, 1)
    if lengths.ndim != 1:
        raise RuntimeError(
            f"'lengths' argument should be a 1D CPU int64 tensor, but "
            f"got {lengths.ndim}D cpu {lengths.dtype.long_name} tensor"
        )
    if input.numel() == 0:
        raise RuntimeError("Cannot pack empty tensors.")
    if len(lengths) != input.shape[1]:
        raise RuntimeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {len(lengths)} (batch_size={input.shape[1]})"
        )
    counts = lengths.numpy()
    if counts[-1] <= 0:
        raise RuntimeError("Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0")
    if (np.diff(counts) > 0).any():
        raise RuntimeError(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass "
            "`enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you do "
            "not need ONNX exportability."
        )
    if counts[0] > len(input):
        raise RuntimeError(
            f"Expected every length to be at most {len(input)}, the number of time steps, but got {counts[0]}"
        )
    mask = np.arange(counts[0])[:, None] < counts
    sizes = as_tensor(mask.sum(1))
    return PackedSequence(pack_op(input[: counts[0]], mask=mask), sizes, sorted_indices, None)


def pad_packed_sequence(sequence, batch_first=False, padding_value=0.0, total_length=None) -> tuple[Tensor, Tensor]:
    """The inverse of pack_padded_sequence: (padded batch, lengths).

    Raises: ValueError for a total_length that is too short.  Torch: torch.nn.utils.rnn.pad_packed_sequence
    """
    sizes = sequence.batch_sizes.numpy()
    longest = len(sizes)
    if total_length is not None and total_length < longest:
        raise ValueError(
            "Expected total_length to be at least the length of the longest sequence in input, but got "
            f"total_length={total_length} and max sequence length being {longest}"
        )
    total = longest if total_length is None else total_length
    mask = np.zeros((total, sizes[0]), bool)
    mask[:longest] = np.arange(sizes[0]) < sizes[:, None]
    padded = unpack_op(sequence.data, mask=mask, value=padding_value)
    lengths = as_tensor(mask.sum(0))
    if batch_first:
        padded = padded.transpose(0, 1)
    back = sequence.unsorted_indices
    if back is not None:
        return padded.index_select(0 if batch_first else 1, back), lengths[back]
    return padded, lengths


def pad_sequence(sequences, batch_first=False, padding_value=0.0, padding_side="right") -> Tensor:
    """Stack sequences, each filled up to the longest one's length.

    Shapes: N of (L_i, ...) -> (T, N, ...), or (N, T, ...) if batch_first.
    Raises: RuntimeError for no sequences, other trailing sizes, or another padding_side.
    Torch: torch.nn.utils.rnn.pad_sequence
    """
    if not isinstance(sequences, Iterable):
        raise RuntimeError(f"pad_sequence: Expected iterable for input sequences, but got arg of type: {type(sequences)}")
    sequences = tuple(sequences)
    if not sequences:
        raise RuntimeError("received an empty list of sequences")
    if padding_side not in ("left", "right"):
        raise RuntimeError(f"Expected padding_side to be one of left or right, but got {padding_side}.")
    longest = max(len(s) for s in sequences)
    padded = []
    for s in sequences:
        missing = full((longest - len(s), *sequences[0].shape[1:]), padding_value, dtype=s.dtype)
        checks.check_broadcast(missing.shape, (missing.shape[0], *s.shape[1:]))
        padded.append(cat([s, missing] if padding_side == "right" else [missing, s]))
    return stack(padded, 0 if batch_first else 1)


def unpad_sequence(padded_sequences, lengths, batch_first=False) -> list[Tensor]:
    """The sequences of a padded batch, each in its own length.  Torch: torch.nn.utils.rnn.unpad_sequence"""
    if not batch_first:
        padded_sequences = padded_sequences.transpose(0, 1)
    steps = arange(padded_sequences.shape[1])
    return [sequence[steps < length] for sequence, length in zip(padded_sequences, lengths, strict=True)]


def pack_sequence(sequences, enforce_sorted=True) -> PackedSequence:
    """Pack sequences of different lengths.  Torch: torch.nn.utils.rnn.pack_sequence"""
    lengths = as_tensor([len(s) for s in sequences])
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences) -> list[Tensor]:
    """The inverse of pack_sequence.  Torch: torch.nn.utils.rnn.unpack_sequence"""
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)
