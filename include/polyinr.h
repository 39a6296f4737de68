/* polyinr: images as polynomial functions of position. The C interface.
 *
 * Made from src/ffi by `cargo xtask header`; change it there.
 *
 * Functions are polyinr_<noun>_<verb>. Inputs come first and outputs last; outputs are written only
 * on success, except pixels of an output buffer. Functions that can fail return a polyinr_status
 * and, unless `error` is NULL, put an error object into it when they fail; ask it with
 * polyinr_error_message and free it. Start with `polyinr_error error = {0};`.
 *
 * Objects are structs of an id that the library gives and checks: one that was freed or made up is an
 * error, never undefined behaviour. Each kind of object has a struct of its own, so that compilers see
 * when one is given for another. The id 0 is none: `polyinr_view view = {0};`, and as an argument, where
 * an object may be left out, `POLYINR_NONE(polyinr_view)`. Every object may be used from any thread, and
 * from several at a time. Freeing an object does not disturb calls that use it.
 *
 * Texts are UTF-8 and end in NUL. Pointers must be NULL or valid for what the function does with
 * them; NULL where something is needed is an error. Texts and pixels that are handed in are used
 * during the call only. A panic inside the library is POLYINR_STATUS_INTERNAL.
 *
 * A child made by fork() has none of the threads that engines compute with: calls with an engine of
 * the parent are POLYINR_STATUS_ENGINE there, and work again with an engine that the child makes.
 * Models, fields, options and views go on in the child; freeing the parent's engine there is allowed
 * and ends nothing. Fork while no other thread is inside a function of this library: a child forked
 * then may find a lock held for ever, and should only call exec or _exit. The engine "cuda" cannot be
 * made in a child whose parent had one.
 */


#ifndef POLYINR_H
#define POLYINR_H



#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** No object of a kind, as in `POLYINR_NONE(polyinr_view)`, for arguments that may be left out. */
#ifdef __cplusplus
#define POLYINR_NONE(kind) (kind{0})
#else
#define POLYINR_NONE(kind) ((kind){0})
#endif

/**
 * Stands for as much cleaning as the picture seems to need.
 */
#define POLYINR_AMOUNT_AUTO -1.0

/**
 * Major version of the header.
 */
#define POLYINR_VERSION_MAJOR 0

/**
 * Minor version of the header.
 */
#define POLYINR_VERSION_MINOR 1

/**
 * Patch version of the header.
 */
#define POLYINR_VERSION_PATCH 0

/**
 * What a call comes to. Values never change their meaning; later versions may add some.
 */
typedef enum polyinr_status {
  /**
   * It worked.
   */
  POLYINR_STATUS_OK = 0,
  /**
   * A pointer that must not be NULL is.
   */
  POLYINR_STATUS_NULL_POINTER = 1,
  /**
   * A handle is not of a living object of this kind: never made, freed, or of another kind.
   */
  POLYINR_STATUS_BAD_HANDLE = 2,
  /**
   * A parameter is out of its range.
   */
  POLYINR_STATUS_BAD_PARAMETER = 3,
  /**
   * A buffer's description is wrong: size, stride, sample, channels or alpha.
   */
  POLYINR_STATUS_BAD_BUFFER = 4,
  /**
   * A model is damaged, of a later version, or of another kind than needed.
   */
  POLYINR_STATUS_BAD_MODEL = 5,
  /**
   * A picture or field file is damaged, belongs elsewhere, or cannot be written so.
   */
  POLYINR_STATUS_BAD_FILE = 6,
  /**
   * Something is larger than what is handled.
   */
  POLYINR_STATUS_LIMITS = 7,
  /**
   * Something is of a kind that is not handled.
   */
  POLYINR_STATUS_UNSUPPORTED = 8,
  /**
   * The operating system refused.
   */
  POLYINR_STATUS_IO = 9,
  /**
   * An engine is not there or cannot do it.
   */
  POLYINR_STATUS_ENGINE = 10,
  /**
   * The caller cancelled, by token or callback.
   */
  POLYINR_STATUS_CANCELLED = 11,
  /**
   * A fault in the library; it can be used on.
   */
  POLYINR_STATUS_INTERNAL = 12,
} polyinr_status;

/**
 * What a model is for.
 */
typedef enum polyinr_kind {
  /**
   * Not a model.
   */
  POLYINR_KIND_NONE = 0,
  /**
   * Makes pictures larger.
   */
  POLYINR_KIND_UPSCALER = 1,
  /**
   * Makes pictures from seeds.
   */
  POLYINR_KIND_GENERATOR = 2,
} polyinr_kind;

/**
 * Type of a sample. Integers are unsigned and full at their largest value, floats at 1.
 */
typedef enum polyinr_sample {
  /**
   * 8-bit integers.
   */
  POLYINR_SAMPLE_U8 = 0,
  /**
   * 16-bit integers.
   */
  POLYINR_SAMPLE_U16 = 1,
  /**
   * 16-bit floats (IEEE binary16).
   */
  POLYINR_SAMPLE_F16 = 2,
  /**
   * 32-bit floats.
   */
  POLYINR_SAMPLE_F32 = 3,
} polyinr_sample;

/**
 * Which channels a pixel has, in the order of memory.
 */
typedef enum polyinr_channels {
  /**
   * Luminance.
   */
  POLYINR_CHANNELS_GRAY = 0,
  /**
   * Luminance, alpha.
   */
  POLYINR_CHANNELS_GRAY_ALPHA = 1,
  /**
   * Red, green, blue.
   */
  POLYINR_CHANNELS_RGB = 2,
  /**
   * Red, green, blue, alpha.
   */
  POLYINR_CHANNELS_RGBA = 3,
  /**
   * Blue, green, red, alpha.
   */
  POLYINR_CHANNELS_BGRA = 4,
} polyinr_channels;

/**
 * What colour means where there is alpha.
 */
typedef enum polyinr_alpha {
  /**
   * Colour does not depend on alpha.
   */
  POLYINR_ALPHA_STRAIGHT = 0,
  /**
   * Colour is multiplied by alpha.
   */
  POLYINR_ALPHA_PREMULTIPLIED = 1,
} polyinr_alpha;

/**
 * What of two fields is mixed or interpolated.
 */
typedef enum polyinr_space {
  /**
   * The latent z, known of fields from seeds. For interpolation; between two classes the latents
   * w of both go linearly from the one to the other.
   */
  POLYINR_SPACE_Z = 0,
  /**
   * The latents w of the levels, known of fields from seeds and what is made of these in w.
   */
  POLYINR_SPACE_W = 1,
  /**
   * The code, which all fields of a generator have: the image's own parameters.
   */
  POLYINR_SPACE_A = 2,
} polyinr_space;

