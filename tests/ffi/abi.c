/* The C ABI as a C99 and C++17 program sees it: results, misuse, threads, progress and cancel. */

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "polyinr.h"

static int failures = 0;

#define CHECK(condition)                                                       \
    do {                                                                       \
        if (!(condition)) {                                                    \
            printf("%s:%d: %s\n", __FILE__, __LINE__, #condition);             \
            failures += 1;                                                     \
        }                                                                      \
    } while (0)

/* A call that must fail with `status` and a message in which `said` stands. */
#define REFUSED(status, said, call)                                            \
    do {                                                                       \
        polyinr_error error = {0};                                               \
        polyinr_status got = (call);                                           \
        const char *message = polyinr_error_message(error);                    \
        CHECK(got == (status));                                                \
        CHECK(message != NULL && strstr(message, said) != NULL);               \
        if (message == NULL || strstr(message, said) == NULL) {                \
            printf("  says: %s\n", message == NULL ? "(nothing)" : message);   \
        }                                                                      \
        CHECK(polyinr_error_status(error) == got);                             \
        CHECK(polyinr_error_free(error) == POLYINR_STATUS_OK);                 \
    } while (0)

#define WORKS(call)                                                            \
    do {                                                                       \
        polyinr_error error = {0};                                               \
        if ((call) != POLYINR_STATUS_OK) {                                     \
            printf("%s:%d: %s\n", __FILE__, __LINE__, polyinr_error_message(error)); \
            polyinr_error_free(error);                                         \
            failures += 1;                                                     \
        }                                                                      \
    } while (0)

static polyinr_engine engine;
static polyinr_model upscaler, generator;

#define NO_CANCEL POLYINR_NONE(polyinr_cancel)
#define NO_VIEW POLYINR_NONE(polyinr_view)
#define NO_OPTIONS POLYINR_NONE(polyinr_super_resolve_options)
#define NO_SEED POLYINR_NONE(polyinr_generate_options)
#define NO_STEPS POLYINR_NONE(polyinr_invert_options)

/* An object that the library did not give so. */
#ifdef __cplusplus
#define HANDLE(kind, number) (kind{number})
#else
#define HANDLE(kind, number) ((kind){number})
#endif

/* An engine on the processor with so many threads. */
static polyinr_engine engine_of(uint32_t threads) {
    polyinr_engine_options options = {0};
    polyinr_engine made = {0};
    WORKS(polyinr_engine_options_new(&options, &error));
    WORKS(polyinr_engine_options_set_threads(options, threads, &error));
    WORKS(polyinr_engine_new("cpu", options, &made, &error));
    WORKS(polyinr_engine_options_free(options, &error));
    return made;
}

static polyinr_buffer buffer(void *pixels, size_t size, uint32_t width, uint32_t height,
                             uint32_t bytes, uint32_t sample, uint32_t channels) {
    polyinr_buffer b;
    b.pixels = pixels;
    b.size = size;
    b.stride = (size_t)width * bytes;
    b.width = width;
    b.height = height;
    b.sample = sample;
    b.channels = channels;
    b.alpha = POLYINR_ALPHA_STRAIGHT;
    return b;
}

static void fill(uint8_t *pixels, size_t count) {
    for (size_t i = 0; i < count; i += 1) {
        pixels[i] = (uint8_t)(i * 37 % 251);
    }
}

static void versions_and_names(void) {
    CHECK(polyinr_version_number() == POLYINR_VERSION_MAJOR * 1000000 +
                                          POLYINR_VERSION_MINOR * 1000 + POLYINR_VERSION_PATCH);
    CHECK(strlen(polyinr_version()) >= 5);
    CHECK(strcmp(polyinr_status_name(POLYINR_STATUS_OK), "ok") == 0);
    CHECK(strcmp(polyinr_status_name(POLYINR_STATUS_INTERNAL), "internal") == 0);
    CHECK(strcmp(polyinr_status_name(12345), "unknown status") == 0);
    CHECK(strcmp(polyinr_engine_name(0), "cuda") == 0 && strcmp(polyinr_engine_name(1), "cpu") == 0);
    CHECK(strcmp(polyinr_engine_name(2), "onnx") == 0 && polyinr_engine_name(3) == NULL);
    CHECK(strcmp(polyinr_extend_method_name(2), "reflection") == 0);
    CHECK(polyinr_extend_method_name(3) == NULL);
    CHECK(strcmp(polyinr_level_group_name(0), "shape") == 0 && polyinr_level_group_name(3) == NULL);
    CHECK(strcmp(polyinr_space_name(POLYINR_SPACE_A), "a") == 0 && polyinr_space_name(3) == NULL);
}

/* The test is run with a wrong path of ONNX Runtime. */
static void engines_are_set_up(void) {
    const polyinr_engine_options none = POLYINR_NONE(polyinr_engine_options);
    polyinr_engine_options options = {0};
    polyinr_engine made = {0};
    WORKS(polyinr_engine_check("cpu", none, &error));
    WORKS(polyinr_engine_check("auto", none, &error));
    REFUSED(POLYINR_STATUS_ENGINE, "/no/such", polyinr_engine_check("onnx", none, &error));
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "cpu", polyinr_engine_check("gpu", none, &error));
    WORKS(polyinr_engine_options_new(&options, &error));
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "threads",
            polyinr_engine_options_set_threads(options, 1025, &error));
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "precision",
            polyinr_engine_options_set_precision(options, 3, &error));
    WORKS(polyinr_engine_options_set_threads(options, 1, &error));
    WORKS(polyinr_engine_options_set_precision(options, POLYINR_PRECISION_EXACT, &error));
    WORKS(polyinr_engine_options_set_device_memory(options, 0, &error));
    WORKS(polyinr_engine_options_set_tf32(options, false, &error));
    WORKS(polyinr_engine_new("auto", options, &made, &error));
    WORKS(polyinr_engine_free(made, &error));
    /* What only a GPU has. */
    WORKS(polyinr_engine_options_set_precision(options, POLYINR_PRECISION_F16, &error));
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "precision", polyinr_engine_check("cpu", options, &error));
    WORKS(polyinr_engine_options_set_precision(options, POLYINR_PRECISION_EXACT, &error));
    WORKS(polyinr_engine_options_set_device_memory(options, (uint64_t)1 << 40, &error));
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "device memory",
            polyinr_engine_new("cpu", options, &made, &error));
    WORKS(polyinr_engine_options_set_device_memory(options, 0, &error));
    WORKS(polyinr_engine_options_set_tf32(options, true, &error));
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "tf32", polyinr_engine_new("cpu", options, &made, &error));
    WORKS(polyinr_engine_options_set_tf32(options, false, &error));
    WORKS(polyinr_engine_options_set_device(options, 0, &error));
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "device", polyinr_engine_new("cpu", options, &made, &error));
    WORKS(polyinr_engine_options_free(options, &error));
    WORKS(polyinr_engine_options_free(none, &error));
    REFUSED(POLYINR_STATUS_BAD_HANDLE, "engine_options", polyinr_engine_check("cpu", options, &error));
    REFUSED(POLYINR_STATUS_NULL_POINTER, "options", polyinr_engine_options_new(NULL, &error));
}

/* "auto" is the first that runs, and each of those before it has a line. */
static void engines_are_chosen(void) {
    const polyinr_engine_options none = POLYINR_NONE(polyinr_engine_options);
    polyinr_engine_choice choice = {0};
    polyinr_engine_options options = {0};
    WORKS(polyinr_engine_choice_new(none, &choice, &error));
    CHECK(strcmp(polyinr_engine_choice_name(choice), "cpu") == 0);
    CHECK(strncmp(polyinr_engine_choice_reason(choice), "engine cuda: ", 13) == 0);
    CHECK(strchr(polyinr_engine_choice_reason(choice), '\n') == NULL);
    WORKS(polyinr_engine_choice_free(choice, &error));
    CHECK(polyinr_engine_choice_name(choice) == NULL && polyinr_engine_choice_reason(choice) == NULL);
    WORKS(polyinr_engine_choice_free(POLYINR_NONE(polyinr_engine_choice), &error));
    /* What no engine takes is said of the one that is built in. */
    WORKS(polyinr_engine_options_new(&options, &error));
    WORKS(polyinr_engine_options_set_precision(options, POLYINR_PRECISION_BF16, &error));
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "precision",
            polyinr_engine_choice_new(options, &choice, &error));
    WORKS(polyinr_engine_options_free(options, &error));
    REFUSED(POLYINR_STATUS_NULL_POINTER, "choice", polyinr_engine_choice_new(none, NULL, &error));
}

