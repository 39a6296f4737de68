"""The four operations: what each is called and what it asks for.

Docker, actions, history and scripts all go by these definitions. Labels and tips are translated
where they are shown.
"""

from dataclasses import dataclass
from enum import Enum

from .api import Kind
from .errors import PolyinrError
from .picture import LARGEST_SIDE
from .texts import N_, _

# A value of a parameter, and the values of an operation's parameters by their names.
Value = float | int | str
Values = dict[str, Value]

LARGEST_SEED = 2**31 - 1


class Takes(Enum):
    """What kind of value a parameter takes; says also which control shows it."""

    REAL = "a number"
    WHOLE = "a whole number"
    SEED = "a whole number that dice may throw"
    CHOICE = "one of `choices`"
    MODEL = "a model's name or path; empty for the default"
    CLASS = "one of the model's classes; empty for any"
    LEVELS = "levels or groups of levels with commas between; empty for none"
    ENGINE = "an engine's name, or auto"
    FILE = "the path of a file to write; empty for none"


@dataclass(frozen=True)
class Parameter:
    """What an operation asks for."""

    name: str  # As scripts give it.
    label: str
    tip: str
    takes: Takes
    initial: Value
    least: float = 0
    most: float = 0
    digits: int = 0  # After the point, as the docker shows it.
    choices: tuple[tuple[str, str], ...] = ()  # Names and labels.
    is_linked: bool = False  # Whether the docker can change it together with its likes.
    counts_with: tuple[str, str] | None = None  # Another one and its value; None: always.

    def check(self, value: Value) -> Value:
        """The value as the parameter takes it, or an error."""
        if self.takes in (Takes.REAL, Takes.WHOLE, Takes.SEED):
            return self._number(value)
        if not isinstance(value, str):
            raise PolyinrError(_("{name}: a text is needed").format(name=self.name))
        names = [name for name, _label in self.choices]
        if names and value not in names:
            raise PolyinrError(
                _('{name}: "{value}" is not one of {names}').format(
                    name=self.name, value=value, names=", ".join(names)
                )
            )
        return value

    def _number(self, value: Value) -> float | int:
        is_whole = self.takes is not Takes.REAL
        if isinstance(value, int | float) and self.least <= value <= self.most:
            if not is_whole:
                return float(value)
            if value == int(value):
                return int(value)
        text = (
            _("{name}: {value} is not possible; give a whole number from {least} to {most}")
            if is_whole
            else _("{name}: {value} is not possible; give a number from {least} to {most}")
        )
        raise PolyinrError(
            text.format(name=self.name, value=value, least=self.least, most=self.most)
        )


@dataclass(frozen=True)
class Operation:
    """Something that is done to an image."""

    name: str  # As scripts give it.
    title: str
    blurb: str
    help: str
    kind: Kind  # Of its model.
    needs_picture: bool
    parameters: tuple[Parameter, ...]

    def defaults(self) -> Values:
        """The values that parameters have at first."""
        return {parameter.name: parameter.initial for parameter in self.parameters}

    def complete(self, given: Values) -> Values:
        """All values: those given, checked, and for others the first ones."""
        known = self.defaults()
        for name in given:
            if name not in known:
                raise PolyinrError(
                    _("{name}: {operation} has no such parameter; it has {names}").format(
                        name=name, operation=self.name, names=", ".join(known)
                    )
                )
        known.update(given)
        return {
            parameter.name: parameter.check(known[parameter.name]) for parameter in self.parameters
        }

    def recall(self, kept: object) -> Values:
        """Values that were kept, as far as they are valid, and for others the first ones."""
        values = self.defaults()
        for parameter in self.parameters:
            if isinstance(kept, dict) and parameter.name in kept:
                try:
                    values[parameter.name] = parameter.check(kept[parameter.name])
                except PolyinrError:
                    continue
        return values


def _real(name: str, label: str, tip: str, initial: float, least: float, most: float) -> Parameter:
    return Parameter(name, label, tip, Takes.REAL, initial, least, most, digits=2)


def _amount(name: str, label: str, tip: str) -> Parameter:
    by_hand = ("cleaning", "manual")
    return Parameter(name, label, tip, Takes.REAL, 0.0, 0, 1, digits=2, counts_with=by_hand)


def _whole(name: str, label: str, tip: str, initial: int, least: int, most: int) -> Parameter:
    return Parameter(name, label, tip, Takes.WHOLE, initial, least, most)


