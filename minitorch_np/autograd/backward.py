"""backward() and grad(): what a user calls, and what torch complains about."""

import math
import warnings
from collections.abc import Mapping

import numpy as np

from ..size import Size
from ..tensor import Tensor
from .batched import run_batched
from .engine import run_backward
from .graph import GradientEdge
from .node import destination

CYCLE = (
    "Using backward() with create_graph=True will create a reference cycle between the parameter and its gradient which can "
    "cause a memory leak. We recommend using autograd.grad when creating the graph to avoid this. If you have to use this "
    "function, make sure to reset the .grad fields of your parameters to None after use to break the cycle and avoid the "
    "leak."
)
BATCH = (
    "If `is_grads_batched=True`, we interpret the first dimension of each grad_output as the batch dimension. The sizes of "
    "the remaining dimensions are expected to match the shape of corresponding output, but a mismatch was detected: "
)
_warned: set = set()  # torch gives this warning once in a process


def backward(tensors, grad_tensors=None, retain_graph=None, create_graph=False, grad_variables=None, inputs=None):
    """Add d(sum of tensors) / d(leaf) to the `.grad` of every leaf, or of `inputs` only.

    Raises: RuntimeError for a tensor without history, for several elements without `grad_tensors`, or for
        a graph that was used up.
    Torch: torch.autograd.backward
    """
    if grad_variables is not None:
        warnings.warn("`grad_variables` is deprecated. Use `grad_tensors` instead.", FutureWarning, stacklevel=2)
        if grad_tensors is not None:
            raise RuntimeError(
                "`grad_tensors` and `grad_variables` (deprecated) arguments both passed to `backward()`. Please only use "
                "`grad_tensors`."
            )
        grad_tensors = grad_variables
    wanted = None if inputs is None else _inputs(inputs, "backward")
    tensors = _tuple(tensors)
    gradients = _root_gradients(tensors, grad_tensors, False)
    roots = _roots(tensors, gradients)
    if create_graph and CYCLE not in _warned:
        _warned.add(CYCLE)
        warnings.warn(CYCLE, UserWarning, stacklevel=2)
    targets = None if wanted is None else [_target(x, True) for x in wanted]
    run_backward(roots, gradients, create_graph if retain_graph is None else retain_graph, create_graph, targets)


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
    """d(sum of outputs) / d(input) for each of `inputs`, a tuple, or a dict for a dict; no `.grad` is touched.

    Raises: RuntimeError for an input that does not require grad, or one that no output depends on unless
        `allow_unused` (then None) or `materialize_grads` (then zeros).
    Torch: torch.autograd.grad
    """
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False."
        )
    outputs, wanted = _tuple(outputs), _inputs(inputs, "grad")
    if not only_inputs:
        warnings.warn(
            "only_inputs argument is deprecated and is ignored now (defaults to True). To accumulate gradient for other "
            "parts of the graph, please use torch.autograd.backward.",
            FutureWarning,
            stacklevel=2,
        )
    gradients = _root_gradients(outputs, grad_outputs, is_grads_batched)
    retain_graph = create_graph if retain_graph is None else retain_graph

    def run(gradients, retain_graph):
        roots = _roots(outputs, gradients)
        return run_backward(roots, gradients, retain_graph, create_graph, [_target(x, False) for x in wanted], False)

    results = run_batched(run, gradients, retain_graph) if is_grads_batched else run(gradients, retain_graph)
    if materialize_grads:
        if any(r is None and not isinstance(x, Tensor) for r, x in zip(results, wanted)):
            raise RuntimeError("materialize_grads cannot be used when the given input is a GradientEdge")
        results = [
            Tensor._wrap(np.zeros_like(x._array)).requires_grad_(create_graph) if r is None else r
            for r, x in zip(results, wanted)
        ]
    elif not allow_unused:
        for at, r in enumerate(results):
            if r is None:
                raise RuntimeError(
                    f"The differentiated Tensor at index {at} appears to not have been used in the graph. Set "
                    "allow_unused=True if this is the desired behavior."
                )
    return dict(zip(inputs, results)) if type(inputs) is dict else tuple(results)


def _tuple(tensors) -> tuple:
    return (tensors,) if isinstance(tensors, Tensor | GradientEdge) else tuple(tensors)


def _inputs(inputs, function: str) -> tuple:
    if type(inputs) is dict:
        inputs = tuple(inputs.values())
    elif isinstance(inputs, Mapping):
        raise TypeError(
            f"`inputs` argument to `{function}()` must be a dict, not {type(inputs).__name__}. Other Mapping types are not "
            "supported."
        )
    inputs = _tuple(inputs)
    if not inputs:
        raise RuntimeError(f"`inputs` argument to `{function}()` cannot be empty.")
    return inputs


def _target(x, accumulating: bool):
    """(node, output number) whose gradient is asked for."""
    if isinstance(x, GradientEdge):
        return x.node, x.output_nr
    if not isinstance(x, Tensor):
        raise RuntimeError(f"all inputs have to be Tensors or GradientEdges, but got {type(x).__name__}")
    if accumulating:
        x.retain_grad()
    elif not x.requires_grad:
        raise RuntimeError("One of the differentiated Tensors does not require grad")
    x.grad_fn  # noqa: B018  (a view's history is brought up to date)
    return destination(x)


def _roots(tensors, gradients) -> list:
    if len(gradients) != len(tensors):
        raise RuntimeError(f"got {len(tensors)} tensors and {len(gradients)} gradients")
    roots = []
    for at, x in enumerate(tensors):
        if isinstance(x, GradientEdge):
            roots.append((x.node, x.output_nr))
            continue
        if not x.requires_grad:
            raise RuntimeError(f"element {at} of tensors does not require grad and does not have a grad_fn")
        x.grad_fn  # noqa: B018
        roots.append(destination(x))
    return roots


def _root_gradients(roots, gradients, batched: bool) -> list:
    """One gradient per root: what was given, or 1 for a single element."""
    gradients = (None,) * len(roots) if gradients is None else _tuple(gradients)
    result = []
    for root, g in zip(roots, gradients):
        if isinstance(root, GradientEdge):
            shape, dtype = root.node.outputs[root.output_nr]
        elif isinstance(root, Tensor):
            shape, dtype = root._array.shape, root._array.dtype
        else:
            raise AssertionError("Expected output to be a torch.Tensor")
        if isinstance(g, Tensor):
            first = g[0] if batched else g
            if first._array.shape != shape:
                _complain_of_shape(roots, gradients, root, g, first, shape, batched)
        elif g is not None:
            raise TypeError(f"gradients can be either Tensors or None, but got {type(g).__name__}")
        elif isinstance(root, GradientEdge) or root.requires_grad:
            if math.prod(shape) != 1:
                raise RuntimeError("grad can be implicitly created only for scalar outputs")
            g = Tensor._wrap(np.array(1, dtype).reshape(shape))
        result.append(g)
    return result


def _complain_of_shape(roots, gradients, root, g, first, shape, batched) -> None:
    if batched and isinstance(root, GradientEdge):
        raise RuntimeError("Batched grads are not supported with GradientEdge")
    got = first.shape[1:] if batched else first.shape  # as torch has it
    which = (
        f"grad_output[{gradients.index(g)}] has a shape of {got} and output[{roots.index(root)}] has a shape of "
        f"{Size(shape)}."
    )
    if batched:
        raise RuntimeError(
            f"{BATCH}{which} If you only want some tensors in `grad_output` to be considered batched, consider using vmap."
        )
    raise RuntimeError(f"Mismatch in shape: {which}")