/**
 * Of the arithmetic by which fields are rendered. Positions and affine terms are always exact, and so
 * are derivatives, by which pictures are inverted.
 */
typedef enum polyinr_precision {
  /**
   * 32-bit floats.
   */
  POLYINR_PRECISION_EXACT = 0,
  /**
   * Weights and features in 16-bit floats (IEEE binary16): 11 bits of mantissa, largest value
   * 65504. For "onnx" and "cuda".
   */
  POLYINR_PRECISION_F16 = 1,
  /**
   * Weights and features in bfloat16: 8 bits of mantissa, the range of 32-bit floats. For "cuda".
   */
  POLYINR_PRECISION_BF16 = 2,
} polyinr_precision;

/**
 * How much a message matters. Values of `level` where messages are handed over.
 */
typedef enum polyinr_log_level {
  /**
   * What someone who looks for a fault wants to know: every failed call.
   */
  POLYINR_LOG_LEVEL_DEBUG = 0,
  /**
   * What happened once: an engine was made, a model opened.
   */
  POLYINR_LOG_LEVEL_INFO = 1,
} polyinr_log_level;

/**
 * Trained weights. Open one with `polyinr_model_open`, `polyinr_model_find` or
 * `polyinr_model_from_memory` and use it for all calls, from any number of threads. Free it with
 * `polyinr_model_free`; fields made from it live on.
 */
typedef struct polyinr_model {
  /**
   * Which one it is; 0 for none.
   */
  uint64_t id;
} polyinr_model;

/**
 * A continuous image, to be looked at through views at any size. Free it with
 * `polyinr_field_free`.
 */
typedef struct polyinr_field {
  /**
   * Which one it is; 0 for none.
   */
  uint64_t id;
} polyinr_field;

/**
 * What went wrong in a call, in words. Free it with `polyinr_error_free`.
 */
typedef struct polyinr_error {
  /**
   * Which one it is; 0 for none.
   */
  uint64_t id;
} polyinr_error;

/**
 * Stops calls from another thread. Make one with `polyinr_cancel_new`, free it with
 * `polyinr_cancel_free`.
 */
typedef struct polyinr_cancel {
  /**
   * Which one it is; 0 for none.
   */
  uint64_t id;
} polyinr_cancel;

/**
 * How an engine is set up. Make one with `polyinr_engine_options_new`, which stands for a thread for
 * every processor, the first GPU without a limit, and exact arithmetic; set what should differ; free
 * it with `polyinr_engine_options_free`. What only a GPU has, other engines than "cuda" refuse, and
 * "auto" passes over them.
 */
typedef struct polyinr_engine_options {
  /**
   * Which one it is; 0 for none.
   */
  uint64_t id;
} polyinr_engine_options;

/**
 * What does the arithmetic. Make one with `polyinr_engine_new` and use it for all calls, from any
 * number of threads; it holds its worker threads and each model's weights in its own layout. Free
 * it with `polyinr_engine_free`. In a forked child of the process that made it, its threads are not
 * there: calls with it are `POLYINR_STATUS_ENGINE`, and an engine made there is needed.
 */
typedef struct polyinr_engine {
  /**
   * Which one it is; 0 for none.
   */
  uint64_t id;
} polyinr_engine;

/**
 * Which engine "auto" stands for here, and why no faster one. Make one with
 * `polyinr_engine_choice_new`; free it with `polyinr_engine_choice_free`.
 */
typedef struct polyinr_engine_choice {
  /**
   * Which one it is; 0 for none.
   */
  uint64_t id;
} polyinr_engine_choice;

/**
 * How a picture is extended. Make one with `polyinr_extend_options_new`, which stands for an eighth
 * of the picture on every side and for choosing each side's method; set what should differ; free it
 * with `polyinr_extend_options_free`.
 */
typedef struct polyinr_extend_options {
  /**
   * Which one it is; 0 for none.
   */
  uint64_t id;
} polyinr_extend_options;

/**
 * Pixels that belong to the caller, who keeps them valid during a call and does not touch them
 * meanwhile. An input is only read. An output is written from the top; after a call that failed its
 * contents are undefined.
 */
typedef struct polyinr_buffer {
  /**
   * First pixel of the top row, aligned to its sample type.
   */
  void *pixels;
  /**
   * Bytes that are accessible from `pixels` on: at least
   * `stride * (height - 1) + width * bytes of a pixel`. More than there can be behind `pixels` is
   * `POLYINR_STATUS_BAD_BUFFER`.
   */
  size_t size;
  /**
   * Bytes from the start of a row to the start of the next; a multiple of the sample's size, and
   * at least a row's.
   */
  size_t stride;
  /**
   * Width in pixels, 1 to 1048576.
   */
  uint32_t width;
  /**
   * Height in pixels, 1 to 1048576.
   */
  uint32_t height;
  /**
   * A `polyinr_sample`.
   */
  uint32_t sample;
  /**
   * A `polyinr_channels`.
   */
  uint32_t channels;
  /**
   * A `polyinr_alpha`; without alpha it has no meaning but must be one.
   */
  uint32_t alpha;
} polyinr_buffer;

/**
 * Follows a call: `done` of `total` output pixels are computed. Returns whether to go on; false
 * cancels the call. Called from one thread at a time for each call, which need not be the thread
 * that made the call; never after the call has returned. It may call the library, with the same
 * engine too; while such a call waits, a callback of another call may run on the same thread, so
 * it must not hold a lock that others take. It must not unwind.
 */
typedef bool (*polyinr_progress)(void *user_data, uint64_t done, uint64_t total);

/**
 * Which image of a generator. Make one with `polyinr_generate_options_new`, which stands for seed
 * 0, the class of the seed, truncation 1; set what should differ; free it with
 * `polyinr_generate_options_free`.
 */
typedef struct polyinr_generate_options {
  /**
   * Which one it is; 0 for none.
   */
  uint64_t id;
} polyinr_generate_options;

/**
 * How a picture becomes larger. Make one with `polyinr_super_resolve_options_new`, which cleans as
 * much as the picture seems to need, where the model can be told how much, and adds nothing else to
 * what the network gives; set what should differ; free it with `polyinr_super_resolve_options_free`.
 */
typedef struct polyinr_super_resolve_options {
  /**
   * Which one it is; 0 for none.
   */
  uint64_t id;
} polyinr_super_resolve_options;

/**
 * What part of a field is looked at, and how. Make one with `polyinr_view_new`, which stands for
 * the whole picture; free it with `polyinr_view_free`.
 */
