"""minitorch_np: PyTorch's core, from scratch, in NumPy with Numba kernels.

import minitorch_np as torch
from minitorch_np import nn
"""

from . import autograd, dtypes  # isort: skip  (tensor and autograd meet here first)
from . import ops  # isort: skip  (attaches Tensor's methods)
from math import e, inf, nan, pi

from . import backends, cuda
from .autograd import (
    enable_grad,
    inference_mode,
    is_anomaly_check_nan_enabled,
    is_anomaly_enabled,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from .creation import *  # noqa: F403
from .creation import __all__ as _creation
from .devices import device
from .dtypes import (
    can_cast,
    dtype,
    finfo,
    float16,
    float32,
    float64,
    get_default_dtype,
    iinfo,
    int8,
    int16,
    int32,
    int64,
    promote_types,
    result_type,
    set_default_dtype,
    uint8,
)
from .formats import channels_last, channels_last_3d, contiguous_format, memory_format, preserve_format
from .interchange import from_dlpack
from .kernels import active_kernels, use_kernels
from .layouts import layout, strided
from .ops.public import NAMESPACES as _NAMESPACES
from .parallel import get_num_threads, set_num_threads
from .printing import set_printoptions
from .ranges import *  # noqa: F403
from .ranges import __all__ as _ranges
from .storage import TypedStorage, UntypedStorage, is_storage
from .switches import *  # noqa: F403
from .switches import __all__ as _switches
from .tensor import Size, Tensor
from .tensor_types import TYPES as _TYPES
from .tensor_types import get_default_device, set_default_device, set_default_tensor_type, typename

globals().update(_NAMESPACES[""] | _TYPES)

from . import copying, subclass  # isort: skip  (attach the last of Tensor's methods)
from . import linalg, nn, optim, random, serialization, special, utils  # isort: skip  (built on the operations above)
from .random import *  # noqa: F403
from .random import __all__ as _random
from .serialization import load, load_safetensors, save, save_safetensors

# Torch's short names.  From here on `bool`, `float` and `int` are dtypes in this module.
half, float, double = float16, float32, float64
short, int, long, bool = int16, int32, int64, dtypes.bool_
newaxis = None  # as NumPy's: x[:, newaxis]

from ._version import __version__

__all__ = [
    "Size", "Tensor", "TypedStorage", "UntypedStorage", "channels_last", "channels_last_3d", "contiguous_format",
    "is_storage", "memory_format", "preserve_format",
    "active_kernels", "autograd", "bool", "can_cast", "cuda", "device", "double", "dtype", "e",
    "enable_grad", "finfo", "float", "float16", "float32", "float64", "from_dlpack", "get_default_dtype", "get_num_threads",
    "half", "iinfo", "inf", "inference_mode", "int", "int16", "int32", "int64", "int8",
    "is_anomaly_check_nan_enabled", "is_anomaly_enabled", "is_grad_enabled", "is_inference_mode_enabled", "linalg", "long",
    "load", "load_safetensors", "nan", "newaxis", "nn", "no_grad", "save", "save_safetensors", "serialization",
    "optim", "pi", "promote_types", "random", "result_type", "set_default_dtype", "set_grad_enabled",
    "set_num_threads", "special", "set_printoptions", "short", "uint8", "use_kernels", "utils",
    "backends", "get_default_device", "layout", "set_default_device", "set_default_tensor_type", "strided", "typename",
    *_creation, *_ranges, *_random, *_switches, *_TYPES, *sorted(_NAMESPACES[""]),
]  # fmt: skip
