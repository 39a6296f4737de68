/* Super-resolve: the image becomes larger, and the layer sharper than scaling could make it. */

#include <math.h>

#include "operation.h"
#include "text.h"

enum { SUPER_RESOLVE_PARAMETERS };

/* How many times larger the image becomes. */
typedef struct Factors {
    double x, y;
    guint image_width, image_height;
} Factors;

static Factors factors_of(const Source *source, const Settings *settings) {
    double width = settings->numbers[WIDTH], height = settings->numbers[HEIGHT];
    double x = settings->numbers[FACTOR], y = x;
    if (width > 0)
        x = y = width / source->image_width;
    if (height > 0)
        y = height / source->image_height;
    if (height > 0 && !(width > 0))
        x = y;
    return (Factors){x, y, scaled_side(source->image_width, x), scaled_side(source->image_height, y)};
}

/* Whether what is cleaned is estimated from the source as it is. Of a picture that becomes smaller
 * the library itself estimates it, when it has reduced it; of one that is refined it cleans nothing. */
static gboolean is_estimated(const Source *source, const Settings *settings) {
    Factors factors = factors_of(source, settings);
    return g_str_equal(settings->texts[CLEANING], "auto") && !(settings->numbers[REFINE] > 0) &&
           factors.x >= 1 && factors.y >= 1;
}

/* How much is cleaned; what is estimated is the same in previews as in the result, unless the picture
 * becomes smaller: then a preview estimates it from its part. */
static gboolean find_amounts(Session *session, const Settings *settings, polyinr_model model,
                             Amounts *amounts, GError **error) {
    const Library *library = session_library(session);
    if (is_estimated(session_source(session), settings) && library->model_cleans(model))
        return session_estimate(session, settings->texts[MODEL], model, amounts, error);
    *amounts = g_str_equal(settings->texts[CLEANING], "manual")
                   ? (Amounts){settings->numbers[DENOISE], settings->numbers[DEBLUR]}
                   : (Amounts){POLYINR_AMOUNT_AUTO, POLYINR_AMOUNT_AUTO};
    return TRUE;
}

static polyinr_status set_options(const Library *library, polyinr_super_resolve_options options,
                                  const Settings *settings, Amounts amounts,
                                  polyinr_error *problem) {
    polyinr_status status = library->super_resolve_options_set_refine(
        options, (guint)settings->numbers[REFINE], problem);
    if (!status)
        status = library->super_resolve_options_set_denoise(options, amounts.denoise, problem);
    if (!status)
        status = library->super_resolve_options_set_deblur(options, amounts.deblur, problem);
    if (!status)
        status = library->super_resolve_options_set_detail(options, settings->numbers[DETAIL],
                                                           problem);
    return status;
}

/* The picture, which is the source or a part of it, at another size. */
static Picture *enlarged(Session *session, const Settings *settings, const Picture *picture,
                         guint width, guint height, Work *work, GError **error) {
    const Library *library = session_library(session);
    polyinr_engine engine;
    polyinr_model model;
    if (!session_open(session, settings->texts[ENGINE], POLYINR_KIND_UPSCALER,
                      settings->texts[MODEL], &engine, &model, error))
        return NULL;
    Amounts amounts;
    if (!find_amounts(session, settings, model, &amounts, error))
        return NULL;
    g_autoptr(Picture) large =
        picture_new(width, height, picture->sample, picture->channels, error);
    if (!large)
        return NULL;
    polyinr_super_resolve_options options = {0};
    polyinr_error problem = {0};
    polyinr_buffer input = picture_buffer(picture), output = picture_buffer(large);
    polyinr_status status = library->super_resolve_options_new(&options, &problem);
    if (!status)
        status = set_options(library, options, settings, amounts, &problem);
    if (!status)
        status = library->super_resolve(engine, model, options, &input, work_follow, work,
                                        work->token, &output, &problem);
    library->super_resolve_options_free(options, NULL);
    if (!library_succeeded(library, status, problem, error))
        return NULL;
    return g_steal_pointer(&large);
}

