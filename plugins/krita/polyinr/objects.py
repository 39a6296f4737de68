"""The library's objects, each freed with the last reference to it."""

from typing import NamedTuple

from .api import (
    AMOUNT_AUTO,
    CancelHandle,
    EngineOptionsHandle,
    Handle,
    Kind,
    Library,
    ProgressState,
    Space,
    ViewHandle,
    buffer,
)
from .errors import CancelledError, PolyinrError
from .picture import Picture
from .priority import with_nicer_threads
from .texts import _


class Work:
    """One computation, for the thread that follows it."""

    token = CancelHandle()  # Until it is made.

    def __init__(self, library: Library) -> None:
        self._library = library
        self.token = library.make("cancel_new")
        self._state = ProgressState()
        self.is_cancelled = False

    def __del__(self) -> None:
        if self.token:
            self._library.do("cancel_free", self.token)

    @property
    def fraction(self) -> float:
        """How much is done, from 0 to 1."""
        return self._state.done / self._state.total if self._state.total else 0.0

    @property
    def psnr(self) -> float | None:
        """Of an inversion that has begun, in dB."""
        return self._state.psnr or None

    def follow(self) -> tuple:
        """Arguments of calls that are followed and can be cancelled."""
        return *self._library.follow(self._state), self.token

    def follow_inversion(self) -> tuple:
        """The same for inversions."""
        return *self._library.follow_inversion(self._state), self.token

    def show(self, other: "Work") -> None:
        """Shows how far another computation is, before this one begins."""
        state = other._state
        self._state.done, self._state.total = state.done, state.total
        self._state.psnr = state.psnr

    def cancel(self) -> None:
        """Ends the computation at its next step; from any thread."""
        self.is_cancelled = True
        self._library.do("cancel_cancel", self.token)


class _Object:
    """What the library knows by a handle."""

    noun = ""
    handle = Handle()  # Until it is made.

    def __init__(self, library: Library, handle: Handle) -> None:
        self.library = library
        self.handle = handle

    def __del__(self) -> None:
        if self.handle:
            self.library.do(f"{self.noun}_free", self.handle)


class Engine(_Object):
    """What does the arithmetic."""

    noun = "engine"

    def __init__(self, library: Library, name: str, threads: int) -> None:
        options = _Options(library, "engine")
        options.set("threads", threads)
        made = with_nicer_threads(lambda: library.make("engine_new", name, options.handle))
        super().__init__(library, made)


class Amounts(NamedTuple):
    """How much of noise and traces of compression, and of blur, is taken away: 0 to 1, or
    `AMOUNT_AUTO`."""

    denoise: float
    deblur: float


# As much as the picture seems to need to the library.
AUTO = Amounts(AMOUNT_AUTO, AMOUNT_AUTO)


class Model(_Object):
    """Trained weights."""

    noun = "model"

    def __init__(self, library: Library, name: str) -> None:
        super().__init__(library, library.make("model_find", name))
        self.kind = Kind(library.ask("model_kind", self.handle))
        self.cleans = library.ask("model_cleans", self.handle)

    def classes(self) -> list[str]:
        """Names of the classes; none for models without."""
        count = self.library.ask("model_class_count", self.handle)
        return [self.library.ask("model_class_name", self.handle, i) for i in range(count)]

    def estimate(self, picture: Picture) -> Amounts:
        """How much a picture seems to need, with an upscaler that cleans."""
        return Amounts(*self.library.estimate(self.handle, buffer(picture)))


class _Options(_Object):
    """Options of an operation; `options.set("refine", 3)`."""

    def __init__(self, library: Library, noun: str) -> None:
        self.noun = f"{noun}_options"
        super().__init__(library, library.make(f"{self.noun}_new"))

    def set(self, name: str, *values) -> None:
        """Sets one of them."""
        self.library.do(f"{self.noun}_set_{name}", self.handle, *values)


