"""What stays open between computations: the library, the engine, the model, an inverted picture."""

import hashlib
import threading
from dataclasses import dataclass, field

from .api import Channels, Kind, Library, Sample
from .errors import CancelledError, PolyinrError
from .objects import (
    Amounts,
    Engine,
    Field,
    Model,
    Work,
    default_model,
    engine_choice,
    engine_problem,
)
from .operations import Values
from .picture import Picture
from .texts import _

# Parameters that the search for an inverted picture depends on.
SEARCHED_BY = ("model", "engine", "class", "steps", "tuning", "resolution")


@dataclass
class Source:
    """The part of a layer that an operation is done on."""

    picture: Picture | None  # Its pixels; None where the operation needs none.
    mask: Picture | None  # How far they are selected, grey; None for fully.
    sample: Sample  # Of a new layer's colours.
    channels: Channels
    x: int  # Where it lies in the image.
    y: int
    width: int
    height: int
    image_width: int
    image_height: int
    is_whole: bool  # Whether it is all of the layer.
    signature: tuple = ()  # What tells it from others, as far as its pixels do not matter.


@dataclass
class Outcome:
    """What an operation comes to: a new layer."""

    picture: Picture
    name: str
    canvas: str  # `kept`, `scaled`, `resized` with what is on it moved, or `new`.
    image_width: int
    image_height: int
    x: int  # Where the layer lies in the image as it is afterwards.
    y: int
    move_x: int = 0
    move_y: int = 0
    hides_source: bool = False
    is_masked: bool = False  # Whether it shows only where the source was selected.
    keeps_source: bool = False  # Whether the source's pixels are in it as they are.


@dataclass
class Glance:
    """Where a preview looks, and how large it is."""

    width: int  # Largest size in pixels.
    height: int
    x: float = 0.5  # What is in its middle, in fractions of the picture.
    y: float = 0.5


@dataclass
class Preferences:
    """What a user set for all operations."""

    engine: str = "auto"
    threads: int = 0  # 0 for one for every processor.
    models: str = ""  # A folder in which models are looked for as well.


@dataclass
class _Embedding:
    """A field that shows a picture, and what it was made from."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    key: tuple = ()
    field: Field | None = None
    search: Work | None = None  # Under way, by whoever holds the lock.


class Session:
    """Opens what computations need and keeps it for the next."""

    def __init__(self, library: Library, preferences: Preferences | None = None) -> None:
        self.library = library
        self.preferences = preferences or Preferences()
        self._lock = threading.Lock()
        self._engine: tuple[tuple, Engine] | None = None
        self._problems: dict[str, str] = {}  # Of engines that were looked after.
        self._automatic: tuple[str, str] | None = None  # Which engine "auto" is, and why.
        self._models: dict[str, Model] = {}
        self._embedding = _Embedding()
        # What the last source that was estimated, with which model, seems to need.
        self._estimate: tuple[tuple, Amounts] | None = None

    def engine(self, values: Values) -> Engine:
        """The engine that the values ask for."""
        name = str(values["engine"])
        if name == "auto":
            name = self.preferences.engine
        wanted = (name, self.preferences.threads)
        with self._lock:
            if self._engine is None or self._engine[0] != wanted:
                self._engine = wanted, Engine(self.library, *wanted)
            return self._engine[1]

    def model(self, kind: Kind, values: Values) -> Model:
        """The model that the values ask for."""
        name = str(values["model"]) or default_model(self.library, kind)
        with self._lock:
            model = self._models.get(name)
            if model is None:
                model = Model(self.library, name)
            if model.kind is not kind:
                raise PolyinrError(
                    (
                        _("model: {name} is no upscaler; leave it empty for the default one")
                        if kind is Kind.UPSCALER
                        else _("model: {name} is no generator; leave it empty for the default one")
                    ).format(name=name)
                )
            self._models[name] = model
            return model

    def estimate(self, model: Model, source: Source, values: Values) -> Amounts:
        """How much of noise and blur the source, whose pixels are all there, seems to need; kept
        for previews of it."""
        amounts = model.estimate(source.picture)
        self._estimate = (values["model"], *source.signature), amounts
        return amounts

    def estimated(self, source: Source, values: Values) -> Amounts | None:
        """The same without the pixels, at once; None when another source was estimated last, or
        with another model."""
        kept = self._estimate
        if kept is None or kept[0] != (values["model"], *source.signature):
            return None
        return kept[1]

    def forget_models(self) -> None:
        """Opens models anew when they are needed next; the folders may have changed."""
        with self._lock:
            self._models.clear()
        self._estimate = None

    def problem_of(self, engine: str) -> str:
        """Why an engine cannot run here; empty if it can. It is looked after once, since it may
        take long."""
        if engine not in self._problems:
            self._problems[engine] = engine_problem(self.library, engine)
        return self._problems[engine]

    def check_engines(self) -> None:
        """Looks anew after which engines can run when that is asked for next."""
        self._problems.clear()
        self._automatic = None

    def engine_reason(self) -> tuple[str, str]:
        """Which engine computes, and why, in words for the user; and why faster ones do not. The
        library is asked once, since it may take long."""
        name = self.preferences.engine
        if name != "auto":
            return self.problem_of(name) or _("{name}, as chosen").format(name=name), ""
        if self._automatic is None:
            self._automatic = self._automatic_reason()
        return self._automatic

    def _automatic_reason(self) -> tuple[str, str]:
        """The same for the engine that the library takes by itself."""
        try:
            best, others = engine_choice(self.library)
        except PolyinrError as problem:
            return str(problem), ""
        return _("{name}: the fastest engine that runs here").format(name=best), others

    def embedding(self, source: Source, values: Values, work: Work) -> Field:
        """The field that shows the source; it is searched once for the same inputs."""
        engine, model = self.engine(values), self.model(Kind.GENERATOR, values)
        kept = self._embedding
        self._await_search(work)
        try:
            key = _key(source, values)
            if kept.field is None or kept.key != key:
                kept.search = work
                kept.field = Field.from_picture(
                    engine, model, source.picture, source.mask, values, work
                )
                kept.key = key
            return kept.field
        finally:
            kept.search = None
            kept.lock.release()

    def _await_search(self, work: Work) -> None:
        """Waits until no other computation searches, showing how far that one is, since it may be
        the same search: a preview's serves the result too."""
        kept = self._embedding
        while not kept.lock.acquire(timeout=0.05):
            search = kept.search
            if work.is_cancelled:
                raise CancelledError(_("Cancelled"))
            if search:
                work.show(search)


def _key(source: Source, values: Values) -> tuple:
    """What an inversion depends on."""
    picture, mask = source.picture, source.mask
    return (
        *(values[name] for name in SEARCHED_BY),
        *(picture.width, picture.height, picture.sample, picture.channels),
        hashlib.sha256(picture.pixels).digest(),
        hashlib.sha256(mask.pixels).digest() if mask else b"",
    )
