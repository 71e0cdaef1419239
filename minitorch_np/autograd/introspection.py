"""What a node has saved, under torch's names: `_saved_self`, `_saved_result`, `_raw_saved_other`, ..."""

from functools import partial

from .node import RELEASED, Node
from .saved import USED_UP, SavedTensor, unpack

FREED = (
    "Calling register_hooks on a saved tensor after it has been freed. Saved intermediate values of the graph are freed "
    "when you call .backward() or autograd.grad(). Specify retain_graph=True if you need to backward through the graph a "
    "second time or if you need to access saved variables after calling backward."
)
# Torch's names for what our operations call otherwise.
NAMES = {"x": "self", "a": "self", "b": "other", "out": "result", "y": "result"}


def _steps(op) -> dict:
    """{torch's name: position in `saved`}"""
    names = {}
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


def saved_names(op) -> list[str]:
    """The attributes that show what the nodes of an operation have saved."""
    steps = _steps(op)
    raw = [f"_raw_saved_{name}" for name, at in steps.items() if op.plan[at][0] in ("input", "output")]
    return [f"_saved_{name}" for name in steps] + raw


def show_saved(kind: type[Node], op) -> None:
    """Give a class of nodes the attributes for what `op` saves; other operations may share the class.

    Properties, not a `__getattr__`: with one, reading the slots of a node, too, would take ten times as long.
    """
    for name in saved_names(op):
        if name not in kind.__dict__:
            setattr(kind, name, property(partial(saved_value, name=name)))


def saved_value(node: Node, name: str):
    """The value of `_saved_...` or `_raw_saved_...`.

    Raises: AttributeError for a name that is not saved, RuntimeError once a backward pass has released it.
    """
    if name not in saved_names(node.op):
        raise AttributeError(f"'{type(node).__name__}' object has no attribute '{name}'")
    at = _steps(node.op)[name.removeprefix("_raw").removeprefix("_saved_")]
    if name.startswith("_raw"):
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
