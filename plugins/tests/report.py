"""Counting what passed."""

import traceback
from pathlib import Path

from compare import WrongError


class Worst:
    """The largest difference of each kind of case."""

    def __init__(self):
        self._worst = {}

    def add(self, kind, difference):
        """Takes a case's difference; None, of a case that failed, is left out."""
        if difference is not None:
            self._worst[kind] = max(self._worst.get(kind, 0), difference)

    def show(self, unit=""):
        """Prints them."""
        for kind, difference in self._worst.items():
            print(f"{kind}: largest difference {difference:.2g}{unit}")


class Report:
    """Results of the checks; failures are printed as they come, the sum at the end."""

    def __init__(self):
        self.passed = 0
        self.failed = 0

    def check(self, name, function, *arguments):
        """Counts one check, a call: it fails by an exception. What the call returns is returned."""
        try:
            result = function(*arguments)
        except WrongError as wrong:
            self.fail(name, str(wrong))
        except Exception as trouble:  # Of whatever kind, it is a failure of this check alone.
            place = traceback.extract_tb(trouble.__traceback__)[-1]
            self.fail(name, f"{trouble!r} in {Path(place.filename).name}:{place.lineno}")
        else:
            self.passed += 1
            return result
        return None

    def fail(self, name, message):
        """Counts a failure."""
        self.failed += 1
        print(f"FAILED {name}: {message}", flush=True)

    def end(self):
        """Prints the sum; the exit status."""
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        return 0 if self.passed and not self.failed else 1
