"""Files of tensors: torch's .pth, written and read without torch, and safetensors."""

from pickle import UnpicklingError

from .loading import load
from .safetensors import load_safetensors, save_safetensors
from .saving import save

__all__ = ["UnpicklingError", "load", "load_safetensors", "save", "save_safetensors"]
