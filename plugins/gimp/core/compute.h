/* Computing beside the main loop, which goes on. */

#ifndef POLYINR_COMPUTE_H
#define POLYINR_COMPUTE_H

#include "operation.h"

/* Told ten times a second how far the work is, on the thread of the main loop. Returns whether to
 * go on; FALSE cancels. */
typedef gboolean (*ComputeTick)(Work *work, gpointer user_data);

/* Runs the operation on a thread of its own while the main loop of this one turns. NULL with `error`
 * when it failed or was cancelled. */
Outcome *compute(Session *session, const Operation *operation, const Settings *settings,
                 ComputeTick tick, gpointer user_data, GError **error);

#endif
