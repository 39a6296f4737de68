"""What is kept in Krita's own settings."""

import json

from krita import Krita

from .operations import OPERATIONS, Operation, Values
from .session import Preferences

_GROUP = "polyinr"


def _read(name: str) -> str:
    return Krita.instance().readSetting(_GROUP, name, "")


def _write(name: str, text: str) -> None:
    Krita.instance().writeSetting(_GROUP, name, text)


def preferences() -> Preferences:
    """What the user set for all operations."""
    threads = _read("threads")
    return Preferences(
        engine=_read("engine") or "auto",
        threads=min(int(threads), 1024) if threads.isdecimal() else 0,
        models=_read("models"),
    )


def keep_preferences(preferences: Preferences) -> None:
    """Keeps what the user set."""
    _write("engine", preferences.engine)
    _write("threads", str(preferences.threads))
    _write("models", preferences.models)


def values(operation: Operation) -> Values:
    """The values that an operation had last."""
    try:
        kept = json.loads(_read(operation.name) or "{}")
    except ValueError:
        kept = {}
    return operation.recall(kept)


def keep_values(operation: Operation, values: Values) -> None:
    """Keeps the values of an operation."""
    _write(operation.name, json.dumps(values))


def chosen_operation() -> Operation:
    """The operation that the docker showed last."""
    name = _read("operation")
    return next((each for each in OPERATIONS if each.name == name), OPERATIONS[0])


def keep_operation(operation: Operation) -> None:
    """Keeps which operation the docker shows."""
    _write("operation", operation.name)


def is_live() -> bool:
    """Whether the docker shows previews."""
    return _read("preview") != "no"


def keep_live(live: bool) -> None:
    """Keeps whether the docker shows previews."""
    _write("preview", "yes" if live else "no")