static void models_say_what_they_are(void) {
    CHECK(polyinr_model_kind(upscaler) == POLYINR_KIND_UPSCALER);
    CHECK(polyinr_model_kind(generator) == POLYINR_KIND_GENERATOR);
    CHECK(polyinr_model_kind(HANDLE(polyinr_model, 7)) == POLYINR_KIND_NONE);
    CHECK(strcmp(polyinr_model_name(upscaler), "clean") == 0);
    CHECK(strlen(polyinr_model_id(generator)) == 16);
    CHECK(polyinr_model_class_count(generator) == 5);
    CHECK(polyinr_model_class_name(generator, 0) != NULL);
    CHECK(polyinr_model_class_name(generator, 5) == NULL);
    CHECK(polyinr_model_class_count(upscaler) == 0);
    CHECK(polyinr_model_native_resolution(generator) == 64);
    CHECK(polyinr_model_native_resolution(upscaler) == 0);
    CHECK(polyinr_model_name(POLYINR_NONE(polyinr_model)) == NULL);
    CHECK(polyinr_model_id(HANDLE(polyinr_model, engine.id)) == NULL);
    polyinr_model none = {99};
    REFUSED(POLYINR_STATUS_IO, "/no/such", polyinr_model_open("/no/such", &none, &error));
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "", polyinr_model_find("nobody", &none, &error));
    REFUSED(POLYINR_STATUS_BAD_MODEL, "memory",
            polyinr_model_from_memory((const uint8_t *)"abc", 3, &none, &error));
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "UTF-8", polyinr_model_find("\xff", &none, &error));
    CHECK(none.id == 99);
}

/* The folder of the small models is one of those that are searched. */
static void models_are_listed(void) {
    const char *names[] = {"photo", "clean",     "large",   "restore", "flowers",
                           "creps", "generator", "inr_gan", "upscaler"};
    const polyinr_kind kinds[] = {POLYINR_KIND_UPSCALER,  POLYINR_KIND_UPSCALER,
                                  POLYINR_KIND_UPSCALER,  POLYINR_KIND_UPSCALER,
                                  POLYINR_KIND_GENERATOR, POLYINR_KIND_GENERATOR,
                                  POLYINR_KIND_GENERATOR, POLYINR_KIND_GENERATOR,
                                  POLYINR_KIND_UPSCALER};
    CHECK(strcmp(polyinr_model_default(POLYINR_KIND_UPSCALER), "photo") == 0);
    CHECK(strcmp(polyinr_model_default(POLYINR_KIND_GENERATOR), "flowers") == 0);
    CHECK(polyinr_model_default(POLYINR_KIND_NONE) == NULL && polyinr_model_default(3) == NULL);
    polyinr_model_list all = {0}, some = {77};
    WORKS(polyinr_model_list_new(POLYINR_KIND_NONE, &all, &error));
    CHECK(polyinr_model_list_count(all) == 9);
    for (uint32_t i = 0; i < 9; i += 1) {
        const char *name = polyinr_model_list_name(all, i);
        CHECK(name != NULL && strcmp(name, names[i]) == 0);
        CHECK(polyinr_model_list_kind(all, i) == kinds[i]);
    }
    CHECK(polyinr_model_list_name(all, 9) == NULL);
    CHECK(polyinr_model_list_kind(all, 9) == POLYINR_KIND_NONE);
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "kind", polyinr_model_list_new(3, &some, &error));
    REFUSED(POLYINR_STATUS_NULL_POINTER, "list", polyinr_model_list_new(0, NULL, &error));
    CHECK(some.id == 77);
    WORKS(polyinr_model_list_new(POLYINR_KIND_GENERATOR, &some, &error));
    CHECK(polyinr_model_list_count(some) == 4);
    for (uint32_t i = 0; i < 4; i += 1) {
        polyinr_model model = {0};
        WORKS(polyinr_model_find(polyinr_model_list_name(some, i), &model, &error));
        CHECK(polyinr_model_kind(model) == POLYINR_KIND_GENERATOR);
        WORKS(polyinr_model_free(model, &error));
    }
    WORKS(polyinr_model_list_free(some, &error));
    WORKS(polyinr_model_list_free(all, &error));
    WORKS(polyinr_model_list_free(POLYINR_NONE(polyinr_model_list), &error));
    REFUSED(POLYINR_STATUS_BAD_HANDLE, "freed", polyinr_model_list_free(all, &error));
    CHECK(polyinr_model_list_count(all) == 0 && polyinr_model_list_name(all, 0) == NULL);
    CHECK(polyinr_model_list_kind(HANDLE(polyinr_model_list, engine.id), 0) == POLYINR_KIND_NONE);
}

static void pictures_grow(void) {
    uint8_t small[12 * 9 * 4];
    uint8_t large[30 * 20 * 4], again[30 * 20 * 4];
    fill(small, sizeof small);
    polyinr_buffer in = buffer(small, sizeof small, 12, 9, 4, POLYINR_SAMPLE_U8, POLYINR_CHANNELS_RGBA);
    polyinr_buffer out = buffer(large, sizeof large, 30, 20, 4, POLYINR_SAMPLE_U8, POLYINR_CHANNELS_RGBA);
    WORKS(polyinr_super_resolve(engine, upscaler, NO_OPTIONS, &in, NULL, NULL, NO_CANCEL, &out, &error));
    /* Blue first is the same picture. */
    for (size_t i = 0; i < sizeof small; i += 4) {
        uint8_t red = small[i];
        small[i] = small[i + 2];
        small[i + 2] = red;
    }
    in.channels = POLYINR_CHANNELS_BGRA;
    out.pixels = again;
    WORKS(polyinr_super_resolve(engine, upscaler, NO_OPTIONS, &in, NULL, NULL, NO_CANCEL, &out, &error));
    CHECK(memcmp(large, again, sizeof large) == 0);
    /* Rows may be further apart than they are long. */
    uint8_t wide[20 * 128];
    memset(wide, 7, sizeof wide);
    out.pixels = wide;
    out.size = sizeof wide;
    out.stride = 128;
    WORKS(polyinr_super_resolve(engine, upscaler, NO_OPTIONS, &in, NULL, NULL, NO_CANCEL, &out, &error));
    for (int row = 0; row < 20; row += 1) {
        CHECK(memcmp(large + row * 120, wide + row * 128, 120) == 0);
        CHECK(wide[row * 128 + 120] == 7 && wide[row * 128 + 127] == 7);
    }
    /* Half floats of the same picture are close to its bytes. */
    uint16_t halves[30 * 20 * 4];
    out = buffer(halves, sizeof halves, 30, 20, 8, POLYINR_SAMPLE_F16, POLYINR_CHANNELS_RGBA);
    WORKS(polyinr_super_resolve(engine, upscaler, NO_OPTIONS, &in, NULL, NULL, NO_CANCEL, &out, &error));
    float floats[30 * 20 * 4];
    out = buffer(floats, sizeof floats, 30, 20, 16, POLYINR_SAMPLE_F32, POLYINR_CHANNELS_RGBA);
    WORKS(polyinr_super_resolve(engine, upscaler, NO_OPTIONS, &in, NULL, NULL, NO_CANCEL, &out, &error));
    for (size_t i = 0; i < sizeof large; i += 1) {
        float byte = floats[i] < 0 ? 0 : floats[i] > 1 ? 255 : floats[i] * 255;
        CHECK(fabsf(byte - large[i]) <= 0.51F);
    }
}

