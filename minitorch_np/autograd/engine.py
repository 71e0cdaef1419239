"""The backward pass: nodes that have all their gradients, youngest first.

A walk from the roots counts how many edges lead to each node.  A node is ready when something, be it None, has come
along all of them; of those that are ready the youngest runs, and a leaf before any other: torch's order, without
recursion.  Summing to a broadcast input's shape and casting to its dtype happen here, once, and in no gradient formula.
"""

import itertools
import operator
from heapq import heappop, heappush

import numpy as np

from .. import checks
from . import anomaly
from .accumulate import accumulate, is_ours
from .deferred import Deferred, settle
from .hooks import call_hooks, call_pre_hooks, call_tensor_hooks
from .mode import state
from .node import RELEASED
from .survey import Pass, running, survey

_tasks = itertools.count()
_arrival = itertools.count()  # among equals, what was ready first runs first


def run_backward(roots, gradients, retain_graph, create_graph, targets=None, accumulating=True):
    """Send `gradients` down the graph from `roots`, both lists; a root or target is (node, output number).

    Without `targets`, every leaf that is reached gets its `.grad`.  With them, only they do, or, where
    `accumulating` is False, their gradients are returned (None for one that was not reached).
    """
    waiting, leading = survey(roots, targets)
    if targets is not None and accumulating:
        leading.update([node for node, _ in targets])
    captures: dict = {}
    if targets is not None and not accumulating:
        for node, number in targets:
            captures.setdefault(node, set()).add(number)
    captured: dict = {}
    arrived: dict = {}  # node -> the gradient of each output so far
    ready: list = []

    def arrive(node, number, gradient):
        if leading is not None and node not in leading and node not in captures:
            return
        slots = arrived.get(node)
        if slots is None:
            slots = arrived[node] = [None] * len(node.outputs)
        if gradient is not None:
            if slots[number] is None:
                slots[number] = gradient
            elif not create_graph and is_ours(slots[number]):
                np.add(slots[number]._array, gradient._array, out=slots[number]._array)
                slots[number]._bump_version()
            else:
                slots[number] = slots[number] + gradient
        waiting[node] -= 1
        if not waiting[node]:
            heappush(ready, (-node.sequence, next(_arrival), node))

    create_graph = bool(operator.index(create_graph))  # or raises torch's TypeError
    before, at = running.innermost, anomaly.running
    recording, above = state.enabled, at.node
    running.innermost = Pass(next(_tasks), waiting, leading, accumulating)
    state.enabled = create_graph
    try:
        for (node, number), gradient in zip(roots, gradients):
            shape, dtype = node.outputs[number]
            arrive(node, number, _fit(node, number, gradient, shape, dtype))
        while ready:
            node = at.node = heappop(ready)[2]
            grads = arrived.pop(node)
            if node.extras is not None or node.op is None and node.variable._hooks:
                settle(grads)
                call_tensor_hooks(node, grads)
            if captures:
                settle(grads)
                for number in captures.get(node, ()):
                    captured[node, number] = grads[number]
            if leading is not None and node not in leading:
                continue
            _run(node, grads, leading, captures, create_graph, retain_graph, arrive)
    except Exception:
        anomaly.explain()
        raise
    finally:
        state.enabled = recording
        at.node = above
        running.innermost = before
    return None if accumulating else [captured.get(at) for at in targets]


def _run(node, grads, leading, captures, create_graph, retain_graph, arrive):
    """Run one node's gradient function and send on what it returns."""
    if node.extras is not None and node.extras.pre_hooks:
        grads = call_pre_hooks(node, grads)
    if node.op is None:
        accumulate(node, grads, create_graph)
        return
    if leading is None and None not in node.edges:  # in most cases
        needs = [True] * len(node.edges)
    else:
        needs = [e is not None and (leading is None or e[0] in leading or e[0] in captures) for e in node.edges]
    results = _differentiate(node, grads, needs, create_graph)
    if node.extras is not None and node.extras.hooks:
        settle(results)
        results = call_hooks(node, results, grads)
    if anomaly.anomaly.enabled:
        anomaly.check(node, results)
    if not retain_graph and node.op.saves_tensors:
        node.saved = RELEASED
    grads.clear()  # what nobody else holds may be written to
    for at, edge in enumerate(node.edges):
        if edge is not None:
            gradient, results[at] = results[at], None  # the only reference: the next sum may be made in its memory
            arrive(edge[0], edge[1], gradient)


def _differentiate(node, grads, needs, create_graph):
    """One gradient per input, summed and cast to fit it; None where none is needed."""
    if grads[0] is None and not node.op.wants_none and all(g is None for g in grads):
        return [None] * len(needs)
    results = node.op.differentiate(node, grads, needs, create_graph)
    if len(results) != len(needs):
        raise RuntimeError(f"{node.name()} returned {len(results)} gradients for {len(needs)} inputs")
    fitting = []
    for at, g in enumerate(results):
        if g is not None:
            if not needs[at]:
                g = None
            elif type(g) is not Deferred:  # which fits
                below, number = node.edges[at]
                shape, dtype = below.outputs[number]
                if g._array.shape != shape or g._array.dtype != dtype:
                    g = _fit(node, at, g, shape, dtype)
        fitting.append(g)
    return fitting


def _fit(node, at, gradient, shape, dtype):
    got = gradient._array.shape
    if got != shape:
        if got[-len(shape) :] != shape:
            checks.check_gradient_shape(node.name(), at, got, shape)
        gradient = gradient.sum_to_size(shape)
    if gradient._array.dtype != dtype:
        gradient = gradient.to(checks.dtype_of(dtype))
    return gradient
