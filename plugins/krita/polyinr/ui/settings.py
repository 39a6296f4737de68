"""The settings page: engine, threads, a folder of models."""

from PyQt5.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QToolButton,
    QWidget,
)

from ..objects import engine_names
from ..session import Preferences, Session
from ..texts import _


def list_engines(box: QComboBox, session: Session) -> None:
    """Lists the engines, those that cannot run here with the reason as a tip."""
    box.addItem(_("Automatic"), "auto")
    for name in engine_names(session.library):
        problem = session.problem_of(name)
        box.addItem(name if not problem else _("{name} (not here)").format(name=name), name)
        item = box.model().item(box.count() - 1)
        item.setEnabled(not problem)
        item.setToolTip(problem)
    box.setCurrentIndex(max(0, box.findData(session.preferences.engine)))


class SettingsDialog(QDialog):
    """Asks for preferences."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Poly-INR: settings"))
        preferences = session.preferences
        rows = QFormLayout(self)
        self._engine = QComboBox()
        list_engines(self._engine, session)
        rows.addRow(_("Engine"), self._engine)
        for name in engine_names(session.library):
            state = QLabel(session.problem_of(name) or _("can be used here"))
            state.setWordWrap(True)
            rows.addRow(name, state)
        self._threads = QSpinBox()
        self._threads.setRange(0, 1024)
        self._threads.setSpecialValueText(_("one for every processor"))
        self._threads.setValue(preferences.threads)
        rows.addRow(_("Threads"), self._threads)
        self._models = QLineEdit(preferences.models)
        rows.addRow(_("Folder of models"), self._folder_row())
        self.forget = QPushButton(_("Clear the history"))
        rows.addRow("", self.forget)
        library = QLabel(
            _("Library {version}: {path}").format(
                version=session.library.ask("version"), path=session.library.path
            )
        )
        library.setWordWrap(True)
        rows.addRow(library)
        buttons = QDialogButtonBox(QDialogButtonBox.Ok | QDialogButtonBox.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        rows.addRow(buttons)

    def _folder_row(self) -> QWidget:
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        browse = QToolButton()
        browse.setText("…")
        browse.clicked.connect(self._browse)
        layout.addWidget(self._models, 1)
        layout.addWidget(browse)
        return row

    def _browse(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, _("Folder of models"), self._models.text())
        if folder:
            self._models.setText(folder)

    def preferences(self) -> Preferences:
        """What was asked for."""
        return Preferences(
            engine=self._engine.currentData(),
            threads=self._threads.value(),
            models=self._models.text().strip(),
        )
