"""Function: an operation whose forward and backward the user writes.

    class Double(Function):
        @staticmethod
        def forward(ctx, x):
            return 2 * x

        @staticmethod
        def backward(ctx, g):
            return 2 * g

    y = Double.apply(x)

`ctx` is the graph's node itself: what forward leaves on it, `y.grad_fn` still has.
"""

import functools

import numpy as np

from ..tensor import Tensor
from . import anomaly
from .mode import no_grad, state
from .node import RELEASED, Node, destination
from .saved import USED_UP, SavedTensor
from .views import rebase

__all__ = ["Function", "FunctionCtx", "once_differentiable"]


class FunctionCtx(Node):
    """What forward and backward share.  Torch: torch.autograd.function.FunctionCtx"""

    def __init__(self, operation) -> None:
        super().__init__(operation, [], [])
        self.saved: tuple = ()
        self.to_save: tuple = ()
        self.materialize_grads = True
        self.dirty_tensors: tuple = ()
        self.non_differentiable: tuple = ()
        self.needs_input_grad: tuple[bool, ...] = ()

    def save_for_backward(self, *tensors) -> None:
        """Keep tensors for backward, watched for writes.  Torch: ctx.save_for_backward"""
        self.to_save = tensors

    def save_for_forward(self, *tensors) -> None:
        """For forward-mode differentiation, which does not exist here: accepted and ignored.  Torch: the same name"""

    def mark_dirty(self, *tensors) -> None:
        """These inputs were written to in forward, and are returned.  Torch: ctx.mark_dirty"""
        self.dirty_tensors = tensors

    def mark_non_differentiable(self, *tensors) -> None:
        """These outputs carry no gradient.  Torch: ctx.mark_non_differentiable"""
        self.non_differentiable = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether backward gets zeros (the default) or None for an output that nothing used.  Torch: the same name"""
        self.materialize_grads = value

    @property
    def saved_tensors(self) -> tuple:
        """What was saved.  Raises: RuntimeError once a backward pass has used it up.  Torch: ctx.saved_tensors"""
        if self.saved is RELEASED:
            self.op.complain_of_release()
        return tuple([value.unpack(self) if type(value) is SavedTensor else value for value in self.saved])

    def __repr__(self) -> str:
        return f"<torch.autograd.function.{self.name()} object at 0x{id(self):x}>"


class _Operation:
    """A Function as the engine sees it: the counterpart of op.py's Op."""

    view = False

    def __init__(self, function) -> None:
        self.function = function
        self.node_name = function.__name__ + "Backward"

    saves_tensors = wants_none = True

    def complain_of_release(self):
        raise RuntimeError(USED_UP)

    def differentiate(self, node, grads, needs, create_graph):
        if node.saved is RELEASED:
            self.complain_of_release()
        if node.materialize_grads:
            grads = [
                Tensor._wrap(np.zeros(shape, dtype)) if g is None else g for g, (shape, dtype) in zip(grads, node.outputs)
            ]
        results = self.function.backward(node, *grads)
        results = list(results) if isinstance(results, tuple | list) else [results]
        expected = len(node.edges)
        if len(results) < expected or any(r is not None for r in results[expected:]):
            raise RuntimeError(
                f"function {self.node_name} returned an incorrect number of gradients (expected {expected}, got "
                f"{len(results)})"
            )
        for at, (result, is_tensor) in enumerate(zip(results, node.are_tensors)):
            if result is not None and not is_tensor:
                raise RuntimeError(
                    f"function {self.node_name} returned a gradient different than None at position {at + 1}, but the "
                    "corresponding forward input was not a Variable"
                )
            if result is not None and not isinstance(result, Tensor):
                raise RuntimeError(f"expected Variable or None (got {type(result).__name__})")
        return results[:expected]


class _FunctionMeta(type):
    def __init__(cls, name, bases, attributes):
        super().__init__(name, bases, attributes)
        cls._operation = _Operation(cls)


