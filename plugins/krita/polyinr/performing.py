"""Operations from their beginning to their end, and previews of them, in steps."""

from .compute import Procedure, extend, procedure_of
from .compute.areas import Area
from .document import Placed, Target
from .jobs import Job
from .objects import Work
from .operations import Operation, Values
from .picture import Picture
from .session import Glance, Session, Source
from .steps import Steps


def perform(
    target: Target, operation: Operation, values: Values, session: Session, work: Work
) -> Steps[Placed]:
    """Does an operation: reads, computes on a thread, writes."""
    source = yield from target.source(operation.needs_picture)
    run = procedure_of(operation).run
    outcome = yield from Job(work, lambda: run(session, source, values, work)).steps()
    return (yield from target.put(source, outcome))


def look(
    target: Target,
    operation: Operation,
    values: Values,
    glance: Glance,
    session: Session,
    work: Work,
) -> Steps[tuple[Picture, Source]]:
    """Makes a small picture of what would come out."""
    source = target.outline(operation.needs_picture)
    procedure = procedure_of(operation)
    yield from _survey(target, source, procedure, values, session)
    needed = procedure.needs(source, values, glance)
    if procedure.is_reduced:
        area = Area(source.x, source.y, source.width, source.height)
        side = extend.reduced_side(source, values, glance)
        source.picture = yield from target.reduced(area, side)
    elif needed:
        area = Area(source.x + needed.x, source.y + needed.y, needed.width, needed.height)
        source.picture = yield from target.read(area)
    job = Job(work, lambda: procedure.preview(session, source, values, glance, work))
    picture = yield from job.steps()
    return picture, source


def _survey(
    target: Target, source: Source, procedure: Procedure, values: Values, session: Session
) -> Steps[None]:
    """Looks at all of the source, once, where a preview of a part depends on it."""
    if procedure.lacks is None:
        return
    asked = Job(Work(session.library), lambda: procedure.lacks(session, source, values))
    if not (yield from asked.steps()):
        return
    source.picture = yield from target.read(Area(source.x, source.y, source.width, source.height))
    job = Job(Work(session.library), lambda: procedure.survey(session, source, values))
    yield from job.steps()
