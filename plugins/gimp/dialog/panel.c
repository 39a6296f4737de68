#include "panel.h"

#include "../core/compute.h"
#include "../core/text.h"
#include "control.h"
#include "mnemonics.h"
#include "preview.h"

struct Panel {
    Session *session;
    const Operation *operation;
    Settings *settings;
    Preview *preview;
    Control *controls[SETTINGS_MOST];
    GPtrArray *labels; /* Of controls. */
    GtkWidget *box, *upper, *progress, *reason, *size, *link;
    char *engine; /* What `reason` is about. */
    PanelChanged changed;
    gpointer user_data;
    gboolean is_cancelled; /* While computing. */
};

static gboolean is_linked(const Panel *panel, guint index) {
    return panel->operation->parameters[index].is_linked;
}

static void show_values(Panel *panel) {
    for (guint i = 0; i < panel->settings->count; i++)
        control_show(panel->controls[i], panel->settings, i);
}

/* Only what counts can be changed. */
static void enable_controls(Panel *panel) {
    for (guint i = 0; i < panel->settings->count; i++)
        gtk_widget_set_sensitive(control_widget(panel->controls[i]),
                                 settings_counts(panel->settings, i));
}

/* Which engine computes, when that is another than before. */
static void show_engine(Panel *panel) {
    const char *name = panel->settings->texts[panel->operation->engine];
    if (g_strcmp0(panel->engine, name) == 0)
        return;
    g_autofree char *others = NULL;
    g_autofree char *reason = session_engine_reason(panel->session, name, &others);
    gtk_label_set_text(GTK_LABEL(panel->reason), reason);
    gtk_widget_set_tooltip_text(panel->reason, others && *others ? others : NULL);
    g_free(panel->engine);
    panel->engine = g_strdup(name);
}

/* What follows from the values: which engine, and what comes out. */
static void show_notes(Panel *panel) {
    const Functions *functions = panel->operation->functions;
    g_autofree char *size = functions->describe(panel->session, panel->settings);
    gtk_label_set_text(GTK_LABEL(panel->size), size);
    show_engine(panel);
}

/* A preview may have found out more about the result. */
static void on_preview(gpointer data) {
    show_notes(data);
}

static void list_classes(Panel *panel) {
    for (guint i = 0; i < panel->settings->count; i++)
        if (panel->operation->parameters[i].kind == PARAMETER_CLASS)
            control_list_classes(panel->controls[i], panel->session, panel->operation,
                                 panel->settings);
}

/* Where linked values go together, gives all the one that was changed. */
static void follow_link(Panel *panel, const Settings *before) {
    if (!panel->link || !gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(panel->link)))
        return;
    Settings *now = panel->settings;
    for (guint i = 0; i < now->count; i++) {
        if (!is_linked(panel, i) || now->numbers[i] == before->numbers[i])
            continue;
        double number = now->numbers[i];
        for (guint j = 0; j < now->count; j++)
            if (is_linked(panel, j))
                settings_set_number(now, j, number);
        show_values(panel);
        return;
    }
}

static void on_changed(gpointer data) {
    Panel *panel = data;
    g_autoptr(Settings) before = settings_copy(panel->settings);
    for (guint i = 0; i < panel->settings->count; i++)
        control_read(panel->controls[i], panel->settings, i);
    follow_link(panel, before);
    guint model = panel->operation->model;
    if (!g_str_equal(before->texts[model], panel->settings->texts[model])) {
        list_classes(panel);
        show_values(panel);
    }
    enable_controls(panel);
    show_notes(panel);
    preview_show(panel->preview, panel->settings);
    if (panel->changed)
        panel->changed(panel, panel->user_data);
}

static GtkWidget *label_for(Panel *panel, const Parameter *parameter, Control *control) {
    GtkWidget *label = gtk_label_new(_(parameter->label));
    align_left(label);
    g_ptr_array_add(panel->labels, label);
    gtk_label_set_mnemonic_widget(GTK_LABEL(label), control_focus(control));
    gtk_widget_set_tooltip_text(label, _(parameter->tip));
    return label;
}

/* Whether linked values go together. */
static GtkWidget *link_new(Panel *panel) {
    GtkWidget *link = gtk_check_button_new_with_label(_("The same on all sides"));
    GtkWidget *label = gtk_bin_get_child(GTK_BIN(link));
    g_ptr_array_add(panel->labels, label);
    gtk_label_set_mnemonic_widget(GTK_LABEL(label), link);
    gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(link), TRUE);
    return link;
}

static GtkWidget *note_new(void) {
    GtkWidget *note = gtk_label_new("");
    align_left(note);
    gtk_label_set_line_wrap(GTK_LABEL(note), TRUE);
    gtk_widget_set_size_request(note, 260, -1);
    return note;
}

static GtkWidget *controls_of(Panel *panel) {
    const Operation *operation = panel->operation;
    GtkWidget *rows = rows_new();
    guint row = 0;
    for (guint i = 0; i < operation->parameter_count; i++) {
        const Parameter *parameter = &operation->parameters[i];
        panel->controls[i] =
            control_new(parameter, operation, panel->session, on_changed, panel);
        GtkWidget *control = control_widget(panel->controls[i]);
        rows_add(rows, row++, label_for(panel, parameter, panel->controls[i]), control);
        gboolean is_last_linked = is_linked(panel, i) && (i + 1 == operation->parameter_count ||
                                                          !is_linked(panel, i + 1));
        if (is_last_linked) {
            panel->link = link_new(panel);
            rows_add(rows, row++, NULL, panel->link);
        }
    }
    rows_add(rows, row++, NULL, panel->reason = note_new());
    rows_add(rows, row, NULL, panel->size = note_new());
    return rows;
}

