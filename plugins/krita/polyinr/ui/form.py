"""The parameters of an operation."""

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QCheckBox, QFormLayout, QLabel, QWidget

from ..errors import PolyinrError
from ..objects import model_names
from ..operations import Operation, Takes, Values
from ..session import Session
from ..texts import _
from .controls import Control, ListControl, control_for


class Form(QWidget):
    """Controls in rows; the engine is chosen elsewhere, for all operations."""

    changed = pyqtSignal()

    def __init__(self, operation: Operation, session: Session, values: Values) -> None:
        super().__init__()
        self.operation = operation
        self._session = session
        self._controls: dict[str, Control] = {}
        self._link: QCheckBox | None = None
        self._rows = QFormLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setFieldGrowthPolicy(QFormLayout.ExpandingFieldsGrow)
        for parameter in operation.parameters:
            if parameter.takes is not Takes.ENGINE:
                self._add(control_for(parameter, session.library))
        self.list_models()
        self.show_values(values)

    def _add(self, control: Control) -> None:
        parameter = control.parameter
        are_linked = any(control.parameter.is_linked for control in self._controls.values())
        if self._link is None and are_linked and not parameter.is_linked:
            self._add_link()
        label = QLabel(_(parameter.label))
        label.setToolTip(_(parameter.tip))
        self._rows.addRow(label, control)
        self._controls[parameter.name] = control
        control.changed.connect(lambda: self._on_change(control))

    def _add_link(self) -> None:
        self._link = QCheckBox(_("The same on all sides"))
        self._link.setChecked(True)
        self._rows.addRow("", self._link)

    def _on_change(self, control: Control) -> None:
        if control.parameter.is_linked and self._link and self._link.isChecked():
            for other in self._controls.values():
                if other.parameter.is_linked:
                    other.show_value(control.value())
        if control.parameter.takes is Takes.MODEL:
            self._list_classes()
        self._enable()
        self.changed.emit()

    def _enable(self) -> None:
        """Only what counts can be changed."""
        for control in self._controls.values():
            if control.parameter.counts_with:
                name, value = control.parameter.counts_with
                control.setEnabled(self._controls[name].value() == value)

    def values(self) -> Values:
        """All values."""
        shown = {name: control.value() for name, control in self._controls.items()}
        return self.operation.complete(shown)

    def show_values(self, values: Values) -> None:
        """Shows values; nothing is signalled."""
        for name, control in self._controls.items():
            control.show_value(values[name])
            if control.parameter.takes is Takes.MODEL:
                self._list_classes()
        linked = {values[n] for n, c in self._controls.items() if c.parameter.is_linked}
        if self._link and len(linked) > 1:
            self._link.setChecked(False)
        self._enable()

    def _lists(self, takes: Takes) -> list[ListControl]:
        return [
            control
            for control in self._controls.values()
            if isinstance(control, ListControl) and control.parameter.takes is takes
        ]

    def list_models(self) -> None:
        """Lists the models that are found now."""
        names = model_names(self._session.library, self.operation.kind)
        for control in self._lists(Takes.MODEL):
            control.offer([("", _("Default")), *((name, name) for name in names)])
        self._list_classes()

    def _list_classes(self) -> None:
        controls = self._lists(Takes.CLASS)
        if not controls:
            return
        model = self._controls["model"].value()
        try:
            classes = self._session.model(self.operation.kind, {"model": model}).classes()
        except PolyinrError:
            classes = []  # The preview says what is wrong with the model.
        for control in controls:
            control.offer([("", _("Any")), *((name, name) for name in classes)])
