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
import inspect
import warnings

import numpy as np

from ..tensor import Tensor
from . import anomaly
from .mode import no_grad, state
from .node import RELEASED, Node, destination, new_node
from .saved import USED_UP, SavedTensor, saved_input, saved_output
from .views import make_view, rebase

__all__ = ["Function", "FunctionCtx", "InplaceFunction", "once_differentiable"]

LEGACY = (
    "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd function with "
    "static forward method. (Example: https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)"
)
NO_BACKWARD = (
    "You must implement either the backward or vjp method for your custom autograd.Function to use it with backward mode AD."
)


class FunctionCtx(Node):
    """What forward and backward share.  Torch: torch.autograd.function.FunctionCtx"""

    to_save: tuple | None = None
    materialize_grads = True
    dirty_tensors: tuple | None = None
    non_differentiable: tuple | None = None
    needs_input_grad: tuple[bool, ...] = ()
    accessed = False

    def save_for_backward(self, *tensors) -> None:
        """Keep tensors for backward, watched for writes.  Torch: ctx.save_for_backward"""
        self.to_save = tensors

    def save_for_forward(self, *tensors) -> None:
        """For forward-mode differentiation, which does not exist here: checked and ignored.  Torch: the same name"""
        if any(t is not None and not isinstance(t, Tensor) for t in tensors):
            raise AssertionError(
                "save_for_forward expects all arguments to be tensors; you should save non-tensors as attributes on ctx."
            )

    def mark_dirty(self, *args) -> None:
        """These inputs were written to in forward, and are returned.  Torch: ctx.mark_dirty"""
        self.dirty_tensors = args

    def mark_non_differentiable(self, *args) -> None:
        """These outputs carry no gradient.  Torch: ctx.mark_non_differentiable"""
        self.non_differentiable = args

    def set_materialize_grads(self, value: bool) -> None:
        """Whether backward gets zeros (the default) or None for an output that nothing used.  Torch: the same name"""
        self.materialize_grads = value

    @property
    def saved_tensors(self) -> tuple:
        """What was saved.  Raises: RuntimeError once a backward pass has used it up.  Torch: ctx.saved_tensors"""
        if self.saved is RELEASED:
            raise RuntimeError(USED_UP)
        if self.accessed:
            raise RuntimeError(
                "saved_tensors can only be accessed once when clear_saved_tensors_on_access=True is set on the "
                "autograd.Function. Either access saved_tensors only once, or set clear_saved_tensors_on_access=False."
            )
        values = tuple([value.unpack(self) if type(value) is SavedTensor else value for value in self.saved])  # type: ignore[var-annotated]
        if self.op.function.clear_saved_tensors_on_access:
            self.accessed, self.saved = True, ()
        return values

    def __repr__(self) -> str:
        return f"<torch.autograd.function.{self.name()} object at 0x{id(self):x}>"


class _Operation:
    """A Function as the engine sees it: the counterpart of op.py's Op."""

    view = False
    saves_tensors = wants_none = True
    plan = ()

    def __init__(self, function) -> None:
        self.function = function
        self.node_name = function.__name__ + "Backward"
        self.node_class = type(self.node_name, (FunctionCtx,), {"_forward_cls": function})

    def differentiate(self, node, grads, needs, create_graph):
        function = self.function
        backward = function.backward
        if function.vjp is not Function.vjp:
            if backward is not Function.backward:
                raise RuntimeError(
                    "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You should only implement "
                    "one of them."
                )
            backward = function.vjp
        if node.materialize_grads:
            grads = [
                Tensor._wrap(np.zeros(*output)) if g is None and output is not None else g
                for g, output in zip(grads, node.outputs)
            ]
        results = backward(node, list(grads)) if function.boxed_grads_call else backward(node, *grads)
        results = results if isinstance(results, tuple) else (results,)
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
    _operation: _Operation

    def __init__(cls, name, bases, attributes):
        super().__init__(name, bases, attributes)
        cls._operation = _Operation(cls)

    @property
    def _backward_cls(cls):
        return cls._operation.node_class