static void results_are_refined(void) {
    uint8_t small[4 * 4 * 3], plain[10 * 8 * 3], large[10 * 8 * 3];
    fill(small, sizeof small);
    polyinr_buffer in = buffer(small, sizeof small, 4, 4, 3, POLYINR_SAMPLE_U8, POLYINR_CHANNELS_RGB);
    polyinr_buffer out = buffer(plain, sizeof plain, 10, 8, 3, POLYINR_SAMPLE_U8, POLYINR_CHANNELS_RGB);
    polyinr_super_resolve_options options = {0};
    WORKS(polyinr_super_resolve(engine, upscaler, NO_OPTIONS, &in, NULL, NULL, NO_CANCEL, &out, &error));
    WORKS(polyinr_super_resolve_options_new(&options, &error));
    out.pixels = large;
    WORKS(polyinr_super_resolve(engine, upscaler, options, &in, NULL, NULL, NO_CANCEL, &out, &error));
    CHECK(memcmp(plain, large, sizeof large) == 0);
    WORKS(polyinr_super_resolve_options_set_refine(options, 3, &error));
    WORKS(polyinr_super_resolve(engine, upscaler, options, &in, NULL, NULL, NO_CANCEL, &out, &error));
    CHECK(memcmp(plain, large, sizeof large) != 0);
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "17 steps",
            polyinr_super_resolve_options_set_refine(options, 17, &error));
    /* A reduction has no place for the input's detail. */
    out = buffer(large, 3 * 4 * 3, 3, 4, 3, POLYINR_SAMPLE_U8, POLYINR_CHANNELS_RGB);
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "refine",
            polyinr_super_resolve(engine, upscaler, options, &in, NULL, NULL, NO_CANCEL, &out, &error));
    WORKS(polyinr_super_resolve_options_set_refine(options, 0, &error));
    WORKS(polyinr_super_resolve(engine, upscaler, options, &in, NULL, NULL, NO_CANCEL, &out, &error));
    REFUSED(POLYINR_STATUS_NULL_POINTER, "options", polyinr_super_resolve_options_new(NULL, &error));
    WORKS(polyinr_super_resolve_options_free(options, &error));
    WORKS(polyinr_super_resolve_options_free(NO_OPTIONS, &error));
    REFUSED(POLYINR_STATUS_BAD_HANDLE, "super_resolve_options",
            polyinr_super_resolve(engine, upscaler, options, &in, NULL, NULL, NO_CANCEL, &out, &error));
}

/* The built-in upscaler that is used here cannot be told how much to clean: the amounts are checked,
 * and refused where they are used. */
static void amounts_are_checked(void) {
    uint8_t small[40 * 40 * 3];
    double denoise = 7, deblur = 7;
    fill(small, sizeof small);
    polyinr_buffer in = buffer(small, sizeof small, 40, 40, 3, POLYINR_SAMPLE_U8, POLYINR_CHANNELS_RGB);
    polyinr_super_resolve_options options = {0};
    polyinr_field field = {77};
    WORKS(polyinr_super_resolve_options_new(&options, &error));
    WORKS(polyinr_super_resolve_options_set_denoise(options, POLYINR_AMOUNT_AUTO, &error));
    WORKS(polyinr_super_resolve_options_set_deblur(options, 0.5, &error));
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "denoise",
            polyinr_super_resolve_options_set_denoise(options, 1.5, &error));
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "deblur",
            polyinr_super_resolve_options_set_deblur(options, NAN, &error));
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "detail",
            polyinr_super_resolve_options_set_detail(options, -0.1, &error));
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "detail",
            polyinr_super_resolve_options_set_detail(options, NAN, &error));
    CHECK(!polyinr_model_draws_detail(upscaler) && !polyinr_model_draws_detail(POLYINR_NONE(polyinr_model)));
    CHECK(!polyinr_model_cleans(upscaler) && !polyinr_model_cleans(generator));
    CHECK(!polyinr_model_cleans(POLYINR_NONE(polyinr_model)));
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "deblur",
            polyinr_field_from_picture(upscaler, options, &in, &field, &error));
    CHECK(field.id == 77);
    WORKS(polyinr_super_resolve_estimate(upscaler, &in, &denoise, &deblur, &error));
    CHECK(denoise == 0 && deblur == 0);
    REFUSED(POLYINR_STATUS_NULL_POINTER, "deblur",
            polyinr_super_resolve_estimate(upscaler, &in, &denoise, NULL, &error));
    REFUSED(POLYINR_STATUS_BAD_MODEL, "upscaler",
            polyinr_super_resolve_estimate(generator, &in, &denoise, &deblur, &error));
    polyinr_model restorer = {0};
    WORKS(polyinr_model_find("restore", &restorer, &error));
    CHECK(polyinr_model_cleans(restorer));
    uint32_t state = 1;
    for (size_t i = 0; i < sizeof small; i += 1) {
        state = state * 1664525u + 1013904223u;
        small[i] = (uint8_t)(100 + (state >> 24) % 61);
    }
    WORKS(polyinr_super_resolve_estimate(restorer, &in, &denoise, &deblur, &error));
    CHECK(denoise > 0.2 && denoise <= 1 && deblur >= 0 && deblur <= 1);
    WORKS(polyinr_field_from_picture(restorer, options, &in, &field, &error));
    WORKS(polyinr_field_free(field, &error));
    uint8_t cleaned[40 * 40 * 3], other[40 * 40 * 3];
    polyinr_buffer out = buffer(cleaned, sizeof cleaned, 40, 40, 3, POLYINR_SAMPLE_U8, POLYINR_CHANNELS_RGB);
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "deblur",
            polyinr_super_resolve(engine, upscaler, options, &in, NULL, NULL, NO_CANCEL, &out, &error));
    WORKS(polyinr_super_resolve(engine, restorer, options, &in, NULL, NULL, NO_CANCEL, &out, &error));
    out.pixels = other;
    WORKS(polyinr_super_resolve_options_set_denoise(options, 0, &error));
    WORKS(polyinr_super_resolve(engine, restorer, options, &in, NULL, NULL, NO_CANCEL, &out, &error));
    CHECK(memcmp(cleaned, other, sizeof other) != 0);
    WORKS(polyinr_model_free(restorer, &error));
    polyinr_model quick = {0};
    WORKS(polyinr_model_find("upscaler", &quick, &error));
    WORKS(polyinr_super_resolve_options_set_deblur(options, 0, &error));
    WORKS(polyinr_super_resolve(engine, quick, options, &in, NULL, NULL, NO_CANCEL, &out, &error));
    out.pixels = cleaned;
    WORKS(polyinr_super_resolve_options_set_tta(options, true, &error));
    WORKS(polyinr_super_resolve(engine, quick, options, &in, NULL, NULL, NO_CANCEL, &out, &error));
    CHECK(memcmp(cleaned, other, sizeof other) != 0);
    WORKS(polyinr_super_resolve_options_set_tta(options, false, &error));
    WORKS(polyinr_super_resolve_options_set_detail(options, 0.5, &error));
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "detail",
            polyinr_super_resolve(engine, quick, options, &in, NULL, NULL, NO_CANCEL, &out, &error));
    WORKS(polyinr_super_resolve_options_set_detail(options, 0, &error));
    WORKS(polyinr_model_free(quick, &error));
    WORKS(polyinr_super_resolve_options_set_deblur(options, 0, &error));
    WORKS(polyinr_super_resolve_options_set_refine(options, 2, &error));
    WORKS(polyinr_field_from_picture(upscaler, options, &in, &field, &error));
    WORKS(polyinr_field_free(field, &error));
    WORKS(polyinr_super_resolve_options_free(options, &error));
}

/* Bytes that are more than rounding apart. */
static int differ(const uint8_t *one, const uint8_t *two, size_t count) {
    int apart = 0;
    for (size_t i = 0; i < count; i += 1) {
        apart += abs(one[i] - two[i]) > 1;
    }
    return apart;
}

#define SIDE 12

