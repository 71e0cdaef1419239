"""FloatTensor and its kin: constructors of one dtype, and what isinstance may ask about it."""

import warnings

from . import dtypes
from .devices import CPU, check_device, device
from .from_data import legacy_array
from .layouts import strided
from .tensor import Tensor

NOT_FLOATING = "only floating-point types are supported as the default type"


class tensortype(type):
    """The type of FloatTensor and the others: calling one makes a Tensor; a Tensor of its dtype is an instance."""

    dtype: dtypes.dtype

    def __call__(cls, *data, device=None):
        check_device(device)
        return Tensor._wrap(legacy_array(data, cls.dtype))

    def __instancecheck__(cls, instance) -> bool:
        return isinstance(instance, Tensor) and instance.dtype is cls.dtype

    def __repr__(cls) -> str:
        return f"<class 'torch.{cls.__name__}'>"


def _declare(d: dtypes.dtype) -> tensortype:
    name = f"{d.long_name}Tensor"
    doc = f"Tensors of {d.name}.  Torch: torch.{name}"
    fields = {"dtype": d, "layout": strided, "is_cuda": False, "is_sparse": False, "__module__": "torch", "__doc__": doc}
    return tensortype(name, (), fields)


TYPES = {f"{d.long_name}Tensor": _declare(d) for d in dtypes.ALL}
globals().update(TYPES)


def set_default_tensor_type(t) -> None:
    """set_default_dtype of a type's dtype, or of its name "torch.DoubleTensor"; deprecated in torch.

    Raises: TypeError for types of integers.  Torch: torch.set_default_tensor_type
    """
    if isinstance(t, str):
        name = t.removeprefix("torch.")
        if name not in TYPES:
            raise TypeError(f"invalid type: '{t}'")
        t = TYPES[name]
    if not isinstance(t, tensortype):
        raise TypeError(f"invalid type object: {NOT_FLOATING}")
    if not t.dtype.is_floating_point:
        raise TypeError(NOT_FLOATING)
    warnings.warn(
        "torch.set_default_tensor_type() is deprecated as of PyTorch 2.1, please use torch.set_default_dtype() and "
        "torch.set_default_device() as alternatives.",
        UserWarning,
        stacklevel=2,
    )
    dtypes.set_default_dtype(t.dtype)


def set_default_device(device) -> None:
    """Accepts the CPU and None.

    Raises: as torch does for a device that is not there.  Torch: torch.set_default_device
    """
    check_device(device)


def get_default_device() -> device:
    """The CPU.  Torch: torch.get_default_device"""
    return CPU


def typename(obj, /) -> str:
    """The name of a tensor's type, or of any object's.  Torch: torch.typename"""
    if isinstance(obj, Tensor):
        return f"torch.{obj.dtype.long_name}Tensor"
    kind = obj if isinstance(obj, type) else type(obj)
    module = "" if kind.__module__ in ("builtins", None) else f"{kind.__module__}."
    return f"{module}{kind.__qualname__}"


def _new(self, *data, device=None):
    """A tensor of this one's dtype, by the old constructors' rules.  Torch: Tensor.new"""
    check_device(device)
    return Tensor._wrap(legacy_array(data, self.dtype))


setattr(Tensor, "new", _new)  # noqa: B010  (a checker reads an assignment as a new attribute)
setattr(Tensor, "layout", property(lambda self: strided, doc="How the elements are kept.  Torch: Tensor.layout"))  # noqa: B010
