"""What was done before, kept with the user's settings."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from .errors import PolyinrError
from .operations import Operation, Values, find
from .texts import _

# As many as are kept.
MOST = 40


@dataclass(frozen=True)
class Entry:
    """A result: the operation, its values, and a thumbnail as a PNG file in base64."""

    operation: str
    values: Values
    thumbnail: str

    def describe(self) -> str:
        """The operation, and the values that are not the first ones, in words."""
        operation = find(self.operation)
        lines = [_(operation.title)]
        for parameter in operation.parameters:
            value = self.values[parameter.name]
            if value != parameter.initial or parameter.name in ("seed", "class"):
                lines.append(f"{_(parameter.label)}: {value if value != '' else '–'}")
        return "\n".join(lines)


class History:
    """Entries, the latest first, in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.entries = _read(path)

    def add(self, operation: Operation, values: Values, thumbnail: str) -> None:
        """Adds what was done, instead of the same before."""
        entry = Entry(operation.name, dict(values), thumbnail)
        others = [
            e for e in self.entries if (e.operation, e.values) != (entry.operation, entry.values)
        ]
        self.entries = [entry, *others][:MOST]
        self._write()

    def clear(self) -> None:
        """Forgets all."""
        self.entries = []
        self._write()

    def _write(self) -> None:
        """Replaces the file as a whole."""
        text = json.dumps([asdict(entry) for entry in self.entries], indent=1)
        beside = self._path.with_name(f"{self._path.name}.{os.getpid()}.new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_text(text, encoding="utf-8")
            beside.replace(self._path)
        except OSError as problem:
            raise PolyinrError(
                _("The history cannot be kept: {problem}").format(problem=problem)
            ) from None


def _read(path: Path) -> list[Entry]:
    """Entries of a file, as far as they can be understood."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    entries = []
    for entry in kept if isinstance(kept, list) else []:
        try:
            operation = find(entry["operation"])
            thumbnail = str(entry["thumbnail"])
            entries.append(Entry(operation.name, operation.complete(entry["values"]), thumbnail))
        except (PolyinrError, KeyError, TypeError):
            continue
    return entries[:MOST]
