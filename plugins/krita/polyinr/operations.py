"""The four operations: what each is called and what it asks for.

Docker, actions, history and scripts all go by these definitions, which stand in `table.py`. Labels
and tips are translated where they are shown.
"""

from dataclasses import dataclass
from enum import Enum

from . import table
from .api import Kind
from .errors import PolyinrError
from .texts import _

# A value of a parameter, and the values of an operation's parameters by their names.
Value = float | int | str
Values = dict[str, Value]


class Takes(Enum):
    """What kind of value a parameter takes; says also which control shows it."""

    REAL = "a number"
    WHOLE = "a whole number"
    SEED = "a whole number that dice may throw"
    CHOICE = "one of `choices`"
    METHOD = "auto, or a method of extending that the library has"
    MODEL = "a model's name or path; empty for the default"
    CLASS = "one of the model's classes; empty for any"
    LEVELS = "levels or the library's groups of them with commas between; empty for none"
    ENGINE = "an engine's name, or auto"
    FILE = "the path of a file to write; empty for none"


@dataclass(frozen=True)
class Parameter:
    """What an operation asks for."""

    name: str  # As scripts give it.
    label: str
    tip: str
    takes: Takes
    initial: Value
    least: float = 0
    most: float = 0
    digits: int = 0  # After the point, as the docker shows it.
    choices: tuple[tuple[str, str], ...] = ()  # Names and labels; where the library lists, labels.
    is_linked: bool = False  # Whether the docker can change it together with its likes.
    counts_with: tuple[str, str] | None = None  # Another one and its value; None: always.

    def check(self, value: Value) -> Value:
        """The value as the parameter takes it, or an error."""
        if self.takes in (Takes.REAL, Takes.WHOLE, Takes.SEED):
            return self._number(value)
        if not isinstance(value, str):
            raise PolyinrError(_("{name}: a text is needed").format(name=self.name))
        names = [name for name, _label in self.choices]
        if self.takes is Takes.CHOICE and value not in names:
            raise PolyinrError(
                _('{name}: "{value}" is not one of {names}').format(
                    name=self.name, value=value, names=", ".join(names)
                )
            )
        return value

    def label_of(self, choice: str) -> str:
        """What a choice is called in the user's language; its name, if it has no label."""
        labels = dict(self.choices)
        return _(labels[choice]) if choice in labels else choice

    def _number(self, value: Value) -> float | int:
        is_whole = self.takes is not Takes.REAL
        if isinstance(value, int | float) and self.least <= value <= self.most:
            if not is_whole:
                return float(value)
            if value == int(value):
                return int(value)
        text = (
            _("{name}: {value} is not possible; give a whole number from {least} to {most}")
            if is_whole
            else _("{name}: {value} is not possible; give a number from {least} to {most}")
        )
        raise PolyinrError(
            text.format(name=self.name, value=value, least=self.least, most=self.most)
        )


@dataclass(frozen=True)
class Operation:
    """Something that is done to an image."""

    name: str  # As scripts give it.
    title: str
    blurb: str
    help: str
    kind: Kind  # Of its model.
    needs_picture: bool
    parameters: tuple[Parameter, ...]

    def defaults(self) -> Values:
        """The values that parameters have at first."""
        return {parameter.name: parameter.initial for parameter in self.parameters}

    def complete(self, given: Values) -> Values:
        """All values: those given, checked, and for others the first ones."""
        known = self.defaults()
        for name in given:
            if name not in known:
                raise PolyinrError(
                    _("{name}: {operation} has no such parameter; it has {names}").format(
                        name=name, operation=self.name, names=", ".join(known)
                    )
                )
        known.update(given)
        return {
            parameter.name: parameter.check(known[parameter.name]) for parameter in self.parameters
        }

    def recall(self, kept: object) -> Values:
        """Values that were kept, as far as they are valid, and for others the first ones."""
        values = self.defaults()
        for parameter in self.parameters:
            if isinstance(kept, dict) and parameter.name in kept:
                try:
                    values[parameter.name] = parameter.check(kept[parameter.name])
                except PolyinrError:
                    continue
        return values


def _parameter(entry: dict) -> Parameter:
    return Parameter(**entry | {"takes": Takes[entry["takes"]]})


def _operation(entry: dict) -> Operation:
    parameters = tuple(_parameter(parameter) for parameter in entry["parameters"])
    return Operation(**entry | {"kind": Kind[entry["kind"]], "parameters": parameters})


# In the order of the menu.
OPERATIONS = tuple(_operation(entry) for entry in table.OPERATIONS)
SUPER_RESOLVE, GENERATE, EXTEND, INVERT = OPERATIONS


def find(name: str) -> Operation:
    """The operation of that name."""
    for operation in OPERATIONS:
        if operation.name == name:
            return operation
    names = ", ".join(operation.name for operation in OPERATIONS)
    raise PolyinrError(
        _('There is no operation "{name}"; there are {names}').format(name=name, names=names)
    )
