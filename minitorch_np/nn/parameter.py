"""Parameter and Buffer: tensors that a Module notices when they are assigned to it."""

from ..copying import attributes
from ..creation import empty
from ..printing import tensor_repr
from ..strides import kept_copy
from ..subclass import disabled
from ..tensor import Tensor, learn_attributes


class _Marked(type):
    """Makes tensors of other classes instances of Parameter or Buffer: those that carry the mark."""

    def __instancecheck__(cls, instance) -> bool:
        if super().__instancecheck__(instance):
            return True
        mark = vars(cls).get("_MARK")
        return mark is not None and isinstance(instance, Tensor) and getattr(instance, mark, False)


class Parameter(Tensor, metaclass=_Marked):
    """A leaf tensor that is learned: assigning one to a Module registers it there.

    Shares memory with `data`; one of a subclass of Tensor stays one.
    Raises: RuntimeError if `data` is not floating and `requires_grad` is True.
    Torch: torch.nn.Parameter
    """

    _MARK = "_is_param"
    _is_param = True
    __torch_function__ = disabled

    def __new__(cls, data: Tensor | None = None, requires_grad: bool = True):
        if data is None:
            data = empty(0)
        new = data.detach()
        if requires_grad and not data.is_floating_point():
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        if type(data) in (Tensor, Parameter):
            return Tensor._make_subclass(cls, data, requires_grad)
        if type(new) is not type(data):
            name = type(data).__name__
            raise RuntimeError(
                f"Creating a Parameter from an instance of type {name} requires that detach() returns an instance of the "
                f"same type, but return type {type(new).__name__} was found instead. To use the type as a Parameter, please "
                "correct the detach() semantics defined by its __torch_dispatch__() implementation."
            )
        new.requires_grad_(requires_grad)
        new._is_param = True
        return new

    def __repr__(self) -> str:
        return "Parameter containing:\n" + tensor_repr(self, "tensor" if type(self) is Parameter else type(self).__name__)

    def __deepcopy__(self, memo: dict) -> "Parameter":
        if id(self) not in memo:  # without `.grad` and attributes, as torch does
            memo[id(self)] = type(self)(Tensor._wrap(kept_copy(self._array)), self.requires_grad)
        return memo[id(self)]

    def __reduce_ex__(self, protocol):
        return _rebuild_parameter, (type(self), self.data, self.requires_grad, attributes(self))


learn_attributes(Parameter)


class Buffer(Tensor, metaclass=_Marked):
    """A tensor that belongs to a Module's state without being learned: assigning one registers it there.

    Shares memory with `data`, and is a tensor with a mark; `persistent` says whether `state_dict` includes it.
    Torch: torch.nn.Buffer
    """

    _MARK = "_is_buffer"
    __torch_function__ = disabled

    def __new__(cls, data: Tensor | None = None, *, persistent: bool = True):
        data = empty(0) if data is None else data
        new = data.detach().requires_grad_(data.requires_grad)
        new.persistent = persistent
        new._is_buffer = True
        return new


def _rebuild_parameter(kind, data, requires_grad, state) -> Parameter:
    parameter = kind(data, requires_grad)
    vars(parameter).update(state)
    return parameter
