"""Drives steps between the events of Krita's windows."""

import traceback
from collections.abc import Callable

from PyQt5.QtCore import QObject, QTimer, qWarning

from ..errors import PolyinrError
from ..steps import MORE, Steps
from ..texts import _

# Pause in milliseconds where something else has to happen first.
_PAUSE = 5


class Runner(QObject):
    """Does one thing at a time."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._step)
        self._steps: Steps | None = None
        self._done: Callable = print
        self._failed: Callable[[PolyinrError], None] = print

    def is_running(self) -> bool:
        """Whether there are more steps."""
        return self._steps is not None

    def start(self, steps: Steps, done: Callable, failed: Callable[[PolyinrError], None]) -> None:
        """Begins steps; `done` gets their result, `failed` what went wrong."""
        self.stop()
        self._steps, self._done, self._failed = steps, done, failed
        self._timer.start(0)

    def stop(self) -> None:
        """Leaves the steps; none of the callbacks is called any more."""
        self._timer.stop()
        steps, self._steps = self._steps, None
        if steps is not None:
            steps.close()

    def _step(self) -> None:
        steps = self._steps
        if steps is None:
            return
        try:
            pace = next(steps)
        except StopIteration as end:
            self._steps = None
            self._done(end.value)
        except PolyinrError as problem:
            self._steps = None
            self._failed(problem)
        except Exception as problem:
            self._steps = None
            qWarning(traceback.format_exc().encode())
            self._failed(PolyinrError(_("Something unexpected: {problem}").format(problem=problem)))
        else:
            self._timer.start(0 if pace == MORE else _PAUSE)
