"""The architecture's rules, checked by reading the sources."""

import ast
import inspect
import operator
import os
import re
import subprocess
import sys
from pathlib import Path

import make_stub
import pytest
from spellings import OPERATORS
from without_record import WITHOUT_RECORD

import minitorch_np as mt
from minitorch_np.ops.public import NAMESPACES
from minitorch_np.ops.spellings import NAMES as SPELLED
from torch_ref.registry import REGISTRY

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "minitorch_np").rglob("*.py"))

# What each part may import of ours; everything may import itself.
BELOW = {
    "dtypes": set(), "workers": set(), "parallel": {"workers", "quiet"}, "size": set(),
    "_version": set(), "cuda": set(), "devices": set(), "switches": set(), "quiet": set(), "memory_order": set(),
    "checks": {"dtypes"},
    "checks_nn": set(), "checks_conv": {"checks", "dtypes", "kernels"}, "checks_fold": {"kernels"},
    "checks_pool": {"dtypes", "kernels"},
    "kernels": {"parallel", "workers"},
    "strides": {"memory_order"}, "formats": {"strides"}, "storage": {"devices", "dtypes", "strides"},
    "layouts": set(), "backends": set(), "from_data": {"checks", "dtypes", "size", "tensor"},
    "tensor": {"strides", "checks", "dtypes", "devices", "size", "autograd", "printing", "creation", "from_data"},
    "printing": {"dtypes"},
    "copying": {"autograd", "storage", "strides", "tensor", "utils"}, "subclass": {"autograd", "tensor"},
    "factory": {"devices", "dtypes", "from_data", "layouts", "tensor"},
    "ranges": {"dtypes", "factory", "kernels", "tensor"},
    "creation": {"checks", "dtypes", "devices", "factory", "formats", "from_data", "strides", "tensor"},
    "tensor_types": {"devices", "dtypes", "from_data", "layouts", "tensor"},
    "interchange": {"checks", "creation", "devices", "tensor"},
    "autograd": {"checks", "devices", "dtypes", "parallel", "tensor", "quiet", "memory_order", "size", "strides"},
    "generator": {"checks", "devices", "dtypes", "kernels", "tensor"},
    "ops": {"autograd", "quiet", "checks", "checks_conv", "checks_fold", "checks_nn", "checks_pool", "creation",
            "from_data", "devices", "dtypes",
            "kernels", "tensor", "size", "formats", "memory_order", "storage", "strides"},
}  # fmt: skip
# Applications of the engine that live in its folder, as in torch.
ABOVE = {
    "batched.py": {"ops"}, "functional.py": {"ops"}, "gradcheck.py": {"random", "printing"}, "variable.py": {"creation"},
}  # fmt: skip
TOP = {
    "linalg",
    "special",
    "nn",
    "optim",
    "utils",
    "random",
    "draws",
    "serialization",
    "__init__",
}  # may import all of the above, and each other


def part_of(path: Path) -> str:
    return path.relative_to(ROOT / "minitorch_np").parts[0].removesuffix(".py")


