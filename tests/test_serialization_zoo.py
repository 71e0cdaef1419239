"""Every model of the zoo goes through files in both directions."""

import io

import pytest
import torch
from test_serialization import plain

import minitorch_np as mt
from torch_ref import zoo


@pytest.mark.parametrize("name", zoo.ZOO)
def test_both_ways(name):
    models = {lib: zoo.make(name, lib, "float32") for lib in (mt, torch)}
    for writer, reader in ((mt, torch), (torch, mt)):
        file = io.BytesIO()
        writer.save(models[writer].state_dict(), file)
        file.seek(0)
        state = reader.load(file)
        models[reader].load_state_dict(state)
        assert plain(state) == plain(models[writer].state_dict())
