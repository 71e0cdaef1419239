"""The hook half of Optimizer: functions called around steps, saving and loading."""

import functools
from collections import OrderedDict
from typing import Any

from ..autograd.node import RemovableHandle

_global_pre_hooks: dict[int, Any] = OrderedDict()
_global_post_hooks: dict[int, Any] = OrderedDict()


def register_optimizer_step_pre_hook(hook) -> RemovableHandle:
    """Call hook(optimizer, args, kwargs) before every optimizer's step.  Torch: the same name"""
    return RemovableHandle(_global_pre_hooks, hook)


def register_optimizer_step_post_hook(hook) -> RemovableHandle:
    """Call hook(optimizer, args, kwargs) after every optimizer's step.  Torch: the same name"""
    return RemovableHandle(_global_post_hooks, hook)


def with_hooks(step):
    """Surround a step method with the hooks; one that returns (args, kwargs) replaces what step is called with."""

    @functools.wraps(step)
    def wrapper(*args, **kwargs):
        self = args[0]
        for hook in (*_global_pre_hooks.values(), *self._step_pre_hooks.values()):
            result = hook(self, args, kwargs)
            if isinstance(result, tuple) and len(result) == 2:
                args, kwargs = result
            elif result is not None:
                raise RuntimeError(f"{step} must return None or a tuple of (new_args, new_kwargs), but got {result}.")
        loss = step(*args, **kwargs)
        for hook in (*self._step_post_hooks.values(), *_global_post_hooks.values()):
            hook(self, args, kwargs)
        return loss

    return wrapper


def _register(hooks, hook, prepend) -> RemovableHandle:
    handle = RemovableHandle(hooks, hook)
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle


class HookMethods:
    """What Optimizer inherits: the registers of its hooks."""

    _step_pre_hooks: OrderedDict[int, Any]
    _step_post_hooks: OrderedDict[int, Any]
    _save_pre_hooks: OrderedDict[int, Any]
    _save_post_hooks: OrderedDict[int, Any]
    _load_pre_hooks: OrderedDict[int, Any]
    _load_post_hooks: OrderedDict[int, Any]

    def _make_hooks(self) -> None:
        for name in HookMethods.__annotations__:
            self.__dict__.setdefault(name, OrderedDict())

    def register_step_pre_hook(self, hook) -> RemovableHandle:
        """Call hook(optimizer, args, kwargs) before each step.  Torch: the same name"""
        return RemovableHandle(self._step_pre_hooks, hook)

    def register_step_post_hook(self, hook) -> RemovableHandle:
        """Call hook(optimizer, args, kwargs) after each step.  Torch: the same name"""
        return RemovableHandle(self._step_post_hooks, hook)

    def register_state_dict_pre_hook(self, hook, prepend: bool = False) -> RemovableHandle:
        """Call hook(optimizer) before `state_dict`.  Torch: the same name"""
        return _register(self._save_pre_hooks, hook, prepend)

    def register_state_dict_post_hook(self, hook, prepend: bool = False) -> RemovableHandle:
        """Call hook(optimizer, state_dict) after `state_dict`; what it returns replaces it.  Torch: the same name"""
        return _register(self._save_post_hooks, hook, prepend)

    def register_load_state_dict_pre_hook(self, hook, prepend: bool = False) -> RemovableHandle:
        """Call hook(optimizer, state_dict) before loading; what it returns replaces it.  Torch: the same name"""
        return _register(self._load_pre_hooks, hook, prepend)

    def register_load_state_dict_post_hook(self, hook, prepend: bool = False) -> RemovableHandle:
        """Call hook(optimizer) after loading.  Torch: the same name"""
        return _register(self._load_post_hooks, hook, prepend)
