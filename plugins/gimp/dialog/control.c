#include "control.h"

#include "../core/text.h"

struct Control {
    const Parameter *parameter;
    GtkWidget *widget; /* What is shown. */
    GtkWidget *value;  /* What holds the value: a combo box, an entry, the first toggle. */
    GtkAdjustment *adjustment;
    GPtrArray *names;   /* What the entries of a list stand for, or the toggles of levels. */
    GPtrArray *toggles; /* Of groups of levels. */
    char *levels;       /* Levels that toggles cannot show; NULL when they can. */
    ControlChanged changed;
    gpointer user_data;
    gboolean is_silent;
};

static const char *name_at(const Control *control, guint index) {
    return g_ptr_array_index(control->names, index);
}

static GtkToggleButton *toggle_at(const Control *control, guint index) {
    return GTK_TOGGLE_BUTTON(g_ptr_array_index(control->toggles, index));
}

static void free_control(gpointer data) {
    Control *control = data;
    g_clear_pointer(&control->names, g_ptr_array_unref);
    g_clear_pointer(&control->toggles, g_ptr_array_unref);
    g_free(control->levels);
    g_free(control);
}

static void emit(Control *control) {
    if (!control->is_silent)
        control->changed(control->user_data);
}

static void on_changed(GtkWidget *widget, Control *control) {
    (void)widget;
    emit(control);
}

static void on_level(GtkWidget *widget, Control *control) {
    (void)widget;
    if (!control->is_silent)
        g_clear_pointer(&control->levels, g_free);
    emit(control);
}

static void on_dice(GtkWidget *button, Control *control) {
    (void)button;
    gtk_adjustment_set_value(control->adjustment, g_random_int_range(0, G_MAXINT32));
}

/* A number with a slider where its range is one that a slider can show. */
static GtkWidget *number_control(Control *control) {
    const Parameter *parameter = control->parameter;
    double step = parameter->digits >= 2 ? 0.05 : 1;
    control->adjustment = GTK_ADJUSTMENT(gtk_adjustment_new(
        parameter->initial, parameter->least, parameter->most, step, step * 10, 0));
    GtkWidget *box = box_new(GTK_ORIENTATION_HORIZONTAL, 6);
    if (parameter->most <= 16)
        gtk_box_pack_start(GTK_BOX(box), scale_new(control->adjustment), TRUE, TRUE, 0);
    GtkWidget *spin = gtk_spin_button_new(control->adjustment, step, parameter->digits);
    gtk_entry_set_activates_default(GTK_ENTRY(spin), TRUE);
    gtk_box_pack_start(GTK_BOX(box), spin, parameter->most > 16, TRUE, 0);
    control->value = spin;
    if (parameter->kind == PARAMETER_SEED) {
        GtkWidget *dice = gtk_button_new_with_label(_("New seed"));
        gtk_widget_set_tooltip_text(dice, _("Throw the dice"));
        g_signal_connect(dice, "clicked", G_CALLBACK(on_dice), control);
        gtk_box_pack_start(GTK_BOX(box), dice, FALSE, FALSE, 0);
    }
    g_signal_connect(control->adjustment, "value-changed", G_CALLBACK(on_changed), control);
    return box;
}

static void list_clear(Control *control) {
    GtkTreeModel *rows = gtk_combo_box_get_model(GTK_COMBO_BOX(control->value));
    gtk_list_store_clear(GTK_LIST_STORE(rows));
    g_ptr_array_set_size(control->names, 0);
}

static void list_add(Control *control, const char *name, const char *label) {
    gtk_combo_box_text_append_text(GTK_COMBO_BOX_TEXT(control->value), label);
    g_ptr_array_add(control->names, g_strdup(name));
}

static void list_methods(Control *control, const Library *library) {
    const char *name;
    list_add(control, "auto", parameter_label_of(control->parameter, "auto"));
    for (guint i = 0; (name = library->extend_method_name(i)); i++)
        list_add(control, name, parameter_label_of(control->parameter, name));
}

static void list_engines(Control *control, const Library *library) {
    const char *name;
    list_add(control, "auto", _("Automatic"));
    for (guint i = 0; (name = library->engine_name(i)); i++)
        list_add(control, name, name);
}

