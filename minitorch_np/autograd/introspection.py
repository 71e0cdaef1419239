"""What a node has saved, under torch's names: `_saved_self`, `_saved_result`, `_raw_saved_other`, ..."""

from .node import RELEASED, Node
from .saved import USED_UP, SavedTensor, unpack

FREED = (
    "Calling register_hooks on a saved tensor after it has been freed. Saved intermediate values of the graph are freed "
    "when you call .backward() or autograd.grad(). Specify retain_graph=True if you need to backward through the graph a "
    "second time or if you need to access saved variables after calling backward."
)
# Torch's names for what our operations call otherwise.
NAMES = {"x": "self", "a": "self", "b": "other", "out": "result", "y": "result"}


def _steps(node: Node) -> dict:
    """{torch's name: position in `saved`}"""
    op, names = node.op, {}
    for at, (kind, what) in enumerate(getattr(op, "plan", ())):
        if kind in ("input", "shape", "dtype"):
            name = NAMES.get(op.inputs[what], op.inputs[what]) + {"shape": "_sym_sizes", "dtype": "_dtype"}.get(kind, "")
        elif kind == "output":
            name = NAMES.get(op.outputs[what], op.outputs[what])
        elif kind == "option":
            name = what
        else:
            continue
        names[name] = at
    return names


def saved_names(node: Node) -> list[str]:
    """The names that `saved_value` knows for this node."""
    steps = _steps(node)
    raw = [f"_raw_saved_{name}" for name, at in steps.items() if node.op.plan[at][0] in ("input", "output")]
    return [f"_saved_{name}" for name in steps] + raw


def saved_value(node: Node, name: str):
    """The value of `_saved_...` or `_raw_saved_...`.

    Raises: AttributeError for a name that is not saved, RuntimeError once a backward pass has released it.
    """
    if name not in saved_names(node):
        raise AttributeError(f"'{type(node).__name__}' object has no attribute '{name}'")
    at = _steps(node)[name.removeprefix("_raw").removeprefix("_saved_")]
    raw = name.startswith("_raw")
    if raw:
        return RawSaved(node, at)
    if node.saved is RELEASED:
        raise RuntimeError(USED_UP)
    return unpack(node.saved[at], node)


class RawSaved:
    """A saved value as the graph holds it.  Torch: torch._C._autograd.SavedTensor"""

    def __init__(self, node: Node, at: int) -> None:
        self.node, self.at = node, at

    @property
    def saved(self) -> SavedTensor | None:
        return None if self.node.saved is RELEASED else self.node.saved[self.at]

    @property
    def data(self):
        """What is kept: the pack hook's result where there was one."""
        return None if self.saved is None else self.saved.data

    @property
    def unpack_hook(self):
        return None if self.saved is None else self.saved.unpack_hook

    def unpack(self):
        """The value as the gradient will see it."""
        return None if self.saved is None else self.saved.unpack(self.node)

    def register_hooks(self, pack_hook, unpack_hook) -> None:
        """Replace this value by pack_hook(value), and ask unpack_hook for it again.  Torch: the same name"""
        if self.node.saved is RELEASED:
            raise RuntimeError(FREED)
        if self.saved is None:
            raise RuntimeError("Calling register_hooks on a saved tensor with value None is forbidden")
        self.saved.register_hooks(self.node, pack_hook, unpack_hook)
