/* A call of one of the procedures, from the question to the new layer. */

#ifndef POLYINR_CALL_H
#define POLYINR_CALL_H

#include <libgimp/gimp.h>

#include <libgimp/gimpui.h>

#include "../core/operation.h"
#include "../dialog/panel.h"
#include "host.h"

typedef struct Call {
    const Operation *operation;
    GimpRunMode mode;
    HostImage image;       /* HOST_NOTHING where there is none. */
    HostDrawable drawable;
    Settings *settings;    /* In: given or last ones. Out: those of the result. */
    gpointer host;         /* What the host's own functions need. */
} Call;

/* Does it all. Returns the new layer, or HOST_NOTHING with `error`, which is
 * PLUGIN_ERROR_CANCELLED when the user did, or has seen the message already. */
HostLayer call_run(Call *call, GError **error);

/* The host's window for the panel. */
GtkDialog *host_dialog_new(Call *call, Panel *panel);

/* Waits for the user; whether that was OK. */
gboolean host_dialog_run(Call *call, GtkDialog *dialog);

#endif
