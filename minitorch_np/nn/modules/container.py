"""Modules that hold modules, or parameters, like a list or a dict."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from ._parameter_containers import ParameterDict, ParameterList, pairs, position
from .module import Module, block, indented

__all__ = ["ModuleDict", "ModuleList", "ParameterDict", "ParameterList", "Sequential"]


class _Numbered(Module):
    """Children named "0", "1", ...: what Sequential and ModuleList share."""

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Module]:
        return iter(self._modules.values())

    def _key(self, index) -> str:
        return list(self._modules)[position(index, len(self))]

    def __setitem__(self, index: int, module: Module) -> None:
        setattr(self, self._key(index), module)

    def __delitem__(self, index: int | slice) -> None:
        for key in list(self._modules)[index] if isinstance(index, slice) else [self._key(index)]:
            delattr(self, key)
        # The rest is numbered anew, so that the names stay 0, 1, 2, ...
        self._modules = {str(i): module for i, module in enumerate(self._modules.values())}

    def append(self, module: Module):
        """Add a module at the end; returns self."""
        self.add_module(str(len(self)), module)
        return self

    def extend(self, modules: Iterable[Module]):
        """Add several modules at the end; returns self."""
        if not isinstance(modules, Iterable):
            raise TypeError(f"{self._get_name()}.extend should be called with an iterable, but got {type(modules).__name__}")
        for module in list(modules):
            self.append(module)
        return self

    def insert(self, index: int, module: Module):
        """Put a module before position `index`; returns self."""
        if not isinstance(module, Module):
            raise AssertionError(f"module should be of type: {Module}")
        size = len(self)
        if not -size <= index <= size:
            raise IndexError(f"Index out of range: {index}")
        modules = list(self._modules.values())
        modules.insert(index, module)
        self._modules = {str(i): m for i, m in enumerate(modules)}
        return self

    def pop(self, key: int | slice) -> Module:
        """Remove and return one module, or a slice of them."""
        module = self[key]
        del self[key]
        return module

    def __getitem__(self, index: int | slice) -> Module:
        if isinstance(index, slice):
            return self._part(list(self._modules.items())[index])
        return self._modules[self._key(index)]

    def _part(self, items: list[tuple[str, Module]]) -> Module:
        raise NotImplementedError


class Sequential(_Numbered):
    """Modules run one after the other: Sequential(a, b) or Sequential(OrderedDict(first=a, second=b)).

    Torch: torch.nn.Sequential
    """

    def __init__(self, *args) -> None:
        super().__init__()
        named = args[0].items() if len(args) == 1 and isinstance(args[0], OrderedDict) else enumerate(args)
        for name, module in named:
            self.add_module(name if isinstance(name, str) else str(name), module)

    def forward(self, input):
        for module in self:
            input = module(input)
        return input

    def _part(self, items: list[tuple[str, Module]]) -> "Sequential":
        return type(self)(OrderedDict(items))

    def __add__(self, other: "Sequential") -> "Sequential":
        return Sequential().extend(self).extend(_sequential(other))

    def __iadd__(self, other: "Sequential") -> "Sequential":
        return self.extend(_sequential(other))

    def __mul__(self, other: int) -> "Sequential":
        repeated = Sequential()
        for _ in range(self._times(other)):
            repeated.extend(self)
        return repeated

    __rmul__ = __mul__

    def __imul__(self, other: int) -> "Sequential":
        modules = list(self)
        for _ in range(self._times(other) - 1):
            self.extend(modules)
        return self

    def _times(self, other) -> int:
        if not isinstance(other, int):
            raise TypeError(f"unsupported operand type(s) for *: {type(self)} and {type(other)}")
        if other <= 0:
            raise ValueError(f"Non-positive multiplication factor {other} for {type(self)}")
        return other


def _sequential(other) -> Sequential:
    if not isinstance(other, Sequential):
        raise ValueError(f"add operator supports only objects of Sequential class, but {type(other)} is given.")
    return other


class ModuleList(_Numbered):
    """A list of modules; it computes nothing itself.  Torch: torch.nn.ModuleList"""

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.extend(modules)

    def _part(self, items: list[tuple[str, Module]]) -> "ModuleList":
        return type(self)([module for _, module in items])

    def __add__(self, other: Iterable[Module]) -> "ModuleList":
        return ModuleList(chain(self, other))

    def __iadd__(self, modules: Iterable[Module]) -> "ModuleList":
        return self.extend(modules)

    def __repr__(self) -> str:
        runs: list[list] = []  # [first, last, text]: equal neighbours share a line
        for i, text in enumerate(map(repr, self)):
            if runs and runs[-1][2] == text:
                runs[-1][1] = i
            else:
                runs.append([i, i, text])
        lines = [
            f"({first}): {text}" if first == last else f"({first}-{last}): {last - first + 1} x {text}"
            for first, last, text in runs
        ]
        return block(self._get_name(), [indented(line) for line in lines])


class ModuleDict(Module):
    """A dict of modules in insertion order; it computes nothing itself.  Torch: torch.nn.ModuleDict"""

    def __init__(self, modules: Mapping[str, Module] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.update(modules)

    def __getitem__(self, key: str) -> Module:
        return self._modules[key]

    def __setitem__(self, key: str, module: Module) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        del self._modules[key]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: str) -> bool:
        return key in self._modules

    def keys(self):
        """The names."""
        return self._modules.keys()

    def values(self):
        """The modules."""
        return self._modules.values()

    def items(self):
        """(name, module) pairs."""
        return self._modules.items()

    def clear(self) -> None:
        """Remove all modules."""
        self._modules.clear()

    def pop(self, key: str) -> Module:
        """Remove and return one module."""
        return self._modules.pop(key)

    def update(self, modules: Mapping[str, Module] | Iterable) -> None:
        """Add modules from a mapping or from pairs."""
        for name, module in pairs(modules, "ModuleDict", "ModuleDict"):
            self[name] = module
