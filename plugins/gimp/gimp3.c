/* GIMP 3: its procedures, and its dialogs with presets and last values. */

#include <libgimp/gimp.h>

#include <libgimp/gimpui.h>

#include "core/text.h"
#include "host/call.h"

#define POLYINR_TYPE_PLUG_IN polyinr_plug_in_get_type()
G_DECLARE_FINAL_TYPE(PolyinrPlugIn, polyinr_plug_in, POLYINR, PLUG_IN, GimpPlugIn)

struct _PolyinrPlugIn {
    GimpPlugIn parent;
};

G_DEFINE_TYPE(PolyinrPlugIn, polyinr_plug_in, GIMP_TYPE_PLUG_IN)

/* What a call is about, for the functions of the dialog. */
typedef struct Host {
    GimpProcedure *procedure;
    GimpProcedureConfig *config;
    Panel *panel;
    const Operation *operation;
    gboolean is_silent; /* While values go from the panel to the config. */
} Host;

static void read_config(GimpProcedureConfig *config, Settings *settings) {
    for (guint i = 0; i < settings->count; i++) {
        const Parameter *parameter = &settings->parameters[i];
        if (parameter_is_text(parameter)) {
            g_autofree char *text = NULL;
            g_object_get(config, parameter->name, &text, NULL);
            settings_set_text(settings, i, text);
        } else if (parameter->kind == PARAMETER_REAL) {
            g_object_get(config, parameter->name, &settings->numbers[i], NULL);
        } else {
            gint number;
            g_object_get(config, parameter->name, &number, NULL);
            settings_set_number(settings, i, number);
        }
    }
}

static void write_config(const Settings *settings, GimpProcedureConfig *config) {
    for (guint i = 0; i < settings->count; i++) {
        const Parameter *parameter = &settings->parameters[i];
        if (parameter_is_text(parameter))
            g_object_set(config, parameter->name, settings->texts[i], NULL);
        else if (parameter->kind == PARAMETER_REAL)
            g_object_set(config, parameter->name, settings->numbers[i], NULL);
        else
            g_object_set(config, parameter->name, (gint)settings->numbers[i], NULL);
    }
}

static void on_panel(Panel *panel, gpointer data) {
    Host *host = data;
    host->is_silent = TRUE;
    write_config(panel_settings(panel), host->config);
    host->is_silent = FALSE;
}

/* The dialog's own buttons, which reset values and load presets, change the config. */
static void on_config(GimpProcedureConfig *config, GParamSpec *property, Host *host) {
    (void)property;
    if (host->is_silent)
        return;
    g_autoptr(Settings) settings = operation_settings(host->operation);
    read_config(config, settings);
    panel_show(host->panel, settings);
}

GtkDialog *host_dialog_new(Call *call, Panel *panel) {
    Host *host = call->host;
    GtkWidget *dialog =
        gimp_procedure_dialog_new(host->procedure, host->config, _(call->operation->title));
    GtkWidget *content = gtk_dialog_get_content_area(GTK_DIALOG(dialog));
    gtk_box_pack_start(GTK_BOX(content), panel_widget(panel), TRUE, TRUE, 0);
    host->panel = panel;
    panel_on_change(panel, on_panel, host);
    g_signal_connect(host->config, "notify", G_CALLBACK(on_config), host);
    gtk_widget_show(dialog);
    return GTK_DIALOG(dialog);
}

gboolean host_dialog_run(Call *call, GtkDialog *dialog) {
    (void)call;
    return gimp_procedure_dialog_run(GIMP_PROCEDURE_DIALOG(dialog));
}

static GimpValueArray *failed(GimpProcedure *procedure, GError *error) {
    gboolean is_cancelled = g_error_matches(error, PLUGIN_ERROR, PLUGIN_ERROR_CANCELLED);
    return gimp_procedure_new_return_values(
        procedure, is_cancelled ? GIMP_PDB_CANCEL : GIMP_PDB_EXECUTION_ERROR, error);
}

/* The one drawable that is chosen; NULL with `error` unless there is one, or none is needed. */
static gboolean find_drawable(GimpDrawable **drawables, GimpImage *image, GimpDrawable **drawable,
                              GError **error) {
    guint count = drawables ? (guint)gimp_core_object_array_get_length((GObject **)drawables) : 0;
    *drawable = count ? drawables[0] : NULL;
    if (!image || count == 1)
        return TRUE;
    g_set_error(error, PLUGIN_ERROR, PLUGIN_ERROR_IMAGE,
                _("%u layers are chosen. Choose the one layer that is meant."), count);
    return FALSE;
}

