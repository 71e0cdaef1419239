"""Rates as simple functions of the epoch."""

import math
import types
from bisect import bisect_right
from collections import Counter
from typing import Any

from .scheduler import LRScheduler, rates


class _Functions(LRScheduler):
    """One function of the epoch for all groups, or one per group."""

    def __init__(self, optimizer, lr_lambda, last_epoch=-1) -> None:
        self.optimizer = optimizer
        groups = len(optimizer.param_groups)
        if not isinstance(lr_lambda, list | tuple):
            lr_lambda = [lr_lambda] * groups
        elif len(lr_lambda) != groups:
            raise ValueError(f"Expected {groups} lr_lambdas, but got {len(lr_lambda)}")
        self.lr_lambdas = list(lr_lambda)
        self._check()
        super().__init__(optimizer, last_epoch)

    def _check(self) -> None:
        pass

    def state_dict(self) -> dict[str, Any]:
        """As the base's; of the functions only objects are saved, by their attributes.  Torch: LambdaLR.state_dict"""
        state = super().state_dict()
        del state["lr_lambdas"]  # it comes last, as in torch's files
        state["lr_lambdas"] = [None if isinstance(f, types.FunctionType) else f.__dict__.copy() for f in self.lr_lambdas]
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Torch: LambdaLR.load_state_dict"""
        self.__dict__.update({key: value for key, value in state_dict.items() if key != "lr_lambdas"})
        for function, attributes in zip(self.lr_lambdas, state_dict["lr_lambdas"]):
            if attributes is not None:
                function.__dict__.update(attributes)


class LambdaLR(_Functions):
    """lr = initial lr * lr_lambda(epoch); one function, or one per group.

    Raises: ValueError for a wrong number of functions.  Torch: torch.optim.lr_scheduler.LambdaLR
    """

    def get_lr(self) -> list:
        self._warn_outside_step()
        return [lr * function(self.last_epoch) for function, lr in zip(self.lr_lambdas, self.base_lrs, strict=True)]


class MultiplicativeLR(_Functions):
    """lr *= lr_lambda(epoch); one function, or one per group.

    Raises: ValueError for a wrong number of functions, TypeError for what is none.
    Torch: torch.optim.lr_scheduler.MultiplicativeLR
    """

    def _check(self) -> None:
        for function in self.lr_lambdas:
            if not callable(function):
                raise TypeError(f"lr_lambda should be a function, but got {type(function).__name__}")

    def get_lr(self) -> list:
        self._warn_outside_step()
        current = rates(self.optimizer)
        if self._is_initial:
            return current
        return [lr * function(self.last_epoch) for function, lr in zip(self.lr_lambdas, current, strict=True)]


class ConstantLR(LRScheduler):
    """lr = factor * initial lr until epoch total_iters, then the initial lr.

    Raises: ValueError for a factor outside [0, 1].  Torch: torch.optim.lr_scheduler.ConstantLR
    """

    def __init__(self, optimizer, factor=1.0 / 3, total_iters=5, last_epoch=-1) -> None:
        if factor > 1.0 or factor < 0:
            raise ValueError("Constant multiplicative factor expected to be between 0 and 1.")
        self.factor = factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list:
        self._warn_outside_step()
        change = self.factor if self.last_epoch == 0 else 1.0 / self.factor if self.last_epoch == self.total_iters else None
        current = rates(self.optimizer)
        return current if change is None else [lr * change for lr in current]

    def _get_closed_form_lr(self) -> list:
        return [lr * (self.factor + (self.last_epoch >= self.total_iters) * (1 - self.factor)) for lr in self.base_lrs]


class LinearLR(LRScheduler):
    """lr = initial lr * f, where f goes from start_factor to end_factor in total_iters epochs.

    Raises: ValueError for factors out of range.  Torch: torch.optim.lr_scheduler.LinearLR
    """

    def __init__(self, optimizer, start_factor=1.0 / 3, end_factor=1.0, total_iters=5, last_epoch=-1) -> None:
        if start_factor > 1.0 or start_factor <= 0:
            raise ValueError("Starting multiplicative factor expected to be greater than 0 and less or equal to 1.")
        if end_factor > 1.0 or end_factor < 0:
            raise ValueError("Ending multiplicative factor expected to be between 0 and 1.")
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list:
        self._warn_outside_step()
        current, epoch = rates(self.optimizer), self.last_epoch
        if epoch == 0:
            return [lr * self.start_factor for lr in current]
        if self._is_initial or epoch > self.total_iters:
            return current
        rise = self.end_factor - self.start_factor
        change = 1.0 + rise / (self.total_iters * self.start_factor + (epoch - 1) * rise)
        return [lr * change for lr in current]

    def _get_closed_form_lr(self) -> list:
        rise, epoch = self.end_factor - self.start_factor, min(self.total_iters, self.last_epoch)
        return [lr * (self.start_factor + rise * epoch / self.total_iters) for lr in self.base_lrs]


class PolynomialLR(LRScheduler):
    """lr = initial lr * (1 - epoch / total_iters)^power, 0 from epoch total_iters on.

    Torch: torch.optim.lr_scheduler.PolynomialLR
    """

    def __init__(self, optimizer, total_iters=5, power=1.0, last_epoch=-1) -> None:
        self.total_iters = total_iters
        self.power = power
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list:
        self._warn_outside_step()
        current, epoch, total = rates(self.optimizer), self.last_epoch, self.total_iters
        if self._is_initial or epoch > total:
            return current
        change = ((1.0 - epoch / total) / (1.0 - (epoch - 1) / total)) ** self.power
        return [lr * change for lr in current]

    def _get_closed_form_lr(self) -> list:
        left = 1.0 - min(self.total_iters, self.last_epoch) / self.total_iters
        return [lr * left**self.power for lr in self.base_lrs]


class StepLR(LRScheduler):
    """lr *= gamma every `step_size` epochs.  Torch: torch.optim.lr_scheduler.StepLR"""

    def __init__(self, optimizer, step_size, gamma=0.1, last_epoch=-1) -> None:
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list:
        self._warn_outside_step()
        current = rates(self.optimizer)
        if self.last_epoch == 0 or self.last_epoch % self.step_size != 0:
            return current
        return [lr * self.gamma for lr in current]

    def _get_closed_form_lr(self) -> list:
        return [lr * self.gamma ** (self.last_epoch // self.step_size) for lr in self.base_lrs]


class MultiStepLR(LRScheduler):
    """lr *= gamma at each of the `milestones`.  Torch: torch.optim.lr_scheduler.MultiStepLR"""

    def __init__(self, optimizer, milestones, gamma=0.1, last_epoch=-1) -> None:
        self.milestones = Counter(milestones)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list:
        self._warn_outside_step()
        current = rates(self.optimizer)
        if self.last_epoch not in self.milestones:
            return current
        return [lr * self.gamma ** self.milestones[self.last_epoch] for lr in current]

    def _get_closed_form_lr(self) -> list:
        passed = bisect_right(sorted(self.milestones.elements()), self.last_epoch)
        return [lr * self.gamma**passed for lr in self.base_lrs]


class ExponentialLR(LRScheduler):
    """lr *= gamma every epoch.  Torch: torch.optim.lr_scheduler.ExponentialLR"""

    def __init__(self, optimizer, gamma, last_epoch=-1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list:
        self._warn_outside_step()
        current = rates(self.optimizer)
        return current if self._is_initial else [lr * self.gamma for lr in current]

    def _get_closed_form_lr(self) -> list:
        return [lr * self.gamma**self.last_epoch for lr in self.base_lrs]


class CosineAnnealingLR(LRScheduler):
    """lr = eta_min + (initial lr - eta_min) (1 + cos(pi epoch / T_max)) / 2.

    Torch: torch.optim.lr_scheduler.CosineAnnealingLR
    """

    def __init__(self, optimizer, T_max, eta_min=0.0, last_epoch=-1) -> None:
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list:
        self._warn_outside_step()
        current, epoch, period, low = (rates(self.optimizer), self.last_epoch, self.T_max, self.eta_min)
        if self._is_initial:
            return current
        if self._step_count == 1 and epoch > 0:
            return [low + (lr - low) * (1 + math.cos(epoch * math.pi / period)) / 2 for lr in self.base_lrs]
        if (epoch - 1 - period) % (2 * period) == 0:  # the previous rate was the lowest: the quotient below is 0 / 0
            rise = [(lr - low) * (1 - math.cos(math.pi / period)) / 2 for lr in self.base_lrs]
            return [lr + more for lr, more in zip(current, rise)]
        now, before = (1 + math.cos(math.pi * e / period) for e in (epoch, epoch - 1))
        return [now / before * (lr - low) + low for lr in current]

    def _get_closed_form_lr(self) -> list:
        wave = 1 + math.cos(math.pi * self.last_epoch / self.T_max)
        return [self.eta_min + (lr - self.eta_min) * wave / 2 for lr in self.base_lrs]
