#include "compute.h"

typedef struct Computation {
    Session *session;
    const Operation *operation;
    const Settings *settings;
    Work *work;
    Outcome *outcome;
    GError *error;
    ComputeTick tick;
    gpointer user_data;
    GMainLoop *loop;
} Computation;

static gboolean end_loop(gpointer data) {
    g_main_loop_quit(((Computation *)data)->loop);
    return G_SOURCE_REMOVE;
}

static gpointer run(gpointer data) {
    Computation *computation = data;
    computation->outcome = computation->operation->functions->run(
        computation->session, computation->settings, computation->work, &computation->error);
    g_idle_add(end_loop, computation);
    return NULL;
}

static gboolean on_tick(gpointer data) {
    Computation *computation = data;
    if (computation->tick && !computation->tick(computation->work, computation->user_data))
        work_cancel(computation->work);
    return G_SOURCE_CONTINUE;
}

Outcome *compute(Session *session, const Operation *operation, const Settings *settings,
                 ComputeTick tick, gpointer user_data, GError **error) {
    g_autoptr(Settings) copy = settings_copy(settings);
    Computation computation = {
        .session = session,
        .operation = operation,
        .settings = copy,
        .work = work_new(session_library(session)),
        .tick = tick,
        .user_data = user_data,
        .loop = g_main_loop_new(NULL, FALSE),
    };
    GThread *thread = g_thread_new("polyinr", run, &computation);
    guint ticks = g_timeout_add(100, on_tick, &computation);
    g_main_loop_run(computation.loop);
    g_thread_join(thread);
    g_source_remove(ticks);
    g_main_loop_unref(computation.loop);
    work_free(computation.work);
    if (computation.error)
        g_propagate_error(error, computation.error);
    return computation.outcome;
}
