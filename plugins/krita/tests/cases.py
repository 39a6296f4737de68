"""The cases: every operation on every kind of image, and parameters worth a case of their own."""

from dataclasses import dataclass, field

import numpy

# Profiles of the matrix: what Krita gives new images.
PROFILES = {
    ("RGBA", "U8"): "sRGB-elle-V2-srgbtrc.icc",
    ("RGBA", "U16"): "sRGB-elle-V2-srgbtrc.icc",
    ("RGBA", "F16"): "sRGB-elle-V2-g10.icc",
    ("RGBA", "F32"): "sRGB-elle-V2-g10.icc",
    ("GRAYA", "U8"): "Gray-D50-elle-V2-srgbtrc.icc",
    ("GRAYA", "U16"): "Gray-D50-elle-V2-srgbtrc.icc",
    ("GRAYA", "F16"): "Gray-D50-elle-V2-g10.icc",
    ("GRAYA", "F32"): "Gray-D50-elle-V2-g10.icc",
}

# Where things are: the image, the photograph's layer in it, the selection.
IMAGE = (60, 52)
LAYER = (7, 5, 40, 36)
SELECTION = (15, 12, 20, 18)
BEYOND = (30, 2, 28, 20)


def ellipse():
    """How far the pixels of the selection's bounds are selected, with soft edges."""
    _, _, width, height = SELECTION
    down, right = numpy.mgrid[0:height, 0:width]
    distance = numpy.hypot((right + 0.5) / width * 2 - 1, (down + 0.5) / height * 2 - 1)
    mask = numpy.round(numpy.clip((1 - distance) * 8, 0, 1) * 255).astype("u1")
    # Its bounds are those of the selection.
    mask[0, width // 2] = mask[-1, width // 2] = mask[height // 2, 0] = mask[height // 2, -1] = 255
    return mask


# Bounds of the selections, and how far the pixels in them are selected; None for fully.
REGIONS = {
    "whole": (None, None),
    "selection": (SELECTION, None),
    "beyond": (BEYOND, None),
    "ellipse": (SELECTION, ellipse()),
}


@dataclass
class Case:
    """One call of an operation on one image."""

    operation: str
    model: str = "RGBA"
    depth: str = "U8"
    region: str = "whole"
    arguments: dict = field(default_factory=dict)
    label: str = ""
    profile: str = ""
    has_alpha: bool = False  # Whether the photograph is transparent here and there.
    is_noisy: bool = False  # Whether it has noise.

    def __post_init__(self):
        self.profile = self.profile or PROFILES[self.model, self.depth]

    @property
    def name(self):
        """What the case is called, also in file names."""
        words = [self.operation, self.model, self.depth, self.region, self.label]
        return "-".join(word for word in words if word)

    @property
    def is_linear(self):
        """Whether the image holds light, not what a screen shows."""
        return "g10" in self.profile or "linear" in self.profile

    @property
    def area(self):
        """What is worked on, in the image."""
        bounds = REGIONS[self.region][0]
        if bounds is None:
            return (0, 0, *IMAGE) if self.operation == "generate" else LAYER
        if self.operation == "generate":
            return bounds
        left, top = max(bounds[0], LAYER[0]), max(bounds[1], LAYER[1])
        right = min(bounds[0] + bounds[2], LAYER[0] + LAYER[2])
        bottom = min(bounds[1] + bounds[3], LAYER[1] + LAYER[3])
        return left, top, right - left, bottom - top


def matrix(models, folder):
    """All cases; `models` are small models by their kinds, `folder` is for files that are kept."""
    usual = {
        "super-resolve": {"factor": 2.0},
        "generate": {"class": "roses", "seed": 7},
        "extend-canvas": {"method": "smooth"},
        "invert": {"steps": 20},
    }
    cases = [
        Case(operation, model, depth, region, arguments)
        for operation, arguments in usual.items()
        for model in ("RGBA", "GRAYA")
        for depth in ("U8", "U16", "F16", "F32")
        for region in ("whole", "selection")
    ]
    return cases + _regions() + _profiles() + _parameters(models, folder)


def _regions():
    """Selections that are no rectangles or reach beyond the layer, and transparent pixels."""
    return [
        *(
            _case(operation, "ellipse", model=model, depth=depth, **arguments)
            for operation, arguments in (
                ("super-resolve", {"factor": 1.5}),
                ("generate", {"seed": 3}),
                ("invert", {"steps": 15, "resolution": 16}),
            )
            for model, depth in (("RGBA", "U8"), ("RGBA", "F32"), ("GRAYA", "U16"))
        ),
        _case("super-resolve", "beyond", depth="U16", factor=2.0),
        _case("generate", "beyond", seed=2),
        *(
            _case("super-resolve", label="transparent", depth=depth, has_alpha=True, factor=1.5)
            for depth in ("U8", "U16", "F16", "F32")
        ),
        _case("super-resolve", "ellipse", "transparent", has_alpha=True, factor=2.0),
        _case("extend-canvas", label="transparent", has_alpha=True, method="smooth"),
        _case("invert", label="transparent", has_alpha=True, steps=15),
    ]


def _profiles():
    """Colour profiles other than those of new images."""
    named = [
        ("U8", "ClayRGB-elle-V2-g22.icc"),
        ("F32", "sRGB-elle-V2-srgbtrc.icc"),
        ("F16", "sRGB-elle-V2-srgbtrc.icc"),
        ("U16", "sRGB-elle-V2-g10.icc"),
    ]
    cases = []
    for depth, profile in named:
        label = profile.removesuffix(".icc")
        for operation in ("super-resolve", "generate", "extend-canvas"):
            arguments = {"method": "smooth"} if operation == "extend-canvas" else {}
            cases.append(_case(operation, label=label, depth=depth, profile=profile, **arguments))
    return cases


def _parameters(models, folder):
    tiny, small = models["generator"], models["upscaler"]
    mixed = {"steps": 20, "seed": 7, "seed-class": "roses", "levels": "fine", "amount": 0.6}
    sides = {"unit": "pixels", "left": 3.0, "right": 0.0, "top": 7.0, "bottom": 4.0}
    return [
        _case("super-resolve", "selection", "unequal", width=90, height=100),
        _case("super-resolve", label="width", width=77),
        _case("super-resolve", label="height", height=99),
        _case("super-resolve", label="refined", factor=2.0, refine=3),
        _case("super-resolve", label="model file", model_file=small),
        _case("super-resolve", label="cpu", engine="cpu"),
        *_cleaned(models["cleaning"]),
        _case("generate", label="defaults"),
        _case("generate", label="size", width=33, height=21, seed=3),
        _case("generate", label="new image", target="image", seed=4, width=24, height=30),
        _case("generate", label="truncated", truncation=0.4, seed=5, class_name="tulips"),
        _case("generate", label="model file", model_file=tiny, seed=9, class_name="class1"),
        _case("extend-canvas", label="defaults"),
        _case("extend-canvas", label="sides", method="smooth", **sides),
        _case("extend-canvas", label="inside", method="smooth", **(sides | {"top": 2.0})),
        _case("extend-canvas", label="reflection", method="reflection"),
        _case("extend-canvas", label="field", method="field", model_file=tiny),
        _case("invert", label="class", steps=15, class_name="daisy"),
        _case("invert", "selection", "tuned", steps=15, tuning=3),
        _case("invert", label="mixed", **mixed),
        _case("invert", label="mixed all", **(mixed | {"levels": "all", "amount": 1.0})),
        _case("invert", label="truncated", steps=20, truncation=0.5),
        _case("invert", label="model file", steps=20, model_file=tiny),
        _case("invert", label="kept", steps=15, tuning=2, file=str(folder / "kept.field")),
    ]


def _cleaned(model):
    """Pictures with noise, with a model that can be told how much to clean."""
    common = {"model_file": model, "is_noisy": True}
    by_hand = {"cleaning": "manual", "denoise": 0.6, "deblur": 0.25, "detail": 0.75}
    return [
        _case("super-resolve", region, label, **common, **given)
        for region, label, given in (
            ("whole", "cleaned", {}),
            ("selection", "cleaned", {"depth": "U16"}),
            ("whole", "cleaned", {"depth": "F32"}),
            ("whole", "cleaned transparent", {"depth": "U16", "has_alpha": True}),
            ("whole", "cleaned in place", {"factor": 1.0}),
            ("whole", "reduced and cleaned", {"factor": 0.5}),
            ("whole", "cleaned by hand", by_hand),
            ("whole", "cleaned by hand", by_hand | {"model": "GRAYA"}),
            ("whole", "not cleaned", {"cleaning": "manual"}),
        )
    ]


def _case(operation, region="whole", label="", **given):
    own = {
        name: given.pop(name)
        for name in ("model", "depth", "profile", "has_alpha", "is_noisy")
        if name in given
    }
    for name, parameter in (("model_file", "model"), ("class_name", "class")):
        if name in given:
            given[parameter] = str(given.pop(name))
    return Case(operation, region=region, label=label.replace(" ", "_"), arguments=given, **own)
