/* Tests of what the plug-in does without GIMP. Usage: core FOLDER MODEL; the folder holds the library,
 * the model is an upscaler that can be told how much to clean. */

#include <math.h>
#include <string.h>

#include "../core/compute.h"
#include "../core/pace.h"

static const Library *library;
static const char *cleaning_model;

/* A picture with soft waves of colour. */
static Picture *waves(guint width, guint height, polyinr_sample sample, polyinr_channels channels) {
    Picture *picture = picture_new(width, height, sample, channels, NULL);
    guint count = picture_channel_count(picture);
    for (gsize i = 0; i < (gsize)width * height * count; i++) {
        double x = i / count % width, y = i / count / width;
        double value = 0.5 + 0.4 * sin(0.3 * x + 0.2 * y + i % count);
        if (sample == POLYINR_SAMPLE_U8)
            picture->pixels[i] = (guchar)(value * 255);
        else
            ((float *)picture->pixels)[i] = (float)value;
    }
    return picture;
}

/* The same with noise. */
static Picture *noisy(guint width, guint height) {
    Picture *picture = waves(width, height, POLYINR_SAMPLE_U8, POLYINR_CHANNELS_RGB);
    g_autoptr(GRand) random = g_rand_new_with_seed(1);
    for (gsize i = 0; i < (gsize)width * height * 3; i++)
        picture->pixels[i] = (guchar)CLAMP(
            picture->pixels[i] + g_rand_int_range(random, -40, 41), 0, 255);
    return picture;
}

static Session *session_of(Picture *picture) {
    Source source = {
        .picture = picture,
        .sample = picture->sample,
        .width = picture->width,
        .height = picture->height,
        .image_width = picture->width,
        .image_height = picture->height,
        .is_whole = TRUE,
    };
    return session_new(library, source);
}

static guint index_of(const Operation *operation, const char *name) {
    for (guint i = 0; i < operation->parameter_count; i++)
        if (g_str_equal(operation->parameters[i].name, name))
            return i;
    g_error("%s has no %s", operation->procedure, name);
}

static void set_text(Settings *settings, const Operation *operation, const char *name,
                     const char *text) {
    settings_set_text(settings, index_of(operation, name), text);
}

static void set_number(Settings *settings, const Operation *operation, const char *name,
                       double number) {
    settings_set_number(settings, index_of(operation, name), number);
}

/* The picture that an operation comes to. */
static Picture *result_of(Session *session, const Operation *operation, const Settings *settings) {
    GError *error = NULL;
    g_autoptr(Outcome) outcome = compute(session, operation, settings, NULL, NULL, &error);
    g_assert_no_error(error);
    return g_steal_pointer(&outcome->picture);
}

static gboolean are_equal(const Picture *one, const Picture *other) {
    gsize size = (gsize)one->width * one->height * picture_pixel_size(one);
    return one->width == other->width && one->height == other->height &&
           memcmp(one->pixels, other->pixels, size) == 0;
}

static void test_initial_values_are_valid(void) {
    for (guint i = 0; operations[i]; i++) {
        g_autoptr(Settings) settings = operation_settings(operations[i]);
        GError *error = NULL;
        settings_check(settings, &error);
        g_assert_no_error(error);
        g_assert_true(operation_find(operations[i]->procedure) == operations[i]);
    }
    g_assert_null(operation_find("plug-in-polyinr-fly"));
}

static void test_wrong_values_are_named(void) {
    const Operation *operation = &extend_canvas_operation;
    g_autoptr(Settings) settings = operation_settings(operation);
    g_autoptr(GError) error = NULL;
    settings_set_text(settings, index_of(operation, "unit"), "feet");
    g_assert_false(settings_check(settings, &error));
    g_assert_cmpstr(error->message, ==, "unit: \"feet\" is not one of percent, pixels");
    g_clear_error(&error);
    settings_set_text(settings, index_of(operation, "unit"), "pixels");
    settings_set_number(settings, index_of(operation, "left"), NAN);
    g_assert_false(settings_check(settings, &error));
    g_assert_true(g_str_has_prefix(error->message, "left: "));
}

