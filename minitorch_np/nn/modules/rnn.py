"""Recurrent layers, and single steps of them."""

import math
import numbers
import warnings

from ...creation import empty, zeros
from ...ops.recurrent import GATES, cell, layers
from ...tensor import Tensor
from .. import init
from ..parameter import Parameter
from ..utils.rnn import PackedSequence
from .module import Module

__all__ = ["GRU", "LSTM", "RNN", "GRUCell", "LSTMCell", "RNNBase", "RNNCell", "RNNCellBase"]


def _draw(module: Module) -> None:
    """Draw all parameters uniformly from +-1 / sqrt(hidden_size)."""
    bound = 1.0 / math.sqrt(module.hidden_size) if module.hidden_size > 0 else 0
    for weight in module.parameters():
        init.uniform_(weight, -bound, bound)


class RNNBase(Module):
    """What the recurrent layers share: weights of all layers and directions, and the way through them.

    Shapes: input (T, N, in), (N, T, in) if batch_first, (T, in) without a batch, or a PackedSequence;
    hx (layers * directions, N, P) -> output (T, N, directions * P), h_n as hx.  P is proj_size, or hidden_size.
    Raises: TypeError or ValueError for options out of range; RuntimeError or ValueError for inputs that do not fit.
    Torch: torch.nn.RNNBase
    """

    mode: str
    input_size: int
    hidden_size: int
    num_layers: int
    bias: bool
    batch_first: bool
    dropout: float
    bidirectional: bool
    proj_size: int

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device=None,
        dtype=None,
    ) -> None:
        super().__init__()
        _check_options(mode, input_size, hidden_size, num_layers, bias, batch_first, dropout, proj_size)
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        self._all_weights = []
        rows, given_out = GATES[mode] * hidden_size, proj_size or hidden_size
        for layer in range(num_layers):
            for suffix in ("", "_reverse") if bidirectional else ("",):
                inner = input_size if layer == 0 else given_out * (2 if bidirectional else 1)
                shapes: dict[str, tuple[int, ...]] = {"weight_ih": (rows, inner), "weight_hh": (rows, given_out)}
                if bias:
                    shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
                if proj_size:
                    shapes["weight_hr"] = (proj_size, hidden_size)
                names = {f"{name}_l{layer}{suffix}": shape for name, shape in shapes.items()}
                for name, shape in names.items():
                    setattr(self, name, Parameter(empty(shape, device=device, dtype=dtype)))
                self._all_weights.append(list(names))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all parameters uniformly from +-1 / sqrt(hidden_size).  Torch: RNNBase.reset_parameters"""
        _draw(self)

    def flatten_parameters(self) -> None:
        """Of use on GPUs only.  Torch: RNNBase.flatten_parameters"""

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The parameters of each layer and direction.  Torch: RNNBase.all_weights"""
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    @property
    def _flat_weights(self) -> list[Parameter]:
        return [weight for weights in self.all_weights for weight in weights]

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        defaults = {
            "proj_size": 0,
            "num_layers": 1,
            "bias": True,
            "batch_first": False,
            "dropout": 0,
            "bidirectional": False,
        }
        for name, default in defaults.items():
            if getattr(self, name) != default:
                text += f", {name}={getattr(self, name)}"
        return text

    # --- checks, in torch's words ----------------------------------------------------------------------------------

    def check_input(self, input: Tensor, batch_sizes) -> None:
        """Torch: RNNBase.check_input"""
        own = self._flat_weights[0].dtype
        if input.dtype is not own:
            raise ValueError(
                f"RNN input dtype ({input.dtype}) does not match weight dtype ({own}). Convert input: input.to({own}), or "
                f"convert model: model.to({input.dtype})"
            )
        expected = 2 if batch_sizes is not None else 3
        if input.ndim != expected:
            raise RuntimeError(f"input must have {expected} dimensions, got {input.ndim}")
        if self.input_size != input.shape[-1]:
            raise RuntimeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {input.shape[-1]}"
            )

    def check_hidden_size(self, hx: Tensor, expected, msg: str = "Expected hidden size {}, got {}") -> None:
        """Torch: RNNBase.check_hidden_size"""
        if tuple(hx.shape) != expected:
            raise RuntimeError(msg.format(expected, list(hx.shape)))

    def _check_dims(self, hx, batched: bool) -> None:
        dims = 3 if batched else 2
        if hx[0].dim() != dims:
            kind = "batched 3-D" if batched else "unbatched 2-D"
            raise RuntimeError(f"For {kind} input, hx should also be {dims}-D but got {hx[0].dim()}-D tensor")

    def _check_sizes(self, hx, batch: int) -> None:
        self.check_hidden_size(hx[0], self._state_sizes(batch)[0])

    def _state_sizes(self, batch: int) -> list[tuple[int, int, int]]:
        """The sizes of the states, of an LSTM two."""
        count = self.num_layers * (2 if self.bidirectional else 1)
        sizes = [(count, batch, self.proj_size or self.hidden_size)]
        return sizes + [(count, batch, self.hidden_size)] * (self.mode == "LSTM")

    # --- the way through -------------------------------------------------------------------------------------------

    def _run(self, input, hx):
        """(output, list of states)"""
        packed = isinstance(input, PackedSequence)
        batched, order = True, None
        if packed:
            x, batch_sizes, order, back = input
            sizes, batch = tuple(batch_sizes.tolist()), int(batch_sizes[0])
        else:
            x, batch_sizes = input, None
            if x.dim() not in (2, 3):
                tensor = " tensor" if type(self) is RNN else ""  # torch's words differ from layer to layer
                raise ValueError(f"{type(self).__name__}: Expected input to be 2D or 3D, got {x.dim()}D{tensor} instead")
            batched = x.dim() == 3
            if not batched:
                x = x.unsqueeze(0 if self.batch_first else 1)
            batch = x.shape[0 if self.batch_first else 1]
        if hx is None:
            hx = [zeros(size, dtype=x.dtype) for size in self._state_sizes(batch)]
        else:
            if not packed:
                self._check_dims(hx, batched)
            hx = [state if batched else state.unsqueeze(1) for state in hx]
            if order is not None:
                hx = [state.index_select(1, order) for state in hx]
        self.check_input(x, batch_sizes)
        self._check_sizes(hx, batch)
        if not packed:
            x = x.transpose(0, 1) if self.batch_first else x
            steps = x.shape[0]
            sizes, x = (batch,) * steps, x.reshape(steps * batch, x.shape[2])
        y, states = layers(
            self.mode, x, hx, [self._padded(w) for w in self.all_weights], sizes, self.dropout, self.training,
            self.bidirectional,
        )  # fmt: skip
        if packed:
            if back is not None:
                states = [state.index_select(1, back) for state in states]
            return PackedSequence(y, batch_sizes, order, back), states
        y = y.view(steps, batch, y.shape[1])
        if self.batch_first:
            y = y.transpose(0, 1)
        if not batched:
            y, states = y.squeeze(0 if self.batch_first else 1), [state.squeeze(1) for state in states]
        return y, states

    def _padded(self, weights):
        """[w_ih, w_hh, b_ih, b_hh, w_hr], None for what this layer does not have"""
        projection = weights[-1] if self.proj_size else None
        return [*weights[:2], *(weights[2:4] if self.bias else (None, None)), projection]

    def forward(self, input, hx=None):
        output, states = self._run(input, None if hx is None else [hx])
        return output, states[0]


