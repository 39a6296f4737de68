/* Invert and edit: the picture as a field of a generator, which is then changed and shown. */

#include "operation.h"
#include "seeds.h"
#include "text.h"

enum { INVERT_PARAMETERS };

/* What an inversion depends on. */
static char *key_of(const Settings *settings) {
    return g_strdup_printf("%s\n%s\n%s\n%.0f %.0f %.0f", settings->texts[MODEL],
                           settings->texts[ENGINE], settings->texts[CLASS],
                           settings->numbers[STEPS], settings->numbers[TUNING],
                           settings->numbers[RESOLUTION]);
}

static polyinr_status set_options(const Library *library, polyinr_invert_options options,
                                  const Source *source, const Settings *settings,
                                  polyinr_error *problem) {
    const char *class_name = settings->texts[CLASS];
    polyinr_status status = library->invert_options_set_class_name(
        options, *class_name ? class_name : NULL, problem);
    if (!status)
        status = library->invert_options_set_steps(options, (guint)settings->numbers[STEPS],
                                                   (guint)settings->numbers[TUNING], 0, problem);
    if (!status)
        status = library->invert_options_set_resolution(
            options, (guint)settings->numbers[RESOLUTION], problem);
    if (!status && source->mask) {
        polyinr_buffer mask = picture_buffer(source->mask);
        status = library->invert_options_set_mask(options, &mask, problem);
    }
    return status;
}

/* Inverts the session's picture; none with `error` when it failed or was cancelled. */
static polyinr_field inverted(Session *session, const Settings *settings, polyinr_engine engine,
                              polyinr_model model, Work *work, GError **error) {
    const Library *library = session_library(session);
    const Source *source = session_source(session);
    polyinr_invert_options options = {0};
    polyinr_field field = {0};
    polyinr_inversion found = {0};
    polyinr_error problem = {0};
    polyinr_buffer picture = picture_buffer(source->picture);
    polyinr_status status = library->invert_options_new(&options, &problem);
    if (!status)
        status = set_options(library, options, source, settings, &problem);
    if (!status)
        status = library->field_from_inversion(engine, model, options, &picture,
                                               work_follow_inversion, work, work->token, &field,
                                               &found, &problem);
    library->invert_options_free(options, NULL);
    if (!library_succeeded(library, status, problem, error))
        return POLYINR_NONE(polyinr_field);
    if (found.stopped) {
        library->field_free(field, NULL);
        g_set_error(error, PLUGIN_ERROR, PLUGIN_ERROR_CANCELLED, _("Cancelled"));
        return POLYINR_NONE(polyinr_field);
    }
    return field;
}

/* Sees to it that the session's embedding is that of the settings. Its lock is held. */
static gboolean embed(Session *session, const Settings *settings, polyinr_engine engine,
                      polyinr_model model, Work *work, GError **error) {
    const Library *library = session_library(session);
    Embedding *embedding = session_embedding(session);
    g_autofree char *key = key_of(settings);
    if (embedding->field.id && g_strcmp0(embedding->key, key) == 0)
        return TRUE;
    polyinr_field field = inverted(session, settings, engine, model, work, error);
    if (!field.id)
        return FALSE;
    library->field_free(embedding->field, NULL);
    embedding->field = field;
    g_free(embedding->key);
    embedding->key = g_steal_pointer(&key);
    return TRUE;
}

/* The field a part `amount` of the way from `from` to `to`. */
static polyinr_field between(const Library *library, polyinr_field from, polyinr_field to,
                             double amount, GError **error) {
    polyinr_field field = {0};
    polyinr_error problem = {0};
    polyinr_status status =
        library->field_interpolate(from, to, amount, POLYINR_SPACE_A, &field, &problem);
    return library_succeeded(library, status, problem, error) ? field : POLYINR_NONE(polyinr_field);
}

/* The picture's field drawn towards the generator's average picture, and weights that were fitted to
 * it towards the generator's own. */
static polyinr_field truncated(const Library *library, polyinr_model model, polyinr_field field,
                               const Settings *settings, GError **error) {
    polyinr_field average = seed_field(library, model, (Seed){0, settings->texts[CLASS], 0}, error);
    if (!average.id)
        return POLYINR_NONE(polyinr_field);
    polyinr_field result =
        between(library, field, average, 1 - settings->numbers[TRUNCATION], error);
    library->field_free(average, NULL);
    return result;
}