static void seeds_become_pictures(void) {
    uint8_t one[SIDE * SIDE * 3], two[SIDE * SIDE * 3];
    polyinr_buffer out = buffer(one, sizeof one, SIDE, SIDE, 3, POLYINR_SAMPLE_U8, POLYINR_CHANNELS_RGB);
    polyinr_generate_options options = {0};
    /* Without options it is seed 0, and the class of a seed its remainder by their number. */
    WORKS(polyinr_generate(engine, generator, NO_SEED, NULL, NULL, NO_CANCEL, &out, &error));
    WORKS(polyinr_generate_options_new(&options, &error));
    out.pixels = two;
    for (uint32_t seed = 0; seed < 8; seed += 7) {
        WORKS(polyinr_generate_options_set_seed(options, seed, &error));
        WORKS(polyinr_generate_options_set_class(options, seed % 5, &error));
        WORKS(polyinr_generate(engine, generator, options, NULL, NULL, NO_CANCEL, &out, &error));
        CHECK((memcmp(one, two, sizeof one) == 0) == (seed == 0));
    }
    memcpy(one, two, sizeof one);
    WORKS(polyinr_generate_options_set_class_name(options, NULL, &error));
    WORKS(polyinr_generate(engine, generator, options, NULL, NULL, NO_CANCEL, &out, &error));
    CHECK(memcmp(one, two, sizeof one) == 0);
    out.pixels = one;
    WORKS(polyinr_generate_options_set_seed(options, 4, &error));
    WORKS(polyinr_generate_options_set_class_name(options, polyinr_model_class_name(generator, 2), &error));
    WORKS(polyinr_generate_options_set_truncation(options, 0.7F, -1, &error));
    WORKS(polyinr_generate(engine, generator, options, NULL, NULL, NO_CANCEL, &out, &error));
    /* The same by field and view. */
    polyinr_field field = {0};
    polyinr_view view = {0};
    WORKS(polyinr_generate_options_set_class(options, 2, &error));
    WORKS(polyinr_field_from_seed(generator, options, &field, &error));
    WORKS(polyinr_view_new(&view, &error));
    WORKS(polyinr_view_set_window(view, 0, 1, 0, 1, &error));
    out.pixels = two;
    WORKS(polyinr_field_render(engine, field, view, NULL, NULL, NO_CANCEL, &out, &error));
    CHECK(memcmp(one, two, sizeof one) == 0);
    /* Turned by a half, it is the other way round. */
    WORKS(polyinr_view_set_rotation(view, 180, &error));
    WORKS(polyinr_field_render(engine, field, view, NULL, NULL, NO_CANCEL, &out, &error));
    int apart = 0;
    for (int i = 0; i < SIDE * SIDE * 3; i += 1) {
        apart += abs(one[i] - two[(SIDE * SIDE - 1 - i / 3) * 3 + i % 3]) > 1;
    }
    CHECK(apart == 0);
    WORKS(polyinr_view_set_matrix(view, -1, 0, SIDE - 1, 0, -1, SIDE - 1, &error));
    WORKS(polyinr_field_render(engine, field, view, NULL, NULL, NO_CANCEL, &out, &error));
    /* Twice as large around the middle is half the window. */
    WORKS(polyinr_view_set_rotation(view, 0, &error));
    WORKS(polyinr_view_set_zoom(view, 2, &error));
    out.pixels = one;
    WORKS(polyinr_field_render(engine, field, view, NULL, NULL, NO_CANCEL, &out, &error));
    WORKS(polyinr_view_set_zoom(view, 1, &error));
    WORKS(polyinr_view_set_window(view, 0.25, 0.75, 0.25, 0.75, &error));
    out.pixels = two;
    WORKS(polyinr_field_render(engine, field, view, NULL, NULL, NO_CANCEL, &out, &error));
    CHECK(differ(one, two, sizeof one) == 0);
    /* Half a window further left, what was in the middle is at the edge. */
    WORKS(polyinr_view_set_shift(view, 0.5, 0, &error));
    out.pixels = one;
    WORKS(polyinr_field_render(engine, field, view, NULL, NULL, NO_CANCEL, &out, &error));
    WORKS(polyinr_view_set_shift(view, 0, 0, &error));
    WORKS(polyinr_view_set_window(view, 0, 0.5, 0.25, 0.75, &error));
    out.pixels = two;
    WORKS(polyinr_field_render(engine, field, view, NULL, NULL, NO_CANCEL, &out, &error));
    CHECK(differ(one, two, sizeof one) == 0);
    /* A warp moves pixels, and can be taken away. */
    WORKS(polyinr_view_set_elastic(view, 0.05, 4, 3, &error));
    WORKS(polyinr_field_render(engine, field, view, NULL, NULL, NO_CANCEL, &out, &error));
    CHECK(differ(one, two, sizeof one) > 100);
    WORKS(polyinr_view_set_elastic(view, 0, 4, 3, &error));
    WORKS(polyinr_field_render(engine, field, view, NULL, NULL, NO_CANCEL, &out, &error));
    CHECK(differ(one, two, sizeof one) == 0);
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "0.5", polyinr_view_set_elastic(view, NAN, 4, 3, &error));
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "64", polyinr_view_set_elastic(view, 0.1, 65, 3, &error));
    WORKS(polyinr_view_set_zoom(view, 0, &error));
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "zoom",
            polyinr_field_render(engine, field, view, NULL, NULL, NO_CANCEL, &out, &error));
    WORKS(polyinr_view_set_zoom(view, 1, &error));
    WORKS(polyinr_view_set_shift(view, INFINITY, 0, &error));
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "shift",
            polyinr_field_render(engine, field, view, NULL, NULL, NO_CANCEL, &out, &error));
    WORKS(polyinr_view_set_shift(view, 0, 0, &error));
    WORKS(polyinr_view_set_window(view, 1, 1, 0, 1, &error));
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "window",
            polyinr_field_render(engine, field, view, NULL, NULL, NO_CANCEL, &out, &error));
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "psi",
            polyinr_generate_options_set_truncation(options, NAN, -1, &error));
    WORKS(polyinr_generate_options_set_class(options, 77, &error));
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "class", polyinr_field_from_seed(generator, options, &field, &error));
    REFUSED(POLYINR_STATUS_BAD_MODEL, "generator", polyinr_field_from_seed(upscaler, options, &field, &error));
    WORKS(polyinr_view_free(view, &error));
    WORKS(polyinr_field_free(field, &error));
    WORKS(polyinr_generate_options_free(options, &error));
}

/* A field of `seed` and class 2, truncated as `truncation` says. */
static polyinr_field seeded(uint32_t seed, const char *truncation) {
    polyinr_generate_options options = {0};
    polyinr_field field = {0};
    WORKS(polyinr_generate_options_new(&options, &error));
    WORKS(polyinr_generate_options_set_seed(options, seed, &error));
    WORKS(polyinr_generate_options_set_class(options, 2, &error));
    WORKS(polyinr_generate_options_set_truncation_levels(options, truncation, &error));
    WORKS(polyinr_field_from_seed(generator, options, &field, &error));
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "truncation",
            polyinr_generate_options_set_truncation_levels(options, "0-4", &error));
    REFUSED(POLYINR_STATUS_NULL_POINTER, "truncation",
            polyinr_generate_options_set_truncation_levels(options, NULL, &error));
    WORKS(polyinr_generate_options_free(options, &error));
    return field;
}

static uint8_t seen[2][6 * 6 * 3];

/* Whether two fields look the same, to the bit. */
static bool same(polyinr_field a, polyinr_field b) {
    polyinr_field fields[2] = {a, b};
    for (int i = 0; i < 2; i += 1) {
        polyinr_buffer out = buffer(seen[i], sizeof seen[i], 6, 6, 3, POLYINR_SAMPLE_U8, POLYINR_CHANNELS_RGB);
        WORKS(polyinr_field_render(engine, fields[i], NO_VIEW, NULL, NULL, NO_CANCEL, &out, &error));
    }
    return memcmp(seen[0], seen[1], sizeof seen[0]) == 0;
}

#define THREADS 32

static int threads_used = THREADS;

