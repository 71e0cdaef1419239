"""The short names for swapped dimensions: T, mT, H, mH and adjoint.  Real matrices are their own conjugates."""

import warnings

from ..tensor import Tensor
from .public import public
from .shape import permute_op, transpose_op

IDENTITY, CONJUGATE = "This function is the identity in these cases.", "Consider using x.conj()."


def _deprecated_scalar(what, instead):
    warnings.warn(f"{what} is deprecated on 0-D tensors. {instead}", stacklevel=3)


def _matrix_transpose(self, what):
    if self.ndim < 2:
        raise RuntimeError(f"{what} is only supported on matrices or batches of matrices. Got {self.ndim}-D tensor.")
    return transpose_op(self, dim0=self.ndim - 2, dim1=self.ndim - 1)


@public
def adjoint(input):
    """The last two dimensions swapped: the conjugate transpose of real matrices.  Torch: torch.adjoint"""
    if input.ndim == 0:
        _deprecated_scalar("adjoint()", CONJUGATE)
        return input
    return _matrix_transpose(input, "tensor.adjoint()")


def _mt(self):
    if self.ndim == 0:
        _deprecated_scalar("Tensor.mT", IDENTITY)
        return self
    return _matrix_transpose(self, "tensor.mT")


def _mh(self):
    if self.ndim == 0:
        _deprecated_scalar("Tensor.mH", CONJUGATE)
        return self
    return _matrix_transpose(self, "tensor.mH")


def _h(self):
    if self.ndim == 0:
        _deprecated_scalar("Tensor.H", CONJUGATE)
        return self
    if self.ndim != 2:
        more = " For batches of matrices, consider using tensor.mH" if self.ndim > 2 else ""
        raise RuntimeError(f"tensor.H is only supported on matrices (2-D tensors). Got {self.ndim}-D tensor.{more}")
    return transpose_op(self, dim0=0, dim1=1)


def _t(self):
    if self.ndim == 0:
        _deprecated_scalar("Tensor.T", IDENTITY)
    elif self.ndim != 2:
        warnings.warn(
            "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and it will throw "
            "an error in a future release. Consider `x.mT` to transpose batches of matrices or "
            "`x.permute(*torch.arange(x.ndim - 1, -1, -1))` to reverse the dimensions of a tensor.",
            stacklevel=2,
        )
    return permute_op(self, dims=tuple(range(self.ndim))[::-1])


Tensor.mT = property(_mt, doc="The last two dimensions swapped.  Torch: Tensor.mT")
Tensor.mH = property(_mh, doc="The last two dimensions swapped.  Torch: Tensor.mH")
Tensor.H = property(_h, doc="A matrix transposed.  Torch: Tensor.H")
Tensor.T = property(_t, doc="All dimensions reversed.  Torch: Tensor.T")