/* The field with levels of the seed's picture, as far as `amount` says. */
static polyinr_field mixed(const Library *library, polyinr_model model, polyinr_field field,
                           const Settings *settings, GError **error) {
    Seed seed = {settings->numbers[SEED], settings->texts[SEED_CLASS], 1};
    polyinr_field other = seed_field(library, model, seed, error);
    if (!other.id)
        return POLYINR_NONE(polyinr_field);
    polyinr_field mixture = {0};
    polyinr_error problem = {0};
    polyinr_status status = library->field_mix(field, other, settings->texts[LEVELS],
                                               POLYINR_SPACE_A, &mixture, &problem);
    library->field_free(other, NULL);
    if (!library_succeeded(library, status, problem, error))
        return POLYINR_NONE(polyinr_field);
    polyinr_field result = between(library, field, mixture, settings->numbers[AMOUNT], error);
    library->field_free(mixture, NULL);
    return result;
}

/* The embedded picture, edited as the settings say: drawn towards the average, then mixed. For the
 * caller to free. */
static polyinr_field edited(Session *session, const Settings *settings, polyinr_engine engine,
                            polyinr_model model, Work *work, GError **error) {
    const Library *library = session_library(session);
    Embedding *embedding = session_embedding(session);
    polyinr_field field = {0};
    g_mutex_lock(&embedding->lock);
    if (embed(session, settings, engine, model, work, error))
        field = truncated(library, model, embedding->field, settings, error);
    g_mutex_unlock(&embedding->lock);
    if (!field.id || !*settings->texts[LEVELS])
        return field;
    polyinr_field result = mixed(library, model, field, settings, error);
    library->field_free(field, NULL);
    return result;
}

static gboolean keep(const Library *library, polyinr_field field, const char *path,
                     GError **error) {
    if (!*path)
        return TRUE;
    polyinr_error problem = {0};
    polyinr_status status = library->field_save(field, path, true, &problem);
    return library_succeeded(library, status, problem, error);
}

/* The edited field as a picture, kept in the file `path` unless that is empty. */
static Picture *picture_of(Session *session, const Settings *settings, guint width, guint height,
                           polyinr_sample sample, const char *path, Work *work, GError **error) {
    const Library *library = session_library(session);
    polyinr_engine engine;
    polyinr_model model;
    if (!session_open(session, settings->texts[ENGINE], POLYINR_KIND_GENERATOR,
                      settings->texts[MODEL], &engine, &model, error))
        return NULL;
    polyinr_field field = edited(session, settings, engine, model, work, error);
    if (!field.id)
        return NULL;
    Picture *picture = field_picture(library, engine, field, width, height, sample, work, error);
    if (picture && !keep(library, field, path, error))
        g_clear_pointer(&picture, picture_free);
    library->field_free(field, NULL);
    return picture;
}

static Outcome *run(Session *session, const Settings *settings, Work *work, GError **error) {
    const Source *source = session_source(session);
    Picture *picture = picture_of(session, settings, source->width, source->height, source->sample,
                                  settings->texts[FILE_], work, error);
    if (!picture)
        return NULL;
    Outcome *outcome = g_new(Outcome, 1);
    *outcome = (Outcome){
        .picture = picture,
        .name = g_strdup(_("Inverted")),
        .canvas = CANVAS_KEPT,
        .x = source->x,
        .y = source->y,
        .is_masked = source->mask != NULL,
    };
    return outcome;
}

static Picture *preview(Session *session, const Settings *settings, const Glance *glance,
                        Work *work, GError **error) {
    const Source *source = session_source(session);
    double factor = glance_factor(glance, source->width, source->height);
    return picture_of(session, settings, scaled_side(source->width, factor),
                      scaled_side(source->height, factor), POLYINR_SAMPLE_U8, "", work, error);
}

static char *describe(Session *session, const Settings *settings) {
    const Source *source = session_source(session);
    (void)settings;
    return g_strdup_printf(_("The picture: %u × %u pixels"), source->width, source->height);
}

static gboolean shares_work(const Settings *earlier, const Settings *later) {
    g_autofree char *one = key_of(earlier);
    g_autofree char *other = key_of(later);
    return g_str_equal(one, other);
}

const Functions invert_functions = {
    .describe = describe,
    .shares_work = shares_work,
    .run = run,
    .preview = preview,
};
