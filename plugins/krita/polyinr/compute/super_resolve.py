"""Super-resolve: the image becomes larger, and the layer sharper than scaling could make it."""

import math
from dataclasses import dataclass

from ..api import Channels, Kind, Sample
from ..errors import PolyinrError
from ..objects import AUTO, Amounts, Work, super_resolve
from ..operations import Values
from ..picture import Picture, blank
from ..session import Glance, Outcome, Session, Source
from ..table import LARGEST_SIDE
from ..texts import _
from .areas import Area, rounded, scaled

# Pixels of the source around what a preview shows that its pixels depend on.
_AROUND = 24


def _factors(source: Source, values: Values) -> tuple[float, float]:
    """How many times wider and higher the image becomes."""
    x = y = float(values["factor"])
    if values["width"]:
        x = y = values["width"] / source.image_width
    if values["height"]:
        y = values["height"] / source.image_height
        if not values["width"]:
            x = y
    return x, y


def _image_size(source: Source, values: Values) -> tuple[int, int]:
    x, y = _factors(source, values)
    return scaled(source.image_width, x), scaled(source.image_height, y)


def run(session: Session, source: Source, values: Values, work: Work) -> Outcome:
    """Enlarges the source; the image is to be scaled by the same factor."""
    x, y = _factors(source, values)
    width, height = _image_size(source, values)
    if max(width, height) > LARGEST_SIDE:
        raise PolyinrError(
            _(
                "factor: the image would be {width} × {height} pixels, and {most} a side are"
                " possible"
            ).format(width=width, height=height, most=LARGEST_SIDE)
        )
    picture = source.picture
    large = blank(
        *(scaled(source.width, x), scaled(source.height, y)), picture.sample, picture.channels
    )
    if _is_estimated(session, source, values):
        survey(session, source, values)
    _enlarge(session, source, values, large, work)
    return Outcome(
        picture=large,
        name=_("Super-resolved"),
        canvas="scaled",
        image_width=width,
        image_height=height,
        x=rounded(source.x * x),
        y=rounded(source.y * y),
        hides_source=source.is_whole,
        is_masked=source.mask is not None,
    )


def _enlarge(session: Session, source: Source, values: Values, large: Picture, work: Work) -> None:
    """Fills a picture with what is there of the source."""
    engine, model = session.engine(values), session.model(Kind.UPSCALER, values)
    refine, detail = int(values["refine"]), float(values["detail"])
    amounts = _amounts(session, source, values)
    super_resolve(engine, model, refine, amounts, detail, source.picture, large, work)


def _may_be_estimated(source: Source, values: Values) -> bool:
    """Whether what is cleaned is estimated from the source as it is. Of a picture that becomes
    smaller the library itself estimates it, when it has reduced it; of one that is refined it
    cleans nothing."""
    is_as_is = min(_factors(source, values)) >= 1 and not values["refine"]
    return values["cleaning"] == "auto" and is_as_is


def _is_estimated(session: Session, source: Source, values: Values) -> bool:
    """The same with the values' model, which may not clean at all."""
    return _may_be_estimated(source, values) and session.model(Kind.UPSCALER, values).cleans


def _amounts(session: Session, source: Source, values: Values) -> Amounts:
    """How much is cleaned; what is estimated is the same in previews as in the result, unless the
    picture becomes smaller: then a preview estimates it from its part."""
    if values["cleaning"] == "manual":
        return Amounts(float(values["denoise"]), float(values["deblur"]))
    known = session.estimated(source, values) if _may_be_estimated(source, values) else None
    return known or AUTO


def lacks(session: Session, source: Source, values: Values) -> bool:
    """Whether what the source needs must be estimated, and has not been."""
    is_unknown = session.estimated(source, values) is None
    return is_unknown and _is_estimated(session, source, values)


def survey(session: Session, source: Source, values: Values) -> None:
    """Estimates what the source, whose pixels are all there, needs."""
    session.estimate(session.model(Kind.UPSCALER, values), source, values)


@dataclass
class _Cut:
    """Where a preview lies on a side: the pixels of the source that it is made from, some more
    than are seen, and what of the result is cut off before it."""

    start: int
    length: int
    result: int
    offset: int
    shown: int


def _cut(side: int, factor: float, middle: float, most: int) -> _Cut:
    shown = min(most, scaled(side, factor))
    seen = shown / factor
    first = min(max(middle * side - seen / 2, 0.0), max(0.0, side - seen))
    start = max(0, math.floor(first - _AROUND))
    length = min(side, math.ceil(first + seen + _AROUND)) - start
    result = max(scaled(length, factor), shown)
    offset = min(rounded((first - start) * factor), result - shown)
    return _Cut(start, length, result, offset, shown)


def _cuts(source: Source, values: Values, glance: Glance) -> tuple[_Cut, _Cut]:
    x, y = _factors(source, values)
    return (
        _cut(source.width, x, glance.x, glance.width),
        _cut(source.height, y, glance.y, glance.height),
    )


def needs(source: Source, values: Values, glance: Glance) -> Area:
    """The part of the source that a preview is made from."""
    x, y = _cuts(source, values, glance)
    return Area(x.start, y.start, x.length, y.length)


def preview(
    session: Session, source: Source, values: Values, glance: Glance, work: Work
) -> Picture:
    """A detail at full size, from the part that `needs` names."""
    x, y = _cuts(source, values, glance)
    large = blank(x.result, y.result, Sample.U8, Channels.RGBA)
    _enlarge(session, source, values, large, work)
    return large.cropped(x.offset, y.offset, x.shown, y.shown)


def describe(session: Session, source: Source, values: Values) -> str:
    """The image's size before and after, and how much is cleaned, once that has been estimated."""
    width, height = _image_size(source, values)
    size = _("The image: {width} × {height} pixels instead of {old_width} × {old_height}").format(
        width=width,
        height=height,
        old_width=source.image_width,
        old_height=source.image_height,
    )
    known = session.estimated(source, values) if _may_be_estimated(source, values) else None
    if known is None:
        return size
    return _("{size}; denoise {denoise}, deblur {deblur}").format(
        size=size, denoise=f"{known.denoise:.2f}", deblur=f"{known.deblur:.2f}"
    )


def detail_factor(source: Source, values: Values) -> float:
    """How many pixels of the preview one of the picture is."""
    return _factors(source, values)[0]