typedef struct polyinr_view {
  /**
   * Which one it is; 0 for none.
   */
  uint64_t id;
} polyinr_view;

/**
 * Takes `rows` whole rows of `width` pixels from `first_row` on, in order from the top: RGB as
 * floats, interleaved without gaps, nominal range 0 to 1, not clamped. Returns whether to go on;
 * false cancels the call. Called on the thread that made the call; the pixels are valid during the
 * callback only. It must not unwind.
 */
typedef bool (*polyinr_rows)(void *user_data,
                             uint32_t first_row,
                             uint32_t rows,
                             uint32_t width,
                             const float *rgb);

/**
 * How a picture is embedded in a generator. Make one with `polyinr_invert_options_new`, set what
 * should differ from its defaults, free it with `polyinr_invert_options_free`.
 */
typedef struct polyinr_invert_options {
  /**
   * Which one it is; 0 for none.
   */
  uint64_t id;
} polyinr_invert_options;

/**
 * Follows an inversion: `done` of `total` steps are done, and the field shows the known pixels with
 * `psnr` dB at the resolution of the comparison. Returns whether to go on; false ends the inversion
 * with the best field so far. Called on the thread that made the call. It must not unwind.
 */
typedef bool (*polyinr_invert_progress)(void *user_data, uint64_t done, uint64_t total, double psnr);

/**
 * What an inversion came to.
 */
typedef struct polyinr_inversion {
  /**
   * PSNR in dB of the known pixels over red, green and blue, where pictures were compared.
   */
  double psnr;
  /**
   * The same before pivotal tuning.
   */
  double pivot_psnr;
  /**
   * Width in pixels at which pictures were compared.
   */
  uint32_t width;
  /**
   * Height in pixels at which pictures were compared.
   */
  uint32_t height;
  /**
   * Whether the caller stopped it; the field is the best until then.
   */
  bool stopped;
} polyinr_inversion;

/**
 * Takes a message of a level (`polyinr_log_level`). The text is valid during the call only. Called
 * from any thread, also from several at a time. It cannot call `polyinr_log_set`, which would wait
 * for it; of other calls that it makes there are no messages.
 */
typedef void (*polyinr_log_callback)(void *user_data, uint32_t level, const char *message);

/**
 * Names of the models that `polyinr_model_find` finds, as they were when the list was made. Make
 * one with `polyinr_model_list_new`; free it with `polyinr_model_list_free`.
 */
typedef struct polyinr_model_list {
  /**
   * Which one it is; 0 for none.
   */
  uint64_t id;
} polyinr_model_list;

/**
 * How far a call is, as `polyinr_progress_keep` and `polyinr_invert_progress_keep` write it. Start
 * with zeros; read it from any thread while the call goes on.
 */
typedef struct polyinr_progress_state {
  /**
   * Output pixels, or steps of an inversion, that are done.
   */
  uint64_t done;
  /**
   * All of them; 0 until the first are done.
   */
  uint64_t total;
  /**
   * PSNR in dB of an inversion.
   */
  double psnr;
} polyinr_progress_state;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Name of the space number `index`, a `polyinr_space`: "z", "w", "a"; NULL when there are no more. The
 * text lives as long as the library.
 */
const char *polyinr_space_name(uint32_t index);

/**
 * Name of the group of levels number `index`, from 0 on, first levels first; NULL when there are no
 * more. `polyinr_field_mix` takes these names. The text lives as long as the library.
 */
const char *polyinr_level_group_name(uint32_t index);

/**
 * Opens the field file at `path` (UTF-8), which belongs to `model`: a generator's field, or a
 * picture's and the upscaler that it is seen through.
 *
 * Errors: `POLYINR_STATUS_IO`; `_UNSUPPORTED` when it is a folder, pipe or device; `_BAD_FILE` when it
 * is no field file, is damaged, of a later version, changed while it was read, or belongs to another
 * model; `_LIMITS` when it is too large or memory is short.
 */
enum polyinr_status polyinr_field_open(struct polyinr_model model,
                                       const char *path,
                                       struct polyinr_field *field,
                                       struct polyinr_error *error);

/**
 * Keeps a field in a file at `path` (UTF-8), usually called `NAME.field`, whole or not at all: a
 * generator's with its parameters, a picture's with the picture. With `replace` a file that is there
 * is replaced, else it is an error.
 *
 * Errors: `POLYINR_STATUS_IO`.
 */
enum polyinr_status polyinr_field_save(struct polyinr_field field,
                                       const char *path,
                                       bool replace,
                                       struct polyinr_error *error);

/**
 * Makes a field that is `base` with some levels taken from `other`: `levels` is a text such as "fine"
 * or "0-4,8" (numbers from 0 on, ranges, `all`, and the groups `shape`, `coarse` and `fine`), `space`
 * a `polyinr_space`, w or a. All levels of `other` are `other`.
 *
 * Errors: `POLYINR_STATUS_BAD_PARAMETER` when the fields are of pictures or of different models, or
 * the space or the levels do not fit them.
 */
enum polyinr_status polyinr_field_mix(struct polyinr_field base,
                                      struct polyinr_field other,
                                      const char *levels,
                                      uint32_t space,
                                      struct polyinr_field *field,
                                      struct polyinr_error *error);

/**
 * Makes the field that is a part `t`, 0 to 1, of the way from `from` to `to`; `space` is a
 * `polyinr_space`. At 0 and 1 it is exactly the one and the other.
 *
 * Errors: `POLYINR_STATUS_BAD_PARAMETER` when the fields are of pictures or of different models, or
 * the space or `t` do not fit them.
 */
enum polyinr_status polyinr_field_interpolate(struct polyinr_field from,
                                              struct polyinr_field to,
                                              double t,
                                              uint32_t space,
                                              struct polyinr_field *field,
                                              struct polyinr_error *error);

/**
 * Makes a token that is not cancelled.
 */
enum polyinr_status polyinr_cancel_new(struct polyinr_cancel *cancel, struct polyinr_error *error);

/**
 * Cancels every call that was given this token, those to come too: they return
 * `POLYINR_STATUS_CANCELLED` at their next tile. From any thread.
 */
enum polyinr_status polyinr_cancel_cancel(struct polyinr_cancel cancel,
                                          struct polyinr_error *error);

/**
 * Frees a token; calls that use it go on. None does nothing.
 */
enum polyinr_status polyinr_cancel_free(struct polyinr_cancel cancel, struct polyinr_error *error);

