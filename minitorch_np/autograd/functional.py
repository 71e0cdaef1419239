"""Derivatives of functions: vjp, jvp, jacobian, hessian, hvp, vhp.

All of them are made of `grad`.  A product with the Jacobian from the right (jvp) takes it twice: the gradient
v -> v J is linear in v, so its own gradient is J.
"""

import numpy as np

from ..tensor import Tensor
from .backward import grad
from .mode import enable_grad, is_grad_enabled, set_grad_enabled

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]

STRICT = "This is not allowed in strict mode."


def _tuple(value, what, name):
    """(is it a tuple, the tuple).  Raises: TypeError for anything but tensors."""
    is_tuple = isinstance(value, tuple)
    values = value if is_tuple else (value,)
    for at, v in enumerate(values):
        if not isinstance(v, Tensor):
            which = f"value at index {at}" if is_tuple else f"given {what}"
            raise TypeError(
                f"The {what} given to {name} must be either a Tensor or a tuple of Tensors but the {which} has type "
                f"{type(v)}."
            )
    return is_tuple, values


def _fresh(tensors, create_graph, needed=True):
    """New tensors with the same values: the function may hold the old ones as well, and those must not count."""
    return tuple([x.view_as(x) if create_graph and x.requires_grad else x.detach().requires_grad_(needed) for x in tensors])


def _finish(tensors, create_graph):
    return tensors if create_graph else tuple([t.detach() for t in tensors])


def _unwrap(tensors, is_tuple):
    return tensors if is_tuple else tensors[0]


def _call(func, inputs, name, strict):
    is_tuple, outputs = _tuple(func(*inputs), "outputs of the user-provided function", name)
    _check_outputs(outputs, strict)
    return is_tuple, outputs


def _check_outputs(outputs, strict):
    for at, out in enumerate(outputs):
        if strict and not out.requires_grad:
            raise RuntimeError(
                f"Output {at} of the user-provided function does not require gradients. The outputs must be computed in "
                "a differentiable manner from the input when running in strict mode."
            )


def _given(v, others, others_are_tuple, name):
    """v as a tuple that fits `others`"""
    _, v = _tuple(v, "v", name)
    if len(v) != len(others):
        raise RuntimeError(
            f"v is a tuple of invalid length: should be {len(others)} but got {len(v)}."
            if others_are_tuple
            else "The given v should contain a single Tensor."
        )
    for at, (a, b) in enumerate(zip(v, others)):
        if a.shape != b.shape:
            which = f"Entry {at} in " if others_are_tuple else ""
            raise RuntimeError(f"{which}v has invalid size: should be {b.shape} but got {a.shape}.")
    return v


def _grad(outputs, inputs, v, create_graph, retain_graph=None, is_grads_batched=False):
    """grad that takes outputs without history for constants"""
    v = (None,) * len(outputs) if v is None else v
    pairs = [(out, g) for out, g in zip(outputs, v) if out is not None and out.requires_grad]
    if not pairs:
        return (None,) * len(inputs)
    outputs, v = zip(*pairs)
    return grad(outputs, inputs, v, retain_graph, create_graph, allow_unused=True, is_grads_batched=is_grads_batched)


# What a None means, by what was asked for.
INDEPENDENT = {
    "vjp": "The output of the user-provided function is independent of input {}. " + STRICT,
    "jvp": "The gradient with respect to the input is independent of entry {} in the grad_outputs when using the double "
    "backward trick to compute forward mode gradients. " + STRICT,
    "vhp": "The jacobian of the user-provided function is independent of input {}. " + STRICT,
    "hvp": "The hessian of the user-provided function is independent of entry {} in the grad_jacobian. This is not allowed "
    "in strict mode as it prevents from using the double backward trick to replace forward mode AD.",
}


def _zeros_for_none(grads, like, strict, create_graph, name):
    """Raises: RuntimeError in strict mode, where the result does not depend on an input."""
    for at, g in enumerate(grads):
        if strict and g is None:
            raise RuntimeError(INDEPENDENT[name].format(at))
        if strict and create_graph and not g.requires_grad:
            derivative = "jacobian" if name in ("vjp", "jvp") else "hessian"
            raise RuntimeError(
                f"The {derivative} of the user-provided function is independent of input {at}. "
                f"{STRICT[:-1]} when create_graph=True."
            )
    return tuple([Tensor._wrap(np.zeros_like(x._array)) if g is None else g for g, x in zip(grads, like)])


def _check_jacobian(jacobian, strict):
    for at, g in enumerate(jacobian):
        if strict and g is None:
            raise RuntimeError(INDEPENDENT["vjp"].format(at))
        if strict and not g.requires_grad:
            raise RuntimeError(
                "While computing the hessian, found that the jacobian of the user-provided function with respect to "
                f"input {at} is independent of the input. {STRICT} You should ensure that your function is twice "
                "differentiable and that the jacobian depends on the inputs (this would be violated by a linear "
                "function for example)."
            )