class Function(metaclass=_FunctionMeta):
    """Base class of operations with a backward of their own: override forward and backward, call `apply`.

    Torch: torch.autograd.Function
    """

    generate_vmap_rule = False  # accepted: there is no vmap here
    clear_saved_tensors_on_access = False  # True: ctx.saved_tensors can be read once
    boxed_grads_call = False  # True: backward gets its gradients as one list

    def __init__(self, *args, **kwargs):
        warnings.warn(
            f"{self.__class__} should not be instantiated. Methods on autograd functions are all static, so you should "
            "invoke them on the class itself. Instantiating an autograd function will raise an error in a future version of "
            "PyTorch.",
            DeprecationWarning,
            stacklevel=2,
        )

    def __call__(self, *args, **kwargs):
        raise RuntimeError(LEGACY)

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
        raise NotImplementedError(NO_BACKWARD)

    vjp = backward  # another name for it

    @staticmethod
    def jvp(ctx, *grad_inputs):
        """Never called: forward-mode differentiation is left out."""
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with forward mode AD."
        )

    @staticmethod
    def vmap(info, in_dims, *args):
        """Never called: vmap is left out."""
        raise NotImplementedError(
            "To use autograd.Function with vmap, you must either override the vmap staticmethod or set "
            "generate_vmap_rule=True."
        )

    @classmethod
    def apply(cls, *args, **kwargs):
        """Run forward without recording, then hang backward into the graph."""
        with_context = cls.setup_context is Function.setup_context
        if not with_context:
            bound = inspect.signature(cls.forward).bind(*args, **kwargs)
            bound.apply_defaults()
            args, kwargs = bound.args, bound.kwargs
        edges = [_edge(a) for a in args]
        ctx = new_node(cls._operation.node_class, cls._operation, edges, ())
        ctx.are_tensors = [isinstance(a, Tensor) for a in args]
        ctx.needs_input_grad = tuple(edge is not None for edge in edges)
        record = state.enabled and any(ctx.needs_input_grad)
        if not record:
            ctx.edges = [None] * len(args)
        if anomaly.anomaly.enabled:
            anomaly.remember(ctx)
        with no_grad():
            if with_context:
                result = cls.forward(ctx, *args, **kwargs)
            else:
                result = cls.forward(*args, **kwargs)
                cls.setup_context(ctx, args, result)
        single = not isinstance(result, tuple)
        outputs = _attach(ctx, args, (result,) if single else result, record)
        return outputs[0] if single else outputs


class InplaceFunction(Function):
    """Kept for old programs.  Torch: torch.autograd.function.InplaceFunction"""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace


def _edge(a):
    """Where the gradient of an argument goes; None if it wants none."""
    if not isinstance(a, Tensor) or not a.requires_grad:
        return None
    a.grad_fn  # noqa: B018  (a view's history is brought up to date)
    return destination(a)


def _attach(ctx, args, results, record):
    """Give the results their history, then save what was asked for."""
    dirty = _identities(ctx.dirty_tensors, "mark_dirty can only accept variables, but argument ")
    constant = _identities(ctx.non_differentiable, "mark_non_differentiable only accepts variable arguments, but got ")
    inputs = {id(a) for a in args if isinstance(a, Tensor)}
    _check_dirty(ctx, inputs, results)
    ctx.outputs = [(r._array.shape, r._array.dtype) if isinstance(r, Tensor) else None for r in results]
    outputs, numbers = [], {}
    for number, r in enumerate(results):
        out = r
        if isinstance(r, Tensor):
            carries = record and r._array.dtype.kind == "f" and id(r) not in constant
            if id(r) in dirty:
                r._bump_version()
                if carries:
                    new = Tensor._wrap(r._array)
                    new._node, new._output_nr, new._requires_grad = ctx, number, True
                    rebase(r, new)
                elif r.requires_grad:
                    out = r.detach()
            else:
                if id(r) in inputs:
                    out = _same_memory(r) if carries or not r.requires_grad else r.detach()
                if carries:
                    out._node, out._output_nr, out._requires_grad = ctx, number, True
                if out._base is not None:
                    out._origin = "function" if len(results) == 1 else "several"
                numbers[id(r)] = number
        outputs.append(out)
    if record:
        ctx.saved = tuple([_save(at, t, outputs, numbers) for at, t in enumerate(ctx.to_save or ())])
    ctx.to_save = None
    return tuple(outputs)


def _identities(marked, complaint: str) -> set[int]:
    for t in marked or ():
        if not isinstance(t, Tensor):
            raise RuntimeError(complaint)
    return {id(t) for t in marked or ()}


def _same_memory(x: Tensor) -> Tensor:
    """An input that was returned as it is: a view of it, with a history of its own."""
    out = Tensor._wrap(x._array)
    make_view(x, out)
    return out


def _check_dirty(ctx, inputs, results):
    for t in ctx.dirty_tensors or ():
        if not any(t is r for r in results):
            raise RuntimeError(
                "Some elements marked as dirty during the forward method were not returned as output. The inputs that "
                "are modified inplace must all be outputs of the Function."
            )
        if id(t) not in inputs:
            warnings.warn(
                "ctx.mark_dirty() received a tensor that was not an input. Only input Tensors that have been mutated should "
                "be passed to ctx.mark_dirty().",
                stacklevel=4,
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
        return saved_output(outputs[number], number)
    return saved_input(t)


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
