"""The hook half of Module: functions that see, and may replace, what goes in and what comes out.

Forward hooks surround `forward`.  Full backward hooks need two extra nodes in the graph: one that
all outputs pass through (there the gradients of the outputs are known together) and one
that all inputs pass through (there the gradients of the inputs are).
"""

import warnings
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NamedTuple

from ...autograd.junction import join
from ...autograd.mode import is_grad_enabled
from ...autograd.node import RemovableHandle
from ...creation import zeros
from ...tensor import Tensor


class _ForwardHook(NamedTuple):
    function: Callable
    with_kwargs: bool
    always_call: bool = False

    def __call__(self, module, args, kwargs, *result):
        more = (kwargs,) if self.with_kwargs else ()
        return self.function(module, args, *more, *result)


class HookMethods:
    """What Module inherits to be callable with hooks."""

    _forward_pre_hooks: OrderedDict[int, _ForwardHook]
    _forward_hooks: OrderedDict[int, _ForwardHook]
    _backward_pre_hooks: OrderedDict[int, Callable]
    _backward_hooks: OrderedDict[int, Callable]
    forward: Callable[..., Any]

    def register_forward_pre_hook(
        self, hook: Callable, *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call hook(module, args) before every forward; what it returns, if anything, becomes args.

        With `with_kwargs`, hook(module, args, kwargs) returns None or (args, kwargs).
        Torch: torch.nn.Module.register_forward_pre_hook
        """
        return _add(self._forward_pre_hooks, _ForwardHook(hook, with_kwargs), prepend)

    def register_forward_hook(
        self, hook: Callable, *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> RemovableHandle:
        """Call hook(module, args, output) after every forward; what it returns, if anything, becomes output.

        With `with_kwargs`, hook(module, args, kwargs, output).  With `always_call`, also when forward raises.
        Torch: torch.nn.Module.register_forward_hook
        """
        return _add(self._forward_hooks, _ForwardHook(hook, with_kwargs, always_call), prepend)

    def register_full_backward_pre_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """Call hook(module, grad_output) when the gradients of the outputs are known; it may return others.

        Torch: torch.nn.Module.register_full_backward_pre_hook
        """
        return _add(self._backward_pre_hooks, hook, prepend)

    def register_full_backward_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """Call hook(module, grad_input, grad_output) when the gradients of the inputs are known.

        Both are tuples, with None for what has no gradient; a returned tuple replaces grad_input.
        Torch: torch.nn.Module.register_full_backward_hook
        """
        return _add(self._backward_hooks, hook, prepend)

    def register_backward_hook(self, hook: Callable) -> RemovableHandle:
        """Left out.  Raises: NotImplementedError.  Torch: torch.nn.Module.register_backward_hook (deprecated)"""
        raise NotImplementedError("register_backward_hook is not supported; use register_full_backward_hook")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not (self._backward_hooks or self._backward_pre_hooks or self._forward_hooks or self._forward_pre_hooks):
            return self.forward(*args, **kwargs)
        return _call_with_hooks(self, args, kwargs)


def _add(hooks: OrderedDict, hook: Any, prepend: bool) -> RemovableHandle:
    handle = RemovableHandle(hooks, hook)
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle


def _call_with_hooks(module, args, kwargs):
    result = None
    called = set()
    try:
        gate = None
        if module._backward_hooks or module._backward_pre_hooks:
            gate = _BackwardGate(module)
        for hook in list(module._forward_pre_hooks.values()):
            replaced = hook(module, args, kwargs)
            if replaced is None:
                continue
            if not hook.with_kwargs:
                args = replaced if isinstance(replaced, tuple) else (replaced,)
            elif isinstance(replaced, tuple) and len(replaced) == 2:
                args, kwargs = replaced
            else:
                raise RuntimeError(
                    f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {replaced}."
                )
        if gate is not None:
            args = gate.enter(args)
        result = module.forward(*args, **kwargs)
        for key, hook in list(module._forward_hooks.items()):
            called.add(key)
            replaced = hook(module, args, kwargs, result)
            if replaced is not None:
                result = replaced
        return result if gate is None else gate.leave(result)
    except Exception:
        for key, hook in list(module._forward_hooks.items()):
            if not hook.always_call or key in called:
                continue
            try:
                replaced = hook(module, args, kwargs, result)
                if replaced is not None:
                    result = replaced
            except Exception as error:
                warnings.warn(
                    "module forward hook with ``always_call=True`` raised an exception "
                    f"that was silenced as another error was raised in forward: {error}",
                    stacklevel=3,
                )
        raise


class _BackwardGate:
    """The two nodes around one call of a module, and the gradients that pass them."""

    def __init__(self, module) -> None:
        self.module = module
        self.hooks = list(module._backward_hooks.values())
        self.pre_hooks = list(module._backward_pre_hooks.values())
        self.grad_outputs: tuple | None = None

    def enter(self, args: tuple) -> tuple:
        """Lead the inputs through a node; its hook calls the module's backward hooks."""
        self.input_count = len(args)
        self.constants = [(i, v.shape, v.dtype) for i, v in enumerate(args) if isinstance(v, Tensor) and not v.requires_grad]
        args, self.inputs_at, node = _through_one_node(args)
        if node is not None:
            node.register_hook(self._inputs_known)
        return args

    def leave(self, result):
        """Lead the outputs through a node; its hook remembers their gradients."""
        if not isinstance(result, Tensor | tuple):
            warnings.warn(
                "For backward hooks to be called, module output should be a Tensor or a tuple of Tensors "
                f"but received {type(result)}",
                stacklevel=4,
            )
        outputs = result if isinstance(result, tuple) else (result,)
        self.output_count = len(outputs)
        outputs, self.outputs_at, node = _through_one_node(outputs)
        if node is not None:
            node.register_hook(self._outputs_known)
        return outputs if isinstance(result, tuple) else outputs[0]

    def _outputs_known(self, _, gradients: tuple) -> tuple:
        known = dict(zip(self.outputs_at, gradients))
        grad_outputs = tuple(known.get(i) for i in range(self.output_count))
        for hook in self.pre_hooks:
            replaced = hook(self.module, grad_outputs)
            if replaced is None:
                continue
            if len(replaced) != len(grad_outputs):
                raise RuntimeError(
                    "Backward pre hook returned an invalid number of grad_output, "
                    f"got {len(replaced)}, but expected {len(grad_outputs)}"
                )
            grad_outputs = replaced
        self.grad_outputs = grad_outputs
        if self.inputs_at is None:
            self._no_inputs_to_wait_for()
        return tuple(grad_outputs[at] for at in self.outputs_at)

    def _no_inputs_to_wait_for(self) -> None:
        warnings.warn(
            "Full backward hook is firing when gradients are computed with respect to module outputs since no "
            "inputs require gradients.",
            stacklevel=2,
        )
        for hook in self.hooks:
            replaced = hook(self.module, (None,) * self.input_count, self.grad_outputs)
            if replaced is not None and not (isinstance(replaced, tuple) and all(r is None for r in replaced)):
                raise RuntimeError(
                    "Backward hook for Modules where no input requires gradient should always return None or None "
                    "for all gradients."
                )
        self.grad_outputs = None

    def _inputs_known(self, gradients: tuple, _) -> tuple | None:
        if self.grad_outputs is None:
            return None  # this gradient did not come through the module's outputs (second derivatives)
        known = dict(zip(self.inputs_at, gradients))
        known.update((i, zeros(shape, dtype=dtype)) for i, shape, dtype in self.constants)  # zeros, as in torch
        grad_inputs = tuple(known.get(i) for i in range(self.input_count))
        for hook in self.hooks:
            replaced = hook(self.module, grad_inputs, self.grad_outputs)
            if replaced is None:
                continue
            if len(replaced) != len(grad_inputs):
                raise RuntimeError(
                    "Backward hook returned an invalid number of grad_input, "
                    f"got {len(replaced)}, but expected {len(grad_inputs)}"
                )
            grad_inputs = replaced
        self.grad_outputs = None
        return tuple(grad_inputs[at] for at in self.inputs_at)


def _through_one_node(values: tuple) -> tuple:
    """(values with all that require grad led through one node, their positions, the node); or (values, None, None)."""
    at = [i for i, v in enumerate(values) if isinstance(v, Tensor) and v.requires_grad]
    if not at or not is_grad_enabled():
        return values, None, None
    joined, node = join([values[i] for i in at])
    new = list(values)
    for i, tensor in zip(at, joined):
        new[i] = tensor
    return (tuple(new) if type(values) is tuple else type(values)(*new)), at, node