static void fields_are_mixed_and_kept(const char *program) {
    polyinr_field a = seeded(1, "1"), b = seeded(2, "shape:0.5,8-9:1"), made = {0}, back = {0};
    char path[4096];
    CHECK(!same(a, b));
    /* Tools under which this is slow see one space. */
    const uint32_t w = threads_used < THREADS ? POLYINR_SPACE_A : POLYINR_SPACE_W;
    const uint32_t z = threads_used < THREADS ? POLYINR_SPACE_A : POLYINR_SPACE_Z;
    for (uint32_t space = w; space <= POLYINR_SPACE_A; space += 1) {
        WORKS(polyinr_field_mix(a, b, "shape,coarse,fine", space, &made, &error));
        CHECK(same(made, b));
        WORKS(polyinr_field_free(made, &error));
        WORKS(polyinr_field_mix(a, b, "fine", space, &made, &error));
        CHECK(!same(made, a) && !same(made, b));
        WORKS(polyinr_field_free(made, &error));
    }
    for (uint32_t space = z; space <= POLYINR_SPACE_A; space += 1) {
        WORKS(polyinr_field_interpolate(a, b, 1, space, &made, &error));
        CHECK(same(made, b));
        WORKS(polyinr_field_free(made, &error));
        WORKS(polyinr_field_interpolate(a, b, 0.5, space, &made, &error));
        CHECK(!same(made, a) && !same(made, b));
        if (space != POLYINR_SPACE_A) {
            WORKS(polyinr_field_free(made, &error));
        }
    }
    /* The last of these, of which only the affine parameters are known, goes through a file. */
    snprintf(path, sizeof path, "%s-%d.field", program, (int)sizeof(void *));
    WORKS(polyinr_field_save(made, path, true, &error));
    REFUSED(POLYINR_STATUS_IO, "exists", polyinr_field_save(made, path, false, &error));
    WORKS(polyinr_field_open(generator, path, &back, &error));
    CHECK(same(made, back));
    polyinr_field none = {77};
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "space", polyinr_field_mix(a, back, "fine", POLYINR_SPACE_W, &none, &error));
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "space", polyinr_field_mix(a, b, "fine", POLYINR_SPACE_Z, &none, &error));
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "space", polyinr_field_mix(a, b, "fine", 3, &none, &error));
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "0 to 9", polyinr_field_mix(a, b, "10", POLYINR_SPACE_A, &none, &error));
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "levels", polyinr_field_mix(a, b, "x", POLYINR_SPACE_A, &none, &error));
    REFUSED(POLYINR_STATUS_NULL_POINTER, "levels", polyinr_field_mix(a, b, NULL, POLYINR_SPACE_A, &none, &error));
    REFUSED(POLYINR_STATUS_BAD_HANDLE, "field",
            polyinr_field_mix(a, POLYINR_NONE(polyinr_field), "all", POLYINR_SPACE_A, &none, &error));
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "t: ",
            polyinr_field_interpolate(a, b, NAN, POLYINR_SPACE_A, &none, &error));
    REFUSED(POLYINR_STATUS_NULL_POINTER, "field", polyinr_field_interpolate(a, b, 0, 2, NULL, &error));
    REFUSED(POLYINR_STATUS_NULL_POINTER, "path", polyinr_field_open(generator, NULL, &none, &error));
    REFUSED(POLYINR_STATUS_BAD_FILE, "it belongs to model flowers",
            polyinr_field_open(upscaler, path, &none, &error));
    REFUSED(POLYINR_STATUS_IO, "open", polyinr_field_open(generator, "/no/such.field", &none, &error));
    REFUSED(POLYINR_STATUS_BAD_FILE, "field", polyinr_field_open(generator, program, &none, &error));
    CHECK(none.id == 77);
    CHECK(remove(path) == 0);
    uint8_t small[4 * 4 * 3] = {0};
    polyinr_buffer in = buffer(small, sizeof small, 4, 4, 3, POLYINR_SAMPLE_U8, POLYINR_CHANNELS_RGB);
    WORKS(polyinr_field_from_picture(upscaler, NO_OPTIONS, &in, &none, &error));
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "picture", polyinr_field_mix(a, none, "all", POLYINR_SPACE_A, &made, &error));
    polyinr_field all[5] = {a, b, made, back, none};
    for (int i = 0; i < 5; i += 1) {
        WORKS(polyinr_field_free(all[i], &error));
    }
}

/* A picture's field goes through a file with its alpha, and what is looked at is the same. */
static void picture_fields_are_kept(const char *program) {
    uint16_t small[5 * 4 * 4];
    polyinr_field field = {0}, back = {0}, none = {77};
    uint32_t width = 0, height = 0;
    char path[4096];
    for (size_t i = 0; i < 5 * 4 * 4; i += 1) {
        small[i] = (uint16_t)(i * 811);
    }
    polyinr_buffer in = buffer(small, sizeof small, 5, 4, 8, POLYINR_SAMPLE_U16, POLYINR_CHANNELS_RGBA);
    snprintf(path, sizeof path, "%s-%d-picture.field", program, (int)sizeof(void *));
    WORKS(polyinr_field_from_picture(upscaler, NO_OPTIONS, &in, &field, &error));
    WORKS(polyinr_field_save(field, path, true, &error));
    REFUSED(POLYINR_STATUS_IO, "exists", polyinr_field_save(field, path, false, &error));
    WORKS(polyinr_field_open(upscaler, path, &back, &error));
    CHECK(same(field, back));
    WORKS(polyinr_field_size(back, &width, &height, &error));
    CHECK(width == 5 && height == 4);
    REFUSED(POLYINR_STATUS_BAD_FILE, "it belongs to model clean",
            polyinr_field_open(generator, path, &none, &error));
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "picture",
            polyinr_field_interpolate(back, field, 0, POLYINR_SPACE_A, &none, &error));
    CHECK(none.id == 77);
    CHECK(remove(path) == 0);
    WORKS(polyinr_field_free(field, &error));
    WORKS(polyinr_field_free(back, &error));
    /* What has no number stays so in a field's file. */
    float bad[3] = {0.5F, NAN, 0.5F};
    in = buffer(bad, sizeof bad, 1, 1, 12, POLYINR_SAMPLE_F32, POLYINR_CHANNELS_RGB);
    WORKS(polyinr_field_from_picture(upscaler, NO_OPTIONS, &in, &field, &error));
    WORKS(polyinr_field_save(field, path, true, &error));
    WORKS(polyinr_field_open(upscaler, path, &back, &error));
    CHECK(same(field, back));
    WORKS(polyinr_field_free(back, &error));
    WORKS(polyinr_field_free(field, &error));
    CHECK(remove(path) == 0);
}

struct followed {
    uint64_t last, total;
    uint32_t rows;
    uint64_t stop_at;
};

static bool progress(void *user_data, uint64_t done, uint64_t total) {
    struct followed *f = (struct followed *)user_data;
    CHECK(done > f->last && done <= total);
    f->last = done;
    f->total = total;
    return done < f->stop_at;
}

static bool rows(void *user_data, uint32_t first_row, uint32_t count, uint32_t width, const float *rgb) {
    struct followed *f = (struct followed *)user_data;
    CHECK(first_row == f->rows && width == 64 && isfinite(rgb[(size_t)count * width * 3 - 1]));
    f->rows += count;
    return f->rows < f->stop_at;
}

static void calls_are_followed_and_stopped(void) {
    uint8_t small[16 * 16 * 3];
    fill(small, sizeof small);
    polyinr_buffer in = buffer(small, sizeof small, 16, 16, 3, POLYINR_SAMPLE_U8, POLYINR_CHANNELS_RGB);
    polyinr_field field = {0};
    polyinr_cancel cancel = {0};
    struct followed f = {0, 0, 0, UINT64_MAX};
    WORKS(polyinr_field_from_picture(upscaler, NO_OPTIONS, &in, &field, &error));
    WORKS(polyinr_cancel_new(&cancel, &error));
    WORKS(polyinr_field_render_rows(engine, field, NO_VIEW, 64, 64, progress, &f, cancel, rows, &error));
    CHECK(f.last == 64 * 64 && f.total == 64 * 64 && f.rows == 64);
    /* Refusing stops this call, not others with the same token. */
    f.last = 0, f.rows = 0, f.stop_at = 1;
    REFUSED(POLYINR_STATUS_CANCELLED, "cancelled",
            polyinr_field_render_rows(engine, field, NO_VIEW, 64, 64, progress, &f, cancel, rows, &error));
    f.last = 0, f.rows = 0, f.stop_at = UINT64_MAX;
    WORKS(polyinr_field_render_rows(engine, field, NO_VIEW, 64, 64, progress, &f, cancel, rows, &error));
    /* The library's own callback keeps what a host may look at. */
    polyinr_progress_state state = {0, 0, 0};
    WORKS(polyinr_field_render(engine, field, NO_VIEW, polyinr_progress_keep, &state, NO_CANCEL, &in, &error));
    CHECK(state.done == 16 * 16 && state.total == 16 * 16 && state.psnr == 0);
    CHECK(polyinr_invert_progress_keep(&state, 3, 7, 20.5));
    CHECK(state.done == 3 && state.total == 7 && state.psnr == 20.5);
    CHECK(polyinr_progress_keep(NULL, 1, 2));
    WORKS(polyinr_cancel_cancel(cancel, &error));
    REFUSED(POLYINR_STATUS_CANCELLED, "cancelled",
            polyinr_field_render_rows(engine, field, NO_VIEW, 64, 64, NULL, NULL, cancel, rows, &error));
    REFUSED(POLYINR_STATUS_NULL_POINTER, "rows",
            polyinr_field_render_rows(engine, field, NO_VIEW, 64, 64, NULL, NULL, NO_CANCEL, NULL, &error));
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "size",
            polyinr_field_render_rows(engine, field, NO_VIEW, 0, 64, NULL, NULL, NO_CANCEL, rows, &error));
    WORKS(polyinr_cancel_free(cancel, &error));
    WORKS(polyinr_field_free(field, &error));
}

