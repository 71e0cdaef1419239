"""Clipping gradients in place.  `foreach` chooses between torch's loops and changes nothing here."""

import types
import warnings
from collections.abc import Iterable

from ...autograd.mode import no_grad
from ...creation import tensor
from ...ops.join import stack
from ...ops.vector_norm import vector_norm
from ...tensor import Tensor


def _listed(tensors: Tensor | Iterable[Tensor]) -> list[Tensor]:
    return [tensors] if isinstance(tensors, Tensor) else list(tensors)


def _gradients(parameters: Tensor | Iterable[Tensor]) -> list[Tensor]:
    return [p.grad for p in _listed(parameters) if p.grad is not None]


@no_grad()
def get_total_norm(tensors, norm_type: float = 2.0, error_if_nonfinite: bool = False, foreach=None) -> Tensor:
    """The norm of all tensors taken as one vector, computed as the norm of their norms.

    Raises: RuntimeError for a norm that is inf or nan, if `error_if_nonfinite`.
    Torch: torch.nn.utils.get_total_norm
    """
    tensors, norm_type = _listed(tensors), float(norm_type)
    if not tensors:
        return tensor(0.0)
    total = vector_norm(stack([vector_norm(t, norm_type) for t in tensors]), norm_type)
    if error_if_nonfinite and not total.isfinite():
        raise RuntimeError(
            f"The total norm of order {norm_type} for gradients from `parameters` is non-finite, so it cannot be "
            "clipped. To disable this error and scale the gradients by the non-finite norm anyway, set "
            "`error_if_nonfinite=False`"
        )
    return total


@no_grad()
def clip_grads_with_norm_(parameters, max_norm: float, total_norm: Tensor, foreach=None) -> None:
    """Multiply all gradients by max_norm / total_norm, unless that is above 1.

    Torch: torch.nn.utils.clip_grads_with_norm_
    """
    gradients = _gradients(parameters)
    if gradients:
        factor = (float(max_norm) / (total_norm + 1e-6)).clamp(max=1.0)
        for gradient in gradients:
            gradient.mul_(factor)


@no_grad()
def clip_grad_norm_(
    parameters, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False, foreach=None
) -> Tensor:
    """Shorten the gradients, taken as one vector, to at most max_norm; returns their norm before.

    Raises: RuntimeError for a norm that is inf or nan, if `error_if_nonfinite`.
    Torch: torch.nn.utils.clip_grad_norm_
    """
    generator = isinstance(parameters, types.GeneratorType)
    parameters = _listed(parameters)
    if generator and not parameters:
        warnings.warn("`parameters` is an empty generator, no gradient clipping will occur.", stacklevel=3)
    total = get_total_norm(_gradients(parameters), norm_type, error_if_nonfinite)
    clip_grads_with_norm_(parameters, max_norm, total)
    return total


@no_grad()
def clip_grad_value_(parameters, clip_value: float, foreach=None) -> None:
    """Clamp every element of every gradient to [-clip_value, clip_value].

    Torch: torch.nn.utils.clip_grad_value_
    """
    clip_value = float(clip_value)
    for gradient in _gradients(parameters):
        gradient.clamp_(-clip_value, clip_value)