def _check_options(mode, input_size, hidden_size, num_layers, bias, batch_first, dropout, proj_size) -> None:
    if not isinstance(dropout, numbers.Number) or isinstance(dropout, bool) or not 0 <= dropout <= 1:  # type: ignore[operator]
        raise ValueError(
            "dropout should be a number in range [0, 1] representing the probability of an element being zeroed"
        )
    if dropout > 0 and num_layers == 1:  # type: ignore[operator]
        warnings.warn(
            "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects num_layers greater "
            f"than 1, but got dropout={dropout} and num_layers={num_layers}",
            stacklevel=4,
        )
    for name, value, kind in (
        ("bias", bias, bool), ("batch_first", batch_first, bool), ("input_size", input_size, int),
        ("hidden_size", hidden_size, int),
    ):  # fmt: skip
        if not isinstance(value, kind):
            raise TypeError(f"{name} should be of type {kind.__name__}, got: {type(value).__name__}")
        if kind is int and value <= 0:
            raise ValueError(f"{name} must be greater than zero")
    if num_layers <= 0:
        raise ValueError("num_layers must be greater than zero")
    if proj_size < 0:
        raise ValueError("proj_size should be a positive integer or zero to disable projections")
    if proj_size >= hidden_size:
        raise ValueError("proj_size has to be smaller than hidden_size")
    if mode not in GATES:
        raise ValueError("Unrecognized RNN mode: " + mode)


class RNN(RNNBase):
    """h_t = f(x_t W_ih' + b_ih + h_(t-1) W_hh' + b_hh), f being tanh or relu (`nonlinearity`).

    Elman, 1990.  Shapes, Raises: see RNNBase.  Torch: torch.nn.RNN
    """

    nonlinearity: str

    def __init__(self, input_size, hidden_size, num_layers=1, nonlinearity="tanh", *args, **kwargs) -> None:
        _refuse_projection(kwargs)
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        super().__init__(f"RNN_{nonlinearity.upper()}", input_size, hidden_size, num_layers, *args, **kwargs)
        self.nonlinearity = nonlinearity


class GRU(RNNBase):
    """h_t = (1 - z) n + z h_(t-1), n = tanh(x_t W_in' + b_in + r (h_(t-1) W_hn' + b_hn)), r and z sigmoids of x_t and h.

    Cho et al., 2014 (arXiv:1406.1078), with r after the product.  Shapes, Raises: see RNNBase.  Torch: torch.nn.GRU
    """

    def __init__(self, *args, **kwargs) -> None:
        _refuse_projection(kwargs)
        super().__init__("GRU", *args, **kwargs)


