"""Fused elementwise arithmetic: a sum with a product or a quotient, and the way from one value to another."""

import numpy as np

from .. import checks
from ..autograd.op import op
from ..tensor import Tensor
from .elementwise import as_number, check_number, in_range, only, promoted, wide
from .public import OUT_RULES, public


def _operands(name, tensors, value):
    """(the tensors promoted to one dtype, value in that dtype)"""
    for position, (argument, x) in enumerate(zip(("input", "tensor1", "tensor2"), tensors), 1):
        checks.check_tensor(x, name, argument, position)
    value = check_number(value, name, "value")
    tensors = promoted(*tensors)
    return tensors, in_range(value, tensors[0].dtype)


_multiply_add = only("uif", "addcmul_cpu_out", wide(lambda x, a, b, value: x + value * a * b))
_divide_add = only("f", "addcdiv_cpu_out", wide(lambda x, a, b, value: x + value * a / b))


@op(name="AddcmulBackward0", elementwise=True)
def addcmul_op(x, a, b, *, value):
    return _multiply_add(x, a, b, value=value)


addcmul_op.gradients(
    lambda g: g,
    lambda g, b, value: g * (b * value.item()),
    lambda g, a, value: g * (a * value.item()),
)


@public(inplace=True, out=True)
def addcmul(input, tensor1, tensor2, *, value=1):
    """input + value * tensor1 * tensor2, elementwise.

    Shapes: broadcast.  Raises: NotImplementedError for bools.  Torch: torch.addcmul
    """
    tensors, value = _operands("addcmul", (input, tensor1, tensor2), value)
    return addcmul_op(*tensors, value=value)


@op(name="AddcdivBackward0", elementwise=True)
def addcdiv_op(x, a, b, *, value):
    return _divide_add(x, a, b, value=value)


addcdiv_op.gradients(
    lambda g: g,
    lambda g, b, value: g * (value.item() / b),
    lambda g, a, b, value: -g * (a * value.item() / (b * b)),
)


@public(inplace=True, out=True)
def addcdiv(input, tensor1, tensor2, *, value=1):
    """input + value * tensor1 / tensor2, elementwise.

    Shapes: broadcast.  Raises: RuntimeError where a whole number would be divided by another.  Torch: torch.addcdiv
    """
    checks.check_tensor(input, "addcdiv")
    checks.check_tensor(tensor1, "addcdiv", "tensor1", 2)
    checks.check_tensor(tensor2, "addcdiv", "tensor2", 3)
    if not tensor1.is_floating_point() and not tensor2.is_floating_point():
        raise RuntimeError(
            "Integer division with addcdiv is no longer supported, and in a future  release addcdiv will perform a "
            "true division of tensor1 and tensor2. The historic addcdiv behavior can be implemented as (input + "
            "value * torch.trunc(tensor1 / tensor2)).to(input.dtype) for integer inputs and as (input + value * "
            "tensor1 / tensor2) for float inputs. The future addcdiv behavior is just the latter implementation: "
            "(input + value * tensor1 / tensor2), for all dtypes."
        )
    tensors, value = _operands("addcdiv", (input, tensor1, tensor2), value)
    return addcdiv_op(*tensors, value=value)


# --- from one value to another ---------------------------------------------------------------------


def _between(start, end, weight):
    """Counted from the end that is nearer, so that both ends are met exactly."""
    way = end - start
    return np.where(np.abs(weight) < 0.5, start + weight * way, end - way * (1 - weight))


@op(name="LerpBackward0", elementwise=True)
def lerp_number(start, end, *, weight):
    return only("f", "lerp_kernel_scalar", wide(lambda *ends: _between(*ends, weight)))(start, end)


lerp_number.gradients(lambda g, weight: g * (1 - weight), lambda g, weight: g * weight)


@op(name="LerpBackward1", elementwise=True)
def lerp_tensor(start, end, weight):
    return only("f", "lerp_kernel_tensor", wide(_between))(start, end, weight)


lerp_tensor.gradients(
    lambda g, weight: g * (1 - weight),
    lambda g, weight: g * weight,
    lambda g, start, end: g * (end - start),
)


def _lerp_out(name, result, out, operands):
    """By several weights torch writes its own dtype only."""
    rule = OUT_RULES["found" if isinstance(operands[2], Tensor) and operands[2].ndim else True]
    rule(name, result, out, operands)


@public(inplace=True, out=_lerp_out)
def lerp(input, end, weight):
    """input + weight * (end - input), elementwise; the weight may be a number.

    Shapes: broadcast.  Raises: RuntimeError for different dtypes, NotImplementedError for integers.  Torch: torch.lerp
    """
    checks.check_tensor(input, "lerp")
    checks.check_tensor(end, "lerp", "end", 2)
    _check_same(input, end, "end")
    if not isinstance(weight, Tensor):
        return lerp_number(*promoted(input, end), weight=as_number(weight, "lerp", "weight", 3))
    if weight.ndim:  # a single weight is promoted as a number would be
        _check_same(input, weight, "weight")
    return lerp_tensor(*promoted(input, end, weight))


def _check_same(input, other, argument):
    if other.dtype is not input.dtype:
        wanted, got = checks.C_NAMES[input.dtype.name], checks.C_NAMES[other.dtype.name]
        raise RuntimeError(f"expected dtype {wanted} for `{argument}` but got dtype {got}")
