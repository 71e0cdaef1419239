"""`device`: the CPU is the only one; asking for another raises what a torch build without it raises."""

import re

_KNOWN = (
    "cpu", "cuda", "ipu", "xpu", "mkldnn", "opengl", "opencl", "ideep", "hip", "ve", "fpga", "maia", "xla", "lazy",
    "vulkan", "mps", "meta", "hpu", "mtia", "privateuseone",
)  # fmt: skip
_FORMS = " * (torch.device device)\n{} * (str type, int index = -1)\n"


class device:
    """Where a tensor lives: `device("cpu")`, `device("cuda:1")`, `device("cuda", 1)`.

    As a context manager it is the device of the tensors made inside, so it must be the CPU there.
    Raises: RuntimeError for a string that names no device; TypeError for arguments of other types.
    Torch: torch.device
    """

    __module__ = "minitorch_np"
    __slots__ = ("type", "index")

    type: str
    index: int | None

    def __init__(self, *arguments, **named) -> None:
        if not named and len(arguments) == 1 and isinstance(arguments[0], str):
            self.type, self.index = _parsed(arguments[0])
        else:
            self.type, self.index = _from_arguments(*arguments, **named)

    def __repr__(self) -> str:
        return f"device(type='{self.type}'" + (")" if self.index is None else f", index={self.index})")

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __lt__(self, other):
        raise TypeError("comparison not implemented")

    __le__ = __gt__ = __ge__ = __lt__

    def __reduce__(self):
        return device, (self.type,) if self.index is None else (self.type, self.index)

    def __enter__(self) -> "device":
        check_device(self)
        return self

    def __exit__(self, *_) -> None:
        pass


def _parsed(text: str) -> tuple[str, int | None]:
    """(type, index) of "cuda:1"."""
    if not text:
        raise RuntimeError("Device string must not be empty")
    match = re.fullmatch(r"([A-Za-z_]+)(?::(0|[1-9]\d*))?", text)
    if match is None:
        raise RuntimeError(f"Invalid device string: '{text}'")
    name, number = match.groups()
    if name not in _KNOWN:
        raise RuntimeError(f"Expected one of {', '.join(_KNOWN)} device type at start of device string: {name}")
    return name, None if number is None else int(number)


def _from_arguments(type=None, index=None, *more, **named) -> tuple[str, int | None]:
    """(type, index) of what `device` was called with, if that was more than one string."""
    if isinstance(named.get("device"), str | device) and type is index is None:
        type = named.pop("device")
    if named:
        raise TypeError(f"device() got an unexpected keyword argument '{next(iter(named))}'")
    if type is None and index is None or more:
        given = ", ".join(value.__class__.__name__ for value in (type, index, *more) if value is not None)
        raise TypeError(f"device() received an invalid combination of arguments - got ({given}), but expected one of:\n"
                        + _FORMS.format(""))  # fmt: skip
    if index is None and isinstance(type, device):
        return type.type, type.index
    if index is None and hasattr(type, "__index__") and not isinstance(type, bool):
        if type < 0:
            raise RuntimeError("Device index must not be negative")
        raise RuntimeError("Cannot access accelerator device when none is available.")
    kind = "torch.device" if isinstance(type, device) else type.__class__.__name__
    if index is None and not isinstance(type, str):
        why = f"      didn't match because some of the arguments have invalid types: (!{kind}!)\n"
        raise TypeError(
            f"device() received an invalid combination of arguments - got ({kind}), but expected one of:\n"
            + _FORMS.format(why)
        )
    if not isinstance(type, str):
        raise TypeError(f"device(): argument 'type' (position 1) must be str, not {kind}")
    if index is None:
        return _parsed(type)
    if isinstance(index, bool) or not hasattr(index, "__index__"):
        raise TypeError(f"device(): argument 'index' (position 2) must be int, not {index.__class__.__name__}")
    name, number = _parsed(type)
    if number is not None:
        raise RuntimeError(f"type (string) must not include an index because index was passed explicitly: {type}")
    if index < 0:
        raise RuntimeError("Device index must not be negative")
    return name, int(index)


CPU = device("cpu")


def check_device(d) -> None:
    """Accept None and the CPU.

    Raises: AssertionError for CUDA, as a torch built without it; NotImplementedError for any other device.
    """
    if d is None or d is CPU:
        return
    d = device(d)
    if d.type == "cuda":
        raise AssertionError("Torch not compiled with CUDA enabled")
    if d.type != "cpu":
        raise NotImplementedError(f"device {d} is not supported: tensors live on the CPU")
