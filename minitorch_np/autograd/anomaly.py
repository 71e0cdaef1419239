"""Anomaly detection: which line of the forward pass made the NaN of the backward pass.

While it is on, every node remembers the call stack that made it, and the engine looks at every gradient.
"""

import threading
import traceback
import warnings

import numpy as np

__all__ = ["detect_anomaly", "set_detect_anomaly"]


NOTHING_KNOWN = "No forward pass information available. Enable detect anomaly during forward pass for more information."


class _Anomaly:
    enabled = False
    check_nan = True


class _Running(threading.local):
    node = None  # what the innermost backward pass of this thread is at


running = _Running()
anomaly = _Anomaly()  # one for the process, as in torch: a backward pass may run in another thread


def is_anomaly_enabled() -> bool:
    """True while nodes remember where they were made.  Torch: torch.is_anomaly_enabled"""
    return anomaly.enabled


def is_anomaly_check_nan_enabled() -> bool:
    """True where anomaly detection looks for NaN too.  Torch: torch.is_anomaly_check_nan_enabled"""
    return anomaly.check_nan


def _set(enabled, check_nan) -> None:
    for position, value in enumerate((enabled, check_nan), 1):
        if not isinstance(value, bool):
            name = ("enabled", "check_nan")[position - 1]
            raise TypeError(
                f"set_anomaly_enabled(): argument '{name}' (position {position}) must be bool, not {type(value).__name__}"
            )
    anomaly.enabled, anomaly.check_nan = enabled, check_nan


class set_detect_anomaly:
    """Switch anomaly detection on or off: at once as a call, until the block's end as a context manager.

    Torch: torch.autograd.set_detect_anomaly
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self.previous = anomaly.enabled, anomaly.check_nan
        _set(mode, check_nan)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_) -> None:
        anomaly.enabled, anomaly.check_nan = self.previous


class detect_anomaly:
    """Inside, nodes remember where they were made, and a NaN in a gradient is an error.

    Torch: torch.autograd.detect_anomaly
    """

    def __init__(self, check_nan: bool = True) -> None:
        self.check_nan = check_nan
        warnings.warn(
            "Anomaly Detection has been enabled. This mode will increase the runtime and should only be enabled for "
            "debugging.",
            stacklevel=2,
        )

    def __enter__(self) -> None:
        self.previous = anomaly.enabled, anomaly.check_nan
        _set(True, self.check_nan)

    def __exit__(self, *_) -> None:
        anomaly.enabled, anomaly.check_nan = self.previous


def remember(node) -> None:
    """Keep the call stack, without our own frames at its end, and the node that runs meanwhile (a second derivative)."""
    ours = __file__.rsplit("autograd", 1)[0]
    frames = traceback.extract_stack()
    while len(frames) > 1 and frames[-1].filename.startswith(ours):
        frames.pop()
    node.metadata["traceback_"] = traceback.format_list(frames)
    if running.node is not None:
        node.metadata["parent_"] = running.node


def explain() -> None:
    """Warn with the stack of the forward call whose gradient failed, and of what that call was made for."""
    node = running.node
    if not anomaly.enabled or node is None:
        return
    start, purpose = "Error detected in", "caused the error"
    while node is not None:
        stack = node.metadata.get("traceback_")
        if stack is None:  # torch has these words for what came before, too
            warnings.warn(f"Error detected in {node.name()}. {NOTHING_KNOWN}", stacklevel=3)
        else:
            warnings.warn(
                f"{start} {node.name()}. Traceback of forward call that {purpose}:\n{''.join(stack)}", stacklevel=3
            )
        node = node.metadata.get("parent_")
        start, purpose = "\n\nPrevious calculation was induced by", "induced the previous calculation"


def check(node, gradients) -> None:
    """Raises: RuntimeError that names the first gradient with a NaN in it, if detection is on."""
    if not anomaly.check_nan:
        return
    for at, g in enumerate(gradients):
        if g is not None and g._array.dtype.kind == "f" and np.isnan(g._array).any():
            raise RuntimeError(f"Function '{node.name()}' returned nan values in its {at}th output.")
