"""Work in small steps, between which whoever drives it may do something else.

A step is a generator that yields `MORE` when it can go on at once and `WAIT` when something else
has to happen first; what it returns is its result.
"""

import time
from collections.abc import Generator
from typing import TypeVar

MORE = "more"
WAIT = "wait"

Result = TypeVar("Result")
Steps = Generator[str, None, Result]


def finish(steps: Steps[Result]) -> Result:
    """Does all steps at once."""
    while True:
        try:
            if next(steps) == WAIT:
                time.sleep(0.005)
        except StopIteration as end:
            return end.value
