"""Threads that wait for jobs and run them, one each: the hands of the pool in parallel.py."""

import threading
from queue import SimpleQueue

import numpy as np

__all__ = ["Worker", "wait_with"]


class _Asleep:
    """Waiting without spinning; the compiled kernels lend a better way (kernels/compiled/_spin.py)."""

    @staticmethod
    def wait(word, old):
        return False

    @staticmethod
    def report_and_wait(report, value, word, old):
        report[0] = value
        return False


_waiting = _Asleep


def wait_with(functions) -> None:
    """Let every worker wait by functions.wait and functions.report_and_wait, from its next job on."""
    global _waiting
    _waiting = functions


class _Counter:
    """A number that one thread raises and one other waits for: spinning for a moment, then asleep.

    Before the waiting thread sleeps it says so and looks once more; who raises the number looks whether somebody
    sleeps: so no change is missed.  A bell rung once too often only makes the next sleeper look again.
    """

    def __init__(self):
        self.word = np.zeros(16, np.int64)  # two cache lines: no other counter shares them
        self.sleeping = False
        self.bell = SimpleQueue()

    def raise_to(self, value):
        self.word[0] = value
        self.wake()

    def wake(self):
        if self.sleeping:
            self.sleeping = False
            self.bell.put(None)

    def sleep_until(self, value):
        while self.word[0] != value:
            self.sleeping = True
            if self.word[0] != value:
                self.bell.get()
        self.sleeping = False


class Worker:
    """One thread, a counter of jobs given and one of jobs done."""

    def __init__(self):
        self.given, self.done = _Counter(), _Counter()
        self.tickets = 0
        self.job, self.error = None, None
        self.thread = threading.Thread(target=self._run, name="minitorch_np", daemon=True)
        self.thread.start()

    def start(self, job) -> None:
        """Run `job` on this thread; `result` must be called before the next start."""
        self.job = job
        self.tickets += 1
        self.given.raise_to(self.tickets)

    def result(self) -> BaseException | None:
        """Wait for the job's end: what it raised, if anything."""
        if not _waiting.wait(self.done.word, self.tickets - 1):
            self.done.sleep_until(self.tickets)
        error, self.error = self.error, None
        return error

    def stop(self) -> None:
        """End the thread."""
        self.start(None)
        self.thread.join()

    def _run(self):
        ticket = 0
        while True:
            if self.done.sleeping:
                self.done.raise_to(ticket)
            changed = _waiting.report_and_wait(self.done.word, ticket, self.given.word, ticket)
            self.done.wake()
            ticket += 1
            if not changed:
                self.given.sleep_until(ticket)
            job, self.job = self.job, None
            if job is None:
                return
            try:
                job()
            except BaseException as error:  # result() hands it over
                self.error = error
            del job