/* Callbacks that use the engine that they follow. */
struct nested {
    polyinr_field field;
    int depth;
    int calls;
};

static bool nested_progress(void *user_data, uint64_t done, uint64_t total) {
    struct nested *n = (struct nested *)user_data;
    uint8_t made[12 * 12 * 3];
    polyinr_buffer out = buffer(made, sizeof made, 12, 12, 3, POLYINR_SAMPLE_U8, POLYINR_CHANNELS_RGB);
    CHECK(done <= total);
    n->calls += 1;
    if (n->depth < 2 && n->calls < 6) {
        n->depth += 1;
        WORKS(polyinr_field_render(engine, n->field, NO_VIEW, nested_progress, n, NO_CANCEL, &out, &error));
        n->depth -= 1;
    }
    return true;
}

static bool nested_rows(void *user_data, uint32_t first_row, uint32_t count, uint32_t width, const float *rgb) {
    struct nested *n = (struct nested *)user_data;
    CHECK(first_row + count <= 32 && width == 32 && isfinite(rgb[0]));
    CHECK(nested_progress(n, 0, 1));
    return true;
}

static void callbacks_call_the_library(void) {
    uint8_t small[8 * 8 * 3];
    fill(small, sizeof small);
    polyinr_buffer in = buffer(small, sizeof small, 8, 8, 3, POLYINR_SAMPLE_U8, POLYINR_CHANNELS_RGB);
    struct nested n = {{0}, 0, 0};
    WORKS(polyinr_field_from_seed(generator, NO_SEED, &n.field, &error));
    WORKS(polyinr_field_render_rows(engine, n.field, NO_VIEW, 32, 32, nested_progress, &n, NO_CANCEL,
                                    nested_rows, &error));
    CHECK(n.calls > 1 && n.depth == 0);
    polyinr_field seeded_field = n.field;
    n.calls = 0;
    WORKS(polyinr_field_from_picture(upscaler, NO_OPTIONS, &in, &n.field, &error));
    WORKS(polyinr_field_render_rows(engine, n.field, NO_VIEW, 32, 32, nested_progress, &n, NO_CANCEL,
                                    nested_rows, &error));
    CHECK(n.calls > 1 && n.depth == 0);
    WORKS(polyinr_field_free(n.field, &error));
    WORKS(polyinr_field_free(seeded_field, &error));
}

struct inversion {
    uint64_t calls, stop_at;
    double psnr;
};

static bool inversion_step(void *user_data, uint64_t done, uint64_t total, double psnr) {
    struct inversion *seen = (struct inversion *)user_data;
    CHECK(done >= 1 && done <= total && psnr == psnr);
    seen->calls += 1;
    seen->psnr = psnr;
    return seen->calls != seen->stop_at;
}

static void pictures_are_embedded(void) {
    uint8_t small[4 * 4 * 3], light[4 * 4], dark[4 * 4] = {0};
    fill(small, sizeof small);
    memset(light, 255, sizeof light);
    polyinr_buffer in = buffer(small, sizeof small, 4, 4, 3, POLYINR_SAMPLE_U8, POLYINR_CHANNELS_RGB);
    polyinr_buffer mask = buffer(light, sizeof light, 4, 4, 1, POLYINR_SAMPLE_U8, POLYINR_CHANNELS_GRAY);
    polyinr_invert_options options = {0};
    polyinr_field field = {0}, none = {77};
    polyinr_inversion found;
    struct inversion seen = {0, UINT64_MAX, 0};
    uint32_t width = 0, height = 0;
    polyinr_model tiny = {0};
    WORKS(polyinr_model_open(SMALL_GENERATOR, &tiny, &error));
    WORKS(polyinr_invert_options_new(&options, &error));
    WORKS(polyinr_invert_options_set_steps(options, 4, 2, 0, &error));
    WORKS(polyinr_invert_options_set_class_name(options, "class1", &error));
    WORKS(polyinr_invert_options_set_resolution(options, 8, &error));
    WORKS(polyinr_invert_options_set_mask(options, &mask, &error));
    WORKS(polyinr_field_from_inversion(engine, tiny, options, &in, inversion_step, &seen, NO_CANCEL, &field,
                                       &found, &error));
    CHECK(seen.calls == 6 && found.width == 4 && found.height == 4 && !found.stopped && found.psnr > 0);
    WORKS(polyinr_field_size(field, &width, &height, &error));
    CHECK(width == 4 && height == 4);
    WORKS(polyinr_field_free(field, &error));
    /* What is stopped gives the best so far. */
    seen.calls = 0, seen.stop_at = 3;
    WORKS(polyinr_invert_options_set_mask(options, NULL, &error));
    WORKS(polyinr_field_from_inversion(engine, tiny, options, &in, inversion_step, &seen, NO_CANCEL, &field,
                                       &found, &error));
    CHECK(seen.calls == 3 && found.stopped);
    WORKS(polyinr_field_free(field, &error));
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "steps", polyinr_invert_options_set_steps(options, 0, 0, 0, &error));
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "enough", polyinr_invert_options_set_steps(options, 1, 0, -1, &error));
    REFUSED(POLYINR_STATUS_IO, "no/such", polyinr_invert_options_set_vgg(options, "/no/such", 1, &error));
    REFUSED(POLYINR_STATUS_BAD_MODEL, "generator.safetensors",
            polyinr_invert_options_set_vgg(options, SMALL_GENERATOR, 1, &error));
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "perceptual",
            polyinr_invert_options_set_vgg(options, NULL, -1, &error));
    WORKS(polyinr_invert_options_set_vgg(options, NULL, 1, &error));
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "resolution",
            polyinr_invert_options_set_resolution(options, 5000, &error));
    REFUSED(POLYINR_STATUS_BAD_MODEL, "generator",
            polyinr_field_from_inversion(engine, upscaler, NO_STEPS, &in, NULL, NULL, NO_CANCEL, &none, NULL, &error));
    REFUSED(POLYINR_STATUS_NULL_POINTER, "picture",
            polyinr_field_from_inversion(engine, tiny, NO_STEPS, NULL, NULL, NULL, NO_CANCEL, &none, NULL, &error));
    REFUSED(POLYINR_STATUS_NULL_POINTER, "field",
            polyinr_field_from_inversion(engine, tiny, NO_STEPS, &in, NULL, NULL, NO_CANCEL, NULL, NULL, &error));
    mask.pixels = dark;
    WORKS(polyinr_invert_options_set_mask(options, &mask, &error));
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "masked",
            polyinr_field_from_inversion(engine, tiny, options, &in, NULL, NULL, NO_CANCEL, &none, NULL, &error));
    WORKS(polyinr_invert_options_set_class_name(options, "oaks", &error));
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "class0",
            polyinr_field_from_inversion(engine, tiny, options, &in, NULL, NULL, NO_CANCEL, &none, NULL, &error));
    REFUSED(POLYINR_STATUS_BAD_HANDLE, "freed", polyinr_field_size(field, &width, &height, &error));
    CHECK(none.id == 77);
    WORKS(polyinr_invert_options_free(options, &error));
    WORKS(polyinr_model_free(tiny, &error));
}

