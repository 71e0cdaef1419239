"""The backward pass: a heap of nodes, youngest first.

A node is always younger than the nodes of its inputs, so popping the youngest node of a heap visits the graph
in topological order: no sort, no recursion, no reference counts.  Summing to a broadcast input's shape
and casting to its dtype happen here, once, and in no gradient formula.
"""

import sys
from heapq import heappop, heappush

import numpy as np

from .. import checks
from ..tensor import Tensor
from . import anomaly
from .hooks import run_leaf_hooks, run_post_accumulate_hooks
from .mode import set_grad_enabled
from .node import RELEASED, AccumulateGrad, destination


def run_backward(roots, gradients, retain_graph, create_graph, inputs=None, accumulate=True):
    """Send `gradients` from `roots` down the graph.

    Without `inputs`, every leaf that is reached gets its `.grad`.  With them, only they do, or, where
    `accumulate` is False, their gradients are returned (None for one that was not reached).
    """
    wanted = None if inputs is None else [destination(x) for x in inputs]
    targets = None if inputs is None else dict(zip(wanted, inputs))
    useful = None if targets is None else _leading_to([destination(r)[0] for r in roots], targets)
    pending: dict = {}  # node -> [(gradient, may it be written to) or None, per output]
    heap: list = []
    captured: dict = {}

    def send(node, number, gradient):
        if useful is not None and node not in useful:
            return
        slots = pending.get(node)
        if slots is None:
            slots = pending[node] = [None] * (1 if type(node) is AccumulateGrad else len(node.outputs))
            if node.sequence:  # leaves wait until everything else is done
                heappush(heap, (-node.sequence, node))
        if slots[number] is None:
            slots[number] = (gradient, False)
            return
        so_far, ours = slots[number]
        if ours and not create_graph:
            np.add(so_far._array, gradient._array, out=so_far._array)
        else:
            slots[number] = (so_far + gradient, True)

    with set_grad_enabled(create_graph):
        for root, gradient in zip(roots, gradients):
            send(*destination(root), gradient)
        while heap:
            node = heappop(heap)[1]
            grads = [slot and slot[0] for slot in pending.pop(node)]
            _run_hooks(node, grads)
            if targets is not None:
                for number, g in enumerate(grads):
                    if (node, number) in targets and g is not None:
                        captured[node, number] = g
                        if accumulate:
                            _accumulate(targets[node, number], g, True)
                if not any(e is not None and e[0] in useful for e in node.edges):
                    continue
            _run(node, grads, useful, create_graph, send)
            if not retain_graph and node.op.saves_tensors:
                node.saved = RELEASED
        while pending:
            leaf, [(g, _)] = pending.popitem()
            g = run_leaf_hooks(leaf.variable, g)
            if accumulate and leaf.variable.requires_grad:  # it may have been detached since
                _accumulate(leaf.variable, g, create_graph)
            else:
                captured[leaf, 0] = g
    return None if wanted is None else [captured.get(at) for at in wanted]


def _run(node, grads, useful, create_graph, send):
    """Run one node's gradient function and send on what it returns, summed and cast to fit each input."""
    needs = [e is not None and (useful is None or e[0] in useful) for e in node.edges]
    try:
        results = node.op.differentiate(node, grads, needs, create_graph)
    except Exception:
        anomaly.explain(node)
        raise
    if len(results) != len(needs):
        raise RuntimeError(f"{node.name()} returned {len(results)} gradients for {len(needs)} inputs")
    anomaly.check(node, results)
    if node.hooks:
        for hook in list(node.hooks.values()):
            results = hook(tuple(results), tuple(grads)) or results
    for at, (needed, edge, g) in enumerate(zip(needs, node.edges, results)):
        if not needed or g is None:
            continue
        target, number, shape, dtype = edge
        if g._array.shape != shape:
            checks.check_gradient_shape(node.name(), at, g._array.shape, shape)
            g = g.sum_to_size(shape)
        if g._array.dtype != dtype:
            g = g.to(checks.dtype_of(dtype))
        send(target, number, g)


def _run_hooks(node, grads):
    if node.pre_hooks:
        for number, hooks in node.pre_hooks.items():
            for hook in list(hooks.values()):
                if grads[number] is not None:
                    replaced = hook(grads[number])
                    grads[number] = grads[number] if replaced is None else replaced


def _leading_to(nodes, targets):
    """The nodes on some path from `nodes` to a target: found once, children before parents, without recursion."""
    useful = {node for node, _ in targets}
    seen, stack = set(), [(node, False) for node in nodes]
    while stack:
        node, children_done = stack.pop()
        below = [e[0] for e in getattr(node, "edges", ()) if e is not None]
        if children_done:
            if any(b in useful for b in below):
                useful.add(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((b, False) for b in below)
    return useful


def _accumulate(variable, g, create_graph):
    """variable.grad += g, taking g's memory over where nobody else holds it."""
    if variable._grad is not None:
        if create_graph:
            variable._grad = variable._grad + g
        else:
            np.add(variable._grad._array, g._array, out=variable._grad._array)
            variable._grad._bump_version()
    elif create_graph:
        variable._grad = g.clone()
    else:
        variable._grad = Tensor._wrap(g._array if sys.getrefcount(g) <= 3 and _unshared(g) else g._array.copy())
    run_post_accumulate_hooks(variable)


def _unshared(g):
    """True if nobody else holds g's memory: every reference counted here is one of ours."""
    array, base = g._array, g._array.base
    whole = base is None or (type(base) is np.ndarray and base.size == array.size and sys.getrefcount(base) <= 3)
    return whole and array.flags.c_contiguous and sys.getrefcount(array) <= 3  # the Tensor's, the name, the argument
