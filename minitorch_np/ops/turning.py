"""In-place view operations: the tensor itself gets another shape or order of dimensions; its memory stays as it is."""

import functools

from ..autograd.strided import as_strided_op
from ..autograd.views import reshape_in_place
from . import shape
from .public import public
from .strided import as_strided

# Torch gives the nodes of these names of their own.
TWINS = {
    shape.transpose_op: shape.transpose_op.named("TransposeBackward1"),
    shape.t_op: shape.t_op.named("TBackward1"),
    shape.unsqueeze_op: shape.unsqueeze_op.named("UnsqueezeBackward1"),
    shape.squeeze_all: shape.squeeze_all.named("SqueezeBackward3"),
    shape.squeeze_op: shape.squeeze_op.named("SqueezeBackward4"),
    shape.squeeze_several: shape.squeeze_several.named("SqueezeBackward5"),
    as_strided_op: as_strided_op.named("AsStridedBackward1"),
}


def _turning(function, name):
    @functools.wraps(function)
    def method(self, *args, **kwargs):
        return reshape_in_place(self, function, args, kwargs, TWINS)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"In-place version of `{name[:-1]}`: the tensor itself becomes that view.  Torch: Tensor.{name}"
    public(method, namespace=(), name=name)


def _matrix_turned(input):
    if input.ndim > 2:
        raise RuntimeError(f"t_() expects a tensor with <= 2 dimensions, but self is {input.ndim}D")
    return shape.t(input)


for _name, _function in {
    "transpose_": shape.transpose, "swapaxes_": shape.transpose, "swapdims_": shape.transpose, "t_": _matrix_turned,
    "squeeze_": shape.squeeze, "unsqueeze_": shape.unsqueeze, "as_strided_": as_strided,
}.items():  # fmt: skip
    _turning(_function, _name)
