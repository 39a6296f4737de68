"""Runs in Krita with its windows, as a plug-in of the tests: goes through scenarios.

The environment variable POLYINR_DRIVE names a file of JSON: `scenario` is the name of a generator
in scenarios.py, `folder` where its results and pictures go, `tests` this folder. A scenario yields
how many seconds it waits, or a function that says when it goes on.
"""

import hashlib
import json
import os
import sys
import time
import traceback
from pathlib import Path

from krita import Extension, Krita
from PyQt5.QtCore import Qt, QTimer
from PyQt5.QtWidgets import QApplication, QDockWidget

# How long a scenario waits for something, in seconds.
PATIENCE = 240


class WrongError(Exception):
    """Something is not as it should be."""


def check(condition, message):
    """Says what is wrong."""
    if not condition:
        raise WrongError(message)


class Driver:
    """What scenarios work with."""

    def __init__(self, orders):
        self.folder = Path(orders["folder"])
        self.orders = orders
        self.notes = {}
        self.krita = Krita.instance()

    @property
    def window(self):
        """The main window."""
        return self.krita.activeWindow()

    @property
    def docker(self):
        """The plug-in's docker."""
        found = self.window.qwindow().findChild(QDockWidget, "polyinr_docker")
        check(found is not None, "the docker is not registered")
        return found

    @property
    def panel(self):
        """What the docker shows."""
        check(self.docker.panel is not None, "the docker shows no operations")
        return self.docker.panel

    def open(self, operation, live=True):
        """Shows an operation, with previews or without."""
        # Krita shows its own dockers anew with the first image.
        self.make_room()
        self.trigger(f"polyinr_{operation.replace('-', '_')}")
        self.panel._live.setChecked(live)

    def make_room(self):
        """Shows the docker and little else."""
        main = self.window.qwindow()
        main.showMaximized()
        for docker in main.findChildren(QDockWidget):
            docker.setVisible(docker.objectName() in ("KisLayerBox", "polyinr_docker", "ToolBox"))
        layers = main.findChild(QDockWidget, "KisLayerBox")
        main.resizeDocks([self.docker], [340], Qt.Horizontal)
        main.resizeDocks([layers, self.docker], [150, 650], Qt.Vertical)

    def show(self, path):
        """Opens an image in the window."""
        document = self.krita.openDocument(str(path))
        self.window.addView(document)
        return document

    def set(self, **values):
        """Gives the shown operation first values and some others."""
        operation = self.panel.operation()
        given = {name.rstrip("_").replace("_", "-"): value for name, value in values.items()}
        form = self.panel.form(operation)
        form.show_values(operation.complete(given))
        form.changed.emit()

    def hash(self, document):
        """A number for what the image shows."""
        document.waitForDone()
        data = document.pixelData(0, 0, document.width(), document.height())
        size = f"{document.width()}x{document.height()} "
        return size + hashlib.sha256(bytes(data)).hexdigest()

    def photograph(self, name):
        """Takes a picture of the screen."""
        QApplication.primaryScreen().grabWindow(0).save(str(self.folder / f"{name}.png"))

    def trigger(self, name):
        """Chooses an action of Krita."""
        action = self.krita.action(name)
        check(action is not None, f"there is no action {name}")
        action.trigger()

    # What is waited for.

    def previewed(self):
        """A preview is there."""
        preview = self.panel._preview
        return not preview.is_busy() and not preview._canvas.pixmap.isNull()

    def ended(self):
        """Nothing runs."""
        return not self.panel.is_running()


class Heart:
    """Measures how long the thread of the windows is held up, by phases.

    `longest` is what a user sees. `own` is only what the thread itself computed meanwhile: on a
    busy machine it also waits for a processor, and for the X server, which waits for one.
    """

    def __init__(self, phase):
        self.longest, self.own = {}, {}
        self._phase = phase
        self._was, self._last, self._used = phase(), time.monotonic(), time.thread_time()
        self._timer = QTimer(interval=1, timeout=self._beat)
        self._timer.start()

    def _beat(self):
        now, used, was = time.monotonic(), time.thread_time(), self._was
        # What happened between two beats belongs to the phase that it began in.
        self.longest[was] = max(self.longest.get(was, 0), now - self._last)
        self.own[was] = max(self.own.get(was, 0), used - self._used)
        self._was, self._last, self._used = self._phase(), now, used

    def stop(self):
        """Ends it."""
        self._timer.stop()


def waited():
    """How long this thread has waited for a processor, in seconds."""
    return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9


class Drive(Extension):
    """Starts the scenario when the window is there."""

    def setup(self):
        self._timer = None

    def createActions(self, _window):
        if self._timer is None:
            self._timer = QTimer(singleShot=True, interval=1000, timeout=self._begin)
            self._timer.start()

    def _begin(self):
        orders = json.loads(Path(os.environ["POLYINR_DRIVE"]).read_text())
        sys.path.insert(0, orders["tests"])
        import scenarios  # noqa: PLC0415  It is found from here on.

        self._driver = Driver(orders)
        self._driver.make_room()
        # Krita would ask what to do about it.
        sys.excepthook = self._on_exception
        self._steps = getattr(scenarios, orders["scenario"])(self._driver)
        self._awaited, self._until = None, 0.0
        self._timer = QTimer(interval=20, timeout=self._step)
        self._timer.start()

    def _step(self):
        try:
            if self._is_waiting():
                return
            awaited = next(self._steps)
            now = time.monotonic()
            is_pause = isinstance(awaited, int | float)
            self._awaited = None if is_pause else awaited
            self._until = now + (awaited if is_pause else PATIENCE)
        except StopIteration:
            self._end({})
        except Exception as problem:
            self._driver.photograph("failed")
            text = (
                str(problem) if type(problem).__name__ == "WrongError" else traceback.format_exc()
            )
            self._end({"error": text})

    def _on_exception(self, *problem):
        self._end({"error": "".join(traceback.format_exception(*problem))})

    def _is_waiting(self):
        if self._awaited is None:
            return time.monotonic() < self._until
        if self._awaited():
            return False
        check(time.monotonic() < self._until, f"waited in vain for: {self._awaited.__doc__}")
        return True

    def _end(self, result):
        self._timer.stop()
        path = self._driver.folder / f"{self._driver.orders['scenario']}.json"
        path.write_text(json.dumps(self._driver.notes | result))
        if not self._driver.orders.get("quits"):
            os._exit(0)
        for document in self._driver.krita.documents():
            document.setModified(False)
        self._driver.trigger("file_quit")


Krita.instance().addExtension(Drive(Krita.instance()))
