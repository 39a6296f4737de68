"""Computations on a thread of their own."""

import os
import sys
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from .errors import CancelledError
from .objects import Work
from .steps import WAIT, Steps
from .texts import _

Result = TypeVar("Result")

# How much nicer than Krita computations are.
_NICE = 5

_unfinished: set["Job"] = set()


def _give_way() -> None:
    """Lets Krita's windows have the processor first: this thread, and those that an engine starts
    from it, become nicer. Only Linux has that for a thread."""
    if sys.platform == "linux":
        nice = max(_NICE, os.getpriority(os.PRIO_PROCESS, 0))
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), nice)


class Job(Generic[Result]):
    """A function that computes on a worker thread."""

    def __init__(self, work: Work, function: Callable[[], Result]) -> None:
        self.work = work
        self._function = function
        self._result: Result | None = None
        self._problem: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="polyinr", daemon=True)
        _unfinished.add(self)
        self._thread.start()

    def _run(self) -> None:
        _give_way()
        try:
            self._result = self._function()
        except BaseException as problem:  # Raised again where the result is taken.
            self._problem = problem
        finally:
            _unfinished.discard(self)

    def is_running(self) -> bool:
        """Whether there is no result yet."""
        return self._thread.is_alive()

    def cancel(self) -> None:
        """Ends it at its next step."""
        self.work.cancel()

    def wait(self) -> None:
        """Waits for the end."""
        self._thread.join()

    def result(self) -> Result:
        """What the function returned; raises what it raised."""
        self._thread.join()
        if self._problem is not None:
            raise self._problem
        if self.work.is_cancelled:
            raise CancelledError(_("Cancelled"))
        return self._result

    def steps(self) -> Steps[Result]:
        """Waits in steps; the job is cancelled when the steps are closed before their end."""
        try:
            while self.is_running():
                yield WAIT
            return self.result()
        finally:
            self.cancel()


def end_all() -> None:
    """Cancels all jobs and waits for their end, before the process ends."""
    jobs = list(_unfinished)
    for job in jobs:
        job.cancel()
    for job in jobs:
        job.wait()


def are_running() -> bool:
    """Whether some job computes."""
    return bool(_unfinished)