static void misuse_is_an_error(void) {
    static uint8_t pixels[8 * 8 * 4], other[8 * 8 * 4];
    polyinr_buffer good = buffer(pixels, sizeof pixels, 8, 8, 4, POLYINR_SAMPLE_U8, POLYINR_CHANNELS_RGBA);
    polyinr_buffer apart = buffer(other, sizeof other, 8, 8, 4, POLYINR_SAMPLE_U8, POLYINR_CHANNELS_RGBA);
    polyinr_buffer bad = good;
    polyinr_engine stale = {0};
    polyinr_model model = {0};
    polyinr_field field = {0};
    REFUSED(POLYINR_STATUS_NULL_POINTER, "name",
            polyinr_engine_new(NULL, POLYINR_NONE(polyinr_engine_options), &stale, &error));
    REFUSED(POLYINR_STATUS_NULL_POINTER, "engine",
            polyinr_engine_new("cpu", POLYINR_NONE(polyinr_engine_options), NULL, &error));
    REFUSED(POLYINR_STATUS_BAD_HANDLE, "engine_options",
            polyinr_engine_new("cpu", HANDLE(polyinr_engine_options, 5000), &stale, &error));
    REFUSED(POLYINR_STATUS_NULL_POINTER, "path", polyinr_model_open(NULL, &model, &error));
    REFUSED(POLYINR_STATUS_NULL_POINTER, "bytes", polyinr_model_from_memory(NULL, 3, &model, &error));
    REFUSED(POLYINR_STATUS_BAD_BUFFER, "memory",
            polyinr_model_from_memory((const uint8_t *)"abc", SIZE_MAX - 1, &model, &error));
    REFUSED(POLYINR_STATUS_NULL_POINTER, "model", polyinr_model_find("clean", NULL, &error));
    REFUSED(POLYINR_STATUS_NULL_POINTER, "options", polyinr_generate_options_new(NULL, &error));
    REFUSED(POLYINR_STATUS_NULL_POINTER, "view", polyinr_view_new(NULL, &error));
    REFUSED(POLYINR_STATUS_NULL_POINTER, "cancel", polyinr_cancel_new(NULL, &error));
    /* Places that no compiler would give: nothing is written there. */
    uint64_t room[2] = {0, 0};
    void *odd = (char *)room + 1;
    REFUSED(POLYINR_STATUS_BAD_BUFFER, "multiple of 8", polyinr_view_new((polyinr_view *)odd, &error));
    CHECK(polyinr_view_new(NULL, (polyinr_error *)odd) == POLYINR_STATUS_NULL_POINTER);
    REFUSED(POLYINR_STATUS_BAD_BUFFER, "multiple of",
            polyinr_field_from_picture(upscaler, NO_OPTIONS, (const polyinr_buffer *)odd, &field, &error));
    CHECK(room[0] == 0 && room[1] == 0);
    REFUSED(POLYINR_STATUS_NULL_POINTER, "field",
            polyinr_field_from_picture(upscaler, NO_OPTIONS, &good, NULL, &error));
    REFUSED(POLYINR_STATUS_NULL_POINTER, "input",
            polyinr_super_resolve(engine, upscaler, NO_OPTIONS, NULL, NULL, NULL, NO_CANCEL, &apart, &error));
    REFUSED(POLYINR_STATUS_NULL_POINTER, "output",
            polyinr_super_resolve(engine, upscaler, NO_OPTIONS, &good, NULL, NULL, NO_CANCEL, NULL, &error));
    /* Without a place for it, the error is in the status alone. */
    CHECK(polyinr_super_resolve(engine, upscaler, NO_OPTIONS, &good, NULL, NULL, NO_CANCEL, NULL, NULL) ==
          POLYINR_STATUS_NULL_POINTER);
    /* Handles: none, freed, of another kind, made up. */
    stale = engine_of(1);
    WORKS(polyinr_engine_free(stale, &error));
    REFUSED(POLYINR_STATUS_BAD_HANDLE, "freed", polyinr_engine_free(stale, &error));
    REFUSED(POLYINR_STATUS_BAD_HANDLE, "freed",
            polyinr_super_resolve(stale, upscaler, NO_OPTIONS, &good, NULL, NULL, NO_CANCEL, &apart, &error));
    REFUSED(POLYINR_STATUS_BAD_HANDLE, "none is given",
            polyinr_super_resolve(POLYINR_NONE(polyinr_engine), upscaler, NO_OPTIONS, &good, NULL, NULL,
                                  NO_CANCEL, &apart, &error));
    REFUSED(POLYINR_STATUS_BAD_HANDLE, "another kind",
            polyinr_super_resolve(HANDLE(polyinr_engine, upscaler.id), upscaler, NO_OPTIONS, &good, NULL,
                                  NULL, NO_CANCEL, &apart, &error));
    REFUSED(POLYINR_STATUS_BAD_HANDLE, "model",
            polyinr_super_resolve(engine, HANDLE(polyinr_model, UINT64_MAX), NO_OPTIONS, &good, NULL, NULL,
                                  NO_CANCEL, &apart, &error));
    REFUSED(POLYINR_STATUS_BAD_HANDLE, "cancel",
            polyinr_super_resolve(engine, upscaler, NO_OPTIONS, &good, NULL, NULL,
                                  HANDLE(polyinr_cancel, 5), &apart, &error));
    REFUSED(POLYINR_STATUS_BAD_MODEL, "upscaler",
            polyinr_super_resolve(engine, generator, NO_OPTIONS, &good, NULL, NULL, NO_CANCEL, &apart, &error));
    WORKS(polyinr_engine_free(POLYINR_NONE(polyinr_engine), &error));
    WORKS(polyinr_model_free(POLYINR_NONE(polyinr_model), &error));
    CHECK(polyinr_error_free(POLYINR_NONE(polyinr_error)) == POLYINR_STATUS_OK);
    CHECK(polyinr_error_free(HANDLE(polyinr_error, 12345)) == POLYINR_STATUS_BAD_HANDLE);
    CHECK(polyinr_error_message(POLYINR_NONE(polyinr_error)) == NULL);
    CHECK(polyinr_error_message(HANDLE(polyinr_error, engine.id)) == NULL);
    CHECK(polyinr_error_status(HANDLE(polyinr_error, engine.id)) == POLYINR_STATUS_BAD_HANDLE);
    /* Buffers. */
#define BAD(said, change)                                                      \
    bad = good;                                                                \
    change;                                                                    \
    REFUSED(POLYINR_STATUS_BAD_BUFFER, said,                                   \
            polyinr_super_resolve(engine, upscaler, NO_OPTIONS, &bad, NULL, NULL, NO_CANCEL, &apart, &error)); \
    REFUSED(POLYINR_STATUS_BAD_BUFFER, said,                                   \
            polyinr_super_resolve(engine, upscaler, NO_OPTIONS, &good, NULL, NULL, NO_CANCEL, &bad, &error))
    BAD("needed", bad.size -= 1);
    BAD("stride", bad.stride = 31);
    BAD("beyond", bad.stride = SIZE_MAX);
    BAD("no pixel", bad.width = 0);
    BAD("no pixel", bad.height = 0);
    BAD("1048576", bad.width = UINT32_MAX);
    BAD("sample", bad.sample = 4);
    BAD("channels", bad.channels = 99);
    BAD("alpha", bad.alpha = 2);
    REFUSED(POLYINR_STATUS_BAD_BUFFER, "overlaps",
            polyinr_super_resolve(engine, upscaler, NO_OPTIONS, &good, NULL, NULL, NO_CANCEL, &good, &error));
    bad = good;
    bad.pixels = NULL;
    REFUSED(POLYINR_STATUS_NULL_POINTER, "input",
            polyinr_super_resolve(engine, upscaler, NO_OPTIONS, &bad, NULL, NULL, NO_CANCEL, &apart, &error));
    bad = buffer(other, 64, 8, 8, 1, POLYINR_SAMPLE_U8, POLYINR_CHANNELS_GRAY);
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "grey",
            polyinr_super_resolve(engine, upscaler, NO_OPTIONS, &good, NULL, NULL, NO_CANCEL, &bad, &error));
}