static Outcome *run(Session *session, const Settings *settings, Work *work, GError **error) {
    const Source *source = session_source(session);
    Factors factors = factors_of(source, settings);
    if (factors.image_width > PICTURE_LARGEST_SIDE || factors.image_height > PICTURE_LARGEST_SIDE) {
        g_set_error(error, PLUGIN_ERROR, PLUGIN_ERROR_PARAMETER,
                    _("factor: the image would be %u × %u pixels, and %d a side are possible"),
                    factors.image_width, factors.image_height, PICTURE_LARGEST_SIDE);
        return NULL;
    }
    Picture *picture =
        enlarged(session, settings, source->picture, scaled_side(source->width, factors.x),
                 scaled_side(source->height, factors.y), work, error);
    if (!picture)
        return NULL;
    Outcome *outcome = g_new(Outcome, 1);
    *outcome = (Outcome){
        .picture = picture,
        .name = g_strdup(_("Super-resolved")),
        .canvas = CANVAS_SCALED,
        .image_width = factors.image_width,
        .image_height = factors.image_height,
        .x = (gint)lround(source->x * factors.x),
        .y = (gint)lround(source->y * factors.y),
        .replaces_source = source->is_whole,
        .is_masked = source->mask != NULL,
    };
    return outcome;
}

/* Where a preview of `shown` pixels lies on a side: the pixels of the source that it is made from,
 * some more than are seen, and what of the result is cut off before it. */
typedef struct Cut {
    guint from, length;
    guint result, offset, shown;
} Cut;

static Cut cut_side(guint side, double factor, double middle, guint most) {
    const double around = 24;
    guint shown = MIN(most, scaled_side(side, factor));
    double seen = shown / factor;
    double start = CLAMP(middle * side - seen / 2, 0, MAX(0, side - seen));
    Cut cut = {.from = (guint)fmax(0, floor(start - around)), .shown = shown};
    guint end = (guint)fmin(side, ceil(start + seen + around));
    cut.length = end - cut.from;
    cut.result = MAX(scaled_side(cut.length, factor), shown);
    cut.offset = MIN((guint)lround((start - cut.from) * factor), cut.result - shown);
    return cut;
}

static Picture *preview(Session *session, const Settings *settings, const Glance *glance,
                        Work *work, GError **error) {
    const Source *source = session_source(session);
    Factors factors = factors_of(source, settings);
    Cut x = cut_side(source->width, factors.x, glance->x, glance->width);
    Cut y = cut_side(source->height, factors.y, glance->y, glance->height);
    g_autoptr(Picture) part =
        picture_cropped(source->picture, x.from, y.from, x.length, y.length, error);
    if (!part)
        return NULL;
    g_autoptr(Picture) large = enlarged(session, settings, part, x.result, y.result, work, error);
    if (!large)
        return NULL;
    g_autoptr(Picture) seen = picture_cropped(large, x.offset, y.offset, x.shown, y.shown, error);
    return seen ? picture_reduced(seen, G_MAXUINT, error) : NULL;
}

static char *describe(Session *session, const Settings *settings) {
    const Source *source = session_source(session);
    Factors factors = factors_of(source, settings);
    g_autofree char *size = g_strdup_printf(
        _("The image: %u × %u pixels instead of %u × %u"), factors.image_width,
        factors.image_height, source->image_width, source->image_height);
    Amounts amounts;
    if (!is_estimated(source, settings) ||
        !session_estimated(session, settings->texts[MODEL], &amounts))
        return g_steal_pointer(&size);
    return g_strdup_printf(_("%s; denoise %.2f, deblur %.2f"), size, amounts.denoise,
                           amounts.deblur);
}

static double detail_factor(Session *session, const Settings *settings) {
    return factors_of(session_source(session), settings).x;
}

const Functions super_resolve_functions = {
    .describe = describe,
    .detail_factor = detail_factor,
    .run = run,
    .preview = preview,
};
