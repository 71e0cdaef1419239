"""The walk before a backward pass: what can be reached, and what is worth running."""

import threading
from typing import NamedTuple


class Pass(NamedTuple):
    """A backward pass that is under way."""

    task: int = -1  # its number,
    waiting: dict = {}  # the nodes that it reaches,
    executed: set | None = None  # those that it runs (None: all),
    accumulating: bool = True  # and whether gradients go to `.grad`, not to the caller


class _Running(threading.local):
    innermost = Pass()  # backward pass of this thread


running = _Running()


def survey(roots, targets):
    """How many edges lead to each node that is reached, and the nodes from which a target can be reached (or None)."""
    waiting: dict = {}
    for node, _ in roots:
        waiting[node] = waiting.get(node, 0) + 1
    stack, above = list(waiting), {}
    while stack:
        node = stack.pop()
        for edge in node.edges:
            if edge is None:
                continue
            below = edge[0]
            if below in waiting:
                waiting[below] += 1
            else:
                waiting[below] = 1
                stack.append(below)
            if targets is not None:
                above.setdefault(below, []).append(node)
    if targets is None:
        return waiting, None
    leading: set = set()
    stack = [node for node, _ in targets]
    while stack:
        for node in above.get(stack.pop(), ()):
            if node not in leading:
                leading.add(node)
                stack.append(node)
    return waiting, leading
