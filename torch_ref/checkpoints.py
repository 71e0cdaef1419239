"""A run in a file, from which it goes on bit for bit as if it had not stopped.

One file holds both sides, so that they are always of the same epoch: ours as tensors, torch's as the bytes of a file that
torch.save made.
"""

import dataclasses
import io
from pathlib import Path

import numpy as np

import minitorch_np

from .training import Epoch, Run, Settings, Side

UNREADABLE = RuntimeError, ValueError, TypeError, KeyError, AttributeError, minitorch_np.serialization.UnpicklingError


class CheckpointError(Exception):
    """The file cannot be gone on from; the message is one line."""


def _state(side: Side) -> dict:
    """Everything of one side that the next epoch depends on"""
    return {
        "model": side.model.state_dict(),
        "optimizer": side.optimizer.state_dict(),
        "scheduler": side.scheduler.state_dict(),
        "generator": side.library.get_rng_state(),
    }


def _restore(side: Side, state: dict) -> None:
    side.model.load_state_dict(state["model"])
    side.optimizer.load_state_dict(state["optimizer"])
    side.scheduler.load_state_dict(state["scheduler"])
    side.library.set_rng_state(state["generator"])


def save(path: Path, run: Run, sides: list[Side]) -> None:
    """Write the run after its last epoch; the old file stays until the new one is whole."""
    content = dataclasses.asdict(run) | {"epoch": len(run.epochs), "minitorch_np": _state(sides[0])}
    if len(sides) == 2:
        buffer = io.BytesIO()
        sides[1].library.save(_state(sides[1]), buffer)
        content["torch"] = minitorch_np.from_numpy(np.frombuffer(buffer.getbuffer(), np.uint8))
    minitorch_np.save(content, path)


def resume(path: Path, settings: Settings, sides: list[Side]) -> Run:
    """The run so far; weights, optimisers, schedulers and generators of the sides become those in the file.

    Raises: CheckpointError for a file of another run.
    """
    try:
        content = minitorch_np.load(path)
        run = Run(
            settings, content["losses"], content["differences"], [Epoch(**row) for row in content["epochs"]],
            content["identical_parameters"], content["identical_batches"],
        )  # fmt: skip
        before = content["settings"]
        states = [content["minitorch_np"], content.get("torch")]
    except (
        RuntimeError,
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        minitorch_np.serialization.UnpicklingError,
    ) as error:
        raise CheckpointError(f"is no checkpoint of a run ({error})") from error
    for name, value in dataclasses.asdict(settings).items():
        if name != "epochs" and before.get(name) != value:
            raise CheckpointError(f"was made with {name} {before.get(name)}, not {value}")
    if (states[1] is None) != (len(sides) == 1):
        raise CheckpointError("was made with" + ("out" if states[1] is None else "") + " torch beside")
    if len(sides) == 2:
        states[1] = sides[1].library.load(io.BytesIO(states[1].numpy().tobytes()), map_location=sides[1].device)
    for side, state in zip(sides, states):
        _restore(side, state)
    return run
