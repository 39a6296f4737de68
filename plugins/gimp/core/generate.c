/* Generate: an image from a seed, as a layer or as an image of its own. */

#include "operation.h"
#include "seeds.h"
#include "text.h"

enum { GENERATE_PARAMETERS };

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

const Functions generate_functions = {
    .describe = describe,
    .run = run,
    .preview = preview,
};
