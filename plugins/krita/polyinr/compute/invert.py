"""Invert and edit: the picture as a field of a generator, which is then changed and shown."""

from ..api import Channels, Kind, Sample
from ..objects import Field, Work
from ..operations import INVERT, Operation, Values
from ..picture import Picture, blank
from ..session import SEARCHED_BY, Glance, Outcome, Session, Source
from ..texts import _
from .areas import Area, fitted


def _edited(session: Session, source: Source, values: Values, work: Work) -> Field:
    """The picture's field, drawn towards the average, then mixed."""
    model = session.model(Kind.GENERATOR, values)
    field = session.embedding(source, values, work)
    if values["truncation"] != 1:
        # Weights that were fitted to the picture are drawn towards the generator's own.
        average = Field.from_seed(model, 0, str(values["class"]), 0.0)
        field = field.towards(average, 1 - values["truncation"])
    if not values["levels"]:
        return field
    other = Field.from_seed(model, int(values["seed"]), str(values["seed-class"]), 1.0)
    return field.towards(field.mixed(other, str(values["levels"])), float(values["amount"]))


def run(session: Session, source: Source, values: Values, work: Work) -> Outcome:
    """Finds and edits the picture, and keeps its field where that is wanted."""
    field = _edited(session, source, values, work)
    picture = blank(source.width, source.height, source.sample, source.channels)
    field.render(session.engine(values), picture, work)
    if values["file"]:
        field.save(str(values["file"]))
    return Outcome(
        picture=picture,
        name=_("Inverted"),
        canvas="kept",
        image_width=source.image_width,
        image_height=source.image_height,
        x=source.x,
        y=source.y,
        is_masked=source.mask is not None,
    )


def needs(source: Source, _values: Values, _glance: Glance) -> Area:
    """All of the source, so that the search serves the result as well."""
    return Area(0, 0, source.width, source.height)


def preview(
    session: Session, source: Source, values: Values, glance: Glance, work: Work
) -> Picture:
    """The edited picture on a sparser grid."""
    field = _edited(session, source, values, work)
    size = fitted(source.width, source.height, glance)
    picture = blank(*size, Sample.U8, Channels.RGBA)
    field.render(session.engine(values), picture, work)
    return picture


def describe(_session: Session, source: Source, _values: Values) -> str:
    """The picture's size."""
    return _("The picture: {width} × {height} pixels").format(
        width=source.width, height=source.height
    )


def is_same_search(current: tuple[Operation, Values], later: Values) -> bool:
    """Whether what is searched for a computation serves other values of an inversion as well."""
    operation, values = current
    return operation is INVERT and all(values[name] == later.get(name) for name in SEARCHED_BY)