/**
 * Makes the engine `name`, set up as `options` (none: those of a new object) say: "cpu", which is
 * built in; "onnx" and "cuda", which need ONNX Runtime; or "auto", the first that can run here in the
 * order of `polyinr_engine_name`. `polyinr_engine_choice_new` says beforehand which that is, and why.
 *
 * Errors: `POLYINR_STATUS_BAD_PARAMETER`, also for options that the engine has no use for, and
 * `POLYINR_STATUS_ENGINE` when it cannot run here, with what is missing. No other engine takes its
 * place.
 */
enum polyinr_status polyinr_engine_new(const char *name,
                                       struct polyinr_engine_options options,
                                       struct polyinr_engine *engine,
                                       struct polyinr_error *error);

/**
 * Name of the engine number `index`, from 0 on, the fastest first; NULL when there are no more.
 * The text lives as long as the library.
 */
const char *polyinr_engine_name(uint32_t index);

/**
 * Whether the engine `name` can run here, set up as `options` (none: those of a new object) say; if
 * not, `error` says why and what to do. It takes a moment, for "cuda" seconds: keep the answer.
 */
enum polyinr_status polyinr_engine_check(const char *name,
                                         struct polyinr_engine_options options,
                                         struct polyinr_error *error);

/**
 * Frees an engine; calls that use it are finished before its threads end. None does nothing.
 */
enum polyinr_status polyinr_engine_free(struct polyinr_engine engine, struct polyinr_error *error);

/**
 * Finds out which engine `polyinr_engine_new` takes for "auto" with `options` (none: those of a new
 * object). It takes a moment, seconds where there is a GPU, since engines are tried: keep the answer.
 * No engine is left open.
 *
 * Errors: `POLYINR_STATUS_BAD_PARAMETER` and `_ENGINE` when none can run so.
 */
enum polyinr_status polyinr_engine_choice_new(struct polyinr_engine_options options,
                                              struct polyinr_engine_choice *choice,
                                              struct polyinr_error *error);

/**
 * Name of the engine that is taken, one of those that `polyinr_engine_name` gives. The text lives
 * until the choice is freed. NULL when `choice` is no choice.
 */
const char *polyinr_engine_choice_name(struct polyinr_engine_choice choice);

/**
 * Why none of the faster engines is taken: a line for each, the fastest first, without an end of line
 * after the last; empty when there is no faster one. The text lives until the choice is freed. NULL
 * when `choice` is no choice.
 */
const char *polyinr_engine_choice_reason(struct polyinr_engine_choice choice);

/**
 * Frees a choice and its texts. None does nothing.
 */
enum polyinr_status polyinr_engine_choice_free(struct polyinr_engine_choice choice,
                                               struct polyinr_error *error);

/**
 * Makes options.
 */
enum polyinr_status polyinr_engine_options_new(struct polyinr_engine_options *options,
                                               struct polyinr_error *error);

/**
 * Sets the number of worker threads on the processor, 1 to 1024, or with 0 takes one for every
 * processor, as at first.
 *
 * Errors: `POLYINR_STATUS_BAD_PARAMETER` for more.
 */
enum polyinr_status polyinr_engine_options_set_threads(struct polyinr_engine_options options,
                                                       uint32_t threads,
                                                       struct polyinr_error *error);

/**
 * Sets which GPU computes, from 0 on, as NVIDIA's driver counts them. For "cuda" alone, which looks
 * after it when it is made.
 */
enum polyinr_status polyinr_engine_options_set_device(struct polyinr_engine_options options,
                                                      uint32_t device,
                                                      struct polyinr_error *error);

/**
 * Sets the most memory on the GPU in bytes that each of a model's graphs takes; 0 stands for no limit,
 * which it is at first. For "cuda" alone. What a call takes of the host's memory is limited by
 * `polyinr_engine_set_max_memory`.
 */
enum polyinr_status polyinr_engine_options_set_device_memory(struct polyinr_engine_options options,
                                                             uint64_t bytes,
                                                             struct polyinr_error *error);

/**
 * Sets the arithmetic, a `polyinr_precision`; exact at first. Whether the engine has it is checked
 * when it is made.
 *
 * Errors: `POLYINR_STATUS_BAD_PARAMETER` when `precision` is none.
 */
enum polyinr_status polyinr_engine_options_set_precision(struct polyinr_engine_options options,
                                                         uint32_t precision,
                                                         struct polyinr_error *error);

/**
 * Sets whether products on a GPU may take TF32: 10 bits of mantissa instead of 23. Not at first. For
 * "cuda" alone.
 */
enum polyinr_status polyinr_engine_options_set_tf32(struct polyinr_engine_options options,
                                                    bool tf32,
                                                    struct polyinr_error *error);

/**
 * Frees options. None does nothing.
 */
enum polyinr_status polyinr_engine_options_free(struct polyinr_engine_options options,
                                                struct polyinr_error *error);

/**
 * The message, one line in UTF-8 that says what happened, to which file or parameter, and what to
 * do; it lives until the error is freed. NULL when `error` is no error.
 */
const char *polyinr_error_message(struct polyinr_error error);

/**
 * The status that the failed call returned; `POLYINR_STATUS_BAD_HANDLE` when `error` is no error.
 */
enum polyinr_status polyinr_error_status(struct polyinr_error error);

/**
 * Frees an error. None is no error and does nothing.
 */
enum polyinr_status polyinr_error_free(struct polyinr_error error);

/**
 * Makes options.
 */
enum polyinr_status polyinr_extend_options_new(struct polyinr_extend_options *options,
                                               struct polyinr_error *error);

/**
 * Sets how many pixels are added on each side. One of them at least must not be 0, which is checked
 * when the options are used.
 */
enum polyinr_status polyinr_extend_options_set_margins(struct polyinr_extend_options options,
                                                       uint32_t top,
                                                       uint32_t right,
                                                       uint32_t bottom,
                                                       uint32_t left,
                                                       struct polyinr_error *error);

/**
 * Sets how margins are made: "field" (a generator's field of the picture, and the smooth
 * continuation of what is left), "smooth" (the smooth continuation of the picture), "reflection"
 * (the picture mirrored), or "auto" again: on every side the one that does best on a hidden ring of
 * the picture.
 *
 * Errors: `POLYINR_STATUS_BAD_PARAMETER` for another name.
 */
enum polyinr_status polyinr_extend_options_set_method(struct polyinr_extend_options options,
                                                      const char *method,
                                                      struct polyinr_error *error);

/**
 * Name of the method number `index`, from 0 on, by which margins can be made; NULL when there are no
 * more. "auto" is none of them. The text lives as long as the library.
 */
const char *polyinr_extend_method_name(uint32_t index);

/**
 * Frees options. None does nothing.
 */
