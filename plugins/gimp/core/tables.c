/* Written by `cargo xtask operations` from plugins/operations.toml; change it there. */

#include "operation.h"
#include "text.h"

static const Choice super_resolve_cleaning[] = {
    {"auto", N_("As the picture needs")},
    {"manual", N_("As set below")},
    {NULL, NULL},
};

static const Parameter super_resolve_parameters[] = {
    {
        .name = "factor",
        .label = N_("Factor"),
        .tip = N_("How many times larger both sides become"),
        .kind = PARAMETER_REAL,
        .least = 0.1,
        .most = 64,
        .initial = 2,
        .digits = 2,
    },
    {
        .name = "width",
        .label = N_("Width (0: auto)"),
        .tip = N_("Exact width of the image in pixels, instead of the factor; 0: by the height "
                  "or the factor"),
        .kind = PARAMETER_WHOLE,
        .least = 0,
        .most = 262144,
        .initial = 0,
    },
    {
        .name = "height",
        .label = N_("Height (0: auto)"),
        .tip = N_("Exact height of the image in pixels, instead of the factor; 0: by the width "
                  "or the factor"),
        .kind = PARAMETER_WHOLE,
        .least = 0,
        .most = 262144,
        .initial = 0,
    },
    {
        .name = "refine",
        .label = N_("Refining steps"),
        .tip = N_("Correct the result until, reduced again, it is the picture it was made from; "
                  "3 steps are enough, 0 leaves it out. Nothing is cleaned then"),
        .kind = PARAMETER_WHOLE,
        .least = 0,
        .most = 16,
        .initial = 0,
    },
    {
        .name = "cleaning",
        .label = N_("Cleaning"),
        .tip = N_("How much noise, blur and traces of compression are taken away, by models that "
                  "can be told how much"),
        .kind = PARAMETER_CHOICE,
        .text = "auto",
        .choices = super_resolve_cleaning,
    },
    {
        .name = "denoise",
        .label = N_("Denoise"),
        .tip = N_("How much noise and traces of compression to take away: 0 none, 1 strong "
                  "noise; more than there is takes detail away. Used when cleaning is set by hand"),
        .kind = PARAMETER_REAL,
        .least = 0,
        .most = 1,
        .initial = 0,
        .digits = 2,
        .counts_with = {"cleaning", "manual"},
    },
    {
        .name = "deblur",
        .label = N_("Deblur"),
        .tip = N_("How much blur to take away: 0 none, 1 strong blur; more than there is makes "
                  "edges too sharp. Used when cleaning is set by hand"),
        .kind = PARAMETER_REAL,
        .least = 0,
        .most = 1,
        .initial = 0,
        .digits = 2,
        .counts_with = {"cleaning", "manual"},
    },
    {
        .name = "detail",
        .label = N_("Detail"),
        .tip = N_("How much detail is drawn that looks as if it were there: 0 nearest to the "
                  "truth, 1 as sharp as it can be. By models that can be told how much"),
        .kind = PARAMETER_REAL,
        .least = 0,
        .most = 1,
        .initial = 0,
        .digits = 2,
    },
    {
        .name = "model",
        .label = N_("Model"),
        .tip = N_("Upscaler: a name, or the path of a model file"),
        .kind = PARAMETER_MODEL,
        .text = "",
    },
    {
        .name = "engine",
        .label = N_("Engine"),
        .tip = N_("What does the arithmetic"),
        .kind = PARAMETER_ENGINE,
        .text = "auto",
    },
};

const Operation super_resolve_operation = {
    .procedure = "plug-in-polyinr-super-resolve",
    .menu = N_("_Super-resolve…"),
    .title = N_("Super-resolve"),
    .blurb = N_("Make the image larger and its detail sharper"),
    .help = N_("Scales the image by any factor, or to an exact size, and puts the active layer, "
               "computed anew by a neural network at the new resolution, on top. With factor 1 "
               "it only cleans. With a selection that part of the layer is computed."),
    .parameters = super_resolve_parameters,
    .parameter_count = G_N_ELEMENTS(super_resolve_parameters),
    .model_kind = POLYINR_KIND_UPSCALER,
    .model = 8,
    .engine = 9,
    .needs_picture = TRUE,
    .functions = &super_resolve_functions,
};

static const Choice generate_target[] = {
    {"layer", N_("New layer")},
    {"image", N_("New image")},
    {NULL, NULL},
};

