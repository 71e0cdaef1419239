"""Is the machine idle?  A busy one flatters us: torch's threads spin at barriers and suffer more."""

import os
import time


def busy_share(seconds: float = 0.5) -> float:
    """The share of all cores' time that anybody used during `seconds`; 0 where /proc/stat does not exist."""
    before = _times()
    time.sleep(seconds)
    after = _times()
    if before is None or after is None:
        return 0.0
    total = sum(after) - sum(before)
    idle = after[3] + after[4] - before[3] - before[4]
    return max(0.0, 1 - idle / total) if total else 0.0


def _times():
    try:
        with open("/proc/stat") as file:
            return [int(x) for x in file.readline().split()[1:9]]
    except OSError:
        return None


BOUND = 0.08  # of the machine may be busy while it counts as idle


def wait_until_idle(limit: float = 120.0, sample: float = 0.5, bound: float = BOUND, say=print) -> float:
    """Wait until at most `bound` of the machine is busy, or `limit` seconds have passed; returns the busy share."""
    started = time.monotonic()
    share = busy_share(sample)
    said = False
    while share > bound and time.monotonic() - started < limit:
        if not said:
            say(f"the machine is {share:.0%} busy (bound {bound:.0%}): waiting, {limit:.0f} s at most")
            said = True
        time.sleep(1)
        share = busy_share(0.5)
    if share > bound:
        say(f"the machine is still {share:.0%} busy: the figures are not to be trusted")
    return share


class Watch:
    """The looks at the load between rounds; all together they wait `limit` seconds at most."""

    def __init__(self, limit: float) -> None:
        self.left = limit

    def __call__(self) -> float:
        if self.left <= 0:
            return busy_share(0.2)
        started = time.monotonic()
        share = wait_until_idle(self.left, sample=0.2)
        self.left -= max(0.0, time.monotonic() - started - 0.2)
        return share


def threads_available() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