static void test_values_are_kept(void) {
    const Operation *operation = &invert_operation;
    g_autoptr(Settings) settings = operation_settings(operation);
    g_autoptr(Settings) recalled = operation_settings(operation);
    g_autoptr(GKeyFile) file = g_key_file_new();
    guint steps = index_of(operation, "steps"), levels = index_of(operation, "levels");
    settings_set_number(settings, steps, 77);
    settings_set_text(settings, levels, "fine; \"0-4\"\n");
    settings_keep(settings, file, "a");
    settings_recall(recalled, file, "a");
    g_assert_cmpfloat(recalled->numbers[steps], ==, 77);
    g_assert_cmpstr(recalled->texts[levels], ==, "fine; \"0-4\"\n");
    g_key_file_set_double(file, "a", "steps", -3);
    settings_recall(recalled, file, "a");
    g_assert_cmpfloat(recalled->numbers[steps], ==, 77);
}

static void test_values_count_beside_others(void) {
    const Operation *operation = &super_resolve_operation;
    g_autoptr(Settings) settings = operation_settings(operation);
    guint denoise = index_of(operation, "denoise"), detail = index_of(operation, "detail");
    g_assert_false(settings_counts(settings, denoise));
    g_assert_true(settings_counts(settings, detail));
    set_text(settings, operation, "cleaning", "manual");
    g_assert_true(settings_counts(settings, denoise));
}

static void test_choices_have_labels(void) {
    const char *name;
    const Parameter *levels = &invert_operation.parameters[index_of(&invert_operation, "levels")];
    for (guint i = 0; (name = library->level_group_name(i)); i++)
        g_assert_cmpstr(parameter_label_of(levels, name), !=, name);
    g_assert_cmpstr(parameter_label_of(levels, "0-4"), ==, "0-4");
}

static void test_reduced_by_averages(void) {
    g_autoptr(Picture) picture = picture_new(4, 2, POLYINR_SAMPLE_U8, POLYINR_CHANNELS_RGBA, NULL);
    const guchar left[] = {200, 100, 0, 255}, clear[] = {0, 255, 255, 0};
    for (guint i = 0; i < 8; i++)
        memcpy(picture->pixels + 4 * i, i % 4 == 0 || i % 4 == 2 ? left : clear, 4);
    g_autoptr(Picture) small = picture_reduced(picture, 2, NULL);
    g_assert_cmpuint(small->width, ==, 2);
    g_assert_cmpuint(small->height, ==, 1);
    /* The colour of what is clear does not count. */
    g_assert_cmpmem(small->pixels, 8, ((guchar[]){200, 100, 0, 128, 200, 100, 0, 128}), 8);
}

static void test_absurd_sizes_are_errors(void) {
    g_autoptr(GError) error = NULL;
    g_assert_null(
        picture_new(300000, 1, POLYINR_SAMPLE_U8, POLYINR_CHANNELS_RGB, &error));
    g_assert_error(error, PLUGIN_ERROR, PLUGIN_ERROR_PARAMETER);
}

