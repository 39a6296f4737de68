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
from .compute import procedure_of
from .document import Placed, Target
from .jobs import Job
from .objects import Work
from .operations import Operation, Value, Values, find
from .session import Session
from .steps import Steps, finish


def perform(
    target: Target, operation: Operation, values: Values, session: Session, work: Work
) -> Steps[Placed]:
    """An operation in steps: reads, computes on a thread, writes."""
    source = yield from target.source(operation.needs_picture)
    run = procedure_of(operation).run
    outcome = yield from Job(work, lambda: run(session, source, values, work)).steps()
    return (yield from target.put(source, outcome))


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
