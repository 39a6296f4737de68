/* Pixels of drawables as the library takes them. */

#ifndef POLYINR_PIXELS_H
#define POLYINR_PIXELS_H

#include "../core/operation.h"
#include "host.h"

/* Samples in which a drawable's pixels are handed over without loss: its own integers where these
 * hold perceptual values, else floats. */
polyinr_sample pixels_sample(HostDrawable drawable);

/* The rectangle of the drawable, in its own pixels. */
Picture *pixels_read(HostDrawable drawable, const GeglRectangle *area, GError **error);

/* Which pixels of the rectangle of the image are selected; NULL when all are, or with `error`. */
Picture *pixels_read_selection(HostImage image, const GeglRectangle *area, GError **error);

/* Puts the picture on the drawable, which has its size. */
void pixels_write(HostDrawable drawable, const Picture *picture);

#endif
