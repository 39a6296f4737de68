"""Computations on a thread of their own."""

import _thread
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from .errors import CancelledError
from .objects import Work
from .steps import WAIT, Steps
from .texts import _

Result = TypeVar("Result")

_unfinished: set["Job"] = set()


class Job(Generic[Result]):
    """A function that computes on a worker thread."""

    def __init__(self, work: Work, function: Callable[[], Result]) -> None:
        self.work = work
        self._function = function
        self._result: Result | None = None
        self._problem: BaseException | None = None
        self._end = threading.Event()
        _unfinished.add(self)
        # `threading.Thread` would wait here until its thread has begun, which takes a busy machine
        # up to a second, and Krita's windows with it.
        _thread.start_new_thread(self._run, ())

    def _run(self) -> None:
        try:
            self._result = self._function()
        except BaseException as problem:  # Raised again where the result is taken.
            self._problem = problem
        finally:
            _unfinished.discard(self)
            self._end.set()

    def is_running(self) -> bool:
        """Whether there is no result yet."""
        return not self._end.is_set()

    def cancel(self) -> None:
        """Ends it at its next step."""
        self.work.cancel()

    def wait(self) -> None:
        """Waits for the end."""
        self._end.wait()

    def result(self) -> Result:
        """What the function returned; raises what it raised."""
        self.wait()
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