static void list_models(Control *control, const Library *library, polyinr_kind kind) {
    polyinr_model_list list = {0};
    list_add(control, "", _("Default"));
    if (library->model_list_new(kind, &list, NULL) != POLYINR_STATUS_OK)
        return;
    guint count = library->model_list_count(list);
    for (guint i = 0; i < count; i++)
        list_add(control, library->model_list_name(list, i), library->model_list_name(list, i));
    library->model_list_free(list, NULL);
}

static GtkWidget *list_control(Control *control, const Operation *operation, Session *session) {
    control->value = gtk_combo_box_text_new();
    switch (control->parameter->kind) {
    case PARAMETER_CHOICE:
        for (const Choice *choice = control->parameter->choices; choice->name; choice++)
            list_add(control, choice->name, _(choice->label));
        break;
    case PARAMETER_METHOD:
        list_methods(control, session_library(session));
        break;
    case PARAMETER_ENGINE:
        list_engines(control, session_library(session));
        break;
    case PARAMETER_MODEL:
        list_models(control, session_library(session), operation->model_kind);
        break;
    default:
        list_add(control, "", _("Any"));
    }
    g_signal_connect(control->value, "changed", G_CALLBACK(on_changed), control);
    return control->value;
}

static GtkWidget *levels_control(Control *control, const Library *library) {
    GtkWidget *box = box_new(GTK_ORIENTATION_HORIZONTAL, 6);
    const char *name;
    control->toggles = g_ptr_array_new();
    for (guint i = 0; (name = library->level_group_name(i)); i++) {
        GtkWidget *toggle =
            gtk_check_button_new_with_label(parameter_label_of(control->parameter, name));
        g_signal_connect(toggle, "toggled", G_CALLBACK(on_level), control);
        gtk_box_pack_start(GTK_BOX(box), toggle, FALSE, FALSE, 0);
        g_ptr_array_add(control->names, g_strdup(name));
        g_ptr_array_add(control->toggles, toggle);
    }
    control->value = g_ptr_array_index(control->toggles, 0);
    return box;
}

static void on_browse(GtkWidget *button, Control *control) {
    GtkWidget *window = gtk_widget_get_toplevel(button);
    GtkWidget *chooser = gtk_file_chooser_dialog_new(
        _("Keep field"), GTK_WINDOW(window), GTK_FILE_CHOOSER_ACTION_SAVE, _("_Cancel"),
        GTK_RESPONSE_CANCEL, _("_Choose"), GTK_RESPONSE_ACCEPT, NULL);
    gtk_file_chooser_set_do_overwrite_confirmation(GTK_FILE_CHOOSER(chooser), TRUE);
    gtk_file_chooser_set_current_name(GTK_FILE_CHOOSER(chooser), _("picture.field"));
    if (gtk_dialog_run(GTK_DIALOG(chooser)) == GTK_RESPONSE_ACCEPT) {
        g_autofree char *path = gtk_file_chooser_get_filename(GTK_FILE_CHOOSER(chooser));
        gtk_entry_set_text(GTK_ENTRY(control->value), path);
    }
    gtk_widget_destroy(chooser);
}

static GtkWidget *file_control(Control *control) {
    GtkWidget *box = box_new(GTK_ORIENTATION_HORIZONTAL, 6);
    control->value = gtk_entry_new();
    g_signal_connect(control->value, "changed", G_CALLBACK(on_changed), control);
    gtk_box_pack_start(GTK_BOX(box), control->value, TRUE, TRUE, 0);
    GtkWidget *browse = gtk_button_new_with_label("…");
    g_signal_connect(browse, "clicked", G_CALLBACK(on_browse), control);
    gtk_box_pack_start(GTK_BOX(box), browse, FALSE, FALSE, 0);
    return box;
}

static GtkWidget *widget_for(Control *control, const Operation *operation, Session *session) {
    switch (control->parameter->kind) {
    case PARAMETER_REAL:
    case PARAMETER_WHOLE:
    case PARAMETER_SEED:
        return number_control(control);
    case PARAMETER_LEVELS:
        return levels_control(control, session_library(session));
    case PARAMETER_FILE:
        return file_control(control);
    default:
        return list_control(control, operation, session);
    }
}

