"""All parameters as one vector, and back."""

from collections.abc import Iterable

from ...ops.join import cat
from ...tensor import Tensor
from ..modules.module import typename


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """All elements of all parameters, one after the other.  Torch: torch.nn.utils.parameters_to_vector"""
    return cat([parameter.view(-1) for parameter in parameters])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Point the parameters at consecutive parts of the vector, whose memory they then share.

    Raises: TypeError unless `vec` is a tensor.
    Torch: torch.nn.utils.vector_to_parameters
    """
    if not isinstance(vec, Tensor):
        raise TypeError(f"expected torch.Tensor, but got: {typename(vec)}")
    start = 0
    for parameter in parameters:
        end = start + parameter.numel()
        parameter.data = vec[start:end].view_as(parameter).data
        start = end