static const Parameter generate_parameters[] = {
    {
        .name = "model",
        .label = N_("Model"),
        .tip = N_("Generator: a name, or the path of a model file"),
        .kind = PARAMETER_MODEL,
        .text = "",
    },
    {
        .name = "class",
        .label = N_("Class"),
        .tip = N_("What the picture shows; empty: by the seed"),
        .kind = PARAMETER_CLASS,
        .text = "",
    },
    {
        .name = "seed",
        .label = N_("Seed"),
        .tip = N_("Which picture; the same number gives the same picture"),
        .kind = PARAMETER_SEED,
        .least = 0,
        .most = 2147483647,
        .initial = 0,
    },
    {
        .name = "truncation",
        .label = N_("Truncation"),
        .tip = N_("1: as varied as the model knows; less: closer to the average picture, which "
                  "is 0"),
        .kind = PARAMETER_REAL,
        .least = 0,
        .most = 2,
        .initial = 1,
        .digits = 2,
    },
    {
        .name = "width",
        .label = N_("Width (0: auto)"),
        .tip = N_("Width in pixels; 0: as the selection, or the image if nothing is selected"),
        .kind = PARAMETER_WHOLE,
        .least = 0,
        .most = 262144,
        .initial = 0,
    },
    {
        .name = "height",
        .label = N_("Height (0: auto)"),
        .tip = N_("Height in pixels; 0: as the selection, or the image if nothing is selected"),
        .kind = PARAMETER_WHOLE,
        .least = 0,
        .most = 262144,
        .initial = 0,
    },
    {
        .name = "target",
        .label = N_("Result"),
        .tip = N_("Where the picture goes"),
        .kind = PARAMETER_CHOICE,
        .text = "layer",
        .choices = generate_target,
    },
    {
        .name = "engine",
        .label = N_("Engine"),
        .tip = N_("What does the arithmetic"),
        .kind = PARAMETER_ENGINE,
        .text = "auto",
    },
};

const Operation generate_operation = {
    .procedure = "plug-in-polyinr-generate",
    .menu = N_("_Generate…"),
    .title = N_("Generate"),
    .blurb = N_("Generate a picture from a seed, at any size"),
    .help = N_("Makes a picture with a generator: of a class, by the number of a seed, as a new "
               "layer in the selection's place or as a new image."),
    .parameters = generate_parameters,
    .parameter_count = G_N_ELEMENTS(generate_parameters),
    .model_kind = POLYINR_KIND_GENERATOR,
    .model = 0,
    .engine = 7,
    .needs_picture = FALSE,
    .functions = &generate_functions,
};

static const Choice extend_canvas_unit[] = {
    {"percent", N_("per cent")},
    {"pixels", N_("pixels")},
    {NULL, NULL},
};

static const Choice extend_canvas_method[] = {
    {"auto", N_("The best on each side")},
    {"field", N_("A generator's field")},
    {"smooth", N_("Smooth continuation")},
    {"reflection", N_("Reflection")},
    {NULL, NULL},
};

static const Parameter extend_canvas_parameters[] = {
    {
        .name = "left",
        .label = N_("Left"),
        .tip = N_("What is added on the left"),
        .kind = PARAMETER_REAL,
        .least = 0,
        .most = 65536,
        .initial = 12.5,
        .digits = 1,
        .is_linked = TRUE,
    },
    {
        .name = "right",
        .label = N_("Right"),
        .tip = N_("What is added on the right"),
        .kind = PARAMETER_REAL,
        .least = 0,
        .most = 65536,
        .initial = 12.5,
        .digits = 1,
        .is_linked = TRUE,
    },
    {
        .name = "top",
        .label = N_("Top"),
        .tip = N_("What is added on top"),
        .kind = PARAMETER_REAL,
        .least = 0,
        .most = 65536,
        .initial = 12.5,
        .digits = 1,
        .is_linked = TRUE,
    },
    {
        .name = "bottom",
        .label = N_("Bottom"),
        .tip = N_("What is added at the bottom"),
        .kind = PARAMETER_REAL,
        .least = 0,
        .most = 65536,
        .initial = 12.5,
        .digits = 1,
        .is_linked = TRUE,
    },
    {
        .name = "unit",
        .label = N_("Unit"),
        .tip = N_("Of the margins: per cent of the picture's width and height, or pixels"),
        .kind = PARAMETER_CHOICE,
        .text = "percent",
        .choices = extend_canvas_unit,
    },
    {
        .name = "method",
        .label = N_("Method"),
        .tip = N_("How margins are made; on each side the best is found on a hidden ring of the "
                  "picture, unless one is chosen"),
        .kind = PARAMETER_METHOD,
        .text = "auto",
        .choices = extend_canvas_method,
    },
    {
        .name = "model",
        .label = N_("Model"),
        .tip = N_("Generator: a name, or the path of a model file"),
        .kind = PARAMETER_MODEL,
        .text = "",
    },
    {
        .name = "engine",
        .label = N_("Engine"),
        .tip = N_("What does the arithmetic"),
        .kind = PARAMETER_ENGINE,
        .text = "auto",
    },
};

