/* What is open while a user works on one picture: the picture, the engine, the model. */

#ifndef POLYINR_SESSION_H
#define POLYINR_SESSION_H

#include "library.h"
#include "picture.h"

/* The part of a layer that an operation is done on. */
typedef struct Source {
    Picture *picture;      /* Its pixels; NULL where the operation needs none. */
    Picture *mask;         /* Which of them are selected, grey; NULL for all. */
    polyinr_sample sample; /* Samples of a new layer. */
    gint x, y;             /* Where it lies in the image, in pixels. */
    guint width, height;
    guint image_width, image_height;
    gboolean is_whole; /* Whether it is all of the layer. */
} Source;

/* One computation, for the thread that follows it. */
typedef struct Work {
    const Library *library;
    polyinr_cancel token;
    gint permille;      /* Done so far; atomic. */
    gint hundredths_db; /* PSNR of an inversion, 0 when there is none; atomic. */
} Work;

Work *work_new(const Library *library);
void work_free(Work *work);

/* Ends the computation at its next step; from any thread. */
void work_cancel(Work *work);

/* Callbacks for the library, with the Work as user data. */
bool work_follow(void *work, uint64_t done, uint64_t total);
bool work_follow_inversion(void *work, uint64_t done, uint64_t total, double psnr);

typedef struct Session Session;

/* Takes what the source holds. */
Session *session_new(const Library *library, Source source);
void session_free(Session *session);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Session, session_free)

const Library *session_library(const Session *session);
const Source *session_source(const Session *session);

/* Engine `engine_name` ("auto": the one that the library takes) and model `model_name` (empty: the default
 * of the kind), opened at the first call with these names. They stay valid until the session ends
 * or other names are asked for. From any thread. */
gboolean session_open(Session *session, const char *engine_name, polyinr_kind kind,
                      const char *model_name, polyinr_engine *engine, polyinr_model *model,
                      GError **error);

/* The engine that `name` stands for, and why, in words for the user. `others` is told why faster ones
 * do not run. It takes a moment, since engines are tried; for "auto" only at first. From one thread. */
char *session_engine_reason(Session *session, const char *name, char **others);

/* The session's inverted picture: a field with the key of the settings that it came from. A caller
 * holds the lock while it reads or replaces it. */
typedef struct Embedding {
    GMutex lock;
    char *key;
    polyinr_field field;
} Embedding;

Embedding *session_embedding(Session *session);

/* How much of noise, and of blur and traces of compression, is taken away, from 0 to 1, or
 * POLYINR_AMOUNT_AUTO. */
typedef struct Amounts {
    double denoise, deblur;
} Amounts;

/* How much all of the source seems to need, with the upscaler `model` that `session_open` gave for
 * `model_name`. It is estimated at the first call with this name, which takes a moment. From any
 * thread. */
gboolean session_estimate(Session *session, const char *model_name, polyinr_model model,
                          Amounts *amounts, GError **error);

/* The same, at once; FALSE while it has not been estimated for this name. */
gboolean session_estimated(Session *session, const char *model_name, Amounts *amounts);

#endif
