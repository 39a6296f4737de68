/* A small picture of what would come out, which follows the controls. */

#ifndef POLYINR_PREVIEW_H
#define POLYINR_PREVIEW_H

#include "../core/operation.h"
#include "gtk.h"

typedef struct Preview Preview;

/* The session is used until `preview_stop`. */
Preview *preview_new(Session *session, const Operation *operation);

GtkWidget *preview_widget(Preview *preview);

/* Told when a preview has come, or what is wrong. */
typedef void (*PreviewCame)(gpointer user_data);

void preview_on_come(Preview *preview, PreviewCame came, gpointer user_data);

/* Shows what comes of the settings as soon as it is computed; only the last call counts. */
void preview_show(Preview *preview, const Settings *settings);

/* Forgets what was asked for. What is being computed is finished only where a result with these
 * settings needs it as well; NULL settings stand for no result. */
void preview_rest(Preview *preview, const Settings *settings);

/* Ends what is under way, and frees all but the widget. */
void preview_stop(Preview *preview);

#endif
