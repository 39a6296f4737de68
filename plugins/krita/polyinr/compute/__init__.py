"""What the operations do, by their names; without Krita."""

from collections.abc import Callable
from dataclasses import dataclass

from ..objects import Work
from ..operations import Operation, Values
from ..picture import Picture
from ..session import Glance, Outcome, Session, Source
from . import extend, generate, invert, super_resolve
from .areas import Area


@dataclass(frozen=True)
class Procedure:
    """How an operation is done; from any thread."""

    run: Callable[[Session, Source, Values, Work], Outcome]
    # A small picture of what would come out, in 8 bits, from what `needs` says of the source.
    preview: Callable[[Session, Source, Values, Glance, Work], Picture]
    # What size comes out, and what else is known of it, in words for the user; at once.
    describe: Callable[[Session, Source, Values], str]
    # The part of the source that a preview needs at full resolution; None for no pixels.
    needs: Callable[[Source, Values, Glance], Area | None]
    # Whether a preview takes a reduced picture instead.
    is_reduced: bool = False
    # How many pixels of the preview one of the picture is, where previews show a part.
    detail_factor: Callable[[Source, Values], float] | None = None
    # Whether all of the source must be looked at before a preview of a part, and what does so.
    lacks: Callable[[Session, Source, Values], bool] | None = None
    survey: Callable[[Session, Source, Values], None] | None = None


_PROCEDURES = {
    "super-resolve": Procedure(
        super_resolve.run,
        super_resolve.preview,
        super_resolve.describe,
        super_resolve.needs,
        detail_factor=super_resolve.detail_factor,
        lacks=super_resolve.lacks,
        survey=super_resolve.survey,
    ),
    "generate": Procedure(generate.run, generate.preview, generate.describe, generate.needs),
    "extend-canvas": Procedure(
        extend.run, extend.preview, extend.describe, extend.needs, is_reduced=True
    ),
    "invert": Procedure(invert.run, invert.preview, invert.describe, invert.needs),
}


def procedure_of(operation: Operation) -> Procedure:
    """How the operation is done."""
    return _PROCEDURES[operation.name]
