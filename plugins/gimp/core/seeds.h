/* Images of a generator, made from seeds. */

#ifndef POLYINR_SEEDS_H
#define POLYINR_SEEDS_H

#include "session.h"

/* Which image. */
typedef struct Seed {
    double number;
    const char *class_name; /* Empty: of a model that has classes, one by the number. */
    double truncation;
} Seed;

/* The field of the image, for the caller to free; none with `error` when the model has none such. */
polyinr_field seed_field(const Library *library, polyinr_model model, Seed seed, GError **error);

/* The whole of a field as a picture; NULL with `error`. */
Picture *field_picture(const Library *library, polyinr_engine engine, polyinr_field field,
                       guint width, guint height, polyinr_sample sample, Work *work,
                       GError **error);

#endif