class Function(metaclass=_FunctionMeta):
    """Base class of operations with a backward of their own: override forward and backward, call `apply`.

    Torch: torch.autograd.Function
    """

    def __init__(self, *args, **kwargs):
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd "
            "function with static forward method. (Example: "
            "https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)"
        )

    @staticmethod
    def forward(*args, **kwargs):
        """forward(ctx, *inputs), or forward(*inputs) beside a setup_context(ctx, inputs, output)."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx, inputs, output):
        """Where forward takes no ctx: save here what backward needs."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx, *grad_outputs):
        """The gradients of forward's inputs, None for those that are no tensors."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with "
            "backward mode AD."
        )

    @classmethod
    def apply(cls, *args):
        """Run forward without recording, then hang backward into the graph."""
        ctx = FunctionCtx(cls._operation)
        tensors = [isinstance(a, Tensor) for a in args]
        ctx.are_tensors = tensors
        ctx.needs_input_grad = tuple(is_tensor and a.requires_grad for a, is_tensor in zip(args, tensors))
        record = state.enabled and any(ctx.needs_input_grad)
        if anomaly.anomaly.enabled:
            anomaly.remember(ctx)
        if record:
            ctx.edges = [
                (*destination(a), a._array.shape, a._array.dtype) if needs else None
                for a, needs in zip(args, ctx.needs_input_grad)
            ]
        else:
            ctx.edges = [None] * len(args)
        with no_grad():
            if cls.setup_context is Function.setup_context:
                result = cls.forward(ctx, *args)
            else:
                result = cls.forward(*args)
                cls.setup_context(ctx, args, result)
        single = not isinstance(result, tuple)
        outputs = _attach(ctx, args, (result,) if single else result, record)
        return outputs[0] if single else outputs


def _attach(ctx, args, results, record):
    """Give the results their history, then save what was asked for."""
    _check_dirty(ctx, results)
    ctx.outputs = [(r._array.shape, r._array.dtype) if isinstance(r, Tensor) else ((), np.dtype(float)) for r in results]
    outputs, numbers = [], {}
    for number, r in enumerate(results):
        out = r
        if isinstance(r, Tensor):
            carries = record and r._array.dtype.kind == "f" and not any(r is t for t in ctx.non_differentiable)
            if any(r is t for t in ctx.dirty_tensors):
                r._bump_version()
                if carries:
                    new = Tensor._wrap(r._array)
                    new._node, new._output_nr, new._requires_grad = ctx, number, True
                    rebase(r, new)
            elif any(r is a for a in args) or r._base is not None or r._node is not None:
                out = Tensor._wrap(r._array)  # the same memory, a history of its own
                out._counter = r._version_counter()
            if out is not r or not any(r is t for t in ctx.dirty_tensors):
                if carries:
                    out._node, out._output_nr, out._requires_grad = ctx, number, True
                numbers[id(r)] = number
        outputs.append(out)
    if record:
        ctx.saved = tuple([_save(at, t, outputs, numbers) for at, t in enumerate(ctx.to_save)])
    ctx.to_save = ()
    return tuple(outputs)


def _check_dirty(ctx, results):
    for t in ctx.dirty_tensors:
        if not any(t is r for r in results):
            raise RuntimeError(
                "Some elements marked as dirty during the forward method were not returned as output. The inputs that "
                "are modified inplace must all be outputs of the Function."
            )
        if state.enabled and t._requires_grad and t._node is None and t._base is None:
            raise RuntimeError("a leaf Variable that requires grad has been used in an in-place operation.")


def _save(at, t, outputs, numbers):
    if t is None:
        return None
    if not isinstance(t, Tensor):
        raise TypeError(f"save_for_backward can only save variables, but argument {at} is of type {type(t).__name__}")
    number = numbers.get(id(t))
    if number is not None and outputs[number]._node is not None:
        return SavedTensor(outputs[number], number)
    return SavedTensor(t)


def once_differentiable(function):
    """Let a backward compute without recording; a second derivative then says that there is none.

    Torch: torch.autograd.function.once_differentiable
    """

    @functools.wraps(function)
    def backward(ctx, *grads):
        with no_grad():
            results = function(ctx, *grads)
        if not state.enabled or not any(isinstance(g, Tensor) and g.requires_grad for g in grads):
            return results
        many = results if isinstance(results, tuple) else (results,)
        stopped = tuple([None if r is None else _Stop.apply(r.detach().requires_grad_()) for r in many])
        return stopped if isinstance(results, tuple) else stopped[0]

    return backward


class _Stop(Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, g):
        raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")
