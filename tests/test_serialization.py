"""Files: what save writes torch loads, what torch.save writes load reads, with sharing, strides and kinds intact."""

import copy
import importlib
import io
import pickle
import warnings
from collections import Counter, OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import minitorch_np as mt

LIBRARIES = {"torch": torch, "ours": mt}
DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"]


def plain(value, storages=None):
    """A value of either library as text, numbers and tuples: with storages numbered by their first use."""
    storages = {} if storages is None else storages
    if isinstance(value, torch.Tensor | mt.Tensor):
        where = value.untyped_storage().data_ptr()
        number = storages.setdefault(where, len(storages)) if value.untyped_storage().nbytes() else None
        kind = "Parameter" if "Parameter" in type(value).__name__ else "Tensor"
        extra = {k: v for k, v in vars(value).items() if k in ("note", "flag")}
        place = tuple(value.shape), tuple(value.stride()), value.storage_offset(), number
        return kind, str(value.dtype), place, value.requires_grad, value.detach().numpy().tobytes(), extra
    if isinstance(value, dict):
        items = [(plain(k, storages), plain(v, storages)) for k, v in value.items()]
        return type(value).__name__, items, plain(dict(vars(value)), storages) if hasattr(value, "__dict__") else None
    if type(value) in (list, tuple):
        return type(value).__name__, [plain(v, storages) for v in value]
    if isinstance(value, torch.TypedStorage):  # what torch makes of a bare storage of bytes
        value = value._untyped_storage
    if isinstance(value, torch.UntypedStorage | mt.UntypedStorage):
        return "storage", list(value)
    return type(value).__name__, str(value)


def everything(t):
    """One of each kind of thing that checkpoints contain."""
    net = t.nn.Sequential(t.nn.Linear(3, 4), t.nn.BatchNorm1d(4))
    for parameter in net.parameters():
        parameter.data.fill_(0.5)
    optimizer = t.optim.Adam(net.parameters())
    net(t.ones(5, 3)).sum().backward()
    optimizer.step()
    scheduler = t.optim.lr_scheduler.StepLR(optimizer, 2)
    a = t.arange(10)
    noted, noted_parameter = t.ones(2), t.nn.Parameter(t.ones(2), requires_grad=False)
    noted.note, noted_parameter.flag = "n", 3
    return {
        "net": net.state_dict(), "optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict(),
        "shared": [a, a[2:5], a[::2], a, a.view(2, 5).t()], "expanded": t.ones(3).expand(4, 3),
        "parameters": [t.nn.Parameter(t.ones(2)), noted_parameter, noted], "empty": [t.zeros(0, 3), t.zeros(2, 0).t()],
        "many": list(range(2500)), "set": {1, 2}, "bytes": [b"abc", bytearray(b"xyz")], "complex": 1 + 2j,
        "size": t.ones(2, 3).shape, "dtypes": [getattr(t, d) for d in DTYPES], "device": t.device("cpu"),
        "counter": Counter("hello"), "od": OrderedDict(a=1), "ints": [2**70, -5, 0, 255, 65535, 2**31, -(2**40)],
        "floats": [1.5, float("inf"), float("nan")], "none": None, "tuples": (1, (2,), (), (1, 2, 3, 4)), 7: True,
        "leaf": t.ones(3, requires_grad=True), "result": t.ones(2, requires_grad=True) * 2,
        "storage": t.ones(3, dtype=t.float16).untyped_storage(), "state": t.get_rng_state(), "text": "żółw \ud800",
        "tensors": [t.tensor([0, 1, 2]).to(getattr(t, d)) for d in DTYPES], "scalar": t.tensor(3.5),
    }  # fmt: skip


@pytest.fixture(params=LIBRARIES)
def library(request):
    return LIBRARIES[request.param]


@pytest.mark.parametrize(
    "options", [{}, {"weights_only": False}, {"mmap": True}, {"mmap": True, "weights_only": False}], ids=str
)
@pytest.mark.parametrize("reader", LIBRARIES)
def test_everything_goes_through_files(library, reader, options, tmp_path):
    torch.manual_seed(0), mt.manual_seed(0)
    path = tmp_path / "everything.pt"
    original = everything(library)
    library.save(original, path)
    read = LIBRARIES[reader].load(path, **options)
    assert plain(read) == plain(original)
    assert plain(read["net"]._metadata) == plain(original["net"]._metadata)


