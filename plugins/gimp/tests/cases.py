"""The cases: every operation on every kind of image, and arguments worth a case of their own."""

from dataclasses import dataclass, field

from interface import call

KINDS = ["RGB", "RGBA", "GRAY"]

# Precisions: depth of the source file, Script-Fu's constant.
PRECISIONS = {
    "u8": (8, "PRECISION-U8-NON-LINEAR"),
    "u16": (16, "PRECISION-U16-NON-LINEAR"),
    "float-linear": (16, "PRECISION-FLOAT-LINEAR"),
}

# Layers from the top down.
LAYERS = {
    "RGB": ["photo", "other"],
    "RGBA": ["other", "photo"],
    "GRAY": ["photo", "other"],
    "WIDE": ["other", "photo"],
    "NOISY": ["photo", "other"],
}

# Where things are: the photograph's layer in the image, the selection in the image.
LAYER = (7, 5, 40, 36)
IMAGE_SIZE = (60, 52)
SELECTION = (15, 12, 20, 18)

# Selections beside that of the matrix: how Script-Fu makes them, and their bounds in the image.
SELECTIONS = {
    "whole": ("", None),
    "selection": ("(gimp-image-select-rectangle image CHANNEL-OP-REPLACE 15 12 20 18)", SELECTION),
    "ellipse": ("(gimp-image-select-ellipse image CHANNEL-OP-REPLACE 15 12 20 18)", SELECTION),
    "beyond": (
        "(gimp-image-select-rectangle image CHANNEL-OP-REPLACE 30 2 28 20)",
        (30, 2, 28, 20),
    ),
}


@dataclass
class Case:
    """One call of a procedure on one image."""

    operation: str
    kind: str = "RGB"
    precision: str = "u8"
    region: str = "whole"
    arguments: dict = field(default_factory=dict)
    label: str = ""

    @property
    def name(self):
        """What the case is called, also in file names."""
        words = [self.operation, self.kind, self.precision, self.region, self.label]
        return "-".join(word for word in words if word)

    @property
    def bounds(self):
        """The selection's bounds in the image, or None."""
        return SELECTIONS[self.region][1]

    def script(self, host, folder):
        """The Scheme expression that calls the procedure on a copy of the image of its kind."""
        return (
            f'(run-case "{self.name}" {image_name(self.kind, self.precision)}\n'
            f"  (lambda (image) {SELECTIONS[self.region][0] or '#t'})\n"
            "  (lambda (image layer)\n"
            f"    {call(host, self.operation, 'image', 'layer', self.arguments)})\n"
            f'  "{folder}/{self.name}-before.xcf" "{folder}/{self.name}-after.xcf")'
        )


def image_name(kind, precision):
    """The Scheme variable that holds the image of a kind."""
    return f"image-{kind}-{precision}"


def images(sources, kinds=None):
    """The Scheme expressions that make an image of every kind, or only of some."""
    lines = []
    for kind, names in LAYERS.items():
        position = names.index("other")
        for precision, (depth, constant) in PRECISIONS.items():
            name = image_name(kind, precision)
            if kinds and name not in kinds:
                continue
            photo, other = (sources[role, kind, depth] for role in ("photo", "other"))
            converted = constant if precision == "float-linear" else "0"
            lines.append(f'(define {name} (build "{photo}" "{other}" {converted} {position}))')
    return "\n".join(lines)


def matrix(models, folder):
    """All cases; `models` are paths of small models by their kind."""
    # Inverting is a search: few steps of it show that the same is done. In a large generator it
    # would go another way for the last bit of a float, in which GIMP's conversion and ours may
    # differ.
    usual = {
        "super-resolve": {"factor": 2.0},
        "generate": {"class": "roses", "seed": 7},
        "extend-canvas": {"method": "smooth"},
        "invert": {"steps": 20},
    }
    # RGB with a profile of its own.
    kinds = {kind: ("whole", "selection") for kind in KINDS} | {"WIDE": ("whole",)}
    linear = {"invert": {"steps": 40, "model": models["generator"]}}
    cases = [
        Case(
            operation,
            kind,
            precision,
            region,
            linear.get(operation, arguments) if precision == "float-linear" else arguments,
        )
        for operation, arguments in usual.items()
        for kind, regions in kinds.items()
        for precision in PRECISIONS
        for region in regions
    ]
    return cases + _further(models, folder)


