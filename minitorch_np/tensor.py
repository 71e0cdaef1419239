"""class Tensor: an ndarray and its place in the autograd graph.  No mathematics.

Operations attach themselves as methods when `ops` is imported (see ops/public.py): to find `x.clamp`,
look for `def clamp` in `ops/`.
"""

import numpy as np

from . import checks, dtypes
from .autograd.mode import INFERENCE, inferring, state
from .devices import CPU, check_device, device
from .dtypes import from_numpy_dtype
from .size import Size, size_of
from .strides import steps

_new = object.__new__


class Tensor:
    """An n-dimensional array that remembers where it came from.

    Torch: torch.Tensor
    """

    # An instance need only store what differs from these.
    _array: np.ndarray
    _node = None  # the Node that made it, and which of that Node's outputs it is
    _output_nr = 0
    _requires_grad = False
    _grad = None
    _accumulator = None  # weak reference to a leaf's AccumulateGrad
    _counter = None  # [number of in-place writes], one list shared by all views of one memory
    _root = None  # the array whose memory this one shares; None for its own
    _base = None  # the tensor this one is a view of,
    _origin = ""  # where it was made, if that forbids writing to it,
    _seen = 0  # and the counter when `_node` was last derived from the base (see autograd/views.py)
    _hooks = None
    _post_hooks = None
    _retains_grad = False
    __array_priority__ = 1000  # ndarray * Tensor is ours to compute

    def __new__(cls, *data, device=None):
        from .from_data import legacy_array

        self = object.__new__(cls)
        check_device(device)
        self._array = legacy_array(data)
        if inferring and state.inference:
            self._counter = INFERENCE
        return self

    @staticmethod
    def _wrap(array: np.ndarray) -> "Tensor":
        """A tensor around `array` itself, without history."""
        tensor = _new(Tensor)
        tensor._array = array
        # What every operation asks for: found in the instance in a quarter of the time that it takes in the class.
        tensor._node = tensor._base = tensor._counter = None
        tensor._requires_grad = False
        if inferring and state.inference:
            tensor._counter = INFERENCE
        return tensor

    # --- what it is --------------------------------------------------------------------------

    @property
    def shape(self) -> Size:
        return size_of(self._array.shape)

    def size(self, dim: int | None = None):
        """The shape, or its entry `dim`.  Torch: Tensor.size"""
        if dim is None:
            return size_of(self._array.shape)
        if self._array.ndim == 0:
            raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
        return self._array.shape[checks.check_dim(dim, self._array.ndim)]

    @property
    def dtype(self) -> dtypes.dtype:
        return from_numpy_dtype(self._array.dtype)

    @property
    def device(self) -> device:
        return CPU

    @property
    def ndim(self) -> int:
        return self._array.ndim

    def dim(self) -> int:
        """The number of dimensions.  Torch: Tensor.dim"""
        return self._array.ndim

    def numel(self) -> int:
        """The number of elements.  Torch: Tensor.numel"""
        return self._array.size

    nelement = numel

    def stride(self, dim: int | None = None):
        """Steps between neighbours along each dimension, in elements.  Torch: Tensor.stride"""
        strides = steps(self._array)
        return strides if dim is None else strides[checks.check_dim(dim, self._array.ndim)]

    def is_floating_point(self) -> bool:
        """Torch: Tensor.is_floating_point"""
        return self._array.dtype.kind == "f"

    is_cuda = is_sparse = is_quantized = is_meta = False

    def is_complex(self) -> bool:
        """Always False: complex dtypes are left out.  Torch: Tensor.is_complex"""
        return False

    # --- autograd ------------------------------------------------------------------------------

    @property
    def requires_grad(self) -> bool:
        return self._requires_grad or (self._base is not None and self._base._requires_grad)

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if self._node is not None:
            if not value:
                raise RuntimeError(
                    "you can only change requires_grad flags of leaf variables. If you want to use a computed "
                    "variable in a subgraph that doesn't require differentiation use "
                    "var_no_grad = var.detach()."
                )
            return
        if value and self._array.dtype.kind != "f":
            raise RuntimeError("only Tensors of floating point dtype can require gradients")
        if value and self._counter is INFERENCE and not state.inference:
            raise RuntimeError("Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.")
        self._requires_grad = bool(value)

    def requires_grad_(self, requires_grad: bool = True) -> "Tensor":
        """Ask for gradients of this leaf.  Torch: Tensor.requires_grad_"""
        self.requires_grad = requires_grad
        return self

    @property
    def is_leaf(self) -> bool:
        return self.grad_fn is None

    @property
    def grad_fn(self):
        if self._base is not None:
            self._refresh()
        return self._node

    @property
    def output_nr(self) -> int:
        return self._output_nr

    @property
    def grad(self):
        if self._grad is None and self._node is not None and not self._retains_grad:
            checks.warn_grad_of_non_leaf()
        return self._grad

    @grad.setter
    def grad(self, value) -> None:
        if value is not None:
            checks.check_grad_assignable(self, value)
        self._grad = value

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    def backward(self, gradient=None, retain_graph=None, create_graph=False, inputs=None) -> None:
        """Differentiate this tensor with respect to the leaves and add the results to their `.grad`.

        Raises: RuntimeError if it has several elements and no `gradient` is given, or has no history.
        Torch: Tensor.backward
        """
        from .autograd.backward import backward

        backward(self, gradient, retain_graph, create_graph, inputs=inputs)

    def register_hook(self, hook):
        """Call `hook(gradient)` whenever this tensor's gradient is known; what it returns replaces it.

        Torch: Tensor.register_hook
        """
        from .autograd.hooks import register_hook

        return register_hook(self, hook)

    def register_post_accumulate_grad_hook(self, hook):
        """Call `hook(tensor)` after a leaf's `.grad` was updated.  Torch: the same name"""
        from .autograd.hooks import register_post_accumulate_grad_hook

        return register_post_accumulate_grad_hook(self, hook)

    def retain_grad(self) -> None:
        """Let `.grad` be filled for this non-leaf tensor too.  Torch: Tensor.retain_grad"""
        from .autograd.hooks import retain_grad

        retain_grad(self)

    @property
    def retains_grad(self) -> bool:
        return self._retains_grad

    @property
    def _version(self) -> int:
        if self._counter is INFERENCE:
            raise RuntimeError("Inference tensors do not track version counter.")
        return 0 if self._counter is None else self._counter[0]

    def _version_counter(self) -> list:
        if self._counter is None:
            self._counter = [0]
        return self._counter

    def _bump_version(self) -> None:
        counter = self._counter
        if counter is None:
            self._counter = [1]
        elif counter is not INFERENCE:
            counter[0] += 1

    def _refresh(self) -> None:
        from .autograd.views import current_history

        current_history(self)

    def detach(self) -> "Tensor":
        """The same memory without history.  Torch: Tensor.detach"""
        tensor = Tensor._wrap(self._array)
        tensor._counter = self._version_counter()
        tensor._root = self._array if self._root is None else self._root
        return tensor

    def detach_(self) -> "Tensor":
        """Forget the history in place.  Torch: Tensor.detach_"""
        if self._base is not None:
            raise RuntimeError(
                "Can't detach views in-place. Use detach() instead. If you are using DistributedDataParallel (DDP) "
                "for training, and gradient_as_bucket_view is set as True, gradients are views of DDP buckets, and "
                "hence detach_() cannot be called on these gradients. To fix this error, please refer to the "
                "Optimizer.zero_grad() function in torch/optim/optimizer.py as the solution."
            )
        if self._node is not None and self._node.extras is not None:  # its hooks stay with the tensor
            self._hooks = self._node.extras.tensor_hooks.get(self._output_nr)
        self._node, self._output_nr, self._requires_grad = None, 0, False
        return self

    # --- conversion ----------------------------------------------------------------------------

    def numpy(self, *, force: bool = False) -> np.ndarray:
        """The values as an ndarray that shares memory.

        Raises: RuntimeError if this tensor requires grad, unless `force`.
        Torch: Tensor.numpy
        """
        if self.requires_grad and not force:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
        return self._array

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        return np.array(self.numpy(), dtype, copy=copy)

    def tolist(self):
        """The values as nested lists of Python numbers.  Torch: Tensor.tolist"""
        return self._array.tolist()

    def item(self):
        """The value of a one-element tensor as a Python number.

        Raises: RuntimeError for more or fewer elements.
        Torch: Tensor.item
        """
        if self._array.size != 1:
            raise RuntimeError(f"a Tensor with {self._array.size} elements cannot be converted to Scalar")
        return self._array.item()

    def __bool__(self) -> bool:
        if self._array.size == 0:
            raise RuntimeError("Boolean value of Tensor with no values is ambiguous")
        if self._array.size > 1:
            raise RuntimeError("Boolean value of Tensor with more than one value is ambiguous")
        return bool(self._array.item())

    def __float__(self) -> float:
        return float(checks.single(self._array))

    def __int__(self) -> int:
        return int(checks.single(self._array))

    def __complex__(self) -> complex:
        return complex(checks.single(self._array))

    def __index__(self) -> int:
        if self._array.size != 1 or self._array.dtype.kind == "f":
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self._array.item())

    def __len__(self) -> int:
        if self._array.ndim == 0:
            raise TypeError("len() of a 0-d tensor")
        return self._array.shape[0]

    def __iter__(self):
        if self._array.ndim == 0:
            raise TypeError("iteration over a 0-d tensor")
        return iter(self.unbind(0))

    def __reversed__(self) -> "Tensor":
        return self if self._array.ndim == 0 else self.flip(0)

    def __contains__(self, element) -> bool:
        if not isinstance(element, Tensor | int | float):
            raise RuntimeError(f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}.")
        return bool((self == element).any())

    __hash__ = object.__hash__  # by identity, although `==` compares elements

    def __repr__(self, *, tensor_contents=None) -> str:
        from .printing import tensor_repr

        return tensor_repr(self, "tensor" if type(self) is Tensor else type(self).__name__, tensor_contents)

    def __format__(self, spec: str) -> str:
        single = self._array.ndim == 0 and type(self) is Tensor
        return format(self.item(), spec) if single else object.__format__(self, spec)


def learn_attributes(kind: type[Tensor]) -> None:
    """Let CPython know the attributes of a class before it has instances.

    It keeps the values of those that the first thirty instances have in an array; for any other, the instance gets a
    dict: 0.2 us more for every view and every recorded result.
    """
    first = object.__new__(kind)
    for name, value in vars(Tensor).items():
        if name[0] == "_" and (value is None or isinstance(value, int | str)):
            setattr(first, name, value)


learn_attributes(Tensor)
