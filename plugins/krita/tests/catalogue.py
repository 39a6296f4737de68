"""Texts of the sources, and of a translation."""

import ast
from pathlib import Path

PLUG_IN = Path(__file__).resolve().parents[1]


def texts() -> set[str]:
    """What the sources give to `_` and `N_`."""
    found = set()
    for path in sorted((PLUG_IN / "polyinr").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id in ("_", "N_") and isinstance(node.args[0], ast.Constant):
                found.add(node.args[0].value)
    return found


def translations(path: Path) -> dict[str, str]:
    """Texts of a .po file with what they are in its language."""
    entries, key, parts = {}, "", {"msgid": "", "msgstr": ""}
    for line in [*path.read_text(encoding="utf-8").splitlines(), 'msgid ""']:
        word, _, text = line.partition(" ")
        if word == "msgid" and key == "msgstr":
            entries[parts["msgid"]] = parts["msgstr"]
        if word in parts:
            key, parts[word] = word, ast.literal_eval(text)
        elif line.startswith('"'):
            parts[key] += ast.literal_eval(line)
    return entries
