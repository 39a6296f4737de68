"""A small picture of what would come out, made anew with every change."""

import time

from PyQt5.QtCore import QPoint, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPixmap
from PyQt5.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from ..bands import image_of
from ..compute import procedure_of
from ..compute.invert import is_same_search
from ..compute.pace import FIRST, next_side
from ..document import Target
from ..errors import CancelledError, PolyinrError
from ..objects import Work
from ..operations import INVERT, Operation, Values
from ..performing import look
from ..picture import Picture
from ..session import Glance, Session, Source
from ..texts import _
from .runner import Runner

# Largest size of the picture.
_WIDTH, _HEIGHT = 288, 200
# The delay after which a change is computed, and how often progress shows, in milliseconds.
_DELAY, _TICK = 20, 100
# Side of a square of the board under transparent pixels.
_SQUARE = 8


class _Canvas(QWidget):
    """Shows the picture, over a board where it is transparent."""

    def __init__(self, owner: "Preview") -> None:
        super().__init__()
        self._owner = owner
        self._pressed: QPoint | None = None
        self.pixmap = QPixmap()
        self.setFixedHeight(_HEIGHT)
        self.setSizePolicy(QSizePolicy.Expanding, QSizePolicy.Fixed)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.pixmap.isNull():
            return
        size = self.pixmap.size()
        if not self._owner.shows_detail() or size.width() > self.width():
            size.scale(self.size(), Qt.KeepAspectRatio)
        left, top = (self.width() - size.width()) // 2, (self.height() - size.height()) // 2
        painter.setClipRect(left, top, size.width(), size.height())
        for y in range(top, top + size.height(), _SQUARE):
            for x in range(left, left + size.width(), _SQUARE):
                odd = ((x - left) // _SQUARE + (y - top) // _SQUARE) % 2
                painter.fillRect(x, y, _SQUARE, _SQUARE, QColor(*(102 if odd else 153,) * 3))
        painter.setRenderHint(QPainter.SmoothPixmapTransform)
        painter.drawPixmap(left, top, size.width(), size.height(), self.pixmap)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = event.pos()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is not None:
            self._owner.drag(event.pos() - self._pressed)
            self._pressed = event.pos()


class Preview(QWidget):
    """Computes previews, one at a time; of changes that come meanwhile the last.

    The first answer is as small as it must be to come at once; one that fills the area follows.
    """

    came = pyqtSignal(object, object)  # The operation, and the source that was looked at.

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._runner = Runner(self)
        self._work: Work | None = None
        self._wanted: tuple[Operation, Values] | None = None
        self._current: tuple[Operation, Values] | None = None
        self._seen: tuple[Operation, Source] | None = None
        self._middle = 0.5, 0.5
        self._side, self._is_warm = FIRST, False
        self._is_full, self._begun, self._rests = False, 0.0, False
        self._canvas = _Canvas(self)
        self._caption = QLabel()
        self._caption.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._canvas)
        column.addWidget(self._caption)
        self._delay = QTimer(self, singleShot=True, interval=_DELAY, timeout=self._on_delay)
        self._ticks = QTimer(self, interval=_TICK, timeout=self._on_tick)

    def shows_detail(self) -> bool:
        """Whether a part is shown at full size."""
        return bool(self._seen and procedure_of(self._seen[0]).detail_factor)

    def show_for(self, operation: Operation, values: Values) -> None:
        """Shows what would come out, soon."""
        if self._seen and self._seen[0] is not operation:
            self._canvas.pixmap = QPixmap()
            self._canvas.update()
        self._wanted, self._rests = (operation, values), False
        self._delay.start()

    def rest(self, serves: Values | None = None) -> None:
        """Computes nothing more, but for a search that serves a result of these values."""
        self._delay.stop()
        self._wanted, self._rests = None, True
        if not (serves and self._is_needed(serves)):
            self._stop()

    def _is_needed(self, values: Values) -> bool:
        """Whether what is computed is a search that other values need as well."""
        return bool(self._current) and not self._is_full and is_same_search(self._current, values)

    def is_busy(self) -> bool:
        """Whether a preview is being made."""
        return self._runner.is_running() or self._delay.isActive()

    def drag(self, by: QPoint) -> None:
        """Moves the detail that is shown, by pixels of the result."""
        if not self._seen or not self._current or not self.shows_detail():
            return
        operation, source = self._seen
        factor = procedure_of(operation).detail_factor(source, self._current[1])
        x, y = self._middle
        self._middle = (
            min(max(x - by.x() / factor / source.width, 0.0), 1.0),
            min(max(y - by.y() / factor / source.height, 0.0), 1.0),
        )
        self.show_for(*self._current)

    def _on_delay(self) -> None:
        if self._wanted is None:
            return
        operation, values = self._wanted
        if self._runner.is_running():
            # What is left of a search that the new values need as well is waited for.
            if self._is_needed(values):
                return
            self._stop()
        self._start(operation, values)

    def _most(self) -> int:
        """Longest side of a picture that fills the area."""
        return min(max(self._canvas.width(), _HEIGHT), _WIDTH)

    def _start(self, operation: Operation, values: Values, is_full: bool = False) -> None:
        most = self._most()
        side = most if is_full else min(self._side, most)
        glance = Glance(side, min(_HEIGHT, side), *self._middle)
        self._is_full, self._begun = is_full, time.monotonic()
        self._current, self._wanted = (operation, values), None
        self._work = Work(self._session.library)
        steps = look(Target.active(), operation, values, glance, self._session, self._work)
        self._runner.start(steps, self._on_done, self._on_failed)
        self._ticks.start()

    def _stop(self) -> None:
        if self._work:
            self._work.cancel()
        self._runner.stop()
        self._ticks.stop()

    def _on_done(self, result: tuple[Picture, Source]) -> None:
        self._ticks.stop()
        self._keep_pace()
        picture, source = result
        self._seen = self._current[0], source
        self._canvas.pixmap = QPixmap.fromImage(image_of(picture))
        self._canvas.update()
        shows_part = self.shows_detail()
        self._caption.setText(_("Detail at full size; drag to move") if shows_part else "")
        self.came.emit(*self._seen)
        self._go_on()
        if not (self.is_busy() or self._rests or self._is_full) and self._side < self._most():
            self._start(*self._current, is_full=True)

    def _keep_pace(self) -> None:
        """Makes the next answer larger or smaller after one that is done."""
        if self._is_full:
            return
        # A search takes as long whatever the preview's size; the first opens engine and model.
        if self._is_warm and self._current[0] is not INVERT:
            took = time.monotonic() - self._begun
            self._side = next_side(self._side, self._most(), took)
        self._is_warm = True

    def _on_failed(self, problem: PolyinrError) -> None:
        self._ticks.stop()
        if not isinstance(problem, CancelledError):
            self._canvas.pixmap = QPixmap()
            self._canvas.update()
            self._caption.setText(str(problem))
        self._go_on()

    def _go_on(self) -> None:
        if self._wanted is not None:
            self._start(*self._wanted)

    def _on_tick(self) -> None:
        work = self._work
        if work and work.psnr is not None:
            self._caption.setText(
                _("Searching: {percent} %, {psnr} dB").format(
                    percent=int(work.fraction * 100), psnr=f"{work.psnr:.1f}"
                )
            )
