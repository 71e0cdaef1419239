"""Cliffs: sizes at which time jumps though the work does not.

The time per unit of work may fall as a case grows (the calls weigh less) and may rise slowly (caches run out).  A cliff
is a size at which it is more than `STEEP` times that of the size before, unless torch's jumps there, too: by more than
`STEEP`, or by so much that ours is not `APART` times steeper.  For threads: more of them take `STEEP_THREADS` times as
long as fewer, unless torch's do, too.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from .cases import CURVES, Curve
from .race import Row

STEEP = 1.5
APART = 1.2
STEEP_THREADS = 1.2


@dataclass(frozen=True)
class Cliff:
    """Where it is, and by what factor ours and torch's jump there."""

    curve: str
    size: str
    ours: float
    torch: float

    def __str__(self) -> str:
        return f"{self.curve}: at {self.size} a unit of work takes {self.ours:.2f} times as long; torch {self.torch:.2f}"


def jumps(points: Iterable[tuple[int, float, float, float]]) -> list[tuple[int, float, float]]:
    """For (size, work, our seconds, torch's): the sizes but the least, the factors by which a unit of work grows there."""
    units = [(size, ours / work, theirs / work) for size, work, ours, theirs in sorted(points)]
    return [
        (size, ours / before, theirs / theirs_before)
        for (_, before, theirs_before), (size, ours, theirs) in zip(units, units[1:])
    ]


def steep(ours: float, theirs: float, bound: float = STEEP) -> bool:
    """Is a jump of `ours` a cliff where torch's is `theirs`?"""
    return ours > bound and theirs <= bound and ours > APART * theirs


def find(rows: list[Row], curves: list[Curve] = CURVES) -> tuple[list[Cliff], list[str]]:
    """The cliffs in the rows, and the curves that were looked at: two sizes or numbers of threads at least."""
    cliffs, seen = [], []
    modes = list(dict.fromkeys((row.mode, row.dtype) for row in rows))
    for curve in curves:
        for mode, dtype in modes:
            found = [row for row in rows if row.name in curve.points and (row.mode, row.dtype) == (mode, dtype)]
            for threads in sorted({row.threads for row in found}):
                title = f"{curve.title}, {mode}, {threads} thread{'s' * (threads != 1)}"
                points = [(*curve.points[row.name], row.ours, row.torch) for row in found if row.threads == threads]
                seen += [title] if len(points) > 1 else []
                cliffs += [Cliff(title, f"{size}", *both) for size, *both in jumps(points) if steep(*both)]
            for name, (size, _) in curve.points.items():
                threads = sorted((row.threads, 1.0, row.ours, row.torch) for row in found if row.name == name)
                title = f"{curve.title}, {mode}, {size}, more threads"
                seen += [title] if len(threads) > 1 else []
                cliffs += [
                    Cliff(title, f"{count} threads", *both) for count, *both in jumps(threads) if steep(*both, STEEP_THREADS)
                ]
    return cliffs, seen


def verdict(rows: list[Row]) -> dict | None:
    """What `find` found, for the record; None where no row belongs to a curve."""
    cliffs, seen = find(rows)
    return {"curves": seen, "cliffs": [asdict(cliff) | {"text": str(cliff)} for cliff in cliffs]} if seen else None


def lines(found: dict) -> list[str]:
    """The verdict as text."""
    head = f"cliffs (a unit of work takes {STEEP} times as long as at the size before, and not in torch): "
    return [
        head + f"{len(found['cliffs']) or 'none'} in {len(found['curves'])} curves",
        *(c["text"] for c in found["cliffs"]),
    ]
