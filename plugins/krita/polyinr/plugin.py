"""What Krita is told about: the docker, and actions under Tools ▸ Scripts."""

import os
from collections.abc import Callable

from krita import DockWidgetFactory, DockWidgetFactoryBase, Extension, Krita
from PyQt5.QtCore import QCoreApplication, QLocale
from PyQt5.QtWidgets import QMainWindow

from . import jobs, texts
from .operations import OPERATIONS, Operation
from .texts import _
from .ui.docker import NAME, Docker
from .ui.panel import Panel


class PolyinrExtension(Extension):
    """The actions: each operation shows itself in the docker, where it is run or cancelled."""

    def setup(self) -> None:
        """Krita has started."""
        QCoreApplication.instance().aboutToQuit.connect(jobs.end_all)

    def createActions(self, window) -> None:
        """Krita has a new window; what it calls `window` does not live as long as that."""
        shown = window.qwindow()
        for operation in OPERATIONS:
            name = f"polyinr_{operation.name.replace('-', '_')}"
            text = _("Poly-INR: {operation}…").format(operation=_(operation.title))
            action = window.createAction(name, text, "tools/scripts")
            action.setToolTip(_(operation.blurb))
            action.triggered.connect(lambda _on, chosen=operation: _show(shown, chosen))
        for name, text, done in (
            ("polyinr_run", _("Poly-INR: run"), lambda panel: panel.run()),
            ("polyinr_cancel", _("Poly-INR: cancel"), lambda panel: panel.cancel()),
        ):
            action = window.createAction(name, text, "tools/scripts")
            action.triggered.connect(lambda _on, done=done: _do(shown, done))


def _docker(window: QMainWindow) -> Docker | None:
    return window.findChild(Docker, NAME)


def _show(window: QMainWindow, operation: Operation) -> None:
    docker = _docker(window)
    if docker:
        docker.show_operation(operation)


def _do(window: QMainWindow, done: Callable[[Panel], None]) -> None:
    docker = _docker(window)
    panel = docker.open() if docker else None
    if panel:
        done(panel)


def register() -> None:
    """Tells Krita about all."""
    # What Krita was told to speak comes first, then what the desktop speaks.
    chosen = [name for name in os.environ.get("LANGUAGE", "").split(":") if name]
    texts.use_languages([*chosen, QLocale().name(), *QLocale().uiLanguages()])
    krita = Krita.instance()
    krita.addExtension(PolyinrExtension(krita))
    krita.addDockWidgetFactory(DockWidgetFactory(NAME, DockWidgetFactoryBase.DockRight, Docker))
