"""Written by `cargo xtask operations` from plugins/operations.toml; change it there."""

from .texts import N_

# Largest side in pixels of a result.
LARGEST_SIDE = 262144

# In the order of the menu.
OPERATIONS = (
    {
        "name": "super-resolve",
        "title": N_("Super-resolve"),
        "blurb": N_("Make the image larger and its detail sharper"),
        "help": N_(
            "Scales the image by any factor, or to an exact size, and puts the active layer, "
            "computed anew by a neural network at the new resolution, on top. With factor 1 it "
            "only cleans. With a selection that part of the layer is computed."
        ),
        "kind": "UPSCALER",
        "needs_picture": True,
        "parameters": (
            {
                "name": "factor",
                "label": N_("Factor"),
                "tip": N_("How many times larger both sides become"),
                "takes": "REAL",
                "initial": 2.0,
                "least": 0.1,
                "most": 64.0,
                "digits": 2,
            },
            {
                "name": "width",
                "label": N_("Width (0: auto)"),
                "tip": N_(
                    "Exact width of the image in pixels, instead of the factor; 0: by the height "
                    "or the factor"
                ),
                "takes": "WHOLE",
                "initial": 0,
                "least": 0,
                "most": 262144,
            },
            {
                "name": "height",
                "label": N_("Height (0: auto)"),
                "tip": N_(
                    "Exact height of the image in pixels, instead of the factor; 0: by the width "
                    "or the factor"
                ),
                "takes": "WHOLE",
                "initial": 0,
                "least": 0,
                "most": 262144,
            },
            {
                "name": "refine",
                "label": N_("Refining steps"),
                "tip": N_(
                    "Correct the result until, reduced again, it is the picture it was made from; "
                    "3 steps are enough, 0 leaves it out. Nothing is cleaned then"
                ),
                "takes": "WHOLE",
                "initial": 0,
                "least": 0,
                "most": 16,
            },
            {
                "name": "cleaning",
                "label": N_("Cleaning"),
                "tip": N_(
                    "How much noise, blur and traces of compression are taken away, by models that "
                    "can be told how much"
                ),
                "takes": "CHOICE",
                "initial": "auto",
                "choices": (
                    ("auto", N_("As the picture needs")),
                    ("manual", N_("As set below")),
                ),
            },
            {
                "name": "denoise",
                "label": N_("Denoise"),
                "tip": N_(
                    "How much noise and traces of compression to take away: 0 none, 1 strong "
                    "noise; more than there is takes detail away. Used when cleaning is set by hand"
                ),
                "takes": "REAL",
                "initial": 0.0,
                "least": 0.0,
                "most": 1.0,
                "digits": 2,
                "counts_with": ("cleaning", "manual"),
            },
            {
                "name": "deblur",
                "label": N_("Deblur"),
                "tip": N_(
                    "How much blur to take away: 0 none, 1 strong blur; more than there is makes "
                    "edges too sharp. Used when cleaning is set by hand"
                ),
                "takes": "REAL",
                "initial": 0.0,
                "least": 0.0,
                "most": 1.0,
                "digits": 2,
                "counts_with": ("cleaning", "manual"),
            },
            {
                "name": "detail",
                "label": N_("Detail"),
                "tip": N_(
                    "How much detail is drawn that looks as if it were there: 0 nearest to the "
                    "truth, 1 as sharp as it can be. By models that can be told how much"
                ),
                "takes": "REAL",
                "initial": 0.0,
                "least": 0.0,
                "most": 1.0,
                "digits": 2,
            },
            {
                "name": "model",
                "label": N_("Model"),
                "tip": N_("Upscaler: a name, or the path of a model file"),
                "takes": "MODEL",
                "initial": "",
            },
            {
                "name": "engine",
                "label": N_("Engine"),
                "tip": N_("What does the arithmetic"),
                "takes": "ENGINE",
                "initial": "auto",
            },
        ),
    },
    {
        "name": "generate",
        "title": N_("Generate"),
        "blurb": N_("Generate a picture from a seed, at any size"),
        "help": N_(
            "Makes a picture with a generator: of a class, by the number of a seed, as a new layer "
            "in the selection's place or as a new image."
        ),
        "kind": "GENERATOR",
        "needs_picture": False,
        "parameters": (
            {
                "name": "model",
                "label": N_("Model"),
                "tip": N_("Generator: a name, or the path of a model file"),
                "takes": "MODEL",
                "initial": "",
            },
            {
                "name": "class",
                "label": N_("Class"),
                "tip": N_("What the picture shows; empty: by the seed"),
                "takes": "CLASS",
                "initial": "",
            },
            {
                "name": "seed",
                "label": N_("Seed"),
                "tip": N_("Which picture; the same number gives the same picture"),
                "takes": "SEED",
                "initial": 0,
                "least": 0,
                "most": 2147483647,
            },
            {
                "name": "truncation",
                "label": N_("Truncation"),
                "tip": N_(
                    "1: as varied as the model knows; less: closer to the average picture, which "
                    "is 0"
                ),
                "takes": "REAL",
                "initial": 1.0,
                "least": 0.0,
                "most": 2.0,
                "digits": 2,
            },
            {
                "name": "width",
                "label": N_("Width (0: auto)"),
                "tip": N_(
                    "Width in pixels; 0: as the selection, or the image if nothing is selected"
                ),
                "takes": "WHOLE",
                "initial": 0,
                "least": 0,
                "most": 262144,
            },
            {
                "name": "height",
                "label": N_("Height (0: auto)"),
                "tip": N_(
                    "Height in pixels; 0: as the selection, or the image if nothing is selected"
                ),
                "takes": "WHOLE",
                "initial": 0,
                "least": 0,
                "most": 262144,
            },
            {
                "name": "target",
                "label": N_("Result"),
                "tip": N_("Where the picture goes"),
                "takes": "CHOICE",
                "initial": "layer",
                "choices": (
                    ("layer", N_("New layer")),
                    ("image", N_("New image")),
                ),
            },
            {
                "name": "engine",
                "label": N_("Engine"),
                "tip": N_("What does the arithmetic"),
                "takes": "ENGINE",
                "initial": "auto",
            },
        ),
    },
    {
        "name": "extend-canvas",
        "title": N_("Extend canvas"),
        "blurb": N_("Add margins that continue the picture"),
        "help": N_(
            "Makes the canvas larger and continues the active layer into the new margins. The "
            "layer's own pixels stay as they are; the result is a layer of its own."
        ),
        "kind": "GENERATOR",
        "needs_picture": True,
        "parameters": (
            {
                "name": "left",
                "label": N_("Left"),
                "tip": N_("What is added on the left"),
                "takes": "REAL",
                "initial": 12.5,
                "least": 0.0,
                "most": 65536.0,
                "digits": 1,
                "is_linked": True,
            },
            {
                "name": "right",
                "label": N_("Right"),
                "tip": N_("What is added on the right"),
                "takes": "REAL",
                "initial": 12.5,
                "least": 0.0,
                "most": 65536.0,
                "digits": 1,
                "is_linked": True,
            },
            {
                "name": "top",
                "label": N_("Top"),
                "tip": N_("What is added on top"),
                "takes": "REAL",
                "initial": 12.5,
                "least": 0.0,
                "most": 65536.0,
                "digits": 1,
                "is_linked": True,
            },
            {
                "name": "bottom",
                "label": N_("Bottom"),
                "tip": N_("What is added at the bottom"),
                "takes": "REAL",
                "initial": 12.5,
                "least": 0.0,
                "most": 65536.0,
                "digits": 1,
                "is_linked": True,
            },
            {
                "name": "unit",
                "label": N_("Unit"),
                "tip": N_("Of the margins: per cent of the picture's width and height, or pixels"),
                "takes": "CHOICE",
                "initial": "percent",
                "choices": (
                    ("percent", N_("per cent")),
                    ("pixels", N_("pixels")),
                ),
            },
            {
                "name": "method",
                "label": N_("Method"),
                "tip": N_(
                    "How margins are made; on each side the best is found on a hidden ring of the "
                    "picture, unless one is chosen"
                ),
                "takes": "METHOD",
                "initial": "auto",
                "choices": (
                    ("auto", N_("The best on each side")),
                    ("field", N_("A generator's field")),
                    ("smooth", N_("Smooth continuation")),
                    ("reflection", N_("Reflection")),
                ),
            },
            {
                "name": "model",
                "label": N_("Model"),
                "tip": N_("Generator: a name, or the path of a model file"),
                "takes": "MODEL",
                "initial": "",
            },
            {
                "name": "engine",
                "label": N_("Engine"),
                "tip": N_("What does the arithmetic"),
                "takes": "ENGINE",
                "initial": "auto",
            },
        ),
    },
    {
        "name": "invert",
        "title": N_("Invert and edit"),
        "blurb": N_("Find the picture in a generator, and edit it there"),
        "help": N_(
            "Searches the image of a generator that is closest to the active layer (where it is "
            "selected), mixes it with the image of a seed, and puts the result on top. It shows "
            "what the generator can show."
        ),
        "kind": "GENERATOR",
        "needs_picture": True,
        "parameters": (
            {
                "name": "model",
                "label": N_("Model"),
                "tip": N_("Generator: a name, or the path of a model file"),
                "takes": "MODEL",
                "initial": "",
            },
            {
                "name": "class",
                "label": N_("Class"),
                "tip": N_("Class from whose pictures the search starts; empty: the nearest"),
                "takes": "CLASS",
                "initial": "",
            },
            {
                "name": "steps",
                "label": N_("Steps"),
                "tip": N_("Steps of the search; more come closer and take longer"),
                "takes": "WHOLE",
                "initial": 2500,
                "least": 1,
                "most": 100000,
            },
            {
                "name": "tuning",
                "label": N_("Tuning"),
                "tip": N_(
                    "Steps in which the generator itself is fitted to the picture after that; 500 "
                    "come close to any picture"
                ),
                "takes": "WHOLE",
                "initial": 0,
                "least": 0,
                "most": 100000,
            },
            {
                "name": "resolution",
                "label": N_("Resolution"),
                "tip": N_(
                    "Longest side in pixels at which pictures are compared; 0: the picture's own, "
                    "at most 128"
                ),
                "takes": "WHOLE",
                "initial": 0,
                "least": 0,
                "most": 4096,
            },
            {
                "name": "seed",
                "label": N_("Mix with seed"),
                "tip": N_("Seed of the picture that is mixed in"),
                "takes": "SEED",
                "initial": 0,
                "least": 0,
                "most": 2147483647,
            },
            {
                "name": "seed-class",
                "label": N_("of class"),
                "tip": N_("Class of the picture that is mixed in"),
                "takes": "CLASS",
                "initial": "",
            },
            {
                "name": "levels",
                "label": N_("Levels"),
                "tip": N_(
                    "What is taken from the seed's picture: its shape, coarse or fine features; "
                    'scripts can name levels too, as "0-4,8"'
                ),
                "takes": "LEVELS",
                "initial": "",
                "choices": (
                    ("shape", N_("Shape")),
                    ("coarse", N_("Coarse")),
                    ("fine", N_("Fine")),
                ),
            },
            {
                "name": "amount",
                "label": N_("Amount"),
                "tip": N_("How far to go towards the mixture: 0 is the picture, 1 the mixture"),
                "takes": "REAL",
                "initial": 1.0,
                "least": 0.0,
                "most": 1.0,
                "digits": 2,
            },
            {
                "name": "truncation",
                "label": N_("Truncation"),
                "tip": N_(
                    "1: the picture as it was found; less: closer to the generator's average "
                    "picture, which is 0"
                ),
                "takes": "REAL",
                "initial": 1.0,
                "least": 0.0,
                "most": 1.0,
                "digits": 2,
            },
            {
                "name": "file",
                "label": N_("Keep field"),
                "tip": N_(
                    "File in which the result is kept as a field, for polyinr render, mix and "
                    "interpolate; empty: none"
                ),
                "takes": "FILE",
                "initial": "",
            },
            {
                "name": "engine",
                "label": N_("Engine"),
                "tip": N_("What does the arithmetic"),
                "takes": "ENGINE",
                "initial": "auto",
            },
        ),
    },
)
