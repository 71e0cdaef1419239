"""A pickle machine that runs no code: it knows the instructions that torch.save writes, and names from a table."""

import struct
from collections import Counter, OrderedDict
from collections.abc import Callable
from pickle import UnpicklingError
from typing import Any

from ..devices import device
from ..size import Size
from .names import LEFT_OUT, STORAGES, StorageKind
from .rebuilding import NAMES, NotForTensors

KEYS = (str, bytes, int, float, bool, type(None))


class Mark:
    """Stands on the stack below the items of a tuple, list or dict."""


MARK = Mark()


def _check_key(key) -> None:
    """A dict's key must be quick and safe to hash: a number, a text, or a tuple of such."""
    items = key if type(key) in (tuple, Size) else (key,)
    for item in items:
        if type(item) not in KEYS and type(item) is not device:
            raise UnpicklingError(f"a key of type {type(item).__name__} is not supported")
        if type(item) is int and abs(item) >= 2**64:  # large ones could all be given the same hash
            raise UnpicklingError("a key is an int beyond 64 bits")


class Unpickler:
    """Reads one pickle from `data`, beginning at `at`; `persistent` answers what lies beside it.

    Raises: UnpicklingError for anything but the data that torch.save writes.
    """

    def __init__(self, data: bytes, persistent: Callable | None, at: int = 0) -> None:
        self.data, self.at, self._persistent = data, at, persistent
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}
        # A memo can ask for the same copy again and again: together they may have as many items as the pickle has bytes.
        self._budget = len(data) - at + 1000

    def load(self):
        """The object."""
        try:
            while True:
                code = self._take(1)[0]
                if code == 0x2E:  # STOP
                    return self._pop()
                step = STEPS.get(code)
                if step is None:
                    raise UnpicklingError(f"Unsupported operand {code}")
                step(self)
        except (
            struct.error,
            IndexError,
            KeyError,
            ValueError,
            TypeError,
            OverflowError,
            MemoryError,
            RecursionError,
        ) as error:
            raise UnpicklingError(f"the pickle is damaged: {type(error).__name__}: {error}") from None

    # --- bytes and stack

    def _take(self, count: int) -> bytes:
        end = self.at + count
        if end > len(self.data):
            raise UnpicklingError("pickle data was truncated")
        self.at, piece = end, self.data[self.at : end]
        return piece

    def _number(self, form: str) -> Any:
        return struct.unpack(form, self._take(struct.calcsize(form)))[0]

    def _line(self) -> str:
        end = self.data.find(b"\n", self.at, self.at + 1000)
        if end < 0:
            raise UnpicklingError("pickle data was truncated")
        line = self._take(end - self.at + 1)[:-1]
        return line.decode("ascii")

    def _push(self, value) -> None:
        self._stack.append(value)

    def _pop(self):
        value = self._stack.pop()
        if value is MARK:
            raise UnpicklingError("unexpected MARK found")
        return value

    def _items(self) -> list:
        """What lies above the last mark"""
        for at in range(len(self._stack) - 1, -1, -1):
            if self._stack[at] is MARK:
                items = self._stack[at + 1 :]
                del self._stack[at:]
                return items
        raise UnpicklingError("could not find MARK")

    def _spend(self, count: int) -> None:
        self._budget -= count
        if self._budget < 0:
            raise UnpicklingError("the pickle makes far more than it contains")

    # --- the instructions

    def _tuple(self, count: int) -> None:
        items = [self._pop() for _ in range(count)]
        self._push(tuple(items[::-1]))

    def _append(self, items: list) -> None:
        if type(self._top()) is not list:
            raise UnpicklingError(f"Can only append to lists, but got {type(self._top())}")
        self._top().extend(items)

    def _set(self, items: list, name: str) -> None:
        target = self._top()
        if type(target) not in (dict, OrderedDict, Counter):
            raise UnpicklingError(
                f"Can only {name} for dict, collections.OrderedDict, collections.Counter, but got {type(target)}"
            )
        if len(items) % 2:
            raise UnpicklingError("a key without its value")
        for key, value in zip(items[::2], items[1::2]):
            _check_key(key)
            target[key] = value

    def _top(self):
        value = self._stack[-1]
        if value is MARK:
            raise UnpicklingError("unexpected MARK found")
        return value

    def _global(self) -> None:
        module, name = self._line(), self._line()
        self._push(find(module, name))

    def _reduce(self) -> None:
        arguments, function = self._pop(), self._pop()
        if type(arguments) is not tuple or not getattr(function, "callable_in_pickles", False):
            raise UnpicklingError(f"Trying to call reduce for unrecognized function {_named(function)}")
        self._spend(sum([len(a) for a in arguments if isinstance(a, tuple | list | dict | str | bytes)]))
        for argument in arguments:
            if function.name in ("set", "OrderedDict", "Counter"):
                _check_content(function.name, argument)
        self._push(function(*arguments))

    def _build(self) -> None:
        state, target = self._pop(), self._top()
        if type(target) is not OrderedDict:
            raise UnpicklingError(f"Can only build Tensor, Parameter, OrderedDict, but got {type(target)}")
        if type(state) is not dict:
            raise UnpicklingError("the attributes of an OrderedDict must be a dict")
        self._spend(len(state))
        for name in state:
            if type(name) is not str or hasattr(OrderedDict, name):
                raise UnpicklingError(f"an OrderedDict cannot have the attribute {name!r}")
        vars(target).update(state)

    def _persist(self) -> None:
        pid = self._pop()
        if self._persistent is None:
            raise UnpicklingError("unsupported persistent id encountered")
        if type(pid) is not tuple or not pid or pid[0] not in ("storage", b"storage"):
            raise UnpicklingError(f"Only persistent_load of storage is allowed, but got {type(pid)}")
        self._push(self._persistent(pid))

    def _get(self, form: str) -> None:
        self._push(self._memo[self._number(form)])

    def _put(self, form: str) -> None:
        self._memo[self._number(form)] = self._top()

    def _text(self) -> None:
        self._push(self._take(self._number("<I")).decode("utf-8", "surrogatepass"))

    def _bytes(self) -> None:  # a text of Python 2's
        self._push(self._take(self._number("<B")).decode("ascii"))

    def _long(self) -> None:
        self._push(int.from_bytes(self._take(self._number("<B")), "little", signed=True))