enum polyinr_status polyinr_extend_options_free(struct polyinr_extend_options options,
                                                struct polyinr_error *error);

/**
 * Adds margins to the picture `input` with the generator `model`, as `options` (none: those of a new
 * object) say. `output` is larger than `input` by the margins, rounded to whole pixels; the
 * picture's samples are in it as they are where sample types and channels of the two agree and
 * alpha is straight. Otherwise grey becomes equal colours, missing alpha becomes full, alpha that
 * `output` lacks is left out; colour does not become grey.
 *
 * The canvas of a generator's own field is extended by a view with a larger window instead.
 *
 * `progress` may be NULL, `cancel` none; the two buffers must not overlap. Nothing is written before
 * all is computed. Any thread may call this, with shared handles.
 *
 * Errors: `POLYINR_STATUS_BAD_MODEL` when the model is no generator, `_BAD_BUFFER` also when
 * `output` has not the size that the margins make, `_BAD_PARAMETER`, `_LIMITS`, `_CANCELLED`.
 */
enum polyinr_status polyinr_extend(struct polyinr_engine engine,
                                   struct polyinr_model model,
                                   struct polyinr_extend_options options,
                                   const struct polyinr_buffer *input,
                                   polyinr_progress progress,
                                   void *user_data,
                                   struct polyinr_cancel cancel,
                                   const struct polyinr_buffer *output,
                                   struct polyinr_error *error);

/**
 * Makes the field of the image that `options` (none: seed 0 and its class) mean to the generator
 * `model`.
 *
 * Errors: `POLYINR_STATUS_BAD_MODEL` when the model is no generator, `_BAD_PARAMETER` when the
 * options do not fit it.
 */
enum polyinr_status polyinr_field_from_seed(struct polyinr_model model,
                                            struct polyinr_generate_options options,
                                            struct polyinr_field *field,
                                            struct polyinr_error *error);

/**
 * Makes the field of `picture`, seen through the upscaler `model` as `options` (none:
 * those of a new object) say: cleaned as much as the picture seems to need now, or as they tell, and
 * refined where the view is the whole picture, not moved, at its size or larger; it is not a mean over
 * turns. The field keeps a copy of the pixels, which `polyinr_field_save` writes with their alpha, and
 * what the options say.
 *
 * Errors: `POLYINR_STATUS_BAD_MODEL` when the model is no upscaler, `_BAD_BUFFER`, `_BAD_PARAMETER`
 * when the options do not fit the model.
 */
enum polyinr_status polyinr_field_from_picture(struct polyinr_model model,
                                               struct polyinr_super_resolve_options options,
                                               const struct polyinr_buffer *picture,
                                               struct polyinr_field *field,
                                               struct polyinr_error *error);

/**
 * Width and height in pixels that a field is meant to be seen at: its picture's, or the native
 * resolution of its model. A file or model decides on no more than 2^29 pixels
 * (`POLYINR_STATUS_BAD_PARAMETER`); such a field can be looked at in sizes of your own.
 */
enum polyinr_status polyinr_field_size(struct polyinr_field field,
                                       uint32_t *width,
                                       uint32_t *height,
                                       struct polyinr_error *error);

/**
 * Looks at `field` through `view` (none: the whole) at the size of `output`. A picture's field is
 * shown with its alpha; without one, alpha becomes full. `output` has colour channels, or the
 * field is of a grey picture. A picture's field that is to be refined is, where the view is the
 * whole picture, not moved, at its size or larger.
 *
 * `progress` may be NULL, `cancel` none. Any thread may call this, with shared handles.
 *
 * Errors: `POLYINR_STATUS_BAD_BUFFER`, `_BAD_PARAMETER` when the view makes no sense, `_CANCELLED`.
 */
enum polyinr_status polyinr_field_render(struct polyinr_engine engine,
                                         struct polyinr_field field,
                                         struct polyinr_view view,
                                         polyinr_progress progress,
                                         void *user_data,
                                         struct polyinr_cancel cancel,
                                         const struct polyinr_buffer *output,
                                         struct polyinr_error *error);

/**
 * Looks at the colours of `field` through `view` (none: the whole) at `width x height` pixels and
 * hands the rows to
 * `rows`, so that no buffer of the whole is needed; otherwise as `polyinr_field_render`. `user_data`
 * is handed to `rows` and `progress`.
 *
 * `progress` may be NULL, `cancel` none. Any thread may call this, with shared handles.
 *
 * Errors: `POLYINR_STATUS_BAD_PARAMETER` when the view or size makes no sense, `_CANCELLED`.
 */
enum polyinr_status polyinr_field_render_rows(struct polyinr_engine engine,
                                              struct polyinr_field field,
                                              struct polyinr_view view,
                                              uint32_t width,
                                              uint32_t height,
                                              polyinr_progress progress,
                                              void *user_data,
                                              struct polyinr_cancel cancel,
                                              polyinr_rows rows,
                                              struct polyinr_error *error);

/**
 * Frees a field; calls that use it go on. None does nothing.
 */
enum polyinr_status polyinr_field_free(struct polyinr_field field, struct polyinr_error *error);

/**
 * Makes options.
 */
enum polyinr_status polyinr_generate_options_new(struct polyinr_generate_options *options,
                                                 struct polyinr_error *error);

/**
 * Sets the seed of the latent. A seed means what it means in published code: the numbers of NumPy's
 * `RandomState(seed).randn`.
 */
enum polyinr_status polyinr_generate_options_set_seed(struct polyinr_generate_options options,
                                                      uint32_t seed,
                                                      struct polyinr_error *error);

/**
 * Sets the class by its number, from 0 on. Without one, a model that has classes makes that of the
 * seed: its remainder by the number of classes. Whether the model has it is checked when it is used.
 */
enum polyinr_status polyinr_generate_options_set_class(struct polyinr_generate_options options,
                                                       uint32_t class_index,
                                                       struct polyinr_error *error);

/**
 * Sets the class by its name, or with NULL takes that of the seed again. Whether the model has it is
 * checked when it is used.
 */
enum polyinr_status polyinr_generate_options_set_class_name(struct polyinr_generate_options options,
                                                            const char *class_name,
                                                            struct polyinr_error *error);

/**
 * Sets truncation: 1 is as trained, 0 the average image, -2 to 2 are possible; in the first
 * `cutoff` levels, or in all with a negative one.
 */
enum polyinr_status polyinr_generate_options_set_truncation(struct polyinr_generate_options options,
                                                            float psi,
                                                            int32_t cutoff,
                                                            struct polyinr_error *error);