class LSTM(RNNBase):
    """c_t = f c_(t-1) + i g, h_t = o tanh(c_t); i, f, o sigmoids and g a tanh of x_t W_ih' + b_ih + h_(t-1) W_hh' + b_hh.

    With proj_size, h_t is W_hr times that.  hx and the second result are pairs (h, c), c (layers * directions, N, H).
    Hochreiter and Schmidhuber, 1997; projections: Sak et al., 2014 (arXiv:1402.1128).
    Shapes, Raises: see RNNBase.  Torch: torch.nn.LSTM
    """

    def __init__(self, *args, **kwargs) -> None:
        super().__init__("LSTM", *args, **kwargs)

    def _check_dims(self, hx, batched: bool) -> None:
        dims = 3 if batched else 2
        if hx[0].dim() != dims or hx[1].dim() != dims:
            kind = "batched 3-D" if batched else "unbatched 2-D"
            raise RuntimeError(
                f"For {kind} input, hx and cx should also be {dims}-D but got ({hx[0].dim()}-D, {hx[1].dim()}-D) tensors"
            )

    def _check_sizes(self, hx, batch: int) -> None:
        for number, size in enumerate(self._state_sizes(batch)):
            self.check_hidden_size(hx[number], size, f"Expected hidden[{number}] size {{}}, got {{}}")

    def forward(self, input, hx=None):
        output, states = self._run(input, hx)
        return output, tuple(states)


def _refuse_projection(options) -> None:
    if "proj_size" in options:
        raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")


# --- single steps --------------------------------------------------------------------------------------------------


class RNNCellBase(Module):
    """What the cells share.

    Shapes: input (N, in) or (in), hx (N, H) or (H) -> as hx.
    Raises: ValueError or RuntimeError for inputs that do not fit.  Torch: torch.nn.RNNCellBase
    """

    input_size: int
    hidden_size: int
    bias: bool
    weight_ih: Parameter
    weight_hh: Parameter

    def __init__(self, input_size: int, hidden_size: int, bias: bool, num_chunks: int, device=None, dtype=None) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        rows = num_chunks * hidden_size
        self.weight_ih = Parameter(empty((rows, input_size), device=device, dtype=dtype))
        self.weight_hh = Parameter(empty((rows, hidden_size), device=device, dtype=dtype))
        for name in ("bias_ih", "bias_hh"):
            self.register_parameter(name, Parameter(empty(rows, device=device, dtype=dtype)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all parameters uniformly from +-1 / sqrt(hidden_size).  Torch: RNNCellBase.reset_parameters"""
        _draw(self)

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        if self.bias is not True:
            text += f", bias={self.bias}"
        if getattr(self, "nonlinearity", "tanh") != "tanh":
            text += f", nonlinearity={self.nonlinearity}"
        return text

    def _step(self, mode, input, hx, names):
        """The new states; `names` are what torch calls the given ones in errors."""
        name = type(self).__name__
        if input.dim() not in (1, 2):
            raise ValueError(f"{name}: Expected input to be 1D or 2D, got {input.dim()}D instead")
        for what, state in zip(names, hx or ()):
            if state.dim() not in (1, 2):
                raise ValueError(f"{name}: Expected {what} to be 1D or 2D, got {state.dim()}D instead")
        batched = input.dim() == 2
        x = input if batched else input.unsqueeze(0)
        if hx is None:
            hx = [zeros(len(x), self.hidden_size, dtype=x.dtype)] * len(names)
        elif not batched:
            hx = [state.unsqueeze(0) for state in hx]
        states = cell(mode, x, hx, [self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh])
        return states if batched else [state.squeeze(0) for state in states]


class RNNCell(RNNCellBase):
    """h' = f(x W_ih' + b_ih + h W_hh' + b_hh), f being tanh or relu.

    Shapes, Raises: see RNNCellBase; RuntimeError for another nonlinearity.  Torch: torch.nn.RNNCell
    """

    nonlinearity: str

    def __init__(self, input_size, hidden_size, bias=True, nonlinearity="tanh", device=None, dtype=None) -> None:
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        mode = f"RNN_{self.nonlinearity.upper()}"
        return self._step(mode, input, None if hx is None else [hx], ["hidden"])[0]


class LSTMCell(RNNCellBase):
    """One step of LSTM: (h', c') from x and hx = (h, c).

    Shapes, Raises: see RNNCellBase.  Torch: torch.nn.LSTMCell
    """

    def __init__(self, input_size, hidden_size, bias=True, device=None, dtype=None) -> None:
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input: Tensor, hx=None) -> tuple[Tensor, Tensor]:
        h, c = self._step("LSTM", input, hx, ["hx[0]", "hx[1]"])
        return h, c


class GRUCell(RNNCellBase):
    """One step of GRU.

    Shapes, Raises: see RNNCellBase.  Torch: torch.nn.GRUCell
    """

    def __init__(self, input_size, hidden_size, bias=True, device=None, dtype=None) -> None:
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        return self._step("GRU", input, None if hx is None else [hx], ["hidden"])[0]
