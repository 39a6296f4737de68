"""Texts in the user's language, from `locale` beside this file."""

import gettext
from pathlib import Path

_FOLDER = Path(__file__).resolve().parent / "locale"
_translations = gettext.translation("polyinr", _FOLDER, fallback=True)


def use_languages(languages: list[str]) -> None:
    """Chooses the first of the languages (as `de_DE`) that there are texts for."""
    global _translations
    names = [name.replace("-", "_") for name in languages]
    # English is the language of the sources: what follows it is not wanted.
    for index, name in enumerate(names):
        if name == "C" or name.startswith("en"):
            names = names[:index]
            break
    _translations = gettext.NullTranslations()
    if names:
        _translations = gettext.translation("polyinr", _FOLDER, names, fallback=True)


def _(text: str) -> str:
    """The text in the user's language."""
    return _translations.gettext(text)


def N_(text: str) -> str:
    """Marks a text that is translated where it is shown."""
    return text