def _further(models, folder):
    tiny, small = models["generator"], models["upscaler"]
    mixed = {"steps": 20, "seed": 7, "seed-class": "roses", "levels": "fine", "amount": 0.6}
    return [
        _case("super-resolve", "factor 1.5", factor=1.5),
        _case("super-resolve", "selection by 1.5", "selection", factor=1.5),
        _case("super-resolve", "ellipse", "ellipse"),
        _case("super-resolve", "beyond", "beyond"),
        _case("super-resolve", "selection not scaled evenly", "selection", width=90, height=100),
        _case("super-resolve", "width", width=77),
        _case("super-resolve", "height", height=99),
        _case("super-resolve", "refined", factor=2.0, refine=3),
        _case("super-resolve", "refined in 5 steps", "selection", factor=2.0, refine=5),
        _case("super-resolve", "model file", model=small),
        _case("super-resolve", "cpu", engine="cpu"),
        *_cleaned({"model": models["cleaning"]}),
        _case("generate", "defaults"),
        _case("generate", "beyond", "beyond", seed=2),
        _case("generate", "ellipse", "ellipse", seed=6),
        _case("generate", "size", width=33, height=21, seed=3),
        _case("generate", "new image", target="image", seed=4, width=24, height=30),
        _case("generate", "truncated", truncation=0.4, seed=5, **{"class": "tulips"}),
        _case("generate", "class by number", seed=5, **{"class": "2"}),
        _case("generate", "model file", model=tiny, seed=9, **{"class": "class1"}),
        _case("extend-canvas", "defaults"),
        _case("extend-canvas", "sides", unit="pixels", **_margins(3, 0, 7, 4)),
        _case("extend-canvas", "per cent", **_margins(50, 25, 0, 25)),
        _case("extend-canvas", "ellipse", "ellipse", method="smooth"),
        _case("extend-canvas", "reflection", method="reflection"),
        _case("extend-canvas", "field", method="field", model=tiny),
        _case("extend-canvas", "auto", method="auto", model=tiny),
        _case("invert", "class", steps=15, **{"class": "daisy"}),
        _case("invert", "tuned", "selection", steps=15, tuning=3),
        _case("invert", "mixed", **mixed),
        _case("invert", "mixed, all", **(mixed | {"levels": "all", "amount": 1.0})),
        _case(
            "invert", "mixed and tuned", "selection", **(mixed | {"tuning": 3, "truncation": 0.7})
        ),
        _case("invert", "ellipse", "ellipse", steps=15, resolution=16),
        _case("invert", "truncated", steps=20, truncation=0.5),
        _case("invert", "model file", steps=20, model=tiny),
        _case("invert", "kept", steps=15, tuning=2, file=str(folder / "kept.field")),
    ]


def _cleaned(model):
    """Pictures with noise, with a model that can be told how much to clean."""
    by_hand = model | {"cleaning": "manual", "denoise": 0.6, "deblur": 0.25, "detail": 0.75}
    cases = [
        ("u8", "whole", model, "cleaned"),
        ("u16", "selection", model, "cleaned"),
        ("float-linear", "whole", model, "cleaned"),
        ("u8", "whole", model | {"factor": 1.0}, "cleaned_in_place"),
        ("u8", "whole", model | {"factor": 0.5}, "reduced_and_cleaned"),
        ("u8", "whole", by_hand, "cleaned_by_hand"),
        ("u8", "whole", model | {"cleaning": "manual"}, "not_cleaned"),
    ]
    return [Case("super-resolve", "NOISY", *case) for case in cases] + [
        Case("super-resolve", "RGBA", "u16", arguments=model, label="cleaned"),
        Case("super-resolve", "GRAY", arguments=by_hand, label="cleaned_by_hand"),
    ]


def _margins(left, right, top, bottom):
    sides = {"left": left, "right": right, "top": top, "bottom": bottom}
    return {"method": "smooth"} | {side: float(margin) for side, margin in sides.items()}


def _case(operation, label, region="whole", **arguments):
    return Case(operation, region=region, arguments=arguments, label=label.replace(" ", "_"))
