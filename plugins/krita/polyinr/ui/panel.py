"""What the docker shows once the library is loaded."""

from pathlib import Path

from PyQt5.QtCore import QStandardPaths, Qt, QTimer
from PyQt5.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from .. import library, settings
from ..compute import procedure_of
from ..document import Placed, Target, is_open
from ..errors import CancelledError, PolyinrError
from ..history import Entry, History
from ..objects import Work
from ..operations import OPERATIONS, Operation, Values, find
from ..performing import perform
from ..session import Session, Source
from ..texts import _
from .form import Form
from .history import HistoryStrip
from .preview import Preview
from .runner import Runner
from .settings import SettingsDialog, list_engines

# How often in milliseconds progress is shown and the document looked after.
_TICK = 100


def history_path() -> Path:
    """Where the history is kept, with the rest of what belongs to Krita's user."""
    folder = QStandardPaths.writableLocation(QStandardPaths.GenericDataLocation)
    return Path(folder) / "krita/polyinr/history.json"


class Panel(QWidget):
    """Chooses an operation, shows its parameters and preview, runs it."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._runner = Runner(self)
        self._work: Work | None = None
        self._running: tuple[Operation, Values, Target] | None = None
        self._forms: dict[str, Form] = {}
        self._looked_at: tuple = ()
        self._make_parts()
        self._lay_out()
        self._ticks = QTimer(self, interval=_TICK, timeout=self._on_tick)
        self.choose(settings.chosen_operation())

    def _make_parts(self) -> None:
        self._choice = QComboBox()
        for operation in OPERATIONS:
            self._choice.addItem(_(operation.title), operation.name)
            self._choice.setItemData(self._choice.count() - 1, _(operation.help), Qt.ToolTipRole)
        self._choice.currentIndexChanged.connect(self._on_choice)
        self._live = QCheckBox(_("Preview"))
        self._live.setChecked(settings.is_live())
        self._live.toggled.connect(self._on_live)
        self._settings = QToolButton()
        self._settings.setText(_("Settings…"))
        self._settings.clicked.connect(self._ask_settings)
        self._preview = Preview(self._session)
        self._preview.setVisible(settings.is_live())
        self._preview.came.connect(self._on_preview)
        self._stack = QStackedWidget()
        self._engine = QComboBox()
        list_engines(self._engine, self._session)
        self._engine.currentIndexChanged.connect(self._on_engine)
        self._reason, self._size, self.message = (_note() for _index in range(3))
        self._run = QPushButton(_("Run"))
        self._run.clicked.connect(self.run)
        self._cancel = QPushButton(_("Cancel"))
        self._cancel.setEnabled(False)
        self._cancel.clicked.connect(self.cancel)
        self._progress = QProgressBar()
        self._progress.setRange(0, 1000)
        self._progress.setFormat("")
        self._strip = HistoryStrip(History(history_path()))
        self._strip.chosen.connect(self._restore)

    def _lay_out(self) -> None:
        """All may be scrolled, but for what an operation is run with, and what was done."""
        page = QWidget()
        upper = QVBoxLayout(page)
        upper.addWidget(self._preview)
        upper.addWidget(self._stack)
        upper.addWidget(self._size)
        upper.addLayout(_row((QLabel(_("Engine")), 0), (self._engine, 1)))
        upper.addWidget(self._reason)
        upper.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        scroll.setWidget(page)
        column = QVBoxLayout(self)
        column.addLayout(_row((self._choice, 1), (self._live, 0), (self._settings, 0)))
        column.addWidget(scroll, 1)
        column.addLayout(_row((self._run, 1), (self._cancel, 1)))
        column.addWidget(self._progress)
        column.addWidget(self.message)
        column.addWidget(self._strip)

    # What is chosen.

    def operation(self) -> Operation:
        """The operation that is shown."""
        return find(self._choice.currentData())

    def form(self, operation: Operation) -> Form:
        """The form of an operation, made when it is needed first."""
        form = self._forms.get(operation.name)
        if form is None:
            form = Form(operation, self._session, settings.values(operation))
            form.changed.connect(self._on_values)
            self._forms[operation.name] = form
            self._stack.addWidget(form)
        return form

    def choose(self, operation: Operation) -> None:
        """Shows an operation."""
        self._choice.setCurrentIndex(self._choice.findData(operation.name))
        self._on_choice()

    def _on_choice(self) -> None:
        operation = self.operation()
        settings.keep_operation(operation)
        form = self.form(operation)
        self._stack.setCurrentWidget(form)
        # Forms that are not shown take no place.
        for other in self._forms.values():
            vertical = QSizePolicy.Preferred if other is form else QSizePolicy.Ignored
            other.setSizePolicy(QSizePolicy.Preferred, vertical)
        self._stack.adjustSize()
        self.message.clear()
        self._on_values()

    def _on_values(self) -> None:
        self._show_notes()
        self.refresh()

    def _on_live(self, live: bool) -> None:
        settings.keep_live(live)
        self._preview.setVisible(live)
        if not live:
            self._preview.rest()
        self.refresh()

    def _on_engine(self) -> None:
        preferences = settings.preferences()
        preferences.engine = self._engine.currentData()
        self._use(preferences)

    def _use(self, preferences) -> None:
        settings.keep_preferences(preferences)
        library.prefer(preferences)
        for form in self._forms.values():
            form.list_models()
        self._on_values()

    def _ask_settings(self) -> None:
        self._session.check_engines()
        dialog = SettingsDialog(self._session, self)
        dialog.forget.clicked.connect(self._strip.forget)
        if dialog.exec_():
            preferences = dialog.preferences()
            blocked = self._engine.blockSignals(True)
            self._engine.setCurrentIndex(self._engine.findData(preferences.engine))
            self._engine.blockSignals(blocked)
            self._use(preferences)

    def _restore(self, entry: Entry) -> None:
        operation = find(entry.operation)
        self.form(operation).show_values(entry.values)
        self.choose(operation)

    # What is shown of it.

    def _show_notes(self) -> None:
        """Which engine, and what comes out."""
        reason, others = self._session.engine_reason()
        self._reason.setText(reason)
        self._reason.setToolTip(others)
        operation = self.operation()
        try:
            self._describe(operation, Target.active().outline(operation.needs_picture))
        except PolyinrError as problem:
            self._size.setText(str(problem))

    def _describe(self, operation: Operation, source: Source) -> None:
        values = self.form(operation).values()
        self._size.setText(procedure_of(operation).describe(self._session, source, values))

    def _on_preview(self, operation: Operation, source: Source) -> None:
        """A preview may have found out more about the result."""
        if operation is self.operation():
            self._describe(operation, source)

    def refresh(self) -> None:
        """Makes the preview anew."""
        if not self._live.isChecked() or not self.isVisible() or self._runner.is_running():
            return
        operation = self.operation()
        self._looked_at = Target.active().signature()
        self._preview.show_for(operation, self.form(operation).values())

    def look_again(self) -> None:
        """Makes the preview anew if another image, layer or selection is there."""
        if self._looked_at != Target.active().signature():
            self._on_values()

    def rest(self) -> None:
        """Computes no previews while nobody sees them."""
        self._preview.rest()

    # Running.

    def run(self) -> None:
        """Does the operation on the active layer."""
        if self._runner.is_running():
            return
        operation, target = self.operation(), Target.active()
        values = self.form(operation).values()
        settings.keep_values(operation, values)
        self._preview.rest(values)
        self._work = Work(self._session.library)
        self._running = operation, values, target
        steps = perform(target, operation, values, self._session, self._work)
        self._show_running(True)
        self.message.clear()
        self._runner.start(steps, self._on_done, self._on_failed)

    def cancel(self) -> None:
        """Ends what runs; the image stays as it was."""
        if self._work:
            self._work.cancel()
            self._preview.rest()

    def is_running(self) -> bool:
        """Whether an operation is being done."""
        return self._runner.is_running()

    def _show_running(self, running: bool) -> None:
        self._run.setEnabled(not running)
        self._cancel.setEnabled(running)
        self._stack.setEnabled(not running)
        self._choice.setEnabled(not running)
        self._progress.setValue(0)
        self._progress.setFormat("")
        if running:
            self._ticks.start()
        else:
            self._ticks.stop()
            self._work = self._running = None

    def _on_tick(self) -> None:
        work = self._work
        if work is None:
            return
        text = f"{work.fraction * 100:.0f} %"
        if work.psnr is not None:
            text += f", {work.psnr:.1f} dB"
        self._progress.setValue(int(work.fraction * 1000))
        self._progress.setFormat(text)
        document = self._running[2].document
        if document is not None and not is_open(document):
            work.cancel()

    def _on_done(self, placed: Placed) -> None:
        operation, values, _target = self._running
        self._show_running(False)
        problem = self._strip.add(operation, values, placed.layer)
        self.message.setText(
            str(problem) if problem else _("Done: {name}").format(name=placed.layer.name())
        )
        self._looked_at = Target.active().signature()
        self._show_notes()

    def _on_failed(self, problem: PolyinrError) -> None:
        target = self._running[2]
        closed = target.document is not None and not is_open(target.document)
        self._show_running(False)
        if closed:
            problem = PolyinrError(
                _("The image has been closed; there is no place for the result.")
            )
        cancelled = isinstance(problem, CancelledError)
        self.message.setText(_("Cancelled") if cancelled else str(problem))


def _note() -> QLabel:
    note = QLabel()
    note.setWordWrap(True)
    note.setTextInteractionFlags(Qt.TextSelectableByMouse)
    return note


def _row(*parts: tuple[QWidget, int]) -> QHBoxLayout:
    row = QHBoxLayout()
    for widget, stretch in parts:
        row.addWidget(widget, stretch)
    return row
