"""Threads that wait for jobs and run them, one each: the hands of the pool in parallel.py."""

import threading
from queue import SimpleQueue

__all__ = ["Worker", "wait_with"]


class _Asleep:
    """Waiting without spinning; the compiled kernels lend a better way (kernels/compiled/_spin.py)."""

    @staticmethod
    def wait(word, value):
        return False

    @staticmethod
    def report_and_wait(report, ticket, given):
        report[0] = ticket
        return ticket, False


_waiting = _Asleep


def wait_with(functions) -> None:
    """Let every worker wait by functions.wait and functions.report_and_wait, from its next job on."""
    global _waiting
    _waiting = functions


def _nothing() -> None:
    """A job that only wakes its thread up."""


def _stop() -> None:
    """The last job of a thread."""


class _Counter:
    """A number that one thread raises and one other waits for: spinning for a moment, then asleep.

    Before the waiting thread sleeps it says so and looks once more; who raises the number looks whether somebody
    sleeps: so no change is missed.  A bell rung once too often only makes the next sleeper look again.
    """

    def __init__(self, word):
        self.word = word
        self.sleeping = False
        self.bell = SimpleQueue()

    def raise_to(self, value):
        self.word[0] = value
        self.wake()

    def wake(self):
        if self.sleeping:
            self.sleeping = False
            self.bell.put(None)

    def sleep_while(self, unchanged):
        while unchanged(self.word[0]):
            self.sleeping = True
            if unchanged(self.word[0]):
                self.bell.get()
        self.sleeping = False


class Worker:
    """One thread, a counter of jobs given and one of jobs done.

    A job is a Python function, or one that compiled code has put behind the counter (kernels/compiled/_jobs.py).
    """

    def __init__(self, line):
        """line: 32 words of memory, four cache lines, so that no two counters share one"""
        line[:] = 0
        self.given, self.done = _Counter(line[:16]), _Counter(line[16:])
        self.tickets = 0
        self.job, self.error = None, None
        self.thread = threading.Thread(target=self._run, name="minitorch_np", daemon=True)
        self.thread.start()

    def start(self, job) -> None:
        """Run `job` on this thread; `result` must be called before the next start."""
        self.job = job
        self.tickets += 1
        self.given.word[1] = 0  # no compiled function
        self.given.raise_to(self.tickets)

    def result(self) -> BaseException | None:
        """Wait for the job's end: what it raised, if anything."""
        if not _waiting.wait(self.done.word, self.tickets):
            self.done.sleep_while(lambda done: done != self.tickets)
        error, self.error = self.error, None
        return error

    def rouse(self) -> None:
        """See to it that the thread spins, for a compiled job that comes now."""
        if self.given.sleeping:
            self.start(_nothing)
            self.result()

    def stop(self) -> None:
        """End the thread."""
        self.start(_stop)
        self.thread.join()

    def _run(self):
        ticket = 0
        while True:
            if self.done.sleeping:
                self.done.raise_to(ticket)
            ticket, changed = _waiting.report_and_wait(self.done.word, ticket, self.given.word)
            self.done.wake()
            if not changed:
                self.given.sleep_while(lambda given, last=ticket: given == last)
            if self.given.word[1]:
                continue  # compiled code's: to be done where it was waited for, if it still is to be done
            ticket = int(self.given.word[0])
            job, self.job = self.job or _nothing, None  # nothing: it was seen, and done, before its number was
            if job is _stop:
                return
            try:
                job()
            except BaseException as error:  # result() hands it over
                self.error = error
            del job