/**
 * Sets truncation level by level, instead of an earlier one: a number for all levels, or levels and
 * their numbers with commas between, as "0-4:0.5,fine:0.9". Levels are numbers from 0 on, ranges,
 * or the groups shape, coarse and fine; those that are not named stay as trained. Whether the model
 * has them is checked when it is used.
 *
 * Errors: `POLYINR_STATUS_BAD_PARAMETER` when the text cannot be understood.
 */
enum polyinr_status polyinr_generate_options_set_truncation_levels(struct polyinr_generate_options options,
                                                                   const char *truncation,
                                                                   struct polyinr_error *error);

/**
 * Frees options. None does nothing.
 */
enum polyinr_status polyinr_generate_options_free(struct polyinr_generate_options options,
                                                  struct polyinr_error *error);

/**
 * Generates the image that `options` (none: seed 0 and its class) mean to the generator `model`, as
 * large as `output`, which has colour channels. Alpha, where there is one, becomes full.
 *
 * `progress` may be NULL, `cancel` none. Any thread may call this, with shared handles.
 *
 * Errors: `POLYINR_STATUS_BAD_MODEL` when the model is no generator, `_BAD_PARAMETER` when the
 * options do not fit it, `_BAD_BUFFER`, `_CANCELLED`.
 */
enum polyinr_status polyinr_generate(struct polyinr_engine engine,
                                     struct polyinr_model model,
                                     struct polyinr_generate_options options,
                                     polyinr_progress progress,
                                     void *user_data,
                                     struct polyinr_cancel cancel,
                                     const struct polyinr_buffer *output,
                                     struct polyinr_error *error);

/**
 * Makes options: 2500 steps on the code, no tuning of the weights, any class.
 */
enum polyinr_status polyinr_invert_options_new(struct polyinr_invert_options *options,
                                               struct polyinr_error *error);

/**
 * Sets the class from whose images the search starts, by its name or number, or with NULL the
 * nearest of all. Whether the model has it is checked when it is used.
 */
enum polyinr_status polyinr_invert_options_set_class_name(struct polyinr_invert_options options,
                                                          const char *class_name,
                                                          struct polyinr_error *error);

/**
 * Sets the steps on the code, 1 to 100,000, and those of pivotal tuning, which fits the
 * weights after that, 0 to 100,000. Tuning ends at a PSNR of `enough` dB; with 0 it takes all steps.
 */
enum polyinr_status polyinr_invert_options_set_steps(struct polyinr_invert_options options,
                                                     uint32_t steps,
                                                     uint32_t tuning,
                                                     double enough,
                                                     struct polyinr_error *error);

/**
 * Sets the longest side in pixels at which pictures are compared, 1 to 4096, or with 0 the
 * picture's own, at most 128.
 */
enum polyinr_status polyinr_invert_options_set_resolution(struct polyinr_invert_options options,
                                                          uint32_t resolution,
                                                          struct polyinr_error *error);

/**
 * Adds a perceptual loss by VGG16 of the given weight, 0 or more, from the safetensors file at
 * `path` (torchvision's weights), or with NULL leaves it out again. Pixels have the weight 1.
 *
 * Errors: `POLYINR_STATUS_IO`, `_BAD_MODEL` when the file cannot be used, `_BAD_PARAMETER`.
 */
enum polyinr_status polyinr_invert_options_set_vgg(struct polyinr_invert_options options,
                                                   const char *path,
                                                   float weight,
                                                   struct polyinr_error *error);

/**
 * Sets what is known of the picture: where `mask`, of the picture's size, is light. Its pixels are
 * copied. NULL stands for all of it. Whatever is set, pixels more transparent than opaque are not
 * known.
 */
enum polyinr_status polyinr_invert_options_set_mask(struct polyinr_invert_options options,
                                                    const struct polyinr_buffer *mask,
                                                    struct polyinr_error *error);

/**
 * Frees options. None does nothing.
 */
enum polyinr_status polyinr_invert_options_free(struct polyinr_invert_options options,
                                                struct polyinr_error *error);

/**
 * Embeds `picture` in the generator `model`, as `options` (none: those of a new object) say: makes a
 * field that shows it, which can be looked at, mixed and saved like any other of that model.
 *
 * When `progress` answers no or `cancel` is cancelled, the best field so far is made and the call
 * succeeds; before the first step it is `POLYINR_STATUS_CANCELLED`. `progress` may be NULL, `cancel`
 * none, `inversion` NULL. Any thread may call this, with shared handles.
 *
 * Errors: `POLYINR_STATUS_BAD_MODEL` when the model is no generator, `_BAD_PARAMETER` when the
 * options do not fit the model or picture, or nothing of the picture is known, `_BAD_BUFFER`.
 */
enum polyinr_status polyinr_field_from_inversion(struct polyinr_engine engine,
                                                 struct polyinr_model model,
                                                 struct polyinr_invert_options options,
                                                 const struct polyinr_buffer *picture,
                                                 polyinr_invert_progress progress,
                                                 void *user_data,
                                                 struct polyinr_cancel cancel,
                                                 struct polyinr_field *field,
                                                 struct polyinr_inversion *inversion,
                                                 struct polyinr_error *error);

/**
 * Sets the most pixels that a picture or field may be made of or seen at with `engine`; 0 stands for
 * no limit, which it is at first.
 *
 * A call that would make more is `POLYINR_STATUS_LIMITS`, before it has done anything.
 */
enum polyinr_status polyinr_engine_set_max_pixels(struct polyinr_engine engine,
                                                  uint64_t pixels,
                                                  struct polyinr_error *error);

/**
 * Sets the most memory in bytes that a call may take with `engine`, besides the buffers that the
 * caller gives; 0 stands for no limit, which it is at first. What a call takes is estimated from the
 * sizes of its pictures: it grows with width, for an upscaler by some 100 kilobytes a column.
 *
 * A call that needs more is `POLYINR_STATUS_LIMITS`, before it has done anything; so is one for which
 * the system has no memory, without a limit too.
 */
enum polyinr_status polyinr_engine_set_max_memory(struct polyinr_engine engine,
                                                  uint64_t bytes,
                                                  struct polyinr_error *error);

/**
 * Sets where messages of `least_level` (`polyinr_log_level`) and more important ones go, for the
 * whole process; a NULL `callback` ends it. It waits for messages that are under way: when it returns, the
 * `user_data` of before is not used any more.
 *
 * Errors: `POLYINR_STATUS_BAD_PARAMETER` for an unknown level, and within a message's callback.
 */
enum polyinr_status polyinr_log_set(polyinr_log_callback callback,
                                    void *user_data,
                                    uint32_t least_level,
                                    struct polyinr_error *error);

