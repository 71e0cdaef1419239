"""Cliffs: sizes at which time jumps though the work does not.

The time per unit of work may fall as a case grows (the calls weigh less) and may rise slowly (caches run out).  A cliff
is a size at which it is more than `STEEP` times that of the size before, unless torch's jumps there, too: by more than
`STEEP`, or by so much that ours is not `APART` times steeper.  For threads: more of them take `STEEP_THREADS` times as
long as fewer, unless torch's do, too.  Where arrays leave the last cache a kernel that is as fast as the memory may fall
off one that torch, slower than either, does not see: so the ratio of both is told, too.
"""

from dataclasses import asdict, dataclass

from .bars import remark
from .cases import CURVES, Curve
from .race import Row

STEEP = 1.5
APART = 1.2
STEEP_THREADS = 1.2


@dataclass(frozen=True)
class Cliff:
    """Where it is, by what factor ours and torch's jump, torch's time over ours there, and doubts about the figures."""

    curve: str
    size: str
    ours: float
    torch: float
    ratio: float
    doubt: str = ""

    def __str__(self) -> str:
        jump = f"a unit of work takes {self.ours:.2f} times as long, in torch {self.torch:.2f} times"
        return f"{self.curve}: at {self.size} {jump}; torch / ours is {self.ratio:.2f} there{self.doubt}"


def steep(ours: float, theirs: float, bound: float = STEEP) -> bool:
    """Is a jump of `ours` a cliff where torch's is `theirs`?"""
    return ours > bound and theirs <= bound and ours > APART * theirs


def along(title: str, points: list[tuple[int, float, Row]], bound: float = STEEP, unit: str = "") -> list[Cliff]:
    """The cliffs along (size, work, row), which are put in order of size."""
    points = sorted(points, key=lambda point: point[0])
    found = []
    for (_, less, before), (size, more, row) in zip(points, points[1:]):
        ours, theirs = row.ours / more / (before.ours / less), row.torch / more / (before.torch / less)
        if steep(ours, theirs, bound):
            doubt = max(remark(before), remark(row), key=len)
            found.append(Cliff(title, f"{size}{unit}", ours, theirs, row.ratio, doubt))
    return found


def find(rows: list[Row], curves: list[Curve] = CURVES) -> tuple[list[Cliff], list[str]]:
    """The cliffs in the rows, and the curves that were looked at: two sizes or numbers of threads at least."""
    cliffs, seen = [], []
    modes = list(dict.fromkeys((row.mode, row.dtype) for row in rows))
    for curve in curves:
        for mode, dtype in modes:
            mine = [row for row in rows if row.name in curve.points and (row.mode, row.dtype) == (mode, dtype)]
            lines = [
                (f"{curve.title}, {mode}, {threads} thread{'s' * (threads != 1)}",
                 [(*curve.points[row.name], row) for row in mine if row.threads == threads], STEEP, "")
                for threads in sorted({row.threads for row in mine})
            ]  # fmt: skip
            lines += [
                (f"{curve.title}, {mode}, n = {size}", [(row.threads, 1.0, row) for row in mine if row.name == name],
                 STEEP_THREADS, " threads")
                for name, (size, _) in curve.points.items()
            ]  # fmt: skip
            for title, points, bound, unit in lines:
                if len(points) > 1:
                    seen.append(title)
                    cliffs += along(title, points, bound, unit)
    return cliffs, seen


def verdict(rows: list[Row]) -> dict | None:
    """What `find` found, for the record; None where no row belongs to a curve."""
    cliffs, seen = find(rows)
    return {"curves": seen, "cliffs": [asdict(cliff) | {"text": str(cliff)} for cliff in cliffs]} if seen else None


def lines(found: dict) -> list[str]:
    """The verdict as text."""
    head = f"cliffs (a unit of work takes {STEEP} times as long as at the size before, and not in torch): "
    count = len(found["cliffs"]) or "none"
    return [f"{head}{count} in {len(found['curves'])} curves", *(cliff["text"] for cliff in found["cliffs"])]
