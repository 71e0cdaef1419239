"""A gradient that is made when somebody looks at it, and not at all where nobody does."""

from ..tensor import Tensor


class Deferred(Tensor):
    """Until its array is asked for.  From then on it is a Tensor as any other.

    The gradient of a chosen class is a matrix with one number in each row; log_softmax's gradient (Op.on_deferred) can do
    without the matrix.
    """

    @staticmethod
    def of(make, parts) -> "Deferred":
        """make() -> the array; parts: what it is made of, for those who know what to do with that"""
        tensor = object.__new__(Deferred)
        tensor.__dict__.update(make=make, parts=parts, _node=None, _base=None, _counter=None, _requires_grad=False)
        return tensor

    @property
    def _array(self):
        make = self.make
        del self.make, self.parts
        self.__class__ = Tensor
        self._array = make()
        return self._array


def settle(tensors) -> None:
    """Make what was deferred: somebody else will see these tensors (None among them)."""
    for tensor in tensors:
        if type(tensor) is Deferred:
            tensor._array  # noqa: B018  (who asks for it makes it)
