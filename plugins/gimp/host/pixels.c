#include "pixels.h"

#include <string.h>

#include "../core/text.h"

/* Values of a format are perceptual when its model says so by a mark behind the channels: ' for the
 * curve of its space, ~ for that of sRGB. */
static const char *curve_of(const Babl *format) {
    const char *encoding = babl_format_get_encoding(format);
    if (strchr(encoding, '\''))
        return "'";
    return strchr(encoding, '~') ? "~" : NULL;
}

polyinr_sample pixels_sample(HostDrawable drawable) {
    const Babl *format = gimp_drawable_get_format(drawable);
    const Babl *type = babl_format_get_type(format, 0);
    if (curve_of(format) && type == babl_type("u8"))
        return POLYINR_SAMPLE_U8;
    if (curve_of(format) && type == babl_type("u16"))
        return POLYINR_SAMPLE_U16;
    return POLYINR_SAMPLE_F32;
}

/* Perceptual values in the colour space of the drawable. */
static const Babl *format_for(HostDrawable drawable, polyinr_sample sample,
                              polyinr_channels channels) {
    const Babl *own = gimp_drawable_get_format(drawable);
    const char *curve = curve_of(own) ? curve_of(own) : "~";
    gboolean is_grey =
        channels == POLYINR_CHANNELS_GRAY || channels == POLYINR_CHANNELS_GRAY_ALPHA;
    gboolean has_alpha =
        channels == POLYINR_CHANNELS_GRAY_ALPHA || channels == POLYINR_CHANNELS_RGBA;
    const char *type = sample == POLYINR_SAMPLE_U8    ? "u8"
                       : sample == POLYINR_SAMPLE_U16 ? "u16"
                                                      : "float";
    g_autofree char *name =
        is_grey ? g_strdup_printf("Y%s%s %s", curve, has_alpha ? "A" : "", type)
                : g_strdup_printf("R%sG%sB%s%s %s", curve, curve, curve, has_alpha ? "A" : "", type);
    return babl_format_with_space(name, babl_format_get_space(own));
}

static polyinr_channels channels_of(HostDrawable drawable) {
    gboolean has_alpha = gimp_drawable_has_alpha(drawable);
    if (gimp_drawable_is_gray(drawable))
        return has_alpha ? POLYINR_CHANNELS_GRAY_ALPHA : POLYINR_CHANNELS_GRAY;
    return has_alpha ? POLYINR_CHANNELS_RGBA : POLYINR_CHANNELS_RGB;
}

Picture *pixels_read(HostDrawable drawable, const GeglRectangle *area, GError **error) {
    polyinr_sample sample = pixels_sample(drawable);
    polyinr_channels channels = channels_of(drawable);
    Picture *picture =
        picture_new((guint)area->width, (guint)area->height, sample, channels, error);
    if (!picture)
        return NULL;
    GeglBuffer *buffer = gimp_drawable_get_buffer(drawable);
    gegl_buffer_get(buffer, area, 1, format_for(drawable, sample, channels), picture->pixels,
                    GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
    g_object_unref(buffer);
    return picture;
}

static gboolean is_all_light(const Picture *mask) {
    gsize count = (gsize)mask->width * mask->height;
    for (gsize i = 0; i < count; i++)
        if (mask->pixels[i] != 255)
            return FALSE;
    return TRUE;
}

Picture *pixels_read_selection(HostImage image, const GeglRectangle *area, GError **error) {
    if (gimp_selection_is_empty(image))
        return NULL;
    g_autoptr(Picture) mask = picture_new((guint)area->width, (guint)area->height,
                                          POLYINR_SAMPLE_U8, POLYINR_CHANNELS_GRAY, error);
    if (!mask)
        return NULL;
    GeglBuffer *buffer = gimp_drawable_get_buffer(HOST_SELECTION(image));
    gegl_buffer_get(buffer, area, 1, babl_format("Y u8"), mask->pixels, GEGL_AUTO_ROWSTRIDE,
                    GEGL_ABYSS_NONE);
    g_object_unref(buffer);
    return is_all_light(mask) ? NULL : g_steal_pointer(&mask);
}

void pixels_write(HostDrawable drawable, const Picture *picture) {
    GeglBuffer *buffer = gimp_drawable_get_buffer(drawable);
    gegl_buffer_set(buffer, GEGL_RECTANGLE(0, 0, (gint)picture->width, (gint)picture->height), 0,
                    format_for(drawable, picture->sample, picture->channels), picture->pixels,
                    GEGL_AUTO_ROWSTRIDE);
    g_object_unref(buffer);
    gimp_drawable_update(drawable, 0, 0, (gint)picture->width, (gint)picture->height);
}