def _seed(name: str, label: str, tip: str) -> Parameter:
    return Parameter(name, label, tip, Takes.SEED, 0, 0, LARGEST_SEED)


def _choice(name: str, label: str, tip: str, *choices: tuple[str, str]) -> Parameter:
    return Parameter(name, label, tip, Takes.CHOICE, choices[0][0], choices=choices)


def _side(name: str, label: str, tip: str) -> Parameter:
    return _whole(name, label, tip, 0, 0, LARGEST_SIDE)


def _class(name: str, label: str, tip: str) -> Parameter:
    return Parameter(name, label, tip, Takes.CLASS, "")


def _model(tip: str) -> Parameter:
    return Parameter("model", N_("Model"), tip, Takes.MODEL, "")


def _margin(name: str, label: str, tip: str) -> Parameter:
    return Parameter(name, label, tip, Takes.REAL, 12.5, 0, 65536, digits=1, is_linked=True)


_ENGINE = Parameter("engine", N_("Engine"), N_("What does the arithmetic"), Takes.ENGINE, "auto")
_GENERATOR = _model(N_("Generator: a name, or the path of a model file"))

SUPER_RESOLVE = Operation(
    name="super-resolve",
    title=N_("Super-resolve"),
    blurb=N_("Make the image larger and its detail sharper"),
    help=N_(
        "Scales the image by any factor, or to an exact size, and puts the active layer, computed"
        " anew by a neural network at the new resolution, on top. With factor 1 it only cleans."
        " With a selection that part of the layer is computed."
    ),
    kind=Kind.UPSCALER,
    needs_picture=True,
    parameters=(
        _real("factor", N_("Factor"), N_("How many times larger both sides become"), 2.0, 0.1, 64),
        _side(
            "width",
            N_("Width (0: auto)"),
            N_(
                "Exact width of the image in pixels, instead of the factor; 0: by the height or"
                " the factor"
            ),
        ),
        _side(
            "height",
            N_("Height (0: auto)"),
            N_(
                "Exact height of the image in pixels, instead of the factor; 0: by the width or"
                " the factor"
            ),
        ),
        _whole(
            "refine",
            N_("Refining steps"),
            N_(
                "Correct the result until, reduced again, it is the picture it was made from; 3"
                " steps are enough, 0 leaves it out. Nothing is cleaned then"
            ),
            *(0, 0, 16),
        ),
        _choice(
            "cleaning",
            N_("Cleaning"),
            N_(
                "How much noise, blur and traces of compression are taken away, by models that can"
                " be told how much"
            ),
            ("auto", N_("As the picture needs")),
            ("manual", N_("As set below")),
        ),
        _amount(
            "denoise",
            N_("Denoise"),
            N_(
                "How much noise and traces of compression to take away: 0 none, 1 strong noise;"
                " more than there is takes detail away. Used when cleaning is set by hand"
            ),
        ),
        _amount(
            "deblur",
            N_("Deblur"),
            N_(
                "How much blur to take away: 0 none, 1 strong blur; more than there is makes edges"
                " too sharp. Used when cleaning is set by hand"
            ),
        ),
        _amount(
            "detail",
            N_("Detail"),
            N_(
                "How much detail is drawn that looks as if it were there: 0 nearest to the truth, 1"
                " as sharp as it can be. By models that can be told how much"
            ),
        ),
        _model(N_("Upscaler: a name, or the path of a model file")),
        _ENGINE,
    ),
)

GENERATE = Operation(
    name="generate",
    title=N_("Generate"),
    blurb=N_("Generate a picture from a seed, at any size"),
    help=N_(
        "Makes a picture with a generator: of a class, by the number of a seed, as a new layer in"
        " the selection's place or as a new image."
    ),
    kind=Kind.GENERATOR,
    needs_picture=False,
    parameters=(
        _GENERATOR,
        _class("class", N_("Class"), N_("What the picture shows; empty: by the seed")),
        _seed("seed", N_("Seed"), N_("Which picture; the same number gives the same picture")),
        _real(
            "truncation",
            N_("Truncation"),
            N_("1: as varied as the model knows; less: closer to the average picture, which is 0"),
            *(1.0, 0, 2),
        ),
        _side(
            "width",
            N_("Width (0: auto)"),
            N_("Width in pixels; 0: as the selection, or the image if nothing is selected"),
        ),
        _side(
            "height",
            N_("Height (0: auto)"),
            N_("Height in pixels; 0: as the selection, or the image if nothing is selected"),
        ),
        _choice(
            "target",
            N_("Result"),
            N_("Where the picture goes"),
            ("layer", N_("New layer")),
            ("image", N_("New image")),
        ),
        _ENGINE,
    ),
)

