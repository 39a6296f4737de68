/* How large previews are, so that they answer in a tenth of a second on any machine. */

#ifndef POLYINR_PACE_H
#define POLYINR_PACE_H

#include <glib.h>

/* Longest side in pixels of the first preview. */
#define PACE_FIRST 160

/* Longest side of the next preview, at most `most`, after one of `side` that took so long. It stays
 * as it is while that is neither too long nor far less than could be. */
guint pace_side(guint side, guint most, gint64 microseconds);

#endif
