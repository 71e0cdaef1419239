"""Reverse-mode automatic differentiation.  Start with README.md in this folder."""

from .backward import backward, grad
from .mode import enable_grad, is_grad_enabled, no_grad, set_grad_enabled

__all__ = ["backward", "enable_grad", "grad", "is_grad_enabled", "no_grad", "set_grad_enabled"]
