"""Tensors and state_dicts from one library to the other, sharing memory."""

from collections import OrderedDict

import numpy as np
import torch

import minitorch_np as mt


def to_torch(tensor: mt.Tensor, device: str = "cpu") -> torch.Tensor:
    """Our tensor as torch's, on the same memory if that is on the CPU; requires_grad is kept, history is not."""
    result = torch.from_numpy(tensor.detach().numpy()).to(device)
    return result.requires_grad_() if tensor.requires_grad else result


def to_ours(tensor: torch.Tensor) -> mt.Tensor:
    """Torch's tensor as ours, on the same memory if it is on the CPU; requires_grad is kept, history is not.

    Raises: TypeError for a dtype that we do not have.
    """
    result = mt.from_numpy(np.asarray(tensor.detach().cpu().numpy()))
    return result.requires_grad_() if tensor.requires_grad else result


def state_dict_to_torch(state_dict, device: str = "cpu") -> OrderedDict:
    """Every tensor of a module's state, converted."""
    return OrderedDict((name, to_torch(value.detach(), device)) for name, value in state_dict.items())


def state_dict_to_ours(state_dict) -> OrderedDict:
    """Every tensor of a module's state, converted."""
    return OrderedDict((name, to_ours(value.detach())) for name, value in state_dict.items())