/**
 * Opens the model file at `path` (UTF-8).
 *
 * Errors: `POLYINR_STATUS_IO`; `_UNSUPPORTED` when it is a folder, pipe or device; `_BAD_MODEL` when
 * it is no model of this library, damaged, of a later version, or changed while it was read;
 * `_LIMITS` when it is over 2 GiB or memory is short.
 */
enum polyinr_status polyinr_model_open(const char *path,
                                       struct polyinr_model *model,
                                       struct polyinr_error *error);

/**
 * Opens a model by the name that users give: a built-in one (such as "photo" and "clean"), a file's
 * path, or a name in the folders that the documentation lists.
 *
 * Errors: `POLYINR_STATUS_BAD_PARAMETER` when there is none, and those of `polyinr_model_open`.
 */
enum polyinr_status polyinr_model_find(const char *name,
                                       struct polyinr_model *model,
                                       struct polyinr_error *error);

/**
 * Opens the model whose file's bytes are the `size` at `bytes`, which are not needed afterwards.
 *
 * Errors: `POLYINR_STATUS_BAD_MODEL`, `_BAD_BUFFER` when so many bytes cannot be there, `_LIMITS`
 * when memory is short.
 */
enum polyinr_status polyinr_model_from_memory(const uint8_t *bytes,
                                              size_t size,
                                              struct polyinr_model *model,
                                              struct polyinr_error *error);

/**
 * What the model is for; `POLYINR_KIND_NONE` when `model` is no model.
 */
enum polyinr_kind polyinr_model_kind(struct polyinr_model model);

/**
 * The model's short name. The text lives until the model is freed. NULL when `model` is no model.
 */
const char *polyinr_model_name(struct polyinr_model model);

/**
 * Hash of the model's weights, 16 hexadecimal digits. The text lives until the model is freed. NULL
 * when `model` is no model.
 */
const char *polyinr_model_id(struct polyinr_model model);

/**
 * Number of a generator's classes; 0 when it has none, and for other models.
 */
uint32_t polyinr_model_class_count(struct polyinr_model model);

/**
 * Name of the class `index`, from 0 on. The text lives until the model is freed. NULL when there is
 * none.
 */
const char *polyinr_model_class_name(struct polyinr_model model, uint32_t index);

/**
 * Side in pixels of the pictures that a generator was trained on; 0 for other models.
 */
uint32_t polyinr_model_native_resolution(struct polyinr_model model);

/**
 * Whether an upscaler can be told how much to clean; no for other models.
 */
bool polyinr_model_cleans(struct polyinr_model model);

/**
 * Whether an upscaler can be told how much detail to draw; no for other models.
 */
bool polyinr_model_draws_detail(struct polyinr_model model);

/**
 * Frees a model; calls and fields that use it go on. None does nothing.
 */
enum polyinr_status polyinr_model_free(struct polyinr_model model, struct polyinr_error *error);

/**
 * The name of the built-in model of a `polyinr_kind` that is taken where none is named, for
 * `polyinr_model_find`. NULL for other kinds, and when the library was built without models.
 */
const char *polyinr_model_default(uint32_t kind);

/**
 * Lists the models of a `polyinr_kind` (`POLYINR_KIND_NONE`: of all kinds) that `polyinr_model_find`
 * finds by name: the built-in ones first, then those in the folders that the documentation lists.
 * Files that are no models are left out; of the others only the beginning is read, so that one that
 * is damaged further on is an error when it is opened.
 *
 * Errors: `POLYINR_STATUS_BAD_PARAMETER` when `kind` is none.
 */
enum polyinr_status polyinr_model_list_new(uint32_t kind,
                                           struct polyinr_model_list *list,
                                           struct polyinr_error *error);

/**
 * Number of models in the list; 0 when `list` is no list.
 */
uint32_t polyinr_model_list_count(struct polyinr_model_list list);

/**
 * Name of the model `index`, from 0 on, as `polyinr_model_find` takes it. The text lives until the
 * list is freed. NULL when there is none.
 */
const char *polyinr_model_list_name(struct polyinr_model_list list, uint32_t index);

/**
 * What the model `index`, from 0 on, is for; `POLYINR_KIND_NONE` when there is none.
 */
enum polyinr_kind polyinr_model_list_kind(struct polyinr_model_list list, uint32_t index);

/**
 * Frees a list and its texts. None does nothing.
 */
enum polyinr_status polyinr_model_list_free(struct polyinr_model_list list,
                                            struct polyinr_error *error);

/**
 * A `polyinr_progress` that keeps how far the call is in the `polyinr_progress_state` at `user_data`
 * and goes on: for hosts whose own code must not hold up the library's threads, as interpreters
 * with one lock for all threads. NULL and a place that is not aligned are left alone.
 */
bool polyinr_progress_keep(void *user_data,
                           uint64_t done,
                           uint64_t total);

/**
 * The same as a `polyinr_invert_progress`.
 */
bool polyinr_invert_progress_keep(void *user_data, uint64_t done, uint64_t total, double psnr);

/**
 * Name of a status, such as "bad handle"; "unknown status" for other numbers. The text lives as
 * long as the library.
 */
const char *polyinr_status_name(uint32_t status);

/**
 * Makes options.
 */
enum polyinr_status polyinr_super_resolve_options_new(struct polyinr_super_resolve_options *options,
                                                      struct polyinr_error *error);

/**
 * Corrects results in `steps` steps until their reduction by an antialiased bicubic filter is the
 * input: 3 are enough for over 50 dB in usual photographs, 1 to 16 are possible, 0 leaves it out
 * again. Nothing is cleaned then, since that would be brought back; amounts over 0 are refused when the
 * options are used. An output must be at least as large as its input then; unless the input is of floats,
 * results are kept from 0 to 1.
 */
enum polyinr_status polyinr_super_resolve_options_set_refine(struct polyinr_super_resolve_options options,
                                                             uint32_t steps,
                                                             struct polyinr_error *error);

/**
 * Sets how much noise, and how much of what compression left, is taken away, from 0 (none) to 1
 * (noise of a deviation of 30 of 255, or JPEG of quality 30), or `POLYINR_AMOUNT_AUTO`, as at first.
 * More than the picture has takes detail away. A model that cannot be told (`polyinr_model_cleans`)
 * refuses amounts over 0 when it is used.
 */
enum polyinr_status polyinr_super_resolve_options_set_denoise(struct polyinr_super_resolve_options options,
                                                              double denoise,
                                                              struct polyinr_error *error);

