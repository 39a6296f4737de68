"""The docker."""

from krita import DockWidget
from PyQt5.QtCore import QEvent
from PyQt5.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from .. import library, settings
from ..errors import PolyinrError
from ..operations import Operation
from ..texts import _
from .panel import Panel

# As Krita knows it.
NAME = "polyinr_docker"


class Docker(DockWidget):
    """Poly-INR; the library is loaded when it is seen first."""

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle(_("Poly-INR"))
        self.panel: Panel | None = None
        self.setWidget(QWidget())
        self.visibilityChanged.connect(self._on_visibility)

    def canvasChanged(self, _canvas) -> None:
        """Krita says that another image is in front, or none."""
        if self.panel and self.isVisible():
            self.panel.look_again()

    def enterEvent(self, event: QEvent) -> None:
        """The pointer comes from the image, which may be another by now."""
        super().enterEvent(event)
        if self.panel:
            self.panel.look_again()

    def open(self) -> Panel | None:
        """Loads the library if that has not been done; without one says why."""
        if self.panel is None:
            try:
                session = library.session()
            except PolyinrError as problem:
                self.setWidget(self._complaint(str(problem)))
                return None
            library.prefer(settings.preferences())
            self.panel = Panel(session)
            self.setWidget(self.panel)
        return self.panel

    def show_operation(self, operation: Operation) -> None:
        """Comes to the front with an operation."""
        self.show()
        self.raise_()
        if self.open():
            self.panel.choose(operation)

    def _complaint(self, text: str) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        label = QLabel(text)
        label.setObjectName("polyinr_complaint")
        label.setWordWrap(True)
        again = QPushButton(_("Look again"))
        again.clicked.connect(self.open)
        column.addWidget(label)
        column.addWidget(again)
        column.addStretch(1)
        return page

    def _on_visibility(self, visible: bool) -> None:
        if not visible:
            if self.panel:
                self.panel.rest()
        elif self.open():
            self.panel.look_again()
