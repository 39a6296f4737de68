#include "settings.h"

#include <math.h>

#include "library.h"
#include "text.h"

gboolean parameter_is_text(const Parameter *parameter) {
    switch (parameter->kind) {
    case PARAMETER_REAL:
    case PARAMETER_WHOLE:
    case PARAMETER_SEED:
        return FALSE;
    default:
        return TRUE;
    }
}

const char *parameter_label_of(const Parameter *parameter, const char *name) {
    for (const Choice *choice = parameter->choices; choice && choice->name; choice++)
        if (g_str_equal(choice->name, name))
            return _(choice->label);
    return name;
}

Settings *settings_new(const Parameter *parameters, guint count) {
    g_assert(count <= SETTINGS_MOST);
    Settings *settings = g_new0(Settings, 1);
    settings->parameters = parameters;
    settings->count = count;
    for (guint i = 0; i < count; i++) {
        settings->numbers[i] = parameters[i].initial;
        settings->texts[i] = g_strdup(parameters[i].text ? parameters[i].text : "");
    }
    return settings;
}

Settings *settings_copy(const Settings *settings) {
    Settings *copy = settings_new(settings->parameters, settings->count);
    for (guint i = 0; i < settings->count; i++) {
        settings_set_number(copy, i, settings->numbers[i]);
        settings_set_text(copy, i, settings->texts[i]);
    }
    return copy;
}

void settings_free(Settings *settings) {
    if (!settings)
        return;
    for (guint i = 0; i < settings->count; i++)
        g_free(settings->texts[i]);
    g_free(settings);
}

gboolean settings_counts(const Settings *settings, guint index) {
    const Condition *condition = &settings->parameters[index].counts_with;
    for (guint i = 0; condition->name && i < settings->count; i++)
        if (g_str_equal(settings->parameters[i].name, condition->name))
            return g_str_equal(settings->texts[i], condition->value);
    return TRUE;
}

void settings_set_number(Settings *settings, guint index, double number) {
    settings->numbers[index] = number;
}

void settings_set_text(Settings *settings, guint index, const char *text) {
    char *earlier = settings->texts[index];
    settings->texts[index] = g_strdup(text ? text : "");
    g_free(earlier);
}

static gboolean number_is_right(const Parameter *parameter, double number, GError **error) {
    gboolean whole = parameter->kind != PARAMETER_REAL;
    if (number >= parameter->least && number <= parameter->most &&
        (!whole || number == floor(number)))
        return TRUE;
    g_set_error(error, PLUGIN_ERROR, PLUGIN_ERROR_PARAMETER,
                whole ? _("%s: %g is not possible; give a whole number from %.0f to %.0f")
                      : _("%s: %g is not possible; give a number from %g to %g"),
                parameter->name, number, parameter->least, parameter->most);
    return FALSE;
}

static gboolean choice_is_right(const Parameter *parameter, const char *text, GError **error) {
    g_autoptr(GString) names = g_string_new(NULL);
    for (const Choice *choice = parameter->choices; choice->name; choice++) {
        if (g_str_equal(choice->name, text))
            return TRUE;
        g_string_append_printf(names, "%s%s", names->len ? ", " : "", choice->name);
    }
    g_set_error(error, PLUGIN_ERROR, PLUGIN_ERROR_PARAMETER,
                _("%s: \"%s\" is not one of %s"), parameter->name, text, names->str);
    return FALSE;
}

static gboolean value_is_right(const Settings *settings, guint index, GError **error) {
    const Parameter *parameter = &settings->parameters[index];
    if (!parameter_is_text(parameter))
        return number_is_right(parameter, settings->numbers[index], error);
    if (parameter->kind == PARAMETER_CHOICE)
        return choice_is_right(parameter, settings->texts[index], error);
    return TRUE;
}

gboolean settings_check(const Settings *settings, GError **error) {
    for (guint i = 0; i < settings->count; i++)
        if (!value_is_right(settings, i, error))
            return FALSE;
    return TRUE;
}

void settings_keep(const Settings *settings, GKeyFile *file, const char *group) {
    for (guint i = 0; i < settings->count; i++) {
        const Parameter *parameter = &settings->parameters[i];
        if (parameter_is_text(parameter))
            g_key_file_set_string(file, group, parameter->name, settings->texts[i]);
        else
            g_key_file_set_double(file, group, parameter->name, settings->numbers[i]);
    }
}

/* Takes one value, and puts the earlier one back when the file's is not valid. */
static void recall(Settings *settings, guint index, GKeyFile *file, const char *group) {
    const Parameter *parameter = &settings->parameters[index];
    double number = settings->numbers[index];
    g_autofree char *text = g_strdup(settings->texts[index]);
    if (parameter_is_text(parameter)) {
        g_autofree char *kept = g_key_file_get_string(file, group, parameter->name, NULL);
        settings_set_text(settings, index, kept);
    } else {
        settings_set_number(settings, index,
                            g_key_file_get_double(file, group, parameter->name, NULL));
    }
    if (!value_is_right(settings, index, NULL)) {
        settings_set_number(settings, index, number);
        settings_set_text(settings, index, text);
    }
}

void settings_recall(Settings *settings, GKeyFile *file, const char *group) {
    for (guint i = 0; i < settings->count; i++)
        if (g_key_file_has_key(file, group, settings->parameters[i].name, NULL))
            recall(settings, i, file, group);
}
