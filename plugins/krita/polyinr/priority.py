"""How computations give way to Krita's windows."""

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")

# How much nicer than Krita threads are that compute.
_NICE = 5


def _give_way() -> None:
    """Makes this thread nicer, and those that are started from it. Only Linux has that."""
    if sys.platform == "linux":
        nice = max(_NICE, os.getpriority(os.PRIO_PROCESS, 0))
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), nice)


def with_nicer_threads(function: Callable[[], Result]) -> Result:
    """Calls a function; threads that it starts give way to Krita's windows. They must never need
    Python's lock: a thread that has it and gives way holds the windows up."""
    with ThreadPoolExecutor(1, initializer=_give_way) as thread:
        return thread.submit(function).result()
