"""A tensor's shape."""


class Size(tuple):
    """A tensor's shape: a tuple that prints as torch.Size."""

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"

    def numel(self) -> int:
        """The product of the sizes."""
        count = 1
        for s in self:
            count *= s
        return count

    def __getitem__(self, index):
        item = super().__getitem__(index)
        return Size(item) if isinstance(index, slice) else item

    def __add__(self, other):
        return Size(super().__add__(tuple(other)))

    def __reduce__(self):
        return Size, (tuple(self),)
