"""`device`: the CPU is the only one; asking for another raises what a torch build without it raises."""

_KNOWN = ("cpu", "cuda", "mps", "xpu", "meta", "xla", "hip", "ipu", "hpu", "mtia", "vulkan", "privateuseone")


class device:
    """Where a tensor lives: `device("cpu")`.

    Raises: RuntimeError for a string that names no device.
    Torch: torch.device
    """

    def __init__(self, type="cpu", index: int | None = None) -> None:
        if isinstance(type, device):
            type, index = str(type).split(":")[0], type.index
        if isinstance(type, int):
            type, index = "cuda", type
        if not isinstance(type, str):
            raise TypeError(f"device(): argument 'type' must be str, not {type.__class__.__name__}")
        name, _, number = type.partition(":")
        if name not in _KNOWN:
            raise RuntimeError(f"Expected one of cpu, cuda, mps, xpu, meta device type at start of device string: {name}")
        if number and not number.isdigit():
            raise RuntimeError(f"Invalid device string: '{type}'")
        self.type = name
        self.index = int(number) if number else index

    def __repr__(self) -> str:
        return f"device(type='{self.type}'" + (")" if self.index is None else f", index={self.index})")

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))


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
