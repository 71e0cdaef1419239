"""backward() and grad(): what a user calls, and what torch complains about."""

import numpy as np

from ..tensor import Tensor
from .engine import run_backward


def backward(tensors, grad_tensors=None, retain_graph=None, create_graph=False, grad_variables=None, inputs=None):
    """Add d(sum of tensors) / d(leaf) to the `.grad` of every leaf, or of `inputs` only.

    Raises: RuntimeError for a tensor without history, for several elements without `grad_tensors`, or for
        a graph that was used up.
    Torch: torch.autograd.backward
    """
    tensors = _tuple(tensors)
    inputs = None if inputs is None else _tuple(inputs)
    if inputs is not None and not inputs:
        raise RuntimeError("'inputs' argument to 'backward' cannot be empty.")
    gradients = _root_gradients(tensors, grad_tensors if grad_tensors is not None else grad_variables)
    run_backward(tensors, gradients, create_graph if retain_graph is None else retain_graph, create_graph, inputs)


def grad(
    outputs,
    inputs,
    grad_outputs=None,
    retain_graph=None,
    create_graph=False,
    only_inputs=True,
    allow_unused=None,
    is_grads_batched=False,
    materialize_grads=False,
):
    """d(sum of outputs) / d(input) for each of `inputs`; no `.grad` is touched.

    Raises: RuntimeError for an input that does not require grad, or one that no output depends on unless
        `allow_unused` (then None) or `materialize_grads` (then zeros).
    Torch: torch.autograd.grad
    """
    if is_grads_batched:
        raise NotImplementedError("grad: is_grads_batched is not supported")
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False."
        )
    outputs, inputs = _tuple(outputs), _tuple(inputs)
    if not inputs:
        raise ValueError("grad requires non-empty inputs.")
    for x in inputs:
        if not x.requires_grad:
            raise RuntimeError("One of the differentiated Tensors does not require grad")
    gradients = _root_gradients(outputs, grad_outputs)
    results = run_backward(
        outputs, gradients, create_graph if retain_graph is None else retain_graph, create_graph, inputs, False
    )
    if materialize_grads:
        return tuple([Tensor._wrap(np.zeros_like(x._array)) if r is None else r for r, x in zip(results, inputs)])
    if not allow_unused and any(r is None for r in results):
        raise RuntimeError(
            "One of the differentiated Tensors appears to not have been used in the graph. Set allow_unused=True if "
            "this is the desired behavior."
        )
    return tuple(results)


def _tuple(tensors) -> tuple:
    return (tensors,) if isinstance(tensors, Tensor) else tuple(tensors)


def _root_gradients(roots, gradients) -> list[Tensor]:
    """One gradient per root: what was given, or 1 for a single element."""
    gradients = (None,) * len(roots) if gradients is None else _tuple(gradients)
    if len(gradients) != len(roots):
        raise RuntimeError(f"got {len(roots)} tensors and {len(gradients)} gradients")
    result = []
    for at, (root, g) in enumerate(zip(roots, gradients)):
        if not root.requires_grad:
            raise RuntimeError(f"element {at} of tensors does not require grad and does not have a grad_fn")
        if g is None:
            if root.numel() != 1:
                raise RuntimeError("grad can be implicitly created only for scalar outputs")
            g = Tensor._wrap(np.ones_like(root._array))
        elif not isinstance(g, Tensor):
            raise TypeError(f"gradients can be either Tensors or None, but got {type(g).__name__}")
        elif g._array.shape != root._array.shape:
            raise RuntimeError(
                f"Mismatch in shape: grad_output[{at}] has a shape of {g.shape} and output[{at}] has a shape of "
                f"{root.shape}."
            )
        result.append(g)
    return result
