"""What can go wrong."""


class PolyinrError(Exception):
    """Something that a user is told, in one line; from the library it is the library's own text."""


class CancelledError(PolyinrError):
    """The user cancelled."""
