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


def wait_until_idle(limit: float = 120.0, bound: float = 0.08, say=print) -> float:
    """Wait until at most `bound` of the machine is busy, or `limit` seconds have passed; returns the busy share."""
    started = time.monotonic()
    share = busy_share()
    while share > bound and time.monotonic() - started < limit:
        say(f"the machine is {share:.0%} busy (bound {bound:.0%}): waiting")
        time.sleep(3)
        share = busy_share()
    return share


def threads_available() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