@pytest.mark.parametrize("weights_only", [True, False])
def test_the_old_format_is_read(weights_only, tmp_path):
    original = everything(torch)
    torch.save(original, tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    assert plain(mt.load(tmp_path / "old.pt", weights_only=weights_only)) == plain(original)


def test_a_file_is_torchs_byte_for_byte_but_for_its_number(tmp_path):
    files = []
    for name, lib in LIBRARIES.items():
        (tmp_path / name).mkdir()
        x = lib.arange(6.0)
        lib.save({"x": x.view(2, 3), "y": [x[1:], lib.zeros(0), lib.ones(100, dtype=lib.int16)]}, tmp_path / name / "t.pt")
        files.append(np.frombuffer((tmp_path / name / "t.pt").read_bytes(), np.uint8))
    assert len(files[0]) == len(files[1])
    different = np.flatnonzero(files[0] != files[1])
    number = bytes(files[0]).rindex(b"PK\7\x08") - 40  # 40 digits that torch logs, and their two checksums
    assert number <= different[0] and different[-1] < len(files[0]) - 98
    assert len(different) <= 40 + 8


def test_paths_and_file_objects(library, tmp_path):
    x = library.arange(3)
    for place in (tmp_path / "a.pt", str(tmp_path / "b.b.pth"), tmp_path / "żółw", tmp_path / "noextension"):
        library.save(x, place)
        assert mt.load(place).tolist() == torch.load(place).tolist() == [0, 1, 2]
    buffer = io.BytesIO(b"before")
    buffer.seek(6)
    library.save(x, buffer)
    for reader in (mt, torch):
        buffer.seek(6)
        assert reader.load(buffer).tolist() == [0, 1, 2]


LOCATIONS = [
    None,
    "cpu",
    mt.device("cpu"),
    {"cuda:0": "cpu"},
    lambda storage, location: storage,
    lambda storage, location: None,
]


@pytest.mark.parametrize("map_location", LOCATIONS)
def test_map_location(map_location, tmp_path):
    torch.save(torch.ones(2), tmp_path / "x.pt")
    assert mt.load(tmp_path / "x.pt", map_location).tolist() == [1, 1]


def raised(call):
    with pytest.raises(Exception) as caught:
        call()
    return type(caught.value), str(caught.value)


@pytest.mark.parametrize(
    "program",
    [
        lambda t, d: t.save(1, d / "nowhere" / "x.pt"),
        lambda t, d: t.save(1, 3),
        lambda t, d: t.save([x := t.ones(4), x.view(t.int32)], d / "x.pt"),
        lambda t, d: t.load(d / "nofile.pt"),
        lambda t, d: t.load(3),
        lambda t, d: t.load(d / "one.pt", map_location="cuda"),
        lambda t, d: t.load(d / "one.pt", map_location="foo"),
        lambda t, d: t.load(d / "one.pt", map_location=3),
        lambda t, d: t.load(io.BytesIO((d / "one.pt").read_bytes()), mmap=True),
        lambda t, d: t.load(d / "old.pt", mmap=True),
        lambda t, d: t.load(d / "one.pt", weights_only=True, pickle_module=pickle),
    ],
)
def test_refused_in_torchs_words(program, tmp_path):
    torch.save(torch.ones(3), tmp_path / "one.pt")
    torch.save(torch.ones(3), tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    assert raised(lambda: program(mt, tmp_path)) == raised(lambda: program(torch, tmp_path))


@pytest.mark.parametrize("old", [False, True])
def test_bfloat16_becomes_float32_and_others_are_named(old, tmp_path):
    path = tmp_path / "x.pt"
    x = torch.tensor([1.5, -2.0, float("inf")]).bfloat16()
    torch.save([x, x[1:]], path, _use_new_zipfile_serialization=not old)
    with pytest.warns(UserWarning, match="bfloat16"):
        a, b = mt.load(path)
    assert a.dtype is mt.float32 and a.tolist() == x.tolist() and b.storage_offset() == 1
    refused = {
        "ComplexFloatStorage": torch.ones(2, dtype=torch.complex64),
        "uint16": torch.ones(2, dtype=torch.uint16),
        "sparse": torch.ones(2).to_sparse(),
        "meta": torch.ones(2, device="meta"),
    }
    for name, tensor in refused.items():
        torch.save(tensor, path, _use_new_zipfile_serialization=not old)
        with pytest.raises(pickle.UnpicklingError, match=name):
            mt.load(path)


def test_a_mapped_tensor_may_be_written_and_the_file_stays(tmp_path):
    mt.save(mt.zeros(1000), tmp_path / "x.pt")
    before = (tmp_path / "x.pt").read_bytes()
    x = mt.load(tmp_path / "x.pt", mmap=True)
    x += 1
    assert x.sum().item() == 1000 and (tmp_path / "x.pt").read_bytes() == before


def test_hooks_are_said_not_to_be_saved():
    x = mt.ones(2, requires_grad=True)
    x.register_hook(lambda g: g)
    with pytest.warns(UserWarning, match="will not be serialized"):
        mt.save(x, io.BytesIO())


def test_whole_modules_come_back_when_the_file_is_trusted():
    buffer = io.BytesIO()
    net = mt.nn.Sequential(mt.nn.Linear(2, 2), mt.nn.ReLU())
    mt.save(net, buffer)
    buffer.seek(0)
    with pytest.raises(pickle.UnpicklingError, match="Unsupported global"):
        mt.load(buffer)
    buffer.seek(0)
    assert plain(mt.load(buffer, weights_only=False).state_dict()) == plain(net.state_dict())


def test_big_endian_files(tmp_path):
    """Made by hand: torch's archive with swapped storages and another record `byteorder`."""
    import zipfile

    path = tmp_path / "x.pt"
    original = {d: torch.tensor([0, 1, 100]).to(getattr(torch, d)) for d in DTYPES}
    torch.save(original, path)
    swapped = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(swapped, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if "/data/" in name:
                item = len(data) // 3
                data = np.frombuffer(data, f"V{item}").view(f"u{item}").byteswap().tobytes()
            new.writestr(name, b"big" if name.endswith("byteorder") else data)
    swapped.seek(0)
    assert plain(mt.load(swapped)) == plain(original)


# --- drawn graphs of objects

leaves = st.one_of(
    st.integers(-(2**80), 2**80), st.floats(), st.text(max_size=5), st.booleans(), st.none(),
    st.binary(min_size=1, max_size=5), st.complex_numbers(),
)  # fmt: skip
keys = st.one_of(st.integers(-(2**60), 2**60), st.text(max_size=4))
graphs = st.recursive(
    st.one_of(leaves, st.integers(0, 5).map(lambda n: ("tensor", n))),
    lambda inner: st.one_of(
        st.lists(inner, max_size=5), st.tuples(inner, inner), st.dictionaries(keys, inner, max_size=4),
        st.dictionaries(keys, inner, max_size=3).map(OrderedDict),
    ),
    max_leaves=15,
)  # fmt: skip


def built(t, graph, tensors):
    """The graph with its markers replaced by tensors of a library"""
    if type(graph) is tuple and graph[:1] == ("tensor",):
        return tensors[graph[1]]
    if isinstance(graph, dict):
        return type(graph)((k, built(t, v, tensors)) for k, v in graph.items())
    if type(graph) in (list, tuple):
        return type(graph)(built(t, v, tensors) for v in graph)
    return copy.copy(graph)


@given(graphs, st.sampled_from(DTYPES))
def test_graphs_of_objects(graph, dtype):
    for writer in (mt, torch):
        x = writer.arange(6).to(getattr(writer, dtype))
        tensors = [x, x[1:4], x.view(2, 3).t(), x[5], x[2:2], writer.nn.Parameter(writer.ones(2))]
        original = built(writer, graph, tensors)
        buffer = io.BytesIO()
        writer.save(original, buffer)
        for reader in (mt, torch):
            buffer.seek(0)
            assert plain(reader.load(buffer)) == plain(original)


def test_safetensors(tmp_path):
    package = importlib.import_module("safetensors.numpy")
    x = mt.arange(6.0).view(2, 3)
    mt.save_safetensors({"x": x, "t": x.t(), "s": mt.tensor(2)}, tmp_path / "x.safetensors")
    assert package.load_file(tmp_path / "x.safetensors")["t"].tolist() == x.t().tolist()
    assert {k: v.tolist() for k, v in mt.load_safetensors(tmp_path / "x.safetensors").items()} == {
        "x": x.tolist(), "t": x.t().tolist(), "s": 2,
    }  # fmt: skip


def test_safetensors_of_torch_are_mapped(tmp_path):
    package, path = importlib.import_module("safetensors.torch"), tmp_path / "x.safetensors"
    dtypes = "float16 float32 float64 uint8 int8 int16 int32 int64 bool".split()
    theirs = {name: torch.arange(6).reshape(2, 3).to(getattr(torch, name)) for name in dtypes}
    theirs |= {"empty": torch.zeros(2, 0), "single": torch.tensor(2.5), "wide": torch.tensor([1.5, -3.0]).bfloat16()}
    package.save_file(theirs, path)
    with pytest.warns(UserWarning, match="bfloat16"):
        ours = mt.load_safetensors(path)
    for name, tensor in theirs.items():
        assert ours[name].shape == tensor.shape and ours[name].tolist() == tensor.tolist()
        assert name == "wide" or str(ours[name].dtype).split(".")[1] == str(tensor.dtype).split(".")[1]
    before = path.read_bytes()
    ours["float64"][0, 0] = 7.0
    assert path.read_bytes() == before
    spans = [(ours[n].data_ptr(), n) for n in ("float64", "int64")]
    assert abs(spans[0][0] - spans[1][0]) < len(before)  # pieces of one map
    path.write_bytes(before[:-8])
    with pytest.raises(Exception, match="(?i)incomplete|header|metadata"):
        mt.load_safetensors(path)
    package.save_file({"x": torch.zeros(2).to(torch.float8_e5m2)}, path)
    with pytest.raises(NotImplementedError, match="F8_E5M2"):
        mt.load_safetensors(path)


def test_safetensors_without_the_package(monkeypatch, tmp_path):
    monkeypatch.setitem(__import__("sys").modules, "safetensors", None)
    with pytest.raises(RuntimeError, match="pip install safetensors"):
        mt.load_safetensors(tmp_path / "x")
    with pytest.raises(RuntimeError, match="pip install safetensors"):
        mt.save_safetensors({}, Path("x"))


def test_names_are_exported():
    assert mt.save is mt.serialization.save and mt.load is mt.serialization.load
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mt.save({}, io.BytesIO())
