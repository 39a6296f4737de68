/* Generate: an image from a seed, as a layer or as an image of its own. */

#include "operation.h"
#include "seeds.h"
#include "text.h"

enum { MODEL, CLASS, SEED, TRUNCATION, WIDTH, HEIGHT, TARGET, ENGINE, COUNT };

static const Choice targets[] = {
    {"layer", N_("New layer")},
    {"image", N_("New image")},
    {NULL, NULL},
};

static const Parameter parameters[COUNT] = {
    [MODEL] = {"model", N_("_Model"), N_("Generator: a name, or the path of a model file"),
               PARAMETER_MODEL, 0, 0, 0, 0, "", NULL},
    [CLASS] = {"class", N_("Cl_ass"), N_("What the picture shows; empty: by the seed"),
               PARAMETER_CLASS, 0, 0, 0, 0, "", NULL},
    [SEED] = {"seed", N_("See_d"), N_("Which picture; the same number gives the same picture"),
              PARAMETER_SEED, 0, G_MAXINT32, 0, 0, NULL, NULL},
    [TRUNCATION] = {"truncation", N_("_Truncation"),
                    N_("1: as varied as the model knows; less: closer to the average picture, "
                       "which is 0"),
                    PARAMETER_REAL, 0, 2, 1, 2, NULL, NULL},
    [WIDTH] = {"width", N_("_Width (0: auto)"),
               N_("Width in pixels; 0: as the selection, or the image if nothing is selected"),
               PARAMETER_WHOLE, 0, PICTURE_LARGEST_SIDE, 0, 0, NULL, NULL},
    [HEIGHT] = {"height", N_("Hei_ght (0: auto)"),
                N_("Height in pixels; 0: as the selection, or the image if nothing is selected"),
                PARAMETER_WHOLE, 0, PICTURE_LARGEST_SIDE, 0, 0, NULL, NULL},
    [TARGET] = {"target", N_("Res_ult"), N_("Where the picture goes"), PARAMETER_CHOICE, 0, 0, 0, 0,
                "layer", targets},
    [ENGINE] = {"engine", N_("_Engine"), N_("What does the arithmetic"), PARAMETER_ENGINE, 0, 0, 0,
                0, "auto", NULL},
};

static guint size_or(double number, guint otherwise) {
    return number > 0 ? (guint)number : otherwise;
}

static Picture *picture_of(Session *session, const Settings *settings, guint width, guint height,
                           polyinr_sample sample, Work *work, GError **error) {
    const Library *library = session_library(session);
    polyinr_engine engine;
    polyinr_model model;
    if (!session_open(session, settings->texts[ENGINE], POLYINR_KIND_GENERATOR,
                      settings->texts[MODEL], &engine, &model, error))
        return NULL;
    Seed seed = {settings->numbers[SEED], settings->texts[CLASS], settings->numbers[TRUNCATION]};
    polyinr_field field = seed_field(library, model, seed, error);
    if (!field.id)
        return NULL;
    Picture *picture =
        field_picture(library, engine, field, width, height, sample, work, error);
    library->field_free(field, NULL);
    return picture;
}

static char *layer_name(const Settings *settings) {
    const char *class_name = settings->texts[CLASS];
    return g_strdup_printf(_("%s, seed %.0f"), *class_name ? class_name : _("Generated"),
                           settings->numbers[SEED]);
}

static Outcome *run(Session *session, const Settings *settings, Work *work, GError **error) {
    const Source *source = session_source(session);
    gboolean is_image = g_str_equal(settings->texts[TARGET], "image");
    guint width = size_or(settings->numbers[WIDTH], source->width);
    guint height = size_or(settings->numbers[HEIGHT], source->height);
    Picture *picture =
        picture_of(session, settings, width, height,
                   is_image ? POLYINR_SAMPLE_U8 : source->sample, work, error);
    if (!picture)
        return NULL;
    Outcome *outcome = g_new(Outcome, 1);
    *outcome = (Outcome){
        .picture = picture,
        .name = layer_name(settings),
        .canvas = is_image ? CANVAS_NEW : CANVAS_KEPT,
        .image_width = width,
        .image_height = height,
        .x = is_image ? 0 : source->x,
        .y = is_image ? 0 : source->y,
        .is_masked = !is_image && source->mask != NULL && width == source->width &&
                     height == source->height,
    };
    return outcome;
}

static Picture *preview(Session *session, const Settings *settings, const Glance *glance,
                        Work *work, GError **error) {
    const Source *source = session_source(session);
    guint width = size_or(settings->numbers[WIDTH], source->width);
    guint height = size_or(settings->numbers[HEIGHT], source->height);
    double factor = glance_factor(glance, width, height);
    return picture_of(session, settings, scaled_side(width, factor), scaled_side(height, factor),
                      POLYINR_SAMPLE_U8, work, error);
}

static char *describe(Session *session, const Settings *settings) {
    const Source *source = session_source(session);
    return g_strdup_printf(_("The picture: %u × %u pixels"),
                           size_or(settings->numbers[WIDTH], source->width),
                           size_or(settings->numbers[HEIGHT], source->height));
}

const Operation generate_operation = {
    .procedure = "plug-in-polyinr-generate",
    .menu = N_("_Generate…"),
    .title = N_("Generate"),
    .blurb = N_("Generate a picture from a seed, at any size"),
    .help = N_("Makes a picture with a generator: of a class, by the number of a seed, as a new "
               "layer in the selection's place or as a new image."),
    .parameters = parameters, .parameter_count = COUNT,
    .model_kind = POLYINR_KIND_GENERATOR,
    .model = MODEL, .engine = ENGINE,
    .needs_picture = FALSE,
    .describe = describe,
    .run = run, .preview = preview,
};
