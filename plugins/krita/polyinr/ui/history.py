"""The strip of what was done before; a click brings its values back."""

from krita import Node
from PyQt5.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt, pyqtSignal
from PyQt5.QtGui import QIcon, QPixmap
from PyQt5.QtWidgets import QListView, QListWidget, QListWidgetItem

from ..errors import PolyinrError
from ..history import Entry, History
from ..operations import Operation, Values

_SIDE = 48


def thumbnail_of(layer: Node) -> str:
    """A small PNG file of a layer in base64."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.WriteOnly)
    bounds = layer.bounds().size().boundedTo(QSize(1 << 20, 1 << 20))
    bounds.scale(_SIDE, _SIDE, Qt.KeepAspectRatio)
    layer.thumbnail(max(1, bounds.width()), max(1, bounds.height())).save(buffer, "PNG")
    return bytes(data.toBase64()).decode()


class HistoryStrip(QListWidget):
    """Thumbnails side by side, the latest first."""

    chosen = pyqtSignal(object)

    def __init__(self, history: History) -> None:
        super().__init__()
        self._history = history
        self.setViewMode(QListView.IconMode)
        self.setFlow(QListView.LeftToRight)
        self.setWrapping(False)
        self.setMovement(QListView.Static)
        self.setIconSize(QSize(_SIDE, _SIDE))
        self.setVerticalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.setFixedHeight(_SIDE + 24)
        self.itemClicked.connect(lambda item: self.chosen.emit(item.data(Qt.UserRole)))
        self._show()

    def add(self, operation: Operation, values: Values, layer: Node) -> PolyinrError | None:
        """Adds a result; what went wrong when it could not be kept."""
        try:
            self._history.add(operation, values, thumbnail_of(layer))
        except PolyinrError as problem:
            return problem
        finally:
            self._show()
        return None

    def forget(self) -> None:
        """Clears the history."""
        self._history.clear()
        self._show()

    def _show(self) -> None:
        self.clear()
        for entry in self._history.entries:
            self.addItem(_item(entry))


def _item(entry: Entry) -> QListWidgetItem:
    pixmap = QPixmap()
    pixmap.loadFromData(QByteArray.fromBase64(entry.thumbnail.encode()))
    item = QListWidgetItem(QIcon(pixmap), "")
    item.setData(Qt.UserRole, entry)
    item.setToolTip(entry.describe())
    return item