def vjp(func, inputs, v=None, create_graph=False, strict=False):
    """func(inputs) and v J: the product of v with func's Jacobian.

    Raises: RuntimeError for a v that does not fit, or none where the output has several elements.
    Torch: torch.autograd.functional.vjp
    """
    with enable_grad():
        in_tuple, inputs = _tuple(inputs, "inputs", "vjp")
        inputs = _fresh(inputs, create_graph)
        out_tuple, outputs = _call(func, inputs, "vjp", strict)
        if v is not None:
            v = _fresh(_given(v, outputs, out_tuple, "vjp"), create_graph, False)
        elif len(outputs) != 1 or outputs[0].numel() != 1:
            raise RuntimeError(
                "The vector v can only be None if the user-provided function returns a single Tensor with a single element."
            )
    with set_grad_enabled(create_graph or is_grad_enabled()):
        result = _zeros_for_none(_grad(outputs, inputs, v, create_graph), inputs, strict, create_graph, "vjp")
    return _unwrap(_finish(outputs, create_graph), out_tuple), _unwrap(_finish(result, create_graph), in_tuple)


def jvp(func, inputs, v=None, create_graph=False, strict=False):
    """func(inputs) and J v: the product of func's Jacobian with v.

    Raises: RuntimeError for a v that does not fit, or none where the input has several elements.
    Torch: torch.autograd.functional.jvp
    """
    with enable_grad():
        in_tuple, inputs = _tuple(inputs, "inputs", "jvp")
        inputs = _fresh(inputs, create_graph)
        if v is not None:
            v = _fresh(_given(v, inputs, in_tuple, "jvp"), create_graph, False)
        elif len(inputs) != 1 or inputs[0].numel() != 1:
            raise RuntimeError(
                "The vector v can only be None if the input to the user-provided function is a single Tensor with a "
                "single element."
            )
        out_tuple, outputs = _call(func, inputs, "jvp", strict)
        zeros = tuple([Tensor._wrap(np.zeros_like(out._array)).requires_grad_() for out in outputs])
        rows = _grad(outputs, inputs, zeros, True)
        for at, row in enumerate(rows):
            if strict and row is None:
                raise RuntimeError(INDEPENDENT["vjp"].format(at))
            if strict and not row.requires_grad:
                raise RuntimeError(
                    f"The gradient with respect to input {at} is independent of the inputs of the user-provided "
                    f"function. {STRICT}"
                )
        result = _grad(rows, zeros, v, create_graph)
        result = _zeros_for_none(result, outputs, strict, create_graph, "jvp")
    return _unwrap(_finish(outputs, create_graph), out_tuple), _unwrap(_finish(result, create_graph), out_tuple)


def jacobian(func, inputs, create_graph=False, strict=False, vectorize=False, strategy="reverse-mode"):
    """All of d output / d input, shape (*output, *input); a tuple of tuples for several.

    Row by row in either case: with `vectorize` by one call of `grad` for a batch of gradients.
    Raises: NotImplementedError for strategy="forward-mode".
    Torch: torch.autograd.functional.jacobian
    """
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError(
            'Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your function has more outputs than '
            'inputs, "forward-mode" tends to be more performant. Otherwise, prefer to use "reverse-mode".'
        )
    if strategy == "forward-mode":
        raise NotImplementedError('jacobian: strategy="forward-mode" is not supported')
    with enable_grad():
        in_tuple, inputs = _tuple(inputs, "inputs", "jacobian")
        inputs = _fresh(inputs, create_graph)
        out_tuple, outputs = _call(func, inputs, "jacobian", strict)
        if vectorize and strict:
            raise RuntimeError(
                "torch.autograd.functional.jacobian: `strict=True` and `vectorized=True` are not supported together. "
                "Please either set `strict=False` or `vectorize=False`."
            )
        if vectorize:
            result = _at_once(outputs, inputs, create_graph)
        else:
            result = tuple([_rows(at, out, inputs, strict, create_graph) for at, out in enumerate(outputs)])
    result = tuple([_unwrap(_finish(row, create_graph), in_tuple) for row in result])
    return _unwrap(result, out_tuple)