const Operation extend_canvas_operation = {
    .procedure = "plug-in-polyinr-extend-canvas",
    .menu = N_("_Extend canvas…"),
    .title = N_("Extend canvas"),
    .blurb = N_("Add margins that continue the picture"),
    .help = N_("Makes the canvas larger and continues the active layer into the new margins. The "
               "layer's own pixels stay as they are; the result is a layer of its own."),
    .parameters = extend_canvas_parameters,
    .parameter_count = G_N_ELEMENTS(extend_canvas_parameters),
    .model_kind = POLYINR_KIND_GENERATOR,
    .model = 6,
    .engine = 7,
    .needs_picture = TRUE,
    .functions = &extend_canvas_functions,
};

static const Choice invert_levels[] = {
    {"shape", N_("Shape")},
    {"coarse", N_("Coarse")},
    {"fine", N_("Fine")},
    {NULL, NULL},
};

static const Parameter invert_parameters[] = {
    {
        .name = "model",
        .label = N_("Model"),
        .tip = N_("Generator: a name, or the path of a model file"),
        .kind = PARAMETER_MODEL,
        .text = "",
    },
    {
        .name = "class",
        .label = N_("Class"),
        .tip = N_("Class from whose pictures the search starts; empty: the nearest"),
        .kind = PARAMETER_CLASS,
        .text = "",
    },
    {
        .name = "steps",
        .label = N_("Steps"),
        .tip = N_("Steps of the search; more come closer and take longer"),
        .kind = PARAMETER_WHOLE,
        .least = 1,
        .most = 100000,
        .initial = 2500,
    },
    {
        .name = "tuning",
        .label = N_("Tuning"),
        .tip = N_("Steps in which the generator itself is fitted to the picture after that; 500 "
                  "come close to any picture"),
        .kind = PARAMETER_WHOLE,
        .least = 0,
        .most = 100000,
        .initial = 0,
    },
    {
        .name = "resolution",
        .label = N_("Resolution"),
        .tip = N_("Longest side in pixels at which pictures are compared; 0: the picture's own, "
                  "at most 128"),
        .kind = PARAMETER_WHOLE,
        .least = 0,
        .most = 4096,
        .initial = 0,
    },
    {
        .name = "seed",
        .label = N_("Mix with seed"),
        .tip = N_("Seed of the picture that is mixed in"),
        .kind = PARAMETER_SEED,
        .least = 0,
        .most = 2147483647,
        .initial = 0,
    },
    {
        .name = "seed-class",
        .label = N_("of class"),
        .tip = N_("Class of the picture that is mixed in"),
        .kind = PARAMETER_CLASS,
        .text = "",
    },
    {
        .name = "levels",
        .label = N_("Levels"),
        .tip = N_("What is taken from the seed's picture: its shape, coarse or fine features; "
                  "scripts can name levels too, as \"0-4,8\""),
        .kind = PARAMETER_LEVELS,
        .text = "",
        .choices = invert_levels,
    },
    {
        .name = "amount",
        .label = N_("Amount"),
        .tip = N_("How far to go towards the mixture: 0 is the picture, 1 the mixture"),
        .kind = PARAMETER_REAL,
        .least = 0,
        .most = 1,
        .initial = 1,
        .digits = 2,
    },
    {
        .name = "truncation",
        .label = N_("Truncation"),
        .tip = N_("1: the picture as it was found; less: closer to the generator's average "
                  "picture, which is 0"),
        .kind = PARAMETER_REAL,
        .least = 0,
        .most = 1,
        .initial = 1,
        .digits = 2,
    },
    {
        .name = "file",
        .label = N_("Keep field"),
        .tip = N_("File in which the result is kept as a field, for polyinr render, mix and "
                  "interpolate; empty: none"),
        .kind = PARAMETER_FILE,
        .text = "",
    },
    {
        .name = "engine",
        .label = N_("Engine"),
        .tip = N_("What does the arithmetic"),
        .kind = PARAMETER_ENGINE,
        .text = "auto",
    },
};

const Operation invert_operation = {
    .procedure = "plug-in-polyinr-invert",
    .menu = N_("_Invert and edit…"),
    .title = N_("Invert and edit"),
    .blurb = N_("Find the picture in a generator, and edit it there"),
    .help = N_("Searches the image of a generator that is closest to the active layer (where it "
               "is selected), mixes it with the image of a seed, and puts the result on top. It "
               "shows what the generator can show."),
    .parameters = invert_parameters,
    .parameter_count = G_N_ELEMENTS(invert_parameters),
    .model_kind = POLYINR_KIND_GENERATOR,
    .model = 0,
    .engine = 11,
    .needs_picture = TRUE,
    .functions = &invert_functions,
};

const Operation *const operations[] = {
    &super_resolve_operation,
    &generate_operation,
    &extend_canvas_operation,
    &invert_operation,
    NULL,
};
