/* Invert and edit: the picture as a field of a generator, which is then changed and shown. */

#include "operation.h"
#include "seeds.h"
#include "text.h"

enum {
    MODEL, CLASS, STEPS, TUNING, RESOLUTION, SEED, SEED_CLASS, LEVELS, AMOUNT, TRUNCATION, FILE_,
    ENGINE, COUNT
};

static const Parameter parameters[COUNT] = {
    [MODEL] = {"model", N_("_Model"), N_("Generator: a name, or the path of a model file"),
               PARAMETER_MODEL, 0, 0, 0, 0, "", NULL},
    [CLASS] = {"class", N_("Cl_ass"),
               N_("Class from whose pictures the search starts; empty: the nearest"),
               PARAMETER_CLASS, 0, 0, 0, 0, "", NULL},
    [STEPS] = {"steps", N_("Ste_ps"), N_("Steps of the search; more come closer and take longer"),
               PARAMETER_WHOLE, 1, 100000, 2500, 0, NULL, NULL},
    [TUNING] = {"tuning", N_("T_uning"),
                N_("Steps in which the generator itself is fitted to the picture after that; 500 "
                   "come close to any picture"),
                PARAMETER_WHOLE, 0, 100000, 0, 0, NULL, NULL},
    [RESOLUTION] = {"resolution", N_("Resolu_tion"),
                    N_("Longest side in pixels at which pictures are compared; 0: the picture's "
                       "own, at most 128"),
                    PARAMETER_WHOLE, 0, 4096, 0, 0, NULL, NULL},
    [SEED] = {"seed", N_("Mix with see_d"), N_("Seed of the picture that is mixed in"),
              PARAMETER_SEED, 0, G_MAXINT32, 0, 0, NULL, NULL},
    [SEED_CLASS] = {"seed-class", N_("o_f class"), N_("Class of the picture that is mixed in"),
                    PARAMETER_CLASS, 0, 0, 0, 0, "", NULL},
    [LEVELS] = {"levels", N_("Le_vels"),
                N_("What is taken from the seed's picture: its shape, coarse or fine features; "
                   "scripts can name levels too, as \"0-4,8\""),
                PARAMETER_LEVELS, 0, 0, 0, 0, "", NULL},
    [AMOUNT] = {"amount", N_("Amou_nt"),
                N_("How far to go towards the mixture: 0 is the picture, 1 the mixture"),
                PARAMETER_REAL, 0, 1, 1, 2, NULL, NULL},
    [TRUNCATION] = {"truncation", N_("Truncat_ion"),
                    N_("1: the picture as it was found; less: closer to the generator's average "
                       "picture, which is 0"),
                    PARAMETER_REAL, 0, 1, 1, 2, NULL, NULL},
    [FILE_] = {"file", N_("_Keep field"),
               N_("File in which the result is kept as a field, for polyinr render, mix and "
                  "interpolate; empty: none"),
               PARAMETER_FILE, 0, 0, 0, 0, "", NULL},
    [ENGINE] = {"engine", N_("_Engine"), N_("What does the arithmetic"), PARAMETER_ENGINE, 0, 0, 0,
                0, "auto", NULL},
};

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

const Operation invert_operation = {
    .procedure = "plug-in-polyinr-invert",
    .menu = N_("_Invert and edit…"),
    .title = N_("Invert and edit"),
    .blurb = N_("Find the picture in a generator, and edit it there"),
    .help = N_("Searches the image of a generator that is closest to the active layer (where it is "
               "selected), mixes it with the image of a seed, and puts the result on top. It shows "
               "what the generator can show."),
    .parameters = parameters, .parameter_count = COUNT,
    .model_kind = POLYINR_KIND_GENERATOR,
    .model = MODEL, .engine = ENGINE,
    .needs_picture = TRUE,
    .describe = describe,
    .shares_work = shares_work,
    .run = run, .preview = preview,
};