Panel *panel_new(Session *session, const Operation *operation) {
    Panel *panel = g_new0(Panel, 1);
    panel->session = session;
    panel->operation = operation;
    panel->settings = operation_settings(operation);
    panel->labels = g_ptr_array_new();
    panel->preview = preview_new(session, operation);
    preview_on_come(panel->preview, on_preview, panel);
    panel->box = box_new(GTK_ORIENTATION_VERTICAL, 12);
    gtk_container_set_border_width(GTK_CONTAINER(panel->box), 12);
    panel->upper = box_new(GTK_ORIENTATION_HORIZONTAL, 12);
    gtk_box_pack_start(GTK_BOX(panel->upper), preview_widget(panel->preview), FALSE, FALSE, 0);
    gtk_box_pack_start(GTK_BOX(panel->upper), controls_of(panel), TRUE, TRUE, 0);
    panel->progress = progress_new();
    gtk_box_pack_start(GTK_BOX(panel->box), panel->upper, TRUE, TRUE, 0);
    gtk_box_pack_start(GTK_BOX(panel->box), panel->progress, FALSE, FALSE, 0);
    gtk_widget_show_all(panel->box);
    return panel;
}

GtkWidget *panel_widget(Panel *panel) {
    return panel->box;
}

void panel_on_change(Panel *panel, PanelChanged changed, gpointer user_data) {
    panel->changed = changed;
    panel->user_data = user_data;
}

static void unlink_unequal(Panel *panel) {
    for (guint i = 1; panel->link && i < panel->settings->count; i++)
        if (is_linked(panel, i) && is_linked(panel, i - 1) &&
            panel->settings->numbers[i] != panel->settings->numbers[i - 1])
            gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(panel->link), FALSE);
}

void panel_show(Panel *panel, const Settings *settings) {
    settings_free(panel->settings);
    panel->settings = settings_copy(settings);
    unlink_unequal(panel);
    list_classes(panel);
    show_values(panel);
    enable_controls(panel);
    show_notes(panel);
    preview_show(panel->preview, panel->settings);
}

const Settings *panel_settings(const Panel *panel) {
    return panel->settings;
}

static gboolean on_tick(Work *work, gpointer data) {
    Panel *panel = data;
    if (panel->is_cancelled)
        preview_rest(panel->preview, NULL);
    double fraction = g_atomic_int_get(&work->permille) / 1000.0;
    gint hundredths = g_atomic_int_get(&work->hundredths_db);
    g_autofree char *text = hundredths > 0
                                ? g_strdup_printf("%.0f %%, %.1f dB", fraction * 100, hundredths / 100.0)
                                : g_strdup_printf("%.0f %%", fraction * 100);
    GtkProgressBar *bar = GTK_PROGRESS_BAR(panel->progress);
    gtk_progress_bar_set_fraction(bar, MIN(fraction, 1));
    gtk_progress_bar_set_text(bar, text);
    return !panel->is_cancelled;
}

static void on_response(GtkDialog *dialog, gint response, Panel *panel) {
    if (response == GTK_RESPONSE_CANCEL || response == GTK_RESPONSE_DELETE_EVENT)
        panel->is_cancelled = TRUE;
    /* The dialog's own answer would be to close. */
    g_signal_stop_emission_by_name(dialog, "response");
}

static gboolean on_delete(void) {
    return TRUE;
}

void panel_choose_mnemonics(const Panel *panel, GtkDialog *dialog) {
    mnemonics_choose(GTK_WIDGET(dialog), panel->labels);
}

void panel_focus_ok(GtkDialog *dialog) {
    GtkWidget *ok = gtk_dialog_get_widget_for_response(dialog, GTK_RESPONSE_OK);
    gtk_dialog_set_default_response(dialog, GTK_RESPONSE_OK);
    if (ok)
        gtk_widget_grab_focus(ok);
}

Outcome *panel_compute(Panel *panel, GtkDialog *dialog, GError **error) {
    gulong response = g_signal_connect(dialog, "response", G_CALLBACK(on_response), panel);
    gulong closing = g_signal_connect(dialog, "delete-event", G_CALLBACK(on_delete), NULL);
    panel->is_cancelled = FALSE;
    gtk_widget_set_sensitive(panel->upper, FALSE);
    gtk_dialog_set_response_sensitive(dialog, GTK_RESPONSE_OK, FALSE);
    preview_rest(panel->preview, panel->settings);
    Outcome *outcome =
        compute(panel->session, panel->operation, panel->settings, on_tick, panel, error);
    g_signal_handler_disconnect(dialog, response);
    g_signal_handler_disconnect(dialog, closing);
    gtk_widget_set_sensitive(panel->upper, TRUE);
    gtk_dialog_set_response_sensitive(dialog, GTK_RESPONSE_OK, TRUE);
    gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(panel->progress), 0);
    gtk_progress_bar_set_text(GTK_PROGRESS_BAR(panel->progress), "");
    return outcome;
}

void panel_complain(GtkWindow *dialog, const GError *error) {
    GtkWidget *message = gtk_message_dialog_new(dialog, GTK_DIALOG_MODAL, GTK_MESSAGE_ERROR,
                                                GTK_BUTTONS_CLOSE, "%s", error->message);
    gtk_window_set_title(GTK_WINDOW(message), "Poly-INR");
    gtk_dialog_run(GTK_DIALOG(message));
    gtk_widget_destroy(message);
}

void panel_free(Panel *panel) {
    if (!panel)
        return;
    preview_stop(panel->preview);
    settings_free(panel->settings);
    g_ptr_array_unref(panel->labels);
    g_free(panel->engine);
    g_free(panel);
}
