"""Controls of parameters: each shows and changes one value."""

import random

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QSpinBox,
    QToolButton,
    QWidget,
)

from ..api import Library
from ..objects import extend_method_names, level_group_names
from ..operations import Parameter, Takes, Value
from ..texts import _


class Control(QWidget):
    """What is common to all."""

    changed = pyqtSignal()

    def __init__(self, parameter: Parameter) -> None:
        super().__init__()
        self.parameter = parameter
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.setToolTip(_(parameter.tip))

    def value(self) -> Value:
        """The value that is shown."""
        raise NotImplementedError

    def show_value(self, value: Value) -> None:
        """Shows a value; nothing is signalled."""
        blocked = self.blockSignals(True)
        self._show(value)
        self.blockSignals(blocked)

    def _show(self, value: Value) -> None:
        raise NotImplementedError

    def _emit(self, *_args) -> None:
        self.changed.emit()


class NumberControl(Control):
    """A number; seeds can be thrown."""

    def __init__(self, parameter: Parameter) -> None:
        super().__init__(parameter)
        if parameter.takes is Takes.REAL:
            self._box = QDoubleSpinBox()
            self._box.setDecimals(parameter.digits)
            self._box.setSingleStep(0.05 if parameter.most <= 2 else 0.5)
        else:
            self._box = QSpinBox()
        self._box.setRange(
            *(
                kind(limit)
                for kind, limit in zip(
                    (type(self._box.value()),) * 2, (parameter.least, parameter.most), strict=True
                )
            )
        )
        # The wheel scrolls the docker unless the box was chosen; changes count when typed.
        self._box.setFocusPolicy(Qt.StrongFocus)
        self._box.setKeyboardTracking(False)
        self._box.setToolTip(self.toolTip())
        self._box.valueChanged.connect(self._emit)
        self.row.addWidget(self._box, 1)
        if parameter.takes is Takes.SEED:
            dice = QToolButton()
            dice.setText(_("New"))
            dice.setToolTip(_("Throw the dice"))
            dice.clicked.connect(lambda: self._box.setValue(random.randint(0, parameter.most)))
            self.row.addWidget(dice)

    def value(self) -> Value:
        return self._box.value()

    def _show(self, value: Value) -> None:
        self._box.setValue(value)


class ListControl(Control):
    """One of several names."""

    def __init__(self, parameter: Parameter, names: list[str]) -> None:
        super().__init__(parameter)
        self._box = QComboBox()
        self._box.setSizeAdjustPolicy(QComboBox.AdjustToMinimumContentsLengthWithIcon)
        self._box.setToolTip(self.toolTip())
        self._box.currentIndexChanged.connect(self._emit)
        self.row.addWidget(self._box, 1)
        self.offer([(name, parameter.label_of(name)) for name in names])

    def offer(self, entries: list[tuple[str, str]]) -> None:
        """Lists names by their labels; the one that was chosen stays."""
        value = self._box.currentData()
        blocked = self._box.blockSignals(True)
        self._box.clear()
        for name, label in entries:
            self._box.addItem(label, name)
        self._box.blockSignals(blocked)
        if value is not None:
            self.show_value(value)

    def value(self) -> Value:
        return self._box.currentData() or ""

    def _show(self, value: Value) -> None:
        index = self._box.findData(value)
        if index < 0:  # A model's path, or a class of another model.
            self._box.addItem(str(value), value)
            index = self._box.count() - 1
        self._box.setCurrentIndex(index)


class LevelsControl(Control):
    """Groups of levels; others that a script gave stay until a group is chosen."""

    def __init__(self, parameter: Parameter, groups: list[str]) -> None:
        super().__init__(parameter)
        self._other = ""
        self._boxes = {}
        for name in groups:
            box = QCheckBox(parameter.label_of(name))
            box.setToolTip(self.toolTip())
            box.clicked.connect(self._choose)
            self._boxes[name] = box
            self.row.addWidget(box)
        self.row.addStretch(1)

    def _choose(self) -> None:
        self._other = ""
        self._emit()

    def value(self) -> Value:
        chosen = [name for name, box in self._boxes.items() if box.isChecked()]
        return self._other or ",".join(chosen)

    def _show(self, value: Value) -> None:
        names = list(self._boxes) if value == "all" else [n for n in str(value).split(",") if n]
        for name, box in self._boxes.items():
            box.setChecked(name in names)
        self._other = "" if set(names) <= set(self._boxes) else str(value)


class FileControl(Control):
    """The path of a file to write."""

    def __init__(self, parameter: Parameter) -> None:
        super().__init__(parameter)
        self._line = QLineEdit()
        self._line.editingFinished.connect(self._emit)
        browse = QToolButton()
        browse.setText("…")
        browse.clicked.connect(self._browse)
        self.row.addWidget(self._line, 1)
        self.row.addWidget(browse)

    def _browse(self) -> None:
        path, _filter = QFileDialog.getSaveFileName(
            self, _("Keep field"), self._line.text() or _("picture.field")
        )
        if path:
            self._line.setText(path)
            self._emit()

    def value(self) -> Value:
        return self._line.text()

    def _show(self, value: Value) -> None:
        self._line.setText(str(value))


def control_for(parameter: Parameter, library: Library) -> Control:
    """The control that shows a parameter."""
    match parameter.takes:
        case Takes.REAL | Takes.WHOLE | Takes.SEED:
            return NumberControl(parameter)
        case Takes.LEVELS:
            return LevelsControl(parameter, level_group_names(library))
        case Takes.FILE:
            return FileControl(parameter)
        case Takes.METHOD:
            return ListControl(parameter, ["auto", *extend_method_names(library)])
        case _:
            return ListControl(parameter, [name for name, _label in parameter.choices])
