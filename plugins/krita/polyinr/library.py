"""The library and the session that all of the plug-in shares, opened when they are needed."""

import os
from pathlib import Path

from .api import open_library
from .session import Preferences, Session

_FOLDER = Path(__file__).resolve().parent
_MODELS = "POLYINR_MODELS"
_models_before = os.environ.get(_MODELS)
_session: Session | None = None


def session() -> Session:
    """The session; an error when the library cannot be opened."""
    global _session
    if _session is None:
        _session = Session(open_library(_FOLDER))
    return _session


def prefer(preferences: Preferences) -> None:
    """Sets what holds for all operations from now on."""
    folders = [folder for folder in (preferences.models, _models_before) if folder]
    if folders:
        os.environ[_MODELS] = os.pathsep.join(folders)
    else:
        os.environ.pop(_MODELS, None)
    if _session is not None:
        if _session.preferences.models != preferences.models:
            _session.forget_models()
        _session.preferences = preferences