def imports(path: Path):
    """(part of ours or top-level module) of every import statement in a file."""
    package = path.relative_to(ROOT).with_suffix("").parts
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((None, alias.name.split(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if not node.level:
                yield None, (node.module or "").split(".")[0]
                continue
            base = list(package[: len(package) - node.level]) + (node.module or "").split(".")
            base = [b for b in base if b]
            names = [alias.name for alias in node.names] if len(base) == 1 else [base[1]]
            yield from ((name, None) for name in names)


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_arrows_go_down_only(path):
    part = part_of(path)
    for ours, foreign in imports(path):
        assert foreign not in ("torch", "torchvision", "torch_ref"), f"{path.name} imports {foreign}"
        if part == "kernels" and foreign is not None:
            assert foreign in sys.stdlib_module_names | {"numpy", "numba", "llvmlite"}
        if ours is not None and part not in TOP:
            if ours in {part_of(source) for source in SOURCES}:  # a name, not a module, otherwise
                above = ABOVE.get(path.name, set()) if part == "autograd" else set()
                assert ours in BELOW[part] | above | {part}, f"{part} imports {ours}"


def test_numba_options_are_named_in_one_place():
    for path in SOURCES:
        if path.name != "_jit.py":
            assert not re.search(r"\bimport numba\b|\bfrom numba\b|\bnjit\b|\bprange\b", path.read_text()), path


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_stay_short(path):
    lines = len(path.read_text().splitlines())
    name = str(path.relative_to(ROOT / "minitorch_np"))
    assert lines <= {"autograd/engine.py": 150, "tensor.py": 350}.get(name, 500), f"{name} has {lines} lines"


def run(program: str, *options: str) -> str:
    # Bytecode is kept, as it is for users, even where the tests' own is not.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, *options, "-c", program]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env=environment).stdout


def test_importing_is_quick_and_compiles_nothing(tmp_path):
    # Processor time, in terms of what NumPy's import takes in the same process: the host may run at half its speed.
    program = (
        "import sys, time; s = time.process_time(); import numpy; n = time.process_time(); import minitorch_np;"
        "print((time.process_time() - s) / (n - s), 'numba' in sys.modules)"
    )
    results = [run(program, "-X", f"pycache_prefix={tmp_path}").split() for _ in range(3)]
    assert all(loaded == "False" for _, loaded in results)
    assert min(float(times) for times, _ in results) < 3  # 2.2; torch takes ten times as long as NumPy


def test_training_never_imports_torch():
    program = """
import sys
import minitorch_np as mt
from minitorch_np import nn
net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(18, 3))
optimizer = mt.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
data = mt.utils.data.TensorDataset(mt.rand(8, 1, 8, 8), mt.randint(3, (8,)))
for x, y in mt.utils.data.DataLoader(data, batch_size=4, shuffle=True):
    optimizer.zero_grad()
    nn.CrossEntropyLoss()(net(x), y).backward()
    optimizer.step()
print(sorted(m for m in sys.modules if m.split('.')[0] in ('torch', 'torch_ref', 'torchvision')))
"""
    assert run(program).strip() == "[]"


def test_public_functions_are_documented():
    for space, functions in NAMESPACES.items():
        for name, function in functions.items():
            assert function.__doc__, f"{space}.{name} has no documentation"
            assert "Torch:" in function.__doc__, f"{space}.{name} does not name its counterpart"


def public_names():
    """(namespace, name, function) of every public function."""
    for space in ("", *filter(None, NAMESPACES)):
        module = operator.attrgetter(space)(mt) if space else mt
        for name in sorted({*module.__all__, *NAMESPACES[space]}):
            value = getattr(module, name)
            if callable(value) and not inspect.isclass(value):
                yield space, name, inspect.unwrap(value)


def public_methods():
    """Names of every public attribute of Tensor and of every operator."""
    inherited = {*dir(object), "__dict__", "__weakref__", "__module__", "__annotations__", "__array_priority__"}
    return [n for n in sorted(dir(mt.Tensor)) if n not in inherited and (n.startswith("__") or not n.startswith("_"))]


def recorded():
    """(space, name) of every function that has a record."""
    names = {(s.function[0], n) for s in REGISTRY.values() for n in (s.function[1], s.method, *s.also)}
    items = {"x[basic]": "__getitem__", "x[basic] = v": "__setitem__"}
    return names | {("", method) for record, method in items.items() if record in REGISTRY}


def test_every_public_function_has_a_record():
    names = recorded()
    functions = {function for space, name, function in public_names() if (space, name) in names}
    missing = [
        f"{space}.{name}"
        for space, name, function in public_names()
        if (space, name) not in names and function not in functions and name not in WITHOUT_RECORD
        if name not in SPELLED  # their methods have records, and test_spellings.py compares them with these
    ]
    assert not missing, "these have no record in torch_ref/registry"


def test_every_method_has_a_record():
    names = {name for _, name in recorded()}
    names |= {f"__{way}{stem}__" for stem, name in OPERATORS.items() if name in names for way in ("", "r", "i")}
    missing = [
        name
        for name in public_methods()
        if name not in names and name.removesuffix("_") not in names | WITHOUT_RECORD.keys() and name not in WITHOUT_RECORD
    ]
    assert not missing, "these have no record in torch_ref/registry"


def test_what_has_no_record_is_tested_elsewhere():
    names = {name for _, name in recorded()}
    for name, (file, _) in WITHOUT_RECORD.items():
        assert name not in names, f"{name} has a record: no need to list it"
        assert re.search(rf"\b{name}\b", (ROOT / "tests" / file).read_text()), f"{name} is not tested in {file}"


def test_the_stub_is_up_to_date():
    assert make_stub.TARGET.read_text() == make_stub.stub(), "run python tests/make_stub.py"


def test_exceptions_have_reasons():
    for spec in REGISTRY.values():
        assert spec.factor == 1.0 or spec.reason, spec.name


def test_no_tracked_file_names_a_place_on_somebodys_machine():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("this is not a git checkout")
    place = re.compile(r"(?<![\w.)\]}])/(?:home|root|tmp|work|opt|Users)/\w")
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.is_file() and path.suffix not in (".png", ".npz"):
            found = place.search(path.read_text())
            assert not found, f"{name} names {found[0]}"


def test_all_lists_what_is_there():
    for name in mt.__all__:
        assert hasattr(mt, name), name
    assert inspect.ismodule(mt.nn)