class Field(_Object):
    """A continuous image of a generator."""

    noun = "field"

    @classmethod
    def from_seed(cls, model: Model, seed: int, class_name: str, truncation: float) -> "Field":
        """The image of a seed. An empty class is the seed's."""
        library = model.library
        options = _Options(library, "generate")
        options.set("seed", seed)
        options.set("class_name", class_name or None)
        options.set("truncation", truncation, -1)
        return cls(library, library.make("field_from_seed", model.handle, options.handle))

    @classmethod
    def from_picture(
        cls,
        engine: Engine,
        model: Model,
        picture: Picture,
        mask: Picture | None,
        settings: dict,
        work: Work,
    ) -> "Field":
        """Searches the field that shows the picture where the mask is light."""
        library = model.library
        options = _Options(library, "invert")
        options.set("class_name", settings["class"] or None)
        options.set("steps", settings["steps"], settings["tuning"], 0.0)
        options.set("resolution", settings["resolution"])
        if mask:
            options.set("mask", buffer(mask))
        handle, found = library.invert(
            *(engine.handle, model.handle, options.handle, buffer(picture)),
            *work.follow_inversion(),
        )
        field = cls(library, handle)
        if found.stopped:
            raise CancelledError(_("Cancelled"))
        return field

    def mixed(self, other: "Field", levels: str) -> "Field":
        """This field with some levels of another."""
        made = self.library.make("field_mix", self.handle, other.handle, levels, Space.A)
        return Field(self.library, made)

    def towards(self, other: "Field", part: float) -> "Field":
        """The field that is a part of the way to another."""
        made = self.library.make("field_interpolate", self.handle, other.handle, part, Space.A)
        return Field(self.library, made)

    def save(self, path: str) -> None:
        """Keeps it in a file, instead of one that is there."""
        self.library.do("field_save", self.handle, path, True)

    def render(self, engine: Engine, output: Picture, work: Work) -> None:
        """Fills a picture with colour channels."""
        self.library.do(
            *("field_render", engine.handle, self.handle, ViewHandle()),
            *(*work.follow(), buffer(output)),
        )


def super_resolve(
    engine: Engine,
    model: Model,
    refine: int,
    amounts: Amounts,
    detail: float,
    source: Picture,
    output: Picture,
    work: Work,
) -> None:
    """Makes a picture as large as another, which is filled."""
    options = _Options(engine.library, "super_resolve")
    options.set("refine", refine)
    options.set("denoise", amounts.denoise)
    options.set("deblur", amounts.deblur)
    options.set("detail", detail)
    engine.library.do(
        *("super_resolve", engine.handle, model.handle, options.handle, buffer(source)),
        *(*work.follow(), buffer(output)),
    )


def extend(
    engine: Engine,
    model: Model,
    margins: tuple[int, int, int, int],
    method: str,
    source: Picture,
    output: Picture,
    work: Work,
) -> None:
    """Adds margins (top, right, bottom, left) to a picture."""
    options = _Options(engine.library, "extend")
    options.set("margins", *margins)
    options.set("method", method)
    engine.library.do(
        *("extend", engine.handle, model.handle, options.handle, buffer(source)),
        *(*work.follow(), buffer(output)),
    )


def default_model(library: Library, kind: Kind) -> str:
    """Name of the model of a kind that is taken where none is named; empty where there is none."""
    return library.ask("model_default", kind) or ""


def model_names(library: Library, kind: Kind) -> list[str]:
    """Names of the models of a kind that are found."""
    models = library.make("model_list_new", kind)
    try:
        count = library.ask("model_list_count", models)
        return [library.ask("model_list_name", models, index) for index in range(count)]
    finally:
        library.do("model_list_free", models)


def engine_problem(library: Library, name: str) -> str:
    """Why an engine cannot run here; empty if it can. It takes a moment."""
    try:
        library.do("engine_check", name, EngineOptionsHandle())
    except PolyinrError as problem:
        return str(problem)
    return ""


def engine_choice(library: Library) -> tuple[str, str]:
    """The engine that "auto" stands for, and why no faster one, a line for each. It takes a
    moment."""
    choice = library.make("engine_choice_new", EngineOptionsHandle())
    try:
        texts = ("engine_choice_name", "engine_choice_reason")
        name, reason = (library.ask(text, choice) for text in texts)
        return name, reason
    finally:
        library.do("engine_choice_free", choice)


def engine_names(library: Library) -> list[str]:
    """Names of all engines, also of those that cannot run here."""
    return _names(library, "engine")


def extend_method_names(library: Library) -> list[str]:
    """Names of the methods by which margins can be made."""
    return _names(library, "extend_method")


def level_group_names(library: Library) -> list[str]:
    """Names of the groups of a generator's levels."""
    return _names(library, "level_group")


def _names(library: Library, noun: str) -> list[str]:
    names: list[str] = []
    while name := library.ask(f"{noun}_name", len(names)):
        names.append(name)
    return names
