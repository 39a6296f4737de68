"""Extend canvas: margins around a picture that continue it."""

from dataclasses import dataclass

from ..api import Kind
from ..errors import PolyinrError
from ..objects import Work, extend
from ..operations import Values
from ..picture import Picture, blank
from ..session import Glance, Outcome, Session, Source
from ..table import LARGEST_SIDE
from ..texts import _
from .areas import rounded


@dataclass(frozen=True)
class _Margins:
    """In pixels."""

    left: int
    right: int
    top: int
    bottom: int

    def any(self) -> bool:
        return bool(self.left or self.right or self.top or self.bottom)

    def scaled(self, factor: float) -> "_Margins":
        sides = (self.left, self.right, self.top, self.bottom)
        return _Margins(*(rounded(side * factor) for side in sides))


def _margins(source: Source, values: Values) -> _Margins:
    def pixels(name: str, length: int) -> int:
        share = length / 100 if values["unit"] == "percent" else 1
        return min(rounded(values[name] * share), LARGEST_SIDE)

    return _Margins(
        pixels("left", source.width),
        pixels("right", source.width),
        pixels("top", source.height),
        pixels("bottom", source.height),
    )


def _extended(
    session: Session, values: Values, picture: Picture, margins: _Margins, method: str, work: Work
) -> Picture:
    engine, model = session.engine(values), session.model(Kind.GENERATOR, values)
    large = blank(
        picture.width + margins.left + margins.right,
        picture.height + margins.top + margins.bottom,
        picture.sample,
        picture.channels,
    )
    sides = margins.top, margins.right, margins.bottom, margins.left
    extend(engine, model, sides, method, picture, large, work)
    return large


def _placed(source: Source, margins: _Margins) -> dict[str, int]:
    """Where the picture with its margins lies, and the canvas that holds it: the image's, grown
    where that is needed."""
    left, top = source.x - margins.left, source.y - margins.top
    right = source.x + source.width + margins.right
    bottom = source.y + source.height + margins.bottom
    move_x, move_y = max(0, -left), max(0, -top)
    return {
        "x": left + move_x,
        "y": top + move_y,
        "move_x": move_x,
        "move_y": move_y,
        "image_width": max(source.image_width, right) + move_x,
        "image_height": max(source.image_height, bottom) + move_y,
    }


def run(session: Session, source: Source, values: Values, work: Work) -> Outcome:
    """Adds the margins; the canvas is to grow where they do not fit."""
    margins = _margins(source, values)
    if not margins.any():
        raise PolyinrError(
            _("left, right, top, bottom: all margins are 0; one at least must be more")
        )
    method = str(values["method"])
    return Outcome(
        picture=_extended(session, values, source.picture, margins, method, work),
        name=_("Extended"),
        canvas="resized",
        hides_source=source.is_whole,
        keeps_source=True,
        **_placed(source, margins),
    )


def needs(_source: Source, _values: Values, _glance: Glance) -> None:
    """Nothing at full resolution: a preview is of the reduced picture."""


def preview(
    session: Session, source: Source, values: Values, glance: Glance, work: Work
) -> Picture:
    """The reduced picture with its margins; the search for each side's best method, which takes
    seconds, is left to the result."""
    margins = _margins(source, values)
    small = source.picture
    factor = max(small.width, small.height) / max(source.width, source.height)
    margins = margins.scaled(factor)
    if not margins.any():
        return small
    method = "reflection" if values["method"] == "reflection" else "smooth"
    return _extended(session, values, small, margins, method, work)


def reduced_side(source: Source, values: Values, glance: Glance) -> int:
    """Longest side of the reduced picture, so that its margins fit into a preview too."""
    margins = _margins(source, values)
    width = source.width + margins.left + margins.right
    height = source.height + margins.top + margins.bottom
    factor = min(1.0, glance.width / width, glance.height / height)
    return max(1, int(max(source.width, source.height) * factor))


def describe(_session: Session, source: Source, values: Values) -> str:
    """The image's size before and after."""
    placed = _placed(source, _margins(source, values))
    return _("The image: {width} × {height} pixels instead of {old_width} × {old_height}").format(
        width=placed["image_width"],
        height=placed["image_height"],
        old_width=source.image_width,
        old_height=source.image_height,
    )
