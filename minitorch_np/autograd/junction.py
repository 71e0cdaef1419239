"""One node across several tensors, where a hook sees all their gradients at once."""

import numpy as np

from ..tensor import Tensor
from .op import op


@op(name="BackwardHookFunctionBackward", outputs="*")
def identity(*tensors):
    """The same arrays."""
    return tensors


@identity.gradient
def _(g, tensors_shapes):
    dtype = next(known for known in g if known is not None)._array.dtype
    # What nothing flowed back to gets zeros, not None, as in torch.
    return [Tensor._wrap(np.zeros(s, dtype)) if known is None else known for known, s in zip(g, tensors_shapes)]


def join(tensors: list[Tensor]) -> tuple[tuple[Tensor, ...], object]:
    """The same values on the far side of one new node, and that node.  All tensors must require grad.

    The results share memory with `tensors`, so they are views; but their history leads through the node
    and cannot be taken again from the base, so writing to them in place is refused, as torch does.
    """
    out = identity(*tensors)
    for x, y in zip(tensors, out):
        y._base = x if x._base is None else x._base
        y._counter = x._version_counter()
        y._seen = y._counter[0]
        y._origin = "function"
    return out, out[0].grad_fn