static GimpValueArray *on_run(GimpProcedure *procedure, GimpRunMode mode, GimpImage *image,
                              GimpDrawable **drawables, GimpProcedureConfig *config,
                              gpointer operation) {
    GError *error = NULL;
    Host host = {.procedure = procedure, .config = config, .operation = operation};
    Call call = {.operation = operation, .mode = mode, .image = image, .host = &host};
    if (!find_drawable(drawables, image, &call.drawable, &error))
        return failed(procedure, error);
    call.settings = operation_settings(operation);
    read_config(config, call.settings);
    GimpLayer *layer = call_run(&call, &error);
    g_signal_handlers_disconnect_by_data(config, &host);
    settings_free(call.settings);
    if (error)
        return failed(procedure, error);
    GimpValueArray *values =
        gimp_procedure_new_return_values(procedure, GIMP_PDB_SUCCESS, NULL);
    GIMP_VALUES_SET_LAYER(values, 1, layer);
    return values;
}

static void add_argument(GimpProcedure *procedure, const Parameter *parameter) {
    const char *label = _(parameter->label), *tip = _(parameter->tip), *name = parameter->name;
    if (parameter_is_text(parameter))
        gimp_procedure_add_string_argument(procedure, name, label, tip, parameter->text,
                                           G_PARAM_READWRITE);
    else if (parameter->kind == PARAMETER_REAL)
        gimp_procedure_add_double_argument(procedure, name, label, tip, parameter->least,
                                           parameter->most, parameter->initial, G_PARAM_READWRITE);
    else
        gimp_procedure_add_int_argument(procedure, name, label, tip, (gint)parameter->least,
                                        (gint)parameter->most, (gint)parameter->initial,
                                        G_PARAM_READWRITE);
}

static GList *query_procedures(GimpPlugIn *plug_in) {
    (void)plug_in;
    GList *names = NULL;
    for (guint i = 0; operations[i]; i++)
        names = g_list_append(names, g_strdup(operations[i]->procedure));
    return names;
}

static GimpProcedure *create_procedure(GimpPlugIn *plug_in, const char *name) {
    const Operation *operation = operation_find(name);
    if (!operation)
        return NULL;
    GimpProcedure *procedure = gimp_image_procedure_new(plug_in, name, GIMP_PDB_PROC_TYPE_PLUGIN,
                                                        on_run, (gpointer)operation, NULL);
    gimp_procedure_set_image_types(procedure, "RGB*, GRAY*");
    gimp_procedure_set_sensitivity_mask(
        procedure, operation->needs_picture
                       ? GIMP_PROCEDURE_SENSITIVE_DRAWABLE
                       : GIMP_PROCEDURE_SENSITIVE_DRAWABLE | GIMP_PROCEDURE_SENSITIVE_NO_IMAGE);
    gimp_procedure_set_menu_label(procedure, _(operation->menu));
    gimp_procedure_add_menu_path(procedure, "<Image>/Filters/Poly-INR");
    gimp_procedure_set_documentation(procedure, _(operation->blurb), _(operation->help), name);
    gimp_procedure_set_attribution(procedure, "The polyinr developers", "MIT or Apache-2.0",
                                   "2026");
    for (guint i = 0; i < operation->parameter_count; i++)
        add_argument(procedure, &operation->parameters[i]);
    gimp_procedure_add_layer_return_value(procedure, "layer", _("Layer"), _("The new layer"), TRUE,
                                          G_PARAM_READWRITE);
    return procedure;
}

static gboolean set_i18n(GimpPlugIn *plug_in, const char *procedure, char **domain,
                         char **folder) {
    (void)plug_in, (void)procedure;
    *domain = g_strdup(GETTEXT_PACKAGE);
    *folder = g_strdup("locale");
    return TRUE;
}

static void polyinr_plug_in_class_init(PolyinrPlugInClass *class) {
    GimpPlugInClass *plug_in = GIMP_PLUG_IN_CLASS(class);
    plug_in->query_procedures = query_procedures;
    plug_in->create_procedure = create_procedure;
    plug_in->set_i18n = set_i18n;
}

static void polyinr_plug_in_init(PolyinrPlugIn *plug_in) {
    (void)plug_in;
}

GIMP_MAIN(POLYINR_TYPE_PLUG_IN)
