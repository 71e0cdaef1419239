"""torch's public names beside ours: there and tested, there, left out on purpose, missing.

A name counts as tested if a record of the registry or a test uses it, as an attribute or in a quoted expression; whether
it was the function or the method of that name is not looked at.
"""

import ast
import inspect
import re
import textwrap
import types
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import minitorch_np

from .public_names import LEFT_OUT, LEVEL_1

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "coverage.md"
NAMESPACES = (
    "torch", "torch.Tensor", "torch.nn", "torch.nn.Module", "torch.nn.functional", "torch.nn.init", "torch.nn.utils",
    "torch.nn.utils.rnn", "torch.optim", "torch.optim.Optimizer", "torch.optim.lr_scheduler", "torch.utils.data",
    "torch.autograd", "torch.autograd.functional", "torch.autograd.graph", "torch.linalg", "torch.special", "torch.random",
)  # fmt: skip
STATES = ("tested", "there", "left out", "missing")


class Name(NamedTuple):
    """One public name of torch's."""

    name: str
    state: str  # one of STATES
    level_1: bool
    reason: str | None  # of a name left out


def _resolve(path: str, root):
    """The object a dotted path leads to, or None."""
    for part in path.split(".")[1:]:
        root = getattr(root, part, None)
    return root


def public_names(path: str) -> list[str]:
    """torch's public names in one namespace: its __all__, or what its dir() holds besides imported tools."""
    import torch

    space = _resolve(path, torch)
    listed = getattr(space, "__all__", ()) if path != "torch" else ()  # torch's own list lacks what its C++ part adds
    own = [name for name in dir(space) if not _is_foreign(getattr(space, name, None))]
    modules = {name for name in own if isinstance(getattr(space, name, None), types.ModuleType)}
    # Which modules a dir() lists depends on what was imported so far: only those that matter here count.
    counted = level_1_names(path) | {known.removeprefix(f"{path}.") for known in NAMESPACES}
    names = listed or [name for name in own if name not in modules or name in counted]
    return sorted({name for name in names if not name.startswith("_") and name != "torch"})


def _is_foreign(value) -> bool:
    """True for a tool that a module of torch's imported for itself: `math`, `Any`."""
    home = value.__name__ if isinstance(value, types.ModuleType) else getattr(value, "__module__", None)
    is_tool = isinstance(value, types.ModuleType | type) or inspect.isfunction(value) or home == "typing"
    return is_tool and isinstance(home, str) and home.split(".")[0] != "torch" and value not in (bool, int, float)


def level_1_names(path: str, sections=None) -> set[str]:
    """The names that Level 1 promises in a namespace, of some sections or of all."""
    import torch

    space, names = _resolve(path, torch), set()
    for entry in LEVEL_1:
        if path in entry.namespaces and (sections is None or entry.section in sections):
            names.update(entry.names.split())
            if entry.twins and path == "torch.Tensor":
                names.update(name + "_" for name in entry.names.split())
    return {name for name in names if hasattr(space, name)}


# --- what is tested -----------------------------------------------------------------------------------------------------


def _used_in(source: str) -> set[str]:
    """Names that a test file uses: attributes, `x.name` in strings, strings that are names or lists of names."""
    tree = ast.parse(source)
    documentation = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    }
    options = {node.value for node in ast.walk(tree) if isinstance(node, ast.keyword)}  # reduction="mean" tests no mean
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            names.add(node.attr)
        elif isinstance(node, ast.ImportFrom):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in documentation | options:
            names.update(re.findall(r"\.([A-Za-z]\w*)", node.value))
            if all(word.isidentifier() for word in node.value.split()):
                names.update(node.value.split())
    return names


def tested_names() -> set[str]:
    """All names that the registry's records and the tests use."""
    from .registry import REGISTRY

    files = [*(ROOT / "tests").glob("test_*.py"), *(ROOT / "torch_ref" / "registry").glob("*.py")]
    names = set()
    for file in files:
        if file.name not in ("test_conventions.py", "test_coverage.py"):  # these list names without using them
            names |= _used_in(file.read_text())
    for spec in REGISTRY.values():
        if spec.method:
            names.add(spec.method)
            if spec.inplace:
                names.add(spec.method + "_")
    return names


# --- the report -----------------------------------------------------------------------------------------------------------


def _reason(path: str, name: str) -> str | None:
    return next((entry.reason for entry in LEFT_OUT if entry.matches(path, name)), None)


def survey() -> dict[str, list[Name]]:
    """Every public name of every namespace, judged."""
    tested, result = tested_names(), {}
    for path in NAMESPACES:
        ours, promised = _resolve(path, minitorch_np), level_1_names(path)
        result[path] = []
        for name in public_names(path):
            there, reason = hasattr(ours, name), None
            if not there and name not in promised:
                reason = _reason(path, name)
            state = ("tested" if name in tested else "there") if there else "left out" if reason else "missing"
            result[path].append(Name(name, state, name in promised, reason))
    return result


def summary(names: dict[str, list[Name]]) -> list[list[str]]:
    """Rows of the table of counts, its head first."""
    rows = [["namespace", "names", "there, tested", "there", "left out", "missing", "Level 1 there"]]
    for path, found in names.items():
        states = Counter(name.state for name in found)
        promised = [name for name in found if name.level_1]
        there = sum(name.state in ("tested", "there") for name in promised)
        counts = [len(found), *(states[state] for state in STATES)]
        rows.append([path, *map(str, counts), f"{there} of {len(promised)}" if promised else "-"])
    return rows


def _paragraph(title: str, names: list[Name]) -> str:
    words = ", ".join(f"**{name.name}**" if name.level_1 else name.name for name in names)
    return textwrap.fill(f"*{title} ({len(names)}):* {words}", 140, break_long_words=False, break_on_hyphens=False)


def markdown(names: dict[str, list[Name]]) -> str:
    """The page docs/coverage.md."""
    head, *rows = summary(names)
    lines = [
        "# torch's public names and ours",
        "",
        "Written by `python -m torch_ref coverage --write`; a test fails when it is stale. Reference: torch 2.13.",
        "**Bold** names are Level 1, what the library promises. A name is *tested* if a record of the registry or a test",
        "uses it; whether as function or as method is not looked at.",
        "",
        "| " + " | ".join(head) + " |",
        "|---|" + "---:|" * (len(head) - 1),
        *("| " + " | ".join(row) + " |" for row in rows),
    ]
    for path, found in names.items():
        lines += ["", f"## {path}", ""]
        paragraphs = []
        for state, title in (("tested", "There and tested"), ("there", "There"), ("missing", "Missing")):
            if chosen := [name for name in found if name.state == state]:
                paragraphs.append(_paragraph(title, chosen))
        for reason in dict.fromkeys(entry.reason for entry in LEFT_OUT):
            if chosen := [name for name in found if name.reason == reason]:
                paragraphs.append(_paragraph(f"Left out: {reason}", chosen))
        lines.append("\n\n".join(paragraphs))
    return "\n".join(lines) + "\n"


def table(names: dict[str, list[Name]]) -> str:
    """The counts and the missing names, for the terminal."""
    rows = summary(names)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width) for column, (cell, width) in enumerate(zip(row, widths))
        )
        for row in rows
    ]
    for path, found in names.items():
        missing = [name.name + ("*" if name.level_1 else "") for name in found if name.state == "missing"]
        if missing:
            lines += ["", *textwrap.wrap(f"missing in {path}: {' '.join(missing)}", 120, subsequent_indent="  ")]
    return "\n".join([*lines, "", "* Level 1, what the library promises; the names one by one: docs/coverage.md"])