/**
 * Sets how much blur is taken away, from 0 (none) to 1 (a blur of 2 pixels), or
 * `POLYINR_AMOUNT_AUTO`, as at first. Otherwise as `polyinr_super_resolve_options_set_denoise`.
 */
enum polyinr_status polyinr_super_resolve_options_set_deblur(struct polyinr_super_resolve_options options,
                                                             double deblur,
                                                             struct polyinr_error *error);

/**
 * Sets how much detail is drawn that looks as if it were there, from 0, as at first, where results are
 * nearest to the truth, to 1, where they are sharpest. A model that draws none
 * (`polyinr_model_draws_detail`) refuses amounts over 0 when it is used.
 */
enum polyinr_status polyinr_super_resolve_options_set_detail(struct polyinr_super_resolve_options options,
                                                             double detail,
                                                             struct polyinr_error *error);

/**
 * Sets whether results are the mean of what the model makes of the input turned and mirrored in all
 * eight ways: a little nearer to the truth, in about eight times the time. Not at first.
 */
enum polyinr_status polyinr_super_resolve_options_set_tta(struct polyinr_super_resolve_options options,
                                                          bool tta,
                                                          struct polyinr_error *error);

/**
 * Gives how much the picture `input` seems to need of `denoise` and `deblur`, 0 to 1: what
 * `POLYINR_AMOUNT_AUTO` stands for where it is not reduced. Both are 0 with a model that cannot be
 * told how much to clean.
 *
 * Errors: `POLYINR_STATUS_BAD_MODEL` when the model is no upscaler, `_BAD_BUFFER`.
 */
enum polyinr_status polyinr_super_resolve_estimate(struct polyinr_model model,
                                                   const struct polyinr_buffer *input,
                                                   double *denoise,
                                                   double *deblur,
                                                   struct polyinr_error *error);

/**
 * Frees options. None does nothing.
 */
enum polyinr_status polyinr_super_resolve_options_free(struct polyinr_super_resolve_options options,
                                                       struct polyinr_error *error);

/**
 * Makes the picture `input` as large as `output` through the upscaler `model`, as `options` (none: those
 * of a new object) say; any sizes are possible, also unequal factors. Sample types and channels of
 * the two may differ: grey becomes equal colours, missing alpha becomes full, alpha that `output`
 * lacks is left out; colour does not become grey.
 *
 * Floats that leave 0 to 1 are brought into that range for the network and results back, and samples
 * that are no finite numbers are put back where they were; grey stays grey; sides that become shorter
 * are reduced with an antialiased filter. Alpha goes through the same network as a grey picture and
 * stays from 0 to 1, and colour of fully transparent pixels is not drawn into visible ones; colour
 * that is premultiplied is so by the alpha that is stored. Rows are read and written as they are
 * computed; the two buffers must not overlap.
 *
 * `progress` may be NULL, `cancel` none. Any thread may call this, with shared handles.
 *
 * Errors: `POLYINR_STATUS_BAD_MODEL` when the model is no upscaler, `_BAD_BUFFER`,
 * `_BAD_PARAMETER` when the options do not fit the sizes or the model, `_CANCELLED`.
 */
enum polyinr_status polyinr_super_resolve(struct polyinr_engine engine,
                                          struct polyinr_model model,
                                          struct polyinr_super_resolve_options options,
                                          const struct polyinr_buffer *input,
                                          polyinr_progress progress,
                                          void *user_data,
                                          struct polyinr_cancel cancel,
                                          const struct polyinr_buffer *output,
                                          struct polyinr_error *error);

/**
 * Version of the library that is loaded: major * 1000000 + minor * 1000 + patch.
 */
uint32_t polyinr_version_number(void);

/**
 * Version of the library that is loaded, as "0.1.0". The text lives as long as the library.
 */
const char *polyinr_version(void);

/**
 * Makes a view of the whole picture. What is set then is applied in this order, whatever the order
 * of the calls: turn or matrix, zoom, shift, warp; each moves what is shown so far.
 */
enum polyinr_status polyinr_view_new(struct polyinr_view *view, struct polyinr_error *error);

/**
 * Sets the window: `[0, 1] x [0, 1]` is the picture itself, less zooms in, more extends the canvas
 * of a generator. Of a generator's field the ends are centres of the outer pixels; of a picture's,
 * and of one that was inverted from a picture, their outer edges. Whether it makes sense is
 * checked when it is used.
 */
enum polyinr_status polyinr_view_set_window(struct polyinr_view view,
                                            double x0,
                                            double x1,
                                            double y0,
                                            double y1,
                                            struct polyinr_error *error);

/**
 * Turns what is shown clockwise by so many degrees around the middle of the view, instead of an
 * earlier turn or matrix.
 */
enum polyinr_status polyinr_view_set_rotation(struct polyinr_view view,
                                              double degrees,
                                              struct polyinr_error *error);

/**
 * Moves output pixels by a matrix before the window is applied, instead of an earlier turn or
 * matrix: x' = xx x + xy y + x0 and y' = yx x + yy y + y0, in output pixels.
 */
enum polyinr_status polyinr_view_set_matrix(struct polyinr_view view,
                                            double xx,
                                            double xy,
                                            double x0,
                                            double yx,
                                            double yy,
                                            double y0,
                                            struct polyinr_error *error);

/**
 * Makes what is shown `factor` times larger around the middle of the view: 2 shows half the window.
 * 0.001 to 100000 are possible; it is checked when the view is used.
 */
enum polyinr_status polyinr_view_set_zoom(struct polyinr_view view,
                                          double factor,
                                          struct polyinr_error *error);

/**
 * Moves what is shown by these fractions of the view's width and height to the right and down: 0.5
 * moves what was in the middle to the edge.
 */
enum polyinr_status polyinr_view_set_shift(struct polyinr_view view,
                                           double right,
                                           double down,
                                           struct polyinr_error *error);

/**
 * Warps what is shown: every output pixel is moved by up to `amplitude` of the view's shorter side
 * (0 to 0.5; 0 takes the warp away), smoothly over `cells` cells across that side (1 to 64), drawn
 * from `seed`. It is the same at any size. While amplitude times cells is below 0.4, the picture
 * does not fold over itself.
 *
 * Errors: `POLYINR_STATUS_BAD_PARAMETER` when a number is not in its range.
 */
enum polyinr_status polyinr_view_set_elastic(struct polyinr_view view,
                                             double amplitude,
                                             uint32_t cells,
                                             uint32_t seed,
                                             struct polyinr_error *error);

/**
 * Frees a view. None does nothing.
 */
enum polyinr_status polyinr_view_free(struct polyinr_view view, struct polyinr_error *error);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* POLYINR_H */