/* A preview at full size is a part of the result, to the bit. */
static void test_detail_is_of_the_result(void) {
    const Operation *operation = &super_resolve_operation;
    g_autoptr(Session) session =
        session_of(waves(90, 70, POLYINR_SAMPLE_U8, POLYINR_CHANNELS_RGB));
    g_autoptr(Settings) settings = operation_settings(operation);
    Work *work = work_new(library);
    Glance glance = {64, 48, 0.5, 0.25};
    GError *error = NULL;
    g_autoptr(Outcome) outcome = operation->functions->run(session, settings, work, &error);
    g_assert_no_error(error);
    g_autoptr(Picture) detail =
        operation->functions->preview(session, settings, &glance, work, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(outcome->picture->width, ==, 180);
    g_assert_cmpuint(outcome->image_height, ==, 140);
    /* From 0.25 * 140 - 24 on, and 0.5 * 180 - 32. */
    g_autoptr(Picture) part = picture_cropped(outcome->picture, 58, 11, 64, 48, NULL);
    g_assert_cmpmem(detail->pixels, 64 * 48 * 3, part->pixels, 64 * 48 * 3);
    work_free(work);
}

/* How much is cleaned is estimated once from all of the source, and said; a preview of a part, which
 * comes first here, is cleaned as much as the result. */
static void test_cleaned_as_the_source_needs(void) {
    const Operation *operation = &super_resolve_operation;
    g_autoptr(Session) session = session_of(noisy(300, 200));
    g_autoptr(Settings) settings = operation_settings(operation);
    set_text(settings, operation, "model", cleaning_model);
    Work *work = work_new(library);
    Glance glance = {64, 48, 0.5, 0.25};
    Amounts amounts;
    GError *error = NULL;
    g_assert_false(session_estimated(session, cleaning_model, &amounts));
    g_autofree char *before = operation->functions->describe(session, settings);
    g_assert_null(strstr(before, "denoise"));
    g_autoptr(Picture) detail =
        operation->functions->preview(session, settings, &glance, work, &error);
    g_assert_no_error(error);
    work_free(work);
    g_assert_true(session_estimated(session, cleaning_model, &amounts));
    g_autofree char *after = operation->functions->describe(session, settings);
    g_autofree char *words =
        g_strdup_printf("; denoise %.2f, deblur %.2f", amounts.denoise, amounts.deblur);
    g_assert_true(g_str_has_suffix(after, words));

    g_autoptr(Picture) automatic = result_of(session, operation, settings);
    g_autoptr(Picture) part = picture_cropped(automatic, 268, 76, 64, 48, NULL);
    g_assert_true(are_equal(detail, part));
    set_text(settings, operation, "cleaning", "manual");
    g_autofree char *manual = operation->functions->describe(session, settings);
    g_assert_cmpstr(manual, ==, before);
    g_autoptr(Picture) untouched = result_of(session, operation, settings);
    gboolean is_clean = amounts.denoise == 0 && amounts.deblur == 0;
    g_assert_true(are_equal(untouched, automatic) == is_clean);
    set_number(settings, operation, "denoise", amounts.denoise);
    set_number(settings, operation, "deblur", amounts.deblur);
    g_autoptr(Picture) same = result_of(session, operation, settings);
    g_assert_true(are_equal(same, automatic));
    set_number(settings, operation, "denoise", amounts.denoise < 0.5 ? 1 : 0);
    g_autoptr(Picture) other = result_of(session, operation, settings);
    g_assert_false(are_equal(other, automatic));
    set_number(settings, operation, "denoise", amounts.denoise);
    set_number(settings, operation, "detail", 0.5);
    g_autoptr(Picture) sharper = result_of(session, operation, settings);
    g_assert_false(are_equal(sharper, automatic));
}

/* A model that cannot be told how much to clean refuses to, and needs no estimate. */
static void test_models_that_do_not_clean(void) {
    const Operation *operation = &super_resolve_operation;
    g_autoptr(Session) session = session_of(noisy(40, 30));
    g_autoptr(Settings) settings = operation_settings(operation);
    Amounts amounts;
    set_text(settings, operation, "model", "clean");
    g_autoptr(Picture) automatic = result_of(session, operation, settings);
    g_assert_false(session_estimated(session, "clean", &amounts));
    set_text(settings, operation, "cleaning", "manual");
    g_autoptr(Picture) manual = result_of(session, operation, settings);
    g_assert_true(are_equal(automatic, manual));
    set_number(settings, operation, "deblur", 0.5);
    g_autoptr(GError) error = NULL;
    g_assert_null(compute(session, operation, settings, NULL, NULL, &error));
    g_assert_true(g_str_has_prefix(error->message, "deblur: "));
    set_number(settings, operation, "deblur", 0);
    set_number(settings, operation, "detail", 0.5);
    g_clear_error(&error);
    g_assert_null(compute(session, operation, settings, NULL, NULL, &error));
    g_assert_true(g_str_has_prefix(error->message, "detail: "));
}

static void test_extended_keeps_pixels(void) {
    const Operation *operation = &extend_canvas_operation;
    g_autoptr(Session) session =
        session_of(waves(40, 30, POLYINR_SAMPLE_F32, POLYINR_CHANNELS_GRAY));
    g_autoptr(Settings) settings = operation_settings(operation);
    settings_set_text(settings, index_of(operation, "method"), "smooth");
    settings_set_text(settings, index_of(operation, "unit"), "pixels");
    settings_set_number(settings, index_of(operation, "left"), 3);
    settings_set_number(settings, index_of(operation, "top"), 0);
    GError *error = NULL;
    g_autoptr(Outcome) outcome = compute(session, operation, settings, NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(outcome->image_width, ==, 40 + 3 + 13);
    g_assert_cmpuint(outcome->image_height, ==, 30 + 13);
    g_assert_cmpint(outcome->move_x, ==, 3);
    g_assert_cmpint(outcome->x, ==, 0);
    g_autoptr(Picture) inner = picture_cropped(outcome->picture, 3, 0, 40, 30, NULL);
    g_assert_cmpmem(inner->pixels, 40 * 30 * 4, session_source(session)->picture->pixels,
                    40 * 30 * 4);
}

/* The search is done once, however the result is edited; mixing all levels is the other picture. */
static void test_inversion_is_found_once(void) {
    const Operation *operation = &invert_operation;
    g_autoptr(Session) session =
        session_of(waves(24, 24, POLYINR_SAMPLE_U8, POLYINR_CHANNELS_RGB));
    g_autoptr(Settings) settings = operation_settings(operation);
    g_autoptr(Settings) seed = operation_settings(&generate_operation);
    settings_set_number(settings, index_of(operation, "steps"), 5);
    Work *work = work_new(library);
    GError *error = NULL;
    g_autoptr(Outcome) first = operation->functions->run(session, settings, work, &error);
    g_assert_no_error(error);
    polyinr_field field = session_embedding(session)->field;
    settings_set_text(settings, index_of(operation, "levels"), "all");
    settings_set_number(settings, index_of(operation, "seed"), 8);
    settings_set_number(seed, index_of(&generate_operation, "seed"), 8);
    g_autoptr(Outcome) mixed = operation->functions->run(session, settings, work, &error);
    g_autoptr(Outcome) other = generate_operation.functions->run(session, seed, work, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(session_embedding(session)->field.id, ==, field.id);
    g_assert_cmpmem(mixed->picture->pixels, 24 * 24 * 3, other->picture->pixels, 24 * 24 * 3);
    g_assert_true(memcmp(mixed->picture->pixels, first->picture->pixels, 24 * 24 * 3) != 0);
    work_free(work);
}

static gboolean stop(Work *work, gpointer data) {
    (void)work, (void)data;
    return FALSE;
}

static void test_cancelled_at_once(void) {
    const Operation *operation = &invert_operation;
    g_autoptr(Session) session =
        session_of(waves(64, 64, POLYINR_SAMPLE_U8, POLYINR_CHANNELS_RGB));
    g_autoptr(Settings) settings = operation_settings(operation);
    settings_set_number(settings, index_of(operation, "steps"), 100000);
    g_autoptr(GError) error = NULL;
    gint64 start = g_get_monotonic_time();
    g_assert_null(compute(session, operation, settings, stop, NULL, &error));
    g_assert_error(error, PLUGIN_ERROR, PLUGIN_ERROR_CANCELLED);
    g_assert_cmpint(g_get_monotonic_time() - start, <, 20 * G_USEC_PER_SEC);
}

static void test_models_are_checked(void) {
    g_autoptr(Session) session =
        session_of(waves(8, 8, POLYINR_SAMPLE_U8, POLYINR_CHANNELS_RGB));
    polyinr_engine engine;
    polyinr_model model;
    GError *error = NULL;
    g_assert_true(
        session_open(session, "auto", POLYINR_KIND_UPSCALER, "", &engine, &model, &error));
    g_assert_false(session_open(session, "auto", POLYINR_KIND_GENERATOR, "clean", &engine, &model,
                                &error));
    g_assert_error(error, PLUGIN_ERROR, PLUGIN_ERROR_PARAMETER);
    g_clear_error(&error);
    g_assert_false(session_open(session, "abacus", POLYINR_KIND_GENERATOR, "", &engine, &model,
                                &error));
    g_assert_nonnull(strstr(error->message, "abacus"));
    g_clear_error(&error);
    g_assert_false(session_open(session, "auto", POLYINR_KIND_GENERATOR, "/nowhere", &engine,
                                &model, &error));
    g_assert_nonnull(strstr(error->message, "/nowhere"));
    g_clear_error(&error);
}

/* The library says which engine it takes by itself, and why no faster one. */
static void test_engines_say_why(void) {
    g_autoptr(Session) session =
        session_of(waves(8, 8, POLYINR_SAMPLE_U8, POLYINR_CHANNELS_RGB));
    g_autofree char *others = NULL;
    g_autofree char *none = NULL;
    g_autofree char *best = session_engine_reason(session, "auto", &others);
    g_assert_true(g_str_has_suffix(best, ": the fastest engine that runs here"));
    g_assert_nonnull(others);
    g_assert_true(g_str_has_prefix(best, "cuda: ") ? !*others
                                                   : g_str_has_prefix(others, "engine cuda: "));
    g_autofree char *chosen = session_engine_reason(session, "cpu", &none);
    g_assert_cmpstr(chosen, ==, "cpu, as chosen");
    g_assert_null(none);
    g_autofree char *unknown = session_engine_reason(session, "abacus", &none);
    g_assert_nonnull(strstr(unknown, "abacus"));
    g_assert_null(none);
}

/* Whatever a pixel costs, a few previews lead to a size that is neither late nor needlessly small. */
static void test_previews_keep_pace(void) {
    for (double cost = 0.01; cost < 10; cost *= 1.7) {
        guint side = PACE_FIRST;
        for (guint i = 0; i < 8; i++)
            side = pace_side(side, 288, (gint64)(cost * side * side));
        double took = cost * side * side;
        g_assert_true(took <= 80e3 || side == 64);
        g_assert_true(took > 45e3 || side == 288);
    }
    g_assert_cmpuint(pace_side(100, 288, 0), ==, 288);
    g_assert_cmpuint(pace_side(100, 288, G_MAXINT64), ==, 64);
}

int main(int count, char **arguments) {
    g_test_init(&count, &arguments, NULL);
    g_assert_cmpint(count, ==, 3);
    cleaning_model = arguments[2];
    GError *error = NULL;
    library = library_open(arguments[1], &error);
    g_assert_no_error(error);
    g_test_add_func("/settings/initial", test_initial_values_are_valid);
    g_test_add_func("/settings/wrong", test_wrong_values_are_named);
    g_test_add_func("/settings/kept", test_values_are_kept);
    g_test_add_func("/settings/counting", test_values_count_beside_others);
    g_test_add_func("/settings/labels", test_choices_have_labels);
    g_test_add_func("/picture/reduced", test_reduced_by_averages);
    g_test_add_func("/picture/absurd", test_absurd_sizes_are_errors);
    g_test_add_func("/preview/pace", test_previews_keep_pace);
    g_test_add_func("/super-resolve/detail", test_detail_is_of_the_result);
    g_test_add_func("/super-resolve/cleaned", test_cleaned_as_the_source_needs);
    g_test_add_func("/super-resolve/not-cleaned", test_models_that_do_not_clean);
    g_test_add_func("/extend/pixels", test_extended_keeps_pixels);
    g_test_add_func("/invert/once", test_inversion_is_found_once);
    g_test_add_func("/compute/cancelled", test_cancelled_at_once);
    g_test_add_func("/session/models", test_models_are_checked);
    g_test_add_func("/session/engines", test_engines_say_why);
    return g_test_run();
}
