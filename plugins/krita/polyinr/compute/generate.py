"""Generate: an image from a seed, as a layer or as an image of its own."""

from ..api import Channels, Kind, Sample
from ..objects import Field, Work
from ..operations import Values
from ..picture import Picture, blank
from ..session import Glance, Outcome, Session, Source
from ..texts import _
from .areas import fitted


def _size(source: Source, values: Values) -> tuple[int, int]:
    return int(values["width"]) or source.width, int(values["height"]) or source.height


def _render(session: Session, values: Values, picture: Picture, work: Work) -> Picture:
    engine, model = session.engine(values), session.model(Kind.GENERATOR, values)
    field = Field.from_seed(
        model, int(values["seed"]), str(values["class"]), float(values["truncation"])
    )
    field.render(engine, picture, work)
    return picture


def run(session: Session, source: Source, values: Values, work: Work) -> Outcome:
    """Renders the picture of the seed."""
    is_image = values["target"] == "image"
    width, height = _size(source, values)
    sample, channels = source.sample, source.channels
    if is_image:
        sample, channels = Sample.U8, Channels.BGRA
    picture = _render(session, values, blank(width, height, sample, channels), work)
    fills_area = (width, height) == (source.width, source.height)
    return Outcome(
        picture=picture,
        name=_("{name}, seed {seed}").format(
            name=values["class"] or _("Generated"), seed=values["seed"]
        ),
        canvas="new" if is_image else "kept",
        image_width=width if is_image else source.image_width,
        image_height=height if is_image else source.image_height,
        x=0 if is_image else source.x,
        y=0 if is_image else source.y,
        is_masked=not is_image and source.mask is not None and fills_area,
    )


def needs(_source: Source, _values: Values, _glance: Glance) -> None:
    """Nothing of the source."""


def preview(
    session: Session, source: Source, values: Values, glance: Glance, work: Work
) -> Picture:
    """The same picture on a sparser grid."""
    width, height = fitted(*_size(source, values), glance)
    return _render(session, values, blank(width, height, Sample.U8, Channels.RGBA), work)


def describe(_session: Session, source: Source, values: Values) -> str:
    """The picture's size."""
    width, height = _size(source, values)
    return _("The picture: {width} × {height} pixels").format(width=width, height=height)