static int logged = 0;

static void log_message(void *user_data, uint32_t level, const char *message) {
    CHECK(user_data == &logged && level <= POLYINR_LOG_LEVEL_INFO && message[0] != 0);
    CHECK(polyinr_log_set(NULL, NULL, POLYINR_LOG_LEVEL_DEBUG, NULL) == POLYINR_STATUS_BAD_PARAMETER);
    logged += 1;
}

static void messages_go_to_the_host(void) {
    polyinr_engine other = {0};
    WORKS(polyinr_log_set(log_message, &logged, POLYINR_LOG_LEVEL_INFO, &error));
    other = engine_of(1);
    CHECK(logged == 1);
    polyinr_engine_free(HANDLE(polyinr_engine, other.id + 1), NULL);
    CHECK(logged == 1);
    WORKS(polyinr_log_set(log_message, &logged, POLYINR_LOG_LEVEL_DEBUG, &error));
    polyinr_engine_free(HANDLE(polyinr_engine, other.id + 1), NULL);
    CHECK(logged == 2);
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "level", polyinr_log_set(log_message, &logged, 2, &error));
    WORKS(polyinr_log_set(NULL, NULL, POLYINR_LOG_LEVEL_DEBUG, &error));
    WORKS(polyinr_engine_free(other, &error));
    CHECK(logged == 3);
}

static uint8_t shared_in[10 * 10 * 3], expected[25 * 25 * 3];

static void *work(void *failed) {
    for (int round = 0; round < 3; round += 1) {
        uint8_t made[sizeof expected];
        polyinr_buffer in = buffer(shared_in, sizeof shared_in, 10, 10, 3, POLYINR_SAMPLE_U8, POLYINR_CHANNELS_RGB);
        polyinr_buffer out = buffer(made, sizeof made, 25, 25, 3, POLYINR_SAMPLE_U8, POLYINR_CHANNELS_RGB);
        polyinr_error error = {0};
        if (polyinr_super_resolve(engine, upscaler, NO_OPTIONS, &in, NULL, NULL, NO_CANCEL, &out, &error) !=
                POLYINR_STATUS_OK ||
            memcmp(made, expected, sizeof made) != 0) {
            *(int *)failed = 1;
        }
        /* Errors of many threads at a time. */
        if (polyinr_super_resolve(engine, generator, NO_OPTIONS, &in, NULL, NULL, NO_CANCEL, &out, &error) !=
                POLYINR_STATUS_BAD_MODEL ||
            polyinr_error_free(error) != POLYINR_STATUS_OK) {
            *(int *)failed = 1;
        }
    }
    return NULL;
}

static void many_threads_share_one_model(void) {
    pthread_t threads[THREADS];
    int failed[THREADS] = {0};
    fill(shared_in, sizeof shared_in);
    polyinr_buffer in = buffer(shared_in, sizeof shared_in, 10, 10, 3, POLYINR_SAMPLE_U8, POLYINR_CHANNELS_RGB);
    polyinr_buffer out = buffer(expected, sizeof expected, 25, 25, 3, POLYINR_SAMPLE_U8, POLYINR_CHANNELS_RGB);
    WORKS(polyinr_super_resolve(engine, upscaler, NO_OPTIONS, &in, NULL, NULL, NO_CANCEL, &out, &error));
    for (int i = 0; i < threads_used; i += 1) {
        CHECK(pthread_create(&threads[i], NULL, work, &failed[i]) == 0);
    }
    for (int i = 0; i < threads_used; i += 1) {
        pthread_join(threads[i], NULL);
        CHECK(failed[i] == 0);
    }
}

/* The argument, where there is one, is the number of threads that share a model. */
static void canvases_become_larger(void) {
    static uint16_t in_pixels[12 * 10 * 4], out_pixels[17 * 13 * 4];
    polyinr_buffer in = buffer(in_pixels, sizeof in_pixels, 12, 10, 8, POLYINR_SAMPLE_U16, POLYINR_CHANNELS_RGBA);
    polyinr_buffer out = buffer(out_pixels, sizeof out_pixels, 17, 13, 8, POLYINR_SAMPLE_U16, POLYINR_CHANNELS_RGBA);
    polyinr_extend_options options = {0};
    polyinr_model tiny = {0};
    WORKS(polyinr_model_open(SMALL_GENERATOR, &tiny, &error));
    fill((uint8_t *)in_pixels, sizeof in_pixels);
    WORKS(polyinr_extend_options_new(&options, &error));
    WORKS(polyinr_extend_options_set_margins(options, 3, 4, 0, 1, &error));
    const char *methods[] = {"reflection", "smooth", "field", "auto"};
    for (size_t m = 0; m < 4; m += 1) {
        memset(out_pixels, 0, sizeof out_pixels);
        WORKS(polyinr_extend_options_set_method(options, methods[m], &error));
        WORKS(polyinr_extend(engine, tiny, options, &in, NULL, NULL, NO_CANCEL, &out, &error));
        for (size_t y = 0; y < 10; y += 1) {
            CHECK(memcmp(&out_pixels[((y + 3) * 17 + 1) * 4], &in_pixels[y * 12 * 4], 12 * 8) == 0);
        }
    }
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "method",
            polyinr_extend_options_set_method(options, "magic", &error));
    REFUSED(POLYINR_STATUS_NULL_POINTER, "method",
            polyinr_extend_options_set_method(options, NULL, &error));
    REFUSED(POLYINR_STATUS_BAD_MODEL, "",
            polyinr_extend(engine, upscaler, options, &in, NULL, NULL, NO_CANCEL, &out, &error));
    out.width = 16;
    REFUSED(POLYINR_STATUS_BAD_BUFFER, "17x13",
            polyinr_extend(engine, tiny, options, &in, NULL, NULL, NO_CANCEL, &out, &error));
    out.width = 17;
    REFUSED(POLYINR_STATUS_BAD_BUFFER, "overlaps",
            polyinr_extend(engine, tiny, options, &in, NULL, NULL, NO_CANCEL, &in, &error));
    WORKS(polyinr_extend_options_set_margins(options, 0, 0, 0, 0, &error));
    REFUSED(POLYINR_STATUS_BAD_PARAMETER, "margin",
            polyinr_extend(engine, tiny, options, &in, NULL, NULL, NO_CANCEL, &out, &error));
    WORKS(polyinr_extend_options_free(options, &error));
    WORKS(polyinr_extend_options_free(POLYINR_NONE(polyinr_extend_options), &error));
    REFUSED(POLYINR_STATUS_BAD_HANDLE, "extend_options",
            polyinr_extend(engine, tiny, options, &in, NULL, NULL, NO_CANCEL, &out, &error));
    REFUSED(POLYINR_STATUS_NULL_POINTER, "options", polyinr_extend_options_new(NULL, &error));
    WORKS(polyinr_model_free(tiny, &error));
}

int main(int count, char **arguments) {
    if (count > 1 && atoi(arguments[1]) < THREADS) {
        threads_used = atoi(arguments[1]);
    }
    engine = engine_of(2);
    WORKS(polyinr_model_find("clean", &upscaler, &error));
    WORKS(polyinr_model_find("flowers", &generator, &error));
    versions_and_names();
    engines_are_set_up();
    engines_are_chosen();
    models_say_what_they_are();
    models_are_listed();
    pictures_grow();
    results_are_refined();
    amounts_are_checked();
    canvases_become_larger();
    seeds_become_pictures();
    fields_are_mixed_and_kept(arguments[0]);
    picture_fields_are_kept(arguments[0]);
    pictures_are_embedded();
    calls_are_followed_and_stopped();
    callbacks_call_the_library();
    misuse_is_an_error();
    messages_go_to_the_host();
    many_threads_share_one_model();
    WORKS(polyinr_model_free(upscaler, &error));
    WORKS(polyinr_model_free(generator, &error));
    WORKS(polyinr_engine_free(engine, &error));
    printf(failures == 0 ? "all is well\n" : "%d failures\n", failures);
    return failures == 0 ? 0 : 1;
}