def _check_content(name: str, content) -> None:
    """What a set, OrderedDict or Counter is made of: hashable keys"""
    if type(content) not in (list, tuple, dict):
        raise UnpicklingError(f"{name} cannot be made of {type(content).__name__}")
    for item in content:
        if name == "OrderedDict" and type(content) is not dict:
            if type(item) not in (list, tuple) or len(item) != 2:
                raise UnpicklingError("OrderedDict takes pairs")
            item = item[0]
        _check_key(item)


def _named(function) -> str:
    return function.name if isinstance(function, StorageKind) else type(function).__name__


def find(module: str, name: str):
    """What a name stands for.

    Raises: UnpicklingError unless it is in the table; NotImplementedError for what tensors here cannot hold.
    """
    module = {"builtins": "__builtin__", "torch.tensor": "torch._tensor"}.get(module, module)
    found = NAMES.get((module, name)) or STORAGES.get((module, name))
    if found is not None:
        return found
    if (module, name) in LEFT_OUT:
        raise NotForTensors(f"the file contains {LEFT_OUT[module, name]}, which is not supported")
    raise UnpicklingError(f"Unsupported global: GLOBAL {module}.{name} was not an allowed global by default.")


STEPS: dict[int, Callable[[Unpickler], None]] = {
    0x80: lambda self: self._take(1) and None,  # PROTO
    ord("("): lambda self: self._push(MARK),
    ord(")"): lambda self: self._push(()),
    ord("]"): lambda self: self._push([]),
    ord("}"): lambda self: self._push({}),
    0x8F: lambda self: self._push(set()),
    ord("N"): lambda self: self._push(None),
    0x88: lambda self: self._push(True),
    0x89: lambda self: self._push(False),
    ord("t"): lambda self: self._push(tuple(self._items())),
    0x85: lambda self: self._tuple(1),
    0x86: lambda self: self._tuple(2),
    0x87: lambda self: self._tuple(3),
    ord("a"): lambda self: self._append([self._pop()]),
    ord("e"): lambda self: self._append(self._items()),
    ord("s"): lambda self: self._set([self._pop(), self._pop()][::-1], "SETITEM"),
    ord("u"): lambda self: self._set(self._items(), "SETITEMS"),
    ord("c"): Unpickler._global,
    ord("R"): Unpickler._reduce,
    ord("b"): Unpickler._build,
    ord("Q"): Unpickler._persist,
    ord("q"): lambda self: self._put("<B"),
    ord("r"): lambda self: self._put("<I"),
    ord("h"): lambda self: self._get("<B"),
    ord("j"): lambda self: self._get("<I"),
    ord("X"): Unpickler._text,
    ord("U"): Unpickler._bytes,
    ord("K"): lambda self: self._push(self._number("<B")),
    ord("M"): lambda self: self._push(self._number("<H")),
    ord("J"): lambda self: self._push(self._number("<i")),
    0x8A: Unpickler._long,
    ord("G"): lambda self: self._push(self._number(">d")),
}
