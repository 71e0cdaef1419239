"""What the optimizers share whose state counts the steps of each parameter."""

import numpy as np

from ..dtypes import get_default_dtype
from ..tensor import Tensor
from .optimizer import Optimizer


class Counted(Optimizer):
    """An optimizer that keeps `step`, a 0-d tensor, and arrays of the parameter's shape."""

    # Options that old files lack, in the order in which torch adds them.
    LATER: dict = {"foreach": None, "maximize": False, "differentiable": False, "capturable": False}

    def __setstate__(self, state) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            for name, default in self.LATER.items():
                group.setdefault(name, default)
            for param in group["params"]:
                saved = self.state.get(param)
                if saved:
                    self._mend(saved)

    def _mend(self, saved) -> None:
        """Old files hold a plain number."""
        if not isinstance(saved["step"], Tensor):
            saved["step"] = counter(float(saved["step"]))

    def _count(self, param: Tensor, *names: str) -> tuple[float, list[np.ndarray]]:
        """(the number of this step, the arrays of these names); all of them are made in the first step."""
        state = self.state[param]
        if not state:
            state["step"] = counter(0)
            for name in names:
                state[name] = Tensor._wrap(np.zeros_like(param._array))
        state["step"]._array += 1
        for tensor in state.values():
            tensor._bump_version()
        return float(state["step"]), [state[name]._array for name in names]


def counter(value) -> Tensor:
    """The step count: a 0-d tensor of float32, or of float64 where that is the default."""
    dtype = np.float64 if get_default_dtype().itemsize == 8 else np.float32
    return Tensor._wrap(np.array(value, dtype))
