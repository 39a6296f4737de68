/* What is inside an operation's dialog: preview, controls, progress. */

#ifndef POLYINR_PANEL_H
#define POLYINR_PANEL_H

#include "../core/operation.h"
#include "gtk.h"

typedef struct Panel Panel;

/* Told when the user changes a value. */
typedef void (*PanelChanged)(Panel *panel, gpointer user_data);

/* A panel for the session, which must outlive it. */
Panel *panel_new(Session *session, const Operation *operation);

GtkWidget *panel_widget(Panel *panel);

void panel_on_change(Panel *panel, PanelChanged changed, gpointer user_data);

/* Shows values in the controls, and what comes of them in the preview. */
void panel_show(Panel *panel, const Settings *settings);

/* The values that the controls show. */
const Settings *panel_settings(const Panel *panel);

/* Computes the result while the dialog shows how far it is; its Cancel button ends that. NULL with
 * `error` when it failed or was cancelled; the controls can be used again then. */
Outcome *panel_compute(Panel *panel, GtkDialog *dialog, GError **error);

/* Chooses letters by which Alt leads to the controls, beside those of the dialog's buttons. */
void panel_choose_mnemonics(const Panel *panel, GtkDialog *dialog);

/* Lets Return answer OK. */
void panel_focus_ok(GtkDialog *dialog);

/* Shows an error in a window over the dialog. */
void panel_complain(GtkWindow *dialog, const GError *error);

/* Ends the preview and frees all but the widget. */
void panel_free(Panel *panel);

#endif
