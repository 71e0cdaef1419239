"""A tensor's shape."""

import functools
import math
import operator


class Size(tuple):
    """A tensor's shape: a tuple of ints that prints as torch.Size and stays one when it is cut, joined or repeated.

    Raises: TypeError for an item that is no int.
    Torch: torch.Size
    """

    __module__ = "minitorch_np"
    __slots__ = ()

    def __new__(cls, sizes=()):
        return tuple.__new__(cls, [_as_int(size, at) for at, size in enumerate(sizes)])

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"

    def numel(self) -> int:
        """The product of the sizes.  Torch: torch.Size.numel"""
        return math.prod(self)

    def __getitem__(self, index):
        item = super().__getitem__(index)
        return size_of(item) if isinstance(index, slice) else item

    def __add__(self, other):
        if not isinstance(other, tuple):
            raise TypeError(f"can only concatenate tuple (not {type(other).__name__}) to torch.Size")
        return Size(tuple(self) + tuple(other))

    def __radd__(self, other):
        return Size(other + tuple(self)) if isinstance(other, tuple) else NotImplemented

    def __mul__(self, times):
        if not hasattr(times, "__index__"):
            raise TypeError(f"can't multiply sequence by non-int of type '{type(times).__name__}'")
        return size_of(super().__mul__(times))

    __rmul__ = __mul__

    def __reduce__(self):
        return Size, (tuple(self),)


size_of = functools.partial(tuple.__new__, Size)  # of a tuple that is known to hold ints


def _as_int(size, at: int) -> int:
    kind = type(size)
    if kind is int:
        return size
    try:
        return operator.index(size)
    except TypeError:
        name = kind.__name__ if kind.__module__ != "numpy" else f"numpy.{kind.__name__}"
        raise TypeError(f"torch.Size() takes an iterable of 'int' (item {at} is '{name}')") from None
