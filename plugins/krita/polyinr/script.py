"""For scripts: runs an operation from the beginning to the end.

    from krita import Krita
    from polyinr import script

    document = Krita.instance().openDocument("photo.jpg")
    document, layer = script.run("super-resolve", document, factor=3.0)
    document.exportImage("large.png", InfoObject())

Parameters are those of `polyinr.operations`, with `_` for `-`, and `class_` for `class`.
"""

from krita import Document, Node

from . import library
from .document import Placed, Target
from .objects import Work
from .operations import Value, find
from .performing import perform
from .steps import finish


def run(
    name: str, document: Document | None, layer: Node | None = None, **parameters: Value
) -> Placed:
    """Does an operation on a document's active layer, or another; the image with its new layer.

    Raises `polyinr.errors.PolyinrError` with a text for the user when it fails.
    """
    operation = find(name)
    given = {key.rstrip("_").replace("_", "-"): value for key, value in parameters.items()}
    values = operation.complete(given)
    session = library.session()
    work = Work(session.library)
    return finish(perform(Target.of(document, layer), operation, values, session, work))