EXTEND = Operation(
    name="extend-canvas",
    title=N_("Extend canvas"),
    blurb=N_("Add margins that continue the picture"),
    help=N_(
        "Makes the canvas larger and continues the active layer into the new margins. The layer's"
        " own pixels stay as they are; the result is a layer of its own."
    ),
    kind=Kind.GENERATOR,
    needs_picture=True,
    parameters=(
        _margin("left", N_("Left"), N_("What is added on the left")),
        _margin("right", N_("Right"), N_("What is added on the right")),
        _margin("top", N_("Top"), N_("What is added on top")),
        _margin("bottom", N_("Bottom"), N_("What is added at the bottom")),
        _choice(
            "unit",
            N_("Unit"),
            N_("Of the margins: per cent of the picture's width and height, or pixels"),
            ("percent", N_("per cent")),
            ("pixels", N_("pixels")),
        ),
        _choice(
            "method",
            N_("Method"),
            N_(
                "How margins are made; on each side the best is found on a hidden ring of the"
                " picture, unless one is chosen"
            ),
            ("auto", N_("The best on each side")),
            ("field", N_("A generator's field")),
            ("smooth", N_("Smooth continuation")),
            ("reflection", N_("Reflection")),
        ),
        _GENERATOR,
        _ENGINE,
    ),
)

INVERT = Operation(
    name="invert",
    title=N_("Invert and edit"),
    blurb=N_("Find the picture in a generator, and edit it there"),
    help=N_(
        "Searches the image of a generator that is closest to the active layer (where it is"
        " selected), mixes it with the image of a seed, and puts the result on top. It shows what"
        " the generator can show."
    ),
    kind=Kind.GENERATOR,
    needs_picture=True,
    parameters=(
        _GENERATOR,
        _class(
            "class",
            N_("Class"),
            N_("Class from whose pictures the search starts; empty: the nearest"),
        ),
        _whole(
            "steps",
            N_("Steps"),
            N_("Steps of the search; more come closer and take longer"),
            *(2500, 1, 100000),
        ),
        _whole(
            "tuning",
            N_("Tuning"),
            N_(
                "Steps in which the generator itself is fitted to the picture after that; 500"
                " come close to any picture"
            ),
            *(0, 0, 100000),
        ),
        _whole(
            "resolution",
            N_("Resolution"),
            N_(
                "Longest side in pixels at which pictures are compared; 0: the picture's own, at"
                " most 128"
            ),
            *(0, 0, 4096),
        ),
        _seed("seed", N_("Mix with seed"), N_("Seed of the picture that is mixed in")),
        _class("seed-class", N_("of class"), N_("Class of the picture that is mixed in")),
        Parameter(
            "levels",
            N_("Levels"),
            N_(
                "What is taken from the seed's picture: its shape, coarse or fine features;"
                ' scripts can name levels too, as "0-4,8"'
            ),
            Takes.LEVELS,
            "",
        ),
        _real(
            "amount",
            N_("Amount"),
            N_("How far to go towards the mixture: 0 is the picture, 1 the mixture"),
            *(1.0, 0, 1),
        ),
        _real(
            "truncation",
            N_("Truncation"),
            N_(
                "1: the picture as it was found; less: closer to the generator's average picture,"
                " which is 0"
            ),
            *(1.0, 0, 1),
        ),
        Parameter(
            "file",
            N_("Keep field"),
            N_(
                "File in which the result is kept as a field, for polyinr render, mix and"
                " interpolate; empty: none"
            ),
            Takes.FILE,
            "",
        ),
        _ENGINE,
    ),
)

# In the order of the menu.
OPERATIONS = (SUPER_RESOLVE, GENERATE, EXTEND, INVERT)


def find(name: str) -> Operation:
    """The operation of that name."""
    for operation in OPERATIONS:
        if operation.name == name:
            return operation
    names = ", ".join(operation.name for operation in OPERATIONS)
    raise PolyinrError(
        _('There is no operation "{name}"; there are {names}').format(name=name, names=names)
    )
