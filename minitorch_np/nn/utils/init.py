"""Making a layer without drawing its first values."""

import inspect

from ...random import get_rng_state, set_rng_state
from ..modules.module import Module

__all__ = ["skip_init"]


def skip_init(module_cls, *args, **kwargs) -> Module:
    """The module with parameters and buffers as `empty` leaves them; the random generator is not moved.

    The first values are drawn and thrown away (there is no device "meta" here), so no time is saved.
    Raises: RuntimeError for no Module class, or one without the argument `device`.  Torch: torch.nn.utils.skip_init
    """
    if not issubclass(module_cls, Module):
        raise RuntimeError(f"Expected a Module; got {module_cls}")
    if "device" not in inspect.signature(module_cls).parameters:
        raise RuntimeError("Module must support a 'device' arg to skip initialization")
    device = kwargs.pop("device", "cpu")
    state = get_rng_state()
    try:
        return module_cls(*args, **kwargs).to_empty(device=device)
    finally:
        set_rng_state(state)
