/* GIMP 2.10: its procedures with arguments by position, its dialog, and last values in a file. */

#include <libgimp/gimp.h>

#include <libgimp/gimpui.h>

#include "core/text.h"
#include "host/call.h"

/* Arguments before the operation's own: run mode, image, drawable. */
enum { OWN = 3 };

/* Answer of the button that puts all values back. */
enum { RESPONSE_RESET = 1 };

static char *last_values_path(void) {
    return gimp_personal_rc_file("polyinr.ini");
}

static void recall_last(const Operation *operation, Settings *settings) {
    g_autofree char *path = last_values_path();
    g_autoptr(GKeyFile) file = g_key_file_new();
    if (g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, NULL))
        settings_recall(settings, file, operation->procedure);
}

/* That values cannot be kept is no reason to fail: the user only sees the old ones next time. */
static void keep_last(const Operation *operation, const Settings *settings) {
    g_autofree char *path = last_values_path();
    g_autoptr(GKeyFile) file = g_key_file_new();
    GError *error = NULL;
    g_key_file_load_from_file(file, path, G_KEY_FILE_KEEP_COMMENTS, NULL);
    settings_keep(settings, file, operation->procedure);
    if (!g_key_file_save_to_file(file, path, &error)) {
        g_printerr("polyinr: %s\n", error->message);
        g_error_free(error);
    }
}

GtkDialog *host_dialog_new(Call *call, Panel *panel) {
    GtkWidget *dialog =
        gimp_dialog_new(_(call->operation->title), "polyinr", NULL, 0, gimp_standard_help_func,
                        call->operation->procedure, _("_Reset"), RESPONSE_RESET, _("_Cancel"),
                        GTK_RESPONSE_CANCEL, _("_OK"), GTK_RESPONSE_OK, NULL);
    gimp_window_set_transient(GTK_WINDOW(dialog));
    GtkWidget *content = gtk_dialog_get_content_area(GTK_DIALOG(dialog));
    gtk_box_pack_start(GTK_BOX(content), panel_widget(panel), TRUE, TRUE, 0);
    gtk_widget_show(dialog);
    call->host = panel;
    return GTK_DIALOG(dialog);
}

gboolean host_dialog_run(Call *call, GtkDialog *dialog) {
    gint response;
    while ((response = gimp_dialog_run(GIMP_DIALOG(dialog))) == RESPONSE_RESET) {
        g_autoptr(Settings) settings = operation_settings(call->operation);
        panel_show(call->host, settings);
    }
    return response == GTK_RESPONSE_OK;
}

/* The operation's own arguments; FALSE with `error` when some are missing. */
static gboolean read_arguments(const GimpParam *arguments, gint count, Settings *settings,
                               GError **error) {
    if (count != (gint)settings->count + OWN) {
        g_set_error(error, PLUGIN_ERROR, PLUGIN_ERROR_PARAMETER,
                    _("%d arguments are given, and %u are needed"), count, settings->count + OWN);
        return FALSE;
    }
    for (guint i = 0; i < settings->count; i++) {
        const GimpParamData *data = &arguments[i + OWN].data;
        const Parameter *parameter = &settings->parameters[i];
        if (parameter_is_text(parameter))
            settings_set_text(settings, i, data->d_string);
        else
            settings_set_number(settings, i, parameter->kind == PARAMETER_REAL ? data->d_float
                                                                              : data->d_int32);
    }
    return TRUE;
}

static void bind_texts(void) {
    g_autofree char *folder = g_path_get_dirname(gimp_get_progname());
    g_autofree char *locale = g_build_filename(folder, "locale", NULL);
    bindtextdomain(GETTEXT_PACKAGE, locale);
    bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
}

static gint32 answer(Call *call, gint count, const GimpParam *arguments, GError **error) {
    if (call->mode == GIMP_RUN_NONINTERACTIVE) {
        if (!read_arguments(arguments, count, call->settings, error))
            return HOST_NOTHING;
    } else {
        recall_last(call->operation, call->settings);
    }
    gint32 layer = call_run(call, error);
    if (layer != HOST_NOTHING && call->mode == GIMP_RUN_INTERACTIVE)
        keep_last(call->operation, call->settings);
    return layer;
}

static void run(const gchar *name, gint count, const GimpParam *arguments, gint *value_count,
                GimpParam **values) {
    static GimpParam result[2];
    static char *message = NULL;
    const Operation *operation = operation_find(name);
    Call call = {
        .operation = operation,
        .mode = arguments[0].data.d_int32,
        .image = arguments[1].data.d_image,
        .drawable = arguments[2].data.d_drawable,
        .settings = operation_settings(operation),
    };
    GError *error = NULL;
    bind_texts();
    gint32 layer = answer(&call, count, arguments, &error);
    settings_free(call.settings);

    result[0] = (GimpParam){GIMP_PDB_STATUS, {.d_status = GIMP_PDB_SUCCESS}};
    result[1] = (GimpParam){GIMP_PDB_LAYER, {.d_layer = layer}};
    *value_count = 2;
    *values = result;
    if (!error)
        return;
    gboolean is_cancelled = g_error_matches(error, PLUGIN_ERROR, PLUGIN_ERROR_CANCELLED);
    result[0].data.d_status = is_cancelled ? GIMP_PDB_CANCEL : GIMP_PDB_EXECUTION_ERROR;
    g_free(message);
    message = g_strdup(error->message);
    result[1] = (GimpParam){GIMP_PDB_STRING, {.d_string = message}};
    g_error_free(error);
}

static GimpParamDef argument_for(const Parameter *parameter) {
    GimpPDBArgType type = parameter_is_text(parameter)          ? GIMP_PDB_STRING
                          : parameter->kind == PARAMETER_REAL ? GIMP_PDB_FLOAT
                                                              : GIMP_PDB_INT32;
    return (GimpParamDef){type, (gchar *)parameter->name, (gchar *)_(parameter->tip)};
}

static void install(const Operation *operation) {
    static const GimpParamDef result = {GIMP_PDB_LAYER, "layer", "The new layer"};
    GimpParamDef arguments[OWN + SETTINGS_MOST] = {
        {GIMP_PDB_INT32, "run-mode", "The run mode { RUN-INTERACTIVE (0), RUN-NONINTERACTIVE (1) }"},
        {GIMP_PDB_IMAGE, "image", "The image"},
        {GIMP_PDB_DRAWABLE, "drawable", "The layer"},
    };
    for (guint i = 0; i < operation->parameter_count; i++)
        arguments[OWN + i] = argument_for(&operation->parameters[i]);
    /* The menu's texts are translated by GIMP itself, from the domain that `query` registers. */
    gimp_install_procedure(operation->procedure, operation->blurb, operation->help,
                           "The polyinr developers", "MIT or Apache-2.0", "2026", operation->menu,
                           "RGB*, GRAY*", GIMP_PLUGIN, (gint)operation->parameter_count + OWN, 1,
                           arguments, &result);
    gimp_plugin_menu_register(operation->procedure, "<Image>/Filters/Poly-INR");
}

static void query(void) {
    g_autofree char *folder = g_path_get_dirname(gimp_get_progname());
    g_autofree char *locale = g_build_filename(folder, "locale", NULL);
    gimp_plugin_domain_register(GETTEXT_PACKAGE, locale);
    bind_texts();
    for (guint i = 0; operations[i]; i++)
        install(operations[i]);
}

const GimpPlugInInfo PLUG_IN_INFO = {NULL, NULL, query, run};

MAIN()
