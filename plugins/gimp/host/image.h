/* The image that an operation is done on: what is taken from it, and what comes into it. */

#ifndef POLYINR_IMAGE_H
#define POLYINR_IMAGE_H

#include "../core/operation.h"
#include "host.h"

/* The part of the drawable that lies in the selection's bounds, or all of it, with its pixels where
 * the operation needs some. Without an image an empty canvas stands for it. FALSE with `error` when
 * it cannot be handled. */
gboolean image_source(HostImage image, HostDrawable drawable, const Operation *operation,
                      Source *source, GError **error);

/* Puts the outcome into the image, over the drawable, as one step that can be undone; or into a new
 * image. Returns the new layer, or HOST_NOTHING with `error`. */
HostLayer image_put(HostImage image, HostDrawable drawable, const Outcome *outcome, GError **error);

#endif