Control *control_new(const Parameter *parameter, const Operation *operation, Session *session,
                     ControlChanged changed, gpointer user_data) {
    Control *control = g_new0(Control, 1);
    control->parameter = parameter;
    control->names = g_ptr_array_new_with_free_func(g_free);
    control->changed = changed;
    control->user_data = user_data;
    control->widget = widget_for(control, operation, session);
    gtk_widget_set_tooltip_text(control->widget, _(parameter->tip));
    g_object_set_data_full(G_OBJECT(control->widget), "polyinr-control", control, free_control);
    return control;
}

GtkWidget *control_widget(Control *control) {
    return control->widget;
}

GtkWidget *control_focus(Control *control) {
    return control->value;
}

/* Chooses the entry of `name`, which is added when it is not there. */
static void list_choose(Control *control, const char *name) {
    guint index = 0;
    while (index < control->names->len && !g_str_equal(name_at(control, index), name))
        index++;
    if (index == control->names->len)
        list_add(control, name, name);
    gtk_combo_box_set_active(GTK_COMBO_BOX(control->value), (gint)index);
}

static void toggle_levels(Control *control, const char *text) {
    g_auto(GStrv) names = g_strsplit(text, ",", -1);
    guint known = 0;
    for (guint i = 0; i < control->toggles->len; i++) {
        gboolean is_on = g_strv_contains((const char *const *)names, name_at(control, i)) ||
                         g_str_equal(text, "all");
        known += is_on;
        gtk_toggle_button_set_active(toggle_at(control, i), is_on);
    }
    g_clear_pointer(&control->levels, g_free);
    if (!g_str_equal(text, "all") && known != g_strv_length(names))
        control->levels = g_strdup(text);
}

static char *toggled_levels(const Control *control) {
    if (control->levels)
        return g_strdup(control->levels);
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < control->toggles->len; i++)
        if (gtk_toggle_button_get_active(toggle_at(control, i)))
            g_string_append_printf(text, "%s%s", text->len ? "," : "", name_at(control, i));
    return g_strdup(text->str);
}

void control_show(Control *control, const Settings *settings, guint index) {
    const char *text = settings->texts[index];
    control->is_silent = TRUE;
    if (control->adjustment)
        gtk_adjustment_set_value(control->adjustment, settings->numbers[index]);
    else if (control->toggles)
        toggle_levels(control, text);
    else if (GTK_IS_COMBO_BOX(control->value))
        list_choose(control, text);
    else
        gtk_entry_set_text(GTK_ENTRY(control->value), text);
    control->is_silent = FALSE;
}

void control_read(const Control *control, Settings *settings, guint index) {
    if (control->adjustment) {
        settings_set_number(settings, index, gtk_adjustment_get_value(control->adjustment));
    } else if (control->toggles) {
        g_autofree char *levels = toggled_levels(control);
        settings_set_text(settings, index, levels);
    } else if (GTK_IS_COMBO_BOX(control->value)) {
        gint active = gtk_combo_box_get_active(GTK_COMBO_BOX(control->value));
        if (active >= 0)
            settings_set_text(settings, index, name_at(control, (guint)active));
    } else {
        settings_set_text(settings, index, gtk_entry_get_text(GTK_ENTRY(control->value)));
    }
}

void control_list_classes(Control *control, Session *session, const Operation *operation,
                          const Settings *settings) {
    const Library *library = session_library(session);
    polyinr_engine engine;
    polyinr_model model;
    control->is_silent = TRUE;
    list_clear(control);
    list_add(control, "", _("Any"));
    if (session_open(session, settings->texts[operation->engine], operation->model_kind,
                     settings->texts[operation->model], &engine, &model, NULL)) {
        guint count = library->model_class_count(model);
        for (guint i = 0; i < count; i++)
            list_add(control, library->model_class_name(model, i),
                     library->model_class_name(model, i));
    }
    control->is_silent = FALSE;
}
