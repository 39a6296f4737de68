/* Extend canvas: margins around a picture that continue it. */

#include <math.h>

#include "operation.h"
#include "text.h"

enum { EXTEND_CANVAS_PARAMETERS };

/* Margins in pixels, by the parameters' order. */
typedef struct Margins {
    guint sides[4];
} Margins;

static Margins margins_of(const Settings *settings, guint width, guint height) {
    gboolean percent = g_str_equal(settings->texts[UNIT], "percent");
    Margins margins;
    for (guint side = LEFT; side <= BOTTOM; side++) {
        double length = side <= RIGHT ? width : height;
        double pixels = settings->numbers[side] * (percent ? length / 100 : 1);
        margins.sides[side] = (guint)fmin(floor(pixels + 0.5), PICTURE_LARGEST_SIDE);
    }
    return margins;
}

static Picture *extended(Session *session, const Settings *settings, const Picture *picture,
                         Margins margins, const char *method, Work *work, GError **error) {
    const Library *library = session_library(session);
    const guint *sides = margins.sides;
    polyinr_engine engine;
    polyinr_model model;
    if (!session_open(session, settings->texts[ENGINE], POLYINR_KIND_GENERATOR,
                      settings->texts[MODEL], &engine, &model, error))
        return NULL;
    g_autoptr(Picture) large = picture_new(picture->width + sides[LEFT] + sides[RIGHT],
                                           picture->height + sides[TOP] + sides[BOTTOM],
                                           picture->sample, picture->channels, error);
    if (!large)
        return NULL;
    polyinr_extend_options options = {0};
    polyinr_error problem = {0};
    polyinr_buffer input = picture_buffer(picture), output = picture_buffer(large);
    polyinr_status status = library->extend_options_new(&options, &problem);
    if (!status)
        status = library->extend_options_set_margins(options, sides[TOP], sides[RIGHT],
                                                     sides[BOTTOM], sides[LEFT], &problem);
    if (!status)
        status = library->extend_options_set_method(options, method, &problem);
    if (!status)
        status = library->extend(engine, model, options, &input, work_follow, work, work->token,
                                 &output, &problem);
    library->extend_options_free(options, NULL);
    if (!library_succeeded(library, status, problem, error))
        return NULL;
    return g_steal_pointer(&large);
}

/* Where the picture with its margins lies, and the canvas that holds it: the image's, grown where
 * that is needed. */
static void place(const Source *source, const guint *sides, Outcome *outcome) {
    gint left = source->x - (gint)sides[LEFT], top = source->y - (gint)sides[TOP];
    gint right = source->x + (gint)(source->width + sides[RIGHT]);
    gint bottom = source->y + (gint)(source->height + sides[BOTTOM]);
    outcome->move_x = MAX(0, -left);
    outcome->move_y = MAX(0, -top);
    outcome->x = left + outcome->move_x;
    outcome->y = top + outcome->move_y;
    outcome->image_width = (guint)(MAX((gint)source->image_width, right) + outcome->move_x);
    outcome->image_height = (guint)(MAX((gint)source->image_height, bottom) + outcome->move_y);
}

static Outcome *run(Session *session, const Settings *settings, Work *work, GError **error) {
    const Source *source = session_source(session);
    Margins margins = margins_of(settings, source->width, source->height);
    const guint *sides = margins.sides;
    if (!(sides[LEFT] || sides[RIGHT] || sides[TOP] || sides[BOTTOM])) {
        g_set_error(error, PLUGIN_ERROR, PLUGIN_ERROR_PARAMETER,
                    _("left, right, top, bottom: all margins are 0; one at least must be more"));
        return NULL;
    }
    Picture *picture = extended(session, settings, source->picture, margins,
                                settings->texts[METHOD], work, error);
    if (!picture)
        return NULL;
    Outcome *outcome = g_new(Outcome, 1);
    *outcome = (Outcome){
        .picture = picture,
        .name = g_strdup(_("Extended")),
        .canvas = CANVAS_RESIZED,
        .replaces_source = source->is_whole,
    };
    place(source, sides, outcome);
    return outcome;
}

static char *describe(Session *session, const Settings *settings) {
    const Source *source = session_source(session);
    Margins margins = margins_of(settings, source->width, source->height);
    Outcome outcome;
    place(source, margins.sides, &outcome);
    return g_strdup_printf(_("The image: %u × %u pixels instead of %u × %u"), outcome.image_width,
                           outcome.image_height, source->image_width, source->image_height);
}

/* The reduced picture with its margins; the search for each side's best method, which takes
 * seconds, is left to the result. */
static Picture *preview(Session *session, const Settings *settings, const Glance *glance,
                        Work *work, GError **error) {
    const Source *source = session_source(session);
    Margins margins = margins_of(settings, source->width, source->height);
    double width = (double)source->width + margins.sides[LEFT] + margins.sides[RIGHT];
    double height = (double)source->height + margins.sides[TOP] + margins.sides[BOTTOM];
    double factor = glance_factor(glance, width, height);
    guint longest = (guint)(MAX(source->width, source->height) * factor);
    g_autoptr(Picture) small = picture_reduced(source->picture, MAX(longest, 1), error);
    if (!small)
        return NULL;
    for (guint side = LEFT; side <= BOTTOM; side++)
        margins.sides[side] = (guint)(margins.sides[side] * factor + 0.5);
    const guint *sides = margins.sides;
    if (!(sides[LEFT] || sides[RIGHT] || sides[TOP] || sides[BOTTOM]))
        return g_steal_pointer(&small);
    const char *method = settings->texts[METHOD];
    if (!g_str_equal(method, "reflection"))
        method = "smooth";
    return extended(session, settings, small, margins, method, work, error);
}

const Functions extend_canvas_functions = {
    .describe = describe,
    .run = run,
    .preview = preview,
};
