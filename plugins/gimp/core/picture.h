/* Pixels in memory, as the library takes and gives them. */

#ifndef POLYINR_PICTURE_H
#define POLYINR_PICTURE_H

#include <glib.h>
#include <polyinr.h>

#include "tables.h"

/* Rows without gaps, straight alpha. */
typedef struct Picture {
    guint width, height;
    polyinr_sample sample;
    polyinr_channels channels; /* Not BGRA. */
    guchar *pixels;
} Picture;

/* A picture whose samples are all 0. NULL with `error` when it is larger than GIMP can hold or than
 * the memory. */
Picture *picture_new(guint width, guint height, polyinr_sample sample, polyinr_channels channels,
                     GError **error);

void picture_free(Picture *picture);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Picture, picture_free)

/* Whether pixels have alpha. */
gboolean picture_has_alpha(const Picture *picture);

/* Channels of a pixel, and its bytes. */
guint picture_channel_count(const Picture *picture);
gsize picture_pixel_size(const Picture *picture);

/* The same pixels as the library's buffer. */
polyinr_buffer picture_buffer(const Picture *picture);

/* A copy of the rectangle, which lies inside. */
Picture *picture_cropped(const Picture *picture, guint x, guint y, guint width, guint height,
                         GError **error);

/* A copy in 8 bits whose longer side has at most `longest` pixels, by averages; colour does not
 * leak out of transparent pixels. */
Picture *picture_reduced(const Picture *picture, guint longest, GError **error);

#endif
