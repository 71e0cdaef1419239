"""Parameter and Buffer: tensors that a Module notices when they are assigned to it."""

from ..creation import empty
from ..printing import tensor_repr
from ..tensor import Tensor


class Parameter(Tensor):
    """A leaf tensor that is learned: assigning one to a Module registers it there.

    Shares memory with `data`.
    Raises: RuntimeError if `data` is not floating and `requires_grad` is True.
    Torch: torch.nn.Parameter
    """

    def __init__(self, data: Tensor | None = None, requires_grad: bool = True) -> None:
        data = empty(0) if data is None else data.detach()
        super().__init__(data)
        self._counter = data._counter  # in-place writes to `data` are noticed here too
        if requires_grad and not self.is_floating_point():
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        self.requires_grad = requires_grad

    def __repr__(self) -> str:
        plain = type(self) is Parameter
        text = tensor_repr(self, "tensor" if plain else type(self).__name__)
        return "Parameter containing:\n" + (text if plain else f"Parameter({text})")

    def __deepcopy__(self, memo: dict) -> "Parameter":
        new = type(self)(self.data.clone(), self.requires_grad)  # without `.grad`, as torch does
        memo[id(self)] = new
        return new

    def __reduce_ex__(self, protocol):
        return _rebuild_parameter, (type(self), self.data, self.requires_grad, _attributes(self))


class Buffer(Tensor):
    """A tensor that belongs to a Module's state without being learned: assigning one registers it there.

    Shares memory with `data`; `persistent` says whether `state_dict` includes it.
    Torch: torch.nn.Buffer
    """

    def __init__(self, data: Tensor | None = None, *, persistent: bool = True) -> None:
        data = empty(0) if data is None else data
        super().__init__(data)
        self._counter = data._version_counter()
        self.requires_grad = data.requires_grad
        self.persistent = persistent

    def __repr__(self, *, tensor_contents=None) -> str:
        return tensor_repr(self, "tensor", tensor_contents)

    def __reduce_ex__(self, protocol):
        return _rebuild_buffer, (self.data, self.requires_grad, _attributes(self))


def _attributes(tensor: Tensor) -> dict:
    """What a program hung on the tensor (our own fields start with an underscore)."""
    return {name: value for name, value in vars(tensor).items() if not name.startswith("_")}


def _rebuild_parameter(kind, data, requires_grad, attributes) -> Parameter:
    parameter = kind(data, requires_grad)
    vars(parameter).update(attributes)
    return parameter


def _rebuild_buffer(data, requires_grad, attributes) -> Buffer:
    buffer = Buffer(data)
    buffer.requires_grad = requires_grad
    vars(buffer).update(attributes)
    return buffer
