"""Whether operations are recorded: a thread-local switch behind context managers."""

import threading

from .decorating import decorate


class _State(threading.local):
    enabled = True
    inference = False


state = _State()  # read directly by op.py: this is the hottest question in the library
inferring: list[None] = []  # an entry per `inference_mode` open in any thread: while empty, no look into `state`


class _Untracked:
    """The version counter of tensors made in inference mode: there is nothing to read."""

    def __getitem__(self, _):
        raise RuntimeError(
            "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in "
            "computation tracked by autograd. To work around this, you can make a clone to get a normal tensor and use it "
            "in autograd, or use `torch.no_grad()` instead of `torch.inference_mode()`."
        )


INFERENCE = _Untracked()


def is_grad_enabled() -> bool:
    """True where operations are recorded.  Torch: torch.is_grad_enabled"""
    return state.enabled


class set_grad_enabled:
    """Switch recording on or off: at once as a call, until the block's end as a context manager.

    Torch: torch.set_grad_enabled
    """

    def __init__(self, mode: bool) -> None:
        if not isinstance(mode, bool):
            raise TypeError(f"set_grad_enabled(): argument 'enabled' (position 1) must be bool, not {type(mode).__name__}")
        self.prev = state.enabled
        self.mode = mode
        state.enabled = mode

    def __call__(self, function):
        state.enabled = self.prev  # used as a decorator: the switch belongs to the calls, not to this line
        return decorate(self.clone, function)

    def clone(self) -> "set_grad_enabled":
        """Another one with the same mode.  Torch: the same name"""
        return set_grad_enabled(self.mode)

    def __enter__(self) -> None:
        state.enabled = self.mode

    def __exit__(self, *_) -> None:
        state.enabled = self.prev


class _Mode:
    """A context manager and decorator that sets the switch to `mode`."""

    mode: bool
    previous: list[bool]

    def __new__(cls, function=None):
        self = super().__new__(cls)
        return self if function is None else self(function)  # `@no_grad` works as well as `@no_grad()`

    def __enter__(self) -> None:
        # A stack, because one object may be entered again inside itself.
        self.__dict__.setdefault("previous", []).append(state.enabled)
        state.enabled = self.mode

    def __exit__(self, *_) -> None:
        state.enabled = self.previous.pop()

    def __call__(self, function):
        return decorate(type(self), function)

    def clone(self):
        """Another one of this kind.  Torch: the same name"""
        return type(self)()


class no_grad(_Mode):
    """Inside, nothing is recorded and results do not require grad.  Torch: torch.no_grad"""

    mode = False


class enable_grad(_Mode):
    """Inside, recording is on even within `no_grad`.  Torch: torch.enable_grad"""

    mode = True


class inference_mode:
    """As no_grad, and tensors made inside are marked: no version counter, no use in recorded operations afterwards.

    `inference_mode(False)` switches recording on again.  Torch: torch.inference_mode
    """

    mode: bool
    previous: list[tuple[bool, bool]]

    def __new__(cls, mode=True):
        self = super().__new__(cls)
        if isinstance(mode, bool):
            self.mode = mode
            return self
        self.mode = True
        return self(mode)  # `@inference_mode` works as well as `@inference_mode()`

    def __enter__(self) -> None:
        self.__dict__.setdefault("previous", []).append((state.enabled, state.inference))
        state.enabled, state.inference = not self.mode, self.mode
        inferring.append(None)

    def __exit__(self, *_) -> None:
        state.enabled, state.inference = self.previous.pop()
        inferring.pop()

    def __call__(self, function):
        return decorate(self.clone, function)

    def clone(self) -> "inference_mode":
        """Another one with the same mode.  Torch: the same name"""
        return inference_mode(self.mode)


def is_inference_mode_enabled() -> bool:
    """True inside `inference_mode`.  Torch: torch.is_inference_mode_enabled"""
    return state.inference


class set_multithreading_enabled:
    """Accepted, and without effect: a backward pass runs in the thread that asked for it.

    Torch: torch.autograd.set_multithreading_enabled
    """

    def __init__(self, mode: bool) -> None:
        self.mode = mode

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_) -> None:
        pass
