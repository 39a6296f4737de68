#include "call.h"

#include "../core/compute.h"
#include "../core/text.h"
#include "image.h"

/* How far the host was last told that the work is, in per mille. */
static gboolean on_tick(Work *work, gpointer told) {
    gint permille = g_atomic_int_get(&work->permille);
    if (permille >= *(gint *)told + 5 || permille < *(gint *)told) {
        gimp_progress_update(permille / 1000.0);
        *(gint *)told = permille;
    }
    return TRUE;
}

/* Without a dialog. */
static Outcome *compute_quietly(Call *call, Session *session, GError **error) {
    gint told = 0;
    if (!settings_check(call->settings, error))
        return NULL;
    gimp_progress_init(_(call->operation->blurb));
    Outcome *outcome = compute(session, call->operation, call->settings, on_tick, &told, error);
    gimp_progress_end();
    return outcome;
}

static void set_cancelled(GError **error) {
    g_set_error(error, PLUGIN_ERROR, PLUGIN_ERROR_CANCELLED, _("Cancelled"));
}

/* Asks until there is a result, or the user gives up. */
static Outcome *compute_asking(Call *call, Session *session, GError **error) {
    Panel *panel = panel_new(session, call->operation);
    GtkDialog *dialog = host_dialog_new(call, panel);
    Outcome *outcome = NULL;
    panel_choose_mnemonics(panel, dialog);
    panel_show(panel, call->settings);
    panel_focus_ok(dialog);
    while (!outcome && host_dialog_run(call, dialog)) {
        GError *problem = NULL;
        if (settings_check(panel_settings(panel), &problem))
            outcome = panel_compute(panel, dialog, &problem);
        if (problem && !g_error_matches(problem, PLUGIN_ERROR, PLUGIN_ERROR_CANCELLED))
            panel_complain(GTK_WINDOW(dialog), problem);
        g_clear_error(&problem);
    }
    settings_free(call->settings);
    call->settings = settings_copy(panel_settings(panel));
    panel_free(panel);
    gtk_widget_destroy(GTK_WIDGET(dialog));
    if (!outcome)
        set_cancelled(error);
    return outcome;
}

static HostLayer run(Call *call, GError **error) {
    g_autofree char *folder = g_path_get_dirname(gimp_get_progname());
    const Library *library = library_open(folder, error);
    if (!library)
        return HOST_NOTHING;
    Source source;
    if (!image_source(call->image, call->drawable, call->operation, &source, error))
        return HOST_NOTHING;
    g_autoptr(Session) session = session_new(library, source);
    g_autoptr(Outcome) outcome = call->mode == GIMP_RUN_INTERACTIVE
                                     ? compute_asking(call, session, error)
                                     : compute_quietly(call, session, error);
    if (!outcome)
        return HOST_NOTHING;
    HostLayer layer = image_put(call->image, call->drawable, outcome, error);
    if (layer != HOST_NOTHING && outcome->canvas == CANVAS_NEW &&
        call->mode != GIMP_RUN_NONINTERACTIVE)
        gimp_display_new(gimp_item_get_image(GIMP_ITEM(layer)));
    return layer;
}

HostLayer call_run(Call *call, GError **error) {
    gboolean is_interactive = call->mode == GIMP_RUN_INTERACTIVE;
    GError *problem = NULL;
    gegl_init(NULL, NULL);
    if (is_interactive)
        HOST_UI_INIT("polyinr");
    HostLayer layer = run(call, &problem);
    if (call->mode != GIMP_RUN_NONINTERACTIVE)
        gimp_displays_flush();
    if (!problem)
        return layer;
    if (is_interactive && !g_error_matches(problem, PLUGIN_ERROR, PLUGIN_ERROR_CANCELLED)) {
        panel_complain(NULL, problem);
        g_clear_error(&problem);
        set_cancelled(error);
    } else {
        g_propagate_error(error, problem);
    }
    return HOST_NOTHING;
}
