/* The four operations: what each is called, what it asks for, and what it does. */

#ifndef POLYINR_OPERATION_H
#define POLYINR_OPERATION_H

#include "session.h"
#include "settings.h"
#include "tables.h"

/* What becomes of the canvas when a result comes into an image. */
typedef enum Canvas {
    CANVAS_KEPT,
    CANVAS_SCALED,  /* With all that is on it, to the outcome's size. */
    CANVAS_RESIZED, /* To the outcome's size, what is on it moved by `move_x` and `move_y`. */
    CANVAS_NEW,     /* The result is an image of its own. */
} Canvas;

/* What an operation comes to: a new layer. */
typedef struct Outcome {
    Picture *picture;
    char *name; /* Of the layer. */
    Canvas canvas;
    guint image_width, image_height;
    gint move_x, move_y;
    gint x, y; /* Where the layer lies in the image as it is afterwards. */
    gboolean replaces_source; /* Whether the source layer is to be hidden. */
    gboolean is_masked;       /* Whether it shows only where the source was selected. */
} Outcome;

void outcome_free(Outcome *outcome);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Outcome, outcome_free)

/* Where a preview looks, and how large it is. */
typedef struct Glance {
    guint width, height; /* Largest size in pixels. */
    double x, y;         /* What is in its middle, in fractions of the picture. */
} Glance;

/* How much smaller a picture becomes that is to fit into a glance; 1 when it does. */
double glance_factor(const Glance *glance, double width, double height);

/* Pixels of a side that is scaled, at least 1. */
guint scaled_side(double side, double factor);

/* What an operation does. */
typedef struct Functions {
    /* What size comes out, and what else is known of it, in words for the user; at once. */
    char *(*describe)(Session *session, const Settings *settings);
    /* How many pixels of the preview one of the picture is, where previews show a part that can be
     * moved; else NULL. */
    double (*detail_factor)(Session *session, const Settings *settings);
    /* Whether what a preview of `earlier` computes serves `later` as well; NULL for never. */
    gboolean (*shares_work)(const Settings *earlier, const Settings *later);
    /* Does all; from any thread. NULL with `error` when it failed or was cancelled. */
    Outcome *(*run)(Session *session, const Settings *settings, Work *work, GError **error);
    /* A small picture of what would come out, in 8 bits; from any thread. */
    Picture *(*preview)(Session *session, const Settings *settings, const Glance *glance,
                        Work *work, GError **error);
} Functions;

/* What an operation is called and asks for, and what it does. */
typedef struct Operation {
    const char *procedure; /* Name in the procedural database. */
    const char *menu;      /* In the menu, to be translated, as are the next three. */
    const char *title;     /* Of the dialog. */
    const char *blurb;
    const char *help;
    const Parameter *parameters;
    guint parameter_count;
    polyinr_kind model_kind;
    guint model, engine; /* Which parameters these are. */
    gboolean needs_picture;
    const Functions *functions;
} Operation;

/* All four, in the order of the menu, ended by NULL. */
extern const Operation *const operations[];

/* The operation of that procedure, or NULL. */
const Operation *operation_find(const char *procedure);

/* The values that its parameters have at first. */
Settings *operation_settings(const Operation *operation);

#endif
