"""Layers that pad, resize, or move pixels between channels and image, against torch."""

import warnings

import numpy as np
import pytest
import torch
from twin import Programs, assert_same, normal

import minitorch_np as mt

programs = Programs()


@programs
def padding_layers(torch, nn):
    seen = []
    for dims in (1, 2, 3):
        x = normal(torch, 2, 3, *[5, 4, 3][:dims], requires_grad=True)
        for kind in ("Zero", "Constant", "Reflection", "Replication", "Circular"):
            for padding in (1, (1, 2, 0, 1, 2, 1)[: 2 * dims]):
                given = (padding, 0.5) if kind == "Constant" else (padding,)
                layer = getattr(nn, f"{kind}Pad{dims}d")(*given)
                y = layer(x)
                (gradient,) = torch.autograd.grad((y * y).sum(), x)
                seen += [repr(layer), layer.padding, y, gradient, layer(x[0])]
    return seen


@programs
def wrong_rank_for_a_circle(torch, nn):
    nn.CircularPad2d(1)(torch.ones(2, 3))


@programs
def upsampling_layers(torch, nn):
    x = normal(torch, 1, 2, 3, 4, requires_grad=True)
    layers = [
        nn.Upsample(scale_factor=2), nn.Upsample(size=(5, 7), mode="bilinear"), nn.UpsamplingNearest2d(size=6),
        nn.UpsamplingBilinear2d(scale_factor=2), nn.Upsample(scale_factor=(1.5, 2.0), mode="bicubic", align_corners=True),
        nn.Upsample(scale_factor=(1.5, 2.5), mode="bilinear", recompute_scale_factor=True),
    ]  # fmt: skip
    seen = []
    for layer in layers:
        y = layer(x)
        (gradient,) = torch.autograd.grad((y * y).sum(), x)
        seen += [repr(layer), y, y.grad_fn.name(), gradient]
    return seen


@programs
def bytes_of_images(torch, nn):
    x = torch.arange(32, dtype=torch.uint8).reshape(1, 2, 4, 4) * 7
    return [nn.functional.interpolate(x, size=(3, 6), mode=mode) for mode in ("nearest", "nearest-exact")]


@programs
def volumes(torch, nn):
    x = normal(torch, 2, 3, 4, 5, 3, requires_grad=True)
    seen = []
    for size in ((3, 2, 5), (4, 5, 3), 2):
        y = nn.functional.interpolate(x, size=size, mode="area")
        (gradient,) = torch.autograd.grad((y * y).sum(), x)
        seen += [y, gradient]
    return seen


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
def test_weighted_bytes_are_torchs_to_the_last_bit(mode):
    rng = np.random.default_rng(0)
    for _ in range(100):
        n, channels, *sides = rng.integers(1, 7, 6)
        options = {"mode": mode, "align_corners": bool(rng.integers(2))}
        options |= {"size": tuple(sides[2:])} if rng.integers(2) else {"scale_factor": float(rng.uniform(1, 3))}
        x = rng.integers(0, 256, (n, channels, *sides[:2]), dtype=np.uint8)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ours = mt.nn.functional.interpolate(mt.from_numpy(x), **options).numpy()
            # Of one column torch is right for one or two channels: else it repeats a row, or makes an internal error.
            step = 2 if ours.shape[3] == 1 else channels
            for c in range(0, channels, step):
                theirs = torch.nn.functional.interpolate(torch.from_numpy(x[:, c : c + step]), **options)
                np.testing.assert_array_equal(ours[:, c : c + step], theirs)


@programs
def shuffling_layers(torch, nn):
    x = normal(torch, 2, 8, 2, 4, requires_grad=True)
    seen = []
    for layer in (nn.PixelShuffle(2), nn.PixelUnshuffle(2), nn.ChannelShuffle(4)):
        y = layer(x)
        (gradient,) = torch.autograd.grad((y * y).sum(), x)
        seen += [repr(layer), y, y.grad_fn.name(), gradient]
    return seen


@pytest.mark.parametrize("name", ["upsample", "upsample_nearest", "upsample_bilinear"])
def test_old_names_warn(name):
    def program(torch, nn):
        with pytest.warns(UserWarning, match="deprecated"):
            return getattr(nn.functional, name)(torch.arange(4.0).reshape(1, 1, 2, 2), scale_factor=2)

    assert_same(program)


@pytest.mark.parametrize("program", programs, ids=lambda program: program.__name__)
def test_same_as_torch(program):
    assert_same(program)