def _rows(number, out, inputs, strict, create_graph):
    """The Jacobians of one output with respect to each input, row by row"""
    from ..ops.join import stack

    columns: list[list] = [[] for _ in inputs]
    for k in range(out.numel()):
        grads = _grad((out.reshape(-1)[k],), inputs, None, create_graph, retain_graph=True)
        for at, g in enumerate(grads):
            if strict and g is None:
                raise RuntimeError(f"Output {number} of the user-provided function is independent of input {at}. {STRICT}")
            if strict and create_graph and not g.requires_grad:
                raise RuntimeError(
                    f"The jacobian of the user-provided function is independent of input {number}. "
                    f"{STRICT[:-1]} when create_graph=True."
                )
            columns[at].append(Tensor._wrap(np.zeros_like(inputs[at]._array)) if g is None else g)
    return tuple([stack(column).view((*out.shape, *x.shape)) for column, x in zip(columns, inputs)])


def _at_once(outputs, inputs, create_graph):
    """The Jacobians of all outputs, from gradients that together are one unit matrix"""
    sizes = [out.numel() for out in outputs]
    unit = np.split(np.eye(sum(sizes)), np.cumsum(sizes)[:-1], axis=1)
    unit = [Tensor._wrap(part.astype(out._array.dtype)) for part, out in zip(unit, outputs)]
    flat = tuple([out.reshape(-1) for out in outputs])
    grads = _grad(flat, inputs, unit, create_graph, is_grads_batched=True)
    columns = []
    for g, x in zip(grads, inputs):
        full = Tensor._wrap(np.zeros((sum(sizes), *x._array.shape), x._array.dtype)) if g is None else g
        columns.append([part.view((*out.shape, *x.shape)) for part, out in zip(full.split(sizes, 0), outputs)])
    return tuple(zip(*columns))


def _check_single(is_tuple, outputs, name):
    if is_tuple:
        raise RuntimeError(f"The function given to {name} should return a single Tensor")
    if outputs[0].numel() != 1:
        raise RuntimeError(f"The Tensor returned by the function given to {name} should contain a single element")


def hessian(func, inputs, create_graph=False, strict=False, vectorize=False, outer_jacobian_strategy="reverse-mode"):
    """All second derivatives of a function with one value, shape (*input, *input); a tuple of tuples for several.

    Raises: NotImplementedError for outer_jacobian_strategy="forward-mode".
    Torch: torch.autograd.functional.hessian
    """
    in_tuple, inputs = _tuple(inputs, "inputs", "hessian")
    if outer_jacobian_strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError('Expected strategy to be either "forward-mode" or "reverse-mode".')
    if outer_jacobian_strategy == "forward-mode":
        raise NotImplementedError('hessian: outer_jacobian_strategy="forward-mode" is not supported')

    def single(*inputs):
        is_tuple, outputs = _call(func, inputs, "hessian", strict)
        _check_single(is_tuple, outputs, "hessian")
        return outputs[0].squeeze()

    def gradient(*inputs):
        result = jacobian(single, inputs, create_graph=True)
        _check_jacobian(result, strict)
        return result

    result = jacobian(gradient, inputs, create_graph, strict, vectorize)
    return result if in_tuple else result[0][0]


def vhp(func, inputs, v=None, create_graph=False, strict=False):
    """func(inputs) and v H: the product of v with func's matrix of second derivatives.

    Raises: RuntimeError for a v that does not fit, or none where the input has several elements.
    Torch: torch.autograd.functional.vhp
    """
    return _hessian_product("vhp", func, inputs, v, create_graph, strict)


def hvp(func, inputs, v=None, create_graph=False, strict=False):
    """func(inputs) and H v, by differentiating the linear map w -> w H once more.

    Raises: RuntimeError for a v that does not fit, or none where the input has several elements.
    Torch: torch.autograd.functional.hvp
    """
    return _hessian_product("hvp", func, inputs, v, create_graph, strict)


def _hessian_product(name, func, inputs, v, create_graph, strict):
    with enable_grad():
        in_tuple, inputs = _tuple(inputs, "inputs", name)
        inputs = _fresh(inputs, create_graph)
        if v is not None:
            v = _fresh(_given(v, inputs, in_tuple, name), create_graph, False)
        elif len(inputs) != 1 or inputs[0].numel() != 1:
            raise RuntimeError(
                "The vector v can only be None if the input to the user-provided function is a single Tensor with a "
                "single element."
            )
        is_tuple, outputs = _call(func, inputs, name, strict)
        _check_single(is_tuple, outputs, name)
        first = _grad(outputs, inputs, None, True)
        _check_jacobian(first, strict)
        wanted = inputs
        if name == "hvp":
            wanted = tuple([Tensor._wrap(np.zeros_like(x._array)).requires_grad_() for x in inputs])
            first = _grad(first, inputs, wanted, True)
    with set_grad_enabled(create_graph or is_grad_enabled()):
        result = _grad(first, wanted, v, create_graph)
        result = _zeros_for_none(result, inputs, strict, create_graph, name)
    return _finish(outputs, create_graph)[0], _unwrap(_finish(result, create_graph), in_tuple)
