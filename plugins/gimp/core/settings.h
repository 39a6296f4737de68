/* What an operation asks for, and the values a user gives. */

#ifndef POLYINR_SETTINGS_H
#define POLYINR_SETTINGS_H

#include <glib.h>

/* What kind of value a parameter takes; says also which control shows it. */
typedef enum ParameterKind {
    PARAMETER_REAL,   /* A number. */
    PARAMETER_WHOLE,  /* A whole number. */
    PARAMETER_SEED,   /* A whole number that dice may throw. */
    PARAMETER_CHOICE, /* One of `choices`. */
    PARAMETER_METHOD, /* `auto`, or a method of extending that the library has. */
    PARAMETER_MODEL,  /* A model's name or path; empty for the default. */
    PARAMETER_CLASS,  /* Name of one of the model's classes; empty for any. */
    PARAMETER_LEVELS, /* Levels or the library's groups of them, commas between; empty for none. */
    PARAMETER_ENGINE, /* An engine's name, or `auto`. */
    PARAMETER_FILE,   /* Path of a file to write; empty for none. */
} ParameterKind;

typedef struct Choice {
    const char *name;  /* As scripts give it. */
    const char *label; /* As the dialog shows it, to be translated. */
} Choice;

/* That a choice has a value. */
typedef struct Condition {
    const char *name; /* Of the choice. */
    const char *value;
} Condition;

typedef struct Parameter {
    const char *name;  /* As scripts give it. */
    const char *label; /* To be translated, as are tips. */
    const char *tip;
    ParameterKind kind;
    double least, most, initial; /* Of numbers. */
    guint digits;                /* Digits after the point that the dialog shows. */
    const char *text;            /* What a text is at first. */
    const Choice *choices;       /* Ended by a name of NULL; where the library lists, labels. */
    gboolean is_linked;          /* Whether the dialog can change it together with its likes. */
    Condition counts_with;       /* Beside what alone it counts; a name of NULL: always. */
} Parameter;

/* Whether values are texts, not numbers. */
gboolean parameter_is_text(const Parameter *parameter);

/* What a choice of that name is called in the user's language; the name, if it has no label. */
const char *parameter_label_of(const Parameter *parameter, const char *name);

/* Most parameters of an operation. */
#define SETTINGS_MOST 12

/* Values of parameters, in their order. */
typedef struct Settings {
    const Parameter *parameters;
    guint count;
    double numbers[SETTINGS_MOST];
    char *texts[SETTINGS_MOST];
} Settings;

/* The values that parameters have at first. */
Settings *settings_new(const Parameter *parameters, guint count);
Settings *settings_copy(const Settings *settings);
void settings_free(Settings *settings);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Settings, settings_free)

/* Whether a parameter counts beside the others' values. */
gboolean settings_counts(const Settings *settings, guint index);

void settings_set_number(Settings *settings, guint index, double number);
void settings_set_text(Settings *settings, guint index, const char *text);

/* FALSE with `error` when a value is not one that its parameter takes. */
gboolean settings_check(const Settings *settings, GError **error);

/* Values kept in a key file's group, and taken from one as far as they are there and valid. */
void settings_keep(const Settings *settings, GKeyFile *file, const char *group);
void settings_recall(Settings *settings, GKeyFile *file, const char *group);

#endif
