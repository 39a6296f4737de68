#include "picture.h"

#include <string.h>

#include "library.h"
#include "text.h"

static guint channels_of(polyinr_channels channels) {
    switch (channels) {
    case POLYINR_CHANNELS_GRAY:
        return 1;
    case POLYINR_CHANNELS_GRAY_ALPHA:
        return 2;
    case POLYINR_CHANNELS_RGB:
        return 3;
    default:
        return 4;
    }
}

static gsize sample_size(polyinr_sample sample) {
    switch (sample) {
    case POLYINR_SAMPLE_U8:
        return 1;
    case POLYINR_SAMPLE_F32:
        return 4;
    default:
        return 2;
    }
}

Picture *picture_new(guint width, guint height, polyinr_sample sample, polyinr_channels channels,
                     GError **error) {
    if (width < 1 || height < 1 || width > PICTURE_LARGEST_SIDE || height > PICTURE_LARGEST_SIDE) {
        g_set_error(error, PLUGIN_ERROR, PLUGIN_ERROR_PARAMETER,
                    _("The result would be %u × %u pixels; sides of 1 to %d are possible."), width,
                    height, PICTURE_LARGEST_SIDE);
        return NULL;
    }
    gsize size = (gsize)width * height * channels_of(channels) * sample_size(sample);
    guchar *pixels = g_try_malloc0(size);
    if (!pixels) {
        g_set_error(error, PLUGIN_ERROR, PLUGIN_ERROR_FAILED,
                    _("There is no memory for %u × %u pixels (%lu MiB)."), width, height,
                    (gulong)(size >> 20));
        return NULL;
    }
    Picture *picture = g_new(Picture, 1);
    *picture = (Picture){width, height, sample, channels, pixels};
    return picture;
}

void picture_free(Picture *picture) {
    if (!picture)
        return;
    g_free(picture->pixels);
    g_free(picture);
}

gboolean picture_has_alpha(const Picture *picture) {
    return picture->channels == POLYINR_CHANNELS_GRAY_ALPHA ||
           picture->channels == POLYINR_CHANNELS_RGBA;
}

guint picture_channel_count(const Picture *picture) {
    return channels_of(picture->channels);
}

gsize picture_pixel_size(const Picture *picture) {
    return channels_of(picture->channels) * sample_size(picture->sample);
}

polyinr_buffer picture_buffer(const Picture *picture) {
    gsize stride = picture->width * picture_pixel_size(picture);
    return (polyinr_buffer){
        .pixels = picture->pixels,
        .size = stride * picture->height,
        .stride = stride,
        .width = picture->width,
        .height = picture->height,
        .sample = picture->sample,
        .channels = picture->channels,
        .alpha = POLYINR_ALPHA_STRAIGHT,
    };
}

Picture *picture_cropped(const Picture *picture, guint x, guint y, guint width, guint height,
                         GError **error) {
    Picture *part = picture_new(width, height, picture->sample, picture->channels, error);
    if (!part)
        return NULL;
    gsize pixel = picture_pixel_size(picture);
    for (guint row = 0; row < height; row++)
        memcpy(part->pixels + row * width * pixel,
               picture->pixels + ((gsize)(y + row) * picture->width + x) * pixel, width * pixel);
    return part;
}

/* Sample `index` of the picture, counted from its first, with 1 for full. */
static float sample_at(const Picture *picture, gsize index) {
    switch (picture->sample) {
    case POLYINR_SAMPLE_U8:
        return picture->pixels[index] / 255.0f;
    case POLYINR_SAMPLE_U16:
        return ((const guint16 *)picture->pixels)[index] / 65535.0f;
    default:
        return ((const float *)picture->pixels)[index];
    }
}

/* Average of the pixels from (x0, y0) to before (x1, y1), weighted by alpha, as bytes at `to`. */
static void average(const Picture *picture, guint x0, guint x1, guint y0, guint y1, guchar *to) {
    guint count = picture_channel_count(picture);
    guint colours = picture_has_alpha(picture) ? count - 1 : count;
    double sums[4] = {0}, weights = 0;
    for (guint y = y0; y < y1; y++) {
        for (guint x = x0; x < x1; x++) {
            gsize first = ((gsize)y * picture->width + x) * count;
            double weight = colours < count ? sample_at(picture, first + colours) : 1;
            for (guint c = 0; c < colours; c++)
                sums[c] += weight * sample_at(picture, first + c);
            weights += weight;
        }
    }
    for (guint c = 0; c < colours; c++)
        to[c] = (guchar)(CLAMP(weights > 0 ? sums[c] / weights : 0, 0, 1) * 255 + 0.5);
    if (colours < count)
        to[colours] = (guchar)(CLAMP(weights / (x1 - x0) / (y1 - y0), 0, 1) * 255 + 0.5);
}

Picture *picture_reduced(const Picture *picture, guint longest, GError **error) {
    guint side = MAX(picture->width, picture->height);
    double factor = side > longest ? (double)longest / side : 1;
    guint width = MAX(1, (guint)(picture->width * factor + 0.5));
    guint height = MAX(1, (guint)(picture->height * factor + 0.5));
    Picture *small = picture_new(width, height, POLYINR_SAMPLE_U8, picture->channels, error);
    if (!small)
        return NULL;
    gsize pixel = picture_pixel_size(small);
    for (guint y = 0; y < height; y++) {
        guint y0 = (guint)((guint64)y * picture->height / height);
        guint y1 = (guint)((guint64)(y + 1) * picture->height / height);
        for (guint x = 0; x < width; x++) {
            guint x0 = (guint)((guint64)x * picture->width / width);
            guint x1 = (guint)((guint64)(x + 1) * picture->width / width);
            average(picture, x0, MAX(x1, x0 + 1), y0, MAX(y1, y0 + 1),
                    small->pixels + ((gsize)y * width + x) * pixel);
        }
    }
    return small;
}
