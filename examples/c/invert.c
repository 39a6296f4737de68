/* invert IN.ppm OUT.field: embeds a picture in the flower generator and keeps the field. */

#include <polyinr.h>
#include <stdio.h>
#include <stdlib.h>

static bool follow(void *user_data, uint64_t done, uint64_t total, double psnr) {
    (void)user_data;
    if (done % 100 == 0 || done == total)
        fprintf(stderr, "\rstep %u of %u: %.1f dB", (unsigned)done, (unsigned)total, psnr);
    return true; /* false would end it with the best so far */
}

static int failed(const char *what, polyinr_error error) {
    fprintf(stderr, "%s: %s\n", what, error.id ? polyinr_error_message(error) : "cannot be used");
    polyinr_error_free(error);
    return 1;
}

int main(int count, char **arguments) {
    polyinr_engine engine = {0};
    polyinr_model model = {0};
    polyinr_invert_options options = {0};
    polyinr_field field = {0};
    polyinr_inversion found;
    polyinr_error error = {0};
    unsigned width, height;
    if (count != 3) {
        fprintf(stderr, "usage: invert IN.ppm OUT.field\n");
        return 2;
    }
    FILE *in = fopen(arguments[1], "rb");
    if (!in || fscanf(in, "P6 %u %u 255%*1[\n]", &width, &height) != 2 || width > 16384 || height > 16384)
        return failed(arguments[1], POLYINR_NONE(polyinr_error));
    polyinr_buffer picture = {0};
    picture.stride = (size_t)width * 3;
    picture.size = picture.stride * height;
    picture.pixels = malloc(picture.size);
    picture.width = width;
    picture.height = height;
    picture.sample = POLYINR_SAMPLE_U8;
    picture.channels = POLYINR_CHANNELS_RGB;
    if (!picture.pixels || fread(picture.pixels, 1, picture.size, in) != picture.size)
        return failed(arguments[1], POLYINR_NONE(polyinr_error));
    fclose(in);

    if (polyinr_engine_new("cpu", POLYINR_NONE(polyinr_engine_options), &engine, &error) ||
        polyinr_model_find("flowers", &model, &error) ||
        polyinr_invert_options_new(&options, &error) ||
        polyinr_invert_options_set_resolution(options, 32, &error) ||
        polyinr_invert_options_set_steps(options, 400, 100, 0, &error) ||
        polyinr_field_from_inversion(engine, model, options, &picture, follow, NULL,
                                     POLYINR_NONE(polyinr_cancel), &field, &found, &error) ||
        polyinr_field_save(field, arguments[2], true, &error))
        return failed("polyinr", error);
    fprintf(stderr, "\n%s: %.1f dB at %ux%u pixels\n", arguments[2], found.psnr, (unsigned)found.width,
            (unsigned)found.height);
    polyinr_field_free(field, NULL);
    polyinr_invert_options_free(options, NULL);
    polyinr_model_free(model, NULL);
    polyinr_engine_free(engine, NULL);
    free(picture.pixels);
    return 0;
}
