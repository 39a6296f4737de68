#include "session.h"

#include "text.h"

struct Session {
    const Library *library;
    Source source;
    polyinr_engine_choice choice; /* Once the library was asked; of the thread of the dialog. */
    GMutex lock; /* Of the four below. */
    char *engine_name;
    polyinr_engine engine;
    char *model_name;
    polyinr_model model;
    Embedding embedding;
    GMutex estimate_lock; /* Of the two below; nothing is computed while it is held. */
    char *estimate_model; /* Name of the model that `estimate` is for; NULL while there is none. */
    Amounts estimate;
};

Work *work_new(const Library *library) {
    Work *work = g_new0(Work, 1);
    work->library = library;
    library->cancel_new(&work->token, NULL);
    return work;
}

void work_free(Work *work) {
    if (!work)
        return;
    work->library->cancel_free(work->token, NULL);
    g_free(work);
}

void work_cancel(Work *work) {
    work->library->cancel_cancel(work->token, NULL);
}

bool work_follow(void *user_data, uint64_t done, uint64_t total) {
    Work *work = user_data;
    if (total)
        g_atomic_int_set(&work->permille, (gint)(done * 1000 / total));
    return true;
}

bool work_follow_inversion(void *user_data, uint64_t done, uint64_t total, double psnr) {
    Work *work = user_data;
    g_atomic_int_set(&work->hundredths_db, (gint)(CLAMP(psnr, 0, 1000) * 100));
    return work_follow(work, done, total);
}

Session *session_new(const Library *library, Source source) {
    Session *session = g_new0(Session, 1);
    session->library = library;
    session->source = source;
    g_mutex_init(&session->lock);
    g_mutex_init(&session->embedding.lock);
    g_mutex_init(&session->estimate_lock);
    return session;
}

void session_free(Session *session) {
    if (!session)
        return;
    const Library *library = session->library;
    library->field_free(session->embedding.field, NULL);
    library->model_free(session->model, NULL);
    library->engine_free(session->engine, NULL);
    library->engine_choice_free(session->choice, NULL);
    g_free(session->embedding.key);
    g_free(session->estimate_model);
    g_free(session->engine_name);
    g_free(session->model_name);
    picture_free(session->source.picture);
    picture_free(session->source.mask);
    g_mutex_clear(&session->estimate_lock);
    g_mutex_clear(&session->embedding.lock);
    g_mutex_clear(&session->lock);
    g_free(session);
}

const Library *session_library(const Session *session) {
    return session->library;
}

const Source *session_source(const Session *session) {
    return &session->source;
}

Embedding *session_embedding(Session *session) {
    return &session->embedding;
}

/* The text of an error, which is freed. */
static char *words(const Library *library, polyinr_error problem) {
    char *text = g_strdup(library->error_message(problem));
    library->error_free(problem);
    return text;
}

/* Which engine the library takes by itself, and why, in words for the user. */
static char *automatic_reason(Session *session, char **others) {
    const Library *library = session->library;
    polyinr_error problem = {0};
    if (!session->choice.id &&
        library->engine_choice_new(POLYINR_NONE(polyinr_engine_options), &session->choice,
                                   &problem) != POLYINR_STATUS_OK)
        return words(library, problem);
    *others = g_strdup(library->engine_choice_reason(session->choice));
    return g_strdup_printf(_("%s: the fastest engine that runs here"),
                           library->engine_choice_name(session->choice));
}

char *session_engine_reason(Session *session, const char *name, char **others) {
    const Library *library = session->library;
    *others = NULL;
    if (g_str_equal(name, "auto"))
        return automatic_reason(session, others);
    polyinr_error problem = {0};
    if (library->engine_check(name, POLYINR_NONE(polyinr_engine_options), &problem) ==
        POLYINR_STATUS_OK)
        return g_strdup_printf(_("%s, as chosen"), name);
    return words(library, problem);
}

static gboolean open_engine(Session *session, const char *name, GError **error) {
    if (session->engine.id && g_strcmp0(session->engine_name, name) == 0)
        return TRUE;
    const Library *library = session->library;
    polyinr_engine engine = {0};
    polyinr_error problem = {0};
    polyinr_status status =
        library->engine_new(name, POLYINR_NONE(polyinr_engine_options), &engine, &problem);
    if (!library_succeeded(library, status, problem, error))
        return FALSE;
    library->engine_free(session->engine, NULL);
    session->engine = engine;
    g_free(session->engine_name);
    session->engine_name = g_strdup(name);
    return TRUE;
}

static gboolean open_model(Session *session, polyinr_kind kind, const char *name, GError **error) {
    const Library *library = session->library;
    const char *standard = library->model_default(kind);
    if (!*name && standard)
        name = standard;
    if (session->model.id && g_strcmp0(session->model_name, name) == 0 &&
        library->model_kind(session->model) == kind)
        return TRUE;
    polyinr_model model = {0};
    polyinr_error problem = {0};
    polyinr_status status = library->model_find(name, &model, &problem);
    if (!library_succeeded(library, status, problem, error))
        return FALSE;
    if (library->model_kind(model) != kind) {
        library->model_free(model, NULL);
        g_set_error(error, PLUGIN_ERROR, PLUGIN_ERROR_PARAMETER,
                    kind == POLYINR_KIND_UPSCALER
                        ? _("model: %s is no upscaler; leave it empty for the default one")
                        : _("model: %s is no generator; leave it empty for the default one"),
                    name);
        return FALSE;
    }
    library->model_free(session->model, NULL);
    session->model = model;
    g_free(session->model_name);
    session->model_name = g_strdup(name);
    return TRUE;
}

gboolean session_open(Session *session, const char *engine_name, polyinr_kind kind,
                      const char *model_name, polyinr_engine *engine, polyinr_model *model,
                      GError **error) {
    g_mutex_lock(&session->lock);
    gboolean opened = open_engine(session, engine_name, error) &&
                      open_model(session, kind, model_name, error);
    *engine = session->engine;
    *model = session->model;
    g_mutex_unlock(&session->lock);
    return opened;
}

gboolean session_estimated(Session *session, const char *model_name, Amounts *amounts) {
    g_mutex_lock(&session->estimate_lock);
    gboolean is_known = g_strcmp0(session->estimate_model, model_name) == 0;
    if (is_known)
        *amounts = session->estimate;
    g_mutex_unlock(&session->estimate_lock);
    return is_known;
}

static void keep_estimate(Session *session, const char *model_name, Amounts amounts) {
    g_mutex_lock(&session->estimate_lock);
    g_free(session->estimate_model);
    session->estimate_model = g_strdup(model_name);
    session->estimate = amounts;
    g_mutex_unlock(&session->estimate_lock);
}

gboolean session_estimate(Session *session, const char *model_name, polyinr_model model,
                          Amounts *amounts, GError **error) {
    if (session_estimated(session, model_name, amounts))
        return TRUE;
    const Library *library = session->library;
    polyinr_error problem = {0};
    polyinr_buffer input = picture_buffer(session->source.picture);
    polyinr_status status = library->super_resolve_estimate(model, &input, &amounts->denoise,
                                                            &amounts->deblur, &problem);
    if (!library_succeeded(library, status, problem, error))
        return FALSE;
    keep_estimate(session, model_name, *amounts);
    return TRUE;
}
